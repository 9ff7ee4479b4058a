package broker

import (
	"context"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
)

// recordPatience is how long an attempt to journal a consumption may take.
const recordPatience = 10 * time.Second

// deliver turns what was taken into deliveries. It passes over what is not granted, was accepted before it was, or does
// not pass the filter. It cuts the rest to what is granted, journals it where it carries personal data, and counts it.
// No record, no delivery: while the journal cannot be written it waits, and returns the events to the queue when ctx
// ends.
func (r *reader) deliver(ctx context.Context, taken eventlog.Taken) ([]Delivery, error) {
	has := r.g.has.Load()
	out := make([]Delivery, 0, len(taken.Items))
	records := []journal.Record(nil)
	marks := make([]int64, len(taken.Items))
	var bad []undeliverable
	for i, it := range taken.Items {
		d, record, err := r.judge(has, it)
		if err != nil {
			bad = append(bad, undeliverable{it, err})
		}
		if err != nil || d.Event == nil {
			continue
		}
		if record != nil {
			records = append(records, *record)
		}
		out, marks[i] = append(out, d), 1
	}
	if err := r.e.persist(ctx, func(ctx context.Context) error { return r.account(ctx, records, bad) }); err != nil {
		r.Return(taken)
		return nil, nil
	}
	if err := r.Deliver(taken, marks); err != nil {
		return nil, err
	}
	return numbered(out, marks), nil
}

// judge makes a delivery of one event and the record of its consumption, if any; no delivery when it is passed over.
func (r *reader) judge(has *granted, it *eventlog.Item) (Delivery, *journal.Record, error) {
	if it.Test() {
		return Delivery{JSON: it.JSON, Event: &it.Event, Test: true}, nil, nil
	}
	grant := has.grants[it.Event.Type]
	if it.Part == eventlog.DeadPart {
		d, record := r.prepareDead(it, grant)
		return d, record, nil
	}
	if !grant.covers(it.Accepted) || has.filter != nil && !has.filter.Matches(&it.Event) {
		return Delivery{}, nil, nil
	}
	return r.prepare(it, grant)
}

// undeliverable is an event that cannot be delivered as granted.
type undeliverable struct {
	it  *eventlog.Item
	err error
}

// prepare cuts the event and says what the journal must hold of its consumption.
func (r *reader) prepare(it *eventlog.Item, grant *Grant) (Delivery, *journal.Record, error) {
	ev := &it.Event
	if grant.Attributes != nil {
		ev = grant.Attributes(ev)
	}
	d := Delivery{JSON: it.JSON, Event: ev}
	var record *journal.Record
	if grant.Account != nil {
		a, err := grant.Account(&it.Event)
		if err != nil {
			return d, nil, err
		}
		if a != nil {
			record = r.consumption(it, grant, a)
		}
	}
	if !grant.Whole && grant.Cut != nil && it.Event.Data != nil {
		cut := *ev
		var err error
		if cut.Data, err = grant.Cut(it.Event.Data); err != nil {
			return d, nil, err
		}
		d.Event = &cut
	}
	if d.Event != &it.Event {
		d.JSON = d.Event.AppendJSON(make([]byte, 0, len(it.JSON)))
	}
	return d, record, nil
}

// prepareDead shows a consumer its dead event by the right that it has now: what is not granted any more, or cannot be
// cut or accounted for, comes bare.
func (r *reader) prepareDead(it *eventlog.Item, grant *Grant) (Delivery, *journal.Record) {
	d, record, err := Delivery{}, (*journal.Record)(nil), error(nil)
	if grant != nil {
		d, record, err = r.prepare(it, grant)
	}
	if grant == nil || err != nil {
		held := it.Event.Bare()
		d, record = Delivery{JSON: held.AppendJSON(nil), Event: held}, nil
	}
	if record != nil {
		record.Provider = r.e.producerOf(it)
	}
	d.Dead = true
	return d, record
}

// producerOf finds who produced a dead event; "" when the log does not hold the event any more.
func (e *Engine) producerOf(dead *eventlog.Item) mconnect.SystemID {
	index, ok, err := e.find(dead.Event.Source, dead.Event.ID)
	if err != nil || !ok {
		return ""
	}
	original, err := e.log.At(index)
	if err != nil || original == nil {
		return ""
	}
	return original.System
}

func (r *reader) consumption(it *eventlog.Item, grant *Grant, a *Accounting) *journal.Record {
	return &journal.Record{
		Kind: journal.Consumption, System: r.to.System, Consumer: r.to.Participant, Certificate: r.to.Certificate,
		Address:  r.to.Address,
		Provider: it.System, Agreement: grant.Agreement, Purpose: grant.Purpose, Subject: a.Subject,
		Context: mconnect.LegalContext{Entity: string(a.Entity), Basis: a.Basis, Reason: a.Reason},
		Event: &journal.EventNote{
			Source: it.Event.Source, ID: it.Event.ID, Types: []string{string(it.Event.Type)}, Group: r.name.Group,
			First: it.Index,
		},
	}
}

// account makes durable what must be durable before a delivery.
func (r *reader) account(ctx context.Context, records []journal.Record, bad []undeliverable) error {
	for _, s := range bad {
		f := fault.From(s.err)
		r.e.logger.Warn(
			"an event cannot be handed out and goes to the dead events",
			"system",
			string(r.to.System),
			"code",
			string(f.Code),
			"cause",
			f,
		)
		if err := r.e.bury(ctx, r.to, r.name.Group, s.it.Index, &s.it.Event, string(f.Code)); err != nil {
			return err
		}
	}
	if len(records) == 0 {
		return nil
	}
	return r.e.ledger.RecordAll(ctx, records)
}

// persist tries until it succeeds or ctx ends. An attempt under way is not broken off by the end of ctx.
func (e *Engine) persist(ctx context.Context, do func(context.Context) error) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordPatience)
		err := do(try)
		cancel()
		if err == nil {
			return nil
		}
		e.logger.Warn("cannot record; events wait", "cause", err)
		if pause(ctx, wait); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// numbered gives the deliveries their offsets and drops those that another reader delivers.
func numbered(out []Delivery, marks []int64) []Delivery {
	given, at := out[:0], 0
	for _, offset := range marks {
		if offset == 0 {
			continue
		}
		d := out[at]
		if at++; offset != eventlog.Moved {
			d.Offset = offset
			given = append(given, d)
		}
	}
	return given
}
