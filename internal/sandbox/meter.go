package sandbox

import (
	"math"
	"sync"
	"time"

	"mconnect"
	"mconnect/internal/civil"
	"mconnect/internal/domain/agreement"
)

// Meter counts the use of agreements' quotas in the sandbox, in memory and apart from their real use. The zero value is
// ready; it is safe for concurrent use.
type Meter struct {
	mu   sync.Mutex
	used map[mconnect.AgreementID]*use
}

// use is what one agreement has used: calls of one day, and tokens left of its rate.
type use struct {
	day    string
	count  int64
	tokens float64
	at     time.Time
}

// now brings the use of an agreement up to a time. The caller holds the lock.
func (m *Meter) now(a *agreement.Compiled, at time.Time) *use {
	if m.used == nil {
		m.used = map[mconnect.AgreementID]*use{}
	}
	burst := float64(a.Quota.Burst)
	if burst == 0 {
		burst = math.Ceil(a.Quota.PerSecond)
	}
	u := m.used[a.ID]
	if u == nil {
		u = &use{tokens: burst, at: at}
		m.used[a.ID] = u
	}
	if day := at.In(civil.Zone()).Format(time.DateOnly); day != u.day {
		u.day, u.count = day, 0
	}
	if passed := at.Sub(u.at).Seconds(); passed > 0 {
		u.tokens, u.at = min(burst, u.tokens+passed*a.Quota.PerSecond), at
	}
	return u
}

// Usage implements exchange.Meter.
func (m *Meter) Usage(a *agreement.Compiled, at time.Time) agreement.Usage {
	if a.Quota == (agreement.Quota{}) {
		return agreement.Usage{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.now(a, at)
	return agreement.Usage{Today: u.count, RateExceeded: a.Quota.PerSecond > 0 && u.tokens < 1}
}

// Take implements exchange.Meter.
func (m *Meter) Take(a *agreement.Compiled, at time.Time) bool {
	if a.Quota == (agreement.Quota{}) {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.now(a, at)
	if (a.Quota.PerSecond > 0 && u.tokens < 1) || (a.Quota.PerDay > 0 && u.count >= a.Quota.PerDay) {
		return false
	}
	u.count++
	u.tokens--
	return true
}
