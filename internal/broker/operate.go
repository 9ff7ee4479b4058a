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
)

// Lag is how far one group of a consumer is behind.
type Lag struct {
	System      mconnect.SystemID
	Group       string
	Readers     int               // open on this node
	Position    [Partitions]int64 // of each partition: index of the first event that is not confirmed
	Behind      [Partitions]int64 // of each partition: how many events that the consumer is entitled to stand behind its position
	Total       int64             // of all partitions
	Oldest      time.Time         // when the oldest unconfirmed event was accepted; zero when there is none
	Unconfirmed map[string]int    // delivered and not confirmed, by address of the reader on this node
	Fault       fault.Code        // why the consumer gets nothing at present; "" when it is entitled
}

// maxExact bounds how many entries are read to count a lag exactly; beyond, whole segments are counted by their summaries
// as if spread evenly over the partitions.
const maxExact = 2 * segmentSize

// Lags says how far every group is behind. System and group choose one; empty ones choose all.
func (e *Engine) Lags(ctx context.Context, system mconnect.SystemID, group string) ([]Lag, error) {
	positions, err := e.positions(ctx)
	if err != nil {
		return nil, err
	}
	var all []Lag
	for name, at := range positions {
		if system != "" && name.System != system || group != "" && name.Group != group {
			continue
		}
		l := Lag{System: name.System, Group: name.Group, Position: [Partitions]int64(at[:Partitions])}
		grants, err := e.rights.Entitled(name.System, e.clock())
		if err != nil {
			l.Fault = fault.From(err).Code
		}
		e.readersOf(&l)
		if err := e.count(ctx, &l, grants); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	sortLags(all)
	return all, nil
}

// readersOf fills in what is known of the group's readers on this node.
func (e *Engine) readersOf(l *Lag) {
	e.mu.Lock()
	g := e.groups[Name{l.System, l.Group}]
	e.mu.Unlock()
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l.Readers, l.Unconfirmed = len(g.readers), map[string]int{}
	for _, r := range g.readers {
		l.Unconfirmed[r.to.Address] += len(r.ledger)
	}
}

// count fills in how much stands behind the positions.
func (e *Engine) count(ctx context.Context, l *Lag, grants map[mconnect.EventType]*Grant) error {
	head, err := e.log.Head(ctx)
	if err != nil {
		return err
	}
	from := l.Position[0]
	for _, at := range l.Position {
		from = min(from, at)
	}
	filter := e.rights.Subscription(l.System, l.Group)
	for read := 0; from < head.Size; {
		from = e.segments.skip(from, l.System, grants)
		if s := e.segments.whole(from); s != nil && read >= maxExact {
			l.estimate(s, grants)
			from = s.end
			continue
		}
		batches, err := e.dispatcher.read(ctx, from)
		if err != nil || len(batches) == 0 {
			return err
		}
		for _, b := range batches {
			b = after(b, from)
			for i := range b.Entries {
				if err := l.add(e.key, b, i, grants, filter); err != nil {
					return err
				}
			}
			read += len(b.Entries)
			from = b.First + int64(len(b.Entries))
			if read >= maxExact && e.segments.whole(from) != nil {
				break
			}
		}
	}
	return nil
}

// add counts entry i of the batch if it stands behind the positions.
func (l *Lag) add(key []byte, b appendlog.Batch, i int, grants map[mconnect.EventType]*Grant, filter Filter) error {
	index, data := b.First+int64(i), b.Entries[i].Data
	flags, typ, system, ok := peek(data)
	part := partOf(index, data)
	switch _, repeat := hashAt(b.Hashes, i); {
	case !ok || repeat || part >= Partitions || index < l.Position[part]:
		return nil
	case !grants[mconnect.EventType(typ)].covers(time.UnixMicro(acceptedAt(data))):
		return nil
	case flags&flagDirect != 0 && (mconnect.SystemID(system) != l.System || groupOf(data) != l.Group):
		return nil
	}
	if filter != nil {
		it, err := decode(key, index, data)
		if err != nil {
			return err
		}
		if !filter.Matches(&it.Event) {
			return nil
		}
	}
	l.Behind[part]++
	l.Total++
	if l.Oldest.IsZero() {
		l.Oldest = time.UnixMicro(acceptedAt(data)).UTC()
	}
	return nil
}

func (l *Lag) estimate(s *segment, grants map[mconnect.EventType]*Grant) {
	n := int64(0)
	for typ, t := range s.types {
		if grants[typ] != nil {
			n += t.count
		}
	}
	l.Total += n
	for i := range l.Behind {
		l.Behind[i] += n / Partitions
	}
}

// direct is an event as an entry for one group only.
func (e *Engine) direct(it *Item, system mconnect.SystemID, group string) []byte {
	return encode(&it.Event, stamp{
		flags: flagDirect, accepted: e.clock(), system: system, group: group, origin: string(it.System), print: it.Print, key: e.key, keyed: it.Keyed,
	})
}

// change journals what an operator does, before it is done.
func (e *Engine) change(ctx context.Context, actor, resource, id, action, reason string, note *journal.EventNote) error {
	return e.ledger.RecordAll(ctx, []journal.Record{{
		Kind: journal.Change, Actor: actor, Note: reason, Event: note,
		Change: &journal.ChangeNote{Resource: resource, ID: id, Action: action},
	}})
}

// DeadEvents lists dead events by ascending id.
func (e *Engine) DeadEvents(ctx context.Context, q appendlog.DeadQuery) ([]appendlog.DeadEvent, error) {
	return e.db.DeadEvents(ctx, q)
}

// DeadEvent shows one dead event; fault record.unknown.
func (e *Engine) DeadEvent(ctx context.Context, id int64) (appendlog.DeadEvent, error) {
	return e.db.DeadEvent(ctx, id)
}

// Mend gives a waiting dead event another payload, checked against the schema of its type.
func (e *Engine) Mend(ctx context.Context, actor string, id int64, data []byte, reason string) error {
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

// Requeue delivers a waiting dead event to the group that buried it, as an ordinary event: as it was produced if the consumer
// gave it up as it was delivered, for what was cut from it is needed to account for it; else as it now is.
func (e *Engine) Requeue(ctx context.Context, actor string, id int64, reason string) error {
	d, ev, err := e.waiting(ctx, id)
	if err != nil {
		return err
	}
	it := &Item{Event: ev, Print: fingerprint(e.key, ev.Source, ev.ID), Accepted: d.At}
	original, err := e.itemAt(d.Position)
	if err == nil && original.Event.Source == ev.Source && original.Event.ID == ev.ID {
		if it = original; !e.unchanged(d, original, &ev) { // the consumer had neither all attributes nor the partition key
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
	return e.changeDead(ctx, actor, d, "requeue", reason, appendlog.DeadRequeued, d.Doc, e.direct(it, mconnect.SystemID(d.System), d.Group))
}

// withheld refuses an event that was accepted before the right began that its consumer has now: fault event.noEntitlement. Without
// a right the event waits in the log, and is judged when it is handed out.
func (e *Engine) withheld(d appendlog.DeadEvent, it *Item) error {
	grants, err := e.rights.Entitled(mconnect.SystemID(d.System), e.clock())
	if grant := grants[it.Event.Type]; err == nil && grant != nil && !grant.covers(it.Accepted) {
		return fault.New(fault.EventNoEntitlement, "system", d.System, "type", d.Type)
	}
	return nil
}

// unchanged says whether the data of a dead event are what the consumer was granted of the event as it was produced.
func (e *Engine) unchanged(d appendlog.DeadEvent, original *Item, ev *event.Event) bool {
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
	d, err := e.db.DeadEvent(ctx, id)
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
func (e *Engine) changeDead(ctx context.Context, actor string, d appendlog.DeadEvent, action, reason, state string, doc, entry []byte) error {
	note := &journal.EventNote{Source: d.Source, ID: d.Event, Types: []string{d.Type}, Group: d.Group, First: max(d.Position, 0)}
	if err := e.change(ctx, actor, "DeadEvent", fmt.Sprint(d.ID), action, reason, note); err != nil {
		return err
	}
	_, err := e.log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		if err := e.db.ChangeDead(tx, d.ID, state, doc); err != nil || entry == nil {
			return nil, err
		}
		return []appendlog.Entry{{Data: entry}}, nil
	})
	return err
}
