package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// fiveBatches writes a store with batches of 2, 3, 1, 4 and 2 records (0-1, 2-4, 5, 6-9, 10-11), closes it
// and returns its path, key and checkpoints.
func fiveBatches(t *testing.T) (path string, key verify.Key, notes [][]byte) {
	t.Helper()
	keys := testKeys(t)
	path = filepath.Join(t.TempDir(), "store.db")
	db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + path})
	must.OK(t, err)
	log, err := db.OpenLog(t.Context(), "journal", NewSealer(keys, origin))
	must.OK(t, err)
	j, err := New(Config{Log: log, Keys: keys, Origin: origin})
	must.OK(t, err)
	for _, n := range []int{2, 3, 1, 4, 2} {
		batch := make([]appendlog.Entry, n)
		for i := range batch {
			if batch[i], err = j.Seal(callRecord()); err != nil {
				t.Fatal(err)
			}
		}
		must.Get(log.Append(t.Context(), batch...))(t)
		note := must.Get(j.Checkpoint(t.Context()))(t)
		notes = append(notes, note)
	}
	must.OK(t, db.Close())
	return path, j.Key(), notes
}

// checkStore checks the journal in a store's file as `mconnect journal verify --dir` does.
func checkStore(t *testing.T, path string, key verify.Key, o verify.Options) error {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + path, ReadOnly: true})
	must.OK(t, err)
	defer func() { _ = db.Close() }()
	log, err := db.OpenLog(t.Context(), "journal", nil)
	must.OK(t, err)
	_, err = verify.Journal(t.Context(), NewSource(log), key, o)
	return err
}

// TestVerify_NamesDamageInTheStore changes, deletes and reorders what stands in the database.
func TestVerify_NamesDamageInTheStore(t *testing.T) {
	path, key, notes := fiveBatches(t)
	must.OK(t, checkStore(t, path, key, verify.Options{Known: notes}))
	sound := must.Get(os.ReadFile(path))(t)
	for name, c := range map[string]struct {
		sql         string
		what        verify.What
		first, last int64
		known       bool
	}{
		"a record changed": {`UPDATE log_batch SET entries = CAST(substr(entries, 1, 300) || CAST(x'58' AS BLOB) || substr(entries, 302) AS BLOB) WHERE first = 5`,
			verify.RecordAltered, 5, 5, false},
		"framing broken":      {`UPDATE log_batch SET entries = CAST(x'7fffffff' || substr(entries, 5) AS BLOB) WHERE first = 6`, verify.Unreadable, 6, 6, false},
		"entries cut":         {`UPDATE log_batch SET entries = CAST(substr(entries, 1, 500) AS BLOB) WHERE first = 2`, verify.Unreadable, 2, 2, false},
		"asides broken":       {`UPDATE log_batch SET asides = x'00' WHERE first = 10`, verify.Unreadable, 10, 10, false},
		"count changed":       {`UPDATE log_batch SET count = 2 WHERE first = 2`, verify.Unreadable, 2, 2, false},
		"a batch deleted":     {`DELETE FROM log_batch WHERE first = 5`, verify.Gap, 5, 5, false},
		"the first deleted":   {`DELETE FROM log_batch WHERE first = 0`, verify.Gap, 0, 1, false},
		"the last deleted":    {`DELETE FROM log_batch WHERE first = 10`, verify.Gap, 10, 11, false},
		"all deleted":         {`DELETE FROM log_batch`, verify.Gap, 0, 11, false},
		"checkpoint removed":  {`UPDATE log_batch SET note = NULL WHERE first = 2`, verify.CheckpointAbsent, 2, 4, false},
		"checkpoints swapped": {`UPDATE log_batch SET note = (SELECT note FROM log_batch WHERE first = 5) WHERE first = 2`, verify.CheckpointWrong, 2, 4, false},
		"hashes removed":      {`UPDATE log_batch SET hashes = NULL WHERE first = 6`, verify.HashAltered, 6, 6, false},
		"two batches swapped": {`UPDATE log_batch SET first = 99 WHERE first = 0; UPDATE log_batch SET first = 0 WHERE first = 10; UPDATE log_batch SET first = 10 WHERE first = 99`,
			verify.CheckpointWrong, 0, 1, false},
		"cut off, the head adjusted": {`DELETE FROM log_batch WHERE first = 10; UPDATE log_head SET size = 10`, verify.HeadAltered, 9, 9, false},
		"head too short":             {`UPDATE log_head SET size = 11`, verify.HeadAltered, 11, 11, false},
		"head removed":               {`DELETE FROM log_head`, verify.HeadAltered, 0, 11, false},
		"head unsigned":              {`UPDATE log_head SET note = NULL`, verify.HeadAltered, 11, 11, false},
		"head of another time":       {`UPDATE log_head SET frontier = CAST(x'0000000000000001' || substr(frontier, 9) AS BLOB)`, verify.HeadAltered, 11, 11, false},
		"frontier changed":           {`UPDATE log_head SET frontier = CAST(substr(frontier, 1, 20) || CAST(x'58' AS BLOB) || substr(frontier, 22) AS BLOB)`, verify.HeadAltered, 11, 11, false},
		"frontier cut":               {`UPDATE log_head SET frontier = NULL`, verify.HeadAltered, 11, 11, false},
		"wiped, nothing known":       {`DELETE FROM log_batch; UPDATE log_head SET size = 0`, "", 0, 0, false},
		"wiped":                      {`DELETE FROM log_batch; UPDATE log_head SET size = 0`, verify.RolledBack, 0, 11, true},
	} {
		damaged := filepath.Join(t.TempDir(), "store.db")
		must.OK(t, os.WriteFile(damaged, sound, 0o600))
		change(t, damaged, c.sql)
		var o verify.Options
		if c.known {
			o.Known = notes
		}
		err := checkStore(t, damaged, key, o)
		var p *verify.Problem
		switch found := errors.As(err, &p); {
		case c.what == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.what != "" && (!found || p.What != c.what || p.Index != c.first || p.Last != c.last):
			t.Errorf("%s: found %v, want %s at %d to %d", name, err, c.what, c.first, c.last)
		}
	}
}

// change runs SQL on a store's file, as an intruder would.
func change(t *testing.T, path, text string) {
	t.Helper()
	db := must.Get(sql.Open("sqlite", path))(t)
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// TestSealer_DoesNotSignAForeignHead: a head that was changed in the database stops the journal, rather than
// have it sign on top.
func TestSealer_DoesNotSignAForeignHead(t *testing.T) {
	for name, text := range map[string]string{
		"frontier": `UPDATE log_head SET frontier = CAST(substr(frontier, 1, 20) || x'00' || substr(frontier, 22) AS BLOB)`,
		"note":     `UPDATE log_head SET note = NULL`,
		"size":     `UPDATE log_head SET size = 11`,
	} {
		keys := testKeys(t)
		path := filepath.Join(t.TempDir(), "store.db")
		for round := range 2 {
			db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + path})
			must.OK(t, err)
			log, err := db.OpenLog(t.Context(), "journal", NewSealer(keys, origin))
			must.OK(t, err)
			j, err := New(Config{Log: log, Keys: keys, Origin: origin})
			must.OK(t, err)
			if _, err = j.Record(t.Context(), Record{Kind: Started}); (err == nil) != (round == 0) {
				t.Errorf("%s, round %d: %v", name, round, err)
			}
			must.OK(t, db.Close())
			change(t, path, text)
		}
	}
}

// dead is a log that cannot be read.
type dead struct{ err error }

func (d dead) Read(context.Context, int64, int) ([]appendlog.Batch, error) { return nil, d.err }
func (d dead) Head(context.Context) (appendlog.Head, error)                { return appendlog.Head{}, d.err }
func (d dead) Durable(context.Context, int64) (appendlog.Head, error)      { return appendlog.Head{}, d.err }

func TestVerify_UnreachableStoreIsNoFinding(t *testing.T) {
	away := errors.New("connection refused")
	_, key, _ := fiveBatches(t)
	_, err := verify.Journal(t.Context(), NewSource(dead{away}), key, verify.Options{})
	var p *verify.Problem
	if !errors.Is(err, away) || errors.As(err, &p) {
		t.Errorf("found %v", err)
	}
}

// narrow is a disk that gets full.
type narrow struct{ left int }

func (n *narrow) Write(b []byte) (int, error) {
	if n.left -= len(b); n.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestExport_ReportsItsFailure(t *testing.T) { engines.Each(t, exportSaysWhenItFails) }

func exportSaysWhenItFails(t *testing.T) {
	j, _, _ := newJournal(t)
	for range 5 {
		must.Get(j.Record(t.Context(), callRecord()))(t)
	}
	if err := j.Export(t.Context(), &narrow{left: 100}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
	broken := one{verify.Batch{Records: [][]byte{[]byte("{}"), []byte("{\n}")}}}
	var p *verify.Problem
	if err := WriteExport(t.Context(), &bytes.Buffer{}, broken, j.Key()); !errors.As(err, &p) || p.Index != 1 || p.What != verify.NotCanonical {
		t.Errorf("a record with a line break: %v", err)
	}
	var file strings.Builder
	if err := j.Export(t.Context(), &file); err != nil || !strings.HasSuffix(file.String(), "\nend 5\n") {
		t.Errorf("exported %d bytes, %v", file.Len(), err)
	}
}

// one is a source that never ends.
type one struct{ b verify.Batch }

func (o one) Next(context.Context) (verify.Batch, error) { return o.b, nil }

// TestVerify_ChecksTheKeysStoredWithRecords: one that does not open its subject is named, and one that is no key
// without them too; one that was erased is as it should be.
func TestVerify_ChecksTheKeysStoredWithRecords(t *testing.T) {
	keys := testKeys(t)
	_, log := openLog(t, keys)
	j, err := New(Config{Log: log, Keys: keys, Origin: origin})
	must.OK(t, err)
	for range 4 {
		must.Get(j.Record(t.Context(), callRecord()))(t)
	}
	check := func(keys Keys) error {
		src, err := NewSourceWithKeys(log, keys)
		must.OK(t, err)
		_, err = verify.Journal(t.Context(), src, j.Key(), verify.Options{})
		return err
	}
	must.OK(t, check(keys))
	named := func(name string, err error, index int64) {
		t.Helper()
		if p, ok := errors.AsType[*verify.Problem](err); !ok || p.What != verify.AsideAltered || p.Index != index || p.Last != index {
			t.Errorf("%s: %v", name, err)
		}
	}
	named("another installation's keys", check(testKeys(t)), 0)
	for index, aside := range map[int64][]byte{1: {asideErased}, 2: make([]byte, asideSize), 3: {asideWrapped}} {
		must.OK(t, log.ReplaceAsides(t.Context(), []int64{index}, aside))
	}
	named("overwritten", check(keys), 2) // 1 was erased
	_, err = verify.Journal(t.Context(), NewSource(log), j.Key(), verify.Options{})
	named("without the keys", err, 2)
}
