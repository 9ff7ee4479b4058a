package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/jsonschema"
	"mconnect/test/must"
)

func person() schema.Type {
	return schema.Type{Name: "Person", Fields: []schema.Field{
		{Name: "IDNP", Type: schema.IDNP, Mandatory: true, Example: "2999000006393", Description: mconnect.Text{RO: "Numărul", EN: "Number"}},
		{Name: "Employer", Type: schema.IDNO, Nullable: true}, {Name: "Car", Type: schema.IDNV},
		{Name: "Name", Type: schema.String, MinLength: 2, MaxLength: 5, Pattern: `[A-ZȘ][a-z]+`},
		{Name: "Sex", Type: schema.String, Enum: []string{"M", "F", "M"}, Nullable: true},
		{Name: "Born", Type: schema.Date}, {Name: "Seen", Type: schema.DateTime}, {Name: "Photo", Type: schema.Binary},
		{Name: "Children", Type: schema.Integer, Minimum: "0", Maximum: "99"},
		{Name: "Income", Type: schema.Decimal, Minimum: "0.5", Nullable: true},
		{Name: "Alive", Type: schema.Boolean},
		{Name: "Owners", Type: schema.Array, MinLength: 1, MaxLength: 2, Items: &schema.Field{Name: "Owner", Type: schema.Object, Fields: []schema.Field{
			{Name: "Name", Type: schema.String, Mandatory: true},
		}}},
	}}
}

// compile takes a schema as an independent implementation does, meta-schema included.
func compile(t testing.TB, text []byte) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	c.AssertContent()
	must.OK(t, c.AddResource("mem:schema", doc))
	s, err := c.Compile("mem:schema")
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return s
}

func accepts(t testing.TB, s *validator.Schema, text string) error {
	t.Helper()
	v := must.Get(validator.UnmarshalJSON(strings.NewReader(text)))(t)
	return s.Validate(v)
}

func TestSchema_Golden(t *testing.T) {
	got := must.Get(jsonschema.Schema(person(), jsonschema.Options{}))(t)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		must.OK(t, os.WriteFile("testdata/person.json", got, 0o644))
	}
	if want, err := os.ReadFile("testdata/person.json"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the schema is now\n%s\n%v", got, err)
	}
	english, err := jsonschema.Schema(person(), jsonschema.Options{Lang: mconnect.English, Answer: true})
	if err != nil || !bytes.Contains(english, []byte(`"description": "Number"`)) || bytes.Contains(english[:bytes.Index(english, []byte("Owners"))], []byte("required")) {
		t.Errorf("in English: %s %v", english, err)
	}
	if _, err := jsonschema.Schema(schema.Type{Name: "T", Fields: []schema.Field{{Name: "A", Type: "?"}}}, jsonschema.Options{}); fault.From(err).Code != fault.ResourceInvalid {
		t.Error(err)
	}
}

// The schema and the platform agree on what is against the shape.
func TestSchema_BothRefuse(t *testing.T) {
	text := must.Get(jsonschema.Schema(person(), jsonschema.Options{}))(t)
	theirs := compile(t, text)
	ours := must.Get(schema.CompileType(person()))(t)
	for member, valid := range map[string]bool{
		`"Name":"Ion"`: true, `"Name":"ion"`: false, `"Name":"I"`: false, `"Name":"Ionica"`: false, `"Name":null`: false, `"Name":1`: false,
		`"Name":"Ion\n"`: false, `"Sex":"F"`: true, `"Sex":null`: true, `"Sex":"X"`: false, `"Born":"2024-02-29"`: true, `"Born":"2024-02-30"`: false,
		`"Seen":"2024-02-29T00:00:00Z"`: true, `"Seen":"2024-02-29"`: false, `"Photo":"AAEC"`: true, `"Photo":"A"`: false,
		`"Children":7`: true, `"Children":-1`: false, `"Children":100`: false, `"Children":"7"`: false, `"Children":1.5`: false,
		`"Income":1.50`: true, `"Income":"1.50"`: true, `"Income":"1,50"`: false, `"Income":0.1`: false, `"Income":null`: true, `"Income":true`: false,
		`"Alive":true`: true, `"Alive":"true"`: false, `"Owners":[{"Name":"a"}]`: true, `"Owners":[]`: false, `"Owners":[{}]`: false,
		`"Owners":[{"Name":"a"},{"Name":"a"},{"Name":"a"}]`: false, `"Owners":[{"Name":"a","X":1}]`: false, `"Owners":{}`: false,
		`"Employer":null`: true, `"Employer":"2999000006393"`: false, `"Car":"12"`: false, `"Unknown":1`: false,
	} {
		doc := `{"IDNP":"2999000006393",` + member + `}`
		_, our := ours.Read([]byte(doc))
		their := accepts(t, theirs, doc)
		if (our == nil) != valid || (their == nil) != valid {
			t.Errorf("%s: want %v, the platform says %v, the schema %v", member, valid, our, their)
		}
	}
	if accepts(t, theirs, `{}`) == nil {
		t.Error("a mandatory field may be absent")
	}
	answer, err := jsonschema.Schema(person(), jsonschema.Options{Answer: true})
	if err != nil || accepts(t, compile(t, answer), `{}`) != nil {
		t.Error("an answer must have what was not granted", err)
	}
}

// A pattern is there where both dialects read it alike, and nowhere else.
func TestSchema_Patterns(t *testing.T) {
	for pattern, there := range map[string]bool{
		`[0-9]{7}\.[0-9]{3}`: true, `a|b`: true, `(?:ab)+`: true, `\d+`: true, `[^a]{2,}`: true, `a{2}b{1,3}`: true,
		`(?i)a`: false, `^a$`: false, `.`: false, `\s`: false, `\pL`: false, `[[:alpha:]]`: false, `a\-b`: false, `{a`: false,
		`a{x}`: false, `(?P<n>a)`: false, `\x41`: false, ``: false,
	} {
		text, err := jsonschema.Schema(schema.Type{Name: "T", Fields: []schema.Field{{Name: "A", Type: schema.String, Pattern: pattern}}}, jsonschema.Options{})
		if err != nil {
			t.Fatal(pattern, err)
		}
		if bytes.Contains(text, []byte(`"pattern"`)) != there {
			t.Errorf("%s: %s", pattern, text)
		}
		compile(t, text)
	}
}

func drawField(t *rapid.T, name string, depth int) schema.Field {
	bases := []schema.Base{schema.String, schema.Integer, schema.Decimal, schema.Boolean, schema.Date}
	if depth > 0 {
		bases = append(bases, schema.Object, schema.Array, schema.Object, schema.Array)
	}
	f := schema.Field{Name: name, Type: rapid.SampledFrom(bases).Draw(t, "base"), Mandatory: rapid.Bool().Draw(t, "must"), Nullable: rapid.Bool().Draw(t, "null")}
	switch f.Type {
	case schema.Object:
		f.Fields = []schema.Field{drawField(t, "A", depth-1), drawField(t, "B", depth-1)}
	case schema.Array:
		item := drawField(t, "I", depth-1)
		f.Items, f.MaxLength = &item, 2
	case schema.String:
		f.MinLength = rapid.IntRange(0, 2).Draw(t, "least")
	}
	return f
}

func drawValue(t *rapid.T, f schema.Field) any {
	if rapid.IntRange(0, 5).Draw(t, "nil") == 0 {
		return nil
	}
	switch f.Type {
	case schema.Object:
		v := map[string]any{}
		for _, inner := range f.Fields {
			if rapid.IntRange(0, 4).Draw(t, "there") > 0 {
				v[inner.Name] = drawValue(t, inner)
			}
		}
		return v
	case schema.Array:
		v := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			v = append(v, drawValue(t, *f.Items))
		}
		return v
	case schema.Integer:
		return rapid.SampledFrom([]any{1, -7, "1", true, 1.5}).Draw(t, "integer")
	case schema.Decimal:
		return rapid.SampledFrom([]any{1, "1.50", "x", 2.25}).Draw(t, "decimal")
	case schema.Boolean:
		return rapid.SampledFrom([]any{true, false, 0}).Draw(t, "boolean")
	case schema.Date:
		return rapid.SampledFrom([]any{"2024-02-29", "2023-02-29", 5}).Draw(t, "date")
	}
	return rapid.SampledFrom([]any{"", "ă", "țț", "abc", 3}).Draw(t, "text")
}

// Whatever the type and the value, right or wrong: the platform and an independent validator say the same.
func TestSchema_AgreesWithThePlatform(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		typ := schema.Type{Name: "T", Fields: []schema.Field{drawField(rt, "X", 3), drawField(rt, "Y", 2)}}
		text := must.Get(jsonschema.Schema(typ, jsonschema.Options{}))(rt)
		theirs := compile(t, text)
		ours := must.Get(schema.CompileType(typ))(rt)
		for range 5 {
			v := drawValue(rt, schema.Field{Type: schema.Object, Fields: typ.Fields})
			if v == nil {
				continue
			}
			doc := must.Get(json.Marshal(v))(rt)
			_, our := ours.Read(doc)
			if their := accepts(t, theirs, string(doc)); (our == nil) != (their == nil) {
				rt.Fatalf("%s\n%s\nthe platform says %v, the schema %v", text, doc, our, fmt.Sprint(their))
			}
		}
	})
}
