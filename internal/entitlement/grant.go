package entitlement

import (
	"maps"
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
)

// compute finds what a system may consume.
func (r *Rights) compute(system mconnect.SystemID, at time.Time) *consumer {
	c := &consumer{since: at}
	standing, ok := r.cfg.Registry.System(system)
	if !ok {
		c.err = fault.New(fault.SystemUnknown, "system", string(system))
		return c
	}
	if c.err = mayConsume(&standing); c.err != nil {
		return c
	}
	agreed := r.cfg.Agreements.Events(system)
	c.owner = standing.Participant.IDNO
	c.grants = make(map[mconnect.EventType]*broker.Grant, len(agreed))
	c.found = make(map[mconnect.EventType]*finding, len(agreed))
	before := &consumer{}
	if last, ok := r.last.Load(system); ok && last.(*consumer).owner == c.owner && !at.Before(last.(*consumer).since) {
		before = last.(*consumer)
	}
	who := standingOf(&standing)
	for typ, deals := range agreed {
		t, declared := r.cfg.Events.Type(typ)
		if !declared {
			continue
		}
		f := before.found[typ]
		if !f.holds(t, deals, at) {
			f = find(t, deals, who, at)
		}
		c.found[typ] = f
		if f.grant != nil {
			c.grants[typ] = f.grant
		}
		if !f.until.IsZero() && (c.until.IsZero() || f.until.Before(c.until)) {
			c.until = f.until
		}
	}
	return c
}

// find judges one type for a system that may consume.
func find(t *event.ReadyType, deals []*agreement.Compiled, who agreement.Consumer, at time.Time) *finding {
	verdict := agreement.Entitle(deals, who, eventOf(t), at)
	f := &finding{of: t, deals: deals, until: verdict.Until}
	if verdict.Allowed {
		grant, cut, err := grantOf(t, &verdict, who.Owner)
		if err == nil { // else an account that was never checked: no accounting, no data
			grant.Covers = func(accepted time.Time) bool {
				return agreement.Covered(deals, who.System, t.Name,
					accepted)
			}
			f.grant, f.cut = grant, cut
		}
	}
	return f
}

func mayConsume(s *registry.Identity) error {
	switch {
	case !s.System.Active():
		return fault.New(fault.SystemSuspended, "system", string(s.System.ID))
	case !s.Participant.Active():
		return fault.New(fault.ParticipantSuspended, "participant", string(s.Participant.ID))
	case !s.System.Has(registry.Consumer):
		return fault.New(fault.SystemNotConsumer, "system", string(s.System.ID))
	}
	return nil
}

func standingOf(s *registry.Identity) agreement.Consumer {
	return agreement.Consumer{
		System: s.System.ID, Owner: s.Participant.IDNO, Represents: s.System.Represents, Networks: s.System.Networks,
		SystemActive: s.System.Active(), ParticipantActive: s.Participant.Active(),
		MayConsume: s.System.Has(registry.Consumer),
	}
}

func eventOf(t *event.ReadyType) agreement.EventStanding {
	return agreement.EventStanding{
		Type: t.Name, Version: t.Version, Personal: t.Personal, Live: t.Live(), Retired: t.Status == event.Retired,
	}
}

// grantOf makes of a verdict what the broker works with.
func grantOf(t *event.ReadyType, v *agreement.Entitlement, owner mconnect.IDNO) (*broker.Grant, *event.Cut, error) {
	cut := event.NewCut(v.Grant)
	g := &broker.Grant{
		Type: t.Name, Agreement: v.Agreement, Purpose: v.Purpose.Code, Whole: cut.Whole(),
		Attributes: event.NewAttributes(v.Grant, t.Attributes).Of,
	}
	g.Cut = func(data []byte) ([]byte, error) {
		granted, err := cut.Of(data)
		if err != nil { // a grant of fields in what is text or bytes: country refuses it
			return nil, fault.Wrap(err, fault.EventOpaque, "type", string(t.Name))
		}
		return granted, nil
	}
	if t.Personal {
		account, err := accounting(v.By.Account, owner)
		if err != nil {
			return nil, nil, err
		}
		g.Account = account
	} else {
		g.Account = func(*event.Event) (*broker.Accounting, error) { return nil, nil }
	}
	return g, cut, nil
}

// Subscription implements broker.Rights. The filter sees of an event what the system is granted at that moment.
func (r *Rights) Subscription(system mconnect.SystemID, group string) broker.Filter {
	s, ok := r.cfg.Events.Subscription(system, group)
	if !ok || s.Passes() {
		return nil
	}
	return &filter{r, s}
}

// filter is one subscription's, bound to its system's rights.
type filter struct {
	rights *Rights
	of     *event.ReadySubscription
}

// Matches implements broker.Filter.
func (f *filter) Matches(e *event.Event) bool {
	if !f.of.Covers(e.Type) {
		return false
	}
	c := f.rights.consumer(f.of.System, f.rights.cfg.Clock())
	if g := c.grants[e.Type]; g != nil {
		return f.of.Matches(g.Attributes(e), c.cut(e.Type))
	}
	return f.of.Matches(e.Bare(), nil)
}

// Right is one line of what a system may consume, for people: the type, the whole verdict and the subscriptions.
type Right struct {
	Type      *event.ReadyType
	Verdict   agreement.Entitlement
	Agreement *agreement.Compiled // the one that decided, also against; nil when there is none
}

// Consumes lists, by type, every type for which the system has an agreement, with the verdict in force now.
func (r *Rights) Consumes(system mconnect.SystemID, at time.Time) ([]Right, error) {
	standing, ok := r.cfg.Registry.System(system)
	if !ok {
		return nil, fault.New(fault.SystemUnknown, "system", string(system))
	}
	agreed := r.cfg.Agreements.Events(system)
	var all []Right
	for _, typ := range slices.Sorted(maps.Keys(agreed)) {
		if right, err := r.why(&standing, typ, agreed[typ], at); err == nil {
			all = append(all, right)
		}
	}
	return all, nil
}

// Why judges one type for one system and lists every check: for refusals and for the operator. Faults: system.unknown,
// event.typeUnknown; a refusal is in the verdict.
func (r *Rights) Why(system mconnect.SystemID, typ mconnect.EventType, at time.Time) (Right, error) {
	standing, ok := r.cfg.Registry.System(system)
	if !ok {
		return Right{}, fault.New(fault.SystemUnknown, "system", string(system))
	}
	return r.why(&standing, typ, r.cfg.Agreements.ForEvent(system, typ), at)
}

func (r *Rights) why(
	standing *registry.Identity,
	typ mconnect.EventType,
	candidates []*agreement.Compiled,
	at time.Time,
) (Right, error) {
	t, ok := r.cfg.Events.Type(typ)
	if !ok {
		return Right{}, fault.New(fault.EventTypeUnknown, "type", string(typ))
	}
	right := Right{Type: t, Verdict: agreement.Entitle(candidates, standingOf(standing), eventOf(t), at)}
	right.Agreement, _ = r.cfg.Agreements.Get(right.Verdict.Agreement)
	return right, nil
}

// Produces lists, by type, what a system may produce, with its sources.
func (r *Rights) Produces(system mconnect.SystemID) (map[mconnect.EventType][]string, error) {
	if _, ok := r.cfg.Registry.System(system); !ok {
		return nil, fault.New(fault.SystemUnknown, "system", string(system))
	}
	all := map[mconnect.EventType][]string{}
	for _, t := range r.cfg.Events.Types() {
		if sources, err := r.sources(system, t.Name); err == nil {
			all[t.Name] = sources
		}
	}
	return all, nil
}
