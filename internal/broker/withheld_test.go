package broker_test

import (
	"maps"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
)

// TestAccount_UnaccountableEventsAreWithheld: an event whose consumption cannot be journalled becomes a dead event; the
// consumer, who reads its own dead events, sees that it is there and nothing of its data. Operators see all of it.
func TestAccount_UnaccountableEventsAreWithheld(t *testing.T) {
	engines.Each(t, whatCannotBeAccountedForIsWithheld)
}

func whatCannotBeAccountedForIsWithheld(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.change(func() {
		all := maps.Clone(w.rights.grants[bank])
		strict := *all[void]
		strict.Account = func(e *event.Event) (*broker.Accounting, error) {
			if strings.Contains(string(e.Data), "secret") {
				return nil, fault.New(fault.EventAccount, "path", "$.IDNP", "name", "subject")
			}
			return &broker.Accounting{Entity: "1999900000092", Basis: "b", Reason: "r", Subject: "s"}, nil
		}
		all[void] = &strict
		w.rights.grants[bank] = all
	})
	live, r := w.open(bank, broker.Options{Dead: true, Group: "live"}), w.open(bank, broker.Options{})
	bad, good := ev("1", void, "k"), ev("2", void, "k")
	bad.Data = []byte(`{"note":"secret"}`)
	w.produce(bad, good)
	wantIDs(t, w.take(r, 1), "2")
	dead := 0
	for _, d := range append(w.take(live, 1), w.take(w.open(bank, broker.Options{Dead: true, Group: "late"}), 1)...) {
		if strings.Contains(string(d.JSON), "secret") || strings.Contains(string(d.Event.Data), "secret") {
			t.Errorf("data that were never granted: %s", d.JSON)
		}
		if d.Dead {
			dead++
			if d.Event.ID != "1" {
				t.Errorf("dead: %s", d.JSON)
			}
		}
	}
	if dead != 2 {
		t.Error("the consumer does not see that an event is dead")
	}
	if records := w.ledger.of(journal.Dead); len(records) == 0 || records[0].Note != string(fault.EventAccount) ||
		records[0].System != mconnect.SystemID(bank) {
		t.Errorf("journalled: %+v", records)
	}
}
