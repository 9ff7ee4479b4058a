// Package guide is the catalogue as people and programs read it: search, the sheet of one version, its history, its
// forms (JSON Schema, XSD, OpenAPI), and what a change would break.
//
// It owns no state: it reads the images of the declared state and keeps a search index for one revision.
// It shows how a service is called and never how its provider is reached.
package guide

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/manifest"
)

// Guide reads the declared state of one platform. It is safe for concurrent use.
type Guide struct {
	keeper *manifest.Keeper

	mu       sync.Mutex // guards what follows
	revision int64
	index    *search.Index
}

// New returns the guide to the state of keeper.
func New(keeper *manifest.Keeper) *Guide { return &Guide{keeper: keeper, revision: -1} }

// Search finds services, best first; a query without text lists them by name.
func (g *Guide) Search(q search.Query) discovery.Page {
	c := g.keeper.Rooms.Catalog
	found := g.searcher().Find(q)
	p := discovery.Page{Total: found.Total, Items: []discovery.Line{}, Facets: found.Facets}
	for _, hit := range found.Hits {
		name, version, _ := strings.Cut(hit.ID, "/")
		v, err := mconnect.ParseVersion(version)
		if err != nil {
			continue
		}
		if r, ok := c.Get(mconnect.ServiceName(name), v); ok { // else it went since the index was made
			p.Items = append(p.Items, discovery.Line{
				Service: r.Name, Version: r.Version, Status: r.Status, Title: r.Title, Categories: r.Categories,
				Owner: r.OwnerID(), Provider: r.Provider, Personal: r.Personal, Score: hit.Score,
			})
		}
	}
	return p
}

// Category returns the name of a category; the zero text where the catalogue has none.
func (g *Guide) Category(code string) mconnect.Text {
	c, _ := g.keeper.Rooms.Catalog.Library().Category(code)
	return c.Title
}

// searcher returns the index of the present revision; an older one is rebuilt.
func (g *Guide) searcher() *search.Index {
	g.mu.Lock()
	defer g.mu.Unlock()
	revision := g.keeper.Revision()
	if g.index != nil && g.revision == revision {
		return g.index
	}
	c := g.keeper.Rooms.Catalog
	library := c.Library()
	var docs []search.Document
	for _, r := range c.All() {
		newest, err := c.Resolve(r.Name, r.Version)
		docs = append(docs, Document(r, library, g.ownerName(r), err == nil && newest == r))
	}
	g.index, g.revision = search.New(docs), revision
	return g.index
}

func (g *Guide) ownerName(r *catalog.Ready) mconnect.Text {
	p, ok := g.keeper.Rooms.Registry.Participant(r.OwnerID())
	if !ok {
		return mconnect.Text{}
	}
	return p.Name
}

// Find returns "Name/1.0.0", or of "Name" the version that a call gets, else the newest. Faults: service.unknown,
// service.version.
func (g *Guide) Find(id string) (*catalog.Ready, error) {
	name, version, stated := strings.Cut(id, "/")
	c, service := g.keeper.Rooms.Catalog, mconnect.ServiceName(name)
	all := c.Versions(service)
	if len(all) == 0 {
		return nil, fault.New(fault.ServiceUnknown, "service", printable(name))
	}
	if !stated {
		if r, err := c.Resolve(service, mconnect.Version{}); err == nil {
			return r, nil
		}
		return all[0], nil
	}
	if v, err := mconnect.ParseVersion(version); err == nil {
		if r, ok := c.Get(service, v); ok {
			return r, nil
		}
	}
	return nil, fault.New(fault.ServiceVersion, "service", name, "version", printable(version))
}

// printable bounds what a caller wrote before it is repeated.
func printable(s string) string {
	if _, err := mconnect.ParseServiceName(s); err == nil {
		return s
	}
	if v, err := mconnect.ParseVersion(s); err == nil {
		return v.String()
	}
	return "—"
}

// Show returns the sheet of what Find finds.
func (g *Guide) Show(id string) (discovery.Sheet, error) {
	r, err := g.Find(id)
	if err != nil {
		return discovery.Sheet{}, err
	}
	s := discovery.Sheet{
		Line: discovery.Line{
			Service: r.Name, Version: r.Version, Status: r.Status, Title: r.Title, Categories: r.Categories,
			Owner: r.OwnerID(), Provider: r.Provider, Personal: r.Personal,
		},
		Description: r.Description, OwnerName: g.ownerName(r), Deprecation: r.Deprecation, Sunset: r.Sunset,
		Successor: r.Successor,
		ReadOnly:  r.ReadOnly, Subject: r.Subject, Contact: r.Contact, Quality: r.Quality, PersonalData: r.PersonalData,
		LegalBasis: r.LegalBasis, Uses: r.Uses, Request: r.Request, Examples: r.Examples, Changelog: r.Changelog,
		Versions: []mconnect.Version{}, Forms: formsOf(r),
	}
	if r.Opaque != nil {
		s.MediaTypes = r.Opaque.MediaTypes
	} else {
		s.Response = &r.Response
	}
	for _, v := range g.keeper.Rooms.Catalog.Versions(r.Name) {
		if v.Status != catalog.Draft {
			s.Versions = append(s.Versions, v.Version)
		}
	}
	return s, nil
}

// History returns the versions of a service, newest first, with what changed from each to the next. Fault:
// service.unknown.
func (g *Guide) History(name string) ([]discovery.Past, error) {
	all := g.keeper.Rooms.Catalog.Versions(mconnect.ServiceName(name))
	if len(all) == 0 {
		return nil, fault.New(fault.ServiceUnknown, "service", printable(name))
	}
	past := make([]discovery.Past, len(all))
	for i, r := range all {
		past[i] = discovery.Past{
			Version: r.Version, Status: r.Status, Deprecation: r.Deprecation, Sunset: r.Sunset, Successor: r.Successor,
			Changelog: r.Changelog,
		}
		if before := catalog.Predecessor(all, r.Version); before != nil {
			past[i].After, past[i].Changes = before.Version.String(), catalog.Compare(before, r)
		}
	}
	return past, nil
}

// Compare reports what the change breaks, and for whom. Faults: service.unknown, service.version, resource.invalid,
// query.invalid when the two are different services.
func (g *Guide) Compare(ctx context.Context, q discovery.Question) (catalog.Impact, error) {
	old, err := g.Find(q.Old)
	if err != nil {
		return catalog.Impact{}, err
	}
	if q.Days < 1 || q.Days > discovery.MaxDays {
		return catalog.Impact{}, fault.New(fault.QueryInvalid, "what", "days: 1 to 92")
	}
	next, err := g.candidate(q)
	switch {
	case err != nil:
		return catalog.Impact{}, err
	case next.Name != old.Name:
		return catalog.Impact{}, fault.New(fault.QueryInvalid, "what", "two versions of one service")
	}
	return g.keeper.Impact(ctx, old, next, q.Days), nil
}

// candidate is the version that the question asks about.
func (g *Guide) candidate(q discovery.Question) (*catalog.Ready, error) {
	if len(q.Document) == 0 {
		return g.Find(q.New)
	}
	var s catalog.Service
	if err := json.Unmarshal(q.Document, &s); err != nil {
		return nil, fault.Wrap(err, fault.MessageMalformed, "what", "JSON")
	}
	return catalog.PrepareWith(g.keeper.Rooms.Catalog.Library(), s)
}
