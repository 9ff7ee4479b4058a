// Package breaker holds a circuit breaker: it keeps calls away from a peer that fails, so that they fail or
// wait at once instead of piling up, and lets one probe at a time find out whether the peer is well again.
package breaker

import (
	"math/bits"
	"sync"
	"time"
)

// A breaker opens after Run failures in a row, or, with Config.Share, when half of the last 64 calls failed.
const (
	Run   = 5
	share = 32
	First = 2 * time.Second // open for this long, then one probe; doubled while probes fail
	Last  = time.Minute
)

// Config is what a Breaker needs. Clock must be set.
type Config struct {
	Clock  func() time.Time
	Share  bool            // half of the last 64 calls failing opens it too
	Report func(open bool) // nil, or called with the breaker locked when it opens or closes; must not block
}

// Breaker is a circuit breaker. It is safe for concurrent use.
type Breaker struct {
	cfg Config

	mu      sync.Mutex
	recent  uint64 // the last 64 calls, newest lowest; 1 is a failure
	calls   int    // how many of them there were
	opened  time.Time
	pause   time.Duration // > 0: open
	probe   Token         // open, and this call is the probe; 0: none
	probes  Token         // how many there were
	probeAt time.Time
}

// Token says which admitted call a result belongs to: 0 is an ordinary call, any other number is a probe.
type Token int64

// New makes a closed Breaker.
func New(cfg Config) *Breaker { return &Breaker{cfg: cfg} }

// Admit lets a call through, or says how long it is until a probe may be let through; 0 or less while a
// probe is under way. Every admitted call must be settled or released with its token. A probe that is neither for a
// minute counts as lost, and another may take its place.
func (b *Breaker) Admit() (token Token, wait time.Duration, admitted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return 0, 0, true
	}
	now := b.cfg.Clock()
	wait = b.pause - now.Sub(b.opened)
	if wait <= 0 && (b.probe == 0 || now.Sub(b.probeAt) > Last) {
		b.probes++
		b.probe, b.probeAt = b.probes, now
		return b.probe, 0, true
	}
	return 0, wait, false
}

// Settle records how an admitted call ended. While the breaker is open, the result of the present probe decides and
// every other one, as of a call admitted before the breaker opened or of a probe that counts as lost, changes nothing.
func (b *Breaker) Settle(token Token, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.pause == 0:
		b.count(failed)
	case token == 0 || token != b.probe:
	case failed:
		b.pause, b.opened, b.probe = min(2*b.pause, Last), b.cfg.Clock(), 0
	default:
		b.pause, b.probe, b.recent, b.calls = 0, 0, 0, 0
		b.report(false)
	}
}

// count notes a result while the breaker is closed, and opens it after too many failures.
func (b *Breaker) count(failed bool) {
	const run = 1<<Run - 1
	b.recent <<= 1
	b.calls = min(b.calls+1, 64)
	if !failed {
		return
	}
	b.recent |= 1
	if b.recent&run == run || b.cfg.Share && b.calls == 64 && bits.OnesCount64(b.recent) >= share {
		b.pause, b.opened = First, b.cfg.Clock()
		b.report(true)
	}
}

func (b *Breaker) report(open bool) {
	if b.cfg.Report != nil {
		b.cfg.Report(open)
	}
}

// Release forgets an admitted call that said nothing about the peer, as when its caller went away.
func (b *Breaker) Release(token Token) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if token == b.probe {
		b.probe = 0
	}
}

// Opens is when an open breaker lets a probe through; the zero time: it is closed.
func (b *Breaker) Opens() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return time.Time{}
	}
	return b.opened.Add(b.pause).UTC()
}
