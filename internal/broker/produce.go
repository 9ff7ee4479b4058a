package broker

import (
	"context"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// Produce implements Broker: rights, schema, repeats, append. The order of the checks is that of the events, so the first bad
// one is named.
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
	s := stamp{key: e.key, accepted: now, system: from.System, origin: string(from.Certificate) + " " + from.Address}
	for i := range events {
		s.print = fingerprint(e.key, events[i].Source, events[i].ID)
		known, err := e.isKnown(s.print, from.System, &events[i])
		if err != nil {
			return atIndex(fault.From(err), i)
		}
		if known {
			continue
		}
		b := encode(&events[i], s)
		if len(b) > e.limits.Event+fixedHead {
			return atIndex(fault.New(fault.EventSize, "limit", strconv.Itoa(e.limits.Event)), i)
		}
		entries, s.origin = append(entries, appendlog.Entry{Data: b}), ""
		bytes += len(b)
	}
	if len(entries) == 0 {
		return nil // repeats: the first ones are durable
	}
	if err := e.made.take(from.System, bytes); err != nil {
		return err
	}
	_, err := e.log.Append(ctx, entries...)
	return err
}

// isKnown says whether the event is a repeat of one that is durable. It spares the log's lock most of the work that
// a producer repeating a long batch would cause; what it misses the sealer finds. Fault event.identity for an event of
// another type under the same source and id.
func (e *Engine) isKnown(print uint64, producer mconnect.SystemID, ev *event.Event) (bool, error) {
	want := identity{producer: string(producer), source: ev.Source, id: ev.ID}
	for _, index := range e.seen.find(print, nil) {
		b, err := e.sealer.entry(index)
		if err != nil {
			return false, fault.Wrap(err, fault.StoreUnavailable)
		}
		if b == nil || !want.of(b) {
			continue
		}
		if _, typ, _, _ := peek(b); string(typ) != string(ev.Type) {
			return false, fault.New(fault.EventIdentity, "source", ev.Source, "id", ev.ID, "type", string(typ))
		}
		return true, nil
	}
	return false, nil
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
	b := encode(&ev, stamp{
		key: e.key, flags: flagTest, accepted: now, system: from.System, origin: string(from.Certificate) + " " + from.Address,
		print: fingerprint(e.key, ev.Source, ev.ID), // by which its consumer may bury it
	})
	if len(b) > e.limits.Event+fixedHead {
		return fault.New(fault.EventSize, "limit", strconv.Itoa(e.limits.Event))
	}
	if err := e.aside.take(from.System, len(b)); err != nil {
		return err
	}
	_, err := e.log.Append(ctx, appendlog.Entry{Data: b})
	return err
}

// atIndex names the place in the batch of the event that a fault is about.
func atIndex(err error, i int) error {
	f := *fault.From(err)
	params := make(map[string]string, len(f.Params)+1)
	for name, value := range f.Params {
		params[name] = value
	}
	params["index"] = strconv.Itoa(i)
	f.Params = params
	return &f
}

func tooMany(limit int) error { return again(fault.EventReaders, limit, time.Second) }

// again is the fault of a limit under which there may be room after a while.
func again(code fault.Code, limit int, after time.Duration) error {
	f := fault.New(code, "limit", strconv.Itoa(limit))
	f.RetryAfter = after
	return f
}
