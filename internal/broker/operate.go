package broker

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
)

// Lag is how far one group of a consumer is behind.
type Lag struct {
	System   mconnect.SystemID
	Group    string
	Readers  int                        // open on this node
	Position [eventlog.Partitions]int64 // of each partition: index of the first event that is not confirmed
	// of each partition: how many events that the consumer is entitled to are after its position
	Behind      [eventlog.Partitions]int64
	Total       int64          // of all partitions
	Oldest      time.Time      // when the oldest unconfirmed event was accepted; zero when there is none
	Unconfirmed map[string]int // delivered and not confirmed, by address of the reader on this node
	Fault       fault.Code     // why the consumer gets nothing at present; "" when it is entitled
}

// maxExact bounds how many entries are read to count a lag exactly; beyond, whole segments are counted by their
// summaries as if spread evenly over the partitions.
const maxExact = 2 * eventlog.SegmentSize

// Lags reports how far every group is behind. System and group choose one; empty ones choose all.
func (e *Engine) Lags(ctx context.Context, system mconnect.SystemID, group string) ([]Lag, error) {
	positions, err := e.log.Positions(ctx)
	if err != nil {
		return nil, err
	}
	var all []Lag
	for name, at := range positions {
		if system != "" && name.System != system || group != "" && name.Group != group {
			continue
		}
		l := Lag{System: name.System, Group: name.Group, Position: [eventlog.Partitions]int64(at[:eventlog.Partitions])}
		has, err := e.rights.Entitled(name.System, e.clock())
		if err != nil {
			l.Fault = fault.From(err).Code
		}
		l.Readers, l.Unconfirmed = e.log.Unconfirmed(name)
		if err := e.count(ctx, &l, has); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	sortLags(all)
	return all, nil
}

// count fills in how many events are after the positions.
func (e *Engine) count(ctx context.Context, l *Lag, has grants) error {
	size, err := e.log.Size(ctx)
	if err != nil {
		return err
	}
	from := l.Position[0]
	for _, at := range l.Position {
		from = min(from, at)
	}
	filter := e.rights.Subscription(l.System, l.Group)
	for read := 0; from < size; {
		from = e.log.Skip(from, l.System, has)
		if s := e.log.Segment(from); s != nil && read >= maxExact {
			l.estimate(s, has)
			from = s.End
			continue
		}
		batches, err := e.log.Read(ctx, from)
		if err != nil || len(batches) == 0 {
			return err
		}
		for _, b := range batches {
			b = b.From(from)
			for i := range b.Entries {
				if err := l.add(e.log, b, i, has, filter); err != nil {
					return err
				}
			}
			read += len(b.Entries)
			from = b.End()
			if read >= maxExact && e.log.Segment(from) != nil {
				break
			}
		}
	}
	return nil
}

// add counts entry i of the batch if it is after the positions.
func (l *Lag) add(log eventlog.Log, b appendlog.Batch, i int, has grants, filter Filter) error {
	one, ok := eventlog.Peek(b, i)
	switch {
	case !ok || one.Repeat || one.Part >= eventlog.Partitions || one.Index < l.Position[one.Part]:
		return nil
	case !has[mconnect.EventType(one.Type)].covers(time.UnixMicro(one.Accepted)):
		return nil
	case one.Kind == eventlog.Direct && (mconnect.SystemID(one.System) != l.System || one.Group() != l.Group):
		return nil
	}
	if filter != nil {
		it, err := log.Decode(b, i)
		if err != nil {
			return err
		}
		if !filter.Matches(&it.Event) {
			return nil
		}
	}
	l.Behind[one.Part]++
	l.Total++
	if l.Oldest.IsZero() {
		l.Oldest = time.UnixMicro(one.Accepted).UTC()
	}
	return nil
}

// estimate counts a segment by its summary.
func (l *Lag) estimate(s *eventlog.Segment, has grants) {
	n := s.Count(has)
	l.Total += n
	for i := range l.Behind {
		l.Behind[i] += n / eventlog.Partitions
	}
}

// direct is an event as an entry for one group only.
func (e *Engine) direct(it *eventlog.Item, system mconnect.SystemID, group string) appendlog.Entry {
	return e.log.Encode(eventlog.Draft{
		Event: &it.Event, Kind: eventlog.Direct, Accepted: e.clock(), System: system, Group: group,
		Origin: string(it.System),
		Print:  it.Print, Keyed: it.Keyed,
	})
}

// change journals what an operator does, before it is done.
func (e *Engine) change(
	ctx context.Context,
	actor, resource, id, action, reason string,
	note *journal.EventNote,
) error {
	return e.ledger.RecordAll(ctx, []journal.Record{{
		Kind: journal.Change, Actor: actor, Note: reason, Event: note,
		Change: &journal.ChangeNote{Resource: resource, ID: id, Action: action},
	}})
}

// DeadEvents lists dead events by ascending id.
func (e *Engine) DeadEvents(ctx context.Context, q appendlog.DeadQuery) ([]appendlog.DeadEvent, error) {
	return e.dead.DeadEvents(ctx, q)
}

// DeadEvent shows one dead event; fault record.unknown.
func (e *Engine) DeadEvent(ctx context.Context, id int64) (appendlog.DeadEvent, error) {
	return e.dead.DeadEvent(ctx, id)
}

// Amend gives a waiting dead event another payload, checked against the schema of its type.
func (e *Engine) Amend(ctx context.Context, actor string, id int64, data []byte, reason string) error {
	d, ev, err := e.waiting(ctx, id)
	if err != nil {
		return err
	}
	ev.Data = data
	if err := e.rights.Check(&ev); err != nil {
		return err
	}
	return e.changeDead(ctx, actor, d, "update", reason, appendlog.DeadWaiting, ev.AppendJSON(nil), nil)
}

// Requeue delivers a waiting dead event to the group that buried it, as an ordinary event: as it was produced if the
// consumer gave it up as it was delivered, for what was cut from it is needed to account for it; else as it now is.
func (e *Engine) Requeue(ctx context.Context, actor string, id int64, reason string) error {
	d, ev, err := e.waiting(ctx, id)
	if err != nil {
		return err
	}
	it := eventlog.ItemOf(ev, eventlog.Ordinary, -1, d.At, e.log.Fingerprint(ev.Source, ev.ID))
	original, err := e.at(d.Position)
	if err == nil && original.Event.Source == ev.Source && original.Event.ID == ev.ID {
		if it = original; !e.unchanged(d, original, &ev) {
			// the consumer had neither all attributes nor the partition key
			it.Event.Data, it.Event.ContentType = ev.Data, ev.ContentType
			err = e.rights.Check(&it.Event)
		}
	} else if err == nil || fault.From(err).Code == fault.RecordUnknown {
		err = e.rights.Check(&ev)
	}
	if err == nil {
		err = e.withheld(d, it)
	}
	if err != nil {
		return err
	}
	entry := e.direct(it, mconnect.SystemID(d.System), d.Group)
	return e.changeDead(ctx, actor, d, "requeue", reason, appendlog.DeadRequeued, d.Doc, &entry)
}

// withheld refuses an event that was accepted before the right began that its consumer has now: fault
// event.noEntitlement. Without a right the event waits in the log, and is judged when it is delivered.
func (e *Engine) withheld(d appendlog.DeadEvent, it *eventlog.Item) error {
	grants, err := e.rights.Entitled(mconnect.SystemID(d.System), e.clock())
	if grant := grants[it.Event.Type]; err == nil && grant != nil && !grant.covers(it.Accepted) {
		return fault.New(fault.EventNoEntitlement, "system", d.System, "type", d.Type)
	}
	return nil
}

// unchanged reports whether the data of a dead event are what the consumer was granted of the event as it was produced.
func (e *Engine) unchanged(d appendlog.DeadEvent, original *eventlog.Item, ev *event.Event) bool {
	if bytes.Equal(original.Event.Data, ev.Data) {
		return true
	}
	grants, err := e.rights.Entitled(mconnect.SystemID(d.System), e.clock())
	grant := grants[ev.Type]
	if err != nil || grant == nil || grant.Whole || grant.Cut == nil || original.Event.Data == nil {
		return false
	}
	cut, err := grant.Cut(original.Event.Data)
	return err == nil && bytes.Equal(cut, ev.Data)
}

// Drop gives a waiting dead event up.
func (e *Engine) Drop(ctx context.Context, actor string, id int64, reason string) error {
	d, _, err := e.waiting(ctx, id)
	if err != nil {
		return err
	}
	return e.changeDead(ctx, actor, d, "delete", reason, appendlog.DeadDropped, d.Doc, nil)
}

// waiting finds a dead event that waits; fault record.unknown.
func (e *Engine) waiting(ctx context.Context, id int64) (appendlog.DeadEvent, event.Event, error) {
	d, err := e.dead.DeadEvent(ctx, id)
	if err != nil {
		return d, event.Event{}, err
	}
	if d.State != appendlog.DeadWaiting {
		return d, event.Event{}, fault.New(fault.RecordUnknown)
	}
	ev, err := event.Read(d.Doc, event.Delivered)
	return d, ev, err
}

// changeDead journals and makes a change of a dead event, together with the entry that delivers it again, if any.
func (e *Engine) changeDead(
	ctx context.Context,
	actor string,
	d appendlog.DeadEvent,
	action, reason, state string,
	doc []byte,
	entry *appendlog.Entry,
) error {
	note := &journal.EventNote{
		Source: d.Source,
		ID:     d.Event,
		Types:  []string{d.Type},
		Group:  d.Group,
		First:  max(d.Position, 0),
	}
	if err := e.change(ctx, actor, "DeadEvent", fmt.Sprint(d.ID), action, reason, note); err != nil {
		return err
	}
	return e.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		if err := e.dead.ChangeDead(tx, d.ID, state, doc); err != nil || entry == nil {
			return nil, err
		}
		return []appendlog.Entry{*entry}, nil
	})
}
