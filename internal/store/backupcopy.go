package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// how a table gets into a backup.
type how int

const (
	atOnce    how = iota // in the one transaction that also reads the sizes of the logs
	ofLogs               // batches, piece by piece up to those sizes
	gradually            // piece by piece: a row says nothing about another
	atEnd                // after the logs: what summarises them
	derived              // not at all: it is rebuilt
)

// tables are all of the store and of the search index, in the order in which they are copied. A test compares them with
// the tables of both engines.
var tables = []struct {
	name, key string
	how       how
}{
	{"log_head", "log", atOnce},
	{"log_batch", "log, first", ofLogs},
	{"revision", "id", atOnce},
	{"resource", "revision", atOnce},
	{"body", "call, part", gradually},
	{"event_position", "system, grp, part", atOnce},
	{"event_dead", "id", atOnce},
	{"event_segment", "first", atEnd},
	{"erasure", "id", atOnce},
	{"aside_generation", "id", atOnce},
	{"aside_change", "log, first", atOnce},
	{"signature", "id", atOnce},
	{"webhook_state", "subscription, node", atOnce},
	{"access_request", "number", atOnce},
	{"access_content", "request, digest", atOnce},
	{"access_document", "number", atOnce},
	{"access_number", "series", atOnce},
	{"person", "id", atOnce},
	{"membership", "id", atOnce},
	{"credential", "person", atOnce},
	{"recovery_code", "person, digest", atOnce},
	{"setup_code", "digest", atOnce},
	{"node", "", derived},        // leases of nodes that run
	{"event_owner", "", derived}, // leases of nodes that run
	{"event_share", "", derived},
	{"session", "", derived},          // whoever restores a backup logs in again
	{"login_attempt", "", derived},    // of the last day
	{"login_begun", "", derived},      // of the last minutes
	{"goose_db_version", "", derived}, // made by migrating
	{"goose_index_version", "", derived},
	{"search_state", "", derived}, // built again from the journal
	{"search_word", "", derived},
	{"search_row", "", derived},
	{"search_usage", "", derived},
}

// keptTable lists, in a backup's file, which batches of droppable logs there were when it was finished.
const keptTable = "backup_kept"

// pageRows is how many rows one statement copies gradually.
const pageRows = 64

// copier copies a store into the file of a backup.
type copier struct {
	db          *DB
	to          *sql.DB
	m           *Manifest
	progress    func(done, total int64)
	done, total int64
}

// inFile runs fn in a transaction on the backup's file.
func (c *copier) inFile(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := c.to.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// atOnce copies the small tables as of one moment.
func (c *copier) atOnce(ctx context.Context) error {
	o := &sql.TxOptions{ReadOnly: true}
	if !c.db.d.oneWriter {
		o.Isolation = sql.LevelRepeatableRead
	}
	from, err := c.db.slow.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }()
	if err := c.inFile(ctx, func(tx *sql.Tx) error {
		for _, t := range tables {
			if t.how == atOnce {
				if _, err := copyRows(ctx, tx, from, t.name, "", nil); err != nil {
					return fmt.Errorf("copy %s: %w", t.name, err)
				}
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if c.m.Logs, err = numbers[string](ctx, c.to, sqlLogs); err != nil {
		return err
	}
	if err := c.same(ctx, from); err != nil {
		return err
	}
	for log, size := range c.m.Logs {
		c.total += size - c.m.Since[log]
	}
	if c.m.Ends, err = endsOf(ctx, from, c.m.Logs); err != nil {
		return err
	}
	if err := c.to.QueryRowContext(ctx, "SELECT value FROM aside_generation WHERE id = 1").Scan(&c.m.Asides); err != nil {
		return err
	}
	return c.to.QueryRowContext(ctx, sqlRevision).Scan(&c.m.Revision)
}

// same holds that the store's logs begin with those of the backup that is to be continued.
func (c *copier) same(ctx context.Context, from queryer) error {
	ends, err := endsOf(ctx, from, c.m.Since)
	if err != nil {
		return err
	}
	for log, since := range c.m.Since {
		if size := c.m.Logs[log]; size < since {
			return fmt.Errorf("the store's log %q has %d entries, the backup that is to be continued has %d: make a full backup", log, size, since)
		}
		if ends[log] != c.m.Ends[log] {
			return fmt.Errorf("entry %d of the store's log %q is not the one in the backup that is to be continued: make a full backup", since-1, log)
		}
	}
	return nil
}

// endsOf is, for each log that is never shortened, the SHA-256 of what its batch that ends at the size was sealed with.
func endsOf(ctx context.Context, from queryer, sizes map[string]int64) (map[string]string, error) {
	ends := map[string]string{}
	for log, size := range sizes {
		if droppable[log] || size == 0 {
			continue
		}
		var hashes, note []byte
		err := from.QueryRowContext(ctx, `SELECT hashes, note FROM log_batch WHERE log = $1 AND first < $2 ORDER BY first DESC LIMIT 1`, log, size).Scan(&hashes, &note)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append(hashes, note...))
		ends[log] = hex.EncodeToString(sum[:])
	}
	return ends, nil
}

// logs copies the batches that the parent has not, a statement for each piece.
func (c *copier) logs(ctx context.Context) error {
	for log, size := range c.m.Logs {
		next := c.m.Since[log]
		for next < size {
			var last int64
			err := c.inFile(ctx, func(tx *sql.Tx) error {
				n, err := copyRows(ctx, tx, c.db.pool, "log_batch",
					fmt.Sprintf("log = $1 AND first >= $2 AND first < $3 ORDER BY first LIMIT %d", pageRows),
					[]any{log, next, size})
				if err != nil || n == 0 {
					last = size
					return err
				}
				return tx.QueryRowContext(ctx, "SELECT first + count FROM log_batch WHERE log = $1 ORDER BY first DESC LIMIT 1", log).Scan(&last)
			})
			if err != nil {
				return fmt.Errorf("copy log %s: %w", log, err)
			}
			c.done += last - next
			next = last
			if c.progress != nil {
				c.progress(c.done, c.total)
			}
		}
	}
	return nil
}

// overwritten copies the batches of the parent's logs whose asides were overwritten since.
func (c *copier) overwritten(ctx context.Context, before int64) error {
	for log, since := range c.m.Since {
		firsts, err := column[int64](ctx, c.to,
			`SELECT first FROM aside_change WHERE log = $1 AND generation > $2 AND first < $3`, log, before, since)
		if err != nil {
			return err
		}
		for _, first := range firsts {
			if err := c.inFile(ctx, func(tx *sql.Tx) error {
				_, err := copyRows(ctx, tx, c.db.pool, "log_batch", "log = $1 AND first = $2", []any{log, first})
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// gradually copies tables by their keys, a statement for each piece.
func (c *copier) gradually(ctx context.Context) error {
	for _, t := range tables {
		if t.how != gradually {
			continue
		}
		keys := strings.Split(t.key, ", ")
		at := make([]any, len(keys))
		for first := true; ; first = false {
			where, args := "", []any(nil)
			if !first {
				where, args = fmt.Sprintf("(%s) > (%s)", t.key, places(len(keys))), at
			} else {
				where = "1 = 1"
			}
			n := int64(0)
			err := c.inFile(ctx, func(tx *sql.Tx) (err error) {
				if n, err = copyRows(ctx, tx, c.db.pool, t.name, fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, t.key,
					pageRows), args); err != nil || n == 0 {
					return err
				}
				last := make([]any, len(keys))
				for i := range at {
					last[i] = &at[i]
				}
				return tx.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s DESC LIMIT 1", t.key, t.name,
					strings.Join(keys, " DESC, "))).Scan(last...)
			})
			if err != nil {
				return fmt.Errorf("copy %s: %w", t.name, err)
			}
			if n < pageRows {
				break
			}
		}
	}
	return nil
}

// atEnd copies what summarises the logs, and leaves out batches that were dropped while they were copied.
func (c *copier) atEnd(ctx context.Context) error {
	return c.inFile(ctx, func(tx *sql.Tx) error {
		for log, size := range c.m.Logs {
			if !droppable[log] {
				continue
			}
			rows, err := c.db.pool.QueryContext(ctx, "SELECT first FROM log_batch WHERE log = $1 AND first < $2", log,
				size)
			if err != nil {
				return err
			}
			if err := insertAll(ctx, tx, rows, "INSERT INTO "+keptTable+" (log, first) VALUES ('"+log+"', $1)", 1,
				nil); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM log_batch WHERE log = $1 AND first NOT IN (SELECT first FROM "+keptTable+" WHERE log = $1)", log); err != nil {
				return err
			}
		}
		for _, t := range tables {
			if t.how != atEnd {
				continue
			}
			if _, err := copyRows(ctx, tx, c.db.pool, t.name, "first + size <= $1",
				[]any{c.m.Logs["events"]}); err != nil {
				return fmt.Errorf("copy %s: %w", t.name, err)
			}
		}
		// A segment whose batches were dropped between the two statements goes too.
		_, err := tx.ExecContext(ctx, "DELETE FROM event_segment WHERE first NOT IN (SELECT first FROM "+keptTable+")")
		return err
	})
}

// count notes how many rows each table of the backup holds.
func (c *copier) count(ctx context.Context) (err error) {
	c.m.Rows, err = rowsOf(ctx, c.to)
	return err
}

func rowsOf(ctx context.Context, q queryer) (map[string]int64, error) {
	all := map[string]int64{}
	for _, t := range tables {
		if t.how == derived {
			continue
		}
		var n int64
		if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t.name).Scan(&n); err != nil {
			return nil, err
		}
		all[t.name] = n
	}
	return all, nil
}

func places(n int) string {
	marks := make([]string, n)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(marks, ", ")
}

// copyRows copies the rows of a table into the SQLite store behind to, and says how many. where may be "".
func copyRows(ctx context.Context, to *sql.Tx, from rowser, table, where string, args []any) (n int64, err error) {
	columns, err := columnsOf(ctx, to, table)
	if err != nil {
		return 0, err
	}
	text := "SELECT " + strings.Join(columns, ", ") + " FROM " + table
	if where != "" {
		text += " WHERE " + where
	}
	rows, err := from.QueryContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	put := "INSERT OR REPLACE INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (" +
		places(len(columns)) + ")"
	err = insertAll(ctx, to, rows, put, len(columns), func() { n++ })
	return n, err
}

// insertAll runs put for every row and closes rows.
func insertAll(ctx context.Context, to *sql.Tx, rows *sql.Rows, put string, columns int, each func()) error {
	defer func() { _ = rows.Close() }()
	s, err := to.PrepareContext(ctx, put)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	values, at := make([]any, columns), make([]any, columns)
	for i := range values {
		at[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return err
		}
		if _, err := s.ExecContext(ctx, values...); err != nil {
			return err
		}
		if each != nil {
			each()
		}
	}
	return rows.Err()
}

// columnsOf reads the columns of a table of a SQLite store, so that none is forgotten when a migration adds one.
func columnsOf(ctx context.Context, q rowser, table string) ([]string, error) {
	all, err := column[string](ctx, q, "SELECT name FROM pragma_table_info($1)", table)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("store: there is no table %s", table)
	}
	slices.Sort(all)
	return all, err
}

// BackupTables are all tables that backups know: true for those that are copied, false for what is rebuilt.
func BackupTables() map[string]bool {
	all := map[string]bool{}
	for _, t := range tables {
		all[t.name] = t.how != derived
	}
	return all
}
