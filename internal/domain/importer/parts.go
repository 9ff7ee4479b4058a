package importer

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// alternative is a case in which some schemas hold: one of oneOf or anyOf, a branch of if, a subtype.
type alternative struct {
	of     *alternative // the alternative around it; nil: what always holds
	choice *value       // the oneOf or anyOf that it is one of; nil: a condition, which may hold or not
}

// part is one schema that a value obeys, always (alt nil) or in one alternative.
type part struct {
	value
	alt *alternative
}

// flat is a schema taken apart: everything that says something of one value.
type flat struct {
	parts    []part
	nullable bool
	seen     map[*yaml.Node][]*alternative
	choices  []choice
	inner    map[*value]bool // choices that are made here, and not around
	cutOff   []value         // schemas that would recur in an alternative: left out
}

// choice is a oneOf or anyOf of several real alternatives.
type choice struct {
	value
	key string
	n   int
}

// errRecursive marks a schema that contains itself, and is needed inside itself.
var errRecursive = errors.New("draft: recursive")

func recursive(where, name string) error {
	return fault.Wrap(errRecursive, fault.ImportUnsupported, "where", where, "what",
		"a type that contains itself ("+clip(name, 60)+")")
}

// maxParts bounds the schemas that one message is made of.
const maxParts = 20_000

// flatten takes schemas apart that hold together.
func (s *shaper) flatten(uses []part) (*flat, error) {
	f := &flat{seen: map[*yaml.Node][]*alternative{}, inner: map[*value]bool{}}
	same := len(uses) > 0
	for _, u := range uses {
		same = same && u.alt == uses[0].alt
	}
	for _, u := range uses {
		if same {
			u.alt = nil // in that alternative this holds always
		}
		if err := s.unfold(f, u.value, u.alt); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// known reports that a schema is there already, in this alternative or in one around it.
func (f *flat) known(n *yaml.Node, alt *alternative) bool {
	for at := alt; at != nil; at = at.of {
		if slices.Contains(f.seen[n], at) {
			return true
		}
	}
	return slices.Contains(f.seen[n], nil)
}

func (s *shaper) unfold(f *flat, v value, alt *alternative) error {
	if !v.isObject() || f.known(v.node, alt) {
		return nil
	}
	f.seen[v.node] = append(f.seen[v.node], alt)
	switch open := slices.Contains(s.open, v.node); {
	case open && alt != nil:
		f.cutOff = append(f.cutOff, v)
		return nil
	case open:
		return recursive(v.where(), s.nameOf(v))
	}
	if s.parts++; s.parts > maxParts {
		return fault.New(fault.ImportLimit, "where", v.where(), "limit", fmt.Sprintf("%d schemas", maxParts))
	}
	s.reached[v.node] = true
	f.parts = append(f.parts, part{v, alt})
	if v.get("$ref").present() {
		if _, err := v.follow(); err != nil {
			return err
		}
		ref := v.get("$ref").text()
		to, err := v.resolve(ref)
		if err != nil {
			return err
		}
		s.called[to.node] = ref
		if err := s.unfold(f, to, alt); err != nil {
			return err
		}
	}
	for _, item := range v.get("allOf").items() {
		if err := s.unfold(f, item, alt); err != nil {
			return err
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if err := s.choose(f, v, key, alt); err != nil {
			return err
		}
	}
	if err := s.conditions(f, v, alt); err != nil {
		return err
	}
	return s.subtypes(f, v, alt)
}

// choose takes in the alternatives of oneOf or anyOf. One that is not null holds always; of several, each may.
func (s *shaper) choose(f *flat, v value, key string, alt *alternative) error {
	at := v.get(key)
	var real []value
	for _, item := range at.items() {
		if to, err := item.follow(); err == nil && isNull(to) {
			f.nullable = true
			continue
		}
		real = append(real, item)
	}
	switch len(real) {
	case 0:
		return nil
	case 1:
		return s.unfold(f, real[0], alt)
	}
	f.inner[&at] = true
	f.choices = append(f.choices, choice{at, key, len(real)})
	for _, item := range real {
		if err := s.unfold(f, item, &alternative{of: alt, choice: &at}); err != nil {
			return err
		}
	}
	return nil
}

func isNull(v value) bool {
	enum := v.get("enum").items()
	return slices.Equal(v.get("type").texts(), []string{"null"}) ||
		v.has("const") && v.get("const").node.Tag == "!!null" || len(enum) == 1 && enum[0].node.Tag == "!!null"
}

// conditions take in what holds in some cases: then, else, schemas that depend on a member.
func (s *shaper) conditions(f *flat, v value, alt *alternative) error {
	all := []value{v.get("then"), v.get("else")}
	for _, key := range []string{"dependentSchemas", "dependencies"} {
		for _, m := range v.get(key).members() {
			all = append(all, m.value)
		}
	}
	for _, c := range all {
		if err := s.unfold(f, c, &alternative{of: alt}); err != nil {
			return err
		}
	}
	return nil
}

// subtypes adds what an OpenAPI discriminator leads to: the schemas of its mapping, and those that are derived from
// this one by allOf (OpenAPI 3.0, Discriminator Object).
func (s *shaper) subtypes(f *flat, v value, alt *alternative) error {
	mark := v.get("discriminator")
	for _, m := range mark.get("mapping").members() {
		ref := m.text()
		if !strings.ContainsAny(ref, "#/.") {
			ref = "#/components/schemas/" + ref
		}
		to, err := m.resolve(ref)
		if err != nil {
			s.note(Lost, s.side, m.value, "a subtype that the discriminator names leads to nothing: "+clip(m.text(),
				100))
			continue
		}
		s.called[to.node] = ref
		if err := s.unfold(f, to, &alternative{of: alt}); err != nil {
			return err
		}
	}
	if !mark.present() && !s.polymorphic[v.node] {
		return nil
	}
	for _, to := range s.derivedFrom(v) {
		s.polymorphic[to.node] = true
		if err := s.unfold(f, to.value, &alternative{of: alt}); err != nil {
			return err
		}
		s.called[to.node] = to.name
	}
	return nil
}

// derivedFrom are the schemas of a document's components that name v in their allOf.
func (r *reader) derivedFrom(v value) []member {
	all, done := r.derived[v.doc]
	if !done {
		all = map[*yaml.Node][]member{}
		root := value{v.doc.root, v.doc}
		for _, m := range append(root.get("components").get("schemas").members(),
			root.get("definitions").members()...) {
			for _, item := range m.get("allOf").items() {
				if to, err := item.follow(); err == nil && item.get("$ref").present() {
					all[to.node] = append(all[to.node], m)
				}
			}
		}
		r.derived[v.doc] = all
	}
	return all[v.node]
}

// nameOf is the name by which a schema is referred to.
func (s *shaper) nameOf(v value) string {
	if ref := s.called[v.node]; ref != "" {
		return lastOf(ref)
	}
	return v.get("title").text()
}

// lastOf is the last part of a reference, as people know it.
func lastOf(ref string) string {
	ref = ref[strings.LastIndexByte(ref, '/')+1:]
	if plain, err := url.PathUnescape(ref); err == nil {
		return plain
	}
	return ref
}

// kinds are the types that a schema states, null apart, and the one that its other words imply.
func kinds(v value) (stated []string, nullable bool, implied string) {
	for _, t := range v.get("type").texts() {
		if t == "null" || t == "" {
			nullable = true
		} else {
			stated = append(stated, t)
		}
	}
	switch {
	case v.has("properties", "patternProperties", "additionalProperties", "required", "minProperties"):
		implied = "object"
	case v.has("items", "prefixItems", "minItems", "maxItems"):
		implied = "array"
	case v.has("minimum", "maximum", "multipleOf"):
		implied = "number"
	case v.has("enum", "const"):
		implied = valuesOf(v)
	case v.has("pattern", "format", "minLength", "maxLength"):
		implied = "string"
	}
	return stated, nullable, implied
}

// valuesOf is the type of the values that are listed, "string" when they are of several.
func valuesOf(v value) (kind string) {
	byTag := map[string]string{"!!int": "integer", "!!float": "number", "!!bool": "boolean", "!!map": "object"}
	for _, item := range append(v.get("enum").items(), v.get("const")) {
		if !item.present() || item.node.Tag == "!!null" {
			continue
		}
		is := cmp.Or(byTag[item.node.Tag], "string")
		if kind != "" && kind != is {
			return "string"
		}
		kind = is
	}
	return kind
}

// kind is the one type that a value is carried as: what always holds decides before alternatives do, and what is stated
// before what is implied. others are the types that are not carried.
func (f *flat) kind() (kind string, nullable bool, others []string) {
	nullable = f.nullable
	for _, alternatives := range []bool{false, true} {
		guess := ""
		for _, p := range f.parts {
			stated, null, implied := kinds(p.value)
			nullable = nullable || null || p.get("nullable").isTrue() || listsNull(p.value)
			if (p.alt != nil) != alternatives {
				continue
			}
			for _, t := range stated {
				switch {
				case kind == "":
					kind = t
				case t != kind && !(kind == "number" && t == "integer"):
					others = append(others, t)
				}
			}
			guess = cmp.Or(guess, implied)
		}
		kind = cmp.Or(kind, guess)
	}
	return kind, nullable, others
}

func listsNull(v value) bool {
	return slices.ContainsFunc(v.get("enum").items(), func(item value) bool { return item.node.Tag == "!!null" })
}

// of reports that a part says something of a value of this kind.
func (p part) of(kind string) bool {
	stated, _, implied := kinds(p.value)
	if len(stated) == 0 {
		return implied == "" || implied == kind || kind == "string" && !(implied == "object" || implied == "array") ||
			kind == "integer" && implied == "number" || kind == "number" && implied == "integer"
	}
	return slices.Contains(stated, kind) || kind == "number" && slices.Contains(stated, "integer")
}

// required reports that a member must be there: what always holds says so, or each alternative of one choice.
func (f *flat) required(parts []part, name string) bool {
	always := false
	demanded := map[*value]map[*alternative]bool{}
	for _, p := range parts {
		asks := slices.Contains(p.get("required").texts(), name)
		if p.alt == nil {
			always = true
			if asks {
				return true
			}
			continue
		}
		if c := p.alt.choice; c != nil && p.alt.of == nil {
			if demanded[c] == nil {
				demanded[c] = map[*alternative]bool{}
			}
			demanded[c][p.alt] = demanded[c][p.alt] || asks
		}
	}
	for c, alternatives := range demanded {
		everyOne := slices.ContainsFunc(f.choices, func(one choice) bool {
			return one.node == c.node && one.n == len(alternatives)
		})
		all := (!always || f.inner[c]) && (!f.inner[c] || everyOne)
		for _, asks := range alternatives {
			all = all && asks
		}
		if all {
			return true
		}
	}
	return false
}

// deep guards against levels that the catalogue does not have, and against schemas that multiply.
func (s *shaper) deep(at value) error {
	if s.budget++; s.budget > 2*schema.MaxShapeFields || s.depth > schema.MaxDepth+1 {
		return fault.New(fault.ImportLimit, "where", at.where(), "limit",
			fmt.Sprintf("%d fields, %d levels", schema.MaxShapeFields, schema.MaxDepth))
	}
	return nil
}
