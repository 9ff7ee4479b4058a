package registers

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/manifest"
	"mconnect/test/must"
)

// Section is one "-- name --" of a script with the text up to the next.
type Section struct{ Name, Text string }

// Script reads the sections of a file.
func Script(t *testing.T, path string) []Section {
	t.Helper()
	text := must.Get(os.ReadFile(path))(t)
	var all []Section
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(name, " --") {
			all = append(all, Section{Name: strings.TrimSuffix(name, " --")})
		} else if len(all) > 0 {
			all[len(all)-1].Text += line
		}
	}
	for i := range all {
		if all[i].Name != "file" {
			all[i].Text = strings.TrimSuffix(all[i].Text, "\n")
		}
	}
	return all
}

// Declared reads the manifest of a script; what every service must say is added.
func Declared(t *testing.T, text string, vars ...string) *catalog.Ready {
	t.Helper()
	text = "kind: Service\nname: Script\nversion: 1.0.0\ntitle: { ro: x }\nprovider: script.provider\nstatus: published\nread_only: true\n" +
		strings.NewReplacer(vars...).Replace(text)
	set := must.Get(manifest.Parse("script", []byte(text), nil))(t)
	var s catalog.Service
	must.OK(t, json.Unmarshal(set[0].Doc, &s))
	if s.Version != (mconnect.Version{Major: 1}) {
		t.Fatalf("version %v", s.Version)
	}
	return Ready(t, s)
}
