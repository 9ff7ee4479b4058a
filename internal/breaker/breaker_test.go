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
	wait, admitted := b.Admit()
	if admitted {
		t.Fatal("admitted")
	}
	return wait
}

func fail(t *testing.T, b *Breaker, times int) {
	t.Helper()
	for range times {
		if _, admitted := b.Admit(); !admitted {
			t.Fatal("not admitted")
		}
		b.Settle(true)
	}
}

func TestBreakerOpensAfterARunOfFailures(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, Run-1)
	b.Settle(false)
	fail(t, b, Run)
	if wait := refused(t, b); wait != First {
		t.Errorf("retry after %s", wait)
	}
	clock.forward(First)
	if _, admitted := b.Admit(); !admitted {
		t.Fatal("no probe is let through")
	}
	refused(t, b) // one probe at a time
	b.Settle(false)
	fail(t, b, Run-1) // closed, and its memory clean
	if _, admitted := b.Admit(); !admitted {
		t.Error("not admitted")
	}
}

func TestBreakerWaitsLongerWhileProbesFail(t *testing.T) {
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

func TestBreakerOpensWhenHalfFail(t *testing.T) {
	b, _ := newBreaker()
	for range 32 {
		fail(t, b, 1)
		if _, admitted := b.Admit(); !admitted {
			t.Fatal("not admitted")
		}
		b.Settle(false)
	}
	fail(t, b, 1)
	refused(t, b)
}

func TestAbandonedProbeMakesRoom(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, Run)
	clock.forward(First)
	if _, admitted := b.Admit(); !admitted {
		t.Fatal("not admitted")
	}
	b.Release()
	if _, admitted := b.Admit(); !admitted {
		t.Error("after an abandoned probe")
	}
	clock.forward(2 * Last) // a probe that never reports does not close the door for ever
	if _, admitted := b.Admit(); !admitted {
		t.Error("after a lost probe")
	}
}

func TestBreakerUnderConcurrency(t *testing.T) {
	b, clock := newBreaker()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 2000 {
				if _, admitted := b.Admit(); admitted {
					b.Settle(i%3 > 0)
				}
				clock.forward(time.Millisecond)
			}
		})
	}
	group.Wait()
	clock.forward(2 * Last)
	if _, admitted := b.Admit(); !admitted {
		t.Error("not admitted")
	}
}
