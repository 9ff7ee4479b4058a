package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/fault"
)

// mostLogins is how many logins may be under way: beyond it the oldest are forgotten, so that nobody can keep others
// from logging in by beginning many.
const mostLogins = 100_000

const (
	sqlPutLogin    = `INSERT INTO login_begun (key, sealed, begun) VALUES ($1, $2, $3)`
	sqlOldLogins   = `DELETE FROM login_begun WHERE begun < $1`
	sqlCountLogins = `SELECT COUNT(*) FROM login_begun`
	sqlFirstLogins = `DELETE FROM login_begun WHERE key IN (SELECT key FROM login_begun ORDER BY begun, key LIMIT $1)`
	sqlTakeLogin   = `DELETE FROM login_begun WHERE key = $1 RETURNING sealed`
)

// KeepLogin keeps a login that was begun, and forgets those that began before a time.
func (db *DB) KeepLogin(ctx context.Context, key, sealed []byte, begun, before time.Time) error {
	return db.keepLogin(ctx, key, sealed, begun, before, mostLogins)
}

func (db *DB) keepLogin(ctx context.Context, key, sealed []byte, begun, before time.Time, most int) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlOldLogins, micros(before)); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, sqlCountLogins).Scan(&n); err != nil {
			return err
		}
		if n >= most {
			if _, err := tx.ExecContext(ctx, sqlFirstLogins, n-most+1); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, sqlPutLogin, key, sealed, micros(begun))
		return err
	})
}

// TakeLogin removes a login that was begun and returns it: of any number of calls with one key, on any node, one
// succeeds. Fault: login.unsolicited.
func (db *DB) TakeLogin(ctx context.Context, key []byte) (sealed []byte, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		switch err := tx.QueryRowContext(ctx, sqlTakeLogin, key).Scan(&sealed); err {
		case sql.ErrNoRows:
			return fault.New(fault.LoginUnsolicited)
		default:
			return err
		}
	})
	return sealed, err
}
