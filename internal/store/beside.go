package store

import (
	"context"
)

const (
	sqlBodies   = `SELECT call, part, sealed FROM body ORDER BY call, part`
	sqlRowCount = `SELECT COUNT(*) FROM search_row WHERE seq < $1`
)

// KeptBodies calls fn for every kept body, expired ones too, ordered by call and part.
func (db *DB) KeptBodies(ctx context.Context, fn func(call, part string, sealed []byte) error) error {
	rows, err := db.pool.QueryContext(ctx, sqlBodies)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var call, part string
		var sealed []byte
		if err := rows.Scan(&call, &part, &sealed); err != nil {
			return unavailable(err)
		}
		if err := fn(call, part, sealed); err != nil {
			return err
		}
	}
	return unavailable(rows.Err())
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
