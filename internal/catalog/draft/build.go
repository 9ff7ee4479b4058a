package draft

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/catalog"
)

// builder turns the schema of one message into fields.
type builder struct {
	*reader
	set    *schemas
	draft  *Draft
	wire   map[string]xml.Name // field path, from the root, → its element; "Owners[]" for the items of an array
	open   []*element          // types and elements being expanded: one that comes again is recursive
	budget int                 // fields made
}

// content is what stands in an element: fields, or one value.
type content struct {
	fields []catalog.Field
	value  *catalog.Field
}

func (b *builder) note(kind Kind, field string, at *element, text string) {
	b.draft.note(kind, field, at.where(), text)
}

// enter guards against recursion, and against types that multiply.
func (b *builder) enter(e *element) error {
	for _, other := range b.open {
		if other == e {
			return unsupported(e.where(), "a type that holds itself ("+clip(e.attr("name"), 60)+")")
		}
	}
	if b.budget++; b.budget > 2*catalog.MaxShapeFields {
		return fault.New(fault.ImportLimit, "where", e.where(), "limit", fmt.Sprint(catalog.MaxShapeFields)+" fields")
	}
	if len(b.open) > 4*catalog.MaxDepth {
		return fault.New(fault.ImportLimit, "where", e.where(), "limit", fmt.Sprint(catalog.MaxDepth)+" levels")
	}
	b.open = append(b.open, e)
	return nil
}

func (b *builder) leave() { b.open = b.open[:len(b.open)-1] }

// root makes the type of a message from its global element.
func (b *builder) root(e *element, side string) (catalog.Type, error) {
	t := catalog.Type{Name: e.attr("name")}
	inner, err := b.contentOf(e, side)
	if err != nil {
		return t, err
	}
	if inner.value != nil {
		return t, unsupported(e.where(), "a message that is one bare value ("+clip(t.Name, 60)+")")
	}
	t.Fields = inner.fields
	return t, nil
}

// described adds the documentation of e to a text, if that has none.
func (b *builder) described(t *mconnect.Text, e *element) {
	if *t != (mconnect.Text{}) {
		return
	}
	for _, a := range e.all(spaceXSD, "annotation") {
		for _, doc := range a.all(spaceXSD, "documentation") {
			lang := ""
			for _, attr := range doc.attrs {
				if attr.Name.Local == "lang" {
					lang = attr.Value
				}
			}
			say(t, lang, doc.text, b.opt.Lang)
		}
	}
}

// occurs are the bounds of a particle; most -1 is unbounded.
func occurs(e *element) (least, most int, err error) {
	least, most = 1, 1
	if s := e.attr("minOccurs"); s != "" {
		if least, err = strconv.Atoi(s); err != nil || least < 0 {
			return 0, 0, malformed(e.where(), "minOccurs is no number")
		}
	}
	switch s := e.attr("maxOccurs"); s {
	case "":
	case "unbounded":
		most = -1
	default:
		if most, err = strconv.Atoi(s); err != nil || most < 0 {
			return 0, 0, malformed(e.where(), "maxOccurs is no number")
		}
	}
	return least, most, nil
}

// element makes the field of a local element or a reference to a global one. ok is false where there is nothing to carry.
func (b *builder) element(e *element, at string, optional, repeated bool) (f catalog.Field, ok bool, err error) {
	least, most, err := occurs(e)
	if err != nil || most == 0 {
		return f, false, err
	}
	declared := e
	if ref := e.attr("ref"); ref != "" {
		if declared, _, err = b.set.find(b.set.elements, e, ref); err != nil {
			return f, false, err
		}
	}
	name := declared.attr("name")
	if f.Name = fieldName(name); f.Name == "" {
		return f, false, malformed(declared.where(), "an element without a usable name")
	}
	path := at + "." + f.Name
	if f.Name != name {
		b.note(Changed, path, declared, fmt.Sprintf("called %q by the provider: state it in the endpoint's mapping", clip(name, 80)))
	}
	b.wire[path] = xml.Name{Space: b.spaceOf(declared), Local: name}
	b.described(&f.Description, e)
	b.described(&f.Description, declared)
	inner, err := b.contentOf(declared, path)
	if err != nil {
		return f, false, err
	}
	if ok = fill(&f, inner); !ok {
		b.note(Lost, path, declared, "an element without content the platform could carry")
		return f, false, nil
	}
	nillable := declared.attr("nillable") == "true" || declared.attr("nillable") == "1"
	if def := declared.attr("default") + declared.attr("fixed"); def != "" {
		b.note(Lost, path, declared, "the default or fixed value "+strconv.Quote(clip(def, 60)))
	}
	if most != 1 || repeated {
		b.repeat(&f, least, most, nillable, repeated)
	} else {
		f.Nullable = nillable
		b.collapse(&f, path)
	}
	f.Mandatory = least > 0 && !optional
	return f, true, nil
}

// fill puts content into a field.
func fill(f *catalog.Field, c content) bool {
	switch {
	case c.value != nil:
		name, words := f.Name, f.Description
		*f = *c.value
		f.Name = name
		if words != (mconnect.Text{}) {
			f.Description = words
		}
	case len(c.fields) > 0:
		f.Type, f.Fields = catalog.Object, c.fields
	default:
		return false
	}
	return true
}

// repeat makes a field an array whose own element repeats.
func (b *builder) repeat(f *catalog.Field, least, most int, nillable, repeated bool) {
	item := *f
	item.Name, item.Nullable, item.Description = "", nillable, mconnect.Text{}
	*f = catalog.Field{Name: f.Name, Type: catalog.Array, Items: &item, Description: f.Description}
	if least > 0 {
		f.MinLength = least
	}
	if most > 0 && !repeated {
		f.MaxLength = most
	}
}

// collapse recognises an element that holds nothing but one repeating element: an array with its own element (Owners/Owner).
func (b *builder) collapse(f *catalog.Field, path string) {
	if f.Type != catalog.Object || len(f.Fields) != 1 {
		return
	}
	only := f.Fields[0]
	if only.Type != catalog.Array || only.Items.Name != "" || only.Name == f.Name {
		return
	}
	item := *only.Items
	item.Name = only.Name
	if item.Description == (mconnect.Text{}) {
		item.Description = only.Description
	}
	f.Type, f.Fields, f.Items, f.MinLength, f.MaxLength = catalog.Array, nil, &item, only.MinLength, only.MaxLength
	b.lift(path, only.Name)
}

// lift moves what is known of the items of an array, and of what is in them, one step up: arrays are stepped through.
func (b *builder) lift(path, item string) {
	inner := path + "." + item
	b.wire[path+"[]"] = b.wire[inner]
	delete(b.wire, inner)
	for at, name := range b.wire {
		if rest, inside := strings.CutPrefix(at, inner); inside && (rest[0] == '.' || rest[0] == '[') {
			delete(b.wire, at)
			b.wire[path+rest] = name
		}
	}
	for i, n := range b.draft.Notes {
		if rest, inside := strings.CutPrefix(n.Field, inner); inside && (rest == "" || rest[0] == '.') {
			b.draft.Notes[i].Field = path + rest
		}
	}
}

// spaceOf is the namespace that an element's declaration gives it: global ones that of their schema, local ones as form
// or elementFormDefault say.
func (b *builder) spaceOf(e *element) string {
	schema := e
	for schema.parent != nil && !schema.is(spaceXSD, "schema") {
		schema = schema.parent
	}
	form := e.attr("form")
	if form == "" {
		form = schema.attr("elementFormDefault")
	}
	if e.parent != schema && form != "qualified" {
		return ""
	}
	return b.set.targetOf(e)
}

// wireOf says how a message looks in the provider's XML.
func (b *builder) wireOf(e *element, side string) Wire {
	w := Wire{Element: e.attr("name"), Namespace: b.set.targetOf(e)}
	bare := true
	for at, name := range b.wire {
		bare = bare && (!strings.HasPrefix(at, side+".") || name.Space == "")
	}
	usual := w.Namespace
	if bare && len(b.wire) > 0 {
		w.Form, usual = "unqualified", ""
	}
	for at, name := range b.wire {
		path, inside := strings.CutPrefix(at, side+".")
		own := path[strings.LastIndexByte(path, '.')+1:]
		if !inside || (name.Space == usual && name.Local == own) {
			continue
		}
		if w.Names == nil {
			w.Names = map[string]string{}
		}
		if w.Names[path] = name.Local; name.Space != usual {
			w.Names[path] = "{" + name.Space + "}" + name.Local
		}
	}
	return w
}

// contentOf expands the type of an element: named, anonymous, or none.
func (b *builder) contentOf(e *element, at string) (content, error) {
	if err := b.enter(e); err != nil {
		return content{}, err
	}
	defer b.leave()
	if e.attr("abstract") == "true" {
		return content{}, unsupported(e.where(), "an abstract element")
	}
	if name := e.attr("type"); name != "" {
		return b.named(e, name, at)
	}
	switch inner := e.first(spaceXSD, "complexType", "simpleType"); {
	case inner == nil:
		b.note(Lost, at, e, "an element of any type")
		return content{}, nil
	case inner.name.Local == "simpleType":
		return b.simple(inner, at)
	default:
		return b.complex(inner, at)
	}
}

// named expands a type by its name.
func (b *builder) named(from *element, ref, at string) (content, error) {
	name, err := from.qname(ref)
	if err != nil {
		return content{}, err
	}
	if name.Space == spaceXSD {
		if name.Local == "anyType" {
			b.note(Lost, at, from, "an element of any type")
			return content{}, nil
		}
		return b.builtin(from, name.Local, at)
	}
	if name.Space == spaceEncoded {
		return content{}, unsupported(from.where(), "SOAP encoding ("+clip(ref, 60)+")")
	}
	found, _, err := b.set.find(b.set.types, from, ref)
	if err != nil {
		return content{}, err
	}
	if err := b.enter(found); err != nil {
		return content{}, err
	}
	defer b.leave()
	if found.name.Local == "simpleType" {
		return b.simple(found, at)
	}
	return b.complex(found, at)
}

// complex expands a complex type.
func (b *builder) complex(e *element, at string) (content, error) {
	if e.attr("mixed") == "true" {
		b.note(Lost, at, e, "text between elements (mixed content)")
	}
	if inner := e.first(spaceXSD, "simpleContent", "complexContent"); inner != nil {
		return b.derived(inner, at)
	}
	if err := b.attributes(e, at); err != nil {
		return content{}, err
	}
	fields, err := b.particles(e, at, false, false)
	return content{fields: fields}, err
}

// derived expands a type made of another one.
func (b *builder) derived(e *element, at string) (content, error) {
	step := e.first(spaceXSD, "extension", "restriction")
	if step == nil {
		return content{}, malformed(e.where(), "neither extension nor restriction")
	}
	if err := b.attributes(step, at); err != nil {
		return content{}, err
	}
	simple := e.name.Local == "simpleContent"
	var base content
	var err error
	if name, bad := step.qname(step.attr("base")); bad != nil || name.Space != spaceXSD || name.Local != "anyType" {
		if simple || step.name.Local == "extension" || name.Space == spaceEncoded {
			if base, err = b.named(step, step.attr("base"), at); err != nil {
				return content{}, err
			}
		}
	}
	if simple {
		if base.value == nil {
			return content{}, malformed(step.where(), "simple content of a type that is not simple")
		}
		return base, b.facets(step, base.value, at)
	}
	own, err := b.particles(step, at, false, false)
	if err != nil {
		return content{}, err
	}
	return content{fields: b.join(base.fields, own, step, at)}, nil
}

// attributes are not carried: the policy says whether that is accepted.
func (b *builder) attributes(e *element, at string) error {
	for _, c := range e.children {
		if c.name.Space != spaceXSD {
			continue
		}
		switch c.name.Local {
		case "attribute", "attributeGroup", "anyAttribute":
		default:
			continue
		}
		if c.attr("use") == "prohibited" {
			continue
		}
		name := clip(c.attr("name")+c.attr("ref"), 60)
		if b.opt.Attributes == Refuse {
			return unsupported(c.where(), "the attribute "+name)
		}
		what := "the attribute " + name
		if c.attr("use") == "required" {
			what += ", which the provider requires"
		}
		b.note(Lost, at, c, what)
	}
	return nil
}

// particles expands sequence, all, choice and group, as they stand in e.
func (b *builder) particles(e *element, at string, optional, repeated bool) (fields []catalog.Field, err error) {
	for _, c := range e.children {
		if c.name.Space != spaceXSD {
			continue
		}
		var more []catalog.Field
		switch c.name.Local {
		case "element":
			var f catalog.Field
			var ok bool
			if f, ok, err = b.element(c, at, optional, repeated); ok {
				more = []catalog.Field{f}
			}
		case "sequence", "all", "choice", "group":
			more, err = b.model(c, at, optional, repeated)
		case "any":
			b.note(Lost, at, c, "any element (xs:any)")
		}
		if err != nil {
			return nil, err
		}
		fields = b.join(fields, more, c, at)
	}
	return fields, nil
}

// model expands one model group with its own bounds.
func (b *builder) model(e *element, at string, optional, repeated bool) ([]catalog.Field, error) {
	least, most, err := occurs(e)
	if err != nil || most == 0 {
		return nil, err
	}
	if most != 1 {
		b.note(Changed, at, e, "a repeating "+e.name.Local+": each of its elements became an array, which of them belong together is lost")
	}
	optional, repeated = optional || least == 0, repeated || most != 1
	switch e.name.Local {
	case "choice":
		b.note(Changed, at, e, "a choice: each alternative became optional")
		optional = true
	case "group":
		group, _, err := b.set.find(b.set.groups, e, e.attr("ref"))
		if err != nil {
			return nil, err
		}
		if err := b.enter(group); err != nil {
			return nil, err
		}
		defer b.leave()
		e = group
	}
	return b.particles(e, at, optional, repeated)
}

// join puts fields together; a name that comes twice is carried once.
func (b *builder) join(fields, more []catalog.Field, from *element, at string) []catalog.Field {
	for _, f := range more {
		twice := false
		for i := range fields {
			if fields[i].Name == f.Name {
				twice = true
				fields[i].Mandatory = fields[i].Mandatory && f.Mandatory
			}
		}
		if twice {
			b.note(Lost, at+"."+f.Name, from, "a second element of the same name")
			continue
		}
		fields = append(fields, f)
	}
	return fields
}
