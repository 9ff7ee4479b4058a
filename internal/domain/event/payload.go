package event

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"mconnect/internal/jsonscan"
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
)

// readJSON reads one JSON value strictly (RFC 8259 in UTF-8, no name twice in an object: RFC 7493, at most MaxDepth
// deep, numbers bounded) in the form that schemas are checked on: numbers stay text.
func readJSON(data []byte) (any, error) {
	r := valueReader{jsonscan.Scanner{In: data}, MaxValues}
	value, err := r.value(0)
	if err == nil {
		err = r.End()
	}
	return value, err
}

// valueReader reads values as long as some are left.
type valueReader struct {
	jsonscan.Scanner
	left int
}

// value reads the value that begins here inside depth objects and arrays.
func (r *valueReader) value(depth int) (any, error) {
	if r.left--; r.left < 0 {
		return nil, errValues
	}
	c := r.Peek()
	switch {
	case c == 'n':
		_, err := r.Literal(c)
		return nil, err
	case c != '{' && c != '[':
		kind, _, content, err := r.Scalar()
		switch {
		case err != nil:
			return nil, err
		case kind == '"':
			return string(content), nil
		case kind == '0':
			return readNumber(string(content))
		}
		return kind == 't', nil
	case depth >= MaxDepth:
		return nil, jsonscan.ErrTooDeep
	case c == '[':
		return r.array(depth)
	}
	return r.object(depth)
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

func (r *valueReader) array(depth int) (list []any, err error) {
	r.Pos++
	list = []any{}
	for more := !r.Eat(']'); more; {
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		if more, err = r.Next(']'); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (r *valueReader) object(depth int) (map[string]any, error) {
	r.Pos++
	object := map[string]any{}
	for more := !r.Eat('}'); more; {
		name, err := r.Key()
		if err != nil {
			return nil, err
		}
		key := string(name)
		if _, repeated := object[key]; repeated {
			return nil, jsonscan.ErrDuplicate
		}
		if object[key], err = r.value(depth + 1); err != nil {
			return nil, err
		}
		if more, err = r.Next('}'); err != nil {
			return nil, err
		}
	}
	return object, nil
}
