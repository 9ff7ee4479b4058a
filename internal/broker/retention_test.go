package broker_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// hands is a clock that a test moves.
type hands struct{ at atomic.Int64 }

func (h *hands) now() time.Time        { return time.UnixMicro(h.at.Load()) }
func (h *hands) move(by time.Duration) { h.at.Add(by.Microseconds()) }

func timedWorld(t *testing.T) (*fixture, *hands) {
	h := &hands{}
	h.at.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro())
	w := &fixture{t: t, url: engines.URL(t), rights: newRights(), ledger: &ledger{}, clock: h.now}
	w.rights.producers[producer] = []string{source}
	w.start()
	t.Cleanup(w.stop)
	return w, h
}

// fill produces n events in batches of 500, with ids name0, name1 and so on.
func (w *fixture) fill(name string, n int) {
	w.t.Helper()
	for i := 0; i < n; i += 500 {
		var batch []event.Event
		for j := i; j < min(i+500, n); j++ {
			batch = append(batch, ev(fmt.Sprint(name, j), void, fmt.Sprint("key", j%40)))
		}
		w.produce(batch...)
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("in vain: " + what)
		}
	}
}

func TestRetention_RemovesExpired(t *testing.T) { engines.Each(t, retention) }

func retention(t *testing.T) {
	w, h := timedWorld(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, born)
	w.open(bank, broker.Options{}).Close() // falls asleep
	w.open(hall, broker.Options{}).Close()
	w.fill("old", 9000)
	h.move(121 * time.Hour)
	w.fill("new", 5000)
	sweep := func() int64 {
		n := must.Get(w.Sweep(t.Context()))(t)
		return n
	}
	removed := int64(0)
	eventually(t, "old events are removed", func() bool { removed += sweep(); return removed > 8000 })
	if removed > 9000 {
		t.Errorf("%d removed of 9000 past retention", removed)
	}
	lost := int64(0)
	for _, r := range w.ledger.of(journal.Expired) {
		if r.System != bank {
			t.Errorf("%s lost nothing: %+v", r.System, r)
		}
		lost += int64(r.Event.Count)
	}
	if lost != removed {
		t.Errorf("%d journalled as lost, %d removed", lost, removed)
	}
	w.restart()
	r := w.open(bank, broker.Options{})
	got := w.take(r, 14000-int(removed))
	if last := got[len(got)-1]; last.Event.ID != "new4999" {
		t.Errorf("the last is %s", last.Event.ID)
	}
	w.none(r)
	if engines.Of(t) == engines.SQLite { // the cluster of the tests does not flush, and Check would say so
		if err := w.db.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	w.produce(ev("old0", void, "k")) // its first delivery is past: it counts as new
	wantIDs(t, w.take(r, 1), "old0")
	w.produce(ev("new4999", void, "k"))
	w.none(r)
}

func TestRetention_QuietLog(t *testing.T) { engines.Each(t, quietLogPassesRetention) }

// quietLogPassesRetention: a handful of events, and nothing after them.
func quietLogPassesRetention(t *testing.T) {
	w, h := timedWorld(t)
	w.rights.grant(bank, void)
	w.open(bank, broker.Options{}).Close() // falls asleep
	w.produce(ev("1", void, "k"), ev("2", void, "k"))
	h.move(119 * time.Hour)
	w.produce(ev("3", void, "k")) // two hours younger than the day of the sweep
	sweep := func() int64 {
		n := must.Get(w.Sweep(t.Context()))(t)
		return n
	}
	if n := sweep(); n != 0 {
		t.Fatalf("%d removed early", n)
	}
	h.move(2 * time.Hour)
	eventually(t, "what is past retention is removed", func() bool { return sweep() == 2 })
	wantIDs(t, w.take(w.open(bank, broker.Options{}), 1), "3")
	h.move(120 * time.Hour)
	eventually(t, "the last event is removed", func() bool { return sweep() == 1 })
	index := func(id string) int64 {
		w.produce(ev(id, void, "k"))
		found, _, err := w.Find(t.Context(), broker.Search{Source: source, ID: id})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return found[0].Index
	}
	before := index("4")
	for range 3 { // what ends the silence is no event and is said once
		h.move(2 * time.Hour)
		sweep()
	}
	if after := index("5"); after != before+2 {
		t.Errorf("a silent log grew from %d to %d", before, after)
	}
	lost := 0
	for _, r := range w.ledger.of(journal.Expired) {
		lost += r.Event.Count
	}
	if lost != 3 || w.Lost() != 3 {
		t.Errorf("%d journalled as lost and %d counted, want 3", lost, w.Lost())
	}
	w.restart()
	wantIDs(t, w.take(w.open(bank, broker.Options{}), 2), "4", "5")
}

// TestRetention_LossIsJournalledOrNothingIsRemoved: both commit together, whenever the process dies.
func TestRetention_LossIsJournalledOrNothingIsRemoved(t *testing.T) {
	w, h := timedWorld(t)
	w.rights.grant(bank, void)
	w.open(bank, broker.Options{}).Close()
	w.produce(ev("1", void, "k"))
	h.move(121 * time.Hour)
	w.produce(ev("2", void, "k"))
	eventually(t, "acceptance is journalled, before which nothing is removed", func() bool {
		n := 0
		for _, r := range w.ledger.of(journal.Accepted) {
			n += r.Event.Count
		}
		return n == 2
	})
	w.ledger.breaks(true)
	eventually(t, "the sweeper meets a journal that cannot be written", func() bool {
		n, err := w.Sweep(t.Context())
		return n == 0 && err != nil
	})
	wantIDs(t, w.take(w.open(bank, broker.Options{}), 2), "1", "2")
	w.ledger.breaks(false)
	eventually(t, "it is removed and journalled", func() bool {
		n, err := w.Sweep(t.Context())
		return n == 1 && err == nil
	})
	if records := w.ledger.of(journal.Expired); len(records) != 1 || records[0].Event.Count != 1 {
		t.Errorf("%+v", records)
	}
}

func TestGroup_BeginsAtATime(t *testing.T) { engines.Each(t, newGroupFromATime) }

func newGroupFromATime(t *testing.T) {
	w, h := timedWorld(t)
	w.rights.grant(bank, void)
	w.produce(ev("1", void, ""))
	h.move(time.Hour)
	w.produce(ev("2", void, ""), ev("3", void, ""))
	r := w.open(bank, broker.Options{Group: "new", From: h.now().Add(-time.Minute)})
	wantIDs(t, w.take(r, 2), "2", "3")
	who := broker.Caller{System: bank}
	for name, o := range map[string]broker.Options{
		"a group that has read": {Events: true, Group: "new", From: h.now().Add(-2 * time.Hour)},
		"the future":            {Events: true, Group: "newer", From: h.now().Add(time.Hour)},
	} {
		if _, err := w.Open(t.Context(), who, o); code(err) != fault.EventFrom {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantIDs(t, w.take(w.open(bank, broker.Options{Group: "all", From: h.now().Add(-48 * time.Hour)}), 3), "1", "2", "3")
}

func TestAccepted_JournalledOnce(t *testing.T) { engines.Each(t, acceptedIsJournalledOnce) }

func acceptedIsJournalledOnce(t *testing.T) {
	w := newFixture(t)
	w.fill("a", 700)
	w.produce(ev("b", born, ""), ev("a5", void, "")) // the second is a repeat
	count := func() (n int) {
		for _, r := range w.ledger.of(journal.Accepted) {
			if r.System != producer || r.Address != "192.0.2.1" || r.Certificate != "c0ffee" || len(r.Event.Digest) != 64 {
				t.Errorf("%+v", r)
			}
			n += r.Event.Count
		}
		return n
	}
	eventually(t, "all are journalled", func() bool { return count() >= 701 })
	w.restart()
	w.produce(ev("c", void, ""))
	eventually(t, "the last one is journalled", func() bool { return count() >= 702 })
	if n := count(); n != 702 {
		t.Errorf("%d journalled, 702 accepted", n)
	}
}
