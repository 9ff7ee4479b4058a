package store

import (
	"context"
	"database/sql"
)

// rowser queries rows: a pool or a transaction.
type rowser interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// eachRow queries rows and calls row for each.
func eachRow(ctx context.Context, q rowser, row func(*sql.Rows) error, text string, args ...any) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect queries rows and makes a value of each.
func collect[T any](ctx context.Context, q rowser, scan func(*sql.Rows, *T) error, text string, args ...any) (all []T,
	err error) {
	err = eachRow(ctx, q, func(rows *sql.Rows) error {
		var one T
		if err := scan(rows, &one); err != nil {
			return err
		}
		all = append(all, one)
		return nil
	}, text, args...)
	return all, err
}

// column queries rows of one column.
func column[T any](ctx context.Context, q rowser, text string, args ...any) ([]T, error) {
	return collect(ctx, q, func(rows *sql.Rows, one *T) error { return rows.Scan(one) }, text, args...)
}

// numbers queries rows of a name and a number.
func numbers[K comparable](ctx context.Context, q rowser, text string, args ...any) (map[K]int64, error) {
	all := map[K]int64{}
	return all, eachRow(ctx, q, func(rows *sql.Rows) error {
		var name K
		var n int64
		err := rows.Scan(&name, &n)
		all[name] = n
		return err
	}, text, args...)
}
