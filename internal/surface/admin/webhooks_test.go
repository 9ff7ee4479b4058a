package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/test/must"
)

// fakeWebhooks are two webhooks: one of a group that reads on two nodes, and one whose group has never read.
type fakeWebhooks struct {
	tested []string
	away   bool
}

func (h *fakeWebhooks) States(context.Context) ([]WebhookState, error) {
	if h.away {
		return nil, fault.Wrap(errors.New("away"), fault.StoreUnavailable)
	}
	at := time.Unix(1, 0).UTC()
	failed := Trouble{Fault: fault.New(fault.WebhookStatus, "status", "503")}
	attempt := WebhookAttempt{At: at, For: "event", Source: "urn:asp", ID: "secret-id", Number: 2, Status: 503, Seconds: 0.25, Trouble: failed}
	failing := WebhookState{
		Subscription: "core-hook", System: "hall.app", Group: "core", Node: "n1", State: "failing", Until: &at, Trouble: failed, LastAnswer: 503,
		Attempts: 2, Retried: 1, Recent: []WebhookAttempt{attempt},
		Waiting: []WebhookWaiting{{Source: "urn:asp", ID: "secret-id", Attempts: 2, First: at, Next: at, Last: []WebhookAttempt{attempt}}},
	}
	other := failing
	other.Node, other.State, other.Trouble, other.Recent, other.Waiting = "n2", "pushing", Trouble{}, nil, nil
	denied := Trouble{Fault: fault.New(fault.WebhookPermission, "status", "405", "origin", "mconnect.example")}
	never := WebhookState{Subscription: "new-hook", System: "bank.app", Group: "~default", Node: "n1", State: "refused", Trouble: denied}
	return []WebhookState{failing, other, never}, nil
}

func (h *fakeWebhooks) Test(_ context.Context, actor, system, group, reason string) (WebhookTest, error) {
	h.tested = append(h.tested, strings.Join([]string{actor, system, group, reason}, " "))
	if group != "core" {
		return WebhookTest{}, fault.New(fault.WebhookUnknown, "system", system, "group", group)
	}
	refused := Trouble{Fault: fault.New(fault.WebhookConnect, "host", "hall.example", "what", "the connection is refused")}
	return WebhookTest{Subscription: "core-hook", Event: "test-1", Record: 7, Steps: []WebhookStep{{Method: "OPTIONS", WebhookAttempt: WebhookAttempt{Trouble: refused}}}}, nil
}

func newWebhooksAPI(t *testing.T) (*testAPI, *fakeWebhooks) {
	t.Helper()
	o, h := newTestAPI(t), &fakeWebhooks{}
	cfg := o.config()
	cfg.Events, cfg.Webhooks = &fakeEvents{}, h
	surface := must.Get(New(cfg))(t)
	o.server = httptest.NewTLSServer(surface.Handler())
	t.Cleanup(o.server.Close)
	return o, h
}

// TestLag_ShowsWebhooks next to the groups that they push to, each node's; one whose target never permitted anything
// too, though its group has never read. No event is named.
func TestLag_ShowsWebhooks(t *testing.T) {
	o, h := newWebhooksAPI(t)
	r := o.ask("reader-token", "GET", "/v1/events/lag?lang=ru", "")
	o.want(r, 200, "")
	var lag struct{ Items []EventLag }
	if err := json.Unmarshal([]byte(r.body), &lag); err != nil || len(lag.Items) != 2 {
		t.Fatalf("%v: %s", err, r.body)
	}
	never, core := lag.Items[0], lag.Items[1]
	if never.System != "bank.app" || len(never.Webhooks) != 1 || never.Webhooks[0].State != "refused" || never.Webhooks[0].Code != fault.WebhookPermission ||
		!strings.Contains(never.Webhooks[0].Problem, "Получатель ответил на OPTIONS с кодом 405") || never.Webhooks[0].Remedy == "" {
		t.Errorf("%+v", never)
	}
	if core.Waiting != 7 || len(core.Webhooks) != 2 || core.Webhooks[0].Until == nil || core.Webhooks[0].Attempts != 2 || core.Webhooks[1].Code != "" {
		t.Errorf("%+v", core)
	}
	if strings.Contains(r.body, "secret-id") {
		t.Errorf("an event is named: %s", r.body)
	}
	if r := o.ask("reader-token", "GET", "/v1/events/lag?group=core", ""); strings.Contains(r.body, "bank.app") {
		t.Errorf("another group: %s", r.body)
	}
	h.away = true
	o.want(o.ask("reader-token", "GET", "/v1/events/lag", ""), 503, fault.StoreUnavailable)
}

// TestAttempts_AreForOperators, in the language that is asked for.
func TestAttempts_AreForOperators(t *testing.T) {
	o, _ := newWebhooksAPI(t)
	const path = "/v1/events/webhooks/hall.app/core/attempts"
	r := o.ask("operator-token", "GET", path+"?lang=en", "")
	o.want(r, 200, "")
	var out struct{ Items []WebhookState }
	if err := json.Unmarshal([]byte(r.body), &out); err != nil || len(out.Items) != 2 {
		t.Fatalf("%v: %s", err, r.body)
	}
	one := out.Items[0]
	if one.Recent[0].ID != "secret-id" || one.Recent[0].Problem != "The receiver answered 503." || one.Waiting[0].Last[0].Problem != "The receiver answered 503." {
		t.Errorf("%+v", one)
	}
	if r := o.ask("operator-token", "GET", path, ""); !strings.Contains(r.body, "Destinatarul a răspuns cu 503.") {
		t.Errorf("without a language: %s", r.body)
	}
	for _, who := range []string{"reader", "auditor", "nobody"} {
		if r := o.ask(who+"-token", "GET", path, ""); r.status != http.StatusForbidden && r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", who, r.status)
		}
	}
	o.want(o.ask("operator-token", "GET", "/v1/events/webhooks/hall.app/other/attempts", ""), 404, fault.WebhookUnknown)
}

// TestWebhookTests_AreOrdersOfOperators, with a reason.
func TestWebhookTests_AreOrdersOfOperators(t *testing.T) {
	o, h := newWebhooksAPI(t)
	const path = "/v1/events/webhooks/hall.app/core/test"
	for _, who := range []string{"reader", "auditor", "nobody"} {
		if r := o.ask(who+"-token", "POST", path, `{"reason":"x"}`); r.status != http.StatusForbidden && r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", who, r.status)
		}
	}
	for _, body := range []string{`{}`, `{"reason":""}`, `{"reason":"` + strings.Repeat("r", 513) + `"}`, `{"reason":"x","url":"https://evil.example"}`} {
		if r := o.ask("operator-token", "POST", path, body); r.status < 400 {
			t.Errorf("%s: %d", body, r.status)
		}
	}
	if len(h.tested) != 0 {
		t.Errorf("tested %q", h.tested)
	}
	r := o.ask("operator-token", "POST", path+"?lang=ro", `{"reason":"new address"}`)
	o.want(r, 200, "")
	for _, part := range []string{`"passed":false`, `"record":7`, "Conexiunea cu hall.example nu reușește: conexiunea este refuzată."} {
		if !strings.Contains(r.body, part) {
			t.Errorf("without %s: %s", part, r.body)
		}
	}
	o.want(o.ask("operator-token", "POST", "/v1/events/webhooks/hall.app/~default/test", `{"reason":"y"}`), 404, fault.WebhookUnknown)
	if want := []string{"ops.duty hall.app core new address", "ops.duty hall.app ~default y"}; !slices.Equal(h.tested, want) {
		t.Errorf("tested %q", h.tested)
	}
}
