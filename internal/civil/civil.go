// Package civil is the civil time of the country: its time zone, and moments as people write them. A date without a
// time is a whole day in Chișinău; as the end of a period it counts to its end. Date-times are those of RFC 3339, read
// exactly.
//
// The rules of the zone are part of the program: the days of the law do not depend on the machine.
package civil

import (
	"errors"
	"sync"
	"time"
	_ "time/tzdata" // the zone, whatever the system has installed
)

// ZoneName is the name of the country's time zone.
const ZoneName = "Europe/Chisinau"

var zone = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation(ZoneName)
	if err != nil { // cannot be: the zone is part of the program
		return time.UTC
	}
	return l
})

// Zone is the country's time zone.
func Zone() *time.Location { return zone() }

// ErrForm is the error of a text that is neither a day nor a date-time.
var ErrForm = errors.New("neither a day nor a date-time of RFC 3339")

// dayForms are the forms of a day.
var dayForms = []string{time.DateOnly, "02.01.2006"}

// Day reads a day: "2026-01-31" or "31.01.2026". It returns its beginning in Chișinău and that of the next day: a day
// on which the clocks change has 23 or 25 hours.
func Day(text string) (from, to time.Time, err error) {
	for _, form := range dayForms {
		if day, err := time.Parse(form, text); err == nil && day.Year() > 0 {
			y, m, d := day.Date()
			return time.Date(y, m, d, 0, 0, 0, 0, Zone()), time.Date(y, m, d+1, 0, 0, 0, 0, Zone()), nil
		}
	}
	return time.Time{}, time.Time{}, ErrForm
}

// Parse reads the beginning of a period: a date-time of RFC 3339, or a day, which counts from its beginning.
func Parse(text string) (time.Time, error) {
	if from, _, err := Day(text); err == nil {
		return from, nil
	}
	return instant(text)
}

// ParseEnd reads the end of a period, which does not belong to it: a date-time of RFC 3339, or a day, which counts to
// its end.
func ParseEnd(text string) (time.Time, error) {
	if _, to, err := Day(text); err == nil {
		return to, nil
	}
	return instant(text)
}

func instant(text string) (time.Time, error) {
	at, err := ParseInstant([]byte(text))
	if err != nil {
		return time.Time{}, ErrForm
	}
	return at, nil
}

// DayOf writes the day of a moment in Chișinău: "2026-01-31".
func DayOf(at time.Time) string { return at.In(Zone()).Format(time.DateOnly) }

// LastDay writes the last day of a period that ends at a moment: that of the moment before it.
func LastDay(end time.Time) string { return DayOf(end.Add(-time.Nanosecond)) }

// Moment writes a moment for people: "2026-01-31 16:05:09" in Chișinău.
func Moment(at time.Time) string { return at.In(Zone()).Format(time.DateTime) }
