package broker

import (
	"context"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
)

// recordPatience is how long an attempt to journal a consumption may take.
const recordPatience = 10 * time.Second

// handOut turns what was taken into deliveries: what is not granted, was accepted before it was, or does not pass the filter
// is passed over, the rest is cut to what is granted, journalled where it carries personal data, and counted. No record, no
// delivery: while the journal cannot be written it waits, and gives the events back to the queue when ctx ends.
func (r *reader) handOut(ctx context.Context, h Taken) ([]Delivery, error) {
	out := make([]Delivery, 0, len(h.Items))
	records := []journal.Record(nil)
	kept := make([]int, 0, len(h.Items))
	var bad []undeliverable
	for i, it := range h.Items {
		if it.Part == TestPart {
			out, kept = append(out, Delivery{JSON: it.JSON, Event: &it.Event, Test: true}), append(kept, i)
			continue
		}
		grant := h.grants[it.Event.Type]
		if it.Part == DeadPart {
			d, record := r.prepareDead(it, grant)
			if record != nil {
				records = append(records, *record)
			}
			out, kept = append(out, d), append(kept, i)
			continue
		}
		if !grant.covers(it.Accepted) || h.filter != nil && !h.filter.Matches(&it.Event) {
			continue
		}
		d, record, err := r.prepare(it, grant)
		if err != nil {
			bad = append(bad, undeliverable{it, err})
			continue
		}
		if record != nil {
			records = append(records, *record)
		}
		out, kept = append(out, d), append(kept, i)
	}
	if err := r.e.persist(ctx, func(ctx context.Context) error { return r.account(ctx, records, bad) }); err != nil {
		r.putBack(h)
		return nil, nil
	}
	return r.count(h, kept, out)
}

// spoilt is an event that cannot be handed out as granted.
type undeliverable struct {
	it  *Item
	err error
}

// prepare cuts the event and says what the journal must hold of its consumption.
func (r *reader) prepare(it *Item, grant *Grant) (Delivery, *journal.Record, error) {
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

// prepareDead shows a consumer its dead event by the right that it has now: what is not granted any more, or cannot be cut or
// accounted for, comes bare.
func (r *reader) prepareDead(it *Item, grant *Grant) (Delivery, *journal.Record) {
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
func (e *Engine) producerOf(dead *Item) mconnect.SystemID {
	print := fingerprint(e.key, dead.Event.Source, dead.Event.ID)
	index, ok, err := e.find(print, dead.Event.Source, dead.Event.ID)
	if err != nil || !ok {
		return ""
	}
	original, err := e.at(index)
	if err != nil {
		return ""
	}
	return original.Producer
}

func (r *reader) consumption(it *Item, grant *Grant, a *Accounting) *journal.Record {
	return &journal.Record{
		Kind: journal.Consumption, System: r.to.System, Consumer: r.to.Participant, Certificate: r.to.Certificate, Address: r.to.Address,
		Provider: it.System, Agreement: grant.Agreement, Purpose: grant.Purpose, Subject: a.Subject,
		Context: mconnect.LegalContext{Entity: string(a.Entity), Basis: a.Basis, Reason: a.Reason},
		Event: &journal.EventNote{
			Source: it.Event.Source, ID: it.Event.ID, Types: []string{string(it.Event.Type)}, Group: r.g.name.Group, First: it.Index,
		},
	}
}

// account makes durable what must be before anything is handed out.
func (r *reader) account(ctx context.Context, records []journal.Record, bad []undeliverable) error {
	for _, s := range bad {
		f := fault.From(s.err)
		r.e.logger.Warn("an event cannot be handed out and goes to the dead events", "system", string(r.to.System), "code", string(f.Code), "cause", f)
		if err := r.e.bury(ctx, r.to, r.g.name.Group, s.it.Index, &s.it.Event, string(f.Code)); err != nil {
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

// giveBack puts what was taken back where it came from, as far as it is still this reader's.
func (r *reader) putBack(h Taken) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.closed {
		return
	}
	ceded := false
	back := make([]*Item, 0, len(h.Items)+len(r.queue))
	for i, it := range h.Items {
		if p := &g.parts[it.Part]; !it.Aside() {
			if p.owner != r || p.epoch != h.epochs[i] {
				continue
			}
			p.inFlight--
			if p.revoked() {
				ceded = true
				continue // its next owner gets it
			}
			p.queued++
		}
		back = append(back, it)
		r.bytes += int64(len(it.JSON))
	}
	r.queue = append(back, r.queue...)
	r.signal()
	if ceded {
		g.handOver(r.e.dispatcher.next.Load())
	}
}

// count gives the deliveries their offsets and remembers them until they are confirmed; kept says which of the events taken
// they are. What was passed over counts as confirmed once nothing before it is outstanding.
func (r *reader) count(h Taken, kept []int, out []Delivery) ([]Delivery, error) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	given, ceded := out[:0], false
	for i, it := range h.Items {
		p, mine := &g.parts[it.Part], it.Aside() || g.parts[it.Part].epoch == h.epochs[i]
		if len(kept) > 0 && kept[0] == i {
			d := out[0]
			kept, out = kept[1:], out[1:]
			if !mine {
				continue // another reader has its partition now and gets it
			}
			r.offset++
			d.Offset = r.offset
			given = append(given, d)
			r.ledger = append(r.ledger, sent{index: it.Index, print: it.Print, epoch: h.epochs[i], part: it.Part})
			continue
		}
		if mine && !it.Aside() {
			if p.inFlight--; p.inFlight == 0 {
				p.pos = max(p.pos, it.Index+1)
				ceded = ceded || p.revoked()
			}
		}
	}
	if ceded {
		g.handOver(r.e.dispatcher.next.Load())
	}
	return given, nil
}
