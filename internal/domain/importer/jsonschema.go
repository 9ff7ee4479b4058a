package importer

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// document makes drafts of an OpenAPI description or of a JSON Schema.
func (r *reader) document(text []byte) error {
	root, err := r.parse(r.src.Name, text)
	if err != nil {
		return err
	}
	if r.opt.Form == "" {
		r.opt.Form = JSONSchema
		if root.has("openapi", "swagger", "asyncapi") {
			r.opt.Form = OpenAPI
		}
		r.result.Form = r.opt.Form
	}
	if r.opt.Form == OpenAPI {
		return r.openapi(root)
	}
	return r.jsonschema(root)
}

// jsonschema makes the draft of a service that answers with the schema's object and asks nothing yet.
func (r *reader) jsonschema(root value) error {
	base, _, _ := strings.Cut(path.Base(r.src.Name), ".")
	name := cmp.Or(root.get("title").text(), base)
	if !r.wanted(name) {
		return nil
	}
	d := Draft{}
	d.Response.Name = serviceName(name) + "Answer"
	d.note(Decide, "endpoint", root.where(), "a schema does not say how the provider is reached")
	d.note(Decide, "request", root.where(), "a schema declares no request")
	say(&d.Description, "", root.get("description").text(), r.opt.Lang)
	s := newShaper(r, &d)
	fields, _, err := s.root(root, "response")
	if err != nil {
		return r.left(name, err)
	}
	s.sweep(root)
	d.Response.Fields = fields
	return r.add(d, name)
}

// shaper turns JSON schemas into fields.
type shaper struct {
	*reader
	draft   *Draft
	side    string               // "request" or "response"
	textual bool                 // a parameter: its value travels as text
	open    []*yaml.Node         // schemas being expanded: one that comes again is recursive
	named   mentions[*yaml.Node] // members

	polymorphic map[*yaml.Node]bool   // heirs of a schema with a discriminator
	called      map[*yaml.Node]string // the reference that led to a schema
	places      map[string]string     // path parameter → field
	budget      int
	parts       int
	depth       int
}

func newShaper(r *reader, d *Draft) *shaper {
	return &shaper{
		reader: r, draft: d, polymorphic: map[*yaml.Node]bool{}, called: map[*yaml.Node]string{},
		places: map[string]string{},
	}
}

func (s *shaper) note(kind Kind, field string, at value, text string) {
	s.draft.note(kind, field, at.where(), text)
}

// root makes the fields of a message. An array or a single value is put into a field of its own, which wrapped names.
func (s *shaper) root(decl value, side string) (fields []schema.Field, wrapped string, err error) {
	s.side, s.budget, s.parts = side, 0, 0
	at := side
	parts, err := s.flatten([]part{{value: decl}})
	if err != nil {
		return nil, "", err
	}
	switch kind, _, _ := parts.kind(); kind {
	case "object", "":
	case "array":
		wrapped, at = "Items", at+".Items"
	default:
		wrapped, at = "Value", at+".Value"
	}
	f, ok, err := s.field([]part{{value: decl}}, wrapped, at)
	switch {
	case err != nil:
		return nil, "", err
	case !ok:
		return nil, "", unsupported(decl.where(), "a message without declared fields")
	case wrapped == "":
		return f.Fields, "", nil
	}
	f.Mandatory = true
	s.note(Changed, at, decl, "the message is no object: it stands in the field "+wrapped)
	return []schema.Field{f}, wrapped, nil
}

// field makes a field of the schemas that hold for it. ok is false where there is nothing to carry.
func (s *shaper) field(uses []part, name, at string) (f schema.Field, ok bool, err error) {
	f.Name = name
	first := uses[0].value
	if err := s.deep(first); err != nil {
		return f, false, err
	}
	parts, err := s.flatten(uses)
	if err != nil {
		return f, false, err
	}
	s.depth++
	opened := len(s.open)
	for _, p := range parts.parts {
		s.open = append(s.open, p.node)
	}
	defer func() { s.open, s.depth = s.open[:opened], s.depth-1 }()
	for _, p := range parts.parts {
		s.described(&f.Description, p.value)
	}
	kind, nullable, others := parts.kind()
	f.Nullable = nullable
	if s.textual && len(others) > 0 && kind != "object" && kind != "array" {
		s.note(Changed, at, first, "a value of several types became text: "+kind+", "+names(others))
		f.Type = schema.String
		return f, true, nil
	}
	s.choicesNoted(parts, kind, others, at)
	s.keywords(parts, at)
	switch kind {
	case "object":
		f.Type = schema.Object
		f.Fields, err = s.object(parts, at)
		if err == nil && len(f.Fields) == 0 {
			s.note(Lost, at, first, "an object without declared fields")
			return f, false, nil
		}
		return f, true, err
	case "array":
		return s.array(parts, f, at)
	case "":
		s.note(Lost, at, first, "a value of any type")
		return f, false, nil
	}
	s.scalar(parts, kind, &f, at)
	return f, true, nil
}

// choicesNoted reports what became of alternatives.
func (s *shaper) choicesNoted(f *flat, kind string, others []string, at string) {
	for _, c := range f.choices {
		switch {
		case kind == "object" && len(others) == 0:
			s.note(Changed, at, c.value, fmt.Sprintf("%s: what each of %d alternatives adds became optional", c.key,
				c.n))
		case len(others) == 0 && f.listed():
		default:
			s.note(Lost, at, c.value, fmt.Sprintf("%s: the first of %d alternatives was taken", c.key, c.n))
		}
	}
	if len(others) > 0 && len(f.choices) == 0 {
		s.note(Lost, at, f.parts[0].value, "several types: "+kind+" was taken, not "+names(others))
	}
	for _, v := range f.cutOff {
		s.note(Lost, at, v, "an alternative that contains itself: "+s.nameOf(v))
	}
}

// listed reports that each alternative lists its values.
func (f *flat) listed() bool {
	return !slices.ContainsFunc(f.parts, func(p part) bool { return p.alt != nil && !p.has("enum", "const", "$ref") })
}

func (s *shaper) described(t *mconnect.Text, decl value) {
	if *t != (mconnect.Text{}) {
		return
	}
	say(t, "", cmp.Or(decl.get("description").text(), decl.get("title").text()), s.opt.Lang)
}

// mark records that the draft carries a member, or that a note names it.
func (s *shaper) mark(m member) { s.named.add(m.node, m.name) }

// property is a member of an object with all schemas that hold for it.
type property struct {
	name string
	uses []part
}

// properties are the members that the parts declare, in order.
func (s *shaper) properties(parts []part, at string) (all []*property) {
	byName := map[string]*property{}
	for _, p := range parts {
		own := map[string]bool{}
		for _, m := range p.get("properties").members() {
			if own[m.name] {
				s.note(Lost, at, m.value, fmt.Sprintf("%q is declared twice: the first declaration counts",
					clip(m.name, 60)))
				s.mark(m)
				continue
			}
			own[m.name] = true
			if m.text() == "false" { // a member that must not be there
				s.mark(m)
				continue
			}
			known := byName[m.name]
			if known == nil {
				known = &property{name: m.name}
				byName[m.name] = known
				all = append(all, known)
			}
			known.uses = append(known.uses, part{m.value, p.alt})
		}
	}
	return all
}

// object makes the fields of an object. What only an alternative declares is optional.
func (s *shaper) object(f *flat, at string) (fields []schema.Field, err error) {
	parts := slices.DeleteFunc(slices.Clone(f.parts), func(p part) bool { return !p.of("object") })
	all := s.properties(parts, at)
	s.undeclared(parts, all, at)
	taken := map[string]bool{}
	for _, p := range all {
		v := p.uses[0].value
		for _, u := range p.uses {
			s.mark(member{p.name, u.value})
		}
		name := fieldName(p.name)
		if name == "" {
			s.note(Lost, at, v, fmt.Sprintf("the property %q: its name cannot be written", clip(p.name, 60)))
			continue
		}
		name = free(taken, name)
		path := at + "." + name
		mandatory := f.required(parts, p.name)
		if s.oneSided(p, path) {
			continue
		}
		if name != p.name {
			s.note(Changed, path, v, fmt.Sprintf("called %q by the provider: state it in the endpoint's mapping",
				clip(p.name, 80)))
		}
		marked := len(s.named.order)
		made, ok, err := s.field(p.uses, name, path)
		if errors.Is(err, errRecursive) && !mandatory {
			s.named.cut(marked)
			s.note(Lost, path, v, "it contains itself: cut off here ("+s.nameOfUse(p)+")")
			err, ok = nil, false
		}
		if err != nil {
			return nil, err
		}
		if !ok {
			if mandatory && s.side == "request" {
				s.note(Lost, path, v, "a member that the provider requires is not carried")
			}
			continue
		}
		made.Mandatory, taken[name] = mandatory, true
		fields = append(fields, made)
	}
	s.freeMembers(parts, at)
	return fields, nil
}

// free finds a name that no other field of the object has.
func free(taken map[string]bool, name string) string {
	try := name
	for n := 2; taken[try]; n++ {
		suffix := "_" + strconv.Itoa(n)
		try = name[:min(len(name), maxName-len(suffix))] + suffix
	}
	return try
}

func (s *shaper) nameOfUse(p *property) string {
	v, err := p.uses[0].follow()
	if items := v.get("items"); err == nil && items.present() {
		v, err = items.follow()
	}
	if name := s.nameOf(v); err == nil && name != "" {
		return name
	}
	return p.name
}

// undeclared names members that are required and nowhere described.
func (s *shaper) undeclared(parts []part, all []*property, at string) {
	for _, p := range parts {
		for _, item := range p.get("required").items() {
			name := item.text()
			if !slices.ContainsFunc(all, func(q *property) bool { return q.name == name }) {
				s.note(Lost, at, p.get("required"), fmt.Sprintf("the member %q, which is required, is not described",
					clip(name, 60)))
			}
		}
	}
}

// otherSide is the keyword of members that only the other direction has.
func (s *shaper) otherSide() string {
	if s.side == "response" {
		return "writeOnly"
	}
	return "readOnly"
}

// oneSided leaves out what only the other direction has (OpenAPI 3.0, Schema Object: readOnly, writeOnly).
func (s *shaper) oneSided(p *property, path string) bool {
	word, says := s.otherSide(), "left out of the request: only the provider sets it (readOnly)"
	if s.side == "response" {
		says = "left out of the answer: the provider never returns it (writeOnly)"
	}
	for _, u := range p.uses {
		if s.marked(u.value, word) {
			s.note(Changed, path, u.value, says+inParentheses(s.namesIn(u.value)))
			return true
		}
	}
	return false
}

func inParentheses(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return " (" + names(all) + ")"
}

// marked reports a true member of a schema, of what it refers to or of what it is made of.
func (s *shaper) marked(v value, word string) bool {
	to, err := v.follow()
	if err != nil || v.get(word).isTrue() || to.get(word).isTrue() {
		return err == nil
	}
	for _, item := range to.get("allOf").items() {
		if inner, err := item.follow(); err == nil && (item.get(word).isTrue() || inner.get(word).isTrue()) {
			return true
		}
	}
	return false
}

// freeMembers notes members whose names are not known beforehand.
func (s *shaper) freeMembers(parts []part, at string) {
	for _, p := range parts {
		for _, key := range []string{"additionalProperties", "unevaluatedProperties"} {
			if more := p.get(key); more.present() && more.text() != "false" {
				s.note(Lost, at, more, "further members with free names ("+key+")")
			}
		}
		for _, m := range p.get("patternProperties").members() {
			s.note(Lost, at, m.value, "members by pattern (patternProperties): "+clip(m.name, 100))
		}
	}
}

func (s *shaper) array(f *flat, field schema.Field, at string) (schema.Field, bool, error) {
	field.Type = schema.Array
	var items []part
	for _, p := range f.parts {
		if !p.of("array") {
			continue
		}
		if i := p.get("items"); i.isObject() {
			items = append(items, part{i, p.alt})
		}
		if p.has("prefixItems") || len(p.get("items").items()) > 0 {
			s.note(Lost, at, p.value, "items whose type depends on their position")
		}
		if p.alt == nil {
			field.MinLength = max(field.MinLength, number(p.get("minItems")))
			field.MaxLength = max(field.MaxLength, number(p.get("maxItems")))
		}
	}
	if len(items) == 0 {
		s.note(Lost, at, f.parts[0].value, "an array of anything")
		return field, false, nil
	}
	marked := len(s.named.order)
	item, ok, err := s.field(items, "Item", at)
	if errors.Is(err, errRecursive) && s.depth > 1 {
		s.named.cut(marked)
		s.note(Lost, at, items[0].value, "its items contain it again: cut off here ("+s.nameOf(items[0].target())+")")
		return field, false, nil
	}
	field.Items = &item
	return field, ok, err
}

func (p part) target() value {
	v, _ := p.follow()
	return v
}

// number is a count; 0 when it is absent or none.
func number(v value) int {
	n, err := strconv.Atoi(v.text())
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}
