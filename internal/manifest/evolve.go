package manifest

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/pki"
)

// service notes what a service says of others that is not so, and a step that its life forbids.
func (v *candidate) service(found *fault.Findings, s catalog.Service) {
	for i, code := range s.Categories {
		if _, ok := v.library.Category(code); !ok {
			found.Add("/categories/"+strconv.Itoa(i), fault.ResourceUnknown, "kind", Category, "id", code)
		}
	}
	if s.Owner != "" && !v.hasParticipant(s.Owner) {
		found.Add("/owner", fault.ResourceUnknown, "kind", Participant, "id", string(s.Owner))
	}
	if name, version, ok := serviceID(s.Successor); ok &&
		!slices.ContainsFunc(v.versions(name), func(r *catalog.Ready) bool {
			return r.Version == version
		}) {
		found.Add("/successor", fault.ResourceUnknown, "kind", Service, "id", s.Successor)
	}
	next, err := v.prepare(s)
	if err != nil {
		*found = append(*found, fault.From(err).Fields...)
		return
	}
	if v.checkService != nil {
		*found = append(*found, v.checkService(next.Service)...)
	}
	if old, ok := v.rooms.Catalog.Get(s.Name, s.Version); ok {
		*found = append(*found, catalog.Step(old, next, v.at)...)
	}
	if base := catalog.Predecessor(v.versions(s.Name), s.Version); base != nil && s.Status == catalog.Published {
		*found = append(*found, catalog.Follow(base, next)...)
	}
}

// removable: what was published once stays, at last as retired. Else its name and version could be given to another
// service, which callers and agreements would take for the one they know.
func (r *Images) removable(id string) error {
	name, version, _ := serviceID(id)
	old, known := r.Catalog.Get(name, version)
	if !known || old.Status == catalog.Draft {
		return nil
	}
	var found fault.Findings
	found.Add("/status", fault.ServiceStep, "from", string(old.Status), "to", "removed")
	return found.Err(fault.ResourceInvalid, "kind", Service, "id", id)
}

func (v *candidate) category(found *fault.Findings, c schema.Category) {
	if _, ok := v.library.Category(c.Parent); c.Parent != "" && !ok {
		found.Add("/parent", fault.ResourceUnknown, "kind", Category, "id", c.Parent)
	} else if v.library.Circular(c.Code) {
		found.Add("/parent", fault.TypeCycle, "type", c.Code)
	}
}

// touched returns the services that the set does not state and whose types it changes all the same, before and after.
// After is nil, and wrong reports why, when the service would no longer compile.
func (v *candidate) touched(visit func(before, after *catalog.Ready, wrong error)) {
	library := v.rooms.Catalog.Library()
	for _, r := range v.rooms.Catalog.All() {
		if !v.isDeclared(r) && r.Differs(library, v.library) {
			after, err := v.prepare(r.Declared)
			visit(r, after, err)
		}
	}
}

// affected notes services that a change of a shared type or classifier would break, at the first part of the set that
// they are made of.
func (v *candidate) affected(set Set) (found fault.Findings) {
	v.touched(func(before, after *catalog.Ready, wrong error) {
		at := ""
		for _, item := range set {
			if touches(item, before) {
				at = prefix(item)
				break
			}
		}
		if wrong != nil {
			for _, f := range fault.From(wrong).Fields {
				found.Add(at+Service+" "+before.ID()+" "+f.Path, f.Code, flat(f.Params)...)
			}
			return
		}
		if before.Status == catalog.Draft {
			return
		}
		for _, c := range catalog.Compare(before, after) {
			if c.Class != catalog.Compatible {
				found.Add(at, fault.ServiceImmutable, "service", before.ID(), "change", c.String())
				return
			}
		}
	})
	return found
}

// touches reports that the service is made of what the item states, by name: a new version may be what a name
// represents.
func touches(item Item, r *catalog.Ready) bool {
	name, _, _ := strings.Cut(item.ID, "/")
	return slices.ContainsFunc(r.Uses, func(u schema.Use) bool {
		return u.Kind == item.Kind && strings.HasPrefix(u.ID, name+"/")
	})
}

func flat(params map[string]string) (pairs []string) {
	for name, value := range params {
		pairs = append(pairs, name, value)
	}
	return pairs
}

// The span of calls that a plan counts, and how long it may take to count them.
const (
	PlanDays = 1
	counting = 5 * time.Second
)

// addEffects adds to a plan what its changes do to others.
func (k *Keeper) addEffects(ctx context.Context, v *candidate, plan Plan) {
	ctx, cancel := context.WithTimeout(ctx, counting)
	defer cancel()
	for i := range plan {
		c := &plan[i]
		if c.Action == Unchanged {
			continue
		}
		switch c.Kind {
		case Certificate:
			c.Unfit = unfit(c.doc)
		case Classifier, DataType:
			v.touched(func(before, after *catalog.Ready, _ error) {
				if touches(Item{Kind: c.Kind, ID: c.ID}, before) && len(catalog.Compare(before, after)) > 0 {
					c.Touches = append(c.Touches, before.ID())
				}
			})
		case LegalAct:
			c.Rests = v.rests(legalact.ID(c.ID))
		case Service:
			name, version, _ := serviceID(c.ID)
			c.Moves = v.moves(name, version)
			all := v.versions(name)
			base := catalog.Predecessor(all, version)
			at := slices.IndexFunc(all, func(r *catalog.Ready) bool { return r.Version == version })
			if base == nil || at < 0 {
				continue
			}
			if impact := k.Impact(ctx, base, all[at], PlanDays); len(impact.Changes) > 0 &&
				impact.Demands > catalog.Patch {
				c.Impact = &impact
			}
		}
	}
}

// unfit says for which uses the certificate of a document was not issued.
func unfit(doc []byte) (found []fault.FieldError) {
	var c registry.Certificate
	if json.Unmarshal(doc, &c) != nil || !c.RevokedAt.IsZero() {
		return nil
	}
	chain, err := registry.ParseChain(c.PEM)
	if err != nil { // refused before it came here
		return nil
	}
	for _, use := range []pki.Purpose{pki.ForClients, pki.ForSignatures} {
		if err := pki.For(chain[0], use); err != nil {
			f := fault.From(err)
			found = append(found, fault.FieldError{Path: "/pem", Code: f.Code, Params: f.Params})
		}
	}
	return found
}

// Impact reports what changes between two versions of a service, which consumers with an agreement notice, and how
// often they called in the last days. Days is 0 in the result when the calls could not be counted.
func (k *Keeper) Impact(ctx context.Context, old, next *catalog.Ready, days int) catalog.Impact {
	i := catalog.Impact{
		Old: old.ID(), New: next.ID(), States: catalog.Stepped(old.Version, next.Version),
		Changes:   catalog.Compare(old, next),
		Consumers: []catalog.Hit{}, Days: days,
	}
	if i.Changes == nil {
		i.Changes = []catalog.Change{}
	}
	i.Demands, _ = catalog.Demanded(i.Changes)
	calls, err := k.Store.Calls(ctx, string(old.Name), k.Clock().AddDate(0, 0, -days))
	if err != nil {
		k.Logger.Warn("cannot count the calls of a service", "service", string(old.Name), "cause", err.Error())
		i.Days = 0
	}
	for _, a := range k.Rooms.Agreements.All() {
		if a.Service != old.Name || a.Version.Major != old.Version.Major || a.Status == agreement.Terminated {
			continue
		}
		hit := hitOf(a, next, i.Changes)
		hit.Calls = calls[string(a.Consumer)]
		i.Consumers = append(i.Consumers, hit)
	}
	return i
}

// hitOf judges the changes by what the agreement grants: what happens to fields that a consumer does not get cannot
// break it.
func hitOf(a *agreement.Compiled, next *catalog.Ready, changes []catalog.Change) catalog.Hit {
	h := catalog.Hit{System: a.Consumer, Agreement: a.ID, Status: string(a.Status), Broken: catalog.Compatible}
	if h.Status == "" {
		h.Status = string(agreement.InForce)
	}
	var granted []string
	for _, p := range a.Purposes {
		for _, f := range p.Fields {
			if !slices.Contains(granted, f) {
				granted = append(granted, f)
			}
		}
	}
	for _, f := range granted {
		if !declares(next, f) {
			h.Lost = append(h.Lost, f)
		}
	}
	for _, c := range changes {
		path, inAnswer := strings.CutPrefix(c.Path, "answer.")
		if c.Class == catalog.Compatible || (inAnswer && !covers(granted, path)) {
			continue
		}
		if c.What == "personal" && inAnswer {
			h.Judged = append(h.Judged, path)
		}
		if h.Broken != catalog.BreaksAgreements {
			h.Broken = c.Class
		}
	}
	if len(h.Lost) > 0 {
		h.Broken = catalog.BreaksAgreements
	}
	return h
}

// covers reports that something at path is granted.
func covers(granted []string, path string) bool {
	return slices.ContainsFunc(granted, func(g string) bool {
		return g == agreement.Everything || g == path || strings.HasPrefix(path, g+".") ||
			strings.HasPrefix(g, path+".")
	})
}

// sharedUsedBy names what refers to a category, or to the version of a classifier or type; "" when nothing does.
func (r Images) sharedUsedBy(kind, id string) string {
	library := r.Catalog.Library()
	if kind == Category {
		for _, c := range library.Categories() {
			if c.Parent == id {
				return Category + " " + c.Code
			}
		}
	}
	for _, s := range r.Catalog.All() {
		if kind == Category && slices.Contains(s.Categories, id) ||
			slices.Contains(s.Uses, schema.Use{Kind: kind, ID: id}) {
			return Service + " " + s.ID()
		}
	}
	for _, d := range library.Types() {
		if _, uses, _ := library.Resolve(d.Fields); kind != Category &&
			slices.Contains(uses, schema.Use{Kind: kind, ID: id}) {
			return DataType + " " + d.ID()
		}
	}
	return ""
}
