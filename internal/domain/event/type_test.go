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

func TestType_Validate(t *testing.T) {
	long := strings.Repeat("ă", 5000)
	for name, c := range map[string]struct {
		spoil func(*event.Type)
		want  []string
	}{
		"good":               {func(*event.Type) {}, nil},
		"no name":            {func(e *event.Type) { e.Name = "" }, []string{"/name input.missing"}},
		"three parts":        {func(e *event.Type) { e.Name = "ASP.RSC.Registered" }, []string{"/name input.format"}},
		"a lower-case part":  {func(e *event.Type) { e.Name = "ASP.rsc.Birth.Registered" }, []string{"/name input.format"}},
		"no version":         {func(e *event.Type) { e.Version = mconnect.Version{} }, []string{"/version input.missing"}},
		"no owner":           {func(e *event.Type) { e.Owner = "A" }, []string{"/owner input.format"}},
		"no title":           {func(e *event.Type) { e.Title = mconnect.Text{EN: "Birth"} }, []string{"/title/ro input.missing"}},
		"no description":     {func(e *event.Type) { e.Description = mconnect.Text{} }, []string{"/description/ro input.missing"}},
		"a long description": {func(e *event.Type) { e.Description.EN = long }, []string{"/description/en input.length"}},
		"many categories":    {func(e *event.Type) { e.Categories = slices.Repeat([]string{"a"}, 21) }, []string{"/categories input.length"}},
		"an empty category":  {func(e *event.Type) { e.Categories = []string{""} }, []string{"/categories/0 input.missing"}},
		"no status":          {func(e *event.Type) { e.Status = "" }, []string{"/status input.missing"}},
		"unknown status":     {func(e *event.Type) { e.Status = "live" }, []string{"/status input.enum"}},
		"malformed successor": {func(e *event.Type) { e.Successor = "x" },
			[]string{"/successor input.format"}},
		"kept too short": {func(e *event.Type) { e.Retention = event.Duration(time.Minute) }, []string{"/retention input.range"}},
		"kept too long":  {func(e *event.Type) { e.Retention = event.Duration(91 * 24 * time.Hour) }, []string{"/retention input.range"}},
		"free partition": {func(e *event.Type) { e.Partition = "free" }, nil},
		"no partition":   {func(e *event.Type) { e.Partition = "" }, nil},
		"partition by a thing that is not there": {func(e *event.Type) { e.Partition = "$.Nothing" },
			[]string{"/partition event.path"}},
		"partition by no path": {func(e *event.Type) { e.Partition = "ChildIDNP" }, []string{"/partition event.path"}},
		"nobody produces it":   {func(e *event.Type) { e.Producers = nil }, []string{"/producers input.missing"}},
		"a draft needs nobody": {func(e *event.Type) { e.Producers, e.Status, e.Example = nil, event.Draft, nil }, nil},
		"too many producers": {func(e *event.Type) {
			e.Producers = nil
			for i := range 101 {
				e.Producers = append(e.Producers, event.Producer{System: mconnect.SystemID(fmt.Sprintf("asp.s%d", i+10)), Sources: []string{"*"}})
			}
		}, []string{"/producers input.length"}},
		"a producer twice":   {func(e *event.Type) { e.Producers = slices.Repeat(e.Producers, 2) }, []string{"/producers/1/system resource.duplicate"}},
		"a malformed system": {func(e *event.Type) { e.Producers[0].System = "asp" }, []string{"/producers/0/system input.format"}},
		"no source":          {func(e *event.Type) { e.Producers[0].Sources = nil }, []string{"/producers/0/sources input.missing"}},
		"malformed sources": {func(e *event.Type) { e.Producers[0].Sources = []string{"", "a b", "a*b", "<x>", "a\x00", "*", "x*"} },
			[]string{"/producers/0/sources/0 input.format", "/producers/0/sources/1 input.format", "/producers/0/sources/2 input.format",
				"/producers/0/sources/3 input.format", "/producers/0/sources/4 input.format"}},
		"too many sources": {func(e *event.Type) { e.Producers[0].Sources = slices.Repeat([]string{"a"}, 101) },
			[]string{"/producers/0/sources input.length"}},
		"unknown content": {func(e *event.Type) { e.Content = []event.Content{"json", "xml"} }, []string{"/content/1 input.enum"}},
		"content twice":   {func(e *event.Type) { e.Content = []event.Content{"json", "json"} }, []string{"/content/1 resource.duplicate"}},
		"text has no schema": {func(e *event.Type) { e.Content = []event.Content{event.Text} },
			[]string{"/schema event.schema"}},
		"text alone":        {func(e *event.Type) { e.Content, e.Schema, e.Example = []event.Content{event.Text}, nil, nil }, nil},
		"no schema":         {func(e *event.Type) { e.Schema = nil }, []string{"/schema input.missing"}},
		"a large schema":    {func(e *event.Type) { e.Schema = json.RawMessage(strings.Repeat(" ", event.MaxSchema) + "{}") }, []string{"/schema input.length"}},
		"a broken schema":   {func(e *event.Type) { e.Schema = json.RawMessage(`{"type":"objekt"}`) }, []string{"/schema event.schema"}},
		"no example":        {func(e *event.Type) { e.Example = nil }, []string{"/example input.missing"}},
		"a large example":   {func(e *event.Type) { e.Example = json.RawMessage(`"` + strings.Repeat("x", event.MaxExample) + `"`) }, []string{"/example input.length"}},
		"a foreign example": {func(e *event.Type) { e.Example = json.RawMessage(`{"EventReason":1}`) }, []string{"/example/ChildIDNP input.missing", "/example/EventReason input.type", "/example/Registered input.missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			typ := birth()
			c.spoil(&typ)
			sameLines(t, typ.Validate(), c.want...)
			_, err := event.Prepare(typ)
			if (err == nil) != (c.want == nil) || (err != nil && fault.From(err).Code != fault.ResourceInvalid) {
				t.Errorf("Prepare says %v", err)
			}
		})
	}
}

func TestType_Sources(t *testing.T) {
	for _, c := range []struct {
		declared, source string
		covers           bool
	}{
		{"urn:asp:rsc", "urn:asp:rsc", true},
		{"urn:asp:rsc", "urn:asp:rsc:cahul", false},
		{"urn:asp:rsc*", "urn:asp:rsc", true},
		{"urn:asp:rsc*", "urn:asp:rsc:cahul", true},
		{"urn:asp:rsc:*", "urn:asp:rsc", false},
		{"urn:asp:rsc", "URN:ASP:RSC", false},
		{"*", "anything", true},
		{"", "", true},
	} {
		if got := event.SourceCovers(c.declared, c.source); got != c.covers {
			t.Errorf("%q covers %q: %t", c.declared, c.source, got)
		}
	}
	typ := birth()
	for _, c := range []struct {
		system           mconnect.SystemID
		source           string
		producer, covers bool
	}{{"asp.rsc", "urn:asp:rsc:1", true, true}, {"asp.rsc", "urn:cnas", true, false}, {"cnas.x1", "urn:asp:rsc:1", false, false}} {
		if p, covered := typ.Produces(c.system, c.source); p != c.producer || covered != c.covers {
			t.Errorf("%s %s: %t %t", c.system, c.source, p, covered)
		}
	}
}

func TestType_ContentOf(t *testing.T) {
	for media, want := range map[string]event.Content{
		"application/json": event.JSON, "application/json; charset=utf-8": event.JSON, "Application/JSON": event.JSON,
		"application/vnd.api+json": event.JSON, "text/json": event.JSON, "text/plain": event.Text, "text/csv; header=present": event.Text,
		"application/octet-stream": event.Binary, "": event.Binary, "image/png": event.Binary,
	} {
		if got := event.ContentOf(media); got != want {
			t.Errorf("%q is %s", media, got)
		}
	}
}

func TestType_Check(t *testing.T) {
	typ := birth()
	both := birth()
	both.Content = []event.Content{event.JSON, event.Text}
	for name, c := range map[string]struct {
		typ   event.Type
		spoil func(*event.Event)
		code  fault.Code
		want  []string
	}{
		"good":                 {typ, func(*event.Event) {}, "", nil},
		"text where JSON is":   {typ, func(e *event.Event) { e.ContentType = "text/plain" }, fault.EventContentType, nil},
		"text where it may be": {both, func(e *event.Event) { e.ContentType, e.Data = "text/plain", []byte("{") }, "", nil},
		"bytes":                {both, func(e *event.Event) { e.ContentType = "application/octet-stream" }, fault.EventContentType, nil},
		"no JSON":              {typ, func(e *event.Event) { e.Data = []byte(`{"EventReason":`) }, fault.EventInvalid, []string{"message.malformed"}},
		"nothing":              {typ, func(e *event.Event) { e.Data = nil }, fault.EventInvalid, []string{"input.type"}},
		"two values":           {typ, func(e *event.Event) { e.Data = append([]byte(birthExample), "{}"...) }, fault.EventInvalid, []string{"message.malformed"}},
		"a name twice": {typ, func(e *event.Event) { e.Data = []byte(`{"Sex":"F","Sex":"M"}`) }, fault.EventInvalid,
			[]string{"message.malformed"}},
		"not UTF-8":    {typ, func(e *event.Event) { e.Data = []byte("{\"EventReason\":\"\xff\"}") }, fault.EventInvalid, []string{"message.malformed"}},
		"nested fully": {typ, func(e *event.Event) { e.Data = []byte(strings.Repeat("[", 70) + strings.Repeat("]", 70)) }, fault.EventInvalid, []string{"message.malformed"}},
		"many faults": {typ, func(e *event.Event) {
			e.Data = []byte(`{"ChildIDNP":"1","Registered":"01.03.2026","Sex":"X","Weight":100,"Parents":[{"Name":"Ana"},{"IDNP":1}],"Secret":1}`)
		}, fault.EventInvalid, []string{
			"/ChildIDNP input.pattern", "/EventReason input.missing", "/Parents/0/IDNP input.missing", "/Parents/1/IDNP input.type",
			"/Registered input.format", "/Secret input.unknownField", "/Sex input.enum", "/Weight input.range",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e := happened()
			c.spoil(e)
			err := ready(t, c.typ).Check(e)
			if c.code == "" {
				if err != nil {
					t.Errorf("%v", err)
				}
				return
			}
			f := fault.From(err)
			if f == nil || f.Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if c.want != nil {
				sameLines(t, f.Fields, c.want...)
			}
			for _, field := range f.Fields {
				for _, lang := range []mconnect.Lang{"ro", "en", "ru"} {
					if s := field.Sentence(lang); s == "" || strings.Contains(s, "—") {
						t.Errorf("%s %s: %q", field.Path, lang, s)
					}
				}
			}
		})
	}
}

// TestType_FaultsQuoteNoValue: a refusal goes into logs and answers; what was wrong may be personal data.
func TestType_FaultsQuoteNoValue(t *testing.T) {
	e := happened()
	const secret = "2009999999999"
	e.Data = []byte(strings.ReplaceAll(`{"EventReason":"@@@@@@@@@@@@@@@@@@@@@@@@@","ChildIDNP":"@x","Registered":"@","Sex":"@","Weight":@,"Parents":["@"]}`, "@", secret))
	f := fault.From(ready(t, birth()).Check(e))
	text := fmt.Sprint(f, f.Fields, f.Params, f.Sentence("ro"))
	if len(f.Fields) < 5 || strings.Contains(text, secret) {
		t.Errorf("%s", text)
	}
}

func TestDirectory_PutAndRemove(t *testing.T) {
	d := event.NewDirectory()
	if err := d.PutType(event.Type{}); fault.From(err).Code != fault.ResourceInvalid {
		t.Errorf("a wrong type: %v", err)
	}
	first, second := birth(), birth()
	second.Name = "ASP.RSC.Address.Changed"
	for _, typ := range []event.Type{first, second} {
		must.OK(t, d.PutType(typ))
	}
	if all := d.Types(); len(all) != 2 || all[0].Name != second.Name {
		t.Errorf("types by name: %v", all)
	}
	if got, ok := d.Type(first.Name); !ok || got.Schema() == nil || got.Schema().Draft() != "2020-12" {
		t.Error("a type is not found")
	}
	d.RemoveType(first.Name)
	if _, ok := d.Type(first.Name); ok {
		t.Error("a removed type is found")
	}
	sub := event.Subscription{ID: "hall.births", System: "hall.desk"}
	must.OK(t, d.PutSubscription(sub))
	if err := d.PutSubscription(event.Subscription{}); fault.From(err).Code != fault.ResourceInvalid {
		t.Errorf("a wrong subscription: %v", err)
	}
	for _, name := range []string{"", event.DefaultGroup} {
		if s, ok := d.Subscription("hall.desk", name); !ok || s.ID != "hall.births" || !s.Passes() {
			t.Errorf("group %q is not found", name)
		}
	}
	sub.Group = "other"
	must.OK(t, d.PutSubscription(sub))
	if _, ok := d.Subscription("hall.desk", ""); ok {
		t.Error("the group it left still has it")
	}
	if len(d.Subscriptions()) != 1 {
		t.Error("not one subscription")
	}
	d.RemoveSubscription("hall.births")
	d.RemoveSubscription("hall.births")
	if _, ok := d.Subscription("hall.desk", "other"); ok || len(d.Subscriptions()) != 0 {
		t.Error("a removed subscription is found")
	}
}

func TestDuration_Text(t *testing.T) {
	var d event.Duration
	if err := d.UnmarshalText([]byte("1h30m")); err != nil || d.String() != "1h30m0s" {
		t.Errorf("%v %s", err, d)
	}
	if err := d.UnmarshalText([]byte("5 days")); err == nil {
		t.Error("accepted")
	}
	if text, err := d.MarshalText(); err != nil || string(text) != "1h30m0s" {
		t.Errorf("%s %v", text, err)
	}
}
