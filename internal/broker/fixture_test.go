package broker_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	code := engines.Suite{Tests: m}.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// rights is a Rights that a test declares.
type rights struct {
	mu        sync.Mutex
	producers map[mconnect.SystemID][]string // sources
	grants    map[mconnect.SystemID]map[mconnect.EventType]*broker.Grant
	filters   map[string]broker.Filter // by system/group
	retention map[mconnect.EventType]time.Duration
	changed   chan struct{}
}

func newRights() *rights {
	return &rights{
		producers: map[mconnect.SystemID][]string{}, grants: map[mconnect.SystemID]map[mconnect.EventType]*broker.Grant{},
		filters: map[string]broker.Filter{}, retention: map[mconnect.EventType]time.Duration{}, changed: make(chan struct{}),
	}
}

// change declares something and tells those who wait for it.
func (l *rights) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	close(l.changed)
	l.changed = make(chan struct{})
}

// grant lets system consume whole events of the types.
func (l *rights) grant(system mconnect.SystemID, types ...mconnect.EventType) {
	l.change(func() {
		all := maps.Clone(l.grants[system])
		if all == nil {
			all = map[mconnect.EventType]*broker.Grant{}
		}
		for _, t := range types {
			all[t] = &broker.Grant{Type: t, Agreement: "ag-1", Purpose: "purpose-1", Whole: true}
		}
		l.grants[system] = all
	})
}

func (l *rights) Produce(system mconnect.SystemID, typ mconnect.EventType, source string, _ time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.producers[system], source) {
		return fault.New(fault.SystemNotConsumer, "type", string(typ))
	}
	return nil
}

func (l *rights) Check(e *event.Event) error {
	if strings.Contains(string(e.Data), "invalid") {
		return fault.New(fault.InputInvalid)
	}
	return nil
}

func (l *rights) Entitled(system mconnect.SystemID, _ time.Time) (map[mconnect.EventType]*broker.Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g, ok := l.grants[system]; ok {
		return g, nil
	}
	return nil, fault.New(fault.SystemSuspended)
}

func (l *rights) Subscription(system mconnect.SystemID, group string) broker.Filter {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.filters[string(system)+"/"+group]
}

func (l *rights) Retention(typ mconnect.EventType) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, ok := l.retention[typ]; ok {
		return d
	}
	return 120 * time.Hour
}

func (l *rights) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// ledger is a Ledger that keeps the records in memory and can fail.
type ledger struct {
	mu      sync.Mutex
	records []journal.Record
	broken  bool
	log     *store.Log // for what commits together with records
}

func (b *ledger) RecordAll(_ context.Context, records []journal.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return fault.Wrap(errors.New("broken by the test"), fault.RecordUnavailable)
	}
	b.records = append(b.records, records...)
	return nil
}

func (b *ledger) RecordIf(
	ctx context.Context,
	records []journal.Record,
	guard func(tx appendlog.Tx) (bool, error),
) error {
	_, err := b.log.AppendWith(ctx, func(tx appendlog.Tx) (entries []appendlog.Entry, err error) {
		took, err := guard(tx)
		if err == nil && took {
			err = b.RecordAll(ctx, records)
		}
		return nil, err
	})
	return err
}

func (b *ledger) breaks(broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = broken
}

func (b *ledger) of(kind journal.Kind) []journal.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []journal.Record
	for _, r := range b.records {
		if r.Kind == kind {
			all = append(all, r)
		}
	}
	return all
}

// What most tests use: one producer, one source.
const (
	source   = "https://rst.example/vp"
	producer = mconnect.SystemID("asp.rst")
	bank     = mconnect.SystemID("bank.core")
	hall     = mconnect.SystemID("town.hall")
	born     = mconnect.EventType("ASP.RSP.Birth.Registered")
	void     = mconnect.EventType("ASP.RST.VP.Invalidated")
)

// fixture is an engine over a store, with its rights and its ledger.
type fixture struct {
	t      testing.TB
	url    string
	rights *rights
	ledger *ledger
	limits broker.Limits
	log    eventlog.Limits
	grace  time.Duration
	clock  func() time.Time
	node   string
	lease  time.Duration // 0: 2 s
	spoilt bool          // the way to the database is a wire that the test cuts
	db     *store.DB
	*broker.Engine
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	w := &fixture{t: t, url: engines.URL(t), rights: newRights(), ledger: &ledger{}}
	w.rights.producers[producer] = []string{source}
	w.start()
	t.Cleanup(w.stop)
	return w
}

// start opens store and engine.
func (w *fixture) start() {
	w.t.Helper()
	var err error
	if w.db, err = store.Open(context.Background(), store.Config{URL: w.url}); err != nil {
		w.t.Fatal(err)
	}
	if w.ledger.log, err = w.db.OpenLog(context.Background(), "journal", nil); err != nil {
		w.t.Fatal(err)
	}
	log, err := eventlog.Open(context.Background(), eventlog.Config{
		Tables: w.db, Limits: w.log, Clock: w.clock, Node: w.node, Lease: cmp.Or(w.lease, 2*time.Second), Grace: w.grace,
	}, w.db.OpenLog)
	must.OK(w.t, err)
	w.Engine = must.Get(broker.Open(broker.Config{
		Log: log, Dead: w.db, Rights: w.rights, Ledger: w.ledger, Limits: w.limits, Clock: w.clock,
	}))(w.t)
}

// stop closes both in order.
func (w *fixture) stop() {
	err := errors.Join(w.Engine.Close(), w.db.Close())
	if err != nil && w.spoilt && fault.From(err).Code == fault.StoreUnavailable {
		return // the test cut a connection that the engine used last
	}
	if err != nil {
		w.t.Error(err)
	}
}

// restart closes everything and opens it again.
func (w *fixture) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

func ev(id string, typ mconnect.EventType, key string) event.Event {
	return event.Event{
		Source: source, ID: id, Type: typ, PartitionKey: key, ContentType: "application/json",
		Data: []byte(fmt.Sprintf(`{"id":%q}`, id)),
	}
}

func (w *fixture) produce(events ...event.Event) {
	w.t.Helper()
	if err := w.Produce(context.Background(), broker.Caller{System: producer, Certificate: "c0ffee", Address: "192.0.2.1"}, events); err != nil {
		w.t.Fatal(err)
	}
}

func (w *fixture) open(system mconnect.SystemID, o broker.Options) broker.Reader {
	w.t.Helper()
	if !o.Test && !o.Dead {
		o.Events = true
	}
	r := must.Get(w.Open(
		context.Background(),
		broker.Caller{System: system, Participant: system.Participant(), Address: "192.0.2.2"},
		o,
	))(w.t)
	w.t.Cleanup(r.Close)
	return r
}

// patience ends the wait for what never comes; however slow the machine is, what comes comes sooner.
const patience = 3 * time.Minute

// take reads exactly n events.
func (w *fixture) take(r broker.Reader, n int) []broker.Delivery {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all []broker.Delivery
	for len(all) < n {
		ds := must.Get(r.Next(ctx, n-len(all), 1<<20))(w.t)
		if len(ds) == 0 {
			w.t.Fatalf("%d of %d events came: %v", len(all), n, ids(all))
		}
		all = append(all, ds...)
	}
	return all
}

// none fails when an event comes within a short time.
func (w *fixture) none(r broker.Reader) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 80*time.Millisecond)
	defer cancel()
	if ds, err := r.Next(ctx, 10, 1<<20); err != nil || len(ds) > 0 {
		w.t.Fatalf("got %v, %v; want nothing", ids(ds), err)
	}
}

func (w *fixture) confirm(r broker.Reader, offset int64) {
	w.t.Helper()
	must.OK(w.t, r.Confirm(offset))
}

func ids(ds []broker.Delivery) []string {
	all := make([]string, len(ds))
	for i, d := range ds {
		all[i] = d.Event.ID
	}
	return all
}

func wantIDs(t testing.TB, ds []broker.Delivery, want ...string) {
	t.Helper()
	if got := ids(ds); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func code(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

// keyIn is the partition key in an id that begins with it: consumers see its pseudonym only.
func keyIn(id string) string { return id[:strings.LastIndexByte(id, '/')] }

func evs(typ mconnect.EventType, key string, ids ...string) []event.Event {
	all := make([]event.Event, len(ids))
	for i, id := range ids {
		all[i] = ev(id, typ, key)
	}
	return all
}
