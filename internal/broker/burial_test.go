package broker_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// granted lets the bank have one member of births, with an account that needs a member which is cut.
func (w *fixture) granted() {
	w.rights.change(func() {
		w.rights.grants[bank] = map[mconnect.EventType]*broker.Grant{born: {
			Type: born, Agreement: "ag-7", Purpose: "benefits",
			Account: func(e *event.Event) (*broker.Accounting, error) {
				if !bytes.Contains(e.Data, []byte(`"act"`)) {
					return nil, fault.New(fault.EventAccount, "path", "$.act", "name", "reason")
				}
				return &broker.Accounting{Entity: "1999900000069", Basis: "Legea 133", Reason: "act", Subject: "2999000006393"}, nil
			},
			Cut: func(data []byte) ([]byte, error) {
				if bytes.Contains(data, []byte("uncut")) {
					return nil, errors.New("cannot be cut")
				}
				return []byte(`{"name":"cut"}`), nil
			},
		}}
	})
}

// birth is an event of which the bank may have the name only.
func birth(id string) event.Event {
	e := ev(id, born, "k")
	e.Data = []byte(`{"act":"7","name":"cut","secret":1}`)
	return e
}

// deadOf lists the dead events of the bank that wait.
func (w *fixture) deadOf() []appendlog.DeadEvent {
	w.t.Helper()
	all, err := w.DeadEvents(w.t.Context(), appendlog.DeadQuery{System: string(bank), State: appendlog.DeadWaiting})
	must.OK(w.t, err)
	return all
}

func bury(t testing.TB, r broker.Reader, e event.Event) {
	t.Helper()
	must.OK(t, r.Bury(t.Context(), e))
}

func TestDead_RequeuedAsProduced(t *testing.T) {
	engines.Each(t, queuedAgainAsProduced)
}

// queuedAgainAsProduced: what the consumer had was cut, so it would neither match the schema nor could be accounted
// for.
func queuedAgainAsProduced(t *testing.T) {
	w := newFixture(t)
	w.granted()
	r := w.open(bank, broker.Options{})
	w.produce(birth("1"), birth("2"))
	got := w.take(r, 2)
	bury(t, r, *got[0].Event)
	changed := *got[1].Event
	changed.Data = []byte(`{"invalid":true}`)
	bury(t, r, changed)
	dead := w.deadOf()
	must.OK(t, w.Requeue(t.Context(), "ana", dead[0].ID, "again"))
	again := w.take(r, 1)[0]
	if again.Dead || again.Event.ID != "1" || string(again.Event.Data) != `{"name":"cut"}` {
		t.Errorf("got %s", again.JSON)
	}
	if n := len(w.ledger.of(journal.Consumption)); n != 3 {
		t.Errorf("%d consumptions journalled, want 3", n)
	}
	if err := w.Requeue(t.Context(), "ana", dead[1].ID, "again"); code(err) != fault.InputInvalid {
		t.Errorf("what the consumer made of it, against the schema: %v", err)
	}
}

func TestDead_KeptOnce(t *testing.T) { engines.Each(t, deadEventIsKeptOnce) }

func deadEventIsKeptOnce(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"), ev("2", void, "k"))
	got := w.take(r, 2)
	bury(t, r, *got[1].Event)
	bury(t, r, *got[1].Event) // the first answer was lost
	r.Close()
	w.take(w.open(bank, broker.Options{}), 2) // delivered again: 1 was never confirmed
	bury(t, w.open(bank, broker.Options{}), *got[1].Event)
	if n := len(w.deadOf()); n != 1 {
		t.Errorf("%d dead events wait, want 1", n)
	}
	if n := len(w.ledger.of(journal.Dead)); n != 1 {
		t.Errorf("%d journalled, want 1", n)
	}
	changed := *got[1].Event
	changed.Data = []byte(`{"id":"2","error":"no account"}`)
	bury(t, w.open(bank, broker.Options{}), changed)
	if n := len(w.deadOf()); n != 2 {
		t.Errorf("changed by the consumer: %d wait, want 2", n)
	}
}

// TestDead_KeepsItsType: a consumer may change the data, not say of another type what was never produced.
func TestDead_KeepsItsType(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"))
	forged := *w.take(r, 1)[0].Event
	forged.Type = born
	if err := r.Bury(t.Context(), forged); code(err) != fault.EventNotDelivered {
		t.Errorf("as another type: %v", err)
	}
	if dead := w.deadOf(); len(dead) != 0 {
		t.Errorf("%+v", dead)
	}
}

// TestDead_TestEventIsAccepted: that is how a developer tries it.
func TestDead_TestEventIsAccepted(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{Events: true, Test: true})
	for range 2 { // a test may be tried as often as one likes
		must.OK(t, w.Try(t.Context(), broker.Caller{System: bank}, ev("try", void, "")))
	}
	got := w.take(r, 2)
	bury(t, r, *got[0].Event)
	if dead := w.deadOf(); len(dead) != 1 || dead[0].Event != "try" {
		t.Errorf("%+v", dead)
	}
	w.produce(ev("try", void, "")) // the test does not stand in the way of the event
	wantIDs(t, w.take(r, 1), "try")
}

func TestDead_ShownByCurrentRights(t *testing.T) {
	engines.Each(t, deadEventsAreShownByTheRightOfNow)
}

func deadEventsAreShownByTheRightOfNow(t *testing.T) {
	w := newFixture(t)
	w.granted()
	r := w.open(bank, broker.Options{})
	w.produce(birth("1"))
	bury(t, r, *w.take(r, 1)[0].Event)
	// An operator corrects it with more than the consumer may have.
	must.OK(t, w.Amend(t.Context(), "ana", w.deadOf()[0].ID, []byte(`{"act":"7","secret":2}`), "typo"))
	see := func(group, want string) {
		t.Helper()
		d := w.take(w.open(bank, broker.Options{Dead: true, Group: group}), 1)[0]
		if !d.Dead || string(d.Event.Data) != want || !bytes.Contains(d.JSON, []byte(`"data":`+want)) {
			t.Errorf("%s: %s", group, d.JSON)
		}
	}
	see("cut", `{"name":"cut"}`)
	records := w.ledger.of(journal.Consumption)
	if len(records) != 2 || records[1].Subject != "2999000006393" || records[1].Provider != producer ||
		records[1].Event.Group != "cut" {
		t.Errorf("journalled: %+v", records)
	}
	must.OK(t, w.Amend(t.Context(), "ana", w.deadOf()[0].ID, []byte(`{"act":"uncut"}`), "typo"))
	see("uncut", "null")
	w.rights.change(func() { w.rights.grants[bank] = map[mconnect.EventType]*broker.Grant{} })
	see("ended", "null")
	if n := len(w.ledger.of(journal.Consumption)); n != 2 {
		t.Errorf("%d consumptions journalled, want 2", n)
	}
}

// TestDead_KeepsItsReason: the one who pushes for a consumer says why; the consumer had the data and may see
// them again.
func TestDead_KeepsItsReason(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"))
	e := *w.take(r, 1)[0].Event
	because, ok := r.(interface {
		BuryBecause(ctx context.Context, e event.Event, why string) error
	})
	if !ok {
		t.Fatal("webhooks have no way to say why")
	}
	must.OK(t, because.BuryBecause(t.Context(), e, "answered 415"))
	if dead := w.deadOf(); len(dead) != 1 || dead[0].Reason != "consumer: answered 415" {
		t.Errorf("%+v", dead)
	}
	if records := w.ledger.of(journal.Dead); len(records) != 1 || records[0].Note != "consumer: answered 415" {
		t.Errorf("journalled: %+v", records)
	}
	if d := w.take(w.open(bank, broker.Options{Dead: true, Group: "desk"}), 1)[0]; string(d.Event.Data) != string(e.Data) {
		t.Errorf("shown as %s", d.JSON)
	}
}

// TestDead_RequeuedIsJudgedAgain: what could not be accounted for is not delivered because an operator queues it
// again.
func TestDead_RequeuedIsJudgedAgain(t *testing.T) {
	w := newFixture(t)
	w.granted()
	r := w.open(bank, broker.Options{})
	bad := birth("1")
	bad.Data = []byte(`{"name":"no act","secret":1}`)
	w.produce(bad, birth("2"))
	wantIDs(t, w.take(r, 1), "2")
	first := w.deadOf()
	if len(first) != 1 || first[0].Reason != string(fault.EventAccount) {
		t.Fatalf("%+v", first)
	}
	must.OK(t, w.Requeue(t.Context(), "ana", first[0].ID, "again"))
	w.none(r)
	again := w.deadOf()
	if len(again) != 1 || again[0].ID == first[0].ID || again[0].Reason != string(fault.EventAccount) {
		t.Fatalf("%+v", again)
	}
	must.OK(t, w.Amend(t.Context(), "ana", again[0].ID, []byte(`{"act":"7","name":"mended"}`), "the act was missing"))
	must.OK(t, w.Requeue(t.Context(), "ana", again[0].ID, "mended"))
	if d := w.take(r, 1)[0]; d.Event.ID != "1" || string(d.Event.Data) != `{"name":"cut"}` {
		t.Errorf("%s", d.JSON)
	}
	if n := len(w.ledger.of(journal.Consumption)); n != 2 {
		t.Errorf("%d consumptions journalled, want 2", n)
	}
}
