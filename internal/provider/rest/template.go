package rest

import (
	"errors"
	"fmt"
	"net/url"
	"sort"
	"strings"

	"mconnect/fault"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
)

// template is a path of constant parts and places for one value each: parts[0] {fields[0]} parts[1] …
type template struct {
	parts  []string
	fields []string
}

// parseTemplate reads "/persons/{IDNP}/cars". A place fills a whole segment or a part of one; constant
// parts are plain unreserved characters, so that no value and no constant can form a dot segment.
func parseTemplate(text string) (template, error) {
	var t template
	if text != "" && text[0] != '/' {
		return t, errors.New("a path begins with /")
	}
	rest := text
	for {
		constant, after, found := strings.Cut(rest, "{")
		if err := httpaccess.CheckPath(constant); err != nil {
			return t, err
		}
		t.parts = append(t.parts, constant)
		if !found {
			break
		}
		field, tail, closed := strings.Cut(after, "}")
		if !closed || !isFieldPath(field) {
			return t, errors.New("a place is written {Field} or {Field.Inner}")
		}
		t.fields = append(t.fields, field)
		rest = tail
	}
	for _, segment := range strings.Split(strings.Join(t.parts, "{}"), "/") {
		if segment == "." || segment == ".." || strings.Count(segment, "{}") > 1 || strings.HasPrefix(segment, ".") &&
			strings.Contains(segment, "{}") {
			return t, errors.New("a segment is neither . nor .. and holds at most one place")
		}
	}
	return t, nil
}

// isFieldPath reports "Field" or "Field.Inner", each as schema.Field names are.
func isFieldPath(s string) bool {
	for _, name := range strings.Split(s, ".") {
		if name == "" || !('a' <= name[0]|0x20 && name[0]|0x20 <= 'z') {
			return false
		}
		for i := range len(name) {
			if c := name[i]; !httpaccess.IsUnreserved(c) || c == '-' || c == '.' || c == '~' {
				return false
			}
		}
	}
	return true
}

// expand appends the path with the values of its places to dst. A value that is missing, or that some
// server could read as more than one segment, is a fault of the caller.
func (t template) expand(dst []byte, input []byte) ([]byte, error) {
	for i, part := range t.parts {
		dst = append(dst, part...)
		if i == len(t.fields) {
			break
		}
		value, present, err := provider.Lookup(input, t.fields[i])
		if err != nil {
			return nil, fault.Wrap(err, fault.InternalError)
		}
		if !present {
			return nil, badValue(t.fields[i], fault.InputMissing)
		}
		if !safeSegment(value) {
			return nil, badValue(t.fields[i], fault.InputPattern, "pattern", segmentForm)
		}
		dst = appendEscaped(dst, value)
	}
	return dst, nil
}

const segmentForm = `[^/\\]+`

func badValue(field string, code fault.Code, params ...string) error {
	e := fault.New(fault.InputInvalid)
	one := fault.FieldError{Path: "/" + strings.ReplaceAll(field, ".", "/"), Code: code}
	if len(params) > 1 {
		one.Params = map[string]string{params[0]: params[1]}
	}
	e.Fields = []fault.FieldError{one}
	return e
}

// safeSegment reports that value stays one segment even for servers that decode escapes more than once,
// take '\' for '/', or cut path parameters off at ';'.
func safeSegment(value string) bool {
	for range 4 {
		name, _, _ := strings.Cut(value, ";")
		if strings.Trim(name, ". \t") == "" || strings.ContainsAny(value, `/\`) {
			return false
		}
		for _, r := range value {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
				return false
			}
		}
		decoded, err := url.PathUnescape(value)
		if err != nil || decoded == value {
			return err == nil || !strings.Contains(value, "%")
		}
		value = decoded
	}
	return false
}

const upperHex = "0123456789ABCDEF"

func appendEscaped(dst []byte, value string) []byte {
	for i := range len(value) {
		if c := value[i]; httpaccess.IsUnreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// parameter is one query parameter: its escaped name and the field that fills it.
type parameter struct{ name, field string }

func parseQuery(query map[string]string) ([]parameter, error) {
	var ps []parameter
	for name, field := range query {
		if name == "" || !isFieldPath(field) {
			return nil, fmt.Errorf("query parameter %q: want name: Field", name)
		}
		ps = append(ps, parameter{string(appendEscaped(nil, name)), field})
	}
	sort.Slice(ps, func(i, j int) bool { return ps[i].name < ps[j].name })
	return ps, nil
}

// appendQuery appends "?a=1&b=2"; parameters whose field is absent or null are left out.
func appendQuery(dst []byte, ps []parameter, input []byte) ([]byte, error) {
	separator := byte('?')
	for _, p := range ps {
		value, present, err := provider.Lookup(input, p.field)
		if err != nil {
			return nil, fault.Wrap(err, fault.InternalError)
		}
		if !present {
			continue
		}
		dst = append(dst, separator)
		dst = append(dst, p.name...)
		dst = append(dst, '=')
		dst = appendEscaped(dst, value)
		separator = '&'
	}
	return dst, nil
}
