package requests_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func jsonOf(v any) ([]byte, error) { return json.Marshal(v) }

// cast are the persons of a journey.
type cast struct {
	editor, dpo, signatory, integrator, checker, approver, decider people.Principal
}

func (o *office) cast() cast {
	return cast{
		editor: o.person("p-editor", "hall", people.Editor), dpo: o.person("p-dpo", "hall", people.DPO),
		signatory:  o.person("p-head", "hall", people.Signatory),
		integrator: o.person("p-integrator", "hall", people.Integrator),
		checker:    o.person("p-checker", "", people.Checker), approver: o.person("p-approver", "", people.Approver),
		decider: o.person("p-decider", "asp", people.Decider),
	}
}

// submitted takes a request of the town hall to the operator's check list.
func (o *office) submitted(c cast) access.Request {
	o.t.Helper()
	ctx := o.t.Context()
	r := o.drafted(c)
	r = o.step(c.editor, r.Number, access.Step{Verb: access.Submit, Revision: r.Revision})
	if r.State != access.AwaitingDPO {
		o.t.Fatalf("after submit: %s", r.State)
	}
	r = o.step(c.dpo, r.Number, access.Step{Verb: access.Protect, Approved: true})
	content := must.Get(o.Frozen(ctx, c.signatory, r.Number, 0))(o.t)
	return must.Get(o.Sign(ctx, c.signatory, r.Number, r.Revision, o.sign("p-head", "2999000006393", content)))(o.t)
}

// drafted is a request with every block answered.
func (o *office) drafted(c cast) access.Request {
	o.t.Helper()
	r := must.Get(o.Begin(o.t.Context(), c.editor, requestsDraft()))(o.t)
	today := o.now().Format(time.DateOnly)
	for block, a := range answers(today, o.now().AddDate(2, 0, 0).Format(time.DateOnly)) {
		r = o.step(c.editor, r.Number, access.Step{Verb: access.Save, Block: block, Answers: a, Revision: r.Revision})
	}
	if found := must.Get(o.Evaluate(&r))(o.t); len(found.Errors) > 0 {
		o.t.Fatalf("the answers are not complete: %+v", found.Errors)
	}
	return r
}

func allChecks() (all []access.Check) {
	for _, id := range access.CheckList() {
		all = append(all, access.Check{ID: id, OK: true})
	}
	return all
}

func TestRequest_FromDraftToInForce(t *testing.T) { engines.Each(t, fromDraftToInForce) }

func fromDraftToInForce(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.submitted(c)
	if r.State != access.Submitted || r.Clock.Started.IsZero() || len(r.Documents) != 1 {
		t.Fatalf("after the signature: %s, %+v", r.State, r.Documents)
	}
	r = o.step(c.checker, r.Number, access.Step{Verb: access.Review, Checks: allChecks()})
	verdict := access.GrantAll([]access.Asked{{Code: "ajutor-social", Fields: []string{"LastName", "FirstName", "Address"}}})
	verdict.Purposes[0].Fields[1] = access.FieldVerdict{Path: "FirstName", Code: access.ExcessFields}
	verdict.Conditions = []string{"Numai pentru familii"}
	r = o.step(c.decider, r.Number, access.Step{Verb: access.Decide, Verdict: &verdict})
	r = o.step(c.approver, r.Number, access.Step{Verb: access.Approve})
	a, ok := o.rooms.Agreements.Get(r.Agreement)
	if r.State != access.Decided || !ok || a.Status != agreement.Granted || a.Origin != r.Number {
		t.Fatalf("after the decision: %s, agreement %v", r.State, a)
	}
	if !slices.Equal(a.Purposes[0].Fields, []string{"LastName", "Address"}) || a.Quota.PerDay != 1000 {
		t.Errorf("granted %v, quota %+v", a.Purposes[0].Fields, a.Quota)
	}
	r = must.Get(o.Test(t.Context(), c.integrator, r.Number, 0))(t)
	if r.State != access.Testing || r.Test.Certificate {
		t.Fatalf("without a certificate: %s %+v", r.State, r.Test)
	}
	o.certify()
	r = must.Get(o.Test(t.Context(), c.integrator, r.Number, 0))(t)
	if r.State != access.Ready || len(r.Test.Cases) < 5 {
		t.Fatalf("with a certificate: %s %+v", r.State, r.Test)
	}
	r = o.step(c.integrator, r.Number, access.Step{Verb: access.Start})
	if a, _ := o.rooms.Agreements.Get(r.Agreement); r.State != access.InForce || a.Status != agreement.InForce {
		t.Fatalf("at the end: %s, agreement %s", r.State, a.Status)
	}
	for _, d := range r.Documents {
		stored := must.Get(o.Document(t.Context(), d.Code))(t)
		if stored.Digest != d.Digest || stored.Signature == "" || len(d.Code) < 20 {
			t.Errorf("document %s: %+v", d.Number, stored)
		}
	}
	if len(r.Documents) != 5 {
		t.Errorf("documents %+v", r.Documents)
	}
}
