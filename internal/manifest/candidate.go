package manifest

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
)

// Images are the images in memory of the declared state.
type Images struct {
	Registry   *registry.Registry
	Catalog    *catalog.Catalog
	Agreements *agreement.Book
	Events     *event.Directory
	Acts       *legalact.Register
}

// NewImages makes empty images around a registry.
func NewImages(r *registry.Registry) Images {
	return Images{Registry: r, Catalog: catalog.New(), Agreements: agreement.NewBook(), Events: event.NewDirectory(),
		Acts: legalact.NewRegister()}
}

// candidate is the declared state after a change: the images, overlaid with a set.
type candidate struct {
	rooms        Images
	participants map[mconnect.ParticipantID]*registry.Participant
	systems      map[mconnect.SystemID]*registry.System
	services     map[mconnect.ServiceName][]*catalog.Service
	checkService func(catalog.Service) []fault.FieldError
	checkWebhook func(event.Webhook) []fault.FieldError // may be nil
	at           time.Time
	library      *schema.Library           // what services share, as it would be
	ready        map[string]*catalog.Ready // compiled on demand, by id
	acts         *legalact.Register        // as it would be
	citations    func() citations          // of the agreements that stand

	types         map[mconnect.EventType]*event.ReadyType // nil when it does not compile
	subscriptions map[string]*event.Subscription
	contracts     map[mconnect.AgreementID]bool // stated by the set
	standing      func() eventReferences

	hints int                 // how many were looked for
	names map[string][]string // ids by kind, for hints
}

func newCandidate(rooms Images, set Set, checkService func(catalog.Service) []fault.FieldError,
	at time.Time) *candidate {
	v := &candidate{
		rooms: rooms, checkService: checkService, at: at,
		participants: map[mconnect.ParticipantID]*registry.Participant{},
		systems:      map[mconnect.SystemID]*registry.System{},
		services:     map[mconnect.ServiceName][]*catalog.Service{},
		ready:        map[string]*catalog.Ready{},

		types:         map[mconnect.EventType]*event.ReadyType{},
		subscriptions: map[string]*event.Subscription{},
		contracts:     map[mconnect.AgreementID]bool{},
		citations:     sync.OnceValue(func() citations { return citationsIn(rooms.Agreements) }),
		standing:      sync.OnceValue(func() eventReferences { return eventReferencesIn(rooms) }),
	}
	var shared []schema.Shared
	var acts []legalact.Act
	for _, item := range set {
		switch r := item.value.(type) {
		case *category:
			shared = append(shared, r.Category)
		case *classifier:
			shared = append(shared, r.Classifier)
		case *dataType:
			shared = append(shared, r.DataType)
		case *participant:
			v.participants[r.ID] = &r.Participant
		case *system:
			v.systems[r.ID] = &r.System
		case *service:
			v.services[r.Name] = append(v.services[r.Name], &r.Service)
		case *eventType:
			v.types[r.Name], _ = event.Prepare(r.Type) // its own validation reports what is wrong
		case *subscription:
			v.subscriptions[r.ID] = &r.Subscription
		case *agreementDocument:
			v.contracts[r.ID] = true
		case *legalAct:
			acts = append(acts, r.Act)
		}
	}
	v.acts = rooms.Acts
	if len(acts) > 0 {
		v.acts = rooms.Acts.With(acts...)
	}
	v.library = rooms.Catalog.Library().With(shared...)
	return v
}

// check adds what the items of set state wrongly about others.
func (v *candidate) check(set Set) fault.Findings {
	var found fault.Findings
	numbers := map[mconnect.IDNO]mconnect.ParticipantID{}
	for _, p := range v.rooms.Registry.Participants() {
		if v.participants[p.ID] == nil {
			numbers[p.IDNO] = p.ID
		}
	}
	gateways := map[string]mconnect.SystemID{}
	for _, s := range v.rooms.Registry.Systems() {
		if v.systems[s.ID] == nil {
			gateways[s.Gateway] = s.ID
		}
	}
	for _, item := range set {
		var own fault.Findings
		switch r := item.value.(type) {
		case *participant:
			if other, taken := numbers[r.IDNO]; taken && other != r.ID {
				own.Add("/idno", fault.ResourceDuplicate, "kind", "IDNO", "id", "of "+string(other))
			}
			numbers[r.IDNO] = r.ID
		case *system:
			if other, taken := gateways[r.Gateway]; taken && r.Gateway != "" && other != r.ID {
				own.Add("/gateway", fault.ResourceDuplicate, "kind", "gateway", "id", "of "+string(other))
			}
			gateways[r.Gateway] = r.ID
			if !v.hasParticipant(r.ID.Participant()) {
				own.Add("/id", fault.ResourceUnknown, "kind", Participant, "id", string(r.ID.Participant()))
			}
			v.keepsWebhooks(&own, &r.System)
		case *certificate:
			if v.system(r.System) == nil {
				own.Add("/system", fault.ResourceUnknown, "kind", System, "id", string(r.System))
			}
		case *service:
			v.hasRole(&own, "/provider", r.Provider, registry.Provider)
			v.service(&own, r.Service)
		case *category:
			v.category(&own, r.Category)
		case *dataType:
			own = append(own, v.library.Check(r.DataType)...)
		case *legalAct:
			v.keepsCited(&own, &r.Act)
		case *agreementDocument:
			v.cites(&own, &r.Agreement)
			v.hasRole(&own, "/consumer", r.Consumer, registry.Consumer)
			if r.Event != "" {
				v.grantsEvent(&own, &r.Agreement)
			} else {
				v.grants(&own, &r.Agreement)
			}
		case *eventType:
			v.declaresEvent(&own, &r.Type)
		case *subscription:
			v.subscribes(&own, &r.Subscription)
		}
		found = append(found, item.placed(v.withHints(own))...)
	}
	return append(found, v.affected(set)...)
}

func prefix(item Item) string {
	if item.Where == "" {
		return ""
	}
	return item.Where + " "
}

func (v *candidate) hasParticipant(id mconnect.ParticipantID) bool {
	if v.participants[id] != nil {
		return true
	}
	_, ok := v.rooms.Registry.Participant(id)
	return ok
}

func (v *candidate) system(id mconnect.SystemID) *registry.System {
	if s := v.systems[id]; s != nil {
		return s
	}
	if standing, ok := v.rooms.Registry.System(id); ok {
		return &standing.System
	}
	return nil
}

func (v *candidate) hasRole(found *fault.Findings, path string, id mconnect.SystemID, role registry.Role) {
	switch s := v.system(id); {
	case s == nil:
		found.Add(path, fault.ResourceUnknown, "kind", System, "id", string(id))
	case !s.Has(role):
		found.Add(path, fault.ResourceRole, "kind", System, "id", string(id), "role", string(role))
	}
}

// grants notes an agreement for a service that does not exist in the agreed MAJOR, or that grants fields which no
// covered version declares.
func (v *candidate) grants(found *fault.Findings, a *agreement.Agreement) {
	var covered []*catalog.Ready
	for _, r := range v.versions(a.Service) {
		if r.Version.Major == a.Version.Major && r.Version.Compare(a.Version) >= 0 {
			covered = append(covered, r)
		}
	}
	broken := func(s *catalog.Service) bool { _, err := v.prepare(*s); return err != nil }
	if len(covered) == 0 && slices.ContainsFunc(v.services[a.Service], broken) {
		return // its own findings report why it does not compile
	}
	if len(covered) == 0 {
		found.Add("/service", fault.ResourceUnknown, "kind", Service, "id", string(a.Service)+"/"+a.Version.String())
		return
	}
	for i, p := range a.Purposes {
		for j, field := range p.Fields {
			if !slices.ContainsFunc(covered, func(r *catalog.Ready) bool { return declares(r, field) }) {
				path := "/purposes/" + strconv.Itoa(i) + "/fields/" + strconv.Itoa(j)
				found.Add(path, fault.ResourceUnknown, "kind", "field", "id", field)
			}
		}
	}
}

func declares(r *catalog.Ready, field string) bool {
	if r.ResponseSchema == nil {
		return field == agreement.Everything // an opaque answer is granted whole or not at all
	}
	return r.ResponseSchema.Has(field)
}

// versions returns all versions of a service as they would be. What does not compile is left out: its own
// validation has said so.
func (v *candidate) versions(name mconnect.ServiceName) []*catalog.Ready {
	var all []*catalog.Ready
	for _, s := range v.services[name] {
		if r, err := v.prepare(*s); err == nil {
			all = append(all, r)
		}
	}
	for _, r := range v.rooms.Catalog.Versions(name) {
		if v.isDeclared(r) {
			continue
		}
		if r.Differs(v.rooms.Catalog.Library(), v.library) {
			var err error
			if r, err = v.prepare(r.Declared); err != nil {
				continue
			}
		}
		all = append(all, r)
	}
	return all
}

// isDeclared reports that the set has a version of its own in place of r.
func (v *candidate) isDeclared(r *catalog.Ready) bool {
	return slices.ContainsFunc(v.services[r.Name], func(s *catalog.Service) bool { return s.Version == r.Version })
}

// prepare compiles a service against what would be shared, once.
func (v *candidate) prepare(s catalog.Service) (*catalog.Ready, error) {
	if r := v.ready[s.ID()]; r != nil {
		return r, nil
	}
	r, err := catalog.PrepareWith(v.library, s)
	if err == nil {
		v.ready[s.ID()] = r
	}
	return r, err
}

// usedBy names a resource that refers to (kind, id), or "".
func (r Images) usedBy(kind, id string) string {
	switch kind {
	case Participant:
		for _, s := range r.Registry.Systems() {
			if string(s.ID.Participant()) == id {
				return System + " " + string(s.ID)
			}
		}
		for _, t := range r.Events.Types() {
			if string(t.Owner) == id {
				return EventType + " " + string(t.Name)
			}
		}
	case System:
		return r.systemUsedBy(mconnect.SystemID(id))
	case Category, Classifier, DataType:
		return r.sharedUsedBy(kind, id)
	case LegalAct:
		return r.actUsedBy(legalact.ID(id))
	case EventType:
		return r.typeUsedBy(mconnect.EventType(id))
	case Service:
		name, version, _ := serviceID(id)
		alone := true
		for _, other := range r.Catalog.Versions(name) {
			alone = alone && (other.Version == version || other.Version.Major != version.Major)
		}
		for _, a := range r.Agreements.All() {
			if alone && a.Event == "" && a.Service == name && a.Version.Major == version.Major {
				return Agreement + " " + string(a.ID)
			}
		}
	}
	return ""
}

func (r Images) systemUsedBy(id mconnect.SystemID) string {
	for _, c := range r.Registry.Certificates() {
		if c.System == id {
			return Certificate + " " + c.ID
		}
	}
	for _, s := range r.Catalog.All() {
		if s.Provider == id {
			return Service + " " + s.ID()
		}
	}
	for _, a := range r.Agreements.All() {
		if a.Consumer == id {
			return Agreement + " " + string(a.ID)
		}
	}
	return r.eventsUse(id)
}
