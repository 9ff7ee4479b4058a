package provider

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

var lookups = sync.Pool{New: func() any { return &scanner{dec: jsontext.NewDecoder(bytes.NewReader(nil))} }}

type scanner struct {
	dec *jsontext.Decoder
	src bytes.Buffer
}

// ErrLookup says that a request does not hold a scalar where a declaration expects one.
var ErrLookup = errors.New("provider: the request is not an object of scalars along this path")

// Lookup finds the scalar at path ("IDNP", "Owner.IDNP") in a validated JSON object, as text: a string's
// content, a number as written, true or false. Absent and null read as not present.
func Lookup(object []byte, path string) (value string, present bool, err error) {
	s := lookups.Get().(*scanner)
	defer lookups.Put(s)
	s.src = *bytes.NewBuffer(object)
	s.dec.Reset(&s.src)
	defer func() { s.src = bytes.Buffer{} }()
	for {
		name, rest, inner := strings.Cut(path, ".")
		found, err := enter(s.dec, name)
		if err != nil || !found {
			return "", false, err
		}
		if !inner {
			return scalar(s.dec)
		}
		path = rest
	}
}

// enter moves to the value of name in the object that comes next; null has no members.
func enter(dec *jsontext.Decoder, name string) (bool, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return false, ErrLookup
	}
	if tok.Kind() == jsontext.KindNull {
		return false, nil
	}
	if tok.Kind() != jsontext.KindBeginObject {
		return false, ErrLookup
	}
	for dec.PeekKind() == jsontext.KindString {
		if tok, err = dec.ReadToken(); err != nil {
			return false, ErrLookup
		}
		if tok.String() == name {
			return true, nil
		}
		if err := dec.SkipValue(); err != nil {
			return false, ErrLookup
		}
	}
	return false, nil
}

func scalar(dec *jsontext.Decoder) (string, bool, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return "", false, ErrLookup
	}
	switch tok.Kind() {
	case jsontext.KindNull:
		return "", false, nil
	case jsontext.KindString, jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return tok.String(), true, nil
	}
	return "", false, ErrLookup
}
