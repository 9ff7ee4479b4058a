package problem

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

func TestProblem_EveryCodeHasAStatusAndSentences(t *testing.T) {
	for _, code := range fault.Codes() {
		if _, ok := statusOf[code.Entry().Kind]; !ok {
			t.Errorf("%s: its kind has no status", code)
		}
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
			d := New(fault.New(code), "", lang)
			if d.Detail == "" || d.Remedy == "" || d.Title == "" || d.Party == "" || d.Leg == "" {
				t.Errorf("%s in %s: incomplete document %+v", code, lang, d)
			}
		}
	}
}

func TestProblem_StatusesThatClientsBranchOn(t *testing.T) {
	for code, want := range map[fault.Code]int{
		fault.MessageMalformed: 400, fault.CertificateUnknown: 401, fault.AgreementNone: 403, fault.ServiceUnknown: 404,
		fault.MethodNotAllowed: 405, fault.MessageTooSlow: 408, fault.MessageTooLarge: 413, fault.MessageMediaType: 415,
		fault.InputInvalid: 422, fault.QuotaUsedUp: 429, fault.InternalError: 500, fault.ProviderInvalid: 502,
		fault.RecordUnavailable: 503, fault.ProviderTimeout: 504,
	} {
		if got := Status(fault.New(code)); got != want {
			t.Errorf("%s: status %d, want %d", code, got, want)
		}
	}
}

func TestProblem_DocumentListsChecksAndFields(t *testing.T) {
	e := fault.New(fault.AgreementExpired, "to", "2026-01-01")
	e.Call = "0198c0de-0000-7000-8000-000000000001"
	e.Checks = []fault.Check{
		{Name: "agreement.exists", Result: fault.Passed},
		{Name: "agreement.period", Result: fault.Failed, Code: fault.AgreementExpired, Params: map[string]string{"to": "2026-01-01"}},
	}
	e.Fields = []fault.FieldError{{Path: "/IDNP", Code: fault.InputMissing}}
	w := httptest.NewRecorder()
	if err := Write(w, New(e, "0af7651916cd43dd8448eb211c80319c", mconnect.English), 1500*time.Millisecond, mconnect.English); err != nil {
		t.Fatal(err)
	}
	var d Document
	must.OK(t, json.Unmarshal(w.Body.Bytes(), &d))
	if w.Code != 403 || w.Header().Get("Retry-After") != "2" || w.Header().Get("Content-Type") != MediaType {
		t.Fatalf("status %d, headers %v", w.Code, w.Header())
	}
	if len(d.Checks) != 2 || d.Checks[0].Detail != "" || d.Checks[1].Detail != d.Detail || len(d.Fields) != 1 || d.CallID != e.Call {
		t.Fatalf("document %+v", d)
	}
}

func TestLanguage_ByWeight(t *testing.T) {
	for accept, want := range map[string]mconnect.Lang{
		"": "ro", "en": "en", "ru-MD,ru;q=0.9": "ru", "fr, en;q=0.5, ru;q=0.8": "ru", "de": "ro", "EN-gb": "en",
		"en;q=0": "ro", "ro;q=0.3,en;q=x": "ro", ";;;,,,": "ro",
	} {
		if got := Language(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

// TestDocument_HasATitleInTheReadersLanguage: of every status that a fault can have.
func TestDocument_HasATitleInTheReadersLanguage(t *testing.T) {
	for _, code := range fault.Codes() {
		e := fault.New(code)
		en := New(e, "", mconnect.English)
		if en.Title != http.StatusText(en.Status) {
			t.Errorf("%s: %q", code, en.Title)
		}
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.Russian} {
			if d := New(e, "", lang); d.Title == "" || d.Title == en.Title {
				t.Errorf("%s in %s: %q", code, lang, d.Title)
			}
		}
	}
}

// TestExplain_LeadsToTheCallOrToTheCode: a refusal has a page of its own; what nobody recorded has that of its
// code.
func TestExplain_LeadsToTheCallOrToTheCode(t *testing.T) {
	call := mconnect.CallID("0193689e-7a41-7c11-9d0e-6f2b4c8a1e55")
	for _, c := range []struct {
		code   fault.Code
		call   mconnect.CallID
		portal string
		want   string
	}{
		{fault.PurposeReason, call, "https://portal", "https://portal/r/" + string(call)},
		{fault.PurposeReason, "", "https://portal", "https://portal/errors/purpose.reason"},
		{fault.LoginRequired, call, "https://portal", "https://portal/errors/login.required"},
		{fault.PurposeReason, call, "", ""},
	} {
		f := fault.New(c.code)
		f.Call = c.call
		if got := New(f, "", mconnect.English).Explain(c.portal).Help; got != c.want {
			t.Errorf("%s: %q, want %q", c.code, got, c.want)
		}
	}
}
