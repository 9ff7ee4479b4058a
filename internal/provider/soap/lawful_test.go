package soap

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// TestProvider_SOAPFaultsByLocalNames: a fault means the same in whatever namespace its names stand. Fails on 331cb78.
func TestProvider_SOAPFaultsByLocalNames(t *testing.T) {
	in := func(fault string) string {
		return `<Envelope xmlns="` + xmlsec.NamespaceSOAP11 + `"><Body>` + fault + `</Body></Envelope>`
	}
	twelve := strings.ReplaceAll(in(`<Fault><Code><Value>Sender</Value></Code><Reason><Text xml:lang="en">bad</Text><Text xml:lang="ro-MD">gresit</Text></Reason></Fault>`),
		xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12)
	for name, c := range map[string]struct {
		body string
		code fault.Code
		says string
	}{
		"children in the default namespace": {in(`<Fault><faultcode>Client</faultcode><faultstring>cod gresit</faultstring></Fault>`), fault.ProviderRefused, "cod gresit"},
		"children qualified": {envelope(`<S:Fault><S:faultcode>S:Client</S:faultcode><S:faultstring>cod gresit</S:faultstring></S:Fault>`),
			fault.ProviderRefused, "cod gresit"},
		"not found, default namespace": {in(`<Fault><faultcode>Client</faultcode><faultstring>x</faultstring><detail><m:notFound xmlns:m="urn:r"/></detail></Fault>`),
			fault.ProviderNoRecord, ""},
		"not found, by text":       {in(`<Fault><faultcode>Server</faultcode><faultstring>Nu exista</faultstring></Fault>`), fault.ProviderNoRecord, ""},
		"a Fault of no namespace":  {in(`<Fault xmlns=""><faultcode>Client</faultcode><faultstring>a</faultstring></Fault>`), fault.ProviderRefused, "a"},
		"a Fault of its own":       {in(`<Fault xmlns="urn:own"><faultcode>Server</faultcode><faultstring>jos</faultstring></Fault>`), fault.ProviderFault, "jos"},
		"a Fault behind something": {envelope(`<x xmlns="urn:x"/><S:Fault><faultcode>Server</faultcode></S:Fault>`), fault.ProviderFault, ""},
		"1.2 children, ro first":   {twelve, fault.ProviderRefused, "gresit"},
		"1.2 children in a 1.1 Fault": {in(`<Fault><Code xmlns=""><Value>Sender</Value></Code><Reason xmlns=""><Text>r</Text></Reason></Fault>`),
			fault.ProviderRefused, "r"},
		"Axis: the namespace in braces": {in(`<Fault><faultcode>{http://schemas.xmlsoap.org/soap/envelope/}Client.userException</faultcode><faultstring>u</faultstring></Fault>`),
			fault.ProviderRefused, "u"},
		"no children at all": {in(`<Fault/>`), fault.ProviderFault, ""},
	} {
		t.Run(name, func(t *testing.T) {
			svc := vehicles(registers.Replying(t, 500, "text/xml; charset=utf-8", c.body))
			_, err := registers.Deliver(t, newProvider(t, config{}), registers.Ready(t, svc), question)
			if e := registers.WantFault(t, err, c.code, fault.Provider); e.Provider != c.says {
				t.Errorf("the provider's words: %q", e.Provider)
			}
		})
	}
}

// TestProvider_SOAPRepliesOfLawfulPeers: labels that the bytes disprove, old encodings, media types as peers write
// them, statuses of success. Each was provider.malformed or provider.status on 331cb78.
func TestProvider_SOAPRepliesOfLawfulPeers(t *testing.T) {
	bare := func(text string) string { return strings.TrimPrefix(text, `<?xml version="1.0" encoding="UTF-8"?>`) }
	declared := func(name, text string) string { return `<?xml version="1.0" encoding="` + name + `"?>` + bare(text) }
	plate := func(text string) string { return bare(envelope(strings.Replace(car, " EXM 001", text, 1))) }
	const ivanov = "\xC8\xE2\xE0\xED\xEE\xE2" // Иванов in windows-1251
	for name, c := range map[string]struct {
		media, body, encoding string
		status                int
		plate                 string
	}{
		".NET declares utf-16":            {"text/xml; charset=utf-8", declared("utf-16", plate("Ștefan")), "", 200, "Ștefan"},
		"the same without charset":        {"text/xml", declared("utf-16", plate("Ștefan")), "", 200, "Ștefan"},
		"windows-1251 declared twice":     {"text/xml; charset=windows-1251", declared("windows-1251", plate(ivanov)), "", 200, "Иванов"},
		"windows-1251 declared in XML":    {"text/xml", declared("windows-1251", plate(ivanov)), "", 200, "Иванов"},
		"windows-1251 in the manifest":    {"text/xml", plate(ivanov), "windows-1251", 200, "Иванов"},
		"windows-1251 labelled utf-8":     {"text/xml; charset=utf-8", plate(ivanov), "windows-1251", 200, "Иванов"},
		"a manifest that need not help":   {"text/xml; charset=utf-8", plate("Ștefan"), "windows-1250", 200, "Ștefan"},
		"windows-1250":                    {"text/xml; charset=windows-1250", plate("\xAAtefan \xFEar\xE3"), "", 200, "Ştefan ţară"},
		"iso-8859-2":                      {"text/xml", declared("ISO-8859-2", plate("\xAAtefan")), "", 200, "Ştefan"},
		"iso-8859-1, ASCII only":          {"text/xml; charset=ISO-8859-1", declared("ISO-8859-1", plate("Ion")), "", 200, "Ion"},
		"utf-16 with a mark":              {"text/xml; charset=utf-16", string(utf16le("\uFEFF" + declared("utf-16", plate("Ștefan")))), "", 200, "Ștefan"},
		"utf-16 without mark and charset": {"text/xml", string(utf16le(declared("utf-16", plate("Ștefan")))), "", 200, "Ștefan"},
		"a mark":                          {"text/xml", "\xEF\xBB\xBF" + plate("Ion"), "", 200, "Ion"},
		"charset=utf8":                    {"text/xml; charset=utf8", plate("Ion"), "", 200, "Ion"},
		"charset in single quotes":        {"text/xml;charset='utf-8'", plate("Ion"), "", 200, "Ion"},
		"charset twice":                   {"text/xml; charset=utf-8; charset=utf-8", plate("Ion"), "", 200, "Ion"},
		"an unquoted action":              {"text/xml; charset=utf-8; action=urn:r/Find", plate("Ion"), "", 200, "Ion"},
		"201":                             {"text/xml", plate("Ion"), "", 201, "Ion"},
		"202":                             {"text/xml", plate("Ion"), "", 202, "Ion"},
		"an unqualified result":           {"text/xml", strings.NewReplacer("<r:vehicul ", `<vehicul xmlns="" `, "</r:vehicul>", "</vehicul>").Replace(plate("Ion")), "", 200, "Ion"},
	} {
		t.Run(name, func(t *testing.T) {
			svc := vehicles(registers.Replying(t, c.status, c.media, c.body))
			svc.Endpoint.SOAP.Encoding = c.encoding
			p := newProvider(t, config{})
			if found := p.Check(svc); len(found) > 0 {
				t.Fatal(found)
			}
			reply, err := registers.Deliver(t, p, registers.Ready(t, svc), question)
			if want := strings.Replace(carJSON, " EXM 001", c.plate, 1); err != nil || string(reply.Body) != want {
				t.Fatalf("%s %v", reply.Body, err)
			}
		})
	}
}

func utf16le(s string) (out []byte) {
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

// TestProvider_MalformedSaysWhy: each refusal of an answer names its reason as a code, and no words of the provider.
func TestProvider_MalformedSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		status                int
		media, body, encoding string
		want                  fault.Code
	}{
		"bytes against the charset":  {200, "text/xml; charset=utf-8", strings.Replace(envelope(car), "EXM", "\xC8\xE2", 1), "", fault.AnswerEncoding},
		"bytes against the manifest": {200, "text/xml", strings.NewReplacer("EXM", "\x81", ` encoding="UTF-8"`, "").Replace(envelope(car)), "windows-1250", fault.AnswerEncoding},
		"an unknown encoding":        {200, "text/xml; charset=x-secret-words", envelope(car), "", fault.AnswerCharset},
		"HTML":                       {200, "text/html", "<html>", "", fault.AnswerMediaType},
		"no envelope":                {200, "text/xml", "<a/>", "", fault.AnswerNotSOAP},
		"another element":            {200, "text/xml", envelope("<a/>"), "", fault.AnswerElement},
		"another version":            {200, "text/xml", strings.ReplaceAll(envelope(car), xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12), "", fault.AnswerVersion},
		"cut off":                    {200, "text/xml", envelope(car)[:200], "", fault.AnswerNotSOAP},
	} {
		t.Run(name, func(t *testing.T) {
			svc := vehicles(registers.Replying(t, c.status, c.media, c.body))
			svc.Endpoint.SOAP.Encoding = c.encoding
			_, err := registers.Deliver(t, newProvider(t, config{}), registers.Ready(t, svc), question)
			e := registers.WantFault(t, err, fault.ProviderMalformed, fault.Provider)
			if len(e.Fields) == 0 || e.Fields[0].Code != c.want {
				t.Fatalf("says %v", e.Fields)
			}
			if s := e.Fields[0].Sentence(mconnect.Romanian); strings.Contains(s, "—") || strings.Contains(s, "secret-words") && c.want != fault.AnswerCharset {
				t.Errorf("%s", s)
			}
		})
	}
}

// TestProvider_JSONOfLawfulPeers: a byte order mark, charset as peers spell it, an old encoding. Malformed on 331cb78.
func TestProvider_JSONOfLawfulPeers(t *testing.T) {
	for name, c := range map[string]struct{ media, body, encoding, mapping, want string }{
		"a mark":                   {"application/json", "\xEF\xBB\xBF{\"a\":1}", "", "", `{"a":1}`},
		"a mark, mapped":           {"application/json", "\xEF\xBB\xBF{\"a\":1}", "", "{b: .a}", `{"b":1}`},
		"charset=utf8":             {"application/json; charset=utf8", `{"a":"ș"}`, "", "", `{"a":"ș"}`},
		"parameters of all kinds":  {"application/json;odata=a/b;IEEE754Compatible=false;charset='UTF-8'", `{"a":1}`, "", "", `{"a":1}`},
		"a parameter without name": {"application/json; =", `{"a":1}`, "", "", `{"a":1}`},
		"windows-1251":             {"application/json; charset=windows-1251", "{\"a\":\"\xC8\"}", "", "", `{"a":"И"}`},
		"in the manifest":          {"application/json", "{\"a\":\"\xC8\"}", "windows-1251", "", `{"a":"И"}`},
		"utf-16":                   {"application/json; charset=utf-16", string(utf16le("\uFEFF{\"a\":\"ș\"}")), "", "", `{"a":"ș"}`},
		"utf-16 unlabelled":        {"application/json", string(utf16le("{\"a\":\"ș\"}")), "", "", `{"a":"ș"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := registers.Post(registers.Replying(t, 200, c.media, c.body))
			s.Endpoint.REST.Encoding, s.Endpoint.REST.Response = c.encoding, c.mapping
			reply, err := registers.Deliver(t, newProvider(t, config{}), s, input)
			if err != nil || string(reply.Body) != c.want {
				t.Fatalf("%s %v", reply.Body, err)
			}
		})
	}
}

// TestProvider_RegistersAreToldWhoAsks: in headers and header blocks where the service says so, as parameters of SQL
// where they are named; what is not ASCII arrives whole.
func TestProvider_RegistersAreToldWhoAsks(t *testing.T) {
	legal := mconnect.LegalContext{User: "2999900000262", Entity: "1000000000026", Basis: "Legea nr. 100, art. 5 „ș”", Reason: "Dosar 1/2026 50%"}
	told := provider.Request{Call: call, Trace: trace, Context: legal, Consumer: "hall.acts", Purpose: "heirs"}
	var heard http.Header
	var body string
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		heard, body = r.Header, string(text)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") {
			registers.Answer("text/xml", envelope(car))(w, r)
			return
		}
		registers.Answer("application/json", `{}`)(w, r)
	})
	p := newProvider(t, config{})
	want := map[string]string{"CallingUser": "2999900000262", "CallingEntity": "1000000000026", "CallingSystem": "hall.acts", "CallPurpose": "heirs",
		"CallBasis": "Legea%20nr.%20100%2C%20art.%205%20%E2%80%9E%C8%99%E2%80%9D", "CallReason": "Dosar%201%2F2026%2050%25", "MConnect-Call-Id": string(call)}
	for _, on := range []bool{true, false} {
		told.Service, told.Input = registers.Post(s.URL), []byte(input)
		told.Service.Endpoint.REST.Context = on
		must.Get(p.Deliver(t.Context(), told))(t)
		for name, value := range want {
			if got := heard.Get(name); got != value && (on || name == "MConnect-Call-Id") || !on && name != "MConnect-Call-Id" && got != "" {
				t.Errorf("context %t: %s: %q", on, name, got)
			}
		}
	}
	svc := vehicles(s.URL)
	svc.Endpoint.SOAP.Context = true
	told.Service, told.Input = registers.Ready(t, svc), []byte(question)
	must.Get(p.Deliver(t.Context(), told))(t)
	for _, name := range catalog.ContextNames {
		if block := "<" + name + ` xmlns="https://mconnect.gov.md">` + told.ContextValue(name) + "</" + name + ">"; !strings.Contains(body, block) {
			t.Errorf("%s is missing in %s", block, body)
		}
	}
}
