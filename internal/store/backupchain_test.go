package store_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestBackup_EveryTableIsCopiedOrDerived lists the tables of the live schema of each engine: none may be unknown to
// backups.
func TestBackup_EveryTableIsCopiedOrDerived(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		open(t, url)
		texts := map[string]string{url: "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"}
		if !strings.HasPrefix(url, "postgres") {
			names := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
			texts = map[string]string{url: names, url + "-index": names}
		}
		declared := store.BackupTables()
		for at, text := range texts {
			rows := must.Get(rawSQL(t, at).Query(text))(t)
			for rows.Next() {
				var name string
				must.OK(t, rows.Scan(&name))
				if _, known := declared[name]; !known {
					t.Errorf("table %s is neither copied by backups nor declared as derived: store.tables", name)
				}
			}
			must.OK(t, rows.Err())
		}
	})
}

// flow is what a store knows of events next to their log.
type flow struct {
	Positions []appendlog.Cursor
	Dead      []appendlog.DeadEvent
	Segments  []appendlog.Segment
}

func flowOf(t *testing.T, db *store.DB) (f flow) {
	t.Helper()
	var err error
	if f.Positions, err = db.AllCursors(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.Dead, err = db.DeadEvents(t.Context(), appendlog.DeadQuery{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Segments(t.Context(), 0, func(s appendlog.Segment) error { f.Segments = append(f.Segments, s); return nil }); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestStore_RestoreKeepsPositions restores positions, dead events and segments to each engine, its own and the other.
func TestStore_RestoreKeepsPositions(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		events := openLog(t, db, "events", nil)
		for i := range 10 {
			must.Get(events.Append(t.Context(), entry("%d", i)))(t)
		}
		positions := []appendlog.Cursor{{System: "bank.app", Group: "~default", Part: 3, Next: 7}, {System: "hall.app", Group: "x", Part: 0, Next: 2}}
		must.OK(t, db.SaveCursors(t.Context(), positions))
		if err := db.PutSegment(t.Context(), appendlog.Segment{First: 0, Size: 4, Summary: []byte("s"), Hashes: []byte("h")}); err != nil {
			t.Fatal(err)
		}
		must.Get(events.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
			return []appendlog.Entry{entry("dead")}, db.PutDead(tx, "events", appendlog.DeadEvent{
				System: "bank.app", Group: "~default", State: appendlog.DeadWaiting, Position: 5, Type: "T", Source: "s", Event: "e",
				Reason: "r", At: noon, Doc: []byte(`{}`)})
		}))(t)
		want := flowOf(t, db)
		if len(want.Positions) != 2 || len(want.Dead) != 1 || len(want.Segments) != 1 {
			t.Fatalf("%+v", want)
		}
		dir := filepath.Join(t.TempDir(), "backup")
		must.Get(db.Backup(t.Context(), dir, store.BackupOptions{}))(t)
		for _, e := range engines {
			to := e.url(t)
			if err := restore(t, to, dir); err != nil {
				t.Fatalf("to %s: %v", e.name, err)
			}
			if got := flowOf(t, open(t, to)); !cmp.Equal(got, want) {
				t.Errorf("to %s: %s", e.name, cmp.Diff(want, got))
			}
		}
	})
}

// grown is a store with a full backup and two that continue it: appended to, with asides overwritten and old batches of
// the event log dropped in between.
func grown(t *testing.T, url string) (db *store.DB, folders []string) {
	t.Helper()
	db = open(t, url)
	journal, events := openLog(t, db, "journal", chain{}), openLog(t, db, "events", nil)
	base := t.TempDir()
	backup := func(name, since string) {
		dir := filepath.Join(base, name)
		if since != "" {
			since = filepath.Join(base, since)
		}
		must.Get(db.Backup(t.Context(), dir, store.BackupOptions{Since: since}))(t)
		folders = append(folders, dir)
	}
	fill := func(n int) {
		for i := range n {
			e := appendlog.Entry{Data: []byte(strings.Repeat("record ", 20)), Aside: []byte{1, byte(i)}}
			must.Get(journal.Append(t.Context(), e, e))(t)
			must.Get(events.Append(t.Context(), entry("event %d", i)))(t)
		}
	}
	fill(100)
	s := appendlog.Segment{First: 0, Size: 10, Summary: []byte("s"), Hashes: []byte("h")}
	must.OK(t, db.PutSegment(t.Context(), s))
	backup("full", "")
	fill(30)
	must.OK(t, journal.ReplaceAsides(t.Context(), []int64{4, 17, 210}, []byte("gone")))
	backup("second", "full")
	fill(5)
	if dropped, err := events.DropSegment(t.Context(), s); err != nil || !dropped {
		t.Fatal(dropped, err)
	}
	must.OK(t, journal.ReplaceAside(t.Context(), 30, []byte("gone")))
	backup("third", "second")
	return db, folders
}

// contents is what a store holds of its logs, by log and index.
func contents(t *testing.T, db *store.DB, logs ...string) map[string][]appendlog.Batch {
	t.Helper()
	all := map[string][]appendlog.Batch{}
	for _, name := range logs {
		l := must.Get(db.OpenLog(t.Context(), name, nil))(t)
		for from := int64(0); ; {
			batches := must.Get(l.Read(t.Context(), from, 1000))(t)
			if len(batches) == 0 {
				break
			}
			all[name] = append(all[name], batches...)
			last := batches[len(batches)-1]
			from = last.First + int64(len(last.Entries))
		}
	}
	return all
}

// TestBackup_Incremental restores a chain: everything appended is there, what was erased in between stays erased, what
// was dropped stays dropped; the later backups hold only what came since.
func TestBackup_Incremental(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, folders := grown(t, url)
		must.OK(t, db.Close())
		want := contents(t, open(t, url), "journal", "events")
		b := must.Get(store.OpenBackup(t.Context(), folders[2]))(t) // the others are next to it
		defer b.Close()
		if !cmp.Equal(b.Folders(), folders) {
			t.Errorf("folders %v, want %v", b.Folders(), folders)
		}
		if n := b.Manifest().Rows["log_batch"]; n >= 100 {
			t.Errorf("the last backup holds %d batches", n)
		}
		for _, e := range engines {
			to := e.url(t)
			if err := b.Restore(t.Context(), store.Config{URL: to}, nil); err != nil {
				t.Fatalf("to %s: %v", e.name, err)
			}
			restored := open(t, to)
			if got := contents(t, restored, "journal", "events"); !cmp.Equal(got, want) {
				t.Errorf("to %s: %s", e.name, cmp.Diff(want, got))
			}
			if err := restored.Check(t.Context()); err != nil && e.name == "sqlite" {
				// the tests' PostgreSQL does not flush
				t.Error(err)
			}
		}
		log := must.Get(b.Log(t.Context(), "journal"))(t)
		if head, err := log.Head(t.Context()); err != nil || head.Size != 270 {
			t.Errorf("head %d, %v", head.Size, err)
		}
		n := 0
		for from := int64(0); from < 270; n++ {
			batches, err := log.Read(t.Context(), from, 50)
			if err != nil || len(batches) == 0 || batches[0].First != from {
				t.Fatalf("read from %d: %d batches, %v", from, len(batches), err)
			}
			last := batches[len(batches)-1]
			from = last.First + int64(len(last.Entries))
		}
	})
}

// TestBackup_NamesAGapInAChain refuses a chain with a missing, another or a changed parent.
func TestBackup_NamesAGapInAChain(t *testing.T) {
	db, folders := grown(t, engines[0].url(t))
	must.OK(t, db.Close())
	manifest := filepath.Join(folders[1], "backup.json")
	text := must.Get(os.ReadFile(manifest))(t)
	for name, spoil := range map[string]func() error{
		"missing": func() error { return os.Remove(manifest) },
		"changed": func() error { return os.WriteFile(manifest, append(text, ' '), 0o600) },
		"another": func() error {
			return os.WriteFile(manifest, []byte(strings.Replace(string(text), `"id": "`, `"id": "0`, 1)), 0o600)
		},
	} {
		must.OK(t, spoil())
		_, err := store.OpenBackup(t.Context(), folders...)
		if f := fault.From(err); f.Code != fault.BackupGap || f.Params["backup"] != folders[2] || f.Params["parent"] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	must.OK(t, os.WriteFile(manifest, text, 0o600))
	if err := restore(t, engines[0].url(t), folders[2]); err != nil {
		t.Errorf("put right: %v", err)
	}
}

// TestBackup_ContinuesOnlyItsOwnStore refuses to continue a backup of a store that holds more.
func TestBackup_ContinuesOnlyItsOwnStore(t *testing.T) {
	_, folders := grown(t, engines[0].url(t))
	other := open(t, engines[0].url(t))
	dir := filepath.Join(t.TempDir(), "b")
	if _, err := other.Backup(t.Context(), dir, store.BackupOptions{Since: folders[0]}); err == nil {
		t.Error("continued")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("it left a folder: %v", err)
	}
	if got := maps.Collect(maps.All(store.BackupTables())); len(got) < 10 {
		t.Errorf("%d tables", len(got))
	}
}
