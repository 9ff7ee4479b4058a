package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// ReplaceAside overwrites the aside of entry index. The entry itself, its hash and every proof do not change. See
// ReplaceAsides.
func (l *Log) ReplaceAside(ctx context.Context, index int64, aside []byte) error {
	return l.ReplaceAsides(ctx, []int64{index}, aside)
}

// ReplaceAsides overwrites the asides of all the entries in one transaction. When it returns nil, SQLite's
// files hold no trace of the old ones: freed pages are zeroed and the write-ahead log is emptied, for
// which it waits for readers until ctx ends (an error then means: replaced, but traces may be left; repeat
// it). PostgreSQL is vacuumed, after which the old bytes cannot be read by SQL; its data files, its
// write-ahead log and every backup made before are the operator's to let expire. Fault record.unknown
// for an index that is not in the log.
func (l *Log) ReplaceAsides(ctx context.Context, indices []int64, aside []byte) error {
	if err := l.db.changeWith(ctx, l.w, func(tx *sql.Tx) error {
		var generation int64
		if err := tx.QueryRowContext(ctx, sqlNextAsides).Scan(&generation); err != nil {
			return err
		}
		for _, index := range indices {
			if err := l.replaceAside(ctx, tx, index, aside, generation); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return unavailable(l.db.scrub(ctx))
}

func (l *Log) replaceAside(ctx context.Context, tx *sql.Tx, index int64, aside []byte, generation int64) error {
	var r row
	err := tx.QueryRowContext(ctx, sqlAsidesOf+l.db.d.forUpdate, l.name, index).Scan(&r.first, &r.count, &r.asides)
	if errors.Is(err, sql.ErrNoRows) || err == nil && index >= r.first+r.count {
		return fault.New(fault.RecordUnknown)
	}
	if err != nil {
		return err
	}
	entries := make([]appendlog.Entry, r.count)
	if r.asides != nil {
		parts, err := unframe(r.asides, r.count)
		if err != nil {
			return err
		}
		for i := range parts {
			entries[i].Aside = parts[i]
		}
	}
	entries[index-r.first].Aside = aside
	var chain any // NULL when nothing is left
	if hasAside(entries) {
		chain = frame(nil, entries, true)
	}
	if _, err = tx.ExecContext(ctx, sqlPutAsides, chain, l.name, r.first); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, sqlAsideChange, l.name, r.first, generation)
	return err
}

// scrub removes what overwritten rows left behind.
func (db *DB) scrub(ctx context.Context) error {
	if db.checkpointer != nil {
		if err := db.checkpointer.truncate(ctx); err != nil {
			return fmt.Errorf("replaced, but the write-ahead log still holds it: %w", err)
		}
		return nil
	}
	_, err := db.slow.ExecContext(ctx, "VACUUM (INDEX_CLEANUP OFF) log_batch")
	return err
}
