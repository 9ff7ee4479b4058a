package cli

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mconnect"
	"mconnect/internal/pki/authority"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

func TestSOAP_ContentOfBody(t *testing.T) {
	for input, want := range map[string]string{
		`{"IDNP":"2999000006393"}`: `<GetPerson xmlns="https://mconnect.gov.md"><IDNP>2999000006393</IDNP></GetPerson>`,
		`{}`:                       `<GetPerson xmlns="https://mconnect.gov.md"></GetPerson>`,
		`{"b":1.50,"a":true,"none":null,"text":"<&\"ș"}`: `<GetPerson xmlns="https://mconnect.gov.md"><b>1.50</b><a>true</a><text>&lt;&amp;&#34;ș</text></GetPerson>`,
		`{"Of":{"In":"x"},"List":[1,2],"Deep":[{"A":[]},{"A":["b"]}]}`: `<GetPerson xmlns="https://mconnect.gov.md"><Of><In>x</In></Of><List>1</List><List>2</List>` +
			`<Deep></Deep><Deep><A>b</A></Deep></GetPerson>`,
		` <GetPerson xmlns="urn:own"/> `: `<GetPerson xmlns="urn:own"/>`,
	} {
		c := soapCall{service: "GetPerson", input: []byte(input), legal: mconnect.LegalContext{User: "2999900000262", Reason: "a < b"}}
		text, err := c.envelope()
		if err != nil {
			t.Errorf("%s: %v", input, err)
			continue
		}
		_, body, _ := strings.Cut(string(text), "<soapenv:Body>")
		if got := strings.TrimSuffix(body, "</soapenv:Body></soapenv:Envelope>"); got != want {
			t.Errorf("%s:\n%s\n%s", input, got, want)
		}
		if _, err := xmlsec.Parse(text, xmlsec.Limits{}); err != nil || !strings.Contains(string(text), ">a &lt; b</mc:CallReason>") || strings.Contains(string(text), "CallBasis") {
			t.Errorf("%v in %s", err, text)
		}
	}
	for _, input := range []string{"", "[]", `"x"`, "{", `{"a":`, `{"a":[1,`, `{"a":{"b":`, `{"a" 1}`} {
		if text, err := (soapCall{service: "GetPerson", input: []byte(input)}).envelope(); err == nil {
			t.Errorf("%q became %s", input, text)
		}
	}
}

// gateway answers every message as told, signed by whom the test wishes.
func gateway(t *testing.T, answer func() ([]byte, int)) (*httptest.Server, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		message, _ := io.ReadAll(r.Body)
		doc, err := xmlsec.Parse(message, xmlsec.Limits{})
		if err != nil || r.URL.Path != "/soap" || len(r.TLS.PeerCertificates) > 0 {
			t.Errorf("%v %s", err, r.URL)
		} else if e, err := xmlsec.OpenEnvelope(doc); err != nil || len(e.Headers()) != 5 {
			t.Errorf("%v %s", err, message)
		}
		text, status := answer()
		w.Header().Set("MConnect-Call-Id", "call-1")
		w.WriteHeader(status)
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server, pool
}

// TestSOAP_OnlyASignedAnswerIsPrinted: and only when the authority that is trusted issued its certificate.
func TestSOAP_OnlyASignedAnswerIsPrinted(t *testing.T) {
	issue := func(a *authority.Authority, rsa bool) tls.Certificate {
		i := must.Get(a.Issue(authority.Request{Use: authority.ForSigning, Name: "x", RSA: rsa}))(t)
		return tls.Certificate{Certificate: [][]byte{i.Certificate.Raw}, PrivateKey: i.Key, Leaf: i.Certificate}
	}
	ca := func() *authority.Authority {
		a := must.Get(authority.Create(t.TempDir(), authority.Config{}))(t)
		return a
	}
	ours, theirs := ca(), ca()
	const plain = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Person xmlns="https://mconnect.gov.md"><A>1</A></Person></e:Body></e:Envelope>`
	sign := func(by tls.Certificate) []byte {
		s := must.Get(xmlsec.NewSigner(xmlsec.SignConfig{Key: by.PrivateKey.(crypto.Signer), Certificate: by.Leaf}))(t)
		text, err := s.Sign([]byte(plain))
		must.OK(t, err)
		return text
	}
	own := issue(ours, true)
	for name, c := range map[string]struct {
		answer []byte
		status int
		says   string // of the error, "" for none
	}{
		"signed by RSA":    {sign(issue(ours, true)), 200, ""},
		"signed on P-256":  {sign(issue(ours, false)), 200, ""},
		"by a stranger":    {sign(issue(theirs, true)), 200, "does not verify"},
		"not signed":       {[]byte(plain), 200, "does not verify"},
		"changed":          {bytes.Replace(sign(issue(ours, true)), []byte("<A>1"), []byte("<A>2"), 1), 200, "does not verify"},
		"no SOAP":          {[]byte("nginx"), 200, "no SOAP message"},
		"a fault":          {[]byte(plain), 500, errSilent.Error()},
		"a fault, no SOAP": {[]byte("bad gateway"), 502, "no SOAP message"},

		"one of other paths": {[]byte("<a/>"), 200, "does not verify"},
	} {
		server, pool := gateway(t, func() ([]byte, int) { return c.answer, c.status })
		pool.AddCert(ours.Certificate())
		var out, errs bytes.Buffer
		s := &session{out: &out, err: &errs, lang: "en"}
		call := soapCall{server: server.URL, service: "GetPerson", pair: own, roots: pool, input: []byte(`{"IDNP":"x"}`),
			legal: mconnect.LegalContext{User: "u", Entity: "e", Basis: "b", Reason: "r"}}
		err := s.callSOAP(context.Background(), call)
		switch {
		case c.says == "" && (err != nil || out.String() != `<Person xmlns="https://mconnect.gov.md"><A>1</A></Person>`+"\n"):
			t.Errorf("%s: %v, printed %s", name, err, out.String())
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || out.Len() > 0):
			t.Errorf("%s: %v, printed %s", name, err, out.String())
		}
		if !strings.Contains(errs.String(), "call call-1") {
			t.Errorf("%s: no reference: %s", name, errs.String())
		}
	}
	s := &session{out: io.Discard, err: io.Discard}
	err := s.callSOAP(context.Background(), soapCall{server: "https://127.0.0.1:1", service: "GetPerson", pair: own, input: []byte("{}")})
	if gone := (unreachable{}); !errors.As(err, &gone) {
		t.Errorf("nobody there: %v", err)
	}
	if err := s.callSOAP(context.Background(), soapCall{pair: tls.Certificate{}}); err == nil {
		t.Error("signed without a key")
	}
}
