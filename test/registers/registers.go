// Package registers has what tests of the adapters towards providers share: servers in the part of registers,
// certificates for them, and the service that is called.
package registers

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/waits"
)

const (
	Trace = "0af7651916cd43dd8448eb211c80319c"
	Call  = mconnect.CallID("01900000-0000-7000-8000-000000000001")
	Input = `{"IDNP":"2000000000008"}`
)

// New makes a Provider that speaks the protocols and is closed with the test.
func New(t testing.TB, cfg provider.Config, protocols ...provider.Protocol) *provider.Provider {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := must.Get(provider.New(cfg, protocols...))(t)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Authority is a certificate authority of one test.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	PEM  string
}

// NewAuthority makes an Authority that is good for an hour.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	cert := must.Get(x509.ParseCertificate(der))(t)
	return &Authority{cert, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

// Pool trusts the authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Fixed is the trust of a platform whose anchors do not change.
func Fixed(pool *x509.CertPool) func() *x509.CertPool {
	return func() *x509.CertPool { return pool }
}

// Issue makes a certificate for a name, with its key.
func (a *Authority) Issue(t testing.TB, name string, until time.Time) *tls.Certificate {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key))(t)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Serve starts an HTTP server in the part of a provider's register.
func Serve(t testing.TB, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

// ServeTLS is Serve with TLS; with clients it demands a certificate of theirs.
func ServeTLS(t testing.TB, cert *tls.Certificate, clients *x509.CertPool, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handle)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}}
	if clients != nil {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, clients
	}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// Answer answers every request with the body.
func Answer(media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = io.WriteString(w, body) // the peer may have gone
	}
}

// Service is GetPerson with the given endpoint; read-only, its request an IDNP and some optional fields.
func Service(e catalog.Endpoint) *catalog.Ready {
	return &catalog.Ready{Service: catalog.Service{
		Name: "GetPerson", Version: mconnect.Version{Major: 1}, ReadOnly: true, Endpoint: e,
		Request: schema.Type{Name: "PersonRequest", Fields: []schema.Field{
			{Name: "IDNP", Type: schema.String, Mandatory: true},
			{Name: "Page", Type: schema.Integer}, {Name: "Active", Type: schema.Boolean},
			{Name: "Tags", Type: schema.Array, Items: &schema.Field{Type: schema.String}},
			{Name: "Owner", Type: schema.Object, Mandatory: true,
				Fields: []schema.Field{{Name: "IDNP", Type: schema.String, Mandatory: true}}},
		}},
	}}
}

// Post is Service with a REST endpoint at url.
func Post(url string) *catalog.Ready {
	return Service(catalog.Endpoint{REST: &catalog.REST{URL: url, Method: "POST"}})
}

// Deliver delivers one call with the identifiers of these tests.
func Deliver(t testing.TB, p *provider.Provider, s *catalog.Ready, in string) (provider.Reply, error) {
	t.Helper()
	return p.Deliver(waits.Context(t), provider.Request{Service: s, Call: Call, Trace: Trace, Input: []byte(in)})
}

// WantFault demands a fault of the catalogue on the given leg, whatever its cause.
func WantFault(t testing.TB, err error, code fault.Code, leg fault.Leg) *fault.Error {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if e.Code != code {
		t.Fatalf("got %v, want %s", e, code)
	}
	if leg != "" && e.Leg != leg && len(fault.Code(code).Entry().Leg) > 0 {
		t.Fatalf("%s on the leg of the %s, want %s", code, e.Leg, leg)
	}
	return e
}

// Raw is a register that speaks bytes, not HTTP: it reads one request and does what the test says.
func Raw(t testing.TB, serve func(n int, c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { <-stop; c.Close() }()
			go serve(n, c, bufio.NewReader(c))
		}
	}()
	t.Cleanup(func() { l.Close(); <-done; close(stop) })
	return "http://" + l.Addr().String()
}

// Once is a register that sends the text after one whole request and closes. A text in the middle of a request would
// let net/http's Transport report either the text or its own broken sending.
func Once(t testing.TB, text string) string {
	return Raw(t, func(_ int, c net.Conn, r *bufio.Reader) {
		if request, err := http.ReadRequest(r); err == nil {
			_, _ = io.Copy(io.Discard, request.Body)
			_, _ = io.WriteString(c, text) // the peer may have gone
		}
		c.Close()
	})
}

// Replying is a register that answers with these bytes and closes.
func Replying(t testing.TB, status int, media, body string) string {
	t.Helper()
	return Once(t, "HTTP/1.1 "+strconv.Itoa(status)+" x\r\nContent-Type: "+media+"\r\nContent-Length: "+strconv.Itoa(len(body))+
		"\r\nConnection: close\r\n\r\n"+body)
}

// Ready compiles the response type of a service.
func Ready(t testing.TB, s catalog.Service) *catalog.Ready {
	t.Helper()
	compiled := must.Get(schema.CompileType(s.Response))(t)
	return &catalog.Ready{Service: s, ResponseSchema: compiled}
}

// Paths are the places of what a check found, sorted, each once.
func Paths(found []fault.FieldError) []string {
	var p []string
	for _, f := range found {
		p = append(p, f.Path)
	}
	slices.Sort(p)
	return slices.Compact(p)
}
