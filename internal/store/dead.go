package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mconnect/fault"
)

// States of a dead event.
const (
	DeadWaiting  = "waiting"
	DeadRequeued = "requeued"
	DeadDropped  = "dropped"
)

// DeadEvent is an event that a consumer could not use. Its ID is the index of its entry in the event log.
type DeadEvent struct {
	ID            int64
	System, Group string // of the consumer
	State         string
	Position      int64 // index in the event log of the event as it was accepted; -1: not known
	Type          string
	Source, Event string // source and id of the event
	Reason        string
	At            time.Time // UTC, microseconds
	Doc           []byte    // the event in JSON form, as delivered or as the consumer or an operator changed it
}

// DeadQuery chooses dead events; zero values choose all.
type DeadQuery struct {
	System, Type, State string
	Source, Event       string
	From                int64 // ids from here on
	Limit               int   // 0: 100
}

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
func (db *DB) PutDead(tx *sql.Tx, log string, d DeadEvent) error {
	_, err := tx.Exec(sqlPutDead, log, d.System, d.Group, d.State, d.Position, d.Type, d.Source, d.Event, d.Reason,
		d.At.UnixMicro(), d.Doc)
	return unavailable(err)
}

// ChangeDead gives a waiting dead event another state and document, inside a transaction; fault record.unknown when none
// waits under that id.
func (db *DB) ChangeDead(tx *sql.Tx, id int64, state string, doc []byte) error {
	r, err := tx.Exec(sqlSetDead, state, doc, id, DeadWaiting)
	if err != nil {
		return unavailable(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.RecordUnknown))
	}
	return nil
}

// DeadEvents lists dead events by ascending id.
func (db *DB) DeadEvents(ctx context.Context, q DeadQuery) ([]DeadEvent, error) {
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
func (db *DB) DeadEvent(ctx context.Context, id int64) (DeadEvent, error) {
	all, err := db.deadEvents(ctx, sqlDeadOne, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.RecordUnknown)
	}
	if err != nil {
		return DeadEvent{}, err
	}
	return all[0], nil
}

// DropDead removes dead events older than a time, whatever their state, and says how many there were.
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

func (db *DB) deadEvents(ctx context.Context, text string, args ...any) ([]DeadEvent, error) {
	rows, err := db.pool.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	var all []DeadEvent
	for rows.Next() {
		var d DeadEvent
		var at int64
		if err := rows.Scan(&d.ID, &d.System, &d.Group, &d.State, &d.Position, &d.Type, &d.Source, &d.Event, &d.Reason, &at, &d.Doc); err != nil {
			return nil, unavailable(err)
		}
		d.At = time.UnixMicro(at).UTC()
		all = append(all, d)
	}
	return all, unavailable(rows.Err())
}
