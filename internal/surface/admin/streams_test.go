package admin

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/test/must"
)

// TestStreams_AnswersAreTyped: a line a record, a file with its end, for auditors only; a query is read strictly.
func TestStreams_AnswersAreTyped(t *testing.T) {
	o := newTestAPI(t)
	r := o.ask("auditor-token", "GET", "/v1/journal/tail?last=2", "")
	if r.body != `{"index":8,"record":{"kind":"intent"}}`+"\n"+`{"index":9,"record":{"kind":"intent"}}`+"\n" || r.header.Get("Content-Type") != "application/jsonl" {
		t.Errorf("%q %v", r.body, r.header)
	}
	if r := o.ask("auditor-token", "GET", "/v1/journal/tail?last=0", ""); r.status != 200 || r.body != "" {
		t.Errorf("%d %q", r.status, r.body)
	}
	if r := o.ask("auditor-token", "GET", "/v1/journal/export", ""); r.body != "journal\nkey k\nend 0\n" || r.header.Get("Content-Type") != "text/plain" {
		t.Errorf("%q %v", r.body, r.header)
	}
	for _, query := range []string{"last=-1", "last=x", "last=", "last=1000001", "follow=yes", "follow=", "last=1&last=2", "from=3", "reason=" + strings.Repeat("r", 513), "%zz"} {
		o.want(o.ask("auditor-token", "GET", "/v1/journal/tail?"+query, ""), 400, fault.QueryInvalid)
	}
	o.want(o.ask("auditor-token", "GET", "/v1/journal/export?last=1", ""), 400, fault.QueryInvalid)
	for _, token := range []string{"reader-token", "operator-token"} {
		o.want(o.ask(token, "GET", "/v1/journal/tail", ""), 403, fault.RoleMissing)
		o.want(o.ask(token, "GET", "/v1/journal/export", ""), 403, fault.RoleMissing)
	}
}

// streamOf begins to read an answer that goes on.
func streamOf(t *testing.T, server *httptest.Server, path string) *http.Response {
	t.Helper()
	req := must.Get(http.NewRequestWithContext(t.Context(), "GET", server.URL+path, nil))(t)
	req.Header.Set("Authorization", "Bearer auditor-token")
	res := must.Get(server.Client().Do(req))(t)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// TestStreams_BrokenOffIsSeen: an answer that cannot be finished does not look whole to the client, and tells it
// nothing internal.
func TestStreams_BrokenOffIsSeen(t *testing.T) {
	o := newTestAPI(t)
	o.country.unreadable = 9
	for _, path := range []string{"/v1/journal/tail?last=2", "/v1/journal/tail?last=2&follow=true", "/v1/journal/export"} {
		res := streamOf(t, o.server, path)
		text, err := io.ReadAll(res.Body)
		if res.StatusCode != 200 || err == nil || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "end 0") {
			t.Errorf("%s: %d %q, %v", path, res.StatusCode, text, err)
		}
	}
}

// TestStreams_FollowEndsWithTheDrain: what was written arrives at once, and a server that drains does not wait for its
// readers.
func TestStreams_FollowEndsWithTheDrain(t *testing.T) {
	o := newTestAPI(t)
	surface := must.Get(New(o.config()))(t)
	server := httptest.NewServer(surface.Handler())
	defer server.Close()
	lines := bufio.NewReader(streamOf(t, server, "/v1/journal/tail?last=1&follow=true").Body)
	if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"index":9,`) {
		t.Fatalf("%q %v", line, err)
	}
	surface.Drain()
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
}
