package store_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// call is the n-th of a series of calls, answered, at entry seq.
func call(seq int64, n int) appendlog.IndexRow {
	subject := sha256.Sum256(fmt.Append(nil, n%50))
	return appendlog.IndexRow{
		Seq: seq, OutcomeSeq: seq + 1, At: noon.Add(time.Duration(n) * time.Second), Kind: "call",
		Call: fmt.Sprintf("018f-%012d", n), Consumer: fmt.Sprintf("consumer-%d", n%7), System: fmt.Sprintf("system-%d", n%11),
		Service: fmt.Sprintf("Get%d", n%3), Provider: "register", Agreement: fmt.Sprintf("a-%d", n%5), Purpose: "benefits",
		Verdict: "answered", Subject: subject[:], Day: "2026-03-02",
	}
}

func write(t *testing.T, db *store.DB, upTo int64, rows ...appendlog.IndexRow) {
	t.Helper()
	must.OK(t, db.WriteIndex(t.Context(), 0, upTo, rows))
}

func find(t *testing.T, db *store.DB, q store.IndexQuery) []appendlog.IndexRow {
	t.Helper()
	rows := must.Get(db.SearchIndex(t.Context(), q))(t)
	return rows
}

func TestSearch_FindsByEveryFieldNewestFirst(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		var all []appendlog.IndexRow
		for n := range 400 {
			all = append(all, call(int64(2*n), n))
		}
		write(t, db, 500, all[:250]...)
		write(t, db, 800, all[250:]...)
		one := all[123]
		for name, c := range map[string]struct {
			q    store.IndexQuery
			want func(r appendlog.IndexRow) bool
		}{
			"all":         {store.IndexQuery{}, func(appendlog.IndexRow) bool { return true }},
			"participant": {store.IndexQuery{Participant: "consumer-3"}, func(r appendlog.IndexRow) bool { return r.Consumer == "consumer-3" }},
			"system":      {store.IndexQuery{System: "system-3"}, func(r appendlog.IndexRow) bool { return r.System == "system-3" }},
			"service":     {store.IndexQuery{Service: "Get1"}, func(r appendlog.IndexRow) bool { return r.Service == "Get1" }},
			"agreement":   {store.IndexQuery{Agreement: "a-1", Purpose: "benefits", Provider: "register"}, func(r appendlog.IndexRow) bool { return r.Agreement == "a-1" }},
			"subject":     {store.IndexQuery{Subject: one.Subject}, func(r appendlog.IndexRow) bool { return slices.Equal(r.Subject, one.Subject) }},
			"call":        {store.IndexQuery{Call: one.Call}, func(r appendlog.IndexRow) bool { return r.Call == one.Call }},
			"verdict":     {store.IndexQuery{Verdict: "refused"}, func(appendlog.IndexRow) bool { return false }},
			"short":       {store.IndexQuery{Subject: []byte("short")}, func(appendlog.IndexRow) bool { return false }},
			"time": {store.IndexQuery{From: all[100].At, To: all[110].At}, func(r appendlog.IndexRow) bool {
				return !r.At.Before(all[100].At) && r.At.Before(all[110].At)
			}},
			"never": {store.IndexQuery{From: noon.Add(24 * time.Hour)}, func(appendlog.IndexRow) bool { return false }},
			"early": {store.IndexQuery{To: noon.Add(-24 * time.Hour)}, func(appendlog.IndexRow) bool { return false }},
		} {
			c.q.Limit = 1000
			var want []appendlog.IndexRow
			for _, r := range slices.Backward(all) {
				if c.want(r) {
					want = append(want, r)
				}
			}
			if diff := cmp.Diff(want, find(t, db, c.q)); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	})
}

func TestSearch_PagesDoNotOverlapWhileRowsArrive(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		for n := range 250 {
			write(t, db, int64(n+1), call(int64(n), n))
		}
		var seen []int64
		for before := int64(0); ; {
			page := find(t, db, store.IndexQuery{Provider: "register", Before: before})
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				seen = append(seen, r.Seq)
			}
			before = page[len(page)-1].Seq
			write(t, db, 1000+int64(len(seen)), call(1000+int64(len(seen)), 1000+len(seen)))
			if before == 0 {
				break
			}
		}
		if len(seen) != 250 || !slices.IsSortedFunc(seen, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("paged through %d rows, want 250 in falling order", len(seen))
		}
		if _, err := db.SearchIndex(t.Context(), store.IndexQuery{Limit: store.MaxPage + 1}); !is(err, fault.QueryInvalid) {
			t.Errorf("a page over the limit: %v", err)
		}
	})
}

func TestIndex_CompletesCallsAndCountsEachOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		begun := call(0, 1)
		begun.OutcomeSeq, begun.Verdict = 0, "open"
		orphan := call(1, 2)
		orphan.OutcomeSeq, orphan.Verdict = 0, "open"
		refusal := call(2, 3)
		refusal.OutcomeSeq, refusal.Verdict, refusal.Code, refusal.Agreement = 0, "refused", "purpose.unknown", begun.Agreement
		change := appendlog.IndexRow{Seq: 3, At: noon, Kind: "change", Day: "2026-03-02"}
		write(t, db, 4, begun, orphan, refusal, change)
		write(t, db, 4, begun) // the round repeated after a crash
		ended := begun
		ended.OutcomeSeq, ended.Verdict, ended.Code = 4, "failed", "provider.timeout"
		alone := appendlog.IndexRow{Seq: 5, OutcomeSeq: 5, Call: orphan.Call, Kind: "call", At: noon, Verdict: "answered", Agreement: orphan.Agreement, Day: orphan.Day}
		write(t, db, 6, ended, alone) // one remembered by the follower, one not
		orphan.OutcomeSeq, orphan.Verdict = 5, "answered"
		if diff := cmp.Diff([]appendlog.IndexRow{change, refusal, orphan, ended}, find(t, db, store.IndexQuery{})); diff != "" {
			t.Error(diff)
		}
		usage, err := db.Usage(t.Context(), "2026-03-02")
		if want := map[string]int64{begun.Agreement: 1, orphan.Agreement: 1}; err != nil || !cmp.Equal(usage, want) {
			t.Errorf("usage %v, %v, want %v", usage, err, want)
		}
		if p, err := db.IndexPosition(t.Context()); err != nil || p != 6 {
			t.Errorf("position %d, %v", p, err)
		}
		must.OK(t, db.ResetIndex(t.Context()))
		write(t, db, 1, begun)
		if rows := find(t, db, store.IndexQuery{Service: begun.Service}); len(rows) != 1 || rows[0].Consumer != begun.Consumer {
			t.Errorf("after a reset: %+v", rows)
		}
	})
}

func TestIndex_IsReadByAnotherProcess(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		first, second := open(t, url), open(t, url)
		write(t, first, 1, call(0, 0))
		write(t, second, 2, call(1, 1))
		write(t, first, 3, call(2, 2))
		for _, db := range []*store.DB{first, second} {
			if rows := find(t, db, store.IndexQuery{}); len(rows) != 3 || rows[1].System != "system-1" || rows[0].System != "system-2" {
				t.Errorf("got %+v", rows)
			}
		}
	})
}

func TestIndex_IsRebuiltWhenBroken(t *testing.T) {
	url := engines[0].url(t)
	path := strings.TrimPrefix(url, "sqlite:") + "-index"
	fill := func() {
		db := open(t, url)
		p := must.Get(db.IndexPosition(t.Context()))(t)
		for n := range 2000 {
			write(t, db, p+int64(n)+1, call(p+int64(n), int(p)+n))
		}
		must.OK(t, db.Close())
	}
	fill()
	if mark, err := os.ReadFile(path + "-mark"); err != nil || string(mark) != "closed" {
		t.Fatalf("the mark says %q, %v", mark, err)
	}
	fill() // goes on where it was
	spoil := func(mark string) {
		f := must.Get(os.OpenFile(path, os.O_WRONLY, 0))(t)
		defer f.Close()
		must.Get(f.WriteAt(make([]byte, 64<<10), 8<<10))(t)
		must.OK(t, os.WriteFile(path+"-mark", []byte(mark), 0o600))
	}
	spoil("an earlier boot of the machine")
	db := open(t, url)
	if p, err := db.IndexPosition(t.Context()); err != nil || p != 0 {
		t.Errorf("position %d, %v after the index broke, want a fresh one", p, err)
	}
	write(t, db, 1, call(0, 0))
}

// TestIndex_FollowersOfTwoNodesOverlap: each writes rounds that the other has written in part, calls and other records
// alike.
func TestIndex_FollowersOfTwoNodesOverlap(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		rows := func(from, to int64) (all []appendlog.IndexRow) {
			for seq := from; seq < to; seq++ {
				row := call(seq, int(seq))
				if seq%2 == 1 {
					row.Kind, row.Call = "reading", ""
				}
				all = append(all, row)
			}
			return all
		}
		for _, round := range [][2]int64{{0, 10}, {4, 16}, {0, 16}, {10, 20}} {
			if err := db.WriteIndex(t.Context(), round[0], round[1], rows(round[0], round[1])); err != nil {
				t.Fatalf("entries %v: %v", round, err)
			}
		}
		found, err := db.SearchIndex(t.Context(), store.IndexQuery{Limit: 100})
		if err != nil || len(found) != 20 {
			t.Errorf("%d rows of 20, %v", len(found), err)
		}
	})
}

// TestIndex_LeavesNothingOut: a round that begins behind the position is refused: a fail-over took back what lies
// between.
func TestIndex_LeavesNothingOut(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		write(t, db, 100, call(0, 1))
		must.OK(t, db.ResetIndex(t.Context()))
		if err := db.WriteIndex(t.Context(), 100, 110, []appendlog.IndexRow{call(100, 2)}); !is(err, fault.StoreUnavailable) {
			t.Errorf("%v, want store.unavailable", err)
		}
		position, err := db.IndexPosition(t.Context())
		if rows := find(t, db, store.IndexQuery{}); err != nil || position != 0 || len(rows) != 0 {
			t.Errorf("position %d, %d rows, %v", position, len(rows), err)
		}
		write(t, db, 110, call(0, 1), call(100, 2))
		if rows := find(t, db, store.IndexQuery{}); len(rows) != 2 {
			t.Errorf("%d rows, want 2", len(rows))
		}
	})
}
