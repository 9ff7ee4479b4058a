package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/test/must"
)

// TestApp_ApplyUndoesNoEmergencyStop: what an operator stopped by the management API stays stopped when the manifests
// are applied again, by this process, by the API, and after a restart.
func TestApp_ApplyUndoesNoEmergencyStop(t *testing.T) { onEach(t, applyUndoesNoEmergencyStop) }

func applyUndoesNoEmergencyStop(t *testing.T, w *testPlatform) {
	r := w.start()
	set := w.manifests()
	must.Get(r.Country.Apply(t.Context(), "tester", set, false))(t)
	certificates := r.Rooms.Registry.Certificates()
	fingerprint := ""
	for _, c := range certificates {
		if c.System == "hall.app" {
			fingerprint = c.ID
		}
	}
	refused := func(step string, status int, code string) {
		t.Helper()
		for range 2 {
			if got, _, body := r.ask("DOS-0001"); got != status || !strings.Contains(body, `"`+code+`"`) {
				t.Errorf("%s: %d %s", step, got, body)
			}
			must.Get(r.Country.Apply(t.Context(), "tester", set, false))(t)
		}
	}
	if status, _, body := r.ask("DOS-0001"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	r.post("/v1/systems/hall.app/suspend?reason=incident")
	refused("suspended", http.StatusForbidden, "system.suspended")
	r.post("/v1/systems/hall.app/resume")
	if status, _, body := r.ask("DOS-0001"); status != http.StatusOK {
		t.Fatalf("resumed: %d %s", status, body)
	}
	r.post("/v1/agreements/hall.person/terminate")
	refused("terminated", http.StatusForbidden, "agreement.terminated")
	r.post("/v1/certificates/" + fingerprint + "/revoke")
	refused("revoked", http.StatusUnauthorized, "certificate.revoked")
	r.end()
	r = w.start()
	if got, _, body := r.ask("DOS-0001"); got != http.StatusUnauthorized || !strings.Contains(body, `"certificate.revoked"`) {
		t.Errorf("after a restart: %d %s", got, body)
	}
	found := ""
	for index := int64(0); found == ""; index++ {
		entry, _, err := r.Journal.Entry(context.Background(), index)
		if err != nil {
			t.Fatal("no record holds the reason of the suspension")
		}
		if entry.Kind == journal.Change && strings.Contains(entry.Change.Document, string(registry.Suspended)) {
			found = entry.Change.Reason
		}
	}
	if found != "incident" {
		t.Errorf("the reason is recorded as %q", found)
	}
	r.end()
}

// post takes a step by the management API.
func (r *running) post(path string) {
	r.w.t.Helper()
	web := r.w.client(nil)
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(http.MethodPost, "https://"+r.Addrs().Admin+path, nil))(r.w.t)
	req.Header.Set("Authorization", "Bearer "+token)
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	if body := must.Get(io.ReadAll(res.Body))(r.w.t); res.StatusCode != http.StatusOK {
		r.w.t.Fatalf("%s: %d %s", path, res.StatusCode, body)
	}
}
