package broker_test

import (
	"context"
	"testing"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestTestEvent_ReachesOnlyTheCaller(t *testing.T) { engines.Each(t, testEventsReachOnlyTheCaller) }

func testEventsReachOnlyTheCaller(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	a, b := w.open(
		bank,
		broker.Options{Test: true, Events: true},
	), w.open(
		bank,
		broker.Options{Test: true, Group: "second"},
	)
	without, stranger := w.open(bank, broker.Options{Group: "third"}), w.open(hall, broker.Options{Test: true})
	try := ev("try", void, "")
	must.OK(t, w.Try(t.Context(), broker.Caller{System: bank}, try))
	for _, r := range []broker.Reader{a, b} {
		got := w.take(r, 1)
		wantIDs(t, got, "try")
		if !got[0].Test || got[0].Dead {
			t.Errorf("not marked as a test: %+v", got[0])
		}
	}
	w.none(without)
	w.none(stranger)
	w.confirm(a, 0)
	w.restart()
	w.none(w.open(bank, broker.Options{Test: true}))
	wantIDs(t, w.take(w.open(bank, broker.Options{Test: true, Group: "second"}), 1), "try")
}

func TestDead_ListedRequeuedDropped(t *testing.T) { engines.Each(t, deadEvents) }

func deadEvents(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"), ev("2", void, "k"))
	got := w.take(r, 2)
	changed := *got[0].Event
	changed.Data = []byte(`{"id":"1","error":"no such account"}`)
	must.OK(t, r.Bury(t.Context(), changed))
	if records := w.ledger.of(journal.Dead); len(records) != 1 || records[0].Event.ID != "1" || records[0].System != bank {
		t.Errorf("journalled: %+v", records)
	}
	for name, group := range map[string]string{"its own group": "", "another group": "other"} {
		dead := w.take(w.open(bank, broker.Options{Dead: true, Group: group}), 1)
		if d := dead[0]; !d.Dead || d.Event.ID != "1" || string(d.Event.Data) != string(changed.Data) {
			t.Errorf("%s: %s", name, d.JSON)
		}
	}
	live := w.open(bank, broker.Options{Dead: true, Group: "live"})
	w.take(live, 1)
	w.restart()
	r = w.open(bank, broker.Options{})
	wantIDs(t, w.take(r, 1), "2") // 1 counts as confirmed
	w.confirm(r, 0)
	live = w.open(bank, broker.Options{Dead: true, Group: "live"})
	w.take(live, 1)
	if err := r.Bury(t.Context(), ev("2", void, "k")); err != nil {
		t.Fatalf("an event already confirmed: %v", err)
	}
	wantIDs(t, w.take(live, 1), "2")
	w.confirm(live, 0)
	w.restart()
	w.none(w.open(bank, broker.Options{Dead: true, Group: "live"}))
}

func TestDead_OnlyOwnEvents(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("secret", born, ""))
	for name, e := range map[string]event.Event{"never accepted": ev("none", void, ""), "not entitled": ev("secret", born, "")} {
		if err := r.Bury(context.Background(), e); code(err) != fault.EventNotDelivered {
			t.Errorf("%s: %v", name, err)
		}
	}
}
