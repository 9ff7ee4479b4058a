package asyncapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/event/asyncapi"
	"mconnect/test/must"
)

func typeOf(t testing.TB, name mconnect.EventType, schema, example string) *event.ReadyType {
	t.Helper()
	typ := event.Type{
		Name: name, Version: mconnect.Version{Major: 1}, Owner: "asp", Title: mconnect.Text{RO: "Titlu", EN: "Title", RU: "Заголовок"},
		Description: mconnect.Text{RO: "Descriere", EN: "About", RU: "Описание"}, Categories: []string{"b", "a"}, Status: event.Published,
		Schema: json.RawMessage(schema), Example: json.RawMessage(example),
		Producers: []event.Producer{{System: "asp.rsc", Sources: []string{"urn:asp:*"}}},
	}
	if schema == "" {
		typ.Content = []event.Content{event.Binary}
	}
	r, err := event.Prepare(typ)
	if err != nil {
		t.Fatal(fault.From(err).Fields)
	}
	return r
}

const birthSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object", "required": ["IDNP", "Reason", "Parents"], "additionalProperties": false, "unevaluatedProperties": false,
  "properties": {
    "IDNP": {"$ref": "#/$defs/IDNP"},
    "Reason": {"$ref": "#/$defs/Text", "maxLength": 20},
    "Parents": {"type": "array", "items": {"type": "object", "required": ["IDNP", "Name"], "properties": {"IDNP": {"$ref": "#/$defs/IDNP"}, "Name": {"$ref": "#/$defs/Text"}}}},
    "Pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false},
    "Tree": {"$ref": "#/$defs/Tree"},
    "Big": {"const": 9007199254740993}
  },
  "dependentRequired": {"Pair": ["Big"]},
  "$defs": {
    "IDNP": {"type": "string", "pattern": "^2[0-9]{12}$"}, "Text": {"type": "string"},
    "Tree": {"type": "object", "properties": {"Left": {"$ref": "#/$defs/Tree"}, "Leaf": {"type": "string"}}}
  }
}`

const birthExample = `{"IDNP":"2000000000001","Reason":"act 1","Parents":[{"IDNP":"2000000000002","Name":"Ana"}],"Pair":["a",1],"Big":9007199254740993,"Tree":{"Left":{"Leaf":"x"}}}`

func sample(t testing.TB) asyncapi.Config {
	return asyncapi.Config{
		System: "hall.desk", Host: "events.example.md:8443", Version: "7", Lang: mconnect.English,
		Consumes: []asyncapi.Consumed{{Type: typeOf(t, "ASP.RSC.Birth.Registered", birthSchema, birthExample), Fields: []string{"IDNP", "Parents.IDNP", "Pair"}, Purpose: "ajutor"}},
		Produces: []asyncapi.Produced{
			{Type: typeOf(t, "ASP.RSC.Birth.Registered", birthSchema, birthExample), Sources: []string{"urn:asp:*"}},
			{Type: typeOf(t, "HALL.Desk.Scan.Made", "", ""), Sources: []string{"urn:hall"}},
		},
	}
}

// parsed is the document as a reader sees it.
type parsed struct {
	AsyncAPI string
	Info     struct{ Title, Version, Description string }
	Servers  map[string]struct{ Host, Protocol string }
	Channels map[string]struct {
		Address  string
		Messages map[string]map[string]string
	}
	Operations map[string]struct {
		Action, Title string
		Channel       map[string]string
		Messages      []map[string]string
	}
	Components struct {
		Messages map[string]struct {
			Name, Title, ContentType string
			Payload                  json.RawMessage
			Examples                 []struct{ Payload json.RawMessage }
		}
	}
}

func write(t testing.TB, cfg asyncapi.Config) (string, parsed) {
	t.Helper()
	text := must.Get(asyncapi.Document(cfg))(t)
	var p parsed
	must.OK(t, json.Unmarshal(text, &p))
	return string(text), p
}

func TestDocument_Golden(t *testing.T) {
	text, d := write(t, sample(t))
	if d.AsyncAPI != "3.0.0" || d.Info.Version != "7" || d.Info.Title != "Events of the system hall.desk" || d.Servers["websocket"].Protocol != "wss" {
		t.Errorf("%+v", d)
	}
	for key, want := range map[string][2]string{
		"consume-ASP-RSC-Birth-Registered": {"receive", "/ce/consume/ws"}, "produce-ASP-RSC-Birth-Registered": {"send", "/ce/produce/event"},
		"produce-HALL-Desk-Scan-Made": {"send", "/ce/produce/event"},
	} {
		o := d.Operations[key]
		if o.Action != want[0] || d.Channels[key].Address != want[1] || o.Channel["$ref"] != "#/channels/"+key ||
			o.Messages[0]["$ref"] != "#/channels/"+key+"/messages/event" || d.Channels[key].Messages["event"]["$ref"] != "#/components/messages/"+key {
			t.Errorf("%s: %+v %+v", key, o, d.Channels[key])
		}
	}
	if len(d.Operations) != 3 || strings.Contains(text, "$defs") || strings.Contains(text, "unevaluated") || strings.Contains(text, "prefixItems") {
		t.Errorf("%s", text)
	}
	again, _ := write(t, sample(t))
	if again != text {
		t.Error("written twice it differs")
	}
	ru := sample(t)
	ru.Lang = mconnect.Russian
	if text, _ := write(t, ru); !strings.Contains(text, "Получает ASP") || !strings.Contains(text, "Заголовок") {
		t.Error("not in Russian")
	}
	ru.Lang = "xx"
	if text, _ := write(t, ru); !strings.Contains(text, "Primește ASP") {
		t.Error("not in Romanian when the language is unknown")
	}
}

// draft7 compiles the payload schema of a message as draft 7.
func draft7(t testing.TB, schema []byte) *validator.Schema {
	t.Helper()
	value := must.Get(validator.UnmarshalJSON(bytes.NewReader(schema)))(t)
	c := validator.NewCompiler()
	c.DefaultDraft(validator.Draft7)
	must.OK(t, c.AddResource("https://schema.invalid/x", value))
	s := must.Get(c.Compile("https://schema.invalid/x"))(t)
	return s
}

// TestDocument_PayloadsAsDelivered: an independent validator takes the payload schema as draft 7; the example, cut,
// fits it, and an event with more than is granted does not.
func TestDocument_PayloadsAsDelivered(t *testing.T) {
	_, d := write(t, sample(t))
	for key, m := range d.Components.Messages {
		s := draft7(t, m.Payload)
		for _, e := range m.Examples {
			value := must.Get(validator.UnmarshalJSON(bytes.NewReader(e.Payload)))(t)
			if err := s.Validate(value); err != nil {
				t.Errorf("%s: %v\n%s\n%s", key, err, e.Payload, m.Payload)
			}
		}
	}
	consumed := d.Components.Messages["consume-ASP-RSC-Birth-Registered"]
	if len(consumed.Examples) != 1 || strings.Contains(string(consumed.Examples[0].Payload), "Ana") || strings.Contains(string(consumed.Payload), "Reason") {
		t.Errorf("%s", consumed.Payload)
	}
	envelope := `{"specversion":"1.0","type":"ASP.RSC.Birth.Registered","source":"a","id":"b","datacontenttype":"application/json","offset":"1","data":%s}`
	s := draft7(t, consumed.Payload)
	for data, want := range map[string]bool{
		`{"IDNP":"2000000000001","Parents":[]}`: true, `{"IDNP":"1","Parents":[]}`: false, `{"Parents":[]}`: false,
		`{"IDNP":"2000000000001","Parents":[],"Reason":"x"}`:     false,
		`{"IDNP":"2000000000001","Parents":[{}]}`:                false,
		`{"IDNP":"2000000000001","Parents":[],"Pair":["a",1]}`:   true,
		`{"IDNP":"2000000000001","Parents":[],"Pair":["a","b"]}`: false,
		`{"IDNP":"2000000000001","Parents":[],"Pair":["a",1,2]}`: false,
	} {
		value := must.Get(validator.UnmarshalJSON(strings.NewReader(fmt.Sprintf(envelope, data))))(t)
		if err := s.Validate(value); (err == nil) != want {
			t.Errorf("%s: %v", data, err)
		}
	}
	if !strings.Contains(string(d.Components.Messages["produce-ASP-RSC-Birth-Registered"].Payload), "9007199254740993") {
		t.Error("a number has changed")
	}
	if !strings.Contains(string(d.Components.Messages["produce-HALL-Desk-Scan-Made"].Payload), "data_base64") {
		t.Error("bytes are not in base64")
	}
}

// TestDocument_AnySchema: of the older drafts too, and such as hold themselves or lead nowhere.
func TestDocument_AnySchema(t *testing.T) {
	for _, schema := range []string{
		`true`, `{}`, `{"$schema":"http://json-schema.org/draft-06/schema#","items":[{"type":"string"}],"additionalItems":{"type":"integer"}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","if":{"type":"object"},"then":{"required":["A"]},"dependencies":{"A":["B"],"C":{"type":"object"}}}`,
		`{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"type":"object"},{"$ref":"#"}]}}}`,
		`{"properties":{"A":{"$ref":"#/properties/B"},"B":{"oneOf":[{"type":"string"},{"type":"null"}]}},"patternProperties":{"^x":{}},"propertyNames":{"maxLength":9},"minProperties":0}`,
		`{"properties":{"a/b":{"$ref":"#/$defs/x~1y"}},"$defs":{"x/y":{"not":{"type":"string"}},"l":{"allOf":[{}]},"m":{"$ref":"#/$defs/l/allOf/0"}}}`,
	} {
		for _, fields := range [][]string{{"*"}, {"A"}, {"A.B", "B"}} {
			example := `{}`
			if strings.Contains(schema, "then") || strings.Contains(schema, "items") {
				example = `["x"]`
			}
			typ := typeOf(t, "A.B.C.D", schema, example)
			_, d := write(t, asyncapi.Config{System: "a.b", Consumes: []asyncapi.Consumed{{Type: typ, Fields: fields}}})
			draft7(t, d.Components.Messages["consume-A-B-C-D"].Payload)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(birthSchema), "IDNP,Parents.IDNP")
	f.Add([]byte(`{"$ref":"#"}`), "*")
	f.Fuzz(func(t *testing.T, schema []byte, granted string) {
		typ := event.Type{
			Name: "A.B.C.D", Version: mconnect.Version{Major: 1}, Owner: "asp", Title: mconnect.Text{RO: "T"}, Description: mconnect.Text{RO: "D"},
			Status: event.Draft, Schema: schema,
		}
		ready, err := event.Prepare(typ)
		if err != nil || len(schema) > 4096 {
			return
		}
		text, err := asyncapi.Document(asyncapi.Config{System: "a.b", Consumes: []asyncapi.Consumed{{Type: ready, Fields: strings.Split(granted, ",")}}})
		if err != nil || !json.Valid(text) {
			t.Errorf("%v", err)
		}
	})
}
