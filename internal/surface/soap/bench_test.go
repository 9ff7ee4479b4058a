package soap

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// forgetful lets one message be sent again and again.
type forgetful struct{}

func (forgetful) Remember([32]byte, time.Time, time.Time) error { return nil }

// answering is an exchange that answers at once, in the caller's form.
type answering struct{ ready *catalog.Ready }

func (a answering) Do(_ context.Context, c *exchange.Call) (*exchange.Answer, error) {
	if c.Unread != nil || c.Unproven != nil {
		return nil, fault.New(fault.InternalError)
	}
	body, err := c.Encode(nil, a.ready, []byte(`{"IDNP":"2999000006393","LastName":"Sintetic","FirstName":"Exemplu","BirthDate":"1990-02-28"}`))
	return &exchange.Answer{Body: body, Service: a.ready}, err
}

// measured is a surface with one system and one service, everything real but the exchange, and a message signed by RSA.
func measured(t testing.TB, answer registry.Answer) (*Surface, *http.Request, []byte) {
	t.Helper()
	ca := must.Get(authority.Create(t.TempDir(), authority.Config{}))(t)
	issue := func(req authority.Request) *tls.Certificate {
		i := must.Get(ca.Issue(req))(t)
		return &tls.Certificate{Certificate: [][]byte{i.Certificate.Raw}, PrivateKey: i.Key, Leaf: i.Certificate}
	}
	own := issue(authority.Request{Use: authority.ForSystem, Name: "hall.app", RSA: true})
	rsaPair, p256Pair := issue(authority.Request{Use: authority.ForSigning, Name: "x", RSA: true}), issue(authority.Request{Use: authority.ForSigning, Name: "x"})
	r := registry.New(registry.TrustFunc(func([]*x509.Certificate, time.Time) error { return nil }))
	for _, err := range []error{
		r.PutParticipant(registry.Participant{ID: "hall", IDNO: "1999900000014", Name: mconnect.Text{RO: "P"}, Sector: registry.Public, Level: registry.Local}),
		r.PutSystem(registry.System{ID: "hall.app", Name: mconnect.Text{RO: "A"}, Roles: []registry.Role{registry.Consumer}, Signature: registry.Signature{Answer: answer}}),
		r.PutCertificate(registry.Certificate{System: "hall.app", PEM: string(pki.EncodeCertificates(own.Leaf))}),
	} {
		must.OK(t, err)
	}
	services := catalog.New()
	str := func(name string) schema.Field { return schema.Field{Name: name, Type: schema.String} }
	err := services.Put(catalog.Service{
		Name: "GetPerson", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "P"}, Provider: "registry.persons", Status: catalog.Published, ReadOnly: true,
		Request:  schema.Type{Name: "Question", Fields: []schema.Field{str("IDNP")}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{str("IDNP"), str("LastName"), str("FirstName"), str("BirthDate")}},
		Endpoint: catalog.Endpoint{REST: &catalog.REST{URL: "https://x.invalid", Method: "POST"}},
	})
	must.OK(t, err)
	ready, _ := services.Get("GetPerson", mconnect.Version{Major: 1})
	s := must.Get(New(Config{
		Exchange: answering{ready}, Registry: r, Catalog: services, Agreements: agreement.NewBook(), Replay: forgetful{},
		Keys:    Keys{RSA: func() *tls.Certificate { return rsaPair }, P256: func() *tls.Certificate { return p256Pair }},
		Address: func() string { return "https://x" }, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
	}))(t)
	signer := must.Get(xmlsec.NewSigner(xmlsec.SignConfig{Key: own.PrivateKey.(crypto.Signer), Certificate: own.Leaf, Lifetime: time.Hour}))(t)
	text := must.Get(signer.Sign(wrapEnvelope(xmlsec.NamespaceSOAP11, "", []byte(`<GetPerson xmlns="https://mconnect.gov.md"><IDNP>2999000006393</IDNP></GetPerson>`))))(t)
	req := httptest.NewRequest(http.MethodPost, "/soap/hall.app", nil)
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	return s, req, text
}

// once sends the message and demands an answer.
func serveOnce(t testing.TB, s *Surface, req *http.Request, text []byte) {
	r := *req
	body := strings.NewReader(string(text))
	r.Body, r.ContentLength = http.NoBody, int64(len(text))
	r.Body = struct {
		*strings.Reader
		noCloser
	}{body, noCloser{}}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, &r)
	if w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
}

type noCloser struct{}

func (noCloser) Close() error { return nil }

func BenchmarkCall(b *testing.B) {
	for _, answer := range []registry.Answer{registry.AnswerRSA, registry.AnswerP256} {
		b.Run(string(answer), func(b *testing.B) {
			s, req, text := measured(b, answer)
			b.ReportAllocs()
			for b.Loop() {
				serveOnce(b, s, req, text)
			}
		})
	}
}

// BenchmarkPrimitives is what no implementation can do without: verify by RSA-2048, sign by RSA-2048 or on P-256.
func BenchmarkPrimitives(b *testing.B) {
	key := must.Get(rsa.GenerateKey(rand.Reader, 2048))(b)
	curve := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(b)
	sum := sha256.Sum256([]byte("x"))
	value := must.Get(key.Sign(rand.Reader, sum[:], crypto.SHA256))(b)
	for name, signer := range map[string]crypto.Signer{"rsa": key, "p256": curve} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], value) != nil {
					b.Fatal("wrong")
				}
				must.Get(signer.Sign(rand.Reader, sum[:], crypto.SHA256))(b)
			}
		})
	}
}

// TestBench_MeasuredCallIsAnswered: what the benchmark measures is a whole call, signed by the key that the system asks
// for.
func TestBench_MeasuredCallIsAnswered(t *testing.T) {
	for _, answer := range []registry.Answer{registry.AnswerRSA, registry.AnswerP256} {
		s, req, text := measured(t, answer)
		serveOnce(t, s, req, text)
		if used := map[registry.Answer]*signer{registry.AnswerRSA: &s.rsa, registry.AnswerP256: &s.p256}[answer]; used.made == nil {
			t.Errorf("not signed by %s", answer)
		}
	}
}
