package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// maxManifest bounds a manifest.
const maxManifest = 1 << 20

// readManifest reads the manifest of the backup in folder, with its SHA-256.
func readManifest(folder string) (m Manifest, sum string, err error) {
	path := filepath.Join(folder, backupManifest)
	info, err := os.Stat(path)
	if err != nil {
		return m, "", err
	}
	if info.Size() > maxManifest {
		return m, "", fault.New(fault.BackupDamaged, "file", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return m, "", err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, "", fault.Wrap(err, fault.BackupDamaged, "file", path)
	}
	if m.Format != 1 && m.Format != 2 {
		return m, "", fault.Wrap(fmt.Errorf("a backup of format %d; this program knows 1 and 2", m.Format),
			fault.BackupDamaged, "file", path)
	}
	raw := sha256.Sum256(text)
	return m, hex.EncodeToString(raw[:]), nil
}

// Backup is a full backup and the incremental ones that continue it, checked and open for reading.
type Backup struct {
	links []*link // the full one first
	logs  map[string]*BackupLog
}

type link struct {
	folder string
	m      Manifest
	sum    string // of the manifest
	db     *DB
	undo   func()
}

// OpenBackup opens the backup in the last folder given. Those that it continues are looked for among the other
// folders and next to it. Checksums, tables and the continuity of the logs are checked: faults backup.damaged and
// backup.gap.
func OpenBackup(ctx context.Context, folders ...string) (b *Backup, err error) {
	if len(folders) == 0 {
		return nil, errors.New("store: no folder of a backup")
	}
	b = &Backup{logs: map[string]*BackupLog{}}
	defer func() {
		if err != nil {
			b.Close()
			b = nil
		}
	}()
	if err := b.chain(folders); err != nil {
		return b, err
	}
	for _, l := range b.links {
		if err := l.open(ctx); err != nil {
			return b, err
		}
	}
	return b, b.check(ctx)
}

// chain finds the manifests from the last one back to the full one.
func (b *Backup) chain(folders []string) error {
	folder := folders[len(folders)-1]
	m, sum, err := readManifest(folder)
	if err != nil {
		return err
	}
	b.links = []*link{{folder: folder, m: m, sum: sum}}
	for first := b.links[0]; first.m.Parent != nil; first = b.links[0] {
		parent := first.m.Parent
		name := parent.ID + " (" + parent.Time.Format("2006-01-02 15:04:05Z") + ")"
		found := find(parent.ID, append(slices.Clone(folders), besides(first.folder)...))
		if found == nil || found.sum != parent.SHA256 {
			f := fault.New(fault.BackupGap, "backup", first.folder, "parent", name)
			if found != nil {
				f = fault.Wrap(fmt.Errorf("%s has been changed since", found.folder), fault.BackupGap, "backup",
					first.folder, "parent", name)
			}
			return f
		}
		b.links = append([]*link{found}, b.links...)
	}
	return nil
}

// besides lists the other folders in the same parent folder.
func besides(folder string) (all []string) {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir(filepath.Dir(abs))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, filepath.Join(filepath.Dir(abs), e.Name()))
		}
	}
	return all
}

func find(id string, folders []string) *link {
	for _, folder := range folders {
		if m, sum, err := readManifest(folder); err == nil && m.ID == id {
			return &link{folder: folder, m: m, sum: sum}
		}
	}
	return nil
}

// open compares the file with its manifest and opens it; one of an older program is migrated in a copy.
func (l *link) open(ctx context.Context) (err error) {
	file := filepath.Join(l.folder, backupStore)
	if l.m.Format > 1 {
		sum, err := digest(file)
		if err != nil {
			return err
		}
		if sum != l.m.SHA256 {
			return fault.New(fault.BackupDamaged, "file", file)
		}
	}
	if l.m.Version != KnownVersion() {
		if file, err = l.migrated(ctx, file); err != nil {
			return err
		}
	}
	if l.db, err = Open(ctx, Config{URL: "sqlite:" + file, ReadOnly: true}); err != nil {
		return fault.Wrap(err, fault.BackupDamaged, "file", file)
	}
	sizes, err := l.db.logSizes(ctx)
	if err == nil && fmt.Sprint(sizes) != fmt.Sprint(l.m.Logs) {
		err = fmt.Errorf("it holds %v, the manifest says %v", sizes, l.m.Logs)
	}
	if err == nil && l.m.Format > 1 && l.m.Version == KnownVersion() {
		var rows map[string]int64
		if rows, err = rowsOf(ctx, l.db.pool); err == nil && fmt.Sprint(rows) != fmt.Sprint(l.m.Rows) {
			err = fmt.Errorf("it holds %v, the manifest says %v", rows, l.m.Rows)
		}
	}
	if err = errors.Join(err, l.db.checkSQLite(ctx)); err != nil {
		return fault.Wrap(err, fault.BackupDamaged, "file", file)
	}
	return nil
}

// migrated brings a copy of the file up to date.
func (l *link) migrated(ctx context.Context, file string) (string, error) {
	dir, err := os.MkdirTemp("", "mconnect-backup-")
	if err != nil {
		return "", err
	}
	l.undo = func() { _ = os.RemoveAll(dir) }
	to := filepath.Join(dir, backupStore)
	if err := copyFile(to, file); err != nil {
		return "", err
	}
	pool, err := sql.Open("sqlite", sqliteDSN(to, "journal_mode(MEMORY)", "synchronous(OFF)"))
	if err != nil {
		return "", err
	}
	return to, errors.Join(migrate(ctx, sqliteDialect, pool, "migrations", "goose_db_version"), pool.Close())
}

// check holds that every log goes on without a gap from link to link and ends where the last manifest says.
func (b *Backup) check(ctx context.Context) error {
	for log, size := range b.Manifest().Logs {
		at := int64(0)
		for _, l := range b.links {
			if l.m.Since[log] != at {
				return fault.Wrap(fmt.Errorf("log %q goes on at %d, the one before ends at %d", log, l.m.Since[log],
					at),
					fault.BackupGap, "backup", l.folder, "parent", l.parent())
			}
			next, found, err := l.db.borders(ctx, log, at, l.m.Logs[log])
			if err = errors.Join(append(found, err)...); err != nil {
				return fault.Wrap(err, fault.BackupDamaged, "file", filepath.Join(l.folder, backupStore))
			}
			if at = next; droppable[log] {
				at = l.m.Logs[log]
			}
		}
		if at != size {
			return fault.Wrap(fmt.Errorf("log %q ends at %d, its head says %d", log, at, size), fault.BackupDamaged,
				"file", b.last().folder)
		}
	}
	return nil
}

func (l *link) parent() string {
	if l.m.Parent == nil {
		return "—"
	}
	return l.m.Parent.ID
}

func (b *Backup) last() *link { return b.links[len(b.links)-1] }

// Manifest is that of the last backup.
func (b *Backup) Manifest() Manifest { return b.last().m }

// Folders are those of the backups in their order, the full one first.
func (b *Backup) Folders() (all []string) {
	for _, l := range b.links {
		all = append(all, l.folder)
	}
	return all
}

// Close closes the files.
func (b *Backup) Close() {
	for _, l := range b.links {
		if l.db != nil {
			_ = l.db.Close()
		}
		if l.undo != nil {
			l.undo()
		}
	}
}

// BackupLog is one log of a backup, for reading.
type BackupLog struct {
	b    *Backup
	name string
	logs []*Log
}

// Log opens a log for reading; not from several goroutines at once.
func (b *Backup) Log(ctx context.Context, name string) (*BackupLog, error) {
	if l := b.logs[name]; l != nil {
		return l, nil
	}
	l := &BackupLog{b: b, name: name}
	for _, k := range b.links {
		log, err := k.db.OpenLog(ctx, name, nil)
		if err != nil {
			return nil, err
		}
		l.logs = append(l.logs, log)
	}
	b.logs[name] = l
	return l, nil
}

// Durable is Head: nothing takes a file's entries back.
func (l *BackupLog) Durable(ctx context.Context, _ int64) (appendlog.Head, error) { return l.Head(ctx) }

// Head is the newest state that the backup holds.
func (l *BackupLog) Head(ctx context.Context) (appendlog.Head, error) {
	return l.logs[len(l.logs)-1].Head(ctx)
}

// Read is Log.Read.
func (l *BackupLog) Read(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error) {
	for i, k := range l.b.links {
		if end := k.m.Logs[l.name]; from < end {
			batches, err := l.logs[i].Read(ctx, from, limit)
			return slices.DeleteFunc(batches, func(b appendlog.Batch) bool { return b.First >= end }), err
		}
	}
	return nil, nil
}
