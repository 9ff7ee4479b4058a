package app_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/durable"
	"mconnect/internal/manifest"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
	"mconnect/test/waits"
)

const token = "a-token-of-the-local-administrator"

// testPlatform is one installation in a folder of its own, with one consumer and one REST register.
type testPlatform struct {
	t         *testing.T
	cfg       config.Config
	authority *authority.Authority
	register  *httptest.Server
	log       *syncBuffer

	mu     sync.Mutex
	answer http.HandlerFunc // of the register
}

// syncBuffer collects the log of many goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newTestPlatform(t *testing.T) *testPlatform {
	t.Helper()
	w := &testPlatform{t: t, log: &syncBuffer{}}
	w.cfg = config.Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Node: "test",
		Exchange: config.Exchange{Listen: "127.0.0.1:0"}, Events: config.Events{Listen: "127.0.0.1:0"}, Admin: config.Admin{Listen: "127.0.0.1:0"},
		Journal: config.Journal{Origin: "test.invalid/journal"},
	}.WithDefaults()
	must.OK(t, w.cfg.Validate())
	w.authority = must.Get(authority.Create(w.cfg.PKI.Dir, authority.Config{}))(t)
	w.issue(authority.Request{Use: authority.ForPlatform, Name: "mconnect", Hosts: []string{"127.0.0.1"}}, w.cfg.PKI.PlatformCertificate, w.cfg.PKI.PlatformKey)
	must.OK(t, durable.MkdirAll(w.cfg.Journal.Keys, 0o700))
	must.Get(journal.CreateKeys(w.cfg.Journal.Keys))(t)
	must.OK(t, durable.WriteFile(w.cfg.AdminToken(), []byte(token+"\n"), 0o600))
	w.startRegister()
	return w
}

func (w *testPlatform) path(name string) string { return filepath.Join(w.cfg.DataDir, name) }

func (w *testPlatform) issue(req authority.Request, cert, key string) tls.Certificate {
	w.t.Helper()
	issued := must.Get(w.authority.Issue(req))(w.t)
	must.OK(w.t, issued.Save(cert, key))
	return must.Get(tls.LoadX509KeyPair(cert, key))(w.t)
}

func (w *testPlatform) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(w.authority.Certificate())
	return pool
}

// startRegister serves one person over TLS with a certificate of the same authority.
func (w *testPlatform) startRegister() {
	w.answer = func(rw http.ResponseWriter, _ *http.Request) {
		person(rw, `"LastName":"Sintetic","Secret":"stays here"`)
	}
	w.register = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		answer := w.answer
		w.mu.Unlock()
		answer(rw, r)
	}))
	identity := w.issue(authority.Request{Use: authority.ForSystem, Name: "registru", Hosts: []string{"127.0.0.1"}}, w.path("r.pem"), w.path("r-key.pem"))
	w.register.TLS = &tls.Config{Certificates: []tls.Certificate{identity}}
	w.register.StartTLS()
	w.t.Cleanup(w.register.Close)
}

func (w *testPlatform) answers(f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

// manifests declare the country: one consumer, one register, one service, one agreement.
func (w *testPlatform) manifests() manifest.Set {
	w.t.Helper()
	pair := w.issue(authority.Request{Use: authority.ForSystem, Name: "hall.app"}, w.path("hall.pem"), w.path("hall-key.pem"))
	pem := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(pair.Leaf))), "\n", "\n  ")
	text := fmt.Sprintf(`
kind: Participant
id: hall
idno: "1999900000014"
name: { ro: Primăria Exemplu }
sector: public
level: local
---
kind: Participant
id: registry
idno: "1999900000025"
name: { ro: Registrul Exemplu }
sector: public
level: central
---
{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer] }
---
{ kind: System, id: registry.persons, name: { ro: Persoane }, roles: [provider] }
---
kind: Certificate
system: hall.app
pem: |
  %s
---
kind: Service
name: GetPerson
version: 1.0.0
title: { ro: Persoană }
provider: registry.persons
status: published
read_only: true
subject: IDNP
request: { name: Question, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
response:
  name: Person
  fields:
    - { name: IDNP, type: idnp, mandatory: true, personal: true }
    - { name: LastName, type: string, mandatory: true, personal: true }
    - { name: Secret, type: string, personal: true }
endpoint: { rest: { url: %q, method: POST } }
---
kind: Agreement
id: hall.person
consumer: hall.app
service: GetPerson
version: 1.0.0
purposes:
  - code: ajutor
    title: { ro: Ajutor social }
    legal_basis: { act: Legea exemplu, article: art. 1 }
    accepts: [Legea exemplu]
    reason: { pattern: "DOS-[0-9]{4}", form: { ro: număr de dosar }, example: DOS-0001 }
    fields: [IDNP, LastName]
`, pem, w.register.URL)
	return must.Get(manifest.Parse("test.yaml", []byte(text), nil))(w.t)
}

// running is an App that serves in the background.
type running struct {
	*app.App
	w     *testPlatform
	stop  context.CancelFunc
	ended chan error
}

func (w *testPlatform) start() *running {
	w.t.Helper()
	a := must.Get(app.New(w.t.Context(), w.cfg, app.NewLogger(w.log, config.Log{Level: slog.LevelDebug})))(w.t)
	ctx, stop := context.WithCancel(context.Background())
	r := &running{App: a, w: w, stop: stop, ended: make(chan error, 1)}
	go func() {
		r.ended <- a.Run(ctx)
		close(r.ended)
	}()
	w.t.Cleanup(func() {
		stop()
		<-r.ended
	})
	r.await("/readyz", http.StatusOK)
	return r
}

// end stops the App and waits until it has.
func (r *running) end() {
	r.w.t.Helper()
	r.stop()
	select {
	case err := <-r.ended:
		if err != nil {
			r.w.t.Fatalf("stopped with %v\n%s", err, r.w.log)
		}
	case <-time.After(waits.Limit):
		r.w.t.Fatalf("does not stop\n%s", r.w.log)
	}
}

// await asks the admin listener until it answers as wished.
func (r *running) await(path string, status int) {
	r.w.t.Helper()
	web := r.w.client(nil)
	defer web.CloseIdleConnections()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		res, err := web.Get("https://" + r.Addrs().Admin + path)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == status {
				return
			}
		}
		<-time.After(5 * time.Millisecond)
	}
	r.w.t.Fatalf("%s does not answer %d\n%s", path, status, r.w.log)
}

func (w *testPlatform) client(pair *tls.Certificate) *http.Client {
	c := &tls.Config{RootCAs: w.pool()}
	if pair != nil {
		c.Certificates = []tls.Certificate{*pair}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}, Timeout: 20 * time.Second}
}

// ask calls GetPerson as the town hall.
func (r *running) ask(reason string) (status int, header http.Header, body string) {
	r.w.t.Helper()
	web := r.w.hall()
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(http.MethodPost, "https://"+r.Addrs().Exchange+"/api/v1/GetPerson", strings.NewReader(`{"IDNP":"2999000006393"}`)))(r.w.t)
	req.Header = lawful()
	req.Header.Set("CallReason", reason)
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	text := must.Get(io.ReadAll(res.Body))(r.w.t)
	return res.StatusCode, res.Header, string(text)
}

// hall is the town hall's client.
func (w *testPlatform) hall() *http.Client {
	pair := must.Get(tls.LoadX509KeyPair(w.path("hall.pem"), w.path("hall-key.pem")))(w.t)
	return w.client(&pair)
}

// lawful states a legal context that the agreement accepts.
func lawful() http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "CallingUser": "2999900000262", "CallingEntity": "1999900000014",
		"CallBasis": "Legea exemplu", "CallReason": "DOS-0001",
	} {
		h.Set(name, value)
	}
	return h
}

// person answers as the register does.
func person(rw http.ResponseWriter, fields string) {
	rw.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(rw, `{"IDNP":"2999000006393",`+fields+`}`)
}

// metrics reads what the administrators' listener tells Prometheus.
func (r *running) metrics() string {
	r.w.t.Helper()
	_, body := r.manage(token, "/metrics")
	return body
}

// manage asks the management API with a token.
func (r *running) manage(token, path string) (status int, body string) {
	r.w.t.Helper()
	web := r.w.client(nil)
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(http.MethodGet, "https://"+r.Addrs().Admin+path, nil))(r.w.t)
	req.Header.Set("Authorization", "Bearer "+token)
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode, string(must.Get(io.ReadAll(res.Body))(r.w.t))
}
