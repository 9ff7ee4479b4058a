package demo

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/internal/catalog"
	"mconnect/internal/exchange"
	"mconnect/internal/provider"
)

// published reads the services of the sample manifests with the addresses of b.
func published(t *testing.T, vars map[string]string) *catalog.Catalog {
	t.Helper()
	dir := t.TempDir()
	if err := writeManifests(dir, vars); err != nil {
		t.Fatal(err)
	}
	c := catalog.New()
	paths, err := filepath.Glob(filepath.Join(dir, "1*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Kind            string
			catalog.Service `yaml:",inline"`
		}
		d := yaml.NewDecoder(bytes.NewReader(text))
		d.KnownFields(true)
		if err := d.Decode(&doc); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := d.Decode(&doc); !errors.Is(err, io.EOF) {
			t.Fatalf("%s: one service a file: %v", path, err)
		}
		for _, e := range doc.Service.Validate() {
			t.Errorf("%s: %v", path, e)
		}
		if err := c.Put(doc.Service); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return c
}

// TestManifestsFitTheRegisters asks every register through its manifest and the platform's adapter, and
// holds the answer against the catalogue, cut to everything declared.
func TestManifestsFitTheRegisters(t *testing.T) {
	b := startRegisters(t)
	services := published(t, b.Vars())
	p, err := provider.New(provider.Config{
		Anchors: b.cfg.Anchors, Certificate: func() *tls.Certificate { return &b.cfg.Certificate }, Databases: b.Databases,
		Secrets: func(name string) ([]byte, error) { return []byte(registerSecrets[name]), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w := b.world
	person := w.parent()
	debtor, car := w.Debts[0], w.Vehicles[0]
	for _, one := range []struct {
		service, input string
		wants          []string
		never          []string
	}{
		{"GetPerson", `{"IDNP":"` + string(person.IDNP) + `"}`, []string{`"` + person.FamilyName + `"`, person.Born.Format(isoDay), string(person.Children[0])}, []string{person.Blood, person.Phone, "operator-exemplu"}},
		{"GetLegalEntity", `{"IDNO":"` + string(w.Entities[0].IDNO) + `"}`, []string{w.Entities[0].Name, "SharePercent"}, []string{"InternalRisk", "Phone"}},
		{"GetRealEstates", `{"IDNP":"` + string(w.Estates[0].Owners[0].IDNP) + `"}`, []string{w.Estates[0].Number, "Owners"}, []string{"nr_cadastral"}},
		{"GetDebts", `{"IDNP":"` + debtor.Subject + `"}`, []string{debtor.Kind, `"HasDebts":true`}, []string{"suma_bani"}},
		{"GetPersonBenefits", `{"IDNP":"` + string(w.Benefits[0].IDNP) + `"}`, []string{w.Benefits[0].Kind}, nil},
		{"GetVehicle", `{"IDNV":"` + string(car.IDNV) + `"}`, []string{car.Plate, string(car.Owner)}, []string{"Phone"}},
	} {
		t.Run(one.service, func(t *testing.T) {
			ready, err := services.Resolve(mconnect.ServiceName(one.service), mconnect.Version{})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Check(ready.Service) {
				t.Errorf("check: %+v", e)
			}
			if !ready.Personal {
				t.Error("must be known as personal data")
			}
			input, err := ready.RequestSchema.Read([]byte(one.input))
			if err != nil {
				t.Fatal(err)
			}
			reply, err := p.Deliver(t.Context(), exchange.Delivery{Service: ready, Input: input})
			if err != nil {
				t.Fatal(err)
			}
			cut, _, err := ready.ResponseSchema.Cut(nil, reply.Body, ready.ResponseSchema.Mask([]string{"*"}))
			if err != nil {
				t.Fatalf("%v\n%s", err, reply.Body)
			}
			if !json.Valid(cut) {
				t.Fatalf("no JSON: %s", cut)
			}
			for _, want := range one.wants {
				if !strings.Contains(string(cut), want) {
					t.Errorf("lacks %s: %s", want, cut)
				}
			}
			for _, never := range one.never {
				if strings.Contains(string(cut), never) {
					t.Errorf("%s left: %s", never, cut)
				}
			}
		})
	}
}

func TestEveryVariableIsFilledIn(t *testing.T) {
	dir := t.TempDir()
	if err := writeManifests(dir, map[string]string{Population: "https://127.0.0.1:1"}); err == nil {
		t.Error("a manifest with an unknown variable was written")
	}
	vars := map[string]string{Population: "https://a", Entities: "https://b", Vehicles: "https://c", Insurance: "https://d"}
	own := filepath.Join(dir, "50-own.yaml")
	if err := os.WriteFile(own, []byte("# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeManifests(dir, vars); err != nil {
		t.Fatal(err)
	}
	names, _ := fs.Glob(Manifests(), "*.yaml")
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || bytes.Contains(text, []byte("${")) || !bytes.HasPrefix(text, []byte(generatedNotice)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, _ := os.ReadFile(own); string(text) != "# mine\n" {
		t.Error("a manifest of the user's own was touched")
	}
}
