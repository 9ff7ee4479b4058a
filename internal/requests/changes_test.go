package requests_test

import (
	"slices"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/requests"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// inForce takes a first request to its agreement.
func (o *office) inForce(c cast) access.Request {
	o.t.Helper()
	o.certify()
	r := o.decided(c, o.submitted(c), "LastName", "Address")
	r = must.Get(o.Test(o.t.Context(), c.integrator, r.Number, 0))(o.t)
	r = o.step(c.integrator, r.Number, access.Step{Verb: access.Start})
	if r.State != access.InForce {
		o.t.Fatalf("the first request: %s %+v", r.State, r.Test)
	}
	return r
}

// decided takes a submitted request through the check list and both decisions; the provider grants these fields.
func (o *office) decided(c cast, r access.Request, granted ...string) access.Request {
	o.t.Helper()
	r = o.step(c.checker, r.Number, access.Step{Verb: access.Review, Checks: allChecks()})
	verdict := access.GrantAll(access.AskedBy(r.Answers))
	for i := range verdict.Purposes {
		for j := range verdict.Purposes[i].Fields {
			if f := &verdict.Purposes[i].Fields[j]; !slices.Contains(granted, f.Path) {
				*f = access.FieldVerdict{Path: f.Path, Code: access.ExcessFields}
			}
		}
	}
	r = o.step(c.decider, r.Number, access.Step{Verb: access.Decide, Verdict: &verdict})
	return o.step(c.approver, r.Number, access.Step{Verb: access.Approve})
}

// changed begins a change of an agreement, lets change alter the answers of block C, and takes it to its signature.
func (o *office) changed(c cast, kind access.Kind, id mconnect.AgreementID, change func(purpose map[string]any)) access.Request {
	o.t.Helper()
	r := must.Get(o.Begin(o.t.Context(), c.editor, requests.Draft{Kind: kind, Agreement: id}))(o.t)
	list, _ := r.Answers["purposes"].([]any)
	purpose, _ := list[0].(map[string]any)
	change(purpose)
	r = o.step(c.editor, r.Number, access.Step{Verb: access.Save, Block: "C", Revision: r.Revision,
		Answers: map[string]any{"purposes": list}})
	r = o.step(c.editor, r.Number, access.Step{Verb: access.Submit, Revision: r.Revision})
	if r.State == access.AwaitingDPO {
		r = o.step(c.dpo, r.Number, access.Step{Verb: access.Protect, Approved: true})
	}
	content := must.Get(o.Frozen(o.t.Context(), c.signatory, r.Number, 0))(o.t)
	return must.Get(o.Sign(o.t.Context(), c.signatory, r.Number, r.Revision, o.sign("p-head", "2999000006393", content)))(o.t)
}

// fieldsOf are the fields of the first purpose of an agreement, and its status.
func (o *office) fieldsOf(id mconnect.AgreementID) ([]string, agreement.Status) {
	o.t.Helper()
	a, ok := o.rooms.Agreements.Get(id)
	if !ok {
		o.t.Fatal("no agreement ", id)
	}
	return a.Purposes[0].Fields, a.Status
}

// TestAmendment_ReplacesWhenItIsActive: what is in force stays in force through every step of an amendment, the
// contract tests judge what was newly granted, and the change takes effect with the start.
func TestAmendment_ReplacesWhenItIsActive(t *testing.T) { engines.Each(t, amendment) }

func amendment(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.inForce(c)
	r := o.changed(c, access.Amendment, first.Agreement, func(purpose map[string]any) {
		purpose["why"] = "Prenumele deosebește persoanele din aceeași familie."
	})
	if r.State != access.Submitted || r.Agreement != first.Agreement {
		t.Fatalf("after the signature: %s of %s", r.State, r.Agreement)
	}
	_, err := o.Begin(t.Context(), c.editor, requests.Draft{Kind: access.Renewal, Agreement: first.Agreement})
	wantCode(t, "a second change at a time", err, fault.RequestOpen)
	unchanged := func(when string) {
		t.Helper()
		if fields, status := o.fieldsOf(first.Agreement); status != agreement.InForce || !slices.Equal(fields, []string{"LastName", "Address"}) {
			t.Errorf("%s: %v %s", when, fields, status)
		}
	}
	unchanged("when it is submitted")
	r = o.decided(c, r, "LastName", "FirstName")
	unchanged("when it is decided")
	r = must.Get(o.Test(t.Context(), c.integrator, r.Number, 0))(t)
	if r.State != access.Ready {
		t.Fatalf("the tests of what was newly granted: %s %+v", r.State, r.Test)
	}
	withheld := func(one access.TestCase) bool { return one.Name == "a field that is not granted" && one.Passed }
	if !slices.ContainsFunc(r.Test.Cases, withheld) {
		t.Errorf("cases %+v", r.Test.Cases)
	}
	unchanged("when it is tested")
	r = o.step(c.integrator, r.Number, access.Step{Verb: access.Start})
	if fields, status := o.fieldsOf(first.Agreement); r.State != access.InForce || status != agreement.InForce ||
		!slices.Equal(fields, []string{"LastName", "FirstName"}) {
		t.Errorf("at the end: %s, %v %s", r.State, fields, status)
	}
	if a, _ := o.rooms.Agreements.Get(first.Agreement); a.Origin != r.Number {
		t.Errorf("it comes from %s", a.Origin)
	}
}

// TestAmendment_RefusedLeavesTheAgreement as it is, and another one can begin.
func TestAmendment_RefusedLeavesTheAgreement(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.inForce(c)
	r := o.changed(c, access.Amendment, first.Agreement, func(purpose map[string]any) { purpose["why"] = "Alt motiv, mai larg decât primul." })
	r = o.step(c.checker, r.Number, access.Step{Verb: access.Review, Checks: allChecks()})
	r = o.step(c.decider, r.Number, access.Step{Verb: access.Refuse, Refusal: &access.Refusal{Code: access.ExcessFields,
		Facts: "Prenumele nu este necesar pentru acest scop.", Law: "Legea nr. 142/2018, art. 7", Remedy: "Renunțați la prenume."}})
	if fields, status := o.fieldsOf(first.Agreement); r.State != access.Refused || status != agreement.InForce || len(fields) != 2 {
		t.Errorf("%s: %v %s", r.State, fields, status)
	}
	must.Get(o.Begin(t.Context(), c.editor, requests.Draft{Kind: access.Amendment, Agreement: first.Agreement}))(t)
}

// TestRenewal_ExtendsTheTerm by both decisions.
func TestRenewal_ExtendsTheTerm(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.inForce(c)
	was, _ := o.rooms.Agreements.Get(first.Agreement)
	until := o.now().AddDate(4, 0, 0)
	r := o.changed(c, access.Renewal, first.Agreement, func(purpose map[string]any) { purpose["until"] = until.Format(time.DateOnly) })
	r = o.decided(c, r, "LastName", "Address")
	r = must.Get(o.Test(t.Context(), c.integrator, r.Number, 0))(t)
	r = o.step(c.integrator, r.Number, access.Step{Verb: access.Start})
	a, _ := o.rooms.Agreements.Get(first.Agreement)
	if r.State != access.InForce || !a.Validity.To.After(was.Validity.To) {
		t.Errorf("%s: until %s, was %s", r.State, a.Validity.To, was.Validity.To)
	}
}

// TestNarrowing_TakesEffectWithTheSignature: nobody decides on it.
func TestNarrowing_TakesEffectWithTheSignature(t *testing.T) { engines.Each(t, narrowing) }

func narrowing(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.inForce(c)
	r := o.changed(c, access.Narrowing, first.Agreement, func(purpose map[string]any) { purpose["purpose_fields"] = []any{"LastName"} })
	if fields, status := o.fieldsOf(first.Agreement); r.State != access.InForce || status != agreement.InForce ||
		!slices.Equal(fields, []string{"LastName"}) {
		t.Errorf("%s: %v %s", r.State, fields, status)
	}
}

// TestNarrowing_GrantsNothing: who asks in a narrowing for what was never granted gets a refusal that names the field,
// and the agreement stays as it is.
func TestNarrowing_GrantsNothing(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.inForce(c)
	r := must.Get(o.Begin(t.Context(), c.editor, requests.Draft{Kind: access.Narrowing, Agreement: first.Agreement}))(t)
	list, _ := r.Answers["purposes"].([]any)
	purpose, _ := list[0].(map[string]any)
	purpose["purpose_fields"] = []any{"LastName", "FirstName"}
	r = o.step(c.editor, r.Number, access.Step{Verb: access.Save, Block: "C", Revision: r.Revision, Answers: map[string]any{"purposes": list}})
	_, err := o.Step(t.Context(), c.editor, r.Number, access.Step{Verb: access.Submit, Revision: r.Revision})
	wantCode(t, "a field that was not granted", err, fault.RequestInvalid)
	if fields, _ := o.fieldsOf(first.Agreement); slices.Contains(fields, "FirstName") {
		t.Errorf("granted %v", fields)
	}
}

// TestStart_DoesNotReviveWhatEnded: an amendment that was under way when its agreement was terminated cannot begin it
// again, and no new one begins.
func TestStart_DoesNotReviveWhatEnded(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.inForce(c)
	r := o.changed(c, access.Amendment, first.Agreement, func(purpose map[string]any) { purpose["why"] = "Alt motiv, mai larg decât primul." })
	r = o.decided(c, r, "LastName", "FirstName")
	r = must.Get(o.Test(t.Context(), c.integrator, r.Number, 0))(t)
	for _, one := range []people.Principal{o.person("p-approver", "", people.Approver), o.person("p-approver-2", "", people.Approver)} {
		must.Get(o.Terminate(t.Context(), one, first.Agreement, "Instituția a fost desființată (exemplu)."))(t)
	}
	if _, status := o.fieldsOf(first.Agreement); status != agreement.Terminated {
		t.Fatalf("the agreement is %s", status)
	}
	_, err := o.Step(t.Context(), c.integrator, r.Number, access.Step{Verb: access.Start})
	if fields, status := o.fieldsOf(first.Agreement); err == nil || status != agreement.Terminated || slices.Contains(fields, "FirstName") {
		t.Errorf("after the start: %v, %s %v", err, status, fields)
	}
	_, err = o.Begin(t.Context(), c.editor, requests.Draft{Kind: access.Renewal, Agreement: first.Agreement})
	wantCode(t, "a renewal of what ended", err, fault.AgreementTerminated)
}

// TestNarrowing_WaitsForTheStart: an agreement that is granted and waits for its tests is not changed by another
// request, which would start it without them, or be undone by its start.
func TestNarrowing_WaitsForTheStart(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	first := o.decided(c, o.submitted(c), "LastName", "Address")
	_, err := o.Begin(t.Context(), c.editor, requests.Draft{Kind: access.Narrowing, Agreement: first.Agreement})
	wantCode(t, "a narrowing before the start", err, fault.RequestOpen)
	if _, status := o.fieldsOf(first.Agreement); status != agreement.Granted {
		t.Errorf("the agreement is %s", status)
	}
}
