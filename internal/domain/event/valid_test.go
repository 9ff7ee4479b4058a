package event

import (
	"fmt"
	"strings"
	"testing"
)

// ready compiles a schema for tests.
func ready(t interface{ Fatalf(string, ...any) }, text string) *Schema {
	s, err := CompileSchema([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// validCases are schemas with data that are valid.
var validCases = []struct {
	schema string
	data   []string
}{
	{`{}`, []string{`1`, `"e"`, ` {"a":[1,{"e":null}],"b":true} `, `-17.25`}},
	{`true`, []string{`null`, `[]`}},
	{`{"type":"integer","minimum":-1,"maximum":9}`, []string{`-1`, `9`, `-0`}},
	{`{"type":["number","null"]}`, []string{`0.1`, `1`, `null`}},
	{`{"type":"string","minLength":2,"maxLength":3}`, []string{`"ab"`, `"aăâ"`, `"\u0103\n"`}},
	{`{"type":"string","pattern":"^[A-Z]+$"}`, []string{`"AB"`, `"\u0041"`}},
	{`{"format":"date"}`, []string{`"2026-02-28"`}},
	{`{"enum":["a","ș"]}`, []string{`"a"`, `"\u0219"`}},
	{`{"const":"a","type":"string"}`, []string{`"a"`}},
	{`{"type":"object","required":["a","b"],"properties":{"a":{"type":"string"}}}`, []string{`{"b":1,"a":"x","c":[]}`}},
	{`{"properties":{"a":{}},"additionalProperties":false}`, []string{`{}`, `{"a":1}`, `1`}},
	{`{"additionalProperties":{"type":"boolean"},"required":["x"]}`, []string{`{"x":true,"y":false}`}},
	{`{"items":{"type":"string"},"minItems":1,"maxItems":2}`, []string{`["a"]`, `["a","b"]`, `{}`}},
	{`{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","properties":{"n":{"type":"integer"}}}},"required":["n"]}`, []string{`{"n":1}`}},
	{`{"allOf":[{"required":["a"]},{"properties":{"a":{"type":"null"}}}]}`, []string{`{"a":null}`}},
}

func TestSchema_AcceptsWhatIsValid(t *testing.T) {
	for _, c := range validCases {
		s := ready(t, c.schema)
		for _, data := range c.data {
			if found := s.Check([]byte(data)); len(found) > 0 {
				t.Errorf("%s: %s is invalid: %v", c.schema, data, found)
			}
		}
	}
}

// TestSchema_BoundsOfManyMembers: each of many members keeps its own bound.
func TestSchema_BoundsOfManyMembers(t *testing.T) {
	for _, n := range []int{12, 13, 64, 65} {
		var properties, members []string
		for i := range n {
			properties = append(properties, fmt.Sprintf(`"m%d":{"type":"integer","maximum":%d}`, i, i))
			members = append(members, fmt.Sprintf(`"m%d":%d`, i, i))
		}
		s := ready(t, `{"properties":{`+strings.Join(properties, ",")+`}}`)
		if found := s.Check([]byte(`{` + strings.Join(members, ",") + `}`)); len(found) > 0 {
			t.Errorf("%d members: %v", n, found)
		}
		if len(s.Check([]byte(`{"m7":8}`))) != 1 {
			t.Errorf("%d members: one beyond its bound is accepted", n)
		}
	}
}

// TestSchema_ReferencesDoNotMultiply: each definition leads twice to the next, 30 times.
func TestSchema_ReferencesDoNotMultiply(t *testing.T) {
	var defs []string
	for i := range 30 {
		defs = append(defs, fmt.Sprintf(`"d%d":{"properties":{"a":{"$ref":"#/$defs/d%d"},"b":{"$ref":"#/$defs/d%d"}}}`, i, i+1, i+1))
	}
	s := ready(t, `{"$ref":"#/$defs/d0","$defs":{`+strings.Join(defs, ",")+`,"d30":{}}}`)
	if found := s.Check([]byte(`{"a":{"b":1}}`)); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

// BenchmarkSchema_Check validates an event such as the sample country's, of about 700 bytes.
func BenchmarkSchema_Check(b *testing.B) {
	s := ready(b, `{"type":"object","required":["Number","Status"],"properties":{"Number":{"type":"string","maxLength":20},`+
		`"Status":{"type":"string","enum":["valid","invalid"]},"Holder":{"type":"object","properties":{"City":{"type":"string"}}}}}`)
	data := []byte(`{"Number":"B0000001","Status":"valid","Holder":{"City":"Orhei"},"Remark":"` + strings.Repeat("x", 600) + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Check(data)) > 0 {
			b.Fatal("invalid")
		}
	}
}
