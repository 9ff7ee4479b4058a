package event_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

const birthSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["EventReason", "ChildIDNP", "Registered"],
  "additionalProperties": false,
  "properties": {
    "EventReason": {"type": "string", "maxLength": 40},
    "ChildIDNP": {"type": "string", "pattern": "^2[0-9]{12}$"},
    "Registered": {"type": "string", "format": "date"},
    "Sex": {"enum": ["F", "M"]},
    "Weight": {"type": "integer", "minimum": 200, "maximum": 9000},
    "Parents": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/Person"}},
    "Address": {"type": "object", "properties": {"Region": {"type": "string"}, "Street": {"type": "string"}}}
  },
  "$defs": {"Person": {"type": "object", "required": ["IDNP"], "properties": {"IDNP": {"type": "string"}, "Name": {"type": "string"}}}}
}`

const birthExample = `{"EventReason":"act 12","ChildIDNP":"2000000000001","Registered":"2026-03-01","Sex":"F","Weight":3200,
 "Parents":[{"IDNP":"2000000000002","Name":"Ana"},{"IDNP":"2000000000003","Name":"Ion"}],"Address":{"Region":"Cahul","Street":"Florilor 1"}}`

// birth is a good type.
func birth() event.Type {
	return event.Type{
		Name: "ASP.RSC.Birth.Registered", Version: mconnect.Version{Major: 1}, Owner: "asp",
		Title: mconnect.Text{RO: "Naștere înregistrată"}, Description: mconnect.Text{RO: "Un act de naștere a fost întocmit."},
		Categories: []string{"stare-civila"}, Status: event.Published, Schema: json.RawMessage(birthSchema), Example: json.RawMessage(birthExample),
		Retention: event.Duration(72 * time.Hour), Partition: "$.ChildIDNP", Personal: true,
		Producers: []event.Producer{{System: "asp.rsc", Sources: []string{"urn:asp:rsc*"}}},
	}
}

// happened is a good event of that type.
func happened() *event.Event {
	return &event.Event{
		Source: "urn:asp:rsc:cahul", ID: "n-1", Type: "ASP.RSC.Birth.Registered", Subject: "act-12",
		Time: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), PartitionKey: "idnp:2000000000001", ContentType: "application/json", Data: []byte(birthExample),
	}
}

// found writes findings as "path code" lines.
func found(list []fault.FieldError) []string {
	var lines []string
	for _, f := range list {
		lines = append(lines, strings.TrimSpace(f.Path+" "+string(f.Code)))
	}
	return lines
}

func sameLines(t *testing.T, got []fault.FieldError, want ...string) {
	t.Helper()
	if lines := found(got); !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q (%v)", lines, want, got)
	}
}

func ready(t testing.TB, typ event.Type) *event.ReadyType {
	t.Helper()
	r, err := event.Prepare(typ)
	if err != nil {
		t.Fatal(fmt.Sprint(err, fault.From(err).Fields))
	}
	return r
}

func compile(t testing.TB, text string) *event.Schema {
	t.Helper()
	s := must.Get(event.CompileSchema([]byte(text)))(t)
	return s
}
