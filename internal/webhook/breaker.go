package webhook

import (
	"context"
	"sync"
	"time"
)

// A breaker opens after breakerRun failed attempts in a row, for breakerFirst, doubled up to breakerLast while probes fail.
const (
	breakerRun   = 5
	breakerFirst = 2 * time.Second
	breakerLast  = time.Minute
)

// breaker holds attempts back from a consumer that fails, whichever lane they belong to, and lets one of them find out
// whether it is well again.
type breaker struct {
	clock func() time.Time

	mu      sync.Mutex
	failed  int
	pause   time.Duration // > 0: open
	until   time.Time
	probing bool
}

// pass waits until an attempt may be made; it fails only with ctx. Every attempt that passed must be settled.
func (b *breaker) pass(ctx context.Context) error {
	for {
		wait := b.wait()
		if wait <= 0 {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// wait is how long an attempt has to wait before it may ask again; 0: it may be made.
func (b *breaker) wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return 0
	}
	if wait := b.until.Sub(b.clock()); wait > 0 {
		return wait
	}
	if b.probing {
		return 50 * time.Millisecond
	}
	b.probing = true
	return 0
}

func (b *breaker) settle(failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed {
		b.failed, b.pause, b.probing = 0, 0, false
		return
	}
	b.failed++
	if b.failed < breakerRun || (b.pause > 0 && !b.probing) { // those under way when it opened tell nothing new
		return
	}
	b.probing = false
	b.pause = min(max(2*b.pause, breakerFirst), breakerLast)
	b.until = b.clock().Add(b.pause)
}

// opens is when an open breaker lets a probe pass; the zero time: it is closed.
func (b *breaker) opens() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return time.Time{}
	}
	return b.until.UTC()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
