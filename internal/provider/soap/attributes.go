package soap

import (
	"bytes"
	"encoding/xml"
	"strings"

	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/xmlsec"
)

// Some providers keep values in attributes: <vehicul vin="…" placa="…"/>. The catalogue's forms know elements only, so
// those that a manifest names are turned into one another on the way. This costs a pass of its own and is done only
// there.

// attributed rewrites one element and what is inside.
type attributed struct {
	names map[string]bool // local names of the values that are attributes over there
	out   bytes.Buffer
}

func attributesOf(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	all := make(map[string]bool, len(names))
	for _, name := range names {
		all[name] = true
	}
	return all
}

// asAttributes gives the XML of a request with the named elements as attributes of the element around them.
func asAttributes(text []byte, names map[string]bool) ([]byte, error) {
	doc, err := xmlsec.Parse(text, xmlsec.Limits{Bytes: len(text) + 1})
	if err != nil {
		return nil, err
	}
	a := &attributed{names: names}
	a.lower(doc.Root(), "")
	return a.out.Bytes(), nil
}

// asElements gives an answer's element with the named attributes as elements inside it, in its namespace.
func asElements(n xmlsec.Node, names map[string]bool) []byte {
	a := &attributed{names: names}
	a.raise(n, "")
	return a.out.Bytes()
}

func (a *attributed) open(n xmlsec.Node, outer string) {
	a.out.WriteString("<" + n.Local())
	if n.Space() != outer {
		a.attribute("xmlns", n.Space())
	}
	if isNil(n) {
		a.attribute("xmlns:xsi", xmlmap.XSI)
		a.attribute("xsi:nil", "true")
	}
}

func (a *attributed) attribute(name, value string) {
	a.out.WriteString(" " + name + `="`)
	a.text(value)
	a.out.WriteString(`"`)
}

func (a *attributed) text(s string) { _ = xml.EscapeText(&a.out, []byte(s)) } // a Buffer does not fail

func (a *attributed) close(n xmlsec.Node) { a.out.WriteString("</" + n.Local() + ">") }

// isLeaf: an element with text at most.
func isLeaf(n xmlsec.Node) bool {
	for range n.Elements() {
		return false
	}
	return true
}

func (a *attributed) lower(n xmlsec.Node, outer string) {
	a.open(n, outer)
	for c := range n.Elements() {
		if a.names[c.Local()] && isLeaf(c) && !isNil(c) {
			a.attribute(c.Local(), c.Text())
		}
	}
	a.out.WriteString(">")
	for c := range n.Elements() {
		if !a.names[c.Local()] || !isLeaf(c) {
			a.lower(c, n.Space())
		}
	}
	if isLeaf(n) {
		a.text(n.Text())
	}
	a.close(n)
}

func (a *attributed) raise(n xmlsec.Node, outer string) {
	a.open(n, outer)
	a.out.WriteString(">")
	content := strings.TrimSpace(n.Text()) != ""
	for v := range n.Attributes() {
		// An element with text of its own cannot hold a value as a child.
		if a.names[v.Local] && (v.Space == "" || v.Space == n.Space()) && !content && !isNil(n) {
			a.out.WriteString("<" + v.Local + ">")
			a.text(v.Value)
			a.out.WriteString("</" + v.Local + ">")
		}
	}
	for c := range n.Elements() {
		a.raise(c, n.Space())
	}
	if isLeaf(n) {
		a.text(n.Text())
	}
	a.close(n)
}
