package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
)

// A file written with synchronous OFF survives the death of its process, not that of the machine. Beside
// it a mark tells the machine's boot under which it was opened; after another boot without an
// orderly close its pages are checked, and a broken file is discarded.

func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "unknown"
	}
	return string(b)
}

func dropUnsafeIndex(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return os.WriteFile(path+"-mark", []byte(bootID()), 0o600)
	}
	mark, _ := os.ReadFile(path + "-mark") // without one the file is checked
	if s := string(mark); s != "closed" && (s != bootID() || s == "unknown") && !soundIndex(ctx, path) {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return os.WriteFile(path+"-mark", []byte(bootID()), 0o600)
}

func soundIndex(ctx context.Context, path string) bool {
	pool, err := sql.Open("sqlite", sqliteDSN(path))
	if err != nil {
		return false
	}
	defer func() { _ = pool.Close() }()
	var said string
	return pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said) == nil && said == "ok"
}

// syncIndex brings everything ever written to the file to the disk: a checkpoint with synchronous FULL syncs
// the whole file, if it has anything to move.
func syncIndex(pool *sql.DB) error {
	for _, text := range []string{"PRAGMA synchronous = FULL", "UPDATE search_state SET position = position",
		"PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := pool.Exec(text); err != nil {
			return err
		}
	}
	return nil
}
