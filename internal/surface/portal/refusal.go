package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// Calls reads what the journal holds of calls.
type Calls interface {
	// Call finds a call; fault path.unknown when there is none.
	Call(ctx context.Context, id mconnect.CallID) (Call, error)
	// Read records that somebody reads the journal, before anything is shown.
	Read(ctx context.Context, who *people.Principal, query string) error
	// Evidence is a record with its inclusion proof and checkpoint, in one file.
	Evidence(ctx context.Context, index int64) ([]byte, error)
}

// Call is the records of one call.
type Call struct {
	Index   int64 // of the intent, or of the refusal
	Record  journal.Record
	Subject bool            // it concerns a person
	Outcome *journal.Record // nil: not recorded yet, or refused
}

// code is why the call was refused or failed; "" when it was not.
func (c Call) code() fault.Code {
	if c.Outcome != nil {
		return c.Outcome.Code
	}
	return c.Record.Code
}

func (s *Surface) refusalRoutes() {
	if s.cfg.Calls != nil {
		s.page("GET /r/{reference}", s.refusal)
		s.page("GET /r/{reference}/evidence", s.refusalEvidence)
	}
}

// readable finds a call that the reader may see, and records the reading. What does not exist and what the reader may
// not see are one fault: path.unknown. own is false for the provider's side, which sees no stated reason and user.
func (s *Surface) readable(r *http.Request, v *view, what string) (c Call, own bool, err error) {
	if err := s.need(v); err != nil {
		return c, false, err
	}
	id, err := mconnect.ParseCallID(r.PathValue("reference"))
	if err != nil {
		return c, false, fault.New(fault.PathUnknown)
	}
	if c, err = s.cfg.Calls.Call(r.Context(), id); err != nil {
		return c, false, err
	}
	sides := people.Object{Owner: c.Record.Consumer, Provider: c.Record.Provider.Participant()}
	if v.who.May(people.RefusalView, sides, v.now) != nil {
		return c, false, fault.New(fault.PathUnknown)
	}
	own = v.who.May(people.RefusalView, people.Object{Owner: sides.Owner}, v.now) == nil
	return c, own, s.cfg.Calls.Read(r.Context(), v.who, what+" "+string(id))
}

// refusal explains a call check by check to those who may see it. Without a login it says only that one is needed.
func (s *Surface) refusal(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.who == nil {
		return s.render(w, r, v, http.StatusForbidden, refusalLoginPage(v))
	}
	c, own, err := s.readable(r, v, "refusal")
	if err != nil {
		return err
	}
	x := explained{Call: c, own: own, checks: c.Record.Checks}
	if !own {
		x.checks = redacted(x.checks)
	}
	if code := c.code(); code != "" {
		x.fault = faultOf(c.Record, code, x.checks)
	}
	if sheet, err := s.cfg.Guide.Show(string(c.Record.Service)); err == nil {
		x.provider = sheet.OwnerName
	}
	x.trace = traceOf(c, x.checks)
	return s.render(w, r, v, http.StatusOK, refusalPage(v, x))
}

// refusalEvidence is the record of an own call with its proof.
func (s *Surface) refusalEvidence(w http.ResponseWriter, r *http.Request, v *view) error {
	c, own, err := s.readable(r, v, "evidence of refusal")
	if err != nil {
		return err
	}
	if !own {
		return fault.New(fault.PathUnknown)
	}
	bundle, err := s.cfg.Calls.Evidence(r.Context(), c.Index)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition",
		`attachment; filename="mconnect-record-`+strconv.FormatInt(c.Index, 10)+`.evidence"`)
	_, _ = w.Write(bundle) // the browser went away
	return nil
}

// explained is a call as one reader sees it.
type explained struct {
	Call
	own      bool
	checks   []fault.Check
	fault    *fault.Error // nil when the call was answered, or is not over
	provider mconnect.Text
	trace    string
}

// private are the checks whose values are what the caller stated about itself and about its case.
var private = []string{"caller.user", "caller.entity", "context.complete", "purpose.reason"}

// redacted is a verdict without what the provider's side may not see.
func redacted(checks []fault.Check) []fault.Check {
	all := slices.Clone(checks)
	for i := range all {
		if slices.Contains(private, all[i].Name) {
			all[i].Params = nil
		}
	}
	return all
}

// faultOf is the fault of a call as its record states it: its values are those of the check that failed.
func faultOf(r journal.Record, code fault.Code, checks []fault.Check) *fault.Error {
	f := fault.New(code, "service", string(r.Service), "version", r.Version.String(), "system", string(r.System),
		"agreement", string(r.Agreement), "consumer", string(r.Consumer), "provider", string(r.Provider))
	for _, c := range checks {
		if c.Code == code {
			for name, value := range c.Params {
				f.Params[name] = value
			}
		}
	}
	if r.Leg != "" {
		f.Leg = r.Leg
	}
	f.Call = r.Call
	return f
}

// state is how the call ended, as a tone and a sentence.
func (x explained) state() (tone string, sentence mconnect.Text) {
	switch {
	case x.Record.Kind == journal.Refusal:
		return "bad", text.CallRefusedState
	case x.Outcome == nil:
		return "wait", text.CallOpenState
	case x.fault != nil:
		return "bad", text.CallFailedState
	}
	return "ok", text.CallAnsweredState
}

// title is the heading of the page.
func (x explained) title(v *view) string {
	if x.fault == nil {
		return v.say(text.CallAnsweredTitle)
	}
	return x.fault.Sentence(v.lang)
}

// loginLink leads to the login, and from there back to this page.
func (v *view) loginLink() templ.SafeURL {
	return templ.SafeURL("/login?" + url.Values{"to": {v.path}}.Encode())
}

// checkMark is the tone and the icon of a result.
func checkMark(r fault.Result) (tone, icon string) {
	switch r {
	case fault.Passed:
		return "ok", "circle-check"
	case fault.Failed:
		return "bad", "circle-x"
	case fault.Flagged:
		return "warn", "flag"
	}
	return "none", "circle-dashed"
}

// trace is what a programmer needs of a call, without personal data.
type trace struct {
	Code      fault.Code           `json:"code,omitempty"`
	Leg       fault.Leg            `json:"leg,omitempty"`
	Party     fault.Party          `json:"party,omitempty"`
	Call      mconnect.CallID      `json:"callId"`
	TraceID   string               `json:"traceId,omitempty"`
	Index     int64                `json:"record"`
	Protocol  string               `json:"protocol,omitempty"`
	System    mconnect.SystemID    `json:"system"`
	Service   string               `json:"service"`
	Agreement mconnect.AgreementID `json:"agreement,omitempty"`
	Purpose   mconnect.PurposeCode `json:"purpose,omitempty"`
	Context   map[string]string    `json:"context"`
	Subject   string               `json:"subject,omitempty"`
	Checks    []traceCheck         `json:"checks,omitempty"`
	Spent     map[string]int64     `json:"spentMicroseconds,omitempty"`
}

type traceCheck struct {
	Name   string       `json:"name"`
	Result fault.Result `json:"result"`
	Code   fault.Code   `json:"code,omitempty"`
}

// traceOf writes the trace. What identifies a person or a case is replaced by its name in braces.
func traceOf(c Call, checks []fault.Check) string {
	r := c.Record
	t := trace{Code: c.code(), Leg: r.Leg, Call: r.Call, TraceID: r.Trace, Index: c.Index, Protocol: r.Protocol,
		System: r.System, Service: string(r.Service) + "/" + r.Version.String(), Agreement: r.Agreement,
		Purpose: r.Purpose, Context: map[string]string{"basis": r.Context.Basis}, Spent: r.Spent}
	if t.Code != "" {
		t.Party = t.Code.Entry().Party
	}
	if c.Outcome != nil {
		t.Spent = c.Outcome.Spent
	}
	for name, stated := range map[string]string{"user": r.Context.User, "entity": r.Context.Entity,
		"reason": r.Context.Reason} {
		if stated != "" {
			t.Context[name] = "{" + name + "}"
		}
	}
	if c.Subject {
		t.Subject = "{subject}"
	}
	for _, one := range checks {
		t.Checks = append(t.Checks, traceCheck{one.Name, one.Result, one.Code})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if e.Encode(t) != nil { // no such value
		return ""
	}
	return b.String()
}
