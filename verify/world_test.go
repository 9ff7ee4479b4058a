package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/verify"
)

const origin = "mconnect.example/journal"

var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// world is a journal as the platform writes it: real records in a real store, and what was read back.
type world struct {
	keys    journal.Keys
	key     verify.Key
	log     *store.Log
	j       *journal.Journal
	head    appendlog.Head
	batches []verify.Batch
	asides  [][]byte
}

// newWorld writes batches of the given sizes, one record a second.
func newWorld(t testing.TB, sizes ...int) *world {
	t.Helper()
	keys := must.Get(journal.NewKeys())(t)
	return worldOf(t, keys, sizes...)
}

func worldOf(t testing.TB, keys journal.Keys, sizes ...int) *world {
	t.Helper()
	w := &world{keys: keys}
	var err error
	if w.key, err = w.keys.Public(origin); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "store.db")})
	must.OK(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.log, err = db.OpenLog(t.Context(), "journal", journal.NewSealer(w.keys, origin)); err != nil {
		t.Fatal(err)
	}
	if w.j, err = journal.New(journal.Config{Log: w.log, Keys: w.keys, Origin: origin, Node: "n"}); err != nil {
		t.Fatal(err)
	}
	for _, n := range sizes {
		w.write(t, n, start)
	}
	return w
}

func (w *world) write(t testing.TB, n int, from time.Time) {
	t.Helper()
	entries := make([]appendlog.Entry, n)
	for i := range entries {
		index := int(w.head.Size) + i
		entries[i] = must.Get(w.j.Seal(journal.Record{
			Kind: journal.Intent, Time: from.Add(time.Duration(index) * time.Second), Subject: "2009876543219",
			Node: "n", Call: "0195e6a2-9c1e-7b4a-8e55-0123456789ab", Service: "GetPerson", Note: fmt.Sprintf("nr. %06d", index),
		}))(t)
	}
	w.seal(t, entries)
}

// seal appends entries as one batch and reads it back.
func (w *world) seal(t testing.TB, entries []appendlog.Entry) {
	t.Helper()
	at := must.Get(w.log.Append(t.Context(), entries...))(t)
	read, err := w.log.Read(t.Context(), at.Index, 1)
	if err != nil || len(read) != 1 || read[0].First != at.Index {
		t.Fatalf("read back %d batches, %v", len(read), err)
	}
	b := verify.Batch{First: read[0].First, Hashes: read[0].Hashes, Note: read[0].Note}
	for _, e := range read[0].Entries {
		b.Records = append(b.Records, e.Data)
		w.asides = append(w.asides, e.Aside)
	}
	w.batches = append(w.batches, b)
	if w.head, err = w.log.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// tape yields batches from memory.
type tape struct{ batches []verify.Batch }

func (s *tape) Next(context.Context) (verify.Batch, error) {
	if len(s.batches) == 0 {
		return verify.Batch{}, io.EOF
	}
	b := s.batches[0]
	s.batches = s.batches[1:]
	return b, nil
}

// copyOf clones batches deeply, for a test to damage.
func copyOf(batches []verify.Batch) []verify.Batch {
	out := slices.Clone(batches)
	for i := range out {
		out[i].Hashes, out[i].Note = bytes.Clone(out[i].Hashes), bytes.Clone(out[i].Note)
		out[i].Records = slices.Clone(out[i].Records)
		for k := range out[i].Records {
			out[i].Records[k] = bytes.Clone(out[i].Records[k])
		}
	}
	return out
}

func (w *world) check(batches []verify.Batch, o verify.Options) (verify.Report, error) {
	return verify.Journal(context.Background(), &tape{batches}, w.key, o)
}

// export writes batches as the platform does.
func (w *world) export(t testing.TB, batches []verify.Batch) []byte {
	t.Helper()
	var file bytes.Buffer
	must.OK(t, journal.WriteExport(context.Background(), &file, &tape{batches}, w.key))
	return file.Bytes()
}
