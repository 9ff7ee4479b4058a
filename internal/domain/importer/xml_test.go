package importer_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"mconnect/fault"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

const schemaHead = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">`

// answer is a schema whose element A holds the particles given, with more declarations behind it.
func answer(particles, more string) string {
	return schemaHead + `<xs:element name="A"><xs:complexType><xs:sequence>` + particles + `</xs:sequence></xs:complexType></xs:element>` + more + `</xs:schema>`
}

func TestXSD_Shapes(t *testing.T) {
	for _, c := range []struct {
		name, particles, more string
		want                  string // fields, as shape writes them
		note                  string
	}{
		{"scalars", `<xs:element name="a" type="xs:string"/><xs:element name="b" type="xs:long" minOccurs="0"/>`, "", "a:string! b:integer", ""},
		{"no type", `<xs:element name="a" type="xs:int"/><xs:element name="b"/>`, "", "a:integer!", "any type"},
		{"anyType", `<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:anyType"/>`, "", "a:integer!", "any type"},
		{"any", `<xs:element name="a" type="xs:int"/><xs:any/>`, "", "a:integer!", "xs:any"},
		{"all", ``, `<xs:element name="B"><xs:complexType><xs:all><xs:element name="x" type="xs:date"/></xs:all></xs:complexType></xs:element>`, "x:date!", ""},
		{"nested and anonymous", `<xs:element name="o"><xs:complexType><xs:sequence><xs:element name="x" type="xs:decimal"/><xs:element name="y" type="xs:boolean"/></xs:sequence></xs:complexType></xs:element>`, "", "o:{x:decimal! y:boolean!}!", ""},
		{"wrapped list", `<xs:element name="os"><xs:complexType><xs:sequence><xs:element name="o" type="xs:int" maxOccurs="3"/></xs:sequence></xs:complexType></xs:element>`, "", "os:[o:integer]!", ""},
		{"flat list", `<xs:element name="o" type="xs:int" minOccurs="2" maxOccurs="3"/>`, "", "o:[:integer]!", ""},
		{"none of it", `<xs:element name="a" type="xs:int"/><xs:element name="o" type="xs:int" minOccurs="0" maxOccurs="0"/>`, "", "a:integer!", ""},
		{"choice", `<xs:choice><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:choice>`, "", "a:integer b:integer", "a choice"},
		{"repeating sequence", `<xs:sequence maxOccurs="unbounded"><xs:element name="a" type="xs:int"/></xs:sequence>`, "", "a:[:integer]!", "belong together"},
		{"twice", `<xs:element name="a" type="xs:int"/><xs:element name="a" type="xs:string"/>`, "", "a:integer!", "same name"},
		{"reference", `<xs:element ref="t:r"/>`, `<xs:element name="r" type="xs:dateTime" nillable="true"/>`, "r:datetime?!", ""},
		{"group", `<xs:group ref="t:g" minOccurs="0"/>`, `<xs:group name="g"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:group>`, "x:integer", ""},
		{"extension", `<xs:element name="a" type="t:Two"/>`, `<xs:complexType name="One"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType>
			<xs:complexType name="Two"><xs:complexContent><xs:extension base="t:One"><xs:sequence><xs:element name="y" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>`, "a:{x:integer! y:integer!}!", ""},
		{"restriction of a complex type", `<xs:element name="a" type="t:Two"/>`, `<xs:complexType name="One"><xs:sequence><xs:element name="x" type="xs:int" minOccurs="0"/><xs:element name="z" type="xs:int" minOccurs="0"/></xs:sequence></xs:complexType>
			<xs:complexType name="Two"><xs:complexContent><xs:restriction base="t:One"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>`, "a:{x:integer!}!", ""},
		{"simple content", `<xs:element name="a"><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="u"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>`, "", "a:decimal!", "the attribute u"},
		{"attribute group", `<xs:element name="a"><xs:complexType><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence><xs:anyAttribute/></xs:complexType></xs:element>`, "", "a:{x:integer!}!", "any attribute"},
		{"list and union", `<xs:element name="a"><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType></xs:element><xs:element name="b"><xs:simpleType><xs:union memberTypes="xs:int xs:date"/></xs:simpleType></xs:element>`, "", "a:string! b:string!", "became text"},
		{"mixed", `<xs:element name="a"><xs:complexType mixed="true"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType></xs:element>`, "", "a:{x:integer!}!", "mixed content"},
		{"default", `<xs:element name="a" type="xs:int" default="5"/>`, "", "a:integer!", `"5"`},
		{"other letters", `<xs:element name="cod-personal.nou" type="xs:int"/><xs:element name="Țară" type="xs:string"/><xs:element name="Имя" type="xs:string"/>`, "", "cod_personal_nou:integer! Tara:string! Imia:string!", `called "Țară"`},
		{"float", `<xs:element name="a" type="xs:double"/>`, "", "a:decimal!", "floating-point"},
		{"an empty object", `<xs:element name="a" type="xs:int"/><xs:element name="b"><xs:complexType/></xs:element>`, "", "a:integer!", "without content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := answer(c.particles, c.more)
			opt := importer.Options{Form: importer.XSD, Operation: "A"}
			if c.particles == "" {
				opt.Operation = "B"
			}
			d := one(t, "s.xsd", text, opt)
			if got := shape(d.Response.Fields); got != c.want {
				t.Errorf("%s; want %s", got, c.want)
			}
			all := fmt.Sprint(d.Notes)
			if !strings.Contains(all, c.note) {
				t.Errorf("no note on %q in %s", c.note, all)
			}
			for _, n := range d.Notes {
				if n.Kind != importer.Decide && !strings.HasPrefix(n.Where, "s.xsd:") {
					t.Errorf("a note without a line: %+v", n)
				}
			}
		})
	}
}

// shape writes fields shortly: name:type, ! mandatory, ? nullable.
func shape(fields []schema.Field) string {
	var parts []string
	for _, f := range fields {
		s := f.Name + ":"
		switch f.Type {
		case schema.Object:
			s += "{" + shape(f.Fields) + "}"
		case schema.Array:
			s += "[" + shape([]schema.Field{*f.Items}) + "]"
		default:
			s += string(f.Type)
		}
		if f.Nullable {
			s += "?"
		}
		if f.Mandatory {
			s += "!"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func TestXSD_Facets(t *testing.T) {
	simple := func(base, facets string) string {
		return `<xs:element name="a"><xs:simpleType><xs:restriction base="` + base + `">` + facets + `</xs:restriction></xs:simpleType></xs:element>`
	}
	for _, c := range []struct {
		name, particles string
		want            schema.Field
		note            string
	}{
		{"lengths", simple("xs:string", `<xs:minLength value="2"/><xs:maxLength value="9"/>`), schema.Field{Type: schema.String, MinLength: 2, MaxLength: 9}, ""},
		{"bounds", simple("xs:int", `<xs:minExclusive value="2"/><xs:maxInclusive value="+9"/>`), schema.Field{Type: schema.Integer, Minimum: "3", Maximum: "9"}, ""},
		{"decimal bounds", simple("xs:decimal", `<xs:minInclusive value="-0.5"/><xs:maxExclusive value="10"/>`), schema.Field{Type: schema.Decimal, Minimum: "-0.5", Maximum: "10"}, "itself is allowed"},
		{"date bounds", simple("xs:date", `<xs:minInclusive value="2000-01-01"/>`), schema.Field{Type: schema.Date}, "minInclusive 2000-01-01"},
		{"lengths of bytes", simple("xs:base64Binary", `<xs:maxLength value="9"/>`), schema.Field{Type: schema.Binary}, "maxLength of what is not text"},
		{"enumeration", simple("xs:string", `<xs:enumeration value="a"/><xs:enumeration value="b"/>`), schema.Field{Type: schema.String, Enum: []string{"a", "b"}}, ""},
		{"pattern", simple("xs:string", `<xs:pattern value="\d{4}-\w+"/>`), schema.Field{Type: schema.String, Pattern: `\d{4}-[\pL\pM\pN\pS]+`}, ""},
		{"pattern that RE2 lacks", simple("xs:string", `<xs:pattern value="[a-z-[aeiou]]+"/>`), schema.Field{Type: schema.String}, "the pattern"},
		{"two steps", `<xs:element name="a"><xs:simpleType><xs:restriction><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction></xs:simpleType><xs:minLength value="1"/></xs:restriction></xs:simpleType></xs:element>`,
			schema.Field{Type: schema.String, MinLength: 1, MaxLength: 5}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := one(t, "s.xsd", answer(c.particles, ""), importer.Options{})
			f := d.Response.Fields[0]
			if f.Type != c.want.Type || f.MinLength != c.want.MinLength || f.MaxLength != c.want.MaxLength || f.Minimum != c.want.Minimum ||
				f.Maximum != c.want.Maximum || f.Pattern != c.want.Pattern || fmt.Sprint(f.Enum) != fmt.Sprint(c.want.Enum) {
				t.Errorf("%+v; want %+v", f, c.want)
			}
			if !strings.Contains(fmt.Sprint(d.Notes), c.note) {
				t.Errorf("no note on %q: %+v", c.note, d.Notes)
			}
		})
	}
}

func TestXSD_RequestsAndAnswersArePaired(t *testing.T) {
	object := `<xs:complexType><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType></xs:element>`
	r, err := read(t, "s.xsd", schemaHead+`<xs:element name="GetOneRequest">`+object+`<xs:element name="GetOneResponse">`+object+
		`<xs:element name="two">`+object+`<xs:element name="twoAnswer">`+object+`<xs:element name="alone">`+object+`</xs:schema>`, importer.Options{})
	must.OK(t, err)
	var got []string
	for _, d := range r.Drafts {
		got = append(got, fmt.Sprintf("%s(%s)%s", d.Name, shape(d.Request.Fields), d.Response.Name))
	}
	if all := strings.Join(got, " "); all != "GetOne(x:integer!)GetOneResponse Two(x:integer!)twoAnswer Alone()alone" {
		t.Error(all)
	}
}

// TestXSD_WhatCannotBeCarried: each is refused with a code and a place, and refuses no more than its own operation.
func TestXSD_WhatCannotBeCarried(t *testing.T) {
	for _, c := range []struct{ name, particles, more, says string }{
		{"a type that holds itself", `<xs:element name="n" type="t:Node"/>`, `<xs:complexType name="Node"><xs:sequence><xs:element name="n" type="t:Node"/></xs:sequence></xs:complexType>`, "contains itself"},
		{"an element that holds itself", `<xs:element ref="t:e"/>`, `<xs:element name="e"><xs:complexType><xs:sequence><xs:element ref="t:e"/></xs:sequence></xs:complexType></xs:element>`, "contains itself"},
		{"a group that holds itself", `<xs:group ref="t:g"/>`, `<xs:group name="g"><xs:sequence><xs:group ref="t:g"/></xs:sequence></xs:group>`, "contains itself"},
		{"a simple type of itself", `<xs:element name="a" type="t:S"/>`, `<xs:simpleType name="S"><xs:restriction base="t:S"/></xs:simpleType>`, "contains itself"},
		{"a missing type", `<xs:element name="a" type="t:Nowhere"/>`, "", "was not found"},
		{"SOAP encoding", `<xs:element name="a" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" type="e:Array"/>`, "", "SOAP encoding"},
		{"an abstract element", `<xs:element ref="t:e"/>`, `<xs:element name="e" abstract="true" type="xs:int"/>`, "abstract"},
		{"types that multiply", `<xs:element name="a" type="t:T0"/>`, bomb(12), "2000 fields"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := read(t, "s.xsd", answer(c.particles, c.more), importer.Options{Operation: "A"})
			wantCode(t, err, fault.ImportEmpty)
			if len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, c.says) || !strings.HasPrefix(r.Left[0].Where, "s.xsd:") {
				t.Errorf("left %+v", r.Left)
			}
		})
	}
}

// bomb declares types of ten fields each, n deep.
func bomb(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<xs:complexType name="T%d"><xs:sequence>`, i)
		for j := range 10 {
			kind := fmt.Sprintf("t:T%d", i+1)
			if i == n-1 {
				kind = "xs:int"
			}
			fmt.Fprintf(&b, `<xs:element name="f%d" type="%s"/>`, j, kind)
		}
		b.WriteString(`</xs:sequence></xs:complexType>`)
	}
	return b.String()
}

func TestXML_Hostile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       fault.Code
	}{
		{"a document type", `<!DOCTYPE x [<!ENTITY a "aaaa">]>` + answer("", ""), fault.ImportUnsupported},
		{"a foreign entity", schemaHead + `<xs:annotation><xs:documentation>&a;</xs:documentation></xs:annotation></xs:schema>`, fault.ImportMalformed},
		{"an encoding that nobody reads", `<?xml version="1.0" encoding="EBCDIC"?>` + answer("", ""), fault.ImportEncoding},
		{"bytes that are not UTF-8", schemaHead + "<!-- \xe9 --></xs:schema>", fault.ImportEncoding},
		{"cut off", schemaHead, fault.ImportMalformed},
		{"nothing", ` `, fault.ImportMalformed},
		{"two roots", answer("", "") + "<b/>", fault.ImportMalformed},
		{"too deep", schemaHead + strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300) + "</xs:schema>", fault.ImportLimit},
		{"something else", `<html/>`, fault.ImportMalformed},
		{"an undeclared prefix", answer(`<xs:element name="a" type="q:T"/>`, ""), fault.ImportMalformed},
		{"a bad number", answer(`<xs:element name="a" type="xs:int" minOccurs="many"/>`, ""), fault.ImportMalformed},
		{"override", schemaHead + `<xs:override schemaLocation="x.xsd"/></xs:schema>`, fault.ImportUnsupported},
		{"a redefined file that is missing", schemaHead + `<xs:redefine schemaLocation="x.xsd"/></xs:schema>`, fault.ImportReference},
		{"a file above", schemaHead + `<xs:include schemaLocation="../secret.xsd"/></xs:schema>`, fault.ImportOutside},
		{"an absolute file", schemaHead + `<xs:include schemaLocation="/etc/passwd"/></xs:schema>`, fault.ImportReference},
		{"a drive", schemaHead + `<xs:include schemaLocation="c:\x.xsd"/></xs:schema>`, fault.ImportReference},
		{"a missing file", schemaHead + `<xs:include schemaLocation="gone.xsd"/></xs:schema>`, fault.ImportReference},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, "s.xsd", c.text, importer.Options{Form: importer.XSD})
			wantCode(t, err, c.want)
		})
	}
	big := fstest.MapFS{"s.xsd": {Data: make([]byte, importer.MaxBytes+1)}}
	_, err := importer.Read(importer.Source{Folder: big, Name: "s.xsd"}, importer.Options{})
	wantCode(t, err, fault.ImportLimit)
	_, err = importer.Read(importer.Source{Folder: big, Name: "../s.xsd"}, importer.Options{})
	wantCode(t, err, fault.ImportReference)
}

// TestImport_FetchesNothing: a schema on the network is missing only when something of it is used.
func TestImport_FetchesNothing(t *testing.T) {
	head := strings.Replace(schemaHead, ">", ` xmlns:x="urn:x">`, 1) + `<xs:import namespace="urn:x" schemaLocation="https://example.md/x.xsd"/>`
	body := `<xs:element name="A"><xs:complexType><xs:sequence><xs:element name="a" type="%s"/></xs:sequence></xs:complexType></xs:element></xs:schema>`
	one(t, "s.xsd", head+fmt.Sprintf(body, "xs:int"), importer.Options{})
	r, err := read(t, "s.xsd", head+fmt.Sprintf(body, "x:T"), importer.Options{})
	wantCode(t, err, fault.ImportEmpty)
	if len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, "x:T") {
		t.Errorf("left %+v", r.Left)
	}
}

const wsdlText = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/SOAPV/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><xs:schema targetNamespace="urn:t">
<xs:element name="ask"><xs:complexType><xs:sequence><xs:element name="cod" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="Reply"><xs:complexType><xs:sequence><xs:element name="da" type="xs:boolean"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="bare" type="xs:string"/><xs:element name="empty"><xs:complexType/></xs:element></xs:schema></types>
<message name="in"><part name="body" PARTIN/>EXTRA</message><message name="out"><part name="body" PARTOUT/></message>
<portType name="p"><operation name="do-ask"><documentation>Asks. Întreabă ceva.</documentation><input message="t:in"/>OUTPUT</operation></portType>
<binding name="b" type="t:p"><soap:binding STYLE transport="x"/><operation name="do-ask"><soap:operation soapAction="urn:act"/>
<input><soap:body use="USE"/>HEADER</input><output><soap:body use="USE"/></output></operation></binding>
<service name="s"><port name="p" binding="t:b"><soap:address location="http://10.0.0.1/ws"/></port></service></definitions>`

func wsdlWith(changes ...string) string {
	defaults := []string{"SOAPV", "soap", "PARTIN", `element="t:ask"`, "PARTOUT", `element="t:Reply"`, "OUTPUT", `<output message="t:out"/>`, "STYLE", `style="document"`,
		"USE", "literal", "EXTRA", "", "HEADER", ""}
	return strings.NewReplacer(append(changes, defaults...)...).Replace(wsdlText)
}

func TestWSDL_Small(t *testing.T) {
	d := one(t, "s.wsdl", wsdlWith(), importer.Options{})
	if d.Name != "DoAsk" || d.Title.RO != "Asks" || d.Description.RO != "Asks. Întreabă ceva." || d.Request.Name != "ask" || d.Response.Name != "Reply" {
		t.Errorf("%+v", d)
	}
	if d.Endpoint.SOAP.Version != "1.1" || d.Endpoint.SOAP.Action != "urn:act" || !noted(d, importer.Decide, "endpoint", "not https") || d.Endpoint.SOAP.Request.Form != "unqualified" {
		t.Errorf("%+v %+v", d.Endpoint.SOAP, d.Notes)
	}
	if d = one(t, "s.wsdl", wsdlWith("SOAPV", "soap12"), importer.Options{}); d.Endpoint.SOAP.Version != "1.2" {
		t.Errorf("%+v", d.Endpoint.SOAP)
	}
	d = one(t, "s.wsdl", wsdlWith("EXTRA", `<part name="h" element="t:bare"/>`, "HEADER", `<soap:header message="t:in" part="h" use="literal"/>`), importer.Options{})
	if !noted(d, importer.Changed, "endpoint", "the header h") {
		t.Errorf("%+v", d.Notes)
	}
	d = one(t, "s.wsdl", wsdlWith("PARTIN", `element="t:empty"`), importer.Options{})
	if len(d.Request.Fields) != 0 {
		t.Errorf("%+v", d.Request)
	}
}

func TestWSDL_OperationsThatCannotBeCarried(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
		says    string
	}{
		{"rpc", []string{"STYLE", `style="rpc"`}, "rpc style"},
		{"encoded", []string{"USE", "encoded"}, "SOAP encoding"},
		{"a part of a type", []string{"PARTIN", `type="xs:string"`}, "names a type"},
		{"a bare value", []string{"PARTIN", `element="t:bare"`}, "bare value"},
		{"one way", []string{"OUTPUT", ""}, "without output"},
		{"an answer without fields", []string{"PARTOUT", `element="t:empty"`}, "without fields"},
		{"several parts", []string{"EXTRA", `<part name="b2" element="t:bare"/>`}, "several parts"},
		{"a missing element", []string{"PARTOUT", `element="t:gone"`}, "t:gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := read(t, "s.wsdl", wsdlWith(c.changes...), importer.Options{})
			wantCode(t, err, fault.ImportEmpty)
			if len(r.Left) != 1 || r.Left[0].Field != "do-ask" || !strings.Contains(r.Left[0].Text, c.says) || !strings.Contains(r.Left[0].Where, "s.wsdl:") {
				t.Errorf("left %+v", r.Left)
			}
		})
	}
	_, err := read(t, "s.wsdl", wsdlWith("SOAPV", "http"), importer.Options{})
	wantCode(t, err, fault.ImportUnsupported)
	_, err = read(t, "s.wsdl", strings.ReplaceAll(wsdlWith(), `type="t:p"`, `type="t:q"`), importer.Options{})
	wantCode(t, err, fault.ImportMalformed)
}

func TestWSDL_InSeveralFilesThatImportOneAnother(t *testing.T) {
	whole := wsdlWith()
	at := strings.Index(whole, "<binding")
	head := whole[:strings.Index(whole, "<types>")]
	folder := fstest.MapFS{
		"a/service.wsdl":        {Data: []byte(head + `<import namespace="urn:t" location="parts/abstract.wsdl"/>` + whole[at:])},
		"a/parts/abstract.wsdl": {Data: []byte(strings.Replace(whole[:at], "<types>", `<import namespace="urn:t" location="../service.wsdl"/><types>`, 1) + `</definitions>`)},
	}
	r, err := importer.Read(importer.Source{Folder: folder, Name: "a/service.wsdl"}, importer.Options{})
	if err != nil || len(r.Drafts) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
}
