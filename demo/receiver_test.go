package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/webhook"
	"mconnect/test/must"
)

// signerOf is the platform's signer with its certificate, as the app makes it.
func signerOf(t *testing.T) (*webhook.Signer, *x509.Certificate) {
	t.Helper()
	ca := must.Get(authority.Create(filepath.Join(t.TempDir(), "pki"), authority.Config{}))(t)
	issued, err := ca.Issue(authority.Request{Use: authority.ForPlatform, Name: "platform", Hosts: []string{"127.0.0.1"}})
	must.OK(t, err)
	s := must.Get(webhook.NewSigner(issued.Key, string(pki.Fingerprint(issued.Certificate))))(t)
	return s, issued.Certificate
}

// pushed is a signed request to the bank, as it arrives there.
func pushed(t *testing.T, s *webhook.Signer, body string, at time.Time) *http.Request {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://bank.test/evenimente?x=1", nil)
	must.OK(t, err)
	out.Header.Set("Content-Type", "application/cloudevents+json")
	must.OK(t, s.SignRequest(out, []byte(body), at))
	in := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/evenimente?x=1", strings.NewReader(body))
	in.Host, in.Header, in.TLS = "bank.test", out.Header, &tls.ConnectionState{}
	return in
}

// TestReceiver_AcceptsThePlatformAlone: the bank refuses every request that was changed after it was signed.
func TestReceiver_AcceptsThePlatformAlone(t *testing.T) {
	signer, platform := signerOf(t)
	stranger, foreign := signerOf(t)
	const body = `{"specversion":"1.0","source":"urn:asp:rsc","id":"1","type":"ASP.RSC.Document.Invalidated","data":{}}`
	now := time.Now()
	for name, c := range map[string]struct {
		by     *webhook.Signer
		at     time.Time
		body   string
		change func(*http.Request)
		want   string
	}{
		"as it was signed":        {by: signer, at: now, body: body},
		"another's key":           {by: stranger, at: now, body: body, want: "another key"},
		"another address":         {by: signer, at: now, body: body, change: func(r *http.Request) { r.Host = "other.test" }, want: "does not fit"},
		"another query":           {by: signer, at: now, body: body, change: func(r *http.Request) { r.URL.RawQuery = "x=2" }, want: "does not fit"},
		"another type of content": {by: signer, at: now, body: body, change: func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, want: "does not fit"},
		"another digest":          {by: signer, at: now, body: body, change: func(r *http.Request) { r.Header.Set("Content-Digest", "sha-256=:AA==:") }, want: "digest"},
		"an old one":              {by: signer, at: now.Add(-time.Hour), body: body, want: "another time"},
		"one of tomorrow":         {by: signer, at: now.Add(24 * time.Hour), body: body, want: "another time"},
		"no signature":            {by: signer, at: now, body: body, change: func(r *http.Request) { r.Header.Del("Signature") }, want: "unreadable"},
		"half a signature":        {by: signer, at: now, body: body, change: func(r *http.Request) { r.Header.Set("Signature", "mconnect=:AAAA:") }, want: "unreadable"},
		"no input":                {by: signer, at: now, body: body, change: func(r *http.Request) { r.Header.Del("Signature-Input") }, want: "no signature over"},
		"less than all covered": {by: signer, at: now, body: body, change: func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), ` "content-digest"`, "", 1))
		}, want: "no signature over"},
		"a key named that did not sign": {by: stranger, at: now, body: body, change: func(r *http.Request) {
			theirs, ours := string(pki.Fingerprint(foreign)), string(pki.Fingerprint(platform))
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), theirs, ours, 1))
		}, want: "does not fit"},
	} {
		r := pushed(t, c.by, c.body, c.at)
		if c.change != nil {
			c.change(r)
		}
		err := verifyPush(r, []byte(c.body), platform, now)
		if (c.want == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verifyPush(pushed(t, signer, body, now), []byte(body+" "), platform, now); err == nil {
		t.Error("another body was believed")
	}
}

func TestReceiver_AcceptsAndRefusesEvents(t *testing.T) {
	signer, platform := signerOf(t)
	b := newReceiver(platform)
	var got []received
	forget := b.subscribe(func(e received) { got = append(got, e) })
	post := func(body string, change func(*http.Request)) int {
		r := pushed(t, signer, body, time.Now())
		if change != nil {
			change(r)
		}
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Code
	}
	const body = `{"specversion":"1.0","source":"urn:asp:rsc","id":"7","type":"ASP.RSC.Document.Invalidated","partitionkey":"k","data":{"A":1}}`
	if code := post(body, nil); code != http.StatusNoContent || len(got) != 1 || got[0].ID != "7" || got[0].PartitionKey != "k" || string(got[0].Data) != `{"A":1}` {
		t.Errorf("%d %+v", code, got)
	}
	b.setFailing(true)
	if code := post(body, nil); code != http.StatusServiceUnavailable || b.failures() != 1 {
		t.Errorf("away: %d, %d failures", code, b.failures())
	}
	b.setFailing(false)
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
	}{
		"unsigned":  {body, func(r *http.Request) { r.Header.Del("Signature") }, http.StatusForbidden},
		"no event":  {"[", nil, http.StatusUnprocessableEntity},
		"too large": {`{"data":"` + strings.Repeat("x", maxPushed) + `"}`, nil, http.StatusRequestEntityTooLarge},
		"a reading": {body, func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed},
	} {
		if code := post(c.body, c.change); code != c.want {
			t.Errorf("%s: %d, want %d", name, code, c.want)
		}
	}
	if b.forged != 1 {
		t.Errorf("%d forged", b.forged)
	}
	forget()
	if post(body, nil); len(got) != 1 {
		t.Errorf("heard %d after it was told to forget", len(got))
	}
}

func TestReceiver_PermitsItsPlatformToPush(t *testing.T) {
	_, platform := signerOf(t)
	for origin, want := range map[string]int{pushOrigin: http.StatusOK, "evil.test": http.StatusForbidden, "": http.StatusForbidden} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodOptions, "/evenimente", nil)
		r.Header.Set("WebHook-Request-Origin", origin)
		w := httptest.NewRecorder()
		newReceiver(platform).ServeHTTP(w, r)
		if allowed := w.Header().Get("WebHook-Allowed-Origin"); w.Code != want || (want == http.StatusOK) != (allowed == pushOrigin) {
			t.Errorf("%q: %d, allowed %q", origin, w.Code, allowed)
		}
	}
}

// FuzzPush: nothing that was not signed by the platform is trusted, and nothing breaks the bank.
func FuzzPush(f *testing.F) {
	f.Add(`mconnect=("@method" "@target-uri" "content-type" "content-digest");created=1;keyid="00";alg="ecdsa-p256-sha256"`, "mconnect=:AAAA:", "{}")
	f.Add("", "", "")
	ca := must.Get(authority.Create(filepath.Join(f.TempDir(), "pki"), authority.Config{}))(f)
	issued, err := ca.Issue(authority.Request{Use: authority.ForPlatform, Name: "platform", Hosts: []string{"127.0.0.1"}})
	must.OK(f, err)
	f.Fuzz(func(t *testing.T, input, signature, body string) {
		b := newReceiver(issued.Certificate)
		defer b.subscribe(func(received) { t.Error("a stranger's event was believed") })()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/evenimente", strings.NewReader(body))
		r.Header["Signature-Input"], r.Header["Signature"] = []string{input}, []string{signature}
		b.ServeHTTP(httptest.NewRecorder(), r)
	})
}
