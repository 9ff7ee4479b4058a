package soap

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/registers"
)

// typedService is a service of a SOAP register whose answer has a field of each type.
func typedService(url string) catalog.Service {
	s := vehicles(url)
	s.Response = schema.Type{Name: "Answer", Fields: []schema.Field{
		{Name: "Code", Type: schema.String, Mandatory: true}, {Name: "On", Type: schema.Date}, {Name: "At", Type: schema.DateTime},
		{Name: "Flag", Type: schema.Boolean}, {Name: "Number", Type: schema.Integer}, {Name: "Doc", Type: schema.Binary}, {Name: "Text", Type: schema.String},
	}}
	s.Endpoint.SOAP.Response = catalog.SOAPElement{Element: "rezultat", Namespace: "urn:r", Inside: []string{"raspuns"}, Names: map[string]string{
		"Code": "cod", "On": "data", "At": "moment", "Flag": "steag", "Number": "numar", "Doc": "doc", "Text": "text"}}
	return s
}

// replied is what a consumer gets of a reply whose result holds these elements.
func replied(t *testing.T, result string) (string, error) {
	t.Helper()
	body := envelope(`<r:raspuns xmlns:r="urn:r" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">` +
		`<r:rezultat>` + result + `</r:rezultat></r:raspuns>`)
	pl := registers.Ready(t, typedService(registers.Replying(t, 200, "text/xml; charset=utf-8", body)))
	reply, err := registers.Deliver(t, newProvider(t, config{}), pl, question)
	if err != nil {
		return "", err
	}
	cut, _, err := pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"}))
	return string(cut), err
}

// TestProvider_ValuesAsRegistersWriteThem: the lexical forms of XML Schema, with what programs add to them; what is
// another value, or none, is refused by field. want "": refused.
func TestProvider_ValuesAsRegistersWriteThem(t *testing.T) {
	for field, values := range map[string]map[string]string{
		"On data": {
			"2026-03-01": `"2026-03-01"`, "2026-03-01Z": `"2026-03-01"`, "2026-03-01+02:00": `"2026-03-01"`, "2026-03-01-14:00": `"2026-03-01"`,
			" 2026-03-01\n": `"2026-03-01"`, "0001-01-01": `"0001-01-01"`, "2024-02-29": `"2024-02-29"`,
			"2026-03-01T00:00:00": "", "2026-02-29": "", "01.03.2026": "", "2026-3-1": "", "2026-03-01+2": "", "20260301": "",
		},
		"At moment": {
			"2026-03-01T10:00:00Z": `"2026-03-01T10:00:00Z"`, "2026-03-01T10:00:00+02:00": `"2026-03-01T10:00:00+02:00"`,
			"2026-03-01T10:00:00.1234567+02:00": `"2026-03-01T10:00:00.1234567+02:00"`, "2026-03-01T10:00:00": `"2026-03-01T10:00:00+02:00"`,
			"2026-07-01T10:00:00": `"2026-07-01T10:00:00+03:00"`, "2026-03-29T03:30:00": `"2026-03-29T03:30:00+03:00"`,
			"2026-03-01": "", "2026-03-01 10:00:00": "", "2026-03-01T10:00": "", "2026-03-01T25:00:00Z": "", "2026-03-01T10:00:00+25:00": "",
		},
		"Flag steag":   {"true": "true", "1": "true", "false": "false", "0": "false", " 1 ": "true", "True": "", "da": "", "2": ""},
		"Number numar": {"5": "5", "+5": "5", "007": "7", "-0": "-0", " 12 ": "12", "5.0": "", "5E0": "", "1 000": "", "0x5": ""},
		"Doc doc": {
			"SGVsbG8=": `"SGVsbG8="`, "SGVs\nbG8=": `"SGVsbG8="`, "SGVs&#xD;\n  bG8=": `"SGVsbG8="`, "48656c6c6f21": `"48656c6c6f21"`, "-_8=": "", "SGVsbG8": "",
		},
		"Text text": {
			"a<!-- c --><![CDATA[<&>]]>&#536;&#x219;": `"a<&>Șș"`, "&#x1F600;": `"😀"`, " a ": `" a "`, "a\r\nb": `"a\nb"`,
		},
	} {
		name, element, _ := strings.Cut(field, " ")
		for written, want := range values {
			got, err := replied(t, `<r:cod>A1</r:cod><r:`+element+`>`+written+`</r:`+element+`>`)
			if want != "" {
				if full := `{"Code":"A1","` + name + `":` + want + `}`; err != nil || got != full {
					t.Errorf("%s %q: %s %v, want %s", name, written, got, err, full)
				}
				continue
			}
			if e := fault.From(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Path != "/"+name {
				t.Errorf("%s %q: %s %v %v", name, written, got, err, e.Fields)
			}
		}
	}
}

// TestProvider_FormsOfResults: nil and absent, types stated in the message, namespaces declared anywhere, order, what
// is unknown or stands twice.
func TestProvider_FormsOfResults(t *testing.T) {
	for name, c := range map[string]struct{ result, want string }{
		"a type beside":      {`<r:cod xsi:type="xsd:string">A1</r:cod><r:numar xsi:type="xsd:int">1</r:numar>`, `{"Code":"A1","Number":1}`},
		"nil":                {`<r:cod>A1</r:cod><r:numar xsi:nil="true"/>`, `{"Code":"A1"}`},
		"empty":              {`<r:cod>A1</r:cod><r:numar/><r:data></r:data>`, `{"Code":"A1"}`},
		"another order":      {`<r:text>x</r:text><r:cod>A1</r:cod>`, `{"Code":"A1","Text":"x"}`},
		"unknown elements":   {`<r:cod>A1</r:cod><r:strain><r:numar>9</r:numar></r:strain>`, `{"Code":"A1"}`},
		"another prefix":     {`<q:cod xmlns:q="urn:r">A1</q:cod>`, `{"Code":"A1"}`},
		"a default one":      {`<cod xmlns="urn:r">A1</cod>`, `{"Code":"A1"}`},
		"no namespace":       {`<cod xmlns="">A1</cod>`, `{"Code":"A1"}`},
		"twice":              {`<r:cod>A1</r:cod><r:cod>A2</r:cod>`, ``},
		"the mandatory gone": {`<r:text>x</r:text>`, ``},
	} {
		got, err := replied(t, c.result)
		if c.want == "" && fault.From(err).Fields == nil || c.want != "" && (err != nil || got != c.want) {
			t.Errorf("%s: %s %v, want %s", name, got, err, c.want)
		}
	}
}

// pack writes a package of parts; each is its head lines and its body.
func pack(nl, boundary, end string, parts ...[2]string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString(nl + "--" + boundary + nl + strings.ReplaceAll(part[0], "|", nl) + nl + nl + part[1])
	}
	return b.String() + nl + "--" + boundary + end + nl
}

// TestProvider_PackagesOfRegisters: MTOM as toolkits write it: quotes, order of parameters, preambles, line ends,
// identifiers, encodings. A package that may have lost a part, or whose root cannot be found, is refused.
func TestProvider_PackagesOfRegisters(t *testing.T) {
	root := func(cid string) string {
		return envelope(`<r:raspuns xmlns:r="urn:r"><r:rezultat><r:cod>A1</r:cod><r:doc><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:` +
			cid + `"/></r:doc></r:rezultat></r:raspuns>`)
	}
	const rootHead = `Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"|Content-Transfer-Encoding: binary|Content-ID: <root@x>`
	const media = `multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="text/xml"; boundary="MIME_b"`
	const docHead = "Content-Type: application/pdf|Content-Transfer-Encoding: binary|Content-ID: <doc@x>"
	rootPart, docPart := [2]string{rootHead, root("doc%40x")}, [2]string{docHead, "PDF"}
	for name, c := range map[string]struct {
		media, body string
		good        bool
	}{
		"as WCF and CXF":          {media, pack("\r\n", "MIME_b", "--", rootPart, docPart), true},
		"start without brackets":  {strings.Replace(media, `"<root@x>"`, `"root@x"`, 1), pack("\r\n", "MIME_b", "--", rootPart, docPart), true},
		"no start":                {strings.Replace(media, `start="<root@x>"; `, "", 1), pack("\r\n", "MIME_b", "--", rootPart, docPart), true},
		"tabs":                    {strings.ReplaceAll(media, "; ", ";\t"), pack("\r\n", "MIME_b", "--", rootPart, docPart), true},
		"nothing quoted":          {strings.ReplaceAll(media, `"`, ""), pack("\r\n", "MIME_b", "--", rootPart, docPart), true},
		"a uuid as boundary":      {strings.Replace(media, `"MIME_b"`, `"uuid:1234+id=1"`, 1), pack("\r\n", "uuid:1234+id=1", "--", rootPart, docPart), true},
		"equal signs, not quoted": {strings.Replace(media, `"MIME_b"`, `----=_Part_1_2.3`, 1), pack("\r\n", "----=_Part_1_2.3", "--", rootPart, docPart), true},
		"bare line feeds":         {media, pack("\n", "MIME_b", "--", rootPart, docPart), true},
		"a preamble":              {media, "This is a multi-part message in MIME format." + pack("\r\n", "MIME_b", "--", rootPart, docPart), true},
		"an identifier bare":      {media, pack("\r\n", "MIME_b", "--", rootPart, [2]string{"Content-ID: doc@x", "PDF"}), true},
		"base64": {media, pack("\r\n", "MIME_b", "--", rootPart,
			[2]string{"Content-Transfer-Encoding: base64|Content-ID: <doc@x>", base64.StdEncoding.EncodeToString([]byte("PDF")) + "\r\n"}), true},
		"another part too":        {media, pack("\r\n", "MIME_b", "--", rootPart, docPart, [2]string{"Content-ID: <other@x>", "x"}), true},
		"a plus in an identifier": {media, pack("\r\n", "MIME_b", "--", [2]string{rootHead, root("a+b@x")}, [2]string{"Content-ID: <a+b@x>", "PDF"}), true},

		"no end":                   {media, pack("\r\n", "MIME_b", "", rootPart, docPart), false},
		"the part is missing":      {media, pack("\r\n", "MIME_b", "--", rootPart), false},
		"two parts of one name":    {media, pack("\r\n", "MIME_b", "--", rootPart, docPart, docPart), false},
		"the root is missing":      {strings.Replace(media, "root@x", "other@x", 1), pack("\r\n", "MIME_b", "--", rootPart, docPart), false},
		"quoted-printable":         {media, pack("\r\n", "MIME_b", "--", [2]string{strings.Replace(rootHead, "binary", "quoted-printable", 1), rootPart[1]}, docPart), false},
		"multipart/mixed":          {`multipart/mixed; boundary="MIME_b"`, pack("\r\n", "MIME_b", "--", rootPart, docPart), false},
		"another boundary is used": {media, pack("\r\n", "MIME_c", "--", rootPart, docPart), false},
	} {
		t.Run(name, func(t *testing.T) {
			pl := registers.Ready(t, typedService(registers.Replying(t, 200, c.media, c.body)))
			reply, err := registers.Deliver(t, newProvider(t, config{}), pl, question)
			if !c.good {
				e := registers.WantFault(t, err, fault.ProviderMalformed, fault.Provider)
				if len(e.Fields) == 0 || strings.Contains(e.Fields[0].Sentence(mconnect.Russian), "—") {
					t.Errorf("no reason is given: %v", e.Fields)
				}
				return
			}
			if want := []byte(`{"Code":"A1","Doc":"UERG"}`); err != nil || !bytes.Equal(reply.Body, want) {
				t.Errorf("%s %v", reply.Body, err)
			}
		})
	}
}

// TestProvider_ReasonsAreWholeSentences: why an answer cannot be read is said in each language without a gap, and
// without what the provider wrote: names of entities, prefixes and parts may be anything.
func TestProvider_ReasonsAreWholeSentences(t *testing.T) {
	good := envelope(`<r:raspuns xmlns:r="urn:r"><r:rezultat><r:cod>A1</r:cod></r:rezultat></r:raspuns>`)
	for name, c := range map[string]struct {
		old, with string
		want      fault.Code
	}{
		"an entity of HTML":     {"A1", "A&secret;", fault.XMLEntity},
		"an undeclared prefix":  {"<r:cod>A1</r:cod>", "<secret:cod>A1</secret:cod>", fault.XMLNamespace},
		"a DTD":                 {"<S:Envelope", "<!DOCTYPE secret><S:Envelope", fault.XMLDoctype},
		"an instruction":        {"<S:Envelope", "<?secret?><S:Envelope", fault.XMLInstruction},
		"a control character":   {"A1", "A&#x1F;", fault.XMLMalformed},
		"an Envelope in it":     {"A1", `<S:Envelope secret="1"/>`, fault.SignatureEnvelope},
		"something behind":      {"</S:Envelope>", "</S:Envelope>secret", fault.XMLMalformed},
		"an element that stays": {"</r:cod>", "</r:secret>", fault.XMLMalformed},
	} {
		body := strings.Replace(good, c.old, c.with, 1)
		if body == good {
			t.Fatal(name, ": nothing was replaced")
		}
		pl := registers.Ready(t, typedService(registers.Replying(t, 200, "text/xml; charset=utf-8", body)))
		_, err := registers.Deliver(t, newProvider(t, config{}), pl, question)
		e := registers.WantFault(t, err, fault.ProviderMalformed, fault.Provider)
		if len(e.Fields) == 0 || e.Fields[len(e.Fields)-1].Code != c.want {
			t.Errorf("%s: %v, want %s", name, e.Fields, c.want)
		}
		for _, one := range e.Fields {
			for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
				if says := one.Sentence(lang); strings.Contains(says, "—") || strings.Contains(says, "{") || strings.Contains(says, "secret") {
					t.Errorf("%s, %s: %s", name, lang, says)
				}
			}
		}
	}
}
