package dcat_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog/dcat"
	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write the expected document in testdata anew; read the difference before you commit it")

// TestDocument_Golden holds every statement: harvesters keep what they read, so a change of names or order is a change
// of ours.
func TestDocument_Golden(t *testing.T) {
	const path = "testdata/catalog.txt"
	got := must.Get(dcat.Document(sampleConfig(t)))(t)
	if *update {
		must.OK(t, os.WriteFile(path, got, 0o644))
	}
	want := must.Get(os.ReadFile(path))(t)
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(string(got), "\n") {
		if i >= len(wanted) || wanted[i] != line {
			t.Fatalf("%s:%d: got\n%s", path, i+1, line)
		}
	}
}
