package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// dialect is everything that differs between the engines; the SQL text is otherwise one.
type dialect struct {
	name      string        // "sqlite" or "postgres"
	goose     goose.Dialect // for migrations
	forUpdate string        // appended to a SELECT that must lock its row
	// expression: the time by the database's clock, microseconds since 1970
	now    string
	settle func(ctx context.Context, pool *sql.DB) error // what the tables need besides the one SQL text; may be nil
	// a transaction whose commit is durable only when all is that could be read before; nil: all is
	barrier   []string
	oneWriter bool // all writes share one connection

	// swap moves a head and stores a batch in one durable transaction, if the head still has the size
	// that the batch was sealed on; false when it has another. After an error the outcome is unknown.
	swap func(ctx context.Context, w *writer, m move) (bool, error)
	// many runs one statement over many rows of arguments inside the writer's transaction.
	many func(ctx context.Context, c *sql.Conn, text string, rows [][]any) error
}

var sqliteDialect = &dialect{
	name:      "sqlite",
	goose:     goose.DialectSQLite3,
	now:       "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	oneWriter: true, // BEGIN IMMEDIATE locks all, so no row needs to be
	swap:      sqliteSwap,
	many:      sqliteMany,
}

var postgresDialect = &dialect{
	name:      "postgres",
	goose:     goose.DialectPostgres,
	forUpdate: " FOR UPDATE",
	now:       "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint",
	settle:    storeUncompressed,
	// It writes to the write-ahead log and locks nothing. The one in the middle is a transaction of its own without the
	// others.
	barrier: []string{"BEGIN READ WRITE", "SELECT pg_logical_emit_message(true, 'mconnect', '')", "COMMIT"},
	swap:    postgresSwap,
	many:    postgresMany,
}
