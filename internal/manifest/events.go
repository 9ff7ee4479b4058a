package manifest

import (
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
)

// eventReferences indexes what the images contain about events, once for all items of a set: there may be a thousand
// types and a hundred thousand agreements.
type eventReferences struct {
	agreements    map[mconnect.EventType][]*agreement.Compiled
	subscriptions map[mconnect.SystemID][]*event.ReadySubscription
}

func eventReferencesIn(rooms Images) eventReferences {
	s := eventReferences{map[mconnect.EventType][]*agreement.Compiled{},
		map[mconnect.SystemID][]*event.ReadySubscription{}}
	for _, a := range rooms.Agreements.All() {
		if a.Event != "" {
			s.agreements[a.Event] = append(s.agreements[a.Event], a)
		}
	}
	for _, one := range rooms.Events.Subscriptions() {
		s.subscriptions[one.System] = append(s.subscriptions[one.System], one)
	}
	return s
}

// eventType finds a type as it would be; nil when there is none, or it does not compile.
func (v *candidate) eventType(name mconnect.EventType) *event.ReadyType {
	if t, stated := v.types[name]; stated {
		return t
	}
	t, _ := v.rooms.Events.Type(name)
	return t
}

// declaresEvent notes a type whose owner or producers do not exist, or whose schema breaks the consumers of the version
// that stands.
func (v *candidate) declaresEvent(found *fault.Findings, t *event.Type) {
	if !v.hasParticipant(t.Owner) {
		found.Add("/owner", fault.ResourceUnknown, "kind", Participant, "id", string(t.Owner))
	}
	for i, p := range t.Producers {
		v.hasRole(found, "/producers/"+strconv.Itoa(i)+"/system", p.System, registry.Producer)
	}
	v.separatesSources(found, t)
	if t.Successor != "" && v.eventType(t.Successor) == nil {
		found.Add("/successor", fault.ResourceUnknown, "kind", EventType, "id", string(t.Successor))
	}
	was, there := v.rooms.Events.Type(t.Name)
	is := v.eventType(t.Name)
	if !there || is == nil {
		return
	}
	for _, a := range v.standing().agreements[t.Name] {
		if !v.contracts[a.ID] { // else the set restates what it grants
			stated := a.Stated()
			v.grantsOf(found, "/schema", &stated, is)
		}
	}
	if !was.Status.Leads(is.Status) {
		found.Add("/status", fault.EventStep, "from", string(was.Status), "to", string(is.Status))
	}
	if was.Status == event.Draft || is.Version.Major > was.Version.Major {
		return
	}
	for _, c := range event.Compare(was, is) {
		if c.Breaks == event.Consumers {
			found.Add("/schema", fault.EventIncompatible, "path", c.Path, "change", string(c.Kind))
		}
	}
}

// separatesSources notes a source of one producer that another one has too, in this type or another: source and id name
// an event, and nobody could tell whose it is.
func (v *candidate) separatesSources(found *fault.Findings, t *event.Type) {
	for i, p := range t.Producers {
		for j, source := range p.Sources {
			v.sourcesOf(t, func(by mconnect.SystemID, other string) bool {
				if by == p.System || !event.SourcesOverlap(source, other) {
					return false
				}
				found.Add("/producers/"+strconv.Itoa(i)+"/sources/"+strconv.Itoa(j), fault.EventSources,
					"source", source, "system", string(p.System), "other", other, "by", string(by))
				return true
			})
		}
	}
}

// sourcesOf calls with every source of every producer of every type as it would be, until is says that it is enough; t
// is one of them as it would be.
func (v *candidate) sourcesOf(t *event.Type, is func(by mconnect.SystemID, source string) bool) {
	all := []*event.Type{t}
	for name, stated := range v.types {
		if stated != nil && name != t.Name {
			all = append(all, &stated.Type)
		}
	}
	for _, there := range v.rooms.Events.Types() {
		if _, stated := v.types[there.Name]; !stated && there.Name != t.Name && there.Status != event.Retired {
			all = append(all, &there.Type)
		}
	}
	slices.SortFunc(all, func(a, b *event.Type) int { return strings.Compare(string(a.Name), string(b.Name)) })
	for _, one := range all {
		for _, p := range one.Producers {
			for _, source := range p.Sources {
				if is(p.System, source) {
					return
				}
			}
		}
	}
}

// grantsEvent notes an agreement for a type that does not exist in the agreed version, that grants fields which its
// schema does not declare, or that does not account for personal data.
func (v *candidate) grantsEvent(found *fault.Findings, a *agreement.Agreement) {
	t := v.eventType(a.Event)
	if t == nil {
		found.Add("/event", fault.ResourceUnknown, "kind", EventType, "id", string(a.Event))
		return
	}
	if !a.Version.IsZero() && (a.Version.Major != t.Version.Major || t.Version.Compare(a.Version) < 0) {
		found.Add("/version", fault.ResourceUnknown, "kind", EventType, "id", string(a.Event)+"/"+a.Version.String())
	}
	v.grantsOf(found, "", a, t)
	if t.Personal && a.Account == nil {
		found.Add("/account", fault.InputMissing)
		return
	}
	if a.Account != nil {
		v.accounts(found, a.Account, t)
	}
}

// grantsOf notes granted fields that the type does not declare. Under a path of its own each is named with its
// agreement.
func (v *candidate) grantsOf(found *fault.Findings, at string, a *agreement.Agreement, t *event.ReadyType) {
	for i, p := range a.Purposes {
		for j, field := range p.Fields {
			if name, ok := event.AttributeOf(field); ok && t.Grantable(name) &&
				(onlyJSON(t) || slices.Contains(p.Fields, agreement.Everything)) {
				continue
			}
			if field == agreement.Everything || (t.Schema() != nil && onlyJSON(t) && t.Schema().Has(field)) {
				continue
			}
			path, id := "/purposes/"+strconv.Itoa(i)+"/fields/"+strconv.Itoa(j), field
			if at != "" {
				path, id = at, field+" ("+Agreement+" "+string(a.ID)+")"
			}
			found.Add(path, fault.ResourceUnknown, "kind", "field", "id", id)
		}
	}
}

// onlyJSON: what may also be text or bytes cannot be cut, so it is granted whole or not at all.
func onlyJSON(t *event.ReadyType) bool {
	return !slices.ContainsFunc(t.Content, func(c event.Content) bool { return c != event.JSON })
}

// accounts notes paths that are none, or that lead to nothing in the type's example.
func (v *candidate) accounts(found *fault.Findings, a *agreement.Account, t *event.ReadyType) {
	check := func(at string, values agreement.AccountValues) {
		for _, one := range []struct{ name, value string }{
			{"entity", values.Entity}, {"basis", values.Basis}, {"reason", values.Reason}, {"subject", values.Subject},
		} {
			if !event.IsPath(one.value) {
				continue
			}
			path, err := event.ParsePath(one.value)
			if err == nil && len(t.Example) > 0 {
				if _, ok := path.In(t.Example); ok {
					continue
				}
			}
			found.Add(at+"/"+one.name, fault.EventPath)
		}
	}
	check("/account", a.AccountValues)
	for i, s := range a.Sources {
		check("/account/sources/"+strconv.Itoa(i), s.AccountValues)
	}
}

// subscribes notes a subscription of a system that is no consumer, of types that do not exist, for a group that another
// one has, or whose webhook leads to a host that the system has not registered.
func (v *candidate) subscribes(found *fault.Findings, s *event.Subscription) {
	v.hasRole(found, "/system", s.System, registry.Consumer)
	for i, t := range s.Types {
		if v.eventType(t) == nil {
			found.Add("/types/"+strconv.Itoa(i), fault.ResourceUnknown, "kind", EventType, "id", string(t))
		}
	}
	if other := v.groupOf(s); other != "" {
		found.Add("/group", fault.ResourceDuplicate, "kind", "Group", "id", s.GroupName()+" ("+other+")")
	}
	if s.Pushes() {
		v.pushes(found, s)
	}
}

// pushes notes a webhook that cannot work: its host or the system's networks are not registered, or this installation
// lacks what it needs.
func (v *candidate) pushes(found *fault.Findings, s *event.Subscription) {
	const at = "/delivery/webhook"
	if system := v.system(s.System); system != nil {
		switch {
		case !reaches(system, s):
			found.Add(at+"/url", fault.ResourceUnknown, "kind", "webhook host of "+string(s.System), "id", hostOf(s))
		case len(system.Networks) == 0:
			found.Add(at+"/url", fault.WebhookNetworks, "system", string(s.System))
		}
	}
	if v.checkWebhook != nil {
		found.Under(at, v.checkWebhook(*s.Delivery.Webhook))
	}
}

// reaches reports that events of the subscription may be pushed where it says. A URL that cannot be read is a finding
// of the subscription's own validation.
func reaches(system *registry.System, s *event.Subscription) bool {
	if !s.Pushes() {
		return true
	}
	u, host, err := s.Delivery.Webhook.Target()
	if err != nil {
		return true
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return system.MayPush(host, port)
}

func hostOf(s *event.Subscription) string {
	_, host, err := s.Delivery.Webhook.Target()
	if err != nil {
		return ""
	}
	return host
}

// keepsWebhooks notes a system that no longer registers a host to which a standing subscription pushes.
func (v *candidate) keepsWebhooks(found *fault.Findings, system *registry.System) {
	for _, s := range v.standing().subscriptions[system.ID] {
		switch by := Subscription + " " + s.ID; {
		case v.subscriptions[s.ID] != nil || !s.Pushes():
		case !reaches(system, &s.Subscription):
			found.Add("/webhooks", fault.ResourceInUse, "kind", "webhook host", "id", hostOf(&s.Subscription), "by", by)
		case len(system.Networks) == 0 && v.hadNetworks(system.ID):
			found.Add("/networks", fault.ResourceInUse, "kind", "network of a webhook", "id", hostOf(&s.Subscription),
				"by", by)
		}
	}
}

// hadNetworks reports that the system as it stands has networks.
func (v *candidate) hadNetworks(id mconnect.SystemID) bool {
	was, ok := v.rooms.Registry.System(id)
	return ok && len(was.System.Networks) > 0
}

// groupOf names another subscription of the same group.
func (v *candidate) groupOf(s *event.Subscription) string {
	same := func(o *event.Subscription) bool {
		return o.ID != s.ID && o.System == s.System && o.GroupName() == s.GroupName()
	}
	for id, o := range v.subscriptions {
		if same(o) {
			return id
		}
	}
	if o, ok := v.rooms.Events.Subscription(s.System, s.GroupName()); ok && v.subscriptions[o.ID] == nil &&
		same(&o.Subscription) {
		return o.ID
	}
	return ""
}

// typeUsedBy names what refers to a type, or "".
func (r Images) typeUsedBy(name mconnect.EventType) string {
	for _, a := range r.Agreements.All() {
		if a.Event == name {
			return Agreement + " " + string(a.ID)
		}
	}
	for _, s := range r.Events.Subscriptions() {
		if slices.Contains(s.Types, name) {
			return Subscription + " " + s.ID
		}
	}
	return ""
}

// eventsUse names an event type or subscription that refers to the system, or "".
func (r Images) eventsUse(id mconnect.SystemID) string {
	for _, t := range r.Events.Types() {
		if slices.ContainsFunc(t.Producers, func(p event.Producer) bool { return p.System == id }) {
			return EventType + " " + string(t.Name)
		}
	}
	for _, s := range r.Events.Subscriptions() {
		if s.System == id {
			return Subscription + " " + s.ID
		}
	}
	return ""
}

// EventType returns the event type that the item declares, compiled; false when it is of another kind.
func (i Item) EventType() (*event.ReadyType, bool, error) {
	t, ok := i.value.(*eventType)
	if !ok {
		return nil, false, nil
	}
	ready, err := event.Prepare(t.Type)
	return ready, true, err
}
