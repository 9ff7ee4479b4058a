package manifest

import (
	"context"

	"mconnect/internal/appendlog"
)

// Database keeps the states in the database of the journal; *store.DB is one.
type Database interface {
	Table
	// PutResources stores changes in a transaction of the log and returns them with their revisions. Fault
	// resource.conflict when base is positive and not the newest revision. prove, unless nil, makes each Proof.
	PutResources(tx appendlog.Tx, base int64, changes []appendlog.Resource,
		prove func(appendlog.Resource) []byte) ([]appendlog.Resource, error)
}

// Stored is a Store on the platform's database; Log is its journal.
type Stored struct {
	Database
	Log appendlog.Appender
}

// Commit implements Store with one transaction of the log and the documents.
func (s Stored) Commit(ctx context.Context, base int64, changes []appendlog.Resource,
	note RecordFunc) (stored []appendlog.Resource, err error) {
	_, err = s.Log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		if stored, err = s.PutResources(tx, base, changes, note.Prove); err != nil {
			return nil, err
		}
		entries, err := note.Note(stored)
		if err != nil || note.Also == nil {
			return entries, err
		}
		more, err := note.Also(tx)
		return append(entries, more...), err
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}
