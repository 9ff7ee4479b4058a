package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// searchIndex is derived from the logs: it is written lazily and may be discarded.
type searchIndex struct {
	d             *dialect
	w             *writer
	pool          *sql.DB // for reading
	write         *sql.DB
	search, reset *sql.DB // pool and write, with more patience
	path          string  // of SQLite's own file
	owned         bool    // the pool is not the store's

	mu    sync.RWMutex
	ids   map[string]int64 // of search_word
	words map[int64]string
}

const (
	sqlPosition    = `SELECT position FROM search_state WHERE id = 1`
	sqlSetPosition = `UPDATE search_state SET position = $1 WHERE id = 1`
	sqlWords       = `SELECT id, word FROM search_word WHERE id > $1 ORDER BY id`
	sqlPutWord     = `INSERT INTO search_word (id, word) VALUES ($1, $2)`
	sqlUsed        = `INSERT INTO search_usage (day, agreement, calls) VALUES ($1, $2, $3) ON CONFLICT (day, agreement) DO UPDATE SET calls = search_usage.calls + excluded.calls`
	sqlUsage       = `SELECT agreement, calls FROM search_usage WHERE day = $1`
	rowColumns     = `seq, outcome_seq, at, kind, call, consumer, system, service, provider, agreement, purpose, verdict, code, subject_key, subject, day`
	sqlPutRow      = `INSERT INTO search_row (` + rowColumns +
		`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	sqlFillCall = `UPDATE search_row SET outcome_seq = $2, verdict = $3, code = $4 WHERE call = $1`
)

// openIndex opens the search index of the store.
func (db *DB) openIndex(ctx context.Context) (x *searchIndex, err error) {
	x = &searchIndex{d: db.d, owned: db.d.oneWriter}
	if db.d.oneWriter {
		x.path = db.path + "-index"
		if err := dropUnsafeIndex(ctx, x.path); err != nil {
			return nil, err
		}
		if err := private(x.path); err != nil {
			return nil, err
		}
		x.write, err = sql.Open("sqlite", sqliteDSN(x.path, "journal_mode(WAL)", "synchronous(OFF)"))
		if err != nil {
			return nil, err
		}
		x.write.SetMaxOpenConns(1)
		x.pool, err = sql.Open("sqlite", sqliteDSN(x.path, "query_only(1)"))
		x.pool.SetMaxOpenConns(4)
		x.search = x.pool
	} else {
		x.write, err = postgresPool(db.links, poolConfig{url: db.cfg.URL, conns: 1, idle: 1, patience: db.cfg.Patience,
			lazy: true})
		x.pool, x.search, x.reset = db.pool, db.slow, db.slow
	}
	if err != nil {
		return nil, err
	}
	x.w = &writer{d: db.d, pool: x.write}
	if err := migrate(ctx, db.d, x.write, "indexes", "goose_index_version"); err != nil {
		x.close()
		return nil, err
	}
	x.forget()
	return x, nil
}

// openIndexReadOnly opens the search index as its writer keeps it; nil when there is none that can be read.
func (db *DB) openIndexReadOnly(ctx context.Context) *searchIndex {
	x := &searchIndex{d: db.d, pool: db.pool, search: db.slow}
	if db.d.oneWriter {
		pool, err := sql.Open("sqlite", sqliteDSN(db.path+"-index", "query_only(1)")+"&mode=ro")
		if err != nil {
			return nil
		}
		pool.SetMaxOpenConns(4)
		x.pool, x.search, x.owned = pool, pool, true
	}
	var position int64
	if err := x.pool.QueryRowContext(ctx, sqlPosition).Scan(&position); err != nil {
		x.close()
		return nil
	}
	x.forget()
	return x
}

// forget empties the dictionary held in memory; it is read again when needed.
func (x *searchIndex) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ids, x.words = map[string]int64{"": 0}, map[int64]string{0: ""}
}

func (x *searchIndex) close() {
	if x.w != nil {
		x.w.close()
	}
	safe := x.path != "" && syncIndex(x.write) == nil
	if x.owned {
		_ = x.pool.Close()
	}
	if x.write != nil {
		_ = x.write.Close()
	}
	if safe {
		_ = os.WriteFile(x.path+"-mark", []byte("closed"), 0o600) // without it the next Open checks the file
	}
}

// IndexPosition says up to which entry of the journal the index was written: its next entry to index. It is
// 0 for a fresh index, also after the old one was discarded; see Log.Head for a log that is shorter
// than the position (restored): ResetIndex then.
func (db *DB) IndexPosition(ctx context.Context) (int64, error) {
	if db.index == nil {
		return 0, fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	var n int64
	err := db.index.pool.QueryRowContext(ctx, sqlPosition).Scan(&n)
	return n, unavailable(err)
}

// ResetIndex empties the search index; the position becomes 0.
func (db *DB) ResetIndex(ctx context.Context) error {
	if db.index == nil || db.index.w == nil {
		return fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	w := db.index.w
	if db.index.reset != nil {
		w = &writer{d: db.d, pool: db.index.reset}
		defer w.close()
	}
	err := w.tx(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"search_row", "search_word", "search_usage"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, sqlSetPosition, 0)
		return err
	})
	db.index.forget()
	return unavailable(err)
}

// WriteIndex stores the rows of the entries [from, upTo) and moves the position to upTo, in one transaction; a call
// with upTo not above the position changes nothing, and what another follower has written up to the position is not
// written again: repeating a round is safe, and so are followers on several nodes. A position below from is an error,
// for entries would be left out: a fail-over took back what was written before. The caller reads the position again. A
// row with a Call whose Seq lies before the position, or is its own OutcomeSeq, completes the row made for the call's
// intent in an earlier round: OutcomeSeq, Verdict and Code are taken from it. Every other row must be the only one of
// its call in the round; a call row counts once for Usage.
func (db *DB) WriteIndex(ctx context.Context, from, upTo int64, rows []appendlog.IndexRow) error {
	if db.index == nil || db.index.w == nil {
		return fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	err := db.index.writeRows(ctx, from, upTo, rows)
	if err != nil {
		db.index.forget() // words of a transaction that was rolled back
	}
	return unavailable(err)
}

func (x *searchIndex) writeRows(ctx context.Context, from, upTo int64, rows []appendlog.IndexRow) error {
	return x.w.tx(ctx, func(tx *sql.Tx) error {
		var position int64
		if err := tx.QueryRowContext(ctx, sqlPosition+x.d.forUpdate).Scan(&position); err != nil {
			return err
		}
		if position < from {
			return fmt.Errorf("store: the search index ends at %d, before the round that begins at %d", position, from)
		}
		if upTo <= position {
			return nil
		}
		if err := x.learn(ctx, tx, rows); err != nil {
			return err
		}
		put, fill, used := x.arguments(rows, position)
		for _, part := range []struct {
			text string
			rows [][]any
		}{{sqlPutRow, put}, {sqlFillCall, fill}, {sqlUsed, used}} {
			if len(part.rows) == 0 {
				continue
			}
			if err := x.d.many(ctx, x.w.conn, part.text, part.rows); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, sqlSetPosition, upTo)
		return err
	})
}

// refused is the verdict of calls that use up nothing.
const refused = "refused"

// arguments turns rows into the arguments of sqlPutRow, sqlFillCall and sqlUsed.
func (x *searchIndex) arguments(rows []appendlog.IndexRow, position int64) (put, fill, used [][]any) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	uses := map[[2]string]int64{}
	for i := range rows {
		r := &rows[i]
		if r.Call != "" && (r.Seq < position || r.OutcomeSeq > 0 && r.OutcomeSeq == r.Seq) {
			fill = append(fill, []any{r.Call, r.OutcomeSeq, x.ids[r.Verdict], x.ids[r.Code]})
			continue
		}
		if r.Seq < position {
			continue // another node's follower has written it meanwhile
		}
		if r.Call != "" && r.Day != "" && r.Agreement != "" && r.Verdict != refused {
			uses[[2]string{r.Day, r.Agreement}]++
		}
		put = append(put, []any{r.Seq, r.OutcomeSeq, r.At.UnixMicro(), x.ids[r.Kind], null(r.Call), x.ids[r.Consumer],
			x.ids[r.System], x.ids[r.Service], x.ids[r.Provider], x.ids[r.Agreement], x.ids[r.Purpose],
			x.ids[r.Verdict],
			x.ids[r.Code], subjectKey(r.Subject), r.Subject, r.Day})
	}
	for k, n := range uses {
		used = append(used, []any{k[0], k[1], n})
	}
	return put, fill, used
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// subjectKey is the indexed part of a pseudonym: its first 8 bytes.
func subjectKey(subject []byte) any {
	if len(subject) < 8 {
		return nil
	}
	return int64(binary.BigEndian.Uint64(subject))
}

// learn gives every word of rows an id.
func (x *searchIndex) learn(ctx context.Context, tx *sql.Tx, rows []appendlog.IndexRow) error {
	fresh, err := x.unknown(rows), error(nil)
	if len(fresh) == 0 {
		return nil
	}
	last, err := x.recall(ctx, tx)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, word := range fresh {
		if _, ok := x.ids[word]; ok {
			continue
		}
		last++
		if _, err := tx.ExecContext(ctx, sqlPutWord, last, word); err != nil {
			return err
		}
		x.ids[word], x.words[last] = last, word
	}
	return nil
}

func (x *searchIndex) unknown(rows []appendlog.IndexRow) (fresh []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for i := range rows {
		r := &rows[i]
		for _, word := range [...]string{r.Kind, r.Consumer, r.System, r.Service, r.Provider, r.Agreement, r.Purpose,
			r.Verdict, r.Code} {
			if _, ok := x.ids[word]; !ok {
				fresh = append(fresh, word)
			}
		}
	}
	return fresh
}

// recall reads the stored dictionary beyond what memory holds and returns the highest id.
func (x *searchIndex) recall(ctx context.Context, q rowser) (last int64, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id := range x.words {
		last = max(last, id)
	}
	err = eachRow(ctx, q, func(rows *sql.Rows) error {
		var word string
		err := rows.Scan(&last, &word)
		if err == nil {
			x.ids[word], x.words[last] = last, word
		}
		return err
	}, sqlWords, last)
	return last, err
}

// Usage returns how many calls each agreement used up on day ("2006-01-02"), as far as indexed.
func (db *DB) Usage(ctx context.Context, day string) (map[string]int64, error) {
	if db.index == nil {
		return nil, fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	usage, err := numbers[string](ctx, db.index.pool, sqlUsage, day)
	return usage, unavailable(err)
}
