package importer

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"

	"mconnect/internal/domain/schema"
)

// attributes makes fields of XML attributes, or notes what becomes of them: the policy decides.
func (b *builder) attributes(e *element, at string) (fields []schema.Field, err error) {
	for c := range e.xsd() {
		var more []schema.Field
		switch c.name.Local {
		case "attribute":
			more, err = b.attribute(c, at)
		case "attributeGroup":
			var group *element
			if group, err = b.lookup(b.set.attributeGroups, c, c.attr("ref")); err == nil {
				err = b.enter(group)
			}
			if err == nil {
				more, err = b.attributes(group, at)
				b.leave()
			}
		case "anyAttribute":
			if b.opt.Attributes == Refuse {
				return nil, unsupported(c.where(), "any attribute")
			}
			b.note(Lost, at, c, "any attribute (xs:anyAttribute)")
		}
		if err != nil {
			return nil, err
		}
		fields = append(fields, more...)
	}
	return fields, nil
}

// attributesLost notes attributes for which there is no room under any policy.
func (b *builder) attributesLost(e *element, at string) error {
	policy := b.opt.Attributes
	if policy == Fields {
		b.opt.Attributes = Drop
	}
	_, err := b.attributes(e, at)
	b.opt.Attributes = policy
	return err
}

// attributesOfBase are those that a restriction inherits without saying so (XML Schema part 1, clause 3.4.2).
func (b *builder) attributesOfBase(step *element, at string) (fields []schema.Field, err error) {
	own := map[string]bool{}
	for _, c := range step.all(spaceXSD, "attribute") {
		own[c.attr("name")+c.attr("ref")] = true
	}
	for range maxHops {
		base, err := b.declaredType(step, step.attr("base"))
		if err != nil || base == nil {
			return fields, err
		}
		holder := base
		if inner := base.first(spaceXSD, "complexContent"); inner != nil {
			if holder = inner.first(spaceXSD, "extension", "restriction"); holder == nil {
				return fields, nil
			}
		}
		for _, c := range holder.children {
			if c.is(spaceXSD, "attribute") && !own[c.attr("name")+c.attr("ref")] {
				own[c.attr("name")+c.attr("ref")] = true
				more, err := b.attribute(c, at)
				if err != nil {
					return nil, err
				}
				fields = append(fields, more...)
			}
		}
		if holder == base {
			return fields, nil
		}
		step = holder
	}
	return fields, nil
}

// attribute makes the field of one attribute, none where it is not carried.
func (b *builder) attribute(c *element, at string) ([]schema.Field, error) {
	b.mark(c)
	if c.attr("use") == "prohibited" {
		return nil, nil
	}
	name := c.attr("name") + c.attr("ref")
	declared := c
	if ref := c.attr("ref"); ref != "" {
		found, space, err := b.set.find(b.set.attributes, c, ref)
		if err != nil {
			return nil, err
		}
		if found == nil && !known[space.Space] {
			return nil, b.absent(ref, space.Space, c.where())
		}
		declared = found
	}
	says := "the attribute " + clip(name, 60)
	if c.attr("use") == "required" {
		says += ", which the provider requires"
	}
	switch {
	case b.opt.Attributes == Refuse:
		return nil, unsupported(c.where(), "the attribute "+clip(name, 60))
	case b.opt.Attributes == Drop, declared == nil:
	case b.refused[declared.attr("name")]:
		says += ": an element of the message has the same name"
	case b.spaceOf(declared) != "" && b.spaceOf(declared) != b.wire[at].Space:
		says += ": it has a namespace of its own"
	default:
		f, err := b.attributeField(c, declared, at)
		return []schema.Field{f}, err
	}
	b.note(Lost, at, c, says)
	return nil, nil
}

// attributeField makes a field whose value the endpoint writes as an attribute.
func (b *builder) attributeField(c, declared *element, at string) (f schema.Field, err error) {
	local := declared.attr("name")
	if f.Name = fieldName(local); f.Name == "" {
		return f, malformed(c.where(), "an attribute without a usable name")
	}
	wire := xml.Name{Space: b.wire[at].Space, Local: local}
	f.Name = b.free(at, f.Name, wire)
	path := at + "." + f.Name
	if f.Name != local {
		b.note(Changed, path, declared, fmt.Sprintf("called %q by the provider", clip(local, 80)))
	}
	b.described(&f.Description, c)
	b.described(&f.Description, declared)
	value := content{value: &schema.Field{Type: schema.String}}
	if ref := declared.attr("type"); ref != "" {
		value, err = b.byName(declared, ref, path)
	} else if inner := declared.first(spaceXSD, "simpleType"); inner != nil {
		value, err = b.simple(inner, path)
	}
	if err != nil {
		return f, err
	}
	if value.value == nil {
		return f, malformed(c.where(), "an attribute whose type is not simple")
	}
	fill(&f, value)
	for _, v := range []*element{c, declared} {
		if def := v.attr("default") + v.attr("fixed"); def != "" {
			b.note(Lost, path, v, "the default or fixed value "+strconv.Quote(clip(def, 60)))
		}
	}
	f.Mandatory = c.attr("use") == "required"
	b.wire[path], b.kept[path] = wire, true
	return f, nil
}

// keptNames are the local names of the attributes that are carried.
func (b *builder) keptNames() (all []string) {
	for at := range b.kept {
		all = append(all, b.wire[at].Local)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ambiguous adds to refused the names that an attribute shares with an element of the message: an endpoint
// distinguishes them by local names only. It reports whether there are any.
func (b *builder) ambiguous() (found bool) {
	names := b.keptNames()
	for at, wire := range b.wire {
		if !b.kept[at] && slices.Contains(names, wire.Local) {
			b.refused[wire.Local], found = true, true
		}
	}
	return found
}
