package provider

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"mime"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/catalog"
	"mconnect/internal/catalog/xmljson"
	"mconnect/internal/exchange"
	"mconnect/internal/provider/wire"
	"mconnect/internal/xmlsec"
	"mconnect/internal/xmlsec/parts"
)

// receive turns the provider's answer into a Reply.
func (s *soap) receive(ctx context.Context, a *wire.Answer) (exchange.Reply, error) {
	if a.Encoding != "" && !strings.EqualFold(a.Encoding, "identity") {
		return exchange.Reply{}, malformed("compressed though not asked to be")
	}
	media, params, _ := mime.ParseMediaType(a.MediaType) // what cannot be read is none that is taken
	if !isXML(media, params) && media != parts.MediaRelated {
		if a.Status == 200 {
			return exchange.Reply{}, malformed("media type is not that of SOAP")
		}
		return exchange.Reply{}, statusFault(a, nil)
	}
	body, err := a.ReadAll(s.plan.answer)
	if err != nil {
		return exchange.Reply{}, s.plan.transportFault(ctx, err)
	}
	r := reply{envelope: body}
	if media == parts.MediaRelated {
		if r, err = s.unpack(body, params); err != nil && a.Status != 200 {
			return exchange.Reply{}, statusFault(a, nil)
		}
		if err != nil {
			return exchange.Reply{}, err
		}
	}
	result, err := s.open(r, a.Status)
	if errors.Is(err, errNoEnvelope) && a.Status != 200 {
		return exchange.Reply{}, statusFault(a, nil) // a gateway's page, not the provider's SOAP
	}
	if err != nil {
		return exchange.Reply{}, s.plan.waiting(err, a)
	}
	out, err := s.translate(ctx, result)
	return exchange.Reply{Body: out, MediaType: jsonType}, err
}

// waiting passes on when a provider that is overloaded wants to be asked again.
func (pl *plan) waiting(err error, a *wire.Answer) error {
	var e *fault.Error
	if a.Status == 503 && errors.As(err, &e) {
		e.RetryAfter = retryAfter(a.RetryAfter)
	}
	return err
}

// reply is what a provider sent: an envelope, and the package around it where there is one.
type reply struct {
	envelope []byte
	parts    *parts.Package
}

// unpack takes a reply with attachments apart. Whoever pins a signer gets no attachment that the signature does not cover.
func (s *soap) unpack(body []byte, params map[string]string) (reply, error) {
	p, err := parts.Open(body, params, func(media string, params map[string]string) error {
		if !isXML(media, params) {
			return errors.New("provider: media type of the root part is not that of SOAP")
		}
		return nil
	})
	switch {
	case err != nil:
		return reply{}, fault.Wrap(err, fault.ProviderMalformed)
	case s.pin != nil && !p.MTOM && p.Left() > 0:
		return reply{}, fault.Wrap(fault.New(fault.AttachmentUnsigned), fault.ProviderUntrusted)
	}
	return reply{p.Root, p}, nil
}

// document reads the envelope, with the attachments of an MTOM package in their places.
func (s *soap) document(r reply) (*xmlsec.Document, error) {
	doc, err := xmlsec.Parse(r.envelope, xmlsec.Limits{Bytes: len(r.envelope) + 1})
	if err != nil || r.parts == nil || !r.parts.MTOM {
		return doc, err
	}
	return r.parts.Reconstitute(doc, 2*s.plan.answer)
}

// isXML accepts the media types of both SOAP versions, in UTF-8.
func isXML(media string, params map[string]string) bool {
	if media != "text/xml" && media != "application/xml" && media != "application/soap+xml" {
		return false
	}
	charset, stated := params["charset"]
	return !stated || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii")
}

var errNoEnvelope = errors.New("provider: no SOAP envelope")

// unread is a reply in which no envelope can be found.
func unread(cause error) error {
	return fault.Wrap(errors.Join(errNoEnvelope, cause), fault.ProviderMalformed)
}

// open finds the result element of a reply and returns it as a document of its own. Where a certificate is
// pinned, only the verified Body is looked at; an unsigned fault may then say that the call failed, and nothing else.
func (s *soap) open(r reply, status int) ([]byte, error) {
	doc, err := s.document(r)
	if err != nil {
		return nil, unread(err)
	}
	e, err := xmlsec.OpenEnvelope(doc)
	if err != nil {
		return nil, unread(err)
	}
	body := e.Body
	if s.pin != nil {
		verified, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Lookup: s.pin.find, Now: s.clock})
		if err != nil {
			if said := only(e.Body); said.Is(e.Version, "Fault") {
				return nil, s.faulted(said, e.Version, false)
			}
			return nil, fault.Wrap(err, fault.ProviderUntrusted)
		}
		if doc, err = xmlsec.Parse(verified.Body, xmlsec.Limits{Bytes: len(verified.Body) + 1}); err != nil {
			return nil, fault.Wrap(err, fault.ProviderMalformed)
		}
		body = doc.Root()
	}
	first := only(body)
	switch {
	case first.Is(e.Version, "Fault"):
		return nil, s.faulted(first, e.Version, true)
	case status != 200:
		return nil, unread(errors.New("provider: an answer that is neither a success nor a fault"))
	case e.Version != s.version:
		return nil, malformed("another version of SOAP")
	}
	return s.result(first, r.parts)
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
func (s *soap) result(first xmlsec.Node, attached *parts.Package) ([]byte, error) {
	way := append(append([]xmlName{}, s.response.inside...), s.response.element)
	if !first.Is(way[0].space, way[0].local) {
		return nil, malformed("the answer's element is not " + way[0].local + " of " + way[0].space)
	}
	n := first
	for _, name := range way[1:] {
		if isNil(n) {
			break
		}
		if n = n.Child(name.space, name.local); n.IsZero() {
			return nil, fault.New(fault.ProviderNoRecord)
		}
	}
	if isNil(n) {
		return nil, fault.New(fault.ProviderNoRecord)
	}
	if attached != nil && attached.Left() > 0 {
		text, err := attached.Attach(n)
		if err != nil {
			return nil, fault.Wrap(err, fault.ProviderMalformed)
		}
		whole, err := xmlsec.Parse(text, xmlsec.Limits{Bytes: len(text) + 1})
		if err != nil {
			return nil, fault.Wrap(err, fault.ProviderMalformed)
		}
		n = whole.Root()
	}
	if s.response.named != nil {
		return asElements(n, s.response.named), nil
	}
	out, err := xmlsec.Canonicalize(nil, n, xmlsec.Exclusive)
	if err != nil {
		return nil, fault.Wrap(err, fault.ProviderMalformed)
	}
	return out, nil
}

func isNil(n xmlsec.Node) bool {
	value, _ := n.Attr(xmljson.XSI, "nil")
	return value == "true" || value == "1"
}

// translate turns the result element into the answer of the catalogue's type.
func (s *soap) translate(ctx context.Context, result []byte) ([]byte, error) {
	out, _, err := s.response.form.JSON(nil, result)
	if err != nil || s.response.mapping == nil {
		return out, err
	}
	value, err := decode(out)
	if err != nil {
		return nil, fault.Wrap(err, fault.ProviderMalformed)
	}
	return mapAnswer(ctx, s.response.mapping, value, s.plan)
}

// soapFault is what a SOAP fault says.
type soapFault struct {
	codes  []string // local names: faultcode, or Code and Subcodes
	reason string
	detail xmlsec.Node
}

// readFault reads a Fault of SOAP 1.1 (§4.4) or 1.2 (part 1, §5.4).
func readFault(n xmlsec.Node, version string) (f soapFault) {
	if version == xmlsec.NamespaceSOAP11 {
		f.codes = append(f.codes, localPart(n.Child("", "faultcode").Text()))
		f.reason, f.detail = n.Child("", "faultstring").Text(), n.Child("", "detail")
		return f
	}
	for code, depth := n.Child(version, "Code"), 0; !code.IsZero() && depth < 5; depth++ {
		f.codes = append(f.codes, localPart(code.Child(version, "Value").Text()))
		code = code.Child(version, "Subcode")
	}
	f.reason, f.detail = n.Child(version, "Reason").Child(version, "Text").Text(), n.Child(version, "Detail")
	return f
}

func localPart(name string) string {
	name = strings.TrimSpace(name)
	return name[strings.LastIndexByte(name, ':')+1:]
}

// faulted says what the provider's fault means. Its sentence is passed on as the provider's words. Only a fault that
// may be believed can say that there is no such record.
func (s *soap) faulted(n xmlsec.Node, version string, believed bool) error {
	f := readFault(n, version)
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
	e.Provider = oneLine(f.reason)
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
	for _, one := range all {
		if one == want {
			return true
		}
	}
	return false
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
	if err != nil && c.DER != nil {
		sum := sha256.Sum256(c.DER)
		if p.prints[mconnect.Fingerprint(hex.EncodeToString(sum[:]))] {
			cert, bad := x509.ParseCertificate(c.DER)
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
