package clock_test

import (
	"testing"
	"time"

	"mconnect/internal/domain/access/clock"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// TestClock_CountsCalendarDays of Chișinău: also over the night in which clocks are put forward or back.
func TestClock_CountsCalendarDays(t *testing.T) {
	for _, c := range []struct {
		from, to string
		days     int
	}{
		{"2026-11-30T21:59:00Z", "2026-11-30T22:01:00Z", 1}, // midnight in Chișinău
		{"2026-11-30T08:00:00Z", "2026-11-30T20:00:00Z", 0},
		{"2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", 2},
		{"2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", 2},
		{"2027-02-27T12:00:00Z", "2027-03-01T12:00:00Z", 2},
	} {
		if got := clock.Days(at(c.from), at(c.to)); got != c.days {
			t.Errorf("%s to %s: %d days, want %d", c.from, c.to, got, c.days)
		}
	}
}

func TestClock_ReadsBothCounts(t *testing.T) {
	c := clock.Clock{Started: at("2026-11-01T10:00:00Z")}
	c = c.Wait(at("2026-11-05T10:00:00Z")).Resume(at("2026-11-09T10:00:00Z"))
	c = c.Wait(at("2026-11-20T10:00:00Z"))
	r := c.Read(at("2026-11-22T10:00:00Z"))
	if r.Day != 21 || r.Waiting != 6 || r.Net != 15 || !r.Waits || r.Late || r.Alert != 50 {
		t.Errorf("%+v", r)
	}
	if late := c.Read(at("2026-12-02T10:00:00Z")); !late.Late || late.Alert != 80 {
		t.Errorf("after 31 days: %+v", late)
	}
	if last := c.Read(at("2026-12-01T21:00:00Z")); last.Late {
		t.Errorf("on the last day: %+v", last)
	}
	c.Ended = at("2026-11-22T10:00:00Z")
	if ended := c.Read(at("2027-11-22T10:00:00Z")); ended.Day != 21 || ended.Late || ended.Waits || !ended.Ended {
		t.Errorf("ended: %+v", ended)
	}
	if (clock.Clock{}).Read(at("2026-11-22T10:00:00Z")) != nil {
		t.Error("a clock that has not started reads")
	}
}

func TestClock_IsExtendedOnceWithinThePeriod(t *testing.T) {
	c := clock.Clock{Started: at("2026-11-01T10:00:00Z")}
	if _, ok := c.Extend("late", at("2026-12-02T10:00:00Z")); ok {
		t.Error("extended after the 30 days")
	}
	longer, ok := c.Extend("the register is moved", at("2026-11-30T10:00:00Z"))
	if !ok || longer.Read(at("2026-12-10T10:00:00Z")).Limit != 45 || longer.Read(at("2026-12-10T10:00:00Z")).Late {
		t.Errorf("%v %+v", ok, longer)
	}
	if _, ok := longer.Extend("again", at("2026-11-30T11:00:00Z")); ok {
		t.Error("extended twice")
	}
}

func TestLapse_WarnsTwice(t *testing.T) {
	since := at("2026-01-01T10:00:00Z")
	for days, want := range map[int]int{10: 0, 46: 14, 56: 14, 57: 3, 60: 3} {
		if l := clock.LapseOf(since, clock.ChangesLapse, since.AddDate(0, 0, days)); l.Warning != want || l.Left != 60-days {
			t.Errorf("after %d days: %+v, want warning %d", days, l, want)
		}
	}
}
