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
	"mconnect/internal/eventlog"
)

// Bury implements Reader. The event must be one that this reader got and has not confirmed, or any that its system
// is entitled to and the log still holds.
func (r *reader) Bury(ctx context.Context, ev event.Event) error { return r.bury(ctx, ev, byConsumer) }

// BuryBecause does what Bury does, and keeps with the dead event why its delivery was given up.
func (r *reader) BuryBecause(ctx context.Context, ev event.Event, why string) error {
	return r.bury(ctx, ev, byConsumer+": "+why)
}

func (r *reader) bury(ctx context.Context, ev event.Event, reason string) error {
	print := r.e.log.Fingerprint(ev.Source, ev.ID)
	index, ok := r.Unconfirmed(print)
	if !ok {
		var err error
		if index, ok, err = r.e.find(ev.Source, ev.ID); err != nil {
			return err
		}
		if !ok || !r.entitled(index) {
			return fault.New(fault.EventNotDelivered)
		}
	}
	// The consumer may change its event, but not into one of another type: that would say of a type what was never
	// produced.
	switch original, err := r.e.at(index); {
	case err == nil && original.Event.Type != ev.Type:
		return fault.New(fault.EventNotDelivered)
	case err != nil && fault.From(err).Code != fault.RecordUnknown:
		return err
	}
	if ev.Time.IsZero() {
		ev.Time = r.e.clock().UTC()
	}
	if err := r.e.bury(ctx, r.to, r.name.Group, index, &ev, reason); err != nil {
		return err
	}
	r.Settle(print, index)
	return nil
}

// entitled reports whether the reader may have had the event at index.
func (r *reader) entitled(index int64) bool {
	it, err := r.e.log.At(index)
	return err == nil && it != nil && r.g.has.Load().grants[it.Event.Type].covers(it.Accepted)
}

// find looks an accepted event up by source and id.
func (e *Engine) find(source, id string) (index int64, ok bool, err error) {
	index, _, ok, err = e.log.Find(e.log.Fingerprint(source, id), eventlog.Identity{Source: source, ID: id})
	return index, ok, err
}

// byConsumer begins the reason of an event that the consumer itself gave up, or that was given up after it was posted
// to it.
const byConsumer = "consumer"

// shown is what of a dead event its consumer may read again. What it buried it had; an event that the platform could
// not deliver was never cut or accounted for, so its data are for operators only.
func shown(ev *event.Event, reason string) *event.Event {
	if strings.HasPrefix(reason, byConsumer) {
		return ev
	}
	return ev.Bare()
}

// bury puts an event among the consumer's dead events: first the record, then the event, into the log for its readers
// and into the table for operators, both or neither. One that waits there as it is already, because an answer was lost
// or it was delivered again, is not put there twice.
func (e *Engine) bury(
	ctx context.Context,
	from Caller,
	group string,
	index int64,
	ev *event.Event,
	reason string,
) error {
	now := e.clock()
	kept := *ev
	if ev = &kept; ev.PartitionKey != "" {
		ev.PartitionKey = e.log.Pseudonym(ev.PartitionKey)
	}
	doc := ev.AppendJSON(nil)
	if again, err := e.waits(ctx, from.System, group, index, ev, doc); again || err != nil {
		return err
	}
	entry := e.log.Encode(eventlog.Draft{
		Event: shown(
			ev,
			reason,
		), Kind: eventlog.Dead, Accepted: now, System: from.System, Print: e.log.Fingerprint(ev.Source, ev.ID),
	})
	if len(entry.Data) > e.limits.Event+eventlog.FixedHead {
		return fault.New(fault.EventSize, "limit", strconv.Itoa(e.limits.Event))
	}
	if reason == byConsumer {
		// what the platform or a webhook gives up, as it was delivered, is bounded by what was produced
		if err := e.aside.take(from.System, 2*len(doc)); err != nil {
			return err
		}
	}
	err := e.ledger.RecordAll(ctx, []journal.Record{{
		Kind: journal.Dead, System: from.System, Consumer: from.Participant, Certificate: from.Certificate,
		Address: from.Address, Note: reason,
		Event: &journal.EventNote{Source: ev.Source, ID: ev.ID, Types: []string{string(ev.Type)}, Group: group,
			First: index},
	}})
	if err != nil {
		return err
	}
	dead := appendlog.DeadEvent{
		System: string(from.System), Group: group, State: appendlog.DeadWaiting, Position: index, Type: string(ev.Type),
		Source: ev.Source, Event: ev.ID, Reason: reason, At: now.UTC().Truncate(time.Microsecond), Doc: doc,
	}
	return e.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		return []appendlog.Entry{entry}, e.dead.PutDead(tx, eventlog.LogName, dead)
	})
}

// waits reports whether the very event waits among the dead ones of the group already.
func (e *Engine) waits(
	ctx context.Context,
	system mconnect.SystemID,
	group string,
	index int64,
	ev *event.Event,
	doc []byte,
) (bool, error) {
	dead, err := e.dead.DeadEvents(ctx, appendlog.DeadQuery{
		System: string(
			system,
		// it died after it was accepted
		), State: appendlog.DeadWaiting, Source: ev.Source, Event: ev.ID, From: max(index, 0),
	})
	same := func(d appendlog.DeadEvent) bool { return d.Group == group && bytes.Equal(d.Doc, doc) }
	return slices.ContainsFunc(dead, same), err
}
