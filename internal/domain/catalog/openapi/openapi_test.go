package openapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/openapi"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func words(ro string) mconnect.Text { return mconnect.Text{RO: ro, EN: "en " + ro, RU: "ру " + ro} }

func services(t testing.TB) []*catalog.Ready {
	t.Helper()
	person := catalog.Service{
		Name: "GetPerson", Version: mconnect.Version{Major: 1}, Title: words("Persoană"), Description: words("Datele ei"), Status: catalog.Published,
		Provider: "asp.rsp", Categories: []string{"populatie"},
		Request: schema.Type{Name: "GetPerson", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{
			{Name: "LastName", Type: schema.String, Mandatory: true, MaxLength: 10}, {Name: "BirthDate", Type: schema.Date},
		}},
		Endpoint: catalog.Endpoint{SQL: &catalog.SQL{Database: "d", Query: "SELECT 1"}},
	}
	rates := person
	rates.Name, rates.Status, rates.Categories = "GetRates", catalog.Deprecated, nil
	rates.Deprecation = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	rates.Sunset, rates.Successor = rates.Deprecation.AddDate(1, 0, 0), "GetRates/2.0.0"
	rates.Request = schema.Type{Name: "GetRates", Fields: []schema.Field{{Name: "Day", Type: schema.Date}}}
	rates.Response = schema.Type{Name: "Rates", Fields: []schema.Field{{Name: "Rate", Type: schema.Decimal}}}
	extract := person
	extract.Name, extract.Response, extract.Opaque = "GetExtract", schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
	var all []*catalog.Ready
	for _, s := range []catalog.Service{rates, person, extract} {
		r := must.Get(catalog.Prepare(s))(t)
		all = append(all, r)
	}
	return all
}

func document(t testing.TB, cfg openapi.Config) (text []byte, doc map[string]any) {
	t.Helper()
	text = must.Get(openapi.Document(cfg))(t)
	must.OK(t, json.Unmarshal(text, &doc))
	return text, doc
}

// at follows member names.
func at(v any, names ...string) any {
	for _, name := range names {
		v = v.(map[string]any)[name]
	}
	return v
}

func config(t testing.TB) openapi.Config {
	return openapi.Config{System: "primaria.exemplu", Server: "https://mconnect.example", Services: services(t)}
}

func TestDocument_Golden(t *testing.T) {
	got, _ := document(t, config(t))
	if os.Getenv("UPDATE_GOLDEN") != "" {
		must.OK(t, os.WriteFile("testdata/consumer.json", got, 0o644))
	}
	if want, err := os.ReadFile("testdata/consumer.json"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the description is now\n%s\n%v", got, err)
	}
	other := config(t)
	slices.Reverse(other.Services)
	if again, _ := document(t, other); !bytes.Equal(again, got) {
		t.Error("in another order the services give another description")
	}
}

func TestDocument_Operations(t *testing.T) {
	_, doc := document(t, config(t))
	if doc["openapi"] != "3.1.0" || len(at(doc, "paths").(map[string]any)) != 3 {
		t.Fatalf("%v", doc["paths"])
	}
	person := at(doc, "paths", "/api/v1/GetPerson/1.0.0", "post")
	if at(person, "summary") != "Persoană" || at(person, "requestBody", "required") != true || at(person, "deprecated") != nil {
		t.Errorf("%v", person)
	}
	first := at(person, "parameters").([]any)
	if len(first) != 5 || at(first[0], "$ref") != "#/components/parameters/CallingUser" {
		t.Errorf("the context of a call about a person: %v", first)
	}
	if at(person, "responses", "200", "content", "application/json", "schema", "required") != nil {
		t.Error("an answer must have a field that may not be granted")
	}
	rates := at(doc, "paths", "/api/v1/GetRates/1.0.0", "post")
	if at(rates, "deprecated") != true || at(rates, "x-sunset") != "2027-01-02" || at(rates, "x-successor") != "GetRates/2.0.0" {
		t.Errorf("%v", rates)
	}
	if ref := at(at(rates, "parameters").([]any)[0], "$ref"); ref != "#/components/parameters/CallingUserOptional" {
		t.Errorf("the context of a call about nobody: %v", ref)
	}
	extract := at(doc, "paths", "/api/v1/GetExtract/1.0.0", "post")
	if content := at(extract, "responses", "200", "content").(map[string]any); len(content) != 1 || content["application/pdf"] == nil {
		t.Errorf("%v", content)
	}
	if len(at(extract, "parameters").([]any)) != 4 {
		t.Error("fields of an opaque answer can be wished for")
	}
}

func TestDocument_Languages(t *testing.T) {
	cfg := config(t)
	cfg.Lang = mconnect.Russian
	_, doc := document(t, cfg)
	if at(doc, "paths", "/api/v1/GetPerson/1.0.0", "post", "summary") != "ру Persoană" || !strings.HasPrefix(at(doc, "info", "title").(string), "Сервисы") {
		t.Error(at(doc, "info"))
	}
}

// Every $ref leads somewhere, every parameter says where it stands, and every schema compiles.
func TestDocument_ReferencesAreDefined(t *testing.T) {
	text, doc := document(t, config(t))
	raw := must.Get(validator.UnmarshalJSON(bytes.NewReader(text)))(t)
	c := validator.NewCompiler()
	must.OK(t, c.AddResource("mem:doc", raw))
	schemas := 0
	var walk func(v any, pointer string)
	walk = func(v any, pointer string) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				walk(inner, pointer+"/-")
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && at(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...) == nil {
				t.Errorf("%s leads nowhere", ref)
			}
			if place, ok := v["in"]; ok && place != "header" && place != "query" {
				t.Errorf("a parameter in %v", place)
			}
			for name, inner := range v {
				next := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
				if name == "schema" && !strings.Contains(next, "/-/") {
					schemas++
					if _, err := c.Compile("mem:doc#" + next); err != nil {
						t.Errorf("%s: %v", next, err)
					}
				}
				walk(inner, next)
			}
		}
	}
	walk(doc, "")
	if schemas < 10 {
		t.Errorf("only %d schemas were found", schemas)
	}
}

func TestDocument_OneVersionTwice(t *testing.T) {
	cfg := config(t)
	cfg.Services = append(cfg.Services, cfg.Services[0])
	if _, err := openapi.Document(cfg); fault.From(err).Code != fault.ResourceDuplicate {
		t.Error(err)
	}
	cfg.Services, cfg.Server = nil, ""
	if _, doc := document(t, cfg); len(at(doc, "paths").(map[string]any)) != 0 || doc["servers"] != nil {
		t.Error("a system entitled to nothing")
	}
}
