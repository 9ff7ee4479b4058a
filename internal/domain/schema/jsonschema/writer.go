package jsonschema

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Writer writes indented JSON, members in the order of calls. What goes wrong is kept until Bytes.
type Writer struct {
	buf bytes.Buffer
	enc *jsontext.Encoder
	err error
}

// NewWriter returns an empty Writer.
func NewWriter() *Writer {
	w := &Writer{}
	w.enc = jsontext.NewEncoder(&w.buf, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	return w
}

// Object writes an object, its members by inside; name is "" where no name belongs.
func (w *Writer) Object(name string, inside func()) {
	w.bracket(name, jsontext.BeginObject, jsontext.EndObject, inside)
}

// Array writes an array.
func (w *Writer) Array(name string, inside func()) {
	w.bracket(name, jsontext.BeginArray, jsontext.EndArray, inside)
}

func (w *Writer) bracket(name string, begin, end jsontext.Token, inside func()) {
	w.name(name)
	w.token(begin)
	inside()
	w.token(end)
}

// String writes a member whose value is text.
func (w *Writer) String(name, text string) {
	w.name(name)
	w.token(jsontext.String(text))
}

// Said is String, left out when text is empty.
func (w *Writer) Said(name, text string) {
	if text = strings.TrimSpace(text); text != "" {
		w.String(name, text)
	}
}

// Strings writes an array of texts.
func (w *Writer) Strings(name string, texts ...string) {
	w.Array(name, func() {
		for _, t := range texts {
			w.String("", t)
		}
	})
}

// Int writes a whole number.
func (w *Writer) Int(name string, n int) {
	w.name(name)
	w.token(jsontext.Int(int64(n)))
}

// Bool writes true or false.
func (w *Writer) Bool(name string, b bool) {
	w.name(name)
	w.token(jsontext.Bool(b))
}

// Number writes a number as its text says.
func (w *Writer) Number(name, text string) {
	w.name(name)
	if w.err == nil {
		w.err = w.enc.WriteValue(jsontext.Value(text))
	}
}

// Value writes any value as encoding/json does, maps by name.
func (w *Writer) Value(name string, v any) {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return // an example that is no JSON is no example
	}
	w.Number(name, string(text))
}

// Bytes returns what was written.
func (w *Writer) Bytes() ([]byte, error) { return w.buf.Bytes(), w.err }

func (w *Writer) name(name string) {
	if name != "" {
		w.token(jsontext.String(name))
	}
}

func (w *Writer) token(t jsontext.Token) {
	if w.err == nil {
		w.err = w.enc.WriteToken(t)
	}
}
