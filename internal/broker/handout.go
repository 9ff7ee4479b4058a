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
func (r *reader) handOut(ctx context.Context, h hand) ([]Delivery, error) {
	out := make([]Delivery, 0, len(h.items))
	records := []journal.Record(nil)
	kept := make([]int, 0, len(h.items))
	var bad []spoilt
	for i, it := range h.items {
		if it.part == testPart {
			out, kept = append(out, Delivery{JSON: it.json, Event: &it.event, Test: true}), append(kept, i)
			continue
		}
		grant := h.grants[it.event.Type]
		if it.part == deadPart {
			d, record := r.prepareDead(it, grant)
			if record != nil {
				records = append(records, *record)
			}
			out, kept = append(out, d), append(kept, i)
			continue
		}
		if !grant.covers(it.accepted) || h.filter != nil && !h.filter.Matches(&it.event) {
			continue
		}
		d, record, err := r.prepare(it, grant)
		if err != nil {
			bad = append(bad, spoilt{it, err})
			continue
		}
		if record != nil {
			records = append(records, *record)
		}
		out, kept = append(out, d), append(kept, i)
	}
	if err := r.e.persist(ctx, func(ctx context.Context) error { return r.account(ctx, records, bad) }); err != nil {
		r.giveBack(h)
		return nil, nil
	}
	return r.count(h, kept, out)
}

// spoilt is an event that cannot be handed out as granted.
type spoilt struct {
	it  *item
	err error
}

// prepare cuts the event and says what the journal must hold of its consumption.
func (r *reader) prepare(it *item, grant *Grant) (Delivery, *journal.Record, error) {
	ev := &it.event
	if grant.Attributes != nil {
		ev = grant.Attributes(ev)
	}
	d := Delivery{JSON: it.json, Event: ev}
	var record *journal.Record
	if grant.Account != nil {
		a, err := grant.Account(&it.event)
		if err != nil {
			return d, nil, err
		}
		if a != nil {
			record = r.consumption(it, grant, a)
		}
	}
	if !grant.Whole && grant.Cut != nil && it.event.Data != nil {
		cut := *ev
		var err error
		if cut.Data, err = grant.Cut(it.event.Data); err != nil {
			return d, nil, err
		}
		d.Event = &cut
	}
	if d.Event != &it.event {
		d.JSON = d.Event.AppendJSON(make([]byte, 0, len(it.json)))
	}
	return d, record, nil
}

// prepareDead shows a consumer its dead event by the right that it has now: what is not granted any more, or cannot be cut or
// accounted for, comes bare.
func (r *reader) prepareDead(it *item, grant *Grant) (Delivery, *journal.Record) {
	d, record, err := Delivery{}, (*journal.Record)(nil), error(nil)
	if grant != nil {
		d, record, err = r.prepare(it, grant)
	}
	if grant == nil || err != nil {
		held := it.event.Bare()
		d, record = Delivery{JSON: held.AppendJSON(nil), Event: held}, nil
	}
	if record != nil {
		record.Provider = r.e.producerOf(it)
	}
	d.Dead = true
	return d, record
}

// producerOf finds who produced a dead event; "" when the log does not hold the event any more.
func (e *Engine) producerOf(dead *item) mconnect.SystemID {
	print := fingerprint(e.key, dead.event.Source, dead.event.ID)
	index, ok, err := e.find(print, dead.event.Source, dead.event.ID)
	if err != nil || !ok {
		return ""
	}
	original, err := e.at(index)
	if err != nil {
		return ""
	}
	return original.Producer
}

func (r *reader) consumption(it *item, grant *Grant, a *Accounting) *journal.Record {
	return &journal.Record{
		Kind: journal.Consumption, System: r.to.System, Consumer: r.to.Participant, Certificate: r.to.Certificate, Address: r.to.Address,
		Provider: it.system, Agreement: grant.Agreement, Purpose: grant.Purpose, Subject: a.Subject,
		Context: mconnect.LegalContext{Entity: string(a.Entity), Basis: a.Basis, Reason: a.Reason},
		Event: &journal.EventNote{
			Source: it.event.Source, ID: it.event.ID, Types: []string{string(it.event.Type)}, Group: r.g.name.group, First: it.index,
		},
	}
}

// account makes durable what must be before anything is handed out.
func (r *reader) account(ctx context.Context, records []journal.Record, bad []spoilt) error {
	for _, s := range bad {
		f := fault.From(s.err)
		r.e.logger.Warn("an event cannot be handed out and goes to the dead events", "system", string(r.to.System), "code", string(f.Code), "cause", f)
		if err := r.e.bury(ctx, r.to, r.g.name.group, s.it.index, &s.it.event, string(f.Code)); err != nil {
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
func (r *reader) giveBack(h hand) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.closed {
		return
	}
	ceded := false
	back := make([]*item, 0, len(h.items)+len(r.queue))
	for i, it := range h.items {
		if p := &g.parts[it.part]; !it.aside() {
			if p.owner != r || p.epoch != h.epochs[i] {
				continue
			}
			p.out--
			if p.ceded() {
				ceded = true
				continue // its next owner gets it
			}
			p.queued++
		}
		back = append(back, it)
		r.bytes += int64(len(it.json))
	}
	r.queue = append(back, r.queue...)
	r.signal()
	if ceded {
		g.handOver(r.e.hub.next.Load())
	}
}

// count gives the deliveries their offsets and remembers them until they are confirmed; kept says which of the events taken
// they are. What was passed over counts as confirmed once nothing before it is outstanding.
func (r *reader) count(h hand, kept []int, out []Delivery) ([]Delivery, error) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	given, ceded := out[:0], false
	for i, it := range h.items {
		p, mine := &g.parts[it.part], it.aside() || g.parts[it.part].epoch == h.epochs[i]
		if len(kept) > 0 && kept[0] == i {
			d := out[0]
			kept, out = kept[1:], out[1:]
			if !mine {
				continue // another reader has its partition now and gets it
			}
			r.offset++
			d.Offset = r.offset
			given = append(given, d)
			r.ledger = append(r.ledger, sent{index: it.index, print: it.print, epoch: h.epochs[i], part: it.part})
			continue
		}
		if mine && !it.aside() {
			if p.out--; p.out == 0 {
				p.pos = max(p.pos, it.index+1)
				ceded = ceded || p.ceded()
			}
		}
	}
	if ceded {
		g.handOver(r.e.hub.next.Load())
	}
	return given, nil
}
