package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mconnect/fault"
)

// Check examines the store: the engine's own integrity check and durability settings, and whether every
// log's batches follow on one another up to its head. What is wrong comes back as fault
// store.unavailable with the findings as cause. It reads everything: minutes on a large store.
func (db *DB) Check(ctx context.Context) error {
	check := db.checkSQLite
	if db.path == "" {
		check = db.checkPostgres
	}
	if err := errors.Join(check(ctx), db.checkLogs(ctx)); err != nil {
		return fault.Wrap(err, fault.StoreUnavailable)
	}
	return nil
}

func (db *DB) checkSQLite(ctx context.Context) error {
	findings, err := column[string](ctx, db.pool, "PRAGMA integrity_check(10)")
	var found []error
	for _, one := range findings {
		if one != "ok" {
			found = append(found, errors.New("integrity: "+one))
		}
	}
	return errors.Join(append(found, err)...)
}

func (db *DB) checkPostgres(ctx context.Context) error {
	var found []error
	for setting, bad := range map[string]string{"fsync": "off", "full_page_writes": "off",
		"synchronous_commit": "off"} {
		var is string
		if err := db.pool.QueryRowContext(ctx, "SELECT current_setting($1)", setting).Scan(&is); err != nil {
			return err
		}
		if is == bad {
			found = append(found, fmt.Errorf("PostgreSQL runs with %s = %s: commits are not durable", setting, is))
		}
	}
	return errors.Join(found...)
}

func (db *DB) logSizes(ctx context.Context) (map[string]int64, error) {
	sizes, err := numbers[string](ctx, db.pool, sqlLogs)
	return sizes, unavailable(err)
}

// droppable are the logs from which batches are dropped when their time is over.
var droppable = map[string]bool{"events": true}

// checkLogs walks the borders of all batches; what a server appends meanwhile lies beyond the head read first.
func (db *DB) checkLogs(ctx context.Context) error {
	sizes, err := db.logSizes(ctx)
	if err != nil {
		return err
	}
	var found []error
	for log, size := range sizes {
		next, wrong, err := db.borders(ctx, log, 0, size)
		if err != nil {
			return err
		}
		if found = append(found, wrong...); next != size {
			found = append(found, fmt.Errorf("log %q: batches end at %d, the head says %d", log, next, size))
		}
	}
	return errors.Join(found...)
}

// borders walks the batches of a log from an entry to the size and says where they end and where they do not follow on
// one another.
func (db *DB) borders(ctx context.Context, log string, from, size int64) (next int64, found []error, err error) {
	next = from
	err = eachRow(ctx, db.slow, func(rows *sql.Rows) error {
		var first, count int64
		if err := rows.Scan(&first, &count); err != nil {
			return err
		}
		if first < next || first > next && !droppable[log] {
			found = append(found, fmt.Errorf("log %q: a batch begins at %d where %d was due", log, first, next))
		}
		next = first + count
		return nil
	}, sqlBorders, log, size, from)
	return next, found, err
}
