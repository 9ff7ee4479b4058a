package store_test

import (
	"strings"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestSize_GrowsWithTheLog: the size covers what was appended, on SQLite also while it stands in the write-ahead log
// only.
func TestSize_GrowsWithTheLog(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		before := size(t, db)
		if before <= 0 {
			t.Errorf("an empty store takes %d bytes", before)
		}
		const piece, pieces = 256 << 10, 16
		for range pieces {
			must.Get(l.Append(t.Context(), appendlog.Entry{Data: []byte(strings.Repeat("abcdefgh", piece/8))}))(t)
		}
		if grown := size(t, db) - before; grown < piece*pieces/2 { // SQLite may have used the log's file again
			t.Errorf("%d bytes were appended, the store grew by %d", piece*pieces, grown)
		}
	})
}

// TestSize_OfAReader: who opened the store read-only is told its size too.
func TestSize_OfAReader(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		reader := must.Get(store.Open(t.Context(), store.Config{URL: url, ReadOnly: true}))(t)
		defer reader.Close()
		if there, here := size(t, reader), size(t, db); there <= 0 || there > here {
			t.Errorf("the reader says %d, the writer %d", there, here)
		}
	})
}

func size(t *testing.T, db *store.DB) int64 {
	t.Helper()
	n := must.Get(db.Size(t.Context()))(t)
	return n
}
