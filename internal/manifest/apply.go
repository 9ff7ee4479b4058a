package manifest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/legalact"
)

// The actions of a Change.
const (
	Create    = "create"
	Update    = "update"
	Delete    = "delete"
	Unchanged = "unchanged"
)

// Change is one line of a plan.
type Change struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Action string `json:"action"`
	Diff   string `json:"diff,omitempty"` // for people, of an update

	// Kept is a restraint of the stored resource that the set does not lift; nil when it states none other.
	Kept *Restraint `json:"kept,omitempty"`
	// Stays reports why a resource that a pruning set does not name is not removed; nil when it is named.
	Stays *Retained `json:"stays,omitempty"`
	// Impact is what a new version of a service changes, and for whom; nil when nothing that callers notice.
	Impact *catalog.Impact `json:"impact,omitempty"`
	// Moves reports which calls without a version get another version of the service; nil when none.
	Moves *Moves `json:"moves,omitempty"`
	// Touches are the services whose types a change of a shared type or classifier changes, by id.
	Touches []string `json:"touches,omitempty"`
	// Rests are the purposes of agreements whose legal basis the change of an act changes, removes or repeals.
	Rests []legalact.Rest `json:"rests,omitempty"`
	// Unfit are the uses that a certificate's own extensions exclude, TLS or signatures: it may be meant for the other
	// one.
	Unfit []fault.FieldError `json:"unfit,omitempty"`

	doc []byte
}

// Plan is what applying a set does, in the order in which it is done.
type Plan []Change

// Count returns how many changes of the plan have this action.
func (p Plan) Count(action string) (n int) {
	for _, c := range p {
		if c.Action == action {
			n++
		}
	}
	return n
}

// The special values of base in Put and Remove.
const (
	BaseAny    int64 = -1 // overwrite any state
	BaseAbsent int64 = 0  // must not exist yet
)

// Apply is Execute for an order with an actor only.
func (k *Keeper) Apply(ctx context.Context, actor string, set Set, dryRun bool) (Plan, error) {
	return k.Execute(ctx, Order{Actor: actor, DryRun: dryRun}, set)
}

// Execute validates the whole set against itself and the declared state, and then makes every change of the plan; a dry
// run stops before. What the set does not name stays, unless the order prunes. A restraint in the store stays too: see
// Order. Sets of up to 1000 changes are one transaction; larger ones are several, each whole: applying again completes
// what a crash cut off. Faults: resource.invalid with everything that is wrong, resource.conflict when somebody else
// changed the declared state meanwhile.
func (k *Keeper) Execute(ctx context.Context, o Order, set Set) (Plan, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	return k.execute(ctx, o, set)
}

func (k *Keeper) execute(ctx context.Context, o Order, set Set) (Plan, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := k.Load(ctx); err != nil {
		return nil, err
	}
	base := k.Revision()
	found := duplicates(set)
	set, kept, err := k.restrained(ctx, o, set)
	if err != nil {
		return nil, err
	}
	set, flags, err := k.flagged(ctx, o, set)
	if err != nil {
		return nil, err
	}
	found = append(append(found, flags...), k.origins(o, set)...)
	v := newCandidate(k.Rooms, set, k.CheckService, k.Clock())
	v.checkWebhook = k.CheckWebhook
	found = append(found, v.check(set)...)
	if err := invalid(found); err != nil {
		return nil, err
	}
	plan, err := k.plan(ctx, set)
	if err != nil {
		return nil, err
	}
	for i := range plan {
		plan[i].Kept = kept[[2]string{plan[i].Kind, plan[i].ID}]
	}
	k.addEffects(ctx, v, plan)
	if o.Prune {
		removed, err := k.prune(ctx, o, set)
		if err != nil {
			return nil, err
		}
		plan = append(plan, removed...)
	}
	if o.DryRun {
		return plan, nil
	}
	return plan, k.commit(ctx, o, base, plan)
}

// Examine adds to the fault of a set that could not be read whole what is wrong between the items that could, and with
// the declared state: everything at once. It returns err when nothing is.
func (k *Keeper) Examine(ctx context.Context, set Set, err error) error {
	f := fault.From(err)
	if f == nil || f.Code != fault.ResourceInvalid || f.More > 0 || len(set) == 0 {
		return err
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	if k.Load(ctx) != nil {
		return err // what is wrong by itself can be said all the same
	}
	found := fault.Findings(slices.Clone(f.Fields))
	for _, other := range newCandidate(k.Rooms, set, k.CheckService, k.Clock()).check(set) {
		said := slices.ContainsFunc(f.Fields, func(one fault.FieldError) bool {
			return isInside(other.Path, one.Path) || strings.HasPrefix(other.Path, one.Path+" ")
		})
		if !said && other.Params["id"] != "" {
			found = append(found, other)
		}
	}
	return invalid(found)
}

func (k *Keeper) plan(ctx context.Context, set Set) (Plan, error) {
	plan := make(Plan, 0, len(set))
	for _, item := range set {
		c := Change{Kind: item.Kind, ID: item.ID, Action: Create, doc: item.Doc}
		switch was, err := k.present(ctx, item.Kind, item.ID); {
		case err != nil && fault.From(err).Code != fault.ResourceUnknown:
			return nil, err
		case err == nil && bytes.Equal(was.Doc, item.Doc) && k.recorded(was) &&
			k.isUnrecorded(item.Kind, item.ID) == nil:
			c.Action = Unchanged
		case err == nil:
			c.Action, c.Diff = Update, diff(was.Doc, item.Doc)
		}
		plan = append(plan, c)
	}
	return plan, nil
}

// present returns the resource as it is stored; fault resource.unknown when there is none or it was deleted.
func (k *Keeper) present(ctx context.Context, kind, id string) (appendlog.Resource, error) {
	r, err := k.Store.Newest(ctx, kind, id)
	if err == nil && r.Deleted {
		err = fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
	}
	return r, err
}

// commit makes the changes and updates the images before it returns.
func (k *Keeper) commit(ctx context.Context, o Order, base int64, plan Plan) error {
	var changes []appendlog.Resource
	var actions []string
	flush := func() error {
		if len(changes) == 0 {
			return nil
		}
		stored, err := k.Store.Commit(ctx, base, changes, k.recordOf(o, base, actions))
		if err != nil {
			return err
		}
		k.newest.Load().Put(statedOf(stored)...)
		base = stored[len(stored)-1].Revision
		changes, actions = nil, nil
		return nil
	}
	for _, c := range plan {
		if c.Action == Unchanged {
			continue
		}
		changes = append(changes, appendlog.Resource{
			Kind: c.Kind, ID: c.ID, Doc: c.doc, Deleted: c.Action == Delete, ChangedBy: o.Actor,
			ChangedAt: k.Clock().UTC(),
			Reason:    o.Reason,
		})
		actions = append(actions, c.Action)
		if len(changes) == pageSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return k.Load(ctx)
}

// maxNoted is the largest document that its change record holds in full; of larger ones it holds the digest.
const maxNoted = 32 << 10

// recordOf makes the records of changes to the state of revision base. What the newest states are then, its
// checkpoint says.
func (k *Keeper) recordOf(o Order, base int64, actions []string) RecordFunc {
	return RecordFunc{Prove: k.Proof, Also: o.Also, Note: func(stored []appendlog.Resource) ([]appendlog.Entry, error) {
		if stored[0].Revision != base+1 {
			return nil, fault.New(fault.ResourceConflict, "kind", stored[0].Kind, "id", stored[0].ID)
		}
		entries := make([]appendlog.Entry, len(stored))
		for i, r := range stored {
			sum := sha256.Sum256(r.Doc)
			note := &journal.ChangeNote{
				Resource: r.Kind, ID: r.ID, Action: actions[i], Revision: r.Revision,
				Digest: hex.EncodeToString(sum[:]),
				Reason: r.Reason,
			}
			if len(r.Doc) <= maxNoted && !r.Deleted {
				note.Document = string(r.Doc)
			}
			var err error
			if entries[i], err = k.Sealer.Seal(journal.Record{Kind: journal.Change, Actor: o.Actor,
				Change: note}); err != nil {
				return nil, err
			}
		}
		entries[0].State = k.newest.Load().Line(statedOf(stored)...)
		return entries, nil
	}}
}

func statedOf(all []appendlog.Resource) []journal.Stated {
	stated := make([]journal.Stated, len(all))
	for i, r := range all {
		stated[i] = journal.StatedOf(r)
	}
	return stated
}

// Put creates or replaces one resource from its JSON document. Base is the revision that the resource must have, or
// BaseAny or BaseAbsent. Faults: resource.invalid, resource.conflict.
//
// The order is taken as strict: a document that contradicts a restraint in the store is refused with resource.suspended
// or resource.final; one that is silent keeps it.
func (k *Keeper) Put(ctx context.Context, o Order, kind string, doc []byte, base int64) (appendlog.Resource, error) {
	value, err := decode(kind, doc)
	if err != nil {
		return appendlog.Resource{}, fault.Wrap(err, fault.ResourceInvalid, "kind", kind, "id", "")
	}
	item, own := itemOf(kind, value)
	if err := fault.Findings(own).Err(fault.ResourceInvalid, "kind", kind, "id", item.ID); err != nil {
		return appendlog.Resource{}, err
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.expect(ctx, kind, item.ID, base); err != nil {
		return appendlog.Resource{}, err
	}
	o.Strict, o.DryRun = true, false
	if _, err := k.execute(ctx, o, Set{item}); err != nil {
		return appendlog.Resource{}, err
	}
	return k.present(ctx, kind, item.ID)
}

// Remove deletes one resource that nothing refers to. Of services only drafts can be removed. Faults: resource.unknown,
// resource.inUse, resource.conflict, resource.invalid.
func (k *Keeper) Remove(ctx context.Context, o Order, kind, id string, base int64) error {
	if base == BaseAbsent {
		base = BaseAny
	}
	if err := o.validate(); err != nil {
		return err
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.Load(ctx); err != nil {
		return err
	}
	newest := k.Revision()
	if _, err := k.present(ctx, kind, id); err != nil {
		return err
	}
	if err := k.expect(ctx, kind, id, base); err != nil {
		return err
	}
	if by := k.Rooms.usedBy(kind, id); by != "" {
		return fault.New(fault.ResourceInUse, "kind", kind, "id", id, "by", by)
	}
	if kind == Service {
		if err := k.Rooms.removable(id); err != nil {
			return err
		}
	}
	return k.commit(ctx, o, newest, Plan{{Kind: kind, ID: id, Action: Delete, doc: []byte("{}")}})
}

// expect raises resource.conflict unless the resource is at base.
func (k *Keeper) expect(ctx context.Context, kind, id string, base int64) error {
	if base == BaseAny {
		return nil
	}
	was, err := k.present(ctx, kind, id)
	absent := err != nil && fault.From(err).Code == fault.ResourceUnknown
	switch {
	case err != nil && !absent:
		return err
	case absent && base == BaseAbsent, !absent && was.Revision == base:
		return nil
	}
	return fault.New(fault.ResourceConflict, "kind", kind, "id", id)
}
