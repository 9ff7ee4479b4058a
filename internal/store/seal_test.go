package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// moody seals like chain, by default; gate, when set, holds it until it is closed.
type moody struct {
	mu    sync.Mutex
	fail  error
	extra int64
	gate  chan struct{}
	began chan struct{}
}

func (m *moody) set(fail error, extra int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail, m.extra = fail, extra
}

func (m *moody) Seal(head appendlog.Head, entries []appendlog.Entry) (appendlog.Head, []byte, error) {
	if m.gate != nil {
		m.began <- struct{}{}
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next, hashes, _ := chain{}.Seal(head, entries)
	next.Size += m.extra
	return next, hashes, m.fail
}

func TestSealer_FailureStopsOneBatchOnly(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := &moody{}
		l := openLog(t, open(t, url), "journal", s)
		for _, known := range []bool{false, true} { // the head is read first, or is the one just left
			if known {
				tries(t, l, "before", succeeded)
			}
			s.set(errors.New("no key"), 0)
			if _, err := l.Append(t.Context(), entry("a")); !refusedly(err) || !strings.Contains(err.Error(), "no key") {
				t.Errorf("got %v", err)
			}
			s.set(nil, 1)
			if _, err := l.Append(t.Context(), entry("b")); !refusedly(err) {
				t.Errorf("a wrong size passed: %v", err)
			}
			s.set(nil, 0)
			tries(t, l, "after", succeeded)
		}
		if n := len(whole(t, l)); n != 3 {
			t.Errorf("%d entries stand, want 3", n)
		}
	})
}

// TestAppend_CallerThatLeavesLearnsWhatMayHaveHappened holds one commit open: its caller leaves in doubt, the one
// that waits behind it leaves with nothing written.
func TestAppend_CallerThatLeavesLearnsWhatMayHaveHappened(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := &moody{gate: make(chan struct{}), began: make(chan struct{}, 10)}
		l := openLog(t, open(t, url), "journal", s)
		first, leave := context.WithCancel(t.Context())
		inDoubt := make(chan error)
		go func() {
			_, err := l.Append(first, entry("under way"))
			inDoubt <- err
		}()
		<-s.began
		left, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Append(left, entry("withdrawn")); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "not appended") {
			t.Errorf("the one that waited got %v", err)
		}
		leave()
		if err := <-inDoubt; !errors.Is(err, context.Canceled) || !refusedly(err) || !strings.Contains(err.Error(), "may become durable") {
			t.Errorf("the one under way got %v", err)
		}
		close(s.gate)
		if p, err := l.Append(t.Context(), entry("next")); err != nil || p.Index != 1 {
			t.Errorf("got %+v, %v", p, err)
		}
		var texts []string
		for _, e := range whole(t, l) {
			texts = append(texts, string(e.Data))
		}
		if !slices.Equal(texts, []string{"under way", "next"}) {
			t.Errorf("the log holds %q", texts)
		}
	})
}

func TestAppendWith_MayChangeWithoutAnEntry(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		tries(t, l, "before", succeeded)
		p, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
			_, err := db.PutResources(tx, 0, []appendlog.Resource{{Kind: "System", ID: "a"}}, nil)
			return nil, err
		})
		if err != nil || p != (appendlog.Position{Index: 1, Size: 1}) {
			t.Errorf("got %+v, %v", p, err)
		}
		if rev, err := db.Revision(t.Context()); err != nil || rev != 1 {
			t.Errorf("revision %d, %v", rev, err)
		}
		tries(t, l, "after", succeeded)
		whole(t, l)
	})
}

func TestAppendWith_HonoursItsContext(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		ctx, cancel := context.WithCancel(t.Context())
		_, err := l.AppendWith(ctx, func(appendlog.Tx) ([]appendlog.Entry, error) {
			cancel()
			return []appendlog.Entry{entry("late")}, nil
		})
		if !errors.Is(err, context.Canceled) || !is(err, fault.RecordUnavailable) {
			t.Errorf("ended inside: %v", err)
		}
		if _, err := l.AppendWith(ctx, func(appendlog.Tx) ([]appendlog.Entry, error) { panic("not to be called") }); !errors.Is(err, context.Canceled) {
			t.Errorf("ended before: %v", err)
		}
		tries(t, l, "after", succeeded)
		if n := len(whole(t, l)); n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	})
}

// TestLog_BehavesAsASlice compares a log, appended to and erased from by two processes in any order, with a
// slice.
func TestLog_BehavesAsASlice(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		dbs := []*store.DB{open(t, url), open(t, url)}
		logs := []*store.Log{openLog(t, dbs[0], "journal", chain{}), openLog(t, dbs[1], "journal", chain{})}
		var model []appendlog.Entry
		pick := rapid.Custom(func(r *rapid.T) *store.Log { return rapid.SampledFrom(logs).Draw(r, "log") })
		rapid.Check(t, func(r *rapid.T) {
			r.Repeat(map[string]func(*rapid.T){
				"append": func(r *rapid.T) {
					n := rapid.IntRange(1, 5).Draw(r, "n")
					var entries []appendlog.Entry
					for i := range n {
						entries = append(entries, appendlog.Entry{Data: []byte{byte(len(model) + i)}, Aside: rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(r, "aside")})
					}
					p, err := pick.Draw(r, "by").Append(t.Context(), entries...)
					if err != nil || p.Index != int64(len(model)) || p.Size != int64(len(model)+n) {
						r.Fatalf("position %+v, %v with %d entries", p, err, len(model))
					}
					model = append(model, entries...)
				},
				"erase": func(r *rapid.T) {
					if len(model) == 0 {
						return
					}
					i := rapid.IntRange(0, len(model)-1).Draw(r, "index")
					must.OK(r, pick.Draw(r, "by").ReplaceAside(t.Context(), int64(i), nil))
					model[i].Aside = nil
				},
				"read": func(r *rapid.T) {
					from := rapid.IntRange(0, len(model)).Draw(r, "from")
					batches, err := pick.Draw(r, "by").Read(t.Context(), int64(from), rapid.IntRange(1, 20).Draw(r, "limit"))
					if err != nil || (len(batches) == 0) != (from == len(model)) {
						r.Fatalf("%d batches from %d of %d, %v", len(batches), from, len(model), err)
					}
					for _, b := range batches {
						for i, e := range b.Entries {
							want := model[b.First+int64(i)]
							if string(e.Data) != string(want.Data) || string(e.Aside) != string(want.Aside) {
								r.Fatalf("entry %d reads %v", b.First+int64(i), e)
							}
						}
					}
				},
			})
		})
		if n := len(whole(t, logs[0])); n != len(model) {
			t.Errorf("%d entries, want %d", n, len(model))
		}
	})
}
