package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mconnect/fault"
)

// Restore puts a backup into the store that cfg names, which must be empty or new: fault resource.conflict when it
// holds anything. The backup may come from the other engine. What failed half-way leaves the store empty.
func (b *Backup) Restore(ctx context.Context, cfg Config, progress func(done, total int64)) (err error) {
	to, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := to.empty(ctx); err != nil {
		return err
	}
	r := &restorer{b: b, to: to, progress: progress}
	for _, n := range b.Manifest().Logs {
		r.total += n
	}
	if err := to.main.tx(ctx, func(tx *sql.Tx) error { return r.run(ctx, tx) }); err != nil {
		return unavailable(err)
	}
	return to.ResetIndex(ctx)
}

// empty is the fault resource.conflict unless the store holds nothing.
func (db *DB) empty(ctx context.Context) error {
	size, err := db.Revision(ctx)
	if err != nil {
		return err
	}
	sizes, err := db.logSizes(ctx)
	for _, n := range sizes {
		size += n
	}
	if err == nil && size > 0 {
		err = fault.Wrap(errors.New("store: restore needs an empty store"), fault.ResourceConflict, "kind", "store",
			"id", db.Dialect())
	}
	return err
}

// restorer fills a store from a backup in one transaction.
type restorer struct {
	b           *Backup
	to          *DB
	progress    func(done, total int64)
	done, total int64
}

// putRows and putBytes bound what travels to the database at once.
const (
	putRows  = 256
	putBytes = 4 << 20
)

func (r *restorer) run(ctx context.Context, tx *sql.Tx) error {
	for _, t := range tables {
		if t.how == derived {
			continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+t.name); err != nil {
			return err
		}
		links := r.b.links[len(r.b.links)-1:]
		if t.how == ofLogs {
			links = r.b.links
		}
		for _, l := range links {
			if err := r.table(ctx, l, t.name, t.key); err != nil {
				return fmt.Errorf("restore %s: %w", t.name, err)
			}
		}
	}
	return nil
}

// table copies one table of one link. A row of a later link replaces that of an earlier one.
func (r *restorer) table(ctx context.Context, l *link, name, key string) error {
	columns, err := columnsOf(ctx, l.db.pool, name)
	if err != nil {
		return err
	}
	keep := func([]any) bool { return true }
	if name == "log_batch" {
		if keep, err = r.keeper(ctx, columns); err != nil {
			return err
		}
	}
	rows, err := l.db.pool.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+name+" ORDER BY "+key)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var sets []string
	for _, c := range columns {
		sets = append(sets, c+" = excluded."+c)
	}
	text := "INSERT INTO " + name + " (" + strings.Join(columns, ", ") + ") VALUES (" + places(len(columns)) +
		") ON CONFLICT (" +
		key + ") DO UPDATE SET " + strings.Join(sets, ", ")
	var some [][]any
	bytes := 0
	for rows.Next() {
		values, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			return err
		}
		if !keep(values) {
			continue
		}
		some = append(some, values)
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				bytes += len(b)
			}
		}
		if len(some) == putRows || bytes > putBytes {
			if err := r.to.d.many(ctx, r.to.main.conn, text, some); err != nil {
				return err
			}
			some, bytes = some[:0], 0
		}
	}
	return errors.Join(rows.Err(), r.to.d.many(ctx, r.to.main.conn, text, some))
}

// keeper leaves out batches that were dropped from the store before the last backup was made, and counts the others.
func (r *restorer) keeper(ctx context.Context, columns []string) (func([]any) bool, error) {
	type place struct {
		log   string
		first int64
	}
	kept := map[place]bool{}
	last := r.b.last()
	if last.m.Format > 1 {
		if err := eachRow(ctx, last.db.pool, func(rows *sql.Rows) error {
			var p place
			err := rows.Scan(&p.log, &p.first)
			kept[p] = true
			return err
		}, "SELECT log, first FROM "+keptTable); err != nil {
			return nil, err
		}
	}
	log, first, count := slices.Index(columns, "log"), slices.Index(columns, "first"), slices.Index(columns, "count")
	return func(row []any) bool {
		name, _ := row[log].(string)
		at, _ := row[first].(int64)
		if droppable[name] && last.m.Format > 1 && !kept[place{name, at}] {
			return false
		}
		n, _ := row[count].(int64)
		if r.done += n; r.progress != nil {
			r.progress(min(r.done, r.total), r.total)
		}
		return true
	}, nil
}
