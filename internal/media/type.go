package media

import (
	"mime"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Type is a media type as a peer states it.
type Type struct {
	Name   string            // in lower case, "text/xml"
	Params map[string]string // by name in lower case; of one that stands twice, the first value
	Twice  []string          // names of parameters that stand twice with different values
}

// Parse reads a Content-Type header. It reports false where no type can be read at all. Parameters are read as peers
// write them: unquoted though they hold "/" or ":", in single quotes, empty, stated twice.
func Parse(header string) (Type, bool) {
	if name, params, err := mime.ParseMediaType(header); err == nil {
		return Type{Name: name, Params: params}, isType(name)
	}
	name, rest, _ := strings.Cut(header, ";")
	t := Type{Name: strings.ToLower(strings.TrimSpace(name)), Params: map[string]string{}}
	for rest != "" {
		var key, value string
		key, value, rest = parameter(rest)
		old, twice := t.Params[key]
		switch {
		case key == "":
		case !twice:
			t.Params[key] = value
		case old != value && !slices.Contains(t.Twice, key):
			t.Twice = append(t.Twice, key)
		}
	}
	return t, isType(t.Name)
}

// isType reports "type/subtype".
func isType(name string) bool {
	kind, sub, ok := strings.Cut(name, "/")
	return ok && isToken(kind) && isToken(sub)
}

func isToken(s string) bool {
	for i := range len(s) {
		if !httpguts.IsTokenRune(rune(s[i])) {
			return false
		}
	}
	return s != ""
}

// parameter reads one parameter off the front of s, up to the semicolon behind it.
func parameter(s string) (key, value, rest string) {
	end := strings.IndexByte(s, ';')
	equals := strings.IndexByte(s, '=')
	if equals < 0 || end >= 0 && end < equals {
		_, rest, _ = strings.Cut(s, ";")
		return "", "", rest // a name without a value says nothing
	}
	key = strings.ToLower(strings.TrimSpace(s[:equals]))
	s = strings.TrimLeft(s[equals+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		value, s = quoted(s[1:])
		_, rest, _ = strings.Cut(s, ";")
		return key, value, rest
	}
	value, rest, _ = strings.Cut(s, ";")
	return key, strings.TrimSpace(value), rest
}

// quoted reads a quoted string (RFC 9110, 5.6.4) whose opening quote has been read. One that does not end is the rest.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// Charset is the charset parameter, "" where none is stated. Quotes of any kind do not count.
func (t Type) Charset() string { return strings.Trim(t.Params["charset"], `'" `) }

// UTF8 reports a text in UTF-8, of which ASCII is a part, as far as the type says: no charset, or a usual name of one
// of these, and no other one.
func (t Type) UTF8() bool {
	e, known := Lookup(t.Charset())
	return known && e.IsUTF8() && !slices.Contains(t.Twice, "charset")
}
