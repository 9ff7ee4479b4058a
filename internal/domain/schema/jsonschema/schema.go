package jsonschema

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// Dialect is the meta-schema that every schema here keeps to.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// Options say how a type is written.
type Options struct {
	Answer bool          // fields may be absent
	Lang   mconnect.Lang // of descriptions; default Romanian
}

// Schema returns the schema document of t. The fault is resource.invalid when t does not compile.
func Schema(t schema.Type, o Options) ([]byte, error) {
	if _, err := schema.CompileType(t); err != nil {
		return nil, err
	}
	w := NewWriter()
	w.Object("", func() {
		w.String("$schema", Dialect)
		Members(w, t, o)
	})
	return w.Bytes()
}

// Members writes the members of t's schema into the object that is open.
func Members(w *Writer, t schema.Type, o Options) {
	o.Lang = cmp.Or(o.Lang, mconnect.Romanian)
	w.Said("title", t.Name)
	s := schemaWriter{w, o}
	s.typ("object", false)
	s.object(t.Fields)
}

type schemaWriter struct {
	*Writer
	Options
}

func (s schemaWriter) typ(name string, nullable bool) {
	if nullable {
		s.Strings("type", name, "null")
		return
	}
	s.String("type", name)
}

func (s schemaWriter) object(fields []schema.Field) {
	s.Object("properties", func() {
		for _, f := range fields {
			s.Object(f.Name, func() { s.field(f) })
		}
	})
	var must []string
	for _, f := range fields {
		if f.Mandatory && !s.Answer {
			must = append(must, f.Name)
		}
	}
	if len(must) > 0 {
		s.Strings("required", must...)
	}
	s.Bool("additionalProperties", false)
}

// field writes the schema of one field's value.
func (s schemaWriter) field(f schema.Field) {
	said := f.Description.In(s.Lang)
	if len(f.Codes.Listed()) == 0 && f.Codes != nil {
		said += " " + f.Codes.Named().In(s.Lang)
	}
	s.Said("description", said)
	switch f.Type {
	case schema.Object:
		s.typ("object", f.Nullable)
		s.object(f.Fields)
	case schema.Array:
		s.typ("array", f.Nullable)
		s.Object("items", func() { s.field(*f.Items) })
		s.length("minItems", f.MinLength)
		s.length("maxItems", f.MaxLength)
	case schema.Integer:
		s.typ("integer", f.Nullable)
		s.String("format", "int64")
		s.bounds(f)
	case schema.Decimal:
		s.decimal(f)
	case schema.Boolean:
		s.typ("boolean", f.Nullable)
	default:
		s.typ("string", f.Nullable)
		s.text(f)
	}
	if f.Example != nil {
		s.Array("examples", func() { s.Value("", f.Example) })
	}
}

func (s schemaWriter) length(name string, n int) {
	if n > 0 {
		s.Int(name, n)
	}
}

// decimal: what concerns numbers only and texts only stands side by side.
func (s schemaWriter) decimal(f schema.Field) {
	if f.Nullable {
		s.Strings("type", "number", "string", "null")
	} else {
		s.Strings("type", "number", "string")
	}
	s.String("pattern", `^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	s.Int("maxLength", schema.MaxNumber)
	s.bounds(f)
}

func (s schemaWriter) bounds(f schema.Field) {
	for _, b := range [2]struct{ name, text string }{{"minimum", f.Minimum}, {"maximum", f.Maximum}} {
		if b.text != "" {
			s.Number(b.name, b.text)
		}
	}
}

// numbers are the patterns of the state identification numbers.
var numbers = map[schema.Base]string{
	schema.IDNP: "^(2[0-9]{12}|09[0-9]{11})$", schema.IDNO: "^1[0-9]{12}$", schema.IDNV: "^3[0-9]{12}$",
}

func (s schemaWriter) text(f schema.Field) {
	switch f.Type {
	case schema.Date:
		s.String("format", "date")
	case schema.DateTime:
		s.String("format", "date-time")
	case schema.Binary:
		s.String("contentEncoding", "base64")
	case schema.IDNP, schema.IDNO, schema.IDNV:
		s.String("pattern", numbers[f.Type])
	}
	if f.Type == schema.String && common(f.Pattern) {
		s.String("pattern", "^(?:"+f.Pattern+")$")
	}
	if len(f.Enum) > 0 {
		s.Array("enum", func() {
			for _, v := range slices.Compact(slices.Sorted(slices.Values(f.Enum))) {
				s.String("", v)
			}
			if f.Nullable {
				s.Number("", "null")
			}
		})
	}
	s.codes(f)
	s.length("minLength", f.MinLength)
	s.length("maxLength", f.MaxLength)
}

// codes writes the classifier's name and, unless they are too many, its codes with what they mean.
func (s schemaWriter) codes(f schema.Field) {
	if f.Codes == nil {
		return
	}
	s.String("x-classifier", f.Codes.ID())
	listed := f.Codes.Listed()
	if len(listed) == 0 {
		return
	}
	s.Array("enum", func() {
		for _, e := range listed {
			s.String("", e.Code)
		}
		if f.Nullable {
			s.Number("", "null")
		}
	})
	s.Array("x-enum-descriptions", func() {
		for _, e := range listed {
			s.String("", e.Label.In(s.Lang))
		}
	})
}

// common reports that JavaScript (ECMA-262, with the flag u) reads the expression as RE2 does.
func common(re2 string) bool {
	tree, err := syntax.Parse(re2, syntax.Perl)
	if re2 == "" || err != nil || anchored(tree) || strings.Contains(re2, "[[:") {
		return false
	}
	rest := strings.ReplaceAll(re2, "(?:", "(")
	if strings.Contains(rest, "(?") {
		return false
	}
	for i := 0; i < len(rest); i++ {
		if rest[i] != '\\' {
			continue
		}
		i++
		// \s is narrower in RE2 and \b counts other letters; \. and its like mean the same.
		if !strings.ContainsRune(`dDwWnrt\^$.*+?()[]{}|/`, rune(rest[i])) {
			return false
		}
	}
	return !strings.ContainsAny(unbraced(rest), "{}")
}

// anchored: ^ and $ inside, or a point, which JavaScript stops at more line ends with.
func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpAnyCharNotNL:
		return true
	}
	return slices.ContainsFunc(re.Sub, anchored)
}

// unbraced leaves out repetitions; a brace left over is a literal one, which the flag u refuses.
func unbraced(re2 string) string {
	var b strings.Builder
	for i := 0; i < len(re2); i++ {
		switch {
		case re2[i] == '\\':
			i++
		case re2[i] == '{':
			end := strings.IndexByte(re2[i:], '}')
			if end < 0 || !repetition(re2[i+1:i+end]) {
				return "{"
			}
			i += end
		default:
			b.WriteByte(re2[i])
		}
	}
	return b.String()
}

func repetition(s string) bool {
	low, high, ranged := strings.Cut(s, ",")
	_, err := strconv.Atoi(low)
	if err != nil || !ranged || high == "" {
		return err == nil
	}
	_, err = strconv.Atoi(high)
	return err == nil
}
