package app

import (
	"context"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/internal/store"
	"mconnect/internal/surface/admin"
)

// bodies implements exchange.BodyKeeper: sealed under the journal's key before they reach the store.
type bodies struct {
	keys journal.Keys
	db   *store.DB
}

// Keep implements exchange.BodyKeeper.
func (b bodies) Keep(ctx context.Context, call mconnect.CallID, part string, body []byte, expires time.Time) error {
	sealed, err := b.keys.SealBody(call, part, body)
	if err != nil {
		return err
	}
	return b.db.KeepBody(ctx, string(call), part, sealed, expires)
}

// observe counts an ended call.
func observe(m *admin.Metrics) func(exchange.Observation) {
	return func(o exchange.Observation) {
		seen := admin.Observation{
			Service: string(o.Service), Consumer: string(o.Consumer), Provider: string(o.Provider), Verdict: "answered",
			Leg: string(o.Leg), Code: string(o.Code), Total: o.Total, Platform: o.Total - o.Provided,
			Delivery: o.Provided,
		}
		switch {
		case o.Code != "" && (o.Provided > 0 || o.Leg == fault.Provider):
			seen.Verdict = "failed"
		case o.Code != "":
			seen.Verdict = "refused"
		}
		m.Call(seen)
	}
}

// ledger implements exchange.Ledger and measures how long records wait to be durable.
type ledger struct {
	journal *journal.Journal
	metrics *admin.Metrics
}

// Record implements exchange.Ledger.
func (l ledger) Record(ctx context.Context, r journal.Record) (journal.Receipt, error) {
	begun := time.Now()
	receipt, err := l.journal.Record(ctx, r)
	if err != nil {
		l.metrics.StoreError("record")
		return receipt, err
	}
	l.metrics.Commit(time.Since(begun))
	return receipt, nil
}

// sealer reports to an observer how many records are sealed together, once there is one.
type sealer struct {
	appendlog.Prover
	seen atomic.Pointer[func(records int)]
}

// Seal implements appendlog.Sealer.
func (s *sealer) Seal(head appendlog.Head, entries []appendlog.Entry) (appendlog.Head, []byte, error) {
	if seen := s.seen.Load(); seen != nil {
		(*seen)(len(entries))
	}
	return s.Prover.Seal(head, entries)
}
