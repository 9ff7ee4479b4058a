package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/verify"
)

// journalLog is the journal's name among the logs of the store.
const journalLog = "journal"

// origin is the name of the demo's journal in its checkpoints.
const origin = "demo.mconnect.invalid/journal"

// record holds the members of a journal record that the scenes check.
type record struct {
	Kind   string
	Call   mconnect.CallID
	Code   string
	Checks []struct{ Name, Result string }

	System    mconnect.SystemID
	Agreement mconnect.AgreementID
	Subject   struct{ Pseudonym string }
	Context   mconnect.LegalContext
	Event     struct{ ID, Group string }
}

func readRecord(raw []byte) (record, error) {
	var r record
	if err := json.Unmarshal(raw, &r); err != nil {
		return record{}, fmt.Errorf("record: %w", err)
	}
	return r, nil
}

// withJournal opens the journal of the SQLite store at path for read, while the server writes it.
func withJournal(ctx context.Context, path string, read func(*store.Log) error) error {
	db, err := store.Open(ctx, store.Config{URL: "sqlite:" + path, ReadOnly: true})
	if err != nil {
		return err
	}
	l, err := db.OpenLog(ctx, journalLog, nil)
	if err == nil {
		err = read(l)
	}
	return errors.Join(err, db.Close())
}

// verifyStore verifies the whole journal of the SQLite store at path with the public key alone.
func verifyStore(ctx context.Context, path string, key verify.Key) (report verify.Report, err error) {
	err = withJournal(ctx, path, func(l *store.Log) (err error) {
		report, err = verify.Journal(ctx, journal.NewSource(l), key, verify.Options{})
		return err
	})
	return report, err
}

// eachRecord reads the records from index from on.
func eachRecord(ctx context.Context, path string, from int64, fn func(index int64, raw []byte) error) error {
	return withJournal(ctx, path, func(l *store.Log) error {
		_, err := appendlog.EachBatch(ctx, l.Read, from, math.MaxInt64, func(b appendlog.Batch) error {
			for i, e := range b.Entries {
				if err := fn(b.First+int64(i), e.Data); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	})
}

// journalSize returns the number of records in the journal.
func journalSize(ctx context.Context, path string) (size int64, err error) {
	err = withJournal(ctx, path, func(l *store.Log) error {
		head, err := l.Head(ctx)
		size = head.Size
		return err
	})
	return size, err
}

// copyStore writes a consistent copy of the SQLite store at path while the server runs.
func copyStore(ctx context.Context, path, copied string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, copied)
	return err
}

// tamper does what an intruder with access to the database would do: it changes one byte of a record in the
// batch that holds record index, in the SQLite file at path.
func tamper(ctx context.Context, path string, index int64) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	var first int64
	var entries []byte
	err = db.QueryRowContext(ctx, `SELECT first, entries FROM log_batch WHERE log = $1 AND first <= $2 ORDER BY first DESC LIMIT 1`,
		journalLog, index).Scan(&first, &entries)
	if err != nil {
		return err
	}
	at := len(entries) / 2
	entries[at] ^= 1
	_, err = db.ExecContext(ctx, `UPDATE log_batch SET entries = $1 WHERE log = $2 AND first = $3`, entries, journalLog,
		first)
	return err
}
