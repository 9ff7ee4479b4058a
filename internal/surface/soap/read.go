package soap

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
	"mconnect/internal/media"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
	"mconnect/internal/xmlsec/parts"
)

// Media types of SOAP messages and their packages.
const (
	mediaText   = "text/xml"             // SOAP 1.1
	mediaXML    = "application/xml"      // SOAP 1.1, of some clients
	mediaSOAP12 = "application/soap+xml" // SOAP 1.2
	wanted      = mediaText + ", " + mediaSOAP12 + ", " + parts.MediaRelated
)

// message is a request as it came.
type message struct {
	body     *[]byte // as received, of the pool
	media    string  // of the envelope: mediaText or mediaSOAP12
	charset  string  // of the envelope, as its media type states it
	params   map[string]string
	packaged bool           // multipart/related
	parts    *parts.Package // its parts; an MTOM one is answered by one
}

// receive reads head and body of the request.
func (c *call) receive() error {
	if err := c.message.readHead(c.r.Header); err != nil {
		return err
	}
	limit := c.s.MaxRequest
	if c.message.packaged {
		limit = c.s.MaxAttachments
	}
	if c.who == nil {
		var err error
		if c.release, err = c.s.preAuth.Reserve(c.r, limit); err != nil {
			return err
		}
		if !c.message.packaged {
			c.s.preAuth.BoundRead(c.w)
		}
	}
	var err error
	if c.message.body, err = request.Body(c.r, limit, c.s.Memory); err != nil {
		if fault.From(err).Code == fault.Overloaded { // the rest of a body beyond the budget is not awaited
			admission.CloseAfter(c.w, c.r)
		}
		return err // the deadline stays: the server still looks for the rest of the body
	}
	admission.UnboundRead(c.w)
	c.exchange.Received = *c.message.body
	return nil
}

// open takes the envelope out of the message and opens it.
func (c *call) open() (err error) {
	envelope := *c.message.body
	if c.message.packaged {
		if err := c.message.unpack(); err != nil {
			return err
		}
		envelope = c.message.parts.Root
	}
	if int64(len(envelope)) > c.s.MaxRequest {
		return fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(c.s.MaxRequest, 10))
	}
	text, err := media.XML(envelope, c.message.charset, media.UTF8)
	if bad, ok := errors.AsType[*media.EncodingError](err); ok {
		return fault.Wrap(err, fault.XMLEncoding, "encoding", bounded(bad.Stated))
	}
	if c.doc, err = xmlsec.Parse(text, xmlsec.Limits{Bytes: 2 * int(c.s.MaxRequest), Decoded: true}); err != nil {
		return err
	}
	if c.message.mtom() {
		if c.doc, err = c.message.parts.Reconstitute(c.doc, c.s.MaxRequest+c.s.MaxAttachments*4/3); err != nil {
			return err
		}
	}
	c.envelope, err = xmlsec.OpenEnvelope(c.doc)
	return err
}

// readHead reads what the headers say of the message. SOAPAction is not among it: it varies between clients and decides
// nothing.
func (m *message) readHead(h http.Header) error {
	if err := request.Uncompressed(h); err != nil {
		return err
	}
	stated, ok := media.Parse(h.Get("Content-Type"))
	switch {
	case !ok:
		return fault.New(fault.MessageMediaType, "want", wanted)
	case slices.ContainsFunc(stated.Twice, decides):
		return fault.New(fault.MessageMalformed, "what", "Content-Type: "+strings.Join(stated.Twice, ", "))
	case stated.Name == parts.MediaRelated:
		m.packaged, m.params = true, stated.Params
		return nil
	}
	return m.rootIs(stated.Name, stated.Params)
}

// decides reports a parameter of a media type that says how the body is to be read.
func decides(parameter string) bool {
	return parameter == "charset" || parameter == "boundary" || parameter == "start"
}

// unpack takes a package apart.
func (m *message) unpack() (err error) {
	m.parts, err = parts.Open(*m.body, m.params, m.rootIs)
	return err
}

// mtom reports whether the message is an MTOM package.
func (m *message) mtom() bool { return m.parts != nil && m.parts.MTOM }

// rootIs takes the media type of the envelope.
func (m *message) rootIs(name string, params map[string]string) error {
	switch name {
	case mediaText, mediaXML:
		m.media = mediaText
	case mediaSOAP12:
		m.media = mediaSOAP12
	default:
		return fault.New(fault.MessageMediaType, "want", wanted)
	}
	m.charset = media.Type{Params: params}.Charset()
	if _, known := media.Lookup(m.charset); !known {
		return fault.New(fault.MessageMediaType, "want", "charset=utf-8")
	}
	return nil
}
