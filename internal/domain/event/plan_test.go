package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ready compiles a schema for tests.
func ready(t interface{ Fatalf(string, ...any) }, text string) *Schema {
	s, err := CompileSchema([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// planCases are schemas with data that the plan accepts by itself, and data that it must leave to the full check.
var planCases = []struct {
	schema   string
	yes, not []string
}{
	{`{}`, []string{`1`, `"e"`, ` {"a":[1,{"e":null}],"b":true} `, `-17.25`}, []string{``, `{`, `{"a":1,"a":2}`, `1e5`, `[1] x`, `12345678901234567890`}},
	{`true`, []string{`null`, `[]`}, []string{`nul`}},
	{`false`, nil, []string{`null`}},
	{`{"type":"integer","minimum":-1,"maximum":9}`, []string{`-1`, `9`, `-0`}, []string{`-2`, `10`, `1.0`, `true`, `"1"`, `01`}},
	{`{"type":"number","maximum":0.5}`, nil, []string{`0.1`, `0.6`}},
	{`{"type":["number","null"]}`, []string{`0.1`, `1`, `null`}, []string{`false`, `[]`, `1E1`}},
	{`{"type":"string","minLength":2,"maxLength":3}`, []string{`"ab"`, `"aăâ"`, `"\u0103\n"`}, []string{`"a"`, `"abcd"`, `"\u0103"`, `"\ud800"`}},
	{`{"type":"string","pattern":"^[A-Z]+$"}`, []string{`"AB"`, `"\u0041"`}, []string{`"Ab"`, `""`}},
	{`{"format":"date"}`, []string{`"2026-02-28"`}, []string{`"2026-02-30"`, `"x"`, `1`}},
	{`{"enum":["a","ș"]}`, []string{`"a"`, `"\u0219"`}, []string{`"b"`, `1`, `null`}},
	{`{"enum":["a",1]}`, nil, []string{`"a"`, `1`, `2`}},
	{`{"const":"a","type":"string"}`, []string{`"a"`}, []string{`"A"`}},
	{`{"type":"object","required":["a","b"],"properties":{"a":{"type":"string"}}}`, []string{`{"b":1,"a":"x","c":[]}`}, []string{`{"a":"x"}`, `{"a":1,"b":1}`, `{"b":1,"b":1,"a":"x"}`, `[]`}},
	{`{"properties":{"a":{}},"additionalProperties":false}`, []string{`{}`, `{"a":1}`, `1`}, []string{`{"b":1}`}},
	{`{"additionalProperties":{"type":"boolean"},"required":["x"]}`, []string{`{"x":true,"y":false}`}, []string{`{"x":1}`, `{"y":true}`}},
	{`{"items":{"type":"string"},"minItems":1,"maxItems":2}`, []string{`["a"]`, `["a","b"]`, `{}`}, []string{`[]`, `[1]`, `["a","b","c"]`}},
	{`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}`, nil, []string{`["a"]`, `[1]`}},
	{`{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","properties":{"n":{"type":"integer"}}}},"required":["n"]}`, []string{`{"n":1}`}, []string{`{}`, `{"n":"x"}`}},
	{`{"allOf":[{"required":["a"]},{"properties":{"a":{"type":"null"}}}]}`, []string{`{"a":null}`}, []string{`{"a":1}`, `{}`}},
	{`{"properties":{"next":{"$ref":"#"}}}`, nil, []string{`{}`, `{"next":1}`}},
	{`{"not":{"type":"string"}}`, nil, []string{`1`, `"a"`}},
	{`{"uniqueItems":true}`, nil, []string{`[1]`, `[1,1]`}},
}

func TestPlanAcceptsWhatIsSurelyValid(t *testing.T) {
	for _, c := range planCases {
		s := ready(t, c.schema)
		for _, data := range c.yes {
			if !s.plan.accepts([]byte(data)) {
				t.Errorf("%s does not accept %s by its plan", c.schema, data)
			}
			if found := s.checkFully([]byte(data)); len(found) > 0 {
				t.Errorf("%s: %s is invalid: %v", c.schema, data, found)
			}
		}
		for _, data := range c.not {
			if s.plan.accepts([]byte(data)) {
				t.Errorf("%s accepts %s by its plan", c.schema, data)
			}
		}
	}
}

// TestPlanKnowsManyMembers: the members of a large object are looked up, those of one too large are left to the full check.
func TestPlanKnowsManyMembers(t *testing.T) {
	for _, n := range []int{fewMembers, fewMembers + 1, maxMembers, maxMembers + 1} {
		var properties, members []string
		for i := range n {
			properties = append(properties, fmt.Sprintf(`"m%d":{"type":"integer","maximum":%d}`, i, i))
			members = append(members, fmt.Sprintf(`"m%d":%d`, i, i))
		}
		s := ready(t, `{"properties":{`+strings.Join(properties, ",")+`}}`)
		if got, want := s.plan.accepts([]byte(`{`+strings.Join(members, ",")+`}`)), n <= maxMembers; got != want {
			t.Errorf("%d members: %v, want %v", n, got, want)
		}
		if s.plan.accepts([]byte(`{"m7":8}`)) {
			t.Errorf("%d members: one beyond its bound is accepted", n)
		}
	}
}

// TestPlansAreBounded: each definition leads twice to the next, 30 times; without a bound that were a thousand million plans.
func TestPlansAreBounded(t *testing.T) {
	var defs []string
	for i := range 30 {
		defs = append(defs, fmt.Sprintf(`"d%d":{"properties":{"a":{"$ref":"#/$defs/d%d"},"b":{"$ref":"#/$defs/d%d"}}}`, i, i+1, i+1))
	}
	s := ready(t, `{"$ref":"#/$defs/d0","$defs":{`+strings.Join(defs, ",")+`,"d30":{}}}`)
	if s.plan != nil {
		t.Error("there is a plan")
	}
	if found := s.Check([]byte(`{"a":{"b":1}}`)); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

// TestPlanNeverAcceptsTheInvalid plays random schemas and data against the full check.
func TestPlanNeverAcceptsTheInvalid(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		schema, err := json.Marshal(aSchema(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		s := ready(t, string(schema))
		for range 5 {
			data, err := json.Marshal(aValue(t, 3))
			if err != nil {
				t.Fatal(err)
			}
			if !s.plan.accepts(data) {
				continue
			}
			accepted++
			if found := s.checkFully(data); len(found) > 0 {
				t.Fatalf("the plan of %s accepts %s: %v", schema, data, found)
			}
		}
	})
	if accepted < 20 {
		t.Errorf("the plans accepted %d times only", accepted)
	}
}

var (
	someNames = rapid.SampledFrom([]string{"a", "b", "c"})
	someTexts = rapid.SampledFrom([]string{"", "a", "ab", "ăâ", "2026-01-02", "e5", "\"\\"})
	someTypes = rapid.SampledFrom([]string{"null", "boolean", "integer", "number", "string", "array", "object"})
)

// aSchema draws a schema, as it is before it is JSON.
func aSchema(t *rapid.T, depth int) any {
	s := map[string]any{}
	may := func(word string, value func() any) {
		if rapid.IntRange(0, 4).Draw(t, word) == 0 {
			s[word] = value()
		}
	}
	small := func() any { return rapid.IntRange(0, 3).Draw(t, "bound") }
	may("type", func() any { return someTypes.Draw(t, "type") })
	may("enum", func() any { return []any{someTexts.Draw(t, "one"), someTexts.Draw(t, "other") + "x"} })
	may("minLength", small)
	may("maxLength", small)
	may("minimum", small)
	may("maximum", func() any { return 1.5 * float64(small().(int)) })
	may("minItems", small)
	may("maxItems", small)
	may("format", func() any { return "date" })
	may("pattern", func() any { return "a" })
	may("required", func() any { return []any{someNames.Draw(t, "needed")} })
	if depth == 0 {
		return s
	}
	sub := func() any { return aSchema(t, depth-1) }
	may("items", sub)
	may("additionalProperties", func() any {
		if rapid.Bool().Draw(t, "closed") {
			return false
		}
		return sub()
	})
	may("allOf", func() any { return []any{sub(), sub()} })
	may("not", sub)
	may("properties", func() any {
		return map[string]any{someNames.Draw(t, "name"): sub(), someNames.Draw(t, "name"): sub()}
	})
	return s
}

// aValue draws data.
func aValue(t *rapid.T, depth int) any {
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "truth")
	case 2:
		return rapid.IntRange(-2, 5).Draw(t, "number")
	case 3:
		return float64(rapid.IntRange(-4, 9).Draw(t, "number")) / 2
	case 4:
		return someTexts.Draw(t, "text")
	case 5:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") * min(depth, 1) {
			list = append(list, aValue(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "size") * min(depth, 1) {
		object[someNames.Draw(t, "member")] = aValue(t, depth-1)
	}
	return object
}

// FuzzPlan holds the plans to the full check, on any text.
func FuzzPlan(f *testing.F) {
	for i, c := range planCases {
		for _, data := range append(c.yes, c.not...) {
			f.Add(uint(i), []byte(data))
		}
	}
	f.Fuzz(func(t *testing.T, which uint, data []byte) {
		c := planCases[which%uint(len(planCases))]
		s := ready(t, c.schema)
		if s.plan.accepts(data) {
			if found := s.checkFully(data); len(found) > 0 {
				t.Errorf("the plan of %s accepts %q: %v", c.schema, data, found)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	s := ready(b, `{"type":"object","required":["Number","Status"],"properties":{"Number":{"type":"string","maxLength":20},"Status":{"type":"string","enum":["valid","invalid"]},"Holder":{"type":"object","properties":{"City":{"type":"string"}}}}}`)
	data := []byte(`{"Number":"B0000001","Status":"valid","Holder":{"City":"Orhei"},"Remark":"` + strings.Repeat("x", 600) + `"}`)
	for name, check := range map[string]func() int{
		"planned": func() int { return len(s.Check(data)) }, "fully": func() int { return len(s.checkFully(data)) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if check() > 0 {
					b.Fatal("invalid")
				}
			}
		})
	}
}
