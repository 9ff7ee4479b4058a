// Package parts reads SOAP messages that come as packages with attachments: multipart/related (RFC 2387) with an MTOM
// root (XOP 1.0), or SOAP Messages with Attachments. Everything is bounded by the message in memory; nothing is fetched
// from elsewhere.
package parts

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"strings"

	"mconnect/fault"
	"mconnect/internal/media"
	"mconnect/internal/xmlsec"
)

// Media types of packages.
const (
	MediaRelated = "multipart/related"
	MediaXOP     = "application/xop+xml" // of the root of an MTOM package
)

const (
	namespaceXOP = "http://www.w3.org/2004/08/xop/include"
	mostParts    = 64
	mostHeaders  = 16 // of one part
)

// Package is a message taken apart.
type Package struct {
	Root []byte            // the envelope
	MTOM bool              // the root is XOP
	left map[string][]byte // attachments by Content-ID that no reference has led to
}

func bad(what string) error {
	return fault.New(fault.MessageMalformed, "what", MediaRelated+": "+what)
}

// Open takes a package apart; params are those of its media type. Accept judges the media type of the envelope in it,
// "" when that cannot be read. Faults: those of accept, message.malformed (also of a package that does not end with its
// closing boundary: a part of it may be missing), attachment.unknown for a Content-ID that stands twice.
func Open(body []byte, params map[string]string, accept func(media string, params map[string]string) error) (*Package,
	error) {
	boundary, start := params["boundary"], params["start"]
	if boundary == "" {
		return nil, bad("boundary")
	}
	if !closed(body, boundary) {
		return nil, bad("--" + shown(boundary) + "--")
	}
	p := &Package{left: map[string][]byte{}}
	found := false
	all := multipart.NewReader(bytes.NewReader(body), boundary)
	for n := 0; ; n++ {
		part, err := all.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(part.Header) > mostHeaders || n == mostParts {
			return nil, bad("a part cannot be read")
		}
		content, err := contentOf(part)
		if err != nil {
			return nil, err
		}
		id := part.Header.Get("Content-Id")
		switch {
		case !found && (start == "" || id == start || trim(id) == trim(start)):
			found, p.Root = true, content
			if err := accept(p.root(part.Header.Get("Content-Type"), params["start-info"])); err != nil {
				return nil, err
			}
		case trim(id) == "":
			return nil, bad("a part without Content-ID")
		case p.left[trim(id)] != nil:
			return nil, fault.New(fault.AttachmentUnknown, "id", shown(trim(id)))
		default:
			p.left[trim(id)] = content
		}
	}
	if !found {
		return nil, bad("no root part")
	}
	return p, nil
}

// closed reports whether the closing boundary stands at the beginning of a line (RFC 2046, section 5.1.1).
func closed(body []byte, boundary string) bool {
	ending := []byte("--" + boundary + "--")
	return bytes.HasPrefix(body, ending) || bytes.Contains(body, append([]byte("\n"), ending...))
}

// root reads the media type of the root part; that of an XOP root names the envelope's own in its type parameter, else
// the package does in start-info. SOAP 1.1 is what neither names: the envelope itself says what it is.
func (p *Package) root(text, info string) (name string, params map[string]string) {
	root, ok := media.Parse(text)
	if !ok {
		return "", nil
	}
	if root.Name != MediaXOP {
		return root.Name, root.Params
	}
	p.MTOM = true
	for _, inner := range []string{root.Params["type"], info, "text/xml"} {
		if inner == "" {
			continue
		}
		of, _ := media.Parse(inner)
		return of.Name, root.Params
	}
	return "", nil
}

// contentOf reads one part, never nil. Its encoding is that of bytes or base64.
func contentOf(p *multipart.Part) ([]byte, error) {
	var from io.Reader = p
	switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
	case "", "7bit", "8bit", "binary":
	case "base64":
		from = base64.NewDecoder(base64.StdEncoding, p)
	default:
		return nil, bad("Content-Transfer-Encoding")
	}
	content, err := io.ReadAll(from) // of the body in memory, so bounded by it
	if err != nil {
		return nil, bad("a part cannot be read")
	}
	if content == nil {
		content = []byte{}
	}
	return content, nil
}

func trim(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}

func shown(s string) string {
	if len(s) > 80 {
		s = s[:80]
	}
	return strings.ToValidUTF8(s, "")
}

// Left is how many attachments no reference has led to.
func (p *Package) Left() int { return len(p.left) }

// take returns the attachment that a "cid:" reference leads to, once: a part that is asked for again and again could be
// made into a message without end.
func (p *Package) take(reference string) ([]byte, error) {
	id, ok := strings.CutPrefix(reference, "cid:")
	if plain, err := url.PathUnescape(id); err == nil {
		id = plain
	}
	content, found := p.left[id]
	if !ok || !found {
		return nil, fault.New(fault.AttachmentUnknown, "id", shown(reference))
	}
	delete(p.left, id)
	return content, nil
}

// Reconstitute puts the attachments of an MTOM package in the place of their xop:Include elements (XOP 1.0, §3.2); the
// document that comes of it has at most limit bytes. It comes before the signature, which was made over the message
// with its content inside.
func (p *Package) Reconstitute(doc *xmlsec.Document, limit int64) (*xmlsec.Document, error) {
	whole, err := p.replace(doc.Root(), func(n xmlsec.Node) (string, placing) {
		if !n.Is(namespaceXOP, "Include") {
			return "", keep
		}
		href, _ := n.Attr("", "href")
		return href, instead
	})
	if err != nil {
		return nil, err
	}
	return xmlsec.Parse(whole, xmlsec.Limits{Bytes: int(limit)})
}

// Attach puts attachments in the place of references to them (WS-I Attachments Profile 1.0: swaRef, or href="cid:…") in
// an element, and writes that. A signature over the message does not cover them.
func (p *Package) Attach(element xmlsec.Node) ([]byte, error) {
	return p.replace(element, func(n xmlsec.Node) (string, placing) {
		reference := strings.TrimSpace(n.Text())
		if href, ok := n.Attr("", "href"); ok && reference == "" {
			reference = href
		}
		if !strings.HasPrefix(reference, "cid:") {
			return "", keep
		}
		return reference, inside
	})
}

// replace writes the element with the attachments that refers finds references to.
func (p *Package) replace(element xmlsec.Node, refers func(xmlsec.Node) (string, placing)) ([]byte, error) {
	var failed error
	out, err := splice(element, func(n xmlsec.Node) ([]byte, placing) {
		reference, where := refers(n)
		if where == keep || failed != nil {
			return nil, keep
		}
		var content []byte
		if content, failed = p.take(reference); failed != nil {
			return nil, keep
		}
		return content, where
	})
	if failed != nil {
		return nil, failed
	}
	return out, err
}

// placing reports where content goes.
type placing int

const (
	keep    placing = iota // the element stays as it is
	inside                 // content replaces what is in the element
	instead                // content replaces the element
)

// splice writes the element again, in canonical form, and puts content as base64 where place says so. Only elements
// without child elements are replaced. In canonical form every "<" of a start tag begins an element, in document order.
func splice(root xmlsec.Node, place func(xmlsec.Node) ([]byte, placing)) ([]byte, error) {
	canonical, err := xmlsec.Canonicalize(nil, root, xmlsec.Inclusive10)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(canonical))
	pos, copied := 0, 0
	var walk func(n xmlsec.Node)
	walk = func(n xmlsec.Node) {
		for pos = pos + bytes.IndexByte(canonical[pos:],
			'<'); canonical[pos+1] == '/'; pos += bytes.IndexByte(canonical[pos:], '<') {
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
