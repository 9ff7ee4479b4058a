package request

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
)

// contextHeaders are the four values in the form net/http gives their names, with the length in characters
// beyond which they are refused unread. User and entity are bounded generously: agreements with tolerant caller
// rules accept free text there and flag it, strict ones refuse it by their own check.
var contextHeaders = [4]struct {
	name, key string
	limit     int
}{
	{"CallingUser", "Callinguser", mconnect.MaxCallBasis},
	{"CallingEntity", "Callingentity", mconnect.MaxCallBasis},
	{"CallBasis", "Callbasis", mconnect.MaxCallBasis},
	{"CallReason", "Callreason", mconnect.MaxCallReason},
}

// Statement gathers the four values from one place: headers, a SOAP header or signed claims.
type Statement struct {
	Context mconnect.LegalContext
	stated  [4]bool
}

// Any reports whether any of the values was stated.
func (s *Statement) Any() bool { return s.stated != [4]bool{} }

// Add takes one value as it was decoded; ok says whether it could be. Faults: context.malformed, .tooLong, .conflict.
func (s *Statement) Add(n int, value string, ok bool) error {
	into := [4]*string{&s.Context.User, &s.Context.Entity, &s.Context.Basis, &s.Context.Reason}[n]
	field := &contextHeaders[n]
	switch {
	case !ok:
		return fault.New(fault.ContextMalformed, "name", field.name)
	case utf8.RuneCountInString(value) > field.limit:
		return fault.New(fault.ContextTooLong, "name", field.name, "limit", strconv.Itoa(field.limit))
	case s.stated[n] && value != *into:
		return fault.New(fault.ContextConflict, "name", field.name)
	}
	*into, s.stated[n] = value, true
	return nil
}

// Conflict is the name of a value in which two statements differ, "" when they agree.
func (s *Statement) Conflict(other *Statement) string {
	one, two := [4]string{s.Context.User, s.Context.Entity, s.Context.Basis, s.Context.Reason},
		[4]string{other.Context.User, other.Context.Entity, other.Context.Basis, other.Context.Reason}
	for n := range one {
		if one[n] != two[n] || s.stated[n] != other.stated[n] {
			return contextHeaders[n].name
		}
	}
	return ""
}

// ContextNames are the four names.
func ContextNames() []string {
	names := make([]string, 0, len(contextHeaders))
	for _, h := range contextHeaders {
		names = append(names, h.name)
	}
	return names
}

// ContextName is the index of one of the four names, -1 for any other.
func ContextName(name string) int {
	for n := range contextHeaders {
		if contextHeaders[n].name == name {
			return n
		}
	}
	return -1
}

// Clean trims a value and reports whether it is text that reads as it looks.
func Clean(value string) (string, bool) {
	value = strings.TrimSpace(value)
	return value, utf8.ValidString(value) && !strings.ContainsFunc(value, disguises)
}

// ContextOf reads the four values from HTTP headers.
func ContextOf(h http.Header) (s Statement, err error) {
	for n := range contextHeaders {
		for _, raw := range h[contextHeaders[n].key] {
			value, ok := Decode(raw)
			if err := s.Add(n, value, ok); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// Decode reads a header value that is raw UTF-8, percent-encoded UTF-8 or an RFC 8187 extended value. A
// percent sign that begins no escape is itself ("50 % din …"); escapes of what is no UTF-8 are refused.
func Decode(raw string) (string, bool) {
	value := raw
	if rest, ok := cutPrefixFold(raw, "UTF-8'"); ok {
		if _, text, ok := strings.Cut(rest, "'"); ok {
			value = text
		}
	}
	if strings.Contains(value, "%") {
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain // what is no UTF-8 then is refused
		}
	}
	return Clean(value)
}

// disguises reports a character by which a text looks other than it reads to a person who later examines its record:
// controls, line separators, and what is not seen at all: marks that turn the direction of writing, characters without
// width.
func disguises(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
