package events_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/internal/surface/events"
	"mconnect/test/must"
)

func TestTools_MySettingsAreTheCallersOwn(t *testing.T) {
	w := newTestPlatform(t, brief)
	for _, p := range protocols {
		g := w.as(t, "bank.core", p.h2).ask(t, "GET", "/ce/tools/my-settings", "")
		var mine struct {
			System, Name, Participant string
			Roles, Networks           []string
			Certificate               struct{ Fingerprint string }
			Produces                  []events.ProducedType
			Consumes                  []events.ConsumedType
		}
		if err := json.Unmarshal([]byte(g.body), &mine); err != nil || g.status != 200 || g.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s %v", g, err)
		}
		if mine.System != "bank.core" || mine.Participant != "bank" || !slices.Equal(mine.Roles, []string{"consumer"}) || mine.Networks == nil || len(mine.Certificate.Fingerprint) != 64 {
			t.Errorf("%+v", mine)
		}
		if len(mine.Produces) != 0 || len(mine.Consumes) != 1 {
			t.Fatalf("%+v", mine)
		}
		if c := mine.Consumes[0]; c.Type != invalidated || c.Title != "Document invalidated" || c.Agreement != "bank-invalidated" || c.Purpose != "acte" || !slices.Equal(c.Fields, []string{"Number"}) {
			t.Errorf("consumes %+v", c)
		}
	}
	g := w.as(t, "asp.rst", true).ask(t, "GET", "/ce/tools/my-settings", "")
	if !strings.Contains(g.body, `"urn:asp:more*"`) || !strings.Contains(g.body, `"retention": "120h0m0s"`) || strings.Contains(g.body, born) {
		t.Errorf("a producer's: %s", g.body)
	}
}

// TestTools_TestEvents: a row of the contract: only the calling consumer receives it.
func TestTools_TestEvents(t *testing.T) {
	w := newTestPlatform(t, brief)
	hall, bank := w.as(t, "hall.app", true), w.as(t, "bank.core", true)
	mine, others := hall.instance(t, ""), bank.instance(t, "")
	for name, r := range map[string]row{
		"accepted":      {system: "hall.app", body: `{"Number":"T"}`, headers: raw("t", invalidated, jsonType), status: 202},
		"no consumer":   {system: "asp.rst", body: `{}`, headers: raw("t", invalidated, jsonType), status: 401},
		"no event":      {system: "hall.app", body: `{}`, headers: []string{jsonType}, status: 400},
		"in the future": {system: "hall.app", body: `{}`, headers: raw("t", invalidated, jsonType, "ce-time: "+soon(time.Hour)), status: 400},
		"too large":     {system: "hall.app", body: strings.Repeat(" ", 1<<20+1), headers: raw("t", invalidated, jsonType), status: 413},
	} {
		if g := w.as(t, r.system, true).ask(t, "POST", "/ce/tools/consumer/test", r.body, r.headers...); g.status != r.status {
			t.Errorf("%s: %s", name, g)
		}
	}
	if g := hall.ask(t, "GET", mine+"/raw", ""); g.status != 200 || g.body != `{"Number":"T"}` || g.header.Get("Ce-Id") != "t" {
		t.Errorf("mine: %s", g)
	}
	if g := bank.ask(t, "GET", others+"/raw", ""); g.status != 204 {
		t.Errorf("somebody else's: %s", g)
	}
}

// TestTools_OpenAPIDocumentNamesEveryPath, and every path it names is served.
func TestTools_OpenAPIDocumentNamesEveryPath(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	g := c.ask(t, "GET", "/swagger/openapi.json", "")
	var doc struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]json.RawMessage
	}
	must.OK(t, json.Unmarshal([]byte(g.body), &doc))
	if doc.OpenAPI != "3.1.0" || doc.Servers[0].URL != w.url {
		t.Errorf("%s for %+v", doc.OpenAPI, doc.Servers)
	}
	for _, path := range []string{
		"/ce/produce/raw", "/ce/produce/event", "/ce/produce/events", "/ce/consume/ws", "/ce/consumers", "/ce/tools/my-settings", "/ce/tools/consumer/test", "/asyncapi",
		"/ce/tools/producer/receipt",
		"/{bridge}/ce/consumers/{group}/instances/{instance}", "/{bridge}/ce/consumers/{group}/instances/{instance}/raw",
		"/{bridge}/ce/consumers/{group}/instances/{instance}/event", "/{bridge}/ce/consumers/{group}/instances/{instance}/events",
		"/{bridge}/ce/consumers/{group}/instances/{instance}/confirm", "/{bridge}/ce/consumers/{group}/instances/{instance}/dead",
	} {
		if doc.Paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			for _, status := range []string{"429", "503"} {
				if strings.Contains(path, "/ce/") && !strings.Contains(string(operation), `"`+status+`"`) {
					t.Errorf("%s %s: %s is not described", method, path, status)
				}
			}
			target := strings.NewReplacer("{bridge}", "bridge-1", "{group}", "g", "{instance}", "x").Replace(path)
			g := c.ask(t, strings.ToUpper(method), target, "")
			if g.status == 405 || (g.status == 404 && !strings.Contains(path, "{instance}")) {
				t.Errorf("%s %s: %s", method, path, g)
			}
		}
	}
}

// TestTools_PageLoadsNothingFromElsewhere.
func TestTools_PageLoadsNothingFromElsewhere(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", false)
	if g := c.ask(t, "GET", "/swagger", ""); g.status != http.StatusPermanentRedirect || g.header.Get("Location") != "/swagger/" {
		t.Errorf("redirect: %s", g)
	}
	page := c.ask(t, "GET", "/swagger/", "")
	if page.status != 200 || !strings.HasPrefix(page.header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'") || page.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("page: %s", page)
	}
	for name, media := range map[string]string{"page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8"} {
		g := c.ask(t, "GET", "/swagger/"+name, "")
		if g.status != 200 || g.header.Get("Content-Type") != media || !strings.Contains(page.body, `"`+name+`"`) {
			t.Errorf("%s: %s", name, g)
		}
		if strings.Contains(g.body, "://") && !strings.Contains(g.body, `"wss://" + location.host`) || strings.Contains(page.body, "://") || strings.Contains(page.body, "<script>") {
			t.Errorf("%s refers to elsewhere", name)
		}
	}
	for _, lang := range []string{"ro: {", "en: {", "ru: {"} {
		if g := c.ask(t, "GET", "/swagger/page.js", ""); !strings.Contains(g.body, lang) {
			t.Errorf("no texts %s", lang)
		}
	}
}

// TestTools_AsyncAPIDocumentIsOfTheCallersTypes, and where no generator is configured there is no such path.
func TestTools_AsyncAPIDocumentIsOfTheCallersTypes(t *testing.T) {
	w := newTestPlatform(t, brief)
	g := w.as(t, "bank.core", true).ask(t, "GET", "/asyncapi", "")
	if g.status != 200 || g.header.Get("Content-Type") != "application/json" || !json.Valid([]byte(g.body)) || !strings.Contains(g.body, `"asyncapi":`) ||
		!strings.Contains(g.body, invalidated) || strings.Contains(g.body, noted) || !strings.Contains(g.body, strings.TrimPrefix(w.url, "https://")) {
		t.Errorf("%s", g)
	}
	cfg := w.surface.Config
	cfg.AsyncAPI = nil
	other := &testPlatform{url: w.serve(t, must.Get(events.New(cfg))(t)), Site: w.Site}
	if g := other.as(t, "bank.core", true).ask(t, "GET", "/asyncapi", ""); g.status != 404 {
		t.Errorf("without a generator: %s", g)
	}
}
