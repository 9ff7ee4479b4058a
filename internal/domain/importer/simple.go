package importer

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// builtins are the types of XML Schema part 2 as the catalogue has them.
var builtins = map[string]schema.Field{
	"string": {Type: schema.String}, "normalizedString": {Type: schema.String}, "token": {Type: schema.String},
	"language": {Type: schema.String},
	"Name":     {Type: schema.String}, "NCName": {Type: schema.String}, "NMTOKEN": {Type: schema.String},
	"ID":    {Type: schema.String},
	"IDREF": {Type: schema.String}, "ENTITY": {Type: schema.String}, "anyURI": {Type: schema.String},
	"QName":         {Type: schema.String},
	"anySimpleType": {Type: schema.String},
	"boolean":       {Type: schema.Boolean}, "decimal": {Type: schema.Decimal}, "date": {Type: schema.Date},
	"dateTime":     {Type: schema.DateTime},
	"base64Binary": {Type: schema.Binary},
	"integer":      {Type: schema.Integer}, "long": {Type: schema.Integer}, "int": {Type: schema.Integer},
	"short":              {Type: schema.Integer, Minimum: "-32768", Maximum: "32767"},
	"byte":               {Type: schema.Integer, Minimum: "-128", Maximum: "127"},
	"nonNegativeInteger": {Type: schema.Integer, Minimum: "0"}, "positiveInteger": {Type: schema.Integer, Minimum: "1"},
	"nonPositiveInteger": {Type: schema.Integer, Maximum: "0"},
	"negativeInteger":    {Type: schema.Integer, Maximum: "-1"},
	"unsignedLong":       {Type: schema.Integer, Minimum: "0"}, "unsignedInt": {Type: schema.Integer, Minimum: "0",
		Maximum: "4294967295"},
	"unsignedShort": {Type: schema.Integer, Minimum: "0", Maximum: "65535"},
	"unsignedByte":  {Type: schema.Integer, Minimum: "0", Maximum: "255"},
}

// inexact are types that are carried in another form.
var inexact = map[string]struct {
	field schema.Field
	says  string
}{
	"float": {schema.Field{Type: schema.Decimal},
		"a floating-point number became a decimal: INF and NaN are refused, exponents written out"},
	"double": {schema.Field{Type: schema.Decimal},
		"a floating-point number became a decimal: INF and NaN are refused, exponents written out"},
	"time": {schema.Field{Type: schema.String, Pattern: `\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?`},
		"a time of day became text"},
	"gYear": {schema.Field{Type: schema.String, Pattern: `-?\d{4,}(Z|[+-]\d{2}:\d{2})?`}, "a year became text"},
	"gYearMonth": {schema.Field{Type: schema.String, Pattern: `-?\d{4,}-\d{2}(Z|[+-]\d{2}:\d{2})?`},
		"a month of a year became text"},
	"gMonthDay": {schema.Field{Type: schema.String}, "a day of the year became text"},
	"gDay":      {schema.Field{Type: schema.String}, "a day of the month became text"},
	"gMonth":    {schema.Field{Type: schema.String}, "a month became text"},
	"duration":  {schema.Field{Type: schema.String}, "a duration became text"},
	"hexBinary": {schema.Field{Type: schema.String, Pattern: `([0-9a-fA-F]{2})*`}, "bytes in hexadecimal became text"},
	"IDREFS":    {schema.Field{Type: schema.String}, "a list became text with spaces"},
	"NMTOKENS":  {schema.Field{Type: schema.String}, "a list became text with spaces"},
	"ENTITIES":  {schema.Field{Type: schema.String}, "a list became text with spaces"},
	"NOTATION":  {schema.Field{Type: schema.String}, "a notation became text"},
}

func (b *builder) builtin(from *element, local, at string) (content, error) {
	if f, ok := builtins[local]; ok {
		return content{value: &f}, nil
	}
	if x, ok := inexact[local]; ok {
		b.note(Changed, at, from, x.says)
		return content{value: &x.field}, nil
	}
	return content{}, malformed(from.where(), "XML Schema has no type "+clip(local, 60))
}

// simple expands a simple type.
func (b *builder) simple(e *element, at string) (content, error) {
	if err := b.enter(e); err != nil {
		if len(b.open) == 0 || b.open[len(b.open)-1] != e {
			return content{}, err
		}
	} else {
		defer b.leave()
	}
	if step := e.first(spaceXSD, "list"); step != nil {
		b.note(Changed, at, step, "a list of simple types became text")
		return content{value: &schema.Field{Type: schema.String}}, nil
	}
	if step := e.first(spaceXSD, "union"); step != nil {
		return b.union(step, at)
	}
	step := e.first(spaceXSD, "restriction")
	if step == nil {
		return content{}, malformed(e.where(), "a simple type without restriction, list or union")
	}
	var base content
	var err error
	if name := step.attr("base"); name != "" {
		base, err = b.byName(step, name, at)
	} else if inner := step.first(spaceXSD, "simpleType"); inner != nil {
		base, err = b.simple(inner, at)
	}
	if err != nil {
		return content{}, err
	}
	if base.value == nil {
		return content{}, malformed(step.where(), "a restriction of what is not a simple type")
	}
	b.described(&base.value.Description, e)
	return base, b.facets(step, base.value, at)
}

// union makes one text of several simple types: of listed values, when each type lists its own.
func (b *builder) union(step *element, at string) (content, error) {
	before := len(b.draft.Notes)
	var codes []string
	listed := true
	add := func(member content, err error) error {
		if listed = listed && member.value != nil && len(member.value.Enum) > 0; listed {
			codes = append(codes, member.value.Enum...)
		}
		return err
	}
	for ref := range strings.FieldsSeq(step.attr("memberTypes")) {
		if err := add(b.byName(step, ref, at)); err != nil {
			return content{}, err
		}
	}
	for _, inner := range step.all(spaceXSD, "simpleType") {
		if err := add(b.simple(inner, at)); err != nil {
			return content{}, err
		}
	}
	if !listed {
		b.draft.Notes = b.draft.Notes[:before]
		b.note(Changed, at, step, "a union of simple types became text")
		codes = nil
	}
	return content{value: &schema.Field{Type: schema.String, Enum: codes}}, nil
}

// facets narrow a value (XML Schema part 2, clause 4.3).
func (b *builder) facets(step *element, f *schema.Field, at string) error {
	var enum, patterns, labels []string
	for c := range step.xsd() {
		value := c.attr("value")
		switch c.name.Local {
		case "enumeration":
			enum = append(enum, value)
			if words := c.documentation(b.opt.Lang); words != (mconnect.Text{}) {
				labels = append(labels, value+" = "+inLanguages(words))
			}
		case "pattern":
			patterns = append(patterns, rawPattern(c))
		case "length", "minLength", "maxLength":
			if err := b.length(c, f, at); err != nil {
				return err
			}
		case "minInclusive", "maxInclusive", "minExclusive", "maxExclusive":
			b.bound(c, f, at, value)
		case "totalDigits", "fractionDigits":
			b.note(Lost, at, c, c.name.Local+" "+clip(value, 20))
		}
	}
	if len(labels) > 0 {
		b.note(Decide, at, step, codesMean(labels))
	}
	if len(enum) > 0 && f.Type != schema.Boolean {
		f.Enum = enum
	}
	if len(patterns) > 0 {
		b.pattern(step, f, at, patterns)
	}
	return nil
}

// inLanguages writes the words of all languages, each once.
func inLanguages(t mconnect.Text) string {
	var all []string
	for _, words := range []string{t.RO, t.EN, t.RU} {
		if words != "" {
			all = append(all, clip(words, 200))
		}
	}
	return strings.Join(all, " / ")
}

// rawPattern is a pattern as it is written: white space in it counts.
func rawPattern(e *element) string {
	for _, a := range e.attrs {
		if a.Name.Local == "value" {
			return a.Value
		}
	}
	return ""
}

func (b *builder) length(c *element, f *schema.Field, at string) error {
	n, err := strconv.Atoi(c.attr("value"))
	if err != nil || n < 0 {
		return malformed(c.where(), c.name.Local+" is no number")
	}
	if f.Type != schema.String {
		b.note(Lost, at, c, c.name.Local+" of what is not text")
		return nil
	}
	if c.name.Local != "maxLength" {
		f.MinLength = n
	}
	if c.name.Local != "minLength" {
		if n == 0 {
			b.note(Lost, at, c, "a text that must be empty")
		}
		f.MaxLength = n
	}
	return nil
}

var plainNumber = regexp.MustCompile(`\A[+-]?[0-9]{1,40}(\.[0-9]{1,20})?\z`)

// bound takes over a least or greatest number; an exclusive bound of integers moves by one.
func (b *builder) bound(c *element, f *schema.Field, at, value string) {
	number := f.Type == schema.Integer || f.Type == schema.Decimal
	if !number || !plainNumber.MatchString(value) {
		b.note(Lost, at, c, c.name.Local+" "+clip(value, 40))
		return
	}
	value = strings.TrimPrefix(value, "+")
	if whole, ok := new(big.Int).SetString(value, 10); ok {
		step := map[string]int64{"minExclusive": 1, "maxExclusive": -1}[c.name.Local]
		if f.Type == schema.Integer {
			whole.Add(whole, big.NewInt(step))
		}
		value = whole.String()
	}
	if f.Type == schema.Decimal && strings.HasSuffix(c.name.Local, "Exclusive") {
		b.note(Changed, at, c, "the bound "+value+" itself is allowed now")
	}
	if strings.HasPrefix(c.name.Local, "min") {
		f.Minimum = value
	} else {
		f.Maximum = value
	}
}

// pattern takes over the alternatives of one step; a pattern of an earlier step is replaced, and that is said.
func (b *builder) pattern(step *element, f *schema.Field, at string, patterns []string) {
	var all []string
	for _, p := range patterns {
		translated, ok := fromXSD(p)
		if !ok {
			b.note(Lost, at, step, "the pattern "+strconv.Quote(clip(p, 120)))
			return
		}
		all = append(all, translated)
	}
	if f.Type == schema.Boolean {
		return
	}
	if f.Pattern != "" {
		b.note(Lost, at, step, "the pattern of the base type: one pattern a field")
	}
	f.Pattern = strings.Join(all, "|")
}
