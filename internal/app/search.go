package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
)

// CatchUp brings the search index up to what the journal holds now. Servers do so all the time by
// themselves; several may at once.
func (i *Installation) CatchUp(ctx context.Context) error {
	head, err := i.log.Head(ctx)
	if err != nil {
		return err
	}
	if at, err := i.Store.IndexPosition(ctx); err != nil || at >= head.Size {
		return err
	}
	if i.access.ReadOnly {
		return i.awaitIndex(ctx, head.Size)
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	err = i.Journal.Index(following, &indexUpTo{DB: i.Store, upTo: head.Size, reached: stop})
	if ctx.Err() == nil {
		return nil // following was stopped by us
	}
	return err
}

// awaitIndex waits for the process that writes the store to index what the journal holds.
func (i *Installation) awaitIndex(ctx context.Context, size int64) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if at, err := i.Store.IndexPosition(ctx); err != nil || at >= size {
			return err
		}
		if _, held, err := store.HolderOf(i.Config.Store.URL); err != nil || !held {
			return errors.Join(err, errors.New("the server that kept the search index has ended meanwhile; repeat the command"))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// indexUpTo ends the following of the journal once the index has reached upTo.
type indexUpTo struct {
	*store.DB
	upTo    int64
	reached func()
}

// IndexPosition implements journal.Index.
func (u *indexUpTo) IndexPosition(ctx context.Context) (int64, error) {
	at, err := u.DB.IndexPosition(ctx)
	if err == nil && at == u.upTo {
		u.reached()
	}
	return at, err
}

// WriteIndex implements journal.Index.
func (u *indexUpTo) WriteIndex(ctx context.Context, from, upTo int64, rows []appendlog.IndexRow) error {
	err := u.DB.WriteIndex(ctx, from, upTo, rows)
	if err == nil && upTo >= u.upTo {
		u.reached()
	}
	return err
}

// evidenceWithin bounds how long the search index may lag behind a call whose evidence is asked for.
const evidenceWithin = 3 * time.Second

// Prove implements rest.Prover: the evidence of one record of a system's own call. That it was read is recorded before
// it is delivered, like every reading of the journal.
func (i *Installation) Prove(ctx context.Context, system mconnect.SystemID, call mconnect.CallID, part string) ([]byte,
	error) {
	row, err := i.rowOf(ctx, call, part)
	if err != nil {
		return nil, err
	}
	if row.System != string(system) {
		return nil, fault.New(fault.RecordUnknown)
	}
	index := row.Seq
	switch {
	case part == "outcome" && row.OutcomeSeq > 0:
		index = row.OutcomeSeq
	case part == "outcome" && row.Verdict != journal.VerdictRefused:
		return nil, fault.New(fault.RecordUnknown)
	}
	proof, err := i.Journal.Evidence(ctx, index)
	if err != nil {
		return nil, err
	}
	_, err = i.Journal.Record(ctx, journal.Record{
		Kind: journal.Reading, Node: i.Config.Node, Actor: string(system),
		Reading: &journal.ReadingNote{Query: "evidence " + strconv.FormatInt(index, 10), Count: 1},
	})
	if err != nil {
		return nil, err
	}
	return proof, nil
}

// rowOf finds a call in the search index, which lags behind the journal: it waits for the index to pass
// what the journal holds now before it says that there is no such call.
func (i *Installation) rowOf(ctx context.Context, call mconnect.CallID, part string) (appendlog.IndexRow, error) {
	head, err := i.log.Head(ctx)
	if err != nil {
		return appendlog.IndexRow{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, evidenceWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		at, err := i.Store.IndexPosition(ctx)
		if err != nil {
			return appendlog.IndexRow{}, err
		}
		rows, err := i.Store.SearchIndex(ctx, store.IndexQuery{Call: string(call), Limit: 1})
		if err != nil {
			return appendlog.IndexRow{}, err
		}
		whole := len(rows) > 0 && (part != "outcome" || rows[0].Verdict != journal.VerdictOpen)
		switch {
		case whole, len(rows) > 0 && at >= head.Size:
			return rows[0], nil
		case at >= head.Size:
			return appendlog.IndexRow{}, fault.New(fault.RecordUnknown)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return appendlog.IndexRow{}, fault.New(fault.RecordUnknown)
		}
	}
}
