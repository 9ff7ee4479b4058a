package soap

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/surface/problem"
	"mconnect/internal/xmlsec"
)

// told is a fault as clients read it, in both versions.
type told struct {
	XMLName xml.Name `xml:"Envelope"`
	Code    string   `xml:"Body>Fault>faultcode"`
	String  string   `xml:"Body>Fault>faultstring"`
	Detail  string   `xml:"Body>Fault>detail>Fault>Code"`
	Leg     string   `xml:"Body>Fault>detail>Fault>Leg"`
	Party   string   `xml:"Body>Fault>detail>Fault>Party"`
	Ref     string   `xml:"Body>Fault>detail>Fault>Reference"`
	Value   string   `xml:"Body>Fault>Code>Value"`
	Subcode string   `xml:"Body>Fault>Code>Subcode>Value"`
	Text    string   `xml:"Body>Fault>Reason>Text"`
	Detail2 string   `xml:"Body>Fault>Detail>Fault>Code"`
}

// TestFault_EveryKindAndCode: in both versions and three languages, with a sentence where clients read it and the code
// in detail.
func TestFault_EveryKindAndCode(t *testing.T) {
	kinds := map[fault.Kind]bool{}
	for _, code := range fault.Codes() {
		f := fault.New(code)
		f.Call = "01900000-0000-7000-8000-000000000000"
		kinds[f.Kind()] = true
		if _, ok := faultCodeOf[f.Kind()]; !ok {
			t.Errorf("%s: nobody is blamed for kind %s", code, f.Kind())
		}
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
			for _, version := range []string{xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12} {
				text := wrapEnvelope(version, "", faultBody(problem.New(f, "t", lang), f, version, lang))
				var got told
				if err := xml.Unmarshal(text, &got); err != nil || got.XMLName.Space != version {
					t.Fatalf("%s: %v in %s", code, err, text)
				}
				says := f.Sentence(lang)
				if version == xmlsec.NamespaceSOAP11 && (got.String != says || got.Detail != string(code) || got.Leg == "" && f.Leg != "" || got.Party == "" ||
					got.Ref != string(f.Call) || got.Code != "soapenv:"+faultCodeFor(f).one) {
					t.Errorf("%s: %+v", code, got)
				}
				if version == xmlsec.NamespaceSOAP12 && (got.Text != says || got.Detail2 != string(code) || got.Subcode != "mc:"+string(code) || got.Value != "soapenv:"+faultCodeFor(f).two) {
					t.Errorf("%s: %+v", code, got)
				}
			}
		}
		one, two := statusOf(f, xmlsec.NamespaceSOAP11), statusOf(f, xmlsec.NamespaceSOAP12)
		finer := code == fault.MethodNotAllowed || f.Kind() == fault.Unsupported
		if !finer && (one != http.StatusInternalServerError || two != faultCodeFor(f).status) || finer && one != two {
			t.Errorf("%s: statuses %d and %d", code, one, two)
		}
	}
	for kind := range faultCodeOf {
		if !kinds[kind] {
			t.Errorf("no code has the kind %s", kind)
		}
	}
	if len(kinds) != len(faultCodeOf) {
		t.Errorf("%d kinds, %d of them told", len(kinds), len(faultCodeOf))
	}
}

// TestFault_ExplainsItself: checks, places and the provider's sentence stand in detail, escaped.
func TestFault_ExplainsItself(t *testing.T) {
	f := fault.New(fault.PurposeReason, "form", "<număr & \x01dosar>")
	f.Checks = []fault.Check{{Name: "system.active", Result: fault.Passed}, {Name: "purpose.reason", Result: fault.Failed, Code: fault.PurposeReason}}
	f.Fields = []fault.FieldError{{Path: "/IDNP", Code: fault.InputCheckDigit}}
	f.Provider, f.RetryAfter = "nu & nu", time.Second
	text := string(faultBody(problem.New(f, "", mconnect.Romanian).Explain("https://portal"), f, xmlsec.NamespaceSOAP11, mconnect.Romanian))
	for _, want := range []string{"&lt;număr &amp; \uFFFDdosar&gt;", "<Check><Name>purpose.reason</Name><Result>failed</Result>", "<Path>/IDNP</Path>", "<Help>https://portal/", "<ProviderSays>nu &amp; nu</ProviderSays>"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if strings.Contains(text, "TraceId") {
		t.Error("what is not known is left out")
	}
	if b := faultCodeFor(fault.New(fault.NotUnderstood)); b.one != "MustUnderstand" {
		t.Errorf("SOAP has a word for it: %v", b)
	}
}
