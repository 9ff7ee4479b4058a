package rest

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/breaker"
	"mconnect/test/must"
	"mconnect/test/registers"
)

func TestBreaker_ThroughDeliver(t *testing.T) {
	var calls atomic.Int32
	var status atomic.Int32
	status.Store(500)
	s := registers.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(status.Load()))
	})
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(1_800_000_000, now.Load()) }
	p, ready := newProvider(t, config{Clock: clock}), registers.Post(s.URL)
	for range breaker.Run {
		_, err := registers.Deliver(t, p, ready, input)
		registers.WantFault(t, err, fault.ProviderStatus, fault.Provider)
	}
	for range 10 {
		_, err := registers.Deliver(t, p, ready, input)
		registers.WantFault(t, err, fault.ProviderBroken, fault.Provider)
	}
	if calls.Load() != breaker.Run {
		t.Errorf("%d calls reached the provider, want %d", calls.Load(), breaker.Run)
	}
	_, err := registers.Deliver(t, p, registers.Post(s.URL), input) // the same endpoint, applied again: it stays open
	registers.WantFault(t, err, fault.ProviderBroken, fault.Provider)
	if wait := fault.From(err).RetryAfter; wait != breaker.First {
		t.Errorf("the consumer is asked to wait %s, want %s", wait, breaker.First)
	}
	now.Add(int64(breaker.First))
	status.Store(200)
	for range 3 {
		must.Get(registers.Deliver(t, p, ready, input))(t)
	}
}

func TestBreaker_RefusalsDoNotOpenIt(t *testing.T) {
	for _, status := range []int{400, 404, 409, 429} {
		s := registers.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		p, ready := newProvider(t, config{}), registers.Post(s.URL)
		for range 4 * breaker.Run {
			if _, err := registers.Deliver(t, p, ready, input); fault.From(err).Code == fault.ProviderBroken {
				t.Fatalf("status %d opened the breaker", status)
			}
		}
	}
}
