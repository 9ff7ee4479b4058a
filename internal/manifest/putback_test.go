package manifest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// suspending are the country of whole, then hall.desk suspended, and an agreement removed: revisions 1 to 8.
func suspending(t *testing.T, o *office) {
	t.Helper()
	o.apply(t, whole())
	must.OK(t, o.Remove(t.Context(), Order{Actor: "op"}, Agreement, "hall-person", BaseAny))
	o.apply(t, strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1))
}

const (
	oldDesk  = `kind = 'System' AND id = 'hall.desk' AND revision = 4`
	newDesk  = `kind = 'System' AND id = 'hall.desk' AND revision = 8`
	revision = `UPDATE revision SET value = `
)

// TestKeeper_OlderStatesPutBack: whatever is done to the tables, a suspended system does not call again and a removed
// agreement allows nothing. What does not act is named, and the rest goes on: at the start, at the one after it, and on
// a node that runs.
func TestKeeper_OlderStatesPutBack(t *testing.T) { engines.Each(t, olderStatesPutBack) }

func olderStatesPutBack(t *testing.T) {
	for name, c := range map[string]struct {
		sql   []string
		named []string // "" names none: the right state acts all the same
		desk  string   // of a node that starts: "suspended" or "" for not there
	}{
		"newest flipped": {[]string{`UPDATE resource SET newest = 1 - newest WHERE kind = 'System' AND id = 'hall.desk'`}, nil, "suspended"},
		"only the older one is marked, the newer one deleted": {
			[]string{`DELETE FROM resource WHERE ` + newDesk, `UPDATE resource SET newest = 1 WHERE ` + oldDesk},
			[]string{"System hall.desk: revision 4 is stored, revision 8 is the newest recorded one"}, "",
		},
		"all newer rows deleted and the counter turned back": {
			[]string{`DELETE FROM resource WHERE revision > 6`, `UPDATE resource SET newest = 1`, revision + `6`},
			[]string{"Agreement hall-person: revision 6 is stored, revision 7", "System hall.desk: revision 4 is stored, revision 8"}, "",
		},
		"deleted wholly": {
			[]string{`DELETE FROM resource WHERE kind = 'System' AND id = 'hall.desk'`},
			[]string{"System hall.desk: revision 8 is recorded, and no state is stored"}, "",
		},
		"a removal deleted": {
			[]string{`DELETE FROM resource WHERE revision = 7`, `UPDATE resource SET newest = 1 WHERE revision = 6`},
			[]string{"Agreement hall-person: revision 6 is stored, revision 7 is the newest recorded one"}, "suspended",
		},
		"planted with an old proof": {
			[]string{`INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
				SELECT 9, kind, id, 1, deleted, doc, changed_by, changed_at, reason, proof FROM resource WHERE ` + oldDesk, revision + `9`},
			[]string{"System hall.desk: revision 9 is stored, revision 8 is the newest recorded one"}, "",
		},
		"the older state moved over the newer one": {
			[]string{`DELETE FROM resource WHERE ` + newDesk, `UPDATE resource SET revision = 8, newest = 1 WHERE ` + oldDesk},
			[]string{"System hall.desk: the stored state of revision 8 is not the recorded one"}, "",
		},
		"the newer state given to another": {
			[]string{`UPDATE resource SET id = 'hall.other' WHERE ` + newDesk, `UPDATE resource SET newest = 1 WHERE ` + oldDesk},
			[]string{"System hall.desk: revision 4 is stored, revision 8", "System hall.other: revision 8 has no change record"}, "",
		},
		"a proof of another resource": {
			[]string{`UPDATE resource SET proof = (SELECT proof FROM resource WHERE revision = 3) WHERE ` + newDesk},
			[]string{"System hall.desk: the stored state of revision 8 is not the recorded one"}, "",
		},
		"the counter alone": {[]string{revision + `2`}, nil, "suspended"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			suspending(t, o)
			o.sqlInto(t, c.sql...)
			for _, at := range []string{"a start", "the next start"} {
				again := openWith(t, o.url, o.keys)
				if err := again.Load(t.Context()); err != nil {
					t.Fatalf("%s: %v", at, err)
				}
				if got := said(again.Keeper); !named(got, c.named) {
					t.Errorf("%s: named %q, want %q", at, got, c.named)
				}
				if got := again.desk(); got != c.desk {
					t.Errorf("%s: hall.desk is %q, want %q", at, got, c.desk)
				}
				again.restActs(t, at)
			}
			if err := o.Load(t.Context()); err != nil || o.desk() != "suspended" {
				t.Errorf("a node that runs: %v, hall.desk is %q", err, o.desk())
			}
			o.restActs(t, "a node that runs")
		})
	}
}

// said are the findings of a keeper, for people.
func said(k *Keeper) (all []string) {
	for _, u := range k.Unrecorded() {
		all = append(all, u.String())
	}
	return all
}

// named reports that each finding begins as it is wanted, in their order.
func named(got, want []string) bool { return slices.EqualFunc(got, want, strings.HasPrefix) }

// desk is the state in which hall.desk acts; "" when it does not act.
func (o *office) desk() string {
	s, acts := o.Rooms.Registry.System("hall.desk")
	switch {
	case !acts:
		return ""
	case s.System.Status == registry.Suspended:
		return "suspended"
	}
	return "active"
}

// restActs holds that everything but hall.desk acts as it was declared.
func (o *office) restActs(t *testing.T, when string) {
	t.Helper()
	_, register := o.Rooms.Registry.System("register.main")
	if !register || len(o.Rooms.Registry.Participants()) != 2 || len(o.Rooms.Catalog.All()) != 1 || o.Rooms.Agreements.Len() != 0 {
		t.Errorf("%s: register.main acts: %t, %d participants, %d services, %d agreements", when, register,
			len(o.Rooms.Registry.Participants()), len(o.Rooms.Catalog.All()), o.Rooms.Agreements.Len())
	}
}

// TestKeeper_PutBackIsReplacedOnlyByName: the same manifest again does not bring back what was suspended; an order that
// names it does, and then the store and its journal agree again.
func TestKeeper_PutBackIsReplacedOnlyByName(t *testing.T) {
	engines.Each(t, putBackIsReplacedOnlyByName)
}

func putBackIsReplacedOnlyByName(t *testing.T) {
	for name, sql := range map[string][]string{
		"put back":       {`DELETE FROM resource WHERE ` + newDesk, `UPDATE resource SET newest = 1 WHERE ` + oldDesk, revision + `7`},
		"deleted wholly": {`DELETE FROM resource WHERE kind = 'System' AND id = 'hall.desk'`, revision + `7`},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			suspending(t, o)
			o.sqlInto(t, sql...)
			again := openWith(t, o.url, o.keys)
			must.OK(t, again.Load(t.Context()))
			for range 2 {
				_, err := again.Apply(t.Context(), "op", load(t, systemYAML("hall.desk", "consumer")), false)
				if err == nil || !strings.Contains(describe(err), "resource.unrecorded") || again.desk() != "" {
					t.Fatalf("applied again: %v, hall.desk is %q", describe(err), again.desk())
				}
			}
			if _, err := again.Execute(t.Context(), Order{Actor: "op", Resume: []string{"hall.desk"}},
				load(t, systemYAML("hall.desk", "consumer"))); err != nil || again.desk() != "active" {
				t.Fatalf("by name: %v, hall.desk is %q", err, again.desk())
			}
			r, err := again.db.Newest(t.Context(), System, "hall.desk")
			if err != nil || r.Revision != 9 || len(again.Unrecorded()) != 0 {
				t.Errorf("stored at revision %d, %v; does not act: %v", r.Revision, err, said(again.Keeper))
			}
			next := openWith(t, o.url, o.keys)
			before := next.records(t)
			if err := next.Load(t.Context()); err != nil || next.desk() != "active" || next.records(t) != before {
				t.Errorf("the next start: %v, hall.desk is %q, %d records more", err, next.desk(), next.records(t)-before)
			}
		})
	}
}

// TestKeeper_StatesOfAnAbandonedFuture: after a restore revisions are given again. A state of before the restore has a
// proof of this installation for the same revision, and acts neither on a node that runs nor on one that starts.
func TestKeeper_StatesOfAnAbandonedFuture(t *testing.T) {
	engines.Each(t, statesOfAnAbandonedFuture)
}

func statesOfAnAbandonedFuture(t *testing.T) {
	keys := must.Get(journal.NewKeys())(t)
	former, o := openWith(t, engines.URL(t), keys), openWith(t, engines.URL(t), keys)
	former.apply(t, whole())
	o.apply(t, whole())
	former.apply(t, strings.Replace("---"+deal, "[LastName]", `["*"]`, 1)) // revision 7, there
	o.apply(t, strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1))
	wide, err := former.db.Newest(t.Context(), Agreement, "hall-person")
	if err != nil || wide.Revision != 7 {
		t.Fatal(wide.Revision, err)
	}
	desk, err := o.db.Newest(t.Context(), System, "hall.desk")
	if err != nil || desk.Revision != 7 {
		t.Fatal(desk.Revision, err)
	}
	plant := func(revision int64) string {
		return fmt.Sprintf(`INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
			VALUES (%d, 'Agreement', 'hall-person', 1, 0, %s, '%s', %d, '', %s)`, revision, o.blob(wide.Doc), wide.ChangedBy,
			wide.ChangedAt.UnixMicro(), o.blob(wide.Proof))
	}
	o.sqlInto(t, `DELETE FROM resource WHERE revision = 7`, plant(7))
	again := openWith(t, o.url, o.keys)
	must.OK(t, again.Load(t.Context()))
	if got := said(again.Keeper); !named(got, []string{"Agreement hall-person: revision 7 is stored, revision 6", "System hall.desk: revision 4 is stored, revision 7"}) {
		t.Errorf("named %q", got)
	}
	if again.Rooms.Agreements.Len() != 0 || again.desk() != "" {
		t.Errorf("%d agreements act, hall.desk is %q", again.Rooms.Agreements.Len(), again.desk())
	}
}

// TestKeeper_APlantedFutureOnARunningNode: a state that carries a true proof, but was never recorded in this journal,
// is not taken in by a node that runs; what was changed with it is.
func TestKeeper_APlantedFutureOnARunningNode(t *testing.T) {
	engines.Each(t, aPlantedFutureOnARunningNode)
}

func aPlantedFutureOnARunningNode(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	was := must.Get(o.db.Newest(t.Context(), Agreement, "hall-person"))(t)
	wide := was
	wide.Revision, wide.Doc = 7, []byte(strings.Replace(string(was.Doc), `"LastName"`, `"*"`, 1))
	o.sqlInto(t, fmt.Sprintf(`INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		VALUES (7, 'Agreement', 'hall-person', 1, 0, %s, '%s', %d, '', %s)`, o.blob(wide.Doc), wide.ChangedBy, wide.ChangedAt.UnixMicro(),
		o.blob(o.Proof(wide))), revision+`7`)
	must.OK(t, o.Load(t.Context()))
	if got := said(o.Keeper); !named(got, []string{"Agreement hall-person: revision 7 is stored, revision 6"}) {
		t.Errorf("named %q", got)
	}
	other := openWith(t, o.url, o.keys)
	must.OK(t, other.Load(t.Context()))
	other.apply(t, strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1))
	if err := o.Load(t.Context()); err != nil || o.desk() != "suspended" {
		t.Errorf("a lawful change beside it: %v, hall.desk is %q", err, o.desk())
	}
	if a, acts := o.Rooms.Agreements.Get("hall-person"); !acts || a.Status == agreement.Suspended || a.Purposes[0].Fields[0] != "LastName" {
		t.Error("the node that runs lost its earlier image, or took the planted one")
	}
	if other.Rooms.Agreements.Len() != 0 {
		t.Error("a node that starts acts on the planted state")
	}
}

// blob writes bytes as this engine's SQL does.
func (o *office) blob(b []byte) string {
	if o.db.Dialect() == "sqlite" {
		return fmt.Sprintf("X'%x'", b)
	}
	return fmt.Sprintf(`'\x%x'`, b)
}

// TestKeeper_AnOlderProgramsCheckpoints: an older node seals batches that do not state the resources, and stores
// changes without a proof. A node that runs finds them in the journal and acts on them; one that starts has the next
// checkpoint state them.
func TestKeeper_AnOlderProgramsCheckpoints(t *testing.T) {
	engines.Each(t, anOlderProgramsCheckpoints)
}

func anOlderProgramsCheckpoints(t *testing.T) {
	o := newOffice(t)
	must.OK(t, o.Load(t.Context()))
	older := openWith(t, o.url, o.keys)
	older.Trusting = true
	older.Store = forgetful{older.Store.(Stored)}
	older.apply(t, whole())
	if err := o.Load(t.Context()); err != nil || o.desk() != "active" || len(o.Unrecorded()) != 0 {
		t.Errorf("a node that runs: %v, hall.desk is %q, does not act: %v", err, o.desk(), said(o.Keeper))
	}
	suspended := strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1)
	if _, err := older.Execute(t.Context(), Order{Actor: "op", Resume: []string{"hall.desk"}}, load(t, suspended)); err != nil {
		t.Fatal(describe(err))
	}
	if err := o.Load(t.Context()); err != nil || o.desk() != "suspended" || len(o.Unrecorded()) != 0 {
		t.Errorf("a node that runs: %v, hall.desk is %q, does not act: %v", err, o.desk(), said(o.Keeper))
	}
	if r, err := o.db.Newest(t.Context(), System, "hall.desk"); err != nil || len(r.Proof) == 0 {
		t.Errorf("the state got no proof: %v", err)
	}
	for at, more := range []int64{1, 0} { // the first start has the resources stated, the next one finds that they are
		next := openWith(t, o.url, o.keys)
		before := next.records(t)
		if err := next.Load(t.Context()); err != nil || next.desk() != "suspended" || next.records(t) != before+more {
			t.Errorf("start %d: %v, hall.desk is %q, %d records more", at, err, next.desk(), next.records(t)-before)
		}
	}
	if _, found, wrong := o.compared(t); wrong != nil || len(found) != 0 {
		t.Errorf("the store and its journal: %v, %v", wrong, found)
	}
}

// forgetful commits as programs did before proofs: neither a proof nor a statement of the resources.
type forgetful struct{ Stored }

func (f forgetful) Commit(ctx context.Context, base int64, changes []appendlog.Resource, note RecordFunc) ([]appendlog.Resource, error) {
	return f.Stored.Commit(ctx, base, changes, RecordFunc{Note: func(stored []appendlog.Resource) ([]appendlog.Entry, error) {
		entries, err := note.Note(stored)
		for i := range entries {
			entries[i].State = ""
		}
		return entries, err
	}})
}
