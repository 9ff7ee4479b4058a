package httpsig

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// Bounds of what is read.
const (
	mostField   = 8192 // bytes of Signature-Input or Signature
	mostMembers = 4    // signatures in one request
	mostInList  = 64   // components of one signature
)

var errField = errors.New("httpsig: not a structured field")

// reader reads structured fields (RFC 8941) as far as signatures need them.
type reader struct{ s string }

func (r *reader) spaces() { r.s = strings.TrimLeft(r.s, " \t") }

func (r *reader) eat(c byte) bool {
	if r.s == "" || r.s[0] != c {
		return false
	}
	r.s = r.s[1:]
	return true
}

// key reads a key: lower-case letters, digits and _-.* behind a letter or a star.
func (r *reader) key() (string, error) {
	n := 0
	for n < len(r.s) {
		c := r.s[n]
		lower := c >= 'a' && c <= 'z' || c == '*'
		if !lower && (n == 0 || (c < '0' || c > '9') && c != '_' && c != '-' && c != '.') {
			break
		}
		n++
	}
	if n == 0 {
		return "", errField
	}
	key := r.s[:n]
	r.s = r.s[n:]
	return key, nil
}

// text reads a string.
func (r *reader) text() (string, error) {
	if !r.eat('"') {
		return "", errField
	}
	var b strings.Builder
	for i := 0; i < len(r.s); i++ {
		switch c := r.s[i]; {
		case c == '"':
			r.s = r.s[i+1:]
			return b.String(), nil
		case c == '\\':
			if i++; i == len(r.s) || r.s[i] != '"' && r.s[i] != '\\' {
				return "", errField
			}
			b.WriteByte(r.s[i])
		case c < ' ' || c > '~':
			return "", errField
		default:
			b.WriteByte(c)
		}
	}
	return "", errField
}

// integer reads one of at most 15 digits.
func (r *reader) integer() (int64, error) {
	n := 0
	for n < len(r.s) && (r.s[n] >= '0' && r.s[n] <= '9' || n == 0 && r.s[n] == '-') {
		n++
	}
	if n == 0 || n > 15 {
		return 0, errField
	}
	v, err := strconv.ParseInt(r.s[:n], 10, 64)
	r.s = r.s[n:]
	if strings.HasPrefix(r.s, ".") {
		return 0, errField
	}
	return v, err
}

// octets reads a byte sequence.
func (r *reader) octets() ([]byte, error) {
	if !r.eat(':') {
		return nil, errField
	}
	text, rest, ok := strings.Cut(r.s, ":")
	if !ok {
		return nil, errField
	}
	r.s = rest
	return base64.StdEncoding.Strict().DecodeString(text)
}

// dictionary reads the members of a field, each by read, which gets the member's key.
func dictionary(lines []string, read func(r *reader, key string) error) error {
	field := strings.Join(lines, ", ")
	if len(field) > mostField {
		return errField
	}
	r := &reader{strings.Trim(field, " ")}
	seen := map[string]bool{}
	for {
		key, err := r.key()
		if err != nil || seen[key] || len(seen) == mostMembers || !r.eat('=') {
			return errField
		}
		seen[key] = true
		if err := read(r, key); err != nil {
			return err
		}
		r.spaces()
		if r.s == "" {
			return nil
		}
		if !r.eat(',') {
			return errField
		}
		r.spaces()
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
