package exchange

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deadlines delivers contexts for records. A context with a timer for each record costs more than all else
// that the exchange does about it, so one is shared by the records of a while: it ends no sooner than limit and
// no later than one and a half times limit after it is delivered.
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

// due is the context of one delivery whose answer comes whole. It ends at its time; its holder ends it only when nobody
// works under it any more. Most deliveries look at the deadline and never wait for Done: only who does makes the timer,
// which would cost more than all else that a context does.
type due struct {
	context.Context // of the call, which does not end
	until           time.Time

	mu    sync.Mutex
	timer context.Context // nil until somebody waits
	stop  context.CancelFunc
	over  bool
}

// EndsAtDeadline says to provider/wire that a deadline of the connection is all that this context asks for.
func (d *due) EndsAtDeadline() {}

// Deadline implements context.Context.
func (d *due) Deadline() (time.Time, bool) { return d.until, true }

// Done implements context.Context.
func (d *due) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer == nil {
		d.timer, d.stop = context.WithDeadline(d.Context, d.until)
		if d.over {
			d.stop()
		}
	}
	return d.timer.Done()
}

// Err implements context.Context.
func (d *due) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.timer != nil:
		return d.timer.Err()
	case d.over:
		return context.Canceled
	case !time.Now().Before(d.until):
		return context.DeadlineExceeded
	}
	return nil
}

// Value implements context.Context. A context made of this one finds the timer by it, and needs no goroutine of its
// own.
func (d *due) Value(key any) any {
	d.mu.Lock()
	timer := d.timer
	d.mu.Unlock()
	if timer != nil {
		return timer.Value(key)
	}
	return d.Context.Value(key)
}

func (d *due) cancel() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over = true; d.stop != nil {
		d.stop()
	}
}
