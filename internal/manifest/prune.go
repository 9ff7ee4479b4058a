package manifest

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
)

// Retained reports why a resource that a set does not name stays although the order prunes.
type Retained struct {
	State string `json:"state,omitempty"` // its rows are kept: revoked, terminated, published, deprecated or retired
	By    string `json:"by,omitempty"`    // what refers to it and stays too
	// the access request that made the agreement: an order removes it only when Replace names it
	Request string `json:"request,omitempty"`
}

// String writes why for people.
func (s Retained) String() string {
	if s.By != "" {
		return "stays: " + s.By + " refers to it"
	}
	if s.Request != "" {
		return "stays: request " + s.Request + " made it; --replace with its id removes it"
	}
	if s.State == string(catalog.Published) {
		return "stays: it is published; deprecate and retire it"
	}
	return "stays: it is " + s.State
}

// finalState says in which state a resource is that is kept as evidence of what was; "" when it may be removed. A
// service that was published stays permanently: its name could be given to another one.
func finalState(r resource) string {
	if s, ok := r.(*service); ok && s.Status == catalog.Published {
		return string(s.Status)
	}
	if state := restraint(r); state != "" && !liftable(state) {
		return state
	}
	return ""
}

// pruning finds what an order that prunes removes.
type pruning struct {
	k     *Keeper
	order Order
	after *Keeper // its images have the state after the change
	stays map[[2]string]Retained
	gone  map[[2]string]appendlog.Resource
	found fault.Findings
}

// prune lists the changes that remove what the set does not name, users before what they use, and what stays and why.
// What the set refers to is refused: resource.inUse.
func (k *Keeper) prune(ctx context.Context, o Order, set Set) (Plan, error) {
	p := pruning{k: k, order: o, stays: map[[2]string]Retained{}, gone: map[[2]string]appendlog.Resource{}}
	cfg := k.Config
	cfg.Logger = slog.New(slog.DiscardHandler) // what does not act has been logged
	p.after = &Keeper{Config: cfg, unrecorded: map[[2]string]Unrecorded{}}
	p.after.Rooms = NewImages(registry.New(nil))
	stated := map[[2]string]bool{}
	for _, item := range set {
		stated[[2]string{item.Kind, item.ID}] = true
		p.keep(appendlog.Resource{Kind: item.Kind, ID: item.ID, Doc: item.Doc})
	}
	if err := p.sort(ctx, stated); err != nil {
		return nil, err
	}
	p.settle(stated)
	return p.plan(), invalid(p.found)
}

// keep adds a resource that will remain.
func (p *pruning) keep(r appendlog.Resource) { p.after.update(r, p.k.read(r)) }

// sort reads the store and parts what is lasting from what would go.
func (p *pruning) sort(ctx context.Context, stated map[[2]string]bool) error {
	newest := map[[2]string]appendlog.Resource{}
	for since := int64(0); ; {
		page, err := p.k.Store.Resources(ctx, since, pageSize)
		if err != nil {
			return err
		}
		for _, r := range page {
			newest[[2]string{r.Kind, r.ID}] = r
			since = r.Revision
		}
		if len(page) < pageSize {
			break
		}
	}
	for key, r := range newest {
		if r.Deleted || stated[key] {
			continue
		}
		if u := p.k.isUnrecorded(r.Kind, r.ID); u != nil { // it may hide a state that is kept
			p.found.Add("--prune", fault.ResourceUnrecorded, "kind", r.Kind, "id", r.ID, "revision",
				strconv.FormatInt(u.Revision, 10))
			continue
		}
		one := p.k.read(r)
		if one.err == nil {
			if why := p.lasting(one.value); why != (Retained{}) {
				p.stays[key] = why
				p.after.update(r, one)
				continue
			}
		}
		p.gone[key] = r
	}
	return nil
}

// lasting is why a resource stays by itself; the zero value when it may be removed.
func (p *pruning) lasting(r resource) Retained {
	if state := finalState(r); state != "" {
		return Retained{State: state}
	}
	if a, ok := r.(*agreementDocument); ok && a.Origin != "" && !slices.Contains(p.order.Replace, r.id()) {
		return Retained{Request: a.Origin}
	}
	return Retained{}
}

// settle keeps what is referred to by what stays, until nothing more is found.
func (p *pruning) settle(stated map[[2]string]bool) {
	refused := map[[2]string]bool{}
	for changed := true; changed; {
		changed = false
		for key, r := range p.gone {
			by := p.after.Rooms.usedBy(key[0], key[1])
			if by == "" || refused[key] {
				continue
			}
			kind, id, _ := strings.Cut(by, " ")
			if stated[[2]string{kind, id}] {
				refused[key] = true
				p.found.Add("--prune", fault.ResourceInUse, "kind", key[0], "id", key[1], "by", by)
				continue
			}
			p.stays[key] = Retained{By: by}
			p.keep(r)
			delete(p.gone, key)
			changed = true
		}
	}
}

// plan lists removals from the last kind to the first, and then what stays.
func (p *pruning) plan() Plan {
	kinds := Kinds()
	byKind := func(a, b Change) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) }
	byID := func(a, b Change) int { return strings.Compare(a.ID, b.ID) }
	var removed, kept Plan
	for key := range p.gone {
		removed = append(removed, Change{Kind: key[0], ID: key[1], Action: Delete, doc: []byte("{}")})
	}
	for key, why := range p.stays {
		kept = append(kept, Change{Kind: key[0], ID: key[1], Action: Unchanged, Stays: &why})
	}
	slices.SortFunc(removed, func(a, b Change) int { return cmp.Or(byKind(b, a), byID(a, b)) })
	slices.SortFunc(kept, func(a, b Change) int { return cmp.Or(byKind(a, b), byID(a, b)) })
	slices.SortFunc(p.found, func(a, b fault.FieldError) int {
		return strings.Compare(a.Params["kind"]+a.Params["id"], b.Params["kind"]+b.Params["id"])
	})
	return append(removed, kept...)
}
