package app_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/manifest"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// rewrite replaces text in a stored resource, as an administrator of this node does.
func (r *running) rewrite(kind, id, old, next string) {
	r.w.t.Helper()
	was := must.Get(r.Store.Resource(r.w.t.Context(), kind, id))(r.w.t)
	doc := strings.Replace(string(was.Doc), old, next, 1)
	if doc == string(was.Doc) {
		r.w.t.Fatalf("%s has no %s", was.Doc, old)
	}
	must.Get(r.Country.Put(r.w.t.Context(), manifest.Order{Actor: "ops"}, kind, []byte(doc), was.Revision))(r.w.t)
}

// TestNodes_TwoNodesAreOneInstallation: what is changed on one node holds on the other within a second, quotas are
// counted over both, and their journal is one.
func TestNodes_TwoNodesAreOneInstallation(t *testing.T) { onEach(t, twoNodesAreOneInstallation) }

func twoNodesAreOneInstallation(t *testing.T, w *testPlatform) {
	first := w.start()
	w.cfg.Node, w.cfg.Journal.Checkpoint = "second", w.cfg.Journal.Checkpoint+"-second"
	second := w.start()
	must.Get(first.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	waits.Until(t, "the country", func() bool {
		_, ok := second.Rooms.Registry.System("hall.app")
		return ok && second.Rooms.Agreements.Len() == 1
	})

	first.rewrite("Agreement", "hall.person", `"id":"hall.person"`, `"id":"hall.person","quota":{"per_day":3}`)
	waits.Until(t, "the quota", func() bool { return second.Country.Revision() == first.Country.Revision() })
	for range 3 {
		if status, _, body := first.ask("DOS-0001"); status != http.StatusOK {
			t.Fatalf("lawful: %d %s", status, body)
		}
	}
	if status, _, body := first.ask("DOS-0001"); status != http.StatusTooManyRequests || !strings.Contains(body, string(fault.QuotaUsedUp)) {
		t.Errorf("beyond the quota: %d %s", status, body)
	}
	overdrawn := 0 // by what the other node answers before it has read the first one's records
	waits.Until(t, "that the quota is used up", func() bool {
		status, _, _ := second.ask("DOS-0001")
		if status == http.StatusOK {
			overdrawn++
		}
		return status == http.StatusTooManyRequests
	})

	second.rewrite("System", "hall.app", `"id":"hall.app"`, `"id":"hall.app","status":"suspended"`)
	if status, _, body := second.ask("DOS-0001"); status == http.StatusOK || !strings.Contains(body, "suspended") {
		t.Errorf("suspended here: %d %s", status, body)
	}
	waits.Until(t, "the suspension", func() bool {
		_, _, body := first.ask("DOS-0001")
		return strings.Contains(body, "suspended")
	})
	first.end()
	second.end()
	report := verified(t, w)
	if report.Kinds["intent"] != int64(3+overdrawn) || report.Kinds["outcome"] != int64(3+overdrawn) || overdrawn > 3 || report.Kinds["change"] != 9 || report.Kinds["started"] != 2 {
		t.Errorf("journal holds %v", report.Kinds)
	}
}

// TestNodes_KeptBodiesAreSealedAndEnd: a service may ask that bodies be kept for a time. They are, encrypted, as they
// were received and sent, and no longer.
func TestNodes_KeptBodiesAreSealedAndEnd(t *testing.T) { onEach(t, keptBodiesAreSealedAndEnd) }

func keptBodiesAreSealedAndEnd(t *testing.T, w *testPlatform) {
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	r.rewrite("Service", "GetPerson/1.0.0", `"read_only":true`, `"read_only":true,"keep_bodies":"1h"`)
	status, header, answer := r.ask("DOS-0001")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	call := header.Get("MConnect-Call-Id")
	for part, want := range map[string]string{"request": `{"IDNP":"2999000006393"}`, "answer": answer} {
		sealed := must.Get(r.Store.Body(t.Context(), call, part))(t)
		if bytes.Contains(sealed, []byte("2999000006393")) {
			t.Errorf("the %s is kept in clear", part)
		}
		if body := must.Get(r.Keys.OpenBody(mconnect.CallID(call), part, sealed))(t); string(body) != want {
			t.Errorf("the %s kept is %s", part, body)
		}
	}
	if n := must.Get(r.Store.DropExpired(t.Context(), time.Now().Add(59*time.Minute)))(t); n != 0 {
		t.Errorf("%d bodies ended early", n)
	}
	if n := must.Get(r.Store.DropExpired(t.Context(), time.Now().Add(61*time.Minute)))(t); n != 2 {
		t.Errorf("%d bodies ended, want 2", n)
	}
	if sealed, err := r.Store.Body(t.Context(), call, "answer"); err == nil {
		t.Errorf("still there: %d bytes", len(sealed))
	}
	r.end()
}
