// Package store keeps everything durable in one SQL database: SQLite embedded, PostgreSQL when outgrown, with one SQL
// text and one small dialect file. It implements package appendlog.
//
// It owns the append primitive (a batch to a log is one transaction that numbers entries without gaps, writes them and
// moves the head), the platform's resources with their revisions, and the derived search index. It judges nothing.
// Acknowledged means durable: WAL with synchronous FULL, or synchronous_commit on.
package store

import "mconnect/internal/appendlog"

var (
	_ appendlog.Log    = (*Log)(nil)
	_ appendlog.Eraser = (*Log)(nil)
)
