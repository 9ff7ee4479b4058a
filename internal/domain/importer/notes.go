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
