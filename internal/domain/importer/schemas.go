package importer

import (
	"encoding/xml"
	"slices"
	"strings"
)

// schemas are the global declarations of all schema documents of a description.
type schemas struct {
	elements        map[xml.Name]*element
	types           map[xml.Name]*element // simple and complex ones share one space of names
	groups          map[xml.Name]*element
	attributes      map[xml.Name]*element
	attributeGroups map[xml.Name]*element
	redefined       map[*element]*element   // a redefinition → what it redefines
	derived         map[*element][]*element // a complex type → those made of it, one step down
	members         map[*element][]*element // the head of a substitution group → its members, one step down
	space           map[*element]string     // target namespace of a schema document, as included

	all    []*element      // all global declarations as read
	loaded map[string]bool // file and namespace
}

func newSchemas() *schemas {
	return &schemas{
		elements: map[xml.Name]*element{}, types: map[xml.Name]*element{}, groups: map[xml.Name]*element{},
		attributes: map[xml.Name]*element{}, attributeGroups: map[xml.Name]*element{},
		redefined: map[*element]*element{},
		derived:   map[*element][]*element{}, members: map[*element][]*element{},
		space: map[*element]string{}, loaded: map[string]bool{},
	}
}

// table is where global declarations of a kind are kept.
func (s *schemas) table(local string) map[xml.Name]*element {
	return map[string]map[xml.Name]*element{
		"element": s.elements, "complexType": s.types, "simpleType": s.types, "group": s.groups,
		"attribute": s.attributes, "attributeGroup": s.attributeGroups,
	}[local]
}

// schema takes in one schema document and what it includes and imports. space replaces a missing target namespace, as
// an include asks (XML Schema 1.0 part 1, clause 4.2.1).
func (r *reader) schema(set *schemas, root *element, space string) error {
	if !root.is(spaceXSD, "schema") {
		return malformed(root.where(), "an xs:schema is expected, not "+clip(root.name.Local, 60))
	}
	if own := root.attr("targetNamespace"); own != "" {
		space = own
	}
	set.space[root] = space
	for c := range root.xsd() {
		var err error
		switch c.name.Local {
		case "include":
			err = r.readSibling(set, c, space)
		case "redefine":
			if err = r.readSibling(set, c, space); err == nil {
				set.redefine(c, space)
			}
		case "override":
			err = unsupported(c.where(), "xs:override of XML Schema 1.1")
		case "import":
			if c.attr("schemaLocation") != "" || r.src.Map[c.attr("namespace")] != "" {
				err = r.readSibling(set, c, c.attr("namespace"))
			}
		default:
			set.declare(c, space)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *schemas) declare(c *element, space string) {
	name := xml.Name{Space: space, Local: c.attr("name")}
	table := s.table(c.name.Local)
	if table == nil || name.Local == "" {
		return
	}
	table[name] = c
	s.all = append(s.all, c)
}

// redefine puts what xs:redefine says in the place of what was included; inside, the name means the one before (clause
// 4.2.2).
func (s *schemas) redefine(from *element, space string) {
	for c := range from.xsd() {
		if old := s.table(c.name.Local)[xml.Name{Space: space, Local: c.attr("name")}]; old != nil {
			s.redefined[c] = old
			s.all = slices.DeleteFunc(s.all, func(e *element) bool { return e == old })
		}
		s.declare(c, space)
	}
}

// index finds the derived types and the members of substitution groups, when all documents are read.
func (s *schemas) index() {
	for _, e := range s.all {
		switch e.name.Local {
		case "complexType":
			step := e.first(spaceXSD, "complexContent", "simpleContent").first(spaceXSD, "extension", "restriction")
			if step == nil {
				continue
			}
			if base, _, err := s.find(s.types, step, step.attr("base")); err == nil && s.redefined[e] != base {
				s.derived[base] = append(s.derived[base], e)
			}
		case "element":
			for head := range strings.FieldsSeq(e.attr("substitutionGroup")) {
				if found, _, err := s.find(s.elements, e, head); err == nil && found != e {
					s.members[found] = append(s.members[found], e)
				}
			}
		}
	}
}

// below lists what is under e in one of the indexes, each once, in the order of the description.
func below(index map[*element][]*element, e *element) (all []*element) {
	for next := index[e]; len(next) > 0; {
		one := next[0]
		next = next[1:]
		if one != e && !slices.Contains(all, one) {
			all = append(all, one)
			next = append(slices.Clone(index[one]), next...)
		}
	}
	return all
}

// known are namespaces whose schemas the import knows without reading them.
var known = map[string]bool{spaceSwaRef: true, spaceXMIME: true, spaceXML: true, spaceEncoded: true}

// readSibling reads a schema document of the folder. One that is not there is missing only when what it declares is
// referred to. A document read before is not read again, so cycles end.
func (r *reader) readSibling(set *schemas, from *element, space string) error {
	asked := ""
	if from.name.Local == "import" {
		if asked = space; known[space] {
			return nil
		}
	}
	name, root, err := r.another(from, from.attr("schemaLocation"), asked, func(name string) bool { return set.loaded[name+" "+space] })
	if err != nil || root == nil {
		return err
	}
	set.loaded[name+" "+space] = true
	return r.schema(set, root, space)
}

// another reads a file that an element refers to. root is nil when it was read before, or is missing, which is noted.
func (r *reader) another(from *element, ref, space string, loaded func(string) bool) (name string, root *element,
	err error) {
	at := location{ref: ref, file: from.file, where: from.where(), space: space}
	name, missing, err := r.locate(at)
	if err == nil && (missing || loaded(name)) {
		return name, nil, nil
	}
	var text []byte
	if err == nil {
		text, err = r.file(name)
	}
	if gone(err) {
		r.missing(at, err)
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	root, err = r.tree(name, text)
	return name, root, err
}

// targetOf is the namespace of the schema document that e stands in.
func (s *schemas) targetOf(e *element) string {
	for ; e != nil; e = e.parent {
		if space, ok := s.space[e]; ok {
			return space
		}
	}
	return ""
}

// idle names the types and elements of which no draft was made.
func (r *reader) idle(set *schemas, where string) {
	var all []string
	for _, e := range set.all {
		if !r.reached[e] && (e.name.Local == "element" || e.name.Local == "complexType") {
			all = append(all, e.attr("name"))
		}
	}
	r.unused(where, all)
}

// find looks a reference up. In an included document without target namespace an unprefixed name is of the including
// one; inside a redefinition the name that it redefines means the one before.
func (s *schemas) find(in map[xml.Name]*element, from *element, ref string) (*element, xml.Name, error) {
	name, err := from.qname(ref)
	if err != nil {
		return nil, name, err
	}
	found := in[name]
	if found == nil && name.Space == "" {
		name.Space = s.targetOf(from)
		found = in[name]
	}
	for at := from; found != nil && at != nil; at = at.parent {
		if at == found && s.redefined[at] != nil {
			found = s.redefined[at]
		}
	}
	return found, name, nil
}

// lookup is find for what must be there.
func (b *builder) lookup(in map[xml.Name]*element, from *element, ref string) (*element, error) {
	found, name, err := b.set.find(in, from, ref)
	if err == nil && found == nil {
		err = b.absent(ref, name.Space, from.where())
	}
	return found, err
}

// xsd makes drafts of a schema alone: Foo or FooRequest with FooResponse are one service; any other object is the
// answer of one that asks nothing yet. Only what the file itself declares is a service: what it imports is there to be
// referred to. A file that declares no element speaks for those that it includes.
func (r *reader) xsd(root *element) error {
	set := newSchemas()
	set.loaded[r.src.Name+" "+root.attr("targetNamespace")] = true
	if err := r.schema(set, root, ""); err != nil {
		return err
	}
	set.index()
	elsewhere := func(e *element) bool { return e.name.Local != "element" || e.file != r.src.Name }
	own := slices.DeleteFunc(slices.Clone(set.all), elsewhere)
	if len(own) == 0 {
		own = slices.DeleteFunc(slices.Clone(set.all), func(e *element) bool {
			return e.name.Local != "element" || set.targetOf(e) != set.space[root]
		})
	}
	byName := map[string]*element{}
	for _, e := range own {
		byName[e.attr("name")] = e
	}
	for _, e := range own {
		name := e.attr("name")
		base := strings.TrimSuffix(name, "Request")
		answer := firstNamed(byName, base+"Response", base+"Answer", base+"Result")
		var err error
		switch asks := firstNamed(byName, base+"Request", base); {
		case isAbstract(e): // those that stand in its place are messages, it is none
			if len(below(set.members, e)) == 0 && r.wanted(name) {
				err = r.left(name, unsupported(e.where(), "an abstract element, which nothing substitutes"))
			}
		case answer != nil && (e == asks):
			err = r.message(set, base, e, answer)
		case answer == nil && !paired(byName, name):
			err = r.message(set, name, nil, e)
		}
		if err != nil {
			return err
		}
	}
	r.idle(set, root.where())
	return nil
}

func firstNamed(all map[string]*element, names ...string) *element {
	for _, name := range names {
		if e := all[name]; e != nil {
			return e
		}
	}
	return nil
}

// paired reports that an element is the answer to another one.
func paired(all map[string]*element, name string) bool {
	for _, suffix := range []string{"Response", "Answer", "Result"} {
		base, cut := strings.CutSuffix(name, suffix)
		if cut && firstNamed(all, base+"Request", base) != nil {
			return true
		}
	}
	return false
}
