package relay_test

import (
	"bytes"
	"context"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/event"
	"mconnect/internal/relay"
	"mconnect/test/engines"
)

func large(id string) event.Event {
	e := ev(id, void, "")
	e.Data = append(append([]byte(`"`), bytes.Repeat([]byte("x"), 900<<10)...), '"')
	return e
}

// TestWrites_OneSystemIsHeldToItsVolume: what it may write a day is bounded, for test events, dead events and produced ones;
// another system is not touched, and the refusal says when to come again.
func TestWrites_OneSystemIsHeldToItsVolume(t *testing.T) {
	w := newWorld(t)
	w.stop()
	w.limits = relay.Limits{Produced: relay.Writes{PerDay: 8 << 20}, Asides: relay.Writes{PerDay: 8 << 20}}
	w.start()
	w.law.grant(bank, void)
	w.law.grant(hall, void)
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
	until(fault.EventVolume, func(id string) error { return w.Try(t.Context(), relay.Caller{System: bank}, large(id)) })
	if err := w.Try(t.Context(), relay.Caller{System: hall}, large("x")); err != nil {
		t.Errorf("another system: %v", err)
	}
	until(fault.EventVolume, func(id string) error {
		return w.Produce(t.Context(), relay.Caller{System: producer}, []event.Event{large("p" + id)})
	})
}

func TestWrites_OneSystemIsHeldToItsRate(t *testing.T) {
	w := newWorld(t)
	w.stop()
	w.limits = relay.Limits{Asides: relay.Writes{PerSecond: 1}}
	w.start()
	w.law.grant(bank, void)
	for n := range 6 {
		if err := w.Try(t.Context(), relay.Caller{System: bank}, large("x")); err != nil {
			if fault.From(err).Code != fault.EventRate || n < 4 {
				t.Fatal(n, err)
			}
			return
		}
	}
	t.Error("six megabytes at a byte a second")
}

// TestRepeats_AreThoseOfOneProducer: another producer's event with the same source and id is another event; one of another
// type under the same source and id is refused.
func TestRepeats_AreThoseOfOneProducer(t *testing.T) { engines.Each(t, repeatsOfOneProducer) }

func repeatsOfOneProducer(t *testing.T) {
	const second = mconnect.SystemID("asp.second")
	w := newWorld(t)
	w.law.change(func() { w.law.producers[second] = []string{source} })
	w.law.grant(bank, void, born)
	r := w.open(bank, relay.Options{})
	by := func(system mconnect.SystemID, e event.Event) error {
		return w.Produce(context.Background(), relay.Caller{System: system}, []event.Event{e})
	}
	for _, system := range []mconnect.SystemID{second, producer, second, producer} {
		if err := by(system, ev("1", void, "k")); err != nil {
			t.Fatal(err)
		}
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
