package eventlog

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// LogName is the name of the event log in the store.
const LogName = "events"

// Storage is the append-only log under an Engine.
type Storage interface {
	appendlog.Log
	// ReadDurable is Read of what no fail-over can take back.
	ReadDurable(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error)
	// FollowClosely is Follow for what is delivered: it hears of appends of this process within milliseconds.
	FollowClosely(ctx context.Context, from int64, fn func(appendlog.Batch) error) error
	// DropSegment removes a segment and the batches that it summarises; false when another process has removed it.
	DropSegment(ctx context.Context, s appendlog.Segment) (bool, error)
	DropSegmentIn(ctx context.Context, tx appendlog.Tx, s appendlog.Segment) (bool, error)
}

// Tables are what an Engine keeps with its log.
type Tables interface {
	CursorTable
	GroupTable
	SegmentTable
	LeaseTable
}

// CursorTable keeps how far groups have come.
type CursorTable interface {
	// SaveCursors makes cursors durable in one transaction. A stored one that is further on stays.
	SaveCursors(ctx context.Context, c []appendlog.Cursor) error
	// NewCursors stores the cursors of a group that begins; those that are stored already stay.
	NewCursors(ctx context.Context, c []appendlog.Cursor) error
	// MoveCursor moves a cursor that is at from; false when it is not.
	MoveCursor(tx appendlog.Tx, c appendlog.Cursor, from int64) (bool, error)
	// CursorsOf reads the cursors of one group by partition; AllCursors those of all.
	CursorsOf(ctx context.Context, system, group string) ([]appendlog.Cursor, error)
	AllCursors(ctx context.Context) ([]appendlog.Cursor, error)
}

// GroupTable keeps which groups there are.
type GroupTable interface {
	// EventGroups lists the groups of a system, the furthest behind first.
	EventGroups(ctx context.Context, system string, parts int) ([]appendlog.Group, error)
	DropEventGroup(ctx context.Context, system, group string) error
}

// SegmentTable keeps summaries of the log.
type SegmentTable interface {
	// PutSegment stores a summary, unless there is one.
	PutSegment(ctx context.Context, s appendlog.Segment) error
	// Segments calls fn for each one that begins at or after from, in order.
	Segments(ctx context.Context, from int64, fn func(appendlog.Segment) error) error
}

// LeaseTable keeps which node may deliver from which partition. All leases run by the clock of the database.
type LeaseTable interface {
	// PutReaderCount announces how many readers of a group a node has; ReaderCounts reads what was announced;
	// DropOldReaderCounts removes what expired that long ago.
	PutReaderCount(ctx context.Context, s appendlog.ReaderCount, lease time.Duration) error
	ReaderCounts(ctx context.Context) ([]appendlog.ReaderCount, error)
	DropOldReaderCounts(ctx context.Context, silent time.Duration) error
	// LeasePartitions leases at most so many of the partitions offered that no other node has.
	LeasePartitions(ctx context.Context, node string, offered []appendlog.Partition, most int,
		lease time.Duration) ([]appendlog.Partition, error)
	// ReleasePartitions ends leases of a node.
	ReleasePartitions(ctx context.Context, node string, held []appendlog.Partition) error
	// RenewPartitions prolongs all leases of a node, announces its readers again, and returns what it has leased.
	RenewPartitions(
		ctx context.Context,
		node string,
		s []appendlog.ReaderCount,
		lease time.Duration,
	) ([]appendlog.Partition, error)
}

// Limits bound what sessions may cost this node. A zero value takes the default.
type Limits struct {
	Readers    int           // open at one time; 4096
	PerSystem  int           // open at one time by one system; 256
	Groups     int           // of one system that are remembered; 1024
	Window     int           // events in memory for one session; 4096
	WindowSize int64         // bytes in memory for one session; 4 MiB
	Delivered  int           // delivered and not confirmed by one session, after which it waits; 65 536
	Tests      time.Duration // how long test events are kept; 1 h
}

func (l Limits) orDefault() Limits {
	for _, d := range []struct {
		at *int
		n  int
	}{{&l.Readers, 4096}, {&l.PerSystem, 256}, {&l.Groups, 1024}, {&l.Window, 4096}, {&l.Delivered, 65_536}} {
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
	Tables Tables
	Limits Limits
	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default: silent
	// Node is the name of this process among those that share the log. "" when there can be no other: then no leases
	// are written.
	Node string
	// Lease is how long the others wait for a node that died; 0: 10 s.
	Lease time.Duration
	// Grace is how long a session may still confirm what it was given of a partition that moves to another session of
	// its group, before that is delivered again; 0: 500 ms, negative: not at all.
	Grace time.Duration
}

const defaultGrace = 500 * time.Millisecond

// Engine is the event log on one node.
type Engine struct {
	db         Tables
	log        Storage
	limits     Limits
	clock      func() time.Time
	logger     *slog.Logger
	key        []byte
	sealer     *sealer
	seen       *dedupIndex
	segments   segments
	leases     leases
	grace      time.Duration
	dispatcher *dispatcher

	mu     mutex[engineLock]
	groups map[Name]*group
	open   int
	by     map[mconnect.SystemID]int
	closed bool

	run  context.Context // ends when the engine is closed
	stop context.CancelFunc
	work sync.WaitGroup
}

var _ Log = (*Engine)(nil)

// Open opens the event log by openLog, which is given the name of the log and its sealer, and starts to follow it.
// Close it before the store.
func Open[S Storage](ctx context.Context, cfg Config,
	openLog func(ctx context.Context, name string, s appendlog.Sealer) (S, error)) (*Engine, error) {
	if cfg.Tables == nil || openLog == nil {
		return nil, errors.New("eventlog: tables and a log are needed")
	}
	e := &Engine{
		db: cfg.Tables, limits: cfg.Limits.orDefault(), clock: cfg.Clock, logger: cfg.Logger, grace: cfg.Grace,
		seen: &dedupIndex{}, groups: map[Name]*group{}, by: map[mconnect.SystemID]int{},
		leases: newLeases(cfg.Node, cfg.Lease),
	}
	e.grace = cmp.Or(e.grace, defaultGrace)
	if e.clock == nil {
		e.clock = time.Now
	}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	e.sealer = &sealer{seen: e.seen}
	log, err := openLog(ctx, LogName, e.sealer)
	if err != nil {
		return nil, err
	}
	e.log, e.sealer.log = log, log
	return e, e.begin(ctx)
}

// begin reads the log's key, makes one in a new log, remembers what the log holds and starts the work in the
// background.
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
	for _, work := range []func(context.Context){e.dispatcher.follow, e.keepPositions, e.summarise, e.keepLeases} {
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

// remember fills the index of fingerprints with what the log holds.
func (e *Engine) remember(ctx context.Context, size int64) error {
	if err := e.loadSegments(ctx); err != nil {
		return err
	}
	e.sealer.mu.Lock()
	defer e.sealer.mu.Unlock()
	e.sealer.next = e.segments.end()
	return e.sealer.catchUp(size)
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

// group returns an open group; nil when it is not open.
func (e *Engine) group(name Name) *group {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.groups[name]
}

// Close implements Log. It does not close the store.
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

// Remembered implements Finder.
func (e *Engine) Remembered() (events, bytes int) { return e.seen.size() }

// Sessions implements Groups.
func (e *Engine) Sessions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}

// Select implements Groups.
func (e *Engine) Select(name Name, types Types) {
	if g := e.group(name); g != nil {
		e.dispatcher.sel(g, types)
	}
}

// Fail implements Groups.
func (e *Engine) Fail(name Name, f *fault.Error) {
	if g := e.group(name); g != nil {
		g.fail(f)
	}
}

// Unconfirmed implements Groups.
func (e *Engine) Unconfirmed(name Name) (sessions int, by map[string]int) {
	g := e.group(name)
	if g == nil {
		return 0, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	by = map[string]int{}
	for _, r := range g.readers {
		by[r.o.Address] += len(r.ledger)
	}
	return len(g.readers), by
}

// InFlight implements Groups.
func (e *Engine) InFlight(name Name, part uint8, index int64) bool {
	g := e.group(name)
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.readers {
		for _, s := range r.ledger {
			if s.part == part && s.index == index {
				return true
			}
		}
	}
	return false
}

// Encode implements Writer.
func (e *Engine) Encode(d Draft) appendlog.Entry { return Encode(e.key, d) }

// Append implements Writer.
func (e *Engine) Append(ctx context.Context, entries ...appendlog.Entry) error {
	_, err := e.log.Append(ctx, entries...)
	return err
}

// AppendWith implements Writer.
func (e *Engine) AppendWith(ctx context.Context, build func(tx appendlog.Tx) ([]appendlog.Entry, error)) error {
	_, err := e.log.AppendWith(ctx, build)
	return err
}

// Pseudonym implements Writer.
func (e *Engine) Pseudonym(key string) string { return pseudonym(e.key, key) }

// Fingerprint implements Finder.
func (e *Engine) Fingerprint(source, id string) uint64 { return fingerprint(e.key, source, id) }

// Find implements Finder. It looks in memory and reads the entries that it finds there.
func (e *Engine) Find(print uint64, id Identity) (index int64, typ mconnect.EventType, found bool, err error) {
	for _, at := range e.seen.find(print, nil) {
		b, err := e.sealer.entry(at)
		if err != nil {
			return 0, "", false, err
		}
		if b != nil && id.of(b) {
			_, typ, _, _ := peek(b)
			return at, mconnect.EventType(typ), true, nil
		}
	}
	return 0, "", false, nil
}

// At implements Finder.
func (e *Engine) At(index int64) (*Item, error) {
	b, err := e.sealer.entry(index)
	if err != nil || b == nil || b[1]&flagControl != 0 {
		return nil, err
	}
	return decode(e.key, index, b)
}

// Size implements Reader.
func (e *Engine) Size(ctx context.Context) (int64, error) {
	head, err := e.log.Head(ctx)
	return head.Size, err
}

// Follow implements Reader.
func (e *Engine) Follow(ctx context.Context, from int64, fn func(appendlog.Batch) error) error {
	return e.log.Follow(ctx, from, fn)
}

// Read implements Reader: out of memory if possible.
func (e *Engine) Read(ctx context.Context, from int64) ([]appendlog.Batch, error) {
	return e.dispatcher.read(ctx, from)
}

// Skip implements Reader.
func (e *Engine) Skip(from int64, system mconnect.SystemID, types Types) int64 {
	return e.segments.skip(from, system, types)
}

// Segment implements Reader.
func (e *Engine) Segment(first int64) *Segment { return e.segments.whole(first) }

// Decode implements Reader.
func (e *Engine) Decode(b appendlog.Batch, i int) (*Item, error) {
	return decode(e.key, b.First+int64(i), b.Entries[i].Data)
}

// has reports whether a set that may be nil holds a type.
func has(types Types, typ mconnect.EventType) bool { return types != nil && types.Has(typ) }
