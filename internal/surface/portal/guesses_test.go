package portal

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// tried makes n guesses from an address and says how many were let through.
func tried(g *guesses, from string, n int, now time.Time, found bool) (let int) {
	address, _ := netip.ParseAddr(from) // the zero address for what is none
	for range n {
		right, err := g.try(address, now)
		if err != nil {
			continue
		}
		if let++; found {
			right()
		}
	}
	return let
}

// TestGuesses_AreBoundedByAddress: what was tried before decides how many codes an address may still try.
func TestGuesses_AreBoundedByAddress(t *testing.T) {
	for name, c := range map[string]struct {
		before string // address of so many guesses in vain, or right ones
		found  bool
		after  string
		later  time.Duration
		want   int
	}{
		"the same address":                   {"192.0.2.1", false, "192.0.2.1", 0, 0},
		"the same address, by IPv6":          {"192.0.2.1", false, "::ffff:192.0.2.1", 0, mostGuesses},
		"another address":                    {"192.0.2.1", false, "192.0.2.2", 0, mostGuesses},
		"another address of an IPv6 network": {"2001:db8::1", false, "2001:db8::ffff:1", 0, 0},
		"another zone":                       {"fe80::1%eth0", false, "fe80::1%eth1", 0, 0},
		"another IPv6 network":               {"2001:db8::1", false, "2001:db8:0:1::1", 0, mostGuesses},
		"what is no address":                 {"", false, "", 0, 0},
		"right codes do not count":           {"192.0.2.1", true, "192.0.2.1", 0, mostGuesses},
		"one interval later":                 {"192.0.2.1", false, "192.0.2.1", guessInterval, 1},
		"just before it":                     {"192.0.2.1", false, "192.0.2.1", guessInterval - time.Second, 0},
		"three intervals later":              {"192.0.2.1", false, "192.0.2.1", 3 * guessInterval, 3},
		"a day later, no more than at first": {"192.0.2.1", false, "192.0.2.1", 24 * time.Hour, mostGuesses},
		"an hour back, by a clock set right": {"192.0.2.1", false, "192.0.2.1", -time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var g guesses
			if let := tried(&g, c.before, 2*mostGuesses, noon, c.found); (let == mostGuesses) == c.found {
				t.Errorf("before: %d of %d", let, 2*mostGuesses)
			}
			if let := tried(&g, c.after, 2*mostGuesses, noon.Add(c.later), false); let != c.want {
				t.Errorf("after: %d, want %d", let, c.want)
			}
		})
	}
}

func TestGuesses_SayHowLongToWait(t *testing.T) {
	var g guesses
	tried(&g, "192.0.2.1", mostGuesses, noon, false)
	for passed, want := range map[time.Duration]time.Duration{0: guessInterval, 5 * time.Second: 15 * time.Second,
		guessInterval - time.Millisecond: time.Second} {
		_, err := g.try(netip.MustParseAddr("192.0.2.1"), noon.Add(passed))
		f := fault.From(err)
		if f.Code != fault.DocumentThrottled || f.RetryAfter != want || f.Params["wait"] != want.String() {
			t.Errorf("after %v: %v, wait %v %q, want %v", passed, f.Code, f.RetryAfter, f.Params["wait"], want)
		}
	}
}

// TestGuesses_OfManyAddressesNeedBoundedMemory: addresses beyond those that are counted apart share one bound, and get
// their own again once others have been quiet.
func TestGuesses_OfManyAddressesNeedBoundedMemory(t *testing.T) {
	var g guesses
	address := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}) }
	let := 0
	for n := range mostGuessing + 5*mostGuesses {
		if _, err := g.try(address(n), noon); err == nil {
			let++
		}
	}
	if let != mostGuessing+mostGuesses || len(g.of) != mostGuessing {
		t.Errorf("%d let through, %d addresses held", let, len(g.of))
	}
	if _, err := g.try(address(1), noon); err != nil {
		t.Errorf("an address that was counted before: %v", err)
	}
	later := noon.Add(time.Hour)
	if n := tried(&g, "192.0.2.1", 2*mostGuesses, later, false); n != mostGuesses || len(g.of) != 1 {
		t.Errorf("an hour later: %d let through, %d addresses held", n, len(g.of))
	}
}

func TestGuesses_AtOnceKeepTheBound(t *testing.T) {
	var g guesses
	var let atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { let.Add(int64(tried(&g, "192.0.2.1", mostGuesses, noon, false))) })
	}
	all.Wait()
	if let.Load() != mostGuesses {
		t.Errorf("%d let through, want %d", let.Load(), mostGuesses)
	}
}
