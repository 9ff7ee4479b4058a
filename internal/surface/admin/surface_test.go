package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/test/must"
)

func TestSurface_ConfigIsChecked(t *testing.T) {
	o := newTestAPI(t)
	for name, spoil := range map[string]func(*Config){
		"resources": func(c *Config) { c.Resources = nil }, "editor": func(c *Config) { c.Editor = nil },
		"records": func(c *Config) { c.Records = nil }, "tiles": func(c *Config) { c.Tiles = nil },
		"ledger": func(c *Config) { c.Ledger = nil }, "metrics": func(c *Config) { c.Metrics = nil },
		"readiness":      func(c *Config) { c.Ready = nil },
		"administrators": func(c *Config) { c.Administrators = []Administrator{{}} },
	} {
		cfg := o.config()
		spoil(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("accepted without %s", name)
		}
	}
}

func TestSurface_ProblemSpeaksTheReadersLanguage(t *testing.T) {
	o := newTestAPI(t)
	said := map[string]bool{}
	for accept, want := range map[string]string{"": "ro", "en-GB,en;q=0.9": "en", "ru": "ru", "de, ru;q=0.5": "ru", "fr": "ro"} {
		r := o.ask("reader-token", "GET", "/v1/systems/none.none", "", "Accept-Language", accept)
		o.want(r, 404, fault.ResourceUnknown)
		p := r.problem(t)
		if got := r.header.Get("Content-Language"); got != want {
			t.Errorf("%q: answered in %q", accept, got)
		}
		if p.Type != "urn:mconnect:fault:resource.unknown" || p.Status != 404 || p.Detail == "" || p.Remedy == "" || p.Leg == "" || p.Party == "" {
			t.Errorf("%q: %+v", accept, p)
		}
		said[p.Detail] = true
	}
	if len(said) != 3 {
		t.Errorf("%d different sentences: %v", len(said), said)
	}
	r := o.ask("reader-token", "GET", "/nowhere", "", "Accept-Language", "en")
	if r.header.Get("Content-Language") != "en" {
		t.Errorf("outside the typed API: %v", r.header)
	}
}

// TestSurface_NothingInternalLeaks: a cause is for our log, once, and never for the peer; a panic ends one request.
func TestSurface_NothingInternalLeaks(t *testing.T) {
	o := newTestAPI(t)
	var log bytes.Buffer
	cfg := o.config()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	cfg.Ready = func(context.Context) error { return errSecret }
	cfg.Resources = panicking{cfg.Resources}
	surface := must.Get(New(cfg))(t)
	for _, c := range []struct {
		path   string
		status int
	}{{"/readyz", 503}, {"/v1/systems/boom.boom", 500}, {"/v1/systems/fail.fail", 500}, {"/v1/systems/slow.slow", 503}} {
		log.Reset()
		w := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(t.Context(), "GET", c.path, nil)
		req.Header.Set("Authorization", "Bearer reader-token")
		surface.Handler().ServeHTTP(w, req)
		if w.Code != c.status || strings.Contains(w.Body.String(), "hunter2") || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
		if n := strings.Count(log.String(), "hunter2"); n != 1 {
			t.Errorf("%s: logged %d times: %s", c.path, n, log.String())
		}
		if c.path == "/v1/systems/slow.slow" && w.Header().Get("Retry-After") != "7" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
	}
}

type panicking struct{ Resources }

func (p panicking) Resource(ctx context.Context, kind, id string) (Resource, error) {
	switch id {
	case "boom.boom":
		panic(errSecret)
	case "fail.fail":
		return Resource{}, fmt.Errorf("reading: %w", errSecret)
	case "slow.slow":
		e := fault.Wrap(errSecret, fault.StoreUnavailable)
		e.RetryAfter = 7 * time.Second
		return Resource{}, e
	}
	return p.Resources.Resource(ctx, kind, id)
}

func TestSurface_Health(t *testing.T) {
	o := newTestAPI(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if r := o.ask("", "GET", path, ""); r.status != 200 || r.body != want {
			t.Errorf("%s: %d %q", path, r.status, r.body)
		}
	}
	o.ready = fault.New(fault.Draining)
	o.want(o.ask("", "GET", "/readyz", ""), 503, fault.Draining)
	o.ready = errors.New("no store")
	o.want(o.ask("", "GET", "/readyz", ""), 503, fault.StoreUnavailable)
	o.want(o.ask("", "GET", "/healthz", ""), 200, "")
}

func TestSurface_MetricsAreExposed(t *testing.T) {
	o := newTestAPI(t)
	o.metrics.Call(Observation{Service: "GetPerson", Consumer: "aa.bb", Provider: "asp.rsp", Verdict: "answered", Total: 3 * time.Millisecond, Platform: time.Millisecond, Delivery: 2 * time.Millisecond})
	o.metrics.Call(Observation{Service: "GetPerson", Consumer: "aa.bb", Verdict: "refused", Leg: "caller", Code: "agreement.none", Total: time.Millisecond, Platform: time.Millisecond})
	o.metrics.Batch(7)
	o.metrics.Commit(time.Millisecond)
	o.metrics.StoreError("record")
	text := o.ask("reader-token", "GET", "/metrics", "").body
	for _, line := range []string{
		`mconnect_calls_total{consumer="aa.bb",leg="",provider="asp.rsp",service="GetPerson",verdict="answered"} 1`,
		`mconnect_calls_total{consumer="aa.bb",leg="caller",provider="",service="GetPerson",verdict="refused"} 1`,
		`mconnect_faults_total{code="agreement.none"} 1`,
		`mconnect_call_seconds_count{leg="total"} 2`, `mconnect_call_seconds_count{leg="provider"} 1`,
		`mconnect_journal_batch_records_sum 7`, `mconnect_journal_commit_seconds_count 1`,
		`mconnect_store_errors_total{operation="record"} 1`, `mconnect_journal_size 10`, `go_goroutines`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s", line)
		}
	}
}

func TestSurface_ProfilesAreForOperators(t *testing.T) {
	o := newTestAPI(t)
	for _, token := range []string{"reader-token", "auditor-token"} {
		o.want(o.ask(token, "GET", "/debug/pprof/heap", ""), 403, fault.RoleMissing)
	}
	if r := o.ask("operator-token", "GET", "/debug/pprof/goroutine?debug=1", ""); r.status != 200 || !strings.Contains(r.body, "goroutine profile") {
		t.Errorf("%d %.200s", r.status, r.body)
	}
	o.want(o.ask("operator-token", "GET", "/debug/pprof/cmdline", ""), 404, fault.PathUnknown)
}

// TestSurface_SeriesAreBounded: a flood of names cannot fill the memory.
func TestSurface_SeriesAreBounded(t *testing.T) {
	m := NewMetrics()
	for i := range maxSeries + 5000 {
		m.Call(Observation{Service: "GetPerson", Consumer: fmt.Sprintf("c%d.s", i), Verdict: "refused"})
	}
	families := must.Get(m.registry.Gather())(t)
	for _, f := range families {
		if f.GetName() != "mconnect_calls_total" {
			continue
		}
		sum := 0.0
		for _, series := range f.GetMetric() {
			sum += series.GetCounter().GetValue()
		}
		if len(f.GetMetric()) > maxSeries+1 || sum != maxSeries+5000 {
			t.Errorf("%d series, %v calls", len(f.GetMetric()), sum)
		}
		return
	}
	t.Error("no calls counted")
}

func TestSurface_Description(t *testing.T) {
	o := newTestAPI(t)
	r := o.ask("", "GET", "/openapi.json", "")
	var api struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID, Summary string
			Responses            map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	must.OK(t, json.Unmarshal([]byte(r.body), &api))
	if !strings.HasPrefix(api.OpenAPI, "3.1") {
		t.Errorf("version %q", api.OpenAPI)
	}
	ids := map[string]bool{}
	for path, methods := range api.Paths {
		for method, op := range methods {
			if op.OperationID == "" || op.Summary == "" || len(op.Responses) < 3 || ids[op.OperationID] {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			ids[op.OperationID] = true
		}
	}
	for _, name := range []string{"Participant", "System", "Certificate", "Service", "Agreement", "Problem"} {
		if api.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	for _, ref := range regexp.MustCompile(`#/components/schemas/(\w+)`).FindAllStringSubmatch(r.body, -1) {
		if api.Components.Schemas[ref[1]] == nil {
			t.Errorf("dangling reference %s", ref[0])
		}
	}
}

// TestSurface_DocsPageStandsAlone: it works in a closed network, under the strict policy.
func TestSurface_DocsPageStandsAlone(t *testing.T) {
	o := newTestAPI(t)
	for _, path := range []string{"/docs", "/docs/page.js", "/docs/page.css"} {
		r := o.ask("", "GET", path, "")
		if r.status != 200 || regexp.MustCompile(`(?i)https?://|innerHTML|\son[a-z]+=|<style|<script>`).MatchString(r.body) {
			t.Errorf("%s: %d, or it loads or runs something foreign", path, r.status)
		}
		if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
}

func FuzzTilePath(f *testing.F) {
	for _, seed := range []string{"000", "x001/x234/067", "000.p/8", "x/../..", strings.Repeat("x001/", 8) + "000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, place string) {
		index, width, ok := parseTile(place)
		if ok && (index < 0 || width < 1 || width > tileWidth) {
			t.Errorf("%q: %d %d", place, index, width)
		}
	})
}
