package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxRecord is the longest record in bytes: entry bundles count in 16 bits.
const MaxRecord = 65535

// maxDepth bounds nesting; the journal's own records nest three deep.
const maxDepth = 16

// maxInteger is the largest integer that every JSON reader understands exactly.
const maxInteger = 1<<53 - 1

// Facts are what this package reads out of a record; the rest is the reader's business.
type Facts struct {
	Kind string
	Time time.Time
}

// ReadFacts checks that a record is in canonical form and has a kind and a time, and that a changed
// document's digest is the document's.
func ReadFacts(record []byte) (Facts, error) {
	if err := CheckCanonical(record); err != nil {
		return Facts{}, err
	}
	var r struct {
		V      int
		Kind   string
		Time   string
		Change *struct{ Digest, Document string }
	}
	if err := json.Unmarshal(record, &r); err != nil || record[0] != '{' {
		return Facts{}, errors.New("not a record")
	}
	at, err := parseTime(r.Time)
	if err != nil || r.Kind == "" || r.V != 1 {
		return Facts{}, errors.New("not a record of version 1 with a kind and a time")
	}
	if r.Change != nil && r.Change.Document != "" {
		sum := sha256.Sum256([]byte(r.Change.Document))
		if hex.EncodeToString(sum[:]) != r.Change.Digest {
			return Facts{}, errors.New("the changed document does not have the stated digest")
		}
	}
	return Facts{Kind: r.Kind, Time: at}, nil
}

// CheckCanonical reports how data departs from RFC 8785: one JSON value, no white space, keys sorted and
// unique, the shortest escapes. Numbers must be integers, as all numbers in a journal are.
func CheckCanonical(data []byte) error {
	if len(data) > MaxRecord {
		return fmt.Errorf("longer than %d bytes", MaxRecord)
	}
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	s := scanner{rest: string(data)}
	if s.value(0) && s.rest == "" {
		return nil
	}
	return fmt.Errorf("not canonical JSON at byte %d", len(data)-len(s.rest))
}

// scanner walks through canonical JSON; each method eats one thing and reports whether it was there.
type scanner struct{ rest string }

func (s *scanner) eat(token string) bool {
	rest, ok := strings.CutPrefix(s.rest, token)
	s.rest = rest
	return ok
}

func (s *scanner) value(depth int) bool {
	if s.rest == "" || depth > maxDepth {
		return false
	}
	switch s.rest[0] {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		_, ok := s.text()
		return ok
	case 't':
		return s.eat("true")
	case 'f':
		return s.eat("false")
	case 'n':
		return s.eat("null")
	}
	return s.integer()
}

func (s *scanner) object(depth int) bool {
	s.eat("{")
	if s.eat("}") {
		return true
	}
	for before, first := "", true; ; first = false {
		key, ok := s.text()
		if !ok || (!first && compareUTF16(before, key) >= 0) || !s.eat(":") || !s.value(depth+1) {
			return false
		}
		before = key
		if s.eat("}") {
			return true
		}
		if !s.eat(",") {
			return false
		}
	}
}

func (s *scanner) array(depth int) bool {
	s.eat("[")
	if s.eat("]") {
		return true
	}
	for {
		if !s.value(depth + 1) {
			return false
		}
		if s.eat("]") {
			return true
		}
		if !s.eat(",") {
			return false
		}
	}
}

// text eats a string and returns it unescaped.
func (s *scanner) text() (string, bool) {
	if !s.eat(`"`) {
		return "", false
	}
	var b strings.Builder
	for s.rest != "" {
		c := s.rest[0]
		switch {
		case c == '"':
			s.rest = s.rest[1:]
			return b.String(), true
		case c < ' ':
			return "", false
		case c == '\\':
			c, ok := s.escape()
			if !ok {
				return "", false
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
			s.rest = s.rest[1:]
		}
	}
	return "", false
}

// escape eats one escape sequence in the only spelling that RFC 8785 section 3.2.2.2 allows.
func (s *scanner) escape() (byte, bool) {
	for short, c := range map[string]byte{`\"`: '"', `\\`: '\\', `\b`: '\b', `\t`: '\t', `\n`: '\n', `\f`: '\f',
		`\r`: '\r'} {
		if s.eat(short) {
			return c, true
		}
	}
	for c := byte(0); c < ' '; c++ {
		if !strings.ContainsRune("\b\t\n\f\r", rune(c)) && s.eat(fmt.Sprintf(`\u%04x`, c)) {
			return c, true
		}
	}
	return 0, false
}

func (s *scanner) integer() bool {
	negative := s.eat("-")
	n, digits := int64(0), 0
	for ; digits < len(s.rest) && s.rest[digits] >= '0' && s.rest[digits] <= '9'; digits++ {
		if n = n*10 + int64(s.rest[digits]-'0'); n > maxInteger {
			return false
		}
	}
	if digits == 0 || (s.rest[0] == '0' && (digits > 1 || negative)) {
		return false
	}
	s.rest = s.rest[digits:]
	return true
}

// compareUTF16 orders keys as RFC 8785 section 3.2.3 does, by UTF-16 code units.
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
