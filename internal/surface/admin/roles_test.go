package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/test/must"
)

// described is the part of the description that tests read.
type described struct {
	Paths map[string]map[string]struct {
		OperationID string                                        `json:"operationId"`
		Role        string                                        `json:"x-role"`
		Security    []map[string]any                              `json:"security"`
		Responses   map[string]struct{ Content map[string]any }   `json:"responses"`
		RequestBody *struct{ Content map[string]json.RawMessage } `json:"requestBody"`
	}
}

func describe(t *testing.T, o *testAPI) described {
	t.Helper()
	var api described
	must.OK(t, json.Unmarshal([]byte(o.ask("", "GET", "/openapi.json", "").body), &api))
	return api
}

// newWholeAPI serves every operation that there is.
func newWholeAPI(t *testing.T) *testAPI {
	t.Helper()
	o := newCatalogueAPI(t)
	cfg := o.config()
	cfg.Events, cfg.Files, cfg.People = &fakeEvents{}, &fakeFiles{}, &fakePeople{}
	cfg.Metadata = func(string) ([]byte, error) { return []byte("{}"), nil }
	surface := must.Get(New(cfg))(t)
	o.server = httptest.NewServer(surface.Handler())
	t.Cleanup(o.server.Close)
	return o
}

// exceptions are the operations that are neither a reader's reading nor an operator's change: which credentials they
// take.
var exceptions = map[string]string{
	"get /healthz": "everybody", "get /readyz": "everybody",

	"post /v1/journal/search": "auditor", "post /v1/journal/readings": "auditor",
	"post /v1/journal/report": "auditor", "get /v1/journal/{index}": "auditor", "get /v1/journal/{index}/evidence": "auditor",
	"get /v1/journal/tail": "auditor", "get /v1/journal/export": "auditor",
	"get /tlog/tile/entries/{place}": "auditor", "post /v1/events/search": "auditor", "get /v1/events/log/{index}/history": "auditor",
	"get /v1/events/dead/{id}": "auditor", "get /v1/events/dead": "operator",

	"post /v1/journal/erase": "operator dpo", "post /v1/journal/erase/{id}/approve": "operator dpo",
	"post /v1/journal/erase/{id}/reject": "operator dpo", "get /v1/journal/erase": "operator dpo auditor",

	"get /v1/people": "operator auditor", "get /v1/people/{id}": "operator auditor",
	"get /v1/memberships": "operator auditor",

	"post /v1/catalog/compare": "reader operator auditor dpo",
}

// expected reports which credentials an operation takes.
func expected(method, path string) string {
	if except, ok := exceptions[method+" "+path]; ok {
		return except
	}
	if method != "get" || strings.HasPrefix(path, "/debug/") {
		return "operator"
	}
	return "reader operator auditor dpo"
}

// TestRoles_EveryOperationTakesItsRolesOnly walks every operation of the description with every credential.
func TestRoles_EveryOperationTakesItsRolesOnly(t *testing.T) {
	o := newWholeAPI(t)
	walked, met := 0, map[string]bool{}
	for path, methods := range describe(t, o).Paths {
		for method, op := range methods {
			key := method + " " + path
			met[key] = true
			roles := expected(method, path)
			if anyone := len(op.Security) == 1 && len(op.Security[0]) == 0; anyone != (roles == "everybody") {
				t.Errorf("%s: the description says that everybody may: %t", key, anyone)
			}
			concrete := strings.NewReplacer("{index}", "1", "{id}", "1", "{name}", "Aa", "{version}", "1.0.0", "{level}", "0", "{place}", "000",
				"{form}", "schema.json", "{service}", "Aa").Replace(path)
			if strings.HasSuffix(concrete, "/profile") {
				concrete += "?seconds=1"
			}
			for _, role := range []string{"reader", "operator", "auditor", "dpo"} {
				walked++
				r := o.ask(role+"-token", strings.ToUpper(method), concrete, "", "Content-Type", "application/json")
				allowed := roles == "everybody" || strings.Contains(roles, role)
				if refused := r.status == http.StatusForbidden; refused == allowed || r.status == http.StatusUnauthorized {
					t.Errorf("%s as %s: %d %.200s", key, role, r.status, r.body)
				}
				if !allowed {
					o.want(r, http.StatusForbidden, fault.RoleMissing)
				}
			}
		}
	}
	for key := range exceptions {
		if !met[key] {
			t.Errorf("%s is described nowhere", key)
		}
	}
	if walked < 4*90 {
		t.Errorf("only %d walked", walked)
	}
}

// TestErasure_WantsTwoPersons: an auditor may not; an operator proposes and another person approves.
func TestErasure_WantsTwoPersons(t *testing.T) {
	o := newTestAPI(t)
	const proposal = `{"subject":"2999000006393","reason":"decision 4"}`
	o.want(o.ask("auditor-token", "POST", "/v1/journal/erase", proposal), http.StatusForbidden, fault.RoleMissing)
	r := o.ask("operator-token", "POST", "/v1/journal/erase", proposal)
	o.want(r, http.StatusAccepted, "")
	var e Erasure
	if err := json.Unmarshal([]byte(r.body), &e); err != nil || e.State != "pending" || e.ProposedBy != "ops.duty" || len(o.country.erased) > 0 {
		t.Fatalf("%s, %v", r.body, err)
	}
	approve := fmt.Sprintf("/v1/journal/erase/%d/approve", e.ID)
	const stated = `{"subject":"2999000006393"}`
	o.want(o.ask("auditor-token", "POST", approve, stated), http.StatusForbidden, fault.RoleMissing)
	o.want(o.ask("operator-token", "POST", approve, stated), http.StatusForbidden, fault.ErasureOwn)
	o.want(o.ask("dpo-token", "POST", approve, "{}"), http.StatusUnprocessableEntity, fault.ResourceInvalid)
	if len(o.country.erased) > 0 {
		t.Fatal("erased before the approval")
	}
	o.want(o.ask("dpo-token", "POST", approve, stated), http.StatusOK, "")
	if len(o.country.erased) != 1 {
		t.Errorf("erased %v", o.country.erased)
	}
	o.want(o.ask("auditor-token", "GET", "/v1/journal/erase", ""), http.StatusOK, "")
}
