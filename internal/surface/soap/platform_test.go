package soap_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/keeper"
	"mconnect/test/must"
	"mconnect/test/site"
)

// Synthetic: 1999… and 2999… were never assigned.
const (
	subject  = "2999000006393"
	company  = "1999900000025"
	official = "2999900000262"
	owner    = "1999900000014"
)

// withoutRSA is the node of an installation without a signing certificate.
const withoutRSA = "older"

// party is a key with its certificate, as a system holds them.
type party struct {
	key        crypto.Signer
	cert       *x509.Certificate
	authority  *x509.Certificate
	pem, keyAt string // files
}

func (p party) pair() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.cert.Raw, p.authority.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

// testPlatform is the whole platform, as app wires it, with three registers behind it: over REST, over REST with a
// mapping, and a database.
type testPlatform struct {
	connecting sync.Mutex
	*site.Site
	t        testing.TB
	dir      string
	app      *app.App
	signing  *x509.Certificate
	ca       string // file
	url      string
	parties  map[string]party
	register string      // URL of the REST register
	asked    chan string // bodies that reached the REST register
}

func newTestPlatform(t testing.TB, change ...func(*config.Config)) *testPlatform {
	t.Helper()
	w := &testPlatform{t: t, dir: t.TempDir(), parties: map[string]party{}, asked: make(chan string, 4096)}
	w.Site = site.New(t, append([]func(*config.Config){func(c *config.Config) {
		c.Exchange.Names = []string{"127.0.0.1"}
		c.Providers = config.Providers{Databases: map[string]string{"land": "sqlite:" + w.landRegister()}}
	}}, change...)...)
	cfg := w.Settings
	w.ca = filepath.Join(cfg.PKI.Dir, "ca.pem")
	signing := must.Get(w.Authority.Issue(authority.Request{Use: authority.ForSigning, Name: "mconnect", RSA: true}))(t)
	if cfg.Node != withoutRSA {
		must.OK(t, signing.Save(cfg.PKI.SigningCertificate, cfg.PKI.SigningKey))
	}
	w.signing = signing.Certificate
	w.start(cfg)
	w.register = w.startRegister()
	text := declared(w.register)
	for name, rsa := range map[string]bool{"hall.app": true, "school.app": true, "clinic.app": false, "mill.app": true} {
		text += w.enrol(name, name, rsa)
	}
	text += w.enrol("hall.app", "hall.tls", false)
	w.apply(text)
	return w
}

// start runs the platform until the test ends.
func (w *testPlatform) start(cfg config.Config) {
	w.t.Helper()
	w.app = must.Get(app.New(context.Background(), cfg, slog.New(slog.DiscardHandler)))(w.t)
	w.url = "https://" + w.app.Addrs().Exchange
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.app.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
}

// landRegister makes a database that has no API.
func (w *testPlatform) landRegister() string {
	path := filepath.Join(w.dir, "land.db")
	db := must.Get(sql.Open("sqlite", path))(w.t)
	_, err := db.Exec(`CREATE TABLE estates (number TEXT, owner TEXT, area TEXT); INSERT INTO estates VALUES
		('0100101.001', '` + subject + `', '54.30'), ('0100101.002', '` + subject + `', '612.00'), ('0100101.003', '2999000000003', '1.00')`)
	must.OK(w.t, err)
	must.OK(w.t, db.Close())
	return path
}

// startRegister serves persons and legal entities over TLS under the platform's authority.
func (w *testPlatform) startRegister() string {
	w.t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/persons", func(rw http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.asked <- string(text)
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"IDNP":"`+subject+`","LastName":"Sintetică & <Șt>","BirthDate":"1990-02-28","Secret":"stays","Undeclared":1}`)
	})
	mux.HandleFunc("/companies/", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, company) {
			http.Error(rw, `{}`, http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(rw, `{"id":"`+company+`","name":"Moara Exemplu SRL","heads":["Ion","Ana"]}`)
	})
	mux.HandleFunc("/documents", func(rw http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.asked <- string(text)
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"Number":"D-1"}`)
	})
	mux.HandleFunc("/bad", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"Number":"D\u0001"}`) // a character that XML cannot hold
	})
	server := httptest.NewUnstartedServer(mux)
	issued := must.Get(w.Authority.Issue(authority.Request{Use: authority.ForSystem, Name: "registry.persons", Hosts: []string{"127.0.0.1"}}))(w.t)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{issued.Certificate.Raw}, PrivateKey: issued.Key}}}
	server.StartTLS()
	w.t.Cleanup(server.Close)
	return server.URL
}

// enrol issues a certificate to a system under a name of the test's and returns the manifest that registers it.
func (w *testPlatform) enrol(system, as string, rsa bool) string {
	w.t.Helper()
	w.issue(system, as, rsa)
	return site.CertificateManifest(system, w.parties[as].cert)
}

// issue makes a certificate that is registered for nobody yet.
func (w *testPlatform) issue(system, as string, rsa bool) party {
	w.t.Helper()
	issued := must.Get(w.Authority.Issue(authority.Request{Use: authority.ForSystem, Name: system, RSA: rsa}))(w.t)
	p := party{issued.Key, issued.Certificate, issued.Authority, filepath.Join(w.dir, as+".pem"), filepath.Join(w.dir, as+"-key.pem")}
	must.OK(w.t, issued.Save(p.pem, p.keyAt))
	// the leaf alone, as WS-Security clients want it
	must.OK(w.t, os.WriteFile(p.pem, pki.EncodeCertificates(p.cert), 0o600))
	w.parties[as] = p
	return p
}

func (w *testPlatform) apply(text string) {
	w.t.Helper()
	keeper.Apply(w.t, w.app.Country, text)
}

// client connects as a party that holds the certificate, "" for nobody.
func (w *testPlatform) client(name string) *http.Client {
	w.connecting.Lock() // clients of several goroutines
	defer w.connecting.Unlock()
	if name != "" {
		w.Certificates[name] = w.parties[name].pair()
	}
	return w.Client(w.t, name, false)
}

// got is an answer as a client sees it.
type got struct {
	status int
	header http.Header
	body   string
}

// post sends a body to a path.
func (w *testPlatform) post(c *http.Client, path, body string, header map[string]string) got {
	w.t.Helper()
	req := must.Get(http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(body)))(w.t)
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("Accept-Language", "en")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	return w.do(c, req)
}

func (w *testPlatform) get(c *http.Client, path string) got {
	w.t.Helper()
	return w.do(c, must.Get(http.NewRequest(http.MethodGet, w.url+path, nil))(w.t))
}

func (w *testPlatform) do(c *http.Client, req *http.Request) got {
	w.t.Helper()
	res := must.Get(c.Do(req))(w.t)
	defer func() { _ = res.Body.Close() }()
	text := must.Get(io.ReadAll(res.Body))(w.t)
	return got{res.StatusCode, res.Header, string(text)}
}

// newest reads the newest record of the journal.
func (w *testPlatform) newest() (int64, journal.Entry) {
	w.t.Helper()
	head := must.Get(w.app.Log().Head(context.Background()))(w.t)
	e, _, err := w.app.Journal.Entry(context.Background(), head.Size-1)
	must.OK(w.t, err)
	return head.Size, e
}

// before reads the record before the newest.
func (w *testPlatform) before() journal.Entry {
	w.t.Helper()
	size, _ := w.newest()
	e, _, err := w.app.Journal.Entry(context.Background(), size-2)
	must.OK(w.t, err)
	return e
}

// lawful states a legal context in HTTP headers.
func lawful() map[string]string {
	return map[string]string{"CallingUser": official, "CallingEntity": owner, "CallBasis": "Legea%20exemplu", "CallReason": "DOS-0001"}
}

// context states it in header blocks.
const blocks = `<mc:CallReason xmlns:mc="https://mconnect.gov.md">DOS-0001</mc:CallReason><mc:CallingUser xmlns:mc="https://mconnect.gov.md">` + official +
	`</mc:CallingUser><mc:CallBasis xmlns:mc="https://mconnect.gov.md">Legea exemplu</mc:CallBasis><mc:CallingEntity xmlns:mc="https://mconnect.gov.md">` + owner + `</mc:CallingEntity>`

// declared is the country: four consumers, a register with several services and an agreement for each.
func declared(register string) string {
	text := `
{ kind: Participant, id: hall, idno: "1999900000014", name: { ro: Primăria Exemplu }, sector: public, level: local }
---
{ kind: Participant, id: school, idno: "1999900000036", name: { ro: Școala Exemplu }, sector: public, level: local }
---
{ kind: Participant, id: clinic, idno: "1999900000047", name: { ro: Clinica Exemplu }, sector: public, level: local }
---
{ kind: Participant, id: mill, idno: "1999900000069", name: { ro: Moara Exemplu }, sector: private }
---
{ kind: Participant, id: registry, idno: "1999900000025", name: { ro: Registrul Exemplu }, sector: public, level: central }
---
{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], signature: { allow_sha1: true }, gateway: hall.gov.md/AsistentaSociala }
---
{ kind: System, id: school.app, name: { ro: Înscriere }, roles: [consumer] }
---
{ kind: System, id: clinic.app, name: { ro: Programare }, roles: [consumer], signature: { answer: p256, algorithms: [ecdsa-sha256], signed_timestamp: true } }
---
{ kind: System, id: mill.app, name: { ro: Moara }, roles: [consumer], signature: { algorithms: [ecdsa-sha256] } }
---
{ kind: System, id: registry.persons, name: { ro: Persoane }, roles: [provider] }
`
	text += service("GetPerson", "2.0.0", fmt.Sprintf(`subject: IDNP
request: { name: Question, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
response:
  name: Person
  fields:
    - { name: IDNP, type: idnp, mandatory: true, personal: true }
    - { name: LastName, type: string, mandatory: true, personal: true }
    - { name: BirthDate, type: date, personal: true }
    - { name: Secret, type: string, personal: true }
endpoint: { rest: { url: %q, method: POST, path: /persons } }`, register))
	text += service("GetLegalEntity", "1.0.0", fmt.Sprintf(`request: { name: EntityQuestion, fields: [{ name: IDNO, type: idno, mandatory: true }] }
response:
  name: LegalEntity
  fields:
    - { name: IDNO, type: idno, mandatory: true }
    - { name: Name, type: string, mandatory: true }
    - { name: Heads, type: array, items: { name: Head, type: string } }
endpoint: { rest: { url: %q, method: GET, path: "/companies/{IDNO}", response: "{IDNO: .id, Name: .name, Heads: .heads}" } }`, register))
	text += service("GetRealEstates", "1.0.0", `subject: IDNP
request: { name: EstatesQuestion, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
response:
  name: RealEstates
  fields:
    - name: RealEstate
      type: array
      items: { name: RealEstate, type: object, fields: [{ name: Number, type: string, mandatory: true }, { name: Area, type: decimal }] }
endpoint: { sql: { database: land, query: "SELECT number, area FROM estates WHERE owner = $1 ORDER BY number", params: [IDNP], response: "{RealEstate: [.[] | {Number: .number, Area: .area}]}" } }`)
	text += service("PutDocument", "1.0.0", fmt.Sprintf(`request: { name: NewDocument, fields: [{ name: Title, type: string, mandatory: true }, { name: Content, type: binary, mandatory: true }] }
response: { name: Stored, fields: [{ name: Number, type: string, mandatory: true }] }
endpoint: { rest: { url: %q, method: POST, path: /documents } }`, register))
	text += service("GetBroken", "1.0.0", fmt.Sprintf(`request: { name: BrokenQuestion, fields: [] }
response: { name: Broken, fields: [{ name: Number, type: string, mandatory: true }] }
endpoint: { rest: { url: %q, method: POST, path: /bad } }`, register))
	text += service("GetExtract", "1.0.0", fmt.Sprintf(`request: { name: ExtractQuestion, fields: [] }
opaque: { media_types: [application/pdf] }
endpoint: { rest: { url: %q, method: POST, path: /extract } }`, register))
	for _, name := range []string{"GetPerson", "GetLegalEntity", "GetRealEstates", "PutDocument", "GetBroken", "GetExtract"} {
		text += agreed("hall.app", name)
	}
	return text + agreed("clinic.app", "GetPerson") + agreed("mill.app", "GetLegalEntity")
}

func service(name, version, rest string) string {
	return fmt.Sprintf("---\nkind: Service\nname: %s\nversion: %s\ntitle: { ro: Serviciu, en: Service, ru: Сервис }\nprovider: registry.persons\nstatus: published\nread_only: true\n%s\n", name, version, rest)
}

func agreed(system, service string) string {
	major, fields := "1", `"*"`
	if service == "GetPerson" {
		major, fields = "2", "IDNP, LastName, BirthDate"
	}
	return fmt.Sprintf(`---
kind: Agreement
id: %s.%s
consumer: %s
service: %s
version: %s.0.0
caller_rules: tolerant
purposes:
  - code: ajutor
    title: { ro: Ajutor social, en: Social aid }
    legal_basis: { act: Legea exemplu, article: art. 1 }
    accepts: [Legea exemplu]
    reason: { pattern: "DOS-[0-9]{4}", form: { ro: număr de dosar, en: a case number }, example: DOS-0001 }
    fields: [%s]
`, strings.Split(system, ".")[0], strings.ToLower(service), system, service, major, fields)
}
