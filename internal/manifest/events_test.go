package manifest

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
	"mconnect/test/must"
)

const birthYAML = `
kind: EventType
name: REG.Main.Birth.Registered
version: 1.0.0
owner: register
title: { ro: "Naștere" }
description: { ro: "Un copil a fost înregistrat." }
status: published
personal: true
retention: 72h
partition: $.ChildIDNP
schema:
  $schema: https://json-schema.org/draft/2020-12/schema
  type: object
  required: [ChildIDNP]
  properties:
    ChildIDNP: { type: string, pattern: "^2[0-9]{12}$" }
    EventReason: { type: string }
    Weight: { type: integer, maximum: 9007199254740993 }
    Parents: { type: array, items: { type: object, properties: { IDNP: { type: string } } } }
example: { ChildIDNP: "2000000000001", EventReason: "act 1", Weight: 3200, Parents: [ { IDNP: "2000000000002" } ] }
producers:
  - { system: register.main, sources: ["urn:register:*"] }
`

const birthDeal = `
kind: Agreement
id: hall-births
consumer: hall.desk
event: REG.Main.Birth.Registered
version: 1.0.0
purposes:
  - code: residence
    title: { ro: "Domiciliu" }
    legal_basis: { act: "Legea nr. 0/0000 (exemplu)", article: "art. 1" }
    fields: [ChildIDNP, Parents.IDNP]
account:
  basis: "Legea nr. 0/0000"
  reason: $.EventReason
  subject: $.ChildIDNP
  sources: [ { source: "urn:register:x", reason: "X" } ]
`

const birthSubscription = `
kind: Subscription
id: hall-births
system: hall.desk
group: core
types: [REG.Main.Birth.Registered]
filters: [ { cel: "data.Weight < 1500" }, { not: { suffix: { source: test } } } ]
delivery: { mode: webhook, webhook: { url: "https://events.hall.example/births", schedule: { first: 2s, give_up: 48h } } }
`

// eventful is the sample country with events.
func eventful() string {
	producer := strings.Replace(systemYAML("register.main", "provider"), "[provider]", "[provider, producer]", 1)
	consumer := strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "webhooks: [events.hall.example]\nnetworks: [10.7.0.0/16]\nroles:", 1)
	return participantYAML("register", 1) + participantYAML("hall", 2) + producer + consumer + "---" + serviceYAML + "---" + deal +
		"---" + birthYAML + "---" + birthDeal + "---" + birthSubscription
}

func TestEventsAreApplied(t *testing.T) {
	o := newOffice(t)
	announced := 0
	o.Announce = func() { announced++ }
	plan, err := o.Apply(t.Context(), "op", load(t, eventful()), false)
	if err != nil {
		t.Fatal(describe(err))
	}
	if plan.Count(Create) != len(plan) || announced == 0 {
		t.Errorf("%d of %d created, announced %d times", plan.Count(Create), len(plan), announced)
	}
	typ, ok := o.Rooms.Events.Type("REG.Main.Birth.Registered")
	if !ok || !typ.Personal || time.Duration(typ.Retention) != 72*time.Hour || !typ.Schema().Has("Parents.IDNP") {
		t.Fatalf("%+v", typ)
	}
	if !strings.Contains(string(typ.Type.Schema), "9007199254740993") {
		t.Errorf("a number has changed: %s", typ.Type.Schema)
	}
	if s, ok := o.Rooms.Events.Subscription("hall.desk", "core"); !ok || !s.Pushes() {
		t.Error("the subscription is not there")
	}
	if len(o.Rooms.Agreements.ForEvent("hall.desk", typ.Name)) != 1 {
		t.Error("the agreement is not there")
	}
	records := o.records(t)
	plan, err = o.Apply(t.Context(), "op", load(t, eventful()), false)
	if err != nil || plan.Count(Unchanged) != len(plan) || o.records(t) != records {
		t.Errorf("applied twice: %v %v", plan, err)
	}
	k, err := New(Config{Store: o.Store, Sealer: o.Sealer, Clock: time.Now, Logger: o.Logger, Rooms: emptyRooms()})
	must.OK(t, err)
	must.OK(t, k.Load(t.Context()))
	if _, ok := k.Rooms.Events.Type(typ.Name); !ok || len(k.Rooms.Events.Subscriptions()) != 1 {
		t.Error("another node does not see them")
	}
}

func TestWhatEventsSayOfOthers(t *testing.T) {
	edit := func(text string, pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatalf("%q is not in the manifest", pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	all := eventful()
	for name, c := range map[string]struct{ text, wrong string }{
		"good":                           {all, ""},
		"an owner nobody knows":          {edit(all, "owner: register", "owner: nobody"), "/owner resource.unknown"},
		"a producer nobody knows":        {edit(all, "{ system: register.main, sources", "{ system: register.other, sources"), "/producers/0/system resource.unknown"},
		"a producer without the role":    {edit(all, "[provider, producer]", "[provider]"), "/producers/0/system resource.role"},
		"a successor nobody knows":       {edit(all, "\npersonal: true\n", "\npersonal: true\nsuccessor: A.B.C.D\n"), "/successor resource.unknown"},
		"an event nobody declares":       {edit(all, "event: REG.Main.Birth.Registered", "event: REG.Main.Birth.Denied"), "/event resource.unknown"},
		"a later version":                {edit(all, "event: REG.Main.Birth.Registered\nversion: 1.0.0", "event: REG.Main.Birth.Registered\nversion: 1.1.0"), "/version resource.unknown"},
		"another MAJOR":                  {edit(all, "event: REG.Main.Birth.Registered\nversion: 1.0.0", "event: REG.Main.Birth.Registered\nversion: 2.0.0"), "/version resource.unknown"},
		"no version":                     {edit(all, "event: REG.Main.Birth.Registered\nversion: 1.0.0", "event: REG.Main.Birth.Registered"), ""},
		"a field nobody declares":        {edit(all, "Parents.IDNP]", "Parents.Name]"), "/purposes/0/fields/1 resource.unknown"},
		"all fields":                     {edit(all, "fields: [ChildIDNP, Parents.IDNP]", `fields: ["*"]`), ""},
		"a part of what may be text":     {edit(all, "\npersonal: true\n", "\npersonal: true\ncontent: [json, text]\n"), "/purposes/0/fields/0 resource.unknown"},
		"no account":                     {edit(all, all[strings.Index(all, "account:"):strings.Index(all, "---\nkind: Subscription")], "\n"), ""},
		"sources of two producers":       {edit(all, `sources: ["urn:register:*"] }`, "sources: [\"urn:register:*\"] }\n  - { system: hall.desk, sources: [\"urn:register:x\"] }"), "event.sources"},
		"the subject":                    {edit(all, "Parents.IDNP]", `"@subject"]`), ""},
		"an attribute nobody declares":   {edit(all, "Parents.IDNP]", `"@color"]`), "/purposes/0/fields/1 resource.unknown"},
		"a declared attribute":           {edit(all, "Parents.IDNP]", `"@color"]`, "\npersonal: true\n", "\npersonal: true\nattributes: [color]\n"), ""},
		"an attribute of the standard":   {edit(all, "\npersonal: true\n", "\npersonal: true\nattributes: [time]\n"), "/attributes/0 input.format"},
		"an account of a missing value":  {edit(all, "subject: $.ChildIDNP", "subject: $.Child.IDNP"), "/account/subject event.path"},
		"an account by no path":          {edit(all, "subject: $.ChildIDNP", "subject: $..IDNP"), "/account/subject event.path"},
		"a source's account":             {edit(all, `reason: "X"`, "reason: $.Nothing"), "/account/sources/0/reason event.path"},
		"a consumer without the role":    {edit(all, "system: hall.desk\ngroup", "system: register.main\ngroup"), "/system resource.role"},
		"a subscriber nobody knows":      {edit(all, "system: hall.desk\ngroup", "system: hall.none\ngroup"), "/system resource.unknown"},
		"a type nobody declares":         {edit(all, "types: [REG.Main.Birth.Registered]", "types: [REG.Main.Birth.Denied]"), "/types/0 resource.unknown"},
		"a filter that does not compile": {edit(all, "data.Weight < 1500", "data.Weight <"), "/filters/0/cel event.expression"},
		"a host not registered":          {edit(all, "https://events.hall.example/", "https://evil.example/"), "/delivery/webhook/url resource.unknown"},
		"a host with another port":       {edit(all, "webhooks: [events.hall.example]", `webhooks: ["events.hall.example:8443"]`), "/delivery/webhook/url resource.unknown"},
		"a host with this port":          {edit(all, "webhooks: [events.hall.example]", `webhooks: ["events.hall.example:443"]`), ""},
		"an address in the networks":     {edit(all, "webhooks: [events.hall.example]", "", "networks: [10.7.0.0/16]", `networks: ["10.2.0.0/16"]`, "https://events.hall.example/", "https://10.2.3.4/"), ""},
		"an address outside":             {edit(all, "webhooks: [events.hall.example]", "", "networks: [10.7.0.0/16]", `networks: ["10.2.0.0/16"]`, "https://events.hall.example/", "https://10.3.3.4/"), "/delivery/webhook/url resource.unknown"},
		"no networks":                    {edit(all, "networks: [10.7.0.0/16]", ""), "/delivery/webhook/url webhook.networks"},
		"a port that is none":            {edit(all, "https://events.hall.example/", "https://events.hall.example:99999/"), "/delivery/webhook/url webhook.address"},
		"a token that is not there":      {edit(all, "schedule: { first", "secret: absent, schedule: { first"), "/delivery/webhook/secret webhook.secret"},
		"a token that is there":          {edit(all, "schedule: { first", "secret: present, schedule: { first"), ""},
		"a malformed host":               {edit(all, "webhooks: [events.hall.example]", `webhooks: ["https://events.hall.example"]`), "/webhooks/0 input.format"},
		"a group taken":                  {all + "---" + edit(birthSubscription, "id: hall-births", "id: hall-second"), "/group resource.duplicate"},
		"a name twice":                   {edit(all, "    EventReason: { type: string }", "    EventReason: { type: string }\n    EventReason: { type: string }"), "manifest.twice"},
		"a field that does not exist":    {edit(all, "\npersonal: true\n", "\npersonel: true\n"), "manifest.field"},
		"a number in hexadecimal":        {edit(all, "maximum: 9007199254740993", "maximum: 0x1F"), "input.format"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.CheckWebhook = lacksSecret
			set, err := Load(folder(c.text), vars)
			if err == nil {
				_, err = o.Apply(t.Context(), "op", set, true)
			}
			if name == "no account" {
				c.wrong = "/account input.missing"
			}
			switch {
			case c.wrong == "" && err != nil:
				t.Error(describe(err))
			case c.wrong != "" && (err == nil || !strings.Contains(describe(err), c.wrong)):
				t.Errorf("want %s, got %v", c.wrong, describe(err))
			}
		})
	}
}

// TestASchemaKeepsItsWord: within one MAJOR nothing may change under consumers; what an agreement grants may not vanish
// in any version.
func TestASchemaKeepsItsWord(t *testing.T) {
	o := newOffice(t)
	o.apply(t, eventful())
	change := func(pairs ...string) error {
		text := birthYAML
		for i := 0; i < len(pairs); i += 2 {
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		set, err := Load(folder(text), vars)
		if err == nil {
			_, err = o.Apply(t.Context(), "op", set, true)
		}
		return err
	}
	const weight = "    Weight: { type: integer, maximum: 9007199254740993 }\n"
	for name, c := range map[string]struct {
		pairs []string
		wrong string
	}{
		"the same":                {nil, ""},
		"more":                    {[]string{weight, weight + "    Length: { type: integer }\n"}, ""},
		"less":                    {[]string{weight, "", "Weight: 3200, ", ""}, "/schema event.incompatible"},
		"less in the next MAJOR":  {[]string{weight, "", "Weight: 3200, ", "", "version: 1.0.0", "version: 2.0.0"}, ""},
		"what is granted":         {[]string{"{ IDNP: { type: string } }", "{ Name: { type: string } }", "version: 1.0.0", "version: 2.0.0"}, "/schema resource.unknown"},
		"a wider type":            {[]string{"EventReason: { type: string }", "EventReason: { type: [string, integer] }"}, "/schema event.incompatible"},
		"a duty for producers":    {[]string{"required: [ChildIDNP]", "required: [ChildIDNP, EventReason]"}, ""},
		"no longer for producers": {[]string{"required: [ChildIDNP]", "required: []"}, "/schema event.incompatible"},
	} {
		err := change(c.pairs...)
		if (c.wrong == "") != (err == nil) || (err != nil && !strings.Contains(describe(err), c.wrong)) {
			t.Errorf("%s: want %q, got %v", name, c.wrong, err)
			if err != nil {
				t.Log(describe(err))
			}
		}
	}
}

func TestEventsInUseStay(t *testing.T) {
	o := newOffice(t)
	o.apply(t, strings.Replace(eventful(), "status: published\nread_only", "status: draft\nread_only", 1))
	remove := func(kind, id string) *fault.Error {
		return fault.From(o.Remove(t.Context(), Order{Actor: "op"}, kind, id, BaseAny))
	}
	for _, c := range []struct{ kind, id, by string }{
		{EventType, "REG.Main.Birth.Registered", Agreement + " hall-births"},
		{Participant, "register", System + " register.main"},
	} {
		if f := remove(c.kind, c.id); f == nil || f.Code != fault.ResourceInUse || f.Params["by"] != c.by {
			t.Errorf("%s %s: %v, want that %s uses it", c.kind, c.id, f, c.by)
		}
	}
	for _, c := range [][2]string{{Agreement, "hall-births"}, {Agreement, "hall-person"}, {Service, "GetPerson/1.0.0"}} {
		if f := remove(c[0], c[1]); f != nil {
			t.Error(f)
		}
	}
	for _, c := range []struct{ kind, id, by string }{
		{EventType, "REG.Main.Birth.Registered", Subscription + " hall-births"},
		{System, "hall.desk", Subscription + " hall-births"},
		{System, "register.main", EventType + " REG.Main.Birth.Registered"},
	} {
		if f := remove(c.kind, c.id); f == nil || f.Code != fault.ResourceInUse || f.Params["by"] != c.by {
			t.Errorf("%s %s: %v, want that %s uses it", c.kind, c.id, f, c.by)
		}
	}
	for _, c := range [][2]string{{Subscription, "hall-births"}, {EventType, "REG.Main.Birth.Registered"}} {
		if f := remove(c[0], c[1]); f != nil {
			t.Error(f)
		}
	}
	if len(o.Rooms.Events.Types())+len(o.Rooms.Events.Subscriptions()) != 0 {
		t.Error("what was removed still acts")
	}
}

// TestAHostInUseStays: a system cannot drop a host that a subscription pushes to, unless the subscription moves too.
func TestAHostInUseStays(t *testing.T) {
	o := newOffice(t)
	o.apply(t, eventful())
	moved := strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "webhooks: [new.hall.example]\nnetworks: [10.7.0.0/16]\nroles:", 1)
	set := load(t, moved)
	if _, err := o.Apply(t.Context(), "op", set, true); err == nil || !strings.Contains(describe(err), "/webhooks resource.inUse") {
		t.Errorf("%v", err)
	}
	set = load(t, moved+"---"+strings.Replace(birthSubscription, "events.hall.example", "new.hall.example", 1))
	if _, err := o.Apply(t.Context(), "op", set, true); err != nil {
		t.Error(describe(err))
	}
}

func TestPutAnEventType(t *testing.T) {
	o := newOffice(t)
	o.apply(t, eventful())
	typ, _ := o.Rooms.Events.Type("REG.Main.Birth.Registered")
	doc := must.Get(json.Marshal(&typ.Type))(t)
	if _, err := o.Put(t.Context(), Order{Actor: "op"}, EventType, doc, BaseAny); err != nil {
		t.Error(describe(err))
	}
	if _, err := o.Put(t.Context(), Order{Actor: "op"}, EventType, []byte(`{"name":"A.B.C.D","sources":[]}`), BaseAny); fault.From(err).Code != fault.ResourceInvalid {
		t.Error(err)
	}
}

// TestYAMLBecomesJSON: names, numbers, order and texts stay; what JSON cannot hold is refused, and so is a document
// that grows beyond bounds.
func TestYAMLBecomesJSON(t *testing.T) {
	read := func(example string) (string, error) {
		set, err := Load(folder(example), vars)
		if err != nil {
			return describe(err), err
		}
		return string(set[0].value.(*eventType).Example), nil
	}
	base := strings.Replace(strings.Replace(strings.Replace(birthYAML, `pattern: "^2[0-9]{12}$"`, "maxLength: 99", 1), "Birth.Registered", "Other.Made", 1), "status: published", "status: draft", 1)
	cut := strings.Index(base, "example:")
	with := func(example string) string { return base[:cut] + "example: " + example + "\n" }
	for in, want := range map[string]string{
		`{ b: 1, a: 1.50, ChildIDNP: "x" }`:            `{"b":1,"a":1.50,"ChildIDNP":"x"}`,
		`{ ChildIDNP: yes, a: true, n: null, e: ~ }`:   `{"ChildIDNP":"yes","a":true,"n":null,"e":null}`,
		`{ ChildIDNP: 2026-01-01, "1": x }`:            `{"ChildIDNP":"2026-01-01","1":"x"}`,
		`{ ChildIDNP: &p "ă", c: *p }`:                 `{"ChildIDNP":"ă","c":"ă"}`,
		`{ ChildIDNP: x, a: 12345678901234567890.10 }`: `{"ChildIDNP":"x","a":12345678901234567890.10}`,
	} {
		set, err := Parse("x.yaml", []byte(with(in)), vars)
		if err != nil {
			t.Errorf("%s: %s", in, describe(err))
			continue
		}
		if got := string(set[0].value.(*eventType).Example); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	bomb := "[&a [x,x,x,x,x,x,x,x,x,x]"
	for i := range 8 {
		bomb += fmt.Sprintf(", &%c [%s]", 'b'+i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", 'a'+i), 10), ","))
	}
	for _, in := range []string{`{ ChildIDNP: .inf }`, `{ [a]: b }`, `{ ChildIDNP: 0o17 }`, bomb + "]", `{ <<: { a: 1 } }`, strings.Repeat("[", 150) + strings.Repeat("]", 150)} {
		if _, err := read(with(in)); err == nil {
			t.Errorf("%.40s is accepted", in)
		}
	}
}

func FuzzParseEvents(f *testing.F) {
	f.Add([]byte(birthYAML))
	f.Add([]byte(birthSubscription))
	f.Add([]byte("kind: EventType\nname: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 8192 {
			return
		}
		set, err := Parse("x.yaml", text, vars)
		if err != nil {
			_ = describe(err)
			return
		}
		for _, item := range set {
			if _, err := decode(item.Kind, item.Doc); err != nil {
				t.Errorf("what was stored cannot be read: %v %s", err, item.Doc)
			}
		}
	})
}

func emptyRooms() Images {
	return NewImages(registry.New(nil))
}

// TestTheDocumentedManifestsAreManifests: what docs/EVENTS-RIGHTS.md shows can be applied as it stands there.
func TestTheDocumentedManifestsAreManifests(t *testing.T) {
	page := must.Get(os.ReadFile("../../docs/EVENTS-RIGHTS.md"))(t)
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	kinds := map[string]bool{}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		set, err := Parse("EVENTS-RIGHTS.md", []byte(text), nil)
		if err != nil {
			t.Errorf("%s\n%s", describe(err), text)
			continue
		}
		kinds[set[0].Kind] = true
	}
	if !kinds[EventType] || !kinds[Agreement] || !kinds[Subscription] {
		t.Errorf("shown: %v", kinds)
	}
}

// TestSources_OfTwoProducersAreToldApart: source and id name an event, so sources of two producers may not overlap, by
// wildcard or not, in one type or in two, in one set or against what stands. The plan is refused and names both;
// nothing is stored.
func TestSources_OfTwoProducersAreToldApart(t *testing.T) {
	second := strings.Replace(systemYAML("register.second", "producer"), "---", "", 1)
	typed := func(source string) string {
		one := strings.NewReplacer("REG.Main.Birth.Registered", "REG.Second.Death.Registered", "register.main", "register.second", "urn:register:*", source)
		return "---" + second + "---" + one.Replace(birthYAML)
	}
	for source, overlaps := range map[string]bool{
		"urn:register:*": true, "urn:register:second": true, "urn:register:": true, "urn:*": true, "*": true, "urn:reg*": true, "urn:register:a*": true,
		"urn:register": false, "urn:second:*": false, "urn:registers:*": false, "URN:register:*": false,
	} {
		o := newOffice(t)
		o.apply(t, eventful())
		records := o.records(t)
		for name, text := range map[string]string{"against what stands": typed(source), "in one set": eventful() + typed(source)} {
			_, err := o.Apply(t.Context(), "op", load(t, text), true)
			if (err != nil) != overlaps {
				t.Errorf("%s, %s: %v", source, name, err)
				continue
			}
			if !overlaps {
				continue
			}
			said := describe(err)
			for _, part := range []string{"/producers/0/sources/0", "event.sources", "register.second", "register.main", "urn:register:*", source} {
				if !strings.Contains(said, part) {
					t.Errorf("%s, %s: %q is not named in %s", source, name, part, said)
				}
			}
		}
		if !overlaps {
			continue
		}
		if _, err := o.Apply(t.Context(), "op", load(t, typed(source)), false); err == nil {
			t.Errorf("%s was applied", source)
		}
		if _, there := o.Rooms.Events.Type("REG.Second.Death.Registered"); there || o.records(t) != records {
			t.Errorf("%s: something of a refused plan stands", source)
		}
	}
}

// lacksSecret is what an installation says that has the token "present" alone.
func lacksSecret(w event.Webhook) []fault.FieldError {
	if w.Secret == "" || w.Secret == "present" {
		return nil
	}
	return []fault.FieldError{{Path: "/secret", Code: fault.WebhookSecret}}
}

// TestNetworksOfAWebhookStay: a system that is pushed to cannot drop all its networks, unless the subscription goes
// too; one that never had any may be applied again as it is.
func TestNetworksOfAWebhookStay(t *testing.T) {
	o := newOffice(t)
	o.apply(t, eventful())
	bare := strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "webhooks: [events.hall.example]\nroles:", 1)
	if _, err := o.Apply(t.Context(), "op", load(t, bare), true); err == nil || !strings.Contains(describe(err), "/networks resource.inUse") {
		t.Errorf("%v", err)
	}
	moved := strings.Replace(birthSubscription, `delivery: { mode: webhook, webhook: { url: "https://events.hall.example/births", schedule: { first: 2s, give_up: 48h } } }`, "", 1)
	if _, err := o.Apply(t.Context(), "op", load(t, bare+"---"+moved), true); err != nil {
		t.Error(describe(err))
	}
}
