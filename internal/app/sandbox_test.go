package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/manifest"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
	"mconnect/verify"
)

// tried is what the sandbox answered.
type tried struct {
	status int
	header http.Header
	body   string
}

// try asks the sandbox as the town hall.
func (r *running) try(path, body string, header http.Header) tried {
	r.w.t.Helper()
	web := r.w.hall()
	defer web.CloseIdleConnections()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	req := must.Get(http.NewRequest(method, "https://"+r.Addrs().Sandbox+path, strings.NewReader(body)))(r.w.t)
	req.Header = header
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	if res.Header.Get("MConnect-Sandbox") != "1" {
		r.w.t.Errorf("%s: an answer of the sandbox does not say so: %v", path, res.Header)
	}
	return tried{res.StatusCode, res.Header, string(must.Get(io.ReadAll(res.Body))(r.w.t))}
}

// more declares services that the town hall has no agreement for, one a draft that may be tried, one a draft that may
// not.
const more = `
kind: Service
name: GetSalary
version: 1.0.0
title: { ro: Salariu }
provider: registry.persons
status: published
subject: IDNP
keep_bodies: 24h
request: { name: Question, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
response: { name: Salary, fields: [{ name: IDNP, type: idnp }, { name: LastName, type: string }, { name: Amount, type: decimal, minimum: "100", maximum: "200" }] }
endpoint: { rest: { url: "https://127.0.0.1:1", method: POST } }
---
kind: Service
name: GetFuture
version: 1.0.0
title: { ro: Viitor }
provider: registry.persons
status: draft
sandbox: true
request: { name: Question, fields: [{ name: Code, type: string }] }
response: { name: Future, fields: [{ name: Code, type: string }, { name: Kind, type: string, enum: [a, b] }] }
endpoint: { rest: { url: "https://127.0.0.1:1", method: POST } }
---
kind: Service
name: GetSecret
version: 1.0.0
title: { ro: Secret }
provider: registry.persons
status: draft
request: { name: Question, fields: [{ name: Code, type: string }] }
response: { name: Secret, fields: [{ name: Kind, type: string }] }
endpoint: { rest: { url: "https://127.0.0.1:1", method: POST } }
---
kind: Service
name: GetExtract
version: 1.0.0
title: { ro: Extras }
provider: registry.persons
status: published
subject: IDNP
request: { name: Question, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
opaque: { media_types: [application/pdf], personal: true }
endpoint: { rest: { url: "https://127.0.0.1:1", method: POST } }
`

// sandboxOf starts a platform with a sandbox, and a register that must never be asked.
func sandboxOf(t *testing.T, w *testPlatform) *running {
	t.Helper()
	w.cfg.Sandbox.Listen = "127.0.0.1:0"
	w.answers(func(http.ResponseWriter, *http.Request) { t.Error("a provider was asked from the sandbox") })
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	must.Get(r.Country.Apply(t.Context(), "tester", must.Get(manifest.Parse("more.yaml", []byte(more), nil))(t), false))(t)
	return r
}

func basis(said string) http.Header {
	h := lawful()
	h.Set("CallBasis", said)
	h.Set("CallReason", "orice dosar")
	return h
}

const asked = `{"IDNP":"2999000006393"}`

func TestSandbox_AnswersWithoutAnAgreement(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		r := sandboxOf(t, w)
		got := r.try("/api/v1/GetSalary", asked, basis("Legea oarecare, art. 5"))
		var salary struct{ IDNP, LastName, Amount string }
		if err := json.Unmarshal([]byte(got.body), &salary); err != nil || got.status != http.StatusOK {
			t.Fatalf("%d %s %v", got.status, got.body, err)
		}
		if salary.IDNP != "2999000006393" || salary.LastName != "Sintetic-0639" || len(salary.Amount) != 3 {
			t.Errorf("%+v", salary)
		}
		if again := r.try("/api/v1/GetSalary", asked, basis("Legea oarecare, art. 5")); again.body != got.body {
			t.Errorf("asked again: %s, then %s", got.body, again.body)
		}
		if got = r.try("/api/v1/GetSalary", asked, basis("")); got.status != http.StatusBadRequest || !strings.Contains(got.body, "context.missing") {
			t.Errorf("without a basis: %d %s", got.status, got.body)
		}
		bad := basis("Legea oarecare")
		bad.Set("CallingEntity", "1999900000025") // another's
		if got = r.try("/api/v1/GetSalary", asked, bad); got.status != http.StatusForbidden || !strings.Contains(got.body, "caller.entity") {
			t.Errorf("in another's name: %d %s", got.status, got.body)
		}
		if got = r.try("/api/v1/GetSalary", `{"IDNP":"2999000006390"}`, basis("Legea")); got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest {
			t.Errorf("a wrong check digit: %d %s", got.status, got.body)
		}
		r.end()
	})
}

func TestSandbox_AppliesARealAgreement(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	got := r.try("/api/v1/GetPerson", asked, lawful())
	if got.status != http.StatusOK || strings.Contains(got.body, "Secret") || !strings.Contains(got.body, `"LastName":"Sintetic-0639"`) {
		t.Errorf("cut as it will be: %d %s", got.status, got.body)
	}
	if got = r.try("/api/v1/GetPerson", asked, basis("Altă lege")); got.status != http.StatusForbidden || !strings.Contains(got.body, `"purpose.basis"`) {
		t.Errorf("another basis than agreed: %d %s", got.status, got.body)
	}
}

func TestSandbox_KnowsDraftsThatMayBeTried(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	got := r.try("/api/v1/GetFuture/1.0.0", `{"Code":"x7"}`, basis("Legea"))
	if got.status != http.StatusOK || !strings.Contains(got.body, `"Code":"x7"`) {
		t.Errorf("a draft that may be tried: %d %s", got.status, got.body)
	}
	if got = r.try("/api/v1/GetSecret", `{"Code":"x7"}`, basis("Legea")); got.status != http.StatusNotFound || !strings.Contains(got.body, "service.unknown") {
		t.Errorf("a draft that may not: %d %s", got.status, got.body)
	}
}

// TestSandbox_OffersEverything: before anything is agreed, lists and WSDLs show what may be called here.
func TestSandbox_OffersEverything(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	got := r.try("/soap/hall.app?wsdl", "", http.Header{})
	for _, name := range []string{"GetSalary", "GetFuture", "GetPerson"} {
		if !strings.Contains(got.body, `<wsdl:operation name="`+name+`"`) {
			t.Errorf("the WSDL lacks %s: %d %.300s", name, got.status, got.body)
		}
	}
	if strings.Contains(got.body, "GetSecret") || !strings.Contains(got.body, "/soap/hall.app") {
		t.Errorf("WSDL %.500s", got.body)
	}
	if nobody := r.try("/soap/no.body?wsdl", "", http.Header{}); strings.Contains(nobody.body, "GetSalary") {
		t.Errorf("a system that is not registered is offered something: %s", nobody.body)
	}
	list := r.try("/api/v1/services", "", http.Header{})
	var offers struct {
		Services []struct{ Service, Agreement string }
	}
	if err := json.Unmarshal([]byte(list.body), &offers); err != nil {
		t.Fatalf("%v %s", err, list.body)
	}
	by := map[string]string{}
	for _, o := range offers.Services {
		by[o.Service] = o.Agreement
	}
	if by["GetPerson"] != "hall.person" || !strings.HasPrefix(by["GetSalary"], "sandbox.") || by["GetExtract"] == "" || by["GetSecret"] != "" {
		t.Errorf("offers %v", by)
	}
}

func TestSandbox_SaysNotFoundForNobody(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	got := r.try("/sandbox", "", http.Header{})
	var about struct {
		Sandbox  bool
		Key      string            `json:"journal_key"`
		Ranges   map[string]string `json:"ranges"`
		NotFound map[string]string `json:"not_found"`
	}
	if err := json.Unmarshal([]byte(got.body), &about); err != nil || !about.Sandbox || about.Ranges["idnp"] != "2999" {
		t.Fatalf("%s %v", got.body, err)
	}
	for _, number := range []string{about.NotFound["idnp"], "2000000000004"} {
		// nobody; and one that the state could assign
		if got = r.try("/api/v1/GetSalary", `{"IDNP":"`+number+`"}`, basis("Legea")); got.status != http.StatusNotFound || !strings.Contains(got.body, "subject.notFound") {
			t.Errorf("%s: %d %s", number, got.status, got.body)
		}
	}
	got = r.try("/api/v1/GetExtract", asked, basis("Legea"))
	if got.status != http.StatusOK || !strings.HasPrefix(got.body, "%PDF-1.4") || got.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("a document: %d %v %.20s", got.status, got.header, got.body)
	}
}

// TestSandbox_RecordsStandApart: a call in the sandbox is recorded and proven, and is not in the journal of the real
// ones.
func TestSandbox_RecordsStandApart(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		r := sandboxOf(t, w)
		before := must.Get(r.Log().Head(t.Context()))(t)
		got := r.try("/api/v1/GetSalary", asked, basis("Legea"))
		refused := r.try("/api/v1/GetPerson", asked, basis("Altă lege"))
		if got.header.Get("Mconnect-Record") == "" {
			t.Fatalf("no record: %v", got.header)
		}
		after := must.Get(r.Log().Head(t.Context()))(t)
		if after.Size != before.Size {
			t.Errorf("the journal grew from %d to %d", before.Size, after.Size)
		}
		var about struct {
			Key string `json:"journal_key"`
		}
		must.OK(t, json.Unmarshal([]byte(r.try("/sandbox", "", http.Header{}).body), &about))
		key := must.Get(verify.ParseKey(about.Key))(t)
		for _, call := range []tried{got, refused} {
			id := call.header.Get("Mconnect-Call-Id")
			proof := r.try("/api/v1/evidence/"+id, "", http.Header{})
			proven, err := verify.Evidence([]byte(proof.body), key)
			if err != nil || !strings.Contains(string(proven.Record), id) || strings.Contains(string(proven.Record), "2999000006393") {
				t.Errorf("evidence of %s: %v %s", id, err, proof.body)
			}
			if _, err := verify.Evidence([]byte(proof.body), r.Key); err == nil {
				t.Error("evidence of the sandbox passes for the journal's")
			}
			if intent := r.try("/api/v1/evidence/"+id+"?part=intent", "", http.Header{}); intent.status != http.StatusOK {
				t.Errorf("intent: %d %s", intent.status, intent.body)
			}
		}
		if lost := r.try("/api/v1/evidence/01977bd0-0000-7000-8000-000000000001", "", http.Header{}); lost.status != http.StatusNotFound {
			t.Errorf("a call that never was: %d", lost.status)
		}
		r.end()
		verified(t, w)
	})
}

func TestSandbox_FollowsTheCountry(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	if got := r.try("/api/v1/GetSalary", asked, basis("Legea")); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	agreed := `{ kind: Agreement, id: hall.salary, consumer: hall.app, service: GetSalary, version: 1.0.0, purposes: [{ code: ajutor, title: { ro: Ajutor },
		legal_basis: { act: Legea, article: art. 1 }, accepts: [Legea], fields: [Amount] }] }`
	must.Get(r.Country.Apply(t.Context(), "tester", must.Get(manifest.Parse("agreed.yaml", []byte(agreed), nil))(t), false))(t)
	if got := r.try("/api/v1/GetSalary", asked, basis("Legea")); got.status != http.StatusOK || strings.Contains(got.body, "LastName") {
		t.Errorf("after an agreement: %d %s", got.status, got.body)
	}
	must.OK(t, r.Editor().Delete(t.Context(), admin.Act{Actor: "ops"}, "Agreement", "hall.salary", -1))
	if got := r.try("/api/v1/GetSalary", asked, basis("Legea")); got.status != http.StatusOK || !strings.Contains(got.body, "LastName") {
		t.Errorf("after its end: %d %s", got.status, got.body)
	}
	if got := r.try("/api/v1/GetFuture", `{"Code":"x7"}`, basis("Legea")); got.status != http.StatusOK {
		t.Errorf("a draft: %d %s", got.status, got.body)
	}
	must.OK(t, r.Editor().Delete(t.Context(), admin.Act{Actor: "ops"}, "Service", "GetFuture/1.0.0", -1))
	if got := r.try("/api/v1/GetFuture", `{"Code":"x7"}`, basis("Legea")); got.status != http.StatusNotFound {
		t.Errorf("a removed service: %d %s", got.status, got.body)
	}
}

func TestSandbox_NoSandboxUnlessConfigured(t *testing.T) {
	w := newTestPlatform(t)
	r := w.start()
	if at := r.Addrs().Sandbox; at != "" {
		t.Errorf("a sandbox at %s", at)
	}
	r.end()
	w.cfg.Sandbox.Listen = r.Addrs().Exchange[:strings.LastIndexByte(r.Addrs().Exchange, ':')] + ":http-no-such-port"
	if _, err := app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); err == nil {
		t.Error("started on a bad address")
	} else if fault.From(err).Code == "" {
		t.Error(err)
	}
}
