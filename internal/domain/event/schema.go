package event

import (
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"mconnect/fault"
)

// Schema is a JSON Schema compiled once. It is safe for concurrent use.
type Schema struct {
	compiled *jsonschema.Schema
	fields   *fieldTree // what it declares, for granting and comparing
}

// schemaURL is the address of a schema while it is compiled. Nothing can be loaded from there.
const schemaURL = "https://schema.invalid/event"

// noLoader refuses every reference out of the schema: no request ever leaves because of a document.
type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(string) (any, error) { return nil, errRemote }

var errRemote = errors.New("a reference leads out of the schema")

// CompileSchema compiles a JSON Schema of draft 6, 7, 2019-09 or 2020-12, recognised by $schema or else by its
// keywords. Formats are asserted. References lead inside the schema only. The error is for people, bounded.
func CompileSchema(text []byte) (*Schema, error) {
	document, err := readJSON(text)
	if err != nil {
		return nil, bounded(err)
	}
	draft, err := draftOf(document)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(draft)
	c.UseLoader(noLoader{})
	c.AssertFormat()
	if err := c.AddResource(schemaURL, document); err != nil {
		return nil, bounded(err)
	}
	compiled, err := c.Compile(schemaURL)
	if errors.Is(err, errRemote) {
		return nil, errRemote
	}
	if err != nil {
		return nil, bounded(err)
	}
	return &Schema{compiled, fieldsOf(document)}, nil
}

// bounded writes a library's error on one line of at most 300 bytes.
func bounded(err error) error {
	s := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), schemaURL, "schema")), " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return errors.New(s)
}

var drafts = map[string]*jsonschema.Draft{
	"http://json-schema.org/draft-06/schema":       jsonschema.Draft6,
	"http://json-schema.org/draft-07/schema":       jsonschema.Draft7,
	"https://json-schema.org/draft-07/schema":      jsonschema.Draft7,
	"https://json-schema.org/draft-06/schema":      jsonschema.Draft6,
	"https://json-schema.org/draft/2019-09/schema": jsonschema.Draft2019,
	"https://json-schema.org/draft/2020-12/schema": jsonschema.Draft2020,
}

// marks are keywords that appeared with a draft (release notes of json-schema.org); what no later draft knows under
// that name marks the older one.
var marks = []struct {
	draft *jsonschema.Draft
	words []string
}{
	{jsonschema.Draft2020, []string{"prefixItems", "$dynamicRef", "$dynamicAnchor"}},
	{jsonschema.Draft2019, []string{"$recursiveRef", "$recursiveAnchor", "unevaluatedItems", "unevaluatedProperties",
		"dependentRequired", "dependentSchemas", "minContains", "maxContains", "$anchor", "$defs", "$vocabulary"}},
	{jsonschema.Draft7, []string{"if", "then", "else", "readOnly", "writeOnly", "$comment", "contentEncoding",
		"contentMediaType", "definitions", "dependencies", "additionalItems"}},
}

// draftOf recognises the draft by $schema, else by the newest keyword that stands where a schema can stand, else it is
// 2020-12: without a mark all of them read the schema alike.
func draftOf(document any) (*jsonschema.Draft, error) {
	root, ok := document.(map[string]any)
	if stated, found := root["$schema"]; ok && found {
		name, _ := stated.(string)
		if d := drafts[strings.TrimSuffix(name, "#")]; d != nil {
			return d, nil
		}
		return nil, errors.New("$schema names none of the drafts 6, 7, 2019-09 and 2020-12")
	}
	seen := map[string]bool{}
	keywords(document, seen)
	for _, m := range marks {
		for _, word := range m.words {
			if seen[word] {
				return m.draft, nil
			}
		}
	}
	return jsonschema.Draft2020, nil
}

// named are the keywords below which member names are names of the author, not keywords.
var named = map[string]bool{
	"properties": true, "patternProperties": true, "definitions": true, "$defs": true, "dependentSchemas": true,
	"dependencies": true,
}

// keywords gathers the keywords of a schema and all schemas below it.
func keywords(schema any, seen map[string]bool) {
	switch s := schema.(type) {
	case []any:
		for _, item := range s {
			keywords(item, seen)
		}
	case map[string]any:
		for word, value := range s {
			seen[word] = true
			inner, isMap := value.(map[string]any)
			switch {
			case word == "enum" || word == "const" || word == "default" || word == "examples":
			case named[word] && isMap:
				for _, sub := range inner {
					keywords(sub, seen)
				}
			default:
				keywords(value, seen)
			}
		}
	}
}

// Draft reports which draft the schema is read by: "6", "7", "2019-09" or "2020-12".
func (s *Schema) Draft() string {
	switch s.compiled.DraftVersion {
	case 6, 7:
		return fmt.Sprint(s.compiled.DraftVersion)
	case 2019:
		return "2019-09"
	}
	return "2020-12"
}

// Check reports where data is against the schema, or not JSON at all. Nothing found: it is valid.
func (s *Schema) Check(data []byte) []fault.FieldError {
	value, err := readJSON(data)
	if err != nil {
		return []fault.FieldError{{Code: fault.MessageMalformed,
			Params: map[string]string{"what": "JSON: " + bounded(err).Error()}}}
	}
	err = s.compiled.Validate(value)
	if err == nil {
		return nil
	}
	var against *jsonschema.ValidationError
	if !errors.As(err, &against) {
		return []fault.FieldError{{Code: fault.EventRule, Params: map[string]string{"rule": "?"}}}
	}
	var found fault.Findings
	explain(&found, against)
	sort.SliceStable(found, func(i, j int) bool { return found[i].Path < found[j].Path })
	return found[:min(len(found), fault.MaxFields)]
}

// maxExplained bounds how many causes of one refusal are looked at.
const maxExplained = 200

// explain notes the innermost causes: they are what can be corrected.
func explain(found *fault.Findings, e *jsonschema.ValidationError) {
	if len(*found) >= maxExplained {
		return
	}
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not, *kind.Contains, *kind.MinContains, *kind.MaxContains, *kind.PropertyNames:
		note(found, e) // the alternatives themselves would only confuse
		return
	}
	if len(e.Causes) == 0 {
		note(found, e)
	}
	for _, cause := range e.Causes {
		explain(found, cause)
	}
}

// note turns one cause into a finding. The value itself is never repeated: it may be personal data.
func note(found *fault.Findings, e *jsonschema.ValidationError) {
	path := pointer(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			found.Add(path+pointer([]string{name}), fault.InputMissing)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			found.Add(path+pointer([]string{name}), fault.InputUnknownField)
		}
	case *kind.FalseSchema:
		found.Add(path, fault.InputUnknownField)
	case *kind.Type:
		found.Add(path, fault.InputType, "want", strings.Join(k.Want, " | "))
	case *kind.Enum:
		found.Add(path, fault.InputEnum, "values", listed(k.Want))
	case *kind.Const:
		found.Add(path, fault.InputEnum, "values", listed([]any{k.Want}))
	case *kind.MinLength:
		found.Add(path, fault.InputLength, "min", fmt.Sprint(k.Want), "max", "…")
	case *kind.MaxLength:
		found.Add(path, fault.InputLength, "min", "0", "max", fmt.Sprint(k.Want))
	case *kind.Pattern:
		found.Add(path, fault.InputPattern, "pattern", k.Want)
	case *kind.Format:
		found.Add(path, fault.InputFormat, "want", k.Want)
	case *kind.Minimum:
		found.Add(path, fault.InputRange, "min", number(k.Want), "max", "…")
	case *kind.ExclusiveMinimum:
		found.Add(path, fault.InputRange, "min", "> "+number(k.Want), "max", "…")
	case *kind.Maximum:
		found.Add(path, fault.InputRange, "min", "…", "max", number(k.Want))
	case *kind.ExclusiveMaximum:
		found.Add(path, fault.InputRange, "min", "…", "max", "< "+number(k.Want))
	default:
		rule := "not" // the only rule of which the library does not say the keyword
		if words := e.ErrorKind.KeywordPath(); len(words) > 0 {
			rule = words[len(words)-1]
		}
		found.Add(path, fault.EventRule, "rule", rule)
	}
}

func number(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return fmt.Sprint(f)
}

// listed writes allowed values, which the schema states, bounded.
func listed(values []any) string {
	var shown []string
	for i, v := range values {
		if i == 20 {
			shown = append(shown, "…")
			break
		}
		shown = append(shown, fmt.Sprint(v))
	}
	return strings.Join(shown, ", ")
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer writes a JSON pointer (RFC 6901).
func pointer(steps []string) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteByte('/')
		_, _ = escape.WriteString(&b, s) // a Builder does not fail
	}
	return b.String()
}
