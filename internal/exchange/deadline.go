package exchange

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deadlines hands out contexts for records. A context with a timer for each record costs more than all else
// that the exchange does about it, so one is shared by the records of a while: it ends no sooner than limit and
// no later than one and a half times limit after it is handed out.
type deadlines struct {
	limit   time.Duration
	current atomic.Pointer[deadline]
	mu      sync.Mutex // held while current is replaced
}

type deadline struct {
	context.Context
	cancel context.CancelFunc
	until  time.Time // from when on a new one is needed
}

func (d *deadlines) get() context.Context {
	now := time.Now()
	if c := d.current.Load(); c != nil && now.Before(c.until) {
		return c
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.current.Load(); c != nil && now.Before(c.until) {
		return c
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.limit+d.limit/2)
	c := &deadline{Context: ctx, cancel: cancel, until: now.Add(d.limit / 2)}
	d.current.Store(c) // the former one ends by its own timer: records are still made under it
	return c
}

func (d *deadlines) close() {
	if c := d.current.Load(); c != nil {
		c.cancel()
	}
}
