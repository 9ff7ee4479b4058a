package event

import (
	"cmp"
	"slices"
)

// Party is whom a change breaks.
type Party string

// Whom a change breaks. Nobody: events of the new schema are understood by consumers of the old, and events of the old
// schema still pass. Unclear: the change lies where this comparison does not look, so people must.
const (
	Consumers Party = "consumers" // what they relied on may be missing or different
	Producers Party = "producers" // what they send may be refused
	Nobody    Party = "nobody"
	Unclear   Party = "unclear"
)

// ChangeKind is what happened to one place of a schema.
type ChangeKind string

// The kinds of change.
const (
	PropertyRemoved  ChangeKind = "property removed"
	PropertyAdded    ChangeKind = "property added"
	TypeWidened      ChangeKind = "type widened"
	TypeNarrowed     ChangeKind = "type narrowed"
	TypeChanged      ChangeKind = "type changed"
	NewlyRequired    ChangeKind = "newly required"
	NoLongerRequired ChangeKind = "no longer required"
	EnumGrew         ChangeKind = "values added"
	EnumShrank       ChangeKind = "values removed"
	RulesChanged     ChangeKind = "rules changed"
	ContentAdded     ChangeKind = "content form added"
	ContentRemoved   ChangeKind = "content form removed"
	BecamePersonal   ChangeKind = "became personal data"
)

// Change is one difference between two versions of a type.
type Change struct {
	Path   string     `json:"path"` // as fields are granted: "Child.IDNP"; "" the whole data
	Kind   ChangeKind `json:"change"`
	Breaks Party      `json:"breaks"`
}

// Compare lists how the data of next differ from those of old, in order of path, those that break consumers first.
func Compare(old, next *ReadyType) []Change {
	var all []Change
	for _, c := range []Content{JSON, Text, Binary} {
		switch had, has := old.has(c), next.has(c); {
		case !had && has:
			all = append(all, Change{"", ContentAdded, Consumers})
		case had && !has:
			all = append(all, Change{"", ContentRemoved, Producers})
		}
	}
	if !old.Personal && next.Personal {
		all = append(all, Change{"", BecamePersonal, Consumers})
	}
	for _, name := range old.Attributes {
		if !slices.Contains(next.Attributes, name) {
			all = append(all, Change{AttributeMark + name, PropertyRemoved, Consumers})
		}
	}
	if old.schema != nil && next.schema != nil {
		compareFields(&all, "", old.schema.fields, next.schema.fields)
	}
	rank := map[Party]int{Consumers: 0, Unclear: 1, Producers: 2, Nobody: 3}
	slices.SortStableFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(rank[a.Breaks], rank[b.Breaks]), cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Kind, b.Kind))
	})
	return slices.Compact(all)
}

func (t *ReadyType) has(c Content) bool {
	return slices.Contains(t.Content, c) || (len(t.Content) == 0 && c == JSON)
}

func compareFields(all *[]Change, path string, old, next *fieldTree) {
	note := func(kind ChangeKind, breaks Party) { *all = append(*all, Change{path, kind, breaks}) }
	compareTypes(note, old.types, next.types)
	compareEnums(note, old, next)
	if old.rules != next.rules || old.mixed != next.mixed {
		note(RulesChanged, Unclear)
	}
	for name, was := range old.children {
		is, at := next.children[name], join(path, name)
		if is == nil {
			*all = append(*all, Change{at, PropertyRemoved, Consumers})
			continue
		}
		compareFields(all, at, was, is)
		switch {
		case old.required[name] && !next.required[name]:
			*all = append(*all, Change{at, NoLongerRequired, Consumers})
		case !old.required[name] && next.required[name]:
			*all = append(*all, Change{at, NewlyRequired, Producers})
		}
	}
	for name := range next.children {
		if old.children[name] == nil {
			breaks := Nobody
			if next.required[name] {
				breaks = Producers
			}
			*all = append(*all, Change{join(path, name), PropertyAdded, breaks})
		}
	}
	switch {
	case old.item != nil && next.item != nil:
		compareFields(all, path, old.item, next.item)
	case old.item != nil:
		note(RulesChanged, Unclear)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// compareTypes: nil represents any type; an integer is a number.
func compareTypes(note func(ChangeKind, Party), old, next []string) {
	within := func(inner, outer []string) bool {
		if outer == nil {
			return true
		}
		if inner == nil {
			return false
		}
		return !slices.ContainsFunc(inner, func(t string) bool {
			return !slices.Contains(outer, t) && !(t == "integer" && slices.Contains(outer, "number"))
		})
	}
	switch narrower, wider := within(next, old), within(old, next); {
	case narrower && wider:
	case narrower:
		note(TypeNarrowed, Producers)
	case wider:
		note(TypeWidened, Consumers)
	default:
		note(TypeChanged, Consumers)
	}
}

func compareEnums(note func(ChangeKind, Party), old, next *fieldTree) {
	missing := func(from, in []string) bool {
		return slices.ContainsFunc(from, func(v string) bool { return !slices.Contains(in, v) })
	}
	if old.enum != nil && (next.enum == nil || missing(next.enum, old.enum)) {
		note(EnumGrew, Consumers)
	}
	if next.enum != nil && (old.enum == nil || missing(old.enum, next.enum)) {
		note(EnumShrank, Producers)
	}
}
