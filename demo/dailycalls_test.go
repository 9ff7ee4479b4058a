package demo

import (
	"net/url"
	"strings"
	"testing"

	"mconnect"
)

func TestDailyCalls_HaveEveryKindOfRefusal(t *testing.T) {
	w := Generate(0)
	lawful, codes := 0, map[string]int{}
	for n := range 240 {
		e := w.daily(n)
		if e.want == "" {
			lawful++
		} else {
			codes[e.want]++
		}
		if e.ask.Service == "" || e.ask.Input == nil || e.ask.Context.IsZero() {
			t.Fatalf("errand %d is not whole: %+v", n, e)
		}
	}
	if lawful != 160 {
		t.Errorf("%d of 240 lawful, want two in three", lawful)
	}
	for _, code := range []string{"agreement.none", "purpose.unknown", "certificate.expired", "system.suspended", "quota.usedUp"} {
		if codes[code] == 0 {
			t.Errorf("nothing in the round is refused as %s", code)
		}
	}
}

func TestDailyCalls_LeaveOutOddPersons(t *testing.T) {
	w := Generate(0)
	for n := range 2000 {
		input, _ := w.daily(n).ask.Input.(map[string]string)
		if input["IDNP"] == string(w.Garbled()) || input["IDNV"] == string(w.Slow()) {
			t.Fatalf("errand %d asks about whom the register answers wrongly", n)
		}
	}
}

func TestDailyCalls_CallersAreLawful(t *testing.T) {
	for system, owner := range owners {
		c := legal(system, "AJUTOR-SOCIAL", 7)
		if _, err := mconnect.ParseIDNO(string(owner)); err != nil || c.Entity != string(owner) {
			t.Errorf("%s: entity %s: %v", system, c.Entity, err)
		}
		if _, err := mconnect.ParseIDNP(c.User); err != nil {
			t.Errorf("%s: user %s: %v", system, c.User, err)
		}
		if _, known := Generate(0).Person(mconnect.IDNP(c.User)); known {
			t.Errorf("%s: the official is an inhabitant", system)
		}
		if c.Reason != "AS-2026-00007" {
			t.Errorf("reason %q", c.Reason)
		}
	}
}

func TestHeaderText(t *testing.T) {
	for _, plain := range []string{"Legea nr. 133/2008", "AS-2026-00017"} {
		if got := headerText(plain); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
	for _, other := range []string{"ghișeul nr. 3", "100%", "a\nb"} {
		got := headerText(other)
		if back, err := url.PathUnescape(got); err != nil || back != other || strings.ContainsAny(got, "\nș") {
			t.Errorf("%q became %q", other, got)
		}
	}
}

func TestWindows_FindsRunsOfDigits(t *testing.T) {
	got := windows([]byte(`{"a":"2999000006393","b":12345678901234,"c":"x1999000009010"}`), 13)
	if len(got) != 2 || got[0] != "2999000006393" || got[1] != "1999000009010" {
		t.Errorf("got %v", got)
	}
}
