package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// The name of a node is leased to one process at a time.
const (
	leaseTime  = 10 * time.Second
	probeEvery = 2 * time.Second // how often the lease is renewed and, by that, the store is tried
	probeSize  = 64 << 10        // of what is written after a failure, before the store counts as writable again
)

const (
	sqlNode      = `SELECT epoch, holder, until, until > $now FROM node WHERE name = $1`
	sqlNodeEpoch = `SELECT epoch FROM node WHERE name = $1`
	sqlTakeNode  = `INSERT INTO node (name, epoch, holder, until) VALUES ($1, $2, $3, $now + $4)
		ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, holder = excluded.holder, until = excluded.until
		WHERE node.epoch = $5 AND node.until = $6`
	sqlKeepNode  = `UPDATE node SET until = $now + $1, probe = $2 WHERE name = $3 AND epoch = $4`
	sqlLeaveNode = `UPDATE node SET until = 0, holder = '' WHERE name = $1 AND epoch = $2`
	sqlFreeParts = `UPDATE event_owner SET node = '' WHERE node = $1 OR substr(node, 1, $2) = $3`
	sqlFreeShare = `DELETE FROM event_share WHERE node = $1 OR substr(node, 1, $2) = $3`
)

// ErrNameTaken says that another process goes by the name of this node.
var ErrNameTaken = errors.New("another process has the name of this node")

// Lease is the right of this process to go by the name of a node. It is renewed until the store is closed. Each renewal
// is a commit of its own: it shows that the store can be written, and confirms what other nodes have appended.
type Lease struct {
	db     *DB
	name   string
	epoch  int64
	lost   chan struct{}
	reason atomic.Pointer[error]

	begun   time.Time    // includes the monotonic clock
	renewed atomic.Int64 // nanoseconds since begun: when the last renewal that succeeded began
}

// LeaseName takes a name for this process. When a process has it that may be alive, it waits: for the end of the lease,
// or for two renewals, which show that the name is in use (fault store.unavailable, wrapping ErrNameTaken). What the
// former holder delivers from is free for all nodes from now on.
//
// The lease fences what this process writes: once it is lost nothing is written any more, and after a time without a
// renewal the next write looks first whether the name is still this process's.
func (db *DB) LeaseName(ctx context.Context, name string) (*Lease, error) {
	if db.main == nil {
		return nil, fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	l := &Lease{db: db, name: name, lost: make(chan struct{}), begun: time.Now()}
	var seen leased
	for renewals := -1; ; {
		began := time.Now()
		now, err := l.take(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		if l.epoch > 0 {
			l.renewed.Store(began.Sub(l.begun).Nanoseconds())
			db.lease.Store(l)
			db.done.Go(l.keep)
			return l, nil
		}
		if now != seen {
			seen, renewals = now, renewals+1
		}
		if renewals == 2 { // one may have been on its way when its process was stopped
			return nil, fault.Wrap(fmt.Errorf("%w: %q is used by %s; set node to a name of its own for each process",
				ErrNameTaken, name, host(now.holder)), fault.StoreUnavailable)
		}
		if err := pause(ctx, probeEvery/8); err != nil {
			return nil, err
		}
	}
}

// leased is a lease as it stands in the store.
type leased struct {
	epoch, until int64
	holder       string
}

// take takes the name unless its holder may be alive: then it returns the lease.
func (l *Lease) take(ctx context.Context) (now leased, err error) {
	err = l.db.change(ctx, func(tx *sql.Tx) error {
		var runs bool
		err := tx.QueryRowContext(ctx, l.db.timed(sqlNode), l.name).Scan(&now.epoch, &now.holder, &now.until, &runs)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if runs && !l.db.d.oneWriter && !hasEnded(now.holder) { // SQLite has one writing process, and that is this one
			return nil
		}
		r, err := tx.ExecContext(ctx, l.db.timed(sqlTakeNode), l.name, now.epoch+1, thisProcess(),
			leaseTime.Microseconds(), now.epoch, now.until)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return err // another was quicker
		}
		for _, text := range []string{sqlFreeParts, sqlFreeShare} {
			if _, err := tx.ExecContext(ctx, text, l.name, len(l.name)+1, l.name+"#"); err != nil {
				return err
			}
		}
		l.epoch = now.epoch + 1
		return nil
	})
	return now, err
}

// ID is the name of this process among all that ever had its node's name. What is leased to it is not leased to a
// process that takes the name later.
func (l *Lease) ID() string { return l.name + "#" + strconv.FormatInt(l.epoch, 10) }

// Lost is closed when another process has taken the name; Err says so then.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Err is why the lease was lost; nil while it was not.
func (l *Lease) Err() error {
	if err := l.reason.Load(); err != nil {
		return *err
	}
	return nil
}

// keep renews until the store is closed or the lease is lost.
func (l *Lease) keep() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := l.renew(context.Background(), failing)
		if errors.Is(err, ErrNameTaken) {
			_ = l.lose()
			close(l.lost)
			return
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-l.db.stop:
			_ = l.leave()
			return
		}
	}
}

// lose notes that another process has the name.
func (l *Lease) lose() error {
	var err error = fault.Wrap(fmt.Errorf("%w: %q was taken while this process did not renew its lease", ErrNameTaken,
		l.name), fault.StoreUnavailable)
	l.reason.CompareAndSwap(nil, &err)
	return l.Err()
}

// due reports whether the last renewal lies so far back that another process may have the name.
func (l *Lease) due() bool {
	return time.Since(l.begun)-time.Duration(l.renewed.Load()) > leaseTime*4/5
}

// fence is an error when this process may not write any more under the name of its node. It asks the database only when
// a renewal is overdue, as after the process was frozen.
func (db *DB) fence(ctx context.Context, q queryer) error {
	l := db.lease.Load()
	if l == nil || db.d.oneWriter { // SQLite has one writing process
		return nil
	}
	if err := l.Err(); err != nil || !l.due() {
		return err
	}
	var epoch int64
	err := q.QueryRowContext(ctx, sqlNodeEpoch, l.name).Scan(&epoch)
	switch {
	case errors.Is(err, sql.ErrNoRows): // lost by a fail-over, with which nobody else took the name
		return nil
	case err == nil && epoch != l.epoch:
		return l.lose()
	}
	return err
}

// fenced reports whether a write must go through a transaction that asks the fence first.
func (db *DB) fenced() bool {
	l := db.lease.Load()
	return l != nil && !db.d.oneWriter && (l.Err() != nil || l.due())
}

func (l *Lease) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), leaseTime)
	defer cancel()
	return l.db.main.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, sqlLeaveNode, l.name, l.epoch)
		return err
	})
}

// renew prolongs the lease, confirms the heads of all logs and notes whether that was possible.
func (l *Lease) renew(ctx context.Context, failing bool) error {
	l.db.mu.Lock()
	logs := slices.Collect(maps.Values(l.db.logs))
	l.db.mu.Unlock()
	if l.db.d.oneWriter && !failing && len(logs) > 0 && recently(logs) {
		return nil // there was a commit a moment ago, and nobody else can want the name
	}
	began := time.Now()
	var probe []byte
	if failing {
		probe = make([]byte, probeSize)
	}
	heads := make([]appendlog.Head, len(logs))
	err := l.db.change(ctx, func(tx *sql.Tx) (err error) {
		for n, log := range logs {
			if heads[n], err = log.observe(ctx, tx); err != nil && !errors.Is(err, appendlog.ErrForked) {
				return err
			}
		}
		r, err := tx.ExecContext(ctx, l.db.timed(sqlKeepNode), leaseTime.Microseconds(), probe, l.name, l.epoch)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		// A fail-over may have lost the row; nobody else has the name then.
		r, err = tx.ExecContext(ctx, l.db.timed(sqlTakeNode), l.name, l.epoch, thisProcess(), leaseTime.Microseconds(),
			0, 0)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return l.lose()
	})
	if err == nil {
		l.renewed.Store(began.Sub(l.begun).Nanoseconds())
	}
	for n, log := range logs {
		if err != nil {
			log.health.bad(err)
			continue
		}
		log.health.ok()
		if log.Forked() == nil {
			log.noteDurable(heads[n])
		}
	}
	return err
}

// recently reports whether each log has had a commit since the last probe was due.
func recently(logs []*Log) bool {
	for _, log := range logs {
		if age, failed := log.health.state(); failed != nil || age > probeEvery {
			return false
		}
	}
	return true
}
