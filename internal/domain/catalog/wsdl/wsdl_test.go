package wsdl_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/wsdl"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func words(ro string) mconnect.Text { return mconnect.Text{RO: ro, EN: "en " + ro, RU: "ру " + ro} }

func getPerson() catalog.Service {
	return catalog.Service{
		Name: "GetPerson", Version: mconnect.Version{Major: 1, Minor: 2}, Title: words("Persoană"), Status: catalog.Published,
		Request: schema.Type{Name: "GetPerson", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{
			{Name: "IDNP", Type: schema.IDNP, Mandatory: true, Description: words("IDNP")},
			{Name: "LastName", Type: schema.String, MaxLength: 100},
			{Name: "BirthDate", Type: schema.Date},
			{Name: "Alive", Type: schema.Boolean, Nullable: true},
		}},
	}
}

func getRealEstates() catalog.Service {
	return catalog.Service{
		Name: "GetRealEstates", Version: mconnect.Version{Major: 1}, Title: words("Bunuri imobile"), Status: catalog.Deprecated,
		Sunset:  time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC),
		Request: schema.Type{Name: "GetRealEstates", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}, {Name: "Kinds", Type: schema.Array, Items: &schema.Field{Name: "Kind", Type: schema.String}}}},
		Response: schema.Type{Name: "RealEstates", Fields: []schema.Field{
			{Name: "RealEstate", Type: schema.Array, Mandatory: true, Items: &schema.Field{Name: "RealEstate", Type: schema.Object, Fields: []schema.Field{
				{Name: "Number", Type: schema.String, Mandatory: true},
				{Name: "Area", Type: schema.Decimal},
				{Name: "Owners", Type: schema.Array, Items: &schema.Field{Name: "Owner", Type: schema.Object, Fields: []schema.Field{{Name: "Name", Type: schema.String}}}},
			}}},
		}},
	}
}

func opaque() catalog.Service {
	s := getPerson()
	s.Name, s.Response, s.Opaque = "GetExtract", schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
	return s
}

func config() wsdl.Config {
	return wsdl.Config{
		System: "primaria.exemplu", Address: "https://mconnect.example/soap/primaria.exemplu",
		Services: []catalog.Service{getRealEstates(), opaque(), getPerson()},
	}
}

func TestDocument_Golden(t *testing.T) {
	got := must.Get(wsdl.Document(config()))(t)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		must.OK(t, os.WriteFile("testdata/consumer.wsdl", got, 0o644))
	}
	want, err := os.ReadFile("testdata/consumer.wsdl")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the description is now\n%s\n%v", got, err)
	}
	other := config()
	slices.Reverse(other.Services)
	if again, err := wsdl.Document(other); err != nil || !bytes.Equal(again, got) {
		t.Errorf("in another order the services give another description (%v)", err)
	}
	if bytes.Contains(got, []byte("GetExtract")) {
		t.Error("an opaque service is described")
	}
}

// definitions is a WSDL as the standard library reads it.
type definitions struct {
	Target   string `xml:"targetNamespace,attr"`
	Messages []struct {
		Name  string `xml:"name,attr"`
		Parts []struct {
			Name    string `xml:"name,attr"`
			Element string `xml:"element,attr"`
		} `xml:"part"`
	} `xml:"message"`
	Ports []struct {
		Name       string      `xml:"name,attr"`
		Operations []operation `xml:"operation"`
	} `xml:"portType"`
	Bindings []struct {
		Name       string      `xml:"name,attr"`
		Operations []operation `xml:"operation"`
	} `xml:"binding"`
}

type operation struct {
	Name          string `xml:"name,attr"`
	Documentation string `xml:"documentation"`
	Input         struct {
		Message string `xml:"message,attr"`
		Headers []struct {
			XMLName xml.Name
			Message string `xml:"message,attr"`
			Part    string `xml:"part,attr"`
			Use     string `xml:"use,attr"`
		} `xml:"header"`
	} `xml:"input"`
	Output struct {
		Message string `xml:"message,attr"`
	} `xml:"output"`
}

func read(t *testing.T, doc []byte) definitions {
	t.Helper()
	var d definitions
	must.OK(t, xml.Unmarshal(doc, &d))
	return d
}

func TestDocument_ReferencesAreDefined(t *testing.T) {
	doc := must.Get(wsdl.Document(config()))(t)
	d := read(t, doc)
	elements := map[string]string{}
	for _, m := range d.Messages {
		for _, p := range m.Parts {
			elements[m.Name+"/"+p.Name] = strings.TrimPrefix(p.Element, "tns:")
			if !bytes.Contains(doc, []byte(`<xs:element name="`+strings.TrimPrefix(p.Element, "tns:")+`">`)) {
				t.Errorf("message %s: no element %s", m.Name, p.Element)
			}
		}
	}
	if len(d.Ports) != 1 || len(d.Ports[0].Operations) != 2 || len(d.Bindings) != 2 || d.Target != "https://mconnect.gov.md" {
		t.Fatalf("%+v", d)
	}
	for _, o := range d.Ports[0].Operations {
		in, out := strings.TrimPrefix(o.Input.Message, "tns:"), strings.TrimPrefix(o.Output.Message, "tns:")
		if elements[in+"/body"] != o.Name || elements[out+"/body"] != map[string]string{"GetPerson": "Person", "GetRealEstates": "RealEstates"}[o.Name] {
			t.Errorf("%s: %s → %s", o.Name, elements[in+"/body"], elements[out+"/body"])
		}
		if !strings.Contains(o.Documentation, "ro: ") || !strings.Contains(o.Documentation, "\nru: ру ") {
			t.Errorf("%s is described as %q", o.Name, o.Documentation)
		}
	}
	if !strings.Contains(d.Ports[0].Operations[1].Documentation, "deprecated, retired on 2027-01-02") {
		t.Error("the sunset is not told")
	}
	for _, b := range d.Bindings {
		for _, o := range b.Operations {
			var parts []string
			for _, h := range o.Input.Headers {
				parts = append(parts, h.Part)
				if elements[strings.TrimPrefix(h.Message, "tns:")+"/"+h.Part] != h.Part || h.Use != "literal" {
					t.Errorf("%s %s: header %+v", b.Name, o.Name, h)
				}
			}
			if strings.Join(parts, " ") != "CallingUser CallingEntity CallBasis CallReason" {
				t.Errorf("%s %s: headers %v", b.Name, o.Name, parts)
			}
		}
	}
}

func TestDocument_Indescribable(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*wsdl.Config)
		want   fault.Code
	}{
		"no address":           {func(c *wsdl.Config) { c.Address = "" }, fault.ResourceInvalid},
		"no web address":       {func(c *wsdl.Config) { c.Address = "ftp://x" }, fault.ResourceInvalid},
		"one service twice":    {func(c *wsdl.Config) { c.Services = append(c.Services, getPerson()) }, fault.ResourceDuplicate},
		"a context as answer":  {func(c *wsdl.Config) { c.Services[0].Response.Name = "CallBasis" }, fault.ResourceDuplicate},
		"a context as service": {func(c *wsdl.Config) { c.Services[0].Name = "CallReason" }, fault.ResourceDuplicate},
		"two answers named so": {func(c *wsdl.Config) { c.Services[0].Response.Name = "Person" }, fault.ResourceDuplicate},
	} {
		cfg := config()
		c.change(&cfg)
		doc, err := wsdl.Document(cfg)
		if f := fault.From(err); f.Code != c.want || doc != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := config()
	cfg.Services = nil
	if doc, err := wsdl.Document(cfg); err != nil || len(read(t, doc).Ports[0].Operations) != 0 {
		t.Errorf("a system entitled to nothing: %v", err)
	}
	cfg = config()
	cfg.Address += `?a=<"b"&c`
	doc, err := wsdl.Document(cfg)
	if err != nil || !bytes.Contains(doc, []byte(`location="https://mconnect.example/soap/primaria.exemplu?a=&lt;&quot;b&quot;&amp;c"`)) {
		t.Error("an address is not escaped", err)
	}
}
