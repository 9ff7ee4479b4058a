package xmlsec

import (
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
)

// pending is an attribute of the start tag being read, before its prefix is resolved.
type pending struct {
	name  string
	colon int // -1 without prefix
	value string
	clean bool
}

// qname reads a name with at most one colon.
func (p *parser) qname() (name string, colon int, err error) {
	s, start := p.source, p.pos
	i, colon := start, -1
	bad := false
	for i < len(s) && class[s[i]]&nameMore != 0 {
		if s[i] == ':' {
			bad = bad || colon >= 0 || i == start || i+1 == len(s) || s[i+1] < 0x80 && class[s[i+1]]&nameStart == 0
			colon = i - start
		}
		i++
	}
	if i < len(s) && s[i] >= 0x80 {
		i = scanName(s, start)
		colon = strings.IndexByte(s[start:i], ':')
		bad = colon >= 0 && !isNCName(s[start+colon+1:i]) || colon == 0
	} else if i > start && class[s[start]]&nameStart == 0 {
		i = start
	}
	name = s[start:i]
	switch {
	case name == "":
		return "", 0, p.wrong("a name is missing")
	case len(name) > p.limits.Name:
		return "", 0, tooLarge("name", p.limits.Name)
	case bad:
		return "", 0, misnamed(name)
	}
	p.pos = i
	return name, colon, nil
}

func misnamed(what string) error {
	return fault.New(fault.XMLNamespace, "what", shown(what))
}

func (p *parser) blanks() (any bool) {
	for p.pos < len(p.source) && class[p.source[p.pos]]&blank != 0 {
		p.pos++
		any = true
	}
	return any
}

// startTag reads a start tag or an empty element.
func (p *parser) startTag() error {
	if len(p.open) > p.limits.Depth {
		return fault.New(fault.XMLTooDeep, "limit", strconv.Itoa(p.limits.Depth))
	}
	p.pos++
	name, colon, err := p.qname()
	if err != nil {
		return err
	}
	mark := len(p.undo)
	empty, ndecls, err := p.attributes()
	if err != nil {
		return err
	}
	e := node{kind: elementNode, value: name, local: uint16(colon + 1), ndecls: uint16(ndecls),
		decls: int32(len(p.decls) - ndecls), attrs: int32(len(p.attrs)), nattrs: uint16(len(p.pend))}
	if e.prefix, e.space, err = p.resolve(name, colon); err != nil {
		return err
	}
	at := int32(len(p.nodes))
	if err := p.add(e); err != nil {
		return err
	}
	if err := p.settle(at); err != nil {
		return err
	}
	p.open = append(p.open, openElement{at, mark})
	p.depth = max(p.depth, len(p.open)-1)
	if empty {
		p.close()
	}
	return nil
}

// attributes reads up to the end of the start tag. Declarations take effect at once, the rest waits in p.pend.
func (p *parser) attributes() (empty bool, ndecls int, err error) {
	p.pend = p.pend[:0]
	first := len(p.decls)
	for {
		spaced := p.blanks()
		switch p.at(0) {
		case '>':
			p.pos++
			return false, len(p.decls) - first, p.sortDecls(first)
		case '/':
			if p.at(1) != '>' {
				return false, 0, p.wrong("a bare / in a tag")
			}
			p.pos += 2
			return true, len(p.decls) - first, p.sortDecls(first)
		}
		if !spaced {
			return false, 0, p.wrong("no space before an attribute")
		}
		a, err := p.attribute()
		if err != nil {
			return false, 0, err
		}
		switch {
		case a.name == "xmlns":
			err = p.declare("", a.value)
		case a.colon == 5 && a.name[:5] == "xmlns":
			err = p.declare(a.name[6:], a.value)
		default:
			p.pend = append(p.pend, a)
		}
		if err != nil {
			return false, 0, err
		}
		if len(p.pend) > p.limits.Attributes {
			return false, 0, tooLarge("attributes", p.limits.Attributes)
		}
		if len(p.decls)-first > p.limits.Namespaces || len(p.undo) > 4*p.limits.Namespaces {
			return false, 0, tooLarge("namespaces", p.limits.Namespaces)
		}
	}
}

func (p *parser) attribute() (a pending, err error) {
	if a.name, a.colon, err = p.qname(); err != nil {
		return a, err
	}
	p.blanks()
	if p.at(0) != '=' {
		return a, p.wrong("an attribute without value")
	}
	p.pos++
	p.blanks()
	a.value, a.clean, err = p.value()
	return a, err
}

// declare binds prefix to space from here to the end of the element (Namespaces in XML 1.0 §3).
func (p *parser) declare(prefix, space string) error {
	switch {
	case len(space) > p.limits.URI:
		return tooLarge("namespace name", p.limits.URI)
	case prefix == "xmlns", space == namespaceXMLNS, (prefix == "xml") != (space == NamespaceXML):
		return misnamed("xmlns:" + prefix)
	case prefix != "" && space == "":
		return misnamed("xmlns:" + prefix + `=""`)
	}
	pre, uri := p.prefixes.intern(prefix), p.spaces.intern(space)
	if int(pre) == len(p.scope) {
		p.scope = append(p.scope, 0)
	}
	p.undo = append(p.undo, binding{pre, p.scope[pre]})
	p.scope[pre] = uri
	p.decls = append(p.decls, decl{pre, uri})
	return nil
}

// sortDecls orders the declarations of one element by prefix and refuses a prefix declared twice.
func (p *parser) sortDecls(first int) error {
	own := p.decls[first:]
	if len(own) < 2 {
		return nil
	}
	slices.SortFunc(own, func(a, b decl) int {
		return strings.Compare(p.prefixes.list[a.prefix], p.prefixes.list[b.prefix])
	})
	for i := 1; i < len(own); i++ {
		if own[i].prefix == own[i-1].prefix {
			return p.wrong("a prefix declared twice on one element")
		}
	}
	return nil
}

// resolve finds the namespace of an element's name.
func (p *parser) resolve(name string, colon int) (prefix, space int32, err error) {
	if colon < 0 {
		return 0, p.scope[0], nil
	}
	prefix = p.prefixes.find(name[:colon])
	if prefix < 0 || p.scope[prefix] == 0 {
		return 0, 0, misnamed("prefix " + name[:colon])
	}
	return prefix, p.scope[prefix], nil
}

// settle resolves, sorts and stores the attributes read, and notes those that are ids.
func (p *parser) settle(at int32) error {
	if len(p.pend) == 0 {
		return nil
	}
	first := len(p.attrs)
	for _, w := range p.pend {
		a := attr{name: w.name, value: w.value, clean: w.clean, local: uint16(w.colon + 1)}
		if w.colon >= 0 {
			var err error
			if a.prefix, a.space, err = p.resolve(w.name, w.colon); err != nil {
				return err
			}
		}
		p.attrs = append(p.attrs, a)
		p.noteID(&a, at)
	}
	own := p.attrs[first:]
	if len(own) < 2 {
		return nil
	}
	p.sortAttrs(own)
	for i := 1; i < len(own); i++ {
		if own[i].space == own[i-1].space && own[i].name[own[i].local:] == own[i-1].name[own[i-1].local:] {
			return p.wrong("an attribute stated twice")
		}
	}
	return nil
}

// sortAttrs orders by namespace name, then local name (Canonical XML §2.2).
func (d *Document) sortAttrs(own []attr) {
	compare := func(a, b *attr) int {
		if a.space != b.space {
			return strings.Compare(d.spaces.list[a.space], d.spaces.list[b.space])
		}
		return strings.Compare(a.name[a.local:], b.name[b.local:])
	}
	if len(own) > 8 {
		slices.SortFunc(own, func(a, b attr) int { return compare(&a, &b) })
		return
	}
	for i := 1; i < len(own); i++ {
		for j := i; j > 0 && compare(&own[j], &own[j-1]) < 0; j-- {
			own[j], own[j-1] = own[j-1], own[j]
		}
	}
}

func (p *parser) noteID(a *attr, at int32) {
	local := a.name[a.local:]
	if len(local) != 2 || !strings.EqualFold(local, "id") {
		return
	}
	resolves := local == "Id" && (a.space == 0 || p.spaces.list[a.space] == namespaceWSU)
	p.ids = append(p.ids, id{a.value, at, resolves, local == "ID" && a.space == 0})
}

func (p *parser) endTag() error {
	top := p.open[len(p.open)-1]
	name := p.nodes[top.at].value
	rest := p.source[p.pos+2:]
	if !strings.HasPrefix(rest, name) {
		return p.wrong("an end tag that fits no start tag")
	}
	p.pos += 2 + len(name)
	p.blanks()
	if p.at(0) != '>' {
		return p.wrong("an end tag that fits no start tag")
	}
	p.pos++
	p.close()
	return nil
}

// close ends the innermost element: its subtree is complete and its declarations are undone.
func (p *parser) close() {
	top := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	p.nodes[top.at].end = int32(len(p.nodes))
	for i := len(p.undo) - 1; i >= top.undo; i-- {
		p.scope[p.undo[i].prefix] = p.undo[i].space
	}
	p.undo = p.undo[:top.undo]
}
