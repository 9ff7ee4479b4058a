package soap

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/breaker"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// TestSOAP_AccessAsForREST: TLS with pinned trust, the platform's certificate, passwords and tokens.
func TestSOAP_AccessAsForREST(t *testing.T) {
	ca, own := registers.NewAuthority(t), registers.NewAuthority(t)
	until := time.Now().Add(time.Hour)
	var authorization string
	var shown int
	s := registers.ServeTLS(t, ca.Issue(t, "register.test", until), own.Pool(), func(w http.ResponseWriter, r *http.Request) {
		authorization, shown = r.Header.Get("Authorization"), len(r.TLS.PeerCertificates)
		registers.Answer("text/xml", envelope(car))(w, r)
	})
	platform := own.Issue(t, "platform", until)
	p := newProvider(t, config{
		Certificate: func() *tls.Certificate { return platform },
		Secrets:     func(_, name string) ([]byte, error) { return []byte("secret of " + name), nil },
	})
	svc := vehicles(s.URL)
	e := svc.Endpoint.SOAP
	e.CA, e.ServerName = ca.PEM, "register.test"
	e.Credentials = catalog.Credentials{Kind: "mtls"}
	if found := p.Check(svc); len(found) > 0 {
		t.Fatal(found)
	}
	if reply, err := registers.Deliver(t, p, registers.Ready(t, svc), question); err != nil || string(reply.Body) != carJSON || shown != 1 || authorization != "" {
		t.Errorf("mtls: %v %s, %d certificates", err, reply.Body, shown)
	}
	other := vehicles(s.URL)
	other.Name = "GetVehicleTwo"
	other.Endpoint.SOAP.CA, other.Endpoint.SOAP.ServerName = own.PEM, "register.test"
	_, err := registers.Deliver(t, p, registers.Ready(t, other), question)
	registers.WantFault(t, err, fault.ProviderUntrusted, fault.Provider)

	plain := registers.ServeTLS(t, ca.Issue(t, "register.test", until), nil, func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		registers.Answer("text/xml", envelope(car))(w, r)
	})
	for _, one := range []struct {
		credentials catalog.Credentials
		want        string
	}{
		{catalog.Credentials{Kind: "basic", User: "mconnect", Secret: "a"}, "Basic bWNvbm5lY3Q6c2VjcmV0IG9mIGE="},
		{catalog.Credentials{Kind: "bearer", Secret: "b"}, "Bearer secret of b"},
		{catalog.Credentials{}, ""},
	} {
		svc := vehicles(plain.URL)
		svc.Endpoint.SOAP.CA, svc.Endpoint.SOAP.Credentials, svc.Endpoint.SOAP.ServerName = ca.PEM, one.credentials, "register.test"
		if found := p.Check(svc); len(found) > 0 {
			t.Fatal(found)
		}
		if _, err := registers.Deliver(t, p, registers.Ready(t, svc), question); err != nil || authorization != one.want {
			t.Errorf("%s: %v, sent %q", one.credentials.Kind, err, authorization)
		}
	}
	far := vehicles("http://register.example.md/")
	far.Endpoint.SOAP.Credentials = catalog.Credentials{Kind: "bearer", Secret: "b"}
	if found := p.Check(far); len(found) != 1 || found[0].Path != "/endpoint/soap/credentials/kind" {
		t.Errorf("a secret over plain HTTP: %v", found)
	}
}

func TestSOAP_HeaderBlocksAreSigned(t *testing.T) {
	every, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: platformKey().key, Certificate: platformKey().cert, Headers: true})
	must.OK(t, err)
	parts := 0
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if doc, err := xmlsec.Parse(raw, xmlsec.Limits{}); err == nil {
			if v, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Now: time.Now, Lookup: xmlsec.NewDirectory(xmlsec.Registered{Certificate: platformKey().cert}).Find}); err == nil {
				parts = len(v.SignedParts)
			}
		}
		registers.Answer("text/xml", envelope(car))(w, r)
	})
	for asked, want := range map[bool]int{false: 2, true: 3} { // Body and Timestamp; and the block
		svc := vehicles(s.URL)
		svc.Endpoint.SOAP.Headers = []catalog.SOAPHeader{{Name: "client", Namespace: "urn:g", Value: "x"}}
		svc.Endpoint.SOAP.SignHeaders = asked
		p := newProvider(t, config{Signer: platformKey().signer, Headers: every})
		if found := p.Check(svc); len(found) > 0 {
			t.Fatal(found)
		}
		if _, err := registers.Deliver(t, p, registers.Ready(t, svc), question); err != nil || parts != want {
			t.Errorf("asked %t: %v, %d parts signed", asked, err, parts)
		}
		if found := newProvider(t, config{}).Check(svc); (len(found) > 0) != asked {
			t.Errorf("asked %t, without a key: %v", asked, found)
		}
	}
}

// TestSOAP_Overload: a provider that asks for time gets it, and one that is away is not asked again at once.
func TestSOAP_Overload(t *testing.T) {
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, envelope(`<S:Fault><faultcode>S:Server</faultcode><faultstring>ocupat</faultstring></S:Fault>`))
	})
	p := newProvider(t, config{})
	_, err := registers.Deliver(t, p, registers.Ready(t, vehicles(s.URL)), question)
	if e := registers.WantFault(t, err, fault.ProviderFault, fault.Provider); e.RetryAfter != 7*time.Second || e.Provider != "ocupat" || e.Params["fault"] != "Server" {
		t.Errorf("%+v", e)
	}
	away := vehicles("http://127.0.0.1:1/")
	pl := registers.Ready(t, away)
	for range breaker.Run {
		_, err = registers.Deliver(t, p, pl, question)
		registers.WantFault(t, err, fault.ProviderDown, fault.Provider)
	}
	_, err = registers.Deliver(t, p, pl, question)
	registers.WantFault(t, err, fault.ProviderBroken, fault.Provider)
}

// TestSOAP_SecretsStayInside: what the platform shows a provider is in no fault.
func TestSOAP_SecretsStayInside(t *testing.T) {
	s := registers.Serve(t, registers.Answer("text/xml", "<a/>"))
	svc := vehicles(s.URL)
	svc.Endpoint.SOAP.Credentials = catalog.Credentials{Kind: "bearer", Secret: "b"}
	p := newProvider(t, config{Secrets: func(string, string) ([]byte, error) { return []byte("hunter2"), nil }})
	_, err := registers.Deliver(t, p, registers.Ready(t, svc), question)
	if e := registers.WantFault(t, err, fault.ProviderMalformed, fault.Provider); strings.Contains(e.Error(), "hunter2") || strings.Contains(e.Error(), "3999000005119") {
		t.Errorf("%v", e)
	}
}

func TestSOAP_FaultCodesAreShownWhenTheyAreNames(t *testing.T) {
	for given, want := range map[string]string{
		"S:Server": "Server", "Server.Database": "Server.Database", " S:Busy\n": "Busy", "": "Fault", "a b": "Fault",
		"2999000006393": "Fault", "S:" + strings.Repeat("x", 65): "Fault",
	} {
		s := registers.Serve(t, registers.Answer("text/xml", envelope(`<S:Fault><faultcode>`+given+`</faultcode><faultstring>x</faultstring></S:Fault>`)))
		_, err := registers.Deliver(t, newProvider(t, config{}), registers.Ready(t, vehicles(s.URL)), question)
		if e := registers.WantFault(t, err, fault.ProviderFault, fault.Provider); e.Params["fault"] != want {
			t.Errorf("%q: shown as %q", given, e.Params["fault"])
		}
	}
}
