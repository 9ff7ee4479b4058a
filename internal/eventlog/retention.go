package eventlog

import (
	"context"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// oldCount is how long after the end of its lease a node's announcement of its readers is removed.
const oldCount = time.Hour

// Sweep implements Maintainer.
func (e *Engine) Sweep(ctx context.Context, now time.Time, p Policy) (removed int64, err error) {
	if err := e.db.DropOldReaderCounts(ctx, oldCount); err != nil {
		return 0, err
	}
	if err := e.endSilence(ctx, now); err != nil {
		return 0, err
	}
	journalled, err := e.Recorded(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range e.segments.list() {
		if s.End > journalled || !e.past(s, now, p) {
			continue
		}
		row := appendlog.Segment{First: s.First, Size: s.End - s.First}
		dropped, err := p.Remove(ctx, s, Drop{
			Now: func(ctx context.Context) (bool, error) { return e.log.DropSegment(ctx, row) },
			In: func(ctx context.Context, tx appendlog.Tx) (bool, error) {
				return e.log.DropSegmentIn(ctx, tx, row)
			},
		})
		if err != nil {
			return removed, err
		}
		e.segments.remove(s)
		e.dispatcher.forget(s.End)
		if !dropped {
			continue
		}
		for _, t := range s.types {
			removed += t.count
		}
	}
	if all := e.segments.list(); removed > 0 && len(all) > 0 {
		e.seen.forget(all[0].First)
	}
	return removed, nil
}

// past reports whether everything in the segment is past retention.
func (e *Engine) past(s *Segment, now time.Time, p Policy) bool {
	for typ, t := range s.types {
		if time.UnixMicro(t.newest).Add(p.Retention(typ)).After(now) {
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

// endSilence appends an entry that is no event when nothing was appended for segmentSpan, so that the stretch before it
// gets its summary and can be removed when its time comes.
func (e *Engine) endSilence(ctx context.Context, now time.Time) error {
	head, err := e.log.Head(ctx)
	if err != nil {
		return err
	}
	last, err := e.sealer.entry(head.Size - 1)
	if err != nil || last == nil || last[1]&flagControl != 0 ||
		now.UnixMicro()-acceptedAt(last) < segmentSpan.Microseconds() {
		return err
	}
	_, err = e.log.Append(ctx, appendlog.Entry{Data: encode(&event.Event{}, stamp{flags: flagControl, accepted: now})})
	return err
}
