package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// move is what one commit writes: the head from size old to next, and the batch between them.
type move struct {
	log                     string
	old, count              int64
	next                    appendlog.Head
	entries, asides, hashes []byte
	once                    []*appendlog.Once
}

func (m *move) headArgs() []any {
	return []any{m.next.Size, m.next.Frontier, m.next.Note, m.log, m.old}
}

func (m *move) batchArgs() []any {
	return []any{m.log, m.old, m.count, m.entries, m.asides, m.hashes, m.next.Note}
}

// bytes is about what the move adds to a write-ahead log.
func (m *move) bytes() int {
	return len(m.entries) + len(m.asides) + len(m.hashes) + 2*len(m.next.Note) + len(m.next.Frontier) + 4*4096
}

// seal computes the move that appends entries after head.
func (l *Log) seal(head appendlog.Head, entries []appendlog.Entry) (move, error) {
	m := move{log: l.name, old: head.Size, count: int64(len(entries))}
	m.next.Size = m.old + m.count
	if l.sealer != nil {
		next, hashes, err := l.sealer.Seal(head, entries)
		if err != nil {
			return m, fmt.Errorf("seal: %w", err)
		}
		if next.Size != m.next.Size {
			return m, fmt.Errorf("seal: gave size %d, want %d", next.Size, m.next.Size)
		}
		m.next, m.hashes = next, hashes
	}
	m.once = onceOf(entries)
	l.entries = frame(l.entries[:0], entries, false)
	m.entries = l.entries
	if hasAside(entries) {
		l.asides = frame(l.asides[:0], entries, true)
		m.asides = l.asides
	}
	return m, nil
}

// commit makes entries the next batch. While this process is the only one that appends, the batch is
// sealed on the head it left and moved in one step; when another moved the head meanwhile (or after any
// error, when the outcome is not known, and over any new connection), the head is read under its lock first. The caller
// holds w.mu.
func (l *Log) commit(ctx context.Context, entries []appendlog.Entry, group []*request) (appendlog.Head, error) {
	if _, err := l.w.connect(ctx); err != nil {
		return appendlog.Head{}, err
	}
	if l.isKnown && l.singleAppender && l.opened == l.w.opened && !l.db.fenced() {
		moved, err := l.swap(ctx, entries)
		if err != nil {
			l.isKnown = false
			l.w.drop()
			return appendlog.Head{}, err
		}
		if moved {
			return l.head, nil
		}
	}
	return l.commitLocked(ctx, func(tx *sql.Tx) ([]appendlog.Entry, error) {
		if len(onceOf(entries)) == 0 {
			return entries, nil
		}
		return countOnce(ctx, tx, group)
	})
}

func (l *Log) swap(ctx context.Context, entries []appendlog.Entry) (bool, error) {
	m, err := l.seal(l.head, entries)
	if err != nil {
		return false, err
	}
	if err := l.Forked(); err != nil {
		return false, err
	}
	moved, err := l.db.d.swap(ctx, l.w, m)
	if moved && err == nil {
		l.moved(m)
	}
	return moved, err
}

// commitLocked locks the head, lets build add to the transaction, and appends what build returns.
// The caller holds w.mu.
func (l *Log) commitLocked(ctx context.Context, build func(*sql.Tx) ([]appendlog.Entry, error)) (appendlog.Head,
	error) {
	was, known := l.head, l.isKnown
	l.isKnown = false // unless all goes well
	var m move
	var built error // not the engine's: says nothing about the head
	err := l.w.txLocked(ctx, func(tx *sql.Tx) error {
		head, err := l.readHead(ctx, tx, l.db.d.forUpdate)
		if err != nil {
			return err
		}
		// The head is locked: nothing that has become durable meanwhile lies beyond it.
		if err := l.admit(ctx, tx, l.durable.Load(), head, l.opened != l.w.opened); err != nil {
			return err
		}
		l.opened = l.w.opened
		m = move{next: head}
		entries, err := build(tx)
		if built = err; err != nil || len(entries) == 0 {
			return err
		}
		if m, err = l.seal(head, entries); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, sqlMoveHead, m.headArgs()...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errors.New("store: the locked head is gone"))
		}
		_, err = tx.ExecContext(ctx, sqlPutBatch, m.batchArgs()...)
		return err
	})
	if err != nil {
		if built == nil {
			l.w.drop()
		}
		return appendlog.Head{}, err
	}
	l.singleAppender = !known || m.old == was.Size || m.count == 0
	l.moved(m)
	return l.head, nil
}

// moved notes a commit of our own.
func (l *Log) moved(m move) {
	l.head, l.isKnown = m.next, true
	if m.count > 0 {
		l.noteDurable(m.next)
	}
	l.db.checkpointer.wrote(m.bytes())
	switch {
	case !l.db.watch.listened():
		l.recent.forget()
	case m.count > 0:
		l.recent.add(&m)
	}
	l.db.watch.publish(l.name, m.next.Size)
}

// AppendWith appends the entries that build returns in the same transaction as everything that build writes
// with tx (see PutResources): both become durable or neither. The log's head is locked meanwhile, so
// build sees no other change come between; it must be quick and must not call Append, AppendWith or Read.
// An error of build rolls back and is returned as it is; a failed commit is fault record.unavailable.
// When build returns no entries its other writes are committed alone.
func (l *Log) AppendWith(ctx context.Context, build func(tx appendlog.Tx) ([]appendlog.Entry,
	error)) (appendlog.Position, error) {
	if l.w == nil {
		return appendlog.Position{}, fault.Wrap(errReadOnly, fault.RecordUnavailable)
	}
	count := 0
	var built error
	head, err := func() (appendlog.Head, error) {
		l.w.mu.Lock()
		defer l.w.mu.Unlock() // also when build panics
		return l.commitLocked(ctx, func(tx *sql.Tx) ([]appendlog.Entry, error) {
			entries, err := build(openTx{tx})
			count, built = len(entries), err
			return entries, err
		})
	}()
	switch {
	case built != nil:
		return appendlog.Position{}, built
	case err != nil:
		return appendlog.Position{}, fault.Wrap(err, fault.RecordUnavailable)
	}
	l.db.watch.poke()
	return appendlog.Position{Index: head.Size - int64(count), Size: head.Size}, nil
}

// openTx is the transaction that callers of AppendWith hold.
type openTx struct{ *sql.Tx }

// OpenTransaction implements appendlog.Tx.
func (openTx) OpenTransaction() {}

// sqlTx is the transaction behind one that this store began.
func sqlTx(tx appendlog.Tx) *sql.Tx { return tx.(openTx).Tx }

// queryer queries one row: a pool or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// reader is a connection, a transaction or a pool that is read from.
type reader interface {
	queryer
	rowser
}

func (l *Log) readHead(ctx context.Context, q queryer, lock string) (appendlog.Head, error) {
	var h appendlog.Head
	err := q.QueryRowContext(ctx, sqlHead+lock, l.name).Scan(&h.Size, &h.Frontier, &h.Note)
	if errors.Is(err, sql.ErrNoRows) && l.db.cfg.ReadOnly {
		return appendlog.Head{}, nil
	}
	return h, err
}

// Head reads the newest committed state of the log.
func (l *Log) Head(ctx context.Context) (appendlog.Head, error) {
	h, err := l.readHead(ctx, l.db.pool, "")
	return h, unavailable(err)
}
