package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the days of Europe/Chisinau, wherever the tests run

	"github.com/google/go-cmp/cmp"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// office is a journal over a store, with its search index.
type office struct {
	db  *store.DB
	log *store.Log
	j   *Journal
}

func newOffice(t testing.TB, node string) office {
	t.Helper()
	keys := testKeys(t)
	db, log := openLog(t, keys)
	j, err := New(Config{Log: log, Keys: keys, Origin: origin, Node: node, Clock: func() time.Time { return start }})
	must.OK(t, err)
	return office{db, log, j}
}

func (o office) record(t testing.TB, records ...Record) {
	t.Helper()
	for _, r := range records {
		must.Get(o.j.Record(t.Context(), r))(t)
	}
}

// index follows until the index stands at the log's end, then stops.
func (o office) index(t testing.TB, sink Index) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), waits.Limit)
	defer stop()
	done := make(chan error, 1)
	reached := &reaching{Index: sink, size: sizeOf(t, o.log), stop: stop}
	go func() { done <- o.j.Index(ctx, reached) }()
	if err := <-done; !errors.Is(err, context.Canceled) || !reached.ok {
		t.Fatalf("stopped before the end: %v", err)
	}
}

// reaching stops the follower once the index was written up to size.
type reaching struct {
	Index
	size int64
	stop func()
	ok   bool
}

func (r *reaching) WriteIndex(ctx context.Context, from, upTo int64, rows []appendlog.IndexRow) error {
	err := r.Index.WriteIndex(ctx, from, upTo, rows)
	if err == nil && upTo >= r.size {
		r.ok = true
		r.stop()
	}
	return err
}

func step(call string, kind Kind, code fault.Code) Record {
	r := callRecord()
	r.Kind, r.Call, r.Code = kind, mconnect.CallID(call), code
	return r
}

func TestIndex_HasOneRowPerCall(t *testing.T) { engines.Each(t, indexHasOneRowPerCall) }

func indexHasOneRowPerCall(t *testing.T) {
	o := newOffice(t, "node-1")
	o.record(t, Record{Kind: Started}, step("a", Intent, ""), step("b", Intent, ""), step("a", Outcome, ""),
		step("c", Refusal, fault.AgreementNone), step("d", Intent, ""))
	o.index(t, o.db) // b and d are still open
	o.record(t, step("b", Outcome, fault.ProviderTimeout), Record{Kind: Change, Actor: "ops", Change: &ChangeNote{ID: "x"}}, step("e", Intent, ""), step("e", Outcome, ""))
	o.index(t, o.db)
	rows := must.Get(o.db.SearchIndex(t.Context(), store.IndexQuery{}))(t)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%d/%d %s %s %s %s", r.Seq, r.OutcomeSeq, r.Kind, r.Call, r.Verdict, r.Code))
	}
	want := []string{
		"8/9 call e answered ", "7/0 change   ", "5/0 call d open ", "4/0 call c refused agreement.none",
		"2/6 call b failed provider.timeout", "1/3 call a answered ", "0/0 started   ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	call := rows[0]
	if call.System != "primaria-test.evidenta" || call.Consumer != "primaria-test" || call.Service != "GetPerson" || call.Provider != "asp.rsp" ||
		call.Agreement != "ag-0001" || call.Purpose != "ajutor-social" || !call.At.Equal(start) || string(call.Subject) != string(o.j.Pseudonym(ana)) {
		t.Errorf("row %+v", call)
	}
	used, err := o.db.Usage(t.Context(), "2026-03-28")
	if err != nil || used["ag-0001"] != 4 {
		t.Errorf("used %v, %v", used, err)
	}
}

// stubborn is an index that fails a few times before it gives in.
type stubborn struct {
	Index
	mu    sync.Mutex
	fails int
}

func (s *stubborn) fail() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails--; s.fails >= 0 {
		return fault.New(fault.StoreUnavailable)
	}
	return nil
}

func (s *stubborn) IndexPosition(ctx context.Context) (int64, error) {
	if err := s.fail(); err != nil {
		return 0, err
	}
	return s.Index.IndexPosition(ctx)
}

func (s *stubborn) WriteIndex(ctx context.Context, from, upTo int64, rows []appendlog.IndexRow) error {
	if err := s.fail(); err != nil {
		return err
	}
	return s.Index.WriteIndex(ctx, from, upTo, rows)
}

func TestIndex_RecoversByItself(t *testing.T) { engines.Each(t, indexRecoversByItself) }

func indexRecoversByItself(t *testing.T) {
	o := newOffice(t, "node-1")
	o.record(t, step("a", Intent, ""), step("a", Outcome, ""))
	o.index(t, &stubborn{Index: o.db, fails: 2})
	// A journal that was restored from an older copy: the index is ahead, and starts over.
	must.OK(t, o.db.WriteIndex(t.Context(), 0, 50, nil))
	o.index(t, o.db)
	rows, err := o.db.SearchIndex(t.Context(), store.IndexQuery{})
	if err != nil || len(rows) != 1 || rows[0].OutcomeSeq != 1 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestMeter_CountsDaysOfChisinau(t *testing.T) { engines.Each(t, meterCountsDaysOfChisinau) }

func meterCountsDaysOfChisinau(t *testing.T) {
	o := newOffice(t, "node-1")
	m := must.Get(o.j.Meter(t.Context(), o.db))(t)
	limit := Limit{PerDay: 3}
	// 28 March 2026, 23:30 in Chișinău (UTC+2); the clocks go forward in the night after.
	for i := range 4 {
		if took := m.Take("a", limit, start); took != (i < 3) {
			t.Errorf("call %d: %v", i, took)
		}
	}
	if today, late := m.Usage("a", limit, start); today != 3 || late {
		t.Errorf("used %d, %v", today, late)
	}
	if today, _ := m.Usage("b", limit, start); today != 0 {
		t.Errorf("another agreement used %d", today)
	}
	if midnight := start.Truncate(time.Hour).Add(time.Hour); !m.Take("a", limit, midnight) {
		t.Error("a new day does not begin at 22:00 UTC")
	} else if today, _ := m.Usage("a", limit, midnight); today != 1 {
		t.Errorf("used %d on the new day", today)
	}
	next := time.Date(2026, 3, 29, 20, 59, 59, 0, time.UTC)
	if m.reach(next); !m.to.Equal(next.Add(time.Second)) {
		t.Errorf("29 March ends at %v, an hour earlier than usual in UTC", m.to)
	}
	// Calls that began before midnight, and a clock that is set back, lift no quota.
	for i := range 3 {
		if took := m.Take("a", limit, start); took != (i < 2) {
			t.Errorf("call %d of the day before: %v", i, took)
		}
	}
	if today, _ := m.Usage("a", limit, start); today != 3 {
		t.Errorf("used %d", today)
	}
	for range 100 {
		if !m.Take("free", Limit{}, start.Add(24*time.Hour)) {
			t.Fatal("unbounded, but refused")
		}
	}
}

func TestMeter_BoundsRates(t *testing.T) { engines.Each(t, meterBoundsRates) }

func meterBoundsRates(t *testing.T) {
	o := newOffice(t, "node-1")
	m := must.Get(o.j.Meter(t.Context(), o.db))(t)
	limit := Limit{PerSecond: 1.5, PerDay: 100}
	take := func(at time.Duration, want bool) {
		t.Helper()
		if _, late := m.Usage("a", limit, start.Add(at)); late == want {
			t.Errorf("at %v: rate exceeded %v", at, late)
		}
		if got := m.Take("a", limit, start.Add(at)); got != want {
			t.Errorf("at %v: took %v", at, got)
		}
	}
	take(0, true) // burst 2: 1.5 rounded up
	take(0, true)
	take(0, false)
	take(500*time.Millisecond, false)
	take(700*time.Millisecond, true)
	if today, _ := m.Usage("a", limit, start); today != 3 {
		t.Errorf("refused calls were counted: %d", today)
	}
	limit = Limit{PerSecond: 1000, Burst: 5} // the agreement was changed
	take(2*time.Second, true)
	for range 5 {
		take(2100*time.Millisecond, true)
	}
	take(2100*time.Millisecond, false)
	limit = Limit{PerSecond: 0.5}
	take(3*time.Second, true)
	take(3*time.Second, false)
}

func TestMeter_RemembersAcrossRestartAndNodes(t *testing.T) {
	engines.Each(t, meterRemembersAcrossRestartAndNodes)
}

func meterRemembersAcrossRestartAndNodes(t *testing.T) {
	o := newOffice(t, "node-1")
	yesterday := step("y", Intent, "")
	yesterday.Time = start.Add(-24 * time.Hour)
	o.record(t, yesterday, step("a", Intent, ""), step("a", Outcome, ""), step("b", Intent, ""))
	o.index(t, o.db)
	o.record(t, step("c", Intent, ""), step("d", Refusal, fault.QuotaUsedUp)) // after what the index knows
	m := must.Get(o.j.Meter(t.Context(), o.db))(t)
	if today, _ := m.Usage("ag-0001", Limit{}, start); today != 3 {
		t.Errorf("after a restart %d calls are known, want 3", today)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Follow(ctx) }()
	own, other, last := step("e", Intent, ""), step("f", Intent, ""), step("g", Intent, "")
	own.Node, other.Node, last.Node, last.Agreement = "node-1", "node-2", "node-2", "ag-last"
	o.record(t, own, other, last)
	for deadline := time.Now().Add(waits.Limit); ; {
		if n, _ := m.Usage("ag-last", Limit{}, start); n == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("another node's call is not counted")
		}
		must.OK(t, pause(t.Context(), time.Millisecond))
	}
	if today, _ := m.Usage("ag-0001", Limit{}, start); today != 4 {
		t.Errorf("%d calls known, want 4: the other node's counted, the own not twice", today)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestMeter_FindsTheDayInALongJournal(t *testing.T) {
	engines.Each(t, meterFindsTheDayInALongJournal)
}

func meterFindsTheDayInALongJournal(t *testing.T) {
	o := newOffice(t, "node-1")
	day := time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC) // where 28 March begins
	batch := make([]appendlog.Entry, 2000)
	for n := range 10 {
		for i := range batch {
			r := step("x", Intent, "")
			r.Subject, r.Time = "", day.Add(time.Duration(n*len(batch)+i-17_900)*time.Minute)
			var err error
			if batch[i], err = o.j.Seal(r); err != nil {
				t.Fatal(err)
			}
		}
		must.Get(o.log.Append(t.Context(), batch...))(t)
	}
	from, err := o.j.sinceDay(t.Context(), 0, 20_000, day)
	if err != nil || from > 17_900 || from < 17_900-2*roundSize {
		t.Errorf("begins to count at %d, %v", from, err)
	}
	m := must.Get(o.j.Meter(t.Context(), o.db))(t)
	if today, _ := m.Usage("ag-0001", Limit{}, start); today != 24*60 {
		t.Errorf("counted %d calls of the day, want one a minute", today)
	}
}

func BenchmarkTake(b *testing.B) {
	o := newOffice(b, "node-1")
	m := must.Get(o.j.Meter(b.Context(), o.db))(b)
	limit := Limit{PerDay: 1 << 40, PerSecond: 1e9}
	for b.Loop() {
		m.Take("a", limit, start)
	}
}

func TestIndex_ReadsAgainWhatAFailoverTookBack(t *testing.T) {
	engines.Each(t, readsAgainWhatAFailoverTookBack)
}

func readsAgainWhatAFailoverTookBack(t *testing.T) {
	o := newOffice(t, "node-1")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.j.Index(ctx, o.db) }()
	holds := func(n int) func() bool {
		return func() bool {
			rows, err := o.db.SearchIndex(t.Context(), store.IndexQuery{})
			return err == nil && len(rows) == n
		}
	}
	o.record(t, step("a", Intent, ""), step("a", Outcome, ""))
	waits.Until(t, "the first call is indexed", holds(1))
	must.OK(t, o.db.ResetIndex(t.Context()))
	o.record(t, step("b", Intent, ""), step("b", Outcome, ""))
	waits.Until(t, "both calls are indexed", holds(2))
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
