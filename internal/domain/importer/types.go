package importer

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

func isAbstract(e *element) bool { return e.attr("abstract") == "true" || e.attr("abstract") == "1" }

// substitutes are the elements that may stand where head is referred to, itself included unless it is abstract.
func (b *builder) substitutes(head *element) (all []*element) {
	for _, e := range append([]*element{head}, below(b.set.members, head)...) {
		if !isAbstract(e) {
			all = append(all, e)
		}
	}
	return all
}

// spaceOf is the namespace that an element's declaration gives it: global ones that of their schema, local ones as form
// or elementFormDefault say.
func (b *builder) spaceOf(e *element) string {
	decl := e
	for decl.parent != nil && !decl.is(spaceXSD, "schema") {
		decl = decl.parent
	}
	form := cmp.Or(e.attr("form"), decl.attr(e.name.Local+"FormDefault"))
	if e.parent != decl && form != "qualified" {
		return ""
	}
	return b.set.targetOf(e)
}

// wireOf reports how a message looks in the provider's XML.
func (b *builder) wireOf(e *element, side string) catalog.SOAPElement {
	w := catalog.SOAPElement{Element: e.attr("name"), Namespace: b.set.targetOf(e)}
	bare, elements := true, 0
	for at, name := range b.wire {
		if !b.kept[at] {
			elements++
			bare = bare && (!strings.HasPrefix(at, side+".") || name.Space == "")
		}
	}
	usual := w.Namespace
	if bare && elements > 0 {
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
	w.Attributes = b.keptNames()
	return w
}

// contentOf expands the type of an element: named, anonymous, or none.
func (b *builder) contentOf(e *element, at string) (content, error) {
	if err := b.enter(e); err != nil {
		return content{}, err
	}
	defer b.leave()
	if name := e.attr("type"); name != "" {
		return b.typed(e, name, at)
	}
	switch inner := e.first(spaceXSD, "complexType", "simpleType"); {
	case inner != nil && inner.name.Local == "simpleType":
		return b.simple(inner, at)
	case inner != nil:
		return b.complex(inner, at)
	case e.attr("substitutionGroup") != "": // the type of the head (XML Schema part 1, clause 3.3.2)
		head, err := b.lookup(b.set.elements, e, strings.Fields(e.attr("substitutionGroup"))[0])
		if err != nil {
			return content{}, err
		}
		return b.contentOf(head, at)
	}
	b.note(Lost, at, e, "an element of any type")
	return content{}, nil
}

// typed expands the named type of an element, and what messages may have in its place.
func (b *builder) typed(e *element, ref, at string) (content, error) {
	found, err := b.declaredType(e, ref)
	if err != nil {
		return content{}, err
	}
	inner, err := b.byName(e, ref, at)
	if err != nil || inner.value != nil || found == nil || found.name.Local != "complexType" {
		return inner, err
	}
	b.open = append(b.open, found)
	defer b.leave()
	inner.fields, err = b.inherited(found, inner.fields, at)
	return inner, err
}

// declaredType finds the complex type of a name; nil for types that the import knows by themselves, and for simple
// ones.
func (b *builder) declaredType(from *element, ref string) (*element, error) {
	name, err := from.qname(ref)
	if err != nil || name.Space == spaceXSD || known[name.Space] {
		return nil, err
	}
	return b.lookup(b.set.types, from, ref)
}

// byName expands a type by its name, as a base or as the type of a value.
func (b *builder) byName(from *element, ref, at string) (content, error) {
	name, err := from.qname(ref)
	if err != nil {
		return content{}, err
	}
	switch name.Space {
	case spaceXSD:
		if name.Local == "anyType" {
			b.note(Lost, at, from, "an element of any type")
			return content{}, nil
		}
		return b.builtin(from, name.Local, at)
	case spaceEncoded:
		return content{}, unsupported(from.where(), "SOAP encoding ("+clip(ref, 60)+")")
	case spaceSwaRef:
		b.note(Changed, at, from, "a reference to an attachment (swaRef) became its bytes: a request states them in the message itself")
		return content{value: &schema.Field{Type: schema.Binary}}, nil
	case spaceXMIME:
		b.note(Lost, at, from, "the attribute contentType, which states the media type of the bytes")
		return content{value: &schema.Field{Type: schema.Binary}}, nil
	}
	found, err := b.lookup(b.set.types, from, ref)
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

// inherited adds what types derived from an abstract one have more, as optional fields. Where the type itself may
// occur, messages seldom contain the others: what they add is named and not carried.
func (b *builder) inherited(base *element, fields []schema.Field, at string) ([]schema.Field, error) {
	var called, lost []string
	for _, derived := range below(b.set.derived, base) {
		step := extensionOf(derived)
		if step == nil {
			continue
		}
		name := derived.attr("name")
		b.reached[derived] = true
		if !isAbstract(base) {
			if own := ownNames(step, b.mark); len(own) > 0 {
				lost = append(lost, name+inParentheses(own))
			}
			continue
		}
		called = append(called, name)
		more, err := b.extended(derived, step, at)
		if err != nil {
			return nil, err
		}
		fields = b.join(fields, more, derived, at)
	}
	if len(called) > 0 {
		b.note(Changed, at, base, "an abstract type: what each type made of it adds became optional: "+names(called))
		b.note(Lost, at, base, "which of these types a message holds (xsi:type)")
	}
	if len(lost) > 0 {
		b.note(Lost, at, base, "types made of this one, which a message may hold in its place (xsi:type): "+strings.Join(lost, "; "))
	}
	return fields, nil
}

// extensionOf is the step by which a complex type adds elements to another.
func extensionOf(derived *element) *element {
	return derived.first(spaceXSD, "complexContent").first(spaceXSD, "extension")
}

// extended expands what a type adds to its base.
func (b *builder) extended(derived, step *element, at string) ([]schema.Field, error) {
	marked := len(b.named.order)
	err := b.enter(derived)
	if err == nil {
		defer b.leave()
		var fields, more []schema.Field
		if fields, err = b.particles(step, at, true, false); err == nil {
			more, err = b.attributes(step, at)
			for i := range more {
				more[i].Mandatory = false
			}
			fields = b.join(fields, more, step, at)
		}
		if err == nil {
			return fields, nil
		}
	}
	if errors.Is(err, errRecursive) {
		b.named.cut(marked)
		b.note(Lost, at, derived, "it contains itself: cut off here ("+clip(derived.attr("name"), 60)+")")
		return nil, nil
	}
	return nil, err
}

// complex expands a complex type.
func (b *builder) complex(e *element, at string) (content, error) {
	if e.attr("mixed") == "true" {
		b.note(Lost, at, e, "text between elements (mixed content)")
	}
	if inner := e.first(spaceXSD, "simpleContent", "complexContent"); inner != nil {
		return b.derived(inner, at)
	}
	fields, err := b.particles(e, at, false, false)
	if err != nil {
		return content{}, err
	}
	more, err := b.attributes(e, at)
	return content{fields: b.join(fields, more, e, at)}, err
}

// derived expands a type made of another one.
func (b *builder) derived(e *element, at string) (content, error) {
	step := e.first(spaceXSD, "extension", "restriction")
	if step == nil {
		return content{}, malformed(e.where(), "neither extension nor restriction")
	}
	if e.attr("mixed") == "true" {
		b.note(Lost, at, e, "text between elements (mixed content)")
	}
	if e.name.Local == "simpleContent" {
		return b.simpleContent(step, at)
	}
	var base content
	name, err := step.qname(step.attr("base"))
	if err != nil {
		return content{}, err
	}
	extends := step.name.Local == "extension" || name.Space == spaceEncoded
	if extends && name != (xml.Name{Space: spaceXSD, Local: "anyType"}) {
		if base, err = b.byName(step, step.attr("base"), at); err != nil {
			return content{}, err
		}
	}
	own, err := b.particles(step, at, false, false)
	if err != nil {
		return content{}, err
	}
	more, err := b.attributes(step, at)
	if err == nil && !extends {
		var rest []schema.Field
		rest, err = b.attributesOfBase(step, at)
		more = append(more, rest...)
	}
	return content{fields: b.join(b.join(base.fields, own, step, at), more, step, at)}, err
}

// simpleContent is one value with attributes, which a value has no room for.
func (b *builder) simpleContent(step *element, at string) (content, error) {
	if err := b.attributesLost(step, at); err != nil {
		return content{}, err
	}
	base, err := b.byName(step, step.attr("base"), at)
	if inner := step.first(spaceXSD, "simpleType"); err == nil && inner != nil {
		base, err = b.simple(inner, at)
	}
	if err != nil {
		return content{}, err
	}
	if base.value == nil {
		return content{}, malformed(step.where(), "simple content of a type that is not simple")
	}
	return base, b.facets(step, base.value, at)
}

// particles expands sequence, all, choice and group, as they stand in e.
func (b *builder) particles(e *element, at string, optional, repeated bool) (fields []schema.Field, err error) {
	for c := range e.xsd() {
		var more []schema.Field
		switch c.name.Local {
		case "element":
			more, err = b.elements(c, at, optional, repeated)
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
func (b *builder) model(e *element, at string, optional, repeated bool) ([]schema.Field, error) {
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
		group, err := b.lookup(b.set.groups, e, e.attr("ref"))
		if err != nil {
			return nil, err
		}
		if err := b.enter(group); errors.Is(err, errRecursive) && optional {
			b.note(Lost, at, e, fmt.Sprintf("it contains itself: cut off here (%s)", clip(e.attr("ref"), 60)))
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		defer b.leave()
		e = group
	}
	return b.particles(e, at, optional, repeated)
}
