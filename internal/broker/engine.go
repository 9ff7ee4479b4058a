package broker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
)

// LogName is the name of the event log in the store.
const LogName = "events"

// Ledger makes records of the journal durable, all of them or none.
type Ledger interface {
	RecordAll(ctx context.Context, records []journal.Record) error
	// RecordIf makes the records durable together with what guard writes; neither when guard says no or fails.
	RecordIf(ctx context.Context, records []journal.Record, guard func(tx appendlog.Tx) (bool, error)) error
}

// Limits bound what producers and consumers may cost this node. A zero value takes the default.
type Limits struct {
	Batch      int   // events in one call; 10 000
	Event      int   // bytes of one event in JSON form; 1 MiB
	Readers    int   // open at one time; 4096
	PerSystem  int   // open at one time by one system; 256
	Groups     int   // of one system that are remembered; 1024
	Window     int   // events in memory for one reader; 4096
	WindowSize int64 // bytes in memory for one reader; 4 MiB
	Delivered  int   // delivered and not confirmed by one reader, after which it waits; 65 536

	Produced Writes // by a producer
	Asides   Writes // test events and dead events of a consumer
	// Tests is how long test events are kept; 0: an hour.
	Tests time.Duration
}

func (l Limits) orDefault() Limits {
	for _, d := range []struct {
		at *int
		n  int
	}{{&l.Batch, 10_000}, {&l.Event, 1 << 20}, {&l.Readers, 4096}, {&l.PerSystem, 256}, {&l.Groups, 1024}, {&l.Window, 4096}, {&l.Delivered, 65_536}} {
		if *d.at <= 0 {
			*d.at = d.n
		}
	}
	if l.Tests <= 0 {
		l.Tests = time.Hour
	}
	if l.WindowSize <= 0 {
		l.WindowSize = 4 << 20
	}
	return l
}

// Config is what an Engine needs.
type Config struct {
	Store  *store.DB
	Rights Rights
	Ledger Ledger
	Limits Limits
	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default: silent
	// Node is the name of this process among those that share the store. "" when there can be no other: then nothing
	// is written to share partitions.
	Node string
	// Lease is how long the others wait for a node that died; 0: 10 s.
	Lease time.Duration
	// Grace is how long a reader may still confirm what it was given of a partition that moves to another reader of its group,
	// before that is delivered again; 0: 500 ms, negative: not at all.
	Grace time.Duration
}

const defaultGrace = 500 * time.Millisecond

// Engine is the event half of the platform on one node. It implements Broker.
type Engine struct {
	db         *store.DB
	log        *store.Log
	rights     Rights
	ledger     Ledger
	limits     Limits
	clock      func() time.Time
	logger     *slog.Logger
	key        []byte
	sealer     *sealer
	seen       *dedupIndex
	segments   segments
	leases     leases
	made       *meters // by producers
	aside      *meters // test and dead events
	grace      time.Duration
	dispatcher *dispatcher
	lost       atomic.Int64 // events that passed retention unconfirmed

	mu     sync.Mutex
	groups map[Name]*group
	open   int
	by     map[mconnect.SystemID]int
	closed bool

	run  context.Context // ends when the engine is closed
	stop context.CancelFunc
	work sync.WaitGroup
}

// groupName names a group of a consumer.
type Name struct {
	System mconnect.SystemID
	Group  string
}

// Open opens the event log in the store and starts to follow it. Close it before the store.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Store == nil || cfg.Rights == nil || cfg.Ledger == nil {
		return nil, errors.New("relay: store, rights and ledger are needed")
	}
	e := &Engine{
		db: cfg.Store, rights: cfg.Rights, ledger: cfg.Ledger, limits: cfg.Limits.orDefault(), clock: cfg.Clock, logger: cfg.Logger,
		seen: &dedupIndex{}, groups: map[Name]*group{}, by: map[mconnect.SystemID]int{},
		leases: newLeases(cfg.Node, cfg.Lease), made: newMeters(cfg.Limits.Produced), aside: newMeters(cfg.Limits.Asides),
	}
	if e.grace = cfg.Grace; e.grace == 0 {
		e.grace = defaultGrace
	}
	if e.clock == nil {
		e.clock = time.Now
	}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	e.sealer = &sealer{seen: e.seen}
	var err error
	if e.log, err = e.db.OpenLog(ctx, LogName, e.sealer); err != nil {
		return nil, err
	}
	e.sealer.log = e.log
	if err := e.begin(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// begin reads the log's key, making one in a new log, remembers what the log holds and starts the work of the engine.
func (e *Engine) begin(ctx context.Context) error {
	head, err := e.log.Head(ctx)
	if err != nil {
		return err
	}
	if head.Size == 0 {
		entry := encode(&event.Event{}, stamp{flags: flagControl, accepted: e.clock()})
		if _, err := e.log.Append(ctx, appendlog.Entry{Data: entry}); err != nil {
			return err
		}
		if head, err = e.log.Head(ctx); err != nil {
			return err
		}
	}
	e.key = head.Frontier[:keySize]
	if err := e.remember(ctx, head.Size); err != nil {
		return err
	}
	e.dispatcher = newDispatcher(e, head.Size)
	e.run, e.stop = context.WithCancel(context.Background())
	for _, work := range []func(context.Context){e.dispatcher.follow, e.watchRights, e.keepPositions, e.summarise, e.journalAccepted, e.retain, e.keepLeases} {
		e.work.Go(func() { work(e.run) })
	}
	return nil
}

// inBackground does some work that Close waits for; none once the engine is closed.
func (e *Engine) inBackground(do func(context.Context)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.work.Go(func() { do(e.run) })
	}
}

// remember fills the memory of fingerprints with what the log holds.
func (e *Engine) remember(ctx context.Context, size int64) error {
	if err := e.loadSegments(ctx); err != nil {
		return err
	}
	e.sealer.mu.Lock()
	defer e.sealer.mu.Unlock()
	e.sealer.next = e.segments.end()
	return e.sealer.catchUp(size)
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

// refresh looks up the rights of every open group anew.
func (e *Engine) refresh() {
	now := e.clock()
	for _, g := range e.allGroups() {
		grants, err := e.rights.Entitled(g.name.System, now)
		if err != nil {
			g.fail(fault.From(err))
			continue
		}
		filter := e.rights.Subscription(g.name.System, g.name.Group)
		e.dispatcher.regrant(g, grants, filter)
	}
}

func (e *Engine) allGroups() []*group {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]*group, 0, len(e.groups))
	for _, g := range e.groups {
		all = append(all, g)
	}
	return all
}

// Close ends all readers, makes what they confirmed durable and stops following the log. It does not close the store.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	for _, g := range e.allGroups() {
		g.fail(fault.New(fault.Draining))
	}
	e.stop()
	e.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(e.savePositions(ctx, true), e.endLeases(ctx))
}

// Memory says how many events are remembered to find repeats, and how many bytes that takes.
func (e *Engine) Memory() (events, bytes int) { return e.seen.size() }

// Lost is how many events passed retention before a group confirmed them, since this process began.
func (e *Engine) Lost() int64 { return e.lost.Load() }

// Readers is how many readers are open on this node.
func (e *Engine) Readers() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}
