package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/itchyny/gojq"

	"mconnect/fault"
)

// JSON is the media type of answers that are not opaque.
const JSON = "application/json"

const (
	mappingTime  = time.Second
	mappingDepth = 64 // of the provider's JSON
)

// Mapping is a compiled jq program with one input and one output.
type Mapping struct{ code *gojq.Code }

// CompileMapping compiles a jq program; "" gives nil, which means "as is". Programs see no environment,
// no files and no further inputs.
func CompileMapping(program string) (*Mapping, error) {
	if program == "" {
		return nil, nil
	}
	if len(program) > 64<<10 {
		return nil, errors.New("jq program over 64 KiB")
	}
	query, err := gojq.Parse(program)
	if err != nil {
		return nil, fmt.Errorf("jq: %w", err)
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, fmt.Errorf("jq: %w", err)
	}
	return &Mapping{code}, nil
}

var (
	errNothing = errors.New("the mapping gives null or nothing")
	errMany    = errors.New("the mapping gives more than one value")
	errMapped  = errors.New("the mapping's result is over the limit")
)

// run maps value to JSON of at most limit bytes. Null and empty results give errNothing.
func (m *Mapping) run(ctx context.Context, value any, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, mappingTime)
	defer cancel()
	results := m.code.RunWithContext(ctx, value)
	result, ok := results.Next()
	if !ok || result == nil {
		return nil, errNothing
	}
	if err, failed := result.(error); failed {
		var halt *gojq.HaltError
		if errors.As(err, &halt) && halt.Value() == nil {
			return nil, errNothing
		}
		return nil, redact(err)
	}
	if _, more := results.Next(); more {
		return nil, errMany
	}
	out, err := gojq.Marshal(result)
	if err != nil {
		return nil, redact(err)
	}
	if int64(len(out)) > limit {
		return nil, errMapped
	}
	return out, nil
}

// redact keeps the kind of a jq error and drops its text, which quotes values: personal data.
func redact(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("jq: %T", err)
}

// decode reads exactly one JSON value for a mapping. Numbers keep their digits; duplicate names, invalid
// UTF-8 and nesting deeper than mappingDepth are errors. Errors never quote the text.
func decode(text []byte) (any, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text))
	v, err := decodeValue(dec)
	if err != nil {
		return nil, syntaxOnly(dec, err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("JSON followed by something at byte %d", dec.InputOffset())
	}
	return v, nil
}

func syntaxOnly(dec *jsontext.Decoder, err error) error {
	if errors.Is(err, errDeep) {
		return err
	}
	return fmt.Errorf("not JSON at byte %d", dec.InputOffset())
}

var errDeep = errors.New("JSON nested too deep")

func decodeValue(dec *jsontext.Decoder) (any, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		return tok.Bool(), nil
	case jsontext.KindString:
		return tok.String(), nil
	case jsontext.KindNumber:
		return json.Number(tok.String()), nil
	case jsontext.KindBeginObject:
		return decodeObject(dec)
	case jsontext.KindBeginArray:
		return decodeArray(dec)
	}
	return nil, nil
}

func decodeObject(dec *jsontext.Decoder) (any, error) {
	if dec.StackDepth() > mappingDepth {
		return nil, errDeep
	}
	object := map[string]any{}
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if object[key], err = decodeValue(dec); err != nil {
			return nil, err
		}
	}
	_, err := dec.ReadToken()
	return object, err
}

func decodeArray(dec *jsontext.Decoder) (any, error) {
	if dec.StackDepth() > mappingDepth {
		return nil, errDeep
	}
	array := []any{}
	for dec.PeekKind() != jsontext.KindEndArray {
		v, err := decodeValue(dec)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := dec.ReadToken()
	return array, err
}

// Request maps the canonical JSON of a request.
func (m *Mapping) Request(ctx context.Context, input []byte) ([]byte, error) {
	value, err := decode(input)
	if err != nil {
		return nil, MappingFault(err)
	}
	body, err := m.run(ctx, value, max(int64(len(input))*16, 1<<20))
	if err != nil {
		return nil, MappingFault(err)
	}
	return body, nil
}

// Map runs a response mapping over the JSON of an answer. Null or nothing means that the register holds no
// such record.
func (pl *Plan) Map(ctx context.Context, m *Mapping, text []byte) ([]byte, error) {
	value, err := decode(text)
	if err != nil { // err holds a place and no value
		e := Malformed(fault.MessageMalformed, "what", err.Error())
		e.Cause = err
		return nil, e
	}
	body, err := m.run(ctx, value, pl.Answer)
	switch {
	case errors.Is(err, errNothing):
		return nil, fault.New(fault.ProviderNoRecord)
	case errors.Is(err, errMapped):
		return nil, pl.TooLarge()
	case err != nil && ctx.Err() != nil:
		return nil, pl.TransportFault(ctx, ctx.Err())
	case err != nil:
		return nil, MappingFault(err)
	}
	return body, nil
}
