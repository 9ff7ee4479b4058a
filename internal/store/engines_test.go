package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	testengines "mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/test/postgres"
)

// engine is one kind of database on which every test of the suite runs.
type engine struct {
	name string
	url  func(t testing.TB) string // of a new, empty store
}

var (
	engines = []engine{{"sqlite", func(t testing.TB) string {
		return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	}}}
	server    *postgres.Cluster // nil unless MCONNECT_TEST_POSTGRES=1
	databases testengines.Pool
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	os.Exit(withServer(m))
}

func withServer(m *testing.M) (code int) {
	if os.Getenv("MCONNECT_TEST_POSTGRES") == "1" {
		var err error
		if server, err = postgres.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			if err := server.Close(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}()
		engines = append(engines, engine{"postgres", database})
	}
	return m.Run()
}

func database(t testing.TB) string {
	return databases.URL(t, server)
}

// onEach runs a test once on every engine.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e.url(t)) })
	}
}

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	return openWith(t, store.Config{URL: url})
}

func openWith(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db := must.Get(store.Open(t.Context(), cfg))(t)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func openLog(t testing.TB, db *store.DB, name string, s appendlog.Sealer) *store.Log {
	t.Helper()
	l := must.Get(db.OpenLog(t.Context(), name, s))(t)
	return l
}

// chain is a cheap sealer whose frontier is a hash over everything before, so that any disorder shows.
type chain struct{}

func (chain) Seal(head appendlog.Head, entries []appendlog.Entry) (appendlog.Head, []byte, error) {
	sum := sha256.New()
	sum.Write(head.Frontier)
	hashes := make([]byte, 0, 32*len(entries))
	for _, e := range entries {
		h := sha256.Sum256(e.Data)
		hashes = append(hashes, h[:]...)
	}
	sum.Write(hashes)
	next := appendlog.Head{Size: head.Size + int64(len(entries)), Frontier: sum.Sum(nil)}
	next.Note = binary.BigEndian.AppendUint64([]byte("note:"), uint64(next.Size))
	return next, hashes, nil
}

// whole reads a log from its beginning and fails unless it is gapless, every batch carries the note over
// its end, and the chain of hashes leads to the head.
func whole(t testing.TB, l *store.Log) []appendlog.Entry {
	t.Helper()
	var all []appendlog.Entry
	at := appendlog.Head{}
	for {
		head := must.Get(l.Head(context.Background()))(t)
		if at.Size == head.Size {
			if string(at.Frontier) != string(head.Frontier) || string(at.Note) != string(head.Note) {
				t.Fatal("the head is not the one that the batches lead to")
			}
			return all
		}
		batches := must.Get(l.Read(context.Background(), at.Size, 500))(t)
		if len(batches) == 0 {
			t.Fatalf("the log ends at %d, its head says %d", at.Size, head.Size)
		}
		for _, b := range batches {
			if b.First != at.Size {
				t.Fatalf("a batch begins at %d, want %d", b.First, at.Size)
			}
			next, hashes, _ := chain{}.Seal(at, b.Entries)
			if string(hashes) != string(b.Hashes) || string(next.Note) != string(b.Note) {
				t.Fatalf("the batch at %d is not sealed as it reads", b.First)
			}
			at, all = next, append(all, b.Entries...)
		}
	}
}
