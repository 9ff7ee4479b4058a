package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"mconnect/fault"
)

// Namespaces of the descriptions that are read.
const (
	spaceWSDL    = "http://schemas.xmlsoap.org/wsdl/"
	spaceSOAP11  = "http://schemas.xmlsoap.org/wsdl/soap/"
	spaceSOAP12  = "http://schemas.xmlsoap.org/wsdl/soap12/"
	spaceXSD     = "http://www.w3.org/2001/XMLSchema"
	spaceEncoded = "http://schemas.xmlsoap.org/soap/encoding/"
	spaceXML     = "http://www.w3.org/XML/1998/namespace"
	spaceMIME    = "http://schemas.xmlsoap.org/wsdl/mime/"
	spaceSwaRef  = "http://ws-i.org/profiles/basic/1.1/xsd"
	spaceXMIME   = "http://www.w3.org/2005/05/xmlmime"
)

// element is one element of a description, with the place where it was read.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	parent   *element
	children []*element
	text     string
	file     string
	line     int
}

// decoder reads XML that is in UTF-8 by now, whatever its declaration says.
func decoder(text []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

// tree reads one XML file. Document types and foreign entities are refused (no entity is ever expanded).
func (r *reader) tree(name string, text []byte) (*element, error) {
	d := decoder(text)
	var root, at *element
	depth := 0
	for {
		token, err := d.Token()
		line, _ := d.InputPos()
		where := fmt.Sprintf("%s:%d", name, line)
		if errors.Is(err, io.EOF) && root != nil && at == nil {
			return root, nil
		}
		if err != nil {
			return nil, malformed(where, xmlFlaw(err))
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, unsupported(where, "a document type")
		case xml.StartElement:
			if depth, r.elements = depth+1, r.elements+1; depth > MaxNested || r.elements > MaxElements {
				return nil, fault.New(fault.ImportLimit, "where", where, "limit",
					fmt.Sprintf("%d elements, %d inside one another", MaxElements, MaxNested))
			}
			e := &element{name: t.Name, attrs: t.Attr, parent: at, file: name, line: line}
			switch {
			case at != nil:
				at.children = append(at.children, e)
			case root == nil:
				root = e
			default:
				return nil, malformed(where, "a second root element")
			}
			at = e
		case xml.EndElement:
			at = at.parent
			depth--
		case xml.CharData:
			if at != nil && (at.name.Local == "documentation" || len(strings.TrimSpace(string(t))) == 0) {
				at.text += string(t)
			}
		}
	}
}

// xmlFlaw takes the line, which stands in the place already, out of the decoder's message.
func xmlFlaw(err error) string {
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return clip(syntax.Msg, 200)
	case errors.Is(err, io.EOF):
		return "the end comes too early"
	}
	return clip(strings.TrimPrefix(err.Error(), "xml: "), 200)
}

func (e *element) where() string { return fmt.Sprintf("%s:%d", e.file, e.line) }

// attr returns the attribute without namespace.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

func (e *element) is(space, local string) bool { return e.name.Space == space && e.name.Local == local }

// xsd yields the children that are of XML Schema.
func (e *element) xsd() iter.Seq[*element] {
	return func(yield func(*element) bool) {
		for _, c := range e.children {
			if c.name.Space == spaceXSD && !yield(c) {
				return
			}
		}
	}
}

// all returns the children of this name.
func (e *element) all(space, local string) (found []*element) {
	for _, c := range e.children {
		if c.is(space, local) {
			found = append(found, c)
		}
	}
	return found
}

// first returns the first child with one of these names, or nil; nil has none.
func (e *element) first(space string, locals ...string) *element {
	if e != nil {
		for _, c := range e.children {
			if c.name.Space == space && slices.Contains(locals, c.name.Local) {
				return c
			}
		}
	}
	return nil
}

// qname resolves "tns:Person" by the namespaces in scope (Namespaces in XML 1.0, clause 4); without a prefix the
// default namespace holds, as XML Schema and WSDL have it.
func (e *element) qname(s string) (xml.Name, error) {
	prefix, local, found := strings.Cut(s, ":")
	if !found {
		prefix, local = "", s
	}
	for at := e; at != nil; at = at.parent {
		for _, a := range at.attrs {
			if (prefix == "" && a.Name.Space == "" && a.Name.Local == "xmlns") ||
				(prefix != "" && a.Name.Space == "xmlns" && a.Name.Local == prefix) {
				return xml.Name{Space: a.Value, Local: local}, nil
			}
		}
	}
	switch prefix {
	case "":
		return xml.Name{Local: local}, nil
	case "xml":
		return xml.Name{Space: spaceXML, Local: local}, nil
	}
	return xml.Name{}, malformed(e.where(), "the prefix "+clip(prefix, 40)+" is not declared")
}
