package client

import (
	"context"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the application's own database in these tests

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/eventlog"
	"mconnect/internal/store"
	"mconnect/internal/surface/events"
	"mconnect/test/must"
	"mconnect/test/waits"
)

const (
	birth = mconnect.EventType("ASP.RSP.Birth.Registered")
	urn   = "urn:asp:rsp"
)

// law lets the town desk produce births and consume them.
type law struct{ changed chan struct{} }

func (law) Produce(_ mconnect.SystemID, typ mconnect.EventType, source string, _ time.Time) error {
	if typ != birth || source != urn {
		return fault.New(fault.EventTypeForeign, "type", string(typ))
	}
	return nil
}

func (law) Check(e *event.Event) error {
	if strings.Contains(string(e.Data), "wrong") {
		return fault.New(fault.EventInvalid, "type", string(e.Type))
	}
	return nil
}

func (law) Entitled(mconnect.SystemID, time.Time) (map[mconnect.EventType]*broker.Grant, error) {
	return map[mconnect.EventType]*broker.Grant{birth: {Type: birth, Agreement: "a-1", Whole: true}}, nil
}

func (law) Subscription(mconnect.SystemID, string) broker.Filter { return nil }
func (law) Retention(mconnect.EventType) time.Duration           { return time.Hour }
func (l law) Changed() <-chan struct{}                           { return l.changed }

// ledger keeps no records: what is journalled is relay's to test.
type ledger struct{ log *store.Log }

func (ledger) RecordAll(context.Context, []journal.Record) error { return nil }

func (l ledger) RecordIf(ctx context.Context, _ []journal.Record, guard func(appendlog.Tx) (bool, error)) error {
	_, err := l.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		_, err := guard(tx)
		return nil, err
	})
	return err
}

func (ledger) Account(mconnect.SystemID, mconnect.Lang, time.Time) (events.Account, error) {
	return events.Account{}, nil
}

// newEvents serves the real surface over the real engine.
func newEvents(t *testing.T) (*platform, *events.Surface) {
	t.Helper()
	p := &platform{roots: x509.NewCertPool()}
	server := selfSigned(t, "events.test", p.roots)
	p.own, p.foreign = selfSigned(t, "desk.test", nil), selfSigned(t, "stranger.test", nil)
	r := registry.New(registry.TrustFunc(func([]*x509.Certificate, time.Time) error { return nil }))
	digit, _ := mconnect.CheckDigit("100000000001")
	name := mconnect.Text{RO: "Primăria Exemplu"}
	must.OK(t, r.PutParticipant(registry.Participant{ID: "town", IDNO: mconnect.IDNO("100000000001" + string(digit)), Name: name, Sector: registry.Public, Level: registry.Local}))
	must.OK(t, r.PutSystem(registry.System{ID: "town.desk", Name: name, Roles: []registry.Role{registry.Consumer, registry.Producer}}))
	must.OK(t, r.PutCertificate(registry.Certificate{System: "town.desk", PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.own.Certificate[0]}))}))
	db, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "events.db")})
	must.OK(t, err)
	log, err := db.OpenLog(t.Context(), "journal", nil)
	must.OK(t, err)
	rights := law{make(chan struct{})}
	kept, err := eventlog.Open(t.Context(), eventlog.Config{Tables: db}, db.OpenLog)
	must.OK(t, err)
	engine, err := broker.Open(broker.Config{Log: kept, Dead: db, Rights: rights, Ledger: ledger{log}})
	must.OK(t, err)
	t.Cleanup(func() {
		must.OK(t, engine.Close())
		must.OK(t, db.Close())
	})
	surface, err := events.New(events.Config{Broker: engine, Identifier: r, Accounts: ledger{}, Changed: rights.Changed, Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Bridge: "one"})
	must.OK(t, err)
	p.serve(t, surface.Handler(), server)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waits.Limit)
		defer cancel()
		must.OK(t, surface.Close(ctx))
	})
	return p, surface
}

func birthOf(id, data string) Event {
	return Event{Source: urn, ID: id, Type: birth, PartitionKey: "idnp:2999000000014", Data: []byte(data)}
}

// consume runs a consumer until the test ends or stop is called; it waits until it is connected.
func consume(t *testing.T, c *Client, s *events.Surface, handle func(context.Context, *Delivery) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Consume(ctx, Subscription{Group: "g", Pause: 10 * time.Millisecond}, handle) }()
	for end := time.Now().Add(waits.Limit); s.Counts().Sockets == 0 && time.Now().Before(end); <-time.After(time.Millisecond) {
	}
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestEvents_WhatIsProducedIsConsumed(t *testing.T) {
	p, s := newEvents(t)
	c := p.client(t, nil)
	heard := make(chan Delivery, 10)
	failed := false
	stop := consume(t, c, s, func(_ context.Context, d *Delivery) error {
		switch {
		case d.ID == "2" && !failed:
			failed = true
			return errors.New("not now")
		case d.ID == "3":
			d.Data = []byte(`{"Why":"unreadable"}`)
			return fmt.Errorf("the third: %w", ErrDead)
		}
		heard <- *d
		return nil
	})
	defer stop()
	must.OK(t, c.Produce(t.Context(), birthOf("1", `{"N":1}`), birthOf("2", `{"N":2}`), birthOf("3", `{"N":3}`)))
	must.OK(t, c.Produce(t.Context(), birthOf("1", `{"N":1}`), birthOf("4", `{"N":4}`))) // the first is a repeat
	for _, want := range []struct {
		id     string
		offset int64
	}{{"1", 1}, {"2", 1}, {"4", 3}} {
		select {
		case d := <-heard:
			if d.ID != want.id || d.Offset != want.offset || d.ContentType != "application/json" || d.Time.IsZero() || string(d.Data) != `{"N":`+want.id+`}` {
				t.Errorf("heard %+v, want %+v", d, want)
			}
		case <-time.After(waits.Limit):
			t.Fatalf("never heard %s", want.id)
		}
	}
	for end := time.Now().Add(waits.Limit); s.Counts().Dead != 1 && time.Now().Before(end); <-time.After(time.Millisecond) {
	}
	if n := s.Counts().Dead; n != 1 {
		t.Errorf("%d dead", n)
	}
}

func TestEvents_FaultsOfEventsArriveAsTheyWereRaised(t *testing.T) {
	p, _ := newEvents(t)
	c := p.client(t, nil)
	foreign := birthOf("x", `{}`)
	foreign.Source = "urn:other"
	for name, r := range map[string]struct {
		events []Event
		code   fault.Code
		index  string
	}{
		"against the schema": {[]Event{birthOf("1", `{}`), birthOf("2", `"wrong"`)}, fault.EventInvalid, "1"},
		"foreign source":     {[]Event{foreign}, fault.EventTypeForeign, "0"},
		"no id":              {[]Event{birthOf("", `{}`)}, fault.EventMalformed, "0"},
	} {
		err := c.Produce(t.Context(), r.events...)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != r.code || f.Params["index"] != r.index {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Produce(t.Context(), birthOf("1", `{`)); !errors.Is(err, ErrData) {
		t.Errorf("no JSON: %v", err)
	}
	stranger := p.client(t, func(cfg *Config) { cfg.Certificate = p.foreign })
	for name, err := range map[string]error{
		"produce": stranger.Produce(t.Context(), birthOf("1", `{}`)),
		"consume": stranger.Consume(t.Context(), Subscription{}, func(context.Context, *Delivery) error { return nil }),
	} {
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.CertificateUnknown {
			t.Errorf("a stranger's %s: %v", name, err)
		}
	}
}

// database is the application's own, with the tables of this package.
func database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "app.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_txlock=immediate")
	must.OK(t, err)
	t.Cleanup(func() { must.OK(t, db.Close()) })
	for _, table := range []string{OutboxTable, OutboxLease, InboxTable, "CREATE TABLE births (n TEXT)"} {
		_, err := db.ExecContext(t.Context(), table)
		must.OK(t, err)
	}
	return db
}

func enqueue(t *testing.T, db *sql.DB, commit bool, events ...Event) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	must.OK(t, err)
	for _, e := range events {
		must.OK(t, Enqueue(t.Context(), tx, e))
	}
	if commit {
		must.OK(t, tx.Commit())
	} else {
		must.OK(t, tx.Rollback())
	}
}

// TestOutbox_ProducesWhatWasCommittedAndNothingElse, in order, with one process at a time, past an event that is
// refused.
func TestOutbox_ProducesWhatWasCommittedAndNothingElse(t *testing.T) {
	p, s := newEvents(t)
	c, db := p.client(t, nil), database(t)
	heard := make(chan string, 20)
	defer consume(t, c, s, func(_ context.Context, d *Delivery) error {
		heard <- d.ID
		return nil
	})()
	enqueue(t, db, true, birthOf("1", `{}`), birthOf("2", `"wrong"`), birthOf("3", `{}`))
	enqueue(t, db, false, birthOf("never", `{}`))
	enqueue(t, db, true, birthOf("1", `{}`), birthOf("4", `{}`))
	mine := &Outbox{DB: db, Client: c, Holder: "one", Every: 5 * time.Millisecond, Lease: 200 * time.Millisecond}
	other := &Outbox{DB: db, Client: c, Holder: "two", Lease: time.Minute}
	if n, err := mine.Once(t.Context()); n != 0 || err == nil || !strings.Contains(err.Error(), "event 2 of urn:asp:rsp") {
		t.Errorf("the refused one: %d %v", n, err)
	}
	if n, err := other.Once(t.Context()); n != 0 || err != nil {
		t.Errorf("without the lease: %d %v", n, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- mine.Run(ctx) }()
	for _, want := range []string{"1", "3", "4"} {
		select {
		case id := <-heard:
			if id != want {
				t.Errorf("heard %s, want %s", id, want)
			}
		case <-time.After(waits.Limit):
			t.Fatalf("never heard %s", want)
		}
	}
	count := func() (n int) {
		must.OK(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM mconnect_outbox").Scan(&n))
		return n
	}
	for end := time.Now().Add(waits.Limit); count() > 1 && time.Now().Before(end); <-time.After(time.Millisecond) {
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	var left, code string
	must.OK(t, db.QueryRowContext(t.Context(), "SELECT id, refused FROM mconnect_outbox").Scan(&left, &code))
	if left != "2" || code != string(fault.EventInvalid) {
		t.Errorf("left %s %s", left, code)
	}
	enqueue(t, db, true, birthOf("5", `{}`))
	for n, end := 0, time.Now().Add(waits.Limit); n == 0 && time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		var err error
		if n, err = other.Once(t.Context()); err != nil { // when the lease of the first has ended
			t.Fatal(err)
		}
	}
	if id := <-heard; id != "5" {
		t.Errorf("heard %s", id)
	}
}

// TestOutbox_IsNotBlocked: an event that is too large is set aside; one whose time lies ahead waits for its time.
func TestOutbox_IsNotBlocked(t *testing.T) {
	p, _ := newEvents(t)
	db := database(t)
	o := &Outbox{DB: db, Client: p.client(t, nil), Holder: "one"}
	ahead := birthOf("2", `{}`)
	ahead.Time = time.Now().Add(time.Hour)
	enqueue(t, db, true, birthOf("1", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`), ahead)
	state := func(id string) (refused string) {
		must.OK(t, db.QueryRowContext(t.Context(), "SELECT refused FROM mconnect_outbox WHERE id = $1", id).Scan(&refused))
		return refused
	}
	if _, err := o.Once(t.Context()); err == nil || state("1") != string(fault.MessageTooLarge) {
		t.Errorf("too large: %q %v", state("1"), err)
	}
	for range 2 {
		if n, err := o.Once(t.Context()); n != 0 || fault.From(err).Code != fault.EventFuture || state("2") != "" {
			t.Errorf("ahead: %d %v %q", n, err, state("2"))
		}
	}
}

// TestEvents_HandlerMayTakeItsTime, longer than the platform waits for a sign of life.
func TestEvents_HandlerMayTakeItsTime(t *testing.T) {
	p, s := newEvents(t)
	s.Limits.Silence = 200 * time.Millisecond
	c := p.client(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var heard []string
	ended := make(chan error, 1)
	go func() {
		ended <- c.Consume(ctx, Subscription{Group: "slow", Pause: 10 * time.Millisecond, Alive: 50 * time.Millisecond}, func(_ context.Context, d *Delivery) error {
			heard = append(heard, d.ID)
			if d.ID == "1" && len(heard) < 3 {
				<-time.After(5 * s.Limits.Silence)
				return c.Produce(ctx, birthOf("2", `{}`))
			}
			stop()
			return nil
		})
	}()
	for end := time.Now().Add(waits.Limit); s.Counts().Sockets == 0 && time.Now().Before(end); <-time.After(time.Millisecond) {
	}
	must.OK(t, c.Produce(t.Context(), birthOf("1", `{}`)))
	if err := <-ended; !errors.Is(err, context.Canceled) || strings.Join(heard, " ") != "1 2" {
		t.Errorf("ended with %v after %v", err, heard)
	}
}

// TestEvents_NewGroupBeginsAtATime, and one that has begun goes on.
func TestEvents_NewGroupBeginsAtATime(t *testing.T) {
	p, _ := newEvents(t)
	c := p.client(t, nil)
	must.OK(t, c.Produce(t.Context(), birthOf("1", `{}`)))
	read := func(id string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), waits.Limit)
		defer stop()
		var heard []string
		err := c.Consume(ctx, Subscription{Group: "restored", From: time.Now().Add(-time.Minute), Pause: time.Millisecond}, func(_ context.Context, d *Delivery) error {
			if heard = append(heard, d.ID); d.ID != "last" {
				return nil
			}
			stop()
			return ctx.Err() // so that it is not confirmed
		})
		if !errors.Is(err, context.Canceled) || len(heard) == 0 || heard[0] != id {
			t.Errorf("ended with %v after %v, want %s first", err, heard, id)
		}
	}
	must.OK(t, c.Produce(t.Context(), birthOf("last", `{}`)))
	read("1")
	read("last")
	if err := c.Consume(t.Context(), Subscription{Group: "other", From: time.Now().Add(time.Hour)}, nil); fault.From(err).Code != fault.EventFrom {
		t.Errorf("tomorrow: %v", err)
	}
}

func TestOnce_HandlesEachEventOnce(t *testing.T) {
	db := database(t)
	e := birthOf("1", `{}`)
	add := func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO births VALUES ('1')")
		return err
	}
	late := errors.New("late")
	if err := Once(t.Context(), db, &e, func(tx *sql.Tx) error { return errors.Join(add(tx), late) }); !errors.Is(err, late) {
		t.Errorf("what fails: %v", err)
	}
	for range 3 {
		must.OK(t, Once(t.Context(), db, &e, add))
	}
	var n int
	must.OK(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM births").Scan(&n))
	if n != 1 {
		t.Errorf("done %d times", n)
	}
}
