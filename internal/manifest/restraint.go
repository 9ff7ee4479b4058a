package manifest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
)

// The restraints: states in which a resource may do less than before. A change that is silent about one, or states an
// earlier state, does not lift it. Revocation, termination, deprecation and retirement are final; a suspension and a
// pause end only when an Order says so.
const (
	Suspended  = "suspended"
	Paused     = "paused"
	Revoked    = "revoked"
	Terminated = "terminated"
	Deprecated = "deprecated"
	Retired    = "retired"
)

// severity orders the restraints of one kind: a change may go to a higher one, and to a lower one only where it may be
// lifted.
var severity = map[string]int{"": 0, Suspended: 1, Paused: 1, Deprecated: 1, Revoked: 2, Terminated: 2, Retired: 2}

// liftable reports that the restraint ends when an Order says so.
func liftable(restraint string) bool { return restraint == Suspended || restraint == Paused }

// Restraint is a restraint that a change would have lifted by what it states, or by its silence, and that stays.
type Restraint struct {
	State  string    `json:"state"` // suspended, paused, revoked, terminated, deprecated or retired
	Since  time.Time `json:"since"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Final  bool      `json:"final"` // nothing lifts it
}

// restraint reports what restrains the resource; "" when nothing does.
func restraint(r resource) string {
	switch v := r.(type) {
	case *participant:
		return registered(v.Status)
	case *system:
		return registered(v.Status)
	case *certificate:
		if !v.RevokedAt.IsZero() {
			return Revoked
		}
	case *agreementDocument:
		switch v.Status {
		case "", agreement.InForce, agreement.Granted:
		case agreement.Suspended:
			return Suspended
		default:
			return Terminated
		}
	case *service:
		if v.Status == catalog.Deprecated || v.Status == catalog.Retired {
			return string(v.Status)
		}
	case *eventType:
		if v.Status == event.Deprecated || v.Status == event.Retired {
			return string(v.Status)
		}
	case *subscription:
		if v.Paused {
			return Paused
		}
	}
	return ""
}

func registered(s registry.Status) string {
	if s == "" || s == registry.Active {
		return ""
	}
	return Suspended
}

// contradicts reports that the resource does not merely leave its restraint out but states another state.
func contradicts(r resource) bool {
	switch v := r.(type) {
	case *participant:
		return v.Status != ""
	case *system:
		return v.Status != ""
	case *agreementDocument:
		return v.Status != ""
	}
	return false
}

// restrain gives next the restraint of was, a resource of the same kind. A draft in the place of what was published is
// left as it is: that step is refused elsewhere, with its own reason.
func restrain(next, was resource) {
	switch v := next.(type) {
	case *participant:
		v.Status = was.(*participant).Status
	case *system:
		v.Status = was.(*system).Status
	case *certificate:
		old := was.(*certificate)
		v.RevokedAt = old.RevokedAt
		if v.Reason == "" {
			v.Reason = old.Reason
		}
	case *agreementDocument:
		v.Status = was.(*agreementDocument).Status
	case *service:
		if old := was.(*service); v.Status != catalog.Draft {
			v.Status, v.Deprecation, v.Sunset, v.Successor = old.Status, old.Deprecation, old.Sunset, old.Successor
		}
	case *eventType:
		if old := was.(*eventType); v.Status != event.Draft {
			v.Status, v.Successor = old.Status, old.Successor
		}
	case *subscription:
		v.Paused = true
	}
}

// removesRestraint reports that next would do more than was may: it lacks the restraint, or has one that is less
// severe. A revocation may be brought forward, not put off.
func removesRestraint(next, was resource) bool {
	if old, ok := was.(*certificate); ok && !old.RevokedAt.IsZero() {
		at := next.(*certificate).RevokedAt
		return at.IsZero() || at.After(old.RevokedAt)
	}
	return severity[restraint(next)] < severity[restraint(was)]
}

// restrained takes over into the set the restraints that its resources have in the store, and reports which. A resource
// that was deleted keeps its restraint for the day on which it is declared again. Items are replaced, never changed.
func (k *Keeper) restrained(ctx context.Context, o Order, set Set) (Set, map[[2]string]*Restraint, error) {
	set = slices.Clone(set)
	kept := map[[2]string]*Restraint{}
	var found fault.Findings
	lifted := map[string]bool{}
	for i, item := range set {
		history, was, err := k.restraining(ctx, item)
		if err != nil {
			return nil, nil, err
		}
		named := o.lifts(item)
		if named != "" {
			lifted[named] = true
		}
		if unrecorded, err := k.unproven(ctx, item); err != nil {
			return nil, nil, err
		} else if unrecorded != nil && named == "" {
			found.Add(item.Place(""), fault.ResourceUnrecorded, "kind", item.Kind, "id", item.ID, "revision",
				strconv.FormatInt(cmp.Or(unrecorded.Recorded, unrecorded.Revision), 10))
			continue
		}
		if was == nil || !removesRestraint(item.value, was) {
			continue
		}
		about := lastChange(history, restraint(was))
		if named != "" && liftable(about.State) {
			continue
		}
		if o.Strict && hasLifeCycle(item.Kind) {
			continue // the rules of its life report why not
		}
		if named != "" || o.Strict && contradicts(item.value) {
			found.Add(item.Place(place(item.Kind)), restraintCode(about), "kind", item.Kind, "id", item.ID, "state",
				about.State,
				"since", about.Since.Format(time.RFC3339), "by", about.By)
			continue
		}
		if set[i], err = item.restrainedAs(was); err != nil {
			return nil, nil, err
		}
		if removesRestraint(set[i].value, was) { // a draft: what judges the steps of its life refuses it
			set[i] = item
			continue
		}
		kept[[2]string{item.Kind, item.ID}] = about
	}
	for _, name := range o.Resume {
		if !lifted[name] {
			found.Add("--resume", fault.ResourceUnknown, "kind", "manifest", "id", name)
		}
	}
	return set, kept, invalid(found)
}

// unproven reports what is wrong with the stored state of the item when it is not the one that was recorded: it may
// hide a restraint.
func (k *Keeper) unproven(ctx context.Context, item Item) (*Unrecorded, error) {
	if u := k.isUnrecorded(item.Kind, item.ID); u != nil {
		return u, nil
	}
	if r, err := k.Store.Newest(ctx, item.Kind, item.ID); err == nil && !k.recorded(r) {
		return &Unrecorded{Kind: r.Kind, ID: r.ID, Revision: r.Revision, ChangedBy: r.ChangedBy}, nil
	} else if err != nil && fault.From(err).Code != fault.ResourceUnknown {
		return nil, err
	}
	return nil, nil //nolint:nilnil // nothing to find is the rule
}

// restraining finds the stored state whose restraint a change of the item must keep, nil when there is none, and how it
// came to be, newest first.
func (k *Keeper) restraining(ctx context.Context, item Item) ([]appendlog.Resource, resource, error) {
	newest, err := k.Store.Newest(ctx, item.Kind, item.ID)
	if err != nil {
		if fault.From(err).Code == fault.ResourceUnknown {
			err = nil
		}
		return nil, nil, err
	}
	if !newest.Deleted {
		if was, err := decode(newest.Kind, newest.Doc); err != nil || restraint(was) == "" {
			return nil, nil, nil // what cannot be read does not act either
		}
	}
	history, err := k.Store.History(ctx, item.Kind, item.ID)
	if err != nil {
		return nil, nil, err
	}
	slices.Reverse(history)
	for _, r := range history {
		if r.Deleted {
			continue
		}
		was, err := decode(r.Kind, r.Doc)
		if err != nil || restraint(was) == "" {
			return nil, nil, nil
		}
		return history, was, nil
	}
	return nil, nil, nil
}

// lastChange reports when and by whom the restraint began that the newest states of a history have.
func lastChange(history []appendlog.Resource, state string) *Restraint {
	k := &Restraint{State: state, Final: !liftable(state)}
	for _, r := range history {
		if r.Deleted {
			continue
		}
		if was, err := decode(r.Kind, r.Doc); err != nil || restraint(was) != state {
			break
		}
		k.Since, k.By, k.Reason = r.ChangedAt, r.ChangedBy, r.Reason
	}
	return k
}

// restrainedAs is the item under the restraint of was.
func (i Item) restrainedAs(was resource) (Item, error) {
	next, err := decode(i.Kind, i.Doc)
	if err != nil {
		return i, err
	}
	restrain(next, was)
	i.value = next
	i.Doc, err = json.Marshal(next.document())
	return i, err
}

// staged: services and event types move from stage to stage by rules of their own.
func hasLifeCycle(kind string) bool { return kind == Service || kind == EventType }

// place is where in a document its restraint is stated.
func place(kind string) string {
	switch kind {
	case Certificate:
		return "/revoked_at"
	case Subscription:
		return "/paused"
	}
	return "/status"
}

func restraintCode(k *Restraint) fault.Code {
	if k.Final {
		return fault.ResourceFinal
	}
	return fault.ResourceSuspended
}

// String writes what was kept for people.
func (k *Restraint) String() string {
	s := fmt.Sprintf("%s since %s by %s", k.State, k.Since.UTC().Format(time.RFC3339), k.By)
	if k.Reason != "" {
		s += " (" + strings.Join(strings.Fields(k.Reason), " ") + ")"
	}
	if k.Final {
		return s + ": kept, for it is final"
	}
	return s + ": kept, for it ends only by a resume"
}
