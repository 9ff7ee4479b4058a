package app

import (
	"context"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/internal/surface/admin"
)

// reportScan is how many rows of the search index one page of a report looks through: official and reason are in the
// records only.
const reportScan = 20_000

// Reports reads the journal as a person does. This process itself brings the search index up to date first.
func (i *Installation) Reports() admin.Reports { return reports{i, i.CatchUp} }

// Reports reads the journal as a person does. It waits for the search index, which the server keeps up to date.
func (a *App) Reports() admin.Reports { return reports{a.Installation, a.indexed} }

// Records reads the journal while the server's own follower feeds the index.
func (a *App) Records() admin.Records { return records{a.Installation, a.indexed} }

// reports implements admin.Reports.
type reports struct {
	i     *Installation
	fresh func(context.Context) error // sees to it that the index holds what the journal holds now
}

// Report implements admin.Reports.
func (r reports) Report(ctx context.Context, q admin.ReportQuery, lang mconnect.Lang) (page []admin.Reported,
	next int64, err error) {
	query := store.IndexQuery{
		From: q.From, To: q.To, Service: q.Service, System: q.System, Verdict: q.Verdict, Before: q.Before, Limit: 1000,
	}
	if err := checkNames(q.System, ""); err != nil {
		return nil, 0, err
	}
	if q.Subject != "" {
		query.Subject = r.i.Journal.Pseudonym(q.Subject)
	}
	if q.Before == 0 {
		if err := r.fresh(ctx); err != nil {
			return nil, 0, err
		}
	}
	read := &recordReader{log: r.i.log}
	return scanIndex(ctx, r.i.Store, query, q.Limit, reportScan, func(row appendlog.IndexRow) (admin.Reported, bool,
		error) {
		return r.use(ctx, read, row, q, lang)
	})
}

// indexWait is how long a report waits for the search index, which is written behind the journal.
const indexWait = 15 * time.Second

// indexed waits until the index holds what the journal holds now: a report must not leave out what has just been
// recorded.
func (i *Installation) indexed(ctx context.Context) error {
	head, err := i.log.Head(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if at, err := i.Store.IndexPosition(ctx); ctx.Err() == nil && (err != nil || at >= head.Size) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fault.Wrap(ctx.Err(), fault.StoreUnavailable)
		}
	}
}

// use reads one row of the index as a use of data; false for what is none, or not asked for.
func (r reports) use(ctx context.Context, read *recordReader, row appendlog.IndexRow, q admin.ReportQuery,
	lang mconnect.Lang) (admin.Reported, bool, error) {
	if row.Kind != journal.KindCall && row.Kind != string(journal.Consumption) {
		return admin.Reported{}, false, nil
	}
	e, err := read.entry(ctx, row.Seq)
	if err != nil {
		return admin.Reported{}, false, err
	}
	if !states(e, q.Official, q.Reason) {
		return admin.Reported{}, false, nil
	}
	one := admin.Reported{
		Index: row.Seq, Kind: row.Kind, At: e.Time, Call: string(e.Call), Consumer: string(e.Consumer),
		System:   string(e.System),
		Official: e.Context.User, Entity: e.Context.Entity, Basis: e.Context.Basis, LegalBasis: e.LegalBasis,
		Reason:  e.Context.Reason,
		Purpose: string(e.Purpose), Agreement: string(e.Agreement), Service: string(e.Service),
		Provider: string(e.Provider),
		Fields:   e.Grant, Verdict: row.Verdict, Code: row.Code,
	}
	if e.Service != "" && e.Version != (mconnect.Version{}) {
		one.Service += "/" + e.Version.String()
	}
	if e.Event != nil {
		one.Service, one.Verdict = strings.Join(e.Event.Types, ", "), journal.VerdictAnswered
	}
	if p, ok := r.i.Rooms.Registry.Participant(e.Consumer); ok {
		one.Name = p.Name.In(lang)
	}
	if row.OutcomeSeq > 0 && row.OutcomeSeq != row.Seq {
		ended, err := read.entry(ctx, row.OutcomeSeq)
		if err != nil {
			return admin.Reported{}, false, err
		}
		at, index := ended.Time, row.OutcomeSeq
		one.Ended, one.Outcome = &at, &index
	}
	return one, true, nil
}

// states reports whether a record is of a call by the official, "" for any, whose stated reason contains the text.
func states(e journal.Entry, official, reason string) bool {
	return (official == "" || e.Context.User == official) &&
		(reason == "" || strings.Contains(strings.ToLower(e.Context.Reason), strings.ToLower(reason)))
}

// recordReader reads single records and keeps the batches that it read last: the records of a page stand near each
// other.
type recordReader struct {
	log  *store.Log
	kept [2]appendlog.Batch
}

func (r *recordReader) entry(ctx context.Context, index int64) (journal.Entry, error) {
	record, err := r.record(ctx, index)
	if err != nil {
		return journal.Entry{}, err
	}
	return journal.Decode(record)
}

// record is the stored text of one.
func (r *recordReader) record(ctx context.Context, index int64) ([]byte, error) {
	for _, b := range r.kept {
		if n := index - b.First; n >= 0 && n < int64(len(b.Entries)) {
			return b.Entries[n].Data, nil
		}
	}
	batches, err := r.log.Read(ctx, index, 1)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		if n := index - b.First; n >= 0 && n < int64(len(b.Entries)) {
			r.kept[0], r.kept[1] = b, r.kept[0]
			return b.Entries[n].Data, nil
		}
	}
	return nil, fault.New(fault.RecordUnknown)
}
