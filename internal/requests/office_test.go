package requests_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
	"mconnect/internal/manifest"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/requests"
	"mconnect/internal/sandbox"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestMain(m *testing.M) { os.Exit(engines.Suite{Tests: m}.Run()) }

// country is a town hall that asks, and a register that is asked.
const country = `
kind: Participant
id: hall
idno: "1999900000047"
name: { ro: "Primăria Exemplu" }
sector: public
level: local
contacts: [ { role: dpo, name: "Responsabil", email: "dpo@hall.invalid" }, { role: technical, name: "Oficiu", email: "it@hall.invalid" } ]
---
kind: Participant
id: asp
idno: "1999900000014"
name: { ro: "Agenția Exemplu" }
sector: public
level: central
---
kind: System
id: hall.desk
name: { ro: "Asistență socială" }
roles: [consumer]
---
kind: System
id: asp.rsp
name: { ro: "Registrul populației" }
roles: [provider]
---
kind: Service
name: GetPerson
version: 1.0.0
title: { ro: "Persoana" }
provider: asp.rsp
status: published
read_only: true
subject: IDNP
personal_data: [identifier, identity, address]
request: { name: GetPerson, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: LastName, type: string, personal: true }, { name: FirstName, type: string, personal: true }, { name: Address, type: object, personal: true, fields: [ { name: Street, type: string, personal: true }, { name: House, type: string, personal: true } ] } ] }
endpoint: { rest: { url: "https://register.invalid", method: POST } }
`

// office is the whole below the surfaces, on a real store.
type office struct {
	*requests.Requests
	t       *testing.T
	db      *store.DB
	keys    journal.Keys
	dir     string
	keeper  *manifest.Keeper
	journal *journal.Journal
	log     *store.Log
	rooms   manifest.Images
	ca      *authority.Authority
	signers map[people.PersonID]signer
	persons map[mconnect.IDNP]people.PersonID

	mu sync.Mutex
	at time.Time
}

type signer struct {
	key   crypto.Signer
	chain []*x509.Certificate
}

// newOffice opens a store with the country, and a clock that stands.
func newOffice(t *testing.T) *office {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	o := &office{t: t, at: time.Now().UTC().Truncate(time.Second), signers: map[people.PersonID]signer{},
		persons: map[mconnect.IDNP]people.PersonID{}}
	o.dir = dir
	o.ca = must.Get(authority.Create(dir, authority.Config{}))(t)
	db := must.Get(store.Open(ctx, store.Config{URL: engines.URL(t)}))(t)
	t.Cleanup(func() { _ = db.Close() })
	keys := must.Get(journal.NewKeys())(t)
	o.log = must.Get(db.OpenLog(ctx, "journal", journal.NewSealer(keys, "test.invalid/journal")))(t)
	o.journal = must.Get(journal.New(journal.Config{Log: o.log, Keys: keys, Origin: "test.invalid/journal", Node: "test"}))(t)
	o.db, o.keys = db, keys
	o.open()
	o.apply(country)
	return o
}

// open makes the images and the service over the store.
func (o *office) open() {
	o.t.Helper()
	t, db := o.t, o.db
	trust := must.Get(pki.NewTrust(pki.TrustConfig{Anchors: []string{o.dir + "/ca.pem"}}))(t)
	o.rooms = manifest.NewImages(registry.New(trust))
	o.keeper = must.Get(manifest.New(manifest.Config{Store: manifest.Stored{Database: db, Log: o.log}, Sealer: o.journal,
		Rooms: o.rooms, Clock: o.now, Logger: slog.New(slog.DiscardHandler)}))(t)
	trials := sandbox.NewTrials(sandbox.Real{Registry: o.rooms.Registry, Catalog: o.rooms.Catalog,
		Agreements: o.rooms.Agreements, Revision: o.keeper.Revision}, time.Minute, o.now)
	platform := must.Get(o.ca.Issue(authority.Request{Use: authority.ForSystem, Name: "platform"}))(t)
	o.Requests = must.Get(requests.New(requests.Config{
		Store: db, Log: o.log, Sealer: o.journal, Country: o.keeper, Rooms: o.rooms, Forms: form.Builtin(),
		Verifier: requests.Uploaded{Persons: o, Trust: o.trusted},
		Signer:   requests.PlatformKey{Key: platform.Key, Chain: []*x509.Certificate{platform.Certificate}},
		Tester:   requests.Contract{Sandbox: trial{trials}, Rooms: o.rooms}, Clock: o.now,
	}))(t)
}

// second is another node over the same store, with images of its own.
func (o *office) second() *office {
	o.t.Helper()
	other := &office{t: o.t, db: o.db, keys: o.keys, dir: o.dir, log: o.log, journal: o.journal, ca: o.ca, at: o.at}
	other.open()
	must.OK(o.t, other.keeper.Load(o.t.Context()))
	return other
}

func (o *office) apply(text string) {
	o.t.Helper()
	set := must.Get(manifest.Parse("country.yaml", []byte(text), nil))(o.t)
	must.Get(o.keeper.Apply(o.t.Context(), "tester", set, false))(o.t)
}

// certify registers a certificate of the town hall's system.
func (o *office) certify() {
	o.t.Helper()
	issued := must.Get(o.ca.Issue(authority.Request{Use: authority.ForSystem, Name: "hall.desk"}))(o.t)
	must.Get(o.keeper.Put(o.t.Context(), manifest.Order{Actor: "tester"}, manifest.Certificate,
		must.Get(jsonOf(registry.Certificate{System: "hall.desk", PEM: string(pki.EncodeCertificates(issued.Certificate))}))(o.t),
		manifest.BaseAny))(o.t)
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

// trusted accepts the certificates that the office issued to persons.
func (o *office) trusted(chain []*x509.Certificate, _ time.Time) error {
	for _, s := range o.signers {
		if s.chain[0].Equal(chain[0]) {
			return nil
		}
	}
	return fault.New(fault.CertificateUntrusted)
}

// PersonOf implements requests.Persons.
func (o *office) PersonOf(_ context.Context, idnp mconnect.IDNP) (people.PersonID, error) {
	if p, ok := o.persons[idnp]; ok {
		return p, nil
	}
	return "", fault.New(fault.RequestSigner)
}

// person is somebody with roles at a participant, or of the staff where that is "".
func (o *office) person(id people.PersonID, at mconnect.ParticipantID, roles ...people.Role) people.Principal {
	return people.Principal{Person: id, Name: string(id), Roles: append(roles, people.Citizen), StepUp: o.now(),
		Context: people.Context{Participant: at, Staff: at == ""}}
}

// sign makes the signature of a person, with a certificate that states the person's number.
func (o *office) sign(id people.PersonID, idnp mconnect.IDNP, content []byte) string {
	o.t.Helper()
	s, ok := o.signers[id]
	if !ok {
		key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(o.t)
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(len(o.signers) + 2)),
			Subject:   pkix.Name{CommonName: "Exemplu", SerialNumber: "PNOMD-" + string(idnp)},
			NotBefore: o.now().Add(-time.Hour), NotAfter: o.now().Add(time.Hour)}
		der := must.Get(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(o.t)
		s = signer{key, []*x509.Certificate{must.Get(x509.ParseCertificate(der))(o.t)}}
		o.signers[id] = s
		o.persons[idnp] = id
	}
	return must.Get(requests.SignJWS(s.key, s.chain, content))(o.t)
}

// trial opens the sandboxes of contract tests.
type trial struct{ *sandbox.Trials }

// Of implements requests.Sandbox.
func (o trial) Of(a agreement.Agreement) (requests.Caller, error) {
	s, err := o.Trials.Of(a)
	return caller{s}, err
}

type caller struct{ *sandbox.Tried }

// Call implements requests.Caller.
func (c caller) Call(ctx context.Context, one requests.Call) ([]byte, error) {
	return c.Tried.Call(ctx, sandbox.Trial(one))
}

// answers fill every block of a plain request of the town hall.
func answers(from, until string) map[string]map[string]any {
	text := func(s string) any { return map[string]any{"ro": s, "en": s, "ru": s} }
	return map[string]map[string]any{
		"A": {"systems": []any{"hall.desk"}, "rsi_number": "RSI-17",
			"contacts": []any{map[string]any{"role": "dpo", "name": "Responsabil", "email": "dpo@hall.invalid"}}},
		"B": {"service": "GetPerson/1.0.0", "fields": []any{"LastName", "FirstName", "Address"}, "mode": "interactive",
			"volume_day": "lt1000", "peak_min": 30.0, "persons_year": "lt1000"},
		"C": {"purposes": []any{map[string]any{"code": "ajutor-social", "title": text("Ajutor social"),
			"public_text": text("Verificăm dreptul la ajutor."), "basis_kind": "e",
			"acts": []any{map[string]any{"act": "Legea nr. 133/2008", "path": "art. 7"}},
			"task": "Legea cere verificarea domiciliului familiei.", "purpose_fields": []any{"LastName", "FirstName", "Address"},
			"why": "Numele și domiciliul stabilesc familia care cere ajutorul.", "who_calls": "official",
			"reason_form": "application_number", "reason_pattern": "AS-[0-9]{5}", "reason_example": "AS-00017",
			"from": from, "until": until}}},
		"D": {"children": false, "retention_months": 12.0, "download": false, "onward": false, "inform": "notice",
			"notice_url": "https://hall.invalid/date", "automated_decision": false, "verify_only": "no", "matching": false,
			"rec_activity": "Registru, poziția 4", "disclosure": "open", "measures": []any{"roles", "logs"}},
		"G": {"declare_true": true, "declare_purpose": true, "declare_notice": true, "declare_rights": true, "declare_dpo": true},
	}
}

// step does one step and ends the test when it fails.
func (o *office) step(p people.Principal, number string, s access.Step) access.Request {
	o.t.Helper()
	return must.Get(o.Step(o.t.Context(), p, number, s))(o.t)
}

func requestsDraft() access.Beginning {
	return access.Beginning{Kind: access.New, Service: "GetPerson/1.0.0"}
}
