package catalog

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"mconnect/fault"
)

// wrong notes a fault at the place where the walk stands.
func (w *walk) wrong(code fault.Code, params ...string) {
	if len(w.faults) >= fault.MaxFields {
		return
	}
	w.faults = append(w.faults, fault.FieldError{Path: placeOf(w.stack), Code: code, Params: fault.New(code, params...).Params})
}

func placeOf(stack []step) string {
	var b []byte
	for _, s := range stack {
		b = append(b, '/')
		if s.name != "" {
			b = append(b, s.name...)
		} else {
			b = strconv.AppendInt(b, int64(s.index), 10)
		}
	}
	return string(b)
}

// find returns the text at path, reading no further than needed. The message was checked before.
func (w *walk) find(path []string) string {
	for _, name := range path {
		if token, err := w.dec.ReadToken(); err != nil || token.Kind() != '{' {
			return ""
		}
		for {
			token, err := w.dec.ReadToken()
			if err != nil || token.Kind() == '}' {
				return ""
			}
			if token.String() == name {
				break
			}
			if w.skip() != nil {
				return ""
			}
		}
	}
	token, err := w.dec.ReadToken()
	if err != nil {
		return ""
	}
	switch token.Kind() {
	case '"', '0', 't', 'f':
		return token.String()
	}
	return ""
}

// requestFault turns a syntax error into the caller's fault. Its text stays behind: it may quote data.
func requestFault(err error) error {
	var f *fault.Error
	switch {
	case errors.Is(err, errTooDeep):
		f = fault.Wrap(err, fault.MessageTooDeep, "limit", strconv.Itoa(MaxDepth))
	case errors.Is(err, jsontext.ErrDuplicateName):
		f = fault.Wrap(quiet(err), fault.MessageDuplicateKey)
	default:
		f = fault.Wrap(quiet(err), fault.MessageMalformed, "what", "JSON")
	}
	f.Leg = fault.Caller
	return f
}

// quiet keeps of a syntax error only where it arose, for the message's own bytes may be personal data.
func quiet(err error) error {
	if errors.Is(err, errTooDeep) {
		return err
	}
	var s *jsontext.SyntacticError
	if errors.As(err, &s) {
		return fmt.Errorf("JSON syntax at byte %d", s.ByteOffset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return errTrailing
}
