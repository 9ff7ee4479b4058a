package broker_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestRepeat_AcceptedAndDeliveredOnce(t *testing.T) { engines.Each(t, repeatsOnce) }

func repeatsOnce(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.open(bank, broker.Options{})
	w.produce(ev("1", void, ""), ev("2", void, ""), ev("1", void, "")) // in one batch
	w.produce(ev("2", void, ""))
	w.restart()
	w.produce(ev("1", void, ""), ev("3", void, ""))
	r := w.open(bank, broker.Options{})
	got := w.take(r, 3)
	w.none(r)
	seen := map[string]bool{}
	for _, id := range ids(got) {
		seen[id] = true
	}
	if len(seen) != 3 {
		t.Errorf("delivered %v", ids(got))
	}
	other := ev("1", void, "")
	other.Source = source + "/other"
	w.rights.change(func() { w.rights.producers[producer] = append(w.rights.producers[producer], other.Source) })
	w.produce(other)
	if d := w.take(r, 1)[0]; d.Event.Source != other.Source {
		t.Errorf("the same id under another source: %s", d.JSON)
	}
}

// TestRepeat_Concurrent: many callers bring the same events at the same time, over two engines on one store.
func TestRepeat_Concurrent(t *testing.T) { engines.Each(t, repeatsAtOnce) }

func repeatsAtOnce(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	second := w.secondNode()
	r := w.open(bank, broker.Options{})
	var callers sync.WaitGroup
	for n := range 8 {
		callers.Go(func() {
			for i := range 25 {
				batch := []event.Event{ev(fmt.Sprint(i), void, "k"), ev(fmt.Sprint(n, "-", i), void, "k")}
				engine := []*broker.Engine{w.Engine, second.Engine}[n%2]
				if err := engine.Produce(context.Background(), broker.Caller{System: producer}, batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	seen := map[string]int{}
	for _, id := range ids(w.take(r, 25+8*25)) {
		seen[id]++
	}
	w.none(r)
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was delivered %d times", id, n)
		}
	}
}

// secondNode is another node on the same store and under the same rights.
func (w *fixture) secondNode() *fixture {
	w.t.Helper()
	other := &fixture{t: w.t, url: w.url, rights: w.rights, ledger: &ledger{}, limits: w.limits, log: w.log, clock: w.clock}
	other.start()
	w.t.Cleanup(other.stop)
	return other
}

func TestRepeat_IndexIsRebuilt(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.fill("", 10_000)
	eventually(t, "two segments are written", func() bool { return w.segments() == 2 })
	w.restart()
	r := w.open(bank, broker.Options{})
	w.fill("", 10_000)
	w.none(r)
	events, bytes := w.Memory()
	if events != 10_000 || bytes > 20*events {
		t.Errorf("%d events remembered in %d bytes", events, bytes)
	}
	w.produce(ev("new", void, ""))
	wantIDs(t, w.take(r, 1), "new")
}

func (w *fixture) segments() (n int) {
	must.OK(w.t, w.db.Segments(context.Background(), 0, func(appendlog.Segment) error { n++; return nil }))
	return n
}
