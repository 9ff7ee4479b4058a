package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/manifest"
	"mconnect/internal/provider"
	"mconnect/internal/provider/file"
	"mconnect/internal/provider/httpaccess"
	"mconnect/internal/provider/rest"
	"mconnect/internal/provider/soap"
	"mconnect/internal/provider/sql"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// unusable stands where a key is configured and nothing is signed.
type unusable struct{ soap.Signer }

// TestDocs_ManifestsWork: every manifest of docs/PROVIDERS.md is read, valid, and passes the check at apply.
func TestDocs_ManifestsWork(t *testing.T) {
	text := must.Get(os.ReadFile("../../docs/PROVIDERS.md"))(t)
	databases := must.Get(sql.New(map[string]string{"ledger": "sqlite:" + filepath.Join(t.TempDir(), "x.db")}))(t)
	access := httpaccess.New(httpaccess.Config{})
	p := registers.New(t, provider.Config{}, rest.New(access), soap.New(soap.Config{Access: access, Signer: unusable{}, Headers: unusable{}}),
		databases, file.New(file.Config{Folder: t.TempDir()}))
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
			must.OK(t, json.Unmarshal(item.Doc, &s))
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
