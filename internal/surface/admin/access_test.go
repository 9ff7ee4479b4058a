package admin

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

// TestAccess_NothingWithoutCredentials walks every operation of the description: each refuses unidentified callers.
func TestAccess_NothingWithoutCredentials(t *testing.T) {
	o := newTestAPI(t)
	var api struct{ Paths map[string]map[string]any }
	must.OK(t, json.Unmarshal([]byte(o.ask("", "GET", "/openapi.json", "").body), &api))
	asked := 0
	for path, methods := range api.Paths {
		for method := range methods {
			if path == "/healthz" || path == "/readyz" {
				continue
			}
			asked++
			path := strings.NewReplacer("{index}", "1", "{id}", "aa", "{name}", "Aa", "{version}", "1.0.0", "{level}", "0", "{place}", "000").Replace(path)
			r := o.ask("", strings.ToUpper(method), path, "")
			o.want(r, http.StatusUnauthorized, fault.CredentialsInvalid)
			if r.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s: no WWW-Authenticate", method, path)
			}
		}
	}
	for _, path := range []string{"/metrics", "/tlog/checkpoint", "/tlog/tile/0/000", "/tlog/tile/entries/000", "/nowhere"} {
		o.want(o.ask("", "GET", path, ""), http.StatusUnauthorized, fault.CredentialsInvalid)
		o.want(o.ask("wrong", "GET", path, ""), http.StatusUnauthorized, fault.CredentialsInvalid)
	}
	if asked < 30 {
		t.Errorf("only %d operations are described", asked)
	}
}

func TestAccess_TokenNeedsItsScheme(t *testing.T) {
	o := newTestAPI(t)
	for _, header := range []string{"Basic operator-token", "operator-token", "Bearer", "Bearer operator-token x", "Bearer " + digest("operator-token")} {
		r := o.ask("", "GET", "/v1/participants", "", "Authorization", header)
		o.want(r, http.StatusUnauthorized, fault.CredentialsInvalid)
	}
	o.want(o.ask("", "GET", "/v1/participants", "", "Authorization", "bearer operator-token"), http.StatusOK, "")
}

// TestAccess_RolesAreApart: who runs the platform does not read the journal; who reads it changes nothing.
func TestAccess_RolesAreApart(t *testing.T) {
	o := newTestAPI(t)
	person := `{"id":"asp","idno":"1999900000014","name":{"ro":"A"},"sector":"public"}`
	for _, c := range []struct {
		token, method, path, body string
		status                    int
	}{
		{"reader-token", "GET", "/v1/participants", "", 200},
		{"reader-token", "GET", "/tlog/checkpoint", "", 200},
		{"reader-token", "GET", "/tlog/tile/0/000", "", 200},
		{"reader-token", "PUT", "/v1/participants/asp", person, 403},
		{"reader-token", "POST", "/v1/journal/search", "{}", 403},
		{"reader-token", "GET", "/tlog/tile/entries/000", "", 403},
		{"auditor-token", "PUT", "/v1/participants/asp", person, 403},
		{"auditor-token", "POST", "/v1/apply", "kind: System", 403},
		{"auditor-token", "POST", "/v1/systems/aa.bb/suspend", "", 403},
		{"auditor-token", "DELETE", "/v1/participants/asp", "", 403},
		{"auditor-token", "POST", "/v1/journal/search", "{}", 200},
		{"auditor-token", "GET", "/metrics", "", 200},
		{"operator-token", "POST", "/v1/journal/search", "{}", 403},
		{"operator-token", "GET", "/v1/journal/1", "", 403},
		{"operator-token", "GET", "/v1/journal/1/evidence", "", 403},
		{"operator-token", "PUT", "/v1/participants/asp", person, 200},
	} {
		r := o.ask(c.token, c.method, c.path, c.body)
		code := fault.Code("")
		if c.status == 403 {
			code = fault.RoleMissing
		}
		t.Log(c.token, c.method, c.path)
		o.want(r, c.status, code)
	}
}

func TestAccess_AdministratorsAreChecked(t *testing.T) {
	good := Administrator{Name: "a", Roles: []Role{Reader}, TokenSHA256: digest("t")}
	for name, bad := range map[string][]Administrator{
		"no name":               {{Roles: good.Roles, TokenSHA256: good.TokenSHA256}},
		"no role":               {{Name: "a", TokenSHA256: good.TokenSHA256}},
		"unknown role":          {{Name: "a", Roles: []Role{"root"}, TokenSHA256: good.TokenSHA256}},
		"no credential":         {{Name: "a", Roles: good.Roles}},
		"short digest":          {{Name: "a", Roles: good.Roles, TokenSHA256: "abcd"}},
		"not hexadecimal":       {{Name: "a", Roles: good.Roles, TokenSHA256: strings.Repeat("z", 64)}},
		"one token twice":       {good, {Name: "b", Roles: good.Roles, TokenSHA256: strings.ToUpper(good.TokenSHA256)}},
		"one certificate twice": {{Name: "a", Roles: good.Roles, Fingerprint: "f"}, {Name: "b", Roles: good.Roles, Fingerprint: "f"}},
	} {
		if _, err := newCredentials(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := newCredentials([]Administrator{good}); err != nil {
		t.Error(err)
	}
}

func certificate(t *testing.T, from, to time.Time) tls.Certificate {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), NotBefore: from, NotAfter: to}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))(t)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestAccess_ClientCertificate(t *testing.T) {
	now := time.Now()
	day := 24 * time.Hour
	valid := certificate(t, now.Add(-day), now.Add(day))
	expired := certificate(t, now.Add(-2*day), now.Add(-day))
	early := certificate(t, now.Add(day), now.Add(2*day))
	stranger := certificate(t, now.Add(-day), now.Add(day))
	revoked := certificate(t, now.Add(-day), now.Add(day))
	print := func(c tls.Certificate) mconnect.Fingerprint {
		sum := sha256.Sum256(c.Certificate[0])
		return mconnect.Fingerprint(hex.EncodeToString(sum[:]))
	}
	o := newTestAPI(t)
	cfg := o.config()
	for name, c := range map[string]tls.Certificate{"valid": valid, "expired": expired, "early": early, "revoked": revoked} {
		cfg.Administrators = append(cfg.Administrators, Administrator{Name: name, Roles: []Role{Operator}, Fingerprint: print(c)})
	}
	cfg.Trust = func(chain []*x509.Certificate, _ time.Time) error {
		if bytes.Equal(chain[0].Raw, revoked.Certificate[0]) {
			return fault.New(fault.CertificateRevoked)
		}
		return nil
	}
	surface := must.Get(New(cfg))(t)
	server := httptest.NewUnstartedServer(surface.Handler())
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	for _, c := range []struct {
		cert   tls.Certificate
		header string
		status int
		code   fault.Code
	}{
		{valid, "", 200, ""},
		{expired, "", 401, fault.CertificateExpired},
		{early, "", 401, fault.CertificateNotYet},
		{stranger, "", 401, fault.CertificateUnknown},
		{revoked, "", 401, fault.CertificateRevoked},
		{valid, "Bearer wrong", 401, fault.CredentialsInvalid},
		{stranger, "Bearer reader-token", 200, ""},
	} {
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = []tls.Certificate{c.cert}
		req, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/systems", nil)
		if c.header != "" {
			req.Header.Set("Authorization", c.header)
		}
		res := must.Get(transport.RoundTrip(req))(t)
		var p Problem
		_ = json.NewDecoder(res.Body).Decode(&p)
		res.Body.Close()
		transport.CloseIdleConnections()
		if res.StatusCode != c.status || p.Code != c.code {
			t.Errorf("status %d %s, want %d %s", res.StatusCode, p.Code, c.status, c.code)
		}
	}
}
