package broker_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestClear_OldEntriesLeaveWithAPseudonym: a log may hold entries of before there were pseudonyms. By no way out does
// the key of one leave, and its pseudonym, its order and its repeats are those of a new event with the same key.
func TestClear_OldEntriesLeaveWithAPseudonym(t *testing.T) {
	engines.Each(t, oldEntriesLeaveWithAPseudonym)
}

const clearKey = "idnp:2999000002029"

func old(id string) event.Event {
	e := ev(id, void, clearKey)
	e.Subject, e.Time = "persoana:2999000002029", time.Unix(1_790_000_000, 0).UTC()
	e.Extensions = []event.Extension{{Name: "numeprenume", Value: "Exemplu Maria"}}
	return e
}

func oldEntriesLeaveWithAPseudonym(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.change(func() { w.rights.grants[bank][void].Attributes = event.NewAttributes(nil, nil).Of })
	r := w.open(bank, broker.Options{})
	for _, id := range []string{"1", "2"} {
		must.OK(t, w.AppendClear(t.Context(), producer, old(id), time.Now()))
	}
	w.produce(ev("3", void, clearKey), old("1")) // the last is a repeat of an old one
	key := ""
	clean := func(what string, all []broker.Delivery) {
		t.Helper()
		for _, d := range all {
			if s := string(d.JSON) + d.Event.PartitionKey + d.Event.Subject; strings.Contains(s, "2999") ||
				strings.Contains(s, "Maria") {
				t.Errorf("%s: %s", what, s)
			}
			if key == "" {
				key = d.Event.PartitionKey
			}
			if d.Event.PartitionKey != key || !strings.HasPrefix(key, "pk:") ||
				!strings.Contains(string(d.JSON), `"partitionkey":"`+key+`"`) {
				t.Errorf("%s: the key of %s is %q, want %q", what, d.Event.ID, d.Event.PartitionKey, key)
			}
		}
	}
	first := w.take(r, 3)
	wantIDs(t, first, "1", "2", "3")
	clean("delivered", first)
	w.none(r)
	w.restart() // now they are read from the log
	r = w.open(bank, broker.Options{})
	again := w.take(r, 3)
	wantIDs(t, again, "1", "2", "3")
	clean("after a restart", again)
	bury(t, r, *again[0].Event)
	w.confirm(r, 0)
	dead := w.open(bank, broker.Options{Dead: true, Group: "desk"})
	clean("dead", w.take(dead, 1))
	must.Get(w.Replay(t.Context(), broker.Replay{System: bank, Last: 100}))(t)
	replayed := w.take(r, 3)
	wantIDs(t, replayed, "1", "2", "3")
	clean("replayed", replayed)
	found, _, err := w.Find(t.Context(), broker.Search{})
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	for _, f := range found {
		if f.Event.PartitionKey != key {
			t.Errorf("an operator finds the key %q of %s", f.Event.PartitionKey, f.Event.ID)
		}
	}
}

// TestClear_OldDeadEventsLeaveWithAPseudonym: what waits among the dead ones since before is shown and queued again so.
func TestClear_OldDeadEventsLeaveWithAPseudonym(t *testing.T) {
	engines.Each(t, oldDeadEventsLeaveWithAPseudonym)
}

func oldDeadEventsLeaveWithAPseudonym(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, clearKey))
	live := w.take(r, 1)[0]
	w.confirm(r, 0)
	e := ev("1", void, clearKey)
	e.Time = time.Unix(1_790_000_000, 0).UTC()
	found, _, err := w.Find(context.Background(), broker.Search{Source: source, ID: "1"})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	must.Get(w.ledger.log.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		return nil, w.db.PutDead(tx, eventlog.LogName, appendlog.DeadEvent{
			System: string(
				bank,
			), Group: event.DefaultGroup, State: appendlog.DeadWaiting, Position: found[0].Index, Type: string(void),
			Source: source, Event: "1", Reason: "consumer", At: time.Now().UTC(), Doc: e.AppendJSON(nil),
		})
	}))(t)
	seen(t, "shown", w.take(w.open(bank, broker.Options{Dead: true, Group: "desk"}), 1)[0], live.Event.PartitionKey)
	must.OK(t, w.Requeue(t.Context(), "ana", w.deadOf()[0].ID, "again"))
	seen(t, "queued again", w.take(r, 1)[0], live.Event.PartitionKey)
}

func seen(t *testing.T, what string, d broker.Delivery, key string) {
	t.Helper()
	if d.Event.PartitionKey != key || strings.Contains(string(d.JSON), "2999") || d.Event.ID != "1" {
		t.Errorf("%s: %s, want the key %s", what, d.JSON, key)
	}
}
