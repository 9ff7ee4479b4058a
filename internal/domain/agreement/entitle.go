package agreement

import (
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
)

// EventStanding is the standing of a type of event.
type EventStanding struct {
	Type     mconnect.EventType
	Version  mconnect.Version
	Personal bool // each consumption must be accounted for
	Live     bool // published, or deprecated
	Retired  bool
}

// Entitlement is the outcome of Entitle: the verdict, the agreement that gives the right, and until when the verdict
// holds by itself: zero, when only a change of what is declared can change it.
type Entitlement struct {
	Verdict
	By    *Compiled // nil unless Allowed
	Until time.Time
}

// eventSteps are the checks of a right to events, in the order in which they are made and listed.
var eventSteps = []step{
	{"system.active", (*trial).systemActive},
	{"participant.active", (*trial).participantActive},
	{"system.role", (*trial).systemRole},
	{"event.published", (*trial).eventPublished},
	{"agreement.exists", (*trial).eventAgreed},
	{"agreement.status", (*trial).agreementStatus},
	{"agreement.period", (*trial).agreementPeriod},
	{"agreement.version", (*trial).eventVersion},
	{"purpose.period", (*trial).eventPurpose},
	{"account.complete", (*trial).accountComplete},
}

// beforeEventAgreement is how many of eventSteps come before the first that looks at an agreement.
const beforeEventAgreement = 4

// EventCheckNames returns the names of all checks of Entitle in the order in which every verdict lists them.
func EventCheckNames() []string {
	names := make([]string, len(eventSteps))
	for i, s := range eventSteps {
		names[i] = s.name
	}
	return names
}

// Entitle judges whether a consumer may receive events of a type. Candidates are the agreements between the two; others
// are ignored. When there are several, the first that allows decides, else the one that came furthest explains the
// refusal. The first purpose that is valid now is the one for which events are received. It is pure, as Decide is, and
// what it returns is to be read only, likewise.
func Entitle(candidates []*Compiled, consumer Consumer, event EventStanding, at time.Time) Entitlement {
	req := &Request{Consumer: consumer, Service: Service{Version: event.Version}}
	start := trial{steps: eventSteps, req: req, at: at, event: event}
	until := horizon(candidates, consumer.System, event.Type, at)
	if !start.run(beforeEventAgreement) {
		return Entitlement{Verdict: start.verdict(), Until: until}
	}
	var best *trial
	for _, c := range candidates {
		if c == nil || !c.entitles(consumer.System, event.Type) {
			continue
		}
		t := start
		t.agreement = c
		if t.run(len(eventSteps)) {
			t.grant = t.choice.of(c).Fields
			return Entitlement{Verdict: t.verdict(), By: c, Until: until}
		}
		if best == nil || t.next > best.next {
			best = &t
		}
	}
	if best == nil {
		start.run(beforeEventAgreement + 1) // fails: there is no agreement
		best = &start
	}
	return Entitlement{Verdict: best.verdict(), Until: until}
}

func (c *Compiled) entitles(system mconnect.SystemID, event mconnect.EventType) bool {
	return c.terms != nil && c.Consumer == system && c.Event == event && c.Event != ""
}

// Covered reports whether a consumer's agreements gave it a right to a type of event at an earlier time: what was
// accepted before is history, which no agreement grants that begins later.
func Covered(candidates []*Compiled, system mconnect.SystemID, event mconnect.EventType, at time.Time) bool {
	return slices.ContainsFunc(candidates, func(c *Compiled) bool {
		return c != nil && c.entitles(system, event) && c.Covered(at)
	})
}

// horizon is the next moment at which a validity of the candidates begins or ends.
func horizon(candidates []*Compiled, system mconnect.SystemID, event mconnect.EventType,
	at time.Time) (next time.Time) {
	consider := func(p mconnect.Period) {
		for _, edge := range [2]time.Time{p.From, p.To} {
			if edge.After(at) && (next.IsZero() || edge.Before(next)) {
				next = edge
			}
		}
	}
	for _, c := range candidates {
		if c == nil || !c.entitles(system, event) {
			continue
		}
		consider(c.Validity)
		for i := range c.Suspensions {
			consider(mconnect.Period{To: c.Suspensions[i].Until})
		}
		for i := range c.Purposes {
			consider(c.Purposes[i].Validity)
		}
	}
	return next
}

func (t *trial) eventPublished() outcome {
	switch {
	case t.event.Live:
		return passed
	case t.event.Retired:
		return failed(fault.EventTypeRetired, "type", string(t.event.Type))
	}
	return failed(fault.EventTypeUnknown, "type", string(t.event.Type))
}

func (t *trial) eventAgreed() outcome {
	if t.agreement == nil {
		return failed(fault.EventNoEntitlement, "system", string(t.req.Consumer.System), "type", string(t.event.Type))
	}
	return passed
}

// eventVersion: an agreement that names no version covers the type as it is.
func (t *trial) eventVersion() outcome {
	if t.agreement.Version.IsZero() {
		return passed
	}
	return t.agreementVersion()
}

func (t *trial) eventPurpose() outcome {
	t.stateless = true
	t.choice = choose(t.agreement, mconnect.LegalContext{}, true, t.at)
	return t.purposePeriod()
}

// accountComplete: personal data go only where their consumption is accounted for.
func (t *trial) accountComplete() outcome {
	switch {
	case !t.event.Personal:
		return inapplicable
	case t.agreement.Account == nil:
		return failed(fault.AgreementAccount, "agreement", string(t.agreement.ID))
	}
	return passed
}

// Events returns the agreements of a system for events, by type, each in order of id, whatever their state. The slices
// are shared: read them only.
func (b *Book) Events(system mconnect.SystemID) map[mconnect.EventType][]*Compiled {
	b.mu.RLock()
	list := b.bySystem[system]
	b.mu.RUnlock()
	all := map[mconnect.EventType][]*Compiled{}
	for at := 0; at < len(list) && list[at].Event != ""; { // no service: they come first
		end := behind(list, at)
		all[list[at].Event] = list[at:end:end]
		at = end
	}
	return all
}

// ForEvent returns the agreements of a system for one type of event in order of id, whatever their state. The slice is
// shared: read it only.
func (b *Book) ForEvent(system mconnect.SystemID, event mconnect.EventType) []*Compiled {
	return b.find(system, subject{event: event})
}
