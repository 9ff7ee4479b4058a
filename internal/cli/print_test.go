package cli

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/journal"
	"mconnect/internal/manifest"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// terminal is a shell that writes into buffers.
func terminal(output string) (s *session, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &session{in: strings.NewReader("from standard input"), out: out, err: errOut, output: output, lang: "en"}, out, errOut
}

func TestPrint_TablesForPeopleAndPrograms(t *testing.T) {
	rows := table{head: []string{"kind", "id"}, rows: [][]string{{"System", "hall.app"}, {"Service", "GetPerson/1.0.0"}}, empty: text("Niciuna.", "None.", "Нет.")}
	s, out, _ := terminal("table")
	must.OK(t, s.print(rows))
	want := "KIND     ID\nSystem   hall.app\nService  GetPerson/1.0.0\n"
	if out.String() != want {
		t.Errorf("table:\n%s\nwant:\n%s", out, want)
	}
	s, out, _ = terminal("json")
	must.OK(t, s.print(rows))
	var read []map[string]string
	if err := json.Unmarshal(out.Bytes(), &read); err != nil || len(read) != 2 || read[1]["id"] != "GetPerson/1.0.0" {
		t.Errorf("json %s: %v", out, err)
	}
	s, out, _ = terminal("table")
	if err := s.print(table{head: []string{"kind"}, empty: text("Niciuna.", "None.", "Нет.")}); err != nil || out.String() != "None.\n" {
		t.Errorf("empty table: %q, %v", out, err)
	}
	s, out, _ = terminal("json")
	if err := s.print(table{head: []string{"kind"}, empty: text("Niciuna.", "None.", "Нет.")}); err != nil || strings.TrimSpace(out.String()) != "[]" {
		t.Errorf("empty json: %q, %v", out, err)
	}
}

func TestPrint_PlansSayWhatWasDone(t *testing.T) {
	plan := manifest.Plan{
		{Kind: "System", ID: "hall.app", Action: manifest.Create},
		{Kind: "Service", ID: "GetPerson/1.0.0", Action: manifest.Update, Diff: "- title: A\n+ title: B"},
		{Kind: "Agreement", ID: "hall.person", Action: manifest.Unchanged},
	}
	s, out, _ := terminal("table")
	must.OK(t, s.printPlan(plan, false))
	for _, text := range []string{"create", "hall.app", "- title: A; + title: B", "Applied: 1 created, 1 updated, 1 unchanged."} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
	if strings.Contains(out.String(), "hall.person") {
		t.Errorf("what does not change is listed:\n%s", out)
	}
	s, out, _ = terminal("json")
	must.OK(t, s.printPlan(plan, true))
	var read struct {
		Applied bool
		Changes []manifest.Change
	}
	if err := json.Unmarshal(out.Bytes(), &read); err != nil || read.Applied || len(read.Changes) != 3 {
		t.Errorf("json %s: %v", out, err)
	}
}

func TestExitCodes(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"done":                {nil, exitDone},
		"refused":             {fault.New(fault.AgreementNone), exitFailed},
		"anything":            {errors.New("anything"), exitFailed},
		"explained":           {errSilent, exitFailed},
		"usage":               {usageError{errors.New("wrong flag")}, exitUsage},
		"usage, wrapped":      {fmt.Errorf("apply: %w", usageError{errors.New("wrong flag")}), exitUsage},
		"unknown command":     {errors.New(`unknown command "x" for "mconnect"`), exitUsage},
		"required flag":       {errors.New(`required flag(s) "file" not set`), exitUsage},
		"flag beside another": {errors.New("if any flags in the group [dir file] are set none of the others can be"), exitUsage},
		"usage, not network":  {usageError{refused}, exitUsage},
		"no connection":       {refused, exitUnreachable},
		"no answer":           {&url.Error{Op: "Get", URL: "https://x", Err: refused}, exitUnreachable},
		"record unavailable":  {fault.New(fault.RecordUnavailable), exitUnreachable},
		"store unavailable":   {fmt.Errorf("open: %w", fault.New(fault.StoreUnavailable)), exitUnreachable},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%s: %d; want %d", name, got, c.want)
		}
	}
}

func TestFaults_AreExplainedInTheReadersLanguage(t *testing.T) {
	f := fault.Wrap(errors.New("the cause"), fault.ResourceInvalid, "kind", "System", "id", "hall.app")
	f.Fields = []fault.FieldError{{Path: "a.yaml:3 /name", Code: fault.InputMissing}}
	f.Provider = "no such office"
	seen := map[string]bool{}
	for _, lang := range []string{"ro", "en", "ru"} {
		s, _, errOut := terminal("table")
		s.lang = lang
		s.explain(f)
		for _, text := range []string{"resource.invalid", "a.yaml:3 /name", "no such office", "the cause", f.Remedy(mconnect.Lang(lang))} {
			if !strings.Contains(errOut.String(), text) {
				t.Errorf("%s: no %q in\n%s", lang, text, errOut)
			}
		}
		seen[errOut.String()] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d languages", len(seen))
	}
	s, _, errOut := terminal("table")
	s.explain(errSilent)
	if errOut.Len() != 0 {
		t.Errorf("explained twice: %s", errOut)
	}
}

func TestFaults_RefusedCallShowsEveryCheck(t *testing.T) {
	f := fault.New(fault.PurposeReason, "form", "a case number")
	f.Checks = []fault.Check{
		{Name: "agreement.exists", Result: fault.Passed}, {Name: "purpose.reason", Result: fault.Failed, Code: fault.PurposeReason},
		{Name: "quota", Result: fault.NotReached},
	}
	s, out, errOut := terminal("table")
	if code := exitCode(s.explainCall(f)); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, text := range []string{"purpose.reason", "passed", "failed", "notReached", fault.CheckTitle("quota", "en")} {
		if !strings.Contains(errOut.String(), text) {
			t.Errorf("no %q in\n%s", text, errOut)
		}
	}
	if out.Len() != 0 {
		t.Errorf("standard output holds %s", out)
	}
	if code := exitCode(s.explainCall(fault.New(fault.RecordUnavailable))); code != exitUnreachable {
		t.Errorf("no record: exit code %d", code)
	}
	plain := errors.New("no fault at all")
	if err := s.explainCall(plain); !errors.Is(err, plain) {
		t.Errorf("became %v", err)
	}
}

func TestTimes(t *testing.T) {
	chisinau := civil.Zone()
	for text, want := range map[string]time.Time{
		"":                     {},
		"2026-01-31T08:00:00Z": time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC),
		"2026-01-31":           time.Date(2026, 1, 31, 0, 0, 0, 0, chisinau),
		"31.01.2026":           time.Date(2026, 1, 31, 0, 0, 0, 0, chisinau),
	} {
		if got, err := parseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	// A day counts whole, also when the clocks change.
	for text, hours := range map[string]float64{"2026-01-31": 24, "2026-03-29": 23, "25.10.2026": 25} {
		from, err := parseTime(text)
		to, bad := parseEnd(text)
		if err != nil || bad != nil || to.Sub(from).Hours() != hours || lastDay(to) != date(from) {
			t.Errorf("%s: %s to %s", text, from, to)
		}
	}
	if got, err := parseTime("24h"); err != nil || time.Since(got) < 24*time.Hour || time.Since(got) > 25*time.Hour {
		t.Errorf("24h: %s, %v", got, err)
	}
	for _, text := range []string{"yesterday", "-1h", "32.01.2026"} {
		if _, err := parseTime(text); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSummaries(t *testing.T) {
	for want, e := range map[string]journal.Entry{
		"ops create System hall.app":  {Record: journal.Record{Actor: "ops", Change: &journal.ChangeNote{Action: "create", Resource: "System", ID: "hall.app"}}},
		"cli:ana search → 3":          {Record: journal.Record{Actor: "cli:ana", Reading: &journal.ReadingNote{Query: "search", Count: 3}}},
		"abc  hall.app  → GetPerson":  {Record: journal.Record{Call: "abc", System: "hall.app", Service: "GetPerson"}},
		"abc  hall.app  purpose.none": {Record: journal.Record{Call: "abc", System: "hall.app", Code: "purpose.none"}},
		"cli:ana search → 3  case 7":  {Record: journal.Record{Actor: "cli:ana", Note: "case 7", Reading: &journal.ReadingNote{Query: "search", Count: 3}}},
		"asp.rsc  12 × A.B.C.D, A.B.C.E": {Record: journal.Record{System: "asp.rsc", Event: &journal.EventNote{
			Types: []string{"A.B.C.D", "A.B.C.E"}, Count: 12, First: 1, Last: 12, Digest: "00",
		}}},
		"hall.app  A.B.C.D  urn:a 7  core  aid": {Record: journal.Record{System: "hall.app", Purpose: "aid", Event: &journal.EventNote{
			Source: "urn:a", ID: "7", Types: []string{"A.B.C.D"}, Group: "core", First: 1,
		}}},
		"hall.app  A.B.C.D  urn:a 7  core  event.account": {Record: journal.Record{System: "hall.app", Note: "event.account", Event: &journal.EventNote{
			Source: "urn:a", ID: "7", Types: []string{"A.B.C.D"}, Group: "core", First: 1,
		}}},
		"mconnect  version 1": {Record: journal.Record{Actor: "mconnect", Note: "version 1"}},
	} {
		if got := summary(&e); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestArguments(t *testing.T) {
	if vars, err := parseVars([]string{"A=1", "B=x=y", "C="}); err != nil || vars["A"] != "1" || vars["B"] != "x=y" || vars["C"] != "" {
		t.Errorf("variables %v, %v", vars, err)
	}
	for _, pair := range []string{"A", "=1", ""} {
		if _, err := parseVars([]string{pair}); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", pair, err)
		}
	}
	name, version, err := parseService("GetPerson/1.2")
	if err != nil || name != "GetPerson" || version.String() != "1.2.0" {
		t.Errorf("service %s %s, %v", name, version, err)
	}
	for _, arg := range []string{"getPerson", "GetPerson/x", "", "Get/Person/1"} {
		if _, _, err := parseService(arg); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", arg, err)
		}
	}
}

func TestInputs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "question.json")
	must.OK(t, os.WriteFile(file, []byte(`{"a":1}`), 0o600))
	s, _, _ := terminal("table")
	for input, want := range map[string]string{`{"b":2}`: `{"b":2}`, "@" + file: `{"a":1}`, "-": "from standard input"} {
		if got, err := s.readInput(input); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", input, got, err)
		}
	}
	if _, err := s.readInput("@absent.json"); exitCode(err) != exitUsage {
		t.Errorf("absent file: %v", err)
	}
}

func TestPrint_StoreURLsWithoutPassword(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:/srv/mconnect.db":        "sqlite:/srv/mconnect.db",
		"postgres://u:hunter2@db/x":      "postgres://u:xxxxx@db/x",
		"postgres://u:hunt%zzer2@db/x%1": "(store.url)",
	} {
		if got := withoutPassword(url); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestPKI_CertificateStates(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for want, l := range map[string]authority.Listed{
		"valid":              {Certificate: &x509.Certificate{NotAfter: now.AddDate(1, 0, 0)}},
		"expires soon":       {Certificate: &x509.Certificate{NotAfter: now.AddDate(0, 0, 29)}},
		"expired":            {Certificate: &x509.Certificate{NotAfter: now.Add(-time.Second)}},
		"revoked 2026-02-01": {Certificate: &x509.Certificate{NotAfter: now.AddDate(1, 0, 0)}, RevokedAt: now.AddDate(0, -1, 0)},
	} {
		if got := stateOf(l, now); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestRemote_ProblemsBecomeFaults(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer the-token":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"code":"credentials.invalid","detail":"no"}`))
		case r.URL.Path == "/plain":
			w.WriteHeader(http.StatusBadGateway)
		default:
			_, _ = w.Write([]byte(`{"changes":[]}`))
		}
	}))
	defer server.Close()
	s, _, _ := terminal("table")
	ask := func(path string) error {
		return adminAPI{s: s, server: remote{url: server.URL}}.do(t.Context(), http.MethodGet, path, nil, &struct{}{})
	}
	var f *fault.Error
	if err := ask("/v1/apply"); !errors.As(err, &f) || f.Code != fault.CredentialsInvalid {
		t.Errorf("without a token: %v", err)
	}
	s.environment = []string{"MCONNECT_TOKEN=the-token"}
	if err := ask("/v1/apply"); err != nil {
		t.Errorf("with a token: %v", err)
	}
	if err := ask("/plain"); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("no problem document: %v", err)
	}
	server.Close()
	if err := ask("/v1/apply"); exitCode(err) != exitUnreachable {
		t.Errorf("nobody there: %v", err)
	}
}
