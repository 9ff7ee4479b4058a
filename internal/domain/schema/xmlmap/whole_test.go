//go:build whole

package xmlmap_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

// libxml2 canonicalises what was written to the very same bytes, with and without comments counted, so that a signer
// may take it as it is.
func TestWrite_IsCanonical(t *testing.T) {
	file := filepath.Join(t.TempDir(), "element.xml")
	rapid.Check(t, func(t *rapid.T) {
		cfg := xmlmap.Config{Type: schema.Type{Name: "Root", Fields: drawFields(t, 3)}, BareChild: rapid.Bool().Draw(t, "bare")}
		if rapid.Bool().Draw(t, "foreign") {
			cfg.Names = map[string]string{cfg.Type.Fields[0].Name: "{urn:x:y}foreign"}
		}
		form := must.Get(xmlmap.Compile(cfg))(t)
		element, _, err := form.XML(nil, []byte(drawObject(t, cfg.Type.Fields)))
		must.OK(t, err)
		must.OK(t, os.WriteFile(file, element, 0o600))
		for _, mode := range []string{"--exc-c14n", "--c14n"} {
			out, err := exec.Command("xmllint", "--nonet", mode, file).Output()
			if err != nil {
				t.Fatalf("%v on %s", err, element)
			}
			if !bytes.Equal(out, element) {
				t.Fatalf("%s makes\n%s\nof\n%s", mode, out, element)
			}
		}
	})
}
