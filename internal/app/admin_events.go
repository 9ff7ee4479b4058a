package app

import (
	"cmp"
	"context"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/surface/admin"
)

// eventAdmin implements admin.Events by the broker.
type eventAdmin struct{ engine *broker.Engine }

// Lag implements admin.Events.
func (d eventAdmin) Lag(ctx context.Context, system, group string) ([]admin.EventLag, error) {
	lags, err := d.engine.Lags(ctx, mconnect.SystemID(system), group)
	all := make([]admin.EventLag, 0, len(lags))
	for _, l := range lags {
		one := admin.EventLag{System: string(l.System), Group: l.Group, Readers: l.Readers, Waiting: l.Total,
			Fault: string(l.Fault)}
		if !l.Oldest.IsZero() {
			one.Oldest = &l.Oldest
		}
		for _, n := range l.Unconfirmed {
			one.Delivered += n
		}
		for i := range l.Position {
			one.Parts = append(one.Parts, admin.EventPartition{Position: l.Position[i], Waiting: l.Behind[i]})
		}
		all = append(all, one)
	}
	return all, err
}

// Find implements admin.Events.
func (d eventAdmin) Find(ctx context.Context, q admin.EventQuery) ([]admin.FoundEvent, int64, error) {
	found, next, err := d.engine.Find(ctx, broker.Search{
		Source: q.Source, ID: q.ID, Type: mconnect.EventType(q.Type), From: q.From, To: q.To, Index: q.After,
		Limit: q.Limit,
	})
	all := make([]admin.FoundEvent, 0, len(found))
	for _, f := range found {
		all = append(all, foundEvent(f))
	}
	return all, next, err
}

func foundEvent(f broker.Found) admin.FoundEvent {
	return admin.FoundEvent{
		Index: f.Index, Accepted: f.Accepted, Producer: string(f.Producer), Source: f.Event.Source, ID: f.Event.ID,
		Type: string(f.Event.Type),
		Time: f.Event.Time, Size: len(f.Event.Data), Test: f.Test, Direct: f.Direct,
	}
}

// History implements admin.Events.
func (d eventAdmin) History(ctx context.Context, index int64) (admin.FoundEvent, []admin.EventStep, error) {
	f, steps, err := d.engine.History(ctx, index)
	all := make([]admin.EventStep, 0, len(steps))
	for _, s := range steps {
		all = append(all, admin.EventStep{System: string(s.System), Group: s.Group, Arrival: string(s.Arrival),
			Why: s.Why, Behind: s.Behind})
	}
	return foundEvent(f), all, err
}

// Dead implements admin.Events.
func (d eventAdmin) Dead(ctx context.Context, q admin.DeadQuery) ([]admin.DeadEvent, error) {
	found, err := d.engine.DeadEvents(ctx, appendlog.DeadQuery{System: q.System, Type: q.Type, State: q.State,
		From: q.From, Limit: q.Limit})
	all := make([]admin.DeadEvent, 0, len(found))
	for _, f := range found {
		all = append(all, admin.DeadEvent{
			ID: f.ID, System: f.System, Group: f.Group, State: f.State, Position: f.Position, Type: f.Type,
			Source: f.Source, Event: f.Event,
			Reason: f.Reason, At: f.At, Document: f.Doc,
		})
	}
	return all, err
}

// ChangeDead implements admin.Events.
func (d eventAdmin) ChangeDead(ctx context.Context, actor string, id int64, change, reason string, data []byte) error {
	switch change {
	case "mend":
		return d.engine.Amend(ctx, actor, id, data, reason)
	case "requeue":
		return d.engine.Requeue(ctx, actor, id, reason)
	case "drop":
		return d.engine.Drop(ctx, actor, id, reason)
	}
	return fault.New(fault.QueryInvalid, "what", "change")
}

// Replay implements admin.Events.
func (d eventAdmin) Replay(ctx context.Context, actor string, o admin.ReplayOrder) (admin.Replayed, error) {
	types := make([]mconnect.EventType, 0, len(o.Types))
	for _, t := range o.Types {
		name, err := mconnect.ParseEventType(t)
		if err != nil {
			return admin.Replayed{}, fault.Wrap(err, fault.QueryInvalid, "what", "types")
		}
		types = append(types, name)
	}
	done, err := d.engine.Replay(ctx, broker.Replay{
		System: mconnect.SystemID(o.System), Group: o.Group, Types: types, From: o.From, To: o.To, First: o.First,
		Last:  o.Last,
		Actor: actor, Reason: o.Reason, DryRun: o.DryRun,
	})
	return admin.Replayed{
		System: o.System, Group: cmp.Or(o.Group, event.DefaultGroup), Events: done.Events, Confirmed: done.Confirmed,
		First: done.First, Last: done.Last, From: timeOf(done.From), To: timeOf(done.To), Parts: done.Parts[:],
		DryRun: o.DryRun,
	}, err
}

// timeOf is nil for no time.
func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
