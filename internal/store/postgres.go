package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// poolConfig reports what the sessions of a pool are for.
type poolConfig struct {
	url      string
	conns    int           // at most
	idle     int           // kept open without work
	patience time.Duration // for each answer
	readOnly bool
	lazy     bool // does not wait for the disk: only for what can be built again
}

// postgresPool opens a handle on which every session commits durably. Nothing is connected before it is used.
func postgresPool(l *links, p poolConfig) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(p.url)
	if err != nil {
		return nil, fmt.Errorf("store.url: %w", err)
	}
	set := sessionSettings(l)
	if p.lazy {
		set["synchronous_commit"] = "off"
	}
	if p.patience == longPatience {
		set["idle_in_transaction_session_timeout"] = "60000"
	}
	maps.Copy(cfg.RuntimeParams, set)
	cfg.RuntimeParams["application_name"] = cmp.Or(cfg.RuntimeParams["application_name"], "mconnect")
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = l.connect()
	}
	cfg.LookupFunc = l.lookup(cfg.LookupFunc, cfg.ConnectTimeout)
	pool := stdlib.OpenDB(*cfg, stdlib.OptionResetSession(l.reset), stdlib.OptionShouldPing(l.shouldPing),
		stdlib.OptionBeforeConnect(func(_ context.Context, cfg *pgx.ConnConfig) error {
			l.suspectsLast(cfg)
			l.prepare(cfg, p.patience)
			return nil
		}),
		stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
			if !p.readOnly {
				return nil
			}
			// Not a parameter of the connection: target_session_attrs=read-write would take the server for a standby.
			_, err := c.Exec(ctx, "SET default_transaction_read_only = on")
			return err
		}))
	pool.SetMaxOpenConns(p.conns)
	pool.SetMaxIdleConns(p.idle)
	pool.SetConnMaxIdleTime(idleTime)
	return pool, nil
}

// sessionSettings are the parameters that each session sets when it connects.
func sessionSettings(l *links) map[string]string {
	return map[string]string{
		"synchronous_commit": "on", "timezone": "UTC", "lock_timeout": milliseconds(l.lock()),
		// a head is read as it stands when its statement begins
		"default_transaction_isolation": "read committed",
		// it would cancel a commit that waits for its standby
		"statement_timeout": "0",
		// a node that froze must not hold the head's lock
		"idle_in_transaction_session_timeout": milliseconds(l.patience / 2),
	}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// idleTime is how long a connection is kept that has nothing to do.
const idleTime = 5 * time.Minute

// postgresSwap is dialect.swap: both statements travel in one round trip and form one transaction. When
// another node moved the head, the first matches no row and the second meets that node's batch under
// the same key, which undoes both. So does a key of the batch that may count once and has counted.
func postgresSwap(ctx context.Context, w *writer, m move) (moved bool, err error) {
	ctx = context.WithoutCancel(ctx) // a commit once begun is waited for, as long as its connection lives
	w.session.clearWarning()
	err = w.conn.Raw(func(c any) error {
		var batch pgx.Batch
		batch.Queue(sqlMoveHead, m.headArgs()...)
		batch.Queue(sqlPutBatch, m.batchArgs()...)
		if len(m.once) > 0 {
			batch.Queue(sqlOnceMany, onceArgs(m.once)...)
		}
		r := c.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		tag, err := r.Exec()
		err = errors.Join(err, r.Close())
		moved = err == nil && tag.RowsAffected() == 1
		return err
	})
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == "23505" { // unique_violation
		return false, nil
	}
	if err == nil && !moved {
		return false, errors.New("store: the log's head does not match its batches")
	}
	if err == nil && w.session.warnedOf() {
		return false, errNotReplicated
	}
	return moved, err
}

// postgresMany is dialect.many: all rows in one round trip.
func postgresMany(ctx context.Context, c *sql.Conn, text string, rows [][]any) error {
	return c.Raw(func(c any) error {
		var batch pgx.Batch
		for _, args := range rows {
			batch.Queue(text, args...)
		}
		return c.(*stdlib.Conn).Conn().SendBatch(ctx, &batch).Close()
	})
}

// sqlCompressed lists the columns of log_batch that PostgreSQL would try to compress.
const sqlCompressed = `SELECT attname FROM pg_attribute
	WHERE attrelid = 'log_batch'::regclass AND attname IN ('entries', 'asides', 'hashes') AND attstorage <> 'e'`

// storeUncompressed is dialect.settle: batches are large and hashed or sealed, so compressing them costs more
// than it saves. The ALTER takes ACCESS EXCLUSIVE and queues all appends of all nodes behind any reader of the
// table, so it runs only where the catalogue says that it is needed: once, on the empty table of a new store.
func storeUncompressed(ctx context.Context, pool *sql.DB) error {
	columns, err := column[string](ctx, pool, sqlCompressed)
	if err != nil || len(columns) == 0 {
		return err
	}
	for i, name := range columns {
		columns[i] = "ALTER COLUMN " + name + " SET STORAGE EXTERNAL"
	}
	_, err = pool.ExecContext(ctx, "ALTER TABLE log_batch "+strings.Join(columns, ", "))
	return err
}
