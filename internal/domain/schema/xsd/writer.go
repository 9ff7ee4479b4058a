package xsd

import (
	"bytes"
	"slices"
	"strings"

	"mconnect"
)

// Writer writes indented XML. Names are the caller's constants and written as they are; values are escaped.
type Writer struct {
	buf   bytes.Buffer
	depth int
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;",
	"\r", "&#13;")

// Declare writes the XML declaration.
func (w *Writer) Declare() { w.buf.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }

// Open begins an element with attributes in pairs; those whose value is "" are left out.
func (w *Writer) Open(name string, attributes ...string) {
	w.tag(name, attributes)
	w.buf.WriteString(">\n")
	w.depth++
}

// Close ends the element that Open began under this name.
func (w *Writer) Close(name string) {
	w.depth--
	w.indent()
	w.buf.WriteString("</" + name + ">\n")
}

// Leaf writes an element without content.
func (w *Writer) Leaf(name string, attributes ...string) {
	w.tag(name, attributes)
	w.buf.WriteString("/>\n")
}

// Text writes an element that holds text.
func (w *Writer) Text(name, text string, attributes ...string) {
	w.tag(name, attributes)
	w.buf.WriteString(">" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;").Replace(text) +
		"</" + name + ">\n")
}

// Bytes returns what was written.
func (w *Writer) Bytes() []byte { return w.buf.Bytes() }

func (w *Writer) tag(name string, attributes []string) {
	w.indent()
	w.buf.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			w.buf.WriteString(" " + attributes[i] + `="` + escaper.Replace(attributes[i+1]) + `"`)
		}
	}
}

func (w *Writer) indent() {
	for range w.depth {
		w.buf.WriteString("  ")
	}
}

// Annotate writes the documentation of a component, one element a language.
func (w *Writer) Annotate(texts ...mconnect.Text) {
	if !hasText(texts) {
		return
	}
	w.Open("xs:annotation")
	for _, lang := range [3]mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
		var parts []string
		for _, t := range texts {
			if text := Said(t, lang); text != "" {
				parts = append(parts, text)
			}
		}
		if len(parts) > 0 {
			w.Text("xs:documentation", strings.Join(parts, ". "), "xml:lang", string(lang))
		}
	}
	w.Close("xs:annotation")
}

func hasText(texts []mconnect.Text) bool {
	return slices.ContainsFunc(texts, func(t mconnect.Text) bool { return t != (mconnect.Text{}) })
}

// Said returns the text in that very language, "" when it is not there, without what XML cannot hold.
func Said(t mconnect.Text, lang mconnect.Lang) string {
	said := t.RO
	switch lang {
	case mconnect.English:
		said = t.EN
	case mconnect.Russian:
		said = t.RU
	}
	return strings.Map(func(r rune) rune {
		if (r < 0x20 && r != '\t' && r != '\n') || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(said), ""))
}
