package soap_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// TestPolicies_FormsOfASystem: a system whose policy names the forms of its proofs is refused in any other, and served
// in those.
func TestPolicies_FormsOfASystem(t *testing.T) {
	w := newTestPlatform(t)
	signed := func() got {
		return w.post(w.client(""), "/soap", sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]), nil)
	}
	byTLS := func() got {
		return w.post(w.client("hall.tls"), "/soap/hall.app", plain(xmlsec.NamespaceSOAP11, blocks, askPerson), nil)
	}
	for _, c := range []struct {
		forms       string
		signed, tls bool
	}{
		{"[]", true, true}, {"[wss]", true, false}, {"[tls]", false, true}, {"[tls, wss]", true, true}, {"[jws, http]", false, false},
	} {
		w.apply(`{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], signature: { forms: ` + c.forms + ` } }`)
		for name, one := range map[string]struct {
			ask    func() got
			served bool
		}{"signed": {signed, c.signed}, "by TLS": {byTLS, c.tls}} {
			g := one.ask()
			if (g.status == http.StatusOK) != one.served {
				t.Errorf("forms %s, %s: %d %s", c.forms, name, g.status, g.body)
			}
			if !one.served && !strings.Contains(g.body, "<Code>"+string(fault.SignatureForm)+"</Code>") {
				t.Errorf("forms %s, %s: refused otherwise: %s", c.forms, name, g.body)
			}
		}
	}
}

// TestPolicies_SignedContext: who must sign its legal context can state it neither in unsigned blocks nor in HTTP
// headers.
func TestPolicies_SignedContext(t *testing.T) {
	w := newTestPlatform(t)
	c := w.client("")
	for demanded, text := range map[bool]string{false: "", true: ", signature: { signed_context: true }"} {
		w.apply(`{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer]` + text + ` }`)
		for name, g := range map[string]got{
			"in blocks that are not signed": w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]), nil),
			"in HTTP headers":               w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, "", w.parties["hall.app"]), lawful()),
		} {
			if (g.status == http.StatusOK) == demanded {
				t.Errorf("%s, demanded %t: %d %s", name, demanded, g.status, g.body)
			}
		}
	}
}

// TestPeers_OldProtocolNamesOfTLS: clients that offer http/1.0 or nothing at all are served in HTTP/1.
func TestPeers_OldProtocolNamesOfTLS(t *testing.T) {
	w := newTestPlatform(t)
	for name, offered := range map[string][]string{
		"http/1.0": {"http/1.0"}, "http/1.1 and http/1.0": {"http/1.1", "http/1.0"}, "none": nil,
	} {
		c := w.client("hall.tls")
		config := c.Transport.(*http.Transport).TLSClientConfig.Clone()
		config.NextProtos = offered
		c.Transport.(*http.Transport).DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return (&tls.Dialer{Config: config}).DialContext(ctx, network, address)
		}
		if g := w.post(c, "/soap/hall.app", plain(xmlsec.NamespaceSOAP11, blocks, askPerson), nil); g.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

// TestDescriptions_FollowEachChange: a description that is kept is the same until the country changes, and never the
// former one.
func TestDescriptions_FollowEachChange(t *testing.T) {
	w := newTestPlatform(t)
	c := w.client("")
	first := w.get(c, "/soap/mill.app?wsdl")
	if again := w.get(c, "/soap/mill.app?wsdl"); again.status != http.StatusOK || again.body != first.body {
		t.Errorf("asked twice: %d, the same: %t", again.status, again.body == first.body)
	}
	if strings.Contains(first.body, "GetRealEstates") {
		t.Fatal("offered before it was agreed")
	}
	w.apply(agreed("mill.app", "GetRealEstates"))
	second := w.get(c, "/soap/mill.app?wsdl")
	if !strings.Contains(second.body, "GetRealEstates") || !strings.Contains(second.body, "GetLegalEntity") {
		t.Errorf("after an agreement: %s", second.body)
	}
	if hall := w.get(c, "/soap/hall.app?wsdl"); hall.body == second.body || !strings.Contains(hall.body, "PutDocument") {
		t.Error("another system's description")
	}
	w.apply(strings.Replace(agreed("mill.app", "GetRealEstates"), "kind: Agreement\n", "kind: Agreement\nstatus: terminated\n", 1))
	if third := w.get(c, "/soap/mill.app?wsdl"); strings.Contains(third.body, "GetRealEstates") {
		t.Error("offered after its end")
	}
}
