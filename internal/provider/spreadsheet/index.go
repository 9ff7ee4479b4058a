package spreadsheet

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Index is an open index. It is safe for concurrent use.
type Index struct {
	db   *sql.DB
	find *sql.Stmt
	st   Statement
}

// Open opens the index at path, read-only.
func Open(ctx context.Context, path string) (x *Index, err error) {
	db, err := openDB(path, "?mode=ro&immutable=1&_pragma=query_only(1)&_pragma=trusted_schema(0)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	x = &Index{db: db}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
			x = nil
		}
	}()
	var text string
	if err = db.QueryRowContext(ctx, `SELECT text FROM statement`).Scan(&text); err != nil {
		return x, err
	}
	if err = json.Unmarshal([]byte(text), &x.st); err != nil {
		return x, err
	}
	x.find, err = db.PrepareContext(ctx, `SELECT row FROM rows WHERE k = $1 ORDER BY n LIMIT $2`)
	return x, err
}

// Statement reports what file is behind the index.
func (x *Index) Statement() Statement { return x.st }

// Of reports whether the index was made by this declaration.
func (x *Index) Of(t *Table) bool { return x.st.Mark == t.mark }

// Find returns the rows under key, JSON objects in the file's order, at most limit.
func (x *Index) Find(ctx context.Context, key string, limit int) (found []string, err error) {
	rows, err := x.find.QueryContext(ctx, key, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// Close closes the index once all Find under way have returned.
func (x *Index) Close() error { return errors.Join(x.find.Close(), x.db.Close()) }
