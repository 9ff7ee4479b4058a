package importer

import (
	"encoding/xml"
	"slices"
)

// sweep names every element and attribute of a message's schema that the draft neither carries nor mentions yet,
// whatever led to it, and what the schema demands that the catalogue does not check.
func (b *builder) sweep(root *element, side string) {
	w := treeSweeper{builder: b, seen: map[*element]bool{}, missing: map[string][]string{}, at: map[string]*element{}}
	b.named[root] = true
	w.walk(root, "")
	for _, from := range w.order {
		b.note(Lost, side, w.at[from], "elements and attributes that are not carried"+from+": "+names(w.missing[from]))
	}
	for _, rule := range w.rules {
		b.note(Lost, side, rule, "a rule that is not checked: xs:"+rule.name.Local+" "+clip(rule.attr("name")+rule.attr("test"), 100))
	}
}

// treeSweeper walks schemas by their form alone.
type treeSweeper struct {
	*builder
	seen    map[*element]bool
	missing map[string][]string
	at      map[string]*element
	order   []string
	rules   []*element
}

func (w *treeSweeper) walk(e *element, from string) {
	if w.seen[e] {
		return
	}
	w.seen[e], w.reached[e] = true, true
	if name := e.attr("name"); name != "" && e.name.Local != "element" && e.name.Local != "attribute" {
		from = " (" + clip(name, 80) + ")"
	}
	if e.name.Local == "element" || e.name.Local == "attribute" {
		w.missed(e, from)
	}
	w.follow(e, from)
	for _, c := range e.children {
		if c.name.Space != spaceXSD {
			continue
		}
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
func (w *treeSweeper) follow(e *element, from string) {
	for _, ref := range []struct {
		attr string
		in   map[xml.Name]*element
		of   []string
	}{
		{"type", w.set.types, []string{"element", "attribute"}}, {"base", w.set.types, []string{"extension"}},
		{"ref", w.set.elements, []string{"element"}}, {"ref", w.set.groups, []string{"group"}},
		{"ref", w.set.bundles, []string{"attributeGroup"}}, {"ref", w.set.attributes, []string{"attribute"}},
	} {
		name := e.attr(ref.attr)
		if name == "" || !slices.Contains(ref.of, e.name.Local) || e.attr("maxOccurs") == "0" ||
			e.attr("use") == "prohibited" {
			continue
		}
		if to, _, err := w.set.find(ref.in, e, name); err == nil && to != nil {
			if ref.attr == "ref" && w.named[e] {
				w.named[to] = true
			}
			w.walk(to, from)
			for _, other := range w.substitutesOf(to) {
				w.walk(other, from)
			}
			if ref.attr == "type" {
				w.heirs(to)
			}
		}
	}
}

// heirs walks what types made of an abstract one add, and what those made of another one name themselves.
func (w *treeSweeper) heirs(base *element) {
	for _, heir := range below(w.set.heirs, base) {
		step := extensionOf(heir)
		switch {
		case step == nil:
		case isAbstract(base):
			w.walk(heir, "")
		default:
			ownNames(step, func(e *element) { w.missed(e, " ("+clip(heir.attr("name"), 80)+")") })
		}
	}
}

// missed takes note of an element or attribute that the draft does not mention.
func (w *treeSweeper) missed(e *element, from string) {
	if w.named[e] {
		return
	}
	w.named[e] = true
	if w.missing[from] == nil {
		w.order = append(w.order, from)
		w.at[from] = e
	}
	w.missing[from] = append(w.missing[from], e.attr("name")+e.attr("ref"))
}

func (w *treeSweeper) substitutesOf(e *element) []*element {
	if e.name.Local != "element" {
		return nil
	}
	return below(w.set.members, e)
}

// ownNames are the elements and attributes that a declaration names itself, those of its types apart.
func ownNames(e *element, each func(*element)) (all []string) {
	for _, c := range e.children {
		if c.name.Space != spaceXSD || c.name.Local == "annotation" {
			continue
		}
		if c.name.Local == "element" || c.name.Local == "attribute" {
			all = append(all, c.attr("name")+c.attr("ref"))
			each(c)
		} else {
			all = append(all, ownNames(c, each)...)
		}
	}
	return all
}

// namesUnder lists what an element consists of, whatever is carried.
func (r *reader) namesUnder(set *schemas, e *element) (all []string) {
	b := &builder{reader: r, set: set, named: map[*element]bool{e: true}}
	w := treeSweeper{builder: b, seen: map[*element]bool{}, missing: map[string][]string{}, at: map[string]*element{}}
	w.walk(e, "")
	for _, from := range w.order {
		all = append(all, w.missing[from]...)
	}
	return all
}
