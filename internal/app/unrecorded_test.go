package app_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/manifest"
	"mconnect/test/must"
)

// send makes one request of the management API with a body.
func (r *running) send(method, path, body string) (int, string) {
	r.w.t.Helper()
	web := r.w.client(nil)
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(method, "https://"+r.Addrs().Admin+path, strings.NewReader(body)))(r.w.t)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPut {
		req.Header.Set("If-Match", "*")
	}
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode, string(must.Get(io.ReadAll(res.Body))(r.w.t))
}

// TestManagement_ReasonAndResume: by whom, why, and what is resumed reach the store and the journal through the API.
func TestManagement_ReasonAndResume(t *testing.T) { onEach(t, reasonAndResume) }

func reasonAndResume(t *testing.T, w *testPlatform) {
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	const system = `{"kind":"System","id":"hall.app","name":{"ro":"Asistență"},"roles":["consumer"]}`
	suspended := strings.Replace(system, `"roles"`, `"status":"suspended","roles"`, 1)
	active := func() bool {
		s, ok := r.Rooms.Registry.System("hall.app")
		return ok && s.System.Active()
	}
	for n, step := range []struct {
		method, path, body string
		status             int
		says               string
		active             bool
		reason             string // of the newest state
	}{
		{"PUT", "/v1/systems/hall.app?reason=incident+7", suspended, 200, `"suspended"`, false, "incident 7"},
		{"PUT", "/v1/systems/hall.app?reason=mistake", strings.Replace(suspended, `"suspended"`, `"active"`, 1), 422, string(fault.ResourceSuspended), false, "incident 7"},
		{"POST", "/v1/apply?reason=again", system, 200, `"kept"`, false, "incident 7"},
		{"POST", "/v1/apply?resume=hall.lobby", system, 422, string(fault.ResourceUnknown), false, "incident 7"},
		{"POST", "/v1/apply?resume=hall.app&dry_run=true", system, 200, `"applied":false`, false, "incident 7"},
		{"POST", "/v1/apply?resume=System/hall.app&reason=checked", system, 200, `"update"`, true, "checked"},
		{"POST", "/v1/apply?reason=" + strings.Repeat("x", 501), system, 400, string(fault.QueryInvalid), true, "checked"},
		{"PUT", "/v1/systems/hall.app?reason=" + strings.Repeat("x", 501), system, 400, string(fault.QueryInvalid), true, "checked"},
	} {
		body := step.body
		if step.method == "PUT" {
			body = strings.Replace(body, `"kind":"System",`, "", 1)
		}
		status, text := r.send(step.method, step.path, body)
		if status != step.status || !strings.Contains(text, step.says) || active() != step.active {
			t.Errorf("step %d: %d %s; active %t", n, status, text, active())
		}
		if now := must.Get(r.Store.Resource(t.Context(), manifest.System, "hall.app"))(t); now.Reason != step.reason {
			t.Errorf("step %d: the reason is %q, want %q", n, now.Reason, step.reason)
		}
	}
	var reasons []string
	for index := int64(0); ; index++ {
		entry, _, err := r.Journal.Entry(t.Context(), index)
		if err != nil {
			break
		}
		if entry.Kind == journal.Change && entry.Change.Reason != "" {
			reasons = append(reasons, entry.Change.Reason)
		}
	}
	if !slices.Equal(reasons, []string{"incident 7", "checked"}) {
		t.Errorf("recorded reasons %q", reasons)
	}
	r.end()
}

// TestUnrecorded_IsCountedAndResumed: a state that somebody wrote into the database of a running platform is counted,
// is not overwritten by an apply, and is by one that resumes it.
func TestUnrecorded_IsCountedAndResumed(t *testing.T) { onEach(t, unrecordedIsCountedAndResumed) }

func unrecordedIsCountedAndResumed(t *testing.T, w *testPlatform) {
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	gauge := func(want int) {
		t.Helper()
		if text := r.metrics(); !strings.Contains(text, fmt.Sprintf("mconnect_resources_unrecorded %d\n", want)) {
			t.Errorf("metrics do not count %d states without a record", want)
		}
	}
	gauge(0)
	w.into(r.Country.Store.(manifest.Stored).Log, `UPDATE resource SET newest = 0 WHERE id = 'hall.app'`,
		`INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 8, kind, id, 1, 0, doc, changed_by, changed_at, reason, proof FROM resource WHERE id = 'hall.app'`, counted)
	must.OK(t, r.Country.Load(t.Context()))
	gauge(1)
	if status, _, body := r.ask("DOS-0001"); status != http.StatusOK {
		t.Errorf("the earlier image does not act: %d %s", status, body)
	}
	const system = `{"kind":"System","id":"hall.app","name":{"ro":"Asistență"},"roles":["consumer"]}`
	for _, dry := range []string{"", "?dry_run=true"} {
		status, text := r.send("POST", "/v1/apply"+dry, system)
		if status != 422 || !strings.Contains(text, string(fault.ResourceUnrecorded)) {
			t.Errorf("applied over it: %d %s", status, text)
		}
	}
	gauge(1)
	if status, text := r.send("POST", "/v1/apply?resume=hall.app&reason=planted", system); status != 200 {
		t.Errorf("with --resume: %d %s", status, text)
	}
	gauge(0)
	if now := must.Get(r.Store.Resource(t.Context(), manifest.System, "hall.app"))(t); now.Revision != 9 || now.Reason != "planted" {
		t.Errorf("stored %+v", now)
	}
	r.end()
}
