package manifest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// idno makes the n-th valid number of a legal entity.
func idno(n int) string {
	twelve := fmt.Sprintf("1%011d", n)
	digit, _ := mconnect.CheckDigit(twelve)
	return twelve + string(digit)
}

const serviceYAML = `
kind: Service
name: GetPerson
version: 1.0.0
title: { ro: "Persoana" }
provider: register.main
status: published
read_only: true
subject: IDNP
request: { name: GetPerson, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: LastName, type: string, personal: true }, { name: FirstName, type: string, personal: true } ] }
endpoint: { rest: { url: "${REGISTER}", method: POST } }
`

const deal = `
kind: Agreement
id: hall-person
consumer: hall.desk
service: GetPerson
version: 1.0.0
purposes:
  - code: residence
    title: { ro: "Domiciliu" }
    legal_basis: { act: "Legea nr. 0/0000 (exemplu)", article: "art. 1" }
    accepts: ["Legea nr. 0/0000"]
    fields: [LastName]
`

func participantYAML(id string, n int) string {
	return "---\nkind: Participant\nid: " + id + "\nidno: \"" + idno(n) + "\"\nname: { ro: \"Exemplu " + id + "\" }\nsector: public\nlevel: central\n"
}

func systemYAML(id, role string) string {
	return "---\nkind: System\nid: " + id + "\nname: { ro: \"Sistem exemplu\" }\nroles: [" + role + "]\n"
}

func whole() string {
	return participantYAML("register", 1) + participantYAML("hall", 2) + systemYAML("register.main", "provider") +
		systemYAML("hall.desk", "consumer") + "---" + serviceYAML + "---" + deal
}

var vars = map[string]string{"REGISTER": "http://127.0.0.1:9"}

func folder(text string) fstest.MapFS { return fstest.MapFS{"country.yaml": {Data: []byte(text)}} }

func load(t *testing.T, text string) Set {
	t.Helper()
	set, err := Load(folder(text), vars)
	if err != nil {
		t.Fatal(describe(err))
	}
	return set
}

func describe(err error) string {
	f := fault.From(err)
	s := f.Error()
	for _, field := range f.Fields {
		s += fmt.Sprintf("\n  %s %s %v", field.Path, field.Code, field.Params)
	}
	return s
}

func TestMain(m *testing.M) { os.Exit(engines.Suite{Tests: m}.Run()) }

// office is a keeper over a real store.
type office struct {
	*Keeper
	db      *store.DB
	journal *journal.Journal
	log     *store.Log
	url     string
	keys    journal.Keys
}

func r1() mconnect.Version { return mconnect.Version{Major: 1} }

func open(t *testing.T, url string) *office {
	t.Helper()
	keys := must.Get(journal.NewKeys())(t)
	return openWith(t, url, keys)
}

// openWith opens one more handle on a store whose journal is sealed with keys.
func openWith(t *testing.T, url string, keys journal.Keys) *office {
	t.Helper()
	ctx := context.Background()
	db := must.Get(store.Open(ctx, store.Config{URL: url}))(t)
	t.Cleanup(func() { _ = db.Close() })
	log := must.Get(db.OpenLog(ctx, "journal", journal.NewSealer(keys, "test.invalid/journal")))(t)
	j, err := journal.New(journal.Config{Log: log, Keys: keys, Origin: "test.invalid/journal", Node: "test"})
	must.OK(t, err)
	k := must.Get(New(Config{
		Store: Stored{db, log}, Sealer: j, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Rooms: NewImages(registry.New(nil)),
	}))(t)
	return &office{k, db, j, log, url, keys}
}

func newOffice(t *testing.T) *office { return open(t, engines.URL(t)) }

func (o *office) apply(t *testing.T, text string) Plan {
	t.Helper()
	plan, err := o.Apply(t.Context(), "tester", load(t, text), false)
	if err != nil {
		t.Fatal(describe(err))
	}
	return plan
}

func (o *office) records(t *testing.T) int64 {
	t.Helper()
	h := must.Get(o.log.Head(t.Context()))(t)
	return h.Size
}

func TestApplyIsPlannedRecordedAndIdempotent(t *testing.T) {
	engines.Each(t, applyIsPlannedRecordedAndIdempotent)
}

func applyIsPlannedRecordedAndIdempotent(t *testing.T) {
	o := newOffice(t)
	plan, err := o.Apply(t.Context(), "tester", load(t, whole()), true)
	if err != nil || plan.Count(Create) != 6 || o.records(t) != 0 || o.Revision() != 0 {
		t.Fatalf("dry run: %v, plan %v, %d records", err, plan, o.records(t))
	}
	o.apply(t, whole())
	if o.records(t) != 6 || o.Revision() != 6 {
		t.Fatalf("%d records, revision %d, want 6 of each", o.records(t), o.Revision())
	}
	entry, _, err := o.journal.Entry(t.Context(), 5)
	must.OK(t, err)
	if c := entry.Change; entry.Kind != journal.Change || entry.Actor != "tester" || c == nil || c.Resource != Agreement || c.ID != "hall-person" ||
		c.Action != Create || !strings.Contains(c.Document, `"consumer":"hall.desk"`) {
		t.Fatalf("last record %+v", entry)
	}
	if again := o.apply(t, whole()); again.Count(Unchanged) != 6 || o.records(t) != 6 {
		t.Fatalf("second time: %v, %d records", again, o.records(t))
	}
	if len(o.Rooms.Agreements.For("hall.desk", "GetPerson")) != 1 {
		t.Fatal("the book does not have the agreement")
	}
}

func TestUpdateSaysWhatChanges(t *testing.T) { engines.Each(t, updateSaysWhatChanges) }

func updateSaysWhatChanges(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	plan := o.apply(t, strings.Replace(deal, "id: hall-person", "id: hall-person\nstatus: suspended", 1))
	if len(plan) != 1 || plan[0].Action != Update || plan[0].Diff != "status: — → suspended" {
		t.Fatalf("plan %+v", plan)
	}
	if a, _ := o.Rooms.Agreements.Get("hall-person"); a.Status != agreement.Suspended {
		t.Fatal("the book still has the agreement in force")
	}
}

func TestNothingIsChangedWhenAnythingIsWrong(t *testing.T) {
	engines.Each(t, nothingIsChangedWhenAnythingIsWrong)
}

func nothingIsChangedWhenAnythingIsWrong(t *testing.T) {
	o := newOffice(t)
	wrong := strings.ReplaceAll(whole(), "fields: [LastName]", "fields: [LastName, Salary, Address.Street]")
	wrong = strings.Replace(wrong, "provider: register.main", "provider: hall.desk", 1)
	wrong = strings.Replace(wrong, "consumer: hall.desk", "consumer: hall.lobby", 1)
	wrong += participantYAML("twin", 1)
	_, err := o.Apply(t.Context(), "tester", load(t, wrong), false)
	f := fault.From(err)
	if f == nil || f.Code != fault.ResourceInvalid {
		t.Fatalf("error %v", err)
	}
	got := describe(err)
	for _, want := range []string{
		"/idno resource.duplicate", "/provider resource.role", "/consumer resource.unknown", "/purposes/0/fields/1 resource.unknown",
		"/purposes/0/fields/2 resource.unknown", "country.yaml:",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
	if o.records(t) != 0 || len(o.Rooms.Registry.Participants()) != 0 {
		t.Fatal("something was changed")
	}
}

func TestLoadNamesFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":    {participantYAML("register", 1) + "colour: red\n", "country.yaml:8 /colour manifest.field"},
		"unknown kind":     {"kind: Planet\nid: x\n", "country.yaml:1 /kind input.enum"},
		"no kind":          {"id: x\n", "country.yaml:1 /kind input.missing"},
		"bad YAML":         {"kind: [", "country.yaml:1 manifest.syntax"},
		"unset variable":   {"kind: Participant\nid: ${NOBODY}\n", "country.yaml:2 manifest.variable"},
		"stated twice":     {participantYAML("register", 1) + participantYAML("register", 1), "resource.duplicate"},
		"bad number":       {strings.Replace(participantYAML("register", 1), idno(1), "1000000000000", 1), "/idno input.checkDigit"},
		"scalar document":  {"just text\n", "country.yaml:1  input.type"},
		"not in that type": {"kind: System\nid: [1]\n", "country.yaml:2 /id input.type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(folder(c.text), vars)
			if err == nil || !strings.Contains(describe(err), c.want) {
				t.Fatalf("error %s\nwant %q", describe(err), c.want)
			}
		})
	}
	if _, err := Load(fstest.MapFS{}, nil); err == nil {
		t.Fatal("an empty folder passes for a country")
	}
}

func TestSetIsOrderedByKindWhateverTheFiles(t *testing.T) {
	set, err := Load(fstest.MapFS{
		"a.yaml":     {Data: []byte(deal)},
		"b/b.yml":    {Data: []byte(serviceYAML)},
		"c.yaml":     {Data: []byte(systemYAML("register.main", "provider"))},
		"d.yaml":     {Data: []byte(participantYAML("register", 1) + "---\n---\n# nothing\n")},
		"README.txt": {Data: []byte("not a manifest")},
	}, vars)
	if err != nil {
		t.Fatal(describe(err))
	}
	var kinds []string
	for _, item := range set {
		kinds = append(kinds, item.Kind)
	}
	if got := strings.Join(kinds, " "); got != "Participant System Service Agreement" {
		t.Fatalf("order %s", got)
	}
	if !strings.Contains(string(set[2].Doc), "http://127.0.0.1:9") {
		t.Fatal("the variable was not replaced")
	}
}

func TestPutAndRemoveHoldToRevisions(t *testing.T) { engines.Each(t, putAndRemoveHoldToRevisions) }

func putAndRemoveHoldToRevisions(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	ctx := t.Context()
	was := must.Get(o.db.Resource(ctx, System, "hall.desk"))(t)
	next := []byte(strings.Replace(string(was.Doc), `"roles"`, `"status":"suspended","roles"`, 1))
	if _, err := o.Put(ctx, Order{Actor: "op"}, System, next, was.Revision-1); fault.From(err).Code != fault.ResourceConflict {
		t.Fatalf("an old base: %v", err)
	}
	put, err := o.Put(ctx, Order{Actor: "op"}, System, next, was.Revision)
	if err != nil || put.Revision <= was.Revision || put.ChangedBy != "op" {
		t.Fatalf("%+v, %v", put, err)
	}
	if s, _ := o.Rooms.Registry.System("hall.desk"); s.System.Active() {
		t.Fatal("the suspension is not in the registry")
	}
	if _, err := o.Put(ctx, Order{Actor: "op"}, System, next, BaseAbsent); fault.From(err).Code != fault.ResourceConflict {
		t.Fatalf("exists already: %v", err)
	}
	if _, err := o.Put(ctx, Order{Actor: "op"}, System, []byte(`{"id":"hall.desk","colour":1}`), BaseAny); fault.From(err).Code != fault.ResourceInvalid {
		t.Fatalf("unknown field: %v", err)
	}
	for _, c := range [][2]string{{Participant, "hall"}, {System, "hall.desk"}, {System, "register.main"}, {Service, "GetPerson/1.0.0"}} {
		if err := o.Remove(ctx, Order{Actor: "op"}, c[0], c[1], BaseAny); fault.From(err).Code != fault.ResourceInUse {
			t.Errorf("%v: %v, want resource.inUse", c, err)
		}
	}
	for _, c := range [][2]string{{Agreement, "hall-person"}, {System, "hall.desk"}, {Participant, "hall"}} {
		if err := o.Remove(ctx, Order{Actor: "op"}, c[0], c[1], BaseAny); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := o.Remove(ctx, Order{Actor: "op"}, Agreement, "hall-person", BaseAny); fault.From(err).Code != fault.ResourceUnknown {
		t.Fatalf("removed twice: %v", err)
	}
	if o.Rooms.Agreements.Len() != 0 || len(o.Rooms.Catalog.All()) != 1 || len(o.Rooms.Registry.Systems()) != 1 {
		t.Fatal("the rooms still have what was removed")
	}
}

func TestAnotherProcessIsFollowed(t *testing.T) { engines.Each(t, anotherProcessIsFollowed) }

func anotherProcessIsFollowed(t *testing.T) {
	url := engines.URL(t)
	here := open(t, url)
	there := openWith(t, url, here.keys) // the nodes of an installation share its keys
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- there.Follow(ctx) }()
	here.apply(t, whole())
	for there.Rooms.Agreements.Len() == 0 {
		select {
		case err := <-ended:
			t.Fatal("the other process has stopped following:", err)
		case <-time.After(5 * time.Millisecond):
		}
		if unproven := there.Unrecorded(); len(unproven) > 0 {
			t.Fatal("the other process does not take what this one recorded:", unproven)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestCertificateIsKnownByItsFingerprint(t *testing.T) {
	engines.Each(t, certificateIsKnownByItsFingerprint)
}

func certificateIsKnownByItsFingerprint(t *testing.T) {
	text := selfSigned(t)
	o := newOffice(t)
	o.apply(t, whole())
	indented := "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
	plan := o.apply(t, "kind: Certificate\nsystem: hall.desk\npem: |\n"+indented+"\n")
	if _, err := mconnect.ParseFingerprint(plan[0].ID); err != nil || len(o.Rooms.Registry.Certificates()) != 1 {
		t.Fatalf("plan %+v", plan)
	}
}

// selfSigned makes a certificate.
func selfSigned(t *testing.T) string {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "hall.desk"},
		NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func FuzzParse(f *testing.F) {
	f.Add(whole())
	f.Add("kind: Service\nname: &a [*a]\n")
	f.Add("---\n---\nkind: Participant\n...\n%YAML 1.2\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := Parse("x.yaml", []byte(text), vars)
		if err != nil {
			if fault.From(err).Code != fault.ResourceInvalid {
				t.Fatalf("error %v", err)
			}
			return
		}
		for _, item := range set {
			if _, err := decode(item.Kind, item.Doc); err != nil {
				t.Fatalf("stored form of %s %s is not readable: %v", item.Kind, item.ID, err)
			}
		}
	})
}
