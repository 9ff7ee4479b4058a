package soap

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"net/http"
	"strconv"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/media"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/problem"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
	"mconnect/internal/xmlsec/parts"
)

// signer signs with the certificate that its source has at the time.
type signer struct {
	source func() *tls.Certificate
	mu     sync.Mutex
	pair   *tls.Certificate
	made   *xmlsec.Signer
}

func (s *signer) sign(envelope []byte, now func() time.Time) ([]byte, error) {
	made, err := s.current(now)
	if err != nil {
		return nil, err
	}
	return made.Sign(envelope)
}

func (s *signer) current(now func() time.Time) (*xmlsec.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pair := s.source()
	if s.made != nil && pair == s.pair {
		return s.made, nil
	}
	key, _ := pair.PrivateKey.(crypto.Signer)
	made, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: key, Certificate: pair.Leaf, Now: now})
	if err != nil {
		return nil, err
	}
	s.pair, s.made = pair, made
	return made, nil
}

// version is the namespace of the SOAP version in which the caller is answered: that of its envelope, else that of its
// media type.
func (c *call) version() string {
	switch {
	case c.envelope != nil:
		return c.envelope.Version
	case c.message.media == mediaSOAP12:
		return xmlsec.NamespaceSOAP12
	}
	if stated, _ := media.Parse(c.r.Header.Get("Content-Type")); stated.Name == mediaSOAP12 {
		return xmlsec.NamespaceSOAP12
	}
	return xmlsec.NamespaceSOAP11
}

// wrapEnvelope puts header blocks and a Body's content, which is canonical, into an envelope.
func wrapEnvelope(version, blocks string, content []byte) []byte {
	out := make([]byte, 0, len(content)+len(blocks)+160)
	out = append(out, `<soapenv:Envelope xmlns:soapenv="`...)
	out = append(out, version...)
	out = append(append(out, `"><soapenv:Header>`...), blocks...)
	out = append(out, `</soapenv:Header><soapenv:Body>`...)
	out = append(out, content...)
	return append(out, `</soapenv:Body></soapenv:Envelope>`...)
}

// sign signs an envelope with the key that the caller's system asks for.
func (c *call) sign(envelope []byte) ([]byte, error) {
	if c.who.System.Signature.Answer == registry.AnswerP256 {
		return c.s.p256.sign(envelope, c.s.Clock)
	}
	return c.s.rsa.sign(envelope, c.s.Clock)
}

// answer sends the result. Its outcome is recorded already.
func (c *call) answer(a *exchange.Answer) {
	text, err := c.sign(wrapEnvelope(c.version(), c.addressing(false), a.Body))
	if err != nil {
		c.refuse(err)
		return
	}
	c.send(http.StatusOK, text)
}

var noStore = []string{"no-store"}

// send writes an envelope: plain or, to a caller who sent an MTOM package, as one (of its root alone: binary values are
// inside).
func (c *call) send(status int, envelope []byte) {
	h := c.w.Header()
	x := &c.exchange
	request.Reference(h, x.ID, x.Trace, x.Receipt.Index, x.Receipt.Size, x.Known)
	name := mediaText
	if c.version() == xmlsec.NamespaceSOAP12 {
		name = mediaSOAP12
	}
	h["Content-Type"] = []string{name + "; charset=utf-8"}
	h["Cache-Control"] = noStore
	if c.message.mtom() {
		boundary := "mconnect-" + rand.Text() // not to be guessed by the author of a value of the answer
		h["Content-Type"] = []string{parts.MediaRelated + `; type="` + parts.MediaXOP + `"; boundary="` + boundary +
			`"; start="<root@mconnect.gov.md>"; start-info="` + name + `"`}
		envelope = append([]byte("--"+boundary+"\r\nContent-Type: "+parts.MediaXOP+`; charset=UTF-8; type="`+name+`"`+
			"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root@mconnect.gov.md>\r\n\r\n"), envelope...)
		envelope = append(envelope, "\r\n--"+boundary+"--\r\n"...)
	}
	h["Content-Length"] = []string{strconv.Itoa(len(envelope))}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(envelope) // recorded already; a caller gone by now can ask for the evidence
}

// prepare sets what both forms of a refusal have in common, logs the cause of one that is ours, and bounds a refusal to
// a caller who is not identified.
func (c *call) prepare(err error) *fault.Error {
	f := *fault.From(err)
	f.Call = cmp.Or(f.Call, c.exchange.ID)
	if f.Cause != nil && (f.Kind() == fault.Internal || f.Kind() == fault.Unavailable) {
		c.s.Logger.Warn("call failed", "code", string(f.Code), "leg", string(f.Leg), "call", string(f.Call), "cause",
			f.Cause.Error())
	}
	request.NameCodings(c.w.Header(), c.r.Header, &f)
	if f.RetryAfter > 0 {
		c.w.Header().Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	if c.who == nil {
		admission.BoundRefusal(c.w, c.r)
	}
	return &f
}

// refuse answers a SOAP message by a fault, signed once the caller is known.
func (c *call) refuse(err error) {
	f := c.prepare(err)
	lang := problem.Language(c.r.Header.Get("Accept-Language"))
	c.w.Header().Set("Content-Language", string(lang))
	blocks := c.addressing(true)
	if f.Code == fault.EnvelopeVersion {
		blocks = upgrade
	}
	d := problem.New(f, c.exchange.Trace, lang).Explain(c.s.Portal())
	envelope := wrapEnvelope(c.version(), blocks, faultBody(d, f, c.version(), lang))
	if c.who != nil {
		signed, err := c.sign(envelope)
		if err != nil {
			c.s.Logger.Error("cannot sign", "cause", err)
		} else {
			envelope = signed
		}
	}
	c.send(statusOf(f, c.version()), envelope)
}

// problem answers what is no SOAP message by a problem document.
func (c *call) problem(err error) {
	f := c.prepare(err)
	c.w.Header()["Cache-Control"] = noStore
	lang := problem.Language(c.r.Header.Get("Accept-Language"))
	_ = problem.Write(c.w, problem.New(f, "", lang).Explain(c.s.Portal()), f.RetryAfter, lang) // the connection is all that can fail
}
