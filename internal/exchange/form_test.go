package exchange_test

import (
	"errors"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/test/must"
)

// TestForm_IsRecorded: hash and kept bodies are of the message as it came and of the answer as it
// leaves.
func TestForm_IsRecorded(t *testing.T) {
	w := newPlatform(t)
	s := personService()
	s.KeepBodies = catalog.Duration(time.Hour)
	must.OK(t, w.catalog.Put(s))
	c := w.call()
	c.Protocol, c.Received = "soap", []byte("<envelope/>")
	c.Encode = func(dst []byte, svc *catalog.Ready, answer []byte) ([]byte, error) {
		return append(append(dst, "<"+svc.Response.Name+">"...), answer...), nil
	}
	c.Tolerated = []fault.Check{{Name: "signature", Result: fault.Flagged, Code: fault.SignatureWeak}}
	answer := must.Get(w.Do(t.Context(), c))(t)
	const want = `<Person>{"LastName":"Exemplu","Address":{"City":"Bălți"}}`
	if string(answer.Body) != want {
		t.Errorf("answer %s", answer.Body)
	}
	all := w.wantKinds(t, journal.Intent, journal.Outcome)
	intent, outcome := all[0], all[1]
	if intent.Protocol != "soap" || intent.Request.SHA256 != sum(c.Received) || outcome.Answer.SHA256 != sum([]byte(want)) {
		t.Errorf("recorded %+v %+v", intent.Request, outcome.Answer)
	}
	if len(intent.Checks) != 1 || intent.Checks[0].Code != fault.SignatureWeak || w.seen[0].Flagged != 1 {
		t.Errorf("what was tolerated: %+v, observed %+v", intent.Checks, w.seen)
	}
	if len(w.kept.held) != 2 {
		t.Errorf("%d bodies kept", len(w.kept.held))
	}
	answer.Release()
}

// TestForm_UnwritableAnswerIsAnOutcome: the provider was asked, so it is no refusal.
func TestForm_UnwritableAnswerIsAnOutcome(t *testing.T) {
	w := newPlatform(t)
	for _, c := range []struct {
		err  error
		code fault.Code
		leg  fault.Leg
	}{
		{&fault.Error{Code: fault.ProviderInvalid, Leg: fault.Provider}, fault.ProviderInvalid, fault.Provider},
		{errors.New("a defect"), fault.InternalError, fault.Platform},
	} {
		call := w.call()
		call.Encode = func([]byte, *catalog.Ready, []byte) ([]byte, error) { return nil, c.err }
		_, err := w.Do(t.Context(), call)
		wantFault(t, err, c.code, c.leg)
		all := w.records(t)
		if last := all[len(all)-1]; last.Kind != journal.Outcome || last.Code != c.code {
			t.Errorf("recorded %s %s", last.Kind, last.Code)
		}
	}
}

// TestDo_UnprovenCallerIsUnidentified: the reason of the surface is reported, recorded within bounds, and the register
// is not asked.
func TestDo_UnprovenCallerIsUnidentified(t *testing.T) {
	w := newPlatform(t, func(cfg *exchange.Config) {
		cfg.Strangers = exchange.RefusalLimit{PerSecond: 1e-9, Burst: 2, Summary: time.Hour}
	})
	for range 5 {
		c := w.call()
		c.Chain, c.Unproven, c.Unread = nil, fault.New(fault.SignatureWrong), fault.New(fault.PathUnknown)
		_, err := w.Do(t.Context(), c)
		if f := wantFault(t, err, fault.SignatureWrong, fault.Caller); f.Call == "" {
			t.Error("no reference")
		}
	}
	for _, e := range w.wantKinds(t, journal.Refusal, journal.Refusal) {
		if e.Code != fault.SignatureWrong || e.System != "" || e.Service != mconnect.ServiceName("GetPerson") {
			t.Errorf("recorded %+v", e.Record)
		}
	}
}

// TestDo_RefusalListsWhatWasTolerated before it says what was not.
func TestDo_RefusalListsWhatWasTolerated(t *testing.T) {
	w := newPlatform(t)
	c := w.call()
	c.Tolerated = []fault.Check{{Name: "signature", Result: fault.Flagged, Code: fault.SignatureWeak}}
	c.Context.Reason = "curiosity"
	_, err := w.Do(t.Context(), c)
	wantFault(t, err, fault.PurposeReason, fault.Caller)
	e := w.wantKinds(t, journal.Refusal)[0]
	if len(e.Checks) < 10 || e.Checks[0].Name != "signature" || len(c.Verdict.Checks) != len(e.Checks)-1 {
		t.Errorf("checks %+v", e.Checks)
	}
}
