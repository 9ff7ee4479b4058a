package admin

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

// browser is an operator's browser: it presents a client certificate to the management API by itself.
type browser struct {
	t      *testing.T
	client *http.Client
	url    string
}

func newBrowser(t *testing.T, o *testAPI) browser {
	t.Helper()
	cert := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	sum := sha256.Sum256(cert.Certificate[0])
	cfg := o.config()
	cfg.Administrators = append(cfg.Administrators, Administrator{
		Name: "ana.exemplu", Roles: []Role{Operator, Auditor}, Fingerprint: mconnect.Fingerprint(hex.EncodeToString(sum[:])),
	})
	surface := must.Get(New(cfg))(t)
	server := httptest.NewUnstartedServer(surface.Handler())
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	client := server.Client()
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{cert}
	return browser{t, client, server.URL}
}

// send returns status and code of the answer. Headers are alternating names and values; an empty value leaves it out.
func (b browser) send(method, path, body string, headers ...string) (int, fault.Code) {
	b.t.Helper()
	r := must.Get(http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body)))(b.t)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	res := must.Get(b.client.Do(r))(b.t)
	defer func() { _ = res.Body.Close() }()
	text := must.Get(io.ReadAll(res.Body))(b.t)
	if res.StatusCode < 400 {
		return res.StatusCode, ""
	}
	return res.StatusCode, reply{res.StatusCode, res.Header, string(text)}.problem(b.t).Code
}

// TestOrigin_PagesOfOtherSitesActForNobody: what a page of another site can make a browser send without asking this
// server, with the headers that browsers send and with those that old ones leave out.
func TestOrigin_PagesOfOtherSitesActForNobody(t *testing.T) {
	o := newTestAPI(t)
	b := newBrowser(t, o)
	const plain, form = "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"
	system := `{"kind":"Participant","id":"hall"}`
	attacks := []struct{ name, method, path, media, body string }{
		{"apply as text", "POST", "/v1/apply", plain, system},
		{"a form without fields", "POST", "/v1/systems/hall.desk/suspend", form, ""},
		{"a fetch without a body", "POST", "/v1/systems/hall.desk/suspend", "", ""},
		{"an untyped Blob", "POST", "/v1/journal/erase", "", `{"subject":"2999000006393","reason":"x"}`},
		{"a search as text", "POST", "/v1/journal/search", plain, `{}`},
		{"an image that reads a record", "GET", "/v1/journal/4", "", ""},
		{"an image that takes a profile", "GET", "/debug/pprof/heap", "", ""},
	}
	headers := map[string][]string{
		"cross-site":         {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
		"same-site":          {"Origin", "https://other." + strings.TrimPrefix(b.url, "https://"), "Sec-Fetch-Site", "same-site"},
		"an old browser":     {"Origin", "https://evil.example"},
		"an opaque origin":   {"Origin", "null"},
		"a contradiction":    {"Origin", "https://evil.example", "Sec-Fetch-Site", "none"},
		"without its origin": {"Sec-Fetch-Site", "cross-site"},
	}
	for _, a := range attacks {
		for name, sent := range headers {
			status, code := b.send(a.method, a.path, a.body, append([]string{"Content-Type", a.media}, sent...)...)
			if status != http.StatusForbidden || code != fault.OriginForeign {
				t.Errorf("%s, %s: %d %s", a.name, name, status, code)
			}
		}
		if a.method != "POST" || a.body == "" && a.media == "" {
			continue
		}
		if status, code := b.send(a.method, a.path, a.body, "Content-Type", a.media); status != http.StatusUnsupportedMediaType || code != fault.MessageMediaType {
			t.Errorf("%s, without any of the headers: %d %s", a.name, status, code)
		}
	}
	if len(o.country.applied)+len(o.country.readings)+len(o.country.now)+len(o.country.erased) > 0 {
		t.Errorf("something was done: %+v", o.country)
	}
}

// TestOrigin_ProgramsAndTheOwnPageAreServed: neither curl nor the page under /docs meets the guard.
func TestOrigin_ProgramsAndTheOwnPageAreServed(t *testing.T) {
	o := newTestAPI(t)
	b := newBrowser(t, o)
	own := []string{"Origin", b.url, "Sec-Fetch-Site", "same-origin"}
	typed := []string{"Sec-Fetch-Site", "none"}
	for name, sent := range map[string][]string{"a program": nil, "the own page": own, "a typed address": typed} {
		if status, code := b.send("GET", "/v1/systems", "", sent...); status != http.StatusOK {
			t.Errorf("%s reads: %d %s", name, status, code)
		}
		if status, code := b.send("POST", "/v1/apply", "kind: System\n", append([]string{"Content-Type", "application/yaml"}, sent...)...); status != http.StatusOK {
			t.Errorf("%s applies: %d %s", name, status, code)
		}
		if status, code := b.send("POST", "/v1/systems/no.body/suspend", "", sent...); status != http.StatusNotFound {
			t.Errorf("%s takes a step: %d %s", name, status, code)
		}
	}
	for _, path := range []string{"/docs", "/openapi.json", "/healthz"} { // a link from a wiki
		if status, code := b.send("GET", path, "", "Sec-Fetch-Site", "cross-site"); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, code)
		}
	}
}

// TestMedia_IsExact: a body states its media type; one where none is read is refused and not dropped.
func TestMedia_IsExact(t *testing.T) {
	o := newTestAPI(t)
	for _, c := range []struct {
		method, path, media, body string
		status                    int
		code                      fault.Code
	}{
		{"POST", "/v1/apply", "application/yaml", "a: 1", 200, ""},
		{"POST", "/v1/apply", "application/x-yaml", "a: 1", 200, ""},
		{"POST", "/v1/apply", "application/json", "{}", 200, ""},
		{"POST", "/v1/apply", "text/plain", "a: 1", 415, fault.MessageMediaType},
		{"POST", "/v1/apply", "application/yaml, text/plain", "a: 1", 415, fault.MessageMediaType},
		{"PUT", "/v1/participants/a", "application/json; charset=iso-8859-1", "{}", 415, fault.MessageMediaType},
		{"PUT", "/v1/participants/a", "application/json; charset=UTF-8", "{}", 422, fault.ResourceInvalid},
		{"PUT", "/v1/participants/a", "multipart/form-data", "{}", 415, fault.MessageMediaType},
		{"POST", "/v1/systems/a.b/suspend", "application/json", "", 404, fault.ResourceUnknown},
		{"DELETE", "/v1/systems/a.b", "application/json", `{"reason":"x"}`, 400, fault.MessageMalformed},
	} {
		r := o.ask("operator-token", c.method, c.path, c.body, "Content-Type", c.media)
		t.Log(c)
		o.want(r, c.status, c.code)
	}
}
