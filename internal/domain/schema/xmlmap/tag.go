package xmlmap

import (
	"bytes"
	"strconv"

	"mconnect/fault"
)

// open reads the start tag at pos into g.
func (t *tokens) open(g *tag) error {
	t.elements++
	t.depth++
	switch {
	case t.elements > t.limits.Elements:
		return &flaw{fault.XMLTooLarge, strconv.Itoa(t.limits.Elements) + " elements", t.pos}
	case t.depth > t.limits.Depth:
		return &flaw{fault.XMLTooDeep, strconv.Itoa(t.limits.Depth), t.pos}
	}
	t.pos++
	prefix, local, err := t.qualified()
	if err != nil {
		return err
	}
	*g = tag{name: local, local: local, outer: t.usual, scope: len(t.scope)}
	if prefix != nil {
		g.name = t.in[t.pos-len(prefix)-1-len(local) : t.pos]
	}
	if t.pos < len(t.in) && t.in[t.pos] == '>' {
		t.pos++
	} else if err := t.attributes(g); err != nil {
		return err
	}
	if prefix == nil {
		g.space = t.usual
		return nil
	}
	g.space, err = t.space(prefix)
	return err
}

// close reads the end tag that belongs to g, unless g is empty, and leaves its namespaces.
func (t *tokens) close(g *tag) error {
	if !g.empty {
		end := t.pos + 2 + len(g.name)
		if end >= len(t.in) {
			return t.ends()
		}
		if t.in[t.pos+1] != '/' || !bytes.Equal(t.in[t.pos+2:end], g.name) {
			return t.malformed("an end tag that does not fit its start tag")
		}
		t.pos = end
		if t.in[t.pos] != '>' {
			t.skipBlank()
			if t.pos >= len(t.in) {
				return t.ends()
			}
			if t.in[t.pos] != '>' {
				return t.malformed("an end tag that does not fit its start tag")
			}
		}
		t.pos++
	}
	t.depth--
	t.usual = g.outer
	t.scope = t.scope[:g.scope]
	return nil
}

// closing: an end tag stands at pos, which is at a '<'.
func (t *tokens) closing() bool { return t.in[t.pos+1] == '/' }

// qualified reads a name with its prefix, if there is one.
func (t *tokens) qualified() (prefix, local []byte, err error) {
	local, err = t.part()
	if err != nil || t.pos >= len(t.in) || t.in[t.pos] != ':' {
		return nil, local, err
	}
	prefix = local
	t.pos++
	local, err = t.part()
	if err == nil && t.pos < len(t.in) && t.in[t.pos] == ':' {
		err = t.malformed("a name with two colons")
	}
	return prefix, local, err
}

func (t *tokens) part() ([]byte, error) {
	from := t.pos
	i := from
	for i < len(t.in) && class[t.in[i]]&nameByte != 0 {
		i++
	}
	if i == len(t.in) {
		return nil, t.ends()
	}
	if t.in[i] >= 0x80 {
		i = from + ncName(t.in[from:])
	}
	if i == from || (t.in[from] < 0x80 && class[t.in[from]]&nameStart == 0) {
		return nil, t.malformed("a name is expected")
	}
	t.pos = i
	return t.in[from:i], nil
}

// attributes reads the rest of a start tag.
func (t *tokens) attributes(g *tag) error {
	t.attrs = t.attrs[:0]
	for {
		from := t.pos
		t.skipBlank()
		switch {
		case t.pos >= len(t.in):
			return t.ends()
		case t.in[t.pos] == '>':
			t.pos++
			return t.understand(g)
		case t.at("/>"):
			t.pos += 2
			g.empty = true
			return t.understand(g)
		case t.pos == from:
			return t.malformed("white space is missing between attributes")
		case len(t.attrs) >= t.limits.Attributes:
			return &flaw{fault.XMLTooLarge, strconv.Itoa(t.limits.Attributes) + " attributes", t.pos}
		}
		a := attribute{}
		var err error
		if a.prefix, a.local, err = t.qualified(); err != nil {
			return err
		}
		if a.value, err = t.value(); err != nil {
			return err
		}
		t.attrs = append(t.attrs, a)
	}
}

// value reads = "…" and normalises it as CDATA (XML 1.0, 3.3.3).
func (t *tokens) value() ([]byte, error) {
	t.skipBlank()
	if t.pos >= len(t.in) || t.in[t.pos] != '=' {
		return nil, t.malformed("an attribute without a value")
	}
	t.pos++
	t.skipBlank()
	if t.pos >= len(t.in) || (t.in[t.pos] != '"' && t.in[t.pos] != '\'') {
		return nil, t.malformed("an attribute without quotes")
	}
	quote := t.in[t.pos]
	t.pos++
	from := t.pos
	for t.pos < len(t.in) && class[t.in[t.pos]]&plainText != 0 && t.in[t.pos] >= ' ' && t.in[t.pos] != quote {
		t.pos++
	}
	if t.pos < len(t.in) && t.in[t.pos] == quote {
		t.pos++
		return t.in[from : t.pos-1], nil
	}
	t.scratch = append(t.scratch[:0], t.in[from:t.pos]...)
	for t.pos < len(t.in) {
		switch c := t.in[t.pos]; {
		case c == quote:
			t.pos++
			return bytes.Clone(t.scratch), nil
		case c == '\t', c == '\n':
			t.scratch = append(t.scratch, ' ')
			t.pos++
		case class[c]&plainText != 0:
			t.scratch = append(t.scratch, c)
			t.pos++
		default:
			if err := t.special(c, quote); err != nil {
				return nil, err
			}
		}
	}
	return nil, t.ends()
}

// understand declares namespaces, finds xsi:nil and refuses what stands twice.
func (t *tokens) understand(g *tag) error {
	for i := range t.attrs {
		if err := t.declare(&t.attrs[i]); err != nil {
			return err
		}
	}
	for i := range t.attrs {
		a := &t.attrs[i]
		if a.prefix != nil && !bytes.Equal(a.prefix, xmlnsPrefix) {
			var err error
			if a.space, err = t.space(a.prefix); err != nil {
				return err
			}
		}
		for j := range t.attrs[:i] {
			b := &t.attrs[j]
			if bytes.Equal(a.local, b.local) && (bytes.Equal(a.prefix, b.prefix) || (len(a.space) > 0 && bytes.Equal(a.space, b.space))) {
				return t.malformed("an attribute that stands twice")
			}
		}
		if err := t.weigh(g, a); err != nil {
			return err
		}
	}
	return nil
}

// weigh takes xsi:nil to heart, passes over what means nothing in any message, and counts the rest.
func (t *tokens) weigh(g *tag, a *attribute) error {
	switch {
	case string(a.space) == XSI:
		if string(a.local) == "nil" {
			return t.setNil(g, trim(a.value))
		}
	case string(a.space) == namespaceXML, bytes.Equal(a.prefix, xmlnsPrefix):
	case len(a.space) == 0 && (string(a.local) == "xmlns" || string(a.local) == "Id"):
	case string(a.space) == namespaceWSU && string(a.local) == "Id":
	default:
		g.strays++
	}
	return nil
}

func (t *tokens) setNil(g *tag, value []byte) error {
	switch string(value) {
	case "true", "1":
		g.nilled = true
	case "false", "0":
	default:
		return t.malformed("xsi:nil is neither true nor false")
	}
	return nil
}

const namespaceWSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

// declare takes in a namespace declaration (Namespaces in XML 1.0, section 3).
func (t *tokens) declare(a *attribute) error {
	switch {
	case a.prefix == nil && string(a.local) == "xmlns":
		if reservedSpace(a.value) {
			return &flaw{fault.XMLNamespace, "a reserved namespace as the default", t.pos}
		}
		t.usual = a.value
	case bytes.Equal(a.prefix, xmlnsPrefix):
		isXML, forXML := bytes.Equal(a.local, xmlPrefix), string(a.value) == namespaceXML
		switch {
		case isXML && forXML:
			return nil
		case isXML, forXML, bytes.Equal(a.local, xmlnsPrefix), len(a.value) == 0, reservedSpace(a.value):
			return &flaw{fault.XMLNamespace, "a reserved or empty namespace or prefix", t.pos}
		}
		t.scope = append(t.scope, binding{a.local, a.value})
	}
	return nil
}

func reservedSpace(b []byte) bool {
	return string(b) == namespaceXML || string(b) == namespaceXMLNS
}

var spaceXML = []byte(namespaceXML)

// space finds the namespace of a prefix.
func (t *tokens) space(prefix []byte) ([]byte, error) {
	for i := len(t.scope) - 1; i >= 0; i-- {
		if bytes.Equal(t.scope[i].prefix, prefix) {
			return t.scope[i].space, nil
		}
	}
	if bytes.Equal(prefix, xmlPrefix) {
		return spaceXML, nil
	}
	return nil, &flaw{fault.XMLNamespace, "a prefix that is not declared", t.pos}
}
