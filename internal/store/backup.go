package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/durable"
)

// A backup is a folder with these two files, whichever engine it was taken from: the store itself as a
// SQLite file, and what it should hold.
const (
	backupStore    = "store.sqlite"
	backupManifest = "backup.json"
)

// Manifest describes a backup.
type Manifest struct {
	Format   int              `json:"format"` // 1
	Time     time.Time        `json:"time"`   // UTC
	Dialect  string           `json:"dialect"`
	Revision int64            `json:"revision"` // of the resources
	Logs     map[string]int64 `json:"logs"`     // size by name
}

// tables of a store, each with its columns, in the order in which they are copied.
var tables = []struct{ name, columns string }{
	{"log_head", "log, size, frontier, note"},
	{"log_batch", "log, first, count, entries, asides, hashes, note"},
	{"revision", "id, value"},
	{"resource", "revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof"},
	{"body", "call, part, expires, sealed"},
	{"erasure", erasureColumns},
}

// Backup writes a consistent state of the store to the new folder dir while it is in use. The search
// index is left out, as it can be built again. An asides erased later lives on in the backup. On error
// the folder is removed.
func (db *DB) Backup(ctx context.Context, dir string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	file := filepath.Join(dir, backupStore)
	if db.path != "" {
		err = vacuumInto(ctx, db.path, file)
	} else {
		err = db.dump(ctx, file)
	}
	if err != nil {
		return unavailable(err)
	}
	copied, err := Open(ctx, Config{URL: "sqlite:" + file, ReadOnly: true})
	if err != nil {
		return err
	}
	m, err := copied.manifest(ctx)
	if err = errors.Join(err, copied.Check(ctx), copied.Close()); err != nil {
		return err
	}
	m.Dialect = db.Dialect()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := syncFile(file); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, backupManifest), append(text, '\n'), 0o600)
}

// vacuumInto copies a SQLite store as of one moment, on a connection of its own.
func vacuumInto(ctx context.Context, path, file string) error {
	pool, err := sql.Open("sqlite", sqliteDSN(path, "wal_autocheckpoint(0)"))
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "VACUUM INTO $1", file)
	return errors.Join(err, pool.Close())
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (db *DB) manifest(ctx context.Context) (Manifest, error) {
	m := Manifest{Format: 1, Time: time.Now().UTC().Truncate(time.Second), Dialect: db.Dialect()}
	var err error
	if m.Revision, err = db.Revision(ctx); err != nil {
		return m, err
	}
	m.Logs, err = db.logSizes(ctx)
	return m, err
}

// dump copies a PostgreSQL store as of one moment into a new SQLite file.
func (db *DB) dump(ctx context.Context, file string) (err error) {
	to, err := Open(ctx, Config{URL: "sqlite:" + file})
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, to.Close())
		for _, suffix := range []string{"-index", "-index-mark", "-index-wal", "-index-shm"} {
			_ = os.Remove(file + suffix)
		}
	}()
	from, err := db.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }()
	return to.main.tx(ctx, func(tx *sql.Tx) error { return copyTables(ctx, tx, from) })
}

// copyTables replaces the rows of all tables by those of from.
func copyTables(ctx context.Context, to, from *sql.Tx) error {
	for _, t := range tables {
		if _, err := to.ExecContext(ctx, "DELETE FROM "+t.name); err != nil {
			return err
		}
		if err := copyTable(ctx, to, from, t.name, t.columns); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return nil
}

func copyTable(ctx context.Context, to, from *sql.Tx, name, columns string) error {
	rows, err := from.QueryContext(ctx, "SELECT "+columns+" FROM "+name)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	n := strings.Count(columns, ",") + 1
	values, places, marks := make([]any, n), make([]any, n), make([]string, n)
	for i := range values {
		places[i], marks[i] = &values[i], fmt.Sprintf("$%d", i+1)
	}
	put, err := to.PrepareContext(ctx, "INSERT INTO "+name+" ("+columns+") VALUES ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return err
	}
	defer func() { _ = put.Close() }()
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		if _, err := put.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Restore puts a backup into the store that cfg names, which must be empty or new: fault
// resource.conflict when it holds anything. The backup may come from the other engine. It is checked
// against its manifest and for its own soundness first; what failed half-way leaves the store empty.
func Restore(ctx context.Context, dir string, cfg Config) (err error) {
	text, err := os.ReadFile(filepath.Join(dir, backupManifest))
	if err != nil {
		return err
	}
	var want Manifest
	if err := json.Unmarshal(text, &want); err != nil || want.Format != 1 {
		return errors.Join(fmt.Errorf("store: %s is not the manifest of a backup", backupManifest), err)
	}
	from, err := Open(ctx, Config{URL: "sqlite:" + filepath.Join(dir, backupStore), ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	got, err := from.manifest(ctx)
	if err = errors.Join(err, from.Check(ctx)); err != nil {
		return err
	}
	if got.Revision != want.Revision || fmt.Sprint(got.Logs) != fmt.Sprint(want.Logs) {
		return fmt.Errorf("store: the backup holds %v at revision %d, its manifest says %v at %d",
			got.Logs, got.Revision, want.Logs, want.Revision)
	}
	to, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return to.fill(ctx, from)
}

// fill copies from into an empty store.
func (db *DB) fill(ctx context.Context, from *DB) error {
	has, err := db.manifest(ctx)
	if err != nil {
		return err
	}
	size := has.Revision
	for _, n := range has.Logs {
		size += n
	}
	if size > 0 {
		return fault.Wrap(errors.New("store: restore needs an empty store"), fault.ResourceConflict, "kind", "store", "id", db.Dialect())
	}
	tx, err := from.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := db.main.tx(ctx, func(to *sql.Tx) error { return copyTables(ctx, to, tx) }); err != nil {
		return unavailable(err)
	}
	return db.ResetIndex(ctx)
}
