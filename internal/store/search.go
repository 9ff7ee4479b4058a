package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// IndexQuery reports which rows to find; empty fields do not narrow. From is included, To is not.
type IndexQuery struct {
	From, To    time.Time
	Participant string // as the consumer
	System      string
	Service     string
	Provider    string
	Purpose     string
	Verdict     string
	Call        string
	Agreement   string
	Subject     []byte // pseudonym
	Before      int64  // cursor: only rows with a lower Seq; 0 for the first page
	Limit       int    // rows a page, 1 to 1000; 0: 100
}

// MaxPage is how many rows a page of search results holds at most.
const MaxPage = 1000

// skew is how far the times of neighbouring entries may run against their numbers (several nodes).
const skew = time.Minute

// SearchIndex returns rows newest first. For the next page, set Before to the last row's Seq.
func (db *DB) SearchIndex(ctx context.Context, q IndexQuery) ([]appendlog.IndexRow, error) {
	x := db.index
	if x == nil {
		return nil, fault.Wrap(errReadOnly, fault.StoreUnavailable)
	}
	if _, err := x.recall(ctx, x.pool); err != nil {
		return nil, unavailable(err)
	}
	where, args, none := x.conditions(q)
	if none {
		return nil, nil
	}
	limit := q.Limit
	if limit > MaxPage {
		return nil, fault.New(fault.QueryInvalid, "what", "limit")
	}
	if limit <= 0 {
		limit = 100
	}
	text := "SELECT " + rowColumns + " FROM search_row"
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	found, err := collect(ctx, x.search, x.scan, text+fmt.Sprintf(" ORDER BY seq DESC LIMIT %d", limit), args...)
	return found, unavailable(err)
}

// conditions builds the WHERE of q; none is true when a word of q was never indexed.
func (x *searchIndex) conditions(q IndexQuery) (where []string, args []any, none bool) {
	add := func(text string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			text = strings.Replace(text, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, text)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, c := range [...]struct{ column, word string }{{"consumer", q.Participant}, {"system", q.System},
		{"service", q.Service}, {"provider", q.Provider}, {"purpose", q.Purpose}, {"verdict", q.Verdict},
		{"agreement", q.Agreement}} {
		if c.word == "" {
			continue
		}
		id, ok := x.ids[c.word]
		if !ok {
			return nil, nil, true
		}
		add(c.column+" = ?", id)
	}
	if q.Call != "" {
		add("call = ?", q.Call)
	}
	if len(q.Subject) > 0 {
		if len(q.Subject) < 8 {
			return nil, nil, true
		}
		add("subject_key = ?", subjectKey(q.Subject))
		add("subject = ?", q.Subject)
	}
	if q.Before > 0 {
		add("seq < ?", q.Before)
	}
	// Rows are read along their numbers; the bounds in time become bounds in number, with room for skew.
	if !q.From.IsZero() {
		add("at >= ?", q.From.UnixMicro())
		add("seq >= COALESCE((SELECT seq FROM search_row WHERE at >= ? ORDER BY at, seq LIMIT 1), 9223372036854775807)",
			q.From.Add(-skew).UnixMicro())
	}
	if !q.To.IsZero() {
		add("at < ?", q.To.UnixMicro())
		add("seq <= COALESCE((SELECT seq FROM search_row WHERE at < ? ORDER BY at DESC, seq DESC LIMIT 1), -1)",
			q.To.Add(skew).UnixMicro())
	}
	return where, args, false
}

func (x *searchIndex) scan(rows *sql.Rows, r *appendlog.IndexRow) error {
	var at int64
	var call sql.NullString
	var key sql.NullInt64
	var kind, consumer, system, service, provider, agreement, purpose, verdict, code int64
	if err := rows.Scan(&r.Seq, &r.OutcomeSeq, &at, &kind, &call, &consumer, &system, &service, &provider, &agreement,
		&purpose, &verdict, &code, &key, &r.Subject, &r.Day); err != nil {
		return err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	r.At, r.Call = time.UnixMicro(at).UTC(), call.String
	r.Kind, r.Consumer, r.System, r.Service = x.words[kind], x.words[consumer], x.words[system], x.words[service]
	r.Provider, r.Agreement, r.Purpose = x.words[provider], x.words[agreement], x.words[purpose]
	r.Verdict, r.Code = x.words[verdict], x.words[code]
	return nil
}
