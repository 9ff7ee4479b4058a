package catalog

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// Catalog is the image in memory of all service versions and of what they share. It is safe for concurrent use; a
// change is seen by the next call.
type Catalog struct {
	changing sync.Mutex // one change at a time; readers never wait for a compilation

	mu      sync.RWMutex
	byName  map[mconnect.ServiceName][]*Ready // newest first; a slice once stored is never changed
	waiting map[string]Service                // by id: taken over, but what they refer to is missing
	library *schema.Library
}

// New returns an empty catalogue.
func New() *Catalog {
	return &Catalog{byName: map[mconnect.ServiceName][]*Ready{}, waiting: map[string]Service{},
		library: schema.NewLibrary()}
}

// Library returns what services share, as it is now.
func (c *Catalog) Library() *schema.Library {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.library
}

// Put adds s or replaces the same version of the same service. The fault is resource.invalid with Fields; s is then not
// in the catalogue.
func (c *Catalog) Put(s Service) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	r, err := PrepareWith(c.Library(), s)
	if err != nil {
		return err
	}
	c.set(r)
	return nil
}

// Take is Put for a service that was judged when it was stored. When it cannot be compiled now it waits, without
// acting, for the change of what it refers to: in which order the parts of a country are read does not matter.
func (c *Catalog) Take(s Service) {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.take(s)
}

func (c *Catalog) take(s Service) {
	r, err := PrepareWith(c.Library(), s)
	if err == nil {
		c.set(r)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(s.Name, s.Version)
	c.waiting[s.ID()] = s
}

// Waiting returns the services that were taken and cannot act, by id.
func (c *Catalog) Waiting() []Service {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.SortedFunc(maps.Values(c.waiting), func(a, b Service) int { return strings.Compare(a.ID(), b.ID()) })
}

func (c *Catalog) set(r *Ready) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := append(c.without(r.Name, r.Version), r)
	slices.SortFunc(next, func(a, b *Ready) int { return b.Version.Compare(a.Version) })
	c.byName[r.Name] = next
	delete(c.waiting, r.ID())
}

// Share adds a category, code list or type, or replaces what had the same id, and compiles the services made of it
// again.
func (c *Catalog) Share(part schema.Shared) {
	c.reform(func(l *schema.Library) *schema.Library { return l.With(part) })
}

// Unshare takes the category, code list or type of that id out; kind is that of its manifest.
func (c *Catalog) Unshare(kind, id string) {
	c.reform(func(l *schema.Library) *schema.Library {
		switch kind {
		case schema.KindClassifier:
			return l.WithoutClassifier(id)
		case schema.KindDataType:
			return l.WithoutType(id)
		}
		return l.WithoutCategory(id)
	})
}

// reform changes the library and compiles again the services that then have other types: those made of what changed,
// and those who wait.
func (c *Catalog) reform(change func(*schema.Library) *schema.Library) {
	c.changing.Lock()
	defer c.changing.Unlock()
	before := c.Library()
	next := change(before)
	var again []Service
	for _, r := range c.All() {
		if r.Differs(before, next) {
			again = append(again, r.Declared)
		}
	}
	again = append(again, c.Waiting()...)
	c.mu.Lock()
	c.library = next
	c.mu.Unlock()
	for _, s := range again {
		c.take(s)
	}
}

// Remove takes one version out; an unknown one changes nothing.
func (c *Catalog) Remove(name mconnect.ServiceName, version mconnect.Version) {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(name, version)
	delete(c.waiting, Service{Name: name, Version: version}.ID())
}

func (c *Catalog) drop(name mconnect.ServiceName, version mconnect.Version) {
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
	return Choose(name, c.versions(name), version)
}

// Choose is Resolve among the versions of one service, newest first.
func Choose(name mconnect.ServiceName, versions []*Ready, version mconnect.Version) (*Ready, error) {
	var deprecated, retired *Ready
	visible := false
	for _, r := range versions {
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
		return nil, fault.New(fault.ServiceRetired, "service", string(name), "successor", retired.Next())
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

// Prepare validates s, which refers to nothing shared, and compiles its types. The fault is resource.invalid with
// Fields.
func Prepare(s Service) (*Ready, error) { return PrepareWith(schema.NewLibrary(), s) }

// ID names the version as a resource: "GetPerson/1.0.0".
func (s Service) ID() string { return string(s.Name) + "/" + s.Version.String() }

// Versions returns every version of one service, newest first. The slice is shared: read it only.
func (c *Catalog) Versions(name mconnect.ServiceName) []*Ready { return c.versions(name) }
