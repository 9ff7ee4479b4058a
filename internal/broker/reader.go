package broker

import (
	"cmp"
	"context"
	"sync"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
)

// reader is a session of the event log, to which the rights of its group are applied.
type reader struct {
	eventlog.Session
	e    *Engine
	g    *group
	name eventlog.Name
	to   Caller
	once sync.Once
}

// Open implements Broker.
func (e *Engine) Open(ctx context.Context, to Caller, o Options) (Reader, error) {
	o.Group = cmp.Or(o.Group, event.DefaultGroup)
	switch {
	case !event.IsGroup(o.Group):
		return nil, fault.New(fault.EventGroup)
	case !o.Events && !o.Test && !o.Dead:
		return nil, fault.New(fault.EventNothing)
	case o.From.After(e.clock()):
		return nil, fault.New(fault.EventFrom, "what", "future")
	}
	has, err := e.rights.Entitled(to.System, e.clock())
	if err != nil {
		return nil, err
	}
	r := &reader{e: e, name: eventlog.Name{System: to.System, Group: o.Group}, to: to}
	r.g = e.enter(r.name, has)
	r.Session, err = e.log.Open(ctx, eventlog.Wish{
		Name: r.name, Events: o.Events, Test: o.Test, Dead: o.Dead, From: o.From, Types: grants(has),
		Address: to.Address,
		Waiting: func(ctx context.Context, from int64, limit int) ([]*eventlog.Item, error) {
			return e.waitingDead(ctx, to.System, from, limit)
		},
	})
	if err != nil {
		e.leave(r.name)
		return nil, err
	}
	return r, nil
}

// Next implements Reader.
func (r *reader) Next(ctx context.Context, most, bytes int) ([]Delivery, error) {
	for {
		taken, err := r.Session.Next(ctx, most, bytes)
		if err != nil || len(taken.Items) == 0 {
			return nil, err
		}
		if out, err := r.deliver(ctx, taken); len(out) > 0 || err != nil {
			return out, err
		}
		if ctx.Err() != nil {
			return nil, nil
		}
	}
}

// Close implements Reader.
func (r *reader) Close() {
	r.Session.Close()
	r.once.Do(func() { r.e.leave(r.name) })
}

// waitingDead reads the dead events of a system that wait from an id on.
func (e *Engine) waitingDead(
	ctx context.Context,
	system mconnect.SystemID,
	from int64,
	limit int,
) ([]*eventlog.Item, error) {
	waiting, err := e.dead.DeadEvents(ctx, appendlog.DeadQuery{
		System: string(system), State: appendlog.DeadWaiting, From: from, Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	items := make([]*eventlog.Item, len(waiting))
	for i, d := range waiting {
		ev, err := event.Read(d.Doc, event.Delivered)
		if err != nil {
			return nil, err
		}
		seen := *shown(&ev, d.Reason)
		if seen.PartitionKey != "" { // one that was kept before there were pseudonyms has the key itself
			seen.PartitionKey = e.log.Pseudonym(seen.PartitionKey)
		}
		items[i] = eventlog.ItemOf(seen, eventlog.Dead, d.ID, d.At, 0)
		items[i].JSON = seen.AppendJSON(nil)
	}
	return items, nil
}
