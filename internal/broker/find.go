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
	"mconnect/internal/eventlog"
)

// Search chooses events of the log. Zero values choose all. With Source and ID it is answered from memory; otherwise
// the log is read from Index, or from the first event accepted at or after From, and Next says where to read on.
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
func (e *Engine) Find(ctx context.Context, s Search) (all []Found, next int64, err error) {
	if s.Limit <= 0 {
		s.Limit = 100
	}
	if s.Source != "" && s.ID != "" {
		index, ok, err := e.find(s.Source, s.ID)
		if err != nil || !ok {
			return nil, -1, err
		}
		it, err := e.at(index)
		if err != nil {
			return nil, -1, err
		}
		return []Found{found(it)}, -1, nil
	}
	size, err := e.log.Size(ctx)
	if err != nil {
		return nil, -1, err
	}
	at := s.Index
	if !s.From.IsZero() && at == 0 {
		if at, err = e.log.IndexAt(ctx, s.From, size); err != nil {
			return nil, -1, err
		}
	}
	var types grants // what skip looks for
	if s.Type != "" {
		types = grants{s.Type: {}}
	}
	for read := 0; at < size; {
		if types != nil {
			at = e.log.Skip(at, "", types)
		}
		batches, err := e.log.Read(ctx, at)
		if err != nil || len(batches) == 0 {
			return all, -1, err
		}
		for _, b := range batches {
			b = b.From(at)
			for i := range b.Entries {
				if len(all) == s.Limit || read == maxSearch {
					return all, b.First + int64(i), nil
				}
				read++
				if f, ok := s.matches(e.log, b, i); ok {
					all = append(all, f)
				}
			}
			at = b.First + int64(len(b.Entries))
		}
	}
	return all, -1, nil
}

// matches reads entry i of the batch if it is searched for.
func (s *Search) matches(log eventlog.Log, b appendlog.Batch, i int) (Found, bool) {
	one, ok := eventlog.Peek(b, i)
	if !ok || one.Repeat || one.Kind == eventlog.Dead || s.Type != "" && string(s.Type) != string(one.Type) {
		return Found{}, false
	}
	at := time.UnixMicro(one.Accepted)
	if !s.From.IsZero() && at.Before(s.From) || !s.To.IsZero() && !at.Before(s.To) {
		return Found{}, false
	}
	it, err := log.Decode(b, i)
	if err != nil || s.ID != "" && it.Event.ID != s.ID || s.Source != "" &&
		!strings.HasPrefix(it.Event.Source, s.Source) {
		return Found{}, false
	}
	return found(it), true
}

func found(it *eventlog.Item) Found {
	return Found{
		Index: it.Index, Accepted: it.Accepted, Producer: it.System, Test: it.Test(), Direct: it.Direct(),
		Event: it.Event,
	}
}

// at reads one event; fault record.unknown when the log does not hold it.
func (e *Engine) at(index int64) (*eventlog.Item, error) {
	it, err := e.log.At(index)
	if err == nil && it == nil {
		err = fault.New(fault.RecordUnknown)
	}
	return it, err
}

// Arrival is the state of one event towards one group.
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
	Behind  int64  // when waiting: how many entries of the log are before it
}

// History says who has the event at index, who has not, and why. It is computed from positions and from the rights as
// they are now; nothing is stored per delivery. Fault record.unknown.
func (e *Engine) History(ctx context.Context, index int64) (Found, []Step, error) {
	it, err := e.at(index)
	if err != nil {
		return Found{}, nil, err
	}
	f := found(it)
	positions, err := e.log.Positions(ctx)
	if err != nil {
		return f, nil, err
	}
	dead, err := e.dead.DeadEvents(ctx, appendlog.DeadQuery{Source: f.Event.Source, Event: f.Event.ID, Limit: 1000})
	if err != nil {
		return f, nil, err
	}
	var steps []Step
	for name, at := range positions {
		if (f.Test || f.Direct) && (name.System != it.For || f.Direct && it.Group != name.Group) {
			continue
		}
		steps = append(steps, e.step(name, at, f, it.Part, dead))
	}
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Group, b.Group))
	})
	return f, steps, nil
}

func (e *Engine) step(name eventlog.Name, at eventlog.Positions, f Found, part uint8, dead []appendlog.DeadEvent) Step {
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
		if e.log.InFlight(name, part, f.Index) {
			s.Arrival, s.Behind = Delivered, 0
		}
	}
	grants, err := e.rights.Entitled(name.System, e.clock())
	filter := e.rights.Subscription(name.System, name.Group)
	switch {
	case f.Test:
	case f.Index < at[eventlog.BeginPart]:
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

func sortLags(all []Lag) {
	slices.SortFunc(
		all,
		func(a, b Lag) int { return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Group, b.Group)) },
	)
}

func typeNames(types []mconnect.EventType) []string {
	var names []string
	for _, t := range types {
		names = append(names, string(t))
	}
	slices.Sort(names)
	return names
}
