package catalog

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// Class says whom a change between two versions of a service breaks.
type Class string

// The classes, each worse than the one before.
const (
	Compatible       Class = "compatible"       // whoever called the old version calls the new one unchanged
	BreaksCallers    Class = "breaksCallers"    // programs written for the old version may fail
	BreaksAgreements Class = "breaksAgreements" // what agreements grant is not there, or is not what was judged
)

// Level is the part of a version number that a change demands to be raised (semver 2.0, items 6 to 8).
type Level int

// The levels.
const (
	None Level = iota
	Patch
	Minor
	Major
)

var levels = [...]string{"none", "patch", "minor", "major"}

// String returns "none", "patch", "minor" or "major".
func (l Level) String() string { return levels[l] }

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	i := slices.Index(levels[:], string(text))
	if i < 0 {
		return &mconnect.ParseError{Kind: "level", Want: strings.Join(levels[:], ", ")}
	}
	*l = Level(i)
	return nil
}

// Change is one difference between two versions of a service.
type Change struct {
	Path  string `json:"path"` // "request.IDNP", "answer.Address.Street", "readOnly"
	What  string `json:"what"` // "removed", "added", "renamed", "type", "mandatory", "length", "pattern", "values", …
	Class Class  `json:"class"`
	Level Level  `json:"level"`
	Was   string `json:"was,omitempty"`
	Is    string `json:"is,omitempty"`
}

// String writes the change on one line: "answer.Sex values: F, M → F, M, X (breaksCallers)".
func (c Change) String() string {
	s := c.Path + " " + c.What
	if c.Was != "" || c.Is != "" {
		s += ": " + cmp.Or(c.Was, "—") + " → " + cmp.Or(c.Is, "—")
	}
	if c.Class != Compatible {
		s += " (" + string(c.Class) + ")"
	}
	return s
}

// Demanded is the highest level among changes, and the first change that demands it.
func Demanded(changes []Change) (level Level, by Change) {
	for _, c := range changes {
		if c.Level > level {
			level, by = c.Level, c
		}
	}
	return level, by
}

// Stepped is the level by which next is raised above old; None when it is not above.
func Stepped(old, next mconnect.Version) Level {
	switch {
	case next.Compare(old) <= 0:
		return None
	case next.Major != old.Major:
		return Major
	case next.Minor != old.Minor:
		return Minor
	}
	return Patch
}

// Raised is the least version above old that is raised by level.
func (l Level) Raised(old mconnect.Version) mconnect.Version {
	switch l {
	case Major:
		return mconnect.Version{Major: old.Major + 1}
	case Minor:
		return mconnect.Version{Major: old.Major, Minor: old.Minor + 1}
	}
	return mconnect.Version{Major: old.Major, Minor: old.Minor, Patch: old.Patch + 1}
}

// comparison gathers changes. A request may become wider and an answer narrower: then nobody is broken.
type comparison struct{ changes []Change }

// Compare lists what differs for a caller between two versions whose references are written out (Ready.Service), worst
// first, then in order of fields. How a provider is reached does not count, for a caller does not see it.
func Compare(old, next *Ready) []Change {
	var c comparison
	c.service(old, next)
	c.fields("request", old.Request.Fields, next.Request.Fields, request)
	switch {
	case (old.Opaque == nil) != (next.Opaque == nil):
		c.add("answer", "type", BreaksAgreements, Major, form(old.Opaque), form(next.Opaque))
	case old.Opaque != nil:
		c.media(old.Opaque.MediaTypes, next.Opaque.MediaTypes)
	default:
		if old.Response.Name != next.Response.Name { // in SOAP the element inside Body
			c.add("answer", "name", BreaksCallers, Major, old.Response.Name, next.Response.Name)
		}
		c.fields("answer", old.Response.Fields, next.Response.Fields, answer)
	}
	c.words(old, next)
	worst := []Class{BreaksAgreements, BreaksCallers, Compatible}
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		return cmp.Or(slices.Index(worst, a.Class)-slices.Index(worst, b.Class), int(b.Level)-int(a.Level))
	})
	return c.changes
}

func (c *comparison) add(path, what string, class Class, level Level, was, is string) {
	c.changes = append(c.changes, Change{Path: path, What: what, Class: class, Level: level, Was: was, Is: is})
}

func (c *comparison) service(old, next *Ready) {
	switch {
	case old.ReadOnly && !next.ReadOnly: // what was safe to repeat is so no more
		c.add("readOnly", "effect", BreaksCallers, Major, "true", "false")
	case old.ReadOnly != next.ReadOnly:
		c.add("readOnly", "effect", Compatible, Minor, "false", "true")
	}
	if old.Subject != next.Subject {
		c.add("subject", "field", Compatible, Minor, old.Subject, next.Subject)
	}
	if !old.Personal && next.Personal { // calls without a legal context are refused from now on
		c.add("personal", "context", BreaksCallers, Major, "false", "true")
	}
	if was, is := old.accepts(), next.accepts(); was > is {
		c.add("limits.request_bytes", "limit", BreaksCallers, Major, strconv.FormatInt(was, 10),
			strconv.FormatInt(is, 10))
	}
}

// accepts is the largest request; one without a limit of its own is as large as any.
func (r *Ready) accepts() int64 { return cmp.Or(r.Limits.Request, maxMessage) }

func form(o *Opaque) string {
	if o == nil {
		return string(schema.Object)
	}
	return strings.Join(o.MediaTypes, ", ")
}

func (c *comparison) media(old, next []string) {
	was, is := strings.Join(old, ", "), strings.Join(next, ", ")
	switch added, removed := missing(next, old), missing(old, next); {
	case len(added) > 0:
		c.add("answer", "media types", BreaksCallers, Major, was, is)
	case len(removed) > 0:
		c.add("answer", "media types", Compatible, Minor, was, is)
	}
}

// missing returns what of a is not in b.
func missing(a, b []string) (only []string) {
	have := make(map[string]bool, len(b))
	for _, s := range b {
		have[s] = true
	}
	for _, s := range a {
		if !have[s] {
			only = append(only, s)
		}
	}
	return only
}

// words notes, as one change, that only what people read or how the provider is reached differs.
func (c *comparison) words(old, next *Ready) {
	if len(c.changes) > 0 {
		return
	}
	a, b := old.Declared, next.Declared
	a.Version, b.Version = mconnect.Version{}, mconnect.Version{}
	a.Status, a.Deprecation, a.Sunset, a.Successor = b.Status, b.Deprecation, b.Sunset, b.Successor
	was, _ := json.Marshal(a) // plain values: cannot fail
	is, _ := json.Marshal(b)
	if string(was) != string(is) {
		c.add("declaration", "words or endpoint", Compatible, Patch, "", "")
	}
}
