package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/app"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/manifest"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// behind runs statements on the database of an installation that is stopped, as somebody who can write it does.
func (w *testPlatform) behind(statements ...string) {
	w.t.Helper()
	db := must.Get(store.Open(w.t.Context(), store.Config{URL: w.cfg.Store.URL}))(w.t)
	defer func() { _ = db.Close() }()
	keys := must.Get(journal.LoadKeys(w.cfg.Journal.Keys))(w.t)
	w.into(must.Get(db.OpenLog(w.t.Context(), app.LogName, journal.NewSealer(keys, w.cfg.Journal.Origin)))(w.t), statements...)
}

// into is behind on an installation that is open.
func (w *testPlatform) into(log appendlog.Appender, statements ...string) {
	w.t.Helper()
	must.Get(log.AppendWith(w.t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		for _, one := range statements {
			if _, err := tx.(statementer).Exec(one); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}))(w.t)
}

// declared is a stopped installation that holds the country of the manifests: seven resources in one batch.
func (w *testPlatform) declared() {
	w.t.Helper()
	i := must.Get(app.Open(w.t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(w.t)
	must.Get(i.Country.Apply(w.t.Context(), "tester", w.manifests(), false))(w.t)
	must.OK(w.t, i.Close())
}

// opened opens the installation until the test ends.
func (w *testPlatform) opened(access app.Access) *app.Installation {
	w.t.Helper()
	i := must.Get(app.OpenFor(w.t.Context(), w.cfg, access, app.NewLogger(w.log, w.cfg.Log)))(w.t)
	w.t.Cleanup(func() { _ = i.Close() })
	return i
}

// unrecorded names the states that do not act.
func unrecorded(i *app.Installation) (names []string) {
	for _, u := range i.Country.Unrecorded() {
		names = append(names, u.Kind+" "+u.ID)
	}
	return names
}

const (
	beforeProofs = `UPDATE resource SET proof = NULL`
	plant        = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 8, kind, 'planted', 1, 0, doc, changed_by, changed_at, reason, NULL FROM resource WHERE kind = 'Agreement'`
	counted = `UPDATE revision SET value = 8`
)

// TestAdopt_StatesBeforeProofsNeedTheirRecord: the first start after the upgrade proves what the journal holds, and
// nothing else.
func TestAdopt_StatesBeforeProofsNeedTheirRecord(t *testing.T) {
	all := []string{"Agreement hall.person", "Participant hall", "Participant registry", "Service GetPerson/1.0.0", "System hall.app", "System registry.persons"}
	for name, c := range map[string]struct {
		sql  []string
		want []string // does not act, certificates left out: their names are random
		said string
	}{
		"all recorded":         {[]string{beforeProofs}, nil, "proven=7"},
		"one planted":          {[]string{beforeProofs, plant, counted}, []string{"Agreement planted"}, "proven=7"},
		"one under a new name": {[]string{beforeProofs, `UPDATE resource SET id = 'other' WHERE id = 'hall.app'`}, []string{"System hall.app", "System other"}, "proven=6"},
		"one widened": {[]string{beforeProofs, `UPDATE resource SET doc = (SELECT doc FROM resource WHERE id = 'hall') WHERE kind = 'Agreement'`},
			[]string{"Agreement hall.person"}, "proven=6"},
		"another author":   {[]string{beforeProofs, `UPDATE resource SET changed_by = 'nobody' WHERE id = 'registry'`}, []string{"Participant registry"}, "proven=6"},
		"another reason":   {[]string{beforeProofs, `UPDATE resource SET reason = 'x' WHERE id = 'registry'`}, []string{"Participant registry"}, "proven=6"},
		"said to be gone":  {[]string{beforeProofs, `UPDATE resource SET deleted = 1 WHERE id = 'hall'`}, []string{"Participant hall"}, "proven=6"},
		"a foreign proof":  {[]string{`UPDATE resource SET proof = doc WHERE id = 'hall'`}, []string{"Participant hall"}, ""},
		"a borrowed proof": {[]string{`UPDATE resource SET proof = (SELECT proof FROM resource WHERE id = 'registry') WHERE id = 'hall'`}, []string{"Participant hall"}, ""},
		"no whole journal": {[]string{beforeProofs, `DELETE FROM log_batch WHERE first = 0`}, all, "the journal is not whole"},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, w *testPlatform) {
				w.declared()
				w.behind(c.sql...)
				i := w.opened(app.Access{})
				got := slices.DeleteFunc(unrecorded(i), func(s string) bool { return strings.HasPrefix(s, "Certificate") })
				if !slices.Equal(got, c.want) {
					t.Errorf("does not act: %q, want %q", got, c.want)
				}
				if !strings.Contains(spaced(w.log.String()), c.said) {
					t.Errorf("the log does not say %q:\n%s", c.said, w.log)
				}
				if _, acts := i.Rooms.Agreements.Get("planted"); acts {
					t.Error("what was planted acts")
				}
				if _, acts := i.Rooms.Agreements.Get("hall.person"); acts == slices.Contains(c.want, "Agreement hall.person") {
					t.Errorf("the agreement acts: %t", acts)
				}
			})
		})
	}
}

// spaced brings the forms of the log, JSON and text, to one.
func spaced(log string) string { return strings.NewReplacer(`"proven":`, "proven=").Replace(log) }

// TestAdopt_HappensOnce: what the first start proved stays proven, and a later start does not prove what was written
// since.
func TestAdopt_HappensOnce(t *testing.T) { onEach(t, adoptHappensOnce) }

func adoptHappensOnce(t *testing.T, w *testPlatform) {
	w.declared()
	w.behind(beforeProofs)
	must.OK(t, w.opened(app.Access{}).Close())
	db := must.Get(store.Open(t.Context(), store.Config{URL: w.cfg.Store.URL}))(t)
	left := withoutProof(t, db)
	first := must.Get(db.Resources(t.Context(), 0, 10))(t)
	must.OK(t, db.SetProofs(t.Context(), map[int64][]byte{1: []byte("another")}, 0))
	again := must.Get(db.Resources(t.Context(), 0, 10))(t)
	if len(left) != 0 || len(first) != 7 || string(again[0].Proof) != string(first[0].Proof) {
		t.Errorf("%d are left, %d stand; the first proof was replaced: %t", len(left), len(first), string(again[0].Proof) != string(first[0].Proof))
	}
	must.OK(t, db.Close())
	w.behind(plant, counted)
	for range 2 {
		i := w.opened(app.Access{})
		if got := unrecorded(i); !slices.Equal(got, []string{"Agreement planted"}) {
			t.Errorf("does not act: %q", got)
		}
		must.OK(t, i.Close())
	}
}

// TestAdopt_ReadersChangeNothing: a command that only looks shows a state without proof, and leaves it so.
func TestAdopt_ReadersChangeNothing(t *testing.T) { onEach(t, readersChangeNothing) }

func readersChangeNothing(t *testing.T, w *testPlatform) {
	w.declared()
	w.behind(beforeProofs)
	i := w.opened(app.Access{ReadOnly: true})
	if _, shown := i.Rooms.Agreements.Get("hall.person"); !shown || len(i.Country.Unrecorded()) != 7 {
		t.Errorf("shown %t, without record %q", shown, unrecorded(i))
	}
	if left := withoutProof(t, i.Store); len(left) != 7 {
		t.Errorf("%d states are left without a proof, want 7", len(left))
	}
}

// TestAdopt_ChangeByAnOlderNode: during a rolling upgrade an older node stores changes with a record and without a
// proof. A node that runs finds the record, acts on the change and proves it.
func TestAdopt_ChangeByAnOlderNode(t *testing.T) { onEach(t, changeByAnOlderNode) }

func changeByAnOlderNode(t *testing.T, w *testPlatform) {
	w.declared()
	running := w.opened(app.Access{})
	older := must.Get(manifest.New(manifest.Config{
		Store: unproving{running.Country.Store.(manifest.Stored)}, Sealer: running.Journal, Rooms: emptyRooms(), Trusting: true,
		Clock: running.Country.Clock, Logger: running.Country.Logger,
	}))(t)
	was := must.Get(running.Store.Resource(t.Context(), manifest.System, "hall.app"))(t)
	next := strings.Replace(string(was.Doc), "Asistență", "Asistență nouă", 1)
	must.OK(t, older.Load(t.Context()))
	must.Get(older.Put(t.Context(), manifest.Order{Actor: "older"}, manifest.System, []byte(next), was.Revision))(t)
	if err := running.Country.Load(t.Context()); err != nil || len(unrecorded(running)) != 0 || len(withoutProof(t, running.Store)) != 0 {
		t.Errorf("%v, does not act: %q", err, unrecorded(running))
	}
	if s, acts := running.Rooms.Registry.System("hall.app"); !acts || s.System.Name.RO != "Asistență nouă" {
		t.Errorf("on the node that runs: acts %t, %+v", acts, s.System.Name)
	}
	must.OK(t, running.Close())
	i := w.opened(app.Access{})
	if s, acts := i.Rooms.Registry.System("hall.app"); !acts || s.System.Name.RO != "Asistență nouă" || len(i.Country.Unrecorded()) != 0 {
		t.Errorf("after a start: acts %t, %+v, without record %q", acts, s.System.Name, unrecorded(i))
	}
}

// unproving stores changes as programs before proofs did.
type unproving struct{ manifest.Stored }

func (u unproving) Commit(ctx context.Context, base int64, changes []appendlog.Resource, note manifest.RecordFunc) ([]appendlog.Resource, error) {
	note.Prove = nil
	return u.Stored.Commit(ctx, base, changes, note)
}

func emptyRooms() manifest.Images {
	return manifest.NewImages(registry.New(nil))
}

// withoutProof are the states that are stored without a proof.
func withoutProof(t *testing.T, db *store.DB) []appendlog.Resource {
	t.Helper()
	return slices.DeleteFunc(must.Get(db.States(t.Context(), 0, 100))(t), func(r appendlog.Resource) bool { return r.Proof != nil })
}
