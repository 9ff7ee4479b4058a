//go:build whole

package xsd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
	"mconnect/test/must"
)

// TestSchema_ClassifierByLibxml2: the codes are valid, other texts are not, and a long list lets every text through.
func TestSchema_ClassifierByLibxml2(t *testing.T) {
	for n, others := range map[int]bool{3: false, schema.MaxListed + 1: true} {
		dir := t.TempDir()
		text := must.Get(xsd.Schema(xmlmap.Namespace, catalog.Operations([]catalog.Service{coded(t, n, `a"<`)})))(t)
		xsdPath := filepath.Join(dir, "schema.xsd")
		must.OK(t, os.WriteFile(xsdPath, text, 0o600))
		for value, valid := range map[string]bool{"K1": true, "a&quot;&lt;": true, "K9999999": others, "": others, "k1": others} {
			file := filepath.Join(dir, "answer.xml")
			document := fmt.Sprintf(`<Kind xmlns=%q><Kind>%s</Kind></Kind>`, xmlmap.Namespace, value)
			must.OK(t, os.WriteFile(file, []byte(document), 0o600))
			if out, err := lint(t, xsdPath, file); (err == nil) != valid {
				t.Errorf("%d codes, %q: %s", n, value, out)
			}
		}
	}
}
