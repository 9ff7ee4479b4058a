package broker

import (
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect"
	"mconnect/fault"
)

// Writes bound what one system makes durable on this node, in bytes; 0: unbounded.
type Writes struct {
	PerSecond int64 // four times as much at once
	PerDay    int64
}

// minBurst is what every system may write at once: one call of the largest size, in the log's form.
const minBurst = 4 << 20

const day = 24 * time.Hour

// meters hold every system to its Writes, each by itself. Safe for concurrent use.
type meters struct {
	most Writes
	mu   sync.Mutex
	of   map[mconnect.SystemID]*meter // bounded by the systems registered
}

// meter is what one system may still write: of a second and of a day.
type meter struct{ second, day *rate.Limiter }

func newMeters(most Writes) *meters {
	return &meters{most: most, of: map[mconnect.SystemID]*meter{}}
}

func limiter(bytes int64, per time.Duration, burst int64) *rate.Limiter {
	if bytes <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(float64(bytes)/per.Seconds()), int(max(burst, minBurst)))
}

// take counts bytes that a system is about to write. Faults event.rate and event.volume say when there is room again.
func (m *meters) take(system mconnect.SystemID, bytes int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := m.of[system]
	if one == nil {
		one = &meter{limiter(m.most.PerSecond, time.Second, 4*m.most.PerSecond),
			limiter(m.most.PerDay, day, m.most.PerDay)}
		m.of[system] = one
	}
	now := time.Now()
	second := one.second.ReserveN(now, bytes)
	if wait, ok := delay(second, now); !ok {
		return tooMuch(fault.EventRate, m.most.PerSecond, wait)
	}
	if wait, ok := delay(one.day.ReserveN(now, bytes), now); !ok {
		second.CancelAt(now)
		return tooMuch(fault.EventVolume, m.most.PerDay, wait)
	}
	return nil
}

// delay takes a reservation back that is not for now.
func delay(r *rate.Reservation, now time.Time) (time.Duration, bool) {
	if !r.OK() { // more than is ever allowed at once
		return day, false
	}
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait, wait == 0
}

func tooMuch(code fault.Code, limit int64, wait time.Duration) error {
	f := fault.New(code, "limit", strconv.FormatInt(limit, 10))
	f.RetryAfter = max(wait, time.Second)
	return f
}
