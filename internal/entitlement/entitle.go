// Package entitlement answers who may produce and consume which events, and as how much of them: it is where the
// registry, the event types and subscriptions, and the agreements meet for the broker.
//
// It owns no state except a cache of its findings, which is discarded when the declared state changes (Announce) and
// when a validity begins or ends. A look-up that was made before costs nanoseconds, with a thousand types and a
// hundred thousand agreements; the first one after a change pays for one system only. It does no I/O.
package entitlement

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
)

// DefaultRetention is how long events are kept when their type states no retention.
const DefaultRetention = 120 * time.Hour

// Config of Rights: the images, kept up to date by manifest. Retention zero reads as DefaultRetention, a nil Clock as
// time.Now.
type Config struct {
	Registry   *registry.Registry
	Events     *event.Directory
	Agreements *agreement.Book
	Retention  time.Duration
	Clock      func() time.Time
}

// Rights implements broker.Rights. It is safe for concurrent use.
type Rights struct {
	cfg  Config
	mu   sync.Mutex // guards changing epochs
	now  atomic.Pointer[epoch]
	next *time.Timer // announces when a validity begins or ends
	when time.Time
	last sync.Map // mconnect.SystemID → *consumer, of whichever epoch: what has not changed is taken over
}

var _ broker.Rights = (*Rights)(nil)

// epoch holds the findings since the last change. Only what concerns registered systems is remembered, so unidentified
// callers cannot make it grow.
type epoch struct {
	over       chan struct{} // closed at the next change
	consumers  sync.Map      // mconnect.SystemID → *consumer
	producers  sync.Map      // mconnect.SystemID → *producer
	generation uint64
}

// producer is what one system was found to produce: the sources of each type.
type producer struct {
	mu      sync.RWMutex
	sources map[mconnect.EventType][]string
}

// producer finds what is known of a system, or begins it.
func (e *epoch) producer(system mconnect.SystemID) *producer {
	known, ok := e.producers.Load(system)
	if !ok {
		known, _ = e.producers.LoadOrStore(system, &producer{sources: map[mconnect.EventType][]string{}})
	}
	return known.(*producer)
}

// consumer is what one system is entitled to.
type consumer struct {
	owner  mconnect.IDNO
	grants map[mconnect.EventType]*broker.Grant
	found  map[mconnect.EventType]*finding
	err    error
	until  time.Time // zero: only a change ends it
	since  time.Time
}

// cut is what filters may see of a type; nil where there is no grant.
func (c *consumer) cut(typ mconnect.EventType) *event.Cut {
	if f := c.found[typ]; f != nil {
		return f.cut
	}
	return nil
}

// finding is what was found of one type, and of what.
type finding struct {
	of    *event.ReadyType
	deals []*agreement.Compiled // as the book holds them; a slice of the book is never changed
	grant *broker.Grant         // nil: not entitled
	cut   *event.Cut
	until time.Time
}

// holds reports that nothing has changed of what the finding was made of.
func (f *finding) holds(t *event.ReadyType, deals []*agreement.Compiled, at time.Time) bool {
	return f != nil && f.of == t && len(f.deals) == len(deals) && len(deals) > 0 && &f.deals[0] == &deals[0] &&
		(f.until.IsZero() || at.Before(f.until))
}

// New makes Rights over the images.
func New(cfg Config) (*Rights, error) {
	if cfg.Registry == nil || cfg.Events == nil || cfg.Agreements == nil {
		return nil, errors.New("entitle: an image is missing from the configuration")
	}
	if cfg.Retention <= 0 {
		cfg.Retention = DefaultRetention
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	r := &Rights{cfg: cfg}
	r.now.Store(&epoch{over: make(chan struct{})})
	return r, nil
}

// Announce says that an image has changed: the findings are discarded and Changed is closed. Call it after the
// change.
func (r *Rights) Announce() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announce()
}

func (r *Rights) announce() {
	if r.next != nil {
		r.next.Stop()
		r.next, r.when = nil, time.Time{}
	}
	old := r.now.Load()
	r.now.Store(&epoch{over: make(chan struct{}), generation: old.generation + 1})
	close(old.over)
}

// Changed implements broker.Rights.
func (r *Rights) Changed() <-chan struct{} { return r.now.Load().over }

// Generation counts the changes, for who remembers something by them.
func (r *Rights) Generation() uint64 { return r.now.Load().generation }

// wake announces a change at the moment in which a validity begins or ends. Moments far away are looked at again
// before.
func (r *Rights) wake(in *epoch, until, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.Load() != in || (r.next != nil && !until.Before(r.when)) {
		return
	}
	if r.next != nil {
		r.next.Stop()
	}
	const farthest = 24 * time.Hour
	r.when = until
	r.next = time.AfterFunc(min(until.Sub(at), farthest), r.Announce)
}

// Produce implements broker.Rights: faults system.unknown, system.suspended, participant.suspended, system.notProducer,
// event.typeUnknown, event.typeRetired, event.typeForeign, event.sourceForeign.
func (r *Rights) Produce(system mconnect.SystemID, typ mconnect.EventType, source string, _ time.Time) error {
	e := r.now.Load()
	p := e.producer(system)
	p.mu.RLock()
	sources, ok := p.sources[typ]
	p.mu.RUnlock()
	if !ok {
		var err error
		if sources, err = r.sources(system, typ); err != nil {
			return err
		}
		p.mu.Lock()
		p.sources[typ] = sources
		p.mu.Unlock()
	}
	for _, s := range sources {
		if event.SourceCovers(s, source) {
			return nil
		}
	}
	return fault.New(fault.EventSourceForeign, "system", string(system), "type", string(typ), "source", source)
}

// sources reports under which sources the system may produce the type.
func (r *Rights) sources(system mconnect.SystemID, typ mconnect.EventType) ([]string, error) {
	standing, ok := r.cfg.Registry.System(system)
	switch {
	case !ok:
		return nil, fault.New(fault.SystemUnknown, "system", string(system))
	case !standing.System.Active():
		return nil, fault.New(fault.SystemSuspended, "system", string(system))
	case !standing.Participant.Active():
		return nil, fault.New(fault.ParticipantSuspended, "participant", string(standing.Participant.ID))
	case !standing.System.Has(registry.Producer):
		return nil, fault.New(fault.SystemNotProducer, "system", string(system))
	}
	t, ok := r.cfg.Events.Type(typ)
	switch {
	case !ok || t.Status == event.Draft:
		return nil, fault.New(fault.EventTypeUnknown, "type", string(typ))
	case !t.Live():
		return nil, fault.New(fault.EventTypeRetired, "type", string(typ))
	}
	for _, p := range t.Producers {
		if p.System == system {
			return p.Sources, nil
		}
	}
	return nil, fault.New(fault.EventTypeForeign, "system", string(system), "type", string(typ))
}

// Check implements broker.Rights: faults event.typeUnknown, event.contentType, event.invalid.
func (r *Rights) Check(e *event.Event) error {
	t, ok := r.cfg.Events.Type(e.Type)
	if !ok {
		return fault.New(fault.EventTypeUnknown, "type", string(e.Type))
	}
	return t.Check(e)
}

// Retention implements broker.Rights.
func (r *Rights) Retention(typ mconnect.EventType) time.Duration {
	if t, ok := r.cfg.Events.Type(typ); ok && t.Retention > 0 {
		return time.Duration(t.Retention)
	}
	return r.cfg.Retention
}

// Entitled implements broker.Rights: faults system.unknown, system.suspended, participant.suspended,
// system.notConsumer. The map is shared: read it only.
func (r *Rights) Entitled(system mconnect.SystemID, at time.Time) (map[mconnect.EventType]*broker.Grant, error) {
	c := r.consumer(system, at)
	return c.grants, c.err
}

func (r *Rights) consumer(system mconnect.SystemID, at time.Time) *consumer {
	e := r.now.Load()
	if known, ok := e.consumers.Load(system); ok {
		c := known.(*consumer)
		if !at.Before(c.since) && (c.until.IsZero() || at.Before(c.until)) {
			return c
		}
	}
	c := r.compute(system, at)
	if fault.From(c.err) == nil || fault.From(c.err).Code != fault.SystemUnknown {
		e.consumers.Store(system, c)
		r.last.Store(system, c)
	}
	if !c.until.IsZero() {
		r.wake(e, c.until, at)
	}
	return c
}
