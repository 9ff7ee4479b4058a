package event

import (
	"slices"
	"strings"
)

// AttributeMark begins a granted path that names an attribute of the event, not a field of its data: "@subject",
// "@dataschema", or an extension attribute that the type declares.
const AttributeMark = "@"

// AttributeOf returns the attribute that a granted path names, without its mark; ok is false for a field of the data.
func AttributeOf(path string) (name string, ok bool) { return strings.CutPrefix(path, AttributeMark) }

// Grantable reports that an agreement may grant the attribute: subject, dataschema or a declared extension attribute.
func (t *Type) Grantable(attribute string) bool {
	return attribute == "subject" || attribute == "dataschema" || slices.Contains(t.Attributes, attribute)
}

// Attributes reduces the attributes of an event to granted ones. What every event must have (specversion, id, source,
// type), its time, the media type of its data and the pseudonym of its partition key stay. It is safe for concurrent
// use.
type Attributes struct{ granted map[string]bool }

// NewAttributes makes it of granted paths and of the extension attributes that the type declares. "*" grants the
// subject, the dataschema and all that is declared; an extension attribute that is not declared leaves with no event.
func NewAttributes(paths, declared []string) *Attributes {
	a := &Attributes{granted: map[string]bool{}}
	for _, path := range paths {
		name, ok := AttributeOf(path)
		switch {
		case path == Everything:
			a.granted["subject"], a.granted["dataschema"] = true, true
			for _, name := range declared {
				a.granted[name] = true
			}
		case ok && (name == "subject" || name == "dataschema" || slices.Contains(declared, name)):
			a.granted[name] = true
		}
	}
	return a
}

// Of returns the event without what is not granted; e itself, which is never changed, when that is all of it.
func (a *Attributes) Of(e *Event) *Event {
	subject := e.Subject == "" || a.granted["subject"]
	schema := e.DataSchema == "" || a.granted["dataschema"]
	foreign := func(x Extension) bool { return !a.granted[x.Name] }
	if subject && schema && !slices.ContainsFunc(e.Extensions, foreign) {
		return e
	}
	cut := *e
	if !subject {
		cut.Subject = ""
	}
	if !schema {
		cut.DataSchema = ""
	}
	cut.Extensions = slices.DeleteFunc(slices.Clone(e.Extensions), foreign)
	return &cut
}

// Bare is the event with no attribute that would have to be granted, and without its data.
func (e *Event) Bare() *Event {
	held := *(&Attributes{}).Of(e)
	held.Data = nil
	if ContentOf(e.ContentType) == JSON {
		held.Data = []byte("null")
	}
	return &held
}
