// Package soap delivers calls to SOAP endpoints of data providers: it writes the envelope in the provider's own
// names, signs it where that is declared, and finds the result or the fault in what comes back.
package soap

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/media"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	"mconnect/internal/xmlsec"
)

// Signer signs a whole SOAP envelope with the platform's key, Timestamp and Body at least. It is safe for concurrent
// use. An error is a failure of the key, never of the message.
type Signer interface {
	Sign(envelope []byte) ([]byte, error)
}

// endpoint is a SOAP endpoint made ready for use.
type endpoint struct {
	plan     *provider.Plan
	peer     *httpaccess.Peer
	address  string
	head     string // the HTTP head down to the constant headers
	version  string // namespace of the envelope
	blocks   string // constant header blocks
	context  bool
	signer   Signer // nil: not signed
	pin      *pin   // nil: the reply's signature is not asked for
	request  part
	response part
	notFound []catalog.SOAPFault
	encoding media.Encoding // of replies that state none
	clock    func() time.Time
}

// part is a request or an answer in the provider's form.
type part struct {
	form    *xmlmap.Form
	mapping *provider.Mapping
	inside  []xmlName // elements around it, outermost first
	element xmlName
	named   map[string]bool // values that are attributes over there
}

// xmlName is the name of one element.
type xmlName struct{ space, local string }

// compilePart makes the form of own as e wants it. Faults of Compile name the places below e.
func compilePart(e catalog.SOAPElement, own schema.Type, answer bool, zone *time.Location) (p part, err error) {
	t := e.TypeOf(own)
	cfg := xmlmap.Config{
		Type: t, Answer: answer, Element: e.Element, Namespace: e.Namespace, NoSpace: e.Form == "none",
		BareChild: e.Form == "unqualified", Names: e.Names, Zone: zone,
	}
	if answer {
		// What is undeclared never leaves; namespaces of inner elements differ between what providers declare and send.
		cfg.Elements, cfg.Attributes, cfg.BlankIsNo, cfg.Numbers = xmlmap.Drop, xmlmap.Drop, true, true
		cfg.AnySpace, cfg.AnyRoot = true, true
	}
	space := e.Namespace
	space = cmp.Or(space, xmlmap.Namespace)
	if e.Form == "none" {
		space = ""
	}
	for i, name := range e.Inside {
		n := xmlName{space, name}
		if e.Form == "unqualified" && i > 0 {
			n.space = "" // elementFormDefault: only the global element is in the namespace
		}
		if rest, ok := strings.CutPrefix(name, "{"); ok {
			n.space, n.local, _ = strings.Cut(rest, "}")
		}
		if !isXMLName(n) {
			return p, fmt.Errorf("provider: %q is no XML name or {namespace}name", name)
		}
		p.inside = append(p.inside, n)
	}
	for _, name := range e.Attributes {
		if !isXMLName(xmlName{local: name}) || strings.HasPrefix(name, "xml") {
			return p, fmt.Errorf("provider: %q is no name of an attribute", name)
		}
	}
	p.named = attributesOf(e.Attributes)
	if e.Form == "unqualified" && len(e.Inside) > 0 {
		cfg.NoSpace = true
	}
	if p.form, err = xmlmap.Compile(cfg); err != nil {
		return p, err
	}
	p.element.space, p.element.local = p.form.Element()
	p.mapping, err = provider.CompileMapping(e.Mapping)
	return p, err
}

// isXMLName accepts the names that can be written without a second look: ASCII, and a namespace without quotes or
// blanks.
func isXMLName(n xmlName) bool {
	for i := range len(n.local) {
		c := n.local[i]
		letter := (c|0x20) >= 'a' && (c|0x20) <= 'z' || c == '_'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '.') {
			return false
		}
	}
	return n.local != "" && !strings.ContainsAny(n.space, "<>&\"' \t\r\n")
}

// Config is what a Protocol needs.
type Config struct {
	Access  *httpaccess.Access
	Signer  Signer // signs what providers are sent; nil: nothing is signed
	Headers Signer // the same, header blocks included, for services that want it
}

// Protocol speaks SOAP 1.1 and 1.2. It implements provider.Protocol.
type Protocol struct{ cfg Config }

// New makes a Protocol.
func New(cfg Config) Protocol { return Protocol{cfg} }

// Kind implements provider.Protocol.
func (Protocol) Kind() string { return "soap" }

// Close implements provider.Protocol.
func (p Protocol) Close() error { return p.cfg.Access.Close() }

// Compile implements provider.Protocol.
func (p Protocol) Compile(pl *provider.Plan) (provider.Endpoint, error) {
	e := pl.Ready.Endpoint.SOAP
	u, err := httpaccess.ParseBase(e.URL)
	if err != nil {
		return nil, err
	}
	s := &endpoint{plan: pl, version: xmlsec.NamespaceSOAP11, context: e.Context, notFound: e.NotFound, clock: pl.Clock}
	if e.Version == "1.2" {
		s.version = xmlsec.NamespaceSOAP12
	}
	zone, err := parseZone(e.Zone)
	if err != nil {
		return nil, err
	}
	if s.encoding, err = httpaccess.ParseEncoding(e.Encoding); err != nil {
		return nil, err
	}
	if s.request, err = compilePart(e.Request, pl.Ready.Request, false, zone); err != nil {
		return nil, err
	}
	if s.response, err = compilePart(e.Response, pl.Ready.Response, true, zone); err != nil {
		return nil, err
	}
	if s.blocks, err = constantBlocks(e.Headers); err != nil {
		return nil, err
	}
	s.signer = p.signerFor(e)
	if s.signer == nil && (e.Signing == "always" || e.SignHeaders) {
		return nil, errNoSigner
	}
	if s.pin, err = newPin(e.Signer, pl.Clock); err != nil {
		return nil, err
	}
	if s.head, err = soapHead(u, e); err != nil {
		return nil, err
	}
	entry := httpaccess.Entry{Credentials: e.Credentials, ServerName: e.ServerName, CA: e.CA}
	if s.peer, err = p.cfg.Access.Open(u, entry, u.EscapedPath()); err != nil {
		return nil, err
	}
	s.address = u.Redacted()
	return s, nil
}

// Address implements provider.Endpoint.
func (s *endpoint) Address() string { return s.address }

// Probe implements provider.Endpoint.
func (s *endpoint) Probe(ctx context.Context) error {
	if err := s.peer.Probe(ctx); err != nil {
		return s.plan.TransportFault(ctx, err)
	}
	return nil
}

// signerFor is who signs what the service is sent; nil: nobody.
func (p Protocol) signerFor(e *catalog.SOAP) Signer {
	switch {
	case e.Signing == "never":
		return nil
	case e.SignHeaders:
		return p.cfg.Headers
	}
	return p.cfg.Signer
}

var errNoSigner = errors.New("provider: the platform has no key for signing SOAP messages")

func parseZone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, errors.New("provider: a time zone such as Europe/Chisinau")
	}
	return zone, nil
}

// soapHead writes the constant part of the HTTP head. SOAP 1.1 §6.1.1: SOAPAction always stands there, in quotes; in
// 1.2 the action is a parameter of the media type.
func soapHead(u *url.URL, e *catalog.SOAP) (string, error) {
	if strings.ContainsAny(e.Action, "\"\\") || !httpaccess.IsHeaderValue(e.Action) {
		return "", errors.New("provider: an action of one line of ASCII without quotes")
	}
	path := u.EscapedPath()
	path = cmp.Or(path, "/")
	kind, extra := "text/xml; charset=utf-8", "SOAPAction: \""+e.Action+"\"\r\n"
	accept := []string{"text/xml", "application/xml"}
	if e.Version == "1.2" {
		kind, extra, accept = "application/soap+xml; charset=utf-8", "", []string{"application/soap+xml"}
		if e.Action != "" {
			kind += `; action="` + e.Action + `"`
		}
	}
	head, err := httpaccess.ConstantHead(u.Host, accept, kind, e.HTTPHeaders)
	return "POST " + path + head + extra, err
}

func constantBlocks(all []catalog.SOAPHeader) (string, error) {
	var b strings.Builder
	for _, h := range all {
		if n := (xmlName{h.Namespace, h.Name}); h.Namespace == "" || !isXMLName(n) {
			return "", fmt.Errorf("provider: header block %q is not a name in a namespace", h.Name)
		}
		writeBlock(&b, xmlName{h.Namespace, h.Name}, h.Value)
	}
	return b.String(), nil
}

func writeBlock(b *strings.Builder, n xmlName, value string) {
	b.WriteString("<" + n.local + ` xmlns="` + n.space + `">`)
	_ = xml.EscapeText(b, []byte(value)) // a Builder does not fail
	b.WriteString("</" + n.local + ">")
}

// Deliver implements provider.Endpoint.
func (s *endpoint) Deliver(ctx context.Context, d provider.Request) (provider.Reply, error) {
	envelope, err := s.envelope(ctx, &d)
	if err != nil {
		return provider.Reply{}, err
	}
	request, err := s.message(envelope, &d)
	if err != nil {
		return provider.Reply{}, err
	}
	answer, err := s.peer.Do(ctx, request, s.plan.Ready.ReadOnly)
	clear(request) // it may hold personal data and a secret
	if err != nil {
		return provider.Reply{}, s.plan.TransportFault(ctx, err)
	}
	defer func() { _ = answer.Close() }()
	return s.receive(ctx, answer)
}

// envelope writes the SOAP message for one call, signed where that is asked for.
func (s *endpoint) envelope(ctx context.Context, d *provider.Request) ([]byte, error) {
	input := d.Input
	if s.request.mapping != nil {
		var err error
		if input, err = s.request.mapping.Request(ctx, input); err != nil {
			return nil, err
		}
	}
	out := make([]byte, 0, len(input)*2+1024)
	out = append(out, `<soapenv:Envelope xmlns:soapenv="`+s.version+`"><soapenv:Header>`+s.blocks...)
	if s.context {
		out = append(out, contextBlocks(d)...)
	}
	out = append(out, `</soapenv:Header><soapenv:Body>`...)
	// Wrappers carry prefixes, so that what stands inside begins without a default namespace, as its form expects.
	for i, n := range s.request.inside {
		out = append(out, openTag(i, n)...)
	}
	begun := len(out)
	out, _, err := s.request.form.XML(out, input)
	if err == nil && s.request.named != nil {
		var text []byte
		text, err = asAttributes(out[begun:], s.request.named)
		out = append(out[:begun], text...)
	}
	if err != nil {
		// The request was checked: it is the declared form, or its mapping, that does not fit.
		return nil, provider.MappingFault(err)
	}
	for i := len(s.request.inside) - 1; i >= 0; i-- {
		out = append(out, "</"+prefixed(i, s.request.inside[i])+">"...)
	}
	out = append(out, `</soapenv:Body></soapenv:Envelope>`...)
	if s.signer == nil {
		return out, nil
	}
	signed, err := s.signer.Sign(out)
	if err != nil {
		return nil, fault.Wrap(err, fault.InternalError)
	}
	return signed, nil
}

func openTag(i int, n xmlName) string {
	if n.space == "" {
		return "<" + n.local + ">"
	}
	return "<" + prefixed(i, n) + " xmlns:w" + strconv.Itoa(i) + `="` + n.space + `">`
}

func prefixed(i int, n xmlName) string {
	if n.space == "" {
		return n.local
	}
	return "w" + strconv.Itoa(i) + ":" + n.local
}

// message writes the whole HTTP message around the envelope.
func (s *endpoint) message(envelope []byte, d *provider.Request) (dst []byte, err error) {
	dst = make([]byte, 0, len(s.head)+len(envelope)+512)
	dst = append(dst, s.head...)
	if dst, err = s.peer.AppendSecret(dst); err != nil {
		return nil, err
	}
	dst = httpaccess.AppendReference(dst, d.Trace, d.Call)
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(envelope)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, envelope...), nil
}

// contextBlocks writes the call's context as SOAP header blocks, as a client of the platform would.
func contextBlocks(d *provider.Request) string {
	var b strings.Builder
	for _, name := range catalog.ContextNames {
		if value := d.ContextValue(name); value != "" {
			writeBlock(&b, xmlName{xmlmap.Namespace, name}, value)
		}
	}
	return b.String()
}
