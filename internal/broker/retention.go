package broker

import (
	"context"
	"fmt"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
)

// sweepEvery is how often the log is looked through for what is past retention.
const sweepEvery = time.Minute

// DeadRetention is how long dead events are kept, whatever their state.
const DeadRetention = 90 * 24 * time.Hour

// keepRetention removes what is past retention until ctx ends.
func (e *Engine) keepRetention(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if _, err := e.Sweep(ctx); err != nil && ctx.Err() == nil {
				e.logger.Warn("cannot remove events past retention", "cause", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Sweep removes now every segment of the log whose events are all past the retention of their types, and returns how
// many events that were. An event is never removed early; it may stay longer, until its whole segment is due.
func (e *Engine) Sweep(ctx context.Context) (removed int64, err error) {
	now := e.clock()
	if _, err := e.dead.DropDead(ctx, now.Add(-DeadRetention)); err != nil {
		return 0, err
	}
	return e.log.Sweep(ctx, now, removal{e})
}

// removal implements eventlog.Policy.
type removal struct{ e *Engine }

// Retention implements eventlog.Policy.
func (r removal) Retention(typ mconnect.EventType) time.Duration { return r.e.rights.Retention(typ) }

// Remove implements eventlog.Policy. What groups lose with the segment is journalled in the same transaction.
func (r removal) Remove(ctx context.Context, s *eventlog.Segment, drop eventlog.Drop) (dropped bool, err error) {
	e := r.e
	lost, err := e.lostWith(ctx, s)
	if err != nil {
		return false, err
	}
	var records []journal.Record
	all := int64(0)
	for name, n := range lost {
		all += n
		records = append(records, journal.Record{
			Kind: journal.Expired, System: name.System, Consumer: name.System.Participant(), Actor: "mconnect",
			Note:  fmt.Sprintf("%d events passed retention unconfirmed", n),
			Event: &journal.EventNote{Group: name.Group, First: s.First, Last: s.End - 1, Count: int(n)},
		})
	}
	if len(records) == 0 {
		return drop.Now(ctx)
	}
	err = e.ledger.RecordIf(ctx, records, func(tx appendlog.Tx) (bool, error) {
		dropped, err = drop.In(ctx, tx)
		return dropped, err
	})
	if err != nil || !dropped {
		return false, err
	}
	e.lost.Add(all)
	for name, n := range lost {
		e.logger.Warn("events passed retention before a group confirmed them",
			"system", string(name.System), "group", name.Group, "count", n)
	}
	return true, nil
}

// lostWith counts, for each group that is still behind the segment's end, the events in it that the group was
// entitled to and never confirmed.
func (e *Engine) lostWith(ctx context.Context, s *eventlog.Segment) (map[eventlog.Name]int64, error) {
	positions, err := e.log.Positions(ctx)
	if err != nil {
		return nil, err
	}
	lost := map[eventlog.Name]int64{}
	behind := map[eventlog.Name]grants{}
	for name, at := range positions {
		has, err := e.rights.Entitled(name.System, e.clock())
		if err != nil {
			continue // without a right a group loses nothing
		}
		for _, pos := range at[:eventlog.Partitions] {
			if pos < s.End && s.Concerns(name.System, grants(has)) {
				behind[name] = has
			}
		}
	}
	if len(behind) == 0 {
		return lost, nil
	}
	for from := s.First; from < s.End; {
		batches, err := e.log.Read(ctx, from)
		if err != nil {
			return nil, err
		}
		if len(batches) == 0 {
			break
		}
		for _, b := range batches {
			if b.First < s.End {
				for i := range b.Entries {
					countLost(lost, behind, positions, b, i)
				}
			}
			from = max(from, b.End())
		}
	}
	return lost, nil
}

// countLost counts entry i of a batch for the groups that have not confirmed it.
func countLost(lost map[eventlog.Name]int64, behind map[eventlog.Name]grants,
	positions map[eventlog.Name]eventlog.Positions, b appendlog.Batch, i int) {
	one, ok := eventlog.Peek(b, i)
	if !ok || one.Repeat || one.Kind != eventlog.Ordinary {
		return
	}
	for name, has := range behind {
		if has[mconnect.EventType(one.Type)] != nil && one.Index >= positions[name][one.Part] {
			lost[name]++
		}
	}
}
