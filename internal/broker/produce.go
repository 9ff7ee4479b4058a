package broker

import (
	"context"
	"maps"
	"strconv"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
)

// Produce implements Broker: rights, schema, repeats, append. The order of the checks is that of the events, so the
// first bad one is named.
func (e *Engine) Produce(ctx context.Context, from Caller, events []event.Event) error {
	if len(events) > e.limits.Batch {
		return fault.New(fault.EventBatch, "limit", strconv.Itoa(e.limits.Batch))
	}
	now := e.clock()
	for i := range events {
		ev := &events[i]
		if ev.Time.IsZero() {
			ev.Time = now.UTC()
		}
		if err := e.rights.Produce(from.System, ev.Type, ev.Source, now); err != nil {
			return atIndex(err, i)
		}
		if err := e.rights.Check(ev); err != nil {
			return atIndex(err, i)
		}
	}
	entries, bytes := make([]appendlog.Entry, 0, len(events)), 0
	d := eventlog.Draft{Accepted: now, System: from.System, Origin: string(from.Certificate) + " " + from.Address}
	for i := range events {
		d.Event, d.Print = &events[i], e.log.Fingerprint(events[i].Source, events[i].ID)
		known, err := e.isKnown(d.Print, from.System, &events[i])
		if err != nil {
			return atIndex(fault.From(err), i)
		}
		if known {
			continue
		}
		entry := e.log.Encode(d)
		if len(entry.Data) > e.limits.Event+eventlog.FixedHead {
			return atIndex(fault.New(fault.EventSize, "limit", strconv.Itoa(e.limits.Event)), i)
		}
		entries, d.Origin = append(entries, entry), ""
		bytes += len(entry.Data)
	}
	if len(entries) == 0 {
		return nil // repeats: the first ones are durable
	}
	if err := e.made.take(from.System, bytes); err != nil {
		return err
	}
	return e.log.Append(ctx, entries...)
}

// isKnown reports whether the event is a repeat of one that is durable. It spares the log's lock most of the work that
// a producer repeating a long batch would cause; what it misses the sealer finds. Fault event.identity for an event of
// another type under the same source and id.
func (e *Engine) isKnown(print uint64, producer mconnect.SystemID, ev *event.Event) (bool, error) {
	_, typ, known, err := e.log.Find(print, eventlog.Identity{Producer: producer, Source: ev.Source, ID: ev.ID})
	switch {
	case err != nil:
		return false, fault.Wrap(err, fault.StoreUnavailable)
	case known && typ != ev.Type:
		return false, fault.New(fault.EventIdentity, "source", ev.Source, "id", ev.ID, "type", string(typ))
	}
	return known, nil
}

// Try implements Broker.
func (e *Engine) Try(ctx context.Context, from Caller, ev event.Event) error {
	now := e.clock()
	if _, err := e.rights.Entitled(from.System, now); err != nil {
		return err
	}
	if ev.Time.IsZero() {
		ev.Time = now.UTC()
	}
	entry := e.log.Encode(eventlog.Draft{
		Event: &ev, Kind: eventlog.Test, Accepted: now, System: from.System, Origin: string(from.Certificate) + " " +
			from.Address,
		Print: e.log.Fingerprint(ev.Source, ev.ID), // by which its consumer may bury it
	})
	if len(entry.Data) > e.limits.Event+eventlog.FixedHead {
		return fault.New(fault.EventSize, "limit", strconv.Itoa(e.limits.Event))
	}
	if err := e.aside.take(from.System, len(entry.Data)); err != nil {
		return err
	}
	return e.log.Append(ctx, entry)
}

// atIndex names the place in the batch of the event that a fault is about.
func atIndex(err error, i int) error {
	f := *fault.From(err)
	params := make(map[string]string, len(f.Params)+1)
	maps.Copy(params, f.Params)
	params["index"] = strconv.Itoa(i)
	f.Params = params
	return &f
}
