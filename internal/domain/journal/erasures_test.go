package journal

import (
	"errors"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestErasures_WantTwoPersons(t *testing.T) { engines.Each(t, erasuresWantTwoPersons) }

func erasuresWantTwoPersons(t *testing.T) {
	const person, other = "2999000006393", "2999000002029"
	ctx, keys := t.Context(), testKeys(t)
	db, log := openLog(t, keys)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	j, err := New(Config{Log: log, Keys: keys, Origin: origin, Node: "n1", Clock: func() time.Time { return now }})
	must.OK(t, err)
	x := NewErasures(j, db)
	refused := func(what string, code fault.Code, err error) {
		t.Helper()
		if fault.From(err).Code != code {
			t.Errorf("%s: %v; want %s", what, err, code)
		}
	}
	for range 2 {
		must.Get(j.Record(ctx, Record{Kind: Intent, Call: "c", Subject: person}))(t)
	}
	readable := func() bool {
		batches, err := log.Read(ctx, 0, 1)
		must.OK(t, err)
		e, err := Decode(batches[0].Entries[0].Data)
		must.OK(t, err)
		_, err = j.Open(e, batches[0].Entries[0].Aside)
		if err != nil && !errors.Is(err, ErrErased) {
			t.Fatal(err)
		}
		return err == nil
	}
	_, err = x.Propose(ctx, "ops.one", "2999000006394", "a wrong check digit")
	refused("mistyped", fault.QueryInvalid, err)
	_, err = x.Propose(ctx, "ops.one", other, "nobody asked about this person")
	refused("a person without records", fault.ErasureNothing, err)

	p, err := x.Propose(ctx, "ops.one", person, "decision 4")
	if err != nil || p.Records != 2 || p.State != Pending || !p.Until.Equal(now.Add(ApproveWithin)) {
		t.Fatalf("%+v, %v", p, err)
	}
	x = NewErasures(j, db) // a process that starts again
	_, err = x.Approve(ctx, "ops.one", p.ID, person, "")
	refused("the proposer approves", fault.ErasureOwn, err)
	_, err = x.Approve(ctx, "dpo.two", p.ID, other, "")
	refused("another person", fault.ErasureSubject, err)
	_, err = x.Approve(ctx, "dpo.two", p.ID+1, person, "")
	refused("an unknown proposal", fault.RecordUnknown, err)
	if !readable() {
		t.Fatal("erased before the approval")
	}
	done, err := x.Approve(ctx, "dpo.two", p.ID, person, "checked")
	if err != nil || done.State != Approved || done.Records != 3 || readable() { // the proposal's own record too
		t.Errorf("%+v, %v, readable %t", done, err, readable())
	}
	_, err = x.Approve(ctx, "dpo.two", p.ID, person, "")
	refused("approved twice", fault.ErasureDecided, err)
	erasuresEnd(t, x, j, &now, log)
}

// erasuresEnd goes on: a proposal is rejected, another lapses, and the journal tells all of it.
func erasuresEnd(t *testing.T, x *Erasures, j *Journal, now *time.Time, log *store.Log) {
	const person = "2999000002029"
	ctx := t.Context()
	must.Get(j.Record(ctx, Record{Kind: Intent, Call: "d", Subject: person}))(t)
	first := must.Get(x.Propose(ctx, "ops.one", person, "decision 5"))(t)
	if e, err := x.Reject(ctx, "ops.one", first.ID, "a mistake"); err != nil || e.State != Rejected || e.DecidedBy != "ops.one" {
		t.Errorf("%+v, %v", e, err)
	}
	second := must.Get(x.Propose(ctx, "cli:ana", person, "decision 6"))(t)
	for _, login := range []string{"cli:ion", "local"} { // nobody proves a login
		if _, err := x.Approve(ctx, login, second.ID, person, ""); fault.From(err).Code != fault.ErasureOwn {
			t.Errorf("another login of the machine: %v", err)
		}
	}
	*now = now.Add(ApproveWithin + time.Second)
	if _, err := x.Approve(ctx, "dpo.two", second.ID, person, ""); fault.From(err).Params["state"] != Lapsed {
		t.Errorf("approved too late: %v", err)
	}
	all, err := x.List(ctx, 0, 10)
	if err != nil || len(all) != 3 || all[0].State != Lapsed || all[1].State != Rejected || all[2].State != Approved || all[2].Note != "checked" {
		t.Errorf("%+v, %v", all, err)
	}
	kinds := map[Kind]int{}
	batches := must.Get(log.Read(ctx, 0, 100))(t)
	for _, b := range batches {
		for _, raw := range b.Entries {
			e := must.Get(Decode(raw.Data))(t)
			if kinds[e.Kind]++; e.Kind == Erasure && (e.Actor != "dpo.two" || e.Note != "decision 4 (proposed by ops.one in record 2); checked") {
				t.Errorf("the erasure is recorded as %+v", e)
			}
		}
	}
	if kinds[ErasureProposed] != 3 || kinds[Erasure] != 1 || kinds[ErasureRejected] != 1 {
		t.Errorf("recorded %v", kinds)
	}
}
