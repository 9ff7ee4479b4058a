package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Size is how much room the store takes, in bytes: the files of SQLite with the log and the search index, or the
// database of PostgreSQL.
func (db *DB) Size(ctx context.Context) (size int64, err error) {
	if !db.d.oneWriter {
		return size, db.pool.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	}
	for _, suffix := range []string{"", "-wal", "-index", "-index-wal"} {
		info, err := os.Stat(db.path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, nil
}
