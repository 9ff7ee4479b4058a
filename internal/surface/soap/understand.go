package soap

import (
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
)

const namespaceWSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

// understand reads what is asked for, once it is known who asks: the legal context, the service that the Body's child
// names, and its input.
func (c *call) understand() error {
	child, err := c.child()
	if err != nil {
		return err
	}
	if c.exchange.Service, err = mconnect.ParseServiceName(child.Local()); err != nil ||
		child.Space() != xmlmap.Namespace {
		c.exchange.Service = ""
		return fault.New(fault.ServiceUnknown, "service", bounded(child.Local()))
	}
	if err := c.headers(); err != nil {
		return err
	}
	if c.ready, err = c.s.offered(c.who.System.ID, c.exchange.Service, c.exchange.Context); err != nil {
		return err
	}
	c.exchange.Version = c.ready.Version
	if c.ready.Opaque != nil {
		return fault.New(fault.ServiceForm, "service", string(c.ready.Name))
	}
	return c.input(child)
}

// child is the one element in Body. Of a signed message Body is the very tree whose digest was verified.
func (c *call) child() (child xmlsec.Node, err error) {
	body := c.envelope.Body
	if c.verified != nil && !c.verified.Covers(body) {
		return child, fault.New(fault.SignatureDigest, "part", bounded(body.Name())) // cannot be: Verify demands Body
	}
	for n := range body.Elements() {
		if !child.IsZero() {
			return child, fault.New(fault.MessageMalformed, "what", "Body: "+bounded(n.Name()))
		}
		child = n
	}
	if child.IsZero() || strings.TrimSpace(body.Text()) != "" {
		return child, fault.New(fault.MessageMalformed, "what", "Body")
	}
	return child, nil
}

// headers reads the legal context from header blocks or from HTTP headers; where both state it, they must say the same.
// Blocks that must be understood and are not end the call (SOAP 1.1 §4.2.3, SOAP 1.2 §2.4).
func (c *call) headers() error {
	var blocks request.Statement
	for _, n := range c.envelope.Headers() {
		if n.Is(namespaceWSSE, "Security") || isAddressing(n.Space()) {
			continue
		}
		which := -1
		if n.Space() == xmlmap.Namespace {
			which = request.ContextName(n.Local())
		}
		if which < 0 {
			if c.envelope.MustUnderstand(n) {
				return fault.New(fault.NotUnderstood, "name", bounded(n.Local()))
			}
			continue
		}
		if c.verified != nil && c.who.System.Signature.SignedContext && !c.verified.Covers(n) {
			return fault.New(fault.SignatureClaimMissing, "name", n.Local())
		}
		value, ok := request.Clean(n.Text())
		if err := blocks.Add(which, value, ok && noElements(n)); err != nil {
			return err
		}
	}
	fields, err := request.ContextOf(c.r.Header)
	if err != nil {
		return err
	}
	switch {
	case fields.Any() && !blocks.Any() && c.verified != nil && c.who.System.Signature.SignedContext:
		return fault.New(fault.SignatureClaimMissing, "name", "CallingUser, CallingEntity, CallBasis, CallReason")
	case !fields.Any():
		c.exchange.Context = blocks.Context
	case blocks.Any() && blocks.Conflict(&fields) != "":
		return fault.New(fault.ContextConflict, "name", blocks.Conflict(&fields))
	default:
		c.exchange.Context = fields.Context
	}
	return nil
}

func bounded(s string) string {
	if len(s) > 80 {
		s = s[:80]
	}
	return strings.ToValidUTF8(s, "")
}

func noElements(n xmlsec.Node) bool {
	for range n.Elements() {
		return false
	}
	return true
}

// input makes the neutral form of the Body's child and prepares the way back.
func (c *call) input(child xmlsec.Node) error {
	f, err := c.s.formsOf(c.ready)
	if err != nil {
		return err
	}
	if p := c.message.parts; p != nil && p.Left() > 0 && !p.MTOM {
		if c.verified != nil && len(request.ChainOf(c.r)) == 0 {
			return fault.New(fault.AttachmentUnsigned) // the signer's proof does not reach so far
		}
		element, err := p.Attach(child)
		if err != nil {
			return err
		}
		c.exchange.Input, _, err = f.request.JSON(nil, element)
		if err != nil {
			return err
		}
	} else if c.exchange.Input, _, err = f.request.Read(nil, child); err != nil {
		return err
	}
	c.exchange.Encode = func(dst []byte, svc *catalog.Ready, answer []byte) ([]byte, error) {
		f, err := c.s.formsOf(svc)
		if err != nil {
			return nil, err
		}
		out, _, err := f.answer.XML(dst, answer)
		return out, err
	}
	return nil
}

// forms are the XML forms of one service version.
type forms struct {
	ready           *catalog.Ready
	request, answer *xmlmap.Form
}

// formsOf compiles the forms of a service version once, and again when the version was changed.
func (s *Surface) formsOf(ready *catalog.Ready) (*forms, error) {
	id := ready.ID()
	if f, ok := s.forms.Load(id); ok && f.(*forms).ready == ready {
		return f.(*forms), nil
	}
	f := &forms{ready: ready}
	var err error
	// Live clients qualify the elements below the operation or not, and send empty ones for what they leave out.
	f.request, err = xmlmap.Compile(xmlmap.Config{
		Type: ready.Request, Element: string(ready.Name), Attributes: xmlmap.Drop, AnySpace: true, BlankIsNo: true,
		Limits: xmlmap.Limits{Bytes: int(s.MaxRequest + 2*s.MaxAttachments)},
	})
	if err != nil {
		return nil, err
	}
	if f.answer, err = xmlmap.Compile(xmlmap.Config{Type: ready.Response, Answer: true}); err != nil {
		return nil, err
	}
	s.forms.Store(id, f)
	return f, nil
}
