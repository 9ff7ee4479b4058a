//go:build whole

package dcat_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/catalog/dcat"
)

// judgement is what a JSON-LD processor and a SHACL validator say of a document.
type judgement struct {
	Statements int
	Instances  map[string]int
	Conforms   bool
	Results    []string
}

// judges installs the npm packages that testdata/package.json names and returns their folder.
func judges(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(cache, "mconnect-test-shacl")
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	wanted, err := os.ReadFile("testdata/package.json")
	if err != nil {
		t.Fatal(err)
	}
	had, _ := os.ReadFile(filepath.Join(home, "package.json"))
	_, missing := os.Stat(filepath.Join(home, "node_modules", "rdf-validate-shacl"))
	if string(had) != string(wanted) || missing != nil {
		if err := os.WriteFile(filepath.Join(home, "package.json"), wanted, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", home).CombinedOutput(); err != nil {
			t.Fatalf("npm: %v\n%s", err, out)
		}
	}
	script, err := os.ReadFile("testdata/judge.js")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "judge.js"), script, 0o600); err != nil { // beside the packages, where node looks
		t.Fatal(err)
	}
	return home
}

func judge(t *testing.T, document []byte) judgement {
	t.Helper()
	file := filepath.Join(t.TempDir(), "catalog.jsonld")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	shapes, err := filepath.Abs("testdata/shapes.ttl")
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command("node", filepath.Join(judges(t), "judge.js"), shapes, file)
	run.Stderr = os.Stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var j judgement
	if err := json.Unmarshal(out, &j); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return j
}

func TestTheShapesAreMet(t *testing.T) {
	text, err := dcat.Document(world(t))
	if err != nil {
		t.Fatal(err)
	}
	j := judge(t, text)
	if !j.Conforms || j.Statements < 100 {
		t.Errorf("%d statements\n%s", j.Statements, strings.Join(j.Results, "\n"))
	}
	for class, want := range map[string]int{
		"http://www.w3.org/ns/dcat#Catalog": 1, "http://www.w3.org/ns/dcat#DataService": 3, "http://www.w3.org/ns/dcat#Dataset": 2,
		"http://purl.org/vocab/cpsv#PublicService": 1, "http://data.europa.eu/m8g/Evidence": 1, "http://data.europa.eu/eli/ontology#LegalResource": 2,
	} {
		if j.Instances[class] != want {
			t.Errorf("%d of %s; want %d", j.Instances[class], class, want)
		}
	}
}

// TestTheShapesCanRefuse: a document that lacks something is found out, so that meeting the shapes says something.
func TestTheShapesCanRefuse(t *testing.T) {
	text, err := dcat.Document(world(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range [][2]string{{`"dcat:endpointURL"`, `"dcat:downloadURL"`}, {`"foaf:name"`, `"foaf:nick"`}, {`"dct:Frequency"`, `"dct:Standard"`}, {`"cv:hasCompetentAuthority"`, `"dct:creator"`}} {
		if j := judge(t, []byte(strings.ReplaceAll(string(text), broken[0], broken[1]))); j.Conforms || len(j.Results) == 0 {
			t.Errorf("without %s it conforms", broken[0])
		}
	}
}
