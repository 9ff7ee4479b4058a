package mconnect

import "time"

// Period is a half-open span of time [From, To). A zero From means "since ever", a zero To "until
// further notice".
type Period struct {
	From time.Time `json:"from,omitzero" yaml:"from,omitempty"`
	To   time.Time `json:"to,omitzero" yaml:"to,omitempty" day:"end"`
}

// Contains reports whether at lies within the period.
func (p Period) Contains(at time.Time) bool { return !p.NotYet(at) && !p.Over(at) }

// NotYet reports that the period begins after at.
func (p Period) NotYet(at time.Time) bool { return !p.From.IsZero() && at.Before(p.From) }

// Over reports that the period ended at or before at.
func (p Period) Over(at time.Time) bool { return !p.To.IsZero() && !at.Before(p.To) }

// Valid reports that the period does not end before it begins.
func (p Period) Valid() bool { return p.From.IsZero() || p.To.IsZero() || p.From.Before(p.To) }
