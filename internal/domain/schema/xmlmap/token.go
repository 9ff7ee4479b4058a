package xmlmap

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"mconnect/fault"
)

// Binding is a namespace prefix that is in scope where the element stands ("" for the default namespace).
type Binding struct{ Prefix, Space string }

// binding is one inside the message; its bytes are the message's own where they can be.
type binding struct{ prefix, space []byte }

// attribute is one of a start tag, its value already normalised.
type attribute struct{ prefix, local, space, value []byte }

// tag is a start tag that was read.
type tag struct {
	name   []byte // as written, with its prefix
	local  []byte
	space  []byte
	outer  []byte // default namespace outside
	scope  int    // bindings outside
	empty  bool   // <a/>: no end tag follows
	nilled bool   // xsi:nil is true
	strays int    // attributes that mean nothing here
}

// tokens reads XML 1.0 with namespaces, without document types and instructions, from a whole message.
type tokens struct {
	in       []byte
	pos      int
	limits   Limits
	depth    int
	elements int
	usual    []byte    // the default namespace
	scope    []binding // innermost last
	attrs    []attribute
	scratch  []byte // text that is not in the message as it is
}

var (
	xmlPrefix   = []byte("xml")
	xmlnsPrefix = []byte("xmlns")
)

// start prepares for in. Its characters are checked at once; later only the forbidden ASCII ones and
// U+FFFE, U+FFFF have to be looked for.
func (t *tokens) start(in []byte, limits Limits, outside []Binding) error {
	t.in, t.limits = in, limits
	if len(in) > limits.Bytes {
		return &flaw{fault.MessageTooLarge, strconv.Itoa(limits.Bytes), 0}
	}
	if !utf8.Valid(in) {
		return &flaw{code: fault.XMLEncoding, what: "UTF-8"}
	}
	for _, b := range outside {
		if b.Prefix == "" {
			t.usual = []byte(b.Space)
		} else {
			t.scope = append(t.scope, binding{[]byte(b.Prefix), []byte(b.Space)})
		}
	}
	if bytes.HasPrefix(in, []byte("\xEF\xBB\xBF")) {
		t.pos = 3
	}
	return t.declaration()
}

func (t *tokens) malformed(what string) error { return &flaw{fault.XMLMalformed, what, t.pos} }

func (t *tokens) ends() error { return t.malformed("it ends too early") }

// declaration reads over <?xml … ?>, which must say 1.0 and UTF-8.
func (t *tokens) declaration() error {
	rest := t.in[t.pos:]
	if !bytes.HasPrefix(rest, []byte("<?xml")) || len(rest) < 6 || class[rest[5]]&blankByte == 0 {
		return nil
	}
	end := bytes.Index(rest, []byte("?>"))
	if end < 0 || end > 200 {
		return t.malformed("the XML declaration")
	}
	words := rest[5:end]
	for i, name := range [3]string{"version", "encoding", "standalone"} {
		value, after, ok, bad := pseudo(words, name)
		if bad || (i == 0 && !ok) {
			return t.malformed("the XML declaration")
		}
		words = after
		switch {
		case i == 0 && string(value) != "1.0":
			return t.malformed("a version other than 1.0")
		case i == 1 && ok && !bytes.EqualFold(value, []byte("utf-8")):
			return &flaw{code: fault.XMLEncoding, what: "UTF-8", at: t.pos}
		case i == 2 && ok && string(value) != "yes" && string(value) != "no":
			return t.malformed("the XML declaration")
		}
	}
	if len(trim(words)) > 0 {
		return t.malformed("the XML declaration")
	}
	t.pos += end + 2
	return nil
}

// pseudo reads ` name = "value"` from the front of words, if that is what stands there.
func pseudo(words []byte, name string) (value, after []byte, ok, bad bool) {
	rest := bytes.TrimLeft(words, " \t\r\n")
	if !bytes.HasPrefix(rest, []byte(name)) {
		return nil, words, false, false
	}
	if len(rest) == len(words) {
		return nil, nil, false, true
	}
	rest = bytes.TrimLeft(rest[len(name):], " \t\r\n")
	if len(rest) < 2 || rest[0] != '=' {
		return nil, nil, false, true
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) < 2 || (rest[0] != '"' && rest[0] != '\'') {
		return nil, nil, false, true
	}
	end := bytes.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return nil, nil, false, true
	}
	return rest[1 : 1+end], rest[2+end:], true, false
}

// around reads over white space and comments outside the root element, up to the next tag or the end.
func (t *tokens) around() error {
	for {
		t.skipBlank()
		if t.pos == len(t.in) {
			return nil
		}
		if t.in[t.pos] != '<' {
			return t.malformed("text outside the element")
		}
		if t.pos+1 < len(t.in) && t.in[t.pos+1] == '!' && !t.at("<![CDATA[") {
			if err := t.comment(); err != nil {
				return err
			}
			continue
		}
		return nil
	}
}

func (t *tokens) skipBlank() {
	for t.pos < len(t.in) && class[t.in[t.pos]]&blankByte != 0 {
		t.pos++
	}
}

func (t *tokens) at(s string) bool {
	return len(t.in)-t.pos >= len(s) && string(t.in[t.pos:t.pos+len(s)]) == s
}

// comment reads over one; anything else behind "<!" is refused.
func (t *tokens) comment() error {
	switch {
	case t.at("<!DOCTYPE"):
		return &flaw{code: fault.XMLDoctype, at: t.pos}
	case !t.at("<!--"):
		return t.malformed("a declaration")
	}
	from := t.pos + 4
	end := bytes.Index(t.in[from:], []byte("--"))
	if end < 0 {
		return t.ends()
	}
	if from+end+2 >= len(t.in) || t.in[from+end+2] != '>' {
		return t.malformed(`"--" inside a comment`)
	}
	if err := t.characters(t.in[from : from+end]); err != nil {
		return err
	}
	t.pos = from + end + 3
	return nil
}

// characters refuses what XML does not allow anywhere.
func (t *tokens) characters(text []byte) error {
	for i, c := range text {
		if class[c]&(plainText|blankByte) != 0 || c == '<' || c == '&' || c == ']' {
			continue
		}
		if c != 0xEF || !allowedEF(text[i:]) {
			return t.malformed("a character that XML does not allow")
		}
	}
	return nil
}

// allowedEF: the three bytes at the front are not U+FFFE or U+FFFF.
func allowedEF(b []byte) bool { return b[1] != 0xBF || (b[2] != 0xBE && b[2] != 0xBF) }

// content reads character data up to the next tag: entities and line ends resolved, CDATA and comments
// taken in. The result holds until the next call.
func (t *tokens) content() ([]byte, error) {
	from := t.pos
	i := from
	for i < len(t.in) && class[t.in[i]]&plainText != 0 {
		i++
	}
	t.pos = i
	if i+1 < len(t.in) && t.in[i] == '<' && t.in[i+1] != '!' && t.in[i+1] != '?' {
		return t.in[from:i], nil
	}
	t.scratch = append(t.scratch[:0], t.in[from:i]...)
	for {
		if t.pos+1 >= len(t.in) {
			return nil, t.ends()
		}
		switch c := t.in[t.pos]; {
		case c == '<' && t.in[t.pos+1] == '!':
			if err := t.declared(); err != nil {
				return nil, err
			}
		case c == '<' && t.in[t.pos+1] == '?':
			return nil, &flaw{code: fault.XMLInstruction, at: t.pos}
		case c == '<':
			return t.scratch, nil
		default:
			if err := t.special(c, '<'); err != nil {
				return nil, err
			}
		}
		from = t.pos
		for t.pos < len(t.in) && class[t.in[t.pos]]&plainText != 0 {
			t.pos++
		}
		t.scratch = append(t.scratch, t.in[from:t.pos]...)
	}
}

// declared reads a CDATA section or a comment inside text.
func (t *tokens) declared() error {
	if !t.at("<![CDATA[") {
		return t.comment()
	}
	from := t.pos + 9
	end := bytes.Index(t.in[from:], []byte("]]>"))
	if end < 0 {
		return t.ends()
	}
	text := t.in[from : from+end]
	if err := t.characters(text); err != nil {
		return err
	}
	for i, c := range text {
		switch {
		case c != '\r':
			t.scratch = append(t.scratch, c)
		case i+1 == len(text) || text[i+1] != '\n':
			t.scratch = append(t.scratch, '\n')
		}
	}
	t.pos = from + end + 3
	return nil
}

// special reads one byte that plainText does not cover, inside text (quote '<') or an attribute's value.
func (t *tokens) special(c, quote byte) error {
	switch {
	case c == '&':
		return t.reference()
	case c == '\r':
		if t.pos+1 < len(t.in) && t.in[t.pos+1] == '\n' {
			t.pos++
		}
		c = '\n'
		if quote != '<' {
			c = ' '
		}
	case c == ']':
		if quote == '<' && t.at("]]>") {
			return t.malformed(`"]]>" in text`)
		}
	case c == 0xEF && allowedEF(t.in[t.pos:]):
		t.scratch = append(t.scratch, t.in[t.pos:t.pos+3]...)
		t.pos += 3
		return nil
	case c == '<':
		return t.malformed(`"<" in an attribute`)
	default:
		return t.malformed("a character that XML does not allow")
	}
	t.scratch = append(t.scratch, c)
	t.pos++
	return nil
}

// reference resolves &amp; and its four brothers, and &#…;.
func (t *tokens) reference() error {
	end := bytes.IndexByte(t.in[t.pos:min(len(t.in), t.pos+32)], ';')
	if end < 0 {
		return t.malformed(`"&" without ";"`)
	}
	name := t.in[t.pos+1 : t.pos+end]
	t.pos += end + 1
	if len(name) > 1 && name[0] == '#' {
		digits, base := string(name[1:]), 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		for _, c := range []byte(digits) {
			if c == '+' || c == '-' || c == '_' {
				return t.malformed("a character reference")
			}
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil || n > utf8.MaxRune || !isXMLRune(rune(n)) {
			return t.malformed("a character reference")
		}
		t.scratch = utf8.AppendRune(t.scratch, rune(n))
		return nil
	}
	switch string(name) {
	case "amp":
		t.scratch = append(t.scratch, '&')
	case "lt":
		t.scratch = append(t.scratch, '<')
	case "gt":
		t.scratch = append(t.scratch, '>')
	case "quot":
		t.scratch = append(t.scratch, '"')
	case "apos":
		t.scratch = append(t.scratch, '\'')
	default:
		if ncName(name) != len(name) || len(name) == 0 {
			return t.malformed(`"&" that begins no reference`)
		}
		return &flaw{fault.XMLEntity, string(name), t.pos}
	}
	return nil
}

func trim(b []byte) []byte {
	for len(b) > 0 && class[b[0]]&blankByte != 0 {
		b = b[1:]
	}
	for len(b) > 0 && class[b[len(b)-1]]&blankByte != 0 {
		b = b[:len(b)-1]
	}
	return b
}
