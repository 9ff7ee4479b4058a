package account_test

import (
	"slices"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestGrant_IsOfTheOwnInstitution: a manager grants there, and nowhere else; others do not grant.
func TestGrant_IsOfTheOwnInstitution(t *testing.T) {
	w := newWorld(t)
	w.plant("sef", secret, hall, people.Manager)
	colleague := w.plant("ion", secret, asp, people.Editor)
	sef := w.who(w.login("sef"))
	m := must.Get(w.Grant(t.Context(), sef, account.Grant{Person: colleague, Participant: hall, Role: people.DPO}))(t)
	_, err := w.Grant(t.Context(), sef, account.Grant{Person: colleague, Participant: hall, Role: people.DPO})
	w.fails(err, fault.MembershipHeld, "twice")
	for what, g := range map[string]account.Grant{
		"another institution": {Person: colleague, Participant: asp, Role: people.DPO},
		"the staff":           {Person: colleague, Role: people.Checker},
	} {
		_, err := w.Grant(t.Context(), sef, g)
		w.fails(err, fault.RightMissing, what)
	}
	for what, g := range map[string]account.Grant{
		"a role of the staff": {Person: colleague, Participant: hall, Role: people.Checker},
		"nobody":              {Participant: hall, Role: people.DPO},
		"already over":        {Person: colleague, Participant: hall, Role: people.Clerk, Until: w.at},
	} {
		_, err := w.Grant(t.Context(), sef, g)
		w.fails(err, fault.ResourceInvalid, what)
	}
	ion := w.who(w.login("ion"))
	_, err = w.Team(t.Context(), ion, hall)
	w.fails(err, fault.RightMissing, "the list of another institution")
	_, err = w.Grant(t.Context(), ion, account.Grant{Person: colleague, Participant: asp, Role: people.Manager})
	w.fails(err, fault.RightMissing, "an editor")
	w.plant("ana", secret, asp, people.Manager)
	w.fails(w.End(t.Context(), w.who(w.login("ana")), m.ID), fault.MembershipUnknown, "a membership elsewhere")
	team := must.Get(w.Team(t.Context(), sef, hall))(t)
	if len(team) != 2 || !slices.ContainsFunc(team, func(m account.Member) bool { return m.Last }) {
		t.Errorf("team %+v", team)
	}
	must.OK(t, w.End(t.Context(), sef, m.ID))
	w.fails(w.End(t.Context(), sef, m.ID), fault.MembershipUnknown, "ended twice")
}

// TestGrant_ByIDNPMakesThePersonKnown, who finds the role at the first login.
func TestGrant_ByIDNPMakesThePersonKnown(t *testing.T) {
	w := newWorld(t)
	w.plant("sef", secret, hall, people.Manager)
	sef := w.who(w.login("sef"))
	_, err := w.Grant(t.Context(), sef, account.Grant{IDNP: "123", Name: "X", Participant: hall, Role: people.Editor})
	w.fails(err, fault.ResourceInvalid, "no IDNP")
	must.Get(w.Grant(t.Context(), sef, account.Grant{IDNP: idnp, Name: "Radu", Participant: hall, Role: people.Editor}))(t)
	p := w.who(must.Get(w.LoginFederated(t.Context(), stated(w), here))(t))
	if !p.Has(people.Editor) || p.Context.Participant != hall || p.Name != "Elena Exemplu" {
		t.Errorf("%+v", p)
	}
}

// TestEnd_KeepsTheLastManager, also when two managers end each other at the same time.
func TestEnd_KeepsTheLastManager(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		w := newWorld(t)
		one, two := w.plant("unu", secret, hall, people.Manager), w.plant("doi", secret, hall, people.Manager)
		of := func(id people.PersonID) people.MembershipID {
			_, all, _, err := w.Person(t.Context(), admin, id)
			must.OK(t, err)
			return all[0].ID
		}
		mine, other := of(one), of(two)
		results := make(chan error, 2)
		for _, id := range []people.MembershipID{mine, other} {
			go func() { results <- w.End(t.Context(), admin, id) }()
		}
		first, second := <-results, <-results
		if (first == nil) == (second == nil) {
			t.Fatalf("%v, %v", first, second)
		}
		for _, err := range []error{first, second} {
			if err != nil {
				w.fails(err, fault.MembershipLast, "the last manager")
			}
		}
	})
}

// TestApprover_NeedsASecondPerson who neither proposed it nor gets it.
func TestApprover_NeedsASecondPerson(t *testing.T) {
	w := newWorld(t)
	w.plant("prim", secret, people.Platform, people.Admin)
	second := w.plant("doi", secret, people.Platform, people.Admin)
	prim := w.who(w.login("prim"))
	m := must.Get(w.Grant(t.Context(), prim, account.Grant{Person: second, Role: people.Approver}))(t)
	doi := w.who(w.login("doi"))
	if doi.Has(people.Approver) {
		t.Fatal("a proposed role counts")
	}
	w.fails(w.Decide(t.Context(), prim, m.ID, true), fault.MembershipOwn, "who proposed it")
	w.fails(w.Decide(t.Context(), doi, m.ID, true), fault.MembershipOwn, "who gets it")
	third := w.plant("trei", secret, people.Platform, people.Admin)
	trei := w.who(w.login("trei"))
	must.OK(t, w.Decide(t.Context(), trei, m.ID, true))
	w.fails(w.Decide(t.Context(), trei, m.ID, false), fault.MembershipUnknown, "decided twice")
	w.at = w.at.Add(time.Minute)
	if !w.who(w.login("doi")).Has(people.Approver) {
		t.Error("an approved role does not count")
	}
	w.at = w.at.Add(people.StepUpFor + time.Minute)
	_, err := w.Grant(t.Context(), prim, account.Grant{Person: third, Role: people.Lawyer})
	w.fails(err, fault.RightStepUp, "without a confirmation")
	declined := must.Get(w.Grant(t.Context(), admin, account.Grant{Person: third, Role: people.Approver}))(t)
	must.OK(t, w.Decide(t.Context(), w.who(w.login("prim")), declined.ID, false))
	team := must.Get(w.Team(t.Context(), admin, people.Platform))(t)
	if slices.ContainsFunc(team, func(m account.Member) bool { return m.State != appendlog.MembershipGranted }) {
		t.Errorf("a declined role is listed: %+v", team)
	}
}

func TestBlock_NeverOfOneself(t *testing.T) {
	w := newWorld(t)
	person := w.plant("prim", secret, people.Platform, people.Admin)
	prim := w.who(w.login("prim"))
	w.fails(w.Block(t.Context(), prim, person, true), fault.RightConflict, "oneself")
	w.fails(w.Block(t.Context(), prim, "none", true), fault.PersonUnknown, "nobody")
	ion := w.plant("ion", "", hall, people.Editor)
	_, _, _, err := w.Person(t.Context(), w.who(w.login("ion")), person)
	w.fails(err, fault.PersonUnknown, "another person's")
	if all := must.Get(w.People(t.Context(), prim, "", 10))(t); len(all) != 2 || all[1].ID != ion {
		t.Errorf("%+v", all)
	}
	must.OK(t, w.SetLanguage(t.Context(), prim, "en"))
	if p, _, _, err := w.Person(t.Context(), prim, person); err != nil || p.Language != "en" {
		t.Errorf("%+v, %v", p, err)
	}
}
