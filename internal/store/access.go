package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

const (
	accessColumns = `number, kind, state, consumer, provider, service, agreement, revision, changed, doc`
	sqlPutAccess  = `INSERT INTO access_request (` + accessColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sqlSetAccess  = `UPDATE access_request SET kind = $2, state = $3, consumer = $4, provider = $5, service = $6, agreement = $7,
 revision = $8, changed = $9, doc = $10 WHERE number = $1 AND revision = $11`
	sqlAccess         = `SELECT ` + accessColumns + ` FROM access_request WHERE number = $1`
	sqlAccessRevision = `SELECT revision FROM access_request WHERE number = $1`
	sqlPutContent     = `INSERT INTO access_content (request, digest, media, data) VALUES ($1, $2, $3, $4)
 ON CONFLICT (request, digest) DO NOTHING`
	sqlContent     = `SELECT media, data FROM access_content WHERE request = $1 AND digest = $2`
	sqlPutDocument = `INSERT INTO access_document (number, code, request, doc, content) VALUES ($1, $2, $3, $4, $5)`
	sqlDocument    = `SELECT number, code, request, doc, content FROM access_document WHERE number = $1 OR code = $1`
	sqlNextNumber  = `INSERT INTO access_number (series, last) VALUES ($1, 1)
 ON CONFLICT (series) DO UPDATE SET last = access_number.last + 1 RETURNING last`
)

// AccessRequest returns a stored request; fault request.unknown when there is none.
func (db *DB) AccessRequest(ctx context.Context, number string) (appendlog.AccessRequest, error) {
	all, err := collect(ctx, db.pool, scanAccess, sqlAccess, number)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.RequestUnknown)
	}
	if err != nil {
		return appendlog.AccessRequest{}, unavailable(err)
	}
	return all[0], nil
}

func scanAccess(rows *sql.Rows, r *appendlog.AccessRequest) error {
	var changed int64
	err := rows.Scan(&r.Number, &r.Kind, &r.State, &r.Consumer, &r.Provider, &r.Service, &r.Agreement, &r.Revision,
		&changed, &r.Doc)
	r.Changed = time.UnixMicro(changed).UTC()
	return err
}

// AccessRequests returns what a query selects, the latest change first.
func (db *DB) AccessRequests(ctx context.Context, q appendlog.AccessQuery) ([]appendlog.AccessRequest, error) {
	before := int64(math.MaxInt64)
	if !q.Before.IsZero() {
		before = q.Before.UnixMicro()
	}
	args := []any{before}
	where := []string{"changed < $1"}
	is := func(column, value string) string {
		args = append(args, value)
		return column + " = $" + strconv.Itoa(len(args))
	}
	switch {
	case q.Consumer != "" && q.Provider != "":
		where = append(where, "("+is("consumer", q.Consumer)+" OR "+is("provider", q.Provider)+")")
	case q.Consumer != "":
		where = append(where, is("consumer", q.Consumer))
	case q.Provider != "":
		where = append(where, is("provider", q.Provider))
	}
	if q.Agreement != "" {
		where = append(where, is("agreement", q.Agreement))
	}
	var states []string
	for _, s := range q.States {
		states = append(states, is("state", s))
	}
	if len(states) > 0 {
		where = append(where, "("+strings.Join(states, " OR ")+")")
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	text := fmt.Sprintf("SELECT %s FROM access_request WHERE %s ORDER BY changed DESC, number DESC LIMIT %d",
		accessColumns, strings.Join(where, " AND "), limit)
	all, err := collect(ctx, db.pool, scanAccess, text, args...)
	return all, unavailable(err)
}

// AccessContent returns a frozen version or an attachment of a request; fault document.unknown when there is none.
func (db *DB) AccessContent(ctx context.Context, request, digest string) (appendlog.AccessContent, error) {
	c := appendlog.AccessContent{Request: request, Digest: digest}
	err := db.pool.QueryRowContext(ctx, sqlContent, request, digest).Scan(&c.Media, &c.Data)
	return c, unknownDocument(err)
}

// AccessDocument returns a document by its number or its verification code; fault document.unknown when there is none.
func (db *DB) AccessDocument(ctx context.Context, name string) (appendlog.AccessDocument, error) {
	var d appendlog.AccessDocument
	err := db.pool.QueryRowContext(ctx, sqlDocument, name).Scan(&d.Number, &d.Code, &d.Request, &d.Doc, &d.Content)
	return d, unknownDocument(err)
}

func unknownDocument(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.DocumentUnknown)
	}
	return unavailable(err)
}

// NextAccessNumber gives the next number of a series, from 1, inside the transaction of an AppendWith.
func (db *DB) NextAccessNumber(in appendlog.Tx, series string) (n int64, err error) {
	err = sqlTx(in).QueryRowContext(context.Background(), sqlNextNumber, series).Scan(&n)
	return n, unavailable(err)
}

// PutAccess stores a change inside the transaction of an AppendWith. Fault request.stale when the request does not have
// the revision Base.
func (db *DB) PutAccess(in appendlog.Tx, c appendlog.AccessChange) error {
	return unavailable(putAccess(context.Background(), sqlTx(in), c)) // the transaction has its own context
}

func putAccess(ctx context.Context, tx *sql.Tx, c appendlog.AccessChange) error {
	r := c.Request
	args := []any{r.Number, r.Kind, r.State, r.Consumer, r.Provider, r.Service, r.Agreement, r.Revision,
		r.Changed.UnixMicro(), r.Doc}
	if c.Base == 0 {
		if _, err := tx.ExecContext(ctx, sqlPutAccess, args...); err != nil {
			return err
		}
	} else {
		done, err := tx.ExecContext(ctx, sqlSetAccess, append(args, c.Base)...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			var revision int64
			_ = tx.QueryRowContext(ctx, sqlAccessRevision, r.Number).Scan(&revision) // 0: there is none
			return errors.Join(err, fault.New(fault.RequestStale, "revision", strconv.FormatInt(revision, 10)))
		}
	}
	for _, one := range c.Contents {
		if _, err := tx.ExecContext(ctx, sqlPutContent, one.Request, one.Digest, one.Media, one.Data); err != nil {
			return err
		}
	}
	for _, d := range c.Documents {
		if _, err := tx.ExecContext(ctx, sqlPutDocument, d.Number, d.Code, d.Request, d.Doc, d.Content); err != nil {
			return err
		}
	}
	return nil
}
