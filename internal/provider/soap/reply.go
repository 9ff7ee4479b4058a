package soap

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/media"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpclient"
	"mconnect/internal/xmlsec"
	"mconnect/internal/xmlsec/parts"
)

// receive turns the provider's answer into a Reply.
func (s *endpoint) receive(ctx context.Context, a *httpclient.Answer) (provider.Reply, error) {
	if a.Encoding != "" && !strings.EqualFold(a.Encoding, "identity") {
		return provider.Reply{}, provider.Malformed(fault.AnswerCompressed)
	}
	kind, _ := media.Parse(a.MediaType) // what cannot be read is none that is taken
	if !isXML(kind.Name) && kind.Name != parts.MediaRelated {
		if isSuccess(a.Status) {
			return provider.Reply{}, provider.Malformed(fault.AnswerMediaType, "want",
				"text/xml, application/soap+xml, multipart/related")
		}
		return provider.Reply{}, provider.StatusFault(a, nil)
	}
	body, err := a.ReadAll(s.plan.Answer)
	if err != nil {
		return provider.Reply{}, s.plan.TransportFault(ctx, err)
	}
	r, err := s.unpack(body, kind)
	if err != nil && !isSuccess(a.Status) {
		return provider.Reply{}, provider.StatusFault(a, nil)
	}
	if err != nil {
		return provider.Reply{}, err
	}
	result, err := s.open(r, a.Status)
	if errors.Is(err, errNoEnvelope) && a.Status != 200 {
		return provider.Reply{}, provider.StatusFault(a, nil) // a gateway's page, not the provider's SOAP
	}
	if err != nil {
		return provider.Reply{}, waiting(err, a)
	}
	out, err := s.translate(ctx, result)
	return provider.Reply{Body: out, MediaType: provider.JSON}, err
}

// isSuccess reports a status whose content may be the answer. That of 206 is a part of one.
func isSuccess(status int) bool { return status >= 200 && status <= 203 }

// waiting passes on when a provider that is overloaded wants to be asked again.
func waiting(err error, a *httpclient.Answer) error {
	var e *fault.Error
	if a.Status == 503 && errors.As(err, &e) {
		e.RetryAfter = provider.RetryAfter(a.RetryAfter)
	}
	return err
}

// reply is what a provider sent: an envelope, and the package around it where there is one.
type reply struct {
	envelope []byte
	parts    *parts.Package
}

// unpack reads the envelope's text in its encoding, and takes a reply with attachments apart before. A service that
// pins a signer gets no attachment that the signature does not cover.
func (s *endpoint) unpack(body []byte, kind media.Type) (r reply, err error) {
	r.envelope = body
	if kind.Name == parts.MediaRelated {
		r.parts, err = parts.Open(body, kind.Params, func(name string, params map[string]string) error {
			kind = media.Type{Name: name, Params: params}
			if !isXML(name) {
				return provider.Malformed(fault.AnswerMediaType, "want",
					"text/xml, application/soap+xml, application/xop+xml")
			}
			return nil
		})
		switch {
		case err != nil && fault.From(err).Code == fault.ProviderMalformed:
			return reply{}, err
		case err != nil:
			return reply{}, provider.Unreadable(err)
		case s.pin != nil && !r.parts.MTOM && r.parts.Left() > 0:
			return reply{}, fault.Wrap(fault.New(fault.AttachmentUnsigned), fault.ProviderUntrusted)
		}
		r.envelope = r.parts.Root
	}
	if r.envelope, err = media.XML(r.envelope, kind.Charset(), s.encoding); err != nil {
		return reply{}, provider.Unreadable(err)
	}
	return r, nil
}

// document reads the envelope, with the attachments of an MTOM package in their places.
func (s *endpoint) document(r reply) (*xmlsec.Document, error) {
	doc, err := xmlsec.Parse(r.envelope, xmlsec.Limits{Bytes: len(r.envelope) + 1, Decoded: true})
	if err != nil || r.parts == nil || !r.parts.MTOM {
		return doc, err
	}
	return r.parts.Reconstitute(doc, 2*s.plan.Answer)
}

// isXML accepts the media types of both SOAP versions.
func isXML(name string) bool {
	return name == "text/xml" || name == "application/xml" || name == "application/soap+xml"
}

var errNoEnvelope = errors.New("provider: no SOAP envelope")

// unread is a reply in which no envelope can be found.
func unread(cause error) error {
	e := provider.Malformed(fault.AnswerNotSOAP)
	if why := provider.Unreadable(cause); len(why.Fields) > 0 {
		e.Fields = append(e.Fields, why.Fields...)
	}
	e.Cause = errors.Join(errNoEnvelope, cause)
	return e
}

// open finds the result element of a reply. Where a certificate is pinned, Body is the very tree whose digest was
// verified; an unsigned fault may then say that the call failed, and nothing else.
func (s *endpoint) open(r reply, status int) (result xmlsec.Node, err error) {
	doc, err := s.document(r)
	if err != nil {
		return result, unread(err)
	}
	e, err := xmlsec.OpenEnvelope(doc)
	if err != nil {
		return result, unread(err)
	}
	body := e.Body
	if s.pin != nil {
		verified, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Lookup: s.pin.find, Now: s.clock})
		if err != nil {
			if said := faultIn(e.Body); !said.IsZero() {
				return result, s.faulted(said, false)
			}
			return result, fault.Wrap(err, fault.ProviderUntrusted)
		}
		if !verified.Covers(body) { // cannot be: Verify demands Body
			return result, provider.Malformed(fault.AnswerNotSOAP)
		}
	}
	switch said := faultIn(body); {
	case !said.IsZero():
		return result, s.faulted(said, true)
	case !isSuccess(status):
		return result, unread(errors.New("provider: an answer that is neither a success nor a fault"))
	case e.Version != s.version:
		return result, provider.Malformed(fault.AnswerVersion, "want",
			map[bool]string{true: "1.1", false: "1.2"}[s.version == xmlsec.NamespaceSOAP11])
	}
	return s.result(only(body), r.parts)
}

// faultIn finds the Fault in a Body. Its name counts and not its namespace: devices and hand-made services write it,
// and what is in it, in the namespace of either version, in none, or in one of their own.
func faultIn(body xmlsec.Node) xmlsec.Node {
	for n := range body.Elements() {
		if n.Local() != "Fault" {
			continue
		}
		ours := n.Space() == xmlsec.NamespaceSOAP11 || n.Space() == xmlsec.NamespaceSOAP12
		if ours || !inside(n, "faultcode", "Code").IsZero() || !inside(n, "faultstring", "Reason").IsZero() {
			return n
		}
	}
	return xmlsec.Node{}
}

// inside is the first element in n that bears one of the names, in any namespace; the zero Node when there is none.
func inside(n xmlsec.Node, names ...string) xmlsec.Node {
	if n.IsZero() {
		return n
	}
	for c := range n.Elements() {
		if slices.Contains(names, c.Local()) {
			return c
		}
	}
	return xmlsec.Node{}
}

// only is the one element inside n; the zero Node when there is none, or more than one.
func only(n xmlsec.Node) (found xmlsec.Node) {
	for c := range n.Elements() {
		if !found.IsZero() {
			return xmlsec.Node{}
		}
		found = c
	}
	return found
}

// result goes from the Body's child to the result element. A wrapper without a result, and a result that is nil, are
// how generated services say that there is no such record.
func (s *endpoint) result(first xmlsec.Node, attached *parts.Package) (n xmlsec.Node, err error) {
	way := append(append([]xmlName{}, s.response.inside...), s.response.element)
	if !first.Is(way[0].space, way[0].local) {
		return xmlsec.Node{}, provider.Malformed(fault.AnswerElement, "want", "{"+way[0].space+"}"+way[0].local)
	}
	n = first
	for _, name := range way[1:] {
		if isNil(n) {
			break
		}
		next := n.Child(name.space, name.local)
		if next.IsZero() { // inner elements are known by their local names, here as in the result
			next = inside(n, name.local)
		}
		if n = next; n.IsZero() {
			return xmlsec.Node{}, fault.New(fault.ProviderNoRecord)
		}
	}
	if isNil(n) {
		return xmlsec.Node{}, fault.New(fault.ProviderNoRecord)
	}
	if attached != nil && attached.Left() > 0 {
		text, err := attached.Attach(n)
		if err != nil {
			return xmlsec.Node{}, provider.Unreadable(err)
		}
		if n, err = parsed(text); err != nil {
			return xmlsec.Node{}, err
		}
	}
	if s.response.named != nil {
		return parsed(asElements(n, s.response.named))
	}
	return n, nil
}

// parsed reads an element that was written here.
func parsed(text []byte) (xmlsec.Node, error) {
	doc, err := xmlsec.Parse(text, xmlsec.Limits{Bytes: len(text) + 1})
	if err != nil {
		return xmlsec.Node{}, provider.Unreadable(err)
	}
	return doc.Root(), nil
}

func isNil(n xmlsec.Node) bool {
	value, _ := n.Attr(xmlmap.XSI, "nil")
	value = strings.TrimSpace(value)
	return value == "true" || value == "1"
}

// translate turns the result element into the answer of the catalogue's type.
func (s *endpoint) translate(ctx context.Context, result xmlsec.Node) ([]byte, error) {
	out, _, err := s.response.form.Read(nil, result)
	if err != nil || s.response.mapping == nil {
		return out, err
	}
	return s.plan.Map(ctx, s.response.mapping, out)
}

// soapFault is what a SOAP fault says.
type soapFault struct {
	codes  []string // local names: faultcode, or Code and Subcodes
	reason string
	detail xmlsec.Node
}

// readFault reads a Fault of SOAP 1.1 (§4.4) or 1.2 (part 1, §5.4) by the local names in it.
func readFault(n xmlsec.Node) (f soapFault) {
	code := inside(n, "faultcode", "Code")
	if code.Local() == "faultcode" {
		f.codes = append(f.codes, localPart(code.Text()))
		code = inside(code, "Code")
	}
	for depth := 0; !code.IsZero() && depth < 5; depth++ {
		f.codes = append(f.codes, localPart(inside(code, "Value").Text()))
		code = inside(code, "Subcode")
	}
	reason := inside(n, "faultstring", "Reason")
	if text := inPlain(reason, "Text"); !text.IsZero() {
		reason = text
	}
	f.reason, f.detail = reason.Text(), inside(n, "detail", "Detail")
	return f
}

// inPlain is the element of that name in the language of the provider's people, else the first.
func inPlain(n xmlsec.Node, name string) xmlsec.Node {
	first := inside(n, name)
	if n.IsZero() {
		return first
	}
	for c := range n.Elements() {
		if lang, _ := c.Attr(xmlsec.NamespaceXML, "lang"); c.Local() == name &&
			strings.HasPrefix(strings.ToLower(lang), "ro") {
			return c
		}
	}
	return first
}

// localPart is the name without what stands before it: a prefix, or a namespace in braces as Axis writes it.
func localPart(name string) string {
	name = strings.TrimSpace(name)
	return name[strings.LastIndexAny(name, ":}#/")+1:]
}

// faulted reports what the provider's fault means. Its sentence is passed on as the provider's words. Only a fault that
// may be believed can say that there is no such record.
func (s *endpoint) faulted(n xmlsec.Node, believed bool) error {
	f := readFault(n)
	for _, known := range s.notFound {
		if believed && f.fits(known) {
			return fault.New(fault.ProviderNoRecord)
		}
	}
	code := "Fault"
	if len(f.codes) > 0 && isXMLName(xmlName{local: f.codes[0]}) && len(f.codes[0]) <= 64 {
		code = f.codes[0]
	}
	e := fault.New(fault.ProviderFault, "fault", code)
	switch kind, _, _ := strings.Cut(code, "."); kind { // 1.1 §4.4.1: what follows a dot is more exact
	case "Client", "Sender":
		e = fault.New(fault.ProviderRefused)
	}
	e.Provider = provider.OneLine(f.reason)
	return e
}

// fits reports that all stated parts of known are found.
func (f *soapFault) fits(known catalog.SOAPFault) bool {
	if known.Code != "" && !anyEqual(f.codes, known.Code) {
		return false
	}
	local, text := "", strings.ToLower(known.Text)
	found := known.Text == "" || strings.Contains(strings.ToLower(f.reason), text)
	walk(f.detail, func(n xmlsec.Node) {
		if n.Local() == known.Detail && n != f.detail {
			local = known.Detail
		}
		found = found || strings.Contains(strings.ToLower(n.Text()), text)
	})
	return found && local == known.Detail
}

func anyEqual(all []string, want string) bool {
	return slices.Contains(all, want)
}

func walk(n xmlsec.Node, visit func(xmlsec.Node)) {
	if n.IsZero() {
		return
	}
	visit(n)
	for c := range n.Elements() {
		walk(c, visit)
	}
}

// pin is the certificate, or certificates while one takes the place of another, by which a provider signs.
type pin struct {
	prints    map[mconnect.Fingerprint]bool
	directory *xmlsec.Directory
	policy    xmlsec.Policy
	clock     func() time.Time
}

func newPin(g *catalog.SOAPSigner, clock func() time.Time) (*pin, error) {
	if g == nil {
		return nil, nil
	}
	p := &pin{prints: map[mconnect.Fingerprint]bool{}, policy: xmlsec.Policy{SHA1: g.SHA1}, clock: clock}
	for _, text := range g.Fingerprints {
		print, err := mconnect.ParseFingerprint(text)
		if err != nil {
			return nil, errors.New("provider: a fingerprint of 64 hexadecimal digits")
		}
		p.prints[print] = true
	}
	var known []xmlsec.Registered
	for rest := []byte(g.Certificate); len(strings.TrimSpace(string(rest))) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("provider: PEM certificates")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("provider: PEM certificates")
		}
		known = append(known, xmlsec.Registered{Certificate: cert, Policy: p.policy})
	}
	p.directory = xmlsec.NewDirectory(known...)
	return p, nil
}

// find implements xmlsec.VerifyConfig.Lookup: the certificate that a reply names, if it is pinned and valid now.
func (p *pin) find(c xmlsec.Claim) (xmlsec.Registered, error) {
	found, err := p.directory.Find(c)
	for _, der := range c.Carried {
		sum := sha256.Sum256(der)
		if err != nil && p.prints[mconnect.Fingerprint(hex.EncodeToString(sum[:]))] {
			cert, bad := x509.ParseCertificate(der)
			found, err = xmlsec.Registered{Certificate: cert, Policy: p.policy}, bad
		}
	}
	if err != nil {
		return xmlsec.Registered{}, err
	}
	if now := p.clock(); now.Before(found.Certificate.NotBefore) || now.After(found.Certificate.NotAfter) {
		return xmlsec.Registered{}, fault.New(fault.SignatureCertificate)
	}
	return found, nil
}
