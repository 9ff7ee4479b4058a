package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

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
	Format   int              `json:"format"` // 2; 1 had no checksum and was always full
	ID       string           `json:"id"`
	Time     time.Time        `json:"time"` // UTC
	Dialect  string           `json:"dialect"`
	Version  int64            `json:"version"`  // of the tables
	Revision int64            `json:"revision"` // of the resources
	Logs     map[string]int64 `json:"logs"`     // size by name
	// Ends are digests of where the logs end, by which a later backup proves that it continues this one.
	Ends map[string]string `json:"ends"`
	// Since is where each log begins in this backup, and Parent the backup that holds what stands before; both are
	// absent from a full one.
	Since  map[string]int64 `json:"since,omitempty"`
	Parent *Parent          `json:"parent,omitempty"`
	// Asides is the newest overwriting of asides that the backup knows of.
	Asides int64            `json:"asides"`
	Rows   map[string]int64 `json:"rows"` // by table
	SHA256 string           `json:"sha256"`
}

// Parent names the backup that an incremental one continues.
type Parent struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"`
	SHA256 string    `json:"sha256"` // of its manifest
}

// BackupOptions say what a backup holds.
type BackupOptions struct {
	// Since is the folder of an earlier backup: of the logs only what was appended, or whose asides were
	// overwritten, since then is copied. "" copies all.
	Since string
	// Progress is called with how many entries of the logs are copied, of how many. It may be nil.
	Progress func(done, total int64)
}

// Backup writes a consistent state of the store to the new folder dir while it is in use. What only grows is copied
// piece by piece, so that no transaction stays open for long. The search index and the leases of running nodes are
// left out: both are rebuilt. An asides erased later lives on in the backup. On error the folder is removed.
func (db *DB) Backup(ctx context.Context, dir string, o BackupOptions) (m Manifest, err error) {
	m = Manifest{Format: 2, ID: newID(), Time: time.Now().UTC().Truncate(time.Second), Dialect: db.Dialect(),
		Version: KnownVersion()}
	if o.Since != "" {
		if err := m.continues(o.Since); err != nil {
			return m, err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	file := filepath.Join(dir, backupStore)
	if err := db.writeBackup(ctx, file, &m, o.Progress); err != nil {
		return m, unavailable(err)
	}
	if m.SHA256, err = digest(file); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	if err := durable.WriteFile(filepath.Join(dir, backupManifest), append(text, '\n'), 0o600); err != nil {
		return m, err
	}
	return m, durable.SyncDir(filepath.Dir(dir))
}

func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails
	return hex.EncodeToString(id[:])
}

// continues makes the backup an incremental one after that in folder.
func (m *Manifest) continues(folder string) error {
	parent, sum, err := readManifest(folder)
	if err != nil {
		return err
	}
	if parent.Format < 2 {
		return fmt.Errorf("%s was made by an older program: make a full backup first", folder)
	}
	m.Parent = &Parent{ID: parent.ID, Time: parent.Time, SHA256: sum}
	m.Since, m.Asides, m.Ends = parent.Logs, parent.Asides, parent.Ends
	return nil
}

// writeBackup copies the store into a new file and completes the manifest.
func (db *DB) writeBackup(ctx context.Context, file string, m *Manifest, progress func(done, total int64)) (err error) {
	to, err := newBackupFile(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	c := &copier{db: db, to: to, m: m, progress: progress}
	before := m.Asides
	for _, step := range []func(context.Context) error{
		c.atOnce, c.logs, func(ctx context.Context) error { return c.overwritten(ctx, before) }, c.gradually, c.atEnd,
		c.count,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := to.Close(); err != nil {
		return err
	}
	return syncFile(file)
}

// newBackupFile makes an empty store in one file. It is synced when it is whole: until then nobody relies on it.
func newBackupFile(ctx context.Context, file string) (*sql.DB, error) {
	if err := private(file); err != nil {
		return nil, err
	}
	to, err := sql.Open("sqlite", sqliteDSN(file, "journal_mode(MEMORY)", "synchronous(OFF)"))
	if err != nil {
		return nil, err
	}
	to.SetMaxOpenConns(1)
	err = migrate(ctx, sqliteDialect, to, "migrations", "goose_db_version")
	for _, t := range tables {
		if err == nil && t.how != derived {
			_, err = to.ExecContext(ctx, "DELETE FROM "+t.name) // what a migration puts in
		}
	}
	if err == nil {
		_, err = to.ExecContext(ctx, "CREATE TABLE "+keptTable+" (log TEXT NOT NULL, first BIGINT NOT NULL, PRIMARY KEY (log, first))")
	}
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	return to, nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// digest is the SHA-256 of a file, hexadecimal.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
