package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

func positionsOf(t *testing.T, db *store.DB, system, group string) []int64 {
	t.Helper()
	all := must.Get(db.CursorsOf(t.Context(), system, group))(t)
	var next []int64
	for i, p := range all {
		if p.Part != i || p.System != system || p.Group != group {
			t.Fatalf("%+v at %d", p, i)
		}
		next = append(next, p.Next)
	}
	return next
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	must.OK(t, err)
}

func TestPositions_OnlyGrow(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		at := func(group string, next ...int64) (all []appendlog.Cursor) {
			for part, n := range next {
				all = append(all, appendlog.Cursor{System: "a.b", Group: group, Part: part, Next: n})
			}
			return all
		}
		done(t, db.NewCursors(t.Context(), at("g", 10, 10)))
		done(t, db.NewCursors(t.Context(), at("g", 3, 99))) // stands already
		want(t, "begun once", positionsOf(t, db, "a.b", "g"), []int64{10, 10})
		done(t, db.SaveCursors(t.Context(), at("g", 12, 9)))
		want(t, "the lower one stays out", positionsOf(t, db, "a.b", "g"), []int64{12, 10})
		done(t, db.SaveCursors(t.Context(), nil))
		want(t, "another group", positionsOf(t, db, "a.b", "other"), []int64(nil))
		done(t, db.SaveCursors(t.Context(), at("h", 5)))
		all, err := db.AllCursors(t.Context())
		done(t, err)
		want(t, "all", all, append(at("g", 12, 10), at("h", 5)...))
		groups, err := db.EventGroups(t.Context(), "a.b", 12)
		done(t, err)
		want(t, "the furthest behind first", groups, []appendlog.Group{{Group: "h", Next: 5}, {Group: "g", Next: 12}})
		done(t, db.DropEventGroup(t.Context(), "a.b", "g"))
		want(t, "forgotten", positionsOf(t, db, "a.b", "g"), []int64(nil))
		want(t, "the other stays", positionsOf(t, db, "a.b", "h"), []int64{5})
	})
}

// TestPositions_AllOrNone: one that the engine refuses takes the others of its call with it, and the store works on.
func TestPositions_AllOrNone(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		var many []appendlog.Cursor
		for part := range 500 {
			many = append(many, appendlog.Cursor{System: "a.b", Group: fmt.Sprint("g", part/14), Part: part % 14, Next: int64(part)})
		}
		done(t, db.SaveCursors(t.Context(), many))
		all, err := db.AllCursors(t.Context())
		done(t, err)
		want(t, "how many", len(all), len(many))
		bad := []appendlog.Cursor{{System: "a.b", Group: "g0", Next: 99}, {System: "a.b\x00\xff", Group: "g", Part: 1 << 40, Next: 1}}
		if db.Dialect() == "postgres" { // SQLite takes any number
			if err := db.SaveCursors(t.Context(), bad); err == nil {
				t.Error("a position that cannot be is saved")
			}
			want(t, "nothing of it", positionsOf(t, db, "a.b", "g0")[0], int64(0))
		}
		done(t, db.SaveCursors(t.Context(), bad[:1]))
		want(t, "after it", positionsOf(t, db, "a.b", "g0")[0], int64(99))
	})
}

func TestPositions_MoveFromWhereTheyWere(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		p := appendlog.Cursor{System: "~own", Group: "g"}
		done(t, db.NewCursors(t.Context(), []appendlog.Cursor{p}))
		move := func(from, to int64, after error) (took bool, err error) {
			_, err = l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
				p.Next = to
				if took, err = db.MoveCursor(tx, p, from); err != nil || after != nil {
					return nil, errors.Join(err, after)
				}
				return nil, nil
			})
			return took, err
		}
		if took, err := move(0, 7, nil); !took || err != nil {
			t.Errorf("from where it was: %v, %v", took, err)
		}
		if took, err := move(0, 9, nil); took || err != nil {
			t.Errorf("from where it is not: %v, %v", took, err)
		}
		undone := errors.New("undone")
		if _, err := move(7, 9, undone); !errors.Is(err, undone) {
			t.Errorf("the error of the transaction: %v", err)
		}
		want(t, "moved once", positionsOf(t, db, "~own", "g"), []int64{7})
	})
}

// TestDeadEvents_ByEventUseTheirIndex: however many there are, those of one event are found without reading the others.
func TestDeadEvents_ByEventUseTheirIndex(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "events", nil)
		for i := range 40 {
			d := appendlog.DeadEvent{System: "s.a", Group: fmt.Sprint("g", i%2), State: appendlog.DeadWaiting, Type: "T", Source: "src", Event: fmt.Sprint("e", i/4), Doc: []byte("{}")}
			_, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
				return []appendlog.Entry{{Data: []byte("dead")}}, db.PutDead(tx, "events", d)
			})
			done(t, err)
		}
		plan, err := db.PlanOfDead(t.Context())
		done(t, err)
		if !strings.Contains(plan, "event_dead_event") {
			t.Errorf("the table is scanned: %s", plan)
		}
		for q, found := range map[appendlog.DeadQuery][]int64{
			{Source: "src", Event: "e1"}: {4, 5, 6, 7}, {Source: "src", Event: "e1", From: 5, Limit: 2}: {5, 6},
			{Source: "src", Event: "e1", System: "s.b"}: nil, {Source: "other", Event: "e1"}: nil, {Event: "e2"}: {8, 9, 10, 11},
			{Source: "src", Event: "e1", State: appendlog.DeadDropped}: nil, {Source: "src", Limit: 1}: {0},
		} {
			all, err := db.DeadEvents(t.Context(), q)
			done(t, err)
			var ids []int64
			for _, d := range all {
				ids = append(ids, d.ID)
			}
			want(t, fmt.Sprintf("%+v", q), ids, found)
		}
	})
}

func TestDeadEvents_AreKeptAndChanged(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "events", nil)
		at := time.Date(2026, 3, 1, 12, 0, 0, 123000, time.UTC)
		var buried []appendlog.DeadEvent
		for i := range 5 {
			d := appendlog.DeadEvent{
				System: fmt.Sprint("s.", i%2), Group: "g", State: appendlog.DeadWaiting, Position: int64(i), Type: "T", Source: "src",
				Event: fmt.Sprint("e", i), Reason: "consumer", At: at.Add(time.Duration(i) * time.Hour), Doc: []byte("{}"),
			}
			p, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
				return []appendlog.Entry{{Data: []byte("dead")}, {Data: []byte("more")}}, db.PutDead(tx, "events", d)
			})
			done(t, err)
			d.ID = p.Index
			buried = append(buried, d)
		}
		list := func(q appendlog.DeadQuery) []appendlog.DeadEvent {
			all, err := db.DeadEvents(t.Context(), q)
			done(t, err)
			return all
		}
		want(t, "all", list(appendlog.DeadQuery{}), buried)
		want(t, "of one system", list(appendlog.DeadQuery{System: "s.1"}), []appendlog.DeadEvent{buried[1], buried[3]})
		want(t, "a page", list(appendlog.DeadQuery{From: buried[1].ID, Limit: 2}), buried[1:3])
		want(t, "one event", list(appendlog.DeadQuery{Source: "src", Event: "e4", Type: "T"}), buried[4:])
		one, err := db.DeadEvent(t.Context(), buried[2].ID)
		done(t, err)
		want(t, "one", one, buried[2])
		change := func(id int64, state string) error {
			_, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
				return nil, db.ChangeDead(tx, id, state, []byte(`{"mended":1}`))
			})
			return err
		}
		done(t, change(buried[0].ID, appendlog.DeadWaiting))
		done(t, change(buried[0].ID, appendlog.DeadDropped))
		for name, id := range map[string]int64{"one that does not wait": buried[0].ID, "none": 999} {
			if err := change(id, appendlog.DeadDropped); fault.From(err) == nil || fault.From(err).Code != fault.RecordUnknown {
				t.Errorf("%s: %v", name, err)
			}
		}
		want(t, "waiting", list(appendlog.DeadQuery{State: appendlog.DeadWaiting}), buried[1:])
		n, err := db.DropDead(t.Context(), at.Add(90*time.Minute))
		done(t, err)
		want(t, "dropped by age", n, int64(2))
		if _, err := db.DeadEvent(t.Context(), buried[1].ID); fault.From(err).Code != fault.RecordUnknown {
			t.Errorf("still there: %v", err)
		}
	})
}

func TestSegments_AreDroppedWithTheirBatches(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "events", nil)
		var segments []appendlog.Segment
		for i := range 6 {
			var first int64
			for j := range 50 {
				p, err := l.Append(t.Context(), appendlog.Entry{Data: []byte(fmt.Sprint(i, "/", j))}, appendlog.Entry{Data: []byte("second")})
				done(t, err)
				if j == 0 {
					first = p.Index
				}
			}
			s := appendlog.Segment{First: first, Size: 100, Summary: []byte{byte(i)}, Hashes: []byte("hashes")}
			done(t, db.PutSegment(t.Context(), s))
			again := s
			again.Summary = []byte("another node's")
			done(t, db.PutSegment(t.Context(), again))
			segments = append(segments, s)
		}
		list := func() (all []appendlog.Segment) {
			done(t, db.Segments(t.Context(), 0, func(s appendlog.Segment) error { all = append(all, s); return nil }))
			return all
		}
		want(t, "all", list(), segments)
		for _, i := range []int{0, 1, 3} {
			for again, first := range []bool{true, false} {
				dropped, err := l.DropSegment(t.Context(), segments[i])
				done(t, err)
				want(t, fmt.Sprint("dropped ", i, " for the ", again, "th time"), dropped, first)
			}
		}
		want(t, "what is left", list(), []appendlog.Segment{segments[2], segments[4], segments[5]})
		for from, first := range map[int64]int64{0: 200, 150: 200, 200: 200, 299: 298, 300: 400, 399: 400, 450: 450, 599: 598} {
			batches, err := l.Read(t.Context(), from, 1)
			done(t, err)
			if len(batches) == 0 || batches[0].First != first {
				t.Errorf("reading from %d gives %+v, want a batch at %d", from, batches, first)
			}
		}
		if batches, err := l.Read(t.Context(), 600, 10); err != nil || len(batches) > 0 {
			t.Errorf("past the end: %d, %v", len(batches), err)
		}
		done(t, db.Check(t.Context()))
		seen := 0
		_ = l.Follow(t.Context(), 0, func(b appendlog.Batch) error {
			if seen += len(b.Entries); b.First+int64(len(b.Entries)) == 600 {
				return errors.New("enough")
			}
			return nil
		})
		want(t, "followed over the gaps", seen, 300)
	})
}

// over is a lease that has ended already.
const over = -time.Second

func TestPartitions_AreLeased(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		ctx := t.Context()
		var offered []appendlog.Partition
		for part := range 12 {
			offered = append(offered, appendlog.Partition{System: "a.b", Group: "g", Part: part})
		}
		claim := func(node string, most int, lease time.Duration) []appendlog.Partition {
			got, err := db.LeasePartitions(ctx, node, offered, most, lease)
			done(t, err)
			return got
		}
		renew := func(node string) []appendlog.Partition {
			owned, err := db.RenewPartitions(ctx, node, nil, time.Hour)
			done(t, err)
			return owned
		}
		want(t, "the first takes what it may", claim("a", 12, time.Hour), offered)
		want(t, "nothing is left", claim("b", 6, time.Hour), []appendlog.Partition(nil))
		done(t, db.ReleasePartitions(ctx, "b", offered)) // not its own
		want(t, "nothing was released", claim("b", 6, time.Hour), []appendlog.Partition(nil))
		done(t, db.ReleasePartitions(ctx, "a", offered[8:]))
		want(t, "what was released, by a lease that ends at once", claim("b", 6, over), offered[8:])
		want(t, "renewed", renew("a"), offered[:8])
		want(t, "one that ended", claim("c", 1, over), offered[8:9])
		want(t, "the former owner learns of it", renew("b"), offered[9:])
		want(t, "it has its own back after a silence", renew("c"), offered[8:9])
		want(t, "nothing is left again", claim("d", 6, time.Hour), []appendlog.Partition(nil))
	})
}

func TestPartitions_SharesEnd(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		ctx := t.Context()
		a, b := appendlog.ReaderCount{System: "a.b", Group: "g", Node: "a", Readers: 2}, appendlog.ReaderCount{System: "a.b", Group: "g", Node: "b", Readers: 1}
		shares := func(what string, expected ...appendlog.ReaderCount) {
			all, err := db.ReaderCounts(ctx)
			done(t, err)
			want(t, what, all, expected)
		}
		done(t, db.PutReaderCount(ctx, a, time.Hour))
		done(t, db.PutReaderCount(ctx, b, time.Hour))
		shares("both", a, b)
		done(t, db.PutReaderCount(ctx, b, over))
		shares("one has ended", a)
		a.Readers = 3
		_, err := db.RenewPartitions(ctx, "a", []appendlog.ReaderCount{a}, time.Hour)
		done(t, err)
		shares("as renewed", a)
		done(t, db.DropOldReaderCounts(ctx, 0))
		_, err = db.RenewPartitions(ctx, "b", []appendlog.ReaderCount{b}, time.Hour)
		done(t, err)
		shares("one whose announcement was removed renews it", a, b)
		_, err = db.RenewPartitions(ctx, "b", nil, time.Hour)
		done(t, err)
		shares("what a node does not announce any more", a)
		a.Readers = 0
		done(t, db.PutReaderCount(ctx, a, time.Hour))
		shares("none")
	})
}

// TestSegments_AreDroppedWithTheirJournalRecord: what fails next to it leaves the segment and its batches where they
// are.
func TestSegments_AreDroppedWithTheirJournalRecord(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l, journal := openLog(t, db, "events", nil), openLog(t, db, "journal", chain{})
		p, err := l.Append(t.Context(), appendlog.Entry{Data: []byte("event")})
		done(t, err)
		s := appendlog.Segment{First: p.Index, Size: 1, Summary: []byte("summary"), Hashes: []byte("hashes")}
		done(t, db.PutSegment(t.Context(), s))
		failed := errors.New("by the test")
		say := func(after error) (dropped bool, err error) {
			_, err = journal.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
				if dropped, err = l.DropSegmentIn(t.Context(), tx, s); err != nil || after != nil {
					return nil, errors.Join(err, after)
				}
				return []appendlog.Entry{{Data: []byte("lost")}}, nil
			})
			return dropped, err
		}
		holds := func() int {
			batches, err := l.Read(t.Context(), p.Index, 10)
			done(t, err)
			return len(batches)
		}
		if _, err := say(failed); !errors.Is(err, failed) {
			t.Errorf("the failure: %v", err)
		}
		want(t, "batches after the failure", holds(), 1)
		for _, first := range []bool{true, false} {
			dropped, err := say(nil)
			done(t, err)
			want(t, "dropped", dropped, first)
		}
		want(t, "batches", holds(), 0)
	})
}
