package soap_test

import (
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// TestPeers_EncodingByMarkThenCharsetThenDeclaration (RFC 7303, section 3): a label that contradicts the bytes is no
// reason to refuse them.
func TestPeers_EncodingByMarkThenCharsetThenDeclaration(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.client("hall.tls")
	text := plain(xmlsec.NamespaceSOAP11, blocks, askPerson)
	wide := func(order binary.AppendByteOrder, mark bool, s string) string {
		var out []byte
		if mark {
			s = "\ufeff" + s
		}
		for _, u := range utf16.Encode([]rune(s)) {
			out = order.AppendUint16(out, u)
		}
		return string(out)
	}
	declared := func(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` + text }
	for name, c := range map[string]struct{ media, body string }{
		"utf-16 declared over UTF-8":        {"text/xml; charset=utf-8", declared("utf-16")},
		"utf-16 declared, no charset":       {"text/xml", declared("utf-16")},
		"utf8 declared":                     {"text/xml; charset=utf-8", declared("utf8")},
		"us-ascii declared":                 {"text/xml; charset=utf-8", declared("us-ascii")},
		"another declared behind a mark":    {"text/xml", "\ufeff" + declared("windows-1251")},
		"charset utf8":                      {"text/xml; charset=utf8", text},
		"charset in single quotes":          {"text/xml; charset='utf-8'", text},
		"charset before declaration":        {"text/xml; charset=iso-8859-1", declared("utf-8")},
		"UTF-16 with a mark":                {"text/xml; charset=utf-16", wide(binary.LittleEndian, true, declared("utf-16"))},
		"UTF-16, big end first, no charset": {"text/xml", wide(binary.BigEndian, false, declared("utf-16"))},
		"windows-1251 declared":             {"text/xml", declared("windows-1251")},
		"action without quotes":             {"text/xml; charset=utf-8; action=urn:a:b", text},
		"SOAP 1.2, action without quotes": {"application/soap+xml; charset=utf-8; action=http://x/y",
			strings.ReplaceAll(text, xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12)},
	} {
		if g := w.post(hall, "/soap/hall.app", c.body, map[string]string{"Content-Type": c.media}); g.status != 200 {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	g := w.post(hall, "/soap/hall.app", "<a>\xff</a>", map[string]string{"Content-Type": "text/xml; charset=utf-8"})
	if w.refused(g, fault.XMLEncoding, true); !strings.Contains(g.body, "UTF-8") {
		t.Errorf("the encoding is not named: %s", g.body)
	}
	g = w.post(hall, "/soap/hall.app", text, map[string]string{"Content-Type": "text/xml; charset=x-none"})
	if w.refused(g, fault.MessageMediaType, true); strings.Contains(g.body, "text/xml") || !strings.Contains(g.body, "charset=utf-8") {
		t.Errorf("what was right is asked for: %s", g.body)
	}
	g = w.post(hall, "/soap/hall.app", text, map[string]string{"Content-Encoding": "gzip"})
	if w.refused(g, fault.MessageMediaType, true); g.header.Get("Accept-Encoding") != "identity" || strings.Contains(g.body, "compressed") {
		t.Errorf("gzip: %v %s", g.header, g.body)
	}
}

// TestPeers_BlocksForAnotherNodeArePassedOver (SOAP 1.1 §4.2.2, SOAP 1.2 part 1 §2, WS-Security §5): whatever they
// demand or state.
func TestPeers_BlocksForAnotherNodeArePassedOver(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.client("hall.tls")
	const wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	const wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	lapsed := `<o:Security xmlns:o="` + wsse + `" @FOR@><u:Timestamp xmlns:u="` + wsu +
		`"><u:Created>2020-01-01T00:00:00Z</u:Created><u:Expires>2020-01-01T00:05:00Z</u:Expires></u:Timestamp></o:Security>`
	route := `<x:Route xmlns:x="urn:x" soap:mustUnderstand="1" @FOR@>1</x:Route>`
	other := `<m:CallReason xmlns:m="https://mconnect.gov.md" @FOR@>another reason</m:CallReason>`
	for _, version := range []string{xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12} {
		media, attribute, next := "text/xml", "soap:actor", "http://schemas.xmlsoap.org/soap/actor/next"
		if version == xmlsec.NamespaceSOAP12 {
			media, attribute, next = "application/soap+xml", "soap:role", "http://www.w3.org/2003/05/soap-envelope/role/next"
		}
		send := func(block, role string) got {
			block = strings.ReplaceAll(block, "@FOR@", attribute+`="`+role+`"`)
			return w.post(hall, "/soap/hall.app", plain(version, blocks+block, askPerson), map[string]string{"Content-Type": media})
		}
		for _, block := range []string{route, lapsed, other} {
			if g := send(block, "urn:other-node"); g.status != 200 {
				t.Errorf("%s: for another node: %d %s", media, g.status, g.body)
			}
		}
		for _, role := range []string{"", next, " " + next + "\n"} {
			w.refused(send(route, role), fault.NotUnderstood, true)
			w.refused(send(lapsed, role), fault.SignatureExpired, true)
			w.refused(send(other, role), fault.ContextConflict, true)
		}
		w.refused(send(strings.Replace(route, `"1"`, `" 1 "`, 1), ""), fault.NotUnderstood, true)
	}
}

// TestPeers_AddressingIsAnswered: in the version that was spoken, with what the client needs to recognise its answer.
func TestPeers_AddressingIsAnswered(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.client("hall.tls")
	for _, space := range []string{"http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"} {
		wsa := `<a:Action xmlns:a="` + space + `" soap:mustUnderstand="1">urn:x</a:Action><a:MessageID xmlns:a="` + space + `">urn:uuid:1&amp;2</a:MessageID>`
		g := w.post(hall, "/soap/hall.app", plain(xmlsec.NamespaceSOAP11, blocks+wsa, askPerson), nil)
		for _, want := range []string{
			` xmlns:wsa="` + space + `">https://mconnect.gov.md/MConnect/GetPersonResponse</wsa:Action>`,
			` xmlns:wsa="` + space + `">urn:uuid:1&amp;2</wsa:RelatesTo>`,
		} {
			if g.status != 200 || !strings.Contains(g.body, want) {
				t.Errorf("%s: %d, no %s in %s", space, g.status, want, g.body)
			}
		}
		bodyOf(t, g.body, w.signing)
		g = w.post(hall, "/soap/hall.app", plain(xmlsec.NamespaceSOAP11, wsa, askPerson), nil)
		if g.status != 500 || !strings.Contains(g.body, "/fault</wsa:Action>") || !strings.Contains(g.body, "RelatesTo") {
			t.Errorf("%s: a fault: %d %s", space, g.status, g.body)
		}
	}
	if g := w.post(hall, "/soap/hall.app", plain(xmlsec.NamespaceSOAP11, blocks, askPerson), nil); strings.Contains(g.body, "wsa:") {
		t.Errorf("who does not speak it: %s", g.body)
	}
}

// TestPeers_AnotherVersionOfTheEnvelope is a VersionMismatch (SOAP 1.1 §4.4.1, SOAP 1.2 part 1 §5.4.7).
func TestPeers_AnotherVersionOfTheEnvelope(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.client("hall.tls")
	text := plain("http://www.w3.org/2001/12/soap-envelope", blocks, askPerson)
	for media, want := range map[string][]string{
		"text/xml":             {"<faultcode>soapenv:VersionMismatch</faultcode>", "envelope.version"},
		"application/soap+xml": {"<soapenv:Value>soapenv:VersionMismatch</soapenv:Value>", "SupportedEnvelope"},
	} {
		g := w.post(hall, "/soap/hall.app", text, map[string]string{"Content-Type": media})
		for _, part := range want {
			if g.status != 500 || !strings.Contains(g.body, part) {
				t.Errorf("%s: %d, no %s in %s", media, g.status, part, g.body)
			}
		}
	}
}

// TestPeers_DescriptionsByHeadAndRewrittenQueries: tools look with HEAD, gateways rewrite "?wsdl" to "?wsdl=".
func TestPeers_DescriptionsByHeadAndRewrittenQueries(t *testing.T) {
	w := newTestPlatform(t)
	c := w.client("")
	whole := w.get(c, "/soap/hall.app?wsdl")
	for _, query := range []string{"?wsdl=", "?wsdl=1", "?WSDL", "?singleWsdl=", "?wsdl&x=y"} {
		if g := w.get(c, "/soap/hall.app"+query); g.status != 200 || g.body != whole.body {
			t.Errorf("%s: %d", query, g.status)
		}
	}
	if g := w.get(c, "/soap/hall.app?xsd=1"); g.status != 200 || g.body != w.get(c, "/soap/hall.app?xsd").body {
		t.Errorf("?xsd=1: %d", g.status)
	}
	req := must.Get(http.NewRequest(http.MethodHead, w.url+"/soap/hall.app?wsdl", nil))(t)
	if g := w.do(c, req); g.status != 200 || g.body != "" || g.header.Get("Content-Length") != whole.header.Get("Content-Length") {
		t.Errorf("HEAD: %d %v", g.status, g.header)
	}
}

// TestPeers_PackagesAsWritten: the root without quotes or type; one without its closing boundary may have lost a part.
func TestPeers_PackagesAsWritten(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.client("hall.tls")
	package_ := func(root string) string {
		return "--b\r\nContent-Type: " + root + "\r\nContent-ID: <r>\r\n\r\n" + plain(xmlsec.NamespaceSOAP11, blocks, askPerson) + "\r\n"
	}
	for _, c := range [][2]string{
		{"multipart/related; type=application/xop+xml; start=<r>; start-info=text/xml; boundary=b", "application/xop+xml; charset=utf8; type=text/xml"},
		{`multipart/related; boundary=b; start-info="text/xml"`, "application/xop+xml"},
		{`multipart/related; boundary=b`, "application/xop+xml"},
		{`multipart/related; boundary=b; type="text/xml"`, "text/xml; charset='utf-8'"},
	} {
		if g := w.post(hall, "/soap/hall.app", package_(c[1])+"--b--\r\n", map[string]string{"Content-Type": c[0]}); g.status != 200 {
			t.Errorf("%s, %s: %d %s", c[0], c[1], g.status, g.body)
		}
	}
	for _, end := range []string{"--b\r\n", "--b", "", "--b-\r\n"} {
		g := w.post(hall, "/soap/hall.app", package_("text/xml")+end, map[string]string{"Content-Type": "multipart/related; boundary=b"})
		w.refused(g, fault.MessageMalformed, true)
	}
}

// plain is a message without signature.
func plain(version, headers, content string) string {
	return `<soap:Envelope xmlns:soap="` + version + `"><soap:Header>` + headers + `</soap:Header><soap:Body>` + content + `</soap:Body></soap:Envelope>`
}
