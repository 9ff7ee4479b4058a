package xmlmap

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// scanner reads JSON (RFC 8259) from a whole message that is valid UTF-8.
type scanner struct {
	in    []byte
	pos   int
	plain []byte // a name without its escapes
}

func (s *scanner) malformed() error { return &flaw{fault.MessageMalformed, "JSON", s.pos} }

func (s *scanner) blank() {
	for s.pos < len(s.in) && class[s.in[s.pos]]&blankByte != 0 {
		s.pos++
	}
}

// peek returns the first byte of what comes next, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.in) && s.in[s.pos] > ' ' {
		return s.in[s.pos]
	}
	if s.blank(); s.pos < len(s.in) {
		return s.in[s.pos]
	}
	return 0
}

// begin reads over the bracket at pos, and over end where it follows at once; it reports whether something
// stands between.
func (s *scanner) begin(end byte) bool {
	s.pos++
	if s.peek() == end {
		s.pos++
		return false
	}
	return true
}

// more reads over a comma or over end.
func (s *scanner) more(end byte) (bool, error) {
	switch s.peek() {
	case end:
		s.pos++
		return false, nil
	case ',':
		s.pos++
		return true, nil
	}
	return false, s.malformed()
}

// name reads a member's name and its colon; the result holds until the next call.
func (s *scanner) name() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.malformed()
	}
	text, err := s.content()
	if err != nil {
		return nil, err
	}
	if s.peek() != ':' {
		return nil, s.malformed()
	}
	s.pos++
	return text, nil
}

// content reads the string at pos.
func (s *scanner) content() ([]byte, error) {
	s.pos++
	from := s.pos
	for s.pos < len(s.in) && class[s.in[s.pos]]&plainJSON != 0 {
		s.pos++
	}
	if s.pos < len(s.in) && s.in[s.pos] == '"' {
		s.pos++
		return s.in[from : s.pos-1], nil
	}
	s.plain = append(s.plain[:0], s.in[from:s.pos]...)
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; {
		case c == '"':
			s.pos++
			return s.plain, nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			s.plain = utf8.AppendRune(s.plain, r)
		case c < 0x20:
			return nil, s.malformed()
		default:
			s.plain = append(s.plain, c)
			s.pos++
		}
	}
	return nil, s.malformed()
}

// escape reads one escape sequence, or the two of a surrogate pair.
func (s *scanner) escape() (rune, error) {
	if s.pos+1 >= len(s.in) {
		return 0, s.malformed()
	}
	c := s.in[s.pos+1]
	s.pos += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		first, ok := s.unit()
		if !ok {
			return 0, s.malformed()
		}
		if !utf16.IsSurrogate(first) {
			return first, nil
		}
		if s.pos+1 < len(s.in) && s.in[s.pos] == '\\' && s.in[s.pos+1] == 'u' {
			s.pos += 2
			if second, ok := s.unit(); ok {
				if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
					return r, nil
				}
			}
		}
	}
	return 0, s.malformed()
}

// unit reads four hexadecimal digits.
func (s *scanner) unit() (rune, bool) {
	if s.pos+4 > len(s.in) {
		return 0, false
	}
	var r rune
	for _, c := range s.in[s.pos : s.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case (c|0x20) >= 'a' && (c|0x20) <= 'f':
			r = r<<4 | rune((c|0x20)-'a'+10)
		default:
			return 0, false
		}
	}
	s.pos += 4
	return r, true
}

func (s *scanner) literal(word string) error {
	if len(s.in)-s.pos < len(word) || string(s.in[s.pos:s.pos+len(word)]) != word {
		return s.malformed()
	}
	s.pos += len(word)
	return nil
}

// number reads one; whole: it has neither fraction nor exponent.
func (s *scanner) number() (text []byte, whole, exponent bool, err error) {
	from := s.pos
	if s.in[s.pos] == '-' {
		s.pos++
	}
	lead := s.pos
	if n := s.run(); n == 0 || (n > 1 && s.in[lead] == '0') {
		return nil, false, false, s.malformed()
	}
	whole = true
	if s.pos < len(s.in) && s.in[s.pos] == '.' {
		whole = false
		s.pos++
		if s.run() == 0 {
			return nil, false, false, s.malformed()
		}
	}
	if s.pos < len(s.in) && s.in[s.pos]|0x20 == 'e' {
		whole, exponent = false, true
		s.pos++
		if s.pos < len(s.in) && (s.in[s.pos] == '+' || s.in[s.pos] == '-') {
			s.pos++
		}
		if s.run() == 0 {
			return nil, false, false, s.malformed()
		}
	}
	return s.in[from:s.pos], whole, exponent, nil
}

// run reads digits.
func (s *scanner) run() int {
	from := s.pos
	for s.pos < len(s.in) && s.in[s.pos] >= '0' && s.in[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - from
}

// skip reads over one value of any shape.
func (s *scanner) skip() error { return s.skipTo(0) }

func (s *scanner) skipTo(depth int) error {
	if depth > schema.MaxDepth {
		return &flaw{fault.MessageTooDeep, strconv.Itoa(schema.MaxDepth), s.pos}
	}
	switch c := s.peek(); {
	case c == '{' || c == '[':
		end := c + 2 // of both
		for more := s.begin(end); more; {
			if c == '{' {
				if _, err := s.name(); err != nil {
					return err
				}
			}
			err := s.skipTo(depth + 1)
			if err != nil {
				return err
			}
			if more, err = s.more(end); err != nil {
				return err
			}
		}
		return nil
	case c == '"':
		_, err := s.content()
		return err
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	case c == '-' || (c >= '0' && c <= '9'):
		_, _, _, err := s.number()
		return err
	}
	return s.malformed()
}
