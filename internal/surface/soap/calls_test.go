package soap_test

import (
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
)

const person = `<Person xmlns="https://mconnect.gov.md"><IDNP>` + subject + `</IDNP><LastName>Sintetică &amp; &lt;Șt&gt;</LastName><BirthDate>1990-02-28</BirthDate></Person>`

// TestCalls_SixShapesAreServed: each client of the field, with its context where it puts it, gets the result type
// itself, signed, and leaves its records.
func TestCalls_SixShapesAreServed(t *testing.T) {
	w := newTestPlatform(t)
	c := w.client("")
	for _, s := range shapes() {
		for carrier, path := range map[string]string{"blocks": "/soap/hall.app", "headers": "/services/t/hall.gov.md/AsistentaSociala"} {
			headers, header := blocks, map[string]string{"SOAPAction": `"whatever"`}
			if carrier == "headers" {
				headers, header = "", lawful()
			}
			if s.name == "php-wsse" {
				header = map[string]string{"Content-Type": "application/xml"}
			}
			g := w.post(c, path, sealed(t, s.text, askPerson, headers, w.parties["hall.app"]), header)
			if g.status != 200 || g.header.Get("Content-Type") != "text/xml; charset=utf-8" {
				t.Errorf("%s, %s: %d %s", s.name, carrier, g.status, g.body)
				continue
			}
			if got := bodyOf(t, g.body, w.signing); got != person {
				t.Errorf("%s: %s", s.name, got)
			}
			if asked := <-w.asked; asked != `{"IDNP":"`+subject+`"}` {
				t.Errorf("%s: the register was asked %s", s.name, asked)
			}
			_, outcome := w.newest()
			intent := w.before()
			if outcome.Kind != journal.Outcome || intent.Kind != journal.Intent || intent.Protocol != "soap" || intent.System != "hall.app" ||
				intent.Context.Reason != "DOS-0001" || intent.Context.Basis != "Legea exemplu" || outcome.Code != "" {
				t.Errorf("%s: records %+v %+v", s.name, intent, outcome)
			}
			weak := len(intent.Checks) > 0 && intent.Checks[0].Code == fault.SignatureWeak && intent.Checks[0].Result == fault.Flagged
			if weak != s.sha1 {
				t.Errorf("%s: flagged %v", s.name, intent.Checks)
			}
			if g.header.Get("Mconnect-Call-Id") != string(outcome.Call) {
				t.Errorf("%s: reference %v", s.name, g.header)
			}
		}
	}
}

// TestCalls_ThreeKindsOfRegister: one endpoint, three services, whatever their providers speak.
func TestCalls_ThreeKindsOfRegister(t *testing.T) {
	w := newTestPlatform(t)
	for name, call := range map[string][2]string{
		"rest":    {askPerson, person},
		"mapping": {calling("GetLegalEntity", "IDNO", company), `<LegalEntity xmlns="https://mconnect.gov.md"><IDNO>` + company + `</IDNO><Name>Moara Exemplu SRL</Name><Heads><Head>Ion</Head><Head>Ana</Head></Heads></LegalEntity>`},
		"sql": {calling("GetRealEstates", "IDNP", subject), `<RealEstates xmlns="https://mconnect.gov.md"><RealEstate><Number>0100101.001</Number><Area>54.30</Area></RealEstate>` +
			`<RealEstate><Number>0100101.002</Number><Area>612.00</Area></RealEstate></RealEstates>`},
		"unqualified": {`<m:GetLegalEntity xmlns:m="https://mconnect.gov.md"><IDNO>` + company + `</IDNO></m:GetLegalEntity>`, `<LegalEntity xmlns="https://mconnect.gov.md"><IDNO>` + company + `</IDNO><Name>Moara Exemplu SRL</Name><Heads><Head>Ion</Head><Head>Ana</Head></Heads></LegalEntity>`},
	} {
		for _, version := range []string{"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"} {
			media := "text/xml"
			if strings.Contains(version, "2003") {
				media = `application/soap+xml; charset=utf-8; action="x"`
			}
			text := strings.Replace(safe("sha256"), "http://schemas.xmlsoap.org/soap/envelope/", version, 1)
			g := w.post(w.client(""), "/soap", sealed(t, text, call[0], blocks, w.parties["hall.app"]), map[string]string{"Content-Type": media})
			if g.status != 200 || !strings.Contains(g.body, version) || !strings.HasPrefix(media, strings.Split(g.header.Get("Content-Type"), ";")[0]) {
				t.Errorf("%s: %d %s", name, g.status, g.body)
				continue
			}
			if got := bodyOf(t, g.body, w.signing); got != call[1] {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// TestCalls_TLSAloneIdentifies: an unsigned message of who presents a registered certificate is served, and answered
// signed all the same.
func TestCalls_TLSAloneIdentifies(t *testing.T) {
	w := newTestPlatform(t)
	plain := envelope + `<soap:Header>` + blocks + `</soap:Header><soap:Body>` + askPerson + `</soap:Body></soap:Envelope>`
	for _, name := range []string{"hall.tls", "hall.app"} {
		g := w.post(w.client(name), "/soap/hall.app", plain, nil)
		if g.status != 200 || bodyOf(t, g.body, w.signing) != person {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	both := w.post(w.client("hall.tls"), "/soap", sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]), nil)
	if both.status != 200 {
		t.Errorf("both proofs of one system: %s", both.body)
	}
	if intent := w.before(); string(intent.Certificate) != fingerprint(w.parties["hall.app"].cert) {
		t.Error("the record names another certificate than that of the signature")
	}
}

// TestCalls_PoliciesOfSystems: each system's own, read from the registry at the time of the call.
func TestCalls_PoliciesOfSystems(t *testing.T) {
	w := newTestPlatform(t)
	c := w.client("")
	g := w.post(c, "/soap/clinic.app", sealed(t, safe("ecdsa"), askPerson, blocks, w.parties["clinic.app"]), nil)
	if g.status != 200 || bodyOf(t, g.body, w.Platform) != person {
		t.Errorf("P-256 both ways: %d %s", g.status, g.body)
	}
	unsigned := strings.ReplaceAll(safe("ecdsa"), `<ds:Reference URI="#ts">`, `<ds:Reference URI="#gone">`)
	i, j := strings.Index(unsigned, `<ds:Reference URI="#gone">`), strings.Index(unsigned, `<ds:Reference URI="#body">`)
	w.refused(w.post(c, "/soap", sealed(t, unsigned[:i]+unsigned[j:], askPerson, blocks, w.parties["clinic.app"]), nil), fault.SignatureTimestampAbsent, false)
	w.refused(w.post(c, "/soap", sealed(t, safe("sha1"), askPerson, blocks, w.parties["school.app"]), nil), fault.SignatureWeak, false)
	w.refused(w.post(c, "/soap", sealed(t, safe("sha256"), calling("GetLegalEntity", "IDNO", company), blocks, w.parties["mill.app"]), nil), fault.SignatureAlgorithm, true)
	w.apply(`{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer] }`)
	w.refused(w.post(c, "/soap", sealed(t, safe("sha1"), askPerson, blocks, w.parties["hall.app"]), nil), fault.SignatureWeak, false)
	w.apply(`{ kind: System, id: hall.app, status: suspended, name: { ro: Asistență }, roles: [consumer] }`)
	g = w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]), nil)
	w.refused(g, fault.SystemSuspended, true)
	if !strings.Contains(g.body, "<Check><Name>system.active</Name><Result>failed</Result>") {
		t.Errorf("a refusal lists its checks: %s", g.body)
	}
}
