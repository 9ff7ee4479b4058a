package catalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// direction is the way a message goes: callers write requests and read answers.
type direction int

const (
	request direction = iota
	answer
)

// fields compares two lists of fields of one object.
func (c *comparison) fields(path string, old, next []schema.Field, d direction) {
	renamed := renames(old, next)
	var kept []string
	for i := range old {
		was := &old[i]
		at := path + "." + was.Name
		is := named(next, was.Name)
		switch name, moved := renamed[was.Name]; {
		case is != nil:
			c.field(at, was, is, d)
			kept = append(kept, was.Name)
		case moved:
			c.add(at, "renamed", gone(d), Major, was.Name, name)
		default:
			c.add(at, "removed", gone(d), Major, string(was.Type), "")
		}
	}
	for i := range next {
		is := &next[i]
		if named(old, is.Name) != nil || isValue(renamed, is.Name) {
			continue
		}
		if d == request && is.Mandatory {
			c.add(path+"."+is.Name, "added", BreaksCallers, Major, "", string(is.Type)+", mandatory")
			continue
		}
		// An answer's new field reaches nobody before an agreement grants it.
		c.add(path+"."+is.Name, "added", Compatible, Minor, "", string(is.Type))
	}
	var order []string
	for i := range next {
		if slices.Contains(kept, next[i].Name) {
			order = append(order, next[i].Name)
		}
	}
	if !slices.Equal(kept, order) { // xs:sequence: elements arrive declared order
		c.add(path, "order", BreaksCallers, Major, strings.Join(kept, ", "), strings.Join(order, ", "))
	}
}

// gone: what a request no longer takes is refused; what an answer no longer has was granted by name.
func gone(d direction) Class {
	if d == request {
		return BreaksCallers
	}
	return BreaksAgreements
}

func named(all []schema.Field, name string) *schema.Field {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

func isValue(m map[string]string, v string) bool {
	for _, x := range m {
		if x == v {
			return true
		}
	}
	return false
}

// renames pairs fields that went with fields that came and are alike in everything but the name.
func renames(old, next []schema.Field) map[string]string {
	pairs := map[string]string{}
	for i := range old {
		if named(next, old[i].Name) != nil {
			continue
		}
		for j := range next {
			if named(old, next[j].Name) == nil && !isValue(pairs, next[j].Name) && alike(old[i], next[j]) {
				pairs[old[i].Name] = next[j].Name
				break
			}
		}
	}
	return pairs
}

// alike compares everything that a caller notices but the name, and demands that at least something tells the two
// from any other field.
func alike(a, b schema.Field) bool {
	if a.Description == (mconnect.Text{}) && len(a.Fields) == 0 && a.Pattern == "" && len(a.Enum) == 0 &&
		a.Codes == nil {
		return false
	}
	if a.Description != b.Description {
		return false
	}
	b.Name = a.Name
	for _, d := range [2]direction{request, answer} {
		var c comparison
		if c.field("", &a, &b, d); len(c.changes) > 0 {
			return false
		}
	}
	return true
}

// field compares two fields of one name.
func (c *comparison) field(at string, was, is *schema.Field, d direction) {
	if was.Personal != is.Personal {
		c.personalData(at, is.Personal, d)
	}
	c.presence(at, "mandatory", was.Mandatory, is.Mandatory, d)
	c.presence(at, "nullable", was.Nullable, is.Nullable, d)
	if was.Type != is.Type {
		c.types(at, was, is, d)
		if was.Type == schema.Object || was.Type == schema.Array || is.Type == schema.Object ||
			is.Type == schema.Array {
			return
		}
	}
	switch is.Type {
	case schema.Object:
		c.fields(at, was.Fields, is.Fields, d)
		return
	case schema.Array:
		if was.Items.Name != is.Items.Name {
			c.add(at, "item name", BreaksCallers, Major, was.Items.Name, is.Items.Name) // an element's name in XML
		}
		c.field(at, was.Items, is.Items, d)
	}
	c.lengths(at, was, is, d)
	c.bounds(at, was, is, d)
	c.values(at, was, is, d)
	if was.Pattern != is.Pattern {
		c.rule(at, "pattern", is.Pattern != "", was.Pattern != "", d, was.Pattern, is.Pattern)
	}
}

// rule notes a rule that changed: narrower says that it may refuse what it accepted, wider that it may accept what it
// refused. A request that became narrower breaks callers, and so does an answer that became wider.
func (c *comparison) rule(at, what string, narrower, wider bool, d direction, was, is string) {
	if (d == request && narrower) || (d == answer && wider) {
		c.add(at, what, BreaksCallers, Major, was, is)
		return
	}
	c.add(at, what, Compatible, Minor, was, is)
}

// presence notes a field that must be there, or must not be null, and needed not, or the reverse.
func (c *comparison) presence(at, what string, was, is bool, d direction) {
	if was == is {
		return
	}
	narrower := is == (what == "mandatory")
	c.rule(at, what, narrower, !narrower, d, strconv.FormatBool(was), strconv.FormatBool(is))
}

// personalData: a field that was judged as none of a person's data, and is (Law 195/2024; cf. GDPR, art. 4).
func (c *comparison) personalData(at string, is bool, d direction) {
	switch {
	case is && d == answer:
		c.add(at, "personal", BreaksAgreements, Major, "false", "true")
	default:
		c.add(at, "personal", Compatible, Minor, strconv.FormatBool(!is), strconv.FormatBool(is))
	}
}

// wider lists the types whose values are all values of another, written alike.
var wider = map[schema.Base][]schema.Base{
	schema.Integer: {schema.Decimal}, schema.Date: {schema.String}, schema.DateTime: {schema.String},
	schema.Binary: {schema.String},
	schema.IDNP:   {schema.String}, schema.IDNO: {schema.String}, schema.IDNV: {schema.String},
}

func (c *comparison) types(at string, was, is *schema.Field, d direction) {
	widened, tightened := slices.Contains(wider[was.Type], is.Type), slices.Contains(wider[is.Type], was.Type)
	if (d == request && widened) || (d == answer && tightened) {
		c.add(at, "type", Compatible, Minor, string(was.Type), string(is.Type))
		return
	}
	c.add(at, "type", BreaksCallers, Major, string(was.Type), string(is.Type))
}

func (c *comparison) lengths(at string, was, is *schema.Field, d direction) {
	if was.MinLength == is.MinLength && was.MaxLength == is.MaxLength {
		return
	}
	most := func(f *schema.Field) int {
		if f.MaxLength == 0 {
			return int(^uint(0) >> 1)
		}
		return f.MaxLength
	}
	shown := func(f *schema.Field) string {
		if f.MaxLength == 0 {
			return strconv.Itoa(f.MinLength) + "–∞"
		}
		return strconv.Itoa(f.MinLength) + "–" + strconv.Itoa(f.MaxLength)
	}
	narrower := is.MinLength > was.MinLength || most(is) < most(was)
	wider := is.MinLength < was.MinLength || most(is) > most(was)
	c.rule(at, "length", narrower, wider, d, shown(was), shown(is))
}

func (c *comparison) bounds(at string, was, is *schema.Field, d direction) {
	raised, lowered := move(was.Minimum, is.Minimum, -1)
	up, down := move(was.Maximum, is.Maximum, 1)
	if !raised && !lowered && !up && !down {
		return
	}
	c.rule(at, "range", raised || down, lowered || up, d, boundsOf(was), boundsOf(is))
}

func boundsOf(f *schema.Field) string {
	return cmp.Or(f.Minimum, "—") + "…" + cmp.Or(f.Maximum, "—")
}

// move reports whether a bound went up or down; without one it lies at infinity on the side of sign.
func move(was, is string, sign int) (up, down bool) {
	if was == is {
		return false, false
	}
	order := sign
	switch {
	case was != "" && is != "":
		order = schema.CompareDecimals(is, was)
	case is != "":
		order = -sign
	}
	return order > 0, order < 0
}

// values compares what a text may be: a list of its own, a classifier, or anything.
func (c *comparison) values(at string, was, is *schema.Field, d direction) {
	a, b := allowed(was), allowed(is)
	switch {
	case a == nil && b == nil:
		return
	case a == nil || b == nil:
		c.rule(at, "values", b != nil, a != nil, d, listed(was), listed(is))
		return
	}
	added, removed := missing(b, a), missing(a, b)
	if len(added) == 0 && len(removed) == 0 {
		return
	}
	if was.Codes != nil && is.Codes != nil && was.Codes.Code == is.Codes.Code && len(removed) == 0 {
		// Whoever reads a classifier expects it to grow.
		c.add(at, "values", Compatible, Minor, listed(was), listed(is)+" (+ "+sample(added)+")")
		return
	}
	c.rule(at, "values", len(removed) > 0, len(added) > 0, d, listed(was), listed(is))
}

// allowed returns the values a field may hold; nil when they are not listed.
func allowed(f *schema.Field) []string {
	if f.Codes == nil {
		return f.Enum
	}
	all := make([]string, len(f.Codes.Entries))
	for i, e := range f.Codes.Entries {
		all[i] = e.Code
	}
	return all
}

func listed(f *schema.Field) string {
	if f.Codes != nil {
		return f.Codes.ID()
	}
	return sample(f.Enum)
}

// sample shows the beginning of a list.
func sample(all []string) string {
	if len(all) > 5 {
		return strings.Join(all[:5], ", ") + ", …"
	}
	return strings.Join(all, ", ")
}
