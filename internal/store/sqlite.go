package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // registers the engine
)

// How large the write-ahead log may grow before its content moves into the database file, in bytes, and to what its
// file is cut back: overwriting it in place is cheaper to sync than growing it.
const (
	walMoveAt = 16 << 20
	walKeep   = 64 << 20
)

// sqliteDSN reports how every connection to the file is opened; no setting is made on one connection only.
func sqliteDSN(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)"}, pragmas...), "_txlock": {"immediate"}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// sqlitePools opens the writing and the reading handle of a store file.
func sqlitePools(path string, readers int) (write, read *sql.DB, err error) {
	durable := []string{"journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)",
		"wal_autocheckpoint(0)", fmt.Sprintf("journal_size_limit(%d)", walKeep)}
	write, err = sql.Open("sqlite", sqliteDSN(path, durable...))
	if err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	read, err = sql.Open("sqlite", sqliteDSN(path, "query_only(1)", "wal_autocheckpoint(0)"))
	if err != nil {
		_ = write.Close()
		return nil, nil, err
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return write, read, nil
}

// sqliteSwap is dialect.swap: four prepared statements on one connection.
func sqliteSwap(ctx context.Context, w *writer, m move) (bool, error) {
	type step struct {
		text string
		args []any
		must bool // change a row; else all is undone
	}
	steps := append(make([]step, 0, 4), step{text: "BEGIN IMMEDIATE"}, step{sqlMoveHead, m.headArgs(), true},
		step{sqlPutBatch, m.batchArgs(), true})
	for _, o := range m.once {
		steps = append(steps, step{sqlOnce, []any{o.Key[:], keptUntil(o)}, true})
	}
	for _, step := range append(steps, step{text: "COMMIT"}) {
		s, err := w.stmt(ctx, step.text)
		if err != nil {
			return false, err
		}
		r, err := s.ExecContext(ctx, step.args...)
		if err != nil {
			return false, err // the caller drops the connection, and with it the transaction
		}
		if !step.must {
			continue
		}
		if n, err := r.RowsAffected(); err != nil {
			return false, err
		} else if n == 0 {
			_, err := w.conn.ExecContext(ctx, "ROLLBACK")
			return false, err
		}
	}
	return true, nil
}

// sqliteMany is dialect.many: one prepared statement, run row by row.
func sqliteMany(ctx context.Context, c *sql.Conn, text string, rows [][]any) error {
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for _, args := range rows {
		if _, err := s.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// checkpointer moves the write-ahead log into the database file in the background, so that commits need not.
type checkpointer struct {
	pool    *sql.DB // of its own: a checkpoint must not take a reader's place
	w       *writer
	path    string
	pending atomic.Int64 // bytes committed since the last move, roughly
	wake    chan struct{}
}

func newCheckpointer(path string, w *writer) (*checkpointer, error) {
	pool, err := sql.Open("sqlite", sqliteDSN(path, "synchronous(FULL)", "secure_delete(ON)", "wal_autocheckpoint(0)",
		fmt.Sprintf("journal_size_limit(%d)", walKeep)))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	return &checkpointer{pool: pool, w: w, path: path, wake: make(chan struct{}, 1)}, nil
}

// wrote notes that a commit wrote about n bytes.
func (m *checkpointer) wrote(n int) {
	if m == nil || m.pending.Add(int64(n)) < walMoveAt {
		return
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// run moves whenever enough was written, and every few seconds what little is left, until stop is closed.
func (m *checkpointer) run(stop <-chan struct{}) {
	quiet := time.NewTicker(5 * time.Second)
	defer quiet.Stop()
	for {
		select {
		case <-stop:
			return
		case <-m.wake:
		case <-quiet.C:
			if m.pending.Load() == 0 {
				continue
			}
		}
		m.move(context.Background())
	}
}

// move copies pages while commits go on, round after round until few are left, then holds the commits back
// for the short remainder, so that the log can be overwritten from its beginning and does not grow
// without bound. A failure (disk full, read-only) is left to the next time; the log stays the truth meanwhile.
func (m *checkpointer) move(ctx context.Context) {
	const rounds, few = 6, 64 // pages
	m.pending.Store(0)
	done := int64(0)
	for range rounds {
		moved, err := m.passive(ctx)
		if err != nil {
			return
		}
		if moved-done < few {
			break
		}
		done = moved
	}
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	_, _ = m.passive(ctx)
}

// passive moves what no reader still needs and says how many of the log's pages are now moved in all.
func (m *checkpointer) passive(ctx context.Context) (moved int64, err error) {
	var busy, inLog int64
	err = m.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &inLog, &moved)
	return moved, err
}

// truncate empties the write-ahead log, waiting for readers of old pages; nothing overwritten or deleted before is left
// in it afterwards. A backup may read for hours, so each attempt holds up those who append for a moment only.
func (m *checkpointer) truncate(ctx context.Context) error {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		m.w.mu.Lock()
		empty, err := m.emptied(ctx)
		m.w.mu.Unlock()
		if err != nil || empty {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// emptied tries to empty the write-ahead log. SQLite keeps its write lock while it waits for readers: the wait is
// short.
func (m *checkpointer) emptied(ctx context.Context) (bool, error) {
	c, err := m.pool.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), "PRAGMA busy_timeout = 5000")
		_ = c.Close()
	}()
	if _, err := c.ExecContext(ctx, "PRAGMA busy_timeout = 200"); err != nil {
		return false, err
	}
	var busy, inLog, moved int64
	err = c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &inLog, &moved)
	return err == nil && busy == 0, err
}

// close moves what is left, so that the database file stands alone.
func (m *checkpointer) close() {
	_, _ = m.emptied(context.Background())
	_ = m.pool.Close()
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
