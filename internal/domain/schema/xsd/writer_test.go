package xsd_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
	"mconnect/test/must"
)

func TestSchema_Writer(t *testing.T) {
	var w xsd.Writer
	w.Declare()
	w.Open("a", "one", "<&>\"\t\n\r", "none", "")
	w.Annotate(mconnect.Text{RO: "unu"}, mconnect.Text{RO: "doi", RU: "два"})
	w.Annotate(mconnect.Text{})
	w.Text("b", "<&>\"\r", "c", "d")
	w.Leaf("e")
	w.Close("a")
	want := `<?xml version="1.0" encoding="UTF-8"?>
<a one="&lt;&amp;&gt;&quot;&#9;&#10;&#13;">
  <xs:annotation>
    <xs:documentation xml:lang="ro">unu. doi</xs:documentation>
    <xs:documentation xml:lang="ru">два</xs:documentation>
  </xs:annotation>
  <b c="d">&lt;&amp;&gt;"&#13;</b>
  <e/>
</a>
`
	if got := string(w.Bytes()); got != want {
		t.Errorf("wrote\n%s\nwant\n%s", got, want)
	}
}

// Whatever is written as text and attribute, the standard library reads the same.
func TestSchema_WrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := xsd.Said(mconnect.Text{RO: rapid.String().Draw(t, "text")}, mconnect.Romanian)
		var w xsd.Writer
		w.Text("a", said, "b", said)
		var got struct {
			Text string `xml:",chardata"`
			Attr string `xml:"b,attr"`
		}
		if err := xml.Unmarshal(w.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, w.Bytes())
		}
		if got.Text != said || got.Attr != said {
			t.Fatalf("%q was read as %q and %q", said, got.Text, got.Attr)
		}
	})
}

func drawShape(t *rapid.T, name string, depth int) schema.Field {
	bases := []schema.Base{schema.String, schema.Integer, schema.IDNP, schema.IDNV, schema.DateTime}
	if depth > 0 {
		bases = append(bases, schema.Object, schema.Array)
	}
	f := schema.Field{Name: name, Type: rapid.SampledFrom(bases).Draw(t, "base"), Nullable: rapid.Bool().Draw(t, "null"), Mandatory: rapid.Bool().Draw(t, "must")}
	f.Description.RO = rapid.String().Draw(t, "description")
	switch f.Type {
	case schema.Object:
		f.Fields = []schema.Field{drawShape(t, "A", depth-1), drawShape(t, "B", depth-1)}
	case schema.Array:
		item := drawShape(t, rapid.SampledFrom([]string{"", "Row"}).Draw(t, "item"), depth-1)
		f.Items = &item
	case schema.String:
		f.Enum = rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "enum")
		f.MaxLength = rapid.IntRange(0, 9).Draw(t, "most")
	}
	return f
}

// Every schema is XML, the same each time, and uses only names that it or XML Schema has; every element under a
// sequence has a name and either a type or a definition.
func TestSchema_ReferencesAreDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := services()[0]
		s.Response = schema.Type{Name: "Answer", Fields: []schema.Field{drawShape(t, "X", 3), drawShape(t, "Y", 2)}}
		first := must.Get(xsd.Schema(xmlmap.Namespace, catalog.Operations([]catalog.Service{s})))(t)
		second, err := xsd.Schema(xmlmap.Namespace, catalog.Operations([]catalog.Service{s}))
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not the same twice: %v", err)
		}
		types := map[string]bool{}
		var wanted []string
		for d := xml.NewDecoder(bytes.NewReader(first)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, first)
			}
			element, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			attributes := map[string]string{}
			for _, a := range element.Attr {
				attributes[a.Name.Local] = a.Value
			}
			if element.Name.Local == "simpleType" && attributes["name"] != "" {
				types["tns:"+attributes["name"]] = true
			}
			if element.Name.Local == "element" && attributes["name"] == "" {
				t.Fatalf("an element without a name in %s", first)
			}
			for _, use := range []string{attributes["type"], attributes["base"]} {
				if strings.HasPrefix(use, "tns:") {
					wanted = append(wanted, use)
				} else if use != "" && !strings.HasPrefix(use, "xs:") {
					t.Fatalf("a type of nobody: %s", use)
				}
			}
		}
		for _, use := range wanted {
			if !types[use] {
				t.Fatalf("%s is not there in %s", use, first)
			}
		}
	})
}
