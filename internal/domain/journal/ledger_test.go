package journal

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// TestLedger_ManyWriters: every receipt names the record that was written, whatever shared its commit.
func TestLedger_ManyWriters(t *testing.T) { engines.Each(t, manyWriters) }

func manyWriters(t *testing.T) {
	const writers, each = 32, 20
	j, log, _ := newJournal(t)
	var mu sync.Mutex
	written := map[int64]string{}
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				note := fmt.Sprintf("writer %d, record %d", w, i)
				at, err := j.Record(t.Context(), Record{Kind: Reading, Note: note})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if before, ok := written[at.Index]; ok || at.Size <= at.Index {
					t.Errorf("receipt %+v for %q and %q", at, note, before)
				}
				written[at.Index] = note
				mu.Unlock()
			}
		})
	}
	all.Wait()
	report, err := verify.Journal(t.Context(), NewSource(log), j.Key(), verify.Options{})
	if err != nil || report.Records != writers*each {
		t.Fatalf("%+v, %v", report, err)
	}
	for index, note := range written {
		e, _, err := j.Entry(t.Context(), index)
		if err != nil || e.Note != note {
			t.Errorf("record %d reads %q, %v; want %q", index, e.Note, err, note)
		}
	}
	for index := range written {
		data := must.Get(j.Evidence(t.Context(), index))(t)
		if p, err := verify.Evidence(data, j.Key()); err != nil || p.Index != index {
			t.Errorf("evidence of %d: %+v, %v", index, p, err)
		}
	}
}

// TestLedger_TwoProcesses append to one journal by turns; each goes on from what the other signed.
func TestLedger_TwoProcesses(t *testing.T) { engines.Each(t, twoProcesses) }

func twoProcesses(t *testing.T) {
	keys := testKeys(t)
	url := engines.URL(t)
	var nodes [2]*Journal
	var log *store.Log
	for i := range nodes {
		db, err := store.Open(t.Context(), store.Config{URL: url})
		must.OK(t, err)
		t.Cleanup(func() { _ = db.Close() })
		if log, err = db.OpenLog(t.Context(), "journal", NewSealer(keys, origin)); err != nil {
			t.Fatal(err)
		}
		if nodes[i], err = New(Config{Log: log, Keys: keys, Origin: origin, Node: fmt.Sprint("node-", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, n := range []int{0, 0, 1, 0, 1, 1, 1, 0, 0, 1} {
		at, err := nodes[n].Record(t.Context(), Record{Kind: Reading})
		if err != nil || at.Index != int64(i) {
			t.Fatalf("record %d: %+v, %v", i, at, err)
		}
	}
	if report, err := verify.Journal(t.Context(), NewSource(log), nodes[0].Key(), verify.Options{}); err != nil || report.Records != 10 {
		t.Errorf("%+v, %v", report, err)
	}
	// A process with other keys must not go on.
	db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
	defer func() { _ = db.Close() }()
	foreign := must.Get(db.OpenLog(t.Context(), "journal", NewSealer(testKeys(t), origin)))(t)
	if _, err := foreign.Append(t.Context(), appendlog.Entry{Data: []byte("{}")}); fault.From(err).Code != fault.RecordUnavailable {
		t.Errorf("foreign keys: %v", err)
	}
}

// TestRecord_TogetherWithAChange: the record and the other writes of its transaction live or die together.
func TestRecord_TogetherWithAChange(t *testing.T) { engines.Each(t, recordTogetherWithAChange) }

func recordTogetherWithAChange(t *testing.T) {
	j, log, _ := newJournal(t)
	note := func(id string) Record {
		return Record{Kind: Change, Actor: "ops", Change: &ChangeNote{Resource: "Agreement", ID: id, Action: "create", Document: `{"id":"` + id + `"}`}}
	}
	build := func(id string, fail error) func(appendlog.Tx) ([]appendlog.Entry, error) {
		return func(appendlog.Tx) ([]appendlog.Entry, error) {
			e, err := j.Seal(note(id))
			return []appendlog.Entry{e}, errors.Join(err, fail)
		}
	}
	refused := errors.New("refused")
	if _, err := log.AppendWith(t.Context(), build("ag-0", refused)); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	at, err := log.AppendWith(t.Context(), build("ag-1", nil))
	if err != nil || at.Index != 0 {
		t.Fatalf("%+v, %v", at, err)
	}
	e, _, err := j.Entry(t.Context(), 0)
	if err != nil || e.Change.ID != "ag-1" || e.Change.Document != `{"id":"ag-1"}` || e.Actor != "ops" || e.Node != "node-1" {
		t.Errorf("%+v, %v", e, err)
	}
	if report, err := verify.Journal(t.Context(), NewSource(log), j.Key(), verify.Options{}); err != nil || report.Kinds["change"] != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestLedger_WithoutAStore: whatever is asked, the answer is a fault that says so.
func TestLedger_WithoutAStore(t *testing.T) { engines.Each(t, withoutAStore) }

func withoutAStore(t *testing.T) {
	o := newOffice(t, "node-1")
	o.record(t, callRecord())
	must.OK(t, o.db.Close())
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"record":     func() error { _, err := o.j.Record(ctx, callRecord()); return err },
		"entry":      func() error { _, _, err := o.j.Entry(ctx, 0); return err },
		"evidence":   func() error { _, err := o.j.Evidence(ctx, 0); return err },
		"checkpoint": func() error { _, err := o.j.Checkpoint(ctx); return err },
		"tile":       func() error { _, err := o.j.TileBytes(ctx, 0, 0, 1); return err },
		"bundle":     func() error { _, err := o.j.EntriesBytes(ctx, 0, 1); return err },
		"erase":      func() error { _, err := o.j.Erase(ctx, "ops", ana, "x"); return err },
		"meter":      func() error { _, err := o.j.Meter(ctx, o.db); return err },
	} {
		if code := fault.From(do()).Code; code != fault.StoreUnavailable && code != fault.RecordUnavailable {
			t.Errorf("%s: %s", name, code)
		}
	}
}
