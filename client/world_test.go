package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/listener"
	"mconnect/internal/surface/rest"
	"mconnect/test/must"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const callID = mconnect.CallID("01900000-0000-7000-8000-000000000001")

// platform is the real REST surface, registry, catalogue and agreements; what the exchange answers, the test says.
type platform struct {
	url     string
	roots   *x509.CertPool
	own     tls.Certificate // of the calling system
	foreign tls.Certificate // registered for nobody

	got    exchange.Call
	answer *exchange.Answer
	fault  *fault.Error
}

func (p *platform) Do(_ context.Context, c *exchange.Call) (*exchange.Answer, error) {
	p.got = *c
	p.got.Input = append([]byte(nil), c.Input...)
	c.ID, c.Receipt, c.Known = callID, journal.Receipt{Index: 41, Size: 42}, true
	if c.Unread != nil {
		return nil, c.Unread
	}
	if p.fault != nil {
		return nil, p.fault
	}
	return p.answer, nil
}

func (p *platform) Prove(_ context.Context, system mconnect.SystemID, call mconnect.CallID, _ string) ([]byte, error) {
	if system != "town.desk" || call != callID {
		return nil, fault.New(fault.RecordUnknown)
	}
	return []byte("c2sp.org/tlog-proof@v1\n"), nil
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{roots: x509.NewCertPool()}
	server := selfSigned(t, "exchange.test", p.roots)
	p.own, p.foreign = selfSigned(t, "desk.test", nil), selfSigned(t, "stranger.test", nil)
	r := registry.New(registry.TrustFunc(func([]*x509.Certificate, time.Time) error { return nil }))
	digit, _ := mconnect.CheckDigit("100000000001")
	name := mconnect.Text{RO: "Primăria Exemplu"}
	must.OK(t, r.PutParticipant(registry.Participant{ID: "town", IDNO: mconnect.IDNO("100000000001" + string(digit)), Name: name, Sector: registry.Public, Level: registry.Local}))
	must.OK(t, r.PutSystem(registry.System{ID: "town.desk", Name: name, Roles: []registry.Role{registry.Consumer}}))
	must.OK(t, r.PutCertificate(registry.Certificate{System: "town.desk",
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.own.Certificate[0]}))}))
	surface, err := rest.New(rest.Config{Exchange: p, Identifier: r, Prover: p, Catalog: offered(t), Agreements: agreed(t), Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler)})
	must.OK(t, err)
	p.serve(t, surface.Handler(), server)
	return p
}

func (p *platform) serve(t *testing.T, handler http.Handler, cert tls.Certificate) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must.OK(t, err)
	s := listener.Config{}.Server(handler, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert,
		NextProtos: []string{"h2", "http/1.1"}}, slog.New(slog.DiscardHandler))
	done := make(chan struct{})
	go func() { defer close(done); _ = s.ServeTLS(l, "", "") }()
	t.Cleanup(func() { s.Close(); <-done })
	p.url = "https://" + l.Addr().String()
}

func offered(t *testing.T) *catalog.Catalog {
	t.Helper()
	c := catalog.New()
	must.OK(t, c.Put(catalog.Service{Name: "GetPerson", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "Persoana", EN: "Person"},
		Provider: "asp.rsp", Status: catalog.Published, Subject: "IDNP", ReadOnly: true,
		Request:  schema.Type{Name: "PersonRequest", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true, Personal: true}}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{{Name: "LastName", Type: schema.String, Personal: true}}},
		Endpoint: catalog.Endpoint{REST: &catalog.REST{URL: "https://register.test", Method: "POST"}}}))
	return c
}

func agreed(t *testing.T) *agreement.Book {
	t.Helper()
	compiled, err := agreement.Compile(agreement.Agreement{ID: "town-person", Consumer: "town.desk", Service: "GetPerson", Version: mconnect.Version{Major: 1},
		Purposes: []agreement.Purpose{{Code: "residence", Title: mconnect.Text{RO: "Reședință", EN: "Residence"}, Accepts: []string{"Legea 100"}, Fields: []string{"LastName"},
			LegalBasis: agreement.LegalBasis{Act: "Legea nr. 100/2001", Article: "art. 12"},
			Reason:     agreement.Reason{Form: mconnect.Text{RO: "număr dosar", EN: "case number"}, Example: "DOS-1"}}}})
	must.OK(t, err)
	b := agreement.NewBook()
	b.Put(compiled)
	return b
}

func selfSigned(t *testing.T, name string, roots *x509.CertPool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must.OK(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must.OK(t, err)
	cert, err := x509.ParseCertificate(der)
	must.OK(t, err)
	if roots != nil {
		roots.AddCert(cert)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: cert}
}

func (p *platform) client(t *testing.T, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{URL: p.url, Certificate: p.own, Roots: p.roots, Language: mconnect.English}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	must.OK(t, err)
	t.Cleanup(c.Close)
	return c
}

type broken struct{ sent string }

func (b broken) WriteTo(w io.Writer) (int64, error) {
	n, _ := io.WriteString(w, b.sent)
	return int64(n), io.ErrUnexpectedEOF
}
