package catalog

import (
	"fmt"
	"net/url"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// SOAP is a provider that speaks SOAP, document/literal. The platform signs what it sends as far as Signing says,
// and trusts a reply's signature only where Signer pins one.
type SOAP struct {
	// scheme://host[:port]/path, no query
	URL     string `json:"url" yaml:"url"`
	Version string `json:"version,omitempty" yaml:"version,omitempty"` // "1.1" (default) or "1.2"
	// SOAPAction, or the action parameter of 1.2
	Action      string            `json:"action,omitempty" yaml:"action,omitempty"`
	HTTPHeaders map[string]string `json:"http_headers,omitempty" yaml:"http_headers,omitempty"`
	// constant header blocks, in order
	Headers []SOAPHeader `json:"headers,omitempty" yaml:"headers,omitempty"`
	// tell the register who asks, for whom, on which basis and for what, in header blocks: ContextNames
	Context  bool        `json:"context,omitempty" yaml:"context,omitempty"`
	Request  SOAPElement `json:"request,omitzero" yaml:"request,omitempty"`
	Response SOAPElement `json:"response,omitzero" yaml:"response,omitempty"`
	// faults meaning "no such record"
	NotFound []SOAPFault `json:"not_found,omitempty" yaml:"not_found,omitempty"`
	// of date-times that state none, e.g. "Europe/Chisinau"; empty: they are refused
	Zone string `json:"zone,omitempty" yaml:"zone,omitempty"`
	// of replies that state none: "windows-1251" …; default UTF-8
	Encoding string `json:"encoding,omitempty" yaml:"encoding,omitempty"`
	// "" (when the platform has a signing key), "always", "never"
	Signing string `json:"signing,omitempty" yaml:"signing,omitempty"`
	// header blocks too, not only Body and Timestamp
	SignHeaders bool `json:"sign_headers,omitempty" yaml:"sign_headers,omitempty"`
	// who signs replies; nil: no signature is asked for
	Signer      *SOAPSigner `json:"signer,omitempty" yaml:"signer,omitempty"`
	Credentials Credentials `json:"credentials,omitzero" yaml:"credentials,omitempty"`
	ServerName  string      `json:"server_name,omitempty" yaml:"server_name,omitempty"`
	CA          string      `json:"ca,omitempty" yaml:"ca,omitempty"`
}

// SOAPElement reports how a request or an answer looks in the provider's XML.
type SOAPElement struct {
	// local name; default: the type's name
	Element   string `json:"element,omitempty" yaml:"element,omitempty"`
	Namespace string `json:"namespace,omitempty" yaml:"namespace,omitempty"` // default: the platform's
	// "" (all in the namespace), "unqualified" (the element alone), "none" (no namespace at all)
	Form string `json:"form,omitempty" yaml:"form,omitempty"`
	// elements between Body and the element, outermost first: "Name" or "{namespace}Name"
	Inside []string `json:"inside,omitempty" yaml:"inside,omitempty"`
	// field path → the provider's element: "Address.Street" → "strada"; items of an array: "Owners[]"
	Names map[string]string `json:"names,omitempty" yaml:"names,omitempty"`
	// local names of the provider's that are attributes of the element around them
	Attributes []string `json:"attributes,omitempty" yaml:"attributes,omitempty"`
	// the provider's own type, when it is another than the catalogue's; then Mapping leads from one to the other
	Fields []schema.Field `json:"fields,omitempty" yaml:"fields,omitempty"`
	// jq: of a request before it becomes XML, of an answer after it was XML
	Mapping string `json:"mapping,omitempty" yaml:"mapping,omitempty"`
}

// SOAPHeader is one constant header block with text inside.
type SOAPHeader struct {
	Name      string `json:"name" yaml:"name"`
	Namespace string `json:"namespace" yaml:"namespace"`
	Value     string `json:"value" yaml:"value"`
}

// SOAPFault is a fault to recognise: every part that is stated must fit.
type SOAPFault struct {
	// local name of faultcode or, in 1.2, of Code or Subcode
	Code   string `json:"code,omitempty" yaml:"code,omitempty"`
	Detail string `json:"detail,omitempty" yaml:"detail,omitempty"` // local name of an element anywhere in the detail
	// contained in the sentence or the detail's text, whatever its case
	Text string `json:"text,omitempty" yaml:"text,omitempty"`
}

// SOAPSigner pins the certificate by which a provider signs its replies.
type SOAPSigner struct {
	// SHA-256, 64 hexadecimal digits; the reply carries the certificate
	Fingerprints []string `json:"fingerprints,omitempty" yaml:"fingerprints,omitempty"`
	// PEM; needed where replies only name it by issuer and serial number
	Certificate string `json:"certificate,omitempty" yaml:"certificate,omitempty"`
	// RSA-SHA1 passes too: for old systems only
	SHA1 bool `json:"sha1,omitempty" yaml:"sha1,omitempty"`
}

// TypeOf is the type as the provider's XML has it, own being the catalogue's.
func (e SOAPElement) TypeOf(own schema.Type) schema.Type {
	if len(e.Fields) > 0 {
		return schema.Type{Name: own.Name, Fields: e.Fields}
	}
	return own
}

func (s *SOAP) validate(f *fault.Findings, service Service) {
	const at = "/endpoint/soap"
	address(f, at+"/url", s.URL)
	f.OneOf(at+"/version", s.Version, "", "1.1", "1.2")
	f.Length(at+"/action", s.Action, 0, 500)
	if strings.ContainsAny(s.Action, "\"\\") {
		f.Add(at+"/action", fault.InputFormat, "want", "one line without quotes")
	}
	headers(f, at+"/http_headers", s.HTTPHeaders)
	if len(s.Headers) > 20 {
		f.Add(at+"/headers", fault.InputLength, "min", "0", "max", "20")
	}
	for i, h := range s.Headers {
		path := fmt.Sprintf("%s/headers/%d", at, i)
		f.Length(path+"/name", h.Name, 1, 100)
		f.Length(path+"/namespace", h.Namespace, 1, 500)
		f.Length(path+"/value", h.Value, 0, 1000)
	}
	s.Request.validate(f, at+"/request")
	s.Response.validate(f, at+"/response")
	for i, n := range s.NotFound {
		if n == (SOAPFault{}) {
			f.Add(fmt.Sprintf("%s/not_found/%d", at, i), fault.InputMissing)
		}
	}
	encodings(f, at+"/encoding", s.Encoding)
	f.OneOf(at+"/signing", s.Signing, "", "always", "never")
	if s.SignHeaders && s.Signing == "never" {
		f.Add(at+"/sign_headers", fault.InputUnknownField)
	}
	if g := s.Signer; g != nil && len(g.Fingerprints) == 0 && g.Certificate == "" {
		f.Add(at+"/signer", fault.InputMissing)
	}
	s.Credentials.validate(f, at+"/credentials")
	if service.Opaque != nil {
		f.Add("/opaque", fault.InputUnknownField)
	}
}

func (e SOAPElement) validate(f *fault.Findings, at string) {
	f.Length(at+"/element", e.Element, 0, 256)
	f.Length(at+"/namespace", e.Namespace, 0, 500)
	f.OneOf(at+"/form", e.Form, "", "unqualified", "none")
	if len(e.Inside) > 4 {
		f.Add(at+"/inside", fault.InputLength, "min", "0", "max", "4")
	}
	if len(e.Attributes) > 200 {
		f.Add(at+"/attributes", fault.InputLength, "min", "0", "max", "200")
	}
	f.Length(at+"/mapping", e.Mapping, 0, maxMapping)
	if len(e.Fields) == 0 {
		return
	}
	schema.Type{Name: "Provider", Fields: e.Fields}.Validate(f, at, false)
	if e.Mapping == "" {
		f.Add(at+"/mapping", fault.InputMissing)
	}
}

// address checks the URL of a provider.
func address(f *fault.Findings, at, text string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		f.Add(at, fault.InputMissing)
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "":
		f.Add(at, fault.InputFormat, "want", "https://host[:port]/path without user, query or fragment")
	}
}

// headers checks constant HTTP headers.
func headers(f *fault.Findings, at string, all map[string]string) {
	for _, name := range sortedKeys(all) {
		path := at + "/" + token(name)
		if !isToken(name) || reserved(name) {
			f.Add(path, fault.InputFormat, "want", "a header name that the platform does not set itself")
		}
		f.Length(path, all[name], 1, 1000)
		if strings.ContainsAny(all[name], "\r\n") {
			f.Add(path, fault.InputFormat, "want", "one line")
		}
	}
}
