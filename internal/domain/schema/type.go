// Package schema holds the typed shapes of requests and answers: fields, shared types and classifiers, compiled to read
// requests and to cut answers.
//
// It owns these types and their validation rules. It does no I/O and imports no other room. Sub-packages turn its types
// into other forms, one package per form.
package schema

import (
	"errors"
	"fmt"

	"mconnect"
	"mconnect/fault"
)

// Type is a named object type: the ordered fields of a request or answer.
type Type struct {
	Name   string  `json:"name" yaml:"name"` // e.g. "Person"; in SOAP the answer's Body child
	Fields []Field `json:"fields" yaml:"fields"`
}

// Operation is a request and its answer, as descriptions for programs name them.
type Operation struct {
	Name        string
	Title       mconnect.Text
	Description mconnect.Text
	Request     Type
	Response    Type // zero when the answer is opaque
}

// Base is the kind of value a field holds.
type Base string

// The bases. Identifiers are strings with their check digit verified. Decimals travel as JSON numbers
// or strings and are never rounded; dates as YYYY-MM-DD; date-times as RFC 3339.
const (
	String   Base = "string"
	Integer  Base = "integer" // 64 bits signed
	Decimal  Base = "decimal"
	Boolean  Base = "boolean"
	Date     Base = "date"
	DateTime Base = "datetime"
	Binary   Base = "binary" // base64
	IDNP     Base = "idnp"
	IDNO     Base = "idno"
	IDNV     Base = "idnv"
	Object   Base = "object" // Fields
	Array    Base = "array"  // Items
)

// Field is one field of an object type, in order.
type Field struct {
	// XML NCName of ASCII letters, digits, '_'; starts with a letter
	Name      string `json:"name" yaml:"name"`
	Type      Base   `json:"type" yaml:"type"`
	Mandatory bool   `json:"mandatory,omitempty" yaml:"mandatory,omitempty"`
	Nullable  bool   `json:"nullable,omitempty" yaml:"nullable,omitempty"`
	MinLength int    `json:"min_length,omitempty" yaml:"min_length,omitempty"` // characters
	MaxLength int    `json:"max_length,omitempty" yaml:"max_length,omitempty"` // characters; for arrays: items
	// RE2, matches the whole value, of at most 4096 bytes
	Pattern     string        `json:"pattern,omitempty" yaml:"pattern,omitempty"`
	Enum        []string      `json:"enum,omitempty" yaml:"enum,omitempty"`
	Minimum     string        `json:"minimum,omitempty" yaml:"minimum,omitempty"` // decimal text
	Maximum     string        `json:"maximum,omitempty" yaml:"maximum,omitempty"`
	Example     any           `json:"example,omitempty" yaml:"example,omitempty"`
	Description mconnect.Text `json:"description,omitzero" yaml:"description,omitempty"`
	// personal data (Law 195/2024; cf. GDPR, art. 4)
	Personal bool    `json:"personal,omitempty" yaml:"personal,omitempty"`
	Fields   []Field `json:"fields,omitempty" yaml:"fields,omitempty"` // of an object
	// of an array; its Name is "" or the XML item name
	Items *Field `json:"items,omitempty" yaml:"items,omitempty"`
	// of a string: "CODE" or "CODE/VERSION" whose codes it may hold
	Classifier string `json:"classifier,omitempty" yaml:"classifier,omitempty"`
	// of an object: "Name" or "Name/VERSION" of the DataType that gives it its fields
	Ref   string `json:"ref,omitempty" yaml:"ref,omitempty"`
	Codes *Codes `json:"-" yaml:"-"` // of Classifier, once resolved
}

// Validate notes in f what is wrong with the type; open: what it refers to need not be written out yet.
func (t Type) Validate(f *fault.Findings, path string, open bool) {
	if !isFieldName(t.Name) {
		f.Add(path+"/name", fault.InputFormat, "want", "an ASCII letter, then letters, digits or '_'; at most 64")
	}
	if _, err := compile(t, open); err != nil {
		var e *fault.Error
		if errors.As(err, &e) {
			f.Under(path, e.Fields)
		}
	}
	for i := range t.Fields {
		t.Fields[i].describe(f, fmt.Sprintf("%s/fields/%d", path, i), 1)
	}
}

// describe checks what CompileType has no use for: words for people and lists of a sensible length.
func (fd *Field) describe(f *fault.Findings, path string, depth int) {
	if depth > MaxDepth {
		return // noted by CompileType
	}
	f.Text(path+"/description", fd.Description, false, MaxDescription)
	if len(fd.Enum) > maxEnum {
		f.Add(path+"/enum", fault.InputLength, "min", "0", "max", fmt.Sprint(maxEnum))
	}
	for i := range fd.Fields {
		fd.Fields[i].describe(f, fmt.Sprintf("%s/fields/%d", path, i), depth+1)
	}
	if fd.Items != nil {
		fd.Items.describe(f, path+"/items", depth+1)
	}
}
