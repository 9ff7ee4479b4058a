package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if withPostgres {
		if c, err := cluster(); err == nil {
			if err := c.Close(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				status = 1
			}
		}
	}
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

const (
	trace = "0af7651916cd43dd8448eb211c80319c"
	call  = mconnect.CallID("01900000-0000-7000-8000-000000000001")
	input = `{"IDNP":"2000000000008"}`
)

// authority is a certificate authority of one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// fixed is the trust of a platform whose anchors do not change.
func fixed(pool *x509.CertPool) func() *x509.CertPool {
	return func() *x509.CertPool { return pool }
}

func (a *authority) issue(t testing.TB, name string, until time.Time) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// register starts an HTTP server in the part of a provider's register.
func register(t testing.TB, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

// registerTLS is register with TLS, its certificate issued by a for name.
func registerTLS(t testing.TB, cert *tls.Certificate, clients *x509.CertPool, handle http.HandlerFunc) *httptest.Server {
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

func answer(media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		io.WriteString(w, body)
	}
}

func newProvider(t testing.TB, cfg Config) *Provider {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// service is GetPerson with the given endpoint; read-only, its request an IDNP and some optional fields.
func service(e catalog.Endpoint) *catalog.Ready {
	return &catalog.Ready{Service: catalog.Service{
		Name: "GetPerson", Version: mconnect.Version{Major: 1}, ReadOnly: true, Endpoint: e,
		Request: schema.Type{Name: "PersonRequest", Fields: []schema.Field{
			{Name: "IDNP", Type: schema.String, Mandatory: true},
			{Name: "Page", Type: schema.Integer}, {Name: "Active", Type: schema.Boolean},
			{Name: "Tags", Type: schema.Array, Items: &schema.Field{Type: schema.String}},
			{Name: "Owner", Type: schema.Object, Mandatory: true, Fields: []schema.Field{{Name: "IDNP", Type: schema.String, Mandatory: true}}},
		}},
	}}
}

func post(url string) *catalog.Ready {
	return service(catalog.Endpoint{REST: &catalog.REST{URL: url, Method: "POST"}})
}

// patience is how long a test waits for what must come: a busy machine is late and not wrong.
const patience = 10 * time.Minute

func deliver(t testing.TB, p *Provider, s *catalog.Ready, in string) (exchange.Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return p.Deliver(ctx, exchange.Delivery{Service: s, Call: call, Trace: trace, Input: []byte(in)})
}

// wantFault demands a fault of the catalogue on the given leg, whatever its cause.
func wantFault(t testing.TB, err error, code fault.Code, leg fault.Leg) *fault.Error {
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
