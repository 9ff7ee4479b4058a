package draft

import (
	"encoding/xml"
	"strings"
)

// description is a WSDL with everything that it imports.
type description struct {
	set       *schemas
	messages  map[xml.Name]*element
	portTypes map[xml.Name]*element
	bindings  map[xml.Name]*element
	services  []*element
	loaded    map[string]bool
}

// port is one SOAP endpoint of a description.
type port struct {
	url, version, soap string // soap is the namespace of the binding's elements
	binding            *element
	portType           *element
	rpc                bool
}

func (r *reader) wsdl(text []byte) error {
	d := &description{
		set: newSchemas(), messages: map[xml.Name]*element{}, portTypes: map[xml.Name]*element{}, bindings: map[xml.Name]*element{}, loaded: map[string]bool{},
	}
	root, err := r.tree(r.src.Name, text)
	if err != nil {
		return err
	}
	d.loaded[r.src.Name] = true
	if err := r.definitions(d, root); err != nil {
		return err
	}
	ports, err := d.ports()
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
			if err := r.operation(d, p, op); err != nil {
				return err
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
	name, remote, err := beside(from, from.attr("location"))
	if err != nil || remote || d.loaded[name] {
		return err
	}
	d.loaded[name] = true
	text, err := r.file(name)
	if err != nil {
		return err
	}
	root, err := r.tree(name, text)
	if err != nil {
		return err
	}
	return r.definitions(d, root)
}

// lookup finds what a QName in an attribute names.
func lookup(in map[xml.Name]*element, from *element, ref string) (*element, error) {
	name, err := from.qname(ref)
	if err != nil {
		return nil, err
	}
	if found := in[name]; found != nil {
		return found, nil
	}
	return nil, malformed(from.where(), clip(ref, 80)+" is not declared")
}

// ports lists the SOAP ports, SOAP 1.1 first: where one operation is offered in both versions, it is called in 1.1.
func (d *description) ports() (ports []port, err error) {
	bound := map[*element]bool{}
	for _, version := range []struct{ soap, version string }{{spaceSOAP11, "1.1"}, {spaceSOAP12, "1.2"}} {
		for _, s := range d.services {
			for _, p := range s.all(spaceWSDL, "port") {
				address := p.first(version.soap, "address")
				if address == nil {
					continue
				}
				binding, err := lookup(d.bindings, p, p.attr("binding"))
				if err != nil {
					return nil, err
				}
				made, err := d.port(binding, version.soap)
				if err != nil {
					return nil, err
				}
				if made.portType != nil && !bound[binding] {
					bound[binding] = true
					made.url, made.version = address.attr("location"), version.version
					ports = append(ports, made)
				}
			}
		}
	}
	return ports, nil
}

func (d *description) port(binding *element, soap string) (p port, err error) {
	style := binding.first(soap, "binding")
	if style == nil {
		return p, nil
	}
	p = port{soap: soap, binding: binding, rpc: style.attr("style") == "rpc"}
	p.portType, err = lookup(d.portTypes, binding, binding.attr("type"))
	return p, err
}

// operation makes the draft of one operation, or notes why there is none.
func (r *reader) operation(d *description, p port, op *element) error {
	name := op.attr("name")
	draft := Draft{}
	if doc := op.first(spaceWSDL, "documentation"); doc != nil {
		draft.words(doc.text, r)
	}
	err := r.bound(d, p, op, &draft)
	if err != nil {
		return r.left(name, err)
	}
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
func (r *reader) bound(d *description, p port, op *element, draft *Draft) error {
	name := op.attr("name")
	var how *element
	for _, o := range p.binding.all(spaceWSDL, "operation") {
		if o.attr("name") == name {
			how = o
		}
	}
	if how == nil {
		return unsupported(op.where(), "an operation that no SOAP binding binds")
	}
	soap := how.first(p.soap, "operation")
	style := ""
	action := ""
	if soap != nil {
		style, action = soap.attr("style"), soap.attr("soapAction")
	}
	if style == "rpc" || (style == "" && p.rpc) {
		return unsupported(how.where(), "rpc style: the platform speaks document/literal")
	}
	asks, err := r.body(d, p, op, how, "input", draft)
	if err != nil {
		return err
	}
	answers, err := r.body(d, p, op, how, "output", draft)
	if err != nil {
		return err
	}
	wires, err := r.typed(d.set, draft, asks, answers)
	if err != nil {
		return err
	}
	draft.SOAP = &SOAP{URL: p.url, Version: p.version, Action: action, Request: wires[0], Response: wires[1]}
	if !strings.HasPrefix(p.url, "https://") {
		draft.note(Decide, "endpoint", p.binding.where(), "the address is not https")
	}
	return nil
}

// body finds the element that is the Body's child of one direction.
func (r *reader) body(d *description, p port, op, how *element, side string, draft *Draft) (*element, error) {
	io := op.first(spaceWSDL, side)
	if io == nil {
		return nil, unsupported(op.where(), "an operation without "+side)
	}
	message, err := lookup(d.messages, io, io.attr("message"))
	if err != nil {
		return nil, err
	}
	wanted, headers := "", map[string]bool{}
	if bound := how.first(spaceWSDL, side); bound != nil {
		body := bound.first(p.soap, "body")
		if body != nil && body.attr("use") == "encoded" {
			return nil, unsupported(body.where(), "SOAP encoding: the platform speaks literal")
		}
		if body != nil {
			wanted = body.attr("parts")
		}
		for _, h := range bound.all(p.soap, "header") {
			headers[h.attr("part")] = h.attr("message") == io.attr("message")
			draft.note(Changed, "endpoint", h.where(), "the header "+clip(h.attr("part"), 60)+" is for the endpoint's header conventions, not for the catalogue")
		}
	}
	var part *element
	for _, candidate := range message.all(spaceWSDL, "part") {
		if name := candidate.attr("name"); (wanted != "" && name != wanted) || headers[name] {
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
	found, _, err := d.set.find(d.set.elements, part, part.attr("element"))
	return found, err
}
