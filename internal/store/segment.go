package store

import (
	"context"
	"database/sql"

	"mconnect/internal/appendlog"
)

const (
	sqlPutSegment  = `INSERT INTO event_segment (first, size, summary, hashes) VALUES ($1, $2, $3, $4) ON CONFLICT (first) DO NOTHING`
	sqlSegments    = `SELECT first, size, summary, hashes FROM event_segment WHERE first >= $1 ORDER BY first LIMIT 64`
	sqlDropSegment = `DELETE FROM event_segment WHERE first = $1`
	sqlDropBatches = `DELETE FROM log_batch WHERE log = $1 AND first >= $2 AND first < $3`
)

// PutSegment stores a summary; one that stands there already stays.
func (db *DB) PutSegment(ctx context.Context, s appendlog.Segment) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, sqlPutSegment, s.First, s.Size, s.Summary, s.Hashes)
		return err
	})
}

// Segments calls fn for every segment that begins at or after from, in order.
func (db *DB) Segments(ctx context.Context, from int64, fn func(appendlog.Segment) error) error {
	for {
		some, err := db.segments(ctx, from)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, s := range some {
			if err := fn(s); err != nil {
				return err
			}
			from = s.First + 1
		}
	}
}

func (db *DB) segments(ctx context.Context, from int64) ([]appendlog.Segment, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, s *appendlog.Segment) error {
		return rows.Scan(&s.First, &s.Size, &s.Summary, &s.Hashes)
	}, sqlSegments, from)
	return all, unavailable(err)
}

// DropSegment removes a segment and the batches of the log that it summarises, in one transaction. False: another
// process has removed it.
func (l *Log) DropSegment(ctx context.Context, s appendlog.Segment) (dropped bool, err error) {
	err = l.db.change(ctx, func(tx *sql.Tx) error {
		dropped, err = l.DropSegmentIn(ctx, openTx{tx}, s)
		return err
	})
	return dropped && err == nil, err
}

// DropSegmentIn does the same inside a transaction, for what must commit with it.
func (l *Log) DropSegmentIn(ctx context.Context, tx appendlog.Tx, s appendlog.Segment) (dropped bool, err error) {
	r, err := sqlTx(tx).ExecContext(ctx, sqlDropSegment, s.First)
	if err != nil {
		return false, unavailable(err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return false, unavailable(err)
	}
	_, err = sqlTx(tx).ExecContext(ctx, sqlDropBatches, l.name, s.First, s.First+s.Size)
	return err == nil, unavailable(err)
}
