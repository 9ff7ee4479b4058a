package catalog_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

// decoded reads the documents of a file, each by what its kind is.
func decoded(t *testing.T, text []byte) (services []catalog.Service, parts []schema.Shared) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		if err := d.Decode(&node); errors.Is(err, io.EOF) {
			return services, parts
		} else if err != nil {
			t.Fatal(err)
		}
		var head struct{ Kind string }
		err := node.Decode(&head)
		switch head.Kind {
		case "Service":
			var s catalog.Service
			err = errors.Join(err, node.Decode(&s))
			services = append(services, s)
		case schema.KindClassifier:
			var c schema.Classifier
			err = errors.Join(err, node.Decode(&c))
			parts = append(parts, c)
		case schema.KindDataType:
			var ty schema.DataType
			err = errors.Join(err, node.Decode(&ty))
			parts = append(parts, ty)
		default:
			t.Fatalf("kind %q", head.Kind)
		}
		must.OK(t, err)
	}
}

// TestCompare_Scripts: what providers do to their services, and what the comparison says of it: the step it demands,
// then a line a change.
func TestCompare_Scripts(t *testing.T) {
	files, err := filepath.Glob("testdata/changes/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			text := must.Get(os.ReadFile(file))(t)
			parts := map[string][]byte{}
			for _, f := range txtar.Parse(text).Files {
				parts[f.Name] = f.Data
			}
			_, shared := decoded(t, parts["shared.yaml"])
			old, _ := decoded(t, parts["old.yaml"])
			next, _ := decoded(t, parts["new.yaml"])
			changes := catalog.Compare(prepared(t, old[0], shared...), prepared(t, next[0], shared...))
			level, _ := catalog.Demanded(changes)
			got := level.String() + "\n"
			for _, c := range changes {
				got += c.String() + "\n"
			}
			if want := string(parts["want"]); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			found := catalog.Follow(prepared(t, old[0], shared...), prepared(t, next[0], shared...))
			if fits := level <= catalog.Stepped(old[0].Version, next[0].Version); fits != (len(found) == 0) {
				t.Errorf("the step from %s to %s: %+v", old[0].Version, next[0].Version, found)
			}
		})
	}
}
