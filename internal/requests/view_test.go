package requests_test

import (
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
	"mconnect/internal/requests"
	"mconnect/test/must"
)

// TestOpen_ShowsToOthersWhatWasSigned: a draft is the consumer's own affair. From the signature on the provider and the
// staff see the request; another participant never does, and cannot tell it from one that does not exist.
func TestOpen_ShowsToOthersWhatWasSigned(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	foreign := o.person("p-other", "other", people.Editor)
	foreign.Roles = people.AllRoles()
	auditor := o.person("p-auditor", "", people.Auditor)
	judge := func(r access.Request, p people.Principal, want bool) {
		t.Helper()
		_, err := o.Open(t.Context(), p, r.Number)
		listed := len(must.Get(o.List(t.Context(), p, requests.Query{}))(t)) > 0
		if (err == nil) != want || listed != want {
			t.Errorf("%s in %s: shown %v (%v), listed %v, want %v", p.Person, r.State, err == nil, err, listed, want)
		}
		if err != nil && fault.From(err).Code != fault.RequestUnknown {
			t.Errorf("%s: the fault says more than that there is none: %v", p.Person, err)
		}
		if _, err := o.Frozen(t.Context(), p, r.Number, 1); err == nil && !want {
			t.Errorf("%s reads the frozen version", p.Person)
		}
	}
	draft := o.drafted(c)
	for _, p := range []people.Principal{c.editor, c.dpo, c.signatory, c.integrator, auditor} {
		judge(draft, p, true)
	}
	for _, p := range []people.Principal{c.checker, c.approver, c.decider, foreign} {
		judge(draft, p, false)
	}
}

func TestOpen_AfterTheSignature(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	r := o.submitted(c)
	for _, p := range []people.Principal{c.editor, c.checker, c.approver, c.decider} {
		if got, err := o.Open(t.Context(), p, r.Number); err != nil || got.Number != r.Number {
			t.Errorf("%s does not see a submitted request: %v", p.Person, err)
		}
	}
}
