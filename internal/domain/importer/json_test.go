package importer_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/jsonschema"
	"mconnect/test/must"
)

func shop(t *testing.T) (map[mconnect.ServiceName]importer.Draft, importer.Result) {
	t.Helper()
	r, err := importer.Read(importer.Source{Folder: os.DirFS("testdata"), Name: "shop.yaml"}, importer.Options{Provider: "asp.rsp"})
	must.OK(t, err)
	byName := map[mconnect.ServiceName]importer.Draft{}
	for _, d := range r.Drafts {
		byName[d.Name] = d
	}
	return byName, r
}

func TestOpenAPI_Operations(t *testing.T) {
	byName, r := shop(t)
	if len(r.Drafts) != 4 || len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, "DELETE") {
		t.Fatalf("%d drafts, left %+v", len(r.Drafts), r.Left)
	}
	d := byName["GetPerson"]
	rest := d.Endpoint.REST
	if d.Version.String() != "2.3.0" || d.Title.RO != "Persoana după IDNP" || d.Subject != "idnp" || rest.URL != "https://api.example.md/v2" || rest.Method != "GET" ||
		rest.Path != "/persons/{idnp}" || fmt.Sprint(rest.Query) != "map[at-date:at_date lang:lang]" {
		t.Errorf("%+v %+v", d.Service, rest)
	}
	if got := shape(d.Request.Fields); got != "at_date:date lang:string! idnp:idnp!" {
		t.Error(got)
	}
	want := "id:integer! idnp:idnp! last_name:string income:decimal born:date seen:datetime photo:binary kind:string mail:string tags:[Item:string] address:{city:string}?"
	if got := shape(d.Response.Fields); got != want || d.Response.Name != "Person" {
		t.Errorf("%s %s", d.Response.Name, got)
	}
	for _, n := range []struct {
		kind        importer.Kind
		field, says string
	}{
		{importer.Lost, "request", "header parameter X-Trace, which the provider requires"}, {importer.Lost, "response.mail", "the format email"},
		{importer.Lost, "response.extra", "free names"}, {importer.Lost, "response.what", "any type"}, {importer.Changed, "response.last_name", `called "last-name"`},
		{importer.Changed, "response.income", "itself is allowed"}, {importer.Decide, "endpoint", "credentials"},
	} {
		if !noted(d, n.kind, n.field, n.says) {
			t.Errorf("no note %+v", n)
		}
	}
	if f := field(t, d.Response, "income"); f.Minimum != "0" {
		t.Errorf("%+v", f)
	}
	if f := field(t, d.Response, "kind"); len(f.Enum) != 1 || f.Enum[0] != "natural" {
		t.Errorf("%+v", f)
	}
}

func TestOpenAPI_BodiesAndDocuments(t *testing.T) {
	byName, _ := shop(t)
	d := byName["UpdatePerson"]
	if got := shape(d.Request.Fields); got != "idnp:idnp! lastName:string! phone:string?" || d.Endpoint.REST.Request != "del(.idnp)" {
		t.Errorf("%s %+v", got, d.Endpoint.REST)
	}
	if f := field(t, d.Request, "phone"); f.Pattern != `(?:\+373)(?s:.*)` {
		t.Errorf("%q", f.Pattern)
	}
	if got := shape(d.Response.Fields); !strings.HasPrefix(got, "Items:[Item:{id:integer!") && !strings.HasPrefix(got, "Items:[") || d.Endpoint.REST.Response != "{Items: .}" {
		t.Errorf("%s %+v", got, d.Endpoint.REST)
	}
	if d = byName["GetPersonsByIdnpExtract"]; d.Opaque == nil || d.Opaque.MediaTypes[0] != "application/pdf" || !noted(d, importer.Decide, "opaque", "personal data") {
		t.Errorf("%+v", d)
	}
	d = byName["Search"]
	if d.Endpoint.REST.Request != ".Items" || d.Endpoint.REST.Response != "{Value: .}" || shape(d.Response.Fields) != "Value:integer!" {
		t.Errorf("%+v %s", d.Endpoint.REST, shape(d.Response.Fields))
	}
}

// TestOpenAPI_DraftsAreWholeManifests: what the catalogue demands is there, whatever a person still decides.
func TestOpenAPI_DraftsAreWholeManifests(t *testing.T) {
	_, r := shop(t)
	for _, d := range r.Drafts {
		if found := d.Validate(); len(found) > 0 {
			t.Errorf("%s: %+v", d.Name, found)
		}
	}
}

func TestJSONSchema_Shapes(t *testing.T) {
	d := one(t, "cartea-funciara.schema.json", `{"$schema":"https://json-schema.org/draft/2020-12/schema","description":"Un imobil","type":"object","required":["nr"],
		"properties":{"nr":{"type":"string"},"proprietari":{"type":"array","items":{"$ref":"#/$defs/p"}},"v":{"oneOf":[{"type":"integer"},{"type":"string"}]}},
		"$defs":{"p":{"type":"object","properties":{"IDNP":{"type":"string","maxLength":13},"cota":{"type":"number","multipleOf":0.01}}}}}`, importer.Options{})
	if d.Name != "CarteaFunciara" || shape(d.Response.Fields) != "nr:string! proprietari:[Item:{IDNP:idnp cota:decimal}] v:integer" {
		t.Errorf("%s %s", d.Name, shape(d.Response.Fields))
	}
	if !noted(d, importer.Lost, "response.v", "2 alternatives") || !noted(d, importer.Lost, "response.proprietari.cota", "multipleOf") {
		t.Errorf("%+v", d.Notes)
	}
}

// TestJSONSchema_OwnSchemasReadBack: what the catalogue writes as JSON Schema it reads as the same fields.
func TestJSONSchema_OwnSchemasReadBack(t *testing.T) {
	for _, d := range transport(t).Drafts {
		text := must.Get(jsonschema.Schema(d.Response, jsonschema.Options{}))(t)
		again := one(t, "x.json", string(text), importer.Options{Form: importer.JSONSchema})
		if len(again.Response.Fields) != len(d.Response.Fields) {
			t.Errorf("%s: %s; then %s", d.Name, shape(d.Response.Fields), shape(again.Response.Fields))
		}
	}
}

func TestJSONSchema_Hostile(t *testing.T) {
	paths := func(doc string) string {
		return `{"openapi":"3.0.3","paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"content":{"application/json":{"schema":` + doc + `}}}}}}},"components":{"schemas":{"N":{"type":"object","properties":{"n":{"$ref":"#/components/schemas/N"}}},"L":{"$ref":"#/components/schemas/L"}}}}`
	}
	for _, c := range []struct {
		name, text string
		want       fault.Code
		left       string
	}{
		{"no JSON", `{`, fault.ImportMalformed, ""},
		{"an array", `[]`, fault.ImportMalformed, ""},
		{"an alias", "openapi: 3.0.0\npaths: &p {}\nx: *p\n", fault.ImportUnsupported, ""},
		{"too deep", strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300), fault.ImportLimit, ""},
		{"Swagger 2", `{"swagger":"2.0"}`, fault.ImportUnsupported, ""},
		{"no paths", `{"openapi":"3.0.0"}`, fault.ImportMalformed, ""},
		{"a schema that holds itself", paths(`{"$ref":"#/components/schemas/N"}`), fault.ImportEmpty, "without declared fields"},
		{"a reference to itself", paths(`{"$ref":"#/components/schemas/L"}`), fault.ImportEmpty, "circle"},
		{"a reference to the network", paths(`{"$ref":"https://example.md/other.json#/a"}`), fault.ImportEmpty, "https://example.md/other.json, which is not fetched"},
		{"a reference to nothing", paths(`{"$ref":"#/x/y"}`), fault.ImportEmpty, "not found"},
		{"an alternative that holds itself", paths(`{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/paths/~1a/get/responses/200/content/application~1json/schema"}]}}}`), fault.ImportEmpty, "without declared fields"},
		{"part of itself", paths(`{"allOf":[{"$ref":"#/paths/~1a/get/responses/200/content/application~1json/schema"}]}`), fault.ImportEmpty, "without declared fields"},
		{"an answer of anything", paths(`{}`), fault.ImportEmpty, "without declared fields"},
		{"a template inside a segment", strings.ReplaceAll(paths(`{"type":"object","properties":{"a":{"type":"string"}}}`), `"/a"`, `"/a.{b}"`), fault.ImportEmpty, "the parameter b is not declared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := read(t, "s.json", c.text, importer.Options{Form: importer.OpenAPI})
			wantCode(t, err, c.want)
			if c.left != "" && (len(r.Left) != 1 || !strings.Contains(r.Left[0].Text, c.left)) {
				t.Errorf("left %+v", r.Left)
			}
		})
	}
}

func TestPatterns_OfJSONSchemaMatchAnywhere(t *testing.T) {
	for p, want := range map[string]string{
		`^[a-z]+$`: `[a-z]+`, `[a-z]`: `(?s:.*)(?:[a-z])(?s:.*)`, `^a`: `(?:a)(?s:.*)`, `^a|b$`: `(?s:.*)(?:^a|b$)(?s:.*)`, `(?=x)`: ``, `a\\$`: `(?s:.*)(?:a\$)(?s:.*)`,
	} {
		d := one(t, "s.json", `{"type":"object","properties":{"a":{"type":"string","pattern":"`+p+`"}}}`, importer.Options{})
		f := d.Response.Fields[0]
		if f.Pattern != want || (want == "") != noted(d, importer.Lost, "response.a", "the pattern") {
			t.Errorf("%s: %q; want %q", p, f.Pattern, want)
		}
		if _, err := schema.CompileType(d.Response); err != nil {
			t.Error(err)
		}
	}
}
