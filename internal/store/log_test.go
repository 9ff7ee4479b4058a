package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/waits"
)

func entry(format string, args ...any) appendlog.Entry {
	return appendlog.Entry{Data: fmt.Appendf(nil, format, args...)}
}

// appendAll lets writers append each+each times to the logs in turn and checks every answered position.
func appendAll(t *testing.T, logs []*store.Log, writers, each int) {
	t.Helper()
	var mu sync.Mutex
	at := map[int64]string{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				n := 1 + (w+i)%3 // entries of one append stay together
				var entries []appendlog.Entry
				for k := range n {
					entries = append(entries, entry("writer %d round %d part %d of %d", w, i, k, n))
				}
				p, err := logs[(w+i)%len(logs)].Append(t.Context(), entries...)
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				if p.Size < p.Index+int64(n) {
					t.Errorf("position %+v does not cover its %d entries", p, n)
				}
				mu.Lock()
				for k := range entries {
					if was, taken := at[p.Index+int64(k)]; taken {
						t.Errorf("index %d answered twice, before for %q", p.Index+int64(k), was)
					}
					at[p.Index+int64(k)] = string(entries[k].Data)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	all := whole(t, logs[0])
	if len(all) != len(at) {
		t.Fatalf("the log holds %d entries, %d were answered", len(all), len(at))
	}
	for i, e := range all {
		if at[int64(i)] != string(e.Data) {
			t.Fatalf("entry %d is %q, answered as %q", i, e.Data, at[int64(i)])
		}
	}
}

func TestLog_ManyWritersLeaveNoGap(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		appendAll(t, []*store.Log{openLog(t, open(t, url), "journal", chain{})}, 64, 20)
	})
}

func TestLog_IsSharedByProcesses(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		var logs []*store.Log
		for range 3 {
			logs = append(logs, openLog(t, open(t, url), "journal", chain{}))
		}
		appendAll(t, logs, 24, 10)
	})
}

func TestRead_ReturnsWholeBatches(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l, other := openLog(t, db, "journal", chain{}), openLog(t, db, "other", nil)
		for i := range 5 {
			must.Get(l.Append(t.Context(), entry("%d.0", i), entry("%d.1", i), entry("%d.2", i)))(t)
			must.Get(other.Append(t.Context(), entry("foreign %d", i)))(t)
		}
		for _, c := range []struct {
			from  int64
			limit int
			want  string
		}{{0, 1, "0"}, {1, 1, "0"}, {2, 2, "0 3"}, {3, 3, "3"}, {4, 100, "3 6 9 12"}, {14, 5, "12"}, {15, 5, ""}, {99, 5, ""}, {-7, 1, "0"}, {6, 0, "6"}} {
			batches := must.Get(l.Read(t.Context(), c.from, c.limit))(t)
			var firsts []string
			for _, b := range batches {
				firsts = append(firsts, fmt.Sprint(b.First))
				if want := fmt.Sprintf("%d.2", b.First/3); len(b.Entries) != 3 || string(b.Entries[2].Data) != want {
					t.Errorf("batch %d ends with %q, want %q", b.First, b.Entries[2].Data, want)
				}
			}
			if got := strings.Join(firsts, " "); got != c.want {
				t.Errorf("Read(%d, %d) gave batches %q, want %q", c.from, c.limit, got, c.want)
			}
		}
		if b, err := other.Read(t.Context(), 0, 100); err != nil || len(b) != 5 || b[0].Hashes != nil || b[0].Note != nil {
			t.Errorf("a log without a sealer reads %+v, %v", b, err)
		}
	})
}

func TestFollow_SeesEachEntryOnceInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		here, there := open(t, url), open(t, url)
		logs := []*store.Log{openLog(t, here, "journal", chain{}), openLog(t, there, "journal", chain{})}
		must.Get(logs[0].Append(t.Context(), entry("a"), entry("b"), entry("c")))(t)
		const total, from = 300, 1
		ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
		defer cancel()
		follows := []func(context.Context, int64, func(appendlog.Batch) error) error{
			logs[0].Follow, logs[1].Follow, logs[0].FollowClosely, logs[1].FollowClosely,
		}
		followed := make(chan error, len(follows))
		for _, follow := range follows {
			go func() {
				next, enough := int64(from), errors.New("enough")
				err := follow(ctx, from, func(b appendlog.Batch) error {
					if b.First != next || len(b.Hashes) != 32*len(b.Entries) {
						return fmt.Errorf("got batch %d with %d hash bytes, want %d", b.First, len(b.Hashes), next)
					}
					if next += int64(len(b.Entries)); next == total {
						return enough
					}
					return nil
				})
				if errors.Is(err, enough) {
					err = nil
				}
				followed <- err
			}()
		}
		var wg sync.WaitGroup
		for w := range 9 {
			wg.Go(func() {
				for i := range 33 {
					if _, err := logs[(w+i)%2].Append(ctx, entry("%d.%d", w, i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for range follows {
			if err := <-followed; err != nil {
				t.Error(err)
			}
		}
	})
}

// TestFollow_FollowersAreNotifiedTogether appends one by one, as fast as it goes: a follower that is informed of many
// commits at once hears of each, in order, and nothing stays untold when the last one has been made.
func TestFollow_FollowersAreNotifiedTogether(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", nil)
		const total = 200
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		batches := make(chan appendlog.Batch, total)
		go func() {
			_ = l.Follow(ctx, 0, func(b appendlog.Batch) error { batches <- b; return nil }) // ends with the test
		}()
		for i := range total {
			must.Get(l.Append(t.Context(), entry("%d", i)))(t)
		}
		for next := int64(0); next < total; {
			b := <-batches
			if b.First != next || string(b.Entries[0].Data) != fmt.Sprint(next) {
				t.Fatalf("got entry %d, %q, want %d", b.First, b.Entries[0].Data, next)
			}
			next += int64(len(b.Entries))
		}
	})
}

// TestFollow_CloseFollowerIsNotLate: of a hundred single appends, most are heard of well before the store's next look.
func TestFollow_CloseFollowerIsNotLate(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "events", nil)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		heard := make(chan time.Time)
		go func() {
			// ends with the test
			_ = l.FollowClosely(ctx, 0, func(appendlog.Batch) error { heard <- time.Now(); return nil })
		}()
		const total = 100
		var late []time.Duration
		for i := range total {
			must.Get(l.Append(t.Context(), entry("%d", i)))(t)
			began := time.Now()
			late = append(late, (<-heard).Sub(began))
		}
		slices.Sort(late)
		if late[total/2] > 20*time.Millisecond { // the look comes each 50 ms: 25 ms in the middle
			t.Errorf("half of the entries were heard of after %v or more", late[total/2])
		}
	})
}

func TestFollow_IsWokenByAnotherProcess(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		here, there := openLog(t, open(t, url), "journal", nil), openLog(t, open(t, url), "journal", nil)
		seen := make(chan time.Time)
		go func() {
			// ends with the test
			_ = here.Follow(t.Context(), 0, func(appendlog.Batch) error { seen <- time.Now(); return nil })
		}()
		for i := range 5 {
			must.Get(there.Append(t.Context(), entry("%d", i)))(t)
			if late := time.Until(<-seen); late < -5*time.Second {
				t.Errorf("seen after %v", -late)
			}
		}
	})
}

func TestAppend_RefusesWhatItCannotKeep(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", nil)
		if _, err := l.Append(t.Context()); !is(err, fault.RecordUnavailable) {
			t.Errorf("nothing: %v", err)
		}
		if _, err := l.Append(t.Context(), appendlog.Entry{Data: make([]byte, 65<<20)}); !is(err, fault.RecordUnavailable) {
			t.Errorf("too much: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Append(gone, entry("late")); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that left got %v", err)
		}
		if _, err := db.OpenLog(t.Context(), "journal", nil); err == nil {
			t.Error("one log was opened twice")
		}
		must.OK(t, db.Close())
		if _, err := l.Append(t.Context(), entry("after")); !is(err, fault.RecordUnavailable) {
			t.Errorf("closed: %v", err)
		}
		if _, err := db.OpenLog(t.Context(), "late", nil); !is(err, fault.StoreUnavailable) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestAppend_LargeAndEmptyEntriesAreReadUnchanged(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		want := []appendlog.Entry{{Data: []byte{}}, {Data: make([]byte, 3<<20)}, {Data: []byte("x"), Aside: []byte("beside")}, {Data: []byte{0}}}
		must.Get(l.Append(t.Context(), want...))(t)
		for i, e := range whole(t, l) {
			if string(e.Data) != string(want[i].Data) || string(e.Aside) != string(want[i].Aside) {
				t.Errorf("entry %d came back different", i)
			}
		}
	})
}

func TestAppendWith_IsAllOrNothing(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		put := func(tx appendlog.Tx) error {
			_, err := db.PutResources(tx, 0, []appendlog.Resource{{Kind: "System", ID: "a", Doc: []byte(`{}`)}}, nil)
			return err
		}
		refused := errors.New("refused")
		_, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
			return []appendlog.Entry{entry("never")}, errors.Join(put(tx), refused)
		})
		if !errors.Is(err, refused) || is(err, fault.RecordUnavailable) {
			t.Errorf("got %v, want build's own error", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a panic was swallowed")
				}
			}()
			_, _ = l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) { panic(put(tx)) })
		}()
		if rev, err := db.Revision(t.Context()); err != nil || rev != 0 {
			t.Errorf("revision %d, %v after two failures", rev, err)
		}
		p, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
			return []appendlog.Entry{entry("one"), entry("two")}, put(tx)
		})
		if err != nil || p != (appendlog.Position{Index: 0, Size: 2}) {
			t.Fatalf("got %+v, %v", p, err)
		}
		if p, err := l.Append(t.Context(), entry("three")); err != nil || p.Index != 2 {
			t.Errorf("got %+v, %v", p, err)
		}
		if n := len(whole(t, l)); n != 3 {
			t.Errorf("%d entries, want 3", n)
		}
		if _, err := db.Resource(t.Context(), "System", "a"); err != nil {
			t.Error(err)
		}
	})
}

func is(err error, code fault.Code) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == code
}
