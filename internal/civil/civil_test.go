package civil_test

import (
	"testing"
	"time"

	"mconnect/internal/civil"
)

// TestDay_AcrossTheChangesOfClocks: a day is the country's day, of 23, 24 or 25 hours.
func TestDay_AcrossTheChangesOfClocks(t *testing.T) {
	for text, want := range map[string]struct {
		from  string
		hours time.Duration
	}{
		"2026-01-31": {"2026-01-30T22:00:00Z", 24}, "2026-07-01": {"2026-06-30T21:00:00Z", 24},
		"2026-03-29": {"2026-03-28T22:00:00Z", 23}, "2026-10-25": {"2026-10-24T21:00:00Z", 25},
		"31.12.2026": {"2026-12-30T22:00:00Z", 24}, "2024-02-29": {"2024-02-28T22:00:00Z", 24},
	} {
		from, to, err := civil.Day(text)
		if err != nil || from.UTC().Format(time.RFC3339) != want.from || to.Sub(from) != want.hours*time.Hour {
			t.Errorf("%s: %s of %s, %v", text, from.UTC().Format(time.RFC3339), to.Sub(from), err)
		}
		begin, err := civil.Parse(text)
		end, err2 := civil.ParseEnd(text)
		if err != nil || err2 != nil || !begin.Equal(from) || !end.Equal(to) {
			t.Errorf("%s: %s to %s", text, begin, end)
		}
		if got, last := civil.DayOf(from), civil.LastDay(to); got != last || len(text) == 10 && text[4] == '-' && got != text {
			t.Errorf("%s is written %s to %s", text, got, last)
		}
	}
}

func TestParse_Instants(t *testing.T) {
	for _, text := range []string{"2026-01-31T08:00:00Z", "2026-01-31T10:00:00+02:00"} {
		at, err := civil.Parse(text)
		end, err2 := civil.ParseEnd(text)
		if err != nil || err2 != nil || !at.Equal(end) || at.UTC().Hour() != 8 {
			t.Errorf("%s: %s, %s", text, at, end)
		}
	}
	for _, text := range []string{"", "2026-02-30", "2026-1-5", "31.02.2026", "2026-01-31T08:00:00", "24h", "0000-01-01", "2026-01-31 08:00:00Z"} {
		if at, err := civil.Parse(text); err == nil {
			t.Errorf("%q is %s", text, at)
		}
		if at, err := civil.ParseEnd(text); err == nil {
			t.Errorf("%q ends %s", text, at)
		}
	}
	if civil.Zone().String() != civil.ZoneName {
		t.Error("the zone is not part of the program")
	}
}

func TestMoment(t *testing.T) {
	for at, want := range map[string]string{
		"2026-01-31T22:30:00Z": "2026-02-01 00:30:00", // winter: UTC+2
		"2026-07-01T22:30:00Z": "2026-07-02 01:30:00", // summer: UTC+3
	} {
		moment, err := civil.Parse(at)
		if err != nil || civil.Moment(moment) != want {
			t.Errorf("%s: %s, %v, want %s", at, civil.Moment(moment), err, want)
		}
	}
}
