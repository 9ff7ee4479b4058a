package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/internal/appendlog"
)

const (
	sqlOnce      = `INSERT INTO signature (id, until) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`
	sqlOnceMany  = `INSERT INTO signature (id, until) SELECT * FROM unnest($1::bytea[], $2::bigint[])`
	sqlOnceEnded = `DELETE FROM signature WHERE until <= $1`
)

// onceKept is how much longer a key is kept, for nodes whose clocks differ.
const onceKept = 5 * time.Minute

func keptUntil(o *appendlog.Once) int64 { return o.Until.Add(onceKept).UnixMicro() }

func onceOf(entries []appendlog.Entry) (all []*appendlog.Once) {
	for i := range entries {
		if entries[i].Once != nil {
			all = append(all, entries[i].Once)
		}
	}
	return all
}

// onceArgs are the arguments of sqlOnceMany.
func onceArgs(all []*appendlog.Once) []any {
	keys, untils := make([][]byte, len(all)), make([]int64, len(all))
	for i, o := range all {
		keys[i], untils[i] = o.Key[:], keptUntil(o)
	}
	return []any{keys, untils}
}

// countOnce remembers the keys of a group one by one. It marks the requests that are repeated and returns the entries
// of the others. The head is locked, so no two groups do so at once.
func countOnce(ctx context.Context, tx *sql.Tx, group []*request) (entries []appendlog.Entry, err error) {
	for _, r := range group {
		r.repeated = false
		for _, o := range onceOf(r.entries) {
			result, err := tx.ExecContext(ctx, sqlOnce, o.Key[:], keptUntil(o))
			if err != nil {
				return nil, err
			}
			if n, err := result.RowsAffected(); err != nil {
				return nil, err
			} else if n == 0 {
				r.repeated = true
			}
		}
		if !r.repeated {
			entries = append(entries, r.entries...)
		}
	}
	return entries, nil
}
