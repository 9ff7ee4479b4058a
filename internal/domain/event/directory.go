package event

import (
	"cmp"
	"slices"
	"sync"

	"mconnect"
	"mconnect/fault"
)

// ReadyType is a type made ready for use: its schema compiled. It is never changed once made.
type ReadyType struct {
	Type
	schema *Schema // nil: no JSON data
}

// Schema returns the compiled schema; nil when the type carries no JSON data.
func (t *ReadyType) Schema() *Schema { return t.schema }

// Prepare validates t and compiles its schema. The fault is resource.invalid with Fields.
func Prepare(t Type) (*ReadyType, error) {
	ready, found := t.compile()
	if err := found.Err(fault.ResourceInvalid, "kind", "EventType", "id", string(t.Name)); err != nil {
		return nil, err
	}
	return ready, nil
}

// Check refuses an event whose data are against the type: faults event.contentType, event.invalid with Fields whose
// paths are pointers into the data.
func (t *ReadyType) Check(e *Event) error {
	if !t.Allows(e.ContentType) {
		return fault.New(fault.EventContentType, "type", string(t.Name), "want", t.allowed())
	}
	if ContentOf(e.ContentType) != JSON || t.schema == nil {
		return nil
	}
	data := e.Data
	if data == nil {
		data = []byte("null") // no data are against every schema that asks for any
	}
	return fault.Findings(t.schema.Check(data)).Err(fault.EventInvalid, "type", string(t.Name))
}

func (t *ReadyType) allowed() string {
	if len(t.Content) == 0 {
		return string(JSON)
	}
	var all string
	for i, c := range t.Content {
		if i > 0 {
			all += ", "
		}
		all += string(c)
	}
	return all
}

// Directory is the image in memory of all event types and subscriptions. It is safe for concurrent use; a change is
// seen by the next call.
type Directory struct {
	mu            sync.RWMutex
	types         map[mconnect.EventType]*ReadyType
	subscriptions map[string]*ReadySubscription
	groups        map[group]string // → id of the subscription
}

// group is where a subscription belongs.
type group struct {
	system mconnect.SystemID
	name   string
}

// NewDirectory returns an empty directory.
func NewDirectory() *Directory {
	return &Directory{types: map[mconnect.EventType]*ReadyType{}, subscriptions: map[string]*ReadySubscription{},
		groups: map[group]string{}}
}

// PutType adds t or replaces the type of the same name.
func (d *Directory) PutType(t Type) error {
	ready, err := Prepare(t)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.types[t.Name] = ready
	return nil
}

// RemoveType takes a type out; an unknown name changes nothing.
func (d *Directory) RemoveType(name mconnect.EventType) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.types, name)
}

// Type returns the type of this name, whatever its status.
func (d *Directory) Type(name mconnect.EventType) (*ReadyType, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, ok := d.types[name]
	return t, ok
}

// Types returns all types by name.
func (d *Directory) Types() []*ReadyType {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]*ReadyType, 0, len(d.types))
	for _, t := range d.types {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *ReadyType) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// PutSubscription adds s or replaces the subscription of the same id.
func (d *Directory) PutSubscription(s Subscription) error {
	ready, err := PrepareSubscription(s)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removeSubscription(s.ID)
	d.subscriptions[s.ID] = ready
	d.groups[group{s.System, s.GroupName()}] = s.ID
	return nil
}

// RemoveSubscription takes a subscription out; an unknown id changes nothing.
func (d *Directory) RemoveSubscription(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removeSubscription(id)
}

func (d *Directory) removeSubscription(id string) {
	old := d.subscriptions[id]
	if old == nil {
		return
	}
	delete(d.subscriptions, id)
	if key := (group{old.System, old.GroupName()}); d.groups[key] == id {
		delete(d.groups, key)
	}
}

// Subscription returns what is declared for a group of a system.
func (d *Directory) Subscription(system mconnect.SystemID, name string) (*ReadySubscription, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	s, ok := d.subscriptions[d.groups[group{system, cmp.Or(name, DefaultGroup)}]]
	return s, ok
}

// Subscriptions returns all subscriptions by id.
func (d *Directory) Subscriptions() []*ReadySubscription {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]*ReadySubscription, 0, len(d.subscriptions))
	for _, s := range d.subscriptions {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *ReadySubscription) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
