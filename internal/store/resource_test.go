package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// put stores changes with an entry in the log, as a declared change does.
func put(t testing.TB, db *store.DB, l *store.Log, base int64, changes ...appendlog.Resource) ([]appendlog.Resource, error) {
	t.Helper()
	var stored []appendlog.Resource
	_, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) (_ []appendlog.Entry, err error) {
		stored, err = db.PutResources(tx, base, changes, nil)
		return []appendlog.Entry{entry("changed")}, err
	})
	return stored, err
}

func TestResources_KeepEveryState(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		one := appendlog.Resource{Kind: "System", ID: "a", Doc: []byte(`{"v":1}`), ChangedBy: "Operator One", ChangedAt: noon}
		two := appendlog.Resource{Kind: "System", ID: "b", Doc: []byte(`{}`), ChangedBy: "Operator One", ChangedAt: noon}
		first, err := put(t, db, l, 0, one, two)
		if err != nil || first[0].Revision != 1 || first[1].Revision != 2 {
			t.Fatalf("got %+v, %v", first, err)
		}
		gone := one
		gone.Deleted, gone.ChangedBy = true, "Operator Two"
		second := must.Get(put(t, db, l, 2, gone))(t)
		gone.Revision = 3
		history, err := db.History(t.Context(), "System", "a")
		if diff := cmp.Diff([]appendlog.Resource{first[0], gone}, history); diff != "" || err != nil {
			t.Errorf("history: %v\n%s", err, diff)
		}
		since, err := db.Resources(t.Context(), 0, 0)
		if diff := cmp.Diff([]appendlog.Resource{first[1], second[0]}, since); diff != "" || err != nil {
			t.Errorf("newest states: %v\n%s", err, diff)
		}
		if since, err := db.Resources(t.Context(), 2, 10); err != nil || len(since) != 1 || since[0].ID != "a" {
			t.Errorf("since 2: %+v, %v", since, err)
		}
		if since, err := db.Resources(t.Context(), 0, 1); err != nil || len(since) != 1 || since[0].ID != "b" {
			t.Errorf("one: %+v, %v", since, err)
		}
		if r, err := db.Resource(t.Context(), "System", "b"); err != nil || !cmp.Equal(r, first[1]) {
			t.Errorf("got %+v, %v", r, err)
		}
		for _, id := range []string{"a", "never"} {
			if _, err := db.Resource(t.Context(), "System", id); !is(err, fault.ResourceUnknown) {
				t.Errorf("%s: %v, want resource.unknown", id, err)
			}
		}
		if _, err := db.History(t.Context(), "System", "never"); !is(err, fault.ResourceUnknown) {
			t.Errorf("history of nothing: %v", err)
		}
	})
}

func TestResources_OneOfTwoChangesOnOneBaseWins(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		nodes := []*store.DB{open(t, url), open(t, url)}
		logs := []*store.Log{openLog(t, nodes[0], "journal", chain{}), openLog(t, nodes[1], "journal", chain{})}
		base, wins := int64(1), 0
		must.Get(put(t, nodes[0], logs[0], 0, appendlog.Resource{Kind: "System", ID: "start"}))(t)
		for round := range 10 {
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					_, errs[i] = put(t, nodes[i%2], logs[i%2], base, appendlog.Resource{Kind: "System", ID: fmt.Sprint(round)})
				})
			}
			wg.Wait()
			for _, err := range errs {
				switch {
				case err == nil:
					wins++
				case !is(err, fault.ResourceConflict):
					t.Error(err)
				}
			}
			base++
		}
		if n := len(whole(t, logs[0])); wins != 10 || n != 11 {
			t.Errorf("%d changes won and %d entries stand, want 10 and 11", wins, n)
		}
	})
}

func TestWatchRevision_NotifiesEveryProcess(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		here, there := open(t, url), open(t, url)
		l := openLog(t, there, "journal", nil)
		ctx, cancel := context.WithCancel(t.Context())
		told := make(chan int64, 100)
		var wg sync.WaitGroup
		for _, db := range []*store.DB{here, there} {
			wg.Go(func() {
				if err := db.WatchRevision(ctx, func(rev int64) error { told <- rev; return nil }); ctx.Err() == nil {
					t.Error(err)
				}
			})
		}
		for want := int64(0); want < 4; want++ {
			for range 2 {
				select {
				case got := <-told:
					if got != want {
						t.Errorf("told %d, want %d", got, want)
					}
				case <-time.After(waits.Limit):
					t.Fatalf("revision %d was not told", want)
				}
			}
			must.Get(put(t, there, l, want, appendlog.Resource{Kind: "System", ID: "a"}))(t)
		}
		cancel()
		wg.Wait()
	})
}

// TestWatchRevision_RepeatsAndGoesBack: a follower that failed is called again without a change, and a revision that a
// fail-over took back is followed when another change gets its number.
func TestWatchRevision_RepeatsAndGoesBack(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		here, there := open(t, url), open(t, url)
		l := openLog(t, there, "journal", nil)
		told := make(chan int64, 100)
		failures := 2
		go func() {
			_ = here.WatchRevision(t.Context(), func(revision int64) error {
				told <- revision
				if failures--; failures >= 0 {
					return errors.New("not now")
				}
				return nil
			})
		}()
		next := func(want int64) {
			t.Helper()
			select {
			case got := <-told:
				if got != want {
					t.Fatalf("told %d, want %d", got, want)
				}
			case <-time.After(waits.Limit):
				t.Fatalf("revision %d was not told", want)
			}
		}
		for range 3 {
			next(0)
		}
		change := func() {
			t.Helper()
			must.Get(put(t, there, l, 0, appendlog.Resource{Kind: "System", ID: "a"}))(t)
		}
		change()
		next(1)
		must.Get(l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
			raw := tx.(interface {
				Exec(string, ...any) (sql.Result, error)
			})
			_, err := raw.Exec("DELETE FROM resource")
			_, counter := raw.Exec("UPDATE revision SET value = 0")
			return []appendlog.Entry{entry("a fail-over")}, errors.Join(err, counter)
		}))(t)
		next(0)
		change()
		next(1)
	})
}

func TestBodies_Expire(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
		for _, b := range []struct {
			part, text string
			expires    time.Time
		}{{"request", "old", soon}, {"request", "new", soon}, {"answer", "gone", past}} {
			must.OK(t, db.KeepBody(t.Context(), "call", b.part, []byte(b.text), b.expires))
		}
		if got, err := db.Body(t.Context(), "call", "request"); err != nil || string(got) != "new" {
			t.Errorf("got %q, %v", got, err)
		}
		for _, part := range []string{"answer", "never"} {
			if _, err := db.Body(t.Context(), "call", part); !is(err, fault.RecordUnknown) {
				t.Errorf("%s: %v", part, err)
			}
		}
		if n, err := db.DropExpired(t.Context(), time.Now()); err != nil || n != 1 {
			t.Errorf("dropped %d, %v", n, err)
		}
		if n, err := db.DropExpired(t.Context(), soon.Add(time.Second)); err != nil || n != 1 {
			t.Errorf("dropped %d, %v", n, err)
		}
	})
}
