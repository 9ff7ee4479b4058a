// Package clock counts the legal period of a decision: 30 calendar days from the day after the signed request, 15 more
// with written reasons sent within the 30 (Law 142/2018 art. 7(2)a; Administrative Code art. 60).
//
// It owns the periods as data and both counts of days: with the days on which the request waited for the applicant, and
// without. The texts of the law do not say that waiting stops the period, so it does not stop it here. Days are
// calendar days in Chișinău. It does not send reminders.
package clock

import (
	"time"

	"mconnect/internal/civil"
)

// The legal periods, in calendar days.
const (
	Limit     = 30
	Extension = 15
	// unanswered: a draft, and a request with changes asked for
	DraftLapses   = 180
	ChangesLapse  = 60
	firstWarning  = 14
	secondWarning = 3
)

// Clock is the period of one request. The zero value has not started.
type Clock struct {
	Started time.Time `json:"started,omitzero"` // when the signed request arrived
	// the days added, with the reasons sent to the applicant
	Extended int    `json:"extended,omitempty"`
	Reasons  string `json:"reasons,omitempty"`
	Waits    []Wait `json:"waits,omitempty"`
	// when the decision was issued; zero: it is due
	Ended time.Time `json:"ended,omitzero"`
}

// Wait is a time for which the request waited for the applicant.
type Wait struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"` // zero: it still waits
}

// Reading is the clock at one moment.
type Reading struct {
	Day     int       `json:"day"`     // of the period, waiting included: the legal count
	Limit   int       `json:"limit"`   // days allowed
	Waiting int       `json:"waiting"` // days of them on which the applicant was awaited
	Net     int       `json:"net"`     // Day without Waiting
	Due     time.Time `json:"due"`     // the end of the last day
	Waits   bool      `json:"waits"`   // for the applicant, now
	Late    bool      `json:"late"`
	Alert   int       `json:"alert,omitempty"` // per cent of the period that passed: 50 or 80
	Ended   bool      `json:"ended"`
}

// Running reports whether the period has started and no decision ended it.
func (c Clock) Running() bool { return !c.Started.IsZero() && c.Ended.IsZero() }

// Due is the end of the last day of the period.
func (c Clock) Due() time.Time { return dayAfter(c.Started, Limit+c.Extended+1) }

// MayExtend reports whether the period can be made longer at a time: once, and before the first 30 days have passed.
func (c Clock) MayExtend(at time.Time) bool {
	return c.Running() && c.Extended == 0 && at.Before(dayAfter(c.Started, Limit+1))
}

// Wait notes that the request waits for the applicant from a time on.
func (c Clock) Wait(at time.Time) Clock {
	c.Waits = append(append([]Wait(nil), c.Waits...), Wait{From: at})
	return c
}

// Resume notes that the applicant answered.
func (c Clock) Resume(at time.Time) Clock {
	c.Waits = append([]Wait(nil), c.Waits...)
	if n := len(c.Waits); n > 0 && c.Waits[n-1].Until.IsZero() {
		c.Waits[n-1].Until = at
	}
	return c
}

// Read reads the clock at a time; nil when it has not started.
func (c Clock) Read(at time.Time) *Reading {
	if c.Started.IsZero() {
		return nil
	}
	r := &Reading{Limit: Limit + c.Extended, Due: c.Due(), Ended: !c.Ended.IsZero()}
	if r.Ended {
		at = c.Ended
	}
	r.Day = Days(c.Started, at)
	for _, w := range c.Waits {
		until := w.Until
		if until.IsZero() {
			until, r.Waits = at, !r.Ended
		}
		r.Waiting += Days(w.From, until)
	}
	r.Net = r.Day - r.Waiting
	r.Late = !at.Before(r.Due)
	switch passed := 100 * r.Day / r.Limit; {
	case passed >= 80:
		r.Alert = 80
	case passed >= 50:
		r.Alert = 50
	}
	return r
}

// Days is how many calendar days in Chișinău lie between two times: 0 on the same day.
func Days(from, to time.Time) int {
	y, m, d := from.In(civil.Zone()).Date()
	y2, m2, d2 := to.In(civil.Zone()).Date()
	hours := time.Date(y2, m2, d2, 0, 0, 0, 0, time.UTC).Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)).Hours()
	return int(hours / 24)
}

// dayAfter is the beginning of the n-th day after the day of a time, in Chișinău.
func dayAfter(from time.Time, n int) time.Time {
	y, m, d := from.In(civil.Zone()).Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, civil.Zone()).UTC()
}

// Lapse is when something that nobody continued lapses, and whether a warning of it is due.
type Lapse struct {
	At      time.Time `json:"at"`
	Left    int       `json:"left"` // days
	Warning int       `json:"warning,omitempty"`
}

// LapseOf reads when a state that lapses after a number of days does so.
func LapseOf(since time.Time, days int, at time.Time) Lapse {
	l := Lapse{At: dayAfter(since, days+1), Left: days - Days(since, at)}
	switch {
	case l.Left <= secondWarning:
		l.Warning = secondWarning
	case l.Left <= firstWarning:
		l.Warning = firstWarning
	}
	return l
}

// Extend makes the period longer, with the reasons that the applicant is sent; false when it cannot be now.
func (c Clock) Extend(reasons string, at time.Time) (Clock, bool) {
	if !c.MayExtend(at) {
		return c, false
	}
	c.Extended, c.Reasons = Extension, reasons
	return c, true
}
