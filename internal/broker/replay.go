package broker

import (
	"cmp"
	"context"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
)

// Replay delivers events once more to one group of one consumer, after its own restore for instance.
type Replay struct {
	System      mconnect.SystemID
	Group       string               // "" is "~default"
	Types       []mconnect.EventType // none: all that the consumer is entitled to
	From, To    time.Time            // accepted at or after From and before To; zero: unbounded
	First, Last int64                // or: indices in the event log, both included, when Last > 0
	Actor       string
	Reason      string
	DryRun      bool // say only what would be delivered
}

// Replayed is what a replay chose.
type Replayed struct {
	First, Last int64                    // index of the first and the last event
	From, To    time.Time                // when they were accepted
	Events      int                      // how many there are
	Confirmed   int                      // of them, how many the group had acknowledged or passed over
	Parts       [eventlog.Partitions]int // of each partition, how many
}

// Replay puts the chosen events, that the log still holds and the consumer is and was entitled to, once more into the
// log for that group alone, and says which. They keep source, id, time and their order, and follow what the group has
// still to get. It is journalled before it begins, with their number. Fault event.groupUnknown for a group that never
// read: nothing would reach it.
func (e *Engine) Replay(ctx context.Context, o Replay) (Replayed, error) {
	o.Group = cmp.Or(o.Group, "~default")
	r, err := e.replayOf(ctx, o)
	if err != nil {
		return Replayed{}, err
	}
	if err := r.each(ctx, r.count); err != nil || o.DryRun || r.done.Events == 0 {
		return r.done, err
	}
	planned := r.done
	note := &journal.EventNote{
		Group: o.Group,
		First: planned.First,
		Last:  planned.Last,
		Count: planned.Events,
		Types: typeNames(o.Types),
	}
	if err := e.change(ctx, o.Actor, "EventReplay", string(o.System)+"/"+o.Group, "create", o.Reason,
		note); err != nil {
		return Replayed{}, err
	}
	r.done = Replayed{}
	err = r.each(ctx, func(chosen []replayed) error {
		again := make([]appendlog.Entry, len(chosen))
		for i, c := range chosen {
			it, err := e.log.Decode(c.batch, c.at)
			if err != nil {
				return err
			}
			again[i] = e.direct(it, o.System, o.Group)
		}
		if err := e.log.Append(ctx, again...); err != nil {
			return err
		}
		return r.count(chosen)
	})
	return r.done, err
}

// replay is one that is under way.
type replay struct {
	e          *Engine
	o          Replay
	grants     grants
	at         eventlog.Positions
	first, end int64
	done       Replayed
}

// replayed is one entry that was chosen.
type replayed struct {
	eventlog.Summary
	batch appendlog.Batch
	at    int // in the batch
}

// replayOf finds out what o is about.
func (e *Engine) replayOf(ctx context.Context, o Replay) (*replay, error) {
	grants, err := e.rights.Entitled(o.System, e.clock())
	if err != nil {
		return nil, err
	}
	if len(o.Types) > 0 {
		chosen := map[mconnect.EventType]*Grant{}
		for _, t := range o.Types {
			if grants[t] != nil {
				chosen[t] = grants[t]
			}
		}
		grants = chosen
	}
	positions, err := e.log.Positions(ctx)
	if err != nil {
		return nil, err
	}
	at, ok := positions[eventlog.Name{System: o.System, Group: o.Group}]
	if !ok {
		return nil, fault.New(fault.EventGroupUnknown, "system", string(o.System), "group", o.Group)
	}
	size, err := e.log.Size(ctx)
	if err != nil {
		return nil, err
	}
	r := &replay{e: e, o: o, grants: grants, at: at, first: o.First, end: size}
	if o.Last > 0 {
		r.end = min(r.end, o.Last+1)
	}
	if !o.From.IsZero() {
		r.first, err = e.log.IndexAt(ctx, o.From, size)
	}
	return r, err
}

// each calls do with what is chosen, stretch by stretch.
func (r *replay) each(ctx context.Context, do func([]replayed) error) error {
	for at := r.first; at < r.end; {
		if at = r.e.log.Skip(at, r.o.System, r.grants); at >= r.end {
			break
		}
		batches, err := r.e.log.Read(ctx, at)
		if err != nil || len(batches) == 0 {
			return err
		}
		var chosen []replayed
		for _, b := range batches {
			b = b.From(at)
			for i := range b.Entries {
				if one, ok := r.o.chooses(b, i, r.grants); ok && one.Index < r.end {
					chosen = append(chosen, replayed{one, b, i})
				}
			}
			at = max(at, b.End())
		}
		if len(chosen) > 0 {
			if err := do(chosen); err != nil {
				return err
			}
		}
	}
	return nil
}

// count takes what was chosen into account.
func (r *replay) count(chosen []replayed) error {
	d := &r.done
	for _, c := range chosen {
		accepted := time.UnixMicro(c.Accepted).UTC()
		if d.Events == 0 {
			d.First, d.From = c.Index, accepted
		}
		d.Last, d.To = c.Index, accepted
		d.Events++
		if c.Part < eventlog.Partitions {
			d.Parts[c.Part]++
			if r.at[eventlog.BeginPart] <= c.Index && c.Index < r.at[c.Part] {
				d.Confirmed++
			}
		}
	}
	return nil
}

// chooses reports whether entry i of the batch is to be replayed.
func (o Replay) chooses(b appendlog.Batch, i int, has grants) (eventlog.Summary, bool) {
	one, ok := eventlog.Peek(b, i)
	if !ok || one.Repeat || one.Kind != eventlog.Ordinary {
		return one, false
	}
	at := time.UnixMicro(one.Accepted)
	return one, has[mconnect.EventType(one.Type)].covers(at) &&
		(o.From.IsZero() || !at.Before(o.From)) && (o.To.IsZero() || at.Before(o.To))
}
