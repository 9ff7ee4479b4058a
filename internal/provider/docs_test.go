package provider

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/manifest"
)

// TestTheManifestsInTheDocsWork: every manifest of docs/PROVIDERS.md is read, valid, and passes the check at apply.
func TestTheManifestsInTheDocsWork(t *testing.T) {
	text, err := os.ReadFile("../../docs/PROVIDERS.md")
	if err != nil {
		t.Fatal(err)
	}
	p := newProvider(t, Config{
		Files: t.TempDir(), Databases: map[string]string{"ledger": "sqlite:" + filepath.Join(t.TempDir(), "x.db")}, Signer: platformKey().signer, Headers: platformKey().signer,
	})
	kinds := map[string]int{}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	for i, block := range blocks {
		text, _, closed := strings.Cut(block, "\n```")
		if !closed {
			t.Fatalf("block %d does not end", i)
		}
		set, err := manifest.Parse("PROVIDERS.md", []byte(text), nil)
		if err != nil {
			t.Errorf("block %d: %v\n%s", i, err, text)
			continue
		}
		for _, item := range set {
			var s catalog.Service
			if err := json.Unmarshal(item.Doc, &s); err != nil {
				t.Fatal(err)
			}
			for _, found := range append(s.Validate(), p.Check(s)...) {
				t.Errorf("%s: %+v", s.Name, found)
			}
			kinds[s.Endpoint.Kinds()[0]]++
		}
	}
	for _, kind := range []string{"rest", "soap", "sql", "file"} {
		if kinds[kind] == 0 {
			t.Errorf("no manifest of kind %s", kind)
		}
	}
}
