package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/test/must"
)

// fetch asks the exchange listener without a certificate.
func (r *running) fetch(method string, header http.Header) (int, http.Header, string) {
	r.w.t.Helper()
	web := r.w.client(nil)
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(method, "https://"+r.Addrs().Exchange+"/catalog.jsonld", nil))(r.w.t)
	req.Header = header
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode, res.Header, string(must.Get(io.ReadAll(res.Body))(r.w.t))
}

func TestMetadata_OpenMetadataForEverybody(t *testing.T) {
	w := newTestPlatform(t)
	r := w.start()
	status, header, empty := r.fetch(http.MethodGet, http.Header{})
	if status != http.StatusOK || header.Get("Content-Type") != "application/ld+json" || strings.Contains(empty, "GetPerson") {
		t.Fatalf("before: %d %v %s", status, header, empty)
	}
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	status, header, text := r.fetch(http.MethodGet, http.Header{})
	if status != http.StatusOK || !strings.Contains(text, "/catalog/services/GetPerson/1.0.0") || !json.Valid([]byte(text)) {
		t.Fatalf("after a change: %d %s", status, text)
	}
	if !strings.Contains(text, `"@id": "https://localhost:`+r.Addrs().Exchange[strings.LastIndexByte(r.Addrs().Exchange, ':')+1:]+`/catalog"`) {
		t.Errorf("named by another address than %s", r.Addrs().Exchange)
	}
	for _, secret := range []string{w.register.URL, strings.TrimPrefix(w.register.URL, "https://"), "Ajutor", "hall"} {
		if strings.Contains(text, secret) {
			t.Errorf("tells %s", secret)
		}
	}
	if status, _, _ := r.fetch(http.MethodGet, http.Header{"If-None-Match": {header.Get("Etag")}}); status != http.StatusNotModified {
		t.Errorf("the same again: %d", status)
	}
	if status, head, body := r.fetch(http.MethodHead, http.Header{}); status != http.StatusOK || body != "" || head.Get("Etag") != header.Get("Etag") {
		t.Errorf("HEAD: %d %v %q", status, head, body)
	}
	if status, head, body := r.fetch(http.MethodPost, http.Header{}); status != http.StatusMethodNotAllowed || head.Get("Allow") != "GET, HEAD" || !strings.Contains(body, "message.method") {
		t.Errorf("POST: %d %s", status, body)
	}
	if status, body := r.manage(token, "/v1/catalog/dcat"); status != http.StatusOK || body != text {
		t.Errorf("for administrators: %d %s", status, body)
	}
	if status, body := r.manage(token, "/v1/catalog/cpsv"); status != http.StatusOK || !strings.Contains(body, `"cpsv:PublicService"`) || !strings.Contains(body, "Legea exemplu, art. 1") {
		t.Errorf("with public services: %d %s", status, body)
	}
	if status, body := r.manage(token, "/v1/catalog/rdf"); status != http.StatusNotFound || !strings.Contains(body, "service.unknown") {
		t.Errorf("another form: %d %s", status, body)
	}
	if status, _ := r.manage("a-token-that-nobody-has-ever-been-given", "/v1/catalog/dcat"); status != http.StatusUnauthorized {
		t.Errorf("a stranger to the administrators: %d", status)
	}
}

func TestMetadata_KnowsItsForms(t *testing.T) {
	w := newTestPlatform(t)
	i := must.Get(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
	defer func() { _ = i.Close() }()
	if _, err := i.Metadata("rdf", ""); fault.From(err).Code != fault.QueryInvalid {
		t.Errorf("another form: %v", err)
	}
	if _, err := i.Metadata("dcat", "nowhere"); fault.From(err).Code != fault.ResourceInvalid {
		t.Errorf("no address: %v", err)
	}
	text := must.Get(i.Metadata("dcat", "https://mconnect.example"))(t)
	if !strings.Contains(string(text), `"@id": "https://mconnect.example/catalog"`) {
		t.Errorf("%s", text)
	}
}
