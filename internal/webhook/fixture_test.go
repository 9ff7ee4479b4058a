package webhook

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
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
	"mconnect/test/must"
	"mconnect/test/waits"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	hall  = mconnect.SystemID("hall.app")
	birth = mconnect.EventType("ASP.RSP.Birth.Registered")
)

// rights let everybody produce, and the town hall consume until it is suspended.
type rights struct {
	mu        sync.Mutex
	suspended bool
	changed   chan struct{}
}

func (l *rights) Produce(mconnect.SystemID, mconnect.EventType, string, time.Time) error { return nil }
func (l *rights) Check(*event.Event) error                                               { return nil }
func (l *rights) Subscription(mconnect.SystemID, string) broker.Filter                   { return nil }
func (l *rights) Retention(mconnect.EventType) time.Duration                             { return time.Hour }

func (l *rights) Entitled(system mconnect.SystemID, _ time.Time) (map[mconnect.EventType]*broker.Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.suspended {
		return nil, fault.New(fault.SystemSuspended, "system", string(system))
	}
	return map[mconnect.EventType]*broker.Grant{birth: {Type: birth, Agreement: "a-1", Whole: true}}, nil
}

func (l *rights) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *rights) suspend(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.suspended = is
	close(l.changed)
	l.changed = make(chan struct{})
}

// ledger keeps no records: package broker tests what it journals.
type ledger struct{ log *store.Log }

func (b ledger) RecordAll(context.Context, []journal.Record) error { return nil }

func (b ledger) RecordIf(ctx context.Context, _ []journal.Record, guard func(appendlog.Tx) (bool, error)) error {
	_, err := b.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		_, err := guard(tx)
		return nil, err
	})
	return err
}

// targetList is a Targets that a test declares.
type targetList struct {
	mu      sync.Mutex
	targets []Target
	changed chan struct{}
}

func (l *targetList) Targets() []Target {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.targets
}

func (l *targetList) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *targetList) declare(targets ...Target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.targets = targets
	close(l.changed)
	l.changed = make(chan struct{})
}

// posted is one request as a target got it.
type posted struct {
	id, key string
	at      time.Time
	header  http.Header
	body    []byte
	method  string
}

// target is a consumer's server. answer decides the status of a POST; the handshake is answered by allow.
type target struct {
	*httptest.Server
	mu     sync.Mutex
	got    []posted
	arrive chan posted
	answer func(p posted, attempt int) (status int, header http.Header)
	allow  func(w http.ResponseWriter, r *http.Request)
	tries  map[string]int
}

func newTarget(t testing.TB) *target {
	t.Helper()
	s := &target{arrive: make(chan posted, 10_000), tries: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *target) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		s.mu.Lock()
		allow := s.allow
		s.mu.Unlock()
		if allow != nil {
			allow(w, r)
			return
		}
		w.Header().Set("WebHook-Allowed-Origin", r.Header.Get("WebHook-Request-Origin"))
		return
	}
	body, _ := io.ReadAll(r.Body)
	e, _ := event.Read(body, event.Delivered)
	p := posted{e.ID, e.PartitionKey, time.Now(), r.Header.Clone(), body, r.Method}
	s.mu.Lock()
	s.tries[e.ID]++
	attempt, answer := s.tries[e.ID], s.answer
	s.got = append(s.got, p)
	s.mu.Unlock()
	status, header := http.StatusNoContent, http.Header(nil)
	if answer != nil {
		status, header = answer(p, attempt)
	}
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	s.arrive <- p
}

// fixture is an engine over a store with webhooks that run.
type fixture struct {
	rights  *rights
	targets *targetList
	engine  *broker.Engine
	hooks   *Webhook
	key     *ecdsa.PrivateKey
	db      *store.DB
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return boundedFixture(t, broker.Limits{})
}

func boundedFixture(t testing.TB, limits broker.Limits) *fixture {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "events.db")
	return start(t, url, eventlog.Config{}, limits, &targetList{changed: make(chan struct{})})
}

// start runs an engine and webhooks over a store until the test ends. The webhooks are named as the event log's node.
func start(t testing.TB, url string, cfg eventlog.Config, limits broker.Limits, targets *targetList) *fixture {
	t.Helper()
	db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
	log := must.Get(db.OpenLog(t.Context(), "journal", nil))(t)
	w := &fixture{rights: &rights{changed: make(chan struct{})}, targets: targets, db: db}
	cfg.Tables = db
	kept := must.Get(eventlog.Open(t.Context(), cfg, db.OpenLog))(t)
	w.engine = must.Get(broker.Open(broker.Config{Log: kept, Dead: db, Rights: w.rights, Ledger: ledger{log}, Limits: limits}))(t)
	w.key = must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	hooks := w.config()
	hooks.Node = cmp.Or(cfg.Node, hooks.Node)
	w.hooks = must.Get(New(hooks))(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.hooks.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		if err := errors.Join(w.engine.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// config is that of a Webhook of this fixture.
func (w *fixture) config() Config {
	return Config{
		Broker: w.engine, Targets: w.targets, Signer: func() (*Signer, error) { return NewSigner(w.key, "key-1") }, Origin: "mconnect.example",
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Keeper: w.db, Node: "n1",
		Secrets: func(host, name string) (string, error) {
			if name != "token" {
				return "", fmt.Errorf("no secret %s for %s", name, host)
			}
			return "s3cret", nil
		},
	}
}

// eventually waits until is holds; a test that waits in vain is ended by the runner.
func eventually(is func() bool) {
	for !is() {
		<-time.After(2 * time.Millisecond)
	}
}

func loopback(a netip.Addr) bool { return a.IsLoopback() }

// quick is a schedule that tests can wait for.
var quick = event.Schedule{First: event.Duration(10 * time.Millisecond), Max: event.Duration(40 * time.Millisecond), GiveUp: event.Duration(time.Minute)}

func (w *fixture) to(s *target, change func(*Target)) Target {
	t := Target{
		ID: "s-1", Group: "hook", Caller: broker.Caller{System: hall, Participant: "hall"}, Reaches: loopback,
		Webhook: event.Webhook{URL: s.URL + "/events", Schedule: quick},
	}
	if change != nil {
		change(&t)
	}
	return t
}

// begins declares a target and waits until it is pushed to, so that what is produced from now on reaches it.
func (w *fixture) begins(t testing.TB, s *target, change func(*Target)) {
	t.Helper()
	w.targets.declare(w.to(s, change))
	w.until(t, Pushing)
}

// until waits for a condition of the first subscription.
func (w *fixture) until(t testing.TB, want Condition) State {
	t.Helper()
	for end := time.Now().Add(waits.Limit); time.Now().Before(end); <-time.After(2 * time.Millisecond) {
		if s := w.hooks.States(); len(s) > 0 && s[0].Condition == want {
			return s[0]
		}
	}
	t.Fatalf("never %s: %+v", want, w.hooks.States())
	return State{}
}

func (w *fixture) produce(t testing.TB, id, key string) {
	t.Helper()
	e := event.Event{ID: id, Source: "urn:x", Type: birth, PartitionKey: key, ContentType: "application/json", Data: []byte(`{"N":1}`)}
	must.OK(t, w.engine.Produce(t.Context(), broker.Caller{System: "asp.rsp", Participant: "asp"}, []event.Event{e}))
}

// next is the next request that a target got.
func (s *target) next(t testing.TB) posted {
	t.Helper()
	select {
	case p := <-s.arrive:
		return p
	case <-time.After(waits.Limit):
		t.Fatal("nothing was pushed")
		return posted{}
	}
}
