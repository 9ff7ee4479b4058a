package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

const (
	erasureColumns = `id, at, until, actor, reason, pseudonym, records, state, decided_by, decided_at, note`
	sqlPutErasure  = `INSERT INTO erasure (` + erasureColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, '')`
	sqlErasure     = `SELECT ` + erasureColumns + ` FROM erasure WHERE id = $1`
	sqlErasures    = `SELECT ` + erasureColumns + ` FROM erasure WHERE id < $1 ORDER BY id DESC LIMIT $2`
	sqlDecide      = `UPDATE erasure SET state = $3, decided_by = $4, decided_at = $5, note = $6, records = $7 WHERE id = $1 AND state = $2`
)

// PutErasure keeps a new proposal. It is durable when PutErasure returns.
func (db *DB) PutErasure(ctx context.Context, e appendlog.Erasure) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, sqlPutErasure, e.ID, e.At.UnixMicro(), e.Until.UnixMicro(), e.Actor, e.Reason,
			e.Pseudonym, e.Records, e.State)
		return err
	})
}

// Erasure returns one proposal; fault record.unknown when there is none.
func (db *DB) Erasure(ctx context.Context, id int64) (appendlog.Erasure, error) {
	all, err := db.erasures(ctx, sqlErasure, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.RecordUnknown)
	}
	if err != nil {
		return appendlog.Erasure{}, err
	}
	return all[0], nil
}

// Erasures returns at most limit proposals with an id below before, newest first.
func (db *DB) Erasures(ctx context.Context, before int64, limit int) ([]appendlog.Erasure, error) {
	return db.erasures(ctx, sqlErasures, before, limit)
}

// DecideErasure stores the decision in e unless the proposal has left the state from meanwhile; then it returns false.
func (db *DB) DecideErasure(ctx context.Context, from string, e appendlog.Erasure) (done bool, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, sqlDecide, e.ID, from, e.State, e.DecidedBy, e.DecidedAt.UnixMicro(), e.Note,
			e.Records)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		done = n == 1
		return err
	})
	return done, err
}

func (db *DB) erasures(ctx context.Context, text string, args ...any) ([]appendlog.Erasure, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, e *appendlog.Erasure) error {
		var at, until, decided int64
		err := rows.Scan(&e.ID, &at, &until, &e.Actor, &e.Reason, &e.Pseudonym, &e.Records, &e.State, &e.DecidedBy,
			&decided, &e.Note)
		e.At, e.Until = time.UnixMicro(at).UTC(), time.UnixMicro(until).UTC()
		if decided > 0 {
			e.DecidedAt = time.UnixMicro(decided).UTC()
		}
		return err
	}, text, args...)
	return all, unavailable(err)
}
