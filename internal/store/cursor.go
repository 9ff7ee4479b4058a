package store

import (
	"context"
	"database/sql"

	"mconnect/internal/appendlog"
)

const (
	sqlPutPosition = `INSERT INTO event_position (system, grp, part, pos) VALUES ($1, $2, $3, $4)
		ON CONFLICT (system, grp, part) DO UPDATE SET pos = excluded.pos WHERE event_position.pos < excluded.pos`
	sqlNewPosition = `INSERT INTO event_position (system, grp, part, pos) VALUES ($1, $2, $3, $4)
		ON CONFLICT (system, grp, part) DO NOTHING`
	sqlPositionsOf  = `SELECT system, grp, part, pos FROM event_position`
	sqlGroup        = sqlPositionsOf + ` WHERE system = $1 AND grp = $2 ORDER BY part`
	sqlAllPositions = sqlPositionsOf + ` ORDER BY system, grp, part`
	sqlGroupsOf     = `SELECT grp, MAX(pos) FROM event_position WHERE system = $1 AND part < $2 GROUP BY grp ORDER BY 2, 1`
	sqlDropGroup    = `DELETE FROM event_position WHERE system = $1 AND grp = $2`
	sqlStepPosition = `UPDATE event_position SET pos = $1 WHERE system = $2 AND grp = $3 AND part = $4 AND pos = $5`
)

// SaveCursors makes positions durable in one transaction. A stored position that is further on stays.
func (db *DB) SaveCursors(ctx context.Context, positions []appendlog.Cursor) error {
	return db.putPositions(ctx, sqlPutPosition, positions)
}

// NewCursors stores the positions of a group that begins; those that are stored already stay.
func (db *DB) NewCursors(ctx context.Context, positions []appendlog.Cursor) error {
	return db.putPositions(ctx, sqlNewPosition, positions)
}

// MoveCursor moves a position that is at from, inside a transaction. False: it is somewhere else.
func (db *DB) MoveCursor(tx appendlog.Tx, p appendlog.Cursor, from int64) (bool, error) {
	r, err := sqlTx(tx).Exec(sqlStepPosition, p.Next, p.System, p.Group, p.Part, from)
	if err != nil {
		return false, unavailable(err)
	}
	n, err := r.RowsAffected()
	return n == 1, unavailable(err)
}

func (db *DB) putPositions(ctx context.Context, text string, positions []appendlog.Cursor) error {
	if len(positions) == 0 {
		return nil
	}
	rows := make([][]any, len(positions))
	for i, p := range positions {
		rows[i] = []any{p.System, p.Group, p.Part, p.Next}
	}
	return db.changeMany(ctx, text, rows)
}

// CursorsOf reads the cursors of one group by partition; none when the group never was.
func (db *DB) CursorsOf(ctx context.Context, system, group string) ([]appendlog.Cursor, error) {
	return db.positions(ctx, sqlGroup, system, group)
}

// AllCursors reads the positions of every group.
func (db *DB) AllCursors(ctx context.Context) ([]appendlog.Cursor, error) {
	return db.positions(ctx, sqlAllPositions)
}

// EventGroups lists the groups of a system, the one that is furthest behind first, by their partitions below parts.
func (db *DB) EventGroups(ctx context.Context, system string, parts int) ([]appendlog.Group, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, g *appendlog.Group) error {
		return rows.Scan(&g.Group, &g.Next)
	}, sqlGroupsOf, system, parts)
	return all, unavailable(err)
}

// DropEventGroup forgets a group. When it is read again it is a new one.
func (db *DB) DropEventGroup(ctx context.Context, system, group string) error {
	return db.changeMany(ctx, sqlDropGroup, [][]any{{system, group}})
}

func (db *DB) positions(ctx context.Context, text string, args ...any) ([]appendlog.Cursor, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, p *appendlog.Cursor) error {
		return rows.Scan(&p.System, &p.Group, &p.Part, &p.Next)
	}, text, args...)
	return all, unavailable(err)
}

// changeMany runs one statement over many rows of arguments in one transaction, on PostgreSQL in one round trip.
func (db *DB) changeMany(ctx context.Context, text string, rows [][]any) error {
	return db.change(ctx, func(*sql.Tx) error { return db.d.many(ctx, db.main.conn, text, rows) })
}
