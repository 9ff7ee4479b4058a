package rest_test

import (
	"crypto"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/httpsig"
	"mconnect/internal/pki"
	"mconnect/test/must"
)

// signedBy makes a change of a request that signs it as it stands then.
func signedBy(t testing.TB, key any, keyid string, body string, at time.Time) func(*http.Request) {
	return func(r *http.Request) {
		s := httpsig.Signer{Key: key.(crypto.Signer), KeyID: keyid}
		plain := r.Clone(t.Context())
		plain.URL.Opaque, plain.URL.Path = "", r.URL.Opaque
		must.OK(t, s.Sign(plain, []byte(body), []string{"CallingUser", "CallingEntity", "CallBasis", "CallReason"}, at))
		for _, name := range []string{"Content-Digest", "Signature-Input", "Signature"} {
			r.Header[name] = plain.Header[name]
		}
	}
}

// TestHTTPSignature_Serves calls that are signed over method, address, body and legal context, once each, without TLS
// certificate.
func TestHTTPSignature_Serves(t *testing.T) {
	w, second := signing(t)
	ec := w.Certificates["hall.app"]
	for name, sign := range map[string]func(*http.Request){
		"P-256, keyid in hexadecimal": signedBy(t, ec.PrivateKey, string(pki.Fingerprint(ec.Leaf)), question, time.Now()),
		"RSA, keyid in base64url":     signedBy(t, second.PrivateKey, x5t(second.Leaf), question, time.Now()),
	} {
		var kept http.Header
		g := w.ask(t, w.Client(t, "", false), "/api/v1/GetPerson", question, func(r *http.Request) { sign(r); kept = r.Header.Clone() })
		if g.status != 200 {
			t.Fatalf("%s: %d %s", name, g.status, g.body)
		}
		if _, e := w.record(t); e.System != "hall.app" {
			t.Errorf("%s: recorded for %s", name, e.System)
		}
		again := w.ask(t, w.Client(t, "", false), "/api/v1/GetPerson", question, func(r *http.Request) { r.Header = kept })
		if again.problem.Code != fault.SignatureReplayed {
			t.Errorf("%s: sent again: %d %s", name, again.status, again.body)
		}
	}
}

// TestHTTPSignature_Refused: whatever of the call was changed after signing, or is not covered.
func TestHTTPSignature_Refused(t *testing.T) {
	w, _ := signing(t)
	ec, school := w.Certificates["hall.app"], w.Certificates["school.app"]
	print := string(pki.Fingerprint(ec.Leaf))
	sign := signedBy(t, ec.PrivateKey, print, question, time.Now())
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	swap := func(name, old, with string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, strings.Replace(r.Header.Get(name), old, with, 1)) }
	}
	for name, c := range map[string]struct {
		sign, change func(*http.Request)
		client, body string
		want         fault.Code
	}{
		"another basis":            {sign, set("CallBasis", "Legea alta"), "", question, fault.SignatureWrong},
		"another body":             {sign, nil, "", strings.Replace(question, "{", "{ ", 1), fault.SignatureDigest},
		"another address":          {sign, func(r *http.Request) { r.URL.Opaque = "/api/v1/GetPerson?fields=LastName" }, "", question, fault.SignatureWrong},
		"another method":           {sign, swap("Signature-Input", `"@method" `, ``), "", question, fault.SignatureComponent},
		"digest not covered":       {sign, swap("Signature-Input", ` "content-digest"`, ``), "", question, fault.SignatureComponent},
		"basis not covered":        {sign, swap("Signature-Input", ` "callbasis"`, ``), "", question, fault.SignatureComponent},
		"a component with options": {sign, swap("Signature-Input", `"callbasis"`, `"callbasis";bs`), "", question, fault.SignatureComponent},
		"no time":                  {sign, swap("Signature-Input", `;created=`, `;expires=`), "", question, fault.SignatureTimestampAbsent},
		"old":                      {signedBy(t, ec.PrivateKey, print, question, time.Now().Add(-6*time.Minute)), nil, "", question, fault.SignatureExpired},
		"ahead":                    {signedBy(t, ec.PrivateKey, print, question, time.Now().Add(3*time.Minute)), nil, "", question, fault.SignatureFuture},
		"expired by itself":        {sign, swap("Signature-Input", `;nonce=`, `;expires=1;nonce=`), "", question, fault.SignatureTimestamp},
		"another key":              {signedBy(t, school.PrivateKey, print, question, time.Now()), nil, "", question, fault.SignatureWrong},
		"a key of nobody":          {signedBy(t, ec.PrivateKey, hex.EncodeToString(make([]byte, 32)), question, time.Now()), nil, "", question, fault.SignatureCertificate},
		"another algorithm":        {sign, swap("Signature-Input", `alg="ecdsa-p256-sha256"`, `alg="hmac-sha256"`), "", question, fault.SignatureAlgorithm},
		"no signature":             {sign, func(r *http.Request) { r.Header.Del("Signature") }, "", question, fault.SignatureMalformed},
		"of another system in TLS": {sign, nil, "school.app", question, fault.CertificateConflict},
	} {
		g := w.ask(t, w.Client(t, c.client, false), "/api/v1/GetPerson", c.body, func(r *http.Request) {
			c.sign(r)
			if c.change != nil {
				c.change(r)
			}
		})
		if g.problem.Code != c.want {
			t.Errorf("%s: %d %s; want %s", name, g.status, g.body, c.want)
		}
	}
	if asked := w.reached(); len(asked) > 0 {
		t.Errorf("the register was asked: %v", asked)
	}
}
