package broker_test

import (
	"bytes"
	"context"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func large(id string) event.Event {
	e := ev(id, void, "")
	e.Data = append(append([]byte(`"`), bytes.Repeat([]byte("x"), 900<<10)...), '"')
	return e
}

// TestWrites_OneSystemIsHeldToItsVolume: what it may write a day is bounded, for test events, dead events and produced
// ones; another system is not touched, and the refusal says when to come again.
func TestWrites_OneSystemIsHeldToItsVolume(t *testing.T) {
	w := newFixture(t)
	w.stop()
	w.limits = broker.Limits{Produced: broker.Writes{PerDay: 8 << 20}, Asides: broker.Writes{PerDay: 8 << 20}}
	w.start()
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	until := func(code fault.Code, do func(id string) error) {
		t.Helper()
		for n := range 20 {
			err := do(string(rune('a' + n)))
			if err == nil {
				continue
			}
			if f := fault.From(err); f.Code != code || f.RetryAfter <= 0 || n < 8 {
				t.Fatalf("after %d MB: %v, again after %s", n, err, f.RetryAfter)
			}
			return
		}
		t.Fatalf("no %s", code)
	}
	until(fault.EventVolume, func(id string) error { return w.Try(t.Context(), broker.Caller{System: bank}, large(id)) })
	if err := w.Try(t.Context(), broker.Caller{System: hall}, large("x")); err != nil {
		t.Errorf("another system: %v", err)
	}
	until(fault.EventVolume, func(id string) error {
		return w.Produce(t.Context(), broker.Caller{System: producer}, []event.Event{large("p" + id)})
	})
}

func TestWrites_OneSystemIsHeldToItsRate(t *testing.T) {
	w := newFixture(t)
	w.stop()
	w.limits = broker.Limits{Asides: broker.Writes{PerSecond: 1}}
	w.start()
	w.rights.grant(bank, void)
	for n := range 6 {
		if err := w.Try(t.Context(), broker.Caller{System: bank}, large("x")); err != nil {
			if fault.From(err).Code != fault.EventRate || n < 4 {
				t.Fatal(n, err)
			}
			return
		}
	}
	t.Error("six megabytes at a byte a second")
}

// TestRepeats_AreThoseOfOneProducer: another producer's event with the same source and id is another event; one of
// another type under the same source and id is refused.
func TestRepeats_AreThoseOfOneProducer(t *testing.T) { engines.Each(t, repeatsOfOneProducer) }

func repeatsOfOneProducer(t *testing.T) {
	const second = mconnect.SystemID("asp.second")
	w := newFixture(t)
	w.rights.change(func() { w.rights.producers[second] = []string{source} })
	w.rights.grant(bank, void, born)
	r := w.open(bank, broker.Options{})
	by := func(system mconnect.SystemID, e event.Event) error {
		return w.Produce(context.Background(), broker.Caller{System: system}, []event.Event{e})
	}
	for _, system := range []mconnect.SystemID{second, producer, second, producer} {
		must.OK(t, by(system, ev("1", void, "k")))
	}
	wantIDs(t, w.take(r, 2), "1", "1")
	w.none(r)
	if err := by(producer, ev("1", born, "k")); code(err) != fault.EventIdentity {
		t.Errorf("another type: %v", err)
	}
	w.restart()
	if err := by(producer, ev("1", born, "k")); code(err) != fault.EventIdentity {
		t.Errorf("another type after a restart: %v", err)
	}
}

// TestWrites_AConsumerIsHeldToItsVolumeOfDeadEvents: what it buries itself counts, and a refused event is not
// confirmed. What a webhook gives up does not count, since its group could not go on: it is what was produced, once a
// group.
func TestWrites_AConsumerIsHeldToItsVolumeOfDeadEvents(t *testing.T) { engines.Each(t, heldToItsDead) }

func heldToItsDead(t *testing.T) {
	w := newFixture(t)
	w.stop()
	w.limits = broker.Limits{Asides: broker.Writes{PerDay: 4 << 20}}
	w.start()
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	r, other := w.open(bank, broker.Options{}), w.open(hall, broker.Options{})
	const events = 6
	for n := range events {
		e := large(string(rune('a' + n)))
		e.PartitionKey = "k"
		w.produce(e)
	}
	got := w.take(r, events)
	var refused *fault.Error
	buried := 0
	for buried < events && refused == nil {
		if err := r.Bury(t.Context(), *got[buried].Event); err != nil {
			refused = fault.From(err)
			break
		}
		buried++
	}
	if refused == nil || refused.Code != fault.EventVolume || refused.RetryAfter <= 0 ||
		refused.Params["limit"] != "4194304" ||
		buried == 0 {
		t.Fatalf("after %d dead events: %v", buried, refused)
	}
	if n := len(w.deadOf()); n != buried {
		t.Errorf("%d dead events wait, want %d", n, buried)
	}
	if n := len(w.ledger.of(journal.Dead)); n != buried {
		t.Errorf("%d are journalled, want %d", n, buried)
	}
	bury(t, other, *w.take(other, 1)[0].Event) // another consumer is not touched
	r.Close()
	r = w.open(bank, broker.Options{}) // as a webhook's: what was refused comes again
	got = w.take(r, events-buried)
	because := r.(interface {
		BuryBecause(ctx context.Context, e event.Event, why string) error
	})
	for _, d := range got {
		if err := because.BuryBecause(t.Context(), *d.Event, "answered 422"); err != nil {
			t.Errorf("given up by the webhook: %v", err)
		}
	}
	w.produce(ev("after", void, "k"))
	wantIDs(t, w.take(r, 1), "after")
	if n := len(w.deadOf()); n != events {
		t.Errorf("%d dead events wait, want %d", n, events)
	}
	if err := w.Try(t.Context(), broker.Caller{System: bank}, large("x")); code(err) != fault.EventVolume {
		t.Errorf("test events share the volume: %v", err)
	}
}

// TestRepeats_OneOfAnotherTypeRefusesTheBatch: its place is named, and nothing of the batch is accepted.
func TestRepeats_OneOfAnotherTypeRefusesTheBatch(t *testing.T) {
	engines.Each(t, otherTypeRefusesTheBatch)
}

func otherTypeRefusesTheBatch(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void, born)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"))
	wantIDs(t, w.take(r, 1), "1")
	w.confirm(r, 0)
	for place, batch := range map[string][]event.Event{
		"0": {ev("1", born, "k"), ev("2", void, "k")},
		"2": {ev("2", void, "k"), ev("1", void, "k"), ev("1", born, "k")},
	} {
		err := w.Produce(t.Context(), broker.Caller{System: producer}, batch)
		f := fault.From(err)
		if err == nil || f.Code != fault.EventIdentity || f.Params["index"] != place || f.Params["id"] != "1" ||
			f.Params["type"] != string(void) {
			t.Errorf("at %s: %v %v", place, err, f.Params)
		}
	}
	w.none(r)
	w.produce(ev("3", void, "k"))
	wantIDs(t, w.take(r, 1), "3")
}
