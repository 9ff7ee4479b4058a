package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// openReadOnly opens a SQLite store for reading alone. A store that a server uses shares the server's
// write-ahead log, for which it must be able to write the file next to it that coordinates both. A store on read-only
// media whose log is empty is read as it lies; when its log holds something, both are copied to a temporary folder, as
// SQLite cannot follow a log without a file next to it. undo removes that copy.
func openReadOnly(ctx context.Context, path string, readers int) (pool *sql.DB, undo func(), err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, nil, err
	}
	try := func(path, params string) (*sql.DB, error) {
		pool, err := sql.Open("sqlite", sqliteDSN(path, "query_only(1)")+"&"+params)
		if err != nil {
			return nil, err
		}
		pool.SetMaxOpenConns(readers)
		pool.SetMaxIdleConns(readers)
		var n int64
		if err := pool.QueryRowContext(ctx, sqlRevision).Scan(&n); err != nil {
			_ = pool.Close()
			return nil, err
		}
		return pool, nil
	}
	pool, err = try(path, "mode=ro")
	if err == nil {
		return pool, nil, nil
	}
	// A store that is being written is read together with its writer or not at all: a copy would be torn.
	if by, written, e := HolderOf("sqlite:" + path); e != nil {
		return nil, nil, fmt.Errorf("%w; whether another process writes the store cannot be told: %w", err, e)
	} else if written {
		return nil, nil, fmt.Errorf("%s is written by %s and cannot be read beside it with the rights of this account (%w): "+
			"run the command as the account of that process", path, by, err)
	}
	if fi, e := os.Stat(path + "-wal"); e != nil || fi.Size() == 0 {
		pool, err = try(path, "mode=ro&immutable=1")
		return pool, nil, err
	}
	dir, err := os.MkdirTemp("", "mconnect-read-")
	if err != nil {
		return nil, nil, err
	}
	undo = func() { _ = os.RemoveAll(dir) }
	copied := filepath.Join(dir, "store")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(copied+suffix, path+suffix); err != nil {
			undo()
			return nil, nil, err
		}
	}
	if pool, err = try(copied, "mode=rw"); err != nil {
		undo()
		return nil, nil, fmt.Errorf("read a copy: %w", err)
	}
	return pool, undo, nil
}

// copyFile copies a file durably; to must not exist.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}
