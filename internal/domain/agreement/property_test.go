package agreement_test

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/test/must"
)

var (
	epoch  = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	fields = []string{"A", "B", "B.C", "B.D", "B.D.E", "F"}
)

func numbers() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"1999900000014", "1999900000025", "2999000000014", "2999000006393", "2999000006394", "text", ""})
}

func periods() *rapid.Generator[mconnect.Period] {
	return rapid.Custom(func(t *rapid.T) mconnect.Period {
		var p mconnect.Period
		if rapid.Bool().Draw(t, "has from") {
			p.From = epoch.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "from")) * time.Hour)
		}
		if rapid.Bool().Draw(t, "has to") {
			from := p.From
			if from.IsZero() {
				from = epoch.Add(-3 * time.Hour)
			}
			p.To = from.Add(time.Duration(rapid.IntRange(1, 6).Draw(t, "to")) * time.Hour)
		}
		return p
	})
}

func drawPurpose(t *rapid.T, code string) agreement.Purpose {
	return agreement.Purpose{
		Code: mconnect.PurposeCode(code), Title: mconnect.Text{RO: "Scop"},
		LegalBasis: agreement.LegalBasis{Act: "Lege", Article: "art. 1"},
		Accepts:    []string{rapid.SampledFrom([]string{"Legea 1", "Legea 2"}).Draw(t, "accepts")},
		Reason: rapid.SampledFrom([]agreement.Reason{
			{}, {Pattern: "D-[0-9]+", Form: mconnect.Text{RO: "dosar"}}, {Pattern: "X", Form: mconnect.Text{RO: "x"}},
		}).Draw(t, "reason"),
		Fields: rapid.OneOf(
			rapid.Just([]string{"*"}),
			rapid.SliceOfNDistinct(rapid.SampledFrom(fields), 1, 4, rapid.ID[string]),
		).Draw(t, "fields"),
		Validity: periods().Draw(t, "purpose validity"),
	}
}

func drawAgreement(t *rapid.T, id string) agreement.Agreement {
	a := agreement.Agreement{
		ID: mconnect.AgreementID(id), Consumer: "aa.bb", Service: "GetX",
		Version:     mconnect.Version{Major: 1, Minor: rapid.IntRange(0, 1).Draw(t, "minor")},
		Status:      rapid.SampledFrom([]agreement.Status{"", "", agreement.InForce, agreement.Suspended, agreement.Terminated}).Draw(t, "status"),
		Validity:    periods().Draw(t, "validity"),
		CallerRules: rapid.SampledFrom([]agreement.Rules{"", agreement.Strict, agreement.Tolerant}).Draw(t, "rules"),
		Quota: agreement.Quota{
			PerDay: rapid.Int64Range(0, 3).Draw(t, "per day"), PerSecond: float64(rapid.IntRange(0, 1).Draw(t, "per second")),
		},
		Purposes: []agreement.Purpose{drawPurpose(t, "first")},
	}
	if rapid.Bool().Draw(t, "two purposes") {
		a.Purposes = append(a.Purposes, drawPurpose(t, "second"))
	}
	return a
}

func drawCandidate(t *rapid.T, a agreement.Agreement) agreement.Candidate {
	c := must.Get(agreement.Compile(a))(t)
	return agreement.Candidate{Compiled: c, Usage: agreement.Usage{
		Today: rapid.Int64Range(0, 4).Draw(t, "today"), RateExceeded: rapid.IntRange(0, 9).Draw(t, "rate") == 0,
	}}
}

func mostly(t *rapid.T, name string) bool { return rapid.IntRange(0, 11).Draw(t, name) > 0 }

func drawRequest(t *rapid.T) agreement.Request {
	r := agreement.Request{
		Consumer: agreement.Consumer{
			System: "aa.bb", Owner: "1999900000014", Represents: []mconnect.IDNO{"1999900000025"},
			SystemActive: mostly(t, "system"), ParticipantActive: mostly(t, "participant"), MayConsume: mostly(t, "role"),
		},
		Service: agreement.Service{
			Name: "GetX", Version: mconnect.Version{Major: rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "major"), Minor: 1},
			Personal: rapid.Bool().Draw(t, "personal"), ProviderActive: mostly(t, "provider"),
		},
		Subject: "2999000006393",
		Fields:  rapid.SliceOfN(rapid.SampledFrom(fields), 0, 3).Draw(t, "asked"),
		From:    netip.MustParseAddr(rapid.SampledFrom([]string{"10.1.2.3", "192.0.2.1", "::ffff:10.1.2.3"}).Draw(t, "from")),
	}
	if rapid.Bool().Draw(t, "has networks") {
		r.Consumer.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	}
	if mostly(t, "has context") {
		r.Context = mconnect.LegalContext{
			User: numbers().Draw(t, "user"), Entity: numbers().Draw(t, "entity"),
			Basis:  rapid.SampledFrom([]string{"legea 1", "LEGEA  2", "first", "other", ""}).Draw(t, "basis"),
			Reason: rapid.SampledFrom([]string{"D-1", " X ", "motiv", ""}).Draw(t, "stated reason"),
		}
	}
	return r
}

type decision struct {
	agreements []agreement.Agreement
	candidates []agreement.Candidate
	req        agreement.Request
	at         time.Time
}

func drawCase(t *rapid.T, most int) decision {
	w := decision{req: drawRequest(t), at: epoch.Add(time.Duration(rapid.IntRange(-4, 4).Draw(t, "at")) * time.Hour)}
	for i := range rapid.IntRange(0, most).Draw(t, "agreements") {
		a := drawAgreement(t, string(rune('a'+i))+"1")
		w.agreements = append(w.agreements, a)
		w.candidates = append(w.candidates, drawCandidate(t, a))
	}
	return w
}

func (w decision) decide() agreement.Verdict { return agreement.Decide(w.candidates, w.req, w.at) }

func TestDecide_EveryVerdictIsWhole(t *testing.T) {
	names := agreement.CheckNames()
	rapid.Check(t, func(t *rapid.T) {
		v := drawCase(t, 3).decide()
		var listed []string
		failure := len(v.Checks)
		for i, c := range v.Checks {
			listed = append(listed, c.Name)
			if c.Result == fault.Failed && i < failure {
				failure = i
			}
			if explained := c.Code != ""; explained != (c.Result == fault.Failed || c.Result == fault.Flagged) {
				t.Fatalf("%s: %s with code %q", c.Name, c.Result, c.Code)
			}
			if i > failure && c.Result != fault.NotReached {
				t.Fatalf("%s is %s behind the first failure", c.Name, c.Result)
			}
		}
		if !slices.Equal(listed, names) {
			t.Fatalf("checks listed: %v", listed)
		}
		if v.Allowed != (failure == len(v.Checks)) || v.Allowed != (v.Fault == nil) {
			t.Fatalf("allowed %v, first failure %d, fault %v", v.Allowed, failure, v.Fault)
		}
		notReached(t, v, failure)
	})
}

// notReached: before the first failure only what does not apply to a call without a context is not reached.
func notReached(t *rapid.T, v agreement.Verdict, failure int) {
	inapplicable := []string{"caller.user", "caller.entity", "purpose.basis", "purpose.reason"}
	for _, c := range v.Checks[:failure] {
		if c.Result == fault.NotReached && !slices.Contains(inapplicable, c.Name) {
			t.Fatalf("%s is not reached before the first failure", c.Name)
		}
	}
	if v.Allowed {
		if v.Agreement == "" || v.Purpose == nil || len(v.Grant) == 0 {
			t.Fatalf("allowed without agreement, purpose or grant: %+v", v)
		}
		return
	}
	first := v.Checks[failure]
	if v.Fault.Code != first.Code || !reflect.DeepEqual(v.Fault.Params, first.Params) || len(v.Fault.Checks) != len(v.Checks) {
		t.Fatalf("the fault does not say what failed: %v, %v", v.Fault, first)
	}
	if len(v.Grant) != 0 {
		t.Fatal("a refusal grants something")
	}
}

func TestDecide_IsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t, 3)
		asked := slices.Clone(w.req.Fields)
		first := w.decide()
		if again := w.decide(); !reflect.DeepEqual(first, again) {
			t.Fatalf("the same call, decided twice:\n%+v\n%+v", first, again)
		}
		for i, a := range w.agreements {
			if !reflect.DeepEqual(a, w.candidates[i].Stated()) {
				t.Fatal("an agreement was changed")
			}
		}
		if !slices.Equal(asked, w.req.Fields) {
			t.Fatal("the request was changed")
		}
	})
}

func TestDecide_GrantIsAskedAndGranted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t, 3)
		v := w.decide()
		for _, g := range v.Grant {
			if !slices.ContainsFunc(v.Purpose.Fields, func(p string) bool { return agreement.Covers(p, g) }) {
				t.Fatalf("%s leaves, but %v is granted", g, v.Purpose.Fields)
			}
			if len(w.req.Fields) > 0 && !slices.ContainsFunc(w.req.Fields, func(p string) bool { return agreement.Covers(p, g) }) {
				t.Fatalf("%s leaves, but %v was asked for", g, w.req.Fields)
			}
		}
	})
}

func TestDecide_NarrowerGrantNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t, 1)
		if len(w.agreements) == 0 {
			return
		}
		wide := w.decide()
		narrow := w.agreements[0]
		narrow.Purposes = slices.Clone(narrow.Purposes)
		i := rapid.IntRange(0, len(narrow.Purposes)-1).Draw(t, "purpose")
		p := &narrow.Purposes[i]
		if p.Fields[0] == "*" {
			p.Fields = []string{"A", "B.C"}
		} else {
			p.Fields = p.Fields[:rapid.IntRange(1, len(p.Fields)).Draw(t, "kept")]
		}
		c := must.Get(agreement.Compile(narrow))(t)
		w.candidates[0].Compiled = c
		v := w.decide()
		if v.Allowed && !wide.Allowed {
			t.Fatal("a narrower grant allows what a wider one refused")
		}
		for _, g := range v.Grant {
			if !slices.ContainsFunc(wide.Grant, func(p string) bool { return agreement.Covers(p, g) }) {
				t.Fatalf("%s leaves under the narrower grant only", g)
			}
		}
	})
}

func TestDecide_MoreUseOrLowerStatusNeverAllows(t *testing.T) {
	worse := map[string]func(*decision){
		"suspended system":   func(w *decision) { w.req.Consumer.SystemActive = false },
		"suspended owner":    func(w *decision) { w.req.Consumer.ParticipantActive = false },
		"suspended provider": func(w *decision) { w.req.Service.ProviderActive = false },
		"another system":     func(w *decision) { w.req.Consumer.System = "cc.dd" },
		"another service":    func(w *decision) { w.req.Service.Name = "GetY" },
		"a later MAJOR":      func(w *decision) { w.req.Service.Version.Major = 3 },
		"no agreements":      func(w *decision) { w.candidates = nil },
		"years later": func(w *decision) {
			for i, a := range w.agreements {
				a.Validity.To = epoch.Add(time.Hour * 10)
				c, err := agreement.Compile(a)
				if err == nil {
					w.candidates[i].Compiled = c
				}
			}
			w.at = epoch.AddDate(2, 0, 0)
		},
	}
	for name, spoil := range worse {
		t.Run(strings.ReplaceAll(name, " ", "_"), rapid.MakeCheck(func(t *rapid.T) {
			w := drawCase(t, 2)
			spoil(&w)
			if w.decide().Allowed {
				t.Fatal("allowed")
			}
		}))
	}
}

// One more agreement may allow a call, but never takes away what another allows.
func TestDecide_AgreementsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t, 3)
		var alone bool
		for _, c := range w.candidates {
			alone = alone || agreement.Decide([]agreement.Candidate{c}, w.req, w.at).Allowed
		}
		if got := w.decide().Allowed; got != alone {
			t.Fatalf("together %v, one by one %v", got, alone)
		}
	})
}

// What tolerant rules flag, strict rules refuse; nothing else differs.
func TestDecide_TolerantRulesFlagWhatStrictOnesRefuse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t, 1)
		if len(w.agreements) == 0 {
			return
		}
		decide := func(rules agreement.Rules) agreement.Verdict {
			a := w.agreements[0]
			a.CallerRules = rules
			c := must.Get(agreement.Compile(a))(t)
			return agreement.Decide([]agreement.Candidate{{Compiled: c, Usage: w.candidates[0].Usage}}, w.req, w.at)
		}
		strict, tolerant := decide(agreement.Strict), decide(agreement.Tolerant)
		flagged := slices.ContainsFunc(tolerant.Checks, func(c fault.Check) bool { return c.Result == fault.Flagged })
		if slices.ContainsFunc(strict.Checks, func(c fault.Check) bool { return c.Result == fault.Flagged }) {
			t.Fatal("strict rules flag")
		}
		if strict.Allowed != (tolerant.Allowed && !flagged) {
			t.Fatalf("strict %v, tolerant %v, flagged %v", strict.Allowed, tolerant.Allowed, flagged)
		}
	})
}
