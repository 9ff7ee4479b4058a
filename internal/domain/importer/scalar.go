package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mconnect/internal/domain/schema"
	"mconnect/internal/jsonscan"
)

// facts are the schemas that say something of one scalar, the use before what it refers to.
type facts []value

// get is what the first of the schemas says.
func (f facts) get(name string) value {
	for _, v := range f {
		if v.has(name) {
			return v.get(name)
		}
	}
	return value{nil, f[0].doc}
}

// scalar makes a single value.
func (s *shaper) scalar(parts *flat, kind string, f *schema.Field, at string) {
	all := s.factsOf(parts, kind, at)
	f.Type = cmp.Or(baseOf[kind], schema.String)
	if format := all.get("format").text(); f.Type == schema.String {
		switch {
		case format == "date":
			f.Type = schema.Date
		case format == "date-time":
			f.Type = schema.DateTime
		case format == "byte" || all.get("contentEncoding").text() == "base64":
			f.Type = schema.Binary
		case format == "decimal":
			f.Type = schema.Decimal
		case format != "" && format != "string":
			s.note(Lost, at, all.get("format"), "the format "+clip(format, 40))
		}
	}
	switch f.Type {
	case schema.String:
		f.MinLength, f.MaxLength = number(all.get("minLength")), number(all.get("maxLength"))
		s.pattern(all, f, at)
	case schema.Integer, schema.Decimal:
		f.Minimum, f.Maximum = s.limit(all, at, "minimum"), s.limit(all, at, "maximum")
		if all.get("multipleOf").present() {
			s.note(Lost, at, all.get("multipleOf"), "multipleOf "+clip(all.get("multipleOf").text(), 20))
		}
	}
	if f.Type != schema.Boolean {
		f.Enum = listedValues(parts, all)
	}
	example := all.get("example")
	if examples := all.get("examples").items(); !example.present() && len(examples) > 0 {
		example = examples[0]
	}
	if f.Type == schema.String && example.text() != "" {
		f.Example = clip(example.text(), 200)
	}
}

var baseOf = map[string]schema.Base{
	"boolean": schema.Boolean, "integer": schema.Integer, "number": schema.Decimal,
}

// factsOf are the schemas that always hold; of several alternatives, when nothing else says the type, those of the
// first.
func (s *shaper) factsOf(parts *flat, kind, at string) facts {
	var always, first facts
	var chosen *alternative
	typed := false
	for _, p := range parts.parts {
		switch {
		case !p.of(kind):
		case p.alt == nil:
			always = append(always, p.value)
			stated, _, implied := kinds(p.value)
			typed = typed || len(stated) > 0 || implied != ""
		case chosen == nil || chosen == p.alt:
			chosen = p.alt
			first = append(first, p.value)
		}
	}
	if chosen == nil || !typed {
		return append(always, first...)
	}
	if !parts.listed() {
		s.note(Lost, at, first[0], "limits that hold in one alternative only")
	}
	return always
}

// listedValues are the values that a schema lists: the shortest list of those that always hold, else those of all
// alternatives.
func listedValues(parts *flat, all facts) (list []string) {
	for _, v := range all {
		if own := listOf(v); len(own) > 0 && (list == nil || len(own) < len(list)) {
			list = own
		}
	}
	if len(parts.choices) != 1 || !parts.listed() {
		return list
	}
	var union []string
	for _, p := range parts.parts {
		if p.alt == nil && len(listOf(p.value)) > 0 {
			return list
		}
		for _, code := range listOf(p.value) {
			if p.alt != nil && !slices.Contains(union, code) {
				union = append(union, code)
			}
		}
	}
	return union
}

func listOf(v value) (list []string) {
	for _, item := range append(v.get("enum").items(), v.get("const")) {
		if t := item.text(); t != "" && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// limit is a bound; an exclusive one is noted, in the form of either draft of JSON Schema.
func (s *shaper) limit(all facts, at, name string) string {
	v := all.get(name).text()
	exclusive := all.get("exclusive" + strings.ToUpper(name[:1]) + name[1:])
	if e := exclusive.text(); e != "" && e != "false" {
		if e != "true" {
			v = e
		}
		s.note(Changed, at, exclusive, "the bound "+clip(v, 40)+" itself is allowed now")
	}
	if v != "" && !plainNumber.MatchString(v) {
		s.note(Lost, at, all.get(name), name+" "+clip(v, 40))
		return ""
	}
	return strings.TrimPrefix(v, "+")
}

// pattern takes over an ECMA 262 expression where RE2 reads it alike. Ours match the whole value, JSON Schema's
// anywhere.
func (s *shaper) pattern(all facts, f *schema.Field, at string) {
	p := all.get("pattern").text()
	if p == "" {
		return
	}
	inner, begins := strings.CutPrefix(p, "^")
	inner, ends := strings.CutSuffix(inner, "$")
	if strings.HasSuffix(inner, `\`) && ends {
		inner, ends = inner+"$", false
	}
	whole := inner
	if strings.Contains(inner, "|") && (begins || ends) {
		whole = p // ^ and $ belong to the outer alternatives only
		begins, ends = false, false
	}
	if !begins || !ends {
		whole = `(?:` + whole + `)`
	}
	if !begins {
		whole = `(?s:.*)` + whole
	}
	if !ends {
		whole += `(?s:.*)`
	}
	_, alone := jsonscan.Whole(inner)
	if _, err := jsonscan.Whole(whole); err != nil || alone != nil || len(p) > 2000 {
		s.note(Lost, at, all.get("pattern"), "the pattern "+strconv.Quote(clip(p, 120)))
		return
	}
	for _, v := range all {
		if other := v.get("pattern").text(); other != "" && other != p {
			s.note(Lost, at, v, fmt.Sprintf("a second pattern %q: one pattern a field", clip(other, 120)))
		}
	}
	f.Pattern = whole
}
