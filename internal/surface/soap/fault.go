package soap

import (
	"encoding/xml"
	"net/http"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/surface/problem"
	"mconnect/internal/xmlsec"
)

// faultCode says whom SOAP blames for a fault, in the words of its two versions, and the status of SOAP 1.2.
type faultCode struct {
	one, two string
	status   int
}

var (
	sender   = faultCode{"Client", "Sender", http.StatusBadRequest}
	receiver = faultCode{"Server", "Receiver", http.StatusInternalServerError}
)

// faultCodeOf maps kinds of fault to SOAP, here and nowhere else: a sender's fault is not to be sent again as it is, a
// receiver's may be (SOAP 1.1 §4.4.1, SOAP 1.2 §5.4.6).
var faultCodeOf = map[fault.Kind]faultCode{
	fault.Internal:      receiver,
	fault.Malformed:     sender,
	fault.Unidentified:  sender,
	fault.Refused:       sender,
	fault.NotFound:      sender,
	fault.Conflict:      sender,
	fault.TooLarge:      sender,
	fault.Unsupported:   sender,
	fault.Invalid:       sender,
	fault.Throttled:     receiver,
	fault.ProviderWrong: receiver,
	fault.ProviderLate:  receiver,
	fault.Unavailable:   receiver,
}

// faultCodeByFault are the codes that SOAP has a word of its own for.
var faultCodeByFault = map[fault.Code]faultCode{
	fault.NotUnderstood:   {"MustUnderstand", "MustUnderstand", http.StatusInternalServerError},
	fault.EnvelopeVersion: {"VersionMismatch", "VersionMismatch", http.StatusInternalServerError},
}

func faultCodeFor(f *fault.Error) faultCode {
	if b, ok := faultCodeByFault[f.Code]; ok {
		return b
	}
	if b, ok := faultCodeOf[f.Kind()]; ok {
		return b
	}
	return receiver
}

// statusOf is the HTTP status: 500 for every fault of SOAP 1.1 (WS-I Basic Profile 1.1, R1126), by blame in SOAP 1.2
// (part 2, §7.5.2.2); what HTTP itself has a word for keeps it in both (R1114, R1115).
func statusOf(f *fault.Error, version string) int {
	switch {
	case f.Code == fault.MethodNotAllowed:
		return http.StatusMethodNotAllowed
	case f.Kind() == fault.Unsupported:
		return http.StatusUnsupportedMediaType
	case version == xmlsec.NamespaceSOAP12:
		return faultCodeFor(f).status
	}
	return http.StatusInternalServerError
}

// faultBody writes a Fault element: a sentence where clients read it, and all that is known of the reason in detail.
func faultBody(d *problem.Document, f *fault.Error, version string, lang mconnect.Lang) []byte {
	var w writer
	b := faultCodeFor(f)
	says := f.Sentence(lang)
	if version == xmlsec.NamespaceSOAP12 {
		w.raw(`<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:` + b.two +
			`</soapenv:Value><soapenv:Subcode><soapenv:Value xmlns:mc="` +
			xmlmap.Namespace + `">mc:` + string(f.Code) +
			`</soapenv:Value></soapenv:Subcode></soapenv:Code><soapenv:Reason><soapenv:Text xml:lang="` + string(lang) +
			`">`)
		w.text(says)
		w.raw(`</soapenv:Text></soapenv:Reason><soapenv:Detail>`)
		w.detail(d)
		w.raw(`</soapenv:Detail></soapenv:Fault>`)
		return []byte(w.String())
	}
	w.raw(`<soapenv:Fault><faultcode>soapenv:` + b.one + `</faultcode><faultstring>`)
	w.text(says)
	w.raw(`</faultstring><detail>`)
	w.detail(d)
	w.raw(`</detail></soapenv:Fault>`)
	return []byte(w.String())
}

// writer writes XML that needs no reading.
type writer struct{ strings.Builder }

func (w *writer) raw(s string) { w.WriteString(s) }

func (w *writer) text(s string) { _ = xml.EscapeText(w, []byte(s)) } // a Builder does not fail

// leaf writes <name>value</name> unless value is empty.
func (w *writer) leaf(name, value string) {
	if value == "" {
		return
	}
	w.raw("<" + name + ">")
	w.text(value)
	w.raw("</" + name + ">")
}

// detail writes the same facts as REST's problem document, so that both surfaces explain a refusal alike.
func (w *writer) detail(d *problem.Document) {
	w.raw(`<Fault xmlns="` + xmlmap.Namespace + `">`)
	w.leaf("Code", string(d.Code))
	w.leaf("Leg", string(d.Leg))
	w.leaf("Party", string(d.Party))
	w.leaf("Remedy", d.Remedy)
	w.leaf("Reference", string(d.CallID))
	w.leaf("TraceId", d.TraceID)
	w.leaf("Help", d.Help)
	w.leaf("ProviderSays", d.Provider)
	if len(d.Checks) > 0 {
		w.raw("<Checks>")
		for _, c := range d.Checks {
			w.raw("<Check>")
			w.leaf("Name", c.Name)
			w.leaf("Result", string(c.Result))
			w.leaf("Title", c.Title)
			w.leaf("Code", string(c.Code))
			w.leaf("Says", c.Detail)
			w.raw("</Check>")
		}
		w.raw("</Checks>")
	}
	if len(d.Fields) > 0 {
		w.raw("<Fields>")
		for _, f := range d.Fields {
			w.raw("<Field>")
			w.leaf("Path", f.Path)
			w.leaf("Code", string(f.Code))
			w.leaf("Says", f.Detail)
			w.raw("</Field>")
		}
		w.raw("</Fields>")
	}
	w.raw("</Fault>")
}
