package portal

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect/fault"
)

// Bounds of the codes that one address may try in vain: so many at once, then one in each interval.
const (
	mostGuesses   = 30
	guessInterval = 20 * time.Second
	mostGuessing  = 4096 // addresses that are counted apart
)

// guesses bounds how many codes of documents one address may try that no document has. An IPv6 network of 64 bits
// counts as one address. Each process counts by itself: with several nodes an address has the bound of each. A code
// has 100 bits, so that the bounds of all nodes together find none. Safe for concurrent use; the zero value is ready.
type guesses struct {
	mu   sync.Mutex
	of   map[netip.Prefix]*rate.Limiter
	rest *rate.Limiter // of the addresses beyond mostGuessing, which share one bound
}

// try counts a guess before its code is looked up, so that concurrent ones cannot pass the bound. The caller calls
// right if a document has the code: then the guess does not count. Fault document.throttled.
func (g *guesses) try(from netip.Addr, now time.Time) (right func(), err error) {
	r := g.limiter(from, now).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait <= 0 {
		return func() { r.CancelAt(now) }, nil
	}
	r.CancelAt(now)
	wait = max(wait.Round(time.Second), time.Second)
	f := fault.New(fault.DocumentThrottled, "wait", wait.String())
	f.RetryAfter = wait
	return nil, f
}

// limiter is that of an address.
func (g *guesses) limiter(from netip.Addr, now time.Time) *rate.Limiter {
	bits := 32
	if from.Is6() {
		bits = 64
	}
	network, _ := from.WithZone("").Prefix(bits) // the zero prefix for what is no address: all of those share one bound
	g.mu.Lock()
	defer g.mu.Unlock()
	if l := g.of[network]; l != nil {
		return l
	}
	if len(g.of) >= mostGuessing {
		for n, l := range g.of {
			if l.TokensAt(now) >= mostGuesses {
				delete(g.of, n)
			}
		}
	}
	fresh := rate.NewLimiter(rate.Every(guessInterval), mostGuesses)
	if len(g.of) >= mostGuessing {
		if g.rest == nil {
			g.rest = fresh
		}
		return g.rest
	}
	if g.of == nil {
		g.of = map[netip.Prefix]*rate.Limiter{}
	}
	g.of[network] = fresh
	return fresh
}
