package draft

import (
	"encoding/xml"
	"path"
	"strings"

	"mconnect/fault"
)

// schemas are the global declarations of all schema documents of a description.
type schemas struct {
	elements map[xml.Name]*element
	types    map[xml.Name]*element // simple and complex ones share one space of names
	groups   map[xml.Name]*element
	space    map[*element]string // target namespace of a schema document, as included
	order    []*element          // global elements as read
	loaded   map[string]bool     // file and namespace
}

func newSchemas() *schemas {
	return &schemas{
		elements: map[xml.Name]*element{}, types: map[xml.Name]*element{}, groups: map[xml.Name]*element{},
		space: map[*element]string{}, loaded: map[string]bool{},
	}
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
	for _, c := range root.children {
		name := xml.Name{Space: space, Local: c.attr("name")}
		switch {
		case c.name.Space != spaceXSD:
		case c.name.Local == "element":
			set.elements[name] = c
			set.order = append(set.order, c)
		case c.name.Local == "complexType", c.name.Local == "simpleType":
			set.types[name] = c
		case c.name.Local == "group":
			set.groups[name] = c
		case c.name.Local == "redefine":
			return unsupported(c.where(), "xs:redefine")
		case c.name.Local == "include":
			if err := r.beside(set, c, space); err != nil {
				return err
			}
		case c.name.Local == "import" && c.attr("schemaLocation") != "":
			if err := r.beside(set, c, c.attr("namespace")); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside reads a schema document of the same folder. One on the network is not fetched: what it declares is missing when
// it is referred to. A document read before is not read again, so cycles end.
func (r *reader) beside(set *schemas, from *element, space string) error {
	name, remote, err := beside(from, from.attr("schemaLocation"))
	if err != nil || remote {
		return err
	}
	key := name + " " + space
	if set.loaded[key] {
		return nil
	}
	set.loaded[key] = true
	text, err := r.file(name)
	if err != nil {
		return err
	}
	root, err := r.tree(name, text)
	if err != nil {
		return err
	}
	return r.schema(set, root, space)
}

// beside says which file of the folder a location means.
func beside(from *element, location string) (name string, remote bool, err error) {
	if strings.Contains(location, "://") {
		return "", true, nil
	}
	if location == "" || path.IsAbs(location) || strings.ContainsAny(location, "\\:\x00") {
		return "", false, fault.New(fault.ImportReference, "ref", clip(location, 200), "where", from.where())
	}
	name = path.Join(path.Dir(from.file), location)
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", false, fault.New(fault.ImportReference, "ref", clip(location, 200), "where", from.where())
	}
	return name, false, nil
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

// find looks a reference up. In an included document without target namespace an unprefixed name is of the including one.
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
	if found == nil {
		return nil, name, fault.New(fault.ImportReference, "ref", clip(ref, 200), "where", from.where())
	}
	return found, name, nil
}

// xsd makes drafts of a schema alone: Foo or FooRequest with FooResponse are one service; any other object is the answer of one
// that asks nothing yet.
func (r *reader) xsd(text []byte) error {
	root, err := r.tree(r.src.Name, text)
	if err != nil {
		return err
	}
	set := newSchemas()
	set.loaded[r.src.Name+" "+root.attr("targetNamespace")] = true
	if err := r.schema(set, root, ""); err != nil {
		return err
	}
	byName := map[string]*element{}
	for _, e := range set.order {
		byName[e.attr("name")] = e
	}
	for _, e := range set.order {
		name := e.attr("name")
		base := strings.TrimSuffix(name, "Request")
		answer := firstNamed(byName, base+"Response", base+"Answer", base+"Result")
		switch asks := firstNamed(byName, base+"Request", base); {
		case answer != nil && (e == asks):
			err = r.message(set, base, e, answer)
		case answer == nil && !paired(byName, name):
			err = r.message(set, name, nil, e)
		default:
			continue
		}
		if err != nil {
			return err
		}
	}
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

// message makes a draft of two global elements of a schema.
func (r *reader) message(set *schemas, operation string, asks, answers *element) error {
	if !r.wanted(operation) {
		return nil
	}
	d := Draft{}
	d.note(Decide, "endpoint", answers.where(), "a schema does not say how the provider is reached")
	_, err := r.typed(set, &d, asks, answers)
	if err != nil {
		return r.left(operation, err)
	}
	if asks == nil {
		d.note(Decide, "request", answers.where(), "the schema declares no request for this answer")
	}
	return r.add(d, operation)
}

// typed fills in request and answer from their elements; asks may be nil. It returns how both look in XML.
func (r *reader) typed(set *schemas, d *Draft, asks, answers *element) (wires [2]Wire, err error) {
	b := &builder{reader: r, set: set, draft: d, wire: map[string]xml.Name{}}
	if asks != nil {
		if d.Request, err = b.root(asks, "request"); err != nil {
			return wires, err
		}
		wires[0] = b.wireOf(asks, "request")
	}
	b.budget, b.wire = 0, map[string]xml.Name{}
	if d.Response, err = b.root(answers, "response"); err != nil {
		return wires, err
	}
	if len(d.Response.Fields) == 0 {
		return wires, unsupported(answers.where(), "an answer without fields")
	}
	wires[1] = b.wireOf(answers, "response")
	return wires, nil
}
