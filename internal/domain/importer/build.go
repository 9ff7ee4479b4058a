package importer

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// builder turns the schema of one message into fields.
type builder struct {
	*reader
	set     *schemas
	draft   *Draft
	wire    map[string]xml.Name // field path, from the root, → its element; "Owners[]" for the items of an array
	kept    map[string]bool     // field paths that are attributes
	refused map[string]bool     // local names of attributes that cannot be carried in this message
	named   mentions[*element]  // elements and attributes
	open    []*element          // types and elements being expanded: one that comes again is recursive
	budget  int                 // fields made
}

// content is what stands in an element: fields, or one value.
type content struct {
	fields []schema.Field
	value  *schema.Field
}

func (b *builder) note(kind Kind, field string, at *element, text string) {
	b.draft.note(kind, field, at.where(), text)
}

// enter guards against recursion, and against types that multiply.
func (b *builder) enter(e *element) error {
	if slices.Contains(b.open, e) {
		return recursive(e.where(), e.attr("name"))
	}
	if b.budget++; b.budget > 2*schema.MaxShapeFields {
		return fault.New(fault.ImportLimit, "where", e.where(), "limit", fmt.Sprint(schema.MaxShapeFields)+" fields")
	}
	if len(b.open) > 4*schema.MaxDepth {
		return fault.New(fault.ImportLimit, "where", e.where(), "limit", fmt.Sprint(schema.MaxDepth)+" levels")
	}
	b.open = append(b.open, e)
	b.reached[e] = true
	return nil
}

func (b *builder) leave() { b.open = b.open[:len(b.open)-1] }

// message makes the type of a message from its global element. Attributes that have the name of an element cannot be
// distinguished from it by the endpoint: then the message is made once more without them.
func (r *reader) typeOf(set *schemas, d *Draft, e *element, side string) (schema.Type, catalog.SOAPElement, error) {
	before, refused := len(d.Notes), map[string]bool{}
	for {
		b := &builder{
			reader: r, set: set, draft: d, refused: refused, wire: map[string]xml.Name{}, kept: map[string]bool{},
		}
		t, err := b.root(e, side)
		if err != nil {
			return t, catalog.SOAPElement{}, err
		}
		if b.ambiguous() {
			d.Notes = d.Notes[:before]
			continue
		}
		b.sweep(e, side)
		return t, b.wireOf(e, side), nil
	}
}

// root makes the type of a message from its global element.
func (b *builder) root(e *element, side string) (schema.Type, error) {
	t := schema.Type{Name: e.attr("name")}
	b.wire[side] = xml.Name{Space: b.set.targetOf(e), Local: t.Name}
	inner, err := b.contentOf(e, side)
	delete(b.wire, side)
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
	if *t == (mconnect.Text{}) {
		*t = e.documentation(b.opt.Lang)
	}
}

// documentation is what a declaration says of itself.
func (e *element) documentation(otherwise mconnect.Lang) (t mconnect.Text) {
	for _, a := range e.all(spaceXSD, "annotation") {
		for _, doc := range a.all(spaceXSD, "documentation") {
			lang := ""
			for _, attr := range doc.attrs {
				if attr.Name.Local == "lang" {
					lang = attr.Value
				}
			}
			say(&t, lang, doc.text, otherwise)
		}
	}
	return t
}

// occurs are the bounds of a particle; most -1 is unbounded.
func occurs(e *element) (least, most int, err error) {
	if least, err = strconv.Atoi(cmp.Or(e.attr("minOccurs"), "1")); err != nil || least < 0 {
		return 0, 0, malformed(e.where(), "minOccurs is no number")
	}
	if e.attr("maxOccurs") == "unbounded" {
		return least, -1, nil
	}
	if most, err = strconv.Atoi(cmp.Or(e.attr("maxOccurs"), "1")); err != nil || most < 0 {
		return 0, 0, malformed(e.where(), "maxOccurs is no number")
	}
	return least, most, nil
}

// place is a position in a message where an element stands.
type place struct {
	at                 string // path of the object around it
	optional, repeated bool   // as the groups around it say
	least, most        int    // of its own
}

// mark records that the draft carries e, or that a note names it.
func (b *builder) mark(e *element) { b.named.add(e, e.attr("name")) }

// elements makes the fields of a local element or of a reference to a global one: several, where others may substitute
// it.
func (b *builder) elements(e *element, at string, optional, repeated bool) (fields []schema.Field, err error) {
	p := place{at: at, optional: optional, repeated: repeated}
	if p.least, p.most, err = occurs(e); err != nil {
		return nil, err
	}
	b.mark(e)
	if p.most == 0 {
		return nil, nil
	}
	all := []*element{e}
	if ref := e.attr("ref"); ref != "" {
		head, err := b.lookup(b.set.elements, e, ref)
		if err != nil {
			return nil, err
		}
		if all = b.substitutes(head); len(all) == 0 && (optional || p.least == 0) {
			b.note(Lost, at, e, "an abstract element, which nothing substitutes: "+clip(head.attr("name"), 60))
			return nil, nil
		}
		if len(all) == 0 {
			return nil, unsupported(head.where(), "an abstract element, which nothing substitutes ("+clip(head.attr("name"), 60)+")")
		}
	}
	if len(all) > 1 {
		p.optional = true
		b.note(Changed, at, e, fmt.Sprintf("a substitution group: each of its %d elements became optional", len(all)))
	}
	for _, declared := range all {
		f, ok, err := b.element(e, declared, p)
		if err != nil {
			return nil, err
		}
		if ok {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// element makes the field of one declaration, which e is or refers to. ok is false where there is nothing to carry.
func (b *builder) element(e, declared *element, p place) (f schema.Field, ok bool, err error) {
	b.mark(declared)
	name := declared.attr("name")
	wire := xml.Name{Space: b.spaceOf(declared), Local: name}
	if f.Name = fieldName(name); f.Name == "" {
		return f, false, malformed(declared.where(), "an element without a usable name")
	}
	f.Name = b.free(p.at, f.Name, wire)
	path := p.at + "." + f.Name
	if f.Name != name {
		b.note(Changed, path, declared, fmt.Sprintf("called %q by the provider", clip(name, 80)))
	}
	b.wire[path] = wire
	b.described(&f.Description, e)
	b.described(&f.Description, declared)
	marked := len(b.named.order)
	inner, err := b.contentOf(declared, path)
	optional := p.optional || p.least == 0
	if errors.Is(err, errRecursive) && optional {
		b.forget(path)
		b.named.cut(marked)
		b.note(Lost, path, declared, "it contains itself: cut off here ("+b.typeNameOf(declared)+")")
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	if ok = fill(&f, inner); !ok {
		b.forget(path)
		b.note(Lost, path, declared, "an element without content the platform could carry"+needed(path, optional))
		return f, false, nil
	}
	nillable := declared.attr("nillable") == "true" || declared.attr("nillable") == "1"
	if def := declared.attr("default") + declared.attr("fixed"); def != "" {
		b.note(Lost, path, declared, "the default or fixed value "+strconv.Quote(clip(def, 60)))
	}
	if p.most != 1 || p.repeated {
		b.repeat(&f, p, nillable)
	} else {
		f.Nullable = nillable
		b.collapse(&f, path)
	}
	f.Mandatory = !optional
	return f, true, nil
}

func needed(path string, optional bool) string {
	if !optional && strings.HasPrefix(path, "request.") {
		return ", which the provider requires"
	}
	return ""
}

func (b *builder) typeNameOf(e *element) string {
	if name := e.attr("type"); name != "" {
		return clip(name, 60)
	}
	return clip(e.attr("name"), 60)
}

// free finds a name that no other element of the object has. The same element again keeps its name.
func (b *builder) free(at, name string, wire xml.Name) string {
	try := name
	for n := 2; ; n++ {
		other, taken := b.wire[at+"."+try]
		if !taken || other == wire {
			return try
		}
		suffix := "_" + strconv.Itoa(n)
		try = name[:min(len(name), maxName-len(suffix))] + suffix
	}
}

// forget takes back what is known of a field that is not carried.
func (b *builder) forget(path string) {
	for at := range b.wire {
		if at == path || strings.HasPrefix(at, path+".") || strings.HasPrefix(at, path+"[") {
			delete(b.wire, at)
			delete(b.kept, at)
		}
	}
}

// fill puts content into a field.
func fill(f *schema.Field, c content) bool {
	switch {
	case c.value != nil:
		name, words := f.Name, f.Description
		*f = *c.value
		f.Name = name
		if words != (mconnect.Text{}) {
			f.Description = words
		}
	case len(c.fields) > 0:
		f.Type, f.Fields = schema.Object, c.fields
	default:
		return false
	}
	return true
}

// repeat makes a field an array whose own element repeats.
func (b *builder) repeat(f *schema.Field, p place, nillable bool) {
	item := *f
	item.Name, item.Nullable, item.Description = "", nillable, mconnect.Text{}
	*f = schema.Field{Name: f.Name, Type: schema.Array, Items: &item, Description: f.Description}
	if p.least > 0 {
		f.MinLength = p.least
	}
	if p.most > 0 && !p.repeated {
		f.MaxLength = p.most
	}
}

// collapse recognises an element that holds nothing but one repeating element: an array with its own element
// (Owners/Owner).
func (b *builder) collapse(f *schema.Field, path string) {
	if f.Type != schema.Object || len(f.Fields) != 1 {
		return
	}
	only := f.Fields[0]
	if only.Type != schema.Array || only.Items.Name != "" || only.Name == f.Name {
		return
	}
	item := *only.Items
	item.Name = only.Name
	if item.Description == (mconnect.Text{}) {
		item.Description = only.Description
	}
	f.Type, f.Fields, f.Items, f.MinLength, f.MaxLength = schema.Array, nil, &item, only.MinLength, only.MaxLength
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
			if b.kept[at] {
				delete(b.kept, at)
				b.kept[path+rest] = true
			}
		}
	}
	for i, n := range b.draft.Notes {
		if rest, inside := strings.CutPrefix(n.Field, inner); inside && (rest == "" || rest[0] == '.') {
			b.draft.Notes[i].Field = path + rest
		}
	}
}

// join puts fields together. An element that may stand in two places is carried once; what the second adds is optional.
func (b *builder) join(fields, more []schema.Field, from *element, at string) []schema.Field {
	for _, f := range more {
		twice := slices.IndexFunc(fields, func(g schema.Field) bool { return g.Name == f.Name })
		if twice < 0 {
			fields = append(fields, f)
			continue
		}
		both := fields[twice].Mandatory && f.Mandatory
		if !unite(&fields[twice], f) || both {
			b.note(Lost, at+"."+f.Name, from, "a second element of the same name")
		}
		fields[twice].Mandatory = both
	}
	return fields
}

// unite adds what g has and f has not. It reports whether nothing of g is lost.
func unite(f *schema.Field, g schema.Field) bool {
	switch {
	case f.Type != g.Type:
		return false
	case f.Type == schema.Array:
		return unite(f.Items, *g.Items)
	case f.Type != schema.Object:
		return f.Pattern == g.Pattern && f.MaxLength == g.MaxLength && fmt.Sprint(f.Enum) == fmt.Sprint(g.Enum)
	}
	whole := true
	for _, inner := range g.Fields {
		i := slices.IndexFunc(f.Fields, func(g schema.Field) bool { return g.Name == inner.Name })
		if i < 0 {
			inner.Mandatory = false
			f.Fields = append(f.Fields, inner)
			continue
		}
		f.Fields[i].Mandatory = f.Fields[i].Mandatory && inner.Mandatory
		whole = unite(&f.Fields[i], inner) && whole
	}
	return whole
}
