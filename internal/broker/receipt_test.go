package broker_test

import (
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestReceipt_CountsGroupsThatHaveARight: not those that began later, have no right or let it not pass; and it outlives
// a restart.
func TestReceipt_CountsGroupsThatHaveARight(t *testing.T) { engines.Each(t, countsGroups) }

func countsGroups(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, born)
	w.rights.change(func() { w.rights.filters[string(bank)+"/picky"] = onlyID("none") })
	a := w.open(bank, broker.Options{})
	w.open(bank, broker.Options{Group: "picky"})
	w.open(hall, broker.Options{})
	w.open(bank, broker.Options{Group: "asleep"}).Close()
	w.produce(ev("1", void, "k"), ev("2", void, "k"))
	w.open(bank, broker.Options{Group: "late"})
	from := broker.Caller{System: producer}
	ask := func(id string) broker.Receipt {
		t.Helper()
		r := must.Get(w.Receipt(t.Context(), from, source, id))(t)
		return r
	}
	w.take(a, 2)
	w.confirm(a, 1)
	must.OK(t, a.Bury(t.Context(), ev("2", void, "k")))
	want := map[string]broker.Arrivals{
		"1": {Entitled: 2, Confirmed: 1, Waiting: 1},
		"2": {Entitled: 2, Dead: 1, Waiting: 1},
	}
	check := func(when string) {
		t.Helper()
		for id, groups := range want {
			r := ask(id)
			if r.Groups != groups || r.Type != void || r.Index != w.find(id).Index || r.Until.Sub(r.Accepted) != 120*time.Hour {
				t.Errorf("%s, %s: %+v, want %+v", when, id, r, groups)
			}
		}
	}
	check("at first")
	w.restart()
	check("after a restart")
	for !ask("2").Recorded {
		<-time.After(time.Millisecond)
	}
	if n := len(w.ledger.records); n == 0 {
		t.Error("said to be recorded, and nothing is")
	}
	for name, c := range map[string]struct {
		from       broker.Caller
		source, id string
	}{
		"another's": {broker.Caller{System: bank}, source, "1"}, "another source": {from, source + "/x", "1"}, "another id": {from, source, "3"}, "nothing": {from, "", ""},
	} {
		if _, err := w.Receipt(t.Context(), c.from, c.source, c.id); code(err) != fault.EventUnknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}
