package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mconnect/fault"
)

// KeepBody keeps one sealed message body of a call until expires; part distinguishes the bodies of a call
// ("request", "answer"). It is durable when KeepBody returns; an earlier one under the same names is replaced.
func (db *DB) KeepBody(ctx context.Context, call, part string, sealed []byte, expires time.Time) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, sqlKeepBody, call, part, expires.UnixMicro(), sealed)
		return err
	})
}

// Body returns a kept body that has not expired; fault record.unknown when there is none.
func (db *DB) Body(ctx context.Context, call, part string) ([]byte, error) {
	var sealed []byte
	err := db.pool.QueryRowContext(ctx, sqlBody, call, part, time.Now().UnixMicro()).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.RecordUnknown)
	}
	return sealed, unavailable(err)
}

// DropExpired removes the bodies that expired by now and returns how many there were; and the keys that need not be
// remembered any more (see Once).
func (db *DB) DropExpired(ctx context.Context, now time.Time) (n int64, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, sqlExpired, now.UnixMicro())
		if err != nil {
			return err
		}
		if n, err = r.RowsAffected(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, sqlOnceEnded, now.UnixMicro())
		return err
	})
	return n, err
}

// change runs a transaction that is no append.
func (db *DB) change(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return db.changeWith(ctx, db.main, fn)
}

func (db *DB) changeWith(ctx context.Context, w *writer, fn func(tx *sql.Tx) error) error {
	if w == nil {
		return fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	err := w.tx(ctx, fn)
	if err == nil {
		db.checkpointer.wrote(3 * 4096)
	}
	return unavailable(err)
}
