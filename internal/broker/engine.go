package broker

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
)

// Ledger makes records of the journal durable, all of them or none.
type Ledger interface {
	RecordAll(ctx context.Context, records []journal.Record) error
	// RecordIf makes the records durable together with what guard writes; neither when guard says no or fails.
	RecordIf(ctx context.Context, records []journal.Record, guard func(tx appendlog.Tx) (bool, error)) error
}

// Limits bound what producers and consumers may cost this node. A zero value takes the default.
type Limits struct {
	Batch int // events in one call; 10 000
	Event int // bytes of one event in JSON form; 1 MiB

	Produced Writes // by a producer
	Asides   Writes // test events and dead events of a consumer
}

func (l Limits) orDefault() Limits {
	if l.Batch <= 0 {
		l.Batch = 10_000
	}
	if l.Event <= 0 {
		l.Event = 1 << 20
	}
	return l
}

// DeadEvents keeps dead events.
type DeadEvents interface {
	// PutDead stores one in the transaction that appends its entry, as the first of the transaction, to the log named.
	PutDead(tx appendlog.Tx, log string, d appendlog.DeadEvent) error
	// ChangeDead gives one that waits another state and document; fault record.unknown.
	ChangeDead(tx appendlog.Tx, id int64, state string, doc []byte) error
	// DeadEvents lists by ascending id; DeadEvent returns one; fault record.unknown.
	DeadEvents(ctx context.Context, q appendlog.DeadQuery) ([]appendlog.DeadEvent, error)
	DeadEvent(ctx context.Context, id int64) (appendlog.DeadEvent, error)
	// DropDead removes those older than a time and returns how many there were.
	DropDead(ctx context.Context, before time.Time) (int64, error)
}

// Config is what an Engine needs.
type Config struct {
	Log    eventlog.Log // the Engine closes it
	Dead   DeadEvents
	Rights Rights
	Ledger Ledger
	Limits Limits
	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default: silent
}

// Engine is the event half of the platform on one node. It implements Broker.
type Engine struct {
	log    eventlog.Log
	dead   DeadEvents
	rights Rights
	ledger Ledger
	limits Limits
	clock  func() time.Time
	logger *slog.Logger
	made   *meters      // by producers
	aside  *meters      // test and dead events
	lost   atomic.Int64 // events that passed retention unconfirmed

	mu     sync.Mutex
	groups map[eventlog.Name]*group

	run  context.Context // ends when the engine is closed
	stop context.CancelFunc
	work sync.WaitGroup
}

// group is what a group with readers on this node may have.
type group struct {
	readers int // guarded by Engine.mu
	has     atomic.Pointer[granted]
}

// granted are the present rights of a group. They never change: others replace them.
type granted struct {
	grants grants
	filter Filter
}

// grants are rights by type. It implements eventlog.Types.
type grants map[mconnect.EventType]*Grant

// Has implements eventlog.Types.
func (g grants) Has(typ mconnect.EventType) bool { return g[typ] != nil }

// Len implements eventlog.Types.
func (g grants) Len() int { return len(g) }

// All implements eventlog.Types.
func (g grants) All() iter.Seq[mconnect.EventType] { return maps.Keys(g) }

// Open begins to serve the events of a log. Close it before the store.
func Open(cfg Config) (*Engine, error) {
	if cfg.Log == nil || cfg.Dead == nil || cfg.Rights == nil || cfg.Ledger == nil {
		return nil, errors.New("broker: log, dead events, rights and ledger are needed")
	}
	e := &Engine{
		log: cfg.Log, dead: cfg.Dead, rights: cfg.Rights, ledger: cfg.Ledger, limits: cfg.Limits.orDefault(),
		clock:  cfg.Clock,
		logger: cfg.Logger, made: newMeters(cfg.Limits.Produced), aside: newMeters(cfg.Limits.Asides),
		groups: map[eventlog.Name]*group{},
	}
	if e.clock == nil {
		e.clock = time.Now
	}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	e.run, e.stop = context.WithCancel(context.Background())
	for _, work := range []func(context.Context){e.watchRights, e.journalAccepted, e.keepRetention} {
		e.work.Go(func() { work(e.run) })
	}
	return e, nil
}

// watchRights ends readers whose right ended and opens what was newly granted: at once when something was declared, and
// each second for what begins or ends by the clock.
func (e *Engine) watchRights(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		changed := e.rights.Changed()
		e.refresh()
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// refresh gives every open group its present rights. The grants change before the log's routes, so no event reaches a
// reader without a grant to judge it by.
func (e *Engine) refresh() {
	now := e.clock()
	e.mu.Lock()
	open := maps.Clone(e.groups)
	e.mu.Unlock()
	for name, g := range open {
		has, err := e.rights.Entitled(name.System, now)
		if err != nil {
			e.log.Fail(name, fault.From(err))
			continue
		}
		g.has.Store(&granted{has, e.rights.Subscription(name.System, name.Group)})
		e.log.Select(name, grants(has))
	}
}

// enter counts a reader of a group and gives the group its present rights.
func (e *Engine) enter(name eventlog.Name, has grants) *group {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[name]
	if g == nil {
		g = &group{}
		e.groups[name] = g
	}
	g.readers++
	g.has.Store(&granted{has, e.rights.Subscription(name.System, name.Group)})
	return g
}

func (e *Engine) leave(name eventlog.Name) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if g := e.groups[name]; g != nil {
		if g.readers--; g.readers == 0 {
			delete(e.groups, name)
		}
	}
}

// Close ends all readers, makes what they confirmed durable and stops following the log. It does not close the store.
func (e *Engine) Close() error {
	e.stop()
	err := e.log.Close()
	e.work.Wait()
	return err
}

// Memory reports how many events are remembered to find repeats, and how many bytes that takes.
func (e *Engine) Memory() (events, bytes int) { return e.log.Remembered() }

// Lost is how many events passed retention before a group confirmed them, since this process began.
func (e *Engine) Lost() int64 { return e.lost.Load() }

// Readers is how many readers are open on this node.
func (e *Engine) Readers() int { return e.log.Sessions() }

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
