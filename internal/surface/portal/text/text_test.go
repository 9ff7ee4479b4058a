package text_test

import (
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/surface/portal/text"
)

// TestPlural_FollowsTheLanguages: the forms of CLDR, with the "de" of Romanian from 20 on.
func TestPlural_FollowsTheLanguages(t *testing.T) {
	for n, want := range map[int64][3]string{
		0:   {"0 servicii", "0 services", "0 услуг"},
		1:   {"1 serviciu", "1 service", "1 услуга"},
		2:   {"2 servicii", "2 services", "2 услуги"},
		5:   {"5 servicii", "5 services", "5 услуг"},
		11:  {"11 servicii", "11 services", "11 услуг"},
		12:  {"12 servicii", "12 services", "12 услуг"},
		19:  {"19 servicii", "19 services", "19 услуг"},
		20:  {"20 de servicii", "20 services", "20 услуг"},
		21:  {"21 de servicii", "21 services", "21 услуга"},
		100: {"100 de servicii", "100 services", "100 услуг"},
		101: {"101 servicii", "101 services", "101 услуга"},
		119: {"119 servicii", "119 services", "119 услуг"},
		122: {"122 de servicii", "122 services", "122 услуги"},
	} {
		got := text.Services.Of(n)
		if got != (mconnect.Text{RO: want[0], EN: want[1], RU: want[2]}) {
			t.Errorf("%d: %+v", n, got)
		}
	}
}

func TestNumber_SeparatesThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", 41286: "41 286", -1234567: "−1 234 567"} {
		if got := strings.ReplaceAll(text.Number(mconnect.Romanian, n), "\u00a0", " "); got != want {
			t.Errorf("%d is written %q, not %q", n, got, want)
		}
	}
	if got := text.Number(mconnect.English, 41286); got != "41,286" {
		t.Errorf("English: %q", got)
	}
}

func TestDate_IsOfChisinau(t *testing.T) {
	night := time.Date(2026, 2, 28, 22, 30, 0, 0, time.UTC) // 00:30 of the next day
	for lang, want := range map[mconnect.Lang]string{mconnect.Romanian: "1 martie 2026, 00:30",
		mconnect.English: "1 March 2026, 00:30", mconnect.Russian: "1 марта 2026, 00:30"} {
		if got := text.Moment(lang, night); got != want {
			t.Errorf("%s: %q, not %q", lang, got, want)
		}
	}
}
