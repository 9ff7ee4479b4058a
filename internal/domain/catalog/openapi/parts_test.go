package openapi_test

import (
	"strings"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"bytes"
	"mconnect"
	"mconnect/internal/domain/catalog/openapi"
	"mconnect/test/must"
)

// The schema inside the description judges a real request, a real answer and a real refusal.
func TestDocument_SchemasJudgeMessages(t *testing.T) {
	text, _ := document(t, config(t))
	raw := must.Get(validator.UnmarshalJSON(bytes.NewReader(text)))(t)
	c := validator.NewCompiler()
	must.OK(t, c.AddResource("mem:doc", raw))
	const post = "#/paths/~1api~1v1~1GetPerson~11.0.0/post"
	for _, m := range []struct {
		pointer, message string
		valid            bool
	}{
		{post + "/requestBody/content/application~1json/schema", `{"IDNP":"2999000006393"}`, true},
		{post + "/requestBody/content/application~1json/schema", `{}`, false},
		{post + "/requestBody/content/application~1json/schema", `{"IDNP":"2999000006393","X":1}`, false},
		{post + "/responses/200/content/application~1json/schema", `{}`, true},
		{post + "/responses/200/content/application~1json/schema", `{"LastName":"Sintetic"}`, true},
		{post + "/responses/200/content/application~1json/schema", `{"LastName":"much too long a name"}`, false},
		{"#/components/schemas/Problem", `{"type":"urn:mconnect:fault:x","title":"Forbidden","status":403,"detail":"d","code":"agreement.none","leg":"caller","new":1}`, true},
		{"#/components/schemas/Problem", `{"type":"urn:mconnect:fault:x","title":"Forbidden","status":"403","detail":"d","code":"x","leg":"caller"}`, false},
		{"#/components/schemas/Problem", `{"type":"urn:mconnect:fault:x","title":"Forbidden","status":403,"detail":"d","code":"x","leg":"nobody"}`, false},
		{"#/components/schemas/Problem", `{}`, false},
	} {
		s, err := c.Compile("mem:doc" + m.pointer)
		if err != nil {
			t.Fatal(m.pointer, err)
		}
		v := must.Get(validator.UnmarshalJSON(strings.NewReader(m.message)))(t)
		if err := s.Validate(v); (err == nil) != m.valid {
			t.Errorf("%s by %s: %v", m.message, m.pointer, err)
		}
	}
}

// The four values of the context are there twice, demanded and not, with their limits told in every language.
func TestDocument_ContextParameters(t *testing.T) {
	for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
		cfg := config(t)
		cfg.Lang = lang
		_, doc := document(t, cfg)
		for name, limit := range map[string]string{"CallingUser": "≤ 13", "CallingEntity": "≤ 13", "CallBasis": "≤ 256", "CallReason": "≤ 512"} {
			demanded, free := at(doc, "components", "parameters", name), at(doc, "components", "parameters", name+"Optional")
			if at(demanded, "required") != true || at(free, "required") != false || at(demanded, "name") != name || at(free, "name") != name {
				t.Errorf("%s: %v %v", name, demanded, free)
			}
			if says := at(demanded, "description").(string); !strings.Contains(says, limit) {
				t.Errorf("%s in %s is described as %q", name, lang, says)
			}
		}
		for _, name := range []string{"MConnect-Call-Id", "MConnect-Record", "MConnect-Tree-Size"} {
			if at(doc, "components", "headers", name, "description") == "" {
				t.Errorf("%s is not described in %s", name, lang)
			}
		}
	}
}

func TestDocument_ServerAndSecurity(t *testing.T) {
	_, doc := document(t, config(t))
	if at(doc["servers"].([]any)[0], "url") != "https://mconnect.example" || at(doc, "components", "securitySchemes", "mutualTLS", "type") != "mutualTLS" {
		t.Errorf("%v", doc["servers"])
	}
	if doc["jsonSchemaDialect"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Error(doc["jsonSchemaDialect"])
	}
	cfg := openapi.Config{System: "a.b"}
	if _, doc := document(t, cfg); !strings.HasSuffix(at(doc, "info", "title").(string), " – a.b") {
		t.Error(at(doc, "info"))
	}
}
