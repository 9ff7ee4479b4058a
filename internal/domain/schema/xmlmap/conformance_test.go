package xmlmap_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
)

// wellFormed and notWellFormed are judged by XML 1.0 (5th edition) and Namespaces in XML 1.0; @ represents the
// namespace of the platform.
var wellFormed = []string{
	`<T xmlns="@"/>`,
	`<T xmlns="@"></T>`,
	"<T\n\txmlns\r\n=\n'@'\n></T\n>",
	`<T xmlns = "@" />`,
	`<p:T xmlns:p="@"></p:T>`,
	`<é:T xmlns:é="@"></é:T>`,
	`<_-.1:T xmlns:_-.1="@"/>`,
	`<?xml version="1.0"?><T xmlns="@"/>`,
	`<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><T xmlns="@"/>`,
	`<?xml version="1.0" standalone="no"?><T xmlns="@"/>`,
	"\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<T xmlns=\"@\"/>",
	`<!----><T xmlns="@"/><!-- - - -->`,
	`<!-- <T> & ]]> --><T xmlns="@"/>`,
	"\n\t <T xmlns=\"@\"/>\r\n",
	`<T xmlns="@"><S><![CDATA[]]></S></T>`,
	`<T xmlns="@"><S><![CDATA[<S>&amp;]]]]><![CDATA[>]]></S></T>`,
	`<T xmlns="@"><S>]] ]></S></T>`,
	`<T xmlns="@"><S>></S></T>`,
	`<T xmlns="@"><S>&#x9;&#10;&#xD;&#32;&#xD7FF;&#xE000;&#xFFFD;&#65536;&#x10ffff;</S></T>`,
	`<T xmlns="@"><S>&#0000000000000000000065;</S></T>`,
	`<T xmlns="@"><a><b><c/></b><ș/><日本/><a·/></a></T>`,
	`<T xmlns="@"><a b="1" c='2' d=">" e="'" f='"' g="&lt;&quot;&apos;&amp;&#10;"/></T>`,
	`<T xmlns="@"><p:a xmlns:p="u" b="1" p:b="2"/></T>`,
	`<T xmlns="@"><p:a xmlns:p="u" xmlns:q="v" p:b="1" q:b="2"/></T>`,
	`<T xmlns="@"><a xmlns="u" xmlns:p="u" b="1" p:b="2"/></T>`,
	`<T xmlns="@"><p:a xmlns:p="u"><p:b xmlns:p="v"/></p:a></T>`,
	`<T xmlns="@"><a xml:space="preserve" xml:lang="ro"/></T>`,
	`<T xmlns="@" xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`,
	`<T xmlns="@"><a xmlns=""><b/></a></T>`,
	"<T xmlns=\"@\"><S>\u0085\u2028\U0010FFFF\x7f</S></T>",
}

var notWellFormed = []string{
	`<T xmlns="@">`,
	`<T xmlns="@"></T`,
	`<T xmlns="@"></ T>`,
	`< T xmlns="@"/>`,
	`<T xmlns="@"/ >`,
	`<T xmlns="@"></t>`,
	`<T xmlns="@"></T x="1">`,
	`<T xmlns="@"/><T xmlns="@"/>`,
	`<T xmlns="@"><a></T></a>`,
	`<T xmlns="@"><p:a xmlns:p="u"></q:a></T>`,
	`<T xmlns="@"><p:a xmlns:p="u" xmlns:q="u"></q:a></T>`,
	` <?xml version="1.0"?><T xmlns="@"/>`,
	`<?xml version="1.0"?><?xml version="1.0"?><T xmlns="@"/>`,
	`<?xml?><T xmlns="@"/>`,
	`<?xml encoding="UTF-8"?><T xmlns="@"/>`,
	`<?xml version="1.0"encoding="UTF-8"?><T xmlns="@"/>`,
	`<?xml encoding="UTF-8" version="1.0"?><T xmlns="@"/>`,
	`<?xml version="1.0" standalone="maybe"?><T xmlns="@"/>`,
	`<?xml version="1.0' ?><T xmlns="@"/>`,
	`<?xml version=1.0?><T xmlns="@"/>`,
	`<?xml version="1.0" more="x"?><T xmlns="@"/>`,
	`<?xml version="1.0"><T xmlns="@"/>`,
	`<!-- -- --><T xmlns="@"/>`,
	`<!-- --- --><T xmlns="@"/>`,
	`<!-- ><T xmlns="@"/>`,
	`<!- - --><T xmlns="@"/>`,
	`<![CDATA[]]><T xmlns="@"/>`,
	`&#32;<T xmlns="@"/>`,
	`<T xmlns="@"/>&amp;`,
	"<T xmlns=\"@\"/>\x00",
	"<T xmlns=\"@\">\x0b</T>",
	"<T xmlns=\"@\"><S>\uffff</S></T>",
	"<T xmlns=\"@\"><!--\x0c--></T>",
	"<T xmlns=\"@\"><S><![CDATA[\x1f]]></S></T>",
	"<T xmlns=\"@\"><a b='\x01'/></T>",
	`<T xmlns="@"><S>]]></S></T>`,
	`<T xmlns="@"><S><![CDATA[</S></T>`,
	`<T xmlns="@"><S><![cdata[]]></S></T>`,
	`<T xmlns="@"><S>&</S></T>`,
	`<T xmlns="@"><S>&;</S></T>`,
	`<T xmlns="@"><S>&lt</S></T>`,
	`<T xmlns="@"><S>& lt;</S></T>`,
	`<T xmlns="@"><S>&#;</S></T>`,
	`<T xmlns="@"><S>&#x;</S></T>`,
	`<T xmlns="@"><S>&#X41;</S></T>`,
	`<T xmlns="@"><S>&#4a;</S></T>`,
	`<T xmlns="@"><S>&#-1;</S></T>`,
	`<T xmlns="@"><S>&#x110000;</S></T>`,
	`<T xmlns="@"><S>&#xFFFF;</S></T>`,
	`<T xmlns="@"><S>&#8;</S></T>`,
	`<T xmlns="@"><S>&#x1_0;</S></T>`,
	`<T xmlns="@"><S>&#99999999999999999999;</S></T>`,
	`<T xmlns="@"><a b="1" b="2"/></T>`,
	`<T xmlns="@"><a b="1"c="2"/></T>`,
	`<T xmlns="@"><a b="1/></T>`,
	`<T xmlns="@"><a b='1"/></T>`,
	`<T xmlns="@"><a b="&"/></T>`,
	`<T xmlns="@"><a b="<"/></T>`,
	`<T xmlns="@"><a =""/></T>`,
	`<T xmlns="@"><a 1=""/></T>`,
	`<T xmlns="@"><a b:c:d=""/></T>`,
	`<T xmlns="@"><a :b=""/></T>`,
	`<T xmlns="@"><:a/></T>`,
	`<T xmlns="@"><a:/></T>`,
	`<T xmlns="@"><-a/></T>`,
	`<T xmlns="@"><.a/></T>`,
	`<T xmlns="@"><·a/></T>`,
	`<T xmlns="@"><×/></T>`,
	`<T xmlns="@"><a×/></T>`,
	`<T xmlns="@"><a!/></T>`,
	`<T xmlns="@"><a/b/></T>`,
	`<T xmlns="@"><a<b/></T>`,
	`<T xmlns="@"><!ELEMENT a ANY></T>`,
	`<T xmlns="@"><p:a/></T>`,
	`<T xmlns="@"><a p:b=""/></T>`,
	`<T xmlns="@"><a xmlns:p="u"/><p:b/></T>`,
	`<T xmlns="@"><a xmlns:p=""/></T>`,
	`<T xmlns="@"><a xmlns:xmlns="u"/></T>`,
	`<T xmlns="@"><a xmlns:p="http://www.w3.org/2000/xmlns/"/></T>`,
	`<T xmlns="@"><a xmlns="http://www.w3.org/2000/xmlns/"/></T>`,
	`<T xmlns="@"><a xmlns:p="http://www.w3.org/XML/1998/namespace"/></T>`,
	`<T xmlns="@"><a xmlns:xml="u"/></T>`,
	`<T xmlns="@"><a xmlns:p="u" xmlns:p="v"/></T>`,
	`<T xmlns="@"><a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/></T>`,
}

func TestForm_Conformance(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(text), Elements: xmlmap.Drop, Attributes: xmlmap.Drop})
	for _, doc := range wellFormed {
		doc = strings.ReplaceAll(doc, "@", xmlmap.Namespace)
		if out, _, err := form.JSON(nil, []byte(doc)); err != nil || !json.Valid(out) {
			t.Errorf("%q is XML, but: %v %s", doc, err, out)
		}
		// No beginning of it is.
		for end := range strings.LastIndexByte(strings.TrimSuffix(doc, "<!-- - - -->"), '>') {
			if out, _, err := form.JSON(nil, []byte(doc[:end])); err == nil {
				t.Errorf("%q is cut short, but gave %s", doc[:end], out)
			}
		}
	}
	for _, doc := range notWellFormed {
		doc = strings.ReplaceAll(doc, "@", xmlmap.Namespace)
		out, _, err := form.JSON(nil, []byte(doc))
		switch code, _ := found(err); code {
		case fault.XMLMalformed, fault.XMLNamespace, fault.XMLInstruction, fault.XMLEntity, fault.XMLEncoding:
		default:
			t.Errorf("%q gave %q %v", doc, out, err)
		}
	}
}

// References in an attribute's value are resolved before it is compared, and nothing else is done to a namespace.
func TestRead_AttributeValuesAreResolved(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(text), Namespace: "urn:a&b"})
	for value, same := range map[string]bool{
		"urn:a&amp;b": true, "urn:a&#38;b": true, "&#117;rn:a&#x26;b": true, "urn&#58;a&amp;&#98;": true,
		"urn:a&amp;amp;b": false, " urn:a&amp;b": false, "urn:a&amp;b\n": false, "URN:a&amp;b": false, "urn:a%26b": false,
	} {
		_, _, err := form.JSON(nil, []byte(`<T xmlns="`+value+`"/>`))
		if (err == nil) != same {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// Numbers of JSON (RFC 8259, section 6) go to XML as they stand or not at all.
func TestWrite_NumbersOfJSON(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(number, decimal)})
	for number, want := range map[string]fault.Code{
		"0": "", "-0": "", "7": "", "-12": "", "123456789012345678901234567890": "",
		"1.5": fault.InputInvalid, "1e2": fault.InputInvalid, "1E+2": fault.InputInvalid, "-1.0e-7": fault.InputInvalid,
		"00": fault.MessageMalformed, "-": fault.MessageMalformed, "+1": fault.MessageMalformed, ".5": fault.MessageMalformed, "5.": fault.MessageMalformed,
		"1e": fault.MessageMalformed, "0x1": fault.MessageMalformed, "1_0": fault.MessageMalformed, "NaN": fault.MessageMalformed, "- 1": fault.MessageMalformed,
	} {
		out, _, err := form.XML(nil, []byte(`{"N":`+number+`}`))
		if code, _ := found(err); code != want || (err == nil && string(out) != in(`<N>`+number+`</N>`)) {
			t.Errorf("%s gave %s %v", number, out, err)
		}
	}
	for number, ok := range map[string]bool{"1.50": true, "-0.0": true, `"1.50"`: true, `".5"`: true, "1.5e1": false, `"1e1"`: false, `""`: false, `"-"`: false} {
		if _, _, err := form.XML(nil, []byte(`{"D":`+number+`}`)); (err == nil) != ok {
			t.Errorf("decimal %s: %v", number, err)
		}
	}
}

// Every base refuses every kind of JSON value that is not its own, and says where.
func TestWrite_KindsOfJSON(t *testing.T) {
	kinds := map[string]string{"string": `"x"`, "number": `1`, "true": `true`, "object": `{}`, "array": `[]`}
	own := map[schema.Base]string{
		schema.String: "string", schema.Integer: "number", schema.Boolean: "true", schema.Date: "string", schema.DateTime: "string",
		schema.Binary: "string", schema.IDNP: "string", schema.IDNO: "string", schema.IDNV: "string", schema.Decimal: "number",
		schema.Object: "object", schema.Array: "array",
	}
	for base, mine := range own {
		f := schema.Field{Name: "X", Type: base}
		switch base {
		case schema.Object:
			f.Fields = []schema.Field{text}
		case schema.Array:
			f.Items = &schema.Field{Name: "I", Type: schema.String}
		}
		form := sample(t, xmlmap.Config{Type: one(f)})
		for kind, value := range kinds {
			_, _, err := form.XML(nil, []byte(`{"X":`+value+`}`))
			if _, where := found(err); (err == nil) != (kind == mine) || (err != nil && !strings.HasSuffix(where, " /X")) {
				t.Errorf("a %s for %s: %v", kind, base, err)
			}
		}
	}
}
