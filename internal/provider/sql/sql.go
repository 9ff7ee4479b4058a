// Package sql reads registers that are databases, SQLite or PostgreSQL: one declared query a service, which
// only reads, over a connection that can only read.
package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
)

// Bounds of one register's pool. A register without an API is somebody else's database: be a modest guest.
const (
	maxBaseConns  = 16
	baseIdle      = 5 * time.Minute
	statementTime = 60 * time.Second // the server's own stop, should the cancel request get lost
)

// database is one configured register, opened read-only.
type database struct {
	db       *sql.DB
	postgres bool
}

// parseDatabase reads "sqlite:PATH" or a postgres URL and returns how to open it, read-only. Nothing is
// opened yet. Errors never repeat the URL, which may hold a password.
func parseDatabase(at string) (func() *database, error) {
	if path, ok := strings.CutPrefix(at, "sqlite:"); ok && path != "" {
		dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
			"?mode=ro&_pragma=busy_timeout(2000)&_pragma=trusted_schema(0)&_pragma=query_only(1)"
		return func() *database {
			db, err := sql.Open("sqlite", dsn)
			if err != nil { // only for a driver that is not registered
				panic(err)
			}
			return &database{db: limit(db)}
		}, nil
	}
	if !strings.HasPrefix(at, "postgres://") && !strings.HasPrefix(at, "postgresql://") {
		return nil, errors.New("want sqlite:PATH or postgres://…")
	}
	cfg, err := pgx.ParseConfig(at)
	if err != nil {
		return nil, errors.New("the postgres URL cannot be read")
	}
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	cfg.RuntimeParams["standard_conforming_strings"] = "on" // what the check of queries relies on
	cfg.RuntimeParams["statement_timeout"] = fmt.Sprint(statementTime.Milliseconds())
	cfg.RuntimeParams["application_name"] = "mconnect"
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	return func() *database { return &database{db: limit(stdlib.OpenDB(*cfg)), postgres: true} }, nil
}

func limit(db *sql.DB) *sql.DB {
	db.SetMaxOpenConns(maxBaseConns)
	db.SetMaxIdleConns(maxBaseConns)
	db.SetConnMaxIdleTime(baseIdle)
	return db
}

// query is an SQL endpoint made ready for use.
type query struct {
	plan     *provider.Plan
	base     *database
	text     string
	params   []param
	response *provider.Mapping
	maxRows  int
}

// param is a request field bound to $n.
type param struct {
	field   string
	kind    schema.Base
	context string // or a value of the call's context, one of catalog.ContextNames
}

// Protocol reads registers that are databases. It implements provider.Protocol.
type Protocol struct {
	opens map[string]func() *database
	mu    sync.Mutex // held while bases changes
	bases map[string]*database
}

// New makes a Protocol for databases: name → "sqlite:PATH" or "postgres://…". It opens no connection.
func New(databases map[string]string) (*Protocol, error) {
	p := &Protocol{opens: map[string]func() *database{}, bases: map[string]*database{}}
	for name, at := range databases {
		open, err := parseDatabase(at)
		if err != nil {
			return nil, errors.Join(errors.New("provider: database "+name), err)
		}
		p.opens[name] = open
	}
	return p, nil
}

// Kind implements provider.Protocol.
func (*Protocol) Kind() string { return "sql" }

// Close implements provider.Protocol.
func (p *Protocol) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, b := range p.bases {
		errs = append(errs, b.db.Close())
	}
	return errors.Join(errs...)
}

// base opens a configured database when it is first needed; nil: there is none of that name.
func (p *Protocol) base(name string) *database {
	p.mu.Lock()
	defer p.mu.Unlock()
	if open := p.opens[name]; p.bases[name] == nil && open != nil {
		p.bases[name] = open()
	}
	return p.bases[name]
}

// Compile implements provider.Protocol.
func (p *Protocol) Compile(pl *provider.Plan) (provider.Endpoint, error) {
	e := pl.Ready.Endpoint.SQL
	base := p.base(e.Database)
	if base == nil {
		return nil, fmt.Errorf("provider: no database %q is configured", e.Database)
	}
	q := &query{plan: pl, base: base, text: strings.TrimRight(e.Query, "; \t\r\n"), maxRows: e.MaxRows}
	if q.maxRows <= 0 {
		q.maxRows = provider.DefaultRows
	}
	if err := checkQuery(e.Query, len(e.Params)); err != nil {
		return nil, err
	}
	for _, path := range e.Params {
		if name, ok := strings.CutPrefix(path, "@"); ok {
			q.params = append(q.params, param{context: name})
			continue
		}
		field := provider.FieldAt(pl.Ready.Request, path)
		if field == nil {
			return nil, fmt.Errorf("provider: the request has no field %q", path)
		}
		q.params = append(q.params, param{field: path, kind: field.Type})
	}
	var err error
	if q.response, err = provider.CompileMapping(e.Response); err != nil {
		return nil, err
	}
	return q, nil
}

// Address implements provider.Endpoint.
func (q *query) Address() string { return "database " + q.plan.Ready.Endpoint.SQL.Database }

// Deliver implements provider.Endpoint.
func (q *query) Deliver(ctx context.Context, d provider.Request) (provider.Reply, error) {
	args := make([]any, len(q.params))
	for i, p := range q.params {
		var err error
		if p.context != "" {
			args[i] = stated(d.ContextValue(p.context))
			continue
		}
		if args[i], err = argument(d.Input, p); err != nil {
			return provider.Reply{}, fault.Wrap(err, fault.InternalError)
		}
	}
	rows, count, err := q.run(ctx, args)
	if err != nil {
		return provider.Reply{}, q.fault(ctx, err)
	}
	if q.response == nil {
		return q.single(rows, count)
	}
	body, err := q.plan.Map(ctx, q.response, rows)
	return provider.Reply{Body: body, MediaType: provider.JSON}, err
}

// single takes the one row out of its array.
func (q *query) single(rows []byte, count int) (provider.Reply, error) {
	switch count {
	case 0:
		return provider.Reply{}, fault.New(fault.ProviderNoRecord)
	case 1:
		return provider.Reply{Body: rows[1 : len(rows)-1], MediaType: provider.JSON}, nil
	}
	return provider.Reply{}, provider.MappingFault(errors.New("provider: several rows and no mapping that makes one answer of them"))
}

// run reads the query in a read-only transaction of its own and returns its rows as a JSON array.
func (q *query) run(ctx context.Context, args []any) (rows []byte, count int, err error) {
	tx, err := q.base.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = tx.Rollback() }() // nothing to keep; also ends it on success
	result, err := tx.QueryContext(ctx, q.text, args...)
	if err != nil {
		return nil, 0, err
	}
	defer result.Close()
	w, err := newRowWriter(result)
	if err != nil {
		return nil, 0, err
	}
	out := []byte{'['}
	for ; result.Next(); count++ {
		if count == q.maxRows {
			return nil, 0, q.tooManyRows()
		}
		if count > 0 {
			out = append(out, ',')
		}
		if out, err = w.append(out, result); err != nil {
			return nil, 0, err
		}
		if int64(len(out)) > q.plan.Answer {
			return nil, 0, q.plan.TooLarge()
		}
	}
	return append(out, ']'), count, result.Err()
}

func (q *query) tooManyRows() error {
	e := fault.New(fault.ProviderInvalid)
	e.Fields = []fault.FieldError{{Code: fault.InputLength,
		Params: map[string]string{"min": "0", "max": strconv.Itoa(q.maxRows)}}}
	return e
}

// fault reports what an error of the database means for the caller. Its text stays with us: it may quote data.
func (q *query) fault(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return q.plan.TransportFault(ctx, err)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return q.postgresFault(e)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
			sqlite3.SQLITE_FULL:
			return fault.Wrap(fmt.Errorf("sqlite code %d", e.Code()), fault.ProviderDown)
		case sqlite3.SQLITE_INTERRUPT:
			return fault.New(fault.ProviderTimeout, "limit", q.plan.Timeout.String())
		}
		return provider.MappingFault(fmt.Errorf("sqlite code %d", e.Code()))
	}
	if errors.Is(err, errValue) {
		return fault.Wrap(err, fault.ProviderMalformed)
	}
	return fault.Wrap(err, fault.ProviderDown)
}

// postgresFault reads the class of an SQLSTATE (PostgreSQL manual, appendix A).
func (q *query) postgresFault(e *pgconn.PgError) error {
	cause := fmt.Errorf("SQLSTATE %s", e.Code)
	switch {
	case e.Code == "57014":
		return fault.Wrap(cause, fault.ProviderTimeout, "limit", q.plan.Timeout.String())
	case len(e.Code) == 5 && strings.Contains("08 28 53 57 58 XX 3D", e.Code[:2]):
		return fault.Wrap(cause, fault.ProviderDown)
	}
	return provider.MappingFault(cause)
}

// Probe implements provider.Endpoint.
func (q *query) Probe(ctx context.Context) error {
	tx, err := q.base.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return q.fault(ctx, err)
	}
	defer func() { _ = tx.Rollback() }()
	stmt, err := tx.PrepareContext(ctx, q.text) // also finds a missing table or column
	if err != nil {
		return q.fault(ctx, err)
	}
	return stmt.Close()
}

// stated is a text of the call's context as an argument: NULL where the call states none.
func stated(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// argument returns the value of $n as the driver should bind it. PostgreSQL reads text into the type
// the query gives the parameter; SQLite compares by type, so integers and booleans go as numbers.
func argument(input []byte, p param) (any, error) {
	text, present, err := provider.Lookup(input, p.field)
	if err != nil || !present {
		return nil, err
	}
	switch p.kind {
	case schema.Integer:
		return parseInteger(text)
	case schema.Boolean:
		return text == "true", nil
	}
	return text, nil
}
