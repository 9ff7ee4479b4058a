package portal_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

// trials is a sandbox that remembers what was tried.
type trials struct{ judged, sent []portal.Trial }

func (s *trials) Systems(of mconnect.ParticipantID) []mconnect.SystemID {
	return []mconnect.SystemID{mconnect.SystemID(of + ".asistenta")}
}

func (s *trials) Judge(t portal.Trial) (agreement.Verdict, error) {
	s.judged = append(s.judged, t)
	if t.Context.Reason == "" {
		return agreement.Verdict{Checks: []fault.Check{{Name: "purpose.reason", Result: fault.Failed,
			Code: fault.PurposeReason, Params: map[string]string{"form": "numărul cererii"}}},
			Fault: fault.New(fault.PurposeReason, "form", "numărul cererii")}, nil
	}
	return agreement.Verdict{Allowed: true, Grant: []string{"LastName"},
		Checks: []fault.Check{{Name: "agreement.exists", Result: fault.Passed}}}, nil
}

func (s *trials) Send(_ context.Context, t portal.Trial) ([]byte, agreement.Verdict, error) {
	s.sent = append(s.sent, t)
	return []byte(`{"LastName":"Sintetic-<001>"}`), agreement.Verdict{Allowed: true}, nil
}

func sandboxPages(t *testing.T) (*trials, func(token string, form url.Values) (int, string)) {
	t.Helper()
	in := func(roles ...people.Role) *people.Principal {
		return &people.Principal{Person: "p1", Name: "Exemplu", Roles: roles,
			Context: people.Context{Participant: "primaria"}}
	}
	s := &trials{}
	cfg := config(t, &catalogue{})
	cfg.Sandbox = s
	cfg.Accounts = everybody{known: map[string]*people.Principal{"integrator": in(people.Integrator),
		"clerk": in(people.Clerk)}}
	h := must.Get(portal.New(cfg))(t).Handler()
	return s, func(token string, form url.Values) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/sandbox", nil)
		if form != nil {
			r = httptest.NewRequestWithContext(t.Context(), "POST", "/sandbox", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header.Set("Cookie", "__Host-session="+token)
		r.Header.Set("Accept-Language", "ro")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
}

func TestSandbox_IsForThoseWithTheRight(t *testing.T) {
	_, do := sandboxPages(t)
	for token, want := range map[string]int{"integrator": 200, "clerk": 403, "": 303} {
		if status, _ := do(token, nil); status != want {
			t.Errorf("%q: %d, want %d", token, status, want)
		}
		if status, _ := do(token, url.Values{}); status == 200 {
			t.Errorf("%q: an empty form is accepted", token)
		}
	}
}

// TestSandbox_JudgesAndSends: the verdict check by check, said to be a simulation; the cut answer of the sandbox.
func TestSandbox_JudgesAndSends(t *testing.T) {
	s, do := sandboxPages(t)
	form := url.Values{"system": {"primaria.asistenta"}, "service": {"GetPerson"}, "basis": {"Legea <x>"},
		"person": {"2999000006393"}, "do": {"judge"}}
	_, body := do("integrator", form)
	for _, want := range []string{"Apelul ar fi refuzat.", "numărul cererii", "Este o simulare", "nu a trecut", "Legea &lt;x&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not said", want)
		}
	}
	form.Set("reason", "AS-2026-00017")
	if _, body := do("integrator", form); !strings.Contains(body, "Apelul ar fi permis.") || !strings.Contains(body, "<code>LastName</code>") {
		t.Error("an allowed call")
	}
	form.Set("do", "send")
	if _, body := do("integrator", form); !strings.Contains(body, "Sandboxul a răspuns.") || !strings.Contains(body, "Sintetic-&lt;001&gt;") {
		t.Error("the answer is not shown")
	}
	if len(s.judged) != 2 || len(s.sent) != 1 || string(s.sent[0].Input) != `{"IDNP":"2999000006393"}` {
		t.Errorf("judged %+v, sent %+v", s.judged, s.sent)
	}
}

// TestSandbox_RefusesRealPersonsAndForeignSystems: such a form goes no further, and nothing typed is lost.
func TestSandbox_RefusesRealPersonsAndForeignSystems(t *testing.T) {
	for field, value := range map[string]string{"person": "2000000000004", "user": "1", "system": "spital.sistem", "service": "GetNothing"} {
		s, do := sandboxPages(t)
		form := url.Values{"system": {"primaria.asistenta"}, "service": {"GetPerson"}, "basis": {"tipărit"},
			"person": {"2999000006393"}, "do": {"send"}}
		form.Set(field, value)
		status, body := do("integrator", form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#`+field+`"`) ||
			!strings.Contains(body, `value="tipărit"`) || !strings.Contains(body, "<title>Eroare: ") {
			t.Errorf("%s: %d", field, status)
		}
		if len(s.sent) != 0 {
			t.Errorf("%s: sent %+v", field, s.sent)
		}
	}
}
