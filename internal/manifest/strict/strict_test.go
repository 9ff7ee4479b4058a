package strict_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/manifest/strict"
	"mconnect/test/must"
)

type shelf struct {
	Name    string            `yaml:"name"`
	Version mconnect.Version  `yaml:"version"`
	Open    bool              `yaml:"open"`
	Size    int               `yaml:"size"`
	Periods []mconnect.Period `yaml:"periods"`
	Words   map[string]string `yaml:"words"`
	Below   *shelf            `yaml:"below"`
	Any     any               `yaml:"any"`
	Raw     json.RawMessage   `yaml:"-"`
}

func parse(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	must.OK(t, yaml.Unmarshal([]byte(text), &n))
	return &n
}

func TestDecode_ReadsWhatIsRight(t *testing.T) {
	var s shelf
	found := strict.Decode(parse(t, `
name: 7
version: 1.0
open: yes
size: 0x10
periods: [{ from: 2026-03-29, to: 2026-03-29 }, { from: 2026-10-25T00:00:00Z }]
words: { a: b }
below: { name: inner, below: }
`), &s)
	if len(found) > 0 || s.Name != "7" || s.Version.String() != "1.0.0" || !s.Open || s.Size != 16 || s.Below.Name != "inner" || s.Words["a"] != "b" {
		t.Fatalf("%+v, %v", s, found)
	}
	if d := s.Periods[0].To.Sub(s.Periods[0].From); d != 23*time.Hour {
		t.Errorf("the day on which summer time begins has %s", d)
	}
	if at := s.Periods[1].From.Format(time.RFC3339); at != "2026-10-25T00:00:00Z" {
		t.Error(at)
	}
}

func TestDecode_NamesEveryMistake(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown":          {"nmae: x", "1 /nmae manifest.field near=name"},
		"unknown inside":   {"below:\n  below:\n    sizee: 1", "3 /below/below/sizee manifest.field near=size"},
		"twice":            {"name: a\nname: b", "2 /name manifest.twice"},
		"a list":           {"name: [a]", "1 /name input.type want=a text"},
		"no list":          {"periods: { }", "1 /periods input.type want=a list"},
		"in a list":        {"periods:\n- from: x\n- to: 2026-02-30", "2 /periods/0/from input.format|3 /periods/1/to input.format"},
		"number":           {"size: 1.5", "1 /size input.type want=an integer"},
		"too large":        {"size: 99999999999999999999", "1 /size input.type want=an integer"},
		"not a mapping":    {"[a]", "1  input.type want=fields as name: value"},
		"a name of a list": {"? [a]\n: b", "1  input.format want=a name that is a text"},
		"number of JSON":   {"any: { x: [0x1F] }", "1 /any/x/0 input.format want=a number as JSON writes it"},
		"pointer":          {"words: { a/b: [] }", "1 /words/a~1b input.type want=a text"},
	} {
		t.Run(name, func(t *testing.T) {
			var s shelf
			var got []string
			for _, m := range strict.Decode(parse(t, c.text), &s) {
				one := fmt.Sprintf("%d %s %s", m.Line, m.Path, m.Code)
				for _, p := range []string{"near", "want"} {
					if v := m.Params[p]; v != "" && strings.Contains(c.want, p+"=") {
						one += " " + p + "=" + v
					}
				}
				got = append(got, one)
			}
			if !slices.Equal(got, strings.Split(c.want, "|")) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDecode_MergesAndAliases(t *testing.T) {
	var s shelf
	text := "below: &b { name: inner, size: 3 }\nperiods:\n- &d { from: 2026-01-01, to: 2026-01-31 }\n- *d\nany: *d\n<<: *b\nname: outer\n"
	if found := strict.Decode(parse(t, text), &s); len(found) > 0 {
		t.Fatal(found)
	}
	if s.Name != "outer" || s.Size != 3 || s.Periods[1].To != s.Periods[0].To || s.Periods[0].To.IsZero() {
		t.Errorf("%+v", s)
	}
	if any, ok := s.Any.(map[string]any); !ok || fmt.Sprint(any["to"]) == fmt.Sprint(s.Periods[0].To) {
		t.Errorf("a free value was read as a period: %v", s.Any)
	}
}

func TestDecode_IsBounded(t *testing.T) {
	bomb := "any:\n"
	for c := 'a'; c < 'k'; c++ {
		inner := "x"
		if c > 'a' {
			inner = "*" + string(c-1)
		}
		bomb += fmt.Sprintf("- &%c [%s]\n", c, strings.TrimSuffix(strings.Repeat(inner+",", 10), ","))
	}
	for name, text := range map[string]string{
		"aliases": bomb, "depth": "any: " + strings.Repeat("[", 150) + strings.Repeat("]", 150), "a circle": "any: &a [*a]",
	} {
		var s shelf
		found := strict.Decode(parse(t, text), &s)
		if len(found) != 1 || found[0].Code != fault.ManifestBound {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestLine(t *testing.T) {
	doc := parse(t, "a:\n  b:\n  - x\n  - c: 1\n    \"d/e\": 2\n")
	for pointer, want := range map[string]int{
		"": 1, "/a": 1, "/a/b": 2, "/a/b/0": 3, "/a/b/1/c": 4, "/a/b/1/d~1e": 5, "/a/b/1/nothing": 4, "/a/b/9": 2, "/none/below": 1,
	} {
		if got := strict.Line(doc, pointer); got != want {
			t.Errorf("%q: line %d, want %d", pointer, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: a\nperiods: [{from: 2026-01-01}]\n<<: {size: 1}\n")
	f.Add("any: &a {b: *a}\nbelow: {below: {below: {}}}")
	f.Fuzz(func(t *testing.T, text string) {
		var n yaml.Node
		if yaml.Unmarshal([]byte(text), &n) != nil || n.Kind == 0 {
			return
		}
		var s shelf
		for _, m := range strict.Decode(&n, &s) {
			if !m.Code.Known() || m.Line < 0 {
				t.Errorf("%+v", m)
			}
		}
	})
}
