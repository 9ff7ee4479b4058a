package draft

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/catalog"
)

// document makes drafts of an OpenAPI description or of a JSON Schema.
func (r *reader) document(text []byte) error {
	root, err := r.parse(text)
	if err != nil {
		return err
	}
	if r.opt.Form == OpenAPI {
		return r.openapi(root)
	}
	return r.jsonschema(root)
}

// jsonschema makes the draft of a service that answers with the schema's object and asks nothing yet.
func (r *reader) jsonschema(root value) error {
	name := root.get("title").text()
	if name == "" {
		name, _, _ = strings.Cut(r.src.Name[strings.LastIndexByte(r.src.Name, '/')+1:], ".")
	}
	if !r.wanted(name) {
		return nil
	}
	d := Draft{}
	d.Response.Name = serviceName(name) + "Answer"
	d.note(Decide, "endpoint", root.where(), "a schema does not say how the provider is reached")
	d.note(Decide, "request", root.where(), "a schema declares no request")
	say(&d.Description, "", root.get("description").text(), r.opt.Lang)
	fields, _, err := (&shaper{reader: r, draft: &d}).root(root, "response")
	if err != nil {
		return r.left(name, err)
	}
	d.Response.Fields = fields
	return r.add(d, name)
}

// shaper turns JSON schemas into fields.
type shaper struct {
	*reader
	draft  *Draft
	open   []*yaml.Node // schemas being expanded: one that comes again is recursive
	budget int
}

func (s *shaper) note(kind Kind, field string, at value, text string) {
	s.draft.note(kind, field, at.where(), text)
}

// root makes the fields of a message. An array or a single value is put into a field of its own, which wrapped names.
func (s *shaper) root(schema value, at string) (fields []catalog.Field, wrapped string, err error) {
	if whole, err := schema.follow(); err == nil && whole.get("type").text() == "array" {
		at += ".Items"
	}
	f, ok, err := s.field(schema, "", at)
	switch {
	case err != nil:
		return nil, "", err
	case !ok:
		return nil, "", unsupported(schema.where(), "a message without declared fields")
	case f.Type == catalog.Object:
		return f.Fields, "", nil
	}
	wrapped = "Value"
	if f.Type == catalog.Array {
		wrapped = "Items"
	}
	f.Name, f.Mandatory = wrapped, true
	s.note(Changed, at, schema, "the message is no object: it stands in the field "+wrapped)
	return []catalog.Field{f}, wrapped, nil
}

// field makes a field of a schema. ok is false where there is nothing to carry.
func (s *shaper) field(schema value, name, at string) (f catalog.Field, ok bool, err error) {
	f.Name = name
	words := schema // beside a reference, a description is that of the use
	if schema, err = schema.follow(); err != nil {
		return f, false, err
	}
	if err := s.enter(schema); err != nil {
		return f, false, err
	}
	defer func() { s.open = s.open[:len(s.open)-1] }()
	s.described(&f.Description, words)
	s.described(&f.Description, schema)
	if schema, f.Nullable, err = s.alternatives(schema, at); err != nil {
		return f, false, err
	}
	kind, nullable := s.kind(schema, at)
	f.Nullable = f.Nullable || nullable || schema.get("nullable").isTrue()
	switch kind {
	case "object":
		f.Type = catalog.Object
		f.Fields, err = s.object(schema, at)
		if err == nil && len(f.Fields) == 0 {
			s.note(Lost, at, schema, "an object without declared fields")
			return f, false, nil
		}
		return f, true, err
	case "array":
		return s.array(schema, f, at)
	case "":
		s.note(Lost, at, schema, "a value of any type")
		return f, false, nil
	}
	s.scalar(schema, kind, &f, at)
	return f, true, nil
}

func (s *shaper) enter(schema value) error {
	for _, other := range s.open {
		if other == schema.node {
			return unsupported(schema.where(), "a schema that holds itself")
		}
	}
	if s.budget++; s.budget > 2*catalog.MaxShapeFields || len(s.open) > 4*catalog.MaxDepth {
		return fault.New(fault.ImportLimit, "where", schema.where(), "limit", fmt.Sprintf("%d fields, %d levels", catalog.MaxShapeFields, catalog.MaxDepth))
	}
	s.open = append(s.open, schema.node)
	return nil
}

func (s *shaper) described(t *mconnect.Text, schema value) {
	if *t != (mconnect.Text{}) {
		return
	}
	words := schema.get("description").text()
	if words == "" {
		words = schema.get("title").text()
	}
	say(t, "", words, s.opt.Lang)
}

// alternatives takes the one schema of oneOf or anyOf that is not null.
func (s *shaper) alternatives(schema value, at string) (value, bool, error) {
	for _, key := range []string{"oneOf", "anyOf"} {
		var real []value
		items := schema.get(key).items()
		for _, item := range items {
			if item.get("type").text() != "null" && item.present() {
				real = append(real, item)
			}
		}
		if len(items) == 0 {
			continue
		}
		nullable := len(real) < len(items)
		if len(real) == 0 {
			return value{nil, schema.doc}, nullable, nil
		}
		if len(real) > 1 {
			if schema.get("properties").present() {
				s.note(Lost, at, schema, key+" beside declared properties")
				return schema, nullable, nil
			}
			s.note(Lost, at, schema, fmt.Sprintf("%s: the first of %d alternatives was taken", key, len(real)))
		}
		chosen, err := real[0].follow()
		if err == nil {
			for _, other := range s.open {
				if other == chosen.node {
					return schema, nullable, unsupported(chosen.where(), "a schema that holds itself")
				}
			}
		}
		return chosen, nullable, err
	}
	return schema, false, nil
}

// kind is the one type of a schema that is not null.
func (s *shaper) kind(schema value, at string) (kind string, nullable bool) {
	for _, t := range schema.get("type").texts() {
		switch {
		case t == "null" || t == "":
			nullable = true
		case kind == "":
			kind = t
		default:
			s.note(Lost, at, schema, "several types: "+kind+" was taken")
		}
	}
	switch {
	case kind != "":
	case schema.get("properties").present() || schema.get("allOf").present():
		kind = "object"
	case schema.get("items").present():
		kind = "array"
	case schema.get("enum").present() || schema.get("pattern").present() || schema.get("format").present() || schema.get("const").present():
		kind = "string"
	}
	return kind, nullable
}

// object makes the fields of an object, those of allOf included.
func (s *shaper) object(schema value, at string) (fields []catalog.Field, err error) {
	mandatory := map[string]bool{}
	for _, name := range schema.get("required").texts() {
		mandatory[name] = true
	}
	for _, part := range schema.get("allOf").items() {
		if part, err = part.follow(); err != nil {
			return nil, err
		}
		if err := s.enter(part); err != nil {
			return nil, err
		}
		more, err := s.object(part, at)
		s.open = s.open[:len(s.open)-1]
		if err != nil {
			return nil, err
		}
		fields = s.join(fields, more, part, at)
	}
	for _, p := range schema.get("properties").members() {
		name := fieldName(p.name)
		if name == "" {
			s.note(Lost, at, p.value, fmt.Sprintf("the property %q: its name cannot be written", clip(p.name, 60)))
			continue
		}
		path := at + "." + name
		if name != p.name {
			s.note(Changed, path, p.value, fmt.Sprintf("called %q by the provider: state it in the endpoint's mapping", clip(p.name, 80)))
		}
		f, ok, err := s.field(p.value, name, path)
		if err != nil {
			return nil, err
		}
		if ok {
			f.Mandatory = mandatory[p.name]
			fields = s.join(fields, []catalog.Field{f}, p.value, at)
		}
	}
	for i := range fields {
		fields[i].Mandatory = fields[i].Mandatory || mandatory[fields[i].Name]
	}
	if more := schema.get("additionalProperties"); more.present() && more.text() != "false" {
		s.note(Lost, at, more, "further members with free names (additionalProperties)")
	}
	if schema.get("patternProperties").present() {
		s.note(Lost, at, schema, "members by pattern (patternProperties)")
	}
	return fields, nil
}

func (s *shaper) join(fields, more []catalog.Field, from value, at string) []catalog.Field {
	for _, f := range more {
		twice := false
		for i := range fields {
			twice = twice || fields[i].Name == f.Name
		}
		if twice {
			s.note(Lost, at+"."+f.Name, from, "a second field of the same name")
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func (s *shaper) array(schema value, f catalog.Field, at string) (catalog.Field, bool, error) {
	f.Type = catalog.Array
	f.MinLength, f.MaxLength = number(schema.get("minItems")), number(schema.get("maxItems"))
	items := schema.get("items")
	if !items.present() {
		s.note(Lost, at, schema, "an array of anything")
		return f, false, nil
	}
	item, ok, err := s.field(items, "Item", at)
	f.Items = &item
	return f, ok, err
}

// number is a count; 0 when it is absent or none.
func number(v value) int {
	n, err := strconv.Atoi(v.text())
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

// scalar makes a single value.
func (s *shaper) scalar(schema value, kind string, f *catalog.Field, at string) {
	format := schema.get("format").text()
	switch kind {
	case "boolean":
		f.Type = catalog.Boolean
	case "integer":
		f.Type = catalog.Integer
	case "number":
		f.Type = catalog.Decimal
	default:
		f.Type = catalog.String
		switch {
		case format == "date":
			f.Type = catalog.Date
		case format == "date-time":
			f.Type = catalog.DateTime
		case format == "byte" || schema.get("contentEncoding").text() == "base64":
			f.Type = catalog.Binary
		case format == "decimal":
			f.Type = catalog.Decimal
		case format != "" && format != "string":
			s.note(Lost, at, schema, "the format "+clip(format, 40))
		}
	}
	switch f.Type {
	case catalog.String:
		f.MinLength, f.MaxLength = number(schema.get("minLength")), number(schema.get("maxLength"))
		s.pattern(schema, f, at)
	case catalog.Integer, catalog.Decimal:
		f.Minimum, f.Maximum = s.limit(schema, at, "minimum"), s.limit(schema, at, "maximum")
		if schema.get("multipleOf").present() {
			s.note(Lost, at, schema, "multipleOf")
		}
	}
	for _, v := range append(schema.get("enum").items(), schema.get("const")) {
		if f.Type != catalog.Boolean && v.text() != "" {
			f.Enum = append(f.Enum, v.text())
		}
	}
	if example := schema.get("example"); f.Type == catalog.String && example.text() != "" {
		f.Example = clip(example.text(), 200)
	}
}

// limit is a bound; an exclusive one is noted, in the form of either draft of JSON Schema.
func (s *shaper) limit(schema value, at, name string) string {
	v := schema.get(name).text()
	exclusive := "exclusive" + strings.ToUpper(name[:1]) + name[1:]
	switch e := schema.get(exclusive).text(); {
	case e == "true":
		s.note(Changed, at, schema, "the bound "+clip(v, 40)+" itself is allowed now")
	case e != "" && e != "false":
		v = e
		s.note(Changed, at, schema, "the bound "+clip(v, 40)+" itself is allowed now")
	}
	if v != "" && !plainNumber.MatchString(v) {
		s.note(Lost, at, schema, name+" "+clip(v, 40))
		return ""
	}
	return strings.TrimPrefix(v, "+")
}

// pattern takes over an ECMA 262 expression where RE2 reads it alike. Ours match the whole value, JSON Schema's anywhere.
func (s *shaper) pattern(schema value, f *catalog.Field, at string) {
	p := schema.get("pattern").text()
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
		if !begins {
			whole = `(?s:.*)` + whole
		}
		if !ends {
			whole += `(?s:.*)`
		}
	}
	if _, err := regexp.Compile(`\A(?:` + whole + `)\z`); err != nil || len(p) > 2000 {
		s.note(Lost, at, schema, "the pattern "+strconv.Quote(clip(p, 120)))
		return
	}
	f.Pattern = whole
}
