package manifest

import (
	"context"
	"database/sql"

	"mconnect/internal/store"
)

// Stored is a Store on the platform's database; Log is its journal.
type Stored struct {
	*store.DB
	Log *store.Log
}

// Commit implements Store with one transaction of the log and the documents.
func (s Stored) Commit(ctx context.Context, base int64, changes []store.Resource, note Noter) (stored []store.Resource, err error) {
	_, err = s.Log.AppendWith(ctx, func(tx *sql.Tx) ([]store.Entry, error) {
		if stored, err = s.PutResources(tx, base, changes, note.Prove); err != nil {
			return nil, err
		}
		return note.Note(stored)
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}
