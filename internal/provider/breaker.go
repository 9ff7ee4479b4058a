package provider

import (
	"log/slog"
	"math/bits"
	"sync"
	"time"

	"mconnect/fault"
)

// A breaker opens after breakerRun failures in a row, or when half of the last 64 calls failed.
const (
	breakerRun   = 5
	breakerShare = 32
	breakerFirst = 2 * time.Second // open for this long, then one probe; doubled while probes fail
	breakerLast  = time.Minute
)

// breaker keeps calls away from an endpoint that fails, so that they fail at once instead of piling up.
type breaker struct {
	name   string
	clock  func() time.Time
	logger *slog.Logger

	mu      sync.Mutex
	recent  uint64 // the last 64 calls, newest lowest; 1 is a failure
	calls   int    // how many of them there were
	opened  time.Time
	pause   time.Duration // > 0: open
	probing bool          // open, and one call is finding out
	probeAt time.Time
}

// admit lets a call through or returns provider.breaker. Every admitted call must be settled.
func (b *breaker) admit() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return nil
	}
	now := b.clock()
	wait := b.pause - now.Sub(b.opened)
	if wait <= 0 && (!b.probing || now.Sub(b.probeAt) > breakerLast) {
		b.probing, b.probeAt = true, now
		return nil
	}
	e := fault.New(fault.ProviderBroken)
	e.RetryAfter = max(wait, time.Second)
	return e
}

// settle takes note of how an admitted call ended.
func (b *breaker) settle(failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recent <<= 1
	b.calls = min(b.calls+1, 64)
	if !failed {
		if b.pause > 0 && b.probing {
			b.logger.Info("provider breaker closed", "endpoint", b.name)
			b.pause, b.probing, b.recent, b.calls = 0, false, 0, 0
		}
		return
	}
	b.recent |= 1
	const run = 1<<breakerRun - 1
	switch {
	case b.pause > 0 && b.probing:
		b.pause, b.opened, b.probing = min(2*b.pause, breakerLast), b.clock(), false
	case b.pause == 0 && (b.recent&run == run || b.calls == 64 && bits.OnesCount64(b.recent) >= breakerShare):
		b.pause, b.opened = breakerFirst, b.clock()
		b.logger.Warn("provider breaker opened", "endpoint", b.name)
	}
}

// release forgets an admitted call that said nothing about the provider, as when its caller went away.
func (b *breaker) release() {
	b.mu.Lock()
	b.probing = false
	b.mu.Unlock()
}
