package admin

import (
	"strings"

	"mconnect/fault"
)

// schemaFaults are the kinds of fault that huma's check of a schema distinguishes, by how its English message begins.
// Each has a code and a parameter, so that there is a sentence in every language. The first that fits is taken.
var schemaFaults = []struct {
	begins string
	code   fault.Code
	param  string // takes what follows; "want" takes words instead where they are given
	words  string
}{
	{"unexpected property", fault.InputUnknownField, "", ""},
	{"expected value to be one of ", fault.InputEnum, "values", ""},
	{"expected number >= ", fault.InputRange, "min", ""},
	{"expected number > ", fault.InputRange, "min", ""},
	{"expected number <= ", fault.InputRange, "max", ""},
	{"expected number < ", fault.InputRange, "max", ""},
	{"expected length >= ", fault.InputLength, "min", ""},
	{"expected length <= ", fault.InputLength, "max", ""},
	{"expected array length >= ", fault.InputLength, "min", ""},
	{"expected array length <= ", fault.InputLength, "max", ""},
	{"expected string to match pattern ", fault.InputPattern, "pattern", ""},
	{"expected string to be RFC 3339 date-time", fault.InputFormat, "want", "date-time by RFC 3339"},
	{"expected string to be RFC 3339 date", fault.InputFormat, "want", "date by RFC 3339"},
	{"expected array items to be unique", fault.InputFormat, "want", "each value once"},
	{"expected boolean", fault.InputType, "want", "boolean"},
	{"expected integer", fault.InputType, "want", "integer"},
	{"expected number to be", fault.InputFormat, "want", "form of the description"},
	{"expected number", fault.InputType, "want", "number"},
	{"expected string to be", fault.InputFormat, "want", "form of the description"},
	{"expected string", fault.InputType, "want", "string"},
	{"expected array", fault.InputType, "want", "array"},
	{"expected object with", fault.InputFormat, "want", "form of the description"},
	{"expected object", fault.InputType, "want", "object"},
	{"invalid integer", fault.InputType, "want", "integer"},
	{"invalid float", fault.InputType, "want", "number"},
	{"invalid boolean", fault.InputType, "want", "boolean"},
	{"invalid date/time", fault.InputFormat, "want", "date-time by RFC 3339"},
}

// fieldErrorAt gives the mistake that huma found at a place its code.
func fieldErrorAt(path, message string) fault.FieldError {
	for _, word := range []string{"expected required property ", "expected property "} {
		if name, ok := strings.CutPrefix(message, word); ok {
			name, _, _ = strings.Cut(name, " ")
			return fault.FieldError{Path: path + "/" + name, Code: fault.InputMissing}
		}
	}
	if message == "required query parameter is missing" || message == "required header parameter is missing" {
		return fault.FieldError{Path: path, Code: fault.InputMissing}
	}
	for _, m := range schemaFaults {
		rest, ok := strings.CutPrefix(message, m.begins)
		switch {
		case !ok:
			continue
		case m.param == "":
			return fault.FieldError{Path: path, Code: m.code}
		case m.words != "":
			rest = m.words
		}
		return fault.FieldError{Path: path, Code: m.code, Params: map[string]string{m.param: strings.Trim(rest, "\"")}}
	}
	return fault.FieldError{Path: path, Code: fault.InputFormat,
		Params: map[string]string{"want": "form of the description"}}
}
