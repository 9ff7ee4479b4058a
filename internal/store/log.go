package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// What one batch may hold when callers are grouped: the first of the two limits that is reached. A
// single Append is never split, and may be at most maxAppend bytes.
const (
	maxGroup      = 2048
	maxGroupBytes = 8 << 20
	maxAppend     = 64 << 20
)

// Log is one append-only sequence of entries, numbered from 0 without gaps, whichever process appends.
type Log struct {
	db     *DB
	name   string
	sealer appendlog.Sealer
	w      *writer

	mu     sync.Mutex
	queue  []*request
	closed bool
	wake   chan struct{}
	recent recent

	durable atomic.Pointer[appendlog.Head] // the newest head known to be durable; nil: none
	forked  atomic.Pointer[error]          // why nothing may be appended any more
	health  health

	// Guarded by w.mu.
	opened         int            // the connection of w over which the head was last proven
	head           appendlog.Head // as this process left it
	isKnown        bool           // head was the log's head after our last commit
	singleAppender bool           // nobody else moved it between our last two commits
	entries        []byte
	asides         []byte
	failureLogged  time.Time
}

// request is one caller's Append on its way through the committer.
type request struct {
	entries []appendlog.Entry
	bytes   int
	state   atomic.Int32 // waiting, taken or withdrawn
	done    chan struct{}
	at      appendlog.Position
	err     error

	repeated bool // an entry of it may stand only once, and does already
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

// OpenLog opens the log called name, creating it when new. A log is open once per DB. With a ReadOnly
// store it can be read and followed, not appended to. A nil Sealer seals nothing.
func (db *DB) OpenLog(ctx context.Context, name string, s appendlog.Sealer) (*Log, error) {
	l := &Log{db: db, name: name, sealer: s, wake: make(chan struct{}, 1), health: health{good: time.Now()}}
	if !db.cfg.ReadOnly {
		l.w = db.main
		if !db.d.oneWriter {
			l.w = &writer{d: db.d, pool: db.write, fence: db.fence}
		}
		if err := db.main.tx(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, sqlNewHead, name)
			return err
		}); err != nil {
			return nil, unavailable(err)
		}
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.logs == nil {
		return nil, fault.Wrap(errClosed, fault.StoreUnavailable)
	}
	if db.logs[name] != nil {
		return nil, fmt.Errorf("store: log %q is open already", name)
	}
	db.logs[name] = l
	if l.w != nil {
		db.done.Go(l.run)
	}
	return l, nil
}

// close fails what waits and ends the committer.
func (l *Log) close() {
	l.mu.Lock()
	l.closed = true
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, r := range queue {
		r.finish(appendlog.Position{}, fault.Wrap(errClosed, fault.RecordUnavailable))
	}
	if l.w != nil && l.w != l.db.main {
		l.db.done.Go(l.w.close)
	}
}

func (r *request) finish(at appendlog.Position, err error) {
	r.at, r.err = at, err
	close(r.done)
}

// Append numbers the entries one after the other and makes them durable; all or none. It returns the
// position of the first once the whole batch survives power loss. Concurrent callers share commits.
// A failed commit is fault record.unavailable; whether its entries are stored is then not known, but
// never that half of them are. When ctx ends first, the error wraps its cause and says whether the
// entries were withdrawn or may still become durable. Entries must not change until Append returns. One of which an
// entry's Once has counted before is fault signature.replayed, and nothing of that call is stored.
func (l *Log) Append(ctx context.Context, entries ...appendlog.Entry) (appendlog.Position, error) {
	r := &request{entries: entries, done: make(chan struct{})}
	for i := range entries {
		r.bytes += len(entries[i].Data) + len(entries[i].Aside)
	}
	if err := l.enqueue(r); err != nil {
		return appendlog.Position{}, fault.Wrap(err, fault.RecordUnavailable)
	}
	l.lead(ctx)
	select {
	case <-r.done:
		return r.at, r.err
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(waiting, withdrawn) {
		return appendlog.Position{}, fault.Wrap(fmt.Errorf("store: not appended: %w", context.Cause(ctx)),
			fault.RecordUnavailable)
	}
	select {
	case <-r.done: // it ended at the same moment
		return r.at, r.err
	default:
		return appendlog.Position{}, fault.Wrap(fmt.Errorf("store: the append is under way and may become durable: %w",
			context.Cause(ctx)), fault.RecordUnavailable)
	}
}

func (l *Log) enqueue(r *request) error {
	switch {
	case l.w == nil:
		return errReadOnly
	case len(r.entries) == 0:
		return errors.New("store: nothing to append")
	case r.bytes > maxAppend:
		return fmt.Errorf("store: an append of %d bytes is over the limit of %d", r.bytes, maxAppend)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	l.queue = append(l.queue, r)
	return nil
}

// leadTime is the least time that a caller must have left to commit itself: an engine that is locked or does not
// answer is given up sooner. Only a disk that never ends a sync can hold that one caller longer than its deadline. A
// caller that may be called away at any moment, having no deadline, leaves its commit to the committer.
func (l *Log) leadTime() time.Duration { return l.db.cfg.Patience }

// lead commits what waits on the caller's own goroutine when nobody is committing: at idle times two switches between
// goroutines cost as much as half a sync. Else it leaves that to the committer.
func (l *Log) lead(ctx context.Context) {
	end, bounded := ctx.Deadline()
	patient := ctx.Done() == nil || (bounded && time.Until(end) >= l.leadTime())
	if !patient || !l.w.mu.TryLock() {
		l.signal()
		return
	}
	defer func() {
		l.w.mu.Unlock()
		if l.waiting() > 0 {
			l.signal()
		}
	}()
	l.commitWaiting()
}

// signal wakes the committer.
func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// take removes from the queue what the next batch holds; nil when nothing waits.
func (l *Log) take() (group []*request, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bytes, used := 0, 0
	for _, r := range l.queue {
		if len(group) > 0 && (count+len(r.entries) > maxGroup || bytes+r.bytes > maxGroupBytes) {
			break
		}
		used++
		if !r.state.CompareAndSwap(waiting, taken) {
			continue // its caller gave up
		}
		group = append(group, r)
		count += len(r.entries)
		bytes += r.bytes
	}
	rest := copy(l.queue, l.queue[used:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	return group, count
}

// run is the committer: it takes all requests that wait as soon as the commit before has returned.
func (l *Log) run() {
	for {
		select {
		case <-l.wake:
		case <-l.db.stop:
			return
		}
		for l.waiting() > 0 {
			l.w.mu.Lock()
			l.commitWaiting()
			l.w.mu.Unlock()
		}
	}
}

// commitWaiting makes one batch of what waits. The caller holds w.mu.
func (l *Log) commitWaiting() {
	l.gather()
	if group, count := l.take(); len(group) > 0 {
		l.commitGroup(group, count)
	}
}

// gather lets callers that are ready to run, those just answered among them, arrive before the next batch is cut:
// fuller batches, fewer syncs. It ends as soon as a turn brings nobody, so a lone caller does not wait.
func (l *Log) gather() {
	for before, turn := -1, 0; turn < maxTurns; turn++ {
		runtime.Gosched()
		now := l.waiting()
		if now <= before || now >= maxGroup {
			return
		}
		before = now
	}
}

// maxTurns bounds how often gather yields.
const maxTurns = 16

func (l *Log) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// commitGroup commits the entries of group and answers its callers. The caller holds w.mu.
func (l *Log) commitGroup(group []*request, count int) {
	entries := group[0].entries
	if len(group) > 1 {
		entries = make([]appendlog.Entry, 0, count)
		for _, r := range group {
			entries = append(entries, r.entries...)
		}
	}
	head, err := l.commit(context.Background(), entries, group)
	if err != nil {
		l.logFailure(count, err)
		l.health.bad(err)
		err = fault.Wrap(err, fault.RecordUnavailable)
	} else {
		l.health.ok()
	}
	for _, r := range group {
		if r.repeated {
			count -= len(r.entries)
		}
	}
	at := appendlog.Position{Index: head.Size - int64(count), Size: head.Size}
	for _, r := range group {
		switch {
		case err != nil:
			r.finish(appendlog.Position{}, err)
		case r.repeated:
			r.finish(appendlog.Position{}, fault.New(fault.SignatureReplayed))
		default:
			r.finish(at, nil)
			at.Index += int64(len(r.entries))
		}
	}
}

// complain logs a failed commit, at most once a second: the callers know, and a store that is down must not
// fill the log as well.
func (l *Log) logFailure(count int, err error) {
	if now := time.Now(); now.Sub(l.failureLogged) >= time.Second {
		l.failureLogged = now
		l.db.log.Error("append failed", "log", l.name, "entries", count, "cause", err)
	}
}
