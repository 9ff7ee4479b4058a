package store

import (
	"context"
	"sync"
	"time"
)

// watchEvery is how often a process looks for what other processes wrote, while anybody listens.
const watchEvery = 50 * time.Millisecond

// watcher tells followers that a log grew or a resource changed: at once for this process's own commits,
// by looking at the heads for those of others. It asks nothing while nobody listens.
type watcher struct {
	db *DB

	mu       sync.Mutex
	sizes    map[string]int64
	revision int64
	changed  chan struct{} // closed and replaced at each change
	users    int
	stop     context.CancelFunc
	hurry    chan struct{}
}

func newWatcher(db *DB) *watcher {
	return &watcher{db: db, sizes: map[string]int64{}, changed: make(chan struct{}), hurry: make(chan struct{}, 1)}
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

// look asks for the heads until ctx ends.
func (w *watcher) look(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		_ = w.ask(ctx) // a store that does not answer is asked again
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

func (w *watcher) ask(ctx context.Context) error {
	rows, err := w.db.pool.QueryContext(ctx, sqlNews)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var log string
		var n int64
		if err := rows.Scan(&log, &n); err != nil {
			return err
		}
		w.publish(log, n)
	}
	return rows.Err()
}

// publish notes the size of a log, or with an empty name the newest revision, and wakes the listeners.
func (w *watcher) publish(log string, n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if log == "" {
		if n <= w.revision {
			return
		}
		w.revision = n
	} else {
		if n <= w.sizes[log] {
			return
		}
		w.sizes[log] = n
	}
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

// size returns the last known size of log and a channel that closes at the next change of anything.
func (w *watcher) size(log string) (int64, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sizes[log], w.changed
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

// WatchRevision calls fn with the newest revision of the resources: once at the beginning, then within a
// second of every change by whatever process; changes in quick succession may be told as one. It
// returns when ctx ends, with its error.
func (db *DB) WatchRevision(ctx context.Context, fn func(revision int64)) error {
	leave := db.watch.join()
	defer leave()
	told := int64(-1)
	var start int64
	if err := db.pool.QueryRowContext(ctx, sqlRevision).Scan(&start); err != nil {
		return unavailable(err)
	}
	db.watch.publish("", start)
	for {
		revision, changed := db.watch.newest()
		if revision != told {
			told = revision
			fn(revision)
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-db.stop:
			return errClosed
		}
	}
}
