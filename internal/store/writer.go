package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
)

// writer owns one dedicated connection with prepared statements. It serialises the transactions of this
// process on that connection; after any engine error the connection is discarded and opened again for
// the next transaction, so a store that became writable again is written again.
type writer struct {
	mu    sync.Mutex
	d     *dialect
	pool  *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	fence func(ctx context.Context, q queryer) error // asked in each transaction before it writes; nil: nobody

	session *session // of conn on PostgreSQL, else nil
	opened  int      // how many connections there were so far
}

// connect returns the connection, opening it if need be. The caller holds mu.
func (w *writer) connect(ctx context.Context) (*sql.Conn, error) {
	if w.conn != nil && w.session.stale() {
		w.drop()
	}
	if w.conn != nil {
		return w.conn, nil
	}
	c, err := w.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w.conn, w.stmts, w.session = c, map[string]*sql.Stmt{}, nil
	w.opened++
	return c, c.Raw(func(c any) error {
		w.session = sessionOf(c)
		return nil
	})
}

// stmt returns text prepared on the connection. The caller holds mu and has connected.
func (w *writer) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := w.stmts[text]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	w.stmts[text] = s
	return s, nil
}

// drop throws the connection away. The caller holds mu.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	for _, s := range w.stmts {
		_ = s.Close() // the connection goes with it
	}
	// ErrBadConn makes database/sql close the driver's connection instead of keeping it for others.
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.conn.Close()
	w.conn, w.stmts, w.session = nil, nil, nil
}

// tx runs fn in a transaction of its own, durable when tx returns nil. An error of fn rolls back and is
// returned as it is. The caller does not hold mu.
func (w *writer) tx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.txLocked(ctx, fn)
}

// txLocked is tx for a caller that holds mu. The end of ctx is looked at before the commit, never during
// it: a commit once begun is waited for.
func (w *writer) txLocked(ctx context.Context, fn func(tx *sql.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	free := context.WithoutCancel(ctx)
	c, err := w.connect(free)
	if err != nil {
		return err
	}
	tx, err := c.BeginTx(free, nil)
	if err != nil {
		w.drop()
		return err
	}
	done := false
	defer func() {
		if done {
			return
		}
		if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			w.drop() // also when fn panicked: the lock must not outlive it
		}
	}()
	if w.fence != nil {
		if err := w.fence(ctx, tx); err != nil {
			return err
		}
	}
	if err := fn(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	w.session.clearWarning()
	err = tx.Commit()
	if err == nil && w.session.warnedOf() {
		err = errNotReplicated
	}
	if err != nil {
		w.drop()
	}
	return err
}

// close gives the connection back.
func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop()
}
