package broker

import (
	"context"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/eventlog"
)

// Receipt is what became of an event, for its producer: numbers, and nobody's name.
type Receipt struct {
	Index    int64 // in the event log
	Accepted time.Time
	Type     mconnect.EventType
	Until    time.Time // it is kept at least until then
	Recorded bool      // the journal has the record of its acceptance
	Groups   Arrivals
}

// Arrivals counts the groups of consumers that are to get an event, by the state of the event towards them.
type Arrivals struct {
	// all of them: those that had begun to read, have a right to the type now, and whose filter lets it pass
	Entitled  int
	Confirmed int
	Delivered int // and not confirmed
	Waiting   int
	Dead      int
}

// Receipt reports what became of an event that the caller produced. Fault event.unknown: the caller produced none with
// this source and id, or the log holds it no more.
func (e *Engine) Receipt(ctx context.Context, from Caller, source, id string) (Receipt, error) {
	index, err := e.produced(from.System, source, id)
	if err != nil {
		return Receipt{}, err
	}
	f, steps, err := e.History(ctx, index)
	if err != nil {
		if fault.From(err).Code == fault.RecordUnknown {
			err = fault.New(fault.EventUnknown)
		}
		return Receipt{}, err
	}
	r := Receipt{
		Index:    index,
		Accepted: f.Accepted,
		Type:     f.Event.Type,
		Until:    f.Accepted.Add(e.rights.Retention(f.Event.Type)),
	}
	recorded, err := e.log.Recorded(ctx)
	if err != nil {
		return Receipt{}, err
	}
	r.Recorded = recorded > index
	for _, s := range steps {
		r.Groups.add(s.Arrival)
	}
	return r, nil
}

func (a *Arrivals) add(arrival Arrival) {
	switch arrival {
	case Confirmed:
		a.Confirmed++
	case Delivered:
		a.Delivered++
	case Waiting:
		a.Waiting++
	case Buried:
		a.Dead++
	default:
		return
	}
	a.Entitled++
}

// produced finds an event that a system produced; fault event.unknown.
func (e *Engine) produced(system mconnect.SystemID, source, id string) (int64, error) {
	index, _, found, err := e.log.Find(
		e.log.Fingerprint(source, id),
		eventlog.Identity{Producer: system, Source: source, ID: id},
	)
	if err == nil && !found {
		err = fault.New(fault.EventUnknown)
	}
	return index, err
}
