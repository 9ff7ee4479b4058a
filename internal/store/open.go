package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"mconnect/fault"
)

//go:embed migrations/*.sql indexes/*.sql
var texts embed.FS

// Config reports where the store is.
type Config struct {
	// URL is "sqlite:PATH" (a file; the search index goes to PATH-index) or "postgres://…".
	URL string
	// ReadOnly opens without writing anything, also on read-only media and while a server writes the
	// same store. Nothing is migrated: tables of another version are refused with fault store.version. The search
	// index can be read where there is one.
	ReadOnly bool
	// OldTables lets ReadOnly open a store whose tables are older: for what reads logs alone.
	OldTables bool
	// NoMigrate makes the tables of a new store and leaves older ones alone: fault store.version. For commands that
	// write to a PostgreSQL store which servers of an older program may be using.
	NoMigrate bool
	// Holder is what the lock file of a SQLite store says of this process. A store that another process writes is
	// refused: fault store.held.
	Holder Holder
	// Logger gets what the store recovers from by itself. Nil: silence.
	Logger *slog.Logger
	// MaxConns bounds the reading connections (SQLite) or all of them (PostgreSQL). 0: 8.
	MaxConns int
	// Patience is how long a statement on PostgreSQL may wait for the next bytes of its answer, before its connection
	// is given up. All other waits on the server follow from it. 0: 6 s.
	Patience time.Duration
}

// DB is an open store. All methods may be called concurrently.
type DB struct {
	cfg          Config
	d            *dialect
	path         string  // of the SQLite file
	pool         *sql.DB // for reading
	write        *sql.DB // for writers; the same handle on PostgreSQL
	slow         *sql.DB // for what works through whole tables; on SQLite pool
	links        *links  // PostgreSQL only
	main         *writer
	lease        atomic.Pointer[Lease] // of the name of this process, once it has one
	checkpointer *checkpointer         // SQLite only
	index        *searchIndex
	watch        *watcher
	log          *slog.Logger
	undo         func() // removes a temporary copy
	hold         *hold  // of a SQLite store that is open for writing

	mu   sync.Mutex
	logs map[string]*Log
	stop chan struct{}
	done sync.WaitGroup
}

var (
	errClosed   = errors.New("store: closed")
	errReadOnly = errors.New("store: opened read-only")
)

// Open opens or creates the store and brings its tables up to date. It fails when the store cannot be
// reached or is newer than this program; once open, the store recovers from failures by itself.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	db := &DB{cfg: cfg, log: cfg.Logger, logs: map[string]*Log{}, stop: make(chan struct{})}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if db.cfg.MaxConns <= 0 {
		db.cfg.MaxConns = 8
	}
	if db.cfg.Patience <= 0 {
		db.cfg.Patience = defaultPatience
	}
	if err := db.open(ctx); err != nil {
		_ = db.Close()
		if _, known := errors.AsType[*fault.Error](err); known {
			return nil, err
		}
		return nil, fault.Wrap(err, fault.StoreUnavailable)
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) (err error) {
	switch {
	case strings.HasPrefix(db.cfg.URL, "sqlite:"):
		db.d, db.path = sqliteDialect, strings.TrimPrefix(db.cfg.URL, "sqlite:")
		if db.cfg.ReadOnly {
			db.pool, db.undo, err = openReadOnly(ctx, db.path, db.cfg.MaxConns)
		} else {
			err = db.openSQLite()
		}
	case strings.HasPrefix(db.cfg.URL, "postgres://"), strings.HasPrefix(db.cfg.URL, "postgresql://"):
		db.d = postgresDialect
		err = db.openPostgres()
	default:
		err = fmt.Errorf(`store.url must begin with "sqlite:" or "postgres://"`)
	}
	if err != nil {
		return err
	}
	if db.slow == nil {
		db.slow = db.pool
	}
	db.watch = newWatcher(db)
	if db.cfg.ReadOnly {
		return db.openForReading(ctx)
	}
	return db.openForWriting(ctx)
}

// openSQLite takes the right to write and opens the file, which nobody else may read when it is new.
func (db *DB) openSQLite() (err error) {
	if db.hold, err = takeHold(db.path, db.cfg.Holder); err != nil {
		return err
	}
	if err := private(db.path); err != nil {
		return err
	}
	db.write, db.pool, err = sqlitePools(db.path, db.cfg.MaxConns)
	return err
}

// private makes an empty file for its owner alone where there is none; SQLite gives the files next to it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openForReading looks whether the tables are those that this program knows, and opens the search index if there is
// one.
func (db *DB) openForReading(ctx context.Context) error {
	if err := db.Ping(ctx); err != nil {
		return err
	}
	if !db.cfg.OldTables {
		if err := db.sameTables(ctx); err != nil {
			return err
		}
	}
	db.index = db.openIndexReadOnly(ctx)
	return nil
}

// openPostgres prepares the handles on PostgreSQL.
func (db *DB) openPostgres() (err error) {
	db.links = &links{patience: db.cfg.Patience}
	p := poolConfig{url: db.cfg.URL, conns: db.cfg.MaxConns, idle: db.cfg.MaxConns, patience: db.cfg.Patience,
		readOnly: db.cfg.ReadOnly}
	if db.pool, err = postgresPool(db.links, p); err != nil {
		return err
	}
	db.write = db.pool
	p.conns, p.idle, p.patience = 4, 1, longPatience
	db.slow, err = postgresPool(db.links, p)
	return err
}

// openForWriting migrates and starts what works in the background.
func (db *DB) openForWriting(ctx context.Context) (err error) {
	if err := db.prepareTables(ctx); err != nil {
		return err
	}
	if db.d.settle != nil {
		if err := db.d.settle(ctx, db.slow); err != nil {
			return err
		}
	}
	db.main = &writer{d: db.d, pool: db.write, fence: db.fence}
	if db.d.oneWriter {
		if db.checkpointer, err = newCheckpointer(db.path, db.main); err != nil {
			return err
		}
		db.done.Go(func() { db.checkpointer.run(db.stop) })
	}
	if db.index, err = db.openIndex(ctx); err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	return nil
}

// prepareTables makes the tables, or brings them up to date where this process may.
func (db *DB) prepareTables(ctx context.Context) error {
	if db.cfg.NoMigrate {
		if stored, err := db.Version(ctx); err == nil && stored > 0 {
			return db.sameTables(ctx)
		}
	}
	pool := db.write
	if !db.d.oneWriter {
		pool = db.slow
	}
	return migrate(ctx, db.d, pool, "migrations", "goose_db_version")
}

// Version is the version of the tables as stored.
func (db *DB) Version(ctx context.Context) (stored int64, err error) {
	err = db.pool.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&stored)
	return stored, unavailable(err)
}

// KnownVersion is the version of the tables that this program makes.
func KnownVersion() (newest int64) {
	names, _ := fs.Glob(texts, "migrations/*.sql") // the pattern is well-formed
	for _, name := range names {
		if n, err := goose.NumericComponent(name); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// sameTables is the fault store.version unless the tables are of the version that this program knows.
func (db *DB) sameTables(ctx context.Context) error {
	stored, err := db.Version(ctx)
	if known := KnownVersion(); err == nil && stored != known {
		err = fault.New(fault.StoreVersion, "stored", strconv.FormatInt(stored, 10), "known",
			strconv.FormatInt(known, 10))
	}
	return err
}

// migrate brings the tables of one folder of texts up to date. Two processes may do so at once: who
// comes second tries again.
func migrate(ctx context.Context, d *dialect, pool *sql.DB, folder, table string) error {
	sub, err := fs.Sub(texts, folder)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		p, err := goose.NewProvider(d.goose, pool, sub, goose.WithTableName(table),
			goose.WithDisableGlobalRegistry(true))
		if err == nil {
			if err := knows(ctx, p); err != nil {
				return err
			}
			if _, err = p.Up(ctx); err == nil {
				return notNewer(ctx, p)
			}
		}
		if try == 5 || ctx.Err() != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if err := pause(ctx, time.Duration(try)*50*time.Millisecond); err != nil {
			return err
		}
	}
}

// knows refuses tables that a newer program has made: this one would not keep what it does not know of.
func knows(ctx context.Context, p *goose.Provider) error {
	stored, err := p.GetDBVersion(ctx)
	if err != nil {
		return nil // no tables yet, or not reachable: migrating says so
	}
	all := p.ListSources()
	if newest := all[len(all)-1].Version; stored > newest {
		return fmt.Errorf("the store has version %d of its tables and this program knows %d: start the newer program",
			stored, newest)
	}
	return nil
}

// notNewer fails when the tables were made by a later program than this one.
func notNewer(ctx context.Context, p *goose.Provider) error {
	has, knows, err := p.GetVersions(ctx)
	if err == nil && has > knows {
		err = fmt.Errorf("the store's tables are of version %d, this program knows %d: use a newer program", has, knows)
	}
	return err
}

// Close stops committing, lets commits under way finish and closes the store. Appends that still wait
// fail as record.unavailable.
func (db *DB) Close() error {
	db.mu.Lock()
	select {
	case <-db.stop:
		db.mu.Unlock()
		return nil
	default:
	}
	close(db.stop)
	logs := db.logs
	db.logs = nil
	db.mu.Unlock()
	for _, l := range logs {
		l.close()
	}
	db.done.Wait()
	if db.main != nil {
		db.main.close()
	}
	if db.index != nil {
		db.index.close()
	}
	var errs []error
	if db.pool != nil {
		errs = append(errs, db.pool.Close())
	}
	for _, other := range []*sql.DB{db.write, db.slow} {
		if other != nil && other != db.pool {
			errs = append(errs, other.Close())
		}
	}
	if db.checkpointer != nil {
		db.checkpointer.close()
	}
	if db.undo != nil {
		db.undo()
	}
	db.hold.release()
	return errors.Join(errs...)
}

// Ping reports whether the store answers: fault store.unavailable when it does not.
func (db *DB) Ping(ctx context.Context) error {
	var n int64
	return unavailable(db.pool.QueryRowContext(ctx, sqlRevision).Scan(&n))
}

// Dialect names the engine: "sqlite" or "postgres".
func (db *DB) Dialect() string { return db.d.name }

// unavailable wraps an engine's error; faults and the end of a context pass as they are.
func unavailable(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(err, fault.StoreUnavailable)
}
