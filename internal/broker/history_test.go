package broker_test

import (
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// since grants whole events of a type that are accepted from a moment on.
func (w *fixture) since(system mconnect.SystemID, from time.Time) {
	w.rights.change(func() {
		w.rights.grants[system] = map[mconnect.EventType]*broker.Grant{void: {
			Type: void, Agreement: "ag-1", Purpose: "purpose-1", Whole: true,
			Covers: func(accepted time.Time) bool { return !accepted.Before(from) },
		}}
	})
}

// TestHistory_IsNotDelivered: what was accepted before the right began reaches the consumer by no way.
func TestHistory_IsNotDelivered(t *testing.T) { engines.Each(t, historyIsNotDelivered) }

func historyIsNotDelivered(t *testing.T) {
	w := newFixture(t)
	start := time.Now().Add(-time.Minute)
	w.rights.grant(bank, void)
	w.open(bank, broker.Options{Group: "lags"}).Close() // a group from before: its position stands before everything
	w.produce(ev("old 1", void, "a"), ev("old 2", void, ""))
	begin := time.Now().Truncate(time.Microsecond)
	w.since(bank, begin)
	w.produce(ev("new 1", void, "a"), ev("new 2", void, "a"))
	lags, err := w.Lags(t.Context(), bank, "lags")
	if err != nil || len(lags) != 1 || lags[0].Total != 2 || lags[0].Oldest.Before(begin) {
		t.Errorf("history counts as what is still to be delivered: %+v, %v", lags, err)
	}
	for group, o := range map[string]broker.Options{"begins-with-from": {From: start}, "lags": {}} {
		o.Group = group
		r := w.open(bank, o)
		given := w.take(r, 2)
		wantIDs(t, given, "new 1", "new 2")
		w.confirm(r, given[1].Offset)
		w.none(r)
		r.Close()
		done, err := w.Replay(
			t.Context(),
			broker.Replay{System: bank, Group: group, From: start, Actor: "ana", Reason: "restored"},
		)
		if err != nil || done.Events != 2 || done.From.Before(begin) {
			t.Errorf("%s: replayed %+v, %v", group, done, err)
		}
		r = w.open(bank, broker.Options{Group: group})
		wantIDs(t, w.take(r, 2), "new 1", "new 2")
		w.none(r)
	}
}

// TestHistory_IsNotRequeued: an event that a consumer gave up under a right that it has no more is not queued again
// under one that began later; under a right that covers it, it is.
func TestHistory_IsNotRequeued(t *testing.T) { engines.Each(t, historyIsNotQueuedAgain) }

func historyIsNotQueuedAgain(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("old", void, ""))
	given := w.take(r, 1)
	must.OK(t, r.Bury(t.Context(), *given[0].Event))
	dead, err := w.DeadEvents(t.Context(), appendlog.DeadQuery{System: string(bank)})
	if err != nil || len(dead) != 1 {
		t.Fatalf("%+v, %v", dead, err)
	}
	w.produce(ev("older", void, ""))
	w.since(bank, time.Now())
	late := w.open(bank, broker.Options{Group: "late", From: time.Now().Add(-time.Minute)})
	if err := late.Bury(t.Context(), ev("older", void, "")); err == nil {
		t.Error("an event was buried that its consumer never had a right to")
	}
	if err := w.Requeue(t.Context(), "ana", dead[0].ID, "again"); code(err) != fault.EventNoEntitlement {
		t.Errorf("queued again: %v", err)
	}
	w.none(r)
	w.since(bank, time.Now().Add(-time.Hour))
	must.OK(t, w.Requeue(t.Context(), "ana", dead[0].ID, "again"))
	wantIDs(t, w.take(r, 1), "old")
}
