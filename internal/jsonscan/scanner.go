// Package jsonscan reads JSON (RFC 8259) from memory, token by token and without copying.
//
// All readers of payloads share its Scanner: the cutter of answers, the reader of events and the writer of XML. What a
// document may hold is theirs to say. Decision 013 compares it with jsontext, which judges it in FuzzScanner.
package jsonscan

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// What makes a text unreadable. No error quotes the text: its bytes may be personal data.
var (
	ErrTooDeep   = errors.New("JSON nested too deep")
	ErrDuplicate = errors.New("JSON name twice in one object")
)

// SyntaxError is the byte at which a text stops being JSON.
type SyntaxError int

// Error is for the platform's log.
func (e SyntaxError) Error() string { return "JSON syntax at byte " + strconv.Itoa(int(e)) }

// Scanner reads one text. Strings must be valid UTF-8 without lone surrogates (RFC 7493). The zero value reads In from
// its beginning. A Scanner is not safe for concurrent use.
type Scanner struct {
	In       []byte
	Pos      int  // of the next byte
	MaxDepth int  // objects and arrays inside one another that Skip reads
	Unique   bool // Skip refuses a name that stands twice in one object

	unescaped []byte   // content of the last string that had escapes
	names     [][]byte // of the objects that are open, the innermost last
}

// maxKept bounds the scratch memory that Reset keeps.
const maxKept = 128 << 10

// Reset lets the scanner read another text. It wipes what the scanner kept of the last one.
func (s *Scanner) Reset(text []byte) {
	s.In, s.Pos = text, 0
	clear(s.names)
	s.names = s.names[:0]
	clear(s.unescaped)
	if s.unescaped = s.unescaped[:0]; cap(s.unescaped) > maxKept {
		s.unescaped = nil
	}
}

// Peek steps over white space and returns the next byte; 0 at the end, which begins no token.
func (s *Scanner) Peek() byte {
	for ; s.Pos < len(s.In); s.Pos++ {
		if c := s.In[s.Pos]; c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
			return c
		}
	}
	return 0
}

// Eat steps over the next token when it is c.
func (s *Scanner) Eat(c byte) bool {
	if s.Peek() != c {
		return false
	}
	s.Pos++
	return true
}

// Bad is the error that the text stops being JSON here.
func (s *Scanner) Bad() error { return SyntaxError(s.Pos) }

// Text reads the string that begins here: as written, and its content. The content holds until the next string that has
// escapes; without escapes it is a part of raw.
func (s *Scanner) Text() (raw, content []byte, err error) {
	start := s.Pos
	end, escaped, high := EndOfText(s.In, start+1)
	if end < 0 {
		return nil, nil, s.Bad()
	}
	s.Pos = end + 1
	raw, content = s.In[start:s.Pos], s.In[start+1:end]
	switch {
	case escaped:
		if s.unescaped, err = jsontext.AppendUnquote(s.unescaped[:0], raw); err != nil {
			return nil, nil, SyntaxError(start)
		}
		content = s.unescaped
	case high && !utf8.Valid(content):
		return nil, nil, SyntaxError(start)
	}
	return raw, content, nil
}

// Number reads the number that begins here.
func (s *Scanner) Number() ([]byte, error) {
	start := s.Pos
	end, ok := Number(s.In, start)
	if s.Pos = end; !ok {
		return nil, s.Bad()
	}
	return s.In[start:end], nil
}

// Literal reads true, false or null, whose first letter c stands here.
func (s *Scanner) Literal(c byte) ([]byte, error) {
	start := s.Pos
	end, ok := Literal(s.In, start, c)
	if s.Pos = end; !ok {
		return nil, s.Bad()
	}
	return s.In[start:end], nil
}

// Scalar reads a string, number or boolean. Its kind is '"', '0', 't' or 'f'; content differs from raw for strings
// only.
func (s *Scanner) Scalar() (kind byte, raw, content []byte, err error) {
	switch c := s.Peek(); {
	case c == '"':
		raw, content, err = s.Text()
		return c, raw, content, err
	case c == '-' || c-'0' <= 9:
		raw, err = s.Number()
		return '0', raw, raw, err
	case c == 't' || c == 'f':
		raw, err = s.Literal(c)
		return c, raw, raw, err
	}
	return 0, nil, nil, s.Bad()
}

// Key reads a name and its colon. The name holds until the next string that has escapes.
func (s *Scanner) Key() ([]byte, error) {
	if s.Peek() != '"' {
		return nil, s.Bad()
	}
	_, name, err := s.Text()
	if err != nil {
		return nil, err
	}
	if !s.Eat(':') {
		return nil, s.Bad()
	}
	return name, nil
}

// Next steps over the comma between two members or items, or over the end of their object or array.
func (s *Scanner) Next(end byte) (more bool, err error) {
	switch s.Peek() {
	case ',':
		s.Pos++
		return true, nil
	case end:
		s.Pos++
		return false, nil
	}
	return false, s.Bad()
}

// End refuses anything but white space.
func (s *Scanner) End() error {
	if s.Peek(); s.Pos < len(s.In) {
		return s.Bad()
	}
	return nil
}

// Names are the names of one object that is being read with UniqueKey.
type Names struct {
	first int // in Scanner.names
	known map[string]struct{}
}

// many is from how many names on an object's names are looked up in a map.
const many = 32

// Open begins an object whose names must be unique. Close ends it.
func (s *Scanner) Open() Names { return Names{first: len(s.names)} }

// Close forgets the names of an object.
func (s *Scanner) Close(n Names) { s.names = s.names[:n.first] }

// UniqueKey is Key for an object that has no name twice. The name holds as long as the text.
func (s *Scanner) UniqueKey(n *Names) ([]byte, error) {
	if s.Peek() != '"' {
		return nil, s.Bad()
	}
	raw, name, err := s.Text()
	if err != nil {
		return nil, err
	}
	if len(name)+2 != len(raw) { // it had escapes
		name = bytes.Clone(name)
	}
	if !s.Eat(':') {
		return nil, s.Bad()
	}
	if s.repeated(n, name) {
		return nil, ErrDuplicate
	}
	return name, nil
}

// repeated reports a name that the object has already, and notes a new one.
func (s *Scanner) repeated(n *Names, name []byte) bool {
	before := s.names[n.first:]
	if len(before) < many {
		for _, other := range before {
			if len(other) == len(name) && string(other) == string(name) {
				return true
			}
		}
		s.names = append(s.names, name)
		return false
	}
	if n.known == nil {
		n.known = make(map[string]struct{}, 2*many)
		for _, other := range before {
			n.known[string(other)] = struct{}{}
		}
	}
	size := len(n.known)
	n.known[string(name)] = struct{}{}
	return len(n.known) == size
}

// Skip reads over one value of any kind that stands inside depth objects and arrays.
func (s *Scanner) Skip(depth int) (err error) {
	switch c := s.Peek(); {
	case c == 'n':
		_, err = s.Literal(c)
	case c != '{' && c != '[':
		_, _, _, err = s.Scalar()
	case depth >= s.MaxDepth:
		err = ErrTooDeep
	case c == '{':
		err = s.skipObject(depth)
	default:
		err = s.skipArray(depth)
	}
	return err
}

func (s *Scanner) skipArray(depth int) error {
	s.Pos++
	if s.Eat(']') {
		return nil
	}
	for {
		if err := s.Skip(depth + 1); err != nil {
			return err
		}
		if more, err := s.Next(']'); !more {
			return err
		}
	}
}

func (s *Scanner) skipObject(depth int) error {
	s.Pos++
	if s.Eat('}') {
		return nil
	}
	names := s.Open()
	for {
		var err error
		if s.Unique {
			_, err = s.UniqueKey(&names)
		} else {
			_, err = s.Key()
		}
		if err != nil {
			return err
		}
		if err := s.Skip(depth + 1); err != nil {
			return err
		}
		if more, err := s.Next('}'); !more {
			s.Close(names)
			return err
		}
	}
}
