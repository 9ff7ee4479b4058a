// Package form is the form of an access request as data: blocks of fields with conditions and rules, in versions.
//
// It owns the one evaluator, which pages, the command line, the management API and the print share: which fields are
// shown and needed for given answers, and everything that is wrong with them, each with its JSON pointer and one code
// of a closed list. It does not know requests, persons or the catalogue; what conditions and rules need of those
// arrives as Facts.
//
// Flow: a Form, answers and Facts → Evaluate → a Result with one View per block and field, errors and clean answers.
package form

import (
	"strings"
	"time"

	"mconnect"
)

// Type is what answers a field.
type Type string

// The types.
const (
	Text  Type = "text"  // one line, in three languages where the field says so
	Rich  Type = "rich"  // several lines
	Bool  Type = "bool"  //
	One   Type = "one"   // one of the options
	Many  Type = "many"  // several of the options, or paths of the service's answer
	Date  Type = "date"  // 2026-11-30
	Int   Type = "int"   //
	Ref   Type = "ref"   // an identifier that the facts list
	File  Type = "file"  // digest of an attachment
	Table Type = "table" // rows of columns
)

// Form is one version of a form.
type Form struct {
	ID         string        `json:"id" yaml:"id"`
	Version    int           `json:"version" yaml:"version"`
	ValidFrom  time.Time     `json:"valid_from" yaml:"valid_from"`
	GraceUntil time.Time     `json:"grace_until,omitzero" yaml:"grace_until"` // drafts keep it until then; zero: current
	Title      mconnect.Text `json:"title" yaml:"title"`
	Blocks     []Block       `json:"blocks" yaml:"blocks"`
}

// Block is one part of a form, saved as a whole.
type Block struct {
	ID     string        `json:"id" yaml:"id"` // "A"
	Title  mconnect.Text `json:"title" yaml:"title"`
	Hint   mconnect.Text `json:"hint,omitzero" yaml:"hint"`
	ShowIf []Condition   `json:"show_if,omitempty" yaml:"show_if"`
	Fields []Field       `json:"fields" yaml:"fields"`
}

// Field is one question.
type Field struct {
	ID         string        `json:"id" yaml:"id"`
	Type       Type          `json:"type" yaml:"type"`
	Label      mconnect.Text `json:"label" yaml:"label"`
	Hint       mconnect.Text `json:"hint,omitzero" yaml:"hint"`
	Languages  bool          `json:"languages,omitempty" yaml:"languages"` // a text in ro, en and ru
	Required   bool          `json:"required,omitempty" yaml:"required"`
	RequiredIf []Condition   `json:"required_if,omitempty" yaml:"required_if"` // all of
	ShowIf     []Condition   `json:"show_if,omitempty" yaml:"show_if"`         // all of
	Options    []Option      `json:"options,omitempty" yaml:"options"`
	Of         string        `json:"of,omitempty" yaml:"of"` // what a ref or many refers to: system, field, attachment …
	Columns    []Field       `json:"columns,omitempty" yaml:"columns"`
	Validate   Rules         `json:"validate,omitzero" yaml:"validate"`
	Prefill    string        `json:"prefill,omitempty" yaml:"prefill"`   // the fact that it begins with
	Computed   bool          `json:"computed,omitempty" yaml:"computed"` // shown with its fact, never asked
	Signed     bool          `json:"signed,omitempty" yaml:"signed"`     // a change of it needs a new signature
	Public     bool          `json:"public,omitempty" yaml:"public"`     // published with the agreement
	Reviewer   string        `json:"reviewer,omitempty" yaml:"reviewer"` // who looks at it first: operator, provider, dpo
	To         string        `json:"to,omitempty" yaml:"to"`             // where it lands in the agreement
}

// Option is one answer to choose.
type Option struct {
	Value  string        `json:"value" yaml:"value"`
	Label  mconnect.Text `json:"label" yaml:"label"`
	ShowIf []Condition   `json:"show_if,omitempty" yaml:"show_if"`
}

// Condition compares the answer of a field, or a fact ("@personal"), with a value; or it is Any of several.
type Condition struct {
	ID    string      `json:"id,omitempty" yaml:"id"`
	Op    Op          `json:"op,omitempty" yaml:"op"`
	Value any         `json:"value,omitempty" yaml:"value"`
	Any   []Condition `json:"any,omitempty" yaml:"any"`
}

// Op is how a condition compares.
type Op string

// The comparisons.
const (
	Is    Op = "is"
	IsNot Op = "is_not"
	In    Op = "in"     // the answer is one of the values
	Has   Op = "has"    // the list of answers has the value
	Above Op = "above"  // a number
	Set   Op = "set"    // anything was answered
	Unset Op = "unset"  //
	NotIn Op = "not_in" // the answer is none of the values
)

// Rules bound an answer.
type Rules struct {
	Min     int    `json:"min,omitempty" yaml:"min"` // characters, rows, options or the number itself
	Max     int    `json:"max,omitempty" yaml:"max"`
	Pattern string `json:"pattern,omitempty" yaml:"pattern"` // RE2, the whole text
	// email, url, phone, pattern (an RE2 text), plain (no identification numbers),
	// example:ID (matches the pattern of ID)
	Format string `json:"format,omitempty" yaml:"format"`
	After  string `json:"after,omitempty" yaml:"after"`   // a date after that of another field
	Years  int    `json:"years,omitempty" yaml:"years"`   // a date at most so many years after that of After
	Within string `json:"within,omitempty" yaml:"within"` // a list of which each answer is in that of another field
	True   bool   `json:"true,omitempty" yaml:"true"`     // only yes is accepted
	Future bool   `json:"future,omitempty" yaml:"future"` // a date not before today
	InAct  bool   `json:"in_act,omitempty" yaml:"in_act"` // a row of the register of legal acts, in force
}

// Accepts reports whether answers to the version may be submitted at a time, and whether drafts may still be written.
func (f *Form) Accepts(at time.Time) (submit, draft bool) {
	submit = !at.Before(f.ValidFrom) && (f.GraceUntil.IsZero() || at.Before(f.GraceUntil))
	return submit, submit
}

// Block returns the block of an identifier; nil when there is none.
func (f *Form) Block(id string) *Block {
	for i := range f.Blocks {
		if strings.EqualFold(f.Blocks[i].ID, id) {
			return &f.Blocks[i]
		}
	}
	return nil
}

// Field returns a field of the form and the block that it is in, by its identifier or by the path of its answer
// ("/purposes/0/acts/1/article"); nil when there is none.
func (f *Form) Field(path string) (*Block, *Field) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range f.Blocks {
		b := &f.Blocks[i]
		for j := range b.Fields {
			if b.Fields[j].ID == parts[0] {
				return b, b.Fields[j].inside(parts[1:])
			}
		}
	}
	return nil, nil
}

// inside walks from a table to a column: names of columns count, numbers of rows do not.
func (f *Field) inside(parts []string) *Field {
	for _, p := range parts {
		for i := range f.Columns {
			if f.Columns[i].ID == p {
				f = &f.Columns[i]
				break
			}
		}
	}
	return f
}
