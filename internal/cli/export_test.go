package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
)

// canonicalOf are the stored texts of records.
func canonicalOf(t *testing.T, records ...journal.Record) (all []json.RawMessage) {
	t.Helper()
	db := must.Get(store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")}))(t)
	defer func() { _ = db.Close() }()
	keys := must.Get(journal.NewKeys())(t)
	log := must.Get(db.OpenLog(t.Context(), "journal", journal.NewSealer(keys, "test.invalid/journal")))(t)
	j := must.Get(journal.New(journal.Config{Log: log, Keys: keys, Origin: "test.invalid/journal"}))(t)
	for _, r := range records {
		receipt := must.Get(j.Record(t.Context(), r))(t)
		batches, err := log.Read(t.Context(), receipt.Index, 1)
		if err != nil || len(batches) != 1 {
			t.Fatalf("%v %v", batches, err)
		}
		all = append(all, json.RawMessage(batches[0].Entries[receipt.Index-batches[0].First].Data))
	}
	return all
}

// archive answers searches with records, two a page, newest first: calls with odd indices, each with its outcome behind
// it.
func archive(t *testing.T, calls int64, broken bool) (*httptest.Server, *[]map[string]any) {
	t.Helper()
	text := canonicalOf(t,
		journal.Record{Kind: journal.Intent, Call: "c", System: "hall.app", Consumer: "hall", Service: "GetPerson", Grant: []string{"IDNP", "LastName"},
			Context: mconnect.LegalContext{User: "2999900000262", Reason: "=HYPERLINK(\"x\")", Basis: "Legea 1"}, Subject: "2999000006393"},
		journal.Record{Kind: journal.Outcome, Call: "c"},
		journal.Record{Kind: journal.Reading, Actor: "audit.one", Reading: &journal.ReadingNote{Query: "search", Count: 3}},
	)
	var bodies []map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, in)
		at := calls
		if cursor, ok := in["cursor"].(string); ok {
			_, _ = fmt.Sscan(cursor, &at)
			if at /= 2; broken {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		page := map[string]any{}
		items := []admin.Found{}
		for ; at > 0 && len(items) < 2; at-- {
			outcome := 2*at + 1
			items = append(items, admin.Found{Index: 2 * at, Outcome: &outcome, Kind: "call", Verdict: "answered", Record: text[0], OutcomeRecord: text[1]})
		}
		if at > 0 {
			page["next"] = fmt.Sprint(2*at + 1)
		} else {
			items = append(items, admin.Found{Index: 0, Kind: "reading", Record: text[2]})
		}
		page["items"] = items
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server, &bodies
}

// TestExport_WritesTheSelection: every record once, newest first, a page in memory at a time; what was asked for is
// stated on each page.
func TestExport_WritesTheSelection(t *testing.T) {
	for _, calls := range []int64{0, 1, 2, 5} {
		server, bodies := archive(t, calls, false)
		line := "journal export --since 2026-03-29 --until 2026-03-29 --subject 2999000006393 --official 2999900000262 --reason-text DOS --reason control --admin-url " + server.URL
		code, out, said := run(t, t.TempDir(), nil, line)
		if code != exitDone || said != "" {
			t.Fatalf("%d %s", code, said)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != int(2*calls+1) {
			t.Errorf("%d calls: %d lines", calls, len(lines))
		}
		last := 2*calls + 2
		for n, text := range lines {
			var one struct {
				Index  int64
				Record json.RawMessage
			}
			if err := json.Unmarshal([]byte(text), &one); err != nil || one.Index >= last {
				t.Fatalf("line %d: %s %v", n, text, err)
			}
			if _, err := journal.Decode(one.Record); err != nil {
				t.Errorf("line %d is not what is stored: %v", n, err)
			}
			last = one.Index
		}
		for _, in := range *bodies {
			if in["official"] != "2999900000262" || in["call_reason"] != "DOS" || in["subject"] != "2999000006393" || in["reason"] != "control" ||
				in["records"] != true || in["from"] == nil || in["to"] == nil || in["limit"].(float64) > maxWholePage {
				t.Errorf("asked for %v", in)
			}
		}
	}
}

// TestExport_CSVIsReadBySpreadsheets: a row a call, and one for a reading; times say their zone, and nothing is a
// formula.
func TestExport_CSVIsReadBySpreadsheets(t *testing.T) {
	server, _ := archive(t, 3, false)
	path := filepath.Join(t.TempDir(), "records.csv")
	code, out, said := run(t, t.TempDir(), nil, "journal export --csv --file "+path+" --admin-url "+server.URL)
	text, err := os.ReadFile(path)
	if code != exitDone || out != "" || err != nil {
		t.Fatalf("%d %s %s %v", code, out, said, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	column := map[string]int{}
	for n, name := range rows[0] {
		column[name] = n
	}
	for name, want := range map[string]string{"index": "6", "outcome_index": "7", "official": "2999900000262", "reason": "'=HYPERLINK(\"x\")",
		"fields": "IDNP, LastName", "verdict": "answered", "about": ""} {
		if got := rows[1][column[name]]; got != want {
			t.Errorf("%s: %q; want %q", name, got, want)
		}
	}
	at := rows[1][column["time"]]
	if _, err := time.Parse(time.RFC3339, at); err != nil || strings.HasSuffix(at, "Z") || len(rows[1][column["pseudonym"]]) != 32 {
		t.Errorf("%s %v, %q", at, err, rows[1][column["pseudonym"]])
	}
	if last := rows[4]; last[column["kind"]] != "reading" || last[column["actor"]] != "audit.one" || !strings.Contains(last[column["about"]], "search") {
		t.Errorf("%q", last)
	}
	if bytes.Contains(text, []byte("2999000006393")) {
		t.Error("the person's number is in the export")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// TestExport_LeavesNoPart: a file that could not be written whole does not stay, and one that was there stays
// untouched.
func TestExport_LeavesNoPart(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "part.jsonl")
	server, _ := archive(t, 5, true)
	if code, _, said := run(t, folder, nil, "journal export --jsonl --file "+path+" --admin-url "+server.URL); code == exitDone || !strings.Contains(said, "503") {
		t.Errorf("%d %s", code, said)
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "journal\nkey k\n")
		if r.URL.Query().Get("reason") == "cut" {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	defer cut.Close()
	for _, reason := range []string{"cut", "ends-early"} {
		code, _, said := run(t, folder, nil, "journal export --file "+path+" --reason "+reason+" --admin-url "+cut.URL)
		if code != exitUnreachable || !strings.Contains(said, "not whole") {
			t.Errorf("%s: %d %s", reason, code, said)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a part stays: %v", err)
	}
	must.OK(t, os.WriteFile(path, []byte("kept"), 0o600))
	code, _, _ := run(t, folder, nil, "journal export --jsonl --file "+path+" --admin-url "+server.URL)
	if text, err := os.ReadFile(path); code != exitUsage || string(text) != "kept" || err != nil {
		t.Errorf("%d %q %v", code, text, err)
	}
}

// TestTail_ByAServer shows the records as they come, follows until it is stopped, and says when the answer was cut.
func TestTail_ByAServer(t *testing.T) {
	text := canonicalOf(t, journal.Record{Kind: journal.Reading, Actor: "audit.one", Note: "control", Reading: &journal.ReadingNote{Query: "search", Count: 3}})[0]
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		_, _ = fmt.Fprintf(w, `{"index":7,"record":%s}`+"\n", text)
		_ = http.NewResponseController(w).Flush()
		switch {
		case r.URL.Query().Get("follow") == "true":
			<-r.Context().Done()
		case r.URL.Query().Get("last") == "99":
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	code, out, said := run(t, t.TempDir(), nil, "journal tail --last 3 --reason control --admin-url "+server.URL)
	if code != exitDone || !strings.Contains(out, "       7  ") || !strings.Contains(out, "audit.one search → 3") || asked[0] != "/v1/journal/tail?follow=false&last=3&reason=control" {
		t.Errorf("%d %q %s %q", code, out, said, asked)
	}
	if code, _, said := run(t, t.TempDir(), nil, "journal tail --last 99 --admin-url "+server.URL); code != exitUnreachable || !strings.Contains(said, "not whole") {
		t.Errorf("%d %s", code, said)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	seen := &signalling{text: "audit.one", seen: stop}
	p := Process{Args: []string{"journal", "tail", "--follow", "--admin-url", server.URL}, Out: seen, Err: io.Discard, Environment: []string{"HOME=" + t.TempDir()}}
	if code := Main(ctx, p, nil); code != exitDone || !strings.Contains(seen.all.String(), "search → 3") {
		t.Errorf("%d %q", code, seen.all.String())
	}
}
