//go:build whole

package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/test/world"
)

// TestKill_AuditAfterwards: after a kill, an auditor reads the journal over the management API of the real server:
// finds the call, reads its record, checks its evidence and the whole journal from tiles without trusting
// the server, and is on record for each of these.
func TestKill_AuditAfterwards(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		l := newLand(t, t.TempDir(), url)
		l.settle()
		call := l.loadUntilKilled(20)[0]
		must.OK(t, l.Start())
		found := l.find(call)
		if len(found) != 1 || found[0]["service"] != world.ServicePerson || found[0]["verdict"] == "" || found[0]["outcome"] == nil {
			t.Fatalf("search for the call: %v", found)
		}
		index := strconv.FormatInt(int64(found[0]["index"].(float64)), 10)
		if by := l.search(`{"subject":"` + world.Subject + `","call":"` + call.Call + `"}`); len(by) != 1 {
			t.Errorf("search by subject: %v", by)
		}
		record := l.ask("GET", "/v1/journal/"+index+"?reveal=true&reason=control", "")
		if !strings.Contains(record, `"subject":"`+world.Subject+`"`) || strings.Count(record, world.Subject) != 1 || !strings.Contains(record, call.Call) {
			t.Errorf("the record holds the subject elsewhere than sealed, or not at all: %s", record)
		}
		evidence := filepath.Join(t.TempDir(), "evidence")
		must.OK(t, os.WriteFile(evidence, []byte(l.ask("GET", "/v1/journal/"+index+"/evidence", "")), 0o600))
		key := strings.TrimSpace(l.run("journal", "export", "--key-only", "--config", l.Config))
		l.run("journal", "verify", "--evidence", evidence, "--key", key)
		l.run("journal", "verify", "--url", l.URL("/tlog"), "--key", key, "--ca", l.ca.CA(), "--token-file", filepath.Join(l.Dir, "token"))
		for _, kind := range []string{"show " + index + " with subject", "evidence " + index, "entries 0"} {
			l.recorded(kind)
		}
	})
}

// run runs the program; it must succeed.
func (l *land) run(args ...string) string {
	l.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		l.t.Fatalf("mconnect %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// ask sends one request to the management API; it must be answered 200.
func (l *land) ask(method, path, body string) string {
	l.t.Helper()
	config := must.Get(l.ca.Client("consumer", "platform"))(l.t)
	config.Certificates = nil // the token alone
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	req := must.Get(http.NewRequestWithContext(l.t.Context(), method, l.URL(path), strings.NewReader(body)))(l.t)
	req.Header.Set("Authorization", "Bearer "+world.AdminToken)
	req.Header.Set("Content-Type", "application/json")
	res := must.Get(client.Do(req))(l.t)
	defer res.Body.Close()
	text := must.Get(io.ReadAll(res.Body))(l.t)
	if res.StatusCode != http.StatusOK {
		l.t.Fatalf("%s %s: %s: %s", method, path, res.Status, text)
	}
	return string(text)
}

func (l *land) search(query string) []map[string]any {
	l.t.Helper()
	var page struct{ Items []map[string]any }
	must.OK(l.t, json.Unmarshal([]byte(l.ask("POST", "/v1/journal/search", query)), &page))
	return page.Items
}

// find searches for a call until the index, which follows the journal, has got to its outcome.
func (l *land) find(call world.Answered) []map[string]any {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), waits.Limit)
	defer cancel()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for {
		found := l.search(`{"call":"` + call.Call + `"}`)
		if len(found) == 1 && found[0]["outcome"] != nil {
			return found
		}
		select {
		case <-ctx.Done():
			return found
		case <-pause.C:
		}
	}
}

// recorded: the journal's newest records hold the reading, under the administrator's name.
func (l *land) recorded(query string) {
	l.t.Helper()
	for _, line := range strings.Split(l.run("journal", "tail", "--last", "100", "--config", l.Config, "-o", "json"), "\n") {
		if strings.Contains(line, `"`+query+`"`) && strings.Contains(line, `"world"`) {
			return
		}
	}
	l.t.Errorf("no reading %q by this administrator on record", query)
}
