package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Path leads to one value in JSON data: the singular queries of RFC 9535, "$.Child.IDNP", "$['a b'][0]".
type Path struct{ steps []step }

type step struct {
	name  string
	index int // of an array when >= 0
}

var errPath = errors.New(`want a path such as $.Child.IDNP or $.Parents[0].IDNP`)

const (
	maxPath  = 500
	maxSteps = 32
)

// IsPath reports that a declared value is meant as a path, not as a constant.
func IsPath(s string) bool { return strings.HasPrefix(s, "$") }

// ParsePath reads a path.
func ParsePath(s string) (Path, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok || len(s) > maxPath || rest == "" {
		return Path{}, errPath
	}
	var p Path
	for rest != "" && len(p.steps) <= maxSteps {
		var one step
		one, rest, ok = nextStep(rest)
		if !ok {
			return Path{}, errPath
		}
		p.steps = append(p.steps, one)
	}
	if rest != "" || len(p.steps) > maxSteps {
		return Path{}, errPath
	}
	return p, nil
}

func nextStep(s string) (one step, rest string, ok bool) {
	if name, found := strings.CutPrefix(s, "."); found {
		end := strings.IndexAny(name, ".[")
		if end < 0 {
			end = len(name)
		}
		for i, r := range name[:end] {
			letter := r == '_' || r >= 0x80 || (r|0x20 >= 'a' && r|0x20 <= 'z')
			if !letter && (i == 0 || r < '0' || r > '9') {
				return one, "", false
			}
		}
		return step{name[:end], -1}, name[end:], end > 0
	}
	if inner, found := strings.CutPrefix(s, "['"); found {
		name, rest, closed := strings.Cut(inner, "']")
		return step{name, -1}, rest, closed && name != "" && !strings.ContainsAny(name, `'\`)
	}
	if inner, found := strings.CutPrefix(s, "["); found {
		digits, rest, closed := strings.Cut(inner, "]")
		n, err := strconv.Atoi(digits)
		return step{"", n}, rest, closed && err == nil && n >= 0 && strconv.Itoa(n) == digits
	}
	return one, "", false
}

// In finds the value in data and returns it as text: a string's own text, a number or boolean as written. It reports
// false when nothing is there, when it is null or empty, or no single value.
func (p Path) In(data []byte) (string, bool) {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	for _, s := range p.steps {
		if !s.enter(d) {
			return "", false
		}
	}
	value, err := d.ReadValue()
	if err != nil {
		return "", false
	}
	switch value.Kind() {
	case jsontext.KindString:
		var text string
		err = json.Unmarshal(value, &text)
		return text, err == nil && strings.TrimSpace(text) != ""
	case jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return string(value), true
	}
	return "", false
}

// enter reads up to the value that the step leads to.
func (s step) enter(d *jsontext.Decoder) bool {
	opened, err := d.ReadToken()
	if err != nil {
		return false
	}
	if s.index >= 0 {
		if opened.Kind() != jsontext.KindBeginArray {
			return false
		}
		for range s.index {
			if d.PeekKind() == jsontext.KindEndArray || d.SkipValue() != nil {
				return false
			}
		}
		return d.PeekKind() != jsontext.KindEndArray
	}
	if opened.Kind() != jsontext.KindBeginObject {
		return false
	}
	for d.PeekKind() == jsontext.KindString {
		name, err := d.ReadToken()
		if err != nil {
			return false
		}
		if name.String() == s.name {
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}
