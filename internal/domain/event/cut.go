package event

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Everything is the granted path that stands for the whole of the data.
const Everything = "*"

// Cut reduces JSON data to granted fields. It is made once by NewCut and safe for concurrent use.
type Cut struct {
	whole bool
	root  *grantNode
}

// grantNode is one name on the way of granted paths; nil children with all set: everything below.
type grantNode struct {
	all      bool
	children map[string]*grantNode
}

// NewCut makes a Cut of granted paths: "Child.IDNP" grants that field of Child, or of every element when Child is an
// array; a parent grants its children; "*" grants all; no path at all grants nothing. Paths of attributes are not its matter.
func NewCut(paths []string) *Cut {
	c := &Cut{root: &grantNode{}}
	for _, path := range paths {
		if path == Everything {
			c.whole = true
			continue
		}
		if _, ok := AttributeOf(path); ok {
			continue
		}
		node := c.root
		for name := range strings.SplitSeq(path, ".") {
			if node.all {
				break
			}
			if node.children == nil {
				node.children = map[string]*grantNode{}
			}
			if node.children[name] == nil {
				node.children[name] = &grantNode{}
			}
			node = node.children[name]
		}
		node.all, node.children = true, nil
	}
	return c
}

// Whole reports that nothing is ever cut.
func (c *Cut) Whole() bool { return c.whole }

var errJSON = errors.New("the data are not JSON")

// Of returns data with everything removed that is not granted. What stays keeps its text, numbers to the last digit;
// objects keep their order. A value of which only fields are granted, but which is no object or array, is removed; where
// it is the whole of the data, null is left. One pass; data is not changed and is returned itself when all of it is granted.
func (c *Cut) Of(data []byte) ([]byte, error) {
	if c.whole {
		return data, nil
	}
	s := scanner{in: data, out: make([]byte, 0, len(data)/2+8)}
	s.space()
	if !s.value(c.root, 0) {
		if s.bad {
			return nil, errJSON
		}
		s.out = append(s.out, "null"...)
	}
	s.space()
	if s.bad || s.at != len(s.in) {
		return nil, errJSON
	}
	return s.out, nil
}

// scanner walks JSON text once and copies what is granted.
type scanner struct {
	in  []byte
	out []byte
	at  int
	bad bool
}

func (s *scanner) fail() bool {
	s.bad = true
	return false
}

func (s *scanner) space() {
	for s.at < len(s.in) {
		switch s.in[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.in) {
		return s.in[s.at]
	}
	return 0
}

// value copies the granted part of the value that begins here and reports whether there is one.
func (s *scanner) value(node *grantNode, depth int) bool {
	if depth > MaxDepth {
		return s.fail()
	}
	switch s.peek() {
	case '{':
		return s.object(node, depth)
	case '[':
		return s.array(node, depth)
	}
	s.skip(depth)
	return false
}

func (s *scanner) object(node *grantNode, depth int) bool {
	s.at++
	s.out = append(s.out, '{')
	first := true
	for s.space(); s.peek() != '}'; s.space() {
		begun := s.at
		name, ok := s.text()
		if !ok {
			return s.fail()
		}
		key := s.in[begun:s.at]
		s.space()
		if s.peek() != ':' {
			return s.fail()
		}
		s.at++
		s.space()
		s.member(node.children[string(name)], key, &first, depth)
		s.space()
		if s.peek() == ',' {
			s.at++
			s.space()
			if s.peek() != '}' {
				continue
			}
			return s.fail()
		}
		if s.bad || s.peek() != '}' {
			return s.fail()
		}
	}
	s.at++
	s.out = append(s.out, '}')
	return !s.bad
}

// member copies one member of an object as far as it is granted.
func (s *scanner) member(granted *grantNode, key []byte, first *bool, depth int) {
	if granted == nil {
		s.skip(depth + 1)
		return
	}
	mark := len(s.out)
	if !*first {
		s.out = append(s.out, ',')
	}
	s.out = append(append(s.out, key...), ':')
	if granted.all {
		begun := s.at
		s.skip(depth + 1)
		s.out = append(s.out, s.in[begun:s.at]...)
	} else if !s.value(granted, depth+1) {
		s.out = s.out[:mark]
		return
	}
	*first = false
}

// array cuts every element by the same grant; elements without fields are removed.
func (s *scanner) array(node *grantNode, depth int) bool {
	s.at++
	s.out = append(s.out, '[')
	first := true
	for s.space(); s.peek() != ']'; s.space() {
		mark := len(s.out)
		if !first {
			s.out = append(s.out, ',')
		}
		if s.value(node, depth+1) {
			first = false
		} else {
			s.out = s.out[:mark]
		}
		s.space()
		if s.peek() == ',' {
			s.at++
			s.space()
			if s.peek() != ']' {
				continue
			}
			return s.fail()
		}
		if s.bad || s.peek() != ']' {
			return s.fail()
		}
	}
	s.at++
	s.out = append(s.out, ']')
	return !s.bad
}

// text reads a string and returns what it says.
func (s *scanner) text() ([]byte, bool) {
	begun := s.at
	if !s.skipString() {
		return nil, false
	}
	raw := s.in[begun:s.at]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], true
	}
	said, err := jsontext.AppendUnquote(nil, raw)
	return said, err == nil
}

func (s *scanner) skipString() bool {
	if s.peek() != '"' {
		return s.fail()
	}
	for s.at++; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; {
		case c == '"':
			s.at++
			return true
		case c == '\\':
			s.at++
		case c < 0x20:
			return s.fail()
		}
	}
	return s.fail()
}

// skip steps over one value.
func (s *scanner) skip(depth int) {
	if s.bad {
		return
	}
	switch c := s.peek(); c {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested(depth)
	default:
		s.skipWord()
	}
}

// skipNested steps over an object or array. Brackets are matched; what stands between is the producer's text, which was
// read strictly when it was accepted.
func (s *scanner) skipNested(depth int) {
	var closing [MaxDepth + 2]byte
	open := 0
	for s.at < len(s.in) && !s.bad {
		switch c := s.in[s.at]; c {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			if depth+open > MaxDepth {
				s.fail()
				return
			}
			closing[open] = c + 2 // '}' and ']' stand two behind their openings in ASCII
			open++
		case '}', ']':
			open--
			if closing[open] != c {
				s.fail()
				return
			}
			if open == 0 {
				s.at++
				return
			}
		}
		s.at++
	}
	s.fail()
}

// skipWord steps over a number, true, false or null.
func (s *scanner) skipWord() {
	begun := s.at
	for s.at < len(s.in) {
		switch c := s.in[s.at]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c == '-', c == '+', c == '.', c == 'E':
			s.at++
			continue
		}
		break
	}
	if s.at == begun {
		s.fail()
	}
}
