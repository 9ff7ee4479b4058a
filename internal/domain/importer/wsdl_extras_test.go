package importer_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"mconnect/fault"
	"mconnect/internal/domain/importer"
)

// TestWSDL_PartsOutsideTheBody: header blocks and attachments are named with what they consist of; the Body's part is
// carried.
func TestWSDL_PartsOutsideTheBody(t *testing.T) {
	text := strings.Replace(wsdlWith("EXTRA", `<part name="login" element="t:login"/><part name="scan" type="xs:base64Binary"/>`), `<input><soap:body use="literal"/></input>`,
		`<input><m:multipartRelated xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"><m:part><soap:body parts="body" use="literal"/><soap:header message="t:in" part="login" use="literal"/></m:part>
		<m:part><m:content part="scan" type="application/pdf"/></m:part></m:multipartRelated></input>`, 1)
	text = strings.Replace(text, `<xs:element name="bare"`, `<xs:element name="login"><xs:complexType><xs:sequence><xs:element name="user" type="xs:string"/><xs:element name="pass" type="xs:string"/></xs:sequence></xs:complexType></xs:element><xs:element name="bare"`, 1)
	d := one(t, "s.wsdl", text, importer.Options{})
	if got := shape(d.Request.Fields); got != "cod:string!" {
		t.Error(got)
	}
	if !noted(d, importer.Changed, "endpoint", "the header login is for the endpoint's header conventions, not for the catalogue (user, pass)") ||
		!noted(d, importer.Lost, "endpoint", "the attachment scan") {
		t.Errorf("%+v", d.Notes)
	}
}

// TestWSDL_DemandsBesideSOAP: a policy, by reference or in place, and extensions of other standards are named.
func TestWSDL_DemandsBesideSOAP(t *testing.T) {
	text := strings.Replace(wsdlWith(), `<soap:binding `, `<wsaw:UsingAddressing xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>
		<p:Policy xmlns:p="http://www.w3.org/ns/ws-policy"><p:ExactlyOne><p:All><s:TransportBinding xmlns:s="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"/></p:All></p:ExactlyOne></p:Policy><soap:binding `, 1)
	d := one(t, "s.wsdl", text, importer.Options{})
	for _, says := range []string{"UsingAddressing of http://www.w3.org/2006/05/addressing/wsdl", "(TransportBinding)"} {
		if !noted(d, importer.Decide, "endpoint", says) {
			t.Errorf("no note %q in %+v", says, d.Notes)
		}
	}
}

// TestWSDL_Faults: one whose name means "no such record" is put into not_found, any other is left to a person.
func TestWSDL_Faults(t *testing.T) {
	text := strings.Replace(wsdlWith("OUTPUT", `<output message="t:out"/><fault name="a" message="t:fa"/><fault name="b" message="t:fb"/>`), `<portType`,
		`<message name="fa"><part name="f" element="t:Nu_a_fost_negasit"/></message><message name="fb"><part name="f" element="t:Busy"/></message><portType`, 1)
	text = strings.Replace(text, `<xs:element name="bare"`, `<xs:element name="Nu_a_fost_negasit"><xs:complexType><xs:sequence><xs:element name="cauza" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
		<xs:element name="Busy" type="xs:string"/><xs:element name="bare"`, 1)
	d := one(t, "s.wsdl", text, importer.Options{})
	if soap := d.Endpoint.SOAP; len(soap.NotFound) != 1 || soap.NotFound[0].Detail != "Nu_a_fost_negasit" {
		t.Errorf("%+v", soap.NotFound)
	}
	if !noted(d, importer.Decide, "endpoint", "the fault Busy: if it means") || !noted(d, importer.Decide, "endpoint", "(cauza)") {
		t.Errorf("%+v", d.Notes)
	}
}

// TestWSDL_OperationsWithoutAPort are named as left out, next to those that a port offers.
func TestWSDL_OperationsWithoutAPort(t *testing.T) {
	text := strings.Replace(wsdlWith(), `<binding `, `<portType name="other"><operation name="unheard"><input message="t:in"/><output message="t:out"/></operation></portType><binding `, 1)
	r, err := read(t, "s.wsdl", text, importer.Options{})
	if err != nil || len(r.Drafts) != 1 || len(r.Left) != 1 || r.Left[0].Field != "unheard" || !strings.Contains(r.Left[0].Text, "no SOAP port") {
		t.Errorf("%v %+v", err, r.Left)
	}
}

// TestWSDL_AMissingFileLeavesOutOnlyWhatNeedsIt.
func TestWSDL_AMissingFileLeavesOutOnlyWhatNeedsIt(t *testing.T) {
	text := strings.Replace(wsdlWith("OUTPUT", `<output message="t:out"/></operation><operation name="far"><input message="t:in"/><output message="t:gone"/>`), `<xs:element name="ask">`,
		`<xs:import namespace="urn:far" schemaLocation="far\types.xsd"/><xs:element name="ask">`, 1)
	text = strings.Replace(text, `<portType`, `<message name="gone"><part name="p" element="f:Thing" xmlns:f="urn:far"/></message><portType`, 1)
	text = strings.Replace(text, `</binding>`, `<operation name="far"><soap:operation soapAction=""/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>`, 1)
	r, err := read(t, "s.wsdl", text, importer.Options{})
	if err != nil || len(r.Drafts) != 1 || len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, `far\types.xsd`) {
		t.Fatalf("%v %+v", err, r.Left)
	}
	whole := fstest.MapFS{"s.wsdl": {Data: []byte(text)}, "far/types.xsd": {Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:far"><xs:element name="Thing"><xs:complexType><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType></xs:element></xs:schema>`)}}
	r, err = importer.Read(importer.Source{Folder: whole, Name: "s.wsdl"}, importer.Options{})
	if err != nil || len(r.Drafts) != 2 || shape(r.Drafts[1].Response.Fields) != "x:integer!" {
		t.Errorf("%v %+v", err, r.Left)
	}
}

// TestDocument_PlacesOfSyntaxErrors: the line is said once, and nothing of the parser's own words about itself.
func TestDocument_PlacesOfSyntaxErrors(t *testing.T) {
	for text, want := range map[string][2]string{
		"<a>\n<b></a>": {"s:2", "element <b> closed by </a>"},
		"{\"openapi\": \"3.0.0\",\n \"paths\": [}": {"s:", ""},
		"<a>\n<b>": {"s:2", "unexpected EOF"},
	} {
		_, err := read(t, "s", text, importer.Options{})
		f := fault.From(err)
		if f.Code != fault.ImportMalformed || !strings.HasPrefix(f.Params["where"], want[0]) || !strings.Contains(f.Params["what"], want[1]) ||
			strings.Contains(f.Params["what"], "line ") || strings.Contains(f.Params["what"], "yaml:") {
			t.Errorf("%q: %+v", text, f.Params)
		}
	}
}

// TestJSONSchema_ChoicesOfValues: lists of codes are joined, labels are named, alternatives of other types are said to
// be lost.
func TestJSONSchema_ChoicesOfValues(t *testing.T) {
	d := one(t, "s.json", `{"type":"object","properties":{
		"sex":{"oneOf":[{"const":"M","title":"bărbat"},{"const":"F","title":"femeie"}]},
		"kind":{"type":"string","enum":["1","2"],"x-enumNames":["unu","doi"]},
		"code":{"anyOf":[{"type":"string","enum":["a"]},{"type":"string","enum":["b","c"]}]},
		"id":{"allOf":[{"type":"string","maxLength":9},{"pattern":"^x+$"}]},
		"n":{"allOf":[{"$ref":"#/$defs/N"}],"description":"Câte"},
		"list":{"allOf":[{"$ref":"#/$defs/L"}]},
		"mixed":{"oneOf":[{"type":"string"},{"type":"object","properties":{"inner":{"type":"string"}}}]}},
		"$defs":{"N":{"type":"integer","minimum":1},"L":{"type":"array","items":{"type":"string"}}}}`, importer.Options{})
	if got := shape(d.Response.Fields); got != "sex:string kind:string code:string id:string n:integer list:[Item:string] mixed:string" {
		t.Error(got)
	}
	if f := field(t, d.Response, "code"); strings.Join(f.Enum, "") != "abc" {
		t.Errorf("%+v", f)
	}
	if f := field(t, d.Response, "id"); f.MaxLength != 9 || f.Pattern != "x+" {
		t.Errorf("%+v", f)
	}
	if f := field(t, d.Response, "n"); f.Minimum != "1" || f.Description.RO != "Câte" {
		t.Errorf("%+v", f)
	}
	if !noted(d, importer.Decide, "response.sex", "M = bărbat; F = femeie") || !noted(d, importer.Decide, "response.kind", "1 = unu; 2 = doi") ||
		!noted(d, importer.Lost, "response", "inner") {
		t.Errorf("%+v", d.Notes)
	}
}
