package portal_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestVerify_RefusesToBeSearched: an address that tried too many codes in vain gets no answer about any code, by any of
// the three ways to ask, not even about one that exists; other addresses do. What has not the form of a code does not
// count.
func TestVerify_RefusesToBeSearched(t *testing.T) {
	h, d := documents(t, false)
	ask := func(from, method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.RemoteAddr = from
		r.Header.Set("Accept-Language", "ro")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if body != "" {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	form := func(code string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n" + code + "\r\n--x--\r\n"
	}
	const first, other = "192.0.2.1:4000", "192.0.2.2:4000"
	for n := range 100 {
		if w := ask(first, "GET", "/verify?code=Q-2026-000"+string(rune('0'+n%10)), ""); w.Code != http.StatusNotFound {
			t.Fatalf("no code, attempt %d: %d", n, w.Code)
		}
		if w := ask(first, "GET", "/verify?code="+d.Code, ""); w.Code != http.StatusOK {
			t.Fatalf("a right code, attempt %d: %d", n, w.Code)
		}
	}
	letters, refused := "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 0
	for _, letter := range letters {
		wrong := d.Code[:len(d.Code)-2] + "2" + string(letter)
		if ask(first, "GET", "/verify?code="+wrong, "").Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != len(letters)-30 {
		t.Errorf("%d of %d guesses are refused, want all but 30", refused, len(letters))
	}
	for name, c := range map[string]struct{ method, path, body string }{
		"the page":     {"GET", "/verify?code=" + d.Code, ""},
		"the download": {"GET", "/verify/" + d.Code + "/document.json", ""},
		"a comparison": {"POST", "/verify", form(d.Code)},
	} {
		w := ask("192.0.2.1:5000", c.method, c.path, c.body)
		if body := w.Body.String(); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" ||
			strings.Contains(body, d.Number) || !strings.Contains(body, "prea multe coduri") {
			t.Errorf("%s: %d, wait %q: %s", name, w.Code, w.Header().Get("Retry-After"), body)
		}
		if w := ask(other, c.method, c.path, c.body); w.Code != http.StatusOK {
			t.Errorf("%s, from another address: %d", name, w.Code)
		}
	}
	if w := ask(first, "GET", "/verify", ""); w.Code != http.StatusOK {
		t.Errorf("the empty form: %d", w.Code)
	}
}
