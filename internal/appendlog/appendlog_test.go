package appendlog_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestEachBatch_ReadsExactlyTheRange, though entries are stored in batches; where the log ends before, it says so.
func TestEachBatch_ReadsExactlyTheRange(t *testing.T) {
	ctx := t.Context()
	db := must.Get(store.Open(ctx, store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")}))(t)
	defer func() { _ = db.Close() }()
	keys := must.Get(journal.NewKeys())(t)
	log := must.Get(db.OpenLog(ctx, "journal", journal.NewSealer(keys, "test.invalid/journal")))(t)
	size := int64(0)
	for _, count := range []int{1, 4, 2, 5} { // batches
		entries := make([]appendlog.Entry, count)
		for i := range entries {
			entries[i].Data = fmt.Appendf(nil, "%d", size)
			size++
		}
		must.Get(log.Append(ctx, entries...))(t)
	}
	for from := int64(0); from <= size; from++ {
		for to := from; to <= size; to++ {
			var got, want []string
			next, err := appendlog.EachBatch(ctx, log.Read, from, to, func(b appendlog.Batch) error {
				for i, e := range b.Entries {
					if text := fmt.Sprint(b.First + int64(i)); text != string(e.Data) {
						t.Errorf("record %s is shown as %s", e.Data, text)
					}
					got = append(got, string(e.Data))
				}
				return nil
			})
			for n := from; n < to; n++ {
				want = append(want, fmt.Sprint(n))
			}
			if err != nil || next != to || !slices.Equal(got, want) {
				t.Fatalf("[%d, %d): %v %v", from, to, got, err)
			}
		}
	}
	if next, err := appendlog.EachBatch(ctx, log.ReadDurable, 3, size+7, func(appendlog.Batch) error { return nil }); next != size || err != nil {
		t.Errorf("the log ends at %d, not at %d: %v", size, next, err)
	}
}
