package request

import (
	"sync"
	"sync/atomic"

	"mconnect"
)

// Places bound how many calls are under way at once, and that no one system holds all of them: slow or slowly
// answered, it leaves a quarter of the places to the others. Safe for concurrent use.
type Places struct {
	most  int64
	taken atomic.Int64
	of    sync.Map // of mconnect.SystemID to *atomic.Int64; bounded by the systems registered
}

// NewPlaces makes most places.
func NewPlaces(most int64) *Places { return &Places{most: most} }

// Enter takes a place and reports whether there was one. Leave follows in either case.
func (p *Places) Enter() bool { return p.taken.Add(1) <= p.most }

// Leave gives back what Enter took.
func (p *Places) Leave() { p.taken.Add(-1) }

// Taken is the number of requests being answered.
func (p *Places) Taken() int64 { return p.taken.Load() }

// Admit counts one call of a system that is now known and reports whether it may have one more. Call leave in
// either case, once the call has ended.
func (p *Places) Admit(id mconnect.SystemID) (leave func(), ok bool) {
	counted, found := p.of.Load(id)
	if !found {
		counted, _ = p.of.LoadOrStore(id, new(atomic.Int64))
	}
	n := counted.(*atomic.Int64)
	return func() { n.Add(-1) }, n.Add(1) <= p.most-p.most/4
}
