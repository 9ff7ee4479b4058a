package importer

import (
	"encoding/xml"
	"slices"
	"strings"

	"mconnect/internal/domain/catalog"
)

// description is a WSDL with everything that it imports.
type description struct {
	set       *schemas
	messages  map[xml.Name]*element
	portTypes map[xml.Name]*element
	bindings  map[xml.Name]*element
	kinds     []*element // the port types as read
	services  []*element
	policies  map[string]*element // by wsu:Id or Name
	loaded    map[string]bool
}

// port is one SOAP endpoint of a description.
type port struct {
	url, version, soap string // soap is the namespace of the binding's elements
	at, binding        *element
	portType           *element
	rpc                bool
}

func (r *reader) wsdl(root *element) error {
	d := &description{
		set: newSchemas(), messages: map[xml.Name]*element{}, portTypes: map[xml.Name]*element{},
		bindings: map[xml.Name]*element{},
		policies: map[string]*element{}, loaded: map[string]bool{},
	}
	d.loaded[r.src.Name] = true
	if err := r.definitions(d, root); err != nil {
		return err
	}
	d.set.index()
	ports, err := r.ports(d)
	if err != nil {
		return err
	}
	if len(ports) == 0 {
		return unsupported(root.where(), "a WSDL without a SOAP binding")
	}
	done := map[*element]bool{}
	for _, p := range ports {
		for _, op := range p.portType.all(spaceWSDL, "operation") {
			if done[op] || !r.wanted(op.attr("name")) {
				continue
			}
			done[op] = true
			if err := r.operation(d, p, op, ports); err != nil {
				return err
			}
		}
	}
	if err := r.unbound(d, done); err != nil {
		return err
	}
	r.idle(d.set, root.where())
	return nil
}

// unbound names the operations that no SOAP port offers.
func (r *reader) unbound(d *description, done map[*element]bool) error {
	for _, t := range d.kinds {
		for _, op := range t.all(spaceWSDL, "operation") {
			if name := op.attr("name"); !done[op] && r.wanted(name) {
				if err := r.left(name, unsupported(op.where(), "an operation that no SOAP port offers")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// definitions takes in one WSDL document, its schemas and its imports.
func (r *reader) definitions(d *description, root *element) error {
	if root.is(spaceXSD, "schema") {
		return r.schema(d.set, root, "")
	}
	if !root.is(spaceWSDL, "definitions") {
		return malformed(root.where(), "wsdl:definitions of WSDL 1.1 is expected, not "+clip(root.name.Local, 60))
	}
	target := root.attr("targetNamespace")
	for _, c := range root.children {
		if isPolicy(c) {
			d.policies[policyName(c)] = c
		}
		if c.name.Space != spaceWSDL {
			continue
		}
		name := xml.Name{Space: target, Local: c.attr("name")}
		switch c.name.Local {
		case "types":
			for _, schema := range c.all(spaceXSD, "schema") {
				if err := r.schema(d.set, schema, ""); err != nil {
					return err
				}
			}
		case "message":
			d.messages[name] = c
		case "portType":
			d.portTypes[name] = c
			d.kinds = append(d.kinds, c)
		case "binding":
			d.bindings[name] = c
		case "service":
			d.services = append(d.services, c)
		case "import":
			if err := r.imported(d, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) imported(d *description, from *element) error {
	name, root, err := r.another(from, from.attr("location"), from.attr("namespace"),
		func(name string) bool { return d.loaded[name] })
	if err != nil || root == nil {
		return err
	}
	d.loaded[name] = true
	return r.definitions(d, root)
}

// lookup finds what a QName in an attribute names.
func (r *reader) lookup(in map[xml.Name]*element, from *element, ref string) (*element, error) {
	name, err := from.qname(ref)
	if err != nil {
		return nil, err
	}
	if found := in[name]; found != nil {
		return found, nil
	}
	if len(r.unfetched) > 0 {
		return nil, r.absent(ref, name.Space, from.where())
	}
	return nil, malformed(from.where(), clip(ref, 80)+" is not declared")
}

// ports lists the SOAP ports, SOAP 1.1 first: where one operation is offered in both versions, it is called in 1.1.
func (r *reader) ports(d *description) (ports []port, err error) {
	for _, version := range []struct{ soap, version string }{{spaceSOAP11, "1.1"}, {spaceSOAP12, "1.2"}} {
		for _, s := range d.services {
			for _, p := range s.all(spaceWSDL, "port") {
				address := p.first(version.soap, "address")
				if address == nil {
					continue
				}
				binding, err := r.lookup(d.bindings, p, p.attr("binding"))
				if err != nil {
					return nil, err
				}
				style := binding.first(version.soap, "binding")
				if style == nil {
					continue
				}
				made := port{
					url: address.attr("location"), version: version.version, soap: version.soap, at: p,
					binding: binding,
					rpc:     style.attr("style") == "rpc",
				}
				if made.portType, err = r.lookup(d.portTypes, binding, binding.attr("type")); err != nil {
					return nil, err
				}
				ports = append(ports, made)
			}
		}
	}
	return ports, nil
}

// operation makes the draft of one operation, or notes why there is none.
func (r *reader) operation(d *description, p port, op *element, ports []port) error {
	name := op.attr("name")
	draft := Draft{}
	if doc := op.first(spaceWSDL, "documentation"); doc != nil {
		draft.words(doc.text, r)
	}
	how, err := r.bound(d, p, op, &draft)
	if err != nil {
		return r.left(name, err)
	}
	for _, other := range ports {
		if other.at != p.at && other.portType == p.portType {
			draft.note(Decide, "endpoint", other.at.where(),
				"the port "+clip(other.at.attr("name"),
					60)+" offers it too, in SOAP "+other.version+": "+clip(other.url, 200))
		}
	}
	r.extensions(d, &draft, p.at, p.binding, how, p.portType, op)
	r.faults(d, &draft, op)
	return r.add(draft, name)
}

// words makes title and description of an operation's documentation.
func (d *Draft) words(text string, r *reader) {
	say(&d.Description, "", text, r.opt.Lang)
	d.Title = title(d.Description)
	if d.Title == d.Description {
		d.Description.RO, d.Description.EN, d.Description.RU = "", "", ""
	}
}

// bound reads how an operation is bound and what its messages are. Only document/literal is carried.
func (r *reader) bound(d *description, p port, op *element, draft *Draft) (how *element, err error) {
	name := op.attr("name")
	for _, o := range p.binding.all(spaceWSDL, "operation") {
		if o.attr("name") == name {
			how = o
		}
	}
	if how == nil {
		return nil, unsupported(op.where(), "an operation that no SOAP binding binds")
	}
	style, action := "", ""
	if soap := how.first(p.soap, "operation"); soap != nil {
		style, action = soap.attr("style"), soap.attr("soapAction")
	}
	if style == "rpc" || (style == "" && p.rpc) {
		return nil, unsupported(how.where(), "rpc style: the platform speaks document/literal")
	}
	asks, err := r.body(d, p, op, how, "input", draft)
	if err != nil {
		return nil, err
	}
	answers, err := r.body(d, p, op, how, "output", draft)
	if err != nil {
		return nil, err
	}
	wires, err := r.typed(d.set, draft, asks, answers)
	if err != nil {
		return nil, err
	}
	draft.Endpoint.SOAP = &catalog.SOAP{URL: p.url, Version: p.version, Action: action, Request: wires[0],
		Response: wires[1]}
	if !strings.HasPrefix(p.url, "https://") {
		draft.note(Decide, "endpoint", p.binding.where(), "the address is not https")
	}
	return how, nil
}

// body finds the element that is the Body's child of one direction.
func (r *reader) body(d *description, p port, op, how *element, side string, draft *Draft) (*element, error) {
	io := op.first(spaceWSDL, side)
	if io == nil {
		return nil, unsupported(op.where(), "an operation without "+side)
	}
	message, err := r.lookup(d.messages, io, io.attr("message"))
	if err != nil {
		return nil, err
	}
	wanted, outside := "", map[string]bool{}
	if bound := how.first(spaceWSDL, side); bound != nil {
		if wanted, err = r.boundParts(d, p, bound, io, outside, draft); err != nil {
			return nil, err
		}
	}
	var part *element
	for _, candidate := range message.all(spaceWSDL, "part") {
		if name := candidate.attr("name"); (wanted != "" && !slices.Contains(strings.Fields(wanted), name)) ||
			outside[name] {
			continue
		}
		if part != nil {
			return nil, unsupported(message.where(), "a message of several parts in the Body")
		}
		part = candidate
	}
	switch {
	case part == nil:
		return nil, unsupported(message.where(), "a message without a part in the Body")
	case part.attr("element") == "":
		return nil, unsupported(part.where(), "a part that names a type and no element: the platform speaks document/literal")
	}
	return r.partElement(d, part)
}

func (r *reader) partElement(d *description, part *element) (*element, error) {
	found, name, err := d.set.find(d.set.elements, part, part.attr("element"))
	if err == nil && found == nil {
		err = r.absent(part.attr("element"), name.Space, part.where())
	}
	return found, err
}

// boundParts reports which parts stand in the Body, and notes those that stand elsewhere: in header blocks, in
// attachments (WSDL 1.1, clauses 3.7 and 5).
func (r *reader) boundParts(d *description, p port, bound, io *element, outside map[string]bool,
	draft *Draft) (wanted string, err error) {
	places := []*element{bound}
	for _, related := range bound.all(spaceMIME, "multipartRelated") {
		places = append(places, related.all(spaceMIME, "part")...)
	}
	for _, place := range places {
		if body := place.first(p.soap, "body"); body != nil {
			if body.attr("use") == "encoded" {
				return "", unsupported(body.where(), "SOAP encoding: the platform speaks literal")
			}
			wanted = body.attr("parts")
		}
		for _, h := range place.all(p.soap, "header") {
			if h.attr("message") == io.attr("message") {
				outside[h.attr("part")] = true
			}
			draft.note(Changed, "endpoint", h.where(), "the header "+clip(h.attr("part"), 60)+
				" is for the endpoint's header conventions, not for the catalogue"+inParentheses(r.headerNames(d, h)))
		}
		for _, c := range place.all(spaceMIME, "content") {
			if place != bound && !outside[c.attr("part")] {
				outside[c.attr("part")] = true
				draft.note(Lost, "endpoint", c.where(),
					"the attachment "+clip(c.attr("part"), 60)+" beside the message")
			}
		}
	}
	return wanted, nil
}

// headerNames are what a header block consists of.
func (r *reader) headerNames(d *description, header *element) []string {
	message, err := r.lookup(d.messages, header, header.attr("message"))
	if err != nil {
		return nil
	}
	for _, part := range message.all(spaceWSDL, "part") {
		if part.attr("name") == header.attr("part") && part.attr("element") != "" {
			if e, err := r.partElement(d, part); err == nil {
				return r.namesUnder(d.set, e)
			}
		}
	}
	return nil
}
