package xmlmap_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// one is a type of few fields, for cases that fit a line.
func one(fields ...schema.Field) schema.Type { return schema.Type{Name: "T", Fields: fields} }

func in(body string) string { return `<T xmlns="https://mconnect.gov.md">` + body + `</T>` }

var (
	text    = schema.Field{Name: "S", Type: schema.String}
	number  = schema.Field{Name: "N", Type: schema.Integer, Nullable: true}
	decimal = schema.Field{Name: "D", Type: schema.Decimal}
	flag    = schema.Field{Name: "B", Type: schema.Boolean}
	day     = schema.Field{Name: "Day", Type: schema.Date}
	moment  = schema.Field{Name: "At", Type: schema.DateTime}
	blob    = schema.Field{Name: "Bin", Type: schema.Binary}
	flats   = schema.Field{Name: "F", Type: schema.Array, Mandatory: true, Items: &schema.Field{Type: schema.Integer}}
	list    = schema.Field{Name: "L", Type: schema.Array, Items: &schema.Field{Name: "I", Type: schema.String, Nullable: true}}
	inner   = schema.Field{Name: "O", Type: schema.Object, Fields: []schema.Field{text, number}}
)

func TestRead_Values(t *testing.T) {
	for _, c := range []struct {
		field      schema.Field
		body, want string
	}{
		{text, `<S/>`, `{"S":""}`},
		{text, `<S></S>`, `{"S":""}`},
		{text, "<S> a\r\nb\rc\t&#13;&#xa;</S>", `{"S":" a\nb\nc\t\r\n"}`},
		{text, `<S>a<!-- b -->c<![CDATA[<&]]>]]&gt;</S>`, `{"S":"ac<&]]>"}`},
		{text, "<S><![CDATA[a\r\nb\r]]></S>", `{"S":"a\nb\n"}`},
		{text, `<S>"\&quot;&apos;&#x1F600;ă` + "\u007f" + `</S>`, `{"S":"\"\\\"'😀ă` + "\u007f" + `"}`},
		{text, `<S xsi:nil="false" xmlns:xsi="` + xmlmap.XSI + `">x</S>`, `{"S":"x"}`},
		{text, `<S xsi:type="xsd:string" xml:lang="ro" xmlns:xsi="` + xmlmap.XSI + `">x</S>`, `{"S":"x"}`},
		{number, "<N>\n 007 </N>", `{"N":7}`},
		{number, `<N>+0</N>`, `{"N":0}`},
		{number, `<N>-0012</N>`, `{"N":-12}`},
		{number, `<N>9223372036854775807</N>`, `{"N":9223372036854775807}`},
		{number, `<N xsi:nil="1" xmlns:xsi="` + xmlmap.XSI + `"> </N>`, `{"N":null}`},
		{decimal, `<D>+.50</D>`, `{"D":"0.50"}`},
		{decimal, `<D>-12.</D>`, `{"D":"-12"}`},
		{decimal, `<D>0012345678901234567890.10</D>`, `{"D":"12345678901234567890.10"}`},
		{flag, `<B>1</B>`, `{"B":true}`},
		{flag, `<B> false </B>`, `{"B":false}`},
		{flag, `<B>0</B>`, `{"B":false}`},
		{day, `<Day>2026-01-02</Day>`, `{"Day":"2026-01-02"}`},
		{day, `<Day>2026-01-02+02:00</Day>`, `{"Day":"2026-01-02"}`},
		{day, `<Day>2026-01-02Z</Day>`, `{"Day":"2026-01-02"}`},
		{day, `<Day>2026-01-02T00:00:00</Day>`, `{"Day":"2026-01-02T00:00:00"}`}, // for the schema to refuse
		{moment, `<At>2026-01-02T03:04:05Z</At>`, `{"At":"2026-01-02T03:04:05Z"}`},
		{blob, "<Bin>AAEC\n  /w==</Bin>", `{"Bin":"AAEC/w=="}`},
		{flats, ``, `{"F":[]}`},
		{flats, ` <F>1</F> `, `{"F":[1]}`},
		{flats, `<F>1</F><!-- x --><F>2</F>`, `{"F":[1,2]}`},
		{list, ``, `{}`},
		{list, `<L/>`, `{"L":[]}`},
		{list, `<L><I>a</I></L>`, `{"L":["a"]}`},
		{list, `<L><I/><I xmlns:x="` + xmlmap.XSI + `" x:nil="true"/></L>`, `{"L":["",null]}`},
		{inner, `<O/>`, `{"O":{}}`},
		{inner, `<O><S>x</S></O>`, `{"O":{"S":"x"}}`},
		{inner, `<O><N>1</N><S>x</S></O>`, `{"O":{"S":"x","N":1}}`},
	} {
		form := sample(t, xmlmap.Config{Type: one(c.field)})
		out, _, err := form.JSON(nil, []byte(in(c.body)))
		if err != nil || string(out) != c.want {
			t.Errorf("%s\ngave %s, %v\nwant %s", c.body, out, err, c.want)
		}
	}
}

func TestRead_RefusedPlaces(t *testing.T) {
	for _, c := range []struct {
		field      schema.Field
		body, want string
	}{
		{number, `<N/>`, "input.type /N"},
		{number, `<N>1 2</N>`, "input.type /N"},
		{number, `<N>1.0</N>`, "input.type /N"},
		{number, `<N>1e3</N>`, "input.type /N"},
		{number, `<N><X/></N>`, "input.type /N"},
		{number, `<N xsi:nil="true" xmlns:xsi="` + xmlmap.XSI + `">1</N>`, "input.format /N"},
		{decimal, `<D>.</D>`, "input.format /D"},
		{decimal, `<D>1,5</D>`, "input.format /D"},
		{decimal, `<D>INF</D>`, "input.format /D"},
		{flag, `<B>True</B>`, "input.type /B"},
		{blob, `<Bin>"</Bin>`, "input.format /Bin"},
		{text, `<S>a<S>b</S></S>`, "input.type /S"},
		{text, `<S>a</S><S>b</S>`, "message.duplicateKey /S"},
		{text, `x<S>a</S>`, "input.type "},
		{text, `<S>a</S><![CDATA[x]]>`, "input.type "},
		{text, `<S a="1">a</S>`, "input.format /S"},
		{text, `<X>a</X>`, "input.unknownField /X"},
		{text, `<S xmlns="urn:x">a</S>`, "xml.namespace /S"},
		{text, `<S xmlns="">a</S>`, "xml.namespace /S"},
		{flats, `<F>1</F><F>x</F>`, "input.type /F/1"},
		{list, `<L><J/></L>`, "input.unknownField /L/J"},
		{list, `<L>a</L>`, "input.type /L"},
		{inner, `<O><N>x</N><Z/></O>`, "input.type /O/N, input.unknownField /O/Z"},
	} {
		form := sample(t, xmlmap.Config{Type: one(c.field)})
		out, _, err := form.JSON([]byte("kept"), []byte(in(c.body)))
		if code, where := found(err); code != fault.InputInvalid || where != c.want || string(out) != "kept" {
			t.Errorf("%s\ngave %q %s %q, want %q", c.body, out, code, where, c.want)
		}
		form = sample(t, xmlmap.Config{Type: one(c.field), Answer: true})
		_, _, err = form.JSON(nil, []byte(in(c.body)))
		if f := fault.From(err); f.Code != fault.ProviderInvalid || f.Leg != fault.Provider {
			t.Errorf("%s in an answer gave %s on %s", c.body, f.Code, f.Leg)
		}
	}
}

func TestRead_Unreadable(t *testing.T) {
	deep := strings.Repeat("<S>", 70) + strings.Repeat("</S>", 70)
	many := "<S " + strings.Repeat(" a='1'", 40) + "/>"
	for doc, want := range map[string]fault.Code{
		``:                          fault.XMLMalformed,
		`x`:                         fault.XMLMalformed,
		`<`:                         fault.XMLMalformed,
		`<T`:                        fault.XMLMalformed,
		`</T>`:                      fault.XMLMalformed,
		`<T/>`:                      fault.XMLNamespace,
		`<U xmlns="urn:x"/>`:        fault.XMLNamespace,
		`<p:T/>`:                    fault.XMLNamespace,
		`<T xmlns:p=""/>`:           fault.XMLNamespace,
		`<T xmlns:xmlns="urn:x"/>`:  fault.XMLNamespace,
		`<T xmlns:xml="urn:x"/>`:    fault.XMLNamespace,
		`<!DOCTYPE T []><T/>`:       fault.XMLDoctype,
		`<?xml version="1.1"?><T/>`: fault.XMLMalformed,
		"<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><T>\xe3</T>": fault.XMLEncoding,
		`<?php ?><T/>`:         fault.XMLInstruction,
		in("<S>\xff</S>"):      fault.XMLEncoding,
		in("<S>\x01</S>"):      fault.XMLMalformed,
		in("<S>\ufffe</S>"):    fault.XMLEncoding,
		in("<!-- \ufffe -->"):  fault.XMLEncoding,
		in("<!-- a -- b -->"):  fault.XMLMalformed,
		in("<!-- a --->"):      fault.XMLMalformed,
		in("<![CDATA[x]]"):     fault.XMLMalformed,
		in("<S>&#0;</S>"):      fault.XMLMalformed,
		in("<S>&#xD800;</S>"):  fault.XMLMalformed,
		in("<S>&#+65;</S>"):    fault.XMLMalformed,
		in("<S>&#x;</S>"):      fault.XMLMalformed,
		in("<S>& </S>"):        fault.XMLMalformed,
		in("<S>&lol;</S>"):     fault.XMLEntity,
		in("<S>]]></S>"):       fault.XMLMalformed,
		in("<S>a</T>"):         fault.XMLMalformed,
		in("<S>"):              fault.XMLMalformed,
		in("<S a='1' a='2'/>"): fault.XMLMalformed,
		in("<S xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>"): fault.XMLMalformed,
		in("<S xmlns='u' xmlns='u'/>"):                     fault.XMLMalformed,
		in("<S a='<'/>"):                                   fault.XMLMalformed,
		in("<S a=1/>"):                                     fault.XMLMalformed,
		in("<S a/>"):                                       fault.XMLMalformed,
		in("<S a='1'b='2'/>"):                              fault.XMLMalformed,
		in("<S q:a='1'/>"):                                 fault.XMLNamespace,
		in("<a:b:c/>"):                                     fault.XMLNamespace,
		in("<1a/>"):                                        fault.XMLMalformed,
		in("<S xmlns:x='" + xmlmap.XSI + "' x:nil='maybe'/>"): fault.XMLMalformed,
		in("<?x?>"):           fault.XMLInstruction,
		in("<!ENTITY x 'y'>"): fault.XMLMalformed,
		in("") + "<T/>":       fault.XMLMalformed,
		in("") + "x":          fault.XMLMalformed,
		in("") + "<?x?>":      fault.XMLInstruction,
		in(deep):              fault.XMLTooDeep,
		in(many):              fault.XMLTooLarge,
	} {
		form := sample(t, xmlmap.Config{Type: one(text)})
		_, _, err := form.JSON(nil, []byte(doc))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != want {
			t.Errorf("%.80s\ngave %v, want %s", doc, err, want)
		}
		_, _, err = sample(t, xmlmap.Config{Type: one(text), Answer: true}).JSON(nil, []byte(doc))
		if f := fault.From(err); f.Code != fault.ProviderMalformed || f.Leg != fault.Provider {
			t.Errorf("%.80s in an answer gave %v", doc, err)
		}
	}
}

func TestRead_Bounds(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(flats), Limits: xmlmap.Limits{Bytes: 100, Elements: 3}})
	if _, _, err := form.JSON(nil, []byte(in("<F>1</F><F>2</F>"))); err != nil {
		t.Error(err)
	}
	_, _, err := form.JSON(nil, []byte(in("<F>1</F><F>2</F><F>3</F>")))
	if f := fault.From(err); f.Code != fault.XMLTooLarge || f.Params["limit"] != "3" || f.Params["what"] != "elements" {
		t.Error(err, f.Params)
	}
	_, _, err = form.JSON(nil, []byte(in(strings.Repeat(" ", 100))))
	if f := fault.From(err); f.Code != fault.MessageTooLarge || f.Params["limit"] != "100" {
		t.Error(err, f.Params)
	}
	form = sample(t, xmlmap.Config{Type: one(flats), Answer: true, Limits: xmlmap.Limits{Bytes: 100}})
	if _, _, err = form.JSON(nil, []byte(in(strings.Repeat(" ", 100)))); fault.From(err).Code != fault.ProviderTooLarge {
		t.Error(err)
	}
}

func TestRead_Policies(t *testing.T) {
	dirty := in(`<Z><S>1</S></Z><S a="1" b="2">x</S><q xmlns="urn:x"/>`)
	form := sample(t, xmlmap.Config{Type: one(text), Elements: xmlmap.Drop, Attributes: xmlmap.Drop})
	out, dropped, err := form.JSON(nil, []byte(dirty))
	if err != nil || string(out) != `{"S":"x"}` || dropped != 4 {
		t.Errorf("%s, %d dropped, %v", out, dropped, err)
	}
	form = sample(t, xmlmap.Config{Type: one(text, number), Ordered: true})
	_, _, err = form.JSON(nil, []byte(in(`<N>1</N><S>x</S>`)))
	if _, where := found(err); where != "input.format /S" {
		t.Error("order:", err)
	}
	form = sample(t, xmlmap.Config{Type: one(text, inner), AnySpace: true})
	out, _, err = form.JSON(nil, []byte(in(`<S xmlns="">x</S><p:O xmlns:p="urn:p"><N>1</N></p:O>`)))
	if err != nil || string(out) != `{"S":"x","O":{"N":1}}` {
		t.Errorf("any namespace: %s %v", out, err)
	}
	form = sample(t, xmlmap.Config{Type: one(text, number, day, flag), BlankIsNo: true})
	out, _, err = form.JSON(nil, []byte(in(`<S/><N> </N><Day/><B>1</B>`)))
	if err != nil || string(out) != `{"S":"","B":true}` {
		t.Errorf("blank: %s %v", out, err)
	}
	form = sample(t, xmlmap.Config{Type: one(decimal), Numbers: true})
	if out, _, err = form.JSON(nil, []byte(in(`<D>+01.50</D>`))); err != nil || string(out) != `{"D":1.50}` {
		t.Errorf("numbers: %s %v", out, err)
	}
}

func TestRead_Zone(t *testing.T) {
	zone := civil.Zone()
	form := sample(t, xmlmap.Config{Type: one(moment), Zone: zone})
	for given, want := range map[string]string{
		"2026-01-02T03:04:05":      "2026-01-02T03:04:05+02:00",
		"2026-07-02T03:04:05.1230": "2026-07-02T03:04:05.1230+03:00",
		"2026-07-02T03:04:05Z":     "2026-07-02T03:04:05Z",
		"2026-07-02":               "2026-07-02",
	} {
		out, _, err := form.JSON(nil, []byte(in("<At>"+given+"</At>")))
		if err != nil || string(out) != `{"At":"`+want+`"}` {
			t.Errorf("%s gave %s %v", given, out, err)
		}
	}
	if _, _, err := form.JSON(nil, []byte(in("<At>2026-02-30T03:04:05</At>"))); fault.From(err).Code != fault.InputInvalid {
		t.Error(err)
	}
}

func TestRead_NamespacesFromOutside(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(number)})
	doc := []byte(`<m:T><m:N i:nil="true"/></m:T>`)
	if _, _, err := form.JSON(nil, doc); fault.From(err).Code != fault.XMLNamespace {
		t.Error(err)
	}
	around, err := xmlsec.Parse([]byte(`<b xmlns="urn:other" xmlns:m="`+xmlmap.Namespace+`" xmlns:i="`+xmlmap.XSI+`">`+string(doc)+`</b>`), xmlsec.Limits{})
	must.OK(t, err)
	out, _, err := form.Read(nil, around.Root().Child(xmlmap.Namespace, "T"))
	if err != nil || string(out) != `{"N":null}` {
		t.Errorf("%s %v", out, err)
	}
}

// A FieldError never repeats what was sent, but for a name that looks like a field's.
func TestRead_FaultsQuoteNoData(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(text, number)})
	_, _, err := form.JSON(nil, []byte(in(`<N>2999000006393</N><S>x</S>secret<`+strings.Repeat("L", 65)+`/><Ștefan/>`)))
	told, _ := json.Marshal(fault.From(err))
	for _, private := range []string{"2999000006393", "secret", "LLLL", "tefan"} {
		if strings.Contains(string(told), private) || strings.Contains(err.Error(), private) {
			t.Errorf("%s: repeats %q", told, private)
		}
	}
}

func FuzzJSON(f *testing.F) {
	form := sample(f, xmlmap.Config{})
	element, _, err := form.XML(nil, []byte(sampleJSON))
	must.OK(f, err)
	compiled := must.Get(schema.CompileType(sampleType()))(f)
	f.Add(element)
	f.Add([]byte("<?xml version='1.0'?><p:Person xmlns:p='https://mconnect.gov.md'><p:IDNP>&#50;<![CDATA[]]></p:IDNP></p:Person>"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		out, _, err := form.JSON(nil, doc)
		if err != nil {
			return
		}
		if err := standard(doc); err != nil {
			t.Fatalf("encoding/xml: %v", err)
		}
		if !json.Valid(out) {
			t.Fatalf("no JSON: %s", out)
		}
		if _, err := compiled.Read(out); err != nil {
			return // null where there may be none
		}
		again, _, err := form.XML(nil, out)
		if err != nil {
			t.Fatalf("%s cannot be written: %v", out, err)
		}
		back, _, err := form.JSON(nil, again)
		if err != nil || string(back) != string(out) {
			t.Fatalf("%s\nthen %s (%v)", out, back, err)
		}
	})
}
