package xmlsec

import (
	"slices"

	"mconnect/fault"
)

// Envelope is the outline of a SOAP message: the only places where a header or a body may be looked for.
type Envelope struct {
	Version string // NamespaceSOAP11 or NamespaceSOAP12
	Header  Node   // before Body; zero when absent
	Body    Node
	Late    Node // a second Header after Body, as one kind of client sends it; zero when absent
}

// OpenEnvelope finds the parts of a SOAP message. The document must hold exactly one Envelope, as its root, with one
// Body directly in it, at most one Header before and one after; no element of these names may stand anywhere else.
// Faults: signature.envelope; envelope.version for an Envelope of a namespace that is neither version's.
func OpenEnvelope(d *Document) (*Envelope, error) {
	root := d.Root()
	e := &Envelope{Version: root.Space()}
	switch {
	case root.Local() != "Envelope" || e.Version == "":
		return nil, fault.New(fault.SignatureEnvelope, "what", "Envelope")
	case e.Version != NamespaceSOAP11 && e.Version != NamespaceSOAP12:
		return nil, fault.New(fault.EnvelopeVersion, "namespace", shown(e.Version))
	}
	for n := range root.children() {
		switch {
		case n.node().kind == textNode && !isBlank(n.node().value):
			return nil, fault.New(fault.SignatureEnvelope, "what", "text()")
		case n.node().kind != elementNode:
		case n.Is(e.Version, "Body") && e.Body.IsZero():
			e.Body = n
		case n.Is(e.Version, "Header") && e.Body.IsZero() && e.Header.IsZero():
			e.Header = n
		case n.Is(e.Version, "Header") && !e.Body.IsZero() && e.Late.IsZero():
			e.Late = n
		default:
			return nil, fault.New(fault.SignatureEnvelope, "what", shown(n.Name()))
		}
	}
	if e.Body.IsZero() {
		return nil, fault.New(fault.SignatureEnvelope, "what", "Body")
	}
	return e, e.alone(d)
}

// alone refuses a second Envelope, Header or Body, of either SOAP version, anywhere in the document.
func (e *Envelope) alone(d *Document) error {
	one, two := d.spaces.find(NamespaceSOAP11), d.spaces.find(NamespaceSOAP12)
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.kind != elementNode || n.space != one && n.space != two {
			continue
		}
		switch local := n.value[n.local:]; local {
		case "Envelope", "Header", "Body":
			at := int32(i)
			if at != d.Root().at && at != e.Body.at && (e.Header.IsZero() || at != e.Header.at) &&
				(e.Late.IsZero() || at != e.Late.at) {
				return fault.New(fault.SignatureEnvelope, "what", local)
			}
		}
	}
	return nil
}

// Headers are the header blocks that are meant for this node, before and after Body, in order. Blocks for another node
// on the way are not read at all, whatever they demand (SOAP 1.1 §4.2.2, SOAP 1.2 part 1 §2.6).
func (e *Envelope) Headers() []Node {
	return slices.DeleteFunc(e.blocks(), func(n Node) bool { return !e.ours(n) })
}

// blocks are all header blocks.
func (e *Envelope) blocks() []Node {
	var all []Node
	for _, h := range []Node{e.Header, e.Late} {
		for n := range h.Elements() {
			all = append(all, n)
		}
	}
	return all
}

// ours reports whether a header block is meant for the ultimate receiver, or for every node.
func (e *Envelope) ours(n Node) bool {
	name := "actor"
	if e.Version == NamespaceSOAP12 {
		name = "role"
	}
	role, _ := n.Attr(e.Version, name)
	switch trimBlank(role) {
	case "", roleNext11, roleNext12, roleUltimate12:
		return true
	}
	return false
}

// MustUnderstand reports whether a header block must be understood by who it is meant for.
func (e *Envelope) MustUnderstand(n Node) bool {
	must, _ := n.Attr(e.Version, "mustUnderstand")
	must = trimBlank(must) // xs:boolean collapses white space
	return must == "1" || must == "true"
}

// security lists the wsse:Security blocks that are meant for this node (WS-Security §5).
func (e *Envelope) security() []Node {
	var all []Node
	for _, n := range e.Headers() {
		if n.Is(namespaceWSSE, "Security") {
			all = append(all, n)
		}
	}
	return all
}

// uniqueIDs refuses two equal values among all attributes named id, whatever their case and namespace.
func (d *Document) uniqueIDs() error {
	if len(d.ids) <= 12 {
		for i := range d.ids {
			for j := range i {
				if d.ids[i].value == d.ids[j].value {
					return fault.New(fault.SignatureDuplicateID, "id", shown(d.ids[i].value))
				}
			}
		}
		return nil
	}
	seen := make(map[string]struct{}, len(d.ids))
	for i := range d.ids {
		if _, twice := seen[d.ids[i].value]; twice {
			return fault.New(fault.SignatureDuplicateID, "id", shown(d.ids[i].value))
		}
		seen[d.ids[i].value] = struct{}{}
	}
	return nil
}

// byID is the element that bears value as wsu:Id or plain Id. Other id attributes never lead to a part.
func (d *Document) byID(value string) Node {
	return d.identified(value, func(i id) bool { return i.resolves })
}

// byUpperID is the element that bears value as ID, the form of SAML.
func (d *Document) byUpperID(value string) Node {
	return d.identified(value, func(i id) bool { return i.upper })
}

func (d *Document) identified(value string, form func(id) bool) Node {
	if value == "" {
		return Node{}
	}
	for _, have := range d.ids {
		if have.value == value && form(have) {
			return Node{d, have.node}
		}
	}
	return Node{}
}
