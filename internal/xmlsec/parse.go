package xmlsec

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"mconnect/fault"
	"mconnect/internal/media"
)

// parser turns source into nodes in one pass. Namespaces are resolved on the way: scope holds the namespace that
// each interned prefix represents at this place, undo what to put back when an element ends.
type parser struct {
	*Document
	limits Limits
	pos    int
	open   []openElement
	scope  []int32
	undo   []binding
	pend   []pending // attributes of the start tag being read
}

// parsers provides out what reading needs besides the Document.
var parsers = sync.Pool{New: func() any { return new(parser) }}

// release gives p back without anything of the message in it.
func (p *parser) release() {
	clear(p.pend[:cap(p.pend)])
	*p = parser{open: p.open[:0], scope: p.scope[:0], undo: p.undo[:0], pend: p.pend[:0]}
	parsers.Put(p)
}

type openElement struct {
	at   int32
	undo int
}

type binding struct{ prefix, space int32 }

// Parse reads one XML document in UTF-8 within limits. What its declaration says of the encoding counts only where the
// bytes leave room for it. Faults: xml.*.
func Parse(data []byte, limits Limits) (*Document, error) {
	limits = limits.filled()
	if len(data) > limits.Bytes {
		return nil, tooLarge("bytes", limits.Bytes)
	}
	if text := media.WithoutMark(data); len(text) < len(data) {
		data, limits.Decoded = text, true // the mark counts more than the declaration (RFC 7303, 3)
	}
	p := parsers.Get().(*parser)
	defer p.release()
	p.Document, p.limits = &Document{source: string(data)}, limits
	p.open, p.scope = append(p.open, openElement{}), append(p.scope, 0, 1)
	if !legal(p.source) {
		return nil, fault.New(fault.XMLEncoding, "encoding", "UTF-8")
	}
	tags := strings.Count(p.source, "<")
	p.nodes = make([]node, 1, min(tags+tags/8, limits.Nodes)+8)
	p.attrs = make([]attr, 0, min(strings.Count(p.source, "="), tags)+1)
	p.prefixes.list = append(make([]string, 0, 12), "", "xml")
	p.spaces.list = append(make([]string, 0, 12), "", NamespaceXML)
	p.decls = make([]decl, 0, 16)
	p.ids = make([]id, 0, 8)
	if err := p.document(); err != nil {
		return nil, err
	}
	p.nodes[0].end = int32(len(p.nodes))
	return p.Document, nil
}

// wrong is the fault for text that is not well-formed at the present place.
func (p *parser) wrong(what string) error {
	line := 1 + strings.Count(p.source[:min(p.pos, len(p.source))], "\n")
	return fault.New(fault.XMLMalformed, "what", what, "line", strconv.Itoa(line))
}

func (p *parser) document() error {
	if err := p.declaration(); err != nil {
		return err
	}
	root := false
	for p.pos < len(p.source) {
		if len(p.open) > 1 {
			if err := p.content(); err != nil {
				return err
			}
			continue
		}
		if class[p.source[p.pos]]&blank != 0 {
			p.pos++
			continue
		}
		if p.source[p.pos] != '<' {
			return p.wrong("text outside the root element")
		}
		if next := p.at(1); next != '!' && next != '?' {
			if root || next == '/' {
				return p.wrong("more than one root element")
			}
			root = true
		}
		if strings.HasPrefix(p.source[p.pos:], "<![") {
			return p.wrong("text outside the root element")
		}
		if err := p.markup(); err != nil {
			return err
		}
	}
	if len(p.open) > 1 {
		return p.wrong("the document ends inside an element")
	}
	if !root {
		return p.wrong("no root element")
	}
	return nil
}

// at is the byte ahead of the present place, 0 at the end.
func (p *parser) at(ahead int) byte {
	if p.pos+ahead >= len(p.source) {
		return 0
	}
	return p.source[p.pos+ahead]
}

// declaration reads the XML declaration, production [23], if there is one.
func (p *parser) declaration() error {
	if !strings.HasPrefix(p.source, "<?xml") || len(p.source) < 6 || class[p.source[5]]&blank == 0 {
		return nil
	}
	end := strings.Index(p.source, "?>")
	if end < 0 {
		return p.wrong("the XML declaration does not end")
	}
	rest := p.source[5:end]
	for i, name := range []string{"version", "encoding", "standalone"} {
		value, after, found, ok := pseudo(rest, name)
		if !ok || i == 0 && !found {
			return p.wrong("XML declaration")
		}
		if !found {
			continue
		}
		rest = after
		switch {
		case i == 0 && value != "1.0":
			return p.wrong("XML version other than 1.0")
		case i == 1 && !encName.MatchString(value):
			return p.wrong("XML declaration")
		case i == 1 && !p.limits.Decoded && !p.encodedAs(value):
			return fault.New(fault.XMLEncoding, "encoding", shown(value))
		case i == 2 && value != "yes" && value != "no":
			return p.wrong("XML declaration")
		}
	}
	if !isBlank(rest) {
		return p.wrong("XML declaration")
	}
	p.pos = end + 2
	return nil
}

// encName is the form of an encoding's name (XML 1.0, production 81): what is none is no declaration, whatever the
// bytes are.
var encName = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9._-]*\z`)

// encodedAs reports that the text, which is UTF-8, may be declared in that encoding: UTF-16 it cannot be, whatever
// programs declare, and ASCII is the same in all the others.
func (p *parser) encodedAs(name string) bool {
	e, known := media.Lookup(name)
	return known && (e.IsUTF8() || e.IsWide() || strings.IndexFunc(p.source,
		func(r rune) bool { return r >= 0x80 }) < 0)
}

// pseudo reads one pseudo-attribute of the XML declaration off the front of s.
func pseudo(s, name string) (value, after string, found, ok bool) {
	t := strings.TrimLeft(s, " \t\r\n")
	if !strings.HasPrefix(t, name) {
		return "", s, false, true
	}
	if len(t) == len(s) {
		return "", s, false, false // no space before it
	}
	t = strings.TrimLeft(t[len(name):], " \t\r\n")
	if !strings.HasPrefix(t, "=") {
		return "", s, false, false
	}
	t = strings.TrimLeft(t[1:], " \t\r\n")
	if t == "" || t[0] != '"' && t[0] != '\'' {
		return "", s, false, false
	}
	end := strings.IndexByte(t[1:], t[0])
	if end < 0 {
		return "", s, false, false
	}
	return t[1 : 1+end], t[2+end:], true, true
}

// add appends a node under the innermost open element.
func (p *parser) add(n node) error {
	if len(p.nodes) > p.limits.Nodes {
		return tooLarge("nodes", p.limits.Nodes)
	}
	n.parent = p.open[len(p.open)-1].at
	n.end = int32(len(p.nodes)) + 1
	p.nodes = append(p.nodes, n)
	return nil
}

// content reads one piece of what stands inside an element.
func (p *parser) content() error {
	if p.source[p.pos] == '<' {
		return p.markup()
	}
	return p.text()
}

// markup reads what begins with < at this position.
func (p *parser) markup() error {
	rest := p.source[p.pos:]
	switch p.at(1) {
	case '/':
		return p.endTag()
	case '?':
		return p.instruction()
	case '!':
		switch {
		case strings.HasPrefix(rest, "<!--"):
			return p.comment()
		case strings.HasPrefix(rest, "<![CDATA["):
			return p.cdata()
		case strings.HasPrefix(rest, "<!DOCTYPE"):
			return fault.New(fault.XMLDoctype)
		}
		return p.wrong("a markup declaration")
	}
	return p.startTag()
}

func (p *parser) comment() error {
	body := p.source[p.pos+4:]
	end := strings.Index(body, "--")
	if end < 0 || !strings.HasPrefix(body[end:], "-->") {
		return p.wrong("a comment that does not end or holds --")
	}
	text, err := p.plain(body[:end])
	if err != nil {
		return err
	}
	p.pos += 4 + end + 3
	return p.add(node{kind: commentNode, value: text})
}

func (p *parser) cdata() error {
	body := p.source[p.pos+9:]
	end := strings.Index(body, "]]>")
	if end < 0 {
		return p.wrong("a CDATA section that does not end")
	}
	text, err := p.plain(body[:end])
	if err != nil {
		return err
	}
	p.pos += 9 + end + 3
	if text == "" {
		return nil
	}
	return p.add(node{kind: textNode, value: text, clean: !strings.ContainsAny(text, "&<>\r")})
}

func (p *parser) instruction() error {
	body := p.source[p.pos+2:]
	end := strings.Index(body, "?>")
	if end < 0 {
		return p.wrong("a processing instruction that does not end")
	}
	body = body[:end]
	n := scanName(body, 0)
	target, data := body[:n], body[n:]
	if !isNCName(target) || len(target) == 3 && strings.EqualFold(target, "xml") {
		return p.wrong("the target of a processing instruction")
	}
	if data != "" && class[data[0]]&blank == 0 {
		return p.wrong("a processing instruction without space after its target")
	}
	if !p.limits.Instructions {
		return fault.New(fault.XMLInstruction)
	}
	data, err := p.plain(strings.TrimLeft(data, " \t\r\n"))
	if err != nil {
		return err
	}
	p.pos += 2 + end + 2
	if data != "" {
		target += " " + data
	}
	return p.add(node{kind: instructionNode, value: target})
}

// plain checks text without references and ends its lines as XML 1.0 §2.11 demands.
func (p *parser) plain(s string) (string, error) {
	cr := false
	for i := range len(s) {
		if c := s[i]; c < 0x20 {
			if class[c]&notAllow != 0 {
				return "", p.wrong("a control character")
			}
			cr = cr || c == '\r'
		}
	}
	if cr {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return s, nil
}
