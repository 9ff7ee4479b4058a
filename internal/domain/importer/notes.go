package importer

import (
	"fmt"
	"slices"
	"strings"
)

// Kind reports what a note asks of its reader.
type Kind string

// The kinds of note.
const (
	Decide  Kind = "decide"  // a person must decide
	Changed Kind = "changed" // carried over in another form
	Lost    Kind = "lost"    // not carried over
)

// Note is one thing that a person must know about a draft.
type Note struct {
	Kind  Kind   `json:"kind"`
	Field string `json:"field,omitempty"` // "response.Address.City"; "" for the service as a whole
	Where string `json:"where"`           // "register.wsdl:120"
	Text  string `json:"text"`
}

// note adds a note. Beyond MaxNotes, the last note says how many more there were, and about which fields.
func (d *Draft) note(kind Kind, field, where, text string) {
	n := Note{kind, field, where, text}
	switch {
	case slices.Contains(d.Notes, n):
	case len(d.Notes) < MaxNotes-1:
		d.Notes = append(d.Notes, n)
	default:
		if !slices.Contains(d.beyond, field) {
			d.beyond = append(d.beyond, field)
		}
		last := Note{Lost, "", where, fmt.Sprintf("more than %d notes: the others are about %s", MaxNotes-1,
			strings.Join(d.beyond, ", "))}
		d.Notes = append(d.Notes[:MaxNotes-1], last)
	}
}

// remark adds a note about the description as a whole, once.
func (r *reader) remark(kind Kind, where, format string, args ...any) {
	n := Note{Kind: kind, Where: where, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(r.result.Notes, n) && len(r.result.Notes) < MaxNotes {
		r.result.Notes = append(r.result.Notes, n)
	}
}

// mentions are the declarations that a draft carries or a note names, in the order in which they were reached.
type mentions[K comparable] struct {
	names map[K]string
	order []K
}

func (m *mentions[K]) has(k K) bool {
	_, mentioned := m.names[k]
	return mentioned
}

func (m *mentions[K]) add(k K, name string) {
	if m.has(k) {
		return
	}
	if m.names == nil {
		m.names = map[K]string{}
	}
	m.names[k] = name
	m.order = append(m.order, k)
}

// cut removes what was added since: it belongs to something that is not carried, and the sweep must name it.
func (m *mentions[K]) cut(since int) {
	for _, k := range m.order[since:] {
		delete(m.names, k)
	}
	m.order = m.order[:since]
}

// missing are names that no draft mentions, grouped by the schema in which they were found.
type missing[V any] []missingFrom[V]

type missingFrom[V any] struct {
	from  string
	first V // place of the first name
	names []string
}

func (m *missing[V]) add(from string, at V, name string) {
	i := slices.IndexFunc(*m, func(one missingFrom[V]) bool { return one.from == from })
	if i < 0 {
		i = len(*m)
		*m = append(*m, missingFrom[V]{from: from, first: at})
	}
	(*m)[i].names = append((*m)[i].names, name)
}

func (m missing[V]) all() (all []string) {
	for _, one := range m {
		all = append(all, one.names...)
	}
	return all
}

// names is a list of names for a note. Each stands in it once.
func names(all []string) string {
	var once []string
	for _, name := range all {
		if name = clip(oneLine(name), 80); !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return strings.Join(once, ", ")
}
