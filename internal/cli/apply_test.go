package cli

import (
	"fmt"
	"strings"
	"testing"

	"mconnect/internal/manifest"
)

// TestPlaceOf: a place in what was sent to a server is shown as the place in the manifests.
func TestPlaceOf(t *testing.T) {
	text := "kind: Category\ncode: first-one\ntitle: { ro: A }\n---\nkind: Category\ncode: second-one\ntitle:\n  ro: B\n"
	set, err := manifest.Parse("c.yaml", []byte(text), nil)
	if err != nil || len(set) != 2 {
		t.Fatal(err)
	}
	for sent, want := range map[string]string{
		"request:2 /title": "c.yaml:3 /title", "request:4 /title/ro": "c.yaml:8 /title/ro", "request:4 /parent": "c.yaml:5 /parent",
		"request:6 /title": "request:6 /title", "--prune": "--prune", "request:x /a": "request:x /a", "other.yaml:2 /a": "other.yaml:2 /a",
	} {
		if got := placeOf(set, sent); got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}

// TestVersion_SaysTheBuild: --version has the version, the commit, its time and the Go release.
func TestVersion_SaysTheBuild(t *testing.T) {
	code, out, said := run(t, t.TempDir(), nil, "--version")
	if code != exitDone || !strings.HasPrefix(out, "mconnect ") || !strings.Contains(out, "(commit ") || !strings.Contains(out, " go1.") {
		t.Errorf("%d %q %s", code, out, said)
	}
}

// TestApply_NamesTheFirstHundred: so many mistakes are named, and how many more there are, in the language asked for.
func TestApply_NamesTheFirstHundred(t *testing.T) {
	var b strings.Builder
	for n := range 150 {
		fmt.Fprintf(&b, "---\nkind: Category\ncode: c%d\ntitl: { ro: A }\n", n)
	}
	_, err := manifest.Parse("many.yaml", []byte(b.String()), nil)
	for lang, want := range map[string]string{"ro": "și încă 50 erori", "en": "and 50 more", "ru": "и ещё ошибок: 50"} {
		var said strings.Builder
		s := &session{err: &said, lang: lang}
		s.explain(err)
		if n := strings.Count(said.String(), "many.yaml:"); n != 100 || !strings.Contains(said.String(), want) {
			t.Errorf("%s: %d mistakes named, want %q in\n%.300s", lang, n, want, said.String())
		}
	}
}
