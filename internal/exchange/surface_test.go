package exchange_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	restprovider "mconnect/internal/provider/rest"
	"mconnect/internal/surface/rest"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// prover proves the first record; whose it is does not matter here.
type prover struct{ w *platform }

func (p prover) Prove(ctx context.Context, _ mconnect.SystemID, _ mconnect.CallID, _ string) ([]byte, error) {
	return p.w.journal.Evidence(ctx, 0)
}

// deskCertificate issues a certificate whose holder is the system town.desk.
func deskCertificate(t *testing.T, w *platform) tls.Certificate {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(8), Subject: pkix.Name{CommonName: "town.desk"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	must.OK(t, w.registry.PutCertificate(registry.Certificate{System: "town.desk",
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// wired is the whole way over real connections: caller, TLS, REST surface, exchange, journal, provider adapter,
// TLS, register.
type wired struct {
	*platform
	url    string
	client *http.Client
	asked  []string // paths that reached the register
}

type deliverer struct{ *provider.Provider }

func (d deliverer) Deliver(ctx context.Context, of exchange.Delivery) (exchange.Reply, error) {
	reply, err := d.Provider.Deliver(ctx, provider.Request(of))
	return exchange.Reply(reply), err
}

func newWired(t *testing.T, h2 bool, register http.HandlerFunc) *wired {
	t.Helper()
	v := &wired{}
	reg := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.asked = append(v.asked, r.URL.Path)
		register(w, r)
	}))
	t.Cleanup(reg.Close)
	anchors := x509.NewCertPool()
	anchors.AddCert(reg.Certificate())
	adapter := must.Get(provider.New(provider.Config{Logger: slog.New(slog.DiscardHandler)},
		restprovider.New(httpaccess.New(httpaccess.Config{Anchors: func() *x509.CertPool { return anchors }}))))(t)
	t.Cleanup(func() { must.OK(t, adapter.Close()) })
	v.platform = newPlatform(t, func(c *exchange.Config) { c.Deliverer = deliverer{adapter} })
	for _, s := range []catalog.Service{personService(), document()} {
		s.Endpoint.REST = &catalog.REST{URL: reg.URL, Method: "POST", Path: "/" + string(s.Name), ServerName: "example.com"}
		must.OK(t, v.catalog.Put(s))
	}
	v.agree(t, agreement.Agreement{ID: "town-extract", Service: "GetExtract"})
	surface, err := rest.New(rest.Config{Exchange: v.platform, Identifier: v.registry, Prover: prover{v.platform}, Catalog: v.catalog,
		Agreements: v.book, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	must.OK(t, err)
	server := httptest.NewUnstartedServer(surface.Handler())
	server.EnableHTTP2 = h2
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(server.Close)
	v.url, v.client = server.URL, server.Client()
	v.client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{deskCertificate(t, v.platform)}
	return v
}

// post asks as a lawful caller would, but for what change alters.
func (v *wired) post(t *testing.T, target, body string, change func(*http.Request)) (*http.Response, string, error) {
	t.Helper()
	req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, v.url, strings.NewReader(body)))(t)
	req.URL.Opaque = target // sent as it stands
	for name, value := range map[string]string{
		"Content-Type": "application/json", "CallingUser": anOther, "CallingEntity": townHall, "CallBasis": "Legea 100/2001",
		"CallReason": url.PathEscape("DOS-17"), "Accept-Language": "en",
	} {
		req.Header.Set(name, value)
	}
	if change != nil {
		change(req)
	}
	res := must.Get(v.client.Do(req))(t)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

const question = `{"IDNP":"` + aPerson + `"}`

func person(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"IDNP":"`+aPerson+`","LastName":"Exemplu","Address":{"City":"Bălți","Street":"S"},"Secret":{"LastName":"x"}}`)
}

func TestSurface_CallOverTLS(t *testing.T) { engines.Each(t, theWholeWayOverTLS) }

func theWholeWayOverTLS(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		v := newWired(t, h2, person)
		res, body, err := v.post(t, "/api/v1/GetPerson", question, func(r *http.Request) {
			r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		})
		if err != nil || res.StatusCode != 200 || body != `{"LastName":"Exemplu","Address":{"City":"Bălți"}}` {
			t.Fatalf("%s %d %s %v", res.Proto, res.StatusCode, body, err)
		}
		if (res.ProtoMajor == 2) != h2 || res.Header.Get("MConnect-Record") != "1" || res.Header.Get("MConnect-Tree-Size") != "2" {
			t.Errorf("%s, headers %v", res.Proto, res.Header)
		}
		all := v.wantKinds(t, journal.Intent, journal.Outcome)
		if all[0].Trace != "0af7651916cd43dd8448eb211c80319c" || string(all[0].Call) != res.Header.Get("MConnect-Call-Id") {
			t.Errorf("recorded trace %s, call %s", all[0].Trace, all[0].Call)
		}
	}
}

func TestSurface_RefusalsOverTLS(t *testing.T) { engines.Each(t, refusalsOverTLS) }

func refusalsOverTLS(t *testing.T) {
	v := newWired(t, true, person)
	for _, c := range []struct {
		name, target, body string
		change             func(*http.Request)
		status             int
		code               fault.Code
	}{
		{"no agreement for the basis", "/api/v1/GetPerson", question, func(r *http.Request) { r.Header.Set("CallBasis", "Legea 1") }, 403, fault.PurposeUnknown},
		{"conflicting context", "/api/v1/GetPerson", question, func(r *http.Request) { r.Header.Add("CallReason", "DOS-18") }, 400, fault.ContextConflict},
		{"deep", "/api/v1/GetPerson", strings.Repeat(`{"a":`, 40), nil, 400, fault.MessageTooDeep},
		{"too large", "/api/v1/GetPerson", strings.Repeat(" ", 2<<20), nil, 413, fault.MessageTooLarge},
		{"media type", "/api/v1/GetPerson", question, func(r *http.Request) { r.Header.Set("Content-Type", "text/xml") }, 415, fault.MessageMediaType},
		{"method", "/api/v1/GetPerson", question, func(r *http.Request) { r.Method = "PUT" }, 405, fault.MethodNotAllowed},
		{"check digit", "/api/v1/GetPerson", `{"IDNP":"2000000000005"}`, nil, 422, fault.InputInvalid},
		{"unknown service", "/api/v1/GetNothing", question, nil, 404, fault.ServiceUnknown},
		{"encoded slash", "/api/v1/GetPerson%2F1.0.0", question, nil, 404, fault.PathUnknown},
		{"encoded letter", "/api/v1/%47etPerson", question, nil, 404, fault.PathUnknown},
		{"dots", "/api/v1/../v1/GetPerson", question, nil, 404, fault.PathUnknown},
		{"encoded dots", "/api/v1/%2e%2e/GetPerson", question, nil, 404, fault.PathUnknown},
		{"double slash", "/api/v1//GetPerson", question, nil, 404, fault.PathUnknown},
		{"parameter", "/api/v1/GetPerson;v=1", question, nil, 404, fault.PathUnknown},
		{"trailing slash", "/api/v1/GetPerson/", question, nil, 404, fault.PathUnknown},
		{"longer path", "/api/v1/GetPerson/1.0.0/x", question, nil, 404, fault.PathUnknown},
	} {
		before := len(v.records(t))
		res, body, err := v.post(t, c.target, c.body, c.change)
		var doc struct {
			Code   fault.Code `json:"code"`
			CallID string     `json:"callId"`
			Detail string     `json:"detail"`
			Checks []any      `json:"checks"`
		}
		if err != nil || json.Unmarshal([]byte(body), &doc) != nil || res.StatusCode != c.status || doc.Code != c.code {
			t.Errorf("%s: %d %s %v, want %d %s", c.name, res.StatusCode, body, err, c.status, c.code)
			continue
		}
		all := v.records(t)
		if len(all) != before+1 || all[before].Kind != journal.Refusal || all[before].Code != c.code || string(all[before].Call) != doc.CallID {
			t.Errorf("%s: the refusal is not recorded: %d records before, %d after", c.name, before, len(all))
		}
		if (c.status == 403) != (len(doc.Checks) > 0) || doc.Detail == "" {
			t.Errorf("%s: %d checks, %q", c.name, len(doc.Checks), doc.Detail)
		}
	}
	if len(v.asked) > 0 {
		t.Errorf("refused calls reached the register: %v", v.asked)
	}
}

func TestSurface_UnidentifiedCallerOverTLS(t *testing.T) { engines.Each(t, aStrangerOverTLS) }

func aStrangerOverTLS(t *testing.T) {
	v := newWired(t, false, person)
	v.client.Transport.(*http.Transport).TLSClientConfig.Certificates = nil
	res, body, err := v.post(t, "/api/v1/GetPerson", "garbage", nil)
	if err != nil || res.StatusCode != 401 || !strings.Contains(body, string(fault.CertificateMissing)) {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
	v.wantKinds(t, journal.Refusal)
}

func TestSurface_DocumentOverTLS(t *testing.T) { engines.Each(t, aDocumentOverTLS) }

func aDocumentOverTLS(t *testing.T) {
	document := strings.Repeat("0123456789abcdef", 32<<10) // 512 KiB
	for _, h2 := range []bool{false, true} {
		v := newWired(t, h2, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = io.WriteString(w, document)
		})
		v.agree(t, agreement.Agreement{ID: "town-extract", Service: "GetExtract", Purposes: []agreement.Purpose{{
			Code: "residence", Title: mconnect.Text{RO: "Reședință"}, Accepts: []string{"Legea 100/2001"}, Fields: []string{"*"},
			LegalBasis: agreement.LegalBasis{Act: "Legea nr. 100/2001", Article: "art. 12"},
		}}})
		res, body, err := v.post(t, "/api/v1/GetExtract", question, nil)
		if err != nil || res.StatusCode != 200 || body != document || res.Header.Get("Content-Type") != "application/pdf" {
			t.Fatalf("%d, %d bytes, %v: %.200s", res.StatusCode, len(body), err, body)
		}
		if all := v.wantKinds(t, journal.Intent, journal.Outcome); all[1].Answer.SHA256 != sum([]byte(document)) {
			t.Errorf("outcome %+v", all[1].Answer)
		}

		v.ledger.before = func(r journal.Record) error {
			if r.Kind == journal.Outcome {
				return errors.New("disk full")
			}
			return nil
		}
		_, body, err = v.post(t, "/api/v1/GetExtract", question, nil)
		if err == nil || len(body) >= len(document) {
			t.Errorf("without an outcome the caller got %d bytes of %d and %v", len(body), len(document), err)
		}
	}
}
