package event_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

func TestCut_Paths(t *testing.T) {
	for _, c := range []struct{ grant, data, want string }{
		{"*", ` {"a" : 1} `, ` {"a" : 1} `},
		{"a", `{"a":1,"b":2}`, `{"a":1}`},
		{"b", `{"a":1,"b":2}`, `{"b":2}`},
		{"a,c", `{"c" : 3 , "b":2, "a" : 1.00}`, `{"c":3,"a":1.00}`},
		{"a", `{"a": {"x": [1, 2] } }`, `{"a":{"x": [1, 2] }}`},
		{"a.x", `{"a":{"x":1,"y":2},"x":3}`, `{"a":{"x":1}}`},
		{"a.x", `{"a":[{"x":1,"y":2},{"y":3},5,[{"x":6,"z":1}]]}`, `{"a":[{"x":1},{},[{"x":6}]]}`},
		{"a.x", `{"a":"secret"}`, `{}`},
		{"a.x", `{"a":null}`, `{}`},
		{"a.x,b", `{"a":7,"b":8}`, `{"b":8}`},
		{"a", `[{"a":1,"b":2},{"b":3}]`, `[{"a":1},{}]`},
		{"a", `"secret"`, `null`},
		{"a", `12`, `null`},
		{"", `{"a":1}`, `{}`},
		{"z", `{"a":1}`, `{}`},
		{"a.x,a", `{"a":{"x":1,"y":2}}`, `{"a":{"x":1,"y":2}}`},
		{"a,a.x", `{"a":{"x":1,"y":2}}`, `{"a":{"x":1,"y":2}}`},
		{"a", `{"\u0061":1,"b":2}`, `{"\u0061":1}`},
		{"a", `{"a":9007199254740993,"b":1}`, `{"a":9007199254740993}`},
		{"a", `{"a":-1.50E+10,"b":1}`, `{"a":-1.50E+10}`},
		{"a", `{"b":"}],{\"a\":1","a":"\\\""}`, `{"a":"\\\""}`},
		{"a", `{}`, `{}`},
		{"a", `[]`, `[]`},
	} {
		paths := strings.Split(c.grant, ",")
		if c.grant == "" {
			paths = nil
		}
		data := []byte(c.data)
		got, err := event.NewCut(paths).Of(data)
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %s: %s %v, want %s", c.grant, c.data, got, err, c.want)
		}
		if string(data) != c.data {
			t.Error("the data were changed")
		}
	}
}

func TestCut_RefusesOtherThanJSON(t *testing.T) {
	cut := event.NewCut([]string{"a.b"})
	for _, data := range []string{``, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `[1,]`, `[`, `{"a":{}}x`, `{a:1}`, `{"a":{"b":[}}}`, "{\"a\n\":1}", `{"a" 1}`, `{"a":1 "b":2}`,
		strings.Repeat(`[`, 5000), strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100), `{"a":{"b":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}}`} {
		if got, err := cut.Of([]byte(data)); err == nil {
			t.Errorf("%.40s: %s", data, got)
		}
	}
}

// plainCut is the same rule written on decoded values.
func plainCut(v any, paths []string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			var below []string
			all := false
			for _, p := range paths {
				first, rest, more := strings.Cut(p, ".")
				if first == name {
					all = all || !more
					below = append(below, rest)
				}
			}
			if all {
				out[name] = value
			} else if kept, ok := plainCut(value, below); ok && below != nil {
				out[name] = kept
			}
		}
		return out, true
	case []any:
		out := []any{}
		for _, item := range v {
			if kept, ok := plainCut(item, paths); ok {
				out = append(out, kept)
			}
		}
		return out, true
	}
	return nil, false
}

func decoded(t interface{ Fatal(...any) }, data []byte) any {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(fmt.Sprintf("%s: %v", data, err))
	}
	return v
}

var names = []string{"a", "b", "c", "ț"}

// value draws JSON text of few names, so that grants meet.
func value(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.IntRange(0, 5).Draw(t, "kind")
		if depth > 4 {
			kind = 0
		}
		space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")
		switch {
		case kind < 2:
			return space + rapid.SampledFrom([]string{`1`, `-0.50`, `12345678901234567890`, `true`, `null`, `"x"`, `"\u0061}"`, `"a\\"`, `1e5`, `"ă,"`}).Draw(t, "leaf")
		case kind == 2:
			items := rapid.SliceOfN(value(depth+1), 0, 3).Draw(t, "items")
			return "[" + strings.Join(items, space+",") + space + "]"
		}
		var members []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID[string]).Draw(t, "names") {
			members = append(members, fmt.Sprintf(`%s"%s"%s:%s`, space, name, space, value(depth+1).Draw(t, "value")))
		}
		return "{" + strings.Join(members, ",") + space + "}"
	})
}

func grants() *rapid.Generator[[]string] {
	path := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(names), 1, 3), func(n []string) string { return strings.Join(n, ".") })
	return rapid.SliceOfN(path, 0, 5)
}

// TestCut_AgreesWithThePlainRule: on any value and any grant.
func TestCut_AgreesWithThePlainRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, paths := []byte(value(0).Draw(t, "data")), grants().Draw(t, "paths")
		got := must.Get(event.NewCut(paths).Of(data))(t)
		want, ok := plainCut(decoded(t, data), paths)
		if !ok {
			want = nil
		}
		if is := decoded(t, got); !reflect.DeepEqual(is, want) {
			t.Fatalf("%v of %s: %s, want %v", paths, data, got, want)
		}
		again, err := event.NewCut(paths).Of(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("cut twice: %s then %s %v", got, again, err)
		}
	})
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(birthExample), "Parents.IDNP,Address")
	f.Add([]byte(`{"a":[{"b":1}],"\u0061b":{}}`), "a.b,ab")
	f.Fuzz(func(t *testing.T, data []byte, granted string) {
		paths := strings.Split(granted, ",")
		got, err := event.NewCut(paths).Of(data)
		if err != nil || slices.Contains(paths, "*") || slices.ContainsFunc(paths, func(p string) bool {
			return strings.Contains(p, "..") || strings.HasPrefix(p, ".") || strings.HasSuffix(p, ".") || p == ""
		}) {
			return
		}
		if !json.Valid(data) { // was never accepted; what comes out must still be within what went in
			if len(got) > len(data)+8 {
				t.Errorf("%q grew to %q", data, got)
			}
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q of %q is %q", granted, data, got)
		}
		strict := compile(t, `{}`)
		if strict.Check(data) != nil {
			return // a name twice, or not UTF-8
		}
		want, ok := plainCut(decoded(t, data), paths)
		if !ok {
			want = nil
		}
		if is := decoded(t, got); !reflect.DeepEqual(is, want) {
			t.Errorf("%q of %q: %q, want %v", granted, data, got, want)
		}
	})
}

// TestCut_WholeAllocatesNothing: an agreement that grants everything leaves the shared bytes alone.
func TestCut_WholeAllocatesNothing(t *testing.T) {
	cut, data := event.NewCut([]string{"a", "*"}), []byte(birthExample)
	if n := testing.AllocsPerRun(100, func() {
		if got, err := cut.Of(data); err != nil || &got[0] != &data[0] {
			t.Error("copied")
		}
	}); n != 0 || !cut.Whole() {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = event.NewCut(nil).Of([]byte(`{}`)) }); n > 4 {
		t.Errorf("%v allocations for a small cut", n)
	}
}

func BenchmarkCut(b *testing.B) {
	cut, data := event.NewCut([]string{"ChildIDNP", "Parents.IDNP", "Address.Region"}), []byte(birthExample)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		must.Get(cut.Of(data))(b)
	}
}
