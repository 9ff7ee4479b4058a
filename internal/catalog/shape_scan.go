package catalog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
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
	end, escaped, high := endOfText(s.b, start+1)
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

// ones has the lowest bit of each of 8 bytes, highs the highest.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// endOfText finds the quote that ends the string whose content begins at i; -1 when there is none or a control character
// comes before. It looks at 8 bytes at a time: in stop, the highest bit of each byte below 0x20, '"' or '\\' is
// set (and perhaps of bytes behind such a one, so only the first counts).
func endOfText(b []byte, i int) (end int, escaped, high bool) {
	seen := uint64(0)
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^('"'*ones), x^('\\'*ones)
		stop := ((x-' '*ones)&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if stop == 0 {
			seen |= x
			i += 8
			continue
		}
		first := bits.TrailingZeros64(stop) >> 3
		seen |= x & (1<<(8*first) - 1)
		i += first
		switch b[i] {
		case '"':
			return i, escaped, seen&highs != 0
		case '\\':
			escaped = true
			i += 2
		default:
			return -1, false, false
		}
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i, escaped, seen&highs != 0
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return -1, false, false
		default:
			seen |= uint64(c)
		}
	}
	return -1, false, false
}

// number reads the number that begins here.
func (s *scan) number() ([]byte, error) {
	start := s.i
	if s.b[s.i] == '-' {
		s.i++
	}
	whole := s.i
	if n := s.digits(); n == 0 || (n > 1 && s.b[whole] == '0') {
		return nil, s.bad()
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if s.digits() == 0 {
			return nil, s.bad()
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		if s.digits() == 0 {
			return nil, s.bad()
		}
	}
	return s.b[start:s.i], nil
}

func (s *scan) digits() int {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	return s.i - start
}

var literals = map[byte][]byte{'t': []byte("true"), 'f': []byte("false"), 'n': []byte("null")}

func (s *scan) literal(word []byte) ([]byte, error) {
	if !bytes.HasPrefix(s.b[s.i:], word) {
		return nil, s.bad()
	}
	s.i += len(word)
	return word, nil
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
		raw, err = s.literal(literals[c])
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
		_, err = s.literal(literals[c])
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
