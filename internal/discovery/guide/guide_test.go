package guide_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/discovery/guide"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/schema"
	"mconnect/internal/manifest"
	"mconnect/test/keeper"
	"mconnect/test/must"
)

const manifests = `
{ kind: Participant, id: registry, idno: "1999900000025", name: { ro: "Registrul EXEMPLU", ru: "Реестр" }, sector: public, level: central }
---
{ kind: System, id: registry.persons, name: { ro: Persoane }, roles: [provider] }
---
{ kind: Category, code: populatie, title: { ro: Populație } }
---
kind: Classifier
code: sex
version: 1.0.0
title: { ro: Sexul, en: Sex }
entries: [ { code: F, label: { ro: Feminin, en: Female } }, { code: M, label: { ro: Masculin, en: Male } } ]
---
kind: Service
name: GetPerson
version: 1.0.0
title: { ro: Persoană, en: Person }
categories: [populatie]
provider: registry.persons
status: published
subject: IDNP
request: { name: Question, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: LastName, type: string, personal: true }, { name: Sex, type: string, classifier: sex } ] }
endpoint: { rest: { url: "https://secret.invalid", method: POST } }
---
kind: Service
name: GetPerson
version: 1.1.0
title: { ro: Persoană, en: Person }
categories: [populatie]
provider: registry.persons
status: published
subject: IDNP
request: { name: Question, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: LastName, type: string, personal: true }, { name: Sex, type: string, classifier: sex }, { name: Born, type: date, personal: true } ] }
examples: [ { title: { ro: Un exemplu, en: A sample }, request: { IDNP: "2999000006393" }, answer: { LastName: Sintetic, Born: 1946-08-27 } } ]
endpoint: { rest: { url: "https://secret.invalid", method: POST } }
---
kind: Service
name: GetPerson
version: 2.0.0
title: { ro: Persoană }
provider: registry.persons
status: draft
request: { name: Question, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: Name, type: string, personal: true } ] }
endpoint: { rest: { url: "https://secret.invalid", method: POST } }
---
kind: Service
name: GetExtract
version: 1.0.0
title: { ro: Extras }
provider: registry.persons
status: published
request: { name: Question, fields: [ { name: Number, type: string } ] }
opaque: { media_types: [application/pdf] }
endpoint: { rest: { url: "https://secret.invalid", method: POST } }
`

// open returns a keeper of the country above over a store of its own.
func open(t *testing.T) *manifest.Keeper {
	t.Helper()
	k := keeper.New(t)
	keeper.Apply(t, k, manifests)
	return k
}

func ids(p discovery.Page) (all []string) {
	for _, l := range p.Items {
		all = append(all, string(l.Service)+"/"+l.Version.String())
	}
	return all
}

func TestSearch_FollowsManifests(t *testing.T) {
	k := open(t)
	g := guide.New(k)
	if got := ids(g.Search(search.Query{})); !slices.Equal(got, []string{"GetExtract/1.0.0", "GetPerson/1.1.0"}) {
		t.Errorf("all: %v", got)
	}
	if got := ids(g.Search(search.Query{Versions: true})); len(got) != 4 {
		t.Errorf("every version: %v", got)
	}
	if got := ids(g.Search(search.Query{Versions: true, Serving: true})); !slices.Equal(got, []string{"GetExtract/1.0.0", "GetPerson/1.1.0"}) {
		t.Errorf("what calls get: %v", got)
	}
	if got := g.Search(search.Query{Text: "реестр"}); got.Total != 2 {
		t.Errorf("by the owner's name: %+v", got)
	}
	if got := g.Search(search.Query{Text: "necunoscut"}); got.Items == nil || got.Total != 0 {
		t.Errorf("nothing: %+v", got)
	}
	keeper.Apply(t, k, strings.Replace(manifests[strings.LastIndex(manifests, "---"):], "title: { ro: Extras }", "title: { ro: Adeverință }", 1))
	if got := ids(g.Search(search.Query{Text: "adeverinta"})); !slices.Equal(got, []string{"GetExtract/1.0.0"}) {
		t.Errorf("after a change: %v", got)
	}
}

func TestSheet_HoldsWhatCallersNeed(t *testing.T) {
	g := guide.New(open(t))
	sheet := must.Get(g.Show("GetPerson"))(t)
	text, err := json.Marshal(sheet)
	if err != nil || strings.Contains(string(text), "secret.invalid") {
		t.Errorf("the way to the provider is shown: %s %v", text, err)
	}
	if sheet.Version.String() != "1.1.0" || sheet.OwnerName.RU != "Реестр" || sheet.Response == nil || len(sheet.Versions) != 2 ||
		!slices.Equal(sheet.Uses, []schema.Use{{Kind: "Classifier", ID: "sex/1.0.0"}}) || len(sheet.Forms) != 3 {
		t.Errorf("%+v", sheet)
	}
	if sheet, err = g.Show("GetExtract/1.0.0"); err != nil || sheet.Response != nil || sheet.MediaTypes[0] != "application/pdf" || len(sheet.Forms) != 2 {
		t.Errorf("%+v %v", sheet, err)
	}
	for id, want := range map[string]fault.Code{
		"GetNothing": fault.ServiceUnknown, "GetPerson/9.0.0": fault.ServiceVersion, "GetPerson/x": fault.ServiceVersion, "<b>": fault.ServiceUnknown, "": fault.ServiceUnknown,
	} {
		if _, err := g.Show(id); fault.From(err).Code != want || strings.Contains(fault.From(err).Sentence(mconnect.English), "<b>") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestGuide_History(t *testing.T) {
	g := guide.New(open(t))
	past, err := g.History("GetPerson")
	if err != nil || len(past) != 3 {
		t.Fatalf("%+v %v", past, err)
	}
	if past[0].After != "1.1.0" || past[0].Changes[0].Class != catalog.BreaksAgreements || past[1].After != "1.0.0" ||
		past[1].Changes[0].String() != "answer.Born added: — → date" || past[2].Changes != nil {
		t.Errorf("%+v", past)
	}
	if _, err := g.History("GetNothing"); fault.From(err).Code != fault.ServiceUnknown {
		t.Error(err)
	}
}

func TestCompare_RequestsAndAnswers(t *testing.T) {
	g := guide.New(open(t))
	i, err := g.Compare(t.Context(), discovery.Question{Old: "GetPerson/1.1.0", New: "GetPerson/2.0.0", Days: 7})
	if err != nil || i.Demands != catalog.Major || i.States != catalog.Major || i.Days != 7 || i.Consumers == nil {
		t.Errorf("%+v %v", i, err)
	}
	if same, err := g.Compare(t.Context(), discovery.Question{Old: "GetPerson/1.1.0", New: "GetPerson/1.1.0", Days: 1}); err != nil || same.Changes == nil || len(same.Changes) != 0 {
		t.Errorf("%+v %v", same, err)
	}
	document := json.RawMessage(`{"name":"GetPerson","version":"1.2.0","title":{"ro":"x"},"provider":"registry.persons","status":"draft","read_only":false,
		"request":{"name":"Q","fields":[{"name":"IDNP","type":"idnp"}]},"response":{"name":"Person","fields":[{"name":"Sex","type":"string","classifier":"sex"}]},
		"endpoint":{"rest":{"url":"https://x.invalid","method":"POST"}}}`)
	if i, err = g.Compare(t.Context(), discovery.Question{Old: "GetPerson/1.1.0", Document: document, Days: 1}); err != nil || i.New != "GetPerson/1.2.0" || i.Demands != catalog.Major {
		t.Errorf("%+v %v", i, err)
	}
	for what, c := range map[string]struct {
		q    discovery.Question
		want fault.Code
	}{
		"two services":  {discovery.Question{Old: "GetPerson/1.0.0", New: "GetExtract/1.0.0", Days: 1}, fault.QueryInvalid},
		"no days":       {discovery.Question{Old: "GetPerson/1.0.0", New: "GetPerson/1.1.0"}, fault.QueryInvalid},
		"too many days": {discovery.Question{Old: "GetPerson/1.0.0", New: "GetPerson/1.1.0", Days: 93}, fault.QueryInvalid},
		"no old one":    {discovery.Question{Old: "GetPerson/7.0.0", New: "GetPerson/1.1.0", Days: 1}, fault.ServiceVersion},
		"no new one":    {discovery.Question{Old: "GetPerson/1.0.0", Days: 1}, fault.ServiceUnknown},
		"no JSON":       {discovery.Question{Old: "GetPerson/1.0.0", Document: json.RawMessage("{"), Days: 1}, fault.MessageMalformed},
		"an unfit one":  {discovery.Question{Old: "GetPerson/1.0.0", Document: json.RawMessage("{}"), Days: 1}, fault.ResourceInvalid},
	} {
		if _, err := g.Compare(t.Context(), c.q); fault.From(err).Code != c.want {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestForm_NamesTheClassifier: each form is readable by a standard reader, and knows the codes and what they mean.
func TestForm_NamesTheClassifier(t *testing.T) {
	g := guide.New(open(t))
	who := discovery.Reader{System: "hall.app", Server: "https://mconnect.invalid", Lang: mconnect.English}
	for form, wants := range map[string][]string{
		discovery.JSONSchema: {`"x-classifier": "sex/1.0.0"`, `"Female"`, `urn:mconnect:service:GetPerson/1.1.0`},
		discovery.OpenAPI:    {`"/api/v1/GetPerson/1.1.0"`, `"x-classifier": "sex/1.0.0"`, "hall.app", "https://mconnect.invalid", `"summary": "A sample"`, `"Born": "1946-08-27"`},
		discovery.XSD:        {`<xs:enumeration value="F">`, `xml:lang="en">Female<`, `Classifier sex/1.0.0: Sex`},
	} {
		text, media, err := g.Form("GetPerson/1.1.0", form, who)
		if err != nil || media == "" {
			t.Fatal(form, err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %s", form, want)
			}
		}
		if form == discovery.XSD {
			d := xml.NewDecoder(strings.NewReader(string(text)))
			for err == nil {
				_, err = d.Token()
			}
			if !errors.Is(err, io.EOF) {
				t.Error(form, err)
			}
		} else if !json.Valid(text) {
			t.Errorf("%s is no JSON", form)
		}
	}
	for _, id := range [][2]string{{"GetExtract", discovery.XSD}, {"GetPerson", "schema.rdf"}} {
		if _, _, err := g.Form(id[0], id[1], who); fault.From(err).Code != fault.PathUnknown {
			t.Errorf("%v: %v", id, err)
		}
	}
}

// TestForm_SchemaAgreesWithThePlatform: a code of the classifier passes, another text does not.
func TestForm_SchemaAgreesWithThePlatform(t *testing.T) {
	text, _, err := guide.New(open(t)).Form("GetPerson", discovery.JSONSchema, discovery.Reader{Lang: mconnect.Romanian})
	must.OK(t, err)
	document := must.Get(jsonschema.UnmarshalJSON(strings.NewReader(string(text))))(t)
	c := jsonschema.NewCompiler()
	must.OK(t, c.AddResource("urn:mconnect:service:GetPerson/1.1.0", document))
	answer := must.Get(c.Compile("urn:mconnect:service:GetPerson/1.1.0#/$defs/answer"))(t)
	for value, want := range map[string]bool{`{"Sex":"F"}`: true, `{"Sex":"X"}`: false, `{"LastName":"A"}`: true, `{"Other":1}`: false} {
		v, _ := jsonschema.UnmarshalJSON(strings.NewReader(value))
		if err := answer.Validate(v); (err == nil) != want {
			t.Errorf("%s: %v", value, err)
		}
	}
}
