package broker_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
	"mconnect/test/engines"
)

func TestProduce_AllOrNothing(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	from := broker.Caller{System: producer}
	bad, foreign := ev("bad", void, ""), ev("foreign", void, "")
	bad.Data, foreign.Source = []byte(`{"invalid":true}`), "https://other.example"
	large := ev("large", void, "")
	large.Data = bytes.Repeat([]byte(" "), 1<<20)
	for name, c := range map[string]struct {
		events []event.Event
		code   fault.Code
		index  string
	}{
		"against the schema": {[]event.Event{ev("1", void, ""), bad}, fault.InputInvalid, "1"},
		"a foreign source":   {[]event.Event{ev("1", void, ""), ev("2", void, ""), foreign}, fault.SystemNotConsumer, "2"},
		"too large":          {[]event.Event{large}, fault.EventSize, "0"},
		"too many":           {make([]event.Event, 10_001), fault.EventBatch, ""},
	} {
		err := w.Produce(t.Context(), from, c.events)
		if code(err) != c.code || fault.From(err).Params["index"] != c.index {
			t.Errorf("%s: %v, at %q", name, err, fault.From(err).Params["index"])
		}
	}
	w.none(r)
	w.produce(ev("1", void, ""))
	wantIDs(t, w.take(r, 1), "1")
}

func TestRights_SuspensionEndsReaders(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	r, other := w.open(bank, broker.Options{}), w.open(hall, broker.Options{})
	ended := make(chan error, 1)
	go func() {
		_, err := r.Next(context.Background(), 1, 1)
		ended <- err
	}()
	w.rights.change(func() { delete(w.rights.grants, bank) })
	if err := <-ended; code(err) != fault.SystemSuspended {
		t.Errorf("ended with %v", err)
	}
	w.produce(ev("1", void, ""))
	wantIDs(t, w.take(other, 1), "1")
	if _, err := w.Open(t.Context(), broker.Caller{System: bank}, broker.Options{Events: true}); code(
		err,
	) != fault.SystemSuspended {
		t.Errorf("opened: %v", err)
	}
	r.Close()
	w.rights.grant(bank, void)
	wantIDs(t, w.take(w.open(bank, broker.Options{}), 1), "1") // what was accepted meanwhile is delivered
}

func TestRights_TypesChange(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("b1", born, ""), ev("v1", void, ""))
	wantIDs(t, w.take(r, 1), "v1")
	w.confirm(r, 0)
	w.rights.grant(bank, born)
	eventually(t, "the new type is delivered", func() bool {
		w.produce(ev("b"+time.Now().String(), born, ""))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		ds, err := r.Next(ctx, 1, 1)
		return err == nil && len(ds) == 1 && ds[0].Event.Type == born
	})
	w.rights.change(func() { w.rights.grants[bank] = map[mconnect.EventType]*broker.Grant{void: {Type: void, Whole: true}} })
	eventually(t, "the type is delivered no more", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		ds, err := r.Next(ctx, 100, 1<<20)
		return err == nil && len(ds) == 0
	})
	w.produce(ev("b last", born, ""), ev("v last", void, ""))
	wantIDs(t, w.take(r, 1), "v last")
}

func TestRights_FilteredEventsDoNotWait(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.change(func() { w.rights.filters[string(bank)+"/~default"] = onlyID("300") })
	r := w.open(bank, broker.Options{})
	w.fill("", 400)
	wantIDs(t, w.take(r, 1), "300")
	w.confirm(r, 0)
	lags, err := w.Lags(t.Context(), bank, "")
	if err != nil || lags[0].Total != 0 {
		t.Errorf("%+v, %v", lags, err)
	}
}

// personal is a grant of two fields with an account.
func personal(account func(*event.Event) (*broker.Accounting, error)) *broker.Grant {
	return &broker.Grant{
		Type: born, Agreement: "ag-7", Purpose: "benefits", Account: account,
		Cut: func(data []byte) ([]byte, error) {
			if bytes.Contains(data, []byte("broken")) {
				return nil, errors.New("cannot be cut")
			}
			return []byte(`{"cut":true}`), nil
		},
	}
}

func TestRights_NoRecordNoDelivery(t *testing.T) { engines.Each(t, noRecordNoDelivery) }

func noRecordNoDelivery(t *testing.T) {
	w := newFixture(t)
	w.rights.change(func() {
		w.rights.grants[bank] = map[mconnect.EventType]*broker.Grant{
			born: personal(func(e *event.Event) (*broker.Accounting, error) {
				return &broker.Accounting{
					Entity:  "1999900000069",
					Basis:   "Legea 133",
					Reason:  "birth",
					Subject: "2999000006393",
				}, nil
			}),
		}
	})
	r := w.open(bank, broker.Options{})
	w.ledger.breaks(true)
	w.produce(ev("1", born, "k"), ev("2", born, "k"))
	w.none(r)
	w.none(r)
	w.ledger.breaks(false)
	got := w.take(r, 2)
	wantIDs(t, got, "1", "2")
	if string(got[0].Event.Data) != `{"cut":true}` || !bytes.Contains(got[0].JSON, []byte(`"data":{"cut":true}`)) {
		t.Errorf("not cut: %s", got[0].JSON)
	}
	records := w.ledger.of(journal.Consumption)
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	if c := records[1]; c.System != bank || c.Provider != producer || c.Agreement != "ag-7" || c.Purpose != "benefits" || c.Subject != "2999000006393" ||
		c.Context.Basis != "Legea 133" || c.Context.Entity != "1999900000069" || c.Event.ID != "2" ||
		c.Event.Group != "~default" {
		t.Errorf("%+v %+v", c, c.Event)
	}
}

func TestDead_UndeliverableEvents(t *testing.T) {
	w := newFixture(t)
	w.rights.change(func() {
		w.rights.grants[bank] = map[mconnect.EventType]*broker.Grant{
			born: personal(func(e *event.Event) (*broker.Accounting, error) {
				if e.ID == "no subject" {
					return nil, fault.New(fault.InputMissing)
				}
				return nil, nil
			}),
		}
	})
	r := w.open(bank, broker.Options{})
	broken := ev("broken", born, "k")
	w.produce(broken, ev("no subject", born, "k"), ev("good", born, "k"))
	wantIDs(t, w.take(r, 1), "good")
	dead := w.open(bank, broker.Options{Dead: true, Group: "desk"})
	wantIDs(t, w.take(dead, 2), "broken", "no subject")
}

func TestReader_Limits(t *testing.T) {
	w := &fixture{
		t:      t,
		url:    engines.URL(t),
		rights: newRights(),
		ledger: &ledger{},
		log:    eventlog.Limits{Readers: 3, PerSystem: 2, Delivered: 5},
	}
	w.rights.producers[producer] = []string{source}
	w.start()
	t.Cleanup(w.stop)
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	a := w.open(bank, broker.Options{})
	b := w.open(bank, broker.Options{Group: "b"})
	who := broker.Caller{System: bank}
	if _, err := w.Open(t.Context(), who, broker.Options{Events: true}); code(err) != fault.EventReaders {
		t.Errorf("a third of one system: %v", err)
	}
	w.open(hall, broker.Options{})
	if _, err := w.Open(t.Context(), broker.Caller{System: hall}, broker.Options{Events: true}); code(
		err,
	) != fault.EventReaders {
		t.Errorf("a fourth: %v", err)
	}
	b.Close()
	b.Close()
	for name, o := range map[fault.Code]broker.Options{
		fault.EventNothing: {}, fault.EventGroup: {Events: true, Group: "a/b"},
	} {
		if _, err := w.Open(t.Context(), who, o); code(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.fill("", 8)
	if got := w.take(a, 5); len(got) != 5 {
		t.Fatal("5 may be out")
	}
	w.none(a)
	w.confirm(a, 2)
	w.take(a, 2)
	w.none(a)
	w.confirm(a, 0)
	w.take(a, 1)
	a.Close()
	if _, err := a.Next(t.Context(), 1, 1); code(err) != fault.EventClosed {
		t.Errorf("read after closing: %v", err)
	}
	if err := a.Confirm(0); code(err) != fault.EventClosed {
		t.Errorf("confirmed after closing: %v", err)
	}
}

// TestGroup_NumberIsBounded: one that takes a new name at each start cannot fill the store; names that nobody has
// used for longer than retention make room.
func TestGroup_NumberIsBounded(t *testing.T) { engines.Each(t, groupsAreBounded) }

func groupsAreBounded(t *testing.T) {
	w, h := timedWorld(t)
	w.stop()
	w.log = eventlog.Limits{Groups: 3}
	w.start()
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	w.open(bank, broker.Options{Group: "asleep"}).Close()
	w.open(bank, broker.Options{Group: "asleep2"}).Close()
	awake := w.open(bank, broker.Options{Group: "awake"})
	refused := func(group string) fault.Code {
		r, err := w.Open(t.Context(), broker.Caller{System: bank}, broker.Options{Events: true, Group: group})
		if err == nil {
			r.Close()
		}
		return code(err)
	}
	if got := refused("fourth"); got != fault.EventGroups {
		t.Errorf("a fourth group: %s", got)
	}
	w.open(bank, broker.Options{Group: "asleep"}).Close() // a known one may be read
	w.open(hall, broker.Options{Group: "fourth"}).Close() // and others are not concerned
	w.produce(ev("1", void, "k"))
	w.take(awake, 1)
	h.move(121 * time.Hour)
	w.produce(ev("2", void, "k"))
	h.move(2 * time.Hour)
	eventually(t, "retention passes it by", func() bool {
		n, err := w.Sweep(t.Context())
		return n == 1 && err == nil
	})
	eventually(t, "there is room", func() bool { return refused("fourth") == "" })
	w.take(awake, 1)
	awake.Close()
	if lags, err := w.Lags(t.Context(), bank, ""); err != nil || len(lags) != 3 {
		t.Errorf("%d groups, %v", len(lags), err)
	}
}
