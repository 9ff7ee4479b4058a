package store

import (
	"context"
	"time"

	"mconnect/fault"
)

const sqlCalls = `SELECT system, COUNT(*) FROM search_row WHERE service = $1 AND at >= $2 AND call IS NOT NULL AND verdict <> $3 GROUP BY system`

// Calls counts, by system, the calls of a service since a time that were not refused, as far as they are indexed.
func (db *DB) Calls(ctx context.Context, service string, since time.Time) (map[string]int64, error) {
	x := db.index
	if x == nil {
		return nil, fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	if _, err := x.recall(ctx, x.pool); err != nil {
		return nil, unavailable(err)
	}
	of, not, known := x.callWords(service)
	if !known {
		return map[string]int64{}, nil
	}
	found, err := numbers[int64](ctx, x.pool, sqlCalls, of, since.UnixMicro(), not)
	if err != nil {
		return nil, unavailable(err)
	}
	calls := map[string]int64{}
	for system, n := range found {
		calls[x.word(system)] = n
	}
	return calls, nil
}

// callWords finds the numbers of the service and of the verdict of refused calls; known is false when no call of the
// service was ever indexed.
func (x *searchIndex) callWords(service string) (of, not int64, known bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	of, known = x.ids[service]
	not, refusals := x.ids[refused]
	if !refusals {
		not = -1
	}
	return of, not, known
}

func (x *searchIndex) word(id int64) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.words[id]
}
