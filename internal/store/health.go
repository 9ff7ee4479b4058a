package store

import (
	"fmt"
	"sync"
	"time"

	"mconnect/fault"
)

// health is what the last commits of a log say of whether the next one will succeed.
type health struct {
	mu     sync.Mutex
	good   time.Time // of the last commit that succeeded
	failed error     // of a later one; nil when there was none
}

func (h *health) ok() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.good, h.failed = time.Now(), nil
}

func (h *health) bad(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = err
}

func (h *health) state() (age time.Duration, failed error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.good), h.failed
}

// readyAge is how old the last commit may be. A process that has nothing to commit makes one every probeEvery.
const readyAge = 3 * probeEvery

// Ready reports whether appends succeed, by what became of the last ones, the probes of a Lease among them. It does no
// I/O. Fault record.unavailable.
func (l *Log) Ready() error {
	err := l.Forked()
	if err == nil {
		var age time.Duration
		if age, err = l.health.state(); err == nil && age > readyAge {
			err = fmt.Errorf("store: no commit has succeeded for %s", age.Round(time.Second))
		}
	}
	if err != nil {
		return fault.Wrap(err, fault.RecordUnavailable)
	}
	return nil
}
