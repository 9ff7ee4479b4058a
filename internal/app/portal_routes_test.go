package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mconnect/test/must"
)

const portalSite = "https://portal.test"

// publicPages are what everybody may read; every other page asks for login.
var publicPages = []string{"/", "/catalog", "/catalog/{service}", "/catalog/{service}/{version}/{form}", "/acts",
	"/acts/{id}", "/verify", "/verify/{code}/document.json", "/verify/{code}/document.pdf",
	"/verify/{code}/document.jws", "/errors", "/errors/{code}", "/login", "/local", "/agreements", "/agreements/{id}"}

// TestPortal_EveryRoute of the real portal: forms of another site are refused, every answer has the headers that
// protect it, no answer names a host that only the request named, and what is not public leads to the login.
func TestPortal_EveryRoute(t *testing.T) {
	r := newTestPlatform(t).start()
	pages := must.Get(r.PortalPages(portalSite))(t)
	routes := map[string][]string{}
	for _, p := range pages.Patterns() {
		if method, path, ok := strings.Cut(p, " "); ok {
			routes[method] = append(routes[method], strings.TrimSuffix(path, "{$}"))
		}
	}
	if len(routes["POST"]) < 25 || len(routes["GET"]) < 25 || len(routes) != 2 {
		t.Fatalf("routes %v", routes)
	}
	h := pages.Handler()
	t.Run("forms of another site", func(t *testing.T) { foreignForms(t, h, routes["POST"]) })
	t.Run("headers", func(t *testing.T) { protectiveHeaders(t, h, routes) })
	t.Run("host", func(t *testing.T) { foreignHosts(t, h, routes["GET"]) })
	t.Run("login", func(t *testing.T) { privatePages(t, h, routes) })
	r.end()
}

var wildcard = regexp.MustCompile(`\{[a-z]+\}`)

// sendTo asks for a path with a value in place of each of its wildcards.
func sendTo(t *testing.T, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), method,
		portalSite+wildcard.ReplaceAllString(path, "D-2026-0001"), strings.NewReader(""))
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func foreignForms(t *testing.T, h http.Handler, paths []string) {
	for name, header := range map[string][]string{
		"another site": {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"},
		"a subdomain":  {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.portal.test"},
		"old browser":  {"Origin", "https://evil.test"},
		"no origin":    {"Origin", "null"},
		"other port":   {"Origin", portalSite + ":8443"},
	} {
		for _, path := range paths {
			w := sendTo(t, h, "POST", path, append(header, "Content-Type", "application/x-www-form-urlencoded")...)
			if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s: POST %s: %d, cookies %v", name, path, w.Code, w.Result().Cookies())
			}
		}
	}
}

func protectiveHeaders(t *testing.T, h http.Handler, routes map[string][]string) {
	for method, paths := range routes {
		for _, path := range append(slices.Clone(paths), "/nowhere") {
			got := sendTo(t, h, method, path, "Sec-Fetch-Site", "same-origin").Header()
			csp := got.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'",
				"form-action 'self'"} {
				if !strings.Contains(csp, part) {
					t.Errorf("%s %s: policy %q has no %s", method, path, csp, part)
				}
			}
			if strings.Contains(csp, "unsafe") || got.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %v", method, path, got)
			}
			for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
				"Strict-Transport-Security": "max-age=31536000"} {
				if got.Get(name) != want {
					t.Errorf("%s %s: %s is %q", method, path, name, got.Get(name))
				}
			}
		}
	}
}

func foreignHosts(t *testing.T, h http.Handler, paths []string) {
	for _, path := range paths {
		w := sendTo(t, h, "GET", path, "Host", "evil.test", "X-Forwarded-Host", "evil.test", "Forwarded", "host=evil.test")
		if strings.Contains(w.Body.String(), "evil.test") || strings.Contains(w.Header().Get("Location"), "evil.test") {
			t.Errorf("GET %s: %d, location %q, and the answer names the host of the request", path, w.Code,
				w.Header().Get("Location"))
		}
	}
}

// publicForms are what everybody may send.
var publicForms = []string{"/login", "/logout", "/profile/theme", "/verify", "/local", "/local/account"}

func privatePages(t *testing.T, h http.Handler, routes map[string][]string) {
	for _, path := range routes["GET"] {
		w := sendTo(t, h, "GET", path)
		led := w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/login?to=%2F")
		if path == "/r/{reference}" { // where a refused program leads its operator: a page that says to log in
			led = w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), "/login?to=%2Fr%2F")
		}
		if led == slices.Contains(publicPages, path) {
			t.Errorf("GET %s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	for _, path := range routes["POST"] {
		w := sendTo(t, h, "POST", path, "Sec-Fetch-Site", "same-origin", "Content-Type", "application/x-www-form-urlencoded")
		asked := w.Code == http.StatusUnauthorized && strings.Contains(w.Body.String(), `name="password"`) ||
			w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/login")
		if asked == slices.Contains(publicForms, path) {
			t.Errorf("POST %s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
}
