package admin

import (
	"encoding/json"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/discovery/guide"
	"mconnect/internal/domain/catalog"
	"mconnect/test/keeper"
)

const declared = `
{ kind: Participant, id: registry, idno: "1999900000025", name: { ro: Registrul }, sector: public, level: central }
---
{ kind: System, id: registry.persons, name: { ro: Persoane }, roles: [provider] }
---
{ kind: Category, code: populatie, title: { ro: Populație } }
---
kind: Service
name: GetPerson
version: 1.0.0
title: { ro: Persoană fizică, ru: Физическое лицо }
categories: [populatie]
provider: registry.persons
status: published
request: { name: Question, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: LastName, type: string, personal: true } ] }
endpoint: { rest: { url: "https://secret.invalid", method: POST } }
---
kind: Service
name: GetPerson
version: 2.0.0
title: { ro: Persoană fizică }
provider: registry.persons
status: draft
request: { name: Question, fields: [ { name: IDNP, type: idnp, mandatory: true, personal: true } ] }
response: { name: Person, fields: [ { name: Name, type: string, personal: true } ] }
endpoint: { rest: { url: "https://secret.invalid", method: POST } }
`

// newCatalogueAPI is an API whose catalogue is a real one.
func newCatalogueAPI(t *testing.T) *testAPI {
	t.Helper()
	k := keeper.New(t)
	keeper.Apply(t, k, declared)
	return newTestAPIWith(t, guide.New(k))
}

func TestCatalogue_IsReadByAnyAdministrator(t *testing.T) {
	o := newCatalogueAPI(t)
	for path, wants := range map[string][]string{
		"/v1/catalog": {`"total":1`, `"service":"GetPerson"`, `"facets"`},
		"/v1/catalog?q=fizica&personal=true&status=published&category=populatie&owner=registry": {`"total":1`, `"version":"1.0.0"`},
		"/v1/catalog?q=лицо":                             {`"version":"1.0.0"`},
		"/v1/catalog?versions=true&limit=1":              {`"total":2`},
		"/v1/catalog/GetPerson":                          {`"version":"1.0.0"`, `"fields":[{"name":"LastName"`},
		"/v1/catalog/GetPerson/2.0.0":                    {`"status":"draft"`},
		"/v1/catalog/GetPerson/history":                  {`"after":"1.0.0"`, `"what":"removed"`, `"class":"breaksAgreements"`, `"level":"major"`},
		"/v1/catalog/GetPerson/1.0.0/schema.json":        {`"$defs"`},
		"/v1/catalog/GetPerson/1.0.0/openapi.json":       {`"openapi": "3.1.0"`},
		"/v1/catalog/GetPerson/1.0.0/schema.xsd?lang=en": {"<xs:schema"},
	} {
		r := o.ask("reader-token", "GET", path, "")
		o.want(r, 200, "")
		for _, want := range wants {
			if !strings.Contains(r.body, want) {
				t.Errorf("%s lacks %s: %s", path, want, r.body)
			}
		}
		if strings.Contains(r.body, "secret.invalid") {
			t.Errorf("%s shows the way to the provider", path)
		}
	}
	for path, want := range map[string]fault.Code{
		"/v1/catalog/GetNothing": fault.ServiceUnknown, "/v1/catalog/GetPerson/7.0.0": fault.ServiceVersion, "/v1/catalog/GetNothing/history": fault.ServiceUnknown,
		"/v1/catalog/GetPerson/1.0.0/schema.doc": fault.PathUnknown,
	} {
		o.want(o.ask("reader-token", "GET", path, ""), 404, want)
	}
	for _, path := range []string{"/v1/catalog?status=live", "/v1/catalog?limit=0", "/v1/catalog?colour=red"} {
		if r := o.ask("reader-token", "GET", path, ""); r.problem(t).Code != fault.QueryInvalid {
			t.Errorf("%s: %s", path, r.body)
		}
	}
	o.want(o.ask("", "GET", "/v1/catalog", ""), 401, fault.CredentialsInvalid)
}

func TestCatalogue_ChangesAreJudgedBeforeTheyAreMade(t *testing.T) {
	o := newCatalogueAPI(t)
	r := o.ask("reader-token", "POST", "/v1/catalog/compare", `{"old":"GetPerson/1.0.0","new":"GetPerson/2.0.0","days":7}`)
	o.want(r, 200, "")
	var i catalog.Impact
	if err := json.Unmarshal([]byte(r.body), &i); err != nil || i.Demands != catalog.Major || i.Days != 7 || i.New != "GetPerson/2.0.0" {
		t.Errorf("%s %v", r.body, err)
	}
	document := `{"name":"GetPerson","version":"1.1.0","title":{"ro":"x"},"provider":"registry.persons","status":"draft",
		"request":{"name":"Q","fields":[{"name":"IDNP","type":"idnp","mandatory":true,"personal":true}]},
		"response":{"name":"Person","fields":[{"name":"LastName","type":"string","personal":true},{"name":"Age","type":"integer"}]},
		"endpoint":{"rest":{"url":"https://x.invalid","method":"POST"}}}`
	r = o.ask("reader-token", "POST", "/v1/catalog/compare", `{"old":"GetPerson/1.0.0","document":`+document+`}`)
	o.want(r, 200, "")
	if !strings.Contains(r.body, `"demands":"minor"`) || !strings.Contains(r.body, `"path":"answer.Age"`) {
		t.Errorf("%s", r.body)
	}
	o.want(o.ask("reader-token", "POST", "/v1/catalog/compare", `{"old":"GetPerson/1.0.0","new":"GetNothing/1.0.0"}`), 404, fault.ServiceUnknown)
	o.want(o.ask("reader-token", "POST", "/v1/catalog/compare", `{"old":"GetPerson/1.0.0","document":{}}`), 422, fault.ResourceInvalid)
	o.want(o.ask("reader-token", "POST", "/v1/catalog/compare", `{"old":"GetPerson/1.0.0","days":400}`), 422, fault.ResourceInvalid)
}

// TestCatalogue_VocabularyIsEditedLikeTheRest: categories, classifiers and types are resources as others are.
func TestCatalogue_VocabularyIsEditedLikeTheRest(t *testing.T) {
	o := newTestAPI(t)
	for path, document := range map[string]string{
		"/v1/categories/populatie":  `{"code":"populatie","title":{"ro":"Populație"}}`,
		"/v1/classifiers/sex/1.0.0": `{"code":"sex","version":"1.0.0","title":{"ro":"Sexul"},"entries":[{"code":"F","label":{"ro":"Feminin"},"validity":{"from":"2020-01-01T00:00:00Z"}}]}`,
		"/v1/types/Address/1.0.0":   `{"name":"Address","version":"1.0.0","title":{"ro":"Adresă"},"fields":[{"name":"Street","type":"string"},{"name":"Sex","type":"string","classifier":"sex"},{"name":"In","type":"object","ref":"Address/1.0.0"}]}`,
	} {
		o.want(o.ask("reader-token", "PUT", path, document), 403, fault.RoleMissing)
		o.want(o.ask("operator-token", "PUT", path, document), 200, "")
		r := o.ask("reader-token", "GET", path, "")
		o.want(r, 200, "")
		if !strings.Contains(r.body, `"ro"`) {
			t.Errorf("%s: %s", path, r.body)
		}
		o.want(o.ask("operator-token", "PUT", path+"x", document), 422, fault.ResourceInvalid)
		o.want(o.ask("operator-token", "DELETE", path, "", "If-Match", "*"), 204, "")
	}
}

func TestCatalogue_DeprecationNamesTheSuccessor(t *testing.T) {
	o := newTestAPI(t)
	path := "/v1/services/GetPerson/1.0.0"
	body := strings.Replace(strings.Replace(service, "%s", "published", 1), "%%", "%", -1)
	o.want(o.ask("operator-token", "PUT", path, body), 200, "")
	r := o.ask("operator-token", "POST", path+"/deprecate?successor=GetPerson/2.0.0&sunset=2199-01-01T00:00:00Z", "")
	o.want(r, 200, "")
	if !strings.Contains(r.body, `"successor":"GetPerson/2.0.0"`) || !strings.Contains(r.body, `"sunset":"2199-01-01T00:00:00Z"`) || !strings.Contains(r.body, `"deprecation"`) {
		t.Errorf("%s", r.body)
	}
	back := o.ask("operator-token", "POST", path+"/publish", "")
	o.want(back, 422, fault.ResourceInvalid)
	if !strings.Contains(back.body, string(fault.ServiceStep)) {
		t.Errorf("%s", back.body)
	}
}
