package app_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/manifest"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/verify"
)

func TestApp_ServesOneLawfulCallAndRefusesAnother(t *testing.T) {
	onEach(t, servesOneLawfulCallAndRefusesAnother)
}

func servesOneLawfulCallAndRefusesAnother(t *testing.T, w *testPlatform) {
	r := w.start()
	plan := must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	if plan.Count(manifest.Create) != 7 {
		t.Fatalf("plan %v", plan)
	}
	status, header, body := r.ask("DOS-0001")
	if status != http.StatusOK || body != `{"IDNP":"2999000006393","LastName":"Sintetic"}` {
		t.Fatalf("lawful: %d %s\n%s", status, body, w.log)
	}
	if status, _, body := r.ask("curious"); status != http.StatusForbidden || !strings.Contains(body, `"purpose.reason"`) {
		t.Errorf("without a case: %d %s", status, body)
	}
	call := mconnect.CallID(header.Get("MConnect-Call-Id"))
	proof := must.Get(r.Prove(t.Context(), "hall.app", call, "outcome"))(t)
	proven := must.Get(verify.Evidence(proof, r.Key))(t)
	if proven.Facts.Kind != "outcome" || !strings.Contains(string(proven.Record), string(call)) {
		t.Errorf("proves %s", proven.Record)
	}
	if strings.Contains(string(proven.Record), "2999000006393") {
		t.Error("the subject stands in the record in clear")
	}
	if _, err := r.Prove(t.Context(), "registry.persons", call, "outcome"); fault.From(err).Code != fault.RecordUnknown {
		t.Errorf("another system's evidence: %v", err)
	}
	found := foundOf(t)(r.Records().Search(t.Context(), admin.Query{Subject: "2999000006393", Limit: 10}))
	if len(found) != 2 || found[0].Verdict != "refused" || found[1].Verdict != "answered" {
		t.Errorf("found %+v", found)
	}
	metrics := r.metrics()
	for _, line := range []string{
		`mconnect_calls_total{consumer="hall",leg="",provider="registry.persons",service="GetPerson",verdict="answered"} 1`,
		`mconnect_calls_total{consumer="hall",leg="caller",provider="registry.persons",service="GetPerson",verdict="refused"} 1`,
		`mconnect_faults_total{code="purpose.reason"} 1`,
		`mconnect_journal_commit_seconds_count 3`,
		"mconnect_journal_records 1", `mconnect_certificate_expiry_timestamp_seconds{use="platform"}`, "mconnect_ready 1", `mconnect_faults_total{code="record.unavailable"} 0`, "mconnect_country_revision 7",
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics do not hold %s", line)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
	r.end()
	report := verified(t, w)
	if report.Kinds["intent"] != 1 || report.Kinds["outcome"] != 1 || report.Kinds["refusal"] != 1 || report.Kinds["change"] != 7 || report.Kinds["started"] != 1 {
		t.Errorf("journal holds %v", report.Kinds)
	}
	if strings.Contains(w.log.String(), "2999000006393") {
		t.Errorf("the subject stands in the log:\n%s", w.log)
	}
}

// verified checks the journal of a stopped installation.
func verified(t *testing.T, w *testPlatform) verify.Report {
	t.Helper()
	i := must.Get(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
	defer func() { _ = i.Close() }()
	kept := must.Get(os.ReadFile(w.cfg.Journal.Checkpoint))(t)
	return must.Get(verify.Journal(t.Context(), i.Source(), i.Key, verify.Options{Known: [][]byte{kept}}))(t)
}

func TestApp_DrainLetsCallsFinish(t *testing.T) { onEach(t, drainLetsCallsFinish) }

func drainLetsCallsFinish(t *testing.T, w *testPlatform) {
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		close(arrived)
		await(release)
		person(rw, `"LastName":"Sintetic"`)
	})
	answered := make(chan int, 1)
	go func() {
		status, _, _ := r.ask("DOS-0001")
		answered <- status
	}()
	await(arrived)
	r.stop()
	for deadline := time.Now().Add(waits.Limit); ; {
		if err := r.Ready(t.Context()); err != nil && fault.From(err).Code == fault.Draining {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("does not drain")
		}
		<-time.After(time.Millisecond)
	}
	close(release)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the call in flight got %d", status)
	}
	r.end()
	if report := verified(t, w); report.Kinds["outcome"] != 1 {
		t.Errorf("journal holds %v", report.Kinds)
	}
}

func TestApp_CallTooSlowIsCutOffAtTheEndOfTheDrain(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Limits.Drain = 50 * time.Millisecond
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	w.answers(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		await(release)
	})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		conn, err := net.Dial("tcp", r.Addrs().Exchange) // not HTTP: an open connection that never speaks
		if err == nil {
			_, _ = io.ReadAll(conn)
			_ = conn.Close()
		}
	}()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		askAnyway(r)
	}()
	await(arrived)
	r.end()
	close(release)
	<-gone
	<-asked
	verified(t, w)
}

// await waits for a signal, but not for ever: a test that failed before it gave it must end.
func await(signal <-chan struct{}) {
	select {
	case <-signal:
	case <-time.After(waits.Limit):
	}
}

// askAnyway asks lawfully and does not mind that the connection breaks.
func askAnyway(r *running) {
	web := r.w.hall()
	defer web.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodPost, "https://"+r.Addrs().Exchange+"/api/v1/GetPerson", strings.NewReader(`{"IDNP":"2999000006393"}`))
	if err != nil {
		return
	}
	req.Header = lawful()
	if res, err := web.Do(req); err == nil {
		_ = res.Body.Close()
	}
}

func TestApp_OlderStoreIsRefused(t *testing.T) {
	w := newTestPlatform(t)
	r := w.start()
	r.end()
	older := must.Get(os.ReadFile(w.path("mconnect.db")))(t)
	r = w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	r.end()
	for _, left := range must.Get(filepath.Glob(w.path("mconnect.db*")))(t) {
		must.OK(t, os.Remove(left))
	}
	must.OK(t, os.WriteFile(w.path("mconnect.db"), older, 0o600))
	_, err := app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log))
	if !errors.Is(err, app.ErrRolledBack) {
		t.Fatalf("an older store: %v; want ErrRolledBack", err)
	}
	must.OK(t, os.Remove(w.cfg.Journal.Checkpoint))
	w.start().end() // put aside on purpose
}

func TestApp_AnotherHistoryOfTheSameLengthIsRefused(t *testing.T) {
	w := newTestPlatform(t)
	w.start().end()
	kept := must.Get(os.ReadFile(w.cfg.Journal.Checkpoint))(t)
	for _, left := range must.Get(filepath.Glob(w.path("mconnect.db*")))(t) {
		must.OK(t, os.Remove(left))
	}
	must.OK(t, os.Remove(w.cfg.Journal.Checkpoint))
	w.start().end()
	must.OK(t, os.WriteFile(w.cfg.Journal.Checkpoint, kept, 0o600))
	if _, err := app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); !errors.Is(err, app.ErrRolledBack) {
		t.Fatalf("another history: %v; want ErrRolledBack", err)
	}
	examined := func() error { // as doctor does it
		i := must.Get(app.OpenFor(t.Context(), w.cfg, app.Access{ReadOnly: true, Examine: true}, app.NewLogger(w.log, w.cfg.Log)))(t)
		defer func() { _ = i.Close() }()
		return i.Forked()
	}
	if err := examined(); !errors.Is(err, app.ErrRolledBack) || !strings.Contains(err.Error(), w.cfg.Journal.Checkpoint) {
		t.Errorf("examined: %v; want ErrRolledBack and the file", err)
	}
	if now := must.Get(os.ReadFile(w.cfg.Journal.Checkpoint))(t); !bytes.Equal(now, kept) {
		t.Error("who only examined wrote the kept checkpoint")
	}
	must.OK(t, os.WriteFile(w.cfg.Journal.Checkpoint, []byte("nonsense"), 0o600))
	if _, err := app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); err == nil {
		t.Fatal("a checkpoint that is none was passed over")
	}
}

func TestApp_StartIsAllOrNothing(t *testing.T) {
	w := newTestPlatform(t)
	busy := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer func() { _ = busy.Close() }()
	w.cfg.Admin.Listen = busy.Addr().String()
	if _, err := app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); err == nil {
		t.Fatal("started on a busy address")
	}
	w.cfg.Admin.Listen = "127.0.0.1:0"
	a := must.Get(app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
	if err := a.Close(); err != nil {
		t.Errorf("closing what never ran: %v", err)
	}
}

func TestApp_NotInitialisedSaysWhatToDo(t *testing.T) {
	for _, missing := range []string{"keys", "pki"} {
		w := newTestPlatform(t)
		must.OK(t, os.RemoveAll(w.path(missing)))
		_, err := app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log))
		if !errors.Is(err, app.ErrNotInitialised) || !strings.Contains(err.Error(), "mconnect pki init") {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestApp_ShortTokenIsRefused(t *testing.T) {
	w := newTestPlatform(t)
	must.OK(t, os.WriteFile(w.cfg.AdminToken(), []byte("short"), 0o600))
	if _, err := app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); err == nil || strings.Contains(err.Error(), `"short"`) {
		t.Fatalf("a short token: %v", err)
	}
}

func TestApp_SearchCatchesUpWithoutAServer(t *testing.T) {
	w := newTestPlatform(t)
	i := must.Get(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
	defer func() { _ = i.Close() }()
	must.Get(i.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	for range 2 {
		must.OK(t, i.CatchUp(t.Context()))
	}
	at := must.Get(i.Store.IndexPosition(t.Context()))(t)
	head := must.Get(i.Log().Head(t.Context()))(t)
	if at != head.Size || at != 7 {
		t.Errorf("index at %d of %d", at, head.Size)
	}
}
