// Package admission bounds what callers may cost: calls in flight, callers not yet identified, rates, memory of bodies,
// the time in which an answer must be taken. Every surface for systems applies the same limits.
//
// It refuses by platform.overloaded, before anything is recorded. Who may call and what a message means is for others.
package admission

import (
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Overloaded is the fault of a call beyond the limits now: it may be repeated after a second.
func Overloaded() *fault.Error {
	f := fault.New(fault.Overloaded)
	f.RetryAfter = time.Second
	return f
}

// ConcurrencyLimit bounds how many calls are in flight, and that no one system holds all of them: a slow one leaves a
// quarter to the others. Safe for concurrent use.
type ConcurrencyLimit struct {
	most     int64
	inFlight atomic.Int64
	of       sync.Map // of mconnect.SystemID to *atomic.Int64; bounded by the systems registered
}

// NewConcurrencyLimit lets most calls be in flight.
func NewConcurrencyLimit(most int64) *ConcurrencyLimit { return &ConcurrencyLimit{most: most} }

// Enter counts a call and reports whether it is within the limit. Leave follows in either case.
func (l *ConcurrencyLimit) Enter() bool { return l.inFlight.Add(1) <= l.most }

// Leave ends what Enter counted.
func (l *ConcurrencyLimit) Leave() { l.inFlight.Add(-1) }

// InFlight is the number of calls that have entered and not left.
func (l *ConcurrencyLimit) InFlight() int64 { return l.inFlight.Load() }

// Admit counts one call of an identified system and reports whether it is within the share of that system. Call leave
// in either case, once the call has ended.
func (l *ConcurrencyLimit) Admit(id mconnect.SystemID) (leave func(), ok bool) {
	counted, found := l.of.Load(id)
	if !found {
		counted, _ = l.of.LoadOrStore(id, new(atomic.Int64))
	}
	n := counted.(*atomic.Int64)
	return func() { n.Add(-1) }, n.Add(1) <= l.most-l.most/4
}
