package soap

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

const (
	namespaceXOP = "http://www.w3.org/2004/08/xop/include"
	mostParts    = 64
	mostHeaders  = 16 // of one part
)

func badPackage(what string) error {
	return fault.New(fault.MessageMalformed, "what", mediaParts+": "+what)
}

// unpack takes a multipart/related package apart (RFC 2387): the root with the envelope, and the attachments by
// Content-ID (MTOM; SOAP Messages with Attachments).
func (m *message) unpack() (envelope []byte, err error) {
	boundary, start := m.params["boundary"], m.params["start"]
	if boundary == "" {
		return nil, badPackage("boundary")
	}
	m.attachments = map[string][]byte{}
	found := false
	parts := multipart.NewReader(bytes.NewReader(*m.body), boundary)
	for n := 0; ; n++ {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(p.Header) > mostHeaders || n == mostParts {
			return nil, badPackage("a part cannot be read")
		}
		content, err := contentOf(p)
		if err != nil {
			return nil, err
		}
		id := p.Header.Get("Content-Id")
		switch {
		case !found && (start == "" || id == start || trimID(id) == trimID(start)):
			found, envelope = true, content
			if err := m.root(p.Header.Get("Content-Type")); err != nil {
				return nil, err
			}
		case trimID(id) == "":
			return nil, badPackage("a part without Content-ID")
		case m.attachments[trimID(id)] != nil:
			return nil, fault.New(fault.AttachmentUnknown, "id", bounded(trimID(id)))
		default:
			m.attachments[trimID(id)] = content
		}
	}
	if !found {
		return nil, badPackage("no root part")
	}
	return envelope, nil
}

// root reads the media type of the root part; that of an XOP root names the envelope's own in its type parameter.
func (m *message) root(text string) error {
	refused := fault.New(fault.MessageMediaType, "want", wanted)
	media, params, err := mime.ParseMediaType(text)
	if err != nil {
		return refused
	}
	if media == mediaXOP {
		m.mtom = true
		if media, _, err = mime.ParseMediaType(params["type"]); err != nil {
			return refused
		}
	}
	return m.rootIs(media, params, refused)
}

// contentOf reads one part, never nil. Its encoding is that of bytes or base64.
func contentOf(p *multipart.Part) ([]byte, error) {
	var from io.Reader = p
	switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
	case "", "7bit", "8bit", "binary":
	case "base64":
		from = base64.NewDecoder(base64.StdEncoding, p)
	default:
		return nil, badPackage("Content-Transfer-Encoding")
	}
	content, err := io.ReadAll(from) // of the body in memory, so bounded by it
	if err != nil {
		return nil, badPackage("a part cannot be read")
	}
	if content == nil {
		content = []byte{}
	}
	return content, nil
}

func trimID(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}

func bounded(s string) string {
	if len(s) > 80 {
		return s[:80]
	}
	return strings.ToValidUTF8(s, "")
}

// take returns the attachment that a "cid:" reference leads to, once: a part that is asked for again and again could be
// made into a message without end.
func (m *message) take(reference string) ([]byte, error) {
	id, ok := strings.CutPrefix(reference, "cid:")
	if plain, err := url.PathUnescape(id); err == nil {
		id = plain
	}
	content, found := m.attachments[id]
	if !ok || !found {
		return nil, fault.New(fault.AttachmentUnknown, "id", bounded(reference))
	}
	delete(m.attachments, id)
	return content, nil
}

// reconstitute puts the attachments of an MTOM package in the place of their xop:Include elements (XOP 1.0, §3.2). It comes before
// the signature, which was made over the message with its content inside.
func (c *call) reconstitute() error {
	var failed error
	whole, err := splice(c.doc.Root(), func(n xmlsec.Node) ([]byte, placing) {
		if !n.Is(namespaceXOP, "Include") || failed != nil {
			return nil, keep
		}
		href, _ := n.Attr("", "href")
		content, err := c.message.take(href)
		if err != nil {
			failed = err
			return nil, keep
		}
		return content, instead
	})
	if err = errors.Join(failed, err); err != nil {
		return fault.From(err)
	}
	limit := c.s.MaxRequest + c.s.MaxAttachments*4/3
	c.doc, err = xmlsec.Parse(whole, xmlsec.Limits{Bytes: int(limit)})
	return err
}

// attached puts attachments in the place of references to them (WS-I Attachments Profile 1.0: swaRef, or href="cid:…") in the
// Body's child. A signature over the message does not cover them.
func (c *call) attached(child xmlsec.Node) ([]byte, error) {
	var failed error
	element, err := splice(child, func(n xmlsec.Node) ([]byte, placing) {
		reference := strings.TrimSpace(n.Text())
		if href, ok := n.Attr("", "href"); ok && reference == "" {
			reference = href
		}
		if !strings.HasPrefix(reference, "cid:") || failed != nil {
			return nil, keep
		}
		var content []byte
		if content, failed = c.message.take(reference); failed != nil {
			return nil, keep
		}
		return content, inside
	})
	if err = errors.Join(failed, err); err != nil {
		return nil, fault.From(err)
	}
	return element, nil
}

// placing says where content goes.
type placing int

const (
	keep    placing = iota // the element stays as it is
	inside                 // content replaces what is in the element
	instead                // content replaces the element
)

// splice writes the element anew, in canonical form, and puts content as base64 where place says so. Only elements without
// child elements are replaced. In canonical form every "<" of a start tag begins an element, in document order.
func splice(root xmlsec.Node, place func(xmlsec.Node) ([]byte, placing)) ([]byte, error) {
	canonical, err := xmlsec.Canonicalize(nil, root, xmlsec.Inclusive10)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(canonical))
	pos, copied := 0, 0
	var walk func(n xmlsec.Node)
	walk = func(n xmlsec.Node) {
		for pos = pos + bytes.IndexByte(canonical[pos:], '<'); canonical[pos+1] == '/'; pos += bytes.IndexByte(canonical[pos:], '<') {
			pos++
		}
		from := pos
		pos = endOfTag(canonical, pos)
		leaf := true
		for child := range n.Elements() {
			leaf = false
			walk(child)
		}
		if !leaf {
			return
		}
		content, where := place(n)
		if where == keep {
			return
		}
		closing := pos + bytes.Index(canonical[pos:], []byte("</"))
		if where == inside {
			out = append(out, canonical[copied:pos]...)
			copied = closing
		} else {
			out = append(out, canonical[copied:from]...)
			copied = endOfTag(canonical, closing)
		}
		out = base64.StdEncoding.AppendEncode(out, content)
	}
	walk(root)
	return append(out, canonical[copied:]...), nil
}

// endOfTag is the place behind the tag that begins at i; ">" inside quotes does not end it.
func endOfTag(text []byte, i int) int {
	quoted := false
	for ; i < len(text); i++ {
		switch {
		case text[i] == '"': // canonical form knows no other quotes
			quoted = !quoted
		case text[i] == '>' && !quoted:
			return i + 1
		}
	}
	return i
}
