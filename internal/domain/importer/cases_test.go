package importer_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"mconnect/fault"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

// said is everything that an import says of its result, for people.
func said(t *testing.T, r importer.Result) string {
	t.Helper()
	var b strings.Builder
	for _, d := range r.Drafts {
		text := must.Get(d.Manifest("source"))(t)
		b.Write(text)
	}
	for _, n := range append(r.Left, r.Notes...) {
		fmt.Fprintf(&b, "%s %s %s %s\n", n.Kind, n.Field, n.Where, n.Text)
	}
	return b.String()
}

// TestImport_Cases: descriptions as real ones are written, each with a construct that was once lost, misread or
// refused.
func TestImport_Cases(t *testing.T) {
	for _, c := range []struct {
		name, root, file  string
		request, response string   // of the first draft, as shape writes fields
		says              []string // in notes
	}{
		{"allOf of an enumeration", "openapi", "allof-scalar.yaml", "", "plain:string reason:string?", nil},
		{"allOf with oneOf", "openapi", "allof-oneof.yaml", "", "a:string b:string c:string", []string{"oneOf: what each of 2 alternatives adds"}},
		{"a discriminator", "openapi", "discriminator.yaml", "", "type:string! bark:string", []string{"a discriminator"}},
		{"escapes in a reference", "openapi", "ref-percent.yaml", "", "n:integer", nil},
		{"any media type", "openapi", "star-media.yaml", "", "a:string", []string{"the media type */* was taken for JSON"}},
		{"a path in another file", "openapi", "one-path-in-another-file.yaml", "", "a:string", []string{"./split.yaml", `"a" is declared twice`}},
		{"if, then, else, dependentSchemas", "jsonschema", "if-then.json", "", "kind:string! number:string code:integer extra:string", []string{"a condition (if)"}},
		{"a schema that mentions OpenAPI", "jsonschema", "mentions-openapi.json", "", "nr:string", nil},
		{"attributes only", "wsdl", "attributes-only.xsd", "", "year:integer! code:string!", []string{"endpoint.soap.response.attributes: code, year"}},
		{"elements of an imported schema", "wsdl", "main.xsd", "", "Person:{Code:string!}!", []string{"used by no draft: House"}},
		{"ISO-8859-1", "wsdl", "latin1.xsd", "", "Nr:string!", []string{"Numéro é"}},
		{"UTF-16", "wsdl", "enc-UTF-16.xsd", "", "Nr:string!", []string{"Numéro é"}},
		{"windows-1251", "wsdl", "enc-windows-1251.xsd", "", "Nr:string!", nil},
		{"inheritance, substitution, labels, policy, fault", "wsdl", "abstract-substitution-enum-fault-swaref.wsdl", "code:string!",
			"party:{id:string! surname:string legalForm:string}! head:string other:string status:string!",
			[]string{"A = activ; R = radiat", "https://backup.example/ws", "UsernameToken", "NotFound (reason)", "xsi:type", "a reference to an attachment (swaRef)"}},
		{"siblings under a root", "wsdl/siblings", "wsdl/service.wsdl", "code:string!", "name:string!", nil},
		{"an address, the file beside", "remote-beside", "service.wsdl", "code:string!", "name:string!", []string{"was not fetched: types.xsd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := importer.Read(importer.Source{Folder: os.DirFS("testdata/cases/" + c.root), Name: c.file}, importer.Options{})
			if err != nil || len(r.Drafts) == 0 {
				t.Fatalf("%v, left %+v", err, r.Left)
			}
			if got := shape(r.Drafts[0].Request.Fields); got != c.request {
				t.Errorf("request %s; want %s", got, c.request)
			}
			if got := shape(r.Drafts[0].Response.Fields); got != c.response {
				t.Errorf("response %s; want %s", got, c.response)
			}
			text := said(t, r)
			if strings.Contains(text, "not carried (if)") {
				t.Errorf("a member of a condition is said to be lost:\n%s", text)
			}
			for _, part := range c.says {
				if !strings.Contains(text, part) {
					t.Errorf("does not say %q:\n%s", part, text)
				}
			}
		})
	}
}

func TestCases_ManyKeywords(t *testing.T) {
	r, err := importer.Read(importer.Source{Folder: os.DirFS("testdata/cases/openapi"), Name: "many-keywords.yaml"}, importer.Options{})
	if err != nil || len(r.Drafts) != 6 || len(r.Left) != 1 || r.Left[0].Field != "postNoContent" || !strings.Contains(r.Left[0].Text, "204") {
		t.Fatalf("%v, %d drafts, left %+v", err, len(r.Drafts), r.Left)
	}
	byName := map[string]importer.Draft{}
	for _, d := range r.Drafts {
		byName[string(d.Name)] = d
	}
	for name, want := range map[string]string{
		"GetDisc": "() type:string! bark:string meow:string", "GetAllOf": "() a:string b:string c:string", "GetStar": "() a:string",
		"CreateRo": "(name:string! password:string) id:integer! name:string!", "GetEnc": "() items:[Item:{a:string}]",
		"GetKeywords": "(ids:string! filter:string! at:date!) list:[Item:string]! e:string? n:integer f:decimal u:string x:string hy_phen:string hy_phen_2:integer",
	} {
		d := byName[name]
		if got := fmt.Sprintf("(%s) %s", shape(d.Request.Fields), shape(d.Response.Fields)); got != want {
			t.Errorf("%s: %s; want %s", name, got, want)
		}
		if found := d.Validate(); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if d := byName["GetEnc"]; d.Response.Name != "Page_A" {
		t.Errorf("named %q", d.Response.Name)
	}
	for _, part := range []string{"callback done", "the header Link", "uniqueItems", "minProperties", "not", "marked as deprecated", "Problem"} {
		if text := said(t, r); !strings.Contains(text, part) {
			t.Errorf("does not say %q", part)
		}
	}
}

func TestOpenAPI_DefaultErrorIsNoAnswer(t *testing.T) {
	r, err := importer.Read(importer.Source{Folder: os.DirFS("testdata/cases/openapi"), Name: "no-content-default-error.yaml"}, importer.Options{})
	wantCode(t, err, fault.ImportEmpty)
	if len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, "no content (204)") {
		t.Errorf("left %+v", r.Left)
	}
	doc := `{"openapi":"3.0.3","paths":{"/a":{"get":{"operationId":"a","responses":{%s}}}}}`
	problem := `{"content":{"application/problem+json":{"schema":{"type":"object","properties":{"title":{"type":"string"}}}}}}`
	for responses, says := range map[string]string{
		`"default":` + problem:                      "default is an error",
		`"201":{},"default":` + problem:             "no content (201)",
		`"404":` + problem:                          "without a successful answer",
		`"200":{"content":{}},"default":` + problem: "no content (200)",
	} {
		r, _ := read(t, "s.json", fmt.Sprintf(doc, responses), importer.Options{})
		if len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, says) {
			t.Errorf("%s: %+v", responses, r.Left)
		}
	}
	d := one(t, "s.json", fmt.Sprintf(doc, `"200":{"content":{"application/json":{"schema":{"type":"object","properties":{"a":{"type":"string"}}}}}},
		"206":{"content":{"application/json":{"schema":{"type":"object","properties":{"part":{"type":"string"}}}}}},"default":`+problem), importer.Options{})
	if shape(d.Response.Fields) != "a:string" || !noted(d, importer.Lost, "response", "the answer 206 (part)") || !noted(d, importer.Changed, "response", "(title)") {
		t.Errorf("%s %+v", shape(d.Response.Fields), d.Notes)
	}
}

// TestOpenAPI_ParametersAreCarriedAsText: what a path or a query can hold is one text.
func TestOpenAPI_ParametersAreCarriedAsText(t *testing.T) {
	d := one(t, "s.yaml", `
openapi: 3.0.3
paths:
  /reports/{id}.json:
    parameters: [{name: id, in: path, required: true, schema: {oneOf: [{type: integer}, {type: string, maxLength: 5}]}}]
    get:
      operationId: getReport
      parameters:
        - {name: codes, in: query, required: true, explode: false, schema: {type: array, items: {type: string}}}
        - {name: where, in: query, required: true, style: deepObject, schema: {type: object, properties: {town: {type: string}}}}
        - {name: session, in: cookie, required: true, schema: {type: string}}
        - {name: free, in: query}
      responses: {"200": {content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}}
`, importer.Options{})
	if got := shape(d.Request.Fields); got != "codes:string! free:string id:string!" || d.Endpoint.REST.Path != "/reports/{id}.json" {
		t.Errorf("%s %+v", got, d.Endpoint.REST)
	}
	if found := d.Validate(); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	for field, says := range map[string]string{
		"request.codes": `with "," between them`, "request.where": "an object, which the provider requires (town)", "request": "cookie parameter session, which the provider requires",
	} {
		if !noted(d, importer.Lost, field, says) && !noted(d, importer.Changed, field, says) {
			t.Errorf("%s: no note %q in %+v", field, says, d.Notes)
		}
	}
}

// TestOpenAPI_OneSidedMembers: a request has nothing that only the provider sets, an answer nothing that is only
// written, whatever of the schema says so.
func TestOpenAPI_OneSidedMembers(t *testing.T) {
	d := one(t, "s.yaml", `
openapi: 3.0.3
paths:
  /a:
    post:
      operationId: postA
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}
components:
  schemas:
    Id: {type: integer, readOnly: true}
    Audit: {type: object, properties: {by: {type: string}}}
    A: {type: object, required: [id, audit, x], properties: {id: {$ref: "#/components/schemas/Id"}, audit: {readOnly: true, allOf: [{$ref: "#/components/schemas/Audit"}]}, x: {type: string}, pin: {type: string, writeOnly: true}}}
`, importer.Options{})
	if got := shape(d.Request.Fields) + " / " + shape(d.Response.Fields); got != "x:string! pin:string / id:integer! audit:{by:string}! x:string!" {
		t.Error(got)
	}
	if !noted(d, importer.Changed, "request.audit", "readOnly) (by)") || !noted(d, importer.Changed, "response.pin", "writeOnly") {
		t.Errorf("%+v", d.Notes)
	}
}

// TestImport_RecursionIsCutWhereItMayEnd: at the optional member that recurs. What must recur without end is no
// message.
func TestImport_RecursionIsCutWhereItMayEnd(t *testing.T) {
	d := one(t, "s.json", `{"title":"Court","type":"object","properties":{"name":{"type":"string"},"above":{"$ref":"#"},"below":{"type":"array","items":{"$ref":"#"}},
		"seat":{"type":"object","required":["of","town"],"properties":{"town":{"type":"string"},"of":{"$ref":"#"}}},"home":{"type":"object","properties":{"town":{"type":"string"},"of":{"$ref":"#"}}}}}`,
		importer.Options{})
	if got := shape(d.Response.Fields); got != "name:string home:{town:string}" {
		t.Error(got)
	}
	for _, at := range []string{"response.above", "response.below", "response.seat", "response.home.of"} {
		if !noted(d, importer.Lost, at, "cut off here") {
			t.Errorf("no note on %s in %+v", at, d.Notes)
		}
	}
	d = one(t, "s.xsd", answer(`<xs:element name="court" type="t:Court"/>`, `<xs:complexType name="Court"><xs:sequence><xs:element name="name" type="xs:string"/>
		<xs:element name="below" type="t:Court" minOccurs="0" maxOccurs="unbounded"/><xs:choice><xs:element name="judge" type="t:Judge"/><xs:element name="none" type="xs:boolean"/></xs:choice></xs:sequence></xs:complexType>
		<xs:complexType name="Judge"><xs:sequence><xs:element name="of" type="t:Court"/></xs:sequence></xs:complexType>`), importer.Options{Operation: "A"})
	if got := shape(d.Response.Fields); got != "court:{name:string! none:boolean}!" {
		t.Error(got)
	}
	if !noted(d, importer.Lost, "response.court.below", "t:Court") || !noted(d, importer.Lost, "response.court.judge", "t:Judge") {
		t.Errorf("%+v", d.Notes)
	}
}

// TestImport_FormIsDetectedByTheRoot and never by words inside.
func TestImport_FormIsDetectedByTheRoot(t *testing.T) {
	for text, want := range map[string]string{
		`{"swagger":"2.0","paths":{}}`:                             "convert it to OpenAPI 3",
		`{"asyncapi":"3.0.0","channels":{}}`:                       "AsyncAPI",
		`{"openapi":"4.0.0","paths":{}}`:                           "3.0 and 3.1",
		`<definitions xmlns="http://www.w3.org/ns/wsdl"/>`:         "",
		`<html xmlns:w="http://schemas.xmlsoap.org/wsdl/"/>`:       "not html",
		`<!-- http://schemas.xmlsoap.org/wsdl/ --> <description/>`: "not description",
	} {
		_, err := read(t, "s.txt", text, importer.Options{})
		if f := fault.From(err); err == nil || !strings.Contains(f.Sentence("en"), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	r, err := read(t, "s.txt", `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:annotation><xs:documentation>as http://schemas.xmlsoap.org/wsdl/ says</xs:documentation></xs:annotation>
		<xs:element name="A"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType></xs:element></xs:schema>`, importer.Options{})
	if err != nil || r.Form != importer.XSD {
		t.Errorf("%s %v", r.Form, err)
	}
}

// TestImport_SeveralFiles: a description may consist of several, in folders next to one another; what lies outside the
// root is not read.
func TestImport_SeveralFiles(t *testing.T) {
	folder := fstest.MapFS{
		"api/main.yaml":     {Data: []byte("openapi: 3.0.3\npaths:\n  /a: {$ref: 'paths/a.yaml'}\n  /b: {$ref: '../../out.yaml'}\n  /c: {$ref: 'https://example.md/api/c.yaml#/item'}\n  /d: {$ref: 'https://example.md/api/d.yaml'}\n")},
		"api/paths/a.yaml":  {Data: []byte("get: {operationId: getA, responses: {'200': {content: {application/json: {schema: {$ref: '../../common/types.yaml#/Person'}}}}}}\n")},
		"common/types.yaml": {Data: []byte("Person: {type: object, properties: {code: {type: string}, house: {$ref: '#/House'}}}\nHouse: {type: object, properties: {nr: {type: string}}}\n")},
		"api/c.yaml":        {Data: []byte("item: {get: {operationId: getC, responses: {'200': {content: {application/json: {schema: {type: object, properties: {c: {type: string}}}}}}}}}\n")},
	}
	r, err := importer.Read(importer.Source{Folder: folder, Name: "api/main.yaml"}, importer.Options{})
	if err != nil || len(r.Drafts) != 2 || len(r.Left) != 2 {
		t.Fatalf("%v, %+v", err, r.Left)
	}
	if got := shape(r.Drafts[0].Response.Fields); got != "code:string house:{nr:string}" || r.Drafts[0].Response.Name != "Person" {
		t.Errorf("%s %s", r.Drafts[0].Response.Name, got)
	}
	if !strings.Contains(r.Left[0].Text, "out of the folder") || !strings.Contains(r.Left[1].Text, "https://example.md/api/d.yaml, which is not fetched") {
		t.Errorf("%+v", r.Left)
	}
}

// TestImport_MapLeadsFromAddressesToFiles, and from namespaces; a mistyped entry is said to be of no use.
func TestImport_MapLeadsFromAddressesToFiles(t *testing.T) {
	head := strings.Replace(schemaHead, ">", ` xmlns:x="urn:x" xmlns:y="urn:y">`, 1) + `<xs:import namespace="urn:x" schemaLocation="https://example.md/v1/types.xsd"/><xs:import namespace="urn:y"/>`
	space := func(name, fields string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:` + name + `"><xs:complexType name="T"><xs:sequence>` + fields + `</xs:sequence></xs:complexType></xs:schema>`)}
	}
	folder := fstest.MapFS{
		"a/s.xsd":     {Data: []byte(head + `<xs:element name="A"><xs:complexType><xs:sequence><xs:element name="x" type="x:T"/><xs:element name="y" type="y:T"/></xs:sequence></xs:complexType></xs:element></xs:schema>`)},
		"a/types.xsd": space("other", `<xs:element name="wrong" type="xs:int"/>`),
		"lib/x.xsd":   space("x", `<xs:element name="one" type="xs:int"/>`),
		"lib/y.xsd":   space("y", `<xs:element name="two" type="xs:int"/>`),
	}
	src := importer.Source{Folder: folder, Name: "a/s.xsd"}
	r, err := importer.Read(src, importer.Options{})
	wantCode(t, err, fault.ImportEmpty)
	if len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, "https://example.md/v1/types.xsd") {
		t.Errorf("%+v", r.Left) // types.xsd in the same folder is of another namespace
	}
	src.Map = map[string]string{"https://example.md/v1/types.xsd": "lib/x.xsd", "urn:y": "lib/y.xsd", "urn:z": "lib/z.xsd"}
	r, err = importer.Read(src, importer.Options{})
	if err != nil || shape(r.Drafts[0].Response.Fields) != "x:{one:integer!}! y:{two:integer!}!" {
		t.Fatalf("%v %+v", err, r.Left)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0].Text, "urn:z") {
		t.Errorf("%+v", r.Notes)
	}
}

// TestAttributes_BecomeFields: each policy, and the attributes for which a message has no room.
func TestAttributes_BecomeFields(t *testing.T) {
	text := strings.Replace(wsdlWith(), `<xs:element name="da" type="xs:boolean"/></xs:sequence>`, `<xs:element name="da" type="xs:boolean"/><xs:element name="inner" minOccurs="0"><xs:complexType>
		<xs:attributeGroup ref="t:G"/></xs:complexType></xs:element><xs:element name="sum"><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="currency"/></xs:extension></xs:simpleContent></xs:complexType></xs:element></xs:sequence>
		<xs:attribute name="valid" type="xs:date" use="required"/><xs:attribute ref="xml:lang"/><xs:attribute name="da" type="xs:int"/>`, 1)
	text = strings.Replace(text, `<xs:element name="bare"`, `<xs:attributeGroup name="G"><xs:attribute name="nr" type="xs:int"/><xs:attribute name="gone" use="prohibited"/></xs:attributeGroup><xs:element name="bare"`, 1)
	d := one(t, "s.wsdl", text, importer.Options{})
	if got := shape(d.Response.Fields); got != "da:boolean! inner:{nr:integer} sum:decimal! valid:date!" {
		t.Error(got)
	}
	if soap := d.Endpoint.SOAP.Response; fmt.Sprint(soap.Attributes) != "[nr valid]" || soap.Form != "unqualified" || soap.Names["valid"] != "{urn:t}valid" {
		t.Errorf("%+v", soap)
	}
	for _, says := range []string{"xml:lang", "the attribute da: an element of the message has the same name"} {
		if !noted(d, importer.Lost, "response", says) {
			t.Errorf("no note %q in %+v", says, d.Notes)
		}
	}
	if !noted(d, importer.Lost, "response.sum", "currency") {
		t.Errorf("%+v", d.Notes)
	}
	d = one(t, "s.wsdl", text, importer.Options{Attributes: importer.Drop})
	if got := shape(d.Response.Fields); got != "da:boolean! sum:decimal!" || !noted(d, importer.Lost, "response", "valid, which the provider requires") {
		t.Errorf("%s %+v", got, d.Notes)
	}
	if r, err := read(t, "s.wsdl", text, importer.Options{Attributes: importer.Refuse}); err == nil || len(r.Left) != 1 {
		t.Errorf("%v %+v", err, r.Left)
	}
}

// TestXSD_SchemasThatBuildOnOthers: redefinition, restriction that inherits attributes, unions of lists, groups of
// attributes.
func TestXSD_SchemasThatBuildOnOthers(t *testing.T) {
	base := schemaHead + `<xs:complexType name="P"><xs:sequence><xs:element name="code" type="xs:string"/></xs:sequence><xs:attribute name="nr" type="xs:int"/></xs:complexType>
		<xs:simpleType name="S"><xs:restriction base="xs:string"><xs:maxLength value="9"/></xs:restriction></xs:simpleType></xs:schema>`
	main := schemaHead + `<xs:redefine schemaLocation="base.xsd"><xs:complexType name="P"><xs:complexContent><xs:extension base="t:P"><xs:sequence><xs:element name="more" type="t:S"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
		<xs:simpleType name="S"><xs:restriction base="t:S"><xs:minLength value="2"/></xs:restriction></xs:simpleType></xs:redefine>
		<xs:complexType name="R"><xs:complexContent><xs:restriction base="t:P"><xs:sequence><xs:element name="code" type="xs:string"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
		<xs:simpleType name="U"><xs:union memberTypes="t:E"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="z"/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>
		<xs:simpleType name="E"><xs:restriction base="xs:string"><xs:enumeration value="x"/><xs:enumeration value="y"/></xs:restriction></xs:simpleType>
		<xs:element name="A"><xs:complexType><xs:sequence><xs:element name="p" type="t:P"/><xs:element name="r" type="t:R"/><xs:element name="u" type="t:U"/></xs:sequence></xs:complexType>
		<xs:unique name="once"><xs:selector xpath="p"/><xs:field xpath="code"/></xs:unique></xs:element></xs:schema>`
	r, err := importer.Read(importer.Source{Folder: fstest.MapFS{"s.xsd": {Data: []byte(main)}, "base.xsd": {Data: []byte(base)}}, Name: "s.xsd"}, importer.Options{})
	if err != nil {
		t.Fatalf("%v %+v", err, r.Left)
	}
	d := r.Drafts[0]
	if got := shape(d.Response.Fields); got != "p:{code:string! nr:integer more:string!}! r:{code:string! nr:integer}! u:string!" {
		t.Error(got)
	}
	if f := field(t, d.Response, "p.more"); f.MinLength != 2 || f.MaxLength != 9 {
		t.Errorf("%+v", f)
	}
	if f := field(t, d.Response, "u"); fmt.Sprint(f.Enum) != "[x y z]" {
		t.Errorf("%+v", f)
	}
	if !noted(d, importer.Lost, "response", "xs:unique once") {
		t.Errorf("%+v", d.Notes)
	}
}

// TestXSD_ElementsOfTheSameName of two namespaces are two fields.
func TestXSD_ElementsOfTheSameName(t *testing.T) {
	other := `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:o"><xs:element name="code" type="xs:int"/></xs:schema>`
	main := strings.Replace(schemaHead, ">", ` xmlns:o="urn:o">`, 1) + `<xs:import namespace="urn:o" schemaLocation="o.xsd"/><xs:element name="A"><xs:complexType><xs:sequence><xs:element name="code" type="xs:string"/><xs:element ref="o:code"/></xs:sequence></xs:complexType></xs:element></xs:schema>`
	r, err := importer.Read(importer.Source{Folder: fstest.MapFS{"s.xsd": {Data: []byte(main)}, "o.xsd": {Data: []byte(other)}}, Name: "s.xsd"}, importer.Options{})
	if err != nil || shape(r.Drafts[0].Response.Fields) != "code:string! code_2:integer!" {
		t.Fatalf("%v %+v", err, r)
	}
	if _, err := schema.CompileType(r.Drafts[0].Response); err != nil {
		t.Error(err)
	}
}
