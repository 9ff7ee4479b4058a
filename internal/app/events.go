package app

import (
	"cmp"
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/config"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/entitlement"
	"mconnect/internal/eventlog"
	"mconnect/internal/surface/admin"
	"mconnect/internal/surface/events"
)

// wireEvents opens the event log and makes the surface by which systems produce and consume.
func (a *App) wireEvents(ctx context.Context) (err error) {
	cfg := a.Config
	limits, costs := eventLimits(cfg.Events)
	of := eventlog.Config{Tables: a.Store, Limits: limits, Clock: time.Now, Logger: a.logger}
	if a.Store.Dialect() == "postgres" { // other nodes may share it
		of.Node = a.lease.ID()
	}
	log, err := eventlog.Open(ctx, of, a.Store.OpenLog)
	if err != nil {
		return err
	}
	a.engine, err = broker.Open(broker.Config{
		Log: log, Dead: a.Store, Rights: a.Rights, Ledger: a.EventLedger(), Limits: costs, Clock: time.Now,
		Logger: a.logger,
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	a.events, err = events.New(events.Config{
		Broker: a.engine, Identifier: a.Rooms.Registry, Accounts: Accounts(a.Installation), Changed: a.Rights.Changed,
		AsyncAPI: a.Rights.AsyncAPI, Portal: a.portalAddress, Clock: time.Now, Logger: a.logger,
		Memory: a.memory, Bridge: cfg.Node, Limits: events.Limits{
			Request: min(int64(cfg.Limits.Request), events.DefaultMaxRequest), InFlight: int64(cfg.Limits.InFlight),
			Poll: cfg.Events.Poll, Expiry: cfg.Events.Expiry, Silence: cfg.Events.Silence, Write: cfg.Events.Write,
		},
	})
	if err != nil {
		return err
	}
	return a.wireWebhooks()
}

// eventLimits are the bounds of the event log and of the broker as the configuration states them.
func eventLimits(c config.Events) (eventlog.Limits, broker.Limits) {
	return eventlog.Limits{
			Readers: c.Readers, PerSystem: c.PerSystem, Window: c.Window, WindowSize: int64(c.WindowSize),
			Delivered: c.Unconfirmed,
			Groups:    c.Groups, Tests: c.TestRetention,
		}, broker.Limits{
			Batch: c.Batch, Event: int(c.Event),
			Produced: broker.Writes{PerSecond: int64(c.ProduceRate), PerDay: int64(c.ProduceVolume)},
			Asides:   broker.Writes{PerSecond: int64(c.AsideRate), PerDay: int64(c.AsideVolume)},
		}
}

// EventLedger is the journal of the broker.
func (i *Installation) EventLedger() broker.Ledger { return eventLedger{i.Journal, i.log} }

// eventLedger implements broker.Ledger by the journal.
type eventLedger struct {
	*journal.Journal
	log appendlog.Appender
}

// RecordIf implements broker.Ledger.
func (l eventLedger) RecordIf(ctx context.Context, records []journal.Record,
	guard func(appendlog.Tx) (bool, error)) error {
	entries := make([]appendlog.Entry, len(records))
	for i, r := range records {
		var err error
		if entries[i], err = l.Seal(r); err != nil {
			return err
		}
	}
	_, err := l.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		if first, err := guard(tx); err != nil || !first {
			return nil, err
		}
		return entries, nil
	})
	return err
}

// closeEvents ends what wireEvents began, before the store is closed.
func (a *App) closeEvents() (err error) {
	if a.events != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = a.events.Close(ctx)
	}
	if a.engine != nil {
		err = errors.Join(err, a.engine.Close())
	}
	return err
}

// eventMetrics are what metrics show of the surface for events.
func (a *App) eventMetrics() []admin.Metric {
	of := func(name, help string, read func(events.Counts) int64) admin.Metric {
		return admin.Metric{Name: "events_" + name, Help: help, Read: func() float64 {
			if a.events == nil { // read while the platform starts
				return 0
			}
			return float64(read(a.events.Counts()))
		}}
	}
	counted := func(name, help string, read func(events.Counts) int64) admin.Metric {
		l := of(name, help, read)
		l.Counter = true
		return l
	}
	engine := func(name, help string, read func(*broker.Engine) float64) admin.Metric {
		return admin.Metric{Name: "events_" + name, Help: help, Read: func() float64 {
			if a.engine == nil {
				return 0
			}
			return read(a.engine)
		}}
	}
	behind := &lagCache{}
	lost := engine("lost_total", "Events that passed retention before a group confirmed them.",
		func(e *broker.Engine) float64 { return float64(e.Lost()) })
	lost.Counter = true
	return append(a.webhookMetrics(), []admin.Metric{
		engine("readers", "Readers of events open on this node.",
			func(e *broker.Engine) float64 { return float64(e.Readers()) }),
		lost,
		engine("remembered", "Events remembered to find repeats.",
			func(e *broker.Engine) float64 { n, _ := e.Memory(); return float64(n) }),
		engine("remembered_bytes", "Memory that takes.",
			func(e *broker.Engine) float64 { _, n := e.Memory(); return float64(n) }),
		engine("waiting", "Events not confirmed by a group that is entitled to them, over all groups.",
			func(e *broker.Engine) float64 { n, _ := behind.of(e); return n }),
		engine("oldest_seconds", "Age of the oldest of them.",
			func(e *broker.Engine) float64 { _, age := behind.of(e); return age }),
		counted("produced_total", "Events accepted from producers, repeats included.",
			func(c events.Counts) int64 { return c.Produced }),
		counted("large_total", "Of them, events with a payload over 64 KiB.",
			func(c events.Counts) int64 { return c.Large }),
		counted("delivered_total", "Events written to consumers.", func(c events.Counts) int64 { return c.Delivered }),
		counted("dead_total", "Events that consumers gave up.", func(c events.Counts) int64 { return c.Dead }),
		of("in_flight", "Requests about events being answered now, sockets and waiting polls aside.",
			func(c events.Counts) int64 { return c.InFlight }),
		of("sockets", "WebSockets open now.", func(c events.Counts) int64 { return c.Sockets }),
		of("instances", "Instances of long polling open now.", func(c events.Counts) int64 { return c.Instances }),
	}...)
}

// lagCache is how many events wait to be confirmed, and the age of the oldest in seconds. The log is read for it, so
// two metrics, and scrapes that follow one another closely, share one reading.
type lagCache struct {
	mu              sync.Mutex
	seen            time.Time
	waiting, oldest float64
}

// lagCacheFor is how old a reading may be.
const lagCacheFor = 5 * time.Second

func (b *lagCache) of(e *broker.Engine) (waiting, oldest float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.seen) < lagCacheFor {
		return b.waiting, b.oldest
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	lags, err := e.Lags(ctx, "", "")
	b.waiting, b.oldest, b.seen = 0, 0, time.Now()
	if err != nil {
		b.waiting, b.oldest = math.NaN(), math.NaN()
	}
	for _, l := range lags {
		b.waiting += float64(l.Total)
		if !l.Oldest.IsZero() {
			b.oldest = max(b.oldest, time.Since(l.Oldest).Seconds())
		}
	}
	return b.waiting, b.oldest
}

// Accounts says to systems what they may do.
func Accounts(i *Installation) events.Accounts { return accounts{i.Rights, i.Rooms.Events} }

// accounts implements events.Accounts.
type accounts struct {
	rights *entitlement.Rights
	types  *event.Directory
}

// Account implements events.Accounts.
func (a accounts) Account(system mconnect.SystemID, lang mconnect.Lang, at time.Time) (events.Account, error) {
	mine := events.Account{Produces: []events.ProducedType{}, Consumes: []events.ConsumedType{},
		Groups: []events.Subscription{}}
	sources, err := a.rights.Produces(system)
	if err != nil {
		return mine, err
	}
	for _, t := range a.types.Types() {
		if from, ok := sources[t.Name]; ok {
			mine.Produces = append(mine.Produces, events.ProducedType{
				Type: t.Name, Title: t.Title.In(lang), Sources: from, Retention: a.rights.Retention(t.Name).String(),
			})
		}
	}
	consumes, err := a.rights.Consumes(system, at)
	if err != nil {
		return mine, err
	}
	for _, right := range consumes {
		v := right.Verdict
		if !v.Allowed {
			continue
		}
		t := events.ConsumedType{
			Type: right.Type.Name, Title: right.Type.Title.In(lang), Agreement: v.Agreement, Purpose: v.Purpose.Code,
			Fields: v.Purpose.Fields,
		}
		if until := right.Agreement.Validity.To; !until.IsZero() {
			t.Until = until.UTC().Format(time.RFC3339)
		}
		mine.Consumes = append(mine.Consumes, t)
	}
	for _, s := range a.types.Subscriptions() {
		if s.System == system {
			mine.Groups = append(mine.Groups, events.Subscription{ID: s.ID, Group: s.GroupName(),
				Delivery: string(cmp.Or(s.Delivery.Mode, event.Pull))})
		}
	}
	return mine, nil
}
