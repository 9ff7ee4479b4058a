package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// noteDurable notes a head that is durable on the server and on the standbys that it waits for.
func (l *Log) noteDurable(h appendlog.Head) {
	for {
		old := l.durable.Load()
		if old != nil && old.Size >= h.Size {
			return
		}
		if l.durable.CompareAndSwap(old, &h) {
			return
		}
	}
}

// Forked reports whether this process has found that the log does not continue what was acknowledged: an error that
// wraps ErrForked. Nothing is appended from then on. Only a new process, which compares the store with the checkpoint
// file, can go on.
func (l *Log) Forked() error {
	if err := l.forked.Load(); err != nil {
		return *err
	}
	return nil
}

// Acknowledged is the newest head that this process knows to be durable, also when the log is forked; its size is 0
// when there is none.
func (l *Log) Acknowledged() appendlog.Head {
	if h := l.durable.Load(); h != nil {
		return *h
	}
	return appendlog.Head{}
}

// Halt ends all appending to the log, for a reason found outside of it; see Forked.
func (l *Log) Halt(why error) { _ = l.fork(why.Error()) }

// fork ends all work on the log.
func (l *Log) fork(why string) error {
	err := fmt.Errorf("store: log %q: %w: %s", l.name, appendlog.ErrForked, why)
	if l.forked.CompareAndSwap(nil, &err) {
		l.db.log.Error("the log is not what was acknowledged: nothing is appended to it any more", "log", l.name,
			"cause", err)
	}
	return l.Forked()
}

// observe reads the head and admits it. What was durable is noted before the statement begins: an append of this
// process that becomes durable between the two would otherwise make the head look too short.
func (l *Log) observe(ctx context.Context, q queryer) (appendlog.Head, error) {
	known := l.durable.Load()
	head, err := l.readHead(ctx, q, "")
	if err != nil {
		return appendlog.Head{}, err
	}
	return head, l.admit(ctx, q, known, head, true)
}

// admit looks at a head found in the database before anything is built on it. It must not be shorter than known, which
// was durable before the head was read. Over a new connection, behind which another server may stand, it is proven that
// it continues that.
func (l *Log) admit(ctx context.Context, q queryer, known *appendlog.Head, head appendlog.Head, proof bool) error {
	if err := l.Forked(); err != nil {
		return err
	}
	switch {
	case known == nil:
		return nil
	case head.Size < known.Size:
		return l.fork(fmt.Sprintf("it holds %d entries, of which %d were durable", head.Size, known.Size))
	case head.Size == known.Size:
		if string(head.Note) != string(known.Note) || string(head.Frontier) != string(known.Frontier) {
			return l.fork(fmt.Sprintf("another history of the same %d entries", head.Size))
		}
		return nil
	}
	prover, ok := l.sealer.(appendlog.Prover)
	if !ok || !proof || known.Size == 0 {
		return nil
	}
	err := prover.Continues(*known, head, l.hashes(ctx, q))
	if errors.Is(err, appendlog.ErrForked) {
		return l.fork(err.Error())
	}
	return err
}

// hashes reads for a Prover.
func (l *Log) hashes(ctx context.Context, q queryer) func(index int64) (int64, []byte, error) {
	return func(index int64) (first int64, stored []byte, err error) {
		err = q.QueryRowContext(ctx, sqlHashesOf, l.name, index).Scan(&first, &stored)
		return first, stored, err
	}
}

// Since returns the newest durable head, proven to continue an older one that was kept elsewhere: ErrForked when it
// does not. It needs a log with a Prover.
func (l *Log) Since(ctx context.Context, kept appendlog.Head) (appendlog.Head, error) {
	head, err := l.Durable(ctx, 0)
	if err != nil || kept.Size == 0 {
		return head, err
	}
	prover, ok := l.sealer.(appendlog.Prover)
	if !ok {
		return head, errors.New("store: the log cannot prove anything")
	}
	return head, prover.Continues(kept, head, l.hashes(ctx, l.db.pool))
}

// Durable returns a head that no fail-over can take back: one that this process appended or has confirmed since. It
// covers at least size entries; with size 0 it is the newest there is, or when that cannot be confirmed now, the newest
// confirmed before.
//
// A head that can be read on PostgreSQL may not be on the synchronous standby yet: the server shows it after a wait was
// cancelled or a restart. So a commit of our own is waited for first, which lies behind it.
// Faults: record.unavailable, also when the log is forked.
func (l *Log) Durable(ctx context.Context, size int64) (appendlog.Head, error) {
	if err := l.Forked(); err != nil {
		return appendlog.Head{}, fault.Wrap(err, fault.RecordUnavailable)
	}
	known := l.durable.Load()
	if size > 0 && known != nil && known.Size >= size {
		return *known, nil
	}
	head, err := l.readHead(ctx, l.db.pool, "")
	if err != nil {
		return appendlog.Head{}, fault.Wrap(err, fault.RecordUnavailable)
	}
	if known == nil || head.Size > known.Size || head.Size < known.Size && l.db.main != nil {
		// a standby may only be behind
		head, err = l.confirm(ctx, nil)
	}
	known = l.durable.Load()
	switch {
	case known != nil && l.Forked() == nil && (known.Size >= size && size > 0 || size == 0 &&
		(err == nil || known.Size > 0)):
		return *known, nil
	case err != nil:
		return appendlog.Head{}, fault.Wrap(err, fault.RecordUnavailable)
	}
	return head, nil // shorter than size
}

// confirm reads the head, proves that it continues what is known, and waits until it is durable. Before, it calls
// first, unless that is nil, with the connection over which it does so. It tries once more over a new connection: the
// one there is may have died while nobody used it.
func (l *Log) confirm(ctx context.Context, first func(context.Context, reader) error) (head appendlog.Head, err error) {
	if l.db.d.barrier == nil || l.db.main == nil {
		return l.confirmReading(ctx, first)
	}
	w := l.db.main
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh := w.conn == nil
	if head, err = l.confirmLocked(context.WithoutCancel(ctx), first); err == nil || fresh ||
		errors.Is(err, appendlog.ErrForked) || errors.Is(err, errSilent) {
		return head, err
	}
	return l.confirmLocked(context.WithoutCancel(ctx), first)
}

// confirmLocked is one attempt of confirm. The caller holds the writer's mutex.
func (l *Log) confirmLocked(ctx context.Context, first func(context.Context, reader) error) (head appendlog.Head,
	err error) {
	w := l.db.main
	c, err := w.connect(ctx)
	if err != nil {
		return appendlog.Head{}, err
	}
	defer func() {
		if err != nil && !errors.Is(err, appendlog.ErrForked) {
			w.drop()
		}
	}()
	if first != nil {
		if err = first(ctx, c); err != nil {
			return appendlog.Head{}, err
		}
	}
	if head, err = l.observe(ctx, c); err != nil {
		return appendlog.Head{}, err
	}
	w.session.clearWarning()
	if _, err = c.ExecContext(ctx, l.db.d.barrier[1]); err == nil && w.session.warnedOf() {
		err = errNotReplicated
	}
	if err != nil {
		return appendlog.Head{}, err
	}
	l.noteDurable(head)
	return head, nil
}

// confirmReading is confirm for a store that is durable as soon as it can be read, and for one that is opened for
// reading.
func (l *Log) confirmReading(ctx context.Context, first func(context.Context, reader) error) (head appendlog.Head,
	err error) {
	c, err := l.db.pool.Conn(ctx)
	if err != nil {
		return appendlog.Head{}, err
	}
	defer func() { _ = c.Close() }()
	if first != nil {
		if err = first(ctx, c); err != nil {
			return appendlog.Head{}, err
		}
	}
	if head, err = l.observe(ctx, c); err != nil {
		return appendlog.Head{}, err
	}
	standby := false
	if len(l.db.d.barrier) > 0 {
		if err := c.QueryRowContext(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
			return appendlog.Head{}, err
		}
	}
	if !standby { // what a standby shows it has received
		if err := l.db.await(ctx, c); err != nil {
			return appendlog.Head{}, err
		}
	}
	l.noteDurable(head)
	return head, nil
}

// await runs the barrier on a connection that may be set to read only.
func (db *DB) await(ctx context.Context, c *sql.Conn) error {
	var s *session
	if err := c.Raw(func(c any) error {
		s = sessionOf(c)
		return nil
	}); err != nil {
		return err
	}
	s.clearWarning()
	for _, text := range db.d.barrier {
		if _, err := c.ExecContext(ctx, text); err != nil {
			_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			return err
		}
	}
	if s.warnedOf() {
		return errNotReplicated
	}
	return nil
}
