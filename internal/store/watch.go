package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// watchEvery is how often a process looks for what was written, while anybody listens.
const watchEvery = 50 * time.Millisecond

// closely is how long appends of this process are gathered before those are woken who follow closely: short for people,
// long enough that a busy producer does not wake them with every commit.
const closely = 2 * time.Millisecond

// watcher wakes followers when a resource changed, at once when this process changed it, and when a log grew, with the
// next look: a follower woken by every commit would take the processor from the very call that commits. What other
// processes wrote it finds by reading the heads. It reads nothing while nobody listens.
type watcher struct {
	db *DB

	mu       sync.Mutex
	sizes    map[string]int64
	revision int64
	grown    bool                // a log grew and the listeners were not woken yet
	changed  chan struct{}       // closed and replaced when they are woken
	near     map[string]*waiters // by log, for those who follow it closely
	users    int
	stop     context.CancelFunc
	hurry    chan struct{}
}

// waiters are the followers that follow one log closely.
type waiters struct {
	changed chan struct{} // nil while nobody waits
	armed   bool          // they will be woken soon
}

func newWatcher(db *DB) *watcher {
	return &watcher{db: db, sizes: map[string]int64{}, near: map[string]*waiters{}, changed: make(chan struct{}),
		hurry: make(chan struct{}, 1)}
}

// join counts a listener; the first one starts the looking, the last to leave ends it.
func (w *watcher) join() (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users++; w.users == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		w.stop = cancel
		go w.look(ctx)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.users--; w.users == 0 {
			w.stop()
		}
	}
}

// listened reports whether anybody listens.
func (w *watcher) listened() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.users > 0
}

// look reads the heads until ctx ends.
func (w *watcher) look(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		_ = w.readHeads(ctx) // a store that does not answer is tried again
		w.wakeIfGrown()
		select {
		case <-tick.C:
		case <-w.hurry:
		case <-w.db.stop:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (w *watcher) readHeads(ctx context.Context) error {
	return eachRow(ctx, w.db.pool, func(rows *sql.Rows) error {
		var log string
		var n int64
		if err := rows.Scan(&log, &n); err != nil {
			return err
		}
		w.publish(log, n)
		return nil
	}, sqlNews)
}

// publish notes the size of a log, or with an empty name the newest revision, of which the listeners hear at once.
func (w *watcher) publish(log string, n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if log == "" {
		if n == w.revision { // a smaller one is a change too: a fail-over lost the newest
			return
		}
		w.revision = n
		w.wake()
		return
	}
	if old, heard := w.sizes[log]; heard && n <= old {
		return
	}
	w.sizes[log], w.grown = n, true
	if near := w.near[log]; near != nil && near.changed != nil && !near.armed {
		near.armed = true
		time.AfterFunc(closely, func() { w.wakeWaiters(near) })
	}
}

// wakeWaiters wakes the followers that follow a log closely.
func (w *watcher) wakeWaiters(near *waiters) {
	w.mu.Lock()
	defer w.mu.Unlock()
	near.armed = false
	if near.changed != nil {
		close(near.changed)
		near.changed = nil
	}
}

// changedSoon is a channel that closes a few milliseconds after this process appended to log. Call it before reading
// the size.
func (w *watcher) changedSoon(log string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	near := w.near[log]
	if near == nil {
		near = &waiters{}
		w.near[log] = near
	}
	if near.changed == nil {
		near.changed = make(chan struct{})
	}
	return near.changed
}

// wakeIfGrown wakes the listeners if a log grew since they were woken last.
func (w *watcher) wakeIfGrown() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.grown {
		w.wake()
	}
}

// wake wakes the listeners. The caller holds mu.
func (w *watcher) wake() {
	w.grown = false
	if w.users > 0 {
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

// poke makes the watcher look now.
func (w *watcher) poke() {
	select {
	case w.hurry <- struct{}{}:
	default:
	}
}

// size returns the last known size of log, whether it was heard of at all, and a channel that closes at the next change
// of anything.
func (w *watcher) size(log string) (n int64, heard bool, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, heard = w.sizes[log]
	return n, heard, w.changed
}

func (w *watcher) newest() (int64, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.revision, w.changed
}

// pause waits for d, the end of ctx or the closing of the store.
func (w *watcher) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-w.db.stop:
		return errClosed
	default:
		return pause(ctx, d)
	}
}

// retryEvery is when a call that failed is repeated.
const retryEvery = 500 * time.Millisecond

// WatchRevision calls fn with the newest revision of the resources: once at the beginning, then within a second of
// every change by any process, and again while fn returns an error. Changes in quick succession may be reported as one.
// It returns when ctx ends, with its error.
func (db *DB) WatchRevision(ctx context.Context, fn func(revision int64) error) error {
	leave := db.watch.join()
	defer leave()
	told := int64(-1)
	var start int64
	if err := db.pool.QueryRowContext(ctx, sqlRevision).Scan(&start); err != nil {
		return unavailable(err)
	}
	if known, _ := db.watch.newest(); known < start { // else the looking knows more
		db.watch.publish("", start)
	}
	for {
		revision, changed := db.watch.newest()
		var again <-chan time.Time
		if revision != told {
			if fn(revision) == nil {
				told = revision
				continue
			}
			again = time.After(retryEvery)
		}
		select {
		case <-again:
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-db.stop:
			return errClosed
		}
	}
}
