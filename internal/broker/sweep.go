package broker

import (
	"context"
	"fmt"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
)

// sweepEvery is how often the log is looked through for what is past retention.
const sweepEvery = time.Minute

// deadRetention is how long dead events are kept, whatever their state.
// DeadRetention is how long dead events are kept.
const DeadRetention = 90 * 24 * time.Hour

// oldShare is after which silence a node's announcement of its readers is removed: it has not counted since its lease ended.
const oldShare = time.Hour

// sweep removes what is past retention until ctx ends.
func (e *Engine) retain(ctx context.Context) {
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

// Sweep removes now every segment of the log whose events are all past the retention of their types, and says how
// many events that were. An event is never removed early; with its segment it may stay a while longer.
func (e *Engine) Sweep(ctx context.Context) (removed int64, err error) {
	now := e.clock()
	if _, err := e.db.DropDead(ctx, now.Add(-DeadRetention)); err != nil {
		return 0, err
	}
	if err := e.db.DropOldShares(ctx, oldShare); err != nil {
		return 0, err
	}
	if err := e.endSilence(ctx, now); err != nil {
		return 0, err
	}
	journalled, err := e.ownPosition(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range e.segments.list() {
		if s.end > journalled || !e.past(s, now) {
			continue
		}
		lost, err := e.lostWith(ctx, s)
		if err != nil {
			return removed, err
		}
		dropped, err := e.drop(ctx, s, lost)
		if err != nil {
			return removed, err
		}
		e.segments.remove(s)
		e.dispatcher.forget(s.end)
		if !dropped {
			continue
		}
		for _, t := range s.types {
			removed += t.count
		}
	}
	if all := e.segments.list(); removed > 0 && len(all) > 0 {
		e.seen.forget(all[0].first)
	}
	return removed, nil
}

// past says whether everything in the segment is past retention.
func (e *Engine) past(s *segment, now time.Time) bool {
	for typ, t := range s.types {
		if time.UnixMicro(t.newest).Add(e.rights.Retention(typ)).After(now) {
			return false
		}
	}
	for _, t := range s.special {
		if time.UnixMicro(t.newest).Add(e.limits.Tests).After(now) {
			return false
		}
	}
	return true
}

// lostWith counts, for each group that is still behind the segment's end, the events in it that the group was
// entitled to and never confirmed.
func (e *Engine) lostWith(ctx context.Context, s *segment) (map[Name]int64, error) {
	positions, err := e.positions(ctx)
	if err != nil {
		return nil, err
	}
	lost := map[Name]int64{}
	behind := map[Name]map[mconnect.EventType]*Grant{}
	for name, at := range positions {
		grants, err := e.rights.Entitled(name.System, e.clock())
		if err != nil {
			continue // whoever has no right loses nothing
		}
		for _, pos := range at[:Partitions] {
			if pos < s.end && s.concerns(name.System, grants) {
				behind[name] = grants
			}
		}
	}
	if len(behind) == 0 {
		return lost, nil
	}
	batches, err := e.readRange(ctx, s.first, s.end)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		for i := range b.Entries {
			index, data := b.First+int64(i), b.Entries[i].Data
			flags, typ, _, ok := peek(data)
			if _, repeat := hashAt(b.Hashes, i); !ok || repeat || flags&Special != 0 {
				continue
			}
			for name, grants := range behind {
				if grants[mconnect.EventType(typ)] != nil && index >= positions[name][partOf(index, data)] {
					lost[name]++
				}
			}
		}
	}
	return lost, nil
}

// stretch reads a part of the log that is known to be small.
func (e *Engine) readRange(ctx context.Context, from, end int64) (all []appendlog.Batch, err error) {
	for from < end {
		some, err := e.log.Read(ctx, from, int(end-from))
		if err != nil || len(some) == 0 {
			return all, err
		}
		for _, b := range some {
			if b.First < end {
				all = append(all, b)
			}
			from = max(from, b.First+int64(len(b.Entries)))
		}
	}
	return all, nil
}

// drop removes a segment. What groups have lost with it is journalled in the same transaction; false: another node was first.
func (e *Engine) drop(ctx context.Context, s *segment, lost map[Name]int64) (dropped bool, err error) {
	row := appendlog.Segment{First: s.first, Size: s.end - s.first}
	var records []journal.Record
	all := int64(0)
	for name, n := range lost {
		all += n
		records = append(records, journal.Record{
			Kind: journal.Expired, System: name.System, Consumer: name.System.Participant(), Actor: "mconnect",
			Note:  fmt.Sprintf("%d events passed retention unconfirmed", n),
			Event: &journal.EventNote{Group: name.Group, First: s.first, Last: s.end - 1, Count: int(n)},
		})
	}
	if len(records) == 0 {
		return e.log.DropSegment(ctx, row)
	}
	err = e.ledger.RecordIf(ctx, records, func(tx appendlog.Tx) (bool, error) {
		dropped, err = e.log.DropSegmentIn(ctx, tx, row)
		return dropped, err
	})
	if err != nil || !dropped {
		return false, err
	}
	e.lost.Add(all)
	for name, n := range lost {
		e.logger.Warn("events passed retention before a group confirmed them", "system", string(name.System), "group", name.Group, "count", n)
	}
	return true, nil
}

// endSilence appends an entry that is no event when nothing was appended for segmentSpan, so that the stretch before it gets its
// summary and can be removed when its time comes.
func (e *Engine) endSilence(ctx context.Context, now time.Time) error {
	head, err := e.log.Head(ctx)
	if err != nil {
		return err
	}
	last, err := e.sealer.entry(head.Size - 1)
	if err != nil || last == nil || last[1]&flagControl != 0 || now.UnixMicro()-acceptedAt(last) < segmentSpan.Microseconds() {
		return err
	}
	_, err = e.log.Append(ctx, appendlog.Entry{Data: encode(&event.Event{}, stamp{flags: flagControl, accepted: now})})
	return err
}

// standing are the positions of one group, and where it began.
type Cursors [allParts + 1]int64

// positions are those of all groups: as they are in memory where a group is open here, else as stored.
func (e *Engine) positions(ctx context.Context) (map[Name]Cursors, error) {
	stored, err := e.db.AllPositions(ctx)
	if err != nil {
		return nil, err
	}
	all := map[Name]Cursors{}
	for _, p := range stored {
		if p.Part < 0 || p.Part > BeginPart || p.System == ownSystem {
			continue
		}
		name := Name{mconnect.SystemID(p.System), p.Group}
		at := all[name]
		at[p.Part] = p.Next
		all[name] = at
	}
	next := e.dispatcher.next.Load()
	for _, g := range e.allGroups() {
		g.mu.Lock()
		if at, ok := all[g.name]; ok && g.loaded {
			for i := range g.parts {
				at[i] = max(at[i], g.parts[i].pos, g.idle(i, next))
			}
			all[g.name] = at
		}
		g.mu.Unlock()
	}
	return all, nil
}
