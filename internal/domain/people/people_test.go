package people_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/people"
)

var now = time.Date(2026, 11, 27, 14, 32, 0, 0, time.UTC)

// principal is a person with one role, in the place where that role is granted.
func principal(r people.Role, at mconnect.ParticipantID) people.Principal {
	p := people.Principal{Person: "person-" + people.PersonID(r), StepUp: now, Roles: []people.Role{r, people.Citizen}}
	if slices.Contains(people.StaffRoles(), r) {
		p.Context = people.Context{Staff: true}
	} else {
		p.Context = people.Context{Participant: at}
	}
	return p
}

// TestRights_EveryCell walks every role × action × relation: what Who lists is allowed, and everything else is
// refused with the roles that can act.
func TestRights_EveryCell(t *testing.T) {
	cells, granted := 0, 0
	for _, role := range people.AllRoles() {
		for _, action := range people.Actions() {
			for _, rel := range people.Relations() {
				cells++
				p := principal(role, "primaria-exemplu")
				object := people.Object{Owner: "altul", Provider: "altul"}
				switch rel {
				case people.Own:
					object = people.Object{Owner: "primaria-exemplu", Person: p.Person}
				case people.Counterpart:
					object.Provider = "primaria-exemplu"
				}
				staff := p.Context.Staff
				want := slices.Contains(people.Who(action, rel), role) && staff == (rel == people.Any)
				if rel == people.Own && slices.Contains(people.Who(action, rel), people.Citizen) {
					want = true
				}
				if staff && slices.Contains(people.Who(action, people.Any), role) {
					want = true // staff are related to every object
				}
				err := p.May(action, object, now)
				if (err == nil) != want {
					t.Errorf("%s may %s (%s): %v, want allowed %v", role, action, rel, err, want)
				}
				if want {
					granted++
				} else if f := fault.From(err); f.Code != fault.RightMissing || f.Params["roles.ro"] == "" {
					t.Errorf("%s may %s (%s): the refusal does not say who can: %v", role, action, rel, err)
				}
			}
		}
	}
	if cells < 300 || granted < 100 {
		t.Errorf("%d cells, %d granted: the table is not walked", cells, granted)
	}
}

// TestRights_TableIsWhole: each line grants something, once, to roles that exist where the relation is possible.
func TestRights_TableIsWhole(t *testing.T) {
	for _, role := range people.AllRoles() {
		if title := role.Title(); title.RO == "" || title.EN == "" || title.RU == "" {
			t.Errorf("%s has no name in three languages", role)
		}
		if !slices.ContainsFunc(people.Actions(), func(a people.Action) bool {
			return slices.ContainsFunc(people.Relations(), func(rel people.Relation) bool {
				return slices.Contains(people.Who(a, rel), role)
			})
		}) && role != people.Citizen {
			t.Errorf("%s may do nothing", role)
		}
	}
	for _, a := range people.Actions() {
		for _, rel := range people.Relations() {
			for _, role := range people.Who(a, rel) {
				if slices.Contains(people.StaffRoles(), role) != (rel == people.Any) {
					t.Errorf("%s grants %s to %s, who can never have it", a, rel, role)
				}
			}
		}
	}
}

// TestMay_StrangersAreRefused: with every role of the participant, nothing of two other parties is allowed.
func TestMay_StrangersAreRefused(t *testing.T) {
	p := people.Principal{Person: "p", StepUp: now, Context: people.Context{Participant: "primaria-exemplu"},
		Roles: people.AllRoles()}
	for _, a := range people.Actions() {
		if err := p.May(a, people.Object{Owner: "alta", Provider: "asp-exemplu", Person: "other"}, now); err == nil {
			t.Errorf("%s of two others is allowed", a)
		}
	}
	nobody := people.Principal{Person: "p", StepUp: now, Roles: people.AllRoles()}
	for _, a := range people.Actions() {
		if err := nobody.May(a, people.Object{}, now); err == nil {
			t.Errorf("%s is allowed to somebody who acts for nobody", a)
		}
	}
}

func TestMay_SeparatesDuties(t *testing.T) {
	checker := principal(people.Checker, "")
	checker.Roles = append(checker.Roles, people.Approver)
	object := people.Object{Owner: "primaria-exemplu", Provider: "asp-exemplu",
		Deeds: []people.Deed{{Action: people.RequestCheck, Person: checker.Person}}}
	if f := fault.From(checker.May(people.RequestApprove, object, now)); f.Code != fault.RightConflict {
		t.Errorf("the checker approves the same request: %v", f)
	}
	other := principal(people.Approver, "")
	if err := other.May(people.RequestApprove, object, now); err != nil {
		t.Errorf("another approver is refused: %v", err)
	}
	// the author of a request, who is a decider of a provider that consumes its own service
	author := people.Principal{Person: "a", Context: people.Context{Participant: "asp-exemplu"},
		Roles: []people.Role{people.Editor, people.Decider}}
	own := people.Object{Owner: "asp-exemplu", Provider: "asp-exemplu"}
	if err := author.May(people.RequestDecide, own, now); err != nil {
		t.Errorf("a decider who did not write the request is refused: %v", err)
	}
	own.Deeds = []people.Deed{{Action: people.RequestEdit, Person: "a"}}
	if f := fault.From(author.May(people.RequestDecide, own, now)); f.Code != fault.RightConflict {
		t.Errorf("the author decides the own request: %v", f)
	}
}

func TestMay_AsksForStepUp(t *testing.T) {
	p := principal(people.Approver, "")
	for age, want := range map[time.Duration]fault.Code{0: "", people.StepUpFor: "",
		people.StepUpFor + time.Second: fault.RightStepUp} {
		p.StepUp = now.Add(-age)
		err := p.May(people.RequestApprove, people.Object{}, now)
		if got := fault.From(err); (want == "") != (err == nil) || err != nil && got.Code != want {
			t.Errorf("confirmed %s ago: %v, want %q", age, err, want)
		}
	}
	if err := (people.Principal{Program: "ops", Roles: people.StaffRoles()}).May(people.RequestApprove, people.Object{},
		now); err != nil {
		t.Errorf("a program cannot confirm an identity: %v", err)
	}
}

func TestContexts_ListsWhatHoldsNow(t *testing.T) {
	past, future := now.Add(-time.Hour), now.Add(time.Hour)
	all := []people.Membership{
		{Participant: "primaria-exemplu", Role: people.Editor, From: past},
		{Participant: "primaria-exemplu", Role: people.Clerk, From: past, Until: now},
		{Participant: "asp-exemplu", Role: people.Decider, From: past, Until: future},
		{Participant: people.Platform, Role: people.Checker, From: past},
		{Participant: "viitor", Role: people.Editor, From: future},
	}
	got := fmt.Sprint(people.Contexts(all, now))
	if want := "[{ false} { true} {asp-exemplu false} {primaria-exemplu false}]"; got != want {
		t.Errorf("contexts %s, want %s", got, want)
	}
	roles := fmt.Sprint(people.RolesIn(all, people.Context{Participant: "primaria-exemplu"}, now))
	if roles != "[editor citizen]" {
		t.Errorf("roles %s: an ended one must not count", roles)
	}
	if roles := fmt.Sprint(people.RolesIn(all, people.Context{}, now)); roles != "[citizen]" {
		t.Errorf("roles of the person alone: %s", roles)
	}
}

// TestRolesIn_NeverCrossesContexts: whatever the memberships are, a role held at one place is not held at another.
func TestRolesIn_NeverCrossesContexts(t *testing.T) {
	places := []mconnect.ParticipantID{people.Platform, "aa", "bb", "cc"}
	rapid.Check(t, func(t *rapid.T) {
		var all []people.Membership
		for range rapid.IntRange(0, 8).Draw(t, "count") {
			all = append(all, people.Membership{
				Participant: rapid.SampledFrom(places).Draw(t, "participant"),
				Role:        rapid.SampledFrom(people.AllRoles()).Draw(t, "role"),
				From:        now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "from")) * time.Hour),
				Until:       now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "until")) * time.Hour)})
		}
		for _, c := range people.Contexts(all, now) {
			for _, role := range people.RolesIn(all, c, now) {
				holds := func(m people.Membership) bool {
					return m.Role == role && m.In(now) && m.Participant == c.Participant && (m.Participant == "") == c.Staff
				}
				if role != people.Citizen && !slices.ContainsFunc(all, holds) {
					t.Fatalf("%s in %+v has no membership behind it", role, c)
				}
			}
		}
	})
}

func TestActor_HoldsNoPersonalData(t *testing.T) {
	for want, p := range map[string]people.Principal{
		"person:7":          {Person: "7", Name: "Ion Exemplu"},
		"person:7@platform": {Person: "7", Name: "Ion Exemplu", Context: people.Context{Staff: true}},
		"person:7@asp":      {Person: "7", Name: "Ion Exemplu", Context: people.Context{Participant: "asp"}},
		"ops.duty":          {Program: "ops.duty"},
	} {
		if got := p.Actor(); got != want {
			t.Errorf("actor %q, want %q", got, want)
		}
	}
}

func TestParseRole_KeepsStaffApart(t *testing.T) {
	for _, r := range people.ParticipantRoles() {
		if _, err := people.ParseRole(string(r), true); err == nil {
			t.Errorf("%s is taken as a role of the staff", r)
		}
		if got, err := people.ParseRole(string(r), false); err != nil || got != r {
			t.Errorf("%s: %v", r, err)
		}
	}
	if _, err := people.ParseRole("citizen", false); err == nil {
		t.Error("citizen can be granted")
	}
}

// TestCould_NeverHidesWhatMayBeDone: what May allows on an object of the context, Could announces, and nothing else.
func TestCould_NeverHidesWhatMayBeDone(t *testing.T) {
	for _, role := range people.AllRoles() {
		p := principal(role, "primaria-exemplu")
		for _, a := range people.Actions() {
			allowed := false
			for _, o := range []people.Object{{Owner: "primaria-exemplu"}, {Provider: "primaria-exemplu"}, {Person: p.Person}} {
				allowed = allowed || p.May(a, o, now) == nil
			}
			if p.Could(a) != allowed {
				t.Errorf("%s, %s: announced %v, allowed %v", role, a, p.Could(a), allowed)
			}
		}
	}
}
