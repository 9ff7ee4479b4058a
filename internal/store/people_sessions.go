package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

const (
	sessionColumns = `digest, person, participant, staff, name_id, name_sealed, name_index, entities, created, seen, until, address,
		agent, step_up`
	sqlPutSession = `INSERT INTO session (` + sessionColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	sqlSession       = `SELECT ` + sessionColumns + ` FROM session WHERE digest = $1`
	sqlSessionsOf    = `SELECT ` + sessionColumns + ` FROM session WHERE person = $1 ORDER BY created, digest`
	sqlSessionsNamed = `SELECT ` + sessionColumns + ` FROM session WHERE name_id = $1 ORDER BY created, digest`
	sqlEndSession    = `DELETE FROM session WHERE digest = $1`
	sqlOverSessions  = `DELETE FROM session WHERE until < $1`
	sqlTouchSession  = `UPDATE session SET seen = $2 WHERE digest = $1 AND seen < $2`
)

// PutSession stores a new session and drops those that are over.
func (db *DB) PutSession(in appendlog.Tx, s appendlog.Session) error {
	if err := inside(in, sqlOverSessions, micros(s.Created)); err != nil {
		return err
	}
	return inside(in, sqlPutSession, s.Digest, s.Person, s.Participant, number(s.Staff), s.Name, s.NameSealed, s.Index,
		s.Entities, micros(s.Created), micros(s.Seen), micros(s.Until), s.Address, s.Agent, micros(s.StepUp))
}

// EndSessions removes sessions and returns how many there were.
func (db *DB) EndSessions(in appendlog.Tx, digests ...[]byte) (ended int, err error) {
	for _, d := range digests {
		r, err := sqlTx(in).ExecContext(context.Background(), sqlEndSession, d)
		if err != nil {
			return ended, unavailable(err)
		}
		n, err := r.RowsAffected()
		if err != nil {
			return ended, unavailable(err)
		}
		ended += int(n)
	}
	return ended, nil
}

// TouchSession notes that a session was used.
func (db *DB) TouchSession(ctx context.Context, digest []byte, seen time.Time) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, sqlTouchSession, digest, micros(seen))
		return err
	})
}

// Session returns the session of a token's digest; fault session.unknown.
func (db *DB) Session(ctx context.Context, digest []byte) (appendlog.Session, error) {
	all, err := db.sessions(ctx, sqlSession, digest)
	return one(all, err, fault.SessionUnknown)
}

// SessionsOf returns the sessions of a person, oldest first.
func (db *DB) SessionsOf(ctx context.Context, person string) ([]appendlog.Session, error) {
	return db.sessions(ctx, sqlSessionsOf, person)
}

// SessionsNamed returns the sessions under a name of the identity provider, oldest first.
func (db *DB) SessionsNamed(ctx context.Context, name []byte) ([]appendlog.Session, error) {
	return db.sessions(ctx, sqlSessionsNamed, name)
}

func (db *DB) sessions(ctx context.Context, text string, args ...any) ([]appendlog.Session, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, s *appendlog.Session) error {
		var staff, created, seen, until, stepUp int64
		err := rows.Scan(&s.Digest, &s.Person, &s.Participant, &staff, &s.Name, &s.NameSealed, &s.Index, &s.Entities,
			&created, &seen, &until, &s.Address, &s.Agent, &stepUp)
		s.Staff, s.Created, s.Seen = staff != 0, moment(created), moment(seen)
		s.Until, s.StepUp = moment(until), moment(stepUp)
		return err
	}, text, args...)
	return all, unavailable(err)
}
