package importer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write the expected results in testdata anew; read the difference before you commit it")

// golden holds a text to the file that says what is expected.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must.OK(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want := must.Get(os.ReadFile(path))(t)
	if string(want) == got {
		return
	}
	wanted, lines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range lines {
		if i >= len(wanted) || wanted[i] != lines[i] {
			t.Fatalf("%s:%d: got\n%s", path, i+1, lines[i])
		}
	}
	t.Fatalf("%s: %d lines, got %d", path, len(wanted), len(lines))
}

// TestWSDL_EveryFieldOfTheRegister holds all forty operations to what is expected of them, field by field, with each
// note.
func TestWSDL_EveryFieldOfTheRegister(t *testing.T) {
	var b strings.Builder
	for _, d := range transport(t).Drafts {
		fmt.Fprintf(&b, "== %s: %s\n", d.ID(), d.Title.RO)
		fmt.Fprintf(&b, "asks %s, answers %s; subject %q; read only %v\n", d.Endpoint.SOAP.Request.Element, d.Endpoint.SOAP.Response.Element, d.Subject, d.ReadOnly)
		outline(&b, d.Request.Fields, "> ")
		outline(&b, d.Response.Fields, "< ")
		for _, n := range d.Notes {
			if n.Kind != importer.Decide {
				fmt.Fprintf(&b, "%s %s: %s (%s)\n", n.Kind, n.Field, n.Text, n.Where)
			}
		}
	}
	golden(t, "register.txt", b.String())
}

func outline(b *strings.Builder, fields []schema.Field, indent string) {
	for _, f := range fields {
		fmt.Fprintf(b, "%s%s %s", indent, f.Name, f.Type)
		for _, m := range []struct {
			says string
			is   bool
		}{
			{"mandatory", f.Mandatory}, {"nullable", f.Nullable}, {"personal", f.Personal},
			{fmt.Sprintf("length %d..%d", f.MinLength, f.MaxLength), f.MinLength+f.MaxLength > 0},
			{fmt.Sprintf("range %s..%s", f.Minimum, f.Maximum), f.Minimum+f.Maximum != ""},
			{"like " + f.Pattern, f.Pattern != ""}, {"one of " + strings.Join(f.Enum, " "), len(f.Enum) > 0},
		} {
			if m.is {
				b.WriteString(", " + m.says)
			}
		}
		b.WriteByte('\n')
		outline(b, f.Fields, indent+"  ")
		if f.Items != nil {
			outline(b, []schema.Field{*f.Items}, indent+"  each ")
		}
	}
}

// TestManifest_Golden holds whole manifests, comments included.
func TestManifest_Golden(t *testing.T) {
	var b strings.Builder
	_, shop := shop(t)
	register := transport(t)
	for _, d := range append(shop.Drafts, register.Drafts[0], register.Drafts[33], register.Drafts[35]) {
		text := must.Get(d.Manifest("source"))(t)
		fmt.Fprintf(&b, "---\n%s", text)
	}
	golden(t, "manifests.txt", b.String())
}
