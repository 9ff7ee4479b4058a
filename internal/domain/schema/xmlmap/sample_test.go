package xmlmap_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

// sampleType has a field of every kind: A person who does not exist.
func sampleType() schema.Type {
	return schema.Type{Name: "Person", Fields: []schema.Field{
		{Name: "IDNP", Type: schema.IDNP, Mandatory: true},
		{Name: "Name", Type: schema.String},
		{Name: "Nick", Type: schema.String, Nullable: true},
		{Name: "Born", Type: schema.Date},
		{Name: "Seen", Type: schema.DateTime},
		{Name: "Children", Type: schema.Integer},
		{Name: "Income", Type: schema.Decimal},
		{Name: "Alive", Type: schema.Boolean},
		{Name: "Photo", Type: schema.Binary},
		{Name: "Address", Type: schema.Object, Nullable: true, Fields: []schema.Field{
			{Name: "Street", Type: schema.String}, {Name: "House", Type: schema.String},
		}},
		{Name: "Phone", Type: schema.Array, Items: &schema.Field{Type: schema.String}},
		{Name: "Estate", Type: schema.Array, Mandatory: true, Items: &schema.Field{Name: "Estate", Type: schema.Object, Fields: []schema.Field{
			{Name: "Number", Type: schema.String, Mandatory: true},
		}}},
		{Name: "Owners", Type: schema.Array, Items: &schema.Field{Name: "Owner", Type: schema.String, Nullable: true}},
		{Name: "Grid", Type: schema.Array, Items: &schema.Field{Type: schema.Array, Items: &schema.Field{Type: schema.Integer}}},
		{Name: "Tags", Type: schema.Array, Nullable: true, Items: &schema.Field{Type: schema.String}},
	}}
}

const sampleJSON = `{"IDNP":"2999000006393","Name":" Ștefan <\"Exemplu\"> & \\fii\n","Nick":null,"Born":"1990-02-28","Seen":"2026-01-02T03:04:05.123Z","Children":-3,"Income":"12345678901234567890.10","Alive":true,"Photo":"AAEC/w==","Address":{"Street":"str. Mostră","House":""},"Phone":["1"],"Estate":[],"Owners":[null,"B"],"Grid":[[1,2],[],[3]],"Tags":[]}`

func sample(t testing.TB, cfg xmlmap.Config) *xmlmap.Form {
	t.Helper()
	if cfg.Type.Name == "" {
		cfg.Type = sampleType()
	}
	form := must.Get(xmlmap.Compile(cfg))(t)
	return form
}

// places lists the field errors of a fault as "code path".
func found(err error) (fault.Code, string) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "", ""
	}
	var all []string
	for _, e := range f.Fields {
		all = append(all, string(e.Code)+" "+e.Path)
	}
	return f.Code, strings.Join(all, ", ")
}

// golden compares with a file of testdata; UPDATE_GOLDEN=1 writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if os.Getenv("UPDATE_GOLDEN") != "" {
		must.OK(t, os.WriteFile(path, got, 0o644))
	}
	want := must.Get(os.ReadFile(path))(t)
	if string(want) != string(got) {
		t.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

func TestForm_Golden(t *testing.T) {
	shop := xmlmap.Config{
		Element: "{urn:exemplu:registru}persoana", Namespace: "urn:exemplu:tipuri",
		Names: map[string]string{
			"Name": "nume", "Address": "{urn:exemplu:adrese}adresa", "Address.Street": "{urn:exemplu:adrese}strada",
			"Phone[]": "telefon", "Owners[]": "", "Estate": "imobil", "Estate.Number": "nr", "Grid[][]": "n",
		},
	}
	for name, cfg := range map[string]xmlmap.Config{
		"platform.xml": {}, "provider.xml": shop, "bare.xml": {BareChild: true}, "nospace.xml": {NoSpace: true},
	} {
		form := sample(t, cfg)
		element, _, err := form.XML(nil, []byte(sampleJSON))
		if err != nil {
			t.Fatal(name, err)
		}
		golden(t, name, element)
		back, _, err := form.JSON(nil, element)
		if err != nil || string(back) != sampleJSON {
			t.Errorf("%s came back as\n%s %v", name, back, err)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	form := sample(b, xmlmap.Config{})
	element, _, err := form.XML(nil, []byte(sampleJSON))
	must.OK(b, err)
	b.SetBytes(int64(len(element)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		if out, _, err = form.JSON(out[:0], element); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkXML(b *testing.B) {
	form := sample(b, xmlmap.Config{})
	b.SetBytes(int64(len(sampleJSON)))
	b.ReportAllocs()
	var out []byte
	var err error
	for b.Loop() {
		if out, _, err = form.XML(out[:0], []byte(sampleJSON)); err != nil {
			b.Fatal(err)
		}
	}
}
