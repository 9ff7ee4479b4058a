package xmlsec

import (
	"iter"
	"strings"
)

type kind uint8

const (
	documentNode kind = iota
	elementNode
	textNode
	commentNode
	instructionNode
)

// node is one entry of Document.nodes, which stands in document order: the subtree of node i is nodes[i:nodes[i].end].
type node struct {
	value  string // element: name with prefix; instruction: target, a space and its data; else the text, decoded
	parent int32
	end    int32
	prefix int32 // element: index into Document.prefixes
	space  int32 // element: index into Document.spaces
	attrs  int32 // first of its attributes in Document.attrs
	decls  int32 // first of its declarations in Document.decls
	nattrs uint16
	ndecls uint16
	local  uint16 // element: where the local name begins in value
	kind   kind
	clean  bool // text: nothing in value needs escaping
}

// attr is one attribute; those of an element stand sorted as Canonical XML orders them.
type attr struct {
	name   string // with prefix
	value  string // decoded and normalised
	prefix int32
	space  int32 // 0 without prefix
	local  uint16
	clean  bool // nothing in value needs escaping
}

// decl is one namespace declaration; those of an element stand sorted by prefix.
type decl struct {
	prefix int32
	space  int32 // 0 undeclares the default namespace
}

// Document is a parsed message. It never changes; build it with Parse.
type Document struct {
	source   string
	nodes    []node
	attrs    []attr
	decls    []decl
	prefixes names // 0 is "", 1 is "xml"
	spaces   names // 0 is "", 1 is NamespaceXML
	ids      []id  // every attribute that looks like an id, in no particular order
	depth    int   // the deepest nesting found
}

// id is one attribute named id, whatever its case and namespace.
type id struct {
	value    string
	node     int32
	resolves bool // wsu:Id or plain Id: the two forms by which a Reference may find a part of a SOAP message
	upper    bool // plain ID: the form of SAML
}

// names interns strings.
type names struct {
	list  []string
	index map[string]int32
}

func (n *names) intern(s string) int32 {
	if n.index == nil {
		for i, have := range n.list {
			if have == s {
				return int32(i)
			}
		}
		if len(n.list) < 12 {
			n.list = append(n.list, s)
			return int32(len(n.list) - 1)
		}
		n.index = make(map[string]int32, 64)
		for i, have := range n.list {
			n.index[have] = int32(i)
		}
	}
	if i, ok := n.index[s]; ok {
		return i
	}
	i := int32(len(n.list))
	n.list = append(n.list, s)
	n.index[s] = i
	return i
}

// find returns the index of s, or -1.
func (n *names) find(s string) int32 {
	if n.index != nil {
		if i, ok := n.index[s]; ok {
			return i
		}
		return -1
	}
	for i, have := range n.list {
		if have == s {
			return int32(i)
		}
	}
	return -1
}

// Node is a place in a Document: the document itself, an element, or nothing (the zero Node, whose methods
// answer empty). Nodes are comparable; equal nodes are the same place.
type Node struct {
	doc *Document
	at  int32
}

// Whole is the document itself, with comments and instructions around its root element.
func (d *Document) Whole() Node { return Node{d, 0} }

// Root is the root element.
func (d *Document) Root() Node {
	for n := range d.Whole().Elements() {
		return n
	}
	return Node{}
}

func (n Node) node() *node { return &n.doc.nodes[n.at] }

// IsZero reports whether n is no place at all.
func (n Node) IsZero() bool { return n.doc == nil }

func (n Node) isElement() bool { return n.doc != nil && n.node().kind == elementNode }

// Local is the local name of an element.
func (n Node) Local() string {
	if !n.isElement() {
		return ""
	}
	return n.node().value[n.node().local:]
}

// Space is the namespace name of an element, "" without one.
func (n Node) Space() string {
	if !n.isElement() {
		return ""
	}
	return n.doc.spaces.list[n.node().space]
}

// Name is the name of an element as written, prefix included.
func (n Node) Name() string {
	if !n.isElement() {
		return ""
	}
	return n.node().value
}

// Is reports whether n is the element local in namespace space.
func (n Node) Is(space, local string) bool {
	return n.isElement() && n.Local() == local && n.Space() == space
}

// Parent is the element around n; the zero Node around the root element.
func (n Node) Parent() Node {
	if n.doc == nil || n.at == 0 || n.node().parent == 0 {
		return Node{}
	}
	return Node{n.doc, n.node().parent}
}

// First is the first child of any kind; the zero Node when there is none.
func (n Node) First() Node {
	if n.doc == nil || n.at+1 >= n.node().end {
		return Node{}
	}
	return Node{n.doc, n.at + 1}
}

// Next is the node of any kind that follows n inside the same parent; the zero Node when n is the last.
func (n Node) Next() Node {
	if n.doc == nil || n.at == 0 {
		return Node{}
	}
	if next := n.node().end; next < n.doc.nodes[n.node().parent].end {
		return Node{n.doc, next}
	}
	return Node{}
}

// IsElement reports whether n is an element.
func (n Node) IsElement() bool { return n.isElement() }

// Data is what a text says, "" of any other kind of node.
func (n Node) Data() string {
	if n.doc == nil || n.node().kind != textNode {
		return ""
	}
	return n.node().value
}

// children walks all child nodes.
func (n Node) children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.doc == nil {
			return
		}
		for i := n.at + 1; i < n.node().end; i = n.doc.nodes[i].end {
			if !yield(Node{n.doc, i}) {
				return
			}
		}
	}
}

// Elements walks the child elements.
func (n Node) Elements() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := range n.children() {
			if c.node().kind == elementNode && !yield(c) {
				return
			}
		}
	}
}

// Child is the first child element of that name, or the zero Node.
func (n Node) Child(space, local string) Node {
	for c := range n.Elements() {
		if c.Is(space, local) {
			return c
		}
	}
	return Node{}
}

// Text is the text directly inside the element, whole: a comment does not cut it.
func (n Node) Text() string {
	var first string
	var b strings.Builder
	for c := range n.children() {
		if c.node().kind != textNode {
			continue
		}
		switch {
		case first == "":
			first = c.node().value
		default:
			if b.Len() == 0 {
				b.WriteString(first)
			}
			b.WriteString(c.node().value)
		}
	}
	if b.Len() > 0 {
		return b.String()
	}
	return first
}

// Attr is the value of an attribute; space is "" for one without prefix.
func (n Node) Attr(space, local string) (string, bool) {
	if !n.isElement() {
		return "", false
	}
	for _, a := range n.doc.attrsOf(n.at) {
		if a.name[a.local:] == local && n.doc.spaces.list[a.space] == space {
			return a.value, true
		}
	}
	return "", false
}

// Attribute is one attribute of an element.
type Attribute struct{ Space, Local, Value string }

// Attributes walks the attributes in canonical order, namespace declarations excluded.
func (n Node) Attributes() iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		if !n.isElement() {
			return
		}
		for _, a := range n.doc.attrsOf(n.at) {
			if !yield(Attribute{n.doc.spaces.list[a.space], a.name[a.local:], a.value}) {
				return
			}
		}
	}
}

// Resolve gives the namespace name that prefix represents at n; "" is the default namespace.
func (n Node) Resolve(prefix string) (space string, ok bool) {
	if n.doc == nil {
		return "", false
	}
	p := n.doc.prefixes.find(prefix)
	if p == 1 {
		return NamespaceXML, true
	}
	for i := n.at; i > 0 && p >= 0; i = n.doc.nodes[i].parent {
		for _, d := range n.doc.declsOf(i) {
			if d.prefix == p {
				return n.doc.spaces.list[d.space], true
			}
		}
	}
	return "", prefix == ""
}

func (d *Document) attrsOf(i int32) []attr {
	n := &d.nodes[i]
	return d.attrs[n.attrs : n.attrs+int32(n.nattrs)]
}

func (d *Document) declsOf(i int32) []decl {
	n := &d.nodes[i]
	return d.decls[n.decls : n.decls+int32(n.ndecls)]
}

// within reports whether node i lies in the subtree of node top, top included.
func (d *Document) within(i, top int32) bool { return i >= top && i < d.nodes[top].end }
