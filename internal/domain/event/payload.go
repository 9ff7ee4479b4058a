package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of JSON data: how deep it is nested, and how many values it holds. A schema that all of a million values are
// against would otherwise make a gigabyte of explanations.
const (
	MaxDepth  = 64
	MaxValues = 100_000
)

// Bounds of a number: schemas are checked on exact fractions, which a number such as 1e999999 makes a million digits
// long. A double ends at 1e308.
const (
	maxNumber   = 128 // characters
	maxExponent = 400
)

var (
	errNumber = errors.New("a number beyond 1e400, or longer than 128 characters")
	errValues = errors.New("more than 100000 values")
	errDepth  = errors.New("nested too deep")
	errMore   = errors.New("text behind the value")
)

// readJSON reads one JSON value strictly (RFC 8259 in UTF-8, no name twice in an object: RFC 7493, at most MaxDepth
// deep, numbers bounded) in the form that schemas are checked on: numbers stay text.
func readJSON(data []byte) (any, error) {
	d := &valueReader{jsontext.NewDecoder(bytes.NewBuffer(data)), MaxValues}
	value, err := d.value()
	if err != nil {
		return nil, err
	}
	if d.PeekKind() != 0 {
		return nil, errMore
	}
	if _, err := d.ReadToken(); err == nil {
		return nil, errMore
	} else if rest := bytes.TrimLeft(data[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, errMore
	}
	return value, nil
}

// valueReader reads values off a decoder as long as some are left.
type valueReader struct {
	*jsontext.Decoder
	left int
}

func (d *valueReader) value() (any, error) {
	if d.left--; d.left < 0 {
		return nil, errValues
	}
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	if d.StackDepth() > MaxDepth {
		return nil, errDepth
	}
	switch token.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue:
		return true, nil
	case jsontext.KindFalse:
		return false, nil
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return readNumber(token.String())
	case jsontext.KindBeginArray:
		return d.array()
	}
	return d.object()
}

func readNumber(text string) (any, error) {
	if len(text) > maxNumber {
		return nil, errNumber
	}
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		if n, err := strconv.Atoi(text[at+1:]); err != nil || n > maxExponent || n < -maxExponent {
			return nil, errNumber
		}
	}
	return json.Number(text), nil
}

func (d *valueReader) array() (any, error) {
	list := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		item, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := d.ReadToken()
	return list, err
}

func (d *valueReader) object() (any, error) {
	object := map[string]any{}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the next read makes the token void
		if object[key], err = d.value(); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}
