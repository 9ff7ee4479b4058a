package importer

import (
	"encoding/xml"
	"slices"
)

// sweep names every element and attribute of a message's schema that the draft neither carries nor mentions yet,
// whatever led to it, and what the schema demands that the catalogue does not check.
func (b *builder) sweep(root *element, side string) {
	w := xmlSweep{builder: b, seen: map[*element]bool{}}
	b.mark(root)
	w.walk(root, "")
	for _, one := range w.missing {
		b.note(Lost, side, one.first, "elements and attributes that are not carried"+one.from+": "+names(one.names))
	}
	for _, rule := range w.rules {
		b.note(Lost, side, rule, "a rule that is not checked: xs:"+rule.name.Local+" "+clip(rule.attr("name")+rule.attr("test"), 100))
	}
}

// xmlSweep walks schemas by their form alone.
type xmlSweep struct {
	*builder
	seen    map[*element]bool
	missing missing[*element]
	rules   []*element
}

func (w *xmlSweep) walk(e *element, from string) {
	if w.seen[e] {
		return
	}
	w.seen[e], w.reached[e] = true, true
	if e.name.Local == "element" || e.name.Local == "attribute" {
		w.missed(e, from)
	} else if name := e.attr("name"); name != "" {
		from = " (" + clip(name, 80) + ")"
	}
	w.follow(e, from)
	for c := range e.xsd() {
		switch c.name.Local {
		case "annotation":
		case "unique", "key", "keyref", "assert", "assertion", "alternative", "openContent":
			w.rules = append(w.rules, c)
		default:
			w.walk(c, from)
		}
	}
}

// follow walks what an element of the schema refers to.
func (w *xmlSweep) follow(e *element, from string) {
	for _, ref := range []struct {
		attr string
		in   map[xml.Name]*element
		of   []string
	}{
		{"type", w.set.types, []string{"element", "attribute"}}, {"base", w.set.types, []string{"extension"}},
		{"ref", w.set.elements, []string{"element"}}, {"ref", w.set.groups, []string{"group"}},
		{"ref", w.set.attributeGroups, []string{"attributeGroup"}}, {"ref", w.set.attributes, []string{"attribute"}},
	} {
		name := e.attr(ref.attr)
		if name == "" || !slices.Contains(ref.of, e.name.Local) || e.attr("maxOccurs") == "0" ||
			e.attr("use") == "prohibited" {
			continue
		}
		if to, _, err := w.set.find(ref.in, e, name); err == nil && to != nil {
			if ref.attr == "ref" && w.named.has(e) {
				w.mark(to)
			}
			w.walk(to, from)
			for _, other := range below(w.set.members, to) {
				w.walk(other, from)
			}
			if ref.attr == "type" {
				w.derivedFrom(to)
			}
		}
	}
}

// derivedFrom walks what types derived from an abstract one add, and what those derived from another one declare.
func (w *xmlSweep) derivedFrom(base *element) {
	for _, derived := range below(w.set.derived, base) {
		step := extensionOf(derived)
		switch {
		case step == nil:
		case isAbstract(base):
			w.walk(derived, "")
		default:
			ownNames(step, func(e *element) { w.missed(e, " ("+clip(derived.attr("name"), 80)+")") })
		}
	}
}

// missed takes note of an element or attribute that the draft does not mention.
func (w *xmlSweep) missed(e *element, from string) {
	if !w.named.has(e) {
		w.mark(e)
		w.missing.add(from, e, e.attr("name")+e.attr("ref"))
	}
}

// ownNames are the elements and attributes that a declaration names itself, those of its types apart.
func ownNames(e *element, each func(*element)) (all []string) {
	for c := range e.xsd() {
		switch c.name.Local {
		case "annotation":
		case "element", "attribute":
			all = append(all, c.attr("name")+c.attr("ref"))
			each(c)
		default:
			all = append(all, ownNames(c, each)...)
		}
	}
	return all
}

// namesUnder lists what an element consists of, carried or not.
func (r *reader) namesUnder(set *schemas, e *element) []string {
	w := xmlSweep{builder: &builder{reader: r, set: set}, seen: map[*element]bool{}}
	w.mark(e)
	w.walk(e, "")
	return w.missing.all()
}
