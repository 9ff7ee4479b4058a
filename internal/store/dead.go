package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

const (
	sqlPutDead = `INSERT INTO event_dead (id, system, grp, state, position, type, source, event, reason, at, doc)
		VALUES ((SELECT size FROM log_head WHERE log = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	sqlDeadOf = `SELECT id, system, grp, state, position, type, source, event, reason, at, doc FROM event_dead`
	sqlDead   = sqlDeadOf + ` WHERE ($1 = '' OR system = $1) AND ($2 = '' OR type = $2) AND ($3 = '' OR state = $3)
		AND ($4 = '' OR source = $4) AND ($5 = '' OR event = $5) AND id >= $6 ORDER BY id LIMIT $7`
	// By source and id there is an index, which a condition that may be empty would leave unused.
	sqlDeadNamed = sqlDeadOf + ` WHERE ($1 = '' OR system = $1) AND ($2 = '' OR type = $2) AND ($3 = '' OR state = $3)
		AND source = $4 AND event = $5 AND id >= $6 ORDER BY source, event, id LIMIT $7`
	sqlDeadOne = sqlDeadOf + ` WHERE id = $1`
	sqlSetDead = `UPDATE event_dead SET state = $1, doc = $2 WHERE id = $3 AND state = $4`
	sqlOldDead = `DELETE FROM event_dead WHERE at < $1`
)

// PutDead stores a dead event inside the transaction of an AppendWith to the log named, as the first of whose entries
// it is appended.
func (db *DB) PutDead(tx appendlog.Tx, log string, d appendlog.DeadEvent) error {
	_, err := sqlTx(tx).Exec(sqlPutDead, log, d.System, d.Group, d.State, d.Position, d.Type, d.Source, d.Event,
		d.Reason,
		d.At.UnixMicro(), d.Doc)
	return unavailable(err)
}

// ChangeDead gives a waiting dead event another state and document, inside a transaction; fault record.unknown when
// none waits under that id.
func (db *DB) ChangeDead(tx appendlog.Tx, id int64, state string, doc []byte) error {
	r, err := sqlTx(tx).Exec(sqlSetDead, state, doc, id, appendlog.DeadWaiting)
	if err != nil {
		return unavailable(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.RecordUnknown))
	}
	return nil
}

// DeadEvents lists dead events by ascending id.
func (db *DB) DeadEvents(ctx context.Context, q appendlog.DeadQuery) ([]appendlog.DeadEvent, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	text := sqlDead
	if q.Source != "" && q.Event != "" {
		text = sqlDeadNamed
	}
	return db.deadEvents(ctx, text, q.System, q.Type, q.State, q.Source, q.Event, q.From, q.Limit)
}

// DeadEvent returns one dead event; fault record.unknown when there is none.
func (db *DB) DeadEvent(ctx context.Context, id int64) (appendlog.DeadEvent, error) {
	all, err := db.deadEvents(ctx, sqlDeadOne, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.RecordUnknown)
	}
	if err != nil {
		return appendlog.DeadEvent{}, err
	}
	return all[0], nil
}

// DropDead removes dead events older than a time, in any state, and returns how many there were.
func (db *DB) DropDead(ctx context.Context, before time.Time) (n int64, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, sqlOldDead, before.UnixMicro())
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return n, err
}

func (db *DB) deadEvents(ctx context.Context, text string, args ...any) ([]appendlog.DeadEvent, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, d *appendlog.DeadEvent) error {
		var at int64
		err := rows.Scan(&d.ID, &d.System, &d.Group, &d.State, &d.Position, &d.Type, &d.Source, &d.Event, &d.Reason,
			&at, &d.Doc)
		d.At = time.UnixMicro(at).UTC()
		return err
	}, text, args...)
	return all, unavailable(err)
}
