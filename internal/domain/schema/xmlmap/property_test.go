package xmlmap_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

var scalars = []schema.Base{
	schema.String, schema.Integer, schema.Decimal, schema.Boolean, schema.Date, schema.DateTime,
	schema.Binary, schema.IDNP,
}

func drawFields(t *rapid.T, depth int) []schema.Field {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z][a-z_]{0,3}`), 1, 5, rapid.ID).Draw(t, "names")
	fields := make([]schema.Field, 0, len(names))
	for _, name := range names {
		fields = append(fields, drawField(t, name, depth))
	}
	return fields
}

func drawField(t *rapid.T, name string, depth int) schema.Field {
	bases := scalars
	if depth > 0 {
		bases = append(append([]schema.Base{}, scalars...), schema.Object, schema.Object, schema.Object, schema.Array, schema.Array, schema.Array, schema.Array, schema.Array)
	}
	f := schema.Field{
		Name: name, Type: rapid.SampledFrom(bases).Draw(t, "base"),
		Nullable: rapid.Bool().Draw(t, "nullable"), Mandatory: rapid.Bool().Draw(t, "mandatory"),
	}
	switch f.Type {
	case schema.Object:
		f.Fields = drawFields(t, depth-1)
	case schema.Array:
		item := drawField(t, rapid.SampledFrom([]string{"", name, "Row"}).Draw(t, "item"), depth-1)
		item.Mandatory = false
		f.Items = &item
	}
	return f
}

// flat: the empty array and the absent one look the same in XML.
func flat(f schema.Field) bool {
	return f.Type == schema.Array && !f.Nullable && (f.Items.Name == "" || f.Items.Name == f.Name)
}

func drawObject(t *rapid.T, fields []schema.Field) string {
	var parts []string
	for _, f := range fields {
		if !f.Mandatory && rapid.IntRange(0, 2).Draw(t, "absent") == 0 {
			continue
		}
		v := drawValue(t, f)
		if v == "[]" && flat(f) && !f.Mandatory {
			continue
		}
		parts = append(parts, `"`+f.Name+`":`+v)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func drawValue(t *rapid.T, f schema.Field) string {
	if f.Nullable && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		return "null"
	}
	switch f.Type {
	case schema.Object:
		return drawObject(t, f.Fields)
	case schema.Array:
		var parts []string
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			parts = append(parts, drawValue(t, *f.Items))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case schema.Integer:
		return fmt.Sprint(rapid.Int64().Draw(t, "integer"))
	case schema.Decimal:
		return `"` + rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?`).Draw(t, "decimal") + `"`
	case schema.Boolean:
		return fmt.Sprint(rapid.Bool().Draw(t, "boolean"))
	case schema.Date:
		return `"` + rapid.StringMatching(`[12][0-9]{3}-0[1-9]-[01][1-9]`).Draw(t, "date") + `"`
	case schema.DateTime:
		return `"` + rapid.StringMatching(`2[0-9]{3}-0[1-9]-0[1-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]0[0-9]:[0-5]0)`).Draw(t, "moment") + `"`
	case schema.Binary:
		b, _ := json.Marshal(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "binary"))
		return strings.ReplaceAll(string(b), "null", `""`)
	case schema.IDNP:
		return `"2999000006393"`
	}
	return quote(rapid.StringOf(rapid.SampledFrom([]rune("aZ 09ăâîșțЖя<>&\"'\\]]>/\t\n\r\u0085\u2028\u00A0\uFFFD\uE000😀{}\u007f"))).Draw(t, "text"))
}

// quote writes a JSON string with no needless escape.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	out := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(out)
}

// Whatever the type and the value: JSON → XML → JSON is the same bytes, XML → JSON → XML too, and the schema has
// nothing to add.
func TestForm_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := xmlmap.Config{Type: schema.Type{Name: "Root", Fields: drawFields(t, 3)}}
		cfg.Answer, cfg.Ordered, cfg.BareChild = rapid.Bool().Draw(t, "answer"), true, rapid.Bool().Draw(t, "bare")
		form := must.Get(xmlmap.Compile(cfg))(t)
		doc := drawObject(t, cfg.Type.Fields)
		element, dropped, err := form.XML([]byte("before"), []byte(doc))
		if err != nil || dropped != 0 || !bytes.HasPrefix(element, []byte("before<Root")) {
			t.Fatalf("%s\nto XML: %s, %d, %v", doc, element, dropped, err)
		}
		element = element[len("before"):]
		back, dropped, err := form.JSON([]byte("b"), element)
		if err != nil || dropped != 0 || string(back) != "b"+doc {
			t.Fatalf("JSON %s\nXML  %s\nback %s (%d, %v)", doc, element, back, dropped, err)
		}
		compiled := must.Get(schema.CompileType(cfg.Type))(t)
		if read, err := compiled.Read(back[1:]); err != nil || string(read) != doc {
			t.Fatalf("the schema made of %s\n%s %v", doc, read, err)
		}
		if err := standard(element); err != nil {
			t.Fatalf("encoding/xml refuses %s: %v", element, err)
		}
	})
}

// Members in any order, with white space and every character escaped, give the same XML; elements in any order, with
// comments, CDATA, references and prefixes, the same JSON.
func TestRead_EquivalentDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := schema.Type{Name: "Root", Fields: drawFields(t, 3)}
		form := must.Get(xmlmap.Compile(xmlmap.Config{Type: typ}))(t)
		doc := drawObject(t, typ.Fields)
		plain, _, err := form.XML(nil, []byte(doc))
		must.OK(t, err)
		var v any
		d := json.NewDecoder(strings.NewReader(doc))
		d.UseNumber()
		must.OK(t, d.Decode(&v))
		other, _ := json.MarshalIndent(v, " ", "\t") // sorts by name, escapes <, > and &
		again, _, err := form.XML(nil, other)
		if err != nil || !bytes.Equal(again, plain) {
			t.Fatalf("%s\ngave %s\nnot  %s (%v)", other, again, plain, err)
		}
		dressed := disguise(t, plain)
		back, _, err := form.JSON(nil, dressed)
		if err != nil || string(back) != doc {
			t.Fatalf("%s\ngave %s\nnot  %s (%v)", dressed, back, doc, err)
		}
	})
}

// disguise rewrites an element with other prefixes, quotes, references, CDATA, comments and declarations.
func disguise(t *rapid.T, element []byte) []byte {
	var out bytes.Buffer
	out.WriteString("\ufeff<?xml version='1.0' encoding=\"utf-8\"?>\n<!-- sample --> ")
	d := xml.NewDecoder(bytes.NewReader(element))
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			fmt.Fprintf(&out, "<n%d:%s xmlns:n%d='%s' ", depth, token.Name.Local, depth, token.Name.Space)
			for _, a := range token.Attr {
				if a.Name.Local == "nil" {
					fmt.Fprintf(&out, "\n i:nil = ' 1' xmlns:i=\"http://www.w3.org/2001/XMLSchema&#45;instance\"")
				}
			}
			out.WriteString("\t>")
		case xml.EndElement:
			fmt.Fprintf(&out, "</n%d:%s \n>", depth, token.Name.Local)
			depth--
		case xml.CharData:
			for _, r := range string(token) {
				switch rapid.IntRange(0, 4).Draw(t, "how") {
				case 0:
					fmt.Fprintf(&out, "&#x%X;", r)
				case 1:
					fmt.Fprintf(&out, "<!-- - -->&#%d;", r)
				case 2:
					if r != '\r' {
						fmt.Fprintf(&out, "<![CDATA[%c]]>", r)
						continue
					}
					fallthrough
				default:
					_ = xml.EscapeText(&out, []byte(string(r)))
				}
			}
		}
	}
	out.WriteString("<!--end-->\r\n")
	return out.Bytes()
}

// standard reads a document with encoding/xml.
func standard(doc []byte) error {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.Strict = true
	for {
		if _, err := d.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// Of every mutilated document that is still accepted, the standard library says that it is XML; nothing panics.
func TestRead_MutilatedDocuments(t *testing.T) {
	form := sample(t, xmlmap.Config{Elements: xmlmap.Drop, Attributes: xmlmap.Drop})
	element, _, err := form.XML(nil, []byte(sampleJSON))
	must.OK(t, err)
	rapid.Check(t, func(t *rapid.T) {
		doc := bytes.Clone(element)
		for range rapid.IntRange(1, 4).Draw(t, "cuts") {
			at := rapid.IntRange(0, len(doc)-1).Draw(t, "at")
			to := min(len(doc), at+rapid.IntRange(0, 12).Draw(t, "length"))
			put := rapid.SampledFrom([]string{"", "<", ">", "/", "&", "\"", "]]>", "<!--", "-->", "<![CDATA[", "<x/>", " a='1'", "&#0;", "&lt;", "\x01", "\xff", "xmlns:p='u'", ":", "<?p?>", "<A>", "</A>"}).Draw(t, "put")
			doc = append(append(bytes.Clone(doc[:at]), put...), doc[to:]...)
			if len(doc) == 0 {
				return
			}
		}
		out, _, err := form.JSON(nil, doc)
		if err != nil {
			if len(out) != 0 {
				t.Fatalf("a refused message left %q", out)
			}
			return
		}
		if err := standard(doc); err != nil {
			t.Fatalf("encoding/xml refuses %s: %v", doc, err)
		}
		if !json.Valid(out) {
			t.Fatalf("%s\ngave %s", doc, out)
		}
	})
}
