package requests_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/manifest"
	"mconnect/test/must"
)

func wantCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if err == nil || fault.From(err).Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// TestSign_OnlyTheSignatoryOverTheContent: another person's signature, one over another content, a forged one and one
// of a certificate that nobody trusts are refused, and the request waits on.
func TestSign_OnlyTheSignatoryOverTheContent(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.drafted(c)
	o.step(c.editor, r.Number, access.Step{Verb: access.Submit})
	r = o.step(c.dpo, r.Number, access.Step{Verb: access.Protect, Approved: true})
	content := must.Get(o.Frozen(t.Context(), c.signatory, r.Number, 1))(t)
	good := o.sign("p-head", "2999000006393", content)
	other := o.sign("p-editor", "2999000010093", content)
	parts := strings.Split(good, ".")
	for name, one := range map[string]struct {
		jws  string
		want fault.Code
	}{
		"another person":  {other, fault.RequestSigner},
		"another content": {o.sign("p-head", "2999000006393", []byte(`{}`)), fault.RequestDigest},
		"forged":          {parts[0] + "." + parts[1] + "." + strings.Split(other, ".")[2], fault.RequestSignature},
		"no signature":    {"x", fault.RequestSignature},
		"cut":             {good[:len(good)/2], fault.RequestSignature},
	} {
		_, err := o.Sign(t.Context(), c.signatory, r.Number, 0, one.jws)
		wantCode(t, name, err, one.want)
	}
	delete(o.signers, "p-head")
	_, err := o.Sign(t.Context(), c.signatory, r.Number, 0, good)
	wantCode(t, "an untrusted certificate", err, fault.RequestSignature)
	if again := must.Get(o.Open(t.Context(), c.signatory, r.Number))(t); again.State != access.AwaitingSignature {
		t.Errorf("after the refusals: %s", again.State)
	}
}

// TestReturn_AnswersWithANewVersion: the points stay open until the new version is signed, the old one is kept.
func TestReturn_AnswersWithANewVersion(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.submitted(c)
	o.wait(48 * time.Hour)
	c = o.cast() // the same persons, who confirmed their identity again
	r = o.step(c.checker, r.Number, access.Step{Verb: access.Return, Reason: "vă rugăm",
		Points: []access.Point{{Path: "/purposes/0/why", Text: "pentru cine?"}}})
	if len(r.OpenPoints()) != 1 || !r.Clock.Read(o.now()).Waits {
		t.Errorf("after the return: %+v", r.Clock)
	}
	changed := answers(o.now().Format(time.DateOnly), o.now().AddDate(2, 0, 0).Format(time.DateOnly))["C"]
	changed["purposes"].([]any)[0].(map[string]any)["why"] = "Numele și domiciliul familiilor care cer ajutor."
	o.step(c.editor, r.Number, access.Step{Verb: access.Save, Block: "C", Answers: changed})
	found := must.Get(o.Diff(t.Context(), c.checker, r.Number, 1, 0))(t)
	if len(found) == 0 || !strings.HasPrefix(found[len(found)-1].Path, "/purposes/0/") {
		t.Errorf("the difference: %+v", found)
	}
	o.step(c.editor, r.Number, access.Step{Verb: access.Submit})
	r = o.step(c.dpo, r.Number, access.Step{Verb: access.Protect, Approved: true})
	content := must.Get(o.Frozen(t.Context(), c.signatory, r.Number, 0))(t)
	r = must.Get(o.Sign(t.Context(), c.signatory, r.Number, 0, o.sign("p-head", "2999000006393", content)))(t)
	if len(r.Versions) != 2 || len(r.OpenPoints()) != 0 || r.State != access.Submitted || r.Clock.Read(o.now()).Waits {
		t.Errorf("after the second signature: %d versions, %s", len(r.Versions), r.State)
	}
	if first := must.Get(o.Frozen(t.Context(), c.checker, r.Number, 1))(t); string(first) == string(content) {
		t.Error("the first version is not kept")
	}
}

func TestRefuse_StatesFactsLawAndAppeal(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.submitted(c)
	o.step(c.checker, r.Number, access.Step{Verb: access.Review, Checks: allChecks()})
	r = o.step(c.decider, r.Number, access.Step{Verb: access.Refuse, Refusal: &access.Refusal{Code: access.OutsideMandate,
		Facts: "Legea nu dă primăriei această sarcină.", Law: "Legea nr. 142/2018, art. 6"}})
	last := r.Documents[len(r.Documents)-1]
	d := must.Get(o.Document(t.Context(), last.Number))(t)
	if r.State != access.Refused || last.Kind != access.RefusalDocument || !strings.Contains(string(d.Content), "contencios") {
		t.Errorf("%s %s", r.State, d.Content)
	}
	_, err := o.Step(t.Context(), c.editor, r.Number, access.Step{Verb: access.Submit})
	wantCode(t, "a step after the refusal", err, fault.RequestState)
}

func TestOpen_OthersLearnNothing(t *testing.T) {
	o := newOffice(t)
	r := o.drafted(o.cast())
	for name, p := range map[string]people.Principal{"another institution": o.person("x", "other", people.ParticipantRoles()...),
		"nobody": {}, "a clerk": o.person("y", "hall", people.Clerk)} {
		_, err := o.Open(t.Context(), p, r.Number)
		wantCode(t, name, err, fault.RequestUnknown)
		_, err = o.Step(t.Context(), p, r.Number, access.Step{Verb: access.Save, Block: "A"})
		wantCode(t, name+" saves", err, fault.RequestUnknown)
		if found := must.Get(o.List(t.Context(), p, access.Query{}))(t); len(found) != 0 {
			t.Errorf("%s lists %d requests", name, len(found))
		}
	}
}

func TestSave_StalePageLosesNothing(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.drafted(c)
	_, err := o.Step(t.Context(), c.editor, r.Number, access.Step{Verb: access.Save, Block: "A", Revision: r.Revision - 1,
		Answers: map[string]any{"systems": []any{}}})
	wantCode(t, "a stale page", err, fault.RequestStale)
	if again := must.Get(o.Open(t.Context(), c.editor, r.Number))(t); again.Answers["rsi_number"] != "RSI-17" {
		t.Errorf("answers %v", again.Answers)
	}
}

func TestAttach_TypeByContent(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.drafted(c)
	for name, data := range map[string]string{"a page": "<html>", "empty": "", "a script": "#!/bin/sh", "zip": "PK\x03\x04"} {
		_, err := o.Attach(t.Context(), c.editor, r.Number, 0, access.File{Name: "x.pdf", Data: []byte(data)})
		wantCode(t, name, err, fault.AttachmentRefused)
	}
	_, err := o.Attach(t.Context(), c.editor, r.Number, 0, access.File{Data: make([]byte, 10<<20+1)})
	wantCode(t, "too large", err, fault.AttachmentRefused)
	pdf := []byte("%PDF-1.7\n")
	r = must.Get(o.Attach(t.Context(), c.editor, r.Number, 0, access.File{Name: `C:\x\"a".pdf`, Data: pdf}))(t)
	a, data, err := o.Attachment(t.Context(), c.editor, r.Number, r.Attachments[0].Digest)
	if err != nil || string(data) != string(pdf) || a.Media != "application/pdf" || strings.ContainsAny(a.Name, `"\/`) {
		t.Errorf("%+v %v", a, err)
	}
}

// TestApply_KeepsWhatARequestMade: a manifest changes such an agreement only where the order names it, and none may
// invent an origin.
func TestApply_KeepsWhatARequestMade(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.submitted(c)
	o.step(c.checker, r.Number, access.Step{Verb: access.Review, Checks: allChecks()})
	grant := access.GrantAll(access.AskedBy(r.Answers))
	o.step(c.decider, r.Number, access.Step{Verb: access.Decide, Verdict: &grant})
	r = o.step(c.approver, r.Number, access.Step{Verb: access.Approve})
	a, _ := o.rooms.Agreements.Get(r.Agreement)
	stated := a.Stated()
	stated.Origin, stated.Status, stated.Purposes[0].Fields = "", agreement.InForce, []string{"*"}
	apply := func(order manifest.Order, a agreement.Agreement) error {
		doc := must.Get(json.Marshal(a))(t)
		set := must.Get(manifest.Parse("x.yaml", []byte(`{"kind": "Agreement", `+string(doc[1:])), nil))(t)
		_, err := o.keeper.Execute(t.Context(), order, set)
		return err
	}
	err := apply(manifest.Order{Actor: "ops"}, stated)
	if f := fault.From(err); err == nil || len(f.Fields) != 1 || f.Fields[0].Code != fault.AgreementByRequest {
		t.Errorf("apply overwrites: %v", err)
	}
	if err := apply(manifest.Order{Actor: "ops", Replace: []string{string(r.Agreement)}}, stated); err != nil {
		t.Errorf("with the agreement named: %v", err)
	}
	stated.ID, stated.Origin = "invented", "D-2026-0001"
	if err := apply(manifest.Order{Actor: "ops"}, stated); err == nil {
		t.Error("a manifest invents an origin")
	}
}

// TestJournal_HoldsNoPersonalData of a request: neither names nor addresses nor what was answered.
func TestJournal_HoldsNoPersonalData(t *testing.T) {
	o := newOffice(t)
	r := o.submitted(o.cast())
	head := must.Get(o.log.Head(t.Context()))(t)
	seen := 0
	must.Get(appendlog.EachBatch(t.Context(), o.log.Read, 0, head.Size, func(b appendlog.Batch) error {
		for _, e := range b.Entries {
			text := string(e.Data)
			if !strings.Contains(text, r.Number) {
				continue
			}
			seen++
			for _, bad := range []string{"Responsabil", "dpo@hall.invalid", "2999000006393", "ajutor"} {
				if strings.Contains(text, bad) {
					t.Errorf("%q stands in %s", bad, text)
				}
			}
		}
		return nil
	}))(t)
	if seen < 8 {
		t.Errorf("%d records of the request", seen)
	}
}

func TestBegin_OnlyForActiveParticipants(t *testing.T) {
	o := newOffice(t)
	_, err := o.Begin(t.Context(), o.person("x", "nowhere", people.Editor), requestsDraft())
	wantCode(t, "an unknown participant", err, fault.RequestParties)
	_, err = o.Begin(t.Context(), o.person("x", "hall", people.Signatory), requestsDraft())
	wantCode(t, "without the role", err, fault.RightMissing)
	_, err = o.Begin(t.Context(), o.cast().editor, access.Beginning{Kind: access.Amendment, Agreement: "none"})
	wantCode(t, "a change of nothing", err, fault.ResourceUnknown)
	_, err = o.Begin(t.Context(), o.cast().editor, access.Beginning{Kind: access.New, Service: "GetNothing/1.0.0"})
	wantCode(t, "an unknown service", err, fault.RequestInvalid)
}

func TestTasks_MineFirst(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.submitted(c)
	mine := must.Get(o.Tasks(t.Context(), c.checker))(t)
	if len(mine) != 1 || !mine[0].Mine || mine[0].Request != r.Number || mine[0].Clock == nil || mine[0].Clock.Limit != 30 {
		t.Errorf("%+v", mine)
	}
	if others := must.Get(o.Tasks(t.Context(), c.editor))(t); len(others) != 1 || others[0].Mine {
		t.Errorf("%+v", others)
	}
}
