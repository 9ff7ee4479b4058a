package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// Resources returns the newest state of every resource changed after revision since, in ascending
// order of revision, at most limit (0: 1000), deleted ones included. What it skips over is never filled
// in later: a reader may continue from the last revision it got. The newest is the one of the highest revision,
// whatever the table marks as such.
func (db *DB) Resources(ctx context.Context, since int64, limit int) ([]appendlog.Resource, error) {
	if limit <= 0 {
		limit = 1000
	}
	return db.resources(ctx, sqlResSince, since, limit)
}

// History returns every state that a resource had, oldest first; fault resource.unknown when it never was.
func (db *DB) History(ctx context.Context, kind, id string) ([]appendlog.Resource, error) {
	all, err := db.resources(ctx, sqlHistory, kind, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
	}
	return all, err
}

// Newest returns the newest state of a resource, a deleted one too; fault resource.unknown when it never was.
func (db *DB) Newest(ctx context.Context, kind, id string) (appendlog.Resource, error) {
	all, err := db.resources(ctx, sqlResOne, kind, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
	}
	if err != nil {
		return appendlog.Resource{}, err
	}
	return all[0], nil
}

// States returns every state of every resource with a revision above since, in ascending order, at most limit.
func (db *DB) States(ctx context.Context, since int64, limit int) ([]appendlog.Resource, error) {
	return db.resources(ctx, sqlResEvery, since, limit)
}

// Marked returns the states that the table marks as the newest ones, likewise.
func (db *DB) Marked(ctx context.Context, since int64, limit int) ([]appendlog.Resource, error) {
	return db.resources(ctx, sqlResMarked, since, limit)
}

// SetProofs gives states that have none their proof, by revision, and raises the counter of revisions to at least
// through, in one transaction.
func (db *DB) SetProofs(ctx context.Context, proofs map[int64][]byte, through int64) error {
	return unavailable(db.changeWith(ctx, db.main, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlRaiseRev, through); err != nil {
			return err
		}
		for revision, proof := range proofs {
			if _, err := tx.ExecContext(ctx, sqlSetProof, proof, revision); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Resource returns the present state; fault resource.unknown when there is none or it was deleted.
func (db *DB) Resource(ctx context.Context, kind, id string) (appendlog.Resource, error) {
	r, err := db.Newest(ctx, kind, id)
	if err == nil && r.Deleted {
		return appendlog.Resource{}, fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
	}
	return r, err
}

func (db *DB) resources(ctx context.Context, text string, args ...any) ([]appendlog.Resource, error) {
	all, err := collect(ctx, db.pool, scanResource, text, args...)
	if err != nil && db.cfg.ReadOnly && db.oldResources(ctx) {
		text = strings.Replace(text, ", reason, proof FROM", ", '', NULL FROM", 1)
		all, err = collect(ctx, db.pool, scanResource, text, args...)
	}
	return all, unavailable(err)
}

func scanResource(rows *sql.Rows, r *appendlog.Resource) error {
	var deleted, at int64
	err := rows.Scan(&r.Kind, &r.ID, &r.Revision, &r.Doc, &deleted, &r.ChangedBy, &at, &r.Reason, &r.Proof)
	r.Deleted, r.ChangedAt = deleted != 0, time.UnixMicro(at).UTC()
	return err
}

// oldResources reports that the table is one of before proofs, as a store that is only read may still have.
func (db *DB) oldResources(ctx context.Context) bool {
	_, err := db.pool.ExecContext(ctx, "SELECT proof FROM resource LIMIT 1")
	return err != nil && ctx.Err() == nil
}

// Revision returns the newest revision; 0 when nothing was ever declared.
func (db *DB) Revision(ctx context.Context) (int64, error) {
	var n int64
	err := db.pool.QueryRowContext(ctx, sqlRevision).Scan(&n)
	return n, unavailable(err)
}

// PutResources stores changes inside the transaction of an AppendWith and returns them with the revisions
// they got. When base is positive and the newest revision is another, nothing is stored: fault
// resource.conflict. ChangedAt is set when zero. prove, unless nil, makes the Proof of each state.
func (db *DB) PutResources(in appendlog.Tx, base int64, changes []appendlog.Resource,
	prove func(appendlog.Resource) []byte) ([]appendlog.Resource, error) {
	ctx, tx := context.Background(), sqlTx(in) // the transaction has its own context
	var newest int64
	if err := tx.QueryRowContext(ctx, sqlRevision+db.d.forUpdate).Scan(&newest); err != nil {
		return nil, unavailable(err)
	}
	var last int64 // more than the counter only where somebody turned that back
	if err := tx.QueryRowContext(ctx, sqlLastRev).Scan(&last); err != nil {
		return nil, unavailable(err)
	}
	newest = max(newest, last)
	if base > 0 && base != newest {
		f := fault.New(fault.ResourceConflict)
		if len(changes) > 0 {
			f = fault.New(fault.ResourceConflict, "kind", changes[0].Kind, "id", changes[0].ID)
		}
		return nil, f
	}
	put := make([]appendlog.Resource, len(changes))
	for i, r := range changes {
		newest++
		r.Revision = newest
		if r.ChangedAt.IsZero() {
			r.ChangedAt = time.Now()
		}
		r.ChangedAt = r.ChangedAt.UTC().Truncate(time.Microsecond)
		if r.Doc == nil {
			r.Doc = []byte{}
		}
		if prove != nil {
			r.Proof = prove(r)
		}
		if _, err := tx.ExecContext(ctx, sqlAged, r.Kind, r.ID); err != nil {
			return nil, unavailable(err)
		}
		if _, err := tx.ExecContext(ctx, sqlPutRes, r.Revision, r.Kind, r.ID, number(r.Deleted), r.Doc,
			r.ChangedBy, r.ChangedAt.UnixMicro(), r.Reason, r.Proof); err != nil {
			return nil, unavailable(err)
		}
		put[i] = r
	}
	_, err := tx.ExecContext(ctx, sqlSetRev, newest)
	return put, unavailable(err)
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
