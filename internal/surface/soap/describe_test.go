package soap_test

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/config"
	"mconnect/test/must"
)

// described is what of a WSDL matters here.
type described struct {
	Operations []struct {
		Name string `xml:"name,attr"`
	} `xml:"portType>operation"`
	Headers []struct {
		Part string `xml:"part,attr"`
	} `xml:"binding>operation>input>header"`
	Addresses []struct {
		Location string `xml:"location,attr"`
	} `xml:"service>port>address"`
}

func (w *testPlatform) wsdl(path string) described {
	w.t.Helper()
	g := w.get(w.client(""), path)
	if g.status != 200 || g.header.Get("Content-Type") != "text/xml; charset=utf-8" {
		w.t.Fatalf("%s: %d %s", path, g.status, g.body)
	}
	var d described
	must.OK(w.t, xml.Unmarshal([]byte(g.body), &d))
	return d
}

func names(d described) (all []string) {
	for _, o := range d.Operations {
		all = append(all, o.Name)
	}
	return all
}

// TestWSDL_EachSystemHasItsOwnWSDL: without a certificate, and with what it is entitled to and no more.
func TestWSDL_EachSystemHasItsOwnWSDL(t *testing.T) {
	w := newTestPlatform(t, func(c *config.Config) { c.Exchange.URL = "https://exchange.example:9443" })
	hall := w.wsdl("/soap/hall.app?wsdl")
	if got := names(hall); !slices.Equal(got, []string{"GetBroken", "GetLegalEntity", "GetPerson", "GetRealEstates", "PutDocument"}) {
		t.Errorf("hall: %v", got)
	}
	var parts []string
	for _, h := range hall.Headers[:4] {
		parts = append(parts, h.Part)
	}
	if !slices.Equal(parts, []string{"CallingUser", "CallingEntity", "CallBasis", "CallReason"}) {
		t.Errorf("header parts %v", parts)
	}
	for path, want := range map[string]string{
		"/soap/hall.app": "", "/services/t/hall.gov.md/AsistentaSociala": "", "/services/t/hall/app": "",
	} {
		for _, a := range w.wsdl(path + "?WSDL").Addresses {
			if a.Location != "https://exchange.example:9443"+path {
				t.Errorf("%s%s: address %s", path, want, a.Location)
			}
		}
	}
	if got := names(w.wsdl("/soap/clinic.app?wsdl")); !slices.Equal(got, []string{"GetPerson"}) {
		t.Errorf("clinic: %v", got)
	}
	if got := names(w.wsdl("/soap/school.app?wsdl")); len(got) != 0 {
		t.Errorf("school has no agreement: %v", got)
	}
	w.apply(strings.Replace(agreed("clinic.app", "GetPerson"), "caller_rules", "status: terminated\ncaller_rules", 1) + agreed("school.app", "GetLegalEntity"))
	if got := names(w.wsdl("/soap/clinic.app?wsdl")); len(got) != 0 {
		t.Errorf("an agreement that ended gives no right: %v", got)
	}
	if got := names(w.wsdl("/soap/school.app?wsdl")); !slices.Equal(got, []string{"GetLegalEntity"}) {
		t.Errorf("a new agreement is described at once: %v", got)
	}
}

// TestWSDL_WhatAnOpenDescriptionGivesAway: everybody may read it, so it says what may be called and how, and nothing of
// why, of what is granted, of where the data lie, of what is not published.
func TestWSDL_WhatAnOpenDescriptionGivesAway(t *testing.T) {
	w := newTestPlatform(t)
	w.apply(strings.Replace(service("GetTomorrow", "1.0.0", `request: { name: TomorrowQuestion, fields: [] }
response: { name: Tomorrow, fields: [{ name: Number, type: string }] }
endpoint: { rest: { url: "https://127.0.0.1:1", method: POST } }`), "status: published", "status: draft", 1))
	for _, path := range []string{"/soap/hall.app?wsdl", "/soap/hall.app?xsd", "/soap/hall.app?singleWsdl", "/services/t/hall/app?wsdl"} {
		g := w.get(w.client(""), path)
		if g.status != 200 || !strings.Contains(g.body, "GetPerson") {
			t.Fatalf("%s: %d %s", path, g.status, g.body)
		}
		for what, text := range map[string]string{
			"the register's address": w.register, "its database": "estates WHERE", "a legal basis": "Legea", "a reason's form": "DOS-",
			"a draft": "GetTomorrow", "another system": "school.app", "the purpose": "legal_basis", "a certificate": "CERTIFICATE",
		} {
			if strings.Contains(g.body, text) {
				t.Errorf("%s shows %s (%q)", path, what, text)
			}
		}
		if g.header.Get("Server") != "" || g.header.Get("MConnect-Call-Id") != "" {
			t.Errorf("%s: %v", path, g.header)
		}
	}
}

// TestWSDL_SchemaAloneAndTheCallersOwn.
func TestWSDL_SchemaAloneAndTheCallersOwn(t *testing.T) {
	w := newTestPlatform(t)
	xsd := w.get(w.client(""), "/soap/clinic.app?xsd")
	if xsd.status != 200 || !strings.Contains(xsd.body, `name="GetPerson"`) || strings.Contains(xsd.body, "GetLegalEntity") {
		t.Errorf("%d %s", xsd.status, xsd.body)
	}
	if g := w.get(w.client("hall.tls"), "/soap?wsdl"); g.status != 200 || !strings.Contains(g.body, w.url+"/soap\"") {
		t.Errorf("/soap is described to who is known: %d %s", g.status, g.body)
	}
	for path, want := range map[string]fault.Code{
		"/soap?wsdl": fault.CertificateMissing, "/soap/no.such?wsdl": fault.PathUnknown, "/services/t/hall?wsdl": fault.PathUnknown,
		"/soap/hall.app?wsd=1": fault.QueryInvalid, "/soap/hall%2Eapp?wsdl": fault.PathUnknown, "/services/t/a/b/c?wsdl": fault.PathUnknown,
	} {
		g := w.get(w.client(""), path)
		if g.status < 400 || !strings.Contains(g.body, `"code":"`+string(want)+`"`) {
			t.Errorf("%s: %d %s", path, g.status, g.body)
		}
	}
	if g := w.post(w.client(""), "/soapx", "", nil); !strings.Contains(g.body, `"code":"path.unknown"`) {
		t.Errorf("the rest is REST's: %s", g.body)
	}
}
