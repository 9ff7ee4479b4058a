package jsonschema_test

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/jsonschema"
	"mconnect/test/must"
)

func TestSchema_Writer(t *testing.T) {
	w := jsonschema.NewWriter()
	w.Object("", func() {
		w.String("text", "<ș\xff>")
		w.Said("nothing", "  ")
		w.Said("something", " a ")
		w.Int("int", -1)
		w.Bool("bool", true)
		w.Number("number", "1.50")
		w.Value("value", map[string]any{"b": 1, "a": []int{2}})
		w.Value("no value", math.NaN())
		w.Strings("texts", "x", "y")
		w.Array("empty", func() {})
	})
	got, err := w.Bytes()
	want := `{"text":"<ș�>","something":"a","int":-1,"bool":true,"number":1.50,"value":{"a":[2],"b":1},"texts":["x","y"],"empty":[]}`
	if err != nil || squeezed(t, got) != want {
		t.Errorf("wrote %s, %v\nwant %s", squeezed(t, got), err, want)
	}
	w = jsonschema.NewWriter()
	w.Object("", func() { w.Int("a", 1); w.Int("a", 2) })
	if _, err := w.Bytes(); err == nil {
		t.Error("a name may come twice")
	}
	w = jsonschema.NewWriter()
	w.Number("", "01")
	if _, err := w.Bytes(); err == nil {
		t.Error("no number was written as one")
	}
}

// squeezed leaves out white space between tokens.
func squeezed(t testing.TB, doc []byte) string {
	t.Helper()
	var out []byte
	inText := false
	for i, c := range doc {
		if c == '"' && (i == 0 || doc[i-1] != '\\') {
			inText = !inText
		}
		if inText || (c != ' ' && c != '\n') {
			out = append(out, c)
		}
	}
	if !json.Valid(out) {
		t.Errorf("no JSON: %s", out)
	}
	return string(out)
}

// Members arrive declared order, whatever their names, and examples of any kind do no harm.
func TestSchema_OrderAndExamples(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z][a-z]{0,4}`), 1, 6, rapid.ID).Draw(rt, "names")
		typ := schema.Type{Name: "T"}
		for _, name := range names {
			typ.Fields = append(typ.Fields, schema.Field{
				Name: name, Type: schema.String, Mandatory: true, Description: mconnect.Text{RO: rapid.String().Draw(rt, "description")},
				Example: rapid.SampledFrom([]any{nil, "x", 1, map[string]any{"a": []any{nil}}, math.Inf(1)}).Draw(rt, "example"),
			})
		}
		text := must.Get(jsonschema.Schema(typ, jsonschema.Options{}))(rt)
		var read struct {
			Required   []string
			Properties map[string]any
		}
		must.OK(rt, json.Unmarshal(text, &read))
		if len(read.Properties) != len(names) {
			rt.Fatalf("%d properties of %d fields", len(read.Properties), len(names))
		}
		for i, name := range names {
			if read.Required[i] != name {
				rt.Fatalf("required %v, declared %v", read.Required, names)
			}
		}
		compile(t, text)
	})
}
