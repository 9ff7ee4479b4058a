package request

import (
	"sync"

	"golang.org/x/time/rate"

	"mconnect"
)

// Paces bound how often each system may do something that costs the platform, each by itself: so many a second, and ten
// times as many at once. Safe for concurrent use.
type Paces struct {
	perSecond int
	mu        sync.Mutex
	of        map[mconnect.SystemID]*rate.Limiter // bounded by the systems registered
}

// NewPaces makes a bound of so many a second.
func NewPaces(perSecond int) *Paces {
	return &Paces{perSecond: perSecond, of: map[mconnect.SystemID]*rate.Limiter{}}
}

// Allow counts one and reports whether the system keeps its pace.
func (p *Paces) Allow(id mconnect.SystemID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.of[id]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(p.perSecond), 10*p.perSecond)
		p.of[id] = l
	}
	return l.Allow()
}
