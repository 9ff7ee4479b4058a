package rest_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mconnect/internal/app"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/listener"
	"mconnect/internal/surface/problem"
	"mconnect/internal/surface/rest"
	"mconnect/test/keeper"
	"mconnect/test/must"
	"mconnect/test/site"
	"mconnect/test/waits"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Synthetic: 1999… and 2999… were never assigned.
const (
	subject  = "2999000006393"
	official = "2999900000262"
	question = `{"IDNP":"` + subject + `"}`
)

// setting is what a test may want otherwise; zero values are generous.
type setting struct {
	stranger time.Duration
	inFlight int64
	read     time.Duration // of a request
	header   time.Duration // of its header
	record   time.Duration // to make one record
	write    time.Duration // of the server, for a whole answer
	room     int64         // of bodies
	evidence int           // pieces a second
	piece    time.Duration // for each piece of a streamed one
}

// testPlatform is a platform on SQLite with its REST surface over TLS, and a register over TLS behind it: all parts are
// the real ones, as app wires them.
type testPlatform struct {
	*app.Installation
	*site.Site
	surface *rest.Surface
	url     string

	mu       sync.Mutex
	register map[string]http.HandlerFunc // by path
	asked    []string                    // paths that reached the register
}

func newTestPlatform(t testing.TB, s setting) *testPlatform {
	t.Helper()
	w := &testPlatform{Site: site.New(t), register: map[string]http.HandlerFunc{}}
	w.Installation = w.Open(t)
	w.index(t)
	w.apply(t, manifests(w.startRegister(t))+w.Enrol(t, "hall.app")+w.Enrol(t, "school.app"))
	w.serve(t, s)
	return w
}

// index feeds the search index, as app does while it runs.
func (w *testPlatform) index(t testing.TB) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.Journal.Index(ctx, w.Store)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}

// meter joins the journal's meter with agreements, as app does.
type meter struct{ *journal.Meter }

func limitOf(a *agreement.Compiled) journal.Limit {
	return journal.Limit{PerDay: a.Quota.PerDay, PerSecond: a.Quota.PerSecond, Burst: a.Quota.Burst}
}

func (m meter) Usage(a *agreement.Compiled, at time.Time) agreement.Usage {
	today, exceeded := m.Meter.Usage(a.ID, limitOf(a), at)
	return agreement.Usage{Today: today, RateExceeded: exceeded}
}

func (m meter) Take(a *agreement.Compiled, at time.Time) bool {
	return m.Meter.Take(a.ID, limitOf(a), at)
}

func (w *testPlatform) serve(t testing.TB, s setting) {
	t.Helper()
	counts := must.Get(w.Journal.Meter(t.Context(), w.Store))(t)
	x := must.Get(exchange.New(exchange.Config{
		Registry: w.Rooms.Registry, Catalog: w.Rooms.Catalog, Agreements: w.Rooms.Agreements, Ledger: w.Journal,
		Deliverer: w.Deliverer(), Meter: meter{counts}, Defaults: exchange.Defaults{Record: s.record, Piece: s.piece},
	}))(t)
	t.Cleanup(func() { must.OK(t, x.Close(context.Background())) })
	w.surface = must.Get(rest.New(rest.Config{
		Exchange: x, Identifier: w.Rooms.Registry, Prover: w.Installation, Catalog: w.Rooms.Catalog, Agreements: w.Rooms.Agreements,
		Guide: w.Guide, Clock: time.Now, Logger: slog.New(slog.DiscardHandler), MaxRequest: max(8<<10, s.room), MaxInFlight: s.inFlight, PreAuthRead: s.stranger, Piece: s.piece, Evidence: s.evidence,
	}))(t)
	if s.room > 0 {
		w.surface.Memory = admission.NewMemoryBudget(s.room)
	}
	server := listener.Config{Read: s.read, Write: s.write, ReadHeader: s.header}.Server(w.surface.Handler(), pki.ServerTLS(w.Identity), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { // after the server has ended
		for end := time.Now().Add(waits.Limit); w.surface.Memory.Held() != 0 && time.Now().Before(end); <-time.After(time.Millisecond) {
		}
		if n := w.surface.Memory.Held(); n != 0 {
			t.Errorf("%d bytes of bodies are held by nobody", n)
		}
	})
	w.url = site.Serve(t, server)
}

// startRegister serves what w.register holds, over TLS under the same authority, and returns its URL.
func (w *testPlatform) startRegister(t testing.TB) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.URL.Path)
		answer := w.register[r.URL.Path]
		w.mu.Unlock()
		if answer == nil {
			answer = person
		}
		answer(rw, r)
	}))
	issued := site.Issue(t, w.Authority, authority.Request{Use: authority.ForSystem, Name: "registry.persons", Hosts: []string{"127.0.0.1"}})
	server.TLS = &tls.Config{Certificates: []tls.Certificate{issued}}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// answers makes the register answer path by f.
func (w *testPlatform) answers(path string, f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.register[path] = f
}

// reached empties the list of paths that reached the register.
func (w *testPlatform) reached() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

func (w *testPlatform) apply(t testing.TB, text string) {
	t.Helper()
	keeper.Apply(t, w.Country, text)
}

// got is an answer as a client sees it.
type got struct {
	status  int
	proto   int
	header  http.Header
	body    string
	problem problem.Document // of a refusal
	err     error            // met while reading the body
}

// ask calls a target as it stands, lawfully but for what change alters.
func (w *testPlatform) ask(t testing.TB, c *http.Client, target, body string, change func(*http.Request)) got {
	t.Helper()
	req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url, strings.NewReader(body)))(t)
	req.URL.Opaque = target
	for name, value := range map[string]string{
		"Content-Type": "application/json", "CallingUser": official, "CallingEntity": "1999900000014", "CallBasis": "Legea exemplu",
		"CallReason": "DOS-0001", "Accept-Language": "en",
	} {
		req.Header.Set(name, value)
	}
	if change != nil {
		change(req)
	}
	res := must.Get(c.Do(req))(t)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	g := got{status: res.StatusCode, proto: res.ProtoMajor, header: res.Header, body: string(text), err: err}
	if res.Header.Get("Content-Type") == problem.MediaType {
		must.OK(t, json.Unmarshal(text, &g.problem))
	}
	return g
}

// get asks about the caller's own affairs.
func (w *testPlatform) get(t testing.TB, c *http.Client, target string) got {
	return w.ask(t, c, target, "", func(r *http.Request) { r.Method = http.MethodGet })
}

// record reads the newest record of the journal.
func (w *testPlatform) record(t testing.TB) (int64, journal.Entry) {
	t.Helper()
	head := must.Get(w.Log().Head(t.Context()))(t)
	e, _, err := w.Journal.Entry(t.Context(), head.Size-1)
	must.OK(t, err)
	return head.Size - 1, e
}

// person answers as a register does, with one field more than is granted and one that is not declared.
func person(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(rw, `{"IDNP":"`+subject+`","LastName":"Sintetic","Secret":"stays","Undeclared":1}`)
}

const typed = `response:
  name: Person
  fields:
    - { name: IDNP, type: idnp, mandatory: true, personal: true }
    - { name: LastName, type: string, mandatory: true, personal: true }
    - { name: Secret, type: string, personal: true }`

// manifests declare the country: two consumers and a register. Each service is served by the path of its name.
func manifests(register string) string {
	text := `
{ kind: Participant, id: hall, idno: "1999900000014", name: { ro: Primăria Exemplu }, sector: public, level: local }
---
{ kind: Participant, id: school, idno: "1999900000036", name: { ro: Școala Exemplu }, sector: public, level: local }
---
{ kind: Participant, id: registry, idno: "1999900000025", name: { ro: Registrul Exemplu }, sector: public, level: central }
---
{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer] }
---
{ kind: System, id: school.app, name: { ro: Înscriere }, roles: [consumer] }
---
{ kind: System, id: registry.persons, name: { ro: Persoane }, roles: [provider] }
`
	const from = "deprecation: 2026-01-01T00:00:00Z\nsunset: 2099-01-31T22:00:00Z\nsuccessor: GetPerson/2.0.0\n"
	text += service("GetPerson", "2.0.0", register, "published", typed) + agreed("GetPerson", "2.0.0", "IDNP, LastName", "")
	text += service("GetPerson", "1.0.0", register, "deprecated", from+typed) + agreed("GetPerson", "1.0.0", "LastName", "")
	text += service("GetScarce", "1.0.0", register, "published", typed) + agreed("GetScarce", "1.0.0", "LastName", "quota: { per_day: 1 }")
	text += service("GetLate", "1.0.0", register, "published", "limits: { timeout: 60ms }\n"+typed) + agreed("GetLate", "1.0.0", "LastName", "")
	text += service("GetDown", "1.0.0", "https://127.0.0.1:1", "published", typed) + agreed("GetDown", "1.0.0", "LastName", "")
	for _, name := range []string{"GetNobody", "GetWrong", "GetGarbage", "GetTrouble"} {
		text += service(name, "1.0.0", register, "published", typed) + agreed(name, "1.0.0", "LastName", "")
	}
	text += service("GetForeign", "1.0.0", register, "published", typed)
	text += service("GetExtract", "1.0.0", register, "published", "opaque: { media_types: [application/pdf], personal: true }")
	return text + agreed("GetExtract", "1.0.0", `"*"`, "")
}

func service(name, version, url, status, rest string) string {
	return fmt.Sprintf(`---
kind: Service
name: %s
version: %s
title: { ro: Persoană, en: Person, ru: Лицо }
provider: registry.persons
status: %s
read_only: true
subject: IDNP
request: { name: Question, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
endpoint: { rest: { url: %q, method: POST, path: /%[1]s } }
%[5]s
`, name, version, status, url, rest)
}

func agreed(service, version, fields, rest string) string {
	return fmt.Sprintf(`---
kind: Agreement
id: hall.%s
consumer: hall.app
service: %s
version: %s
validity: { from: 2020-01-01T00:00:00Z, to: 2099-12-31T22:00:00Z }
%s
purposes:
  - code: ajutor
    title: { ro: Ajutor social, en: Social aid }
    legal_basis: { act: Legea exemplu, article: art. 1 }
    accepts: [Legea exemplu]
    reason: { pattern: "DOS-[0-9]{4}|dosarul nr\\. .{1,90}", form: { ro: număr de dosar, en: a case number }, example: DOS-0001 }
    fields: [%s]
`, strings.ToLower(service)+version[:1], service, version, rest, fields)
}
