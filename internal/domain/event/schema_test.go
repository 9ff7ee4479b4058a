package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// TestSchema_DraftsAreRecognised: by $schema, else by keywords that appeared with a draft.
func TestSchema_DraftsAreRecognised(t *testing.T) {
	for text, want := range map[string]string{
		`{"$schema":"http://json-schema.org/draft-06/schema#"}`:      "6",
		`{"$schema":"http://json-schema.org/draft-06/schema"}`:       "6",
		`{"$schema":"http://json-schema.org/draft-07/schema#"}`:      "7",
		`{"$schema":"https://json-schema.org/draft/2019-09/schema"}`: "2019-09",
		`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`: "2020-12",
		`{}`:                       "2020-12",
		`true`:                     "2020-12",
		`{"definitions":{"a":{}}}`: "7",
		`{"if":{},"then":{}}`:      "7",
		`{"$defs":{"a":{}}}`:       "2019-09",
		`{"properties":{"a":{"dependentRequired":{"b":["c"]}}}}`:              "2019-09",
		`{"prefixItems":[{}],"$defs":{}}`:                                     "2020-12",
		`{"allOf":[{"prefixItems":[{}]}]}`:                                    "2020-12",
		`{"properties":{"$defs":{},"if":{},"definitions":{}}}`:                "2020-12", // names of the author
		`{"enum":[{"if":1}],"const":{"definitions":1},"default":{"$defs":1}}`: "2020-12", // values
		`{"properties":{"a":{"additionalItems":false,"items":[{}]}}}`:         "7",
		`{"properties":{"a":{"type":"object","dependencies":{"x":["y"]}}}}`:   "7",
	} {
		if got := compile(t, text).Draft(); got != want {
			t.Errorf("%s is read as %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{
		`{"$schema":"http://json-schema.org/draft-04/schema#"}`, `{"$schema":"https://example.md/own"}`, `{"$schema":1}`,
	} {
		if _, err := event.CompileSchema([]byte(text)); err == nil {
			t.Errorf("%s compiles", text)
		}
	}
}

// TestSchema_DraftsDiffer: the same keyword means what its draft says.
func TestSchema_DraftsDiffer(t *testing.T) {
	tuple := `{%s"properties":{"a":{"items":[{"type":"integer"}],"additionalItems":{"type":"string"}}}}`
	old := compile(t, fmt.Sprintf(tuple, `"$schema":"http://json-schema.org/draft-06/schema#",`))
	sameLines(t, old.Check([]byte(`{"a":[1,2]}`)), "/a/1 input.type")
	newer := compile(t, `{"properties":{"a":{"prefixItems":[{"type":"integer"}],"items":{"type":"string"}}}}`)
	sameLines(t, newer.Check([]byte(`{"a":[1,2]}`)), "/a/1 input.type")
	if got := newer.Check([]byte(`{"a":[1,"x"]}`)); got != nil {
		t.Errorf("%v", got)
	}
	needs := compile(t, `{"dependentRequired":{"a":["b"]},"unevaluatedProperties":false,"properties":{"a":{},"b":{}}}`)
	sameLines(t, needs.Check([]byte(`{"a":1}`)), "event.rule")
	sameLines(t, needs.Check([]byte(`{"c":1}`)), "/c input.unknownField")
}

func TestSchema_LoadsNothing(t *testing.T) {
	for _, ref := range []string{"https://example.md/other.json", "file:///etc/passwd", "other.json", "http://127.0.0.1/x", "urn:x"} {
		_, err := event.CompileSchema(fmt.Appendf(nil, `{"$ref":%q}`, ref))
		if err == nil {
			t.Errorf("%s is followed", ref)
		}
	}
	for _, text := range []string{
		``, `{`, `1`, `"x"`, `{"type":"objekt"}`, `{"pattern":"("}`, `{"$ref":"#/nowhere"}`, `{"type":1}`, `{"minimum":"1"}`, `{"a":1,"a":2}`, `{} {}`,
		strings.Repeat(`{"not":`, 80) + `{}` + strings.Repeat(`}`, 80),
	} {
		if _, err := event.CompileSchema([]byte(text)); err == nil {
			t.Errorf("%.60s compiles", text)
		} else if len(err.Error()) > 310 || strings.Contains(err.Error(), "\n") {
			t.Errorf("an error that nobody reads: %q", err)
		}
	}
}

func TestSchema_Findings(t *testing.T) {
	for _, c := range []struct{ schema, data, want string }{
		{`{"minLength":3}`, `"ab"`, "input.length"}, {`{"maxLength":1}`, `"ab"`, "input.length"},
		{`{"const":1}`, `2`, "input.enum"}, {`{"exclusiveMinimum":1}`, `1`, "input.range"}, {`{"exclusiveMaximum":1}`, `1`, "input.range"},
		{`{"maximum":1.5}`, `2`, "input.range"}, {`{"multipleOf":2}`, `3`, "event.rule"}, {`{"minItems":1}`, `[]`, "event.rule"},
		{`{"uniqueItems":true}`, `[1,1]`, "event.rule"}, {`{"anyOf":[{"type":"string"},{"minimum":3}]}`, `1`, "event.rule"},
		{`{"oneOf":[{"type":"string"},{"type":"null"}]}`, `1`, "event.rule"}, {`{"not":{}}`, `1`, "event.rule"},
		{`{"contains":{"const":1}}`, `[2]`, "event.rule"}, {`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, "event.rule"},
		{`{"format":"date-time"}`, `"yesterday"`, "input.format"}, {`{"format":"email"}`, `"x"`, "input.format"}, {`false`, `1`, "input.unknownField"},
		{`{"type":["string","null"]}`, `1`, "input.type"}, {`{"minProperties":1}`, `{}`, "event.rule"},
	} {
		got := compile(t, c.schema).Check([]byte(c.data))
		if len(got) != 1 || string(got[0].Code) != c.want || got[0].Path != "" {
			t.Errorf("%s on %s: %v, want %s", c.schema, c.data, got, c.want)
			continue
		}
		for _, v := range got[0].Params {
			if v == "?" {
				t.Errorf("%s: the rule has no name", c.schema)
			}
		}
	}
}

// TestSchema_NumbersKeepTheirText: an integer beyond 2^53 is judged as written.
func TestSchema_NumbersKeepTheirText(t *testing.T) {
	s := compile(t, `{"type":"integer","maximum":9007199254740993}`)
	if got := s.Check([]byte(`9007199254740993`)); got != nil {
		t.Errorf("%v", got)
	}
	sameLines(t, s.Check([]byte(`9007199254740994`)), "input.range")
	sameLines(t, s.Check([]byte(`1e400`)), "input.range")
	for _, n := range []string{"1e401", "1e999999", "-1E+999999999999999999999", "1e-401", strings.Repeat("9", 129), "0." + strings.Repeat("1", 200)} {
		sameLines(t, s.Check([]byte("["+strings.Repeat(n+",", 5000)+n+"]")), "message.malformed")
	}
}

func TestSchema_FindingsAreBounded(t *testing.T) {
	s := compile(t, `{"items":{"type":"string"}}`)
	data := must.Get(json.Marshal(make([]int, 5000)))(t)
	if got := s.Check(data); len(got) != 20 {
		t.Errorf("%d findings", len(got))
	}
	sameLines(t, s.Check([]byte("["+strings.Repeat("1,", 500_000)+"1]")), "message.malformed")
}

func TestSchema_Has(t *testing.T) {
	s := compile(t, `{
	  "properties": {
	    "A": {"properties": {"B": {"type": "string"}}},
	    "L": {"type": "array", "items": {"type": "array", "items": {"$ref": "#/$defs/P"}}},
	    "O": {"oneOf": [{"properties": {"X": {}}}, {"properties": {"Y": {}}}]},
	    "Z": {"allOf": [{"$ref": "#/$defs/P"}, {"properties": {"Q": {}}}], "if": {}, "then": {"properties": {"T": {}}}}
	  },
	  "$defs": {"P": {"properties": {"Name": {}, "Child": {"$ref": "#/$defs/P"}}}}
	}`)
	for path, want := range map[string]bool{
		"*": true, "A": true, "A.B": true, "A.C": false, "A.B.C": false, "L.Name": true, "L.Child.Child.Name": true, "O.X": true, "O.Y": true,
		"O.Z": false, "Z.Name": true, "Z.Q": true, "Z.T": true, "": false, "B": false, ".": false,
	} {
		if got := s.Has(path); got != want {
			t.Errorf("%q: %t", path, got)
		}
	}
}

// TestSchema_BranchingEnds: a schema that refers to itself many times over is surveyed within bounds.
func TestSchema_BranchingEnds(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"$defs":{"n":{"properties":{`)
	for i := range 30 {
		fmt.Fprintf(&b, `"p%d":{"$ref":"#/$defs/n"},`, i)
	}
	b.WriteString(`"last":{}}}},"$ref":"#/$defs/n"}`)
	if s := compile(t, b.String()); !s.Has("last") {
		t.Error("the first level is not known")
	}
	loop := compile(t, `{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"type":"object"}],"properties":{"x":{"$ref":"#"}}}}}`)
	if !loop.Has("x.x.x") {
		t.Error("a schema that refers to itself is not followed")
	}
}

func FuzzCompileSchema(f *testing.F) {
	f.Add([]byte(birthSchema), []byte(birthExample))
	f.Add([]byte(`{"$ref":"#"}`), []byte(`[]`))
	f.Add([]byte(`{"$recursiveRef":"#","$recursiveAnchor":true}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, schema, data []byte) {
		if len(schema) > 4096 || len(data) > 4096 {
			return
		}
		s, err := event.CompileSchema(schema)
		if err != nil {
			return
		}
		for _, e := range s.Check(data) {
			if !e.Code.Known() {
				t.Errorf("unknown code %s", e.Code)
			}
		}
		s.Has("A.B")
	})
}

func BenchmarkCheck(b *testing.B) {
	r, e := ready(b, birth()), happened()
	b.ReportAllocs()
	for b.Loop() {
		must.OK(b, r.Check(e))
	}
}
