package breaker

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wound is a clock that moves only when it is advanced.
type wound struct{ now atomic.Int64 }

func (w *wound) time() time.Time { return time.Unix(1_800_000_000, w.now.Load()) }

func (w *wound) forward(d time.Duration) { w.now.Add(int64(d)) }

func newBreaker() (*Breaker, *wound) {
	clock := &wound{}
	return New(Config{Clock: clock.time, Share: true}), clock
}

// refused demands that a call is not admitted, and says for how long.
func refused(t *testing.T, b *Breaker) time.Duration {
	t.Helper()
	_, wait, admitted := b.Admit()
	if admitted {
		t.Fatal("admitted")
	}
	return wait
}

// admit demands that a call is admitted.
func admit(t *testing.T, b *Breaker) Token {
	t.Helper()
	token, _, admitted := b.Admit()
	if !admitted {
		t.Fatal("not admitted")
	}
	return token
}

func fail(t *testing.T, b *Breaker, times int) {
	t.Helper()
	for range times {
		b.Settle(admit(t, b), true)
	}
}

func TestBreaker_OpensAfterARunOfFailures(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, Run-1)
	b.Settle(0, false)
	fail(t, b, Run)
	if wait := refused(t, b); wait != First {
		t.Errorf("retry after %s", wait)
	}
	clock.forward(First)
	probe := admit(t, b)
	refused(t, b) // one probe at a time
	b.Settle(probe, false)
	fail(t, b, Run-1) // closed, and its memory clean
	admit(t, b)
}

func TestBreaker_WaitsLongerWhileProbesFail(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, Run)
	for wait := First; wait < 4*Last; wait *= 2 {
		clock.forward(min(wait, Last) - 1)
		refused(t, b)
		clock.forward(1)
		fail(t, b, 1)
	}
	if wait := refused(t, b); wait != Last {
		t.Errorf("waits %s at most, want %s", wait, Last)
	}
}

func TestBreaker_OpensWhenHalfFail(t *testing.T) {
	b, _ := newBreaker()
	for range 32 {
		fail(t, b, 1)
		b.Settle(admit(t, b), false)
	}
	fail(t, b, 1)
	refused(t, b)
}

func TestBreaker_AbandonedProbeMakesRoom(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, Run)
	clock.forward(First)
	b.Release(admit(t, b))
	lost := admit(t, b)     // after an abandoned probe
	clock.forward(2 * Last) // a probe that never reports does not keep the breaker open for ever
	probe := admit(t, b)
	b.Settle(lost, false)
	refused(t, b) // the lost probe decides nothing any more
	b.Settle(probe, false)
	admit(t, b)
}

func TestBreaker_OnlyTheProbeDecides(t *testing.T) {
	b, clock := newBreaker()
	older := admit(t, b)
	fail(t, b, Run)
	b.Settle(older, false)
	refused(t, b)
	clock.forward(First)
	probe := admit(t, b)
	for _, failed := range []bool{false, true} {
		b.Settle(older, failed)
		refused(t, b)
	}
	b.Release(older)
	refused(t, b) // the probe is still under way
	b.Settle(probe, true)
	if wait := refused(t, b); wait != 2*First {
		t.Errorf("waits %s, want %s", wait, 2*First)
	}
}

func TestBreaker_UnderConcurrency(t *testing.T) {
	b, clock := newBreaker()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 2000 {
				if token, _, admitted := b.Admit(); admitted {
					b.Settle(token, i%3 > 0)
				}
				clock.forward(time.Millisecond)
			}
		})
	}
	group.Wait()
	clock.forward(2 * Last)
	admit(t, b)
}
