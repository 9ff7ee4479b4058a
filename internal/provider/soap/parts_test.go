package soap

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// extracts is a service whose answer holds a document; field is what the provider writes for it.
func extracts(url string) catalog.Service {
	s := vehicles(url)
	s.Response.Fields = []schema.Field{{Name: "IDNV", Type: schema.IDNV, Mandatory: true}, {Name: "Extract", Type: schema.Binary}}
	s.Endpoint.SOAP.Response.Names = map[string]string{"IDNV": "vin", "Extract": "extras"}
	return s
}

const (
	pdf     = "%PDF-1.7 \x00\x01\xff \r\n--no boundary"
	include = `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:e%40x"/>`
)

func extract(content string) string {
	return `<r:cautaVehiculResponse xmlns:r="urn:rst"><r:vehicul><r:vin>3999000005119</r:vin>` + content + `</r:vehicul></r:cautaVehiculResponse>`
}

// packed is a reply of a root and one attachment.
func packed(root, message, id string) string {
	return "--B\r\nContent-Type: " + root + "\r\nContent-ID: <root>\r\n\r\n" + message + "\r\n--B\r\nContent-Type: application/pdf\r\n" +
		"Content-Transfer-Encoding: binary\r\nContent-ID: <" + id + ">\r\n\r\n" + pdf + "\r\n--B--\r\n"
}

// TestSOAP_RepliesWithAttachments: as .NET (MTOM) and Axis (SwA) send documents, signed or not.
func TestSOAP_RepliesWithAttachments(t *testing.T) {
	const (
		related = `multipart/related; type="application/xop+xml"; start="<root>"; boundary=B`
		xop     = `application/xop+xml; charset=utf-8; type="text/xml"`
	)
	inside := base64.StdEncoding.EncodeToString([]byte(pdf))
	want := `{"IDNV":"3999000005119","Extract":"` + inside + `"}`
	optimised := envelope(extract(`<r:extras>` + include + `</r:extras>`))
	whole := must.Get(registerKey().signer.Sign([]byte(envelope(extract(`<r:extras>` + inside + `</r:extras>`)))))(t)
	signed := strings.Replace(string(whole), inside, include, 1)
	for _, c := range []struct {
		name, media, body string
		pinned            bool
		code              fault.Code
	}{
		{"MTOM", related, packed(xop, optimised, "e@x"), false, ""},
		{"MTOM, signed", related, packed(xop, signed, "e@x"), true, ""},
		{"SwA by text", `multipart/related; type="text/xml"; boundary=B`, packed("text/xml", envelope(extract(`<r:extras>cid:e@x</r:extras>`)), "e@x"), false, ""},
		{"SwA by href", `multipart/related; type="text/xml"; boundary=B`, packed("text/xml", envelope(extract(`<r:extras href="cid:e@x"/>`)), "e@x"), false, ""},
		{"MTOM, signed over other content", related, strings.Replace(packed(xop, signed, "e@x"), "PDF-1.7", "PDF-1.6", 1), true, fault.ProviderUntrusted},
		{"SwA where a signer is pinned", related, packed("text/xml", strings.Replace(string(whole), inside, "cid:e@x", 1), "e@x"), true, fault.ProviderUntrusted},
		{"no such part", related, packed(xop, optimised, "f@x"), false, fault.ProviderMalformed},
		{"a part twice", related, packed(xop, envelope(extract(`<r:extras>`+include+include+`</r:extras>`)), "e@x"), false, fault.ProviderMalformed},
		{"a document elsewhere", related, packed(xop, strings.Replace(optimised, "cid:e%40x", "http://127.0.0.1:1/e", 1), "e@x"), false, fault.ProviderMalformed},
		{"no boundary", "multipart/related", packed(xop, optimised, "e@x"), false, fault.ProviderMalformed},
		{"cut off", related, packed(xop, optimised, "e@x")[:400], false, fault.ProviderMalformed},
		{"a root that is no SOAP", related, packed("text/html", optimised, "e@x"), false, fault.ProviderMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := registers.Serve(t, registers.Answer(c.media, c.body))
			svc := extracts(s.URL)
			if c.pinned {
				svc.Endpoint.SOAP.Signer = &catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}
			}
			reply, err := registers.Deliver(t, newProvider(t, config{}), registers.Ready(t, svc), question)
			if c.code != "" {
				registers.WantFault(t, err, c.code, fault.Provider)
			} else if err != nil || string(reply.Body) != want {
				t.Errorf("%s %v", reply.Body, err)
			}
		})
	}
	gateway := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", related)
		w.WriteHeader(http.StatusBadGateway)
	})
	_, err := registers.Deliver(t, newProvider(t, config{}), registers.Ready(t, extracts(gateway.URL)), question)
	registers.WantFault(t, err, fault.ProviderStatus, fault.Provider)
}
