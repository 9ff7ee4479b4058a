package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// attemptsKept is how long failures count.
const attemptsKept = 24 * time.Hour

const (
	credentialColumns = `person, login, password, totp, totp_next, used, changed`
	sqlPutCredential  = `INSERT INTO credential (` + credentialColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person) DO UPDATE SET login = excluded.login, password = excluded.password, totp = excluded.totp,
		totp_next = excluded.totp_next, used = excluded.used, changed = excluded.changed`
	sqlCredential   = `SELECT ` + credentialColumns + ` FROM credential WHERE person = $1`
	sqlCredentialOf = `SELECT ` + credentialColumns + ` FROM credential WHERE login = $1`
	sqlUseStep      = `UPDATE credential SET used = $2 WHERE person = $1 AND used < $2`
	sqlPutRecovery  = `INSERT INTO recovery_code (person, digest) VALUES ($1, $2)`
	sqlUseRecovery  = `DELETE FROM recovery_code WHERE person = $1 AND digest = $2`
	sqlNoRecovery   = `DELETE FROM recovery_code WHERE person = $1`
	sqlRecovery     = `SELECT COUNT(*) FROM recovery_code WHERE person = $1`

	sqlNewAttempt  = `INSERT INTO login_attempt (id, failures, last) VALUES ($1, 0, 0) ON CONFLICT (id) DO NOTHING`
	sqlAttempt     = `SELECT failures, last FROM login_attempt WHERE id = $1`
	sqlPutAttempt  = `UPDATE login_attempt SET failures = $2, last = $3 WHERE id = $1`
	sqlOldAttempts = `DELETE FROM login_attempt WHERE last < $1 AND id <> $2`

	sqlPutSetup = `INSERT INTO setup_code (digest, person, until) VALUES ($1, $2, $3)`
	sqlSetup    = `SELECT person FROM setup_code WHERE digest = $1 AND until > $2`
	sqlUseSetup = `DELETE FROM setup_code WHERE digest = $1 AND until > $2`
	sqlOldSetup = `DELETE FROM setup_code WHERE until <= $1`
)

// PutCredential stores what a person's local account logs in with. Fault login.taken where another has the login.
func (db *DB) PutCredential(in appendlog.Tx, c appendlog.Credential) error {
	all, err := db.credentials(context.Background(), sqlTx(in), sqlCredentialOf, c.Login)
	if err != nil {
		return err
	}
	if len(all) > 0 && all[0].Person != c.Person {
		return fault.New(fault.LoginTaken)
	}
	return inside(in, sqlPutCredential, c.Person, c.Login, c.Password, c.TOTP, c.Next, c.Used, micros(c.Changed))
}

// Credential returns that of a person; fault person.unknown where the person has no local account.
func (db *DB) Credential(ctx context.Context, person string) (appendlog.Credential, error) {
	all, err := db.credentials(ctx, db.pool, sqlCredential, person)
	return one(all, err, fault.PersonUnknown)
}

// CredentialOf returns that of a login; fault person.unknown.
func (db *DB) CredentialOf(ctx context.Context, login string) (appendlog.Credential, error) {
	all, err := db.credentials(ctx, db.pool, sqlCredentialOf, login)
	return one(all, err, fault.PersonUnknown)
}

func (db *DB) credentials(ctx context.Context, q rowser, text string, args ...any) ([]appendlog.Credential, error) {
	all, err := collect(ctx, q, func(rows *sql.Rows, c *appendlog.Credential) error {
		var changed int64
		err := rows.Scan(&c.Person, &c.Login, &c.Password, &c.TOTP, &c.Next, &c.Used, &changed)
		c.Changed = moment(changed)
		return err
	}, text, args...)
	return all, unavailable(err)
}

// UseStep notes that a code of a time step was used, and returns false when that or a later one was before.
func (db *DB) UseStep(in appendlog.Tx, person string, step int64) (bool, error) {
	return changed(in, sqlUseStep, person, step)
}

// PutRecovery replaces the recovery codes of a person by those with the digests.
func (db *DB) PutRecovery(in appendlog.Tx, person string, digests [][]byte) error {
	if err := inside(in, sqlNoRecovery, person); err != nil {
		return err
	}
	for _, d := range digests {
		if err := inside(in, sqlPutRecovery, person, d); err != nil {
			return err
		}
	}
	return nil
}

// UseRecovery removes a recovery code, and returns false when the person has none such.
func (db *DB) UseRecovery(in appendlog.Tx, person string, digest []byte) (bool, error) {
	return changed(in, sqlUseRecovery, person, digest)
}

// Recovery counts the recovery codes that a person has left.
func (db *DB) Recovery(ctx context.Context, person string) (n int, err error) {
	err = db.pool.QueryRowContext(ctx, sqlRecovery, person).Scan(&n)
	return n, unavailable(err)
}

// PutSetup stores the digest of a setup code until a time: for the account of a person, or "" for a new one.
func (db *DB) PutSetup(in appendlog.Tx, digest []byte, person string, now, until time.Time) error {
	if err := inside(in, sqlOldSetup, micros(now)); err != nil {
		return err
	}
	return inside(in, sqlPutSetup, digest, person, micros(until))
}

// Setup returns for whom a setup code is; fault code.refused where there is none that holds.
func (db *DB) Setup(ctx context.Context, digest []byte, at time.Time) (person string, err error) {
	all, err := column[string](ctx, db.pool, sqlSetup, digest, micros(at))
	return one(all, unavailable(err), fault.CodeRefused)
}

// UseSetup removes a setup code, and returns false when there is none that holds.
func (db *DB) UseSetup(in appendlog.Tx, digest []byte, at time.Time) (bool, error) {
	return changed(in, sqlUseSetup, digest, micros(at))
}

// changed runs one statement in a transaction and reports whether it changed a row.
func changed(in appendlog.Tx, text string, args ...any) (bool, error) {
	r, err := sqlTx(in).ExecContext(context.Background(), text, args...)
	if err != nil {
		return false, unavailable(err)
	}
	n, err := r.RowsAffected()
	return n > 0, unavailable(err)
}

// CountAttempt changes the attempts under a key as next says, in a transaction of its own. An error of next is returned
// and changes nothing.
func (db *DB) CountAttempt(ctx context.Context, key []byte,
	next func(appendlog.Attempts) (appendlog.Attempts, error)) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlNewAttempt, key); err != nil {
			return err
		}
		var was appendlog.Attempts
		var last int64
		if err := tx.QueryRowContext(ctx, sqlAttempt+db.d.forUpdate, key).Scan(&was.Failures, &last); err != nil {
			return err
		}
		was.Last = moment(last)
		now, err := next(was)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, sqlPutAttempt, key, now.Failures, micros(now.Last)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, sqlOldAttempts, micros(now.Last.Add(-attemptsKept)), key)
		return err
	})
}
