package webhook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
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

// law lets everybody produce, and the town hall consume until it is suspended.
type law struct {
	mu        sync.Mutex
	suspended bool
	changed   chan struct{}
}

func (l *law) Produce(mconnect.SystemID, mconnect.EventType, string, time.Time) error { return nil }
func (l *law) Check(*event.Event) error                                               { return nil }
func (l *law) Subscription(mconnect.SystemID, string) broker.Filter                   { return nil }
func (l *law) Retention(mconnect.EventType) time.Duration                             { return time.Hour }

func (l *law) Entitled(system mconnect.SystemID, _ time.Time) (map[mconnect.EventType]*broker.Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.suspended {
		return nil, fault.New(fault.SystemSuspended, "system", string(system))
	}
	return map[mconnect.EventType]*broker.Grant{birth: {Type: birth, Agreement: "a-1", Whole: true}}, nil
}

func (l *law) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *law) suspend(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.suspended = is
	close(l.changed)
	l.changed = make(chan struct{})
}

// book keeps no records: package broker tests what it journals.
type book struct{ log *store.Log }

func (b book) RecordAll(context.Context, []journal.Record) error { return nil }

func (b book) RecordIf(ctx context.Context, _ []journal.Record, guard func(appendlog.Tx) (bool, error)) error {
	_, err := b.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		_, err := guard(tx)
		return nil, err
	})
	return err
}

// list is a Targets that a test declares.
type list struct {
	mu      sync.Mutex
	targets []Target
	changed chan struct{}
}

func (l *list) Targets() []Target {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.targets
}

func (l *list) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *list) declare(targets ...Target) {
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
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	s.arrive <- p
}

// world is an engine over a store with webhooks that run.
type world struct {
	law    *law
	list   *list
	engine *broker.Engine
	hooks  *Webhook
	key    *ecdsa.PrivateKey
	db     *store.DB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return boundedWorld(t, broker.Limits{})
}

func boundedWorld(t testing.TB, limits broker.Limits) *world {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "events.db")})
	if err != nil {
		t.Fatal(err)
	}
	log := must.Get(db.OpenLog(t.Context(), "journal", nil))(t)
	w := &world{law: &law{changed: make(chan struct{})}, list: &list{changed: make(chan struct{})}, db: db}
	kept := must.Get(eventlog.Open(t.Context(), eventlog.Config{Tables: db}, db.OpenLog))(t)
	w.engine, err = broker.Open(broker.Config{Log: kept, Dead: db, Rights: w.law, Ledger: book{log}, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.hooks = must.Get(New(w.config()))(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.hooks.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		if err := w.engine.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// config is that of a Webhook of this world.
func (w *world) config() Config {
	return Config{
		Broker: w.engine, Targets: w.list, Signer: func() (*Signer, error) { return NewSigner(w.key, "key-1") }, Origin: "mconnect.example",
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

func (w *world) to(s *target, change func(*Target)) Target {
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
func (w *world) begins(t testing.TB, s *target, change func(*Target)) {
	t.Helper()
	w.list.declare(w.to(s, change))
	w.until(t, Pushing)
}

// until waits for a condition of the first subscription.
func (w *world) until(t testing.TB, want Condition) State {
	t.Helper()
	for end := time.Now().Add(waits.Limit); time.Now().Before(end); <-time.After(2 * time.Millisecond) {
		if s := w.hooks.States(); len(s) > 0 && s[0].Condition == want {
			return s[0]
		}
	}
	t.Fatalf("never %s: %+v", want, w.hooks.States())
	return State{}
}

func (w *world) produce(t testing.TB, id, key string) {
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
