package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"mconnect/internal/broker"
	"mconnect/internal/eventlog"
	"mconnect/test/must"
)

// node starts an engine and webhooks of a name over a store.
func node(t *testing.T, url, name string, targets *targetList) *fixture {
	t.Helper()
	return start(t, url, eventlog.Config{Node: name, Lease: time.Minute}, broker.Limits{}, targets)
}

// only is the pusher of the one subscription.
func (w *fixture) only() *pusher {
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	for _, r := range w.hooks.pushers {
		return r.pusher
	}
	return nil
}

// TestShare_NodesShareTheLimit: two nodes on one store together have no more requests under way than
// max_in_flight, and each paces itself by its share of per_minute.
func TestShare_NodesShareTheLimit(t *testing.T) {
	const most, perMinute, events = 4, 60_000, 48
	url := "sqlite:" + filepath.Join(t.TempDir(), "events.db")
	targets := &targetList{changed: make(chan struct{})}
	a, b := node(t, url, "a", targets), node(t, url, "b", targets)
	var mu sync.Mutex
	under, peak := 0, 0
	full := make(chan struct{})
	s := newTarget(t)
	s.allow = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WebHook-Allowed-Origin", r.Header.Get("WebHook-Request-Origin"))
		w.Header().Set("WebHook-Allowed-Rate", fmt.Sprint(perMinute))
	}
	s.answer = func(posted, int) (int, http.Header) {
		mu.Lock()
		under++
		if peak = max(peak, under); under == most {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full // until as many are under way as are allowed
		mu.Lock()
		under--
		mu.Unlock()
		return http.StatusNoContent, nil
	}
	targets.declare(a.to(s, func(t *Target) { t.Webhook.MaxInFlight, t.Webhook.PerMinute = most, perMinute }))
	a.until(t, Pushing)
	b.until(t, Pushing)
	eventually(func() bool {
		first, _ := a.only().share()
		second, _ := b.only().share()
		return first == 6 && second == 6
	})
	for n := range events {
		a.produce(t, fmt.Sprint(n), "")
	}
	for range events {
		<-s.arrive
	}
	if peak != most {
		t.Errorf("%d requests were under way on two nodes, %d are allowed", peak, most)
	}
	for name, w := range map[string]*fixture{"a": a, "b": b} {
		if got, want := w.only().limit.Limit(), rate.Limit(perMinute/60/2); got != want {
			t.Errorf("node %s: %v requests a second, its share is %v", name, got, want)
		}
	}
}

// TestShare_SlotsFollow: a share that grows lets waiting requests pass, one that shrinks takes effect as requests
// end, and every node may have one request.
func TestShare_SlotsFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(4)
		var mine atomic.Int64
		mine.Store(6)
		share := func() (int, int) { return int(mine.Load()), 12 }
		got := make(chan error, 8)
		for range 5 {
			go func() { got <- s.take(t.Context(), share) }()
		}
		synctest.Wait()
		if s.taken != 2 {
			t.Fatalf("%d slots of 2 are taken", s.taken)
		}
		mine.Store(12)
		for range 4 {
			must.OK(t, <-got)
		}
		synctest.Wait()
		mine.Store(3)
		for range 3 {
			s.leave()
		}
		synctest.Wait()
		if s.taken != 1 {
			t.Errorf("%d slots of 1 are taken", s.taken)
		}
		mine.Store(1)
		s.leave()
		if err := <-got; err != nil || s.taken != 1 {
			t.Errorf("the smallest share: %v, %d taken", err, s.taken)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if err := s.take(ended, share); !errors.Is(err, context.Canceled) || s.taken != 1 {
			t.Errorf("after the end: %v, %d taken", err, s.taken)
		}
	})
}
