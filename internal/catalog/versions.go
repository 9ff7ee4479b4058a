package catalog

import (
	"slices"
	"sync"

	"mconnect"
	"mconnect/fault"
)

// Catalog is the image in memory of all service versions. It is safe for concurrent use; a change is
// seen by the next call.
type Catalog struct {
	mu     sync.RWMutex
	byName map[mconnect.ServiceName][]*Ready // newest first; a slice once stored is never changed
}

// New returns an empty catalogue.
func New() *Catalog { return &Catalog{byName: map[mconnect.ServiceName][]*Ready{}} }

// Prepare validates s and compiles its types. The fault is resource.invalid with Fields.
func Prepare(s Service) (*Ready, error) {
	if found := fault.Findings(s.Validate()); len(found) > 0 {
		return nil, found.Err(fault.ResourceInvalid, "kind", "Service", "id", s.ID())
	}
	r := &Ready{Service: s, Personal: s.Request.personal() || s.Response.personal()}
	var err error
	if r.RequestSchema, err = CompileType(s.Request); err != nil {
		return nil, err
	}
	if s.Opaque != nil {
		r.Personal = r.Personal || s.Opaque.Personal
		return r, nil
	}
	r.ResponseSchema, err = CompileType(s.Response)
	return r, err
}

// Put adds s or replaces the same version of the same service.
func (c *Catalog) Put(s Service) error {
	r, err := Prepare(s)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next := append(c.without(s.Name, s.Version), r)
	slices.SortFunc(next, func(a, b *Ready) int { return b.Version.Compare(a.Version) })
	c.byName[s.Name] = next
	return nil
}

// Remove takes one version out; an unknown one changes nothing.
func (c *Catalog) Remove(name mconnect.ServiceName, version mconnect.Version) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.without(name, version)
	if len(next) == 0 {
		delete(c.byName, name)
		return
	}
	c.byName[name] = next
}

// without returns a copy of the versions of name, but for one.
func (c *Catalog) without(name mconnect.ServiceName, version mconnect.Version) []*Ready {
	return slices.DeleteFunc(slices.Clone(c.byName[name]), func(r *Ready) bool { return r.Version == version })
}

// Get returns exactly this version, whatever its status.
func (c *Catalog) Get(name mconnect.ServiceName, version mconnect.Version) (*Ready, bool) {
	for _, r := range c.versions(name) {
		if r.Version == version {
			return r, true
		}
	}
	return nil, false
}

func (c *Catalog) versions(name mconnect.ServiceName) []*Ready {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byName[name]
}

// Resolve finds the version that serves a call. A zero version asks for the newest published one. A
// stated version is served by the newest published one of the same MAJOR that is not older (semver 2.0:
// within a MAJOR nothing is taken away). Where nothing published fits, a deprecated version still
// serves. Drafts are invisible. Faults: service.unknown, service.version, service.retired.
func (c *Catalog) Resolve(name mconnect.ServiceName, version mconnect.Version) (*Ready, error) {
	var deprecated, retired *Ready
	visible := false
	for _, r := range c.versions(name) {
		visible = visible || r.Status != Draft
		if !r.serves(version) {
			continue
		}
		switch r.Status {
		case Published:
			return r, nil
		case Deprecated:
			deprecated = first(deprecated, r)
		case Retired:
			retired = first(retired, r)
		}
	}
	switch {
	case deprecated != nil:
		return deprecated, nil
	case retired != nil:
		return nil, fault.New(fault.ServiceRetired, "service", string(name), "successor", retired.Successor)
	case visible:
		return nil, fault.New(fault.ServiceVersion, "service", string(name), "version", version.String())
	}
	return nil, fault.New(fault.ServiceUnknown, "service", string(name))
}

func (r *Ready) serves(version mconnect.Version) bool {
	return version.IsZero() || (r.Version.Major == version.Major && r.Version.Compare(version) >= 0)
}

func first(a, b *Ready) *Ready {
	if a != nil {
		return a
	}
	return b
}

// All returns every version of every service, by name, newest first.
func (c *Catalog) All() []*Ready {
	c.mu.RLock()
	defer c.mu.RUnlock()
	names := make([]mconnect.ServiceName, 0, len(c.byName))
	for name := range c.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	var all []*Ready
	for _, name := range names {
		all = append(all, c.byName[name]...)
	}
	return all
}

// ID names the version as a resource: "GetPerson/1.0.0".
func (s Service) ID() string { return string(s.Name) + "/" + s.Version.String() }

// Versions returns every version of one service, newest first. The slice is shared: read it only.
func (c *Catalog) Versions(name mconnect.ServiceName) []*Ready { return c.versions(name) }
