package broker

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
)

// Bury implements Reader. The event must be one that this reader got and has not confirmed, or any that its system
// is entitled to and the log still holds.
func (r *reader) Bury(ctx context.Context, ev event.Event) error { return r.bury(ctx, ev, byConsumer) }

// BuryBecause does what Bury does, and keeps with the dead event why whoever delivers for the consumer gave it up.
func (r *reader) BuryBecause(ctx context.Context, ev event.Event, why string) error {
	return r.bury(ctx, ev, byConsumer+": "+why)
}

func (r *reader) bury(ctx context.Context, ev event.Event, reason string) error {
	print := fingerprint(r.e.key, ev.Source, ev.ID)
	index, ok := r.delivered(print)
	if !ok {
		var err error
		if index, ok, err = r.e.find(print, ev.Source, ev.ID); err != nil {
			return err
		}
		if !ok || !r.entitled(index) {
			return fault.New(fault.EventNotDelivered)
		}
	}
	// The consumer may change its event, but not into one of another type: that would say of a type what was never produced.
	switch original, err := r.e.at(index); {
	case err == nil && original.Event.Type != ev.Type:
		return fault.New(fault.EventNotDelivered)
	case err != nil && fault.From(err).Code != fault.RecordUnknown:
		return err
	}
	if ev.Time.IsZero() {
		ev.Time = r.e.clock().UTC()
	}
	if err := r.e.bury(ctx, r.to, r.g.name.Group, index, &ev, reason); err != nil {
		return err
	}
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	for i := range r.ledger {
		if s := &r.ledger[i]; s.print == print && s.index == index {
			s.done = true
		}
	}
	r.settle(0)
	return nil
}

// delivered finds an unconfirmed delivery of this reader.
func (r *reader) delivered(print uint64) (index int64, ok bool) {
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	for i := range r.ledger {
		if s := &r.ledger[i]; s.print == print && s.part != DeadPart {
			return s.index, true
		}
	}
	return 0, false
}

// entitled says whether the reader may have had the event at index.
func (r *reader) entitled(index int64) bool {
	b, err := r.e.sealer.entry(index)
	if err != nil || b == nil {
		return false
	}
	_, typ, _, ok := peek(b)
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	return ok && r.g.grants[mconnect.EventType(typ)].covers(time.UnixMicro(acceptedAt(b)))
}

// find looks an accepted event up by source and id.
func (e *Engine) find(print uint64, source, id string) (index int64, ok bool, err error) {
	for _, at := range e.seen.find(print, nil) {
		if is, err := e.sealer.stands(at, identity{source: source, id: id}); is || err != nil {
			return at, is, err
		}
	}
	return 0, false, nil
}

// byConsumer begins the reason of an event that the consumer itself gave up, or that was given up after it was posted to it.
const byConsumer = "consumer"

// shown is what of a dead event its consumer may read again. What it buried it had; an event that the platform could not
// hand out was never cut or accounted for, so its data are for operators only.
func shown(ev *event.Event, reason string) *event.Event {
	if strings.HasPrefix(reason, byConsumer) {
		return ev
	}
	return ev.Bare()
}

// bury puts an event among the consumer's dead events: first the record, then the event, into the log for its readers and
// into the table for operators, both or neither. One that waits there as it is already, because an answer was lost or it was
// delivered again, is not put there twice.
func (e *Engine) bury(ctx context.Context, from Caller, group string, index int64, ev *event.Event, reason string) error {
	now := e.clock()
	kept := *ev
	if ev = &kept; ev.PartitionKey != "" {
		ev.PartitionKey = pseudonym(e.key, ev.PartitionKey)
	}
	doc := ev.AppendJSON(nil)
	if again, err := e.waits(ctx, from.System, group, index, ev, doc); again || err != nil {
		return err
	}
	entry := encode(shown(ev, reason), stamp{flags: flagDead, accepted: now, system: from.System, print: fingerprint(e.key, ev.Source, ev.ID), key: e.key})
	if len(entry) > e.limits.Event+fixedHead {
		return fault.New(fault.EventSize, "limit", strconv.Itoa(e.limits.Event))
	}
	if reason == byConsumer { // what the platform or a webhook gives up, as it was delivered, is bounded by what was produced
		if err := e.aside.take(from.System, 2*len(doc)); err != nil {
			return err
		}
	}
	err := e.ledger.RecordAll(ctx, []journal.Record{{
		Kind: journal.Dead, System: from.System, Consumer: from.Participant, Certificate: from.Certificate, Address: from.Address, Note: reason,
		Event: &journal.EventNote{Source: ev.Source, ID: ev.ID, Types: []string{string(ev.Type)}, Group: group, First: index},
	}})
	if err != nil {
		return err
	}
	dead := appendlog.DeadEvent{
		System: string(from.System), Group: group, State: appendlog.DeadWaiting, Position: index, Type: string(ev.Type),
		Source: ev.Source, Event: ev.ID, Reason: reason, At: now.UTC().Truncate(time.Microsecond), Doc: doc,
	}
	_, err = e.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		return []appendlog.Entry{{Data: entry}}, e.db.PutDead(tx, LogName, dead)
	})
	return err
}

// waits says whether the very event waits among the dead ones of the group already.
func (e *Engine) waits(ctx context.Context, system mconnect.SystemID, group string, index int64, ev *event.Event, doc []byte) (bool, error) {
	dead, err := e.db.DeadEvents(ctx, appendlog.DeadQuery{
		System: string(system), State: appendlog.DeadWaiting, Source: ev.Source, Event: ev.ID, From: max(index, 0), // it died after it was accepted
	})
	same := func(d appendlog.DeadEvent) bool { return d.Group == group && bytes.Equal(d.Doc, doc) }
	return slices.ContainsFunc(dead, same), err
}

// deadOf queues for a new reader the dead events that wait for its system, as many as one reader may hold; what
// was buried later it reads from the log.
func (e *Engine) deadOf(ctx context.Context, r *reader) error {
	r.g.mu.Lock()
	from := r.g.parts[DeadPart].pos
	r.g.mu.Unlock()
	head, err := e.log.Head(ctx)
	if err != nil {
		return err
	}
	waiting, err := e.db.DeadEvents(ctx, appendlog.DeadQuery{
		System: string(r.to.System), State: appendlog.DeadWaiting, From: from, Limit: e.limits.Window,
	})
	if err != nil {
		return err
	}
	for _, d := range waiting {
		it := &Item{Index: d.ID, flags: flagDead, Part: DeadPart, Accepted: d.At, JSON: d.Doc}
		if it.Event, err = event.Read(d.Doc, event.Delivered); err != nil {
			return err
		}
		seen := *shown(&it.Event, d.Reason)
		if seen.PartitionKey != "" { // one that was kept before there were pseudonyms has the key itself
			seen.PartitionKey = pseudonym(e.key, seen.PartitionKey)
		}
		it.Event, it.JSON = seen, seen.AppendJSON(nil)
		r.queue = append(r.queue, it)
		r.bytes += int64(len(it.JSON))
		r.asides[DeadPart-Partitions].held++
		r.asides[DeadPart-Partitions].next = d.ID + 1
	}
	if len(waiting) < e.limits.Window { // none but those that were buried after the head was read
		r.asides[DeadPart-Partitions].next = max(r.asides[DeadPart-Partitions].next, head.Size)
	}
	return nil
}
