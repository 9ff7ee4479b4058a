package event

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mconnect/fault"
	"mconnect/internal/jsonscan"
)

// lexer reads JSON (RFC 8259, and of RFC 7493 valid UTF-8, no lone surrogates, no name twice in one object) from
// memory, once, token by token. FuzzLexer holds it to jsontext's judgement of every text.
type lexer struct {
	b     []byte
	i     int      // next byte
	plain []byte   // content of the last string that had escapes
	names [][]byte // of the objects that are open, the innermost last
}

// syntax is the place of a text that is no JSON.
type syntax int

func (at syntax) Error() string { return "no JSON at byte " + strconv.Itoa(int(at)) }

var (
	errTwice = errors.New("a name twice in one object")
	errDeep  = errors.New("nested too deep")
)

// unread turns what the lexer says into a fault.
func unread(err error) error {
	var at syntax
	switch {
	case errors.As(err, &at):
		return fault.New(fault.MessageMalformed, "what", "JSON, byte "+strconv.Itoa(int(at)))
	case errors.Is(err, errTwice):
		return fault.New(fault.MessageDuplicateKey)
	case errors.Is(err, errDeep):
		return fault.New(fault.MessageTooDeep, "limit", strconv.Itoa(MaxDepth))
	}
	return err
}

// peek steps over white space and returns the next byte; 0 at the end, which begins no token.
func (s *lexer) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
			return c
		}
	}
	return 0
}

// eat steps over the next token when it is c.
func (s *lexer) eat(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

func (s *lexer) bad() error { return syntax(s.i) }

// text reads the string that begins here. Its content holds until the next string with escapes; shared says that it is a
// part of the message and holds as long as that.
func (s *lexer) text() (content []byte, shared bool, err error) {
	start := s.i
	end, escaped, high := jsonscan.EndOfText(s.b, start+1)
	if end < 0 {
		return nil, false, s.bad()
	}
	s.i = end + 1
	content = s.b[start+1 : end]
	switch {
	case escaped:
		if s.plain, err = jsontext.AppendUnquote(s.plain[:0], s.b[start:s.i]); err != nil {
			return nil, false, syntax(start)
		}
		return s.plain, false, nil
	case high && !utf8.Valid(content):
		return nil, false, syntax(start)
	}
	return content, true, nil
}

// number steps over the number that begins here.
func (s *lexer) number() error {
	end, ok := jsonscan.Number(s.b, s.i)
	if s.i = end; !ok {
		return s.bad()
	}
	return nil
}

func (s *lexer) literal(c byte) error {
	end, ok := jsonscan.Literal(s.b, s.i, c)
	if s.i = end; !ok {
		return s.bad()
	}
	return nil
}

// many is from how many names on an object's names are looked up in a map.
const many = 32

// name reads a name and its colon, and refuses one that the object whose names begin at open has already.
func (s *lexer) name(open int, known *map[string]struct{}) ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.bad()
	}
	name, shared, err := s.text()
	if err != nil {
		return nil, err
	}
	if !shared {
		name = bytes.Clone(name)
	}
	if !s.eat(':') {
		return nil, s.bad()
	}
	if s.twice(open, name, known) {
		return nil, errTwice
	}
	return name, nil
}

func (s *lexer) twice(open int, name []byte, known *map[string]struct{}) bool {
	before := s.names[open:]
	if len(before) < many {
		for _, other := range before {
			if len(other) == len(name) && string(other) == string(name) {
				return true
			}
		}
		s.names = append(s.names, name)
		return false
	}
	if *known == nil {
		*known = make(map[string]struct{}, 2*many)
		for _, other := range before {
			(*known)[string(other)] = struct{}{}
		}
	}
	size := len(*known)
	(*known)[string(name)] = struct{}{}
	return len(*known) == size
}

// next steps over the comma between two members or items, or over the end of their object or array.
func (s *lexer) next(end byte) (more bool, err error) {
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
func (s *lexer) skip(depth int) error {
	switch c := s.peek(); {
	case c == '"':
		_, _, err := s.text()
		return err
	case c == '-' || c-'0' <= 9:
		return s.number()
	case c == 't' || c == 'f' || c == 'n':
		return s.literal(c)
	case c != '{' && c != '[':
		return s.bad()
	case depth >= MaxDepth:
		return errDeep
	case c == '{':
		return s.object(depth)
	}
	return s.array(depth)
}

func (s *lexer) array(depth int) error {
	s.i++
	if s.eat(']') {
		return nil
	}
	for {
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if more, err := s.next(']'); !more {
			return err
		}
	}
}

func (s *lexer) object(depth int) error {
	s.i++
	if s.eat('}') {
		return nil
	}
	open := len(s.names)
	var known map[string]struct{}
	for {
		if _, err := s.name(open, &known); err != nil {
			return err
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if more, err := s.next('}'); !more {
			s.names = s.names[:open]
			return err
		}
	}
}

// end refuses anything but white space behind a message.
func (s *lexer) end() error {
	if s.peek(); s.i < len(s.b) {
		return s.bad()
	}
	return nil
}

// valid says whether text is one JSON value.
func valid(text []byte) error {
	s := lexer{b: text}
	if err := s.skip(0); err != nil {
		return unread(err)
	}
	return unread(s.end())
}
