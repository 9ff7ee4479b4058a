package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

// TestPortal_ExplainsARefusal: the problem document leads to the page, and the page's facts are those of the journal;
// a reading of it is a record.
func TestPortal_ExplainsARefusal(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Portal.Listen = "127.0.0.1:0"
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	status, _, body := r.ask("because")
	var d struct{ Code, CallID, Help string }
	if err := json.Unmarshal([]byte(body), &d); err != nil || status != http.StatusForbidden {
		t.Fatalf("%d %s %v", status, body, err)
	}
	_, port, _ := strings.Cut(r.Addrs().Portal, ":")
	if !strings.HasSuffix(d.Help, ":"+port+"/r/"+d.CallID) {
		t.Errorf("help %q", d.Help)
	}
	c := must.Get(r.PortalCalls().Call(t.Context(), mconnect.CallID(d.CallID)))(t)
	if c.Record.Kind != journal.Refusal || c.Record.Code != fault.PurposeReason || len(c.Record.Checks) < 10 ||
		c.Record.Context.Reason != "because" || !c.Subject || c.Outcome != nil || c.Record.Provider == "" {
		t.Errorf("call %+v", c)
	}
	if _, err := r.PortalCalls().Call(t.Context(), "0193689e-7a41-7c11-9d0e-6f2b4c8a1e55"); fault.From(err).Code !=
		fault.PathUnknown {
		t.Errorf("a call that never was: %v", err)
	}
	who := &people.Principal{Person: "p1", Context: people.Context{Participant: "hall"}}
	must.OK(t, r.PortalCalls().Read(t.Context(), who, "refusal "+d.CallID))
	if bundle := must.Get(r.PortalCalls().Evidence(t.Context(), c.Index))(t); len(bundle) == 0 {
		t.Error("no evidence")
	}
	last := must.Get(r.Records().Size(t.Context()))(t) - 1
	e, _, err := r.Journal.Entry(t.Context(), last)
	if err != nil || e.Kind != journal.Reading || e.Actor != "person:p1@hall" || e.Reading.Query != "refusal "+d.CallID {
		t.Errorf("the newest record is %+v, %v", e.Record, err)
	}
	r.end()
}

// TestPortal_TriesACall: the verdict of the real agreements without a record, and the answer of the sandbox.
func TestPortal_TriesACall(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	s := r.PortalSandbox()
	own := s.Systems("hall")
	if len(own) != 1 {
		t.Fatalf("systems %v", own)
	}
	head := lawful()
	trial := portal.Trial{System: own[0], Service: "GetPerson", Input: []byte(asked), Context: mconnect.LegalContext{
		User: head.Get("CallingUser"), Entity: head.Get("CallingEntity"), Basis: head.Get("CallBasis"), Reason: "DOS-0001"}}
	before := must.Get(r.Records().Size(t.Context()))(t)
	if v := must.Get(s.Judge(trial))(t); !v.Allowed {
		t.Errorf("verdict %+v", v)
	}
	answer, v, err := s.Send(t.Context(), trial)
	if err != nil || !v.Allowed || !strings.Contains(string(answer), "Sintetic") {
		t.Errorf("%s %v", answer, err)
	}
	trial.Context.Reason = "because"
	if v := must.Get(s.Judge(trial))(t); v.Allowed || v.Fault.Code != fault.PurposeReason {
		t.Errorf("verdict %+v", v)
	}
	if after := must.Get(r.Records().Size(t.Context()))(t); after != before {
		t.Errorf("%d records of the journal became %d", before, after)
	}
	r.end()
}
