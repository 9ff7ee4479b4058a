package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/test/must"
)

const (
	aspBody    = `{"id":"asp","idno":"1999900000014","name":{"ro":"Agenția EXEMPLU"},"sector":"public","level":"central"}`
	systemBody = `{"id":"asp.rsp","name":{"ro":"Registru"},"roles":["provider"],"networks":["10.1.0.0/16"]}`
	agreeBody  = `{"id":"a.1","consumer":"aa.bb","service":"GetPerson","version":"1.0.0","purposes":[{"code":"ajutor","title":{"ro":"T"},"legal_basis":{"act":"L","article":"1"},"accepts":["L"],"fields":["*"]}]}`
	eventBody  = `{"name":"ASP.RSC.Birth.Registered","version":"1.0.0","owner":"asp","title":{"ro":"T"},"description":{"ro":"D"},"status":"published","retention":"72h","schema":{"type":"object","properties":{"A":{"type":"integer","maximum":9007199254740993}}},"example":{"A":1},"producers":[{"system":"asp.rsc","sources":["urn:x*"]}]}`
	subscribed = `{"id":"hall.births","system":"hall.desk","types":["ASP.RSC.Birth.Registered"],"filters":[{"not":{"any":[{"exact":{"source":"urn:x"}}]}}],"delivery":{"mode":"webhook","webhook":{"url":"https://a.example/","schedule":{"first":"1s"}}}}`
	agreeEvent = `{"id":"a.2","consumer":"aa.bb","event":"ASP.RSC.Birth.Registered","purposes":[{"code":"ajutor","title":{"ro":"T"},"legal_basis":{"act":"L","article":"1"},"fields":["*"]}],"account":{"basis":"L","reason":"$.R","subject":"$.S","sources":[{"source":"urn:x","reason":"r"}]}}`
	service    = `{"name":"GetPerson","version":"1.0.0","title":{"ro":"T"},"provider":"asp.rsp","status":"%s","request":{"name":"Q","fields":[{"name":"IDNP","type":"idnp"}]},"response":{"name":"P","fields":[{"name":"Children","type":"array","items":{"name":"","type":"object","fields":[{"name":"X","type":"string"}]}}]},"read_only":true,"endpoint":{"rest":{"url":"https://localhost","method":"POST"}}}`
)

func TestResources_LifeOfAResource(t *testing.T) {
	o := newTestAPI(t)
	for path, body := range map[string]string{
		"/v1/participants/asp":                     aspBody,
		"/v1/systems/asp.rsp":                      systemBody,
		"/v1/agreements/a.1":                       agreeBody,
		"/v1/services/GetPerson/1.0.0":             fmt.Sprintf(service, "draft"),
		"/v1/certificates/ff00":                    `{"id":"ff00","system":"asp.rsp","pem":"x"}`,
		"/v1/agreements/a.2":                       agreeEvent,
		"/v1/subscriptions/hall.births":            subscribed,
		"/v1/event-types/ASP.RSC.Birth.Registered": eventBody,
	} {
		o.want(o.ask("operator-token", "GET", path, ""), 404, fault.ResourceUnknown)
		made := o.ask("operator-token", "PUT", path, body)
		o.want(made, 200, "")
		o.want(o.ask("operator-token", "PUT", path, body), 409, fault.ResourceConflict)
		o.want(o.ask("operator-token", "PUT", path, body, "If-None-Match", "*"), 409, fault.ResourceConflict)
		o.want(o.ask("operator-token", "PUT", path, body, "If-Match", `"9999"`), 409, fault.ResourceConflict)
		again := o.ask("operator-token", "PUT", path, body, "If-Match", made.header.Get("ETag"))
		o.want(again, 200, "")
		if again.header.Get("ETag") == made.header.Get("ETag") {
			t.Errorf("%s: the revision did not move", path)
		}
		o.want(o.ask("operator-token", "PUT", path, body, "If-Match", "*"), 200, "")
		got := o.ask("reader-token", "GET", path, "")
		var r Resource
		if err := json.Unmarshal([]byte(got.body), &r); err != nil || r.ChangedBy != "ops.duty" || len(r.Document) == 0 {
			t.Errorf("%s: %v %+v", path, err, r)
		}
		var history struct{ Items []Resource }
		if err := json.Unmarshal([]byte(o.ask("reader-token", "GET", path+"/history", "").body), &history); err != nil || len(history.Items) != 3 {
			t.Errorf("%s: %d revisions in history, %v", path, len(history.Items), err)
		}
		o.want(o.ask("operator-token", "DELETE", path, ""), 400, fault.QueryInvalid)
		o.want(o.ask("operator-token", "DELETE", path, "", "If-Match", `"1"`), 409, fault.ResourceConflict)
		o.want(o.ask("operator-token", "DELETE", path, "", "If-Match", got.header.Get("ETag")), 204, "")
		o.want(o.ask("operator-token", "DELETE", path, "", "If-Match", "*"), 404, fault.ResourceUnknown)
	}
}

func TestResources_PagesListEverythingOnce(t *testing.T) {
	o := newTestAPI(t)
	for i := range 7 {
		body := strings.Replace(aspBody, `"asp"`, fmt.Sprintf(`"asp%d"`, i), 1)
		o.want(o.ask("operator-token", "PUT", fmt.Sprintf("/v1/participants/asp%d", i), body), 200, "")
	}
	seen, cursor, pages := map[string]bool{}, "", 0
	for {
		var p struct {
			Items []Resource
			Next  string
		}
		r := o.ask("reader-token", "GET", "/v1/participants?limit=3&cursor="+cursor, "")
		o.want(r, 200, "")
		must.OK(t, json.Unmarshal([]byte(r.body), &p))
		for _, item := range p.Items {
			if seen[item.ID] {
				t.Errorf("%s twice", item.ID)
			}
			seen[item.ID] = true
		}
		pages++
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 7 || pages != 3 {
		t.Errorf("%d resources in %d pages", len(seen), pages)
	}
	if r := o.ask("reader-token", "GET", "/v1/systems", ""); !strings.Contains(r.body, `"items":[]`) {
		t.Errorf("an empty list is %s", r.body)
	}
}

// TestResources_BadInput: each mistake has its code, and where it is in a document, the place.
func TestResources_BadInput(t *testing.T) {
	o := newTestAPI(t)
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code                     fault.Code
		place                    string
		field                    fault.Code
	}{
		{"not JSON", "PUT", "/v1/participants/asp", `{`, nil, 400, fault.MessageMalformed, "", ""},
		{"a name twice", "PUT", "/v1/participants/asp", `{"id":"asp","id":"bsp"}`, nil, 400, fault.MessageMalformed, "", ""},
		{"bytes that are no text", "PUT", "/v1/participants/asp", "{\"id\":\"\xff\"}", nil, 400, fault.MessageMalformed, "", ""},
		{"unknown field", "PUT", "/v1/participants/asp", strings.Replace(aspBody, `"level"`, `"levl"`, 1), nil, 422, fault.ResourceInvalid, "/levl", fault.InputUnknownField},
		{"missing field", "PUT", "/v1/participants/asp", `{"id":"asp","name":{"ro":"x"},"sector":"public"}`, nil, 422, fault.ResourceInvalid, "/idno", fault.InputMissing},
		{"wrong type", "PUT", "/v1/participants/asp", strings.Replace(aspBody, `"1999900000014"`, `1999900000014`, 1), nil, 422, fault.ResourceInvalid, "/idno", fault.InputType},
		{"wrong type inside", "PUT", "/v1/agreements/a.1", strings.Replace(agreeBody, `"act":"L"`, `"act":7`, 1), nil, 422, fault.ResourceInvalid, "/purposes/0/legal_basis/act", fault.InputType},
		{"another id", "PUT", "/v1/participants/bsp", aspBody, nil, 422, fault.ResourceInvalid, "/id", fault.InputFormat},
		{"too large", "PUT", "/v1/participants/asp", `{"id":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413, fault.MessageTooLarge, "", ""},
		{"not JSON by type", "PUT", "/v1/participants/asp", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, fault.MessageMediaType, "", ""},
		{"strange revision", "PUT", "/v1/participants/asp", aspBody, []string{"If-Match", `"abc"`}, 400, fault.QueryInvalid, "", ""},
		{"two conditions", "PUT", "/v1/participants/asp", aspBody, []string{"If-Match", `"1"`, "If-None-Match", "*"}, 400, fault.QueryInvalid, "", ""},
		{"strange cursor", "GET", "/v1/participants?cursor=x", "", nil, 400, fault.QueryInvalid, "", ""},
		{"limit too high", "GET", "/v1/participants?limit=1001", "", nil, 400, fault.QueryInvalid, "", ""},
		{"unknown parameter", "GET", "/v1/participants?limt=1", "", nil, 400, fault.QueryInvalid, "", ""},
		{"unknown path", "GET", "/v1/nothing", "", nil, 404, fault.PathUnknown, "", ""},
		{"wrong method", "POST", "/v1/participants", "{}", nil, 405, fault.MethodNotAllowed, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := *o
			o.t = t
			r := o.ask("operator-token", c.method, c.path, c.body, c.headers...)
			o.want(r, c.status, c.code)
			if c.place == "" {
				return
			}
			for _, f := range r.problem(t).Fields {
				if f.Path == c.place && f.Code == c.field && f.Detail != "" {
					return
				}
			}
			t.Errorf("no %s at %s in %s", c.field, c.place, r.body)
		})
	}
	if allow := o.ask("operator-token", "POST", "/v1/participants", "{}").header.Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("Allow: %q", allow)
	}
}

func statusIn(t *testing.T, r reply) string {
	t.Helper()
	var got struct {
		Document struct{ Status, Revoked_at, Sunset string }
	}
	must.OK(t, json.Unmarshal([]byte(r.body), &got))
	return got.Document.Status
}

func TestResources_SuspendAndResume(t *testing.T) {
	o := newTestAPI(t)
	for path, body := range map[string]string{"/v1/participants/asp": aspBody, "/v1/systems/asp.rsp": systemBody, "/v1/agreements/a.1": agreeBody} {
		o.want(o.ask("operator-token", "POST", path+"/suspend", ""), 404, fault.ResourceUnknown)
		o.want(o.ask("operator-token", "PUT", path, body), 200, "")
		if got := statusIn(t, o.ask("operator-token", "POST", path+"/suspend", "")); got != "suspended" {
			t.Errorf("%s: %q after suspend", path, got)
		}
		if got := statusIn(t, o.ask("operator-token", "POST", path+"/resume", "")); got != "active" {
			t.Errorf("%s: %q after resume", path, got)
		}
	}
	o.want(o.ask("operator-token", "POST", "/v1/agreements/a.1/terminate", ""), 200, "")
	o.want(o.ask("operator-token", "POST", "/v1/agreements/a.1/resume", ""), 422, fault.ResourceInvalid)
	o.want(o.ask("operator-token", "PUT", "/v1/certificates/ff00", `{"id":"ff00","system":"asp.rsp","pem":"x"}`), 200, "")
	if r := o.ask("operator-token", "POST", "/v1/certificates/ff00/revoke", ""); !strings.Contains(r.body, "revoked_at") {
		t.Errorf("not revoked: %s", r.body)
	}
}

func TestResources_ServiceLifeGoesForwardOnly(t *testing.T) {
	o := newTestAPI(t)
	path := "/v1/services/GetPerson/1.0.0"
	o.want(o.ask("operator-token", "PUT", path, fmt.Sprintf(service, "draft")), 200, "")
	for _, step := range [][2]string{{"publish", "published"}, {"deprecate", "deprecated"}, {"retire", "retired"}} {
		r := o.ask("operator-token", "POST", path+"/"+step[0], "")
		o.want(r, 200, "")
		if got := statusIn(t, r); got != step[1] {
			t.Errorf("%s: %q", step[0], got)
		}
		if step[0] == "deprecate" && !strings.Contains(r.body, `"sunset"`) {
			t.Errorf("deprecated without a sunset: %s", r.body)
		}
	}
	o.want(o.ask("operator-token", "POST", path+"/publish", ""), 422, fault.ResourceInvalid)
}

// TestDeprecate_SunsetIsAWholeDay: a day counts to its end in Chișinău, summer and winter, and a moment is a moment.
func TestDeprecate_SunsetIsAWholeDay(t *testing.T) {
	o := newTestAPI(t)
	for n, c := range [][2]string{
		{"2029-06-30", "2029-06-30T21:00:00Z"}, {"31.12.2029", "2029-12-31T22:00:00Z"}, {"2029-06-30T08:00:00Z", "2029-06-30T08:00:00Z"},
		{"2029-02-29", ""}, {"soon", ""}, {"2029-06-30T08:00", ""},
	} {
		path := fmt.Sprintf("/v1/services/GetPerson/1.%d.0", n)
		o.want(o.ask("operator-token", "PUT", path, strings.Replace(fmt.Sprintf(service, "published"), `"1.0.0"`, fmt.Sprintf(`"1.%d.0"`, n), 1)), 200, "")
		r := o.ask("operator-token", "POST", path+"/deprecate?sunset="+url.QueryEscape(c[0]), "")
		if c[1] == "" {
			o.want(r, 400, fault.QueryInvalid)
			continue
		}
		if o.want(r, 200, ""); !strings.Contains(r.body, `"sunset":"`+c[1]+`"`) {
			t.Errorf("%s: %s", c[0], r.body)
		}
	}
}

// TestResources_TransitionSurvivesAConcurrentChange: the step is made on the newer state, nobody's change is lost.
func TestResources_TransitionSurvivesAConcurrentChange(t *testing.T) {
	o := newTestAPI(t)
	o.want(o.ask("operator-token", "PUT", "/v1/participants/asp", aspBody), 200, "")
	o.country.meddle = func() {
		changed := strings.Replace(aspBody, "EXEMPLU", "EXEMPLU 2", 1)
		if _, err := o.country.Put(t.Context(), Act{Actor: "other"}, KindParticipant, []byte(changed), BaseAny); err != nil {
			t.Error(err)
		}
	}
	r := o.ask("operator-token", "POST", "/v1/participants/asp/suspend", "")
	o.want(r, 200, "")
	if !strings.Contains(r.body, "EXEMPLU 2") || statusIn(t, r) != "suspended" {
		t.Errorf("a change was lost: %s", r.body)
	}
}

func TestResources_Apply(t *testing.T) {
	o := newTestAPI(t)
	yaml := []string{"Content-Type", "application/yaml"}
	r := o.ask("operator-token", "POST", "/v1/apply?dry_run=true", "kind: System\n", yaml...)
	o.want(r, http.StatusOK, "")
	if !strings.Contains(r.body, `"applied":false`) || !strings.Contains(r.body, `"action":"create"`) || len(o.country.applied) != 0 {
		t.Errorf("dry run: %s", r.body)
	}
	r = o.ask("operator-token", "POST", "/v1/apply", "kind: System\n", yaml...)
	o.want(r, http.StatusOK, "")
	if !strings.Contains(r.body, `"applied":true`) || len(o.country.applied) != 1 || string(o.country.applied[0]) != "kind: System\n" {
		t.Errorf("apply: %s", r.body)
	}
	o.want(o.ask("operator-token", "POST", "/v1/apply", "nonsense", yaml...), 422, fault.ResourceInvalid)
	r = o.ask("operator-token", "POST", "/v1/apply", strings.Repeat("#", maxSet+1), yaml...)
	o.want(r, 413, fault.MessageTooLarge)
	if p := r.problem(t); p.Params["limit"] != "33554432" { // the limit of the operation, not that of one document
		t.Errorf("too large: %v", p.Params)
	}
}
