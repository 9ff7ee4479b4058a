package app

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"mconnect/fault"
	"mconnect/internal/admin"
	"mconnect/internal/country"
	"mconnect/internal/journal"
	"mconnect/internal/store"
)

// desk puts the country, the store and the journal behind the small interfaces that the management API
// declares: admin.Resources, Editor, Records and Tiles.
type desk struct {
	store   *store.DB
	log     *store.Log
	keeper  *country.Keeper
	records *journal.Journal
}

func resourceOf(r store.Resource) admin.Resource {
	return admin.Resource{
		Kind: r.Kind, ID: r.ID, Revision: r.Revision, ChangedBy: r.ChangedBy, ChangedAt: r.ChangedAt, Deleted: r.Deleted, Document: r.Doc,
	}
}

// Resource implements admin.Resources.
func (d desk) Resource(ctx context.Context, kind, id string) (admin.Resource, error) {
	r, err := d.store.Resource(ctx, kind, id)
	return resourceOf(r), err
}

// listPage is how many resources of all kinds are read at once to fill a page of one kind.
const listPage = 1000

// List implements admin.Resources: it walks the revisions and keeps those of the kind.
func (d desk) List(ctx context.Context, kind string, after int64, limit int) ([]admin.Resource, bool, error) {
	var page []admin.Resource
	for {
		some, err := d.store.Resources(ctx, after, listPage)
		if err != nil {
			return nil, false, err
		}
		for _, r := range some {
			after = r.Revision
			if r.Kind != kind || r.Deleted {
				continue
			}
			if len(page) == limit {
				return page, true, nil
			}
			page = append(page, resourceOf(r))
		}
		if len(some) < listPage {
			return page, false, nil
		}
	}
}

// History implements admin.Resources.
func (d desk) History(ctx context.Context, kind, id string) ([]admin.Resource, error) {
	states, err := d.store.History(ctx, kind, id)
	all := make([]admin.Resource, 0, len(states))
	for _, r := range slices.Backward(states) {
		all = append(all, resourceOf(r))
	}
	return all, err
}

// Put implements admin.Editor.
func (d desk) Put(ctx context.Context, actor, kind string, document []byte, base int64) (admin.Resource, error) {
	r, err := d.keeper.Put(ctx, actor, kind, document, base)
	return resourceOf(r), err
}

// Delete implements admin.Editor.
func (d desk) Delete(ctx context.Context, actor, kind, id string, base int64) error {
	return d.keeper.Remove(ctx, actor, kind, id, base)
}

// Apply implements admin.Editor.
func (d desk) Apply(ctx context.Context, actor string, manifests []byte, dryRun bool) ([]admin.Planned, error) {
	set, err := country.Parse("manifests", manifests, nil)
	if err != nil {
		return nil, err
	}
	plan, err := d.keeper.Apply(ctx, actor, set, dryRun)
	if err != nil {
		return nil, err
	}
	lines := make([]admin.Planned, len(plan))
	for i, c := range plan {
		lines[i] = admin.Planned{Kind: c.Kind, ID: c.ID, Action: c.Action, Diff: c.Diff}
	}
	return lines, nil
}

// Search implements admin.Records.
func (d desk) Search(ctx context.Context, q admin.Query) ([]admin.Found, error) {
	query := store.IndexQuery{
		From: q.From, To: q.To, Participant: q.Participant, System: q.System, Service: q.Service, Provider: q.Provider,
		Purpose: q.Purpose, Verdict: q.Verdict, Call: q.Call, Agreement: q.Agreement, Before: q.Before, Limit: q.Limit,
	}
	if q.Subject != "" {
		query.Subject = d.records.Pseudonym(q.Subject)
	}
	rows, err := d.store.SearchIndex(ctx, query)
	if err != nil {
		return nil, err
	}
	found := make([]admin.Found, len(rows))
	for i, r := range rows {
		found[i] = admin.Found{
			Index: r.Seq, At: r.At, Kind: r.Kind, Call: r.Call, Consumer: r.Consumer, System: r.System, Service: r.Service,
			Provider: r.Provider, Agreement: r.Agreement, Purpose: r.Purpose, Verdict: r.Verdict, Code: r.Code,
		}
		if r.OutcomeSeq > 0 {
			found[i].Outcome = &rows[i].OutcomeSeq
		}
	}
	return found, nil
}

// Record implements admin.Records.
func (d desk) Record(ctx context.Context, index int64) ([]byte, string, error) {
	e, aside, err := d.records.Entry(ctx, index)
	if err != nil {
		return nil, "", err
	}
	batches, err := d.log.Read(ctx, index, 1)
	if err != nil {
		return nil, "", err
	}
	if len(batches) == 0 || index < batches[0].First || index-batches[0].First >= int64(len(batches[0].Entries)) {
		return nil, "", fault.New(fault.RecordUnknown)
	}
	canonical := bytes.Clone(batches[0].Entries[index-batches[0].First].Data)
	subject, err := d.records.Open(e, aside)
	if errors.Is(err, journal.ErrErased) || errors.Is(err, journal.ErrNoSubject) {
		return canonical, "", nil
	}
	return canonical, subject, err
}

// Evidence implements admin.Records.
func (d desk) Evidence(ctx context.Context, index int64) ([]byte, error) {
	return d.records.Evidence(ctx, index)
}

// Erase implements admin.Records.
func (d desk) Erase(ctx context.Context, actor, subject, reason string) (int, error) {
	return d.records.Erase(ctx, actor, subject, reason)
}

// Checkpoint implements admin.Tiles.
func (d desk) Checkpoint(ctx context.Context) ([]byte, error) { return d.records.Checkpoint(ctx) }

// Tile implements admin.Tiles. The journal's tiles end at level 7: no journal fills a tile above.
func (d desk) Tile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	return d.records.TileBytes(ctx, level, index, width)
}

// Entries implements admin.Tiles.
func (d desk) Entries(ctx context.Context, index int64, width int) ([]byte, error) {
	return d.records.EntriesBytes(ctx, index, width)
}
