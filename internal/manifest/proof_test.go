package manifest

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// sqlInto runs statements on the store's database behind the program's back.
func (o *office) sqlInto(t *testing.T, statements ...string) {
	t.Helper()
	must.Get(o.log.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		for _, one := range statements {
			if _, err := tx.(interface {
				ExecContext(context.Context, string, ...any) (sql.Result, error)
			}).ExecContext(t.Context(), one); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}))(t)
}

func TestKeeper_PlantedResourceDoesNotAct(t *testing.T) { engines.Each(t, plantedResourceDoesNotAct) }

func plantedResourceDoesNotAct(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	var said bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&said, nil))
	const copied = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 7, kind, 'planted', 1, 0, doc, changed_by, changed_at, reason, proof FROM resource WHERE kind = 'Agreement'`
	const widened = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 8, kind, id, 1, 0, replace(CAST(doc AS TEXT), 'LastName', '*'), changed_by, changed_at, reason, NULL FROM resource WHERE revision = 6`
	text := strings.Replace(widened, "replace(CAST(doc AS TEXT), 'LastName', '*')", "doc", 1)
	o.sqlInto(t, copied, `UPDATE resource SET newest = 0 WHERE revision = 6`, text, `UPDATE revision SET value = 8`)
	if err := o.Load(t.Context()); err != nil || o.Revision() != 8 {
		t.Fatal(o.Revision(), err)
	}
	if a, ok := o.Rooms.Agreements.Get("hall-person"); o.Rooms.Agreements.Len() != 1 || !ok || a.Purposes[0].Fields[0] != "LastName" {
		t.Error("the running keeper lost its earlier image, or took a planted one")
	}
	if found := o.Unrecorded(); len(found) != 2 || found[0].ID != "hall-person" || found[0].Revision != 8 || found[1].ID != "planted" || found[1].Revision != 7 {
		t.Errorf("unrecorded: %+v", found)
	}
	if n := strings.Count(said.String(), "has no change record"); n != 2 || !strings.Contains(said.String(), "id=planted") {
		t.Errorf("said %d times:\n%s", n, said.String())
	}
	again := openWith(t, o.url, o.keys)
	if err := again.Load(t.Context()); err != nil || again.Rooms.Agreements.Len() != 0 || len(again.Unrecorded()) != 2 {
		t.Errorf("a keeper that starts: %v, %d agreements, %+v", err, again.Rooms.Agreements.Len(), again.Unrecorded())
	}
	if _, ok := again.Rooms.Registry.System("hall.desk"); !ok || len(again.Rooms.Catalog.All()) != 1 {
		t.Error("what is recorded does not act")
	}
	if _, err := again.Apply(t.Context(), "op", load(t, deal), false); err == nil || !strings.Contains(describe(err), "resource.unrecorded") {
		t.Errorf("applied over a state without a record: %v", err)
	}
	if _, err := again.Execute(t.Context(), Order{Actor: "op", Resume: []string{"hall-person"}}, load(t, deal)); err != nil {
		t.Fatal(describe(err))
	}
	if a, ok := again.Rooms.Agreements.Get("hall-person"); !ok || a.Status == agreement.Suspended || len(again.Unrecorded()) != 1 {
		t.Errorf("not mended: %+v", again.Unrecorded())
	}
}

// TestKeeper_ProofCoversAllThatIsStored: whatever of a state is altered in the table, the state does not act for a
// keeper that starts; what was not altered does.
func TestKeeper_ProofCoversAllThatIsStored(t *testing.T) { engines.Each(t, proofCoversAllThatIsStored) }

func proofCoversAllThatIsStored(t *testing.T) {
	for name, set := range map[string]string{
		"the document":  `doc = (SELECT doc FROM resource WHERE revision = 3)`,
		"the author":    `changed_by = 'nobody'`,
		"the time":      `changed_at = changed_at + 1`,
		"the reason":    `reason = 'x'`,
		"the name":      `id = 'hall.lobby'`,
		"the kind":      `kind = 'Participant'`,
		"the revision":  `revision = 7`,
		"gone":          `deleted = 1`,
		"another proof": `proof = (SELECT proof FROM resource WHERE revision = 3)`,
		"a short proof": `proof = substr(proof, 1, 31)`,
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.apply(t, whole())
			o.sqlInto(t, `UPDATE resource SET `+set+` WHERE revision = 4`, `UPDATE revision SET value = 7`)
			again := openWith(t, o.url, o.keys)
			must.OK(t, again.Load(t.Context()))
			if _, acts := again.Rooms.Registry.System("hall.desk"); acts || len(again.Unrecorded()) == 0 {
				t.Errorf("acts %t, without record %+v", acts, again.Unrecorded())
			}
			if _, acts := again.Rooms.Registry.System("register.main"); !acts || again.Rooms.Agreements.Len() != 1 {
				t.Error("what was not altered does not act")
			}
		})
	}
}

// TestKeeper_ProofsAreOfOneInstallation: another installation's keys prove nothing here, and a program that only looks
// shows what it finds all the same.
func TestKeeper_ProofsAreOfOneInstallation(t *testing.T) { engines.Each(t, proofsAreOfOneInstallation) }

func proofsAreOfOneInstallation(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	other := open(t, o.url)
	if err := other.Load(t.Context()); err != nil || len(other.Unrecorded()) != 6 || other.Rooms.Agreements.Len() != 0 || other.Revision() != 6 {
		t.Errorf("%v, without record %d, %d agreements", err, len(other.Unrecorded()), other.Rooms.Agreements.Len())
	}
	looking := open(t, o.url)
	looking.Trusting = true
	if err := looking.Load(t.Context()); err != nil || len(looking.Unrecorded()) != 6 || looking.Rooms.Agreements.Len() != 1 {
		t.Errorf("a program that only looks: %v, without record %d, %d agreements", err, len(looking.Unrecorded()), looking.Rooms.Agreements.Len())
	}
}

// TestKeeper_UnrecordedIsReplacedOnlyByName: neither an apply nor a document overwrites a state without a record,
// because it may hide a suspension; an order that names it does, and only what it names.
func TestKeeper_UnrecordedIsReplacedOnlyByName(t *testing.T) {
	engines.Each(t, unrecordedIsReplacedOnlyByName)
}

func unrecordedIsReplacedOnlyByName(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	o.sqlInto(t, `UPDATE resource SET proof = doc WHERE revision IN (3, 4)`)
	again := openWith(t, o.url, o.keys)
	if err := again.Load(t.Context()); err != nil || len(again.Unrecorded()) != 2 {
		t.Fatal(err, again.Unrecorded())
	}
	systems := systemYAML("register.main", "provider") + systemYAML("hall.desk", "consumer")
	for name, c := range map[string]struct {
		order Order
		want  []string // refused
	}{
		"no name":     {Order{Actor: "op"}, []string{"register.main", "hall.desk"}},
		"a dry run":   {Order{Actor: "op", DryRun: true}, []string{"register.main", "hall.desk"}},
		"only one":    {Order{Actor: "op", Resume: []string{"System/hall.desk"}}, []string{"register.main"}},
		"of no state": {Order{Actor: "op", Resume: []string{"System/hall"}}, []string{"register.main", "hall.desk"}},
	} {
		_, err := again.Execute(t.Context(), c.order, load(t, systems))
		if err == nil || strings.Count(describe(err), " resource.unrecorded map") != len(c.want) {
			t.Errorf("%s: %v", name, describe(err))
			continue
		}
		for _, id := range c.want {
			if !strings.Contains(describe(err), id) {
				t.Errorf("%s: does not name %s: %s", name, id, describe(err))
			}
		}
	}
	doc := must.Get(again.db.Resource(t.Context(), System, "hall.desk"))(t)
	if _, err := again.Put(t.Context(), Order{Actor: "op"}, System, doc.Doc, BaseAny); err == nil || !strings.Contains(describe(err), "resource.unrecorded") {
		t.Errorf("put over it: %v", err)
	}
	if again.records(t) != 6 || len(again.Unrecorded()) != 2 {
		t.Errorf("something was changed: %d records, %+v", again.records(t), again.Unrecorded())
	}
	plan, err := again.Execute(t.Context(), Order{Actor: "op", Resume: []string{"hall.desk", "System register.main"}}, load(t, systems))
	if err != nil || plan.Count(Update) != 2 || len(again.Unrecorded()) != 0 || again.records(t) != 8 {
		t.Errorf("by name: %v, %+v, without record %+v", err, plan, again.Unrecorded())
	}
	if _, found, wrong := again.compared(t); wrong != nil || len(found) != 0 {
		t.Errorf("the store and its journal: %v, %v", wrong, found)
	}
}

// TestState_OlderTablesAreCompared: a store of before proofs is only read, and its states are compared with their
// records.
func TestState_OlderTablesAreCompared(t *testing.T) { engines.Each(t, olderTablesAreCompared) }

func olderTablesAreCompared(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	o.sqlInto(t, `UPDATE resource SET changed_by = 'nobody' WHERE revision = 3`, `ALTER TABLE resource DROP COLUMN proof`, `ALTER TABLE resource DROP COLUMN reason`)
	db := must.Get(store.Open(t.Context(), store.Config{URL: o.url, ReadOnly: true, OldTables: true}))(t)
	defer func() { _ = db.Close() }()
	state := journal.NewState()
	must.Get(verify.Journal(t.Context(), journal.NewSource(o.log), o.journal.Key(), verify.Options{Each: state.See}))(t)
	found, err := state.Compare(t.Context(), db, 6)
	if err != nil || len(found) != 1 || !strings.Contains(found[0].String(), `revision 3: System register.main: changed by "nobody"`) {
		t.Errorf("found %v, %v", found, err)
	}
	all, err := db.States(t.Context(), 0, 10)
	if err != nil || len(all) != 6 || all[0].Proof != nil || all[0].Reason != "" {
		t.Errorf("read %+v, %v", all, err)
	}
	if r, err := db.Newest(t.Context(), Agreement, "hall-person"); err != nil || r.Revision != 6 {
		t.Errorf("newest %+v, %v", r, err)
	}
	if h, err := db.History(t.Context(), System, "hall.desk"); err != nil || len(h) != 1 {
		t.Errorf("history %+v, %v", h, err)
	}
	if _, err := o.db.States(t.Context(), 0, 10); err == nil {
		t.Error("a store that is written reads older tables instead of migrating them")
	}
}
