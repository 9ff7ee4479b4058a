package jsonschema_test

import (
	"fmt"
	"strings"
	"testing"

	checker "github.com/santhosh-tekuri/jsonschema/v6"

	"mconnect"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/jsonschema"
	"mconnect/test/must"
)

// coded is a type with a field of a classifier of n codes, next to one of an enum.
func coded(t *testing.T, n int, nullable bool) schema.Type {
	t.Helper()
	c := schema.Classifier{Code: "kind", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "Feluri", EN: "Kinds"}}
	for i := range n {
		c.Entries = append(c.Entries, schema.Entry{Code: fmt.Sprintf("K%d", i), Label: mconnect.Text{RO: fmt.Sprintf("felul %d", i), EN: fmt.Sprintf("kind %d", i)}})
	}
	fields, _, found := schema.NewLibrary().With(c).Resolve([]schema.Field{
		{Name: "Kind", Type: schema.String, Classifier: "kind", Nullable: nullable, MaxLength: 5}, {Name: "Other", Type: schema.String, Enum: []string{"x"}},
	})
	if len(found) > 0 {
		t.Fatal(found)
	}
	return schema.Type{Name: "Coded", Fields: fields}
}

// TestSchema_ClassifierIsEnumerated: the schema judges a text as the platform does, and says what each code means.
func TestSchema_ClassifierIsEnumerated(t *testing.T) {
	for _, nullable := range []bool{false, true} {
		for _, n := range []int{2, schema.MaxListed + 1} {
			ty := coded(t, n, nullable)
			text := must.Get(jsonschema.Schema(ty, jsonschema.Options{Lang: mconnect.English}))(t)
			listed := n <= schema.MaxListed
			if !strings.Contains(string(text), `"x-classifier": "kind/1.0.0"`) || strings.Contains(string(text), `"kind 1"`) != listed ||
				strings.Contains(string(text), "Classifier kind/1.0.0: Kinds") == listed {
				t.Errorf("%d codes: %.600s", n, text)
			}
			document := must.Get(checker.UnmarshalJSON(strings.NewReader(string(text))))(t)
			compiler := checker.NewCompiler()
			must.OK(t, compiler.AddResource("coded.json", document))
			doc := must.Get(compiler.Compile("coded.json"))(t)
			shape := must.Get(schema.CompileType(ty))(t)
			for _, value := range []string{`"K0"`, `"K1"`, `"k1"`, `"K99999"`, `""`, `null`, `1`} {
				message := `{"Kind":` + value + `}`
				v := must.Get(checker.UnmarshalJSON(strings.NewReader(message)))(t)
				_, refused := shape.Read([]byte(message))
				agrees := (doc.Validate(v) == nil) == (refused == nil)
				if short := len(value) <= 7; !agrees && (listed || (short && value != `"k1"` && value != `""`)) {
					t.Errorf("%d codes, nullable %t, %s: the platform says %v", n, nullable, value, refused)
				}
			}
		}
	}
}
