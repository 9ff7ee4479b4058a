package dcat_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog/dcat"
)

var update = flag.Bool("update", false, "write the expected document in testdata anew; read the difference before you commit it")

// TestTheWholeDocument holds every statement: harvesters keep what they read, so a change of names or order is a change
// of ours.
func TestTheWholeDocument(t *testing.T) {
	const path = "testdata/catalog.txt"
	got, err := dcat.Document(world(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(string(got), "\n") {
		if i >= len(wanted) || wanted[i] != line {
			t.Fatalf("%s:%d: got\n%s", path, i+1, line)
		}
	}
}
