package provider

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
)

// wound is a clock that moves only when told to.
type wound struct{ now atomic.Int64 }

func (w *wound) time() time.Time         { return time.Unix(1_800_000_000, w.now.Load()) }
func (w *wound) forward(d time.Duration) { w.now.Add(int64(d)) }

func newBreaker() (*breaker, *wound) {
	clock := &wound{}
	return &breaker{clock: clock.time, logger: slog.New(slog.DiscardHandler)}, clock
}

func fail(t *testing.T, b *breaker, times int) {
	t.Helper()
	for range times {
		if err := b.admit(); err != nil {
			t.Fatal(err)
		}
		b.settle(true)
	}
}

func TestBreakerOpensAfterARunOfFailures(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, breakerRun-1)
	b.settle(false)
	fail(t, b, breakerRun)
	e := wantFault(t, b.admit(), fault.ProviderBroken, fault.Provider)
	if e.RetryAfter != breakerFirst {
		t.Errorf("retry after %s", e.RetryAfter)
	}
	clock.forward(breakerFirst)
	if err := b.admit(); err != nil {
		t.Fatalf("no probe is let through: %v", err)
	}
	wantFault(t, b.admit(), fault.ProviderBroken, "") // one probe at a time
	b.settle(false)
	fail(t, b, breakerRun-1) // closed, and its memory clean
	if err := b.admit(); err != nil {
		t.Error(err)
	}
}

func TestBreakerWaitsLongerWhileProbesFail(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, breakerRun)
	for wait := breakerFirst; wait < 4*breakerLast; wait *= 2 {
		clock.forward(min(wait, breakerLast) - 1)
		wantFault(t, b.admit(), fault.ProviderBroken, "")
		clock.forward(1)
		fail(t, b, 1)
	}
	e := wantFault(t, b.admit(), fault.ProviderBroken, "")
	if e.RetryAfter != breakerLast {
		t.Errorf("waits %s at most, want %s", e.RetryAfter, breakerLast)
	}
}

func TestBreakerOpensWhenHalfFail(t *testing.T) {
	b, _ := newBreaker()
	for range 32 {
		fail(t, b, 1)
		if err := b.admit(); err != nil {
			t.Fatal(err)
		}
		b.settle(false)
	}
	fail(t, b, 1)
	wantFault(t, b.admit(), fault.ProviderBroken, "")
}

func TestAbandonedProbeMakesRoom(t *testing.T) {
	b, clock := newBreaker()
	fail(t, b, breakerRun)
	clock.forward(breakerFirst)
	if err := b.admit(); err != nil {
		t.Fatal(err)
	}
	b.release()
	if err := b.admit(); err != nil {
		t.Errorf("after an abandoned probe: %v", err)
	}
	clock.forward(2 * breakerLast) // a probe that never reports does not close the door for ever
	if err := b.admit(); err != nil {
		t.Errorf("after a lost probe: %v", err)
	}
}

func TestBreakerThroughDeliver(t *testing.T) {
	var calls atomic.Int32
	var status atomic.Int32
	status.Store(500)
	s := register(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(status.Load()))
	})
	clock := &wound{}
	p, ready := newProvider(t, Config{Clock: clock.time}), post(s.URL)
	for range breakerRun {
		_, err := deliver(t, p, ready, input)
		wantFault(t, err, fault.ProviderStatus, fault.Provider)
	}
	for range 10 {
		_, err := deliver(t, p, ready, input)
		wantFault(t, err, fault.ProviderBroken, fault.Provider)
	}
	if calls.Load() != breakerRun {
		t.Errorf("%d calls reached the provider, want %d", calls.Load(), breakerRun)
	}
	_, err := deliver(t, p, post(s.URL), input) // the same endpoint, applied again: it stays open
	wantFault(t, err, fault.ProviderBroken, fault.Provider)
	clock.forward(breakerFirst)
	status.Store(200)
	for range 3 {
		if _, err := deliver(t, p, ready, input); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	for _, status := range []int{400, 404, 409, 429} {
		s := register(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		p, ready := newProvider(t, Config{}), post(s.URL)
		for range 4 * breakerRun {
			if _, err := deliver(t, p, ready, input); fault.From(err).Code == fault.ProviderBroken {
				t.Fatalf("status %d opened the breaker", status)
			}
		}
	}
}

func TestBreakerUnderConcurrency(t *testing.T) {
	b, clock := newBreaker()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 2000 {
				if b.admit() == nil {
					b.settle(i%3 > 0)
				}
				clock.forward(time.Millisecond)
			}
		})
	}
	group.Wait()
	clock.forward(2 * breakerLast)
	if err := b.admit(); err != nil {
		t.Error(err)
	}
}
