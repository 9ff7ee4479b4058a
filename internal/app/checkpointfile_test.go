package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/must"
)

const witnessed = "test.invalid/journal"

// annals are the journal of one store and what is kept next to it.
type annals struct {
	*checkpointFile
	t    *testing.T
	db   *store.DB
	file string
	past map[int64]appendlog.Head // by size
}

// openAnnals opens the journal in a folder, made when new. All annals of one set of keys are histories of the same
// journal.
func openAnnals(t *testing.T, keys journal.Keys, folder, checkpoint string) *annals {
	t.Helper()
	a := &annals{t: t, file: filepath.Join(folder, "store.db"), past: map[int64]appendlog.Head{}}
	var err error
	if a.db, err = store.Open(t.Context(), store.Config{URL: "sqlite:" + a.file, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.db.Close() })
	log := must.Get(a.db.OpenLog(t.Context(), LogName, &sealer{Prover: journal.NewSealer(keys, witnessed)}))(t)
	key := must.Get(keys.Public(witnessed))(t)
	a.checkpointFile = &checkpointFile{path: checkpoint, key: key, log: log}
	return a
}

// add appends records that differ by what is said in them.
func (a *annals) add(said string, n int) *annals {
	a.t.Helper()
	for range n {
		if _, err := a.log.Append(a.t.Context(), appendlog.Entry{Data: []byte(`{"kind":"reading","note":"` + said + `"}`)}); err != nil {
			a.t.Fatal(err)
		}
		head := must.Get(a.log.Head(a.t.Context()))(a.t)
		a.past[head.Size] = head
	}
	return a
}

// note is the newest checkpoint.
func (a *annals) note() []byte {
	a.t.Helper()
	head := must.Get(a.log.Durable(a.t.Context(), 0))(a.t)
	return head.Note
}

// kept says over how many records the file is signed; -1 when there is no file.
func (a *annals) kept() int64 {
	a.t.Helper()
	note, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1
	}
	must.OK(a.t, err)
	cp := must.Get(a.key.Open(note))(a.t)
	return cp.Size
}

func (a *annals) put(note []byte) {
	a.t.Helper()
	must.OK(a.t, os.WriteFile(a.path, note, 0o600))
}

// copied closes the store and copies it into a folder.
func (a *annals) copied(folder string) {
	a.t.Helper()
	must.OK(a.t, a.db.Close())
	data := must.Get(os.ReadFile(a.file))(a.t)
	must.OK(a.t, os.WriteFile(filepath.Join(folder, filepath.Base(a.file)), data, 0o600))
}

// rollBack puts the journal back to so many records below a process that runs, as a fail-over to a server does that
// lacks the rest. Each record is a batch of its own here.
func (a *annals) rollBack(size int64) {
	a.t.Helper()
	note, frontier := []byte(nil), []byte(nil)
	if size > 0 {
		note, frontier = a.past[size].Note, a.past[size].Frontier
	}
	db := must.Get(sql.Open("sqlite", a.file))(a.t)
	defer func() { _ = db.Close() }()
	must.Get(db.Exec(`DELETE FROM log_batch WHERE first >= ?`, size))(a.t)
	must.Get(db.Exec(`UPDATE log_head SET size = ?, note = ?, frontier = ?`, size, note, frontier))(a.t)
}

func signingKeys(t *testing.T) journal.Keys {
	t.Helper()
	keys := must.Get(journal.NewKeys())(t)
	return keys
}

func TestCheckpoint_FollowsTheJournal(t *testing.T) {
	folder := t.TempDir()
	a := openAnnals(t, signingKeys(t), folder, filepath.Join(folder, "checkpoint"))
	if err := a.check(t.Context()); err != nil {
		t.Fatalf("a first start: %v", err)
	}
	for _, want := range []int64{-1, 1, 4, 4, 5} {
		head := must.Get(a.log.Head(t.Context()))(t)
		if more := want - head.Size; more > 0 {
			a.add("one", int(more))
		}
		must.OK(t, a.write(t.Context()))
		if kept := a.kept(); kept != want {
			t.Errorf("signed over %d records, want %d", kept, want)
		}
		if want > 0 {
			if err := a.check(t.Context()); err != nil {
				t.Errorf("with %d records: %v", want, err)
			}
		}
	}
}

// TestCheckpoint_IsNeverReplacedByAnotherHistory: whatever the file holds, only a checkpoint that continues it takes
// its place. When none does, nothing is appended any more, and a start with the same file is refused.
func TestCheckpoint_IsNeverReplacedByAnotherHistory(t *testing.T) {
	keys := signingKeys(t)
	for name, c := range map[string]struct {
		// records: the same in both, then those under the file's checkpoint, then those of the store
		common, inFile, inStore int
		forked                  bool
	}{
		"the store is as long":                  {3, 0, 0, false},
		"the store is longer":                   {3, 0, 5, false},
		"the store is shorter":                  {3, 2, 0, true},
		"the store is another of the same size": {3, 2, 2, true},
		"the store is another and longer":       {3, 2, 9, true},
		"the store is another from the start":   {0, 1, 7, true},
		"the store is empty":                    {0, 4, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := t.TempDir(), t.TempDir()
			path := filepath.Join(second, "checkpoint")
			openAnnals(t, keys, first, path).add("common", c.common).copied(second)
			note := openAnnals(t, keys, first, path).add("in the file", c.inFile).note()
			other := openAnnals(t, keys, second, path).add("in the store", c.inStore)
			other.put(note)

			size := int64(c.common + c.inStore)
			if err := other.check(t.Context()); errors.Is(err, ErrRolledBack) != c.forked || err != nil && !c.forked {
				t.Errorf("a start: %v", err)
			}
			// a process that runs, and in whose folder somebody puts the file
			other.known, other.proven = appendlog.Head{}, nil
			err := other.write(t.Context())
			if errors.Is(err, appendlog.ErrForked) != c.forked || err != nil && !c.forked {
				t.Errorf("a process that runs: %v", err)
			}
			if c.forked {
				if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, note) {
					t.Errorf("the file was replaced: %s, %v", kept, err)
				}
				_, err := other.log.Append(t.Context(), appendlog.Entry{Data: []byte("{}")})
				if other.log.Forked() == nil || fault.From(err).Code != fault.RecordUnavailable {
					t.Errorf("an append afterwards: %v", err)
				}
			} else if kept := other.kept(); kept != size {
				t.Errorf("signed over %d records, want %d", kept, size)
			}
		})
	}
}

// TestCheckpoint_KeepsWhatTheDatabaseLost: records are acknowledged and the file is not written yet when the database
// loses them. The file gets their checkpoint all the same, so that a restart does not take what is left for the whole.
func TestCheckpoint_KeepsWhatTheDatabaseLost(t *testing.T) {
	keys := signingKeys(t)
	for name, left := range map[string]int64{
		"all that the file does not know": 3,
		"what the file knows, too":        2,
		"everything":                      0,
		"the last record":                 6,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "checkpoint")
			a := openAnnals(t, keys, folder, path).add("kept", 3)
			must.OK(t, a.write(t.Context()))
			last := a.add("acknowledged", 4).note()
			a.rollBack(left)
			for range 2 {
				if err := a.write(t.Context()); !errors.Is(err, appendlog.ErrForked) {
					t.Errorf("after the loss: %v", err)
				}
				if note, err := os.ReadFile(path); err != nil || !bytes.Equal(note, last) {
					t.Errorf("in the file: %s, %v; want what was acknowledged last: %s", note, err, last)
				}
			}
			if got := a.log.Acknowledged(); got.Size != 7 || !bytes.Equal(got.Note, last) {
				t.Errorf("acknowledged: %d records", got.Size)
			}
			must.OK(t, a.db.Close())
			if err := openAnnals(t, keys, folder, path).check(t.Context()); !errors.Is(err, ErrRolledBack) {
				t.Errorf("a restart: %v", err)
			}
		})
	}
}

// TestCheckpoint_AForeignFileIsNotReplacedAfterALoss: the database lost records, and the file was exchanged meanwhile
// for one of another history. What this process acknowledged does not continue that file, so the file stays.
func TestCheckpoint_AForeignFileIsNotReplacedAfterALoss(t *testing.T) {
	keys := signingKeys(t)
	folder := t.TempDir()
	a := openAnnals(t, keys, folder, filepath.Join(folder, "checkpoint")).add("one", 3)
	must.OK(t, a.write(t.Context()))
	a.add("one", 4)
	foreign := openAnnals(t, keys, t.TempDir(), a.path).add("other", 5).note()
	a.put(foreign)
	a.rollBack(3)
	for range 2 {
		if err := a.write(t.Context()); !errors.Is(err, appendlog.ErrForked) {
			t.Errorf("after the loss: %v", err)
		}
		if kept, err := os.ReadFile(a.path); err != nil || !bytes.Equal(kept, foreign) {
			t.Errorf("the file was replaced: %s, %v", kept, err)
		}
	}
}

// TestCheckpoint_OfACommandBeside: a command appends to the same journal and writes the file. The process that runs
// takes that file for its own, whichever of the two is ahead.
func TestCheckpoint_OfACommandBeside(t *testing.T) {
	folder := t.TempDir()
	a := openAnnals(t, signingKeys(t), folder, filepath.Join(folder, "checkpoint")).add("one", 2)
	must.OK(t, a.write(t.Context()))
	newer := a.add("one", 3).note()
	a.put(newer)
	if err := a.write(t.Context()); err != nil || a.kept() != 5 || a.known.Size != 5 {
		t.Errorf("a newer file: %v, signed over %d records", err, a.kept())
	}
	a.put(a.past[4].Note)
	a.add("one", 1)
	if err := a.write(t.Context()); err != nil || a.kept() != 6 {
		t.Errorf("an older file of the same history: %v, signed over %d records", err, a.kept())
	}
	must.OK(t, os.Remove(a.path))
	a.add("one", 1)
	if err := a.write(t.Context()); err != nil || a.kept() != 7 {
		t.Errorf("no file: %v, signed over %d records", err, a.kept())
	}
}

// TestCheckpoint_ThatIsNone: a file that this journal's key did not sign is neither taken nor replaced, and no reason
// to stop.
func TestCheckpoint_ThatIsNone(t *testing.T) {
	folder := t.TempDir()
	a := openAnnals(t, signingKeys(t), folder, filepath.Join(folder, "checkpoint")).add("one", 2)
	sound := a.note()
	for name, text := range map[string][]byte{
		"empty":         {},
		"nonsense":      []byte("nonsense"),
		"cut":           sound[:len(sound)-9],
		"another size":  bytes.Replace(sound, []byte("\n2\n"), []byte("\n1\n"), 1),
		"another key's": openAnnals(t, signingKeys(t), t.TempDir(), a.path).add("one", 2).note(),
	} {
		a.put(text)
		if err := a.write(t.Context()); err == nil {
			t.Errorf("%s: written over", name)
		}
		if err := a.check(t.Context()); err == nil || errors.Is(err, ErrRolledBack) {
			t.Errorf("%s: a start says %v", name, err)
		}
		if kept, err := os.ReadFile(a.path); err != nil || !bytes.Equal(kept, text) {
			t.Errorf("%s: the file was replaced: %s, %v", name, kept, err)
		}
	}
	a.put(sound)
	if err := a.add("one", 1).write(t.Context()); err != nil || a.kept() != 3 {
		t.Errorf("with a sound file again: %v, signed over %d records", err, a.kept())
	}
}

// TestCheckpoint_AJournalThatWasWiped: without a file, a journal that holds nothing is a first start only when the
// store holds no resources either.
func TestCheckpoint_AJournalThatWasWiped(t *testing.T) {
	for name, c := range map[string]struct {
		records  int
		revision int64
		refused  bool
	}{
		"a first start":        {0, 0, false},
		"records only":         {2, 0, false},
		"records, resources":   {2, 5, false},
		"resources, no record": {0, 5, true},
	} {
		folder := t.TempDir()
		a := openAnnals(t, signingKeys(t), folder, filepath.Join(folder, "checkpoint")).add("one", c.records)
		a.revision = func(context.Context) (int64, error) { return c.revision, nil }
		if err := a.check(t.Context()); errors.Is(err, ErrRolledBack) != c.refused || err != nil && !c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
