package xmlsec

import (
	"slices"
	"strings"
	"sync"
)

// Mode is one of the six canonicalisations.
type Mode uint8

// The canonicalisations. Whether comments stay is a separate bit: Exclusive.WithComments().
const (
	Exclusive   Mode = iota // Exclusive XML Canonicalization 1.0
	Inclusive10             // Canonical XML 1.0
	Inclusive11             // Canonical XML 1.1

	withComments Mode = 1 << 7
)

// modes lists the algorithm identifier of each mode.
var modes = map[string]Mode{
	namespaceExcC14:                                                Exclusive,
	namespaceExcC14 + "WithComments":                               Exclusive | withComments,
	"http://www.w3.org/TR/2001/REC-xml-c14n-20010315":              Inclusive10,
	"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": Inclusive10 | withComments,
	"http://www.w3.org/2006/12/xml-c14n11":                         Inclusive11,
	"http://www.w3.org/2006/12/xml-c14n11#WithComments":            Inclusive11 | withComments,
}

// WithComments is the mode that keeps comments.
func (m Mode) WithComments() Mode { return m | withComments }

func (m Mode) comments() bool { return m&withComments != 0 }

func (m Mode) algorithm() Mode { return m &^ withComments }

// canon is one canonicalisation at work. shown holds, for each prefix, the namespace that the output shows at this
// place; undo what to put back when an element ends; listed which prefixes exclusive mode treats as inclusive.
type canon struct {
	*Document
	mode   Mode
	out    []byte
	limit  int
	omit   int32 // an element left out with all it holds, or 0
	shown  []int32
	listed []bool
	undo   []binding
	open   []openElement
	show   []binding // declarations of the element being written
	heired []attr    // scratch for the apex
}

// canons provides out what a canonicalisation needs besides its output.
var canons = sync.Pool{New: func() any { return new(canon) }}

// release gives c back without anything of the message in it.
func (c *canon) release() {
	clear(c.heired)
	*c = canon{shown: c.shown, undo: c.undo[:0], open: c.open[:0], show: c.show[:0], heired: c.heired[:0]}
	canons.Put(c)
}

// Canonicalize appends the canonical form of the subtree at node to dst. Prefixes are the InclusiveNamespaces
// PrefixList of exclusive mode ("#default" for the default namespace) and are ignored in the other modes. Faults:
// xml.namespace for a relative namespace name (Canonical XML §1.3), xml.tooLarge when the output outgrows eight
// times the document.
func Canonicalize(dst []byte, n Node, mode Mode, prefixes ...string) ([]byte, error) {
	return canonicalize(dst, n, mode, prefixes, 0)
}

func canonicalize(dst []byte, n Node, mode Mode, prefixes []string, omit int32) ([]byte, error) {
	if n.doc == nil {
		return dst, nil
	}
	size := len(n.doc.prefixes.list)
	c := canons.Get().(*canon)
	defer c.release()
	c.Document, c.mode, c.out, c.omit, c.limit = n.doc, mode, dst, omit, len(dst)+8*len(n.doc.source)+1<<16
	if cap(c.shown) < size {
		c.shown = make([]int32, size+16)
	}
	c.shown = c.shown[:size]
	clear(c.shown)
	if mode.algorithm() == Exclusive {
		for _, name := range prefixes {
			if name == "#default" {
				name = ""
			}
			if p := n.doc.prefixes.find(name); p >= 0 && p != 1 {
				if c.listed == nil {
					c.listed = make([]bool, size)
				}
				c.listed[p] = true
			}
		}
	}
	if err := c.walk(n.at); err != nil {
		return dst, err
	}
	return c.out, nil
}

// walk writes the subtree at apex in document order.
func (c *canon) walk(apex int32) error {
	end := c.nodes[apex].end
	for i := apex; i < end; {
		n := &c.nodes[i]
		for len(c.open) > 0 && i >= c.nodes[c.open[len(c.open)-1].at].end {
			c.closeTag()
		}
		if i == c.omit && i != 0 {
			i = n.end
			continue
		}
		switch n.kind {
		case elementNode:
			if err := c.element(i, i == apex); err != nil {
				return err
			}
		case textNode:
			if n.clean {
				c.out = append(c.out, n.value...)
			} else {
				c.out = appendText(c.out, n.value)
			}
		case commentNode:
			if c.mode.comments() {
				c.around(i, func() {
					c.out = append(c.out, "<!--"...)
					c.out = appendCR(c.out, n.value)
					c.out = append(c.out, "-->"...)
				})
			}
		case instructionNode:
			c.around(i, func() {
				c.out = append(c.out, "<?"...)
				c.out = appendCR(c.out, n.value)
				c.out = append(c.out, "?>"...)
			})
		}
		i++
		if len(c.out) > c.limit {
			return tooLarge("bytes of canonical form", c.limit)
		}
	}
	for len(c.open) > 0 {
		c.closeTag()
	}
	return nil
}

// around writes what is next to the root element on a line of its own.
func (c *canon) around(i int32, write func()) {
	outside := c.nodes[i].parent == 0
	after := outside && i > c.Root().at
	if after {
		c.out = append(c.out, '\n')
	}
	write()
	if outside && !after {
		c.out = append(c.out, '\n')
	}
}

func (c *canon) closeTag() {
	top := c.open[len(c.open)-1]
	c.open = c.open[:len(c.open)-1]
	c.out = append(c.out, "</"...)
	c.out = append(c.out, c.nodes[top.at].value...)
	c.out = append(c.out, '>')
	for i := len(c.undo) - 1; i >= top.undo; i-- {
		c.shown[c.undo[i].prefix] = c.undo[i].space
	}
	c.undo = c.undo[:top.undo]
}

// element writes a start tag.
func (c *canon) element(i int32, apex bool) error {
	n := &c.nodes[i]
	mark := len(c.undo)
	c.out = append(c.out, '<')
	c.out = append(c.out, n.value...)
	attrs := c.attrsOf(i)
	if n.ndecls > 0 || apex || c.mode.algorithm() == Exclusive {
		if err := c.namespaces(i, attrs, apex); err != nil {
			return err
		}
	}
	if apex && c.mode.algorithm() != Exclusive && n.parent != 0 {
		attrs = c.inherited(i, attrs)
	}
	for j := range attrs {
		a := &attrs[j]
		c.out = append(c.out, ' ')
		c.out = append(c.out, a.name...)
		c.out = append(c.out, '=', '"')
		if a.clean {
			c.out = append(c.out, a.value...)
		} else {
			c.out = appendValue(c.out, a.value)
		}
		c.out = append(c.out, '"')
	}
	c.out = append(c.out, '>')
	c.open = append(c.open, openElement{i, mark})
	return nil
}

// namespaces writes the declarations that the mode demands at element i.
func (c *canon) namespaces(i int32, attrs []attr, apex bool) error {
	n := &c.nodes[i]
	c.show = c.show[:0]
	exclusive := c.mode.algorithm() == Exclusive
	for _, d := range c.declsOf(i) {
		if d.space != 0 && relative(c.spaces.list[d.space]) {
			return misnamed(c.spaces.list[d.space])
		}
		if !exclusive || c.listed != nil && c.listed[d.prefix] {
			c.want(d.prefix, d.space)
		}
	}
	if apex && (!exclusive || c.listed != nil) {
		c.fromAbove(i, exclusive)
	}
	if exclusive {
		c.want(n.prefix, n.space)
		for j := range attrs {
			if p := attrs[j].prefix; p != 0 {
				c.want(p, attrs[j].space)
			}
		}
	}
	if len(c.show) > 1 {
		slices.SortFunc(c.show, func(a, b binding) int {
			return strings.Compare(c.prefixes.list[a.prefix], c.prefixes.list[b.prefix])
		})
	}
	for _, b := range c.show {
		c.out = append(c.out, " xmlns"...)
		if b.prefix != 0 {
			c.out = append(c.out, ':')
			c.out = append(c.out, c.prefixes.list[b.prefix]...)
		}
		c.out = append(c.out, '=', '"')
		c.out = appendValue(c.out, c.spaces.list[b.space])
		c.out = append(c.out, '"')
	}
	return nil
}

// want notes that prefix must be shown as space, unless the output shows it so already.
func (c *canon) want(prefix, space int32) {
	if prefix == 1 || c.shown[prefix] == space {
		return
	}
	c.undo = append(c.undo, binding{prefix, c.shown[prefix]})
	c.shown[prefix] = space
	c.show = append(c.show, binding{prefix, space})
}

// fromAbove shows what the elements around the apex declare and the apex does not.
func (c *canon) fromAbove(apex int32, exclusive bool) {
	seen := make([]bool, len(c.shown))
	for _, d := range c.declsOf(apex) {
		seen[d.prefix] = true
	}
	for i := c.nodes[apex].parent; i > 0; i = c.nodes[i].parent {
		for _, d := range c.declsOf(i) {
			if seen[d.prefix] {
				continue
			}
			seen[d.prefix] = true
			if !exclusive || c.listed[d.prefix] {
				c.want(d.prefix, d.space)
			}
		}
	}
}

// relative reports whether a namespace name lacks a scheme.
func relative(uri string) bool {
	for i := range len(uri) {
		c := uri[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && uri[i] == ':':
			return false
		case i > 0 && (uri[i] >= '0' && uri[i] <= '9' || uri[i] == '+' || uri[i] == '-' || uri[i] == '.'):
		default:
			return true
		}
	}
	return true
}
