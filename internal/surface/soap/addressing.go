package soap

import (
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/xmlsec"
)

// Namespaces of WS-Addressing: of the recommendation, and of the submission that older .NET clients speak. What a
// request states in them decides nothing here: it is answered on its own connection.
const (
	namespaceWSA     = "http://www.w3.org/2005/08/addressing"
	namespaceWSA2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
)

// mostMessageID bounds the MessageID that an answer refers to, in bytes.
const mostMessageID = 1024

func isAddressing(space string) bool { return space == namespaceWSA || space == namespaceWSA2004 }

// addressing writes the header blocks by which a client that speaks WS-Addressing recognises its answer (WS-Addressing
// 1.0 §3.4, SOAP binding §3); nothing for one that does not. Action is what WSDL 1.1 gives an operation by default
// (Metadata §4.4.4).
func (c *call) addressing(failed bool) string {
	if c.envelope == nil {
		return ""
	}
	space, id := "", ""
	for _, n := range c.envelope.Headers() {
		if !isAddressing(n.Space()) {
			continue
		}
		space = n.Space()
		if text := n.Text(); n.Local() == "MessageID" && len(text) <= mostMessageID && noElements(n) {
			id = text
		}
	}
	if space == "" {
		return ""
	}
	action := xmlmap.Namespace + "/MConnect/" + string(c.exchange.Service) + "Response"
	switch {
	case failed && space == namespaceWSA2004:
		action = namespaceWSA2004 + "/fault"
	case failed:
		action = namespaceWSA + "/soap/fault"
	}
	var w writer
	w.raw(`<wsa:Action xmlns:wsa="` + space + `">` + action + `</wsa:Action>`)
	if id != "" {
		w.raw(`<wsa:RelatesTo xmlns:wsa="` + space + `">`)
		w.text(id)
		w.raw(`</wsa:RelatesTo>`)
	}
	return w.String()
}

// upgrade names the versions that are spoken, to who sent another one (SOAP 1.2 part 1 §5.4.7).
const upgrade = `<env:Upgrade xmlns:env="` + xmlsec.NamespaceSOAP12 + `"><env:SupportedEnvelope xmlns:v="` +
	xmlsec.NamespaceSOAP12 +
	`" qname="v:Envelope"></env:SupportedEnvelope><env:SupportedEnvelope xmlns:v="` + xmlsec.NamespaceSOAP11 +
	`" qname="v:Envelope"></env:SupportedEnvelope></env:Upgrade>`
