package schema

import (
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mconnect/internal/jsonscan"
)

// scan reads JSON (RFC 8259, and of RFC 7493 valid UTF-8 without lone surrogates) from memory, token by token and
// without copying. It exists beside jsontext because answers of 100 KiB are cut on every call: it is
// several times as fast, and FuzzScan holds it to jsontext's judgement of every text.
type scan struct {
	b     []byte
	i     int    // next byte
	plain []byte // content of the last string that had escapes
}

// peek steps over white space and returns the next byte; 0 at the end, which begins no token.
func (s *scan) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
			return c
		}
	}
	return 0
}

// eat steps over the next token when it is c.
func (s *scan) eat(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

func (s *scan) bad() error { return syntaxError(s.i) }

// text reads the string that begins here and returns it as written and its content, which holds until the next
// string with escapes.
func (s *scan) text() (raw, content []byte, err error) {
	start := s.i
	end, escaped, high := jsonscan.EndOfText(s.b, start+1)
	if end < 0 {
		return nil, nil, s.bad()
	}
	s.i = end + 1
	raw, content = s.b[start:s.i], s.b[start+1:end]
	switch {
	case escaped:
		if s.plain, err = jsontext.AppendUnquote(s.plain[:0], raw); err != nil {
			return nil, nil, syntaxError(start)
		}
		content = s.plain
	case high && !utf8.Valid(content):
		return nil, nil, syntaxError(start)
	}
	return raw, content, nil
}

// number reads the number that begins here.
func (s *scan) number() ([]byte, error) {
	start := s.i
	end, ok := jsonscan.Number(s.b, start)
	if s.i = end; !ok {
		return nil, s.bad()
	}
	return s.b[start:end], nil
}

func (s *scan) literal(c byte) ([]byte, error) {
	start := s.i
	end, ok := jsonscan.Literal(s.b, start, c)
	if s.i = end; !ok {
		return nil, s.bad()
	}
	return s.b[start:end], nil
}

// scalar reads a string, number or boolean: its kind is '"', '0', 't' or 'f'. content is raw but for strings.
func (s *scan) scalar() (kind byte, raw, content []byte, err error) {
	switch c := s.peek(); {
	case c == '"':
		raw, content, err = s.text()
		return c, raw, content, err
	case c == '-' || c-'0' <= 9:
		raw, err = s.number()
		return '0', raw, raw, err
	case c == 't' || c == 'f':
		raw, err = s.literal(c)
		return c, raw, raw, err
	}
	return 0, nil, nil, s.bad()
}

// key reads a name and its colon.
func (s *scan) key() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.bad()
	}
	_, name, err := s.text()
	if err != nil {
		return nil, err
	}
	if !s.eat(':') {
		return nil, s.bad()
	}
	return name, nil
}

// next steps over the comma between two members or items, or over the end of their object or array.
func (s *scan) next(end byte) (more bool, err error) {
	switch s.peek() {
	case ',':
		s.i++
		return true, nil
	case end:
		s.i++
		return false, nil
	}
	return false, s.bad()
}

// skip reads over one value of any shape that stands inside depth objects and arrays.
func (s *scan) skip(depth int) (err error) {
	c := s.peek()
	switch c {
	case 'n':
		_, err = s.literal(c)
		return err
	case '{', '[':
		if depth >= MaxDepth {
			return errTooDeep
		}
	default:
		_, _, _, err = s.scalar()
		return err
	}
	s.i++
	if s.eat(c + 2) { // '}' and ']' stand two behind '{' and '['
		return nil
	}
	for more := true; more; {
		if c == '{' {
			if _, err := s.key(); err != nil {
				return err
			}
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if more, err = s.next(c + 2); err != nil {
			return err
		}
	}
	return nil
}
