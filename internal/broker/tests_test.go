package broker_test

import (
	"context"
	"testing"
	"time"

	"mconnect/internal/broker"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestTests_AreKeptForATimeOfTheirOwn: test events pass away after Limits.Tests while produced ones of the same age
// stay, and nobody loses what was never an event.
func TestTests_AreKeptForATimeOfTheirOwn(t *testing.T) { engines.Each(t, keptForATimeOfTheirOwn) }

func keptForATimeOfTheirOwn(t *testing.T) {
	for name, c := range map[string]struct {
		tests, early, late time.Duration
	}{
		"an hour unless said otherwise": {0, 50 * time.Minute, 70 * time.Minute},
		"as configured":                 {10 * time.Hour, 9 * time.Hour, 12 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w, h := timedWorld(t)
			w.stop()
			w.log = eventlog.Limits{Tests: c.tests}
			w.start()
			w.rights.grant(bank, void)
			w.open(bank, broker.Options{Test: true}).Close() // its group falls asleep before the tests
			for _, id := range []string{"t1", "t2"} {
				must.OK(t, w.Try(t.Context(), broker.Caller{System: bank}, ev(id, void, "k")))
			}
			h.move(c.early)
			must.Get(w.Sweep(t.Context()))(t)
			r := w.open(bank, broker.Options{Events: true, Test: true})
			wantIDs(t, w.take(r, 2), "t1", "t2")
			r.Close()
			h.move(c.late - c.early)
			w.produce(ev("1", void, "k")) // ends the segment of the tests
			h.move(3 * time.Hour)
			eventually(t, "the tests are gone", func() bool {
				must.Get(w.Sweep(t.Context()))(t)
				// they were never confirmed
				r := must.Get(w.Open(t.Context(), broker.Caller{System: bank}, broker.Options{Test: true}))(t)
				defer r.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 80*time.Millisecond)
				defer cancel()
				left, err := r.Next(ctx, 2, 1<<20)
				return err == nil && len(left) == 0
			})
			wantIDs(t, w.take(w.open(bank, broker.Options{Events: true}), 1), "1")
			if lost := w.ledger.of(journal.Expired); len(lost) != 0 || w.Lost() != 0 {
				t.Errorf("tests count as lost: %+v", lost)
			}
		})
	}
}
