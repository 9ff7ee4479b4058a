package schema

import (
	"errors"
	"strconv"

	"mconnect/fault"
	"mconnect/internal/jsonscan"
)

// wrong notes a fault at the place where the walk stands.
func (w *walk) wrong(code fault.Code, params ...string) {
	if len(w.faults) >= fault.MaxFields {
		return
	}
	w.faults = append(w.faults, fault.FieldError{Path: placeOf(w.stack), Code: code,
		Params: fault.New(code, params...).Params})
}

func placeOf(stack []pathStep) string {
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
		if !w.Eat('{') || !w.seek(name) {
			return ""
		}
	}
	_, _, text, err := w.Scalar()
	if err != nil {
		return ""
	}
	return string(text)
}

// seek reads on to the value of the member called name.
func (w *walk) seek(name string) bool {
	if w.Eat('}') {
		return false
	}
	for {
		found, err := w.Key()
		if err != nil {
			return false
		}
		if string(found) == name {
			return true
		}
		if w.Skip(0) != nil {
			return false
		}
		if more, err := w.Next('}'); err != nil || !more {
			return false
		}
	}
}

// requestFault turns what makes a message unreadable into the caller's fault.
func requestFault(err error) error {
	var f *fault.Error
	switch {
	case errors.Is(err, jsonscan.ErrTooDeep):
		f = fault.Wrap(err, fault.MessageTooDeep, "limit", strconv.Itoa(MaxDepth))
	case errors.Is(err, jsonscan.ErrDuplicate):
		f = fault.Wrap(err, fault.MessageDuplicateKey)
	default:
		f = fault.Wrap(err, fault.MessageMalformed, "what", "JSON")
	}
	f.Leg = fault.Caller
	return f
}
