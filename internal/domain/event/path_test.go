package event_test

import (
	"strings"
	"testing"

	"mconnect/internal/domain/event"
)

func TestPath_Values(t *testing.T) {
	data := `{"a":{"b":[{"c":"x"},{"c":"y\u0161"}]}, "n":12345678901234567890, "t":true, "z":null, "e":" ", "o":{}, "a b":{"c.d":"q"}, "_u1":"u", "ț":"t"}`
	for path, want := range map[string]string{
		"$.a.b[0].c": "x", "$.a.b[1].c": "yš", "$['a']['b'][1]['c']": "yš", "$.n": "12345678901234567890", "$.t": "true",
		"$['a b']['c.d']": "q", "$._u1": "u", "$.ț": "t",
	} {
		p, err := event.ParsePath(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, ok := p.In([]byte(data)); !ok || got != want {
			t.Errorf("%s: %q %t", path, got, ok)
		}
	}
	for _, path := range []string{"$.z", "$.e", "$.o", "$.a", "$.a.b", "$.a.b[2].c", "$.a.c", "$.a.b.c", "$[0]", "$.n.x", "$.t[0]", "$.missing"} {
		p, err := event.ParsePath(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, ok := p.In([]byte(data)); ok {
			t.Errorf("%s leads to %q", path, got)
		}
	}
}

func TestPath_Form(t *testing.T) {
	for _, path := range []string{"", "a", "$", "$.", "$a", "$..a", "$.a.", "$.1a", "$[*]", "$.*", "$[-1]", "$[01]", "$[1", "$['a", "$['']", "$[a]", "$.a-b", "$['a''b']",
		"$." + strings.Repeat("x", 600), "$" + strings.Repeat(".a", 40), "$.a b", "$[?(@.a)]"} {
		if _, err := event.ParsePath(path); err == nil {
			t.Errorf("%.30q is a path", path)
		}
	}
	if !event.IsPath("$.a") || event.IsPath("Legea nr. 100/2001") {
		t.Error("a constant and a path are confused")
	}
}

func FuzzPath(f *testing.F) {
	f.Add("$.a['b'][0]", []byte(`{"a":{"b":[1]}}`))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		p, err := event.ParsePath(path)
		if err != nil {
			return
		}
		if text, ok := p.In(data); ok && strings.TrimSpace(text) == "" {
			t.Error("nothing counts as something")
		}
	})
}
