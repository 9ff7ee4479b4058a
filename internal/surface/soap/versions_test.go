package soap_test

import (
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
)

// newer is another MAJOR of GetLegalEntity, whose answer has one field only.
func newer(register string) string {
	return service("GetLegalEntity", "2.0.0", `request: { name: EntityQuestion2, fields: [{ name: IDNO, type: idno, mandatory: true }] }
response: { name: LegalEntity2, fields: [{ name: Name, type: string, mandatory: true }] }
endpoint: { rest: { url: "`+register+`", method: GET, path: "/companies/{IDNO}", response: "{Name: .name}" } }`)
}

// TestVersions_MessageMeansTheVersionThatWasAgreed: it names none, so the agreement does; what is described and what is
// called are the same.
func TestVersions_MessageMeansTheVersionThatWasAgreed(t *testing.T) {
	w := newTestPlatform(t)
	ask := func() (operation, answer string) {
		g := w.post(w.client(""), "/soap", sealed(t, safe("sha256"), calling("GetLegalEntity", "IDNO", company), blocks, w.parties["hall.app"]), nil)
		d := w.get(w.client(""), "/soap/hall.app?wsdl").body
		return between(t, d, `<wsdl:message name="GetLegalEntityOutput">`, `</wsdl:message>`), bodyOf(t, g.body, w.signing)
	}
	w.apply(newer(w.register))
	if operation, answer := ask(); !strings.Contains(operation, `"tns:LegalEntity"`) || !strings.HasPrefix(answer, "<LegalEntity ") {
		t.Errorf("a version that was not agreed: %s %s", operation, answer)
	}
	second := strings.Replace(agreed("hall.app", "GetLegalEntity"), "version: 1.0.0", "version: 2.0.0", 1)
	second = strings.Replace(second, "id: hall.getlegalentity", "id: hall.second", 1)
	w.apply(second)
	if operation, answer := ask(); !strings.Contains(operation, `"tns:LegalEntity2"`) || answer != `<LegalEntity2 xmlns="https://mconnect.gov.md"><Name>Moara Exemplu SRL</Name></LegalEntity2>` {
		t.Errorf("the newest that was agreed: %s %s", operation, answer)
	}
	w.apply(strings.Replace(second, "caller_rules", "status: suspended\ncaller_rules", 1))
	if operation, answer := ask(); !strings.Contains(operation, `"tns:LegalEntity"`) || !strings.HasPrefix(answer, "<LegalEntity ") {
		t.Errorf("one in force goes before a newer one that is not: %s %s", operation, answer)
	}
	w.apply(strings.Replace(agreed("hall.app", "GetLegalEntity"), "caller_rules", "status: terminated\ncaller_rules", 1))
	g := w.post(w.client(""), "/soap", sealed(t, safe("sha256"), calling("GetLegalEntity", "IDNO", company), blocks, w.parties["hall.app"]), nil)
	if !strings.Contains(g.body, "<Code>agreement.suspended</Code>") && !strings.Contains(g.body, "<Code>agreement.terminated</Code>") {
		t.Errorf("where none is in force the refusal says why: %s", g.body)
	}
}

// TestVersions_AgreementThatHasNotBegunGivesNoRight yet, nor does one that is over.
func TestVersions_AgreementThatHasNotBegunGivesNoRight(t *testing.T) {
	w := newTestPlatform(t)
	for code, period := range map[fault.Code]string{
		fault.AgreementNotYet: "validity: { from: 2099-01-01T00:00:00Z }", fault.AgreementExpired: "validity: { to: 2020-01-01T00:00:00Z }",
	} {
		w.apply(strings.Replace(agreed("clinic.app", "GetPerson"), "caller_rules", period+"\ncaller_rules", 1))
		if got := names(w.wsdl("/soap/clinic.app?wsdl")); len(got) != 0 {
			t.Errorf("%s: described all the same: %v", code, got)
		}
		g := w.post(w.client(""), "/soap", sealed(t, safe("ecdsa"), askPerson, blocks, w.parties["clinic.app"]), nil)
		if _, e := w.newest(); e.Code != code || !strings.Contains(g.body, "<Code>"+string(code)+"</Code>") {
			t.Errorf("want %s, recorded %s, told %s", code, e.Code, g.body)
		}
	}
}

// TestVersions_MissingAgreementIsRefused: not that the service is unknown.
func TestVersions_MissingAgreementIsRefused(t *testing.T) {
	w := newTestPlatform(t)
	w.refused(w.post(w.client(""), "/soap/school.app", sealed(t, safe("sha256"), askPerson, blocks, w.parties["school.app"]), nil), fault.AgreementNone, true)
	w.refused(w.post(w.client(""), "/soap", sealed(t, safe("sha256"), calling("GetNothing", "IDNP", subject), blocks, w.parties["hall.app"]), nil), fault.ServiceUnknown, true)
	w.refused(w.post(w.client(""), "/soap", sealed(t, safe("sha256"), calling("getPerson", "IDNP", subject), blocks, w.parties["hall.app"]), nil), fault.ServiceUnknown, true)
}

// TestVersions_FaultsOfSOAP12: in its own words, under its own media type and status, signed as well.
func TestVersions_FaultsOfSOAP12(t *testing.T) {
	w := newTestPlatform(t)
	text := strings.Replace(safe("sha256"), "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", 1)
	media := map[string]string{"Content-Type": "application/soap+xml", "Accept-Language": "ru, en;q=0.5"}
	g := w.post(w.client(""), "/soap", sealed(t, text, askPerson, strings.Replace(blocks, "DOS-0001", "?", 1), w.parties["hall.app"]), media)
	if g.status != http.StatusBadRequest || g.header.Get("Content-Type") != "application/soap+xml; charset=utf-8" || g.header.Get("Content-Language") != "ru" {
		t.Errorf("%d %v", g.status, g.header)
	}
	content := bodyOf(t, g.body, w.signing)
	for _, want := range []string{">soapenv:Sender<", ">mc:purpose.reason<", `xml:lang="ru">`, "Checks"} {
		if !strings.Contains(content, want) {
			t.Errorf("no %s in %s", want, content)
		}
	}
	g = w.post(w.client(""), "/soap", "<a/>", media)
	if g.status != http.StatusBadRequest || !strings.Contains(g.body, "http://www.w3.org/2003/05/soap-envelope") {
		t.Errorf("what is no envelope is answered by its media type: %d %s", g.status, g.body)
	}
}

// TestVersions_ContextMayStandInTheLateHeader, in pieces, as long as nothing is said twice differently.
func TestVersions_ContextMayStandInTheLateHeader(t *testing.T) {
	w := newTestPlatform(t)
	hall, c := w.parties["hall.app"], w.client("")
	reason := between(t, blocks, "<mc:CallReason", "</mc:CallReason>")
	early := strings.Replace(blocks, reason, "", 1)
	late := func(block string) string {
		return strings.Replace(safe("sha256"), "</soap:Envelope>", "<soap:Header>"+block+"</soap:Header></soap:Envelope>", 1)
	}
	if g := w.post(c, "/soap", sealed(t, late(reason), askPerson, early, hall), nil); g.status != 200 {
		t.Errorf("%s", g.body)
	}
	other := strings.Replace(reason, "DOS-0001", "DOS-0002", 1)
	w.refused(w.post(c, "/soap", sealed(t, late(other), askPerson, blocks, hall), nil), fault.ContextConflict, true)
	w.refused(w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, blocks+other, hall), nil), fault.ContextConflict, true)
	hidden := strings.Replace(reason, "DOS-0001", "DOS-\u202e1000", 1)
	w.refused(w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, early+hidden, hall), nil), fault.ContextMalformed, true)
	foreign := strings.Replace(reason, "https://mconnect.gov.md", "urn:else", 1)
	w.refused(w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, early+foreign, hall), nil), fault.ContextMissing, true)
	addressed := `<a:Action xmlns:a="http://www.w3.org/2005/08/addressing" soap:mustUnderstand="1">x</a:Action>`
	if g := w.post(c, "/soap", sealed(t, safe("sha256"), askPerson, blocks+addressed, hall), nil); g.status != 200 {
		t.Errorf("WS-Addressing decides nothing: %s", g.body)
	}
}

// TestVersions_SignedHeadersAreOnesOwn: a client that signs its headers cannot be made to say another reason.
func TestVersions_SignedHeadersAreOnesOwn(t *testing.T) {
	w := newTestPlatform(t)
	php := shapes()[2]
	text := sealed(t, php.text, askPerson, "", w.parties["hall.app"])
	w.refused(w.post(w.client(""), "/soap", swap(t, text, ">DOS-0001<", ">DOS-0002<"), nil), fault.SignatureDigest, false)
	added := swap(t, text, "<wsse:Security", strings.Replace(between(t, blocks, "<mc:CallReason", "</mc:CallReason>"), "DOS-0001", "DOS-0002", 1)+"<wsse:Security")
	w.refused(w.post(w.client(""), "/soap", added, nil), fault.ContextConflict, true)
}

// TestVersions_OneSystemLeavesCapacityToOthers, and a full surface says so before it reads.
func TestVersions_OneSystemLeavesCapacityToOthers(t *testing.T) {
	w := newTestPlatform(t, func(c *config.Config) { c.Limits.InFlight = 1 })
	plain := envelope + `<soap:Header>` + blocks + `</soap:Header><soap:Body>` + askPerson + `</soap:Body></soap:Envelope>`
	if g := w.post(w.client("hall.tls"), "/soap", plain, nil); g.status != 200 {
		t.Errorf("one place, one caller: %d %s", g.status, g.body)
	}
	if _, e := w.newest(); e.Kind != journal.Outcome {
		t.Errorf("newest: %s", e.Kind)
	}
}

// TestVersions_WhatIsNoSOAPIsAProblemDocument: other methods, and questions that are none.
func TestVersions_WhatIsNoSOAPIsAProblemDocument(t *testing.T) {
	w := newTestPlatform(t)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodOptions} {
		req := must.Get(http.NewRequest(method, w.url+"/soap/hall.app", strings.NewReader("x")))(t)
		g := w.do(w.client(""), req)
		if g.status != http.StatusMethodNotAllowed || g.header.Get("Allow") != "GET, HEAD, POST" || !strings.Contains(g.body, `"code":"message.method"`) {
			t.Errorf("%s: %d %v %s", method, g.status, g.header, g.body)
		}
	}
	for _, path := range []string{"/soap/hall.app", "/soap/hall.app?", "/soap/hall.app?x"} {
		if g := w.get(w.client(""), path); !strings.Contains(g.body, `"code":"query.invalid"`) {
			t.Errorf("%s: %s", path, g.body)
		}
	}
}
