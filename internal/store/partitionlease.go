package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"mconnect/internal/appendlog"
)

// Leases begin and end by the clock of the database, which all nodes share: $now is its time in microseconds since
// 1970.
const (
	sqlPutShare = `INSERT INTO event_share (system, grp, node, readers, until) VALUES ($1, $2, $3, $4, $now + $5)
		ON CONFLICT (system, grp, node) DO UPDATE SET readers = excluded.readers, until = excluded.until`
	sqlEndShare  = `DELETE FROM event_share WHERE system = $1 AND grp = $2 AND node = $3`
	sqlEndShares = `DELETE FROM event_share WHERE node = $1`
	sqlShares    = `SELECT system, grp, node, readers FROM event_share WHERE until > $now ORDER BY system, grp, node`
	sqlOldShares = `DELETE FROM event_share WHERE until <= $now - $1`
	sqlClaim     = `INSERT INTO event_owner (system, grp, part, node, until) VALUES ($1, $2, $3, $4, $now + $5)
		ON CONFLICT (system, grp, part) DO UPDATE SET node = excluded.node, until = excluded.until
		WHERE event_owner.node = '' OR event_owner.node = excluded.node OR event_owner.until <= $now`
	sqlRelease    = `UPDATE event_owner SET node = '' WHERE system = $1 AND grp = $2 AND part = $3 AND node = $4`
	sqlRenewOwner = `UPDATE event_owner SET until = $now + $2 WHERE node = $1`
	sqlOwned      = `SELECT system, grp, part FROM event_owner WHERE node = $1`
)

// timed puts the database's clock into a statement.
func (db *DB) timed(text string) string { return strings.ReplaceAll(text, "$now", db.d.now) }

// PutReaderCount announces for the length of a lease how many readers of a group a node has; with none the node leaves
// the group.
func (db *DB) PutReaderCount(ctx context.Context, s appendlog.ReaderCount, lease time.Duration) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		if s.Readers == 0 {
			_, err := tx.ExecContext(ctx, sqlEndShare, s.System, s.Group, s.Node)
			return err
		}
		return db.putShare(ctx, tx, s, lease)
	})
}

func (db *DB) putShare(ctx context.Context, tx *sql.Tx, s appendlog.ReaderCount, lease time.Duration) error {
	_, err := tx.ExecContext(ctx, db.timed(sqlPutShare), s.System, s.Group, s.Node, s.Readers, lease.Microseconds())
	return err
}

// ReaderCounts reads what is in force now, ordered by system, group and node.
func (db *DB) ReaderCounts(ctx context.Context) ([]appendlog.ReaderCount, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, s *appendlog.ReaderCount) error {
		return rows.Scan(&s.System, &s.Group, &s.Node, &s.Readers)
	}, db.timed(sqlShares))
	return all, unavailable(err)
}

// DropOldReaderCounts removes what nodes announced that have been silent for so long after the end of their leases.
func (db *DB) DropOldReaderCounts(ctx context.Context, silent time.Duration) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, db.timed(sqlOldShares), silent.Microseconds())
		return err
	})
}

// LeasePartitions leases partitions that no other node holds now, for the length of a lease, at most so many of those
// offered, and returns which.
func (db *DB) LeasePartitions(ctx context.Context, node string, offered []appendlog.Partition, most int,
	lease time.Duration) (got []appendlog.Partition, err error) {
	claim := db.timed(sqlClaim)
	err = db.change(ctx, func(tx *sql.Tx) error {
		got = nil
		for _, t := range offered {
			if len(got) == most {
				break
			}
			r, err := tx.ExecContext(ctx, claim, t.System, t.Group, t.Part, node, lease.Microseconds())
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil {
				return err
			} else if n == 1 {
				got = append(got, t)
			}
		}
		return nil
	})
	return got, err
}

// ReleasePartitions ends the leases of partitions that a node holds.
func (db *DB) ReleasePartitions(ctx context.Context, node string, held []appendlog.Partition) error {
	rows := make([][]any, len(held))
	for i, t := range held {
		rows[i] = []any{t.System, t.Group, t.Part, node}
	}
	return db.changeMany(ctx, sqlRelease, rows)
}

// RenewPartitions prolongs all leases of a node, announces its readers again, also when the former announcement
// expired, and returns which partitions the node has leased.
func (db *DB) RenewPartitions(ctx context.Context, node string, shares []appendlog.ReaderCount,
	lease time.Duration) (owned []appendlog.Partition, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, db.timed(sqlRenewOwner), node, lease.Microseconds()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, sqlEndShares, node); err != nil {
			return err
		}
		for _, s := range shares {
			if s.Readers == 0 {
				continue
			}
			if err := db.putShare(ctx, tx, s, lease); err != nil {
				return err
			}
		}
		owned, err = ownedBy(ctx, tx, node)
		return err
	})
	return owned, err
}

func ownedBy(ctx context.Context, tx *sql.Tx, node string) ([]appendlog.Partition, error) {
	return collect(ctx, tx, func(rows *sql.Rows, t *appendlog.Partition) error {
		return rows.Scan(&t.System, &t.Group, &t.Part)
	}, sqlOwned, node)
}
