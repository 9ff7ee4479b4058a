package app

import (
	"context"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/store"
	"mconnect/internal/surface/portal"
)

// portalCalls implements portal.Calls: the search index finds a call, the journal states it.
type portalCalls struct{ a *App }

// Call implements portal.Calls.
func (p portalCalls) Call(ctx context.Context, id mconnect.CallID) (c portal.Call, err error) {
	if err := p.a.indexed(ctx); err != nil {
		return c, err
	}
	rows, err := p.a.Store.SearchIndex(ctx, store.IndexQuery{Call: string(id), Limit: 1})
	if err != nil {
		return c, err
	}
	if len(rows) == 0 || rows[0].Call != string(id) {
		return c, fault.New(fault.PathUnknown)
	}
	row := rows[0]
	e, _, err := p.a.Journal.Entry(ctx, row.Seq)
	if err != nil {
		return c, err
	}
	if e.Kind != journal.Intent && e.Kind != journal.Refusal {
		return c, fault.New(fault.PathUnknown)
	}
	c = portal.Call{Index: row.Seq, Record: e.Record, Subject: len(e.Pseudonym) > 0}
	if row.OutcomeSeq > 0 && row.OutcomeSeq != row.Seq {
		end, _, err := p.a.Journal.Entry(ctx, row.OutcomeSeq)
		if err != nil {
			return c, err
		}
		c.Outcome = &end.Record
	}
	return c, nil
}

// Read implements portal.Calls.
func (p portalCalls) Read(ctx context.Context, who *people.Principal, query string) error {
	_, err := p.a.Journal.Record(ctx, journal.Record{Kind: journal.Reading, Node: p.a.Config.Node, Actor: who.Actor(),
		Reading: &journal.ReadingNote{Query: query, Count: 1}})
	return err
}

// Evidence implements portal.Calls.
func (p portalCalls) Evidence(ctx context.Context, index int64) ([]byte, error) {
	return p.a.Journal.Evidence(ctx, index)
}
