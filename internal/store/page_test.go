package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
)

// TestIndex_PagesOverAThousand reads 2 500 rows page by page, with pages of several sizes, all and one system's: each
// row is there once, newest first, and a page that is not full is the last one.
func TestIndex_PagesOverAThousand(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		const total = 2500
		rows := make([]appendlog.IndexRow, total)
		for n := range rows {
			rows[n] = call(int64(2*n), n)
		}
		write(t, db, 2*total, rows...)
		for _, size := range []int{0, 1, 999, store.MaxPage} {
			for _, system := range []string{"", "system-3"} {
				if size == 1 && system == "" {
					continue // a page for each of 2 500 rows shows no more than one for each of 227
				}
				var want []int64
				for n := total - 1; n >= 0; n-- {
					if system == "" || rows[n].System == system {
						want = append(want, rows[n].Seq)
					}
				}
				if diff := cmp.Diff(want, paged(t, db, store.IndexQuery{System: system, Limit: size})); diff != "" {
					t.Errorf("pages of %d, system %q:\n%s", size, system, diff)
				}
			}
		}
	})
}

// paged reads all pages of a query. The row at number 0 ends it: a cursor of 0 asks for the first page.
func paged(t *testing.T, db *store.DB, q store.IndexQuery) (all []int64) {
	t.Helper()
	want := q.Limit
	if want == 0 {
		want = 100
	}
	for {
		page := find(t, db, q)
		for _, r := range page {
			all = append(all, r.Seq)
		}
		if len(page) < want {
			return all
		}
		if q.Before = page[len(page)-1].Seq; q.Before == 0 {
			return all
		}
	}
}

// TestIndex_RefusesALargerPage: more rows than a page holds are refused, and not cut in silence.
func TestIndex_RefusesALargerPage(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		for limit, refused := range map[int]bool{-1: false, 0: false, store.MaxPage: false, store.MaxPage + 1: true, 1 << 40: true} {
			if _, err := db.SearchIndex(t.Context(), store.IndexQuery{Limit: limit}); is(err, fault.QueryInvalid) != refused {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
	})
}
