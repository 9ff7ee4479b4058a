package xmlsec

import (
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
// Fault: signature.envelope.
func OpenEnvelope(d *Document) (*Envelope, error) {
	root := d.Root()
	e := &Envelope{Version: root.Space()}
	if root.Local() != "Envelope" || e.Version != NamespaceSOAP11 && e.Version != NamespaceSOAP12 {
		return nil, fault.New(fault.SignatureEnvelope, "what", "Envelope")
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
			if at != d.Root().at && at != e.Body.at && (e.Header.IsZero() || at != e.Header.at) && (e.Late.IsZero() || at != e.Late.at) {
				return fault.New(fault.SignatureEnvelope, "what", local)
			}
		}
	}
	return nil
}

// Headers are the header blocks before and after Body, in order.
func (e *Envelope) Headers() []Node {
	var all []Node
	for _, h := range []Node{e.Header, e.Late} {
		for n := range h.Elements() {
			all = append(all, n)
		}
	}
	return all
}

// security lists the wsse:Security blocks.
func (e *Envelope) security() []Node {
	var all []Node
	for _, h := range []Node{e.Header, e.Late} {
		for n := range h.Elements() {
			if n.Is(namespaceWSSE, "Security") {
				all = append(all, n)
			}
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
	if value == "" {
		return Node{}
	}
	for _, have := range d.ids {
		if have.resolves && have.value == value {
			return Node{d, have.node}
		}
	}
	return Node{}
}
