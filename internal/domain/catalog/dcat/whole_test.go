//go:build whole

package dcat_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/dcat"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/manifest"
	"mconnect/test/must"
	"mconnect/test/site"
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
	cache := must.Get(os.UserCacheDir())(t)
	home := filepath.Join(cache, "mconnect-test-shacl")
	must.OK(t, os.MkdirAll(home, 0o755))
	wanted := must.Get(os.ReadFile("testdata/package.json"))(t)
	had, _ := os.ReadFile(filepath.Join(home, "package.json"))
	_, missing := os.Stat(filepath.Join(home, "node_modules", "rdf-validate-shacl"))
	if string(had) != string(wanted) || missing != nil {
		must.OK(t, os.WriteFile(filepath.Join(home, "package.json"), wanted, 0o600))
		if out, err := exec.Command("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", home).CombinedOutput(); err != nil {
			t.Fatalf("npm: %v\n%s", err, out)
		}
	}
	script := must.Get(os.ReadFile("testdata/judge.js"))(t)
	if err := os.WriteFile(filepath.Join(home, "judge.js"), script, 0o600); err != nil {
		// next to the packages, where node looks
		t.Fatal(err)
	}
	return home
}

func judge(t *testing.T, document []byte) judgement {
	t.Helper()
	file := filepath.Join(t.TempDir(), "catalog.jsonld")
	must.OK(t, os.WriteFile(file, document, 0o600))
	shapes := must.Get(filepath.Abs("testdata/shapes.ttl"))(t)
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

func TestShapes_AreMet(t *testing.T) {
	text := must.Get(dcat.Document(sampleConfig(t)))(t)
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

// TestShapes_CanRefuse: a document that lacks something is found out, so that meeting the shapes says something.
func TestShapes_CanRefuse(t *testing.T) {
	text := must.Get(dcat.Document(sampleConfig(t)))(t)
	for _, broken := range [][2]string{{`"dcat:endpointURL"`, `"dcat:downloadURL"`}, {`"foaf:name"`, `"foaf:nick"`}, {`"dct:title"`, `"dct:alternative"`}, {`"rdfs:Resource"`, `"rdfs:Class"`}, {`"dct:Frequency"`, `"dct:Standard"`}, {`"cv:hasCompetentAuthority"`, `"dct:creator"`}} {
		if j := judge(t, []byte(strings.ReplaceAll(string(text), broken[0], broken[1]))); j.Conforms || len(j.Results) == 0 {
			t.Errorf("without %s it conforms", broken[0])
		}
	}
}

// TestShapes_SampleCountry: what a running platform tells of the sample country, in both forms.
func TestShapes_SampleCountry(t *testing.T) {
	i := site.New(t, func(c *config.Config) {
		c.Providers.Databases = map[string]string{
			"fisc": "sqlite:" + filepath.Join(t.TempDir(), "f.db"), "cadastru": "sqlite:" + filepath.Join(t.TempDir(), "c.db"),
		}
	}).Open(t)
	loadSample(t, i)
	for form, public := range map[string]bool{"dcat": false, "cpsv": true} {
		text := must.Get(i.Metadata(form, "https://mconnect.example"))(t)
		j := judge(t, text)
		if !j.Conforms {
			t.Errorf("%s:\n%s", form, strings.Join(j.Results, "\n"))
		}
		if n := j.Instances["http://www.w3.org/ns/dcat#DataService"]; n < 6 {
			t.Errorf("%s: %d data services", form, n)
		}
		if n := j.Instances["http://purl.org/vocab/cpsv#PublicService"]; (n > 0) != public {
			t.Errorf("%s: %d public services", form, n)
		}
		t.Logf("%s: %d statements, %v", form, j.Statements, j.Instances)
	}
}

// loadSample puts the sample country into the rooms, as they stand after it was applied. Registers that are not there
// would refuse to be applied, so the rooms are filled by themselves.
func loadSample(t *testing.T, i *app.Installation) {
	t.Helper()
	vars := map[string]string{}
	files, err := filepath.Glob("../../../../demo/country/*.yaml")
	must.OK(t, err)
	for _, file := range files {
		text := must.Get(os.ReadFile(file))(t)
		for _, m := range regexp.MustCompile(`\$\{([A-Z_]+)\}`).FindAllSubmatch(text, -1) {
			vars[string(m[1])] = "https://127.0.0.1:1"
		}
	}
	set := must.Get(manifest.Load(os.DirFS("../../../../demo/country"), vars))(t)
	for _, item := range set {
		switch item.Kind {
		case manifest.Participant:
			err = i.Rooms.Registry.PutParticipant(decoded[registry.Participant](t, item.Doc))
		case manifest.System:
			err = i.Rooms.Registry.PutSystem(decoded[registry.System](t, item.Doc))
		case manifest.Category:
			i.Rooms.Catalog.Share(decoded[schema.Category](t, item.Doc))
		case manifest.Classifier:
			i.Rooms.Catalog.Share(decoded[schema.Classifier](t, item.Doc))
		case manifest.DataType:
			i.Rooms.Catalog.Share(decoded[schema.DataType](t, item.Doc))
		case manifest.Service:
			err = i.Rooms.Catalog.Put(decoded[catalog.Service](t, item.Doc))
		case manifest.Agreement:
			var c *agreement.Compiled
			if c, err = agreement.Compile(decoded[agreement.Agreement](t, item.Doc)); err == nil {
				i.Rooms.Agreements.Put(c)
			}
		}
		if err != nil {
			t.Fatalf("%s %s: %v", item.Kind, item.ID, err)
		}
	}
}

func decoded[T any](t *testing.T, doc []byte) (v T) {
	t.Helper()
	must.OK(t, json.Unmarshal(doc, &v))
	return v
}
