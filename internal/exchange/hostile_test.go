package exchange_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/surface/rest"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// dial opens a connection over which a test writes what no proper client would.
func (v *wired) dial(t *testing.T, certificates ...tls.Certificate) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", strings.TrimPrefix(v.url, "https://"), &tls.Config{
		RootCAs: v.client.Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com", Certificates: certificates,
	})
	must.OK(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must.OK(t, c.SetDeadline(time.Now().Add(waits.Limit)))
	return c
}

// A place among the calls in flight and memory for a body are for callers who are known: else anybody could
// hold them all by announcing bodies that never come.
func TestDo_UnidentifiedBodyIsNotAwaited(t *testing.T) {
	engines.Each(t, theBodyOfAStrangerIsNotWaitedFor)
}

func theBodyOfAStrangerIsNotWaitedFor(t *testing.T) {
	v := newWired(t, false, person)
	c := v.dial(t)
	_, err := c.Write([]byte("POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"))
	must.OK(t, err)
	res := must.Get(http.ReadResponse(bufio.NewReader(c), nil))(t)
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || !res.Close {
		t.Errorf("status %d, connection closed: %v", res.StatusCode, res.Close)
	}
	if all := v.wantKinds(t, journal.Refusal); all[0].Code != fault.CertificateMissing {
		t.Errorf("recorded %s", all[0].Code)
	}
}

func TestDo_UnidentifiedCallerKeepsNoConnection(t *testing.T) {
	engines.Each(t, aStrangerKeepsNoConnection)
}

func aStrangerKeepsNoConnection(t *testing.T) {
	v := newWired(t, false, person)
	for _, target := range []string{"/api/v1/services", "/api/v1/evidence/x"} {
		c := v.dial(t)
		must.Get(c.Write([]byte("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n")))(t)
		answer, err := io.ReadAll(c) // to the end of the connection
		must.OK(t, err)
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 401 ")) {
			t.Errorf("%s: %.60q", target, answer)
		}
	}
}

// ask asks about the caller's own affairs.
func (v *wired) ask(t *testing.T, target string) (int, string) {
	t.Helper()
	req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+target, nil))(t)
	res := must.Get(v.client.Do(req))(t)
	defer res.Body.Close()
	body := must.Get(io.ReadAll(res.Body))(t)
	return res.StatusCode, string(body)
}

// A certificate carried off to another network reads no evidence and no agreements there, as it makes no calls.
func TestIdentify_OwnRecordsFromAllowedNetworks(t *testing.T) {
	engines.Each(t, ownAffairsAreAskedFromAllowedNetworks)
}

func ownAffairsAreAskedFromAllowedNetworks(t *testing.T) {
	v := newWired(t, false, person)
	system, _ := v.registry.System("town.desk")
	for network, status := range map[string]int{"10.0.0.0/8": 403, "127.0.0.0/8": 200} {
		system.System.Networks = []netip.Prefix{netip.MustParsePrefix(network)}
		must.OK(t, v.registry.PutSystem(system.System))
		got, body := v.ask(t, "/api/v1/services")
		if got != status || (status == 403) != strings.Contains(body, string(fault.NetworkForbidden)) {
			t.Errorf("%s: %d %s", network, got, body)
		}
	}
}

// What an examiner of the journal sees must be what was stated.
func TestContext_RefusesLookAlikes(t *testing.T) { engines.Each(t, theContextHoldsNoDisguises) }

func theContextHoldsNoDisguises(t *testing.T) {
	v := newWired(t, false, person)
	for _, reason := range []string{"DOS-17%E2%80%AE", "DOS%E2%80%A8-17", "%E2%81%A6DOS-17", "DOS-17%00", "DOS%1B%5B2J-17"} {
		res, body, err := v.post(t, "/api/v1/GetPerson", question, func(r *http.Request) { r.Header.Set("CallReason", reason) })
		if err != nil || res.StatusCode != 400 || !strings.Contains(body, string(fault.ContextMalformed)) {
			t.Errorf("%s: %d %s %v", reason, res.StatusCode, body, err)
		}
	}
	for _, e := range v.records(t) {
		if e.Kind != journal.Refusal || e.Context.Reason != "" {
			t.Errorf("%s recorded with the reason %q", e.Kind, e.Context.Reason)
		}
	}
}

type broken struct{}

func (broken) Prove(context.Context, mconnect.SystemID, mconnect.CallID, string) ([]byte, error) {
	panic("a defect")
}

func TestDo_DefectOfTheSurfaceIsAnswered(t *testing.T) {
	engines.Each(t, aDefectOfTheSurfaceIsAnswered)
}

func aDefectOfTheSurfaceIsAnswered(t *testing.T) {
	v := newWired(t, false, person)
	var said bytes.Buffer
	surface, err := rest.New(rest.Config{Exchange: v.platform, Identifier: v.registry, Prover: broken{}, Catalog: v.catalog,
		Agreements: v.book, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	must.OK(t, err)
	r := httptest.NewRequest(http.MethodGet, "/api/v1/evidence/0af76519-16cd-7dd8-8448-eb211c80319c", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: v.chain}
	w := httptest.NewRecorder()
	surface.Handler().ServeHTTP(w, r)
	if w.Code != 500 || strings.Contains(w.Body.String(), "defect") || !strings.Contains(w.Body.String(), string(fault.InternalError)) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(said.String(), "a defect") || surface.InFlight() != 0 {
		t.Errorf("logged %q, %d in flight", said.String(), surface.InFlight())
	}
}

// A system that sends slowly, or asks for what is answered slowly, must not shut the others out.
func TestDo_OneSystemCannotTakeEveryPlace(t *testing.T) {
	v := newWired(t, false, person)
	surface, err := rest.New(rest.Config{Exchange: v.platform, Identifier: v.registry, Prover: prover{v.platform}, Catalog: v.catalog,
		Agreements: v.book, Clock: time.Now, Logger: slog.New(slog.DiscardHandler), MaxInFlight: 4})
	must.OK(t, err)
	ask := func(chain []*x509.Certificate, body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/GetPerson", body)
		r.Header.Set("Content-Type", "application/json")
		r.TLS = &tls.ConnectionState{PeerCertificates: chain}
		w := httptest.NewRecorder()
		surface.Handler().ServeHTTP(w, r)
		return w
	}
	var bodies []*io.PipeWriter
	var calls sync.WaitGroup
	for range 3 {
		body, w := io.Pipe()
		bodies = append(bodies, w)
		calls.Go(func() { ask(v.chain, body) })
		_, err := w.Write([]byte("{")) // returns when the call is being read
		must.OK(t, err)
	}
	if w := ask(v.chain, strings.NewReader(question)); w.Code != 503 || !strings.Contains(w.Body.String(), string(fault.Overloaded)) {
		t.Errorf("the fourth of one system: %d %s", w.Code, w.Body)
	}
	must.OK(t, v.registry.PutCertificate(registry.Certificate{System: "reg.persons",
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.stranger[0].Raw}))}))
	if w := ask(v.stranger, strings.NewReader(question)); w.Code == 503 {
		t.Errorf("another system: %d %s", w.Code, w.Body)
	}
	for _, w := range bodies {
		must.OK(t, w.Close())
	}
	calls.Wait()
	if w := ask(v.chain, strings.NewReader(question)); w.Code == 503 || surface.InFlight() != 0 {
		t.Errorf("when all is over: %d %s, %d in flight", w.Code, w.Body, surface.InFlight())
	}
}
