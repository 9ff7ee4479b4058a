package soap_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/pki"
)

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// refused demands a fault of that code, signed if the caller was known, and its record.
func (w *testPlatform) refused(g got, code fault.Code, known bool) {
	w.t.Helper()
	_, e := w.newest()
	if e.Kind != journal.Refusal || e.Code != code || e.Protocol != "soap" || (e.System != "") != known {
		w.t.Errorf("recorded %s %s of %q, want a refusal by %s", e.Kind, e.Code, e.System, code)
	}
	w.faulty(g, code, known)
}

// faulty demands a fault of that code, signed if the caller was known.
func (w *testPlatform) faulty(g got, code fault.Code, known bool) {
	w.t.Helper()
	if g.status < 400 || !strings.Contains(g.body, "<Code>"+string(code)+"</Code>") || !strings.Contains(g.body, "Fault>") {
		w.t.Errorf("want %s, got %d %s", code, g.status, g.body)
		return
	}
	if told := g.header.Get("MConnect-Record") + g.header.Get("MConnect-Tree-Size"); !known && told != "" {
		w.t.Errorf("%s: a caller who is not known learns how much the journal holds: %v", code, g.header)
	}
	if strings.Contains(g.body, "SignatureValue") != known {
		w.t.Errorf("%s: signed is not %t", code, known)
	}
	if known {
		if content := bodyOf(w.t, g.body, w.signing); !strings.Contains(content, "<Code>"+string(code)+"</Code>") {
			w.t.Errorf("the signature covers %s", content)
		}
	}
}

// swap replaces once and demands that there was something to replace.
func swap(t testing.TB, s, old, with string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("nothing to replace: %s in %s", old, s)
	}
	return strings.Replace(s, old, with, 1)
}

func between(t testing.TB, s, from, to string) string {
	t.Helper()
	i := strings.Index(s, from)
	j := strings.Index(s[max(i, 0):], to)
	if i < 0 || j < 0 {
		t.Fatalf("no %s…%s", from, to)
	}
	return s[i : i+j+len(to)]
}

// TestRefusal_Attacks: what was signed by one and made to say something else is refused, and the register is never
// asked.
func TestRefusal_Attacks(t *testing.T) {
	w := newTestPlatform(t)
	hall, c := w.parties["hall.app"], w.client("")
	evil := strings.Replace(askPerson, subject, "2999000000003", 1)
	for name, attack := range map[string]struct {
		code fault.Code
		make func(good string) string
	}{
		"the Body changed": {fault.SignatureDigest, func(s string) string { return swap(t, s, subject+"</m:IDNP>", "2999000000003</m:IDNP>") }},
		"the signed Body in the Header": {fault.SignatureEnvelope, func(s string) string {
			b := between(t, s, "<soap:Body", "</soap:Body>")
			return swap(t, swap(t, s, b, "<soap:Body>"+evil+"</soap:Body>"), "</soap:Header>", b+"</soap:Header>")
		}},
		"the signed Body inside the new one": {fault.SignatureEnvelope, func(s string) string {
			b := between(t, s, "<soap:Body", "</soap:Body>")
			return swap(t, s, b, "<soap:Body>"+evil+b+"</soap:Body>")
		}},
		"a second Body": {fault.SignatureEnvelope, func(s string) string {
			return swap(t, s, "</soap:Envelope>", "<soap:Body>"+evil+"</soap:Body></soap:Envelope>")
		}},
		"a second Body before": {fault.SignatureEnvelope, func(s string) string {
			return swap(t, s, `<soap:Body wsu:Id="body">`, "<soap:Body>"+evil+`</soap:Body><soap:Body wsu:Id="body">`)
		}},
		"the signed Body renamed": {fault.SignatureBodyUnsigned, func(s string) string {
			b := between(t, s, "<soap:Body", "</soap:Body>")
			moved := strings.NewReplacer("<soap:Body", "<w", "</soap:Body", "</w").Replace(b)
			return swap(t, swap(t, s, b, "<soap:Body>"+evil+"</soap:Body>"), "</soap:Header>", moved+"</soap:Header>")
		}},
		"an id twice": {fault.SignatureDuplicateID, func(s string) string {
			return swap(t, s, "<soap:Header>", `<soap:Header><x wsu:Id="body">`+evil+`</x>`)
		}},
		"an id twice in another attribute": {fault.SignatureDuplicateID, func(s string) string {
			return swap(t, s, "<soap:Header>", `<soap:Header><x xml:id="body"/>`)
		}},
		"a second signature": {fault.SignatureSeveral, func(s string) string {
			return swap(t, s, "</wsse:Security>", between(t, s, "<ds:Signature>", "</ds:Signature>")+"</wsse:Security>")
		}},
		"the signature taken out": {fault.SignatureMissing, func(s string) string { return swap(t, s, between(t, s, "<ds:Signature>", "</ds:Signature>"), "") }},
		"another's certificate":   {fault.SignatureWrong, func(s string) string { return swap(t, s, b64(hall.cert), b64(w.parties["school.app"].cert)) }},
		"a document type":         {fault.XMLDoctype, func(s string) string { return `<!DOCTYPE a [<!ENTITY x "y">]>` + s }},
		"a HMAC by the public key": {fault.SignatureAlgorithm, func(s string) string {
			return swap(t, s, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")
		}},
		"no XML":       {fault.XMLMalformed, func(string) string { return "{}" }},
		"no Envelope":  {fault.SignatureEnvelope, func(string) string { return "<a/>" }},
		"an old stamp": {fault.SignatureDigest, func(s string) string { return swap(t, s, "<wsu:Created>2", "<wsu:Created>1") }},
	} {
		good := sealed(t, safe("sha256"), askPerson, blocks, hall)
		g := w.post(c, "/soap/hall.app", attack.make(good), nil)
		if !strings.Contains(g.body, "<Code>"+string(attack.code)+"</Code>") {
			t.Errorf("%s: want %s, got %s", name, attack.code, g.body)
			continue
		}
		w.refused(g, attack.code, false)
		// The same from who presents his own TLS certificate is recorded under his name, whatever the message claims.
		if attack.code != fault.SignatureMissing {
			w.refused(w.post(w.client("hall.tls"), "/soap/hall.app", attack.make(good), nil), attack.code, true)
		}
	}
	select {
	case asked := <-w.asked:
		t.Errorf("the register was asked %s", asked)
	default:
	}
}

func b64(c *x509.Certificate) string {
	text := string(pki.EncodeCertificates(c))
	text = strings.NewReplacer("-----BEGIN CERTIFICATE-----", "", "-----END CERTIFICATE-----", "", "\n", "").Replace(text)
	return text
}

// TestRefusal_ReplayIsRefused: at once, on any path, and also where the Timestamp is not signed.
func TestRefusal_ReplayIsRefused(t *testing.T) {
	w := newTestPlatform(t)
	for _, s := range shapes() {
		text := sealed(t, s.text, askPerson, blocks, w.parties["hall.app"])
		if g := w.post(w.client(""), "/soap", text, nil); g.status != 200 {
			t.Fatalf("%s: %s", s.name, g.body)
		}
		w.refused(w.post(w.client(""), "/soap/hall.app", text, nil), fault.SignatureReplayed, false)
	}
	old := strings.Replace(safe("sha256"), `<wsu:Created>`+time.Now().UTC().Format("2006-"), `<wsu:Created>2020-`, 1)
	old = strings.Replace(old, `<wsu:Expires>`+time.Now().UTC().Format("2006-"), `<wsu:Expires>2020-`, 1)
	w.refused(w.post(w.client(""), "/soap", sealed(t, old, askPerson, blocks, w.parties["hall.app"]), nil), fault.SignatureExpired, false)
}

// TestRefusal_ForgedIdentity: certificates that are not registered, revoked or of another system.
func TestRefusal_ForgedIdentity(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.parties["hall.app"]
	stranger := w.issue("hall.app", "stranger", true)
	w.refused(w.post(w.client(""), "/soap", sealed(t, safe("sha256"), askPerson, blocks, stranger), nil), fault.SignatureCertificate, false)
	w.refused(w.post(w.client("stranger"), "/soap", sealed(t, safe("sha256"), askPerson, blocks, hall), nil), fault.CertificateUnknown, false)
	w.refused(w.post(w.client("school.app"), "/soap", sealed(t, safe("sha256"), askPerson, blocks, hall), nil), fault.CertificateConflict, true)
	w.refused(w.post(w.client(""), "/soap/school.app", sealed(t, safe("sha256"), askPerson, blocks, hall), nil), fault.PathForeign, true)
	w.refused(w.post(w.client(""), "/services/t/hall.gov.md/AsistentaSociala", sealed(t, safe("sha256"), askPerson, blocks, w.parties["school.app"]), nil), fault.PathForeign, true)
	w.refused(w.post(w.client(""), "/services/t/school/app", sealed(t, safe("sha256"), askPerson, blocks, hall), nil), fault.PathForeign, true)
	w.refused(w.post(w.client(""), "/soap/no.such", sealed(t, safe("sha256"), askPerson, blocks, hall), nil), fault.PathUnknown, true)
	w.refused(w.post(w.client(""), "/soap", envelope+`<soap:Body>`+askPerson+`</soap:Body></soap:Envelope>`, nil), fault.SignatureMissing, false)
	text := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(hall.cert))), "\n", "\n  ")
	w.apply("kind: Certificate\nsystem: hall.app\nrevoked_at: 2020-01-01T00:00:00Z\npem: |\n  " + text + "\n")
	w.refused(w.post(w.client(""), "/soap", sealed(t, safe("sha256"), askPerson, blocks, hall), nil), fault.CertificateRevoked, false)
}

// TestRefusal_WhatCannotBeReadIsRecordedUnderItsSender.
func TestRefusal_WhatCannotBeReadIsRecordedUnderItsSender(t *testing.T) {
	w := newTestPlatform(t)
	hall, c := w.parties["hall.app"], w.client("")
	send := func(content, headers string, header map[string]string) got {
		return w.post(c, "/soap/hall.app", sealed(t, safe("sha256"), content, headers, hall), header)
	}
	other := lawful()
	other["CallReason"] = "DOS-0002"
	part := map[string]string{"CallReason": "DOS-0001"}
	for name, g := range map[fault.Code]func() got{
		fault.ContextConflict:  func() got { return send(askPerson, blocks, other) },
		fault.ContextMissing:   func() got { return send(askPerson, "", nil) },
		fault.ContextMalformed: func() got { return send(askPerson, strings.Replace(blocks, "DOS-0001", "<x/>", 1), nil) },
		fault.ServiceUnknown: func() got {
			return send(strings.Replace(askPerson, "https://mconnect.gov.md", "urn:else", 1), blocks, nil)
		},
		fault.InputInvalid:     func() got { return send(strings.Replace(askPerson, "IDNP>", "IDNX>", 2), blocks, nil) },
		fault.MessageMalformed: func() got { return send(askPerson+askPerson, blocks, nil) },
		fault.NotUnderstood:    func() got { return send(askPerson, blocks+`<x soap:mustUnderstand="1"/>`, nil) },
		fault.ServiceForm:      func() got { return send(`<m:GetExtract xmlns:m="https://mconnect.gov.md"/>`, blocks, nil) },
		fault.PurposeReason:    func() got { return send(askPerson, strings.Replace(blocks, "DOS-0001", "curiozitate", 1), nil) },
	} {
		w.refused(g(), name, true)
	}
	// one value from the other carrier is a mixture
	w.refused(send(askPerson, blocks, part), fault.ContextConflict, true)
	if g := send(askPerson, blocks, lawful()); g.status != 200 {
		t.Errorf("two carriers that say the same: %s", g.body)
	}
	if _, e := w.newest(); e.Kind != journal.Outcome {
		t.Errorf("newest: %s", e.Kind)
	}
	w.faulty(send(`<m:GetBroken xmlns:m="https://mconnect.gov.md"/>`, blocks, nil), fault.ProviderInvalid, true)
	if _, e := w.newest(); e.Kind != journal.Outcome || e.Code != fault.ProviderInvalid || e.Leg != fault.Provider {
		t.Errorf("an answer that XML cannot hold is an outcome: %s %s %s", e.Kind, e.Code, e.Leg)
	}
	w.faulty(send(calling("GetLegalEntity", "IDNO", owner), blocks, nil), fault.ProviderNoRecord, true)
}

// TestRefusal_Limits: what is too large or of no known kind is refused before it is parsed.
func TestRefusal_Limits(t *testing.T) {
	w := newTestPlatform(t, func(c *config.Config) { c.Limits.Request, c.Limits.Attachments = 16<<10, 32<<10 })
	hall := w.client("hall.tls")
	w.refused(w.post(hall, "/soap", strings.Repeat(" ", 17<<10), nil), fault.MessageTooLarge, true)
	g := w.post(hall, "/soap", askPerson, map[string]string{"Content-Type": "application/json"})
	if w.refused(g, fault.MessageMediaType, true); g.status != 415 {
		t.Errorf("status %d", g.status)
	}
	w.refused(w.post(hall, "/soap", askPerson, map[string]string{"Content-Encoding": "gzip"}), fault.MessageMediaType, true)
	w.refused(w.post(hall, "/soap", askPerson, map[string]string{"Content-Type": "text/xml; charset=utf-7"}), fault.MessageMediaType, true)
	w.refused(w.post(w.client(""), "/soap", strings.Repeat(" ", 17<<10), nil), fault.MessageTooLarge, false)
	deep := strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200)
	w.refused(w.post(hall, "/soap", deep, nil), fault.XMLTooDeep, true)
	if g := w.get(hall, "/soap"); g.status == 200 || !strings.Contains(g.body, string(fault.QueryInvalid)) {
		t.Errorf("GET without a query: %d %s", g.status, g.body)
	}
	if w.app.Ready(t.Context()) != nil {
		t.Error("not ready any more")
	}
}

// TestOrigin_PagesOfOtherSitesCallNothing: a browser presents a certificate by itself.
func TestOrigin_PagesOfOtherSitesCallNothing(t *testing.T) {
	w := newTestPlatform(t)
	message := sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"])
	for _, header := range []map[string]string{{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}} {
		if g := w.post(w.client("hall.app"), "/soap", message, header); g.status != 403 || !strings.Contains(g.body, "origin.foreign") {
			t.Errorf("%v: %d %s", header, g.status, g.body)
		}
	}
}
