package broker

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// Search chooses events of the log. Zero values choose all. With Source and ID it is answered from memory; otherwise the
// log is read from Index, or from the first event accepted at or after From, and Next says where to read on.
type Search struct {
	Source string
	ID     string
	Type   mconnect.EventType
	From   time.Time
	To     time.Time
	Index  int64
	Limit  int // 0: 100
}

// Found is one event of the log.
type Found struct {
	Index    int64
	Accepted time.Time
	Producer mconnect.SystemID
	Test     bool
	Direct   bool // replayed or queued again for one group
	Event    event.Event
}

// maxSearch bounds how many entries one search reads.
const maxSearch = 200_000

// Find lists events of the log; next is where a further search reads on, -1 when nothing is left.
func (e *Engine) Find(ctx context.Context, s Search) (found []Found, next int64, err error) {
	if s.Limit <= 0 {
		s.Limit = 100
	}
	if s.Source != "" && s.ID != "" {
		index, ok, err := e.find(fingerprint(e.key, s.Source, s.ID), s.Source, s.ID)
		if err != nil || !ok {
			return nil, -1, err
		}
		one, err := e.at(index)
		if err != nil {
			return nil, -1, err
		}
		return []Found{one}, -1, nil
	}
	head, err := e.log.Head(ctx)
	if err != nil {
		return nil, -1, err
	}
	at := s.Index
	if !s.From.IsZero() && at == 0 {
		if at, err = e.indexAt(ctx, s.From, head.Size); err != nil {
			return nil, -1, err
		}
	}
	var types map[mconnect.EventType]*Grant // what skip looks for
	if s.Type != "" {
		types = map[mconnect.EventType]*Grant{s.Type: {}}
	}
	for read := 0; at < head.Size; {
		if types != nil {
			at = e.segments.skip(at, "", types)
		}
		batches, err := e.dispatcher.read(ctx, at)
		if err != nil || len(batches) == 0 {
			return found, -1, err
		}
		for _, b := range batches {
			b = after(b, at)
			for i := range b.Entries {
				if len(found) == s.Limit || read == maxSearch {
					return found, b.First + int64(i), nil
				}
				read++
				if f, ok := s.matches(e.key, b, i); ok {
					found = append(found, f)
				}
			}
			at = b.First + int64(len(b.Entries))
		}
	}
	return found, -1, nil
}

// matches reads entry i of the batch if it is searched for.
func (s *Search) matches(key []byte, b appendlog.Batch, i int) (Found, bool) {
	data := b.Entries[i].Data
	flags, typ, _, ok := peek(data)
	if _, repeat := hashAt(b.Hashes, i); !ok || repeat || flags&(flagControl|flagDead) != 0 || s.Type != "" && string(s.Type) != string(typ) {
		return Found{}, false
	}
	at := time.UnixMicro(acceptedAt(data))
	if !s.From.IsZero() && at.Before(s.From) || !s.To.IsZero() && !at.Before(s.To) {
		return Found{}, false
	}
	it, err := decode(key, b.First+int64(i), data)
	if err != nil || s.ID != "" && it.Event.ID != s.ID || s.Source != "" && !strings.HasPrefix(it.Event.Source, s.Source) {
		return Found{}, false
	}
	return it.found(), true
}

func (it *Item) found() Found {
	return Found{
		Index: it.Index, Accepted: it.Accepted, Producer: it.System, Test: it.Part == TestPart, Direct: it.flags&flagDirect != 0,
		Event: it.Event,
	}
}

// at reads one event; fault record.unknown when the log does not hold it.
func (e *Engine) at(index int64) (Found, error) {
	it, err := e.itemAt(index)
	if err != nil {
		return Found{}, err
	}
	return it.found(), nil
}

func (e *Engine) itemAt(index int64) (*Item, error) {
	b, err := e.sealer.entry(index)
	if err != nil {
		return nil, err
	}
	if b == nil || b[1]&flagControl != 0 {
		return nil, fault.New(fault.RecordUnknown)
	}
	return decode(e.key, index, b)
}

// Arrival says how one group stands to one event.
type Arrival string

// The states of an event towards a group.
const (
	NotEntitled Arrival = "notEntitled" // the consumer has no right to the type now
	Filtered    Arrival = "filtered"    // the declared filter of the group does not let it pass
	Before      Arrival = "before"      // accepted before the group began
	Waiting     Arrival = "waiting"     // not delivered yet
	Delivered   Arrival = "delivered"   // delivered and not confirmed
	Confirmed   Arrival = "confirmed"   // confirmed, or passed over when its turn came
	Buried      Arrival = "dead"        // among the dead events of the consumer
)

// Step is the state of one event towards one group of a consumer.
type Step struct {
	System  mconnect.SystemID
	Group   string
	Arrival Arrival
	Why     string // code of the fault, or the state of the dead event
	Behind  int64  // when waiting: how many entries of the log stand before it
}

// History says who has the event at index, who has not, and why. It is computed from positions and from the rights as
// they are now; nothing is stored per delivery. Fault record.unknown.
func (e *Engine) History(ctx context.Context, index int64) (Found, []Step, error) {
	f, err := e.at(index)
	if err != nil {
		return f, nil, err
	}
	raw, err := e.sealer.entry(index)
	if err != nil {
		return f, nil, err
	}
	positions, err := e.positions(ctx)
	if err != nil {
		return f, nil, err
	}
	dead, err := e.db.DeadEvents(ctx, appendlog.DeadQuery{Source: f.Event.Source, Event: f.Event.ID, Limit: 1000})
	if err != nil {
		return f, nil, err
	}
	_, _, target, _ := peek(raw)
	var steps []Step
	for name, at := range positions {
		if (f.Test || f.Direct) && (string(name.System) != string(target) || f.Direct && groupOf(raw) != name.Group) {
			continue
		}
		steps = append(steps, e.step(name, at, f, partOf(index, raw), dead))
	}
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Group, b.Group))
	})
	return f, steps, nil
}

func (e *Engine) step(name Name, at Cursors, f Found, part uint8, dead []appendlog.DeadEvent) Step {
	s := Step{System: name.System, Group: name.Group}
	for _, d := range dead {
		if d.System == string(name.System) && d.Group == name.Group {
			s.Arrival, s.Why = Buried, d.State
		}
	}
	if s.Arrival == Buried {
		return s
	}
	if at[part] > f.Index {
		s.Arrival = Confirmed
	} else {
		s.Arrival, s.Behind = Waiting, f.Index-at[part]
		if e.isOut(name, part, f.Index) {
			s.Arrival, s.Behind = Delivered, 0
		}
	}
	grants, err := e.rights.Entitled(name.System, e.clock())
	filter := e.rights.Subscription(name.System, name.Group)
	switch {
	case f.Test:
	case f.Index < at[BeginPart]:
		s.Arrival, s.Behind = Before, 0
	case err != nil:
		s.Arrival, s.Why = NotEntitled, string(fault.From(err).Code)
	case grants[f.Event.Type] == nil:
		s.Arrival = NotEntitled
	case filter != nil && !filter.Matches(&f.Event):
		s.Arrival = Filtered
	}
	return s
}

// isOut says whether a reader on this node has the event and has not confirmed it.
func (e *Engine) isOut(name Name, part uint8, index int64) bool {
	e.mu.Lock()
	g := e.groups[name]
	e.mu.Unlock()
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.readers {
		for _, s := range r.ledger {
			if s.part == part && s.index == index {
				return true
			}
		}
	}
	return false
}

// after cuts off what stands before index.
func after(b appendlog.Batch, index int64) appendlog.Batch {
	n := min(index-b.First, int64(len(b.Entries)))
	if n <= 0 {
		return b
	}
	b.First, b.Entries, b.Hashes = b.First+n, b.Entries[n:], b.Hashes[n*hashSize:]
	return b
}

// whole returns the segment that begins at index, if there is one.
func (sh *segments) whole(index int64) *segment {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at, ok := slices.BinarySearchFunc(sh.all, index, func(s *segment, index int64) int { return cmp.Compare(s.first, index) })
	if !ok {
		return nil
	}
	return sh.all[at]
}

func sortLags(all []Lag) {
	slices.SortFunc(all, func(a, b Lag) int { return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Group, b.Group)) })
}

func typeNames(types []mconnect.EventType) []string {
	var names []string
	for _, t := range types {
		names = append(names, string(t))
	}
	slices.Sort(names)
	return names
}
