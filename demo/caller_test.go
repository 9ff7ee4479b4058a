package demo

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect"
	"mconnect/test/must"
)

// gate is a stand-in for the far side of a wire: what is tested is what the caller sends and reads.
func gate(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s
}

func callerOf(s *httptest.Server) *Caller {
	return &Caller{System: townHall, base: s.URL, client: s.Client()}
}

func TestCaller_StatesWhoAndWhy(t *testing.T) {
	var got *http.Request
	var body []byte
	s := gate(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("MConnect-Call-Id", "0190aaaa-0000-7000-8000-000000000000")
		w.Header().Set("MConnect-Record", "41")
		_, _ = w.Write([]byte(`{"LastName":"Sintetic-001"}`))
	})
	c := mconnect.LegalContext{User: "ghișeul 3", Entity: "1999900000069", Basis: "Legea nr. 133/2008", Reason: "AS-2026-00017"}
	said, err := callerOf(s).Do(t.Context(), Request{"GetPerson", byIDNP("2999000006393"), c, []string{"LastName", "Address.Street"}})
	must.OK(t, err)
	if said.Status != 200 || said.Record != 41 || said.Call == "" || said.Took <= 0 {
		t.Errorf("%+v", said)
	}
	if got.Method != "POST" || got.URL.Path != "/api/v1/GetPerson" || got.URL.Query().Get("fields") != "LastName,Address.Street" {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	if strings.Contains(got.URL.String(), "2999000006393") || string(body) != `{"IDNP":"2999000006393"}` {
		t.Errorf("%s with %s", got.URL, body)
	}
	for name, want := range map[string]string{
		"CallingUser": "ghi%C8%99eul%203", "CallingEntity": "1999900000069", "CallBasis": "Legea nr. 133/2008", "CallReason": "AS-2026-00017",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
}

func TestCaller_ReadsARefusal(t *testing.T) {
	s := gate(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(403)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"code": "agreement.none", "leg": "caller", "party": "both", "remedy": "r", "detail": "d",
			"checks": []map[string]string{{"name": "agreement.exists", "result": "failed"}},
		})
	})
	said := must.Get(callerOf(s).Do(t.Context(), Request{Service: "GetPerson", Input: `{"raw"`}))(t)
	if said.Status != 403 || said.Problem.Code != "agreement.none" || said.Record != -1 {
		t.Errorf("%+v", said)
	}
	if _, err := said.Problem.failed(); err == nil {
		t.Error("a verdict of one check was taken for a whole one")
	}
}

func TestCaller_NeedsAProblemDocument(t *testing.T) {
	s := gate(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", 500) })
	if _, err := callerOf(s).Do(t.Context(), Request{Service: "GetPerson"}); err == nil {
		t.Error("plain text was taken for a refusal")
	}
	if _, err := callerOf(s).Evidence(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("evidence: %v", err)
	}
}

func TestCaller_TrustsOnlyItsAnchors(t *testing.T) {
	s := gate(t, func(http.ResponseWriter, *http.Request) {})
	cert, pool := certificates(t)
	c := NewCaller(townHall, s.URL, cert, pool)
	defer c.Close()
	if _, err := c.Do(t.Context(), Request{Service: "GetPerson"}); err == nil {
		t.Error("asked a stranger")
	}
}

func TestOffice_AppliesAFolderAsOneSet(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"02-b.yaml": "kind: B\n", "01-a.yaml": "kind: A", "notes.txt": "no"} {
		must.OK(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	var paths []string
	var set string
	s := gate(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer geheim" {
			w.WriteHeader(401)
			return
		}
		paths = append(paths, r.Method+" "+r.URL.Path)
		if r.URL.Path == "/v1/apply" {
			b, _ := io.ReadAll(r.Body)
			set = string(b)
		}
		_, _ = w.Write([]byte(`{"changes":[{"action":"create"},{"action":"unchanged"}]}`))
	})
	o := &adminClient{s.URL, "geheim", s.Client()}
	n, err := o.apply(t.Context(), dir)
	if err != nil || n != 1 {
		t.Errorf("%d %v", n, err)
	}
	if set != "kind: A\n---\nkind: B\n" {
		t.Errorf("set %q", set)
	}
	if err := o.suspend(t.Context(), notary, true); err != nil {
		t.Error(err)
	}
	if err := o.suspend(t.Context(), notary, false); err != nil {
		t.Error(err)
	}
	want := "POST /v1/apply,POST /v1/systems/notar-exemplu.acte/suspend,POST /v1/systems/notar-exemplu.acte/resume"
	if got := strings.Join(paths, ","); got != want {
		t.Errorf("got %s", got)
	}
	o.token = "wrong"
	if err := o.suspend(t.Context(), notary, true); err == nil {
		t.Error("a refusal was taken for success")
	}
}
