package broker_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestOperator_RepairsRequeuesDrops(t *testing.T) { engines.Each(t, operatorMendsRequeuesDrops) }

func operatorMendsRequeuesDrops(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r, other := w.open(bank, broker.Options{}), w.open(bank, broker.Options{Group: "other"})
	w.produce(ev("1", void, "k"), ev("2", void, "k"), ev("3", void, "k"))
	for _, d := range w.take(r, 3) {
		must.OK(t, r.Bury(t.Context(), *d.Event))
	}
	w.take(other, 3)
	w.confirm(other, 0)
	dead, err := w.DeadEvents(t.Context(), appendlog.DeadQuery{System: string(bank)})
	if err != nil || len(dead) != 3 || dead[0].Event != "1" || dead[0].State != appendlog.DeadWaiting ||
		dead[0].Position < 1 {
		t.Fatalf("%+v, %v", dead, err)
	}
	first, last := dead[0].ID, dead[2].ID
	if err := w.Amend(t.Context(), "ana", first, []byte(`{"invalid":1}`), "typo"); code(err) != fault.InputInvalid {
		t.Errorf("a payload against the schema: %v", err)
	}
	must.OK(t, w.Amend(t.Context(), "ana", first, []byte(`{"id":"1","mended":true}`), "typo"))
	must.OK(t, w.Requeue(t.Context(), "ana", first, "mended"))
	if got := w.take(r, 1); string(got[0].Event.Data) != `{"id":"1","mended":true}` || got[0].Dead ||
		got[0].Event.ID != "1" {
		t.Errorf("got %s", got[0].JSON)
	}
	w.none(other)
	must.OK(t, w.Drop(t.Context(), "ana", last, "no longer of use"))
	for _, err := range []error{w.Drop(t.Context(), "ana", last, ""), w.Requeue(t.Context(), "ana", first, ""), w.Requeue(t.Context(), "ana", 1<<40, "")} {
		if code(err) != fault.RecordUnknown {
			t.Errorf("what does not wait: %v", err)
		}
	}
	if waiting, err := w.DeadEvents(t.Context(), appendlog.DeadQuery{State: appendlog.DeadWaiting}); err != nil ||
		len(waiting) != 1 ||
		waiting[0].Event != "2" {
		t.Errorf("%+v, %v", waiting, err)
	}
	if n := len(w.ledger.of(journal.Change)); n != 3 {
		t.Errorf("%d changes journalled, want 3", n)
	}
}

func TestOperator_Replay(t *testing.T) { engines.Each(t, replay) }

func replay(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void, born)
	w.rights.grant(hall, void)
	a, b := w.open(bank, broker.Options{}), w.open(hall, broker.Options{})
	for i := range 30 {
		w.produce(ev(fmt.Sprint("v", i), void, "k"), ev(fmt.Sprint("b", i), born, "k"))
	}
	w.take(a, 60)
	w.confirm(a, 0)
	w.take(b, 30)
	w.confirm(b, 0)
	from := w.find("v10")
	order := broker.Replay{
		System: bank,
		Types:  []mconnect.EventType{void},
		First:  from.Index,
		Last:   w.find("v14").Index,
		Actor:  "ana",
		Reason: "restored",
	}
	order.DryRun = true
	planned, err := w.Replay(t.Context(), order)
	if err != nil || planned.Events != 5 || len(w.ledger.of(journal.Change)) != 0 {
		t.Fatalf("%+v, %v, %d records", planned, err, len(w.ledger.of(journal.Change)))
	}
	w.none(a)
	order.DryRun = false
	done, err := w.Replay(t.Context(), order)
	if err != nil || done != planned {
		t.Fatalf("%+v, planned %+v, %v", done, planned, err)
	}
	of := 0
	for _, n := range done.Parts {
		of += n
	}
	last := w.find("v14")
	if done.First != from.Index || done.Last != last.Index || !done.From.Equal(from.Accepted) ||
		!done.To.Equal(last.Accepted) ||
		done.Confirmed != 5 ||
		of != 5 {
		t.Errorf("%+v", done)
	}
	wantIDs(t, w.take(a, 5), "v10", "v11", "v12", "v13", "v14")
	w.none(a)
	w.none(b)
	if records := w.ledger.of(journal.Change); len(records) != 1 || records[0].Actor != "ana" ||
		records[0].Note != "restored" ||
		records[0].Event.First != from.Index ||
		records[0].Event.Last != last.Index ||
		records[0].Event.Count != 5 {
		t.Errorf("journalled: %+v", records)
	}
	none, err := w.Replay(t.Context(), broker.Replay{System: hall, Types: []mconnect.EventType{born}, Actor: "ana"})
	if err != nil || none.Events != 0 || len(w.ledger.of(journal.Change)) != 1 {
		t.Errorf("a type not granted: %+v, %v", none, err)
	}
}

// TestReplay_SaysWhatWasAcknowledged: what the group has still to get is distinguished from what it had, and a group
// that never read is refused: nothing would reach it.
func TestReplay_SaysWhatWasAcknowledged(t *testing.T) { engines.Each(t, replayOfHalf) }

func replayOfHalf(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.produce(evs(void, "k", "before-1", "before-2")...)
	r := w.open(bank, broker.Options{Group: "core"})
	w.produce(evs(void, "k", "1", "2", "3", "4")...)
	w.take(r, 4)
	w.confirm(r, 3)
	plan, err := w.Replay(t.Context(), broker.Replay{System: bank, Group: "core", DryRun: true})
	if err != nil || plan.Events != 6 || plan.Confirmed != 3 {
		t.Errorf("%+v, %v: want 6 events, of them 3 acknowledged", plan, err)
	}
	_, err = w.Replay(t.Context(), broker.Replay{System: bank, Group: "cor", Actor: "ana", Reason: "mistyped"})
	if code(err) != fault.EventGroupUnknown || len(w.ledger.of(journal.Change)) != 0 {
		t.Errorf("a group that never read: %v, %d records", err, len(w.ledger.of(journal.Change)))
	}
	w.ledger.breaks(true)
	if done, err := w.Replay(t.Context(), broker.Replay{System: bank, Group: "core", Actor: "ana", Reason: "x"}); code(
		err,
	) != fault.RecordUnavailable ||
		done.Events != 0 {
		t.Errorf("without a record: %+v, %v", done, err)
	}
	w.none(r)
}

// find looks one event up by its id.
func (w *fixture) find(id string) broker.Found {
	w.t.Helper()
	found, _, err := w.Find(w.t.(*testing.T).Context(), broker.Search{Source: source, ID: id})
	if err != nil || len(found) != 1 {
		w.t.Fatalf("%s: %v, %v", id, found, err)
	}
	return found[0]
}

func TestOperator_Search(t *testing.T) {
	w := newFixture(t)
	var all []event.Event
	for i := range 250 {
		all = append(all, ev(strconv.Itoa(i), []mconnect.EventType{void, born}[i%2], ""))
	}
	w.produce(all...)
	var got []broker.Found
	for next := int64(0); next >= 0; {
		some, at, err := w.Find(t.Context(), broker.Search{Type: born, Index: next, Limit: 40})
		must.OK(t, err)
		got, next = append(got, some...), at
	}
	if len(got) != 125 || got[124].Event.ID != "249" || got[0].Producer != producer {
		t.Errorf("%d found", len(got))
	}
	if some, _, err := w.Find(t.Context(), broker.Search{ID: "77"}); err != nil || len(some) != 1 {
		t.Errorf("by id alone: %v, %v", some, err)
	}
	if some, _, err := w.Find(t.Context(), broker.Search{From: time.Now().Add(time.Hour)}); err != nil || len(some) != 0 {
		t.Errorf("later: %d, %v", len(some), err)
	}
}

func TestOperator_HistoryAndLag(t *testing.T) { engines.Each(t, historyAndLag) }

func historyAndLag(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, born)
	w.rights.change(func() { w.rights.filters[string(bank)+"/picky"] = onlyID("none") })
	a := w.open(bank, broker.Options{})
	w.open(bank, broker.Options{Group: "picky"})
	w.open(hall, broker.Options{})
	w.open(bank, broker.Options{Group: "asleep"}).Close()
	w.produce(ev("1", void, "k"), ev("2", void, "k"), ev("3", void, "k"))
	w.open(bank, broker.Options{Group: "late"})
	w.take(a, 2)
	w.confirm(a, 1)
	must.OK(t, a.Bury(t.Context(), ev("2", void, "k")))
	want := map[string]map[string]broker.Arrival{
		"1": {"~default": broker.Confirmed, "picky": broker.Filtered, "asleep": broker.Waiting, "late": broker.Before},
		"2": {"~default": broker.Buried, "picky": broker.Filtered, "asleep": broker.Waiting, "late": broker.Before},
		"3": {"~default": broker.Waiting, "picky": broker.Filtered, "asleep": broker.Waiting, "late": broker.Before},
	}
	for id, groups := range want {
		_, steps, err := w.History(t.Context(), w.find(id).Index)
		must.OK(t, err)
		if len(steps) != 5 {
			t.Errorf("%s: %+v", id, steps)
		}
		for _, s := range steps {
			switch {
			case s.System == hall && s.Arrival != broker.NotEntitled:
				t.Errorf("%s: %+v", id, s)
			case s.System == bank && s.Arrival != groups[s.Group]:
				t.Errorf("%s: %+v, want %s", id, s, groups[s.Group])
			}
		}
	}
	w.take(a, 1)
	if _, steps, _ := w.History(t.Context(), w.find("3").Index); steps[1].Group != "asleep" && steps[0].Arrival == "" {
		t.Errorf("%+v", steps)
	}
	lags, err := w.Lags(t.Context(), bank, "")
	if err != nil || len(lags) != 4 {
		t.Fatalf("%+v, %v", lags, err)
	}
	for _, l := range lags {
		if n := map[string]int64{"~default": 1, "asleep": 3, "picky": 0, "late": 0}[l.Group]; l.Total != n ||
			(n > 0) == l.Oldest.IsZero() {
			t.Errorf("%s: lag %d since %s, want %d", l.Group, l.Total, l.Oldest, n)
		}
	}
}

// onlyID is a filter that lets one event pass.
type onlyID string

func (o onlyID) Matches(e *event.Event) bool { return e.ID == string(o) }
