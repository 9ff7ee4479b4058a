package event

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth bounds how deep JSON data may be nested.
const MaxDepth = 64

var (
	errDepth = errors.New("nested too deep")
	errMore  = errors.New("text behind the value")
)

// readJSON reads one JSON value strictly (RFC 8259 in UTF-8, no name twice in an object: RFC 7493, at most MaxDepth
// deep) in the form that schemas are checked on: numbers stay text.
func readJSON(data []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	value, err := readValue(d)
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

func readValue(d *jsontext.Decoder) (any, error) {
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
		return json.Number(token.String()), nil
	case jsontext.KindBeginArray:
		return readArray(d)
	}
	return readObject(d)
}

func readArray(d *jsontext.Decoder) (any, error) {
	list := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		item, err := readValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := d.ReadToken()
	return list, err
}

func readObject(d *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the next read makes the token void
		if object[key], err = readValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}
