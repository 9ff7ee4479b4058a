package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/manifest"
	"mconnect/internal/store"
	"mconnect/internal/surface/admin"
)

// minTokenLength is how long an administrator's token must be, in characters.
const minTokenLength = 32

// rolesOf maps a configured role to those of the management API.
var rolesOf = map[string][]admin.Role{
	"reader":   {admin.Reader},
	"operator": {admin.Operator},
	"auditor":  {admin.Auditor},
	"dpo":      {admin.DPO},
	"admin":    {admin.Operator, admin.Auditor},
}

// administrators reads who may use the management API: the configured ones, and the local one whose token
// pki init wrote.
func administrators(cfg config.Config) ([]admin.Administrator, error) {
	var all []admin.Administrator
	add := func(name, role, file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("administrator %s: %w", name, err)
		}
		token := strings.TrimSpace(string(text))
		if len(token) < minTokenLength {
			return fmt.Errorf("administrator %s: the token in %s is shorter than %d characters", name, file,
				minTokenLength)
		}
		sum := sha256.Sum256([]byte(token))
		all = append(all, admin.Administrator{Name: name, Roles: rolesOf[role],
			TokenSHA256: hex.EncodeToString(sum[:])})
		return nil
	}
	var wrong []error
	if err := add("local", "admin", cfg.AdminToken()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		wrong = append(wrong, err)
	}
	if len(all) == 1 {
		all[0].Local = true
	}
	for _, t := range cfg.Admin.Tokens {
		wrong = append(wrong, add(t.Name, t.Role, t.File))
	}
	for _, o := range cfg.Admin.Operators {
		fingerprint, err := mconnect.ParseFingerprint(o.Fingerprint)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("administrator %s: %w", o.Name, err))
			continue
		}
		all = append(all, admin.Administrator{Name: o.Name, Roles: rolesOf[o.Role], Fingerprint: fingerprint})
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return all, nil
}

// Resources reads the stored state for the management API.
func (i *Installation) Resources() admin.Resources { return resources{i.Store} }

// Editor changes the stored state for the management API.
func (i *Installation) Editor() admin.Editor { return editor{i.Country} }

// Records reads the journal for the management API.
func (i *Installation) Records() admin.Records { return records{i, i.CatchUp} }

// resources implements admin.Resources.
type resources struct{ db *store.DB }

func resourceOf(r appendlog.Resource) admin.Resource {
	return admin.Resource{
		Kind: r.Kind, ID: r.ID, Revision: r.Revision, ChangedBy: r.ChangedBy, ChangedAt: r.ChangedAt,
		Deleted: r.Deleted,
		Reason:  r.Reason, Document: r.Doc,
	}
}

func (s resources) Resource(ctx context.Context, kind, id string) (admin.Resource, error) {
	r, err := s.db.Resource(ctx, kind, id)
	if err != nil {
		return admin.Resource{}, err
	}
	return resourceOf(r), nil
}

// List reads on in order of revision until the page is full or nothing is left.
func (s resources) List(ctx context.Context, kind string, after int64, limit int) (page []admin.Resource, more bool,
	err error) {
	const step = 1000
	for {
		rows, err := s.db.Resources(ctx, after, step)
		if err != nil {
			return nil, false, err
		}
		for _, r := range rows {
			after = r.Revision
			if r.Kind != kind || r.Deleted {
				continue
			}
			if len(page) == limit {
				return page, true, nil
			}
			page = append(page, resourceOf(r))
		}
		if len(rows) < step {
			return page, false, nil
		}
	}
}

func (s resources) History(ctx context.Context, kind, id string) ([]admin.Resource, error) {
	rows, err := s.db.History(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
	}
	all := make([]admin.Resource, len(rows))
	for i, r := range rows {
		at := i
		if rows[0].Revision < rows[len(rows)-1].Revision {
			at = len(rows) - 1 - i
		}
		all[at] = resourceOf(r)
	}
	return all, nil
}

// editor implements admin.Editor.
type editor struct{ keeper *manifest.Keeper }

func orderOf(by admin.Act) manifest.Order {
	return manifest.Order{Actor: by.Actor, Reason: by.Reason, Resume: by.Resume, Replace: by.Replace}
}

func (e editor) Put(ctx context.Context, by admin.Act, kind string, document []byte, base int64) (admin.Resource,
	error) {
	r, err := e.keeper.Put(ctx, orderOf(by), kind, document, base)
	if err != nil {
		return admin.Resource{}, err
	}
	return resourceOf(r), nil
}

func (e editor) Delete(ctx context.Context, by admin.Act, kind, id string, base int64) error {
	return e.keeper.Remove(ctx, orderOf(by), kind, id, base)
}

func (e editor) Apply(ctx context.Context, by admin.Act, manifests []byte, dryRun bool) ([]admin.Planned, error) {
	set, err := manifest.Parse("request", manifests, nil)
	if err != nil {
		return nil, e.keeper.Examine(ctx, set, err)
	}
	o := orderOf(by)
	o.DryRun, o.Prune = dryRun, by.Prune
	plan, err := e.keeper.Execute(ctx, o, set)
	if err != nil {
		return nil, err
	}
	return Planned(plan), nil
}

// Planned writes a plan in the form of the management API.
func Planned(plan manifest.Plan) []admin.Planned {
	all := make([]admin.Planned, len(plan))
	for i, c := range plan {
		all[i] = admin.Planned{Kind: c.Kind, ID: c.ID, Action: c.Action, Diff: c.Diff, Impact: c.Impact,
			Touches: c.Touches, Rests: c.Rests, Unfit: c.Unfit}
		if c.Kept != nil {
			kept := admin.Kept(*c.Kept)
			all[i].Kept = &kept
		}
		if c.Stays != nil {
			stays := admin.Stays(*c.Stays)
			all[i].Stays = &stays
		}
		if c.Moves != nil {
			all[i].Moves = &admin.Moves{Moved: movesOf(c.Moves.Moved), Uncovered: movesOf(c.Moves.Uncovered)}
		}
	}
	return all
}

func movesOf(moves []manifest.Move) (all []admin.Move) {
	for _, m := range moves {
		all = append(all, admin.Move(m))
	}
	return all
}

// records implements admin.Records.
type records struct {
	i     *Installation
	fresh func(context.Context) error // sees to it that the index holds what the journal holds now
}

func (r records) Search(ctx context.Context, q admin.Query) (page []admin.Found, next int64, err error) {
	query := store.IndexQuery{
		From: q.From, To: q.To, Participant: q.Participant, System: q.System, Service: q.Service, Provider: q.Provider,
		Agreement: q.Agreement, Purpose: q.Purpose, Verdict: q.Verdict, Call: q.Call, Before: q.Before,
	}
	if err := checkNames(q.System, q.Participant); err != nil {
		return nil, 0, err
	}
	if q.Subject != "" {
		if err := journal.JudgeSubject(q.Subject); err != nil {
			return nil, 0, err
		}
		query.Subject = r.i.Journal.Pseudonym(q.Subject)
	}
	if q.Before == 0 {
		if err := r.fresh(ctx); err != nil {
			return nil, 0, err
		}
	}
	read := &recordReader{log: r.i.log}
	most := math.MaxInt
	if query.Limit = min(q.Limit, store.MaxPage); q.Official != "" || q.CallReason != "" { // most rows are passed over
		query.Limit, most = store.MaxPage, reportScan
	}
	return scanIndex(ctx, r.i.Store, query, q.Limit, most, func(row appendlog.IndexRow) (admin.Found, bool, error) {
		return foundOf(ctx, read, row, q)
	})
}

// checkNames refuses names that nobody can have: a mistyped one would find nothing and look like an answer. Fault
// query.invalid.
func checkNames(system, participant string) error {
	if _, err := mconnect.ParseSystemID(system); err != nil && system != "" {
		return fault.Wrap(err, fault.QueryInvalid, "what", "system")
	}
	if _, err := mconnect.ParseParticipantID(participant); err != nil && participant != "" {
		return fault.Wrap(err, fault.QueryInvalid, "what", "participant")
	}
	return nil
}

// scanIndex reads rows of the search index, newest first, until take has accepted a page of them, most have been read,
// or there are no more. Next is where the following page begins; 0 at the end.
func scanIndex[T any](ctx context.Context, db *store.DB, query store.IndexQuery, limit, most int,
	take func(appendlog.IndexRow) (T, bool, error)) (page []T, next int64, err error) {
	for seen := 0; seen < most; {
		rows, err := db.SearchIndex(ctx, query)
		if err != nil {
			return nil, 0, err
		}
		for _, row := range rows {
			seen, query.Before = seen+1, row.Seq
			one, ok, err := take(row)
			if err != nil {
				return nil, 0, err
			}
			if ok {
				page = append(page, one)
			}
			if len(page) == limit {
				return page, row.Seq, nil
			}
		}
		if len(rows) < query.Limit {
			return page, 0, nil
		}
	}
	return page, query.Before, nil
}

// foundOf reads one row of the index as a line of a search; false when its record does not state what is looked for.
func foundOf(ctx context.Context, read *recordReader, row appendlog.IndexRow, q admin.Query) (admin.Found, bool,
	error) {
	one := admin.Found{
		Index: row.Seq, At: row.At, Kind: row.Kind, Call: row.Call, Consumer: row.Consumer, System: row.System,
		Service:  row.Service,
		Provider: row.Provider, Agreement: row.Agreement, Purpose: row.Purpose, Verdict: row.Verdict, Code: row.Code,
	}
	if row.OutcomeSeq > 0 {
		outcome := row.OutcomeSeq
		one.Outcome = &outcome
	}
	if q.Official == "" && q.CallReason == "" && !q.Whole {
		return one, true, nil
	}
	record, err := read.record(ctx, row.Seq)
	if err != nil {
		return one, false, err
	}
	if q.Official != "" || q.CallReason != "" {
		if e, err := journal.Decode(record); err != nil || !states(e, q.Official, q.CallReason) {
			return one, false, err
		}
	}
	if !q.Whole {
		return one, true, nil
	}
	one.Record = record
	if row.OutcomeSeq > 0 && row.OutcomeSeq != row.Seq {
		one.OutcomeRecord, err = read.record(ctx, row.OutcomeSeq)
	}
	return one, true, err
}

// Size implements admin.Records.
func (r records) Size(ctx context.Context) (int64, error) {
	head, err := r.i.log.Head(ctx)
	return head.Size, err
}

// Read implements admin.Records.
func (r records) Read(ctx context.Context, from, to int64, fn func(index int64, canonical []byte) error) error {
	each := func(b appendlog.Batch) error {
		for n, e := range b.Entries {
			if index := b.First + int64(n); index >= from { // Follow begins with the batch that has it
				if err := fn(index, e.Data); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if to < 0 {
		return r.i.log.Follow(ctx, from, each)
	}
	next, err := appendlog.EachBatch(ctx, r.i.log.ReadDurable, from, to, each)
	if err == nil && next < to {
		return fault.New(fault.RecordUnknown)
	}
	return err
}

// Export implements admin.Records.
func (r records) Export(ctx context.Context, w io.Writer) error { return r.i.Journal.Export(ctx, w) }

func (r records) Record(ctx context.Context, index int64) (canonical []byte, subject string, err error) {
	if index < 0 {
		return nil, "", fault.New(fault.RecordUnknown)
	}
	batches, err := r.i.log.ReadDurable(ctx, index, 1)
	if err != nil {
		return nil, "", err
	}
	for _, b := range batches {
		if n := index - b.First; n >= 0 && n < int64(len(b.Entries)) {
			stored := b.Entries[n]
			entry, err := journal.Decode(stored.Data)
			if err != nil {
				return nil, "", err
			}
			subject, err = r.i.Journal.Open(entry, stored.Aside)
			if errors.Is(err, journal.ErrErased) || errors.Is(err, journal.ErrNoSubject) {
				err = nil
			}
			return stored.Data, subject, err
		}
	}
	return nil, "", fault.New(fault.RecordUnknown)
}

func (r records) Evidence(ctx context.Context, index int64) ([]byte, error) {
	return r.i.Journal.Evidence(ctx, index)
}

// tiles implements admin.Tiles.
type tiles struct{ journal *journal.Journal }

func (t tiles) Checkpoint(ctx context.Context) ([]byte, error) { return t.journal.Checkpoint(ctx) }

func (t tiles) Tile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	return t.journal.TileBytes(ctx, level, index, width)
}

func (t tiles) Entries(ctx context.Context, index int64, width int) ([]byte, error) {
	return t.journal.EntriesBytes(ctx, index, width)
}
