package admission

import (
	"sync"

	"golang.org/x/time/rate"

	"mconnect"
)

// RateLimit bounds how often each system may do something that costs the platform: so many a second, and ten times as
// many at once. Safe for concurrent use.
type RateLimit struct {
	perSecond int
	mu        sync.Mutex
	of        map[mconnect.SystemID]*rate.Limiter // bounded by the systems registered
}

// NewRateLimit makes a limit of so many a second for each system.
func NewRateLimit(perSecond int) *RateLimit {
	return &RateLimit{perSecond: perSecond, of: map[mconnect.SystemID]*rate.Limiter{}}
}

// Allow counts one and reports whether the system is within its rate.
func (l *RateLimit) Allow(id mconnect.SystemID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.of[id]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(l.perSecond), 10*l.perSecond)
		l.of[id] = limiter
	}
	return limiter.Allow()
}
