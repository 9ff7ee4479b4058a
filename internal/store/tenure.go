package store

import (
	"context"
	"database/sql"
	"time"
)

// EventShare says how many readers of a group a node has.
type EventShare struct {
	System, Group, Node string
	Readers             int
}

// EventTenure is one partition of a group in the hands of a node.
type EventTenure struct {
	System, Group string
	Part          int
}

const (
	sqlPutShare = `INSERT INTO event_share (system, grp, node, readers, until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (system, grp, node) DO UPDATE SET readers = excluded.readers, until = excluded.until`
	sqlEndShare = `DELETE FROM event_share WHERE system = $1 AND grp = $2 AND node = $3`
	sqlShares   = `SELECT system, grp, node, readers FROM event_share WHERE until > $1 ORDER BY system, grp, node`
	sqlOldShare = `DELETE FROM event_share WHERE until <= $1`
	sqlClaim    = `INSERT INTO event_owner (system, grp, part, node, until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (system, grp, part) DO UPDATE SET node = excluded.node, until = excluded.until
		WHERE event_owner.node = '' OR event_owner.node = excluded.node OR event_owner.until <= $6`
	sqlRelease     = `UPDATE event_owner SET node = '' WHERE system = $1 AND grp = $2 AND part = $3 AND node = $4`
	sqlRenewOwner  = `UPDATE event_owner SET until = $1 WHERE node = $2`
	sqlRenewShares = `UPDATE event_share SET until = $1 WHERE node = $2`
	sqlOwned       = `SELECT system, grp, part FROM event_owner WHERE node = $1 AND until > $2`
)

// PutShare says until when a node has how many readers of a group; with none the node leaves the group.
func (db *DB) PutShare(ctx context.Context, s EventShare, until time.Time) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		if s.Readers == 0 {
			_, err := tx.ExecContext(ctx, sqlEndShare, s.System, s.Group, s.Node)
			return err
		}
		_, err := tx.ExecContext(ctx, sqlPutShare, s.System, s.Group, s.Node, s.Readers, until.UnixMicro())
		return err
	})
}

// Shares reads what is in force now, ordered by system, group and node.
func (db *DB) Shares(ctx context.Context, now time.Time) ([]EventShare, error) {
	rows, err := db.pool.QueryContext(ctx, sqlShares, now.UnixMicro())
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	var all []EventShare
	for rows.Next() {
		var s EventShare
		if err := rows.Scan(&s.System, &s.Group, &s.Node, &s.Readers); err != nil {
			return nil, unavailable(err)
		}
		all = append(all, s)
	}
	return all, unavailable(rows.Err())
}

// Claim takes partitions that no other node holds now, until a time, at most so many of those offered, and returns which.
func (db *DB) Claim(ctx context.Context, node string, offered []EventTenure, most int, now, until time.Time) (got []EventTenure, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		got = nil
		for _, t := range offered {
			if len(got) == most {
				break
			}
			r, err := tx.ExecContext(ctx, sqlClaim, t.System, t.Group, t.Part, node, until.UnixMicro(), now.UnixMicro())
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

// Release gives partitions up that a node holds.
func (db *DB) Release(ctx context.Context, node string, held []EventTenure) error {
	rows := make([][]any, len(held))
	for i, t := range held {
		rows[i] = []any{t.System, t.Group, t.Part, node}
	}
	return db.changeMany(ctx, sqlRelease, rows)
}

// Renew prolongs all that a node holds, and returns what that is.
func (db *DB) Renew(ctx context.Context, node string, now, until time.Time) (held []EventTenure, err error) {
	err = db.change(ctx, func(tx *sql.Tx) error {
		for _, step := range []struct {
			text string
			args []any
		}{{sqlRenewOwner, []any{until.UnixMicro(), node}}, {sqlRenewShares, []any{until.UnixMicro(), node}}, {sqlOldShare, []any{now.UnixMicro()}}} {
			if _, err := tx.ExecContext(ctx, step.text, step.args...); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, sqlOwned, node, now.UnixMicro())
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		held = nil
		for rows.Next() {
			var t EventTenure
			if err := rows.Scan(&t.System, &t.Group, &t.Part); err != nil {
				return err
			}
			held = append(held, t)
		}
		return rows.Err()
	})
	return held, err
}
