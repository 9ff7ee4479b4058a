package exchange

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
)

// Meter knows how much of an agreement is used up. Usage looks only; Take counts one call against quota
// and rate and reports false when another call took the last of them meanwhile. Both are quick, do no I/O and
// are safe for concurrent use.
type Meter interface {
	Usage(a *agreement.Compiled, at time.Time) agreement.Usage
	Take(a *agreement.Compiled, at time.Time) bool
}

// JournalMeter is a Meter that counts in the journal's.
type JournalMeter struct{ *journal.Meter }

// Usage implements Meter.
func (m JournalMeter) Usage(a *agreement.Compiled, at time.Time) agreement.Usage {
	today, exceeded := m.Meter.Usage(a.ID, limitOf(a), at)
	return agreement.Usage{Today: today, RateExceeded: exceeded}
}

// Take implements Meter.
func (m JournalMeter) Take(a *agreement.Compiled, at time.Time) bool {
	return m.Meter.Take(a.ID, limitOf(a), at)
}

func limitOf(a *agreement.Compiled) journal.Limit {
	return journal.Limit{PerDay: a.Quota.PerDay, PerSecond: a.Quota.PerSecond, Burst: a.Quota.Burst}
}

// BodyKeeper keeps a body, encrypted, until expires, for services that ask for it. When it returns without
// error the body survives power loss. part is "request" or "answer".
type BodyKeeper interface {
	Keep(ctx context.Context, call mconnect.CallID, part string, body []byte, expires time.Time) error
}

// Observation is what metrics may know of one ended call: no personal data. The durations do not overlap; what is left
// of Total is the platform's own work and, of a streamed answer, the caller's reading.
type Observation struct {
	Protocol string
	Service  mconnect.ServiceName   // as resolved; "" when the call did not come so far
	Consumer mconnect.ParticipantID // "" for an unidentified caller
	Provider mconnect.SystemID
	Code     fault.Code // "" on success
	Leg      fault.Leg  // of a fault
	Flagged  int        // checks tolerated by the agreement's caller rules
	Dropped  int        // undeclared fields that the provider sent
	Total    time.Duration
	Provided time.Duration // waiting for the provider
	Recorded time.Duration // waiting for the journal
}

// Defaults hold where a service version states no limits of its own. Zero fields take the values of New.
type Defaults struct {
	Timeout time.Duration // of a delivery; 10 s
	Stream  time.Duration // of a delivery whose answer streams, to its end; 1 h
	Piece   time.Duration // in which more of a streamed answer must come; 30 s
	Record  time.Duration // to make one record durable; 10 s
	Answer  int64         // bytes of an answer that is not streamed; 16 MiB
	Keep    time.Duration // the longest that a body may be kept; 5 years
	Calls   int64         // of one service under way at once; 512
	Answers int64         // bytes that answers hold together, 64 KiB of each not counted; one service has half; 512 MiB
}

// Config is what an Exchange needs. Registry, Catalog, Agreements, Ledger, Deliverer and Meter must be set.
type Config struct {
	Registry   *registry.Registry
	Catalog    *catalog.Catalog
	Agreements *agreement.Book
	Ledger     Ledger
	Deliverer  Deliverer
	Meter      Meter
	Bodies     BodyKeeper        // nil: services that keep bodies are unavailable
	Revision   func() int64      // of the state by which is decided; nil: not recorded
	Clock      func() time.Time  // nil: time.Now
	Observe    func(Observation) // nil: nobody looks; called once for each call, must not block
	Logger     *slog.Logger      // nil: silent
	Defaults   Defaults          //
	Strangers  RefusalLimit      // how many refusals of unidentified callers are recorded one by one
	Systems    RefusalLimit      // how many refusals of one registered system are recorded one by one
}

// Exchange carries calls. It is safe for concurrent use.
type Exchange struct {
	cfg       Config
	strangers *gate
	systems   gates
	deadlines deadlines
	bulkheads bulkheads
}

// New checks that nothing is missing and makes an Exchange.
func New(cfg Config) (*Exchange, error) {
	if cfg.Registry == nil || cfg.Catalog == nil || cfg.Agreements == nil {
		return nil, errors.New("exchange: needs Registry, Catalog and Agreements")
	}
	if cfg.Ledger == nil || cfg.Deliverer == nil || cfg.Meter == nil {
		return nil, errors.New("exchange: needs Ledger, Deliverer and Meter")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Observation) {}
	}
	if cfg.Revision == nil {
		cfg.Revision = func() int64 { return 0 }
	}
	d := &cfg.Defaults
	if d.Timeout < 0 || d.Stream < 0 || d.Piece < 0 || d.Record < 0 || d.Answer < 0 || d.Keep < 0 || d.Calls < 0 ||
		d.Answers < 0 {
		return nil, errors.New("exchange: negative limit")
	}
	d.Timeout = or(d.Timeout, 10*time.Second)
	d.Stream = or(d.Stream, time.Hour)
	d.Piece = or(d.Piece, 30*time.Second)
	d.Record = or(d.Record, 10*time.Second)
	d.Answer = or(d.Answer, 16<<20)
	d.Keep = or(d.Keep, 5*365*24*time.Hour)
	d.Calls = or(d.Calls, 512)
	d.Answers = or(d.Answers, 512<<20)
	x := &Exchange{cfg: cfg, deadlines: deadlines{limit: d.Record}}
	x.bulkheads.calls, x.bulkheads.room = d.Calls, d.Answers
	x.strangers = newGate(cfg.Strangers.or(5), x.summariseStrangers)
	x.systems = gates{limit: cfg.Systems.or(20), of: map[mconnect.SystemID]*gate{}}
	return x, nil
}

func or[T ~int64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Close records what was counted and not yet recorded. No call may come afterwards.
func (x *Exchange) Close(ctx context.Context) error {
	err := errors.Join(x.strangers.close(ctx), x.systems.close(ctx))
	x.deadlines.close()
	return err
}
