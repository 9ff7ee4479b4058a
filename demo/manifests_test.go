package demo

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/manifest"
	"mconnect/internal/provider"
	"mconnect/internal/provider/file"
	"mconnect/internal/provider/httpaccess"
	"mconnect/internal/provider/rest"
	"mconnect/internal/provider/soap"
	"mconnect/internal/provider/sql"
	"mconnect/internal/store"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// somewhere fills in every variable of the manifests, for tests that ask no register.
func somewhere() map[string]string {
	return map[string]string{Population: "https://a", Entities: "https://b", Vehicles: "https://c", Insurance: "https://d", Civil: "https://e", BankEvents: "https://127.0.0.1:9446", civilSigner: strings.Repeat("0a", 32)}
}

// sample reads the sample manifests with the addresses of b.
func sample(t *testing.T, vars map[string]string) manifest.Set {
	t.Helper()
	set, err := manifest.Load(Manifests(), vars)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return set
}

func read[T any](t *testing.T, item manifest.Item) (one T) {
	t.Helper()
	if err := json.Unmarshal(item.Doc, &one); err != nil {
		t.Fatalf("%s: %v", item.Where, err)
	}
	return one
}

func published(t *testing.T, vars map[string]string) *catalog.Catalog {
	t.Helper()
	set := sample(t, vars)
	d := must.Get(declaredIn(set))(t)
	c := catalog.New()
	for _, item := range set {
		var shared schema.Shared
		switch item.Kind {
		case manifest.Category:
			shared = read[schema.Category](t, item)
		case manifest.Classifier:
			shared = read[schema.Classifier](t, item)
		case manifest.DataType:
			shared = read[schema.DataType](t, item)
		default:
			continue
		}
		c.Share(shared)
	}
	for _, s := range d.services {
		if err := c.Put(s); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
	}
	return c
}

// planning is a real store that plans only.
type planning struct{ *store.DB }

func (planning) Commit(context.Context, int64, []appendlog.Resource, manifest.RecordFunc) ([]appendlog.Resource, error) {
	return nil, errors.New("a dry run must not commit")
}

func (planning) Seal(journal.Record) (appendlog.Entry, error) {
	return appendlog.Entry{}, errors.New("a dry run must not seal")
}

func (planning) Prove([]byte) []byte { return nil }

func (planning) StateLine(context.Context) (string, int64, error) { return "", 0, nil }

func (planning) Changes(context.Context) (*journal.State, error) { return journal.NewState(), nil }

func TestManifests_AreValidAsAWhole(t *testing.T) {
	b := startRegisters(t)
	db := must.Get(store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")}))(t)
	defer db.Close()
	p, _ := adapter(t, b)
	k := must.Get(manifest.New(manifest.Config{
		Store: planning{db}, Sealer: planning{db}, CheckService: p.Check, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Rooms: manifest.NewImages(registry.New(nil)),
	}))(t)
	set := sample(t, b.Vars())
	plan := must.Get(k.Apply(t.Context(), "test", set, true))(t)
	if plan.Count(manifest.Create) != len(set) {
		t.Errorf("%d to create of %d", plan.Count(manifest.Create), len(set))
	}
	d := must.Get(declaredIn(set))(t)
	kinds := map[registry.Level]int{}
	for _, one := range d.participants {
		kinds[one.Level]++
	}
	if len(d.participants) != 12 || kinds[registry.Central] == 0 || kinds[registry.Local] == 0 || kinds[""] == 0 {
		t.Errorf("%d participants: %v", len(d.participants), kinds)
	}
	if len(d.services) != 8 {
		t.Errorf("%d services", len(d.services))
	}
	for id, owner := range owners {
		if system, _, _ := strings.Cut(string(id), "#"); !slices.ContainsFunc(d.participants, func(p registry.Participant) bool {
			return p.ID == mconnect.SystemID(system).Participant() && p.IDNO == owner
		}) {
			t.Errorf("%s acts under %s, which is not its owner's IDNO", id, owner)
		}
	}
}

// TestManifests_TextsAreInThreeLanguages: what people will see in a catalogue exists for all of them.
func TestManifests_TextsAreInThreeLanguages(t *testing.T) {
	vars := somewhere()
	whole := func(where string, x mconnect.Text) {
		t.Helper()
		if x.RO == "" || x.EN == "" || x.RU == "" {
			t.Errorf("%s: %+v", where, x)
		}
	}
	var fields func(where string, list []schema.Field)
	fields = func(where string, list []schema.Field) {
		for _, f := range list {
			at := where + "." + f.Name
			whole(at, f.Description)
			fields(at, f.Fields)
			if f.Items != nil {
				fields(at, f.Items.Fields)
			}
		}
	}
	for _, s := range published(t, vars).All() {
		whole(string(s.Name), s.Title)
		whole(string(s.Name), s.Description)
		fields(s.Request.Name, s.Request.Fields)
		fields(s.Response.Name, s.Response.Fields)
	}
	d := must.Get(declaredIn(sample(t, vars)))(t)
	for _, p := range d.participants {
		whole(string(p.ID), p.Name)
	}
	for _, a := range d.agreements {
		for _, p := range a.Purposes {
			whole(string(a.ID), p.Title)
			if p.Reason.Pattern != "" {
				whole(string(a.ID)+" reason", p.Reason.Form)
			}
		}
	}
}

// adapter is the platform's own, with the secrets that the registers demand, and the part of it that takes files.
func adapter(t *testing.T, b bench) (*provider.Provider, *file.Protocol) {
	t.Helper()
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: signingCertificates()[1].PrivateKey.(crypto.Signer), Certificate: signingCertificates()[1].Leaf})
	must.OK(t, err)
	access := httpaccess.New(httpaccess.Config{
		Anchors: func() *x509.CertPool { return b.cfg.Anchors }, Certificate: func() *tls.Certificate { return &b.cfg.Certificate },
		Secrets: func(_, name string) ([]byte, error) { return []byte(registerSecrets[name]), nil },
	})
	databases := must.Get(sql.New(b.Databases))(t)
	files := file.New(file.Config{Folder: t.TempDir()})
	p, err := provider.New(provider.Config{}, rest.New(access), soap.New(soap.Config{Access: access, Signer: signer, Headers: signer}), databases, files)
	must.OK(t, err)
	t.Cleanup(func() { p.Close() })
	return p, files
}

// TestManifests_FitTheRegisters asks every register through its manifest and the platform's adapter, and
// holds the answer against the catalogue, cut to everything declared.
func TestManifests_FitTheRegisters(t *testing.T) {
	b := startRegisters(t)
	services := published(t, b.Vars())
	p, files := adapter(t, b)
	w := b.dataset
	person := w.parent()
	table := must.Get(households(w.Plots()))(t)
	household, ok := services.Get("GetHousehold", mconnect.Version{Major: 1})
	if !ok {
		t.Fatal("no GetHousehold")
	}
	if _, err := files.Put(t.Context(), household.Service, file.Upload{Name: householdsName(today), Body: bytes.NewReader(table), By: "test"}); err != nil {
		t.Fatal(err)
	}
	plot := w.Plots()[0]
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
		{"GetCivilStatusAct", `{"IDNP":"` + string(person.Children[0]) + `"}`, []string{`"N-`, person.GivenName}, []string{"mentiuni", "+02:00"}},
		{"GetHousehold", `{"IDNP":"` + string(plot.Owner.IDNP) + `"}`, []string{plot.Household, plot.Use, `"DataValidAt":"2026-01-15"`}, []string{"Telefon", plot.Owner.Phone}},
		{"GetVehicle", `{"IDNV":"` + string(car.IDNV) + `"}`, []string{car.Plate, string(car.Owner)}, []string{"Phone"}},
	} {
		t.Run(one.service, func(t *testing.T) {
			ready := must.Get(services.Resolve(mconnect.ServiceName(one.service), mconnect.Version{}))(t)
			for _, e := range p.Check(ready.Service) {
				t.Errorf("check: %+v", e)
			}
			if !ready.Personal {
				t.Error("must be known as personal data")
			}
			input := must.Get(ready.RequestSchema.Read([]byte(one.input)))(t)
			reply := must.Get(p.Deliver(t.Context(), provider.Request{Service: ready, Input: input}))(t)
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

func TestManifests_EveryVariableIsFilledIn(t *testing.T) {
	dir := t.TempDir()
	if err := writeManifests(dir, map[string]string{Population: "https://127.0.0.1:1"}); err == nil {
		t.Error("a manifest with an unknown variable was written")
	}
	vars := somewhere()
	own := filepath.Join(dir, "50-own.yaml")
	must.OK(t, os.WriteFile(own, []byte("# mine\n"), 0o644))
	must.OK(t, writeManifests(dir, vars))
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
