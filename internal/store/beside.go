package store

import (
	"context"
	"database/sql"
)

const (
	sqlBodies   = `SELECT call, part, sealed FROM body ORDER BY call, part`
	sqlRowCount = `SELECT COUNT(*) FROM search_row WHERE seq < $1`
)

// KeptBodies calls fn for every kept body, expired ones too, ordered by call and part.
func (db *DB) KeptBodies(ctx context.Context, fn func(call, part string, sealed []byte) error) error {
	var stopped error // by fn
	err := eachRow(ctx, db.pool, func(rows *sql.Rows) error {
		var call, part string
		var sealed []byte
		if err := rows.Scan(&call, &part, &sealed); err != nil {
			return err
		}
		stopped = fn(call, part, sealed)
		return stopped
	}, sqlBodies)
	if stopped != nil {
		return stopped
	}
	return unavailable(err)
}

// IndexRows counts the rows of the search index that were made for entries below an index; -1 where there is no index
// to read.
func (db *DB) IndexRows(ctx context.Context, below int64) (n int64, err error) {
	if db.index == nil {
		return -1, nil
	}
	err = db.index.search.QueryRowContext(ctx, sqlRowCount, below).Scan(&n)
	return n, unavailable(err)
}
