package agreement_test

import (
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/test/must"
)

// parties are the two sides of the agreement of these tests.
var parties = people.Object{Owner: "hall", Provider: "asp"}

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// who is a person with a role at a participant, or of the staff where that is "".
func who(id string, at string, roles ...people.Role) people.Principal {
	p := people.Principal{Person: people.PersonID(id), Roles: roles, StepUp: noon}
	if p.Context.Staff = at == ""; at != "" {
		p.Context.Participant = parties.Owner
		if at == "asp" {
			p.Context.Participant = parties.Provider
		}
	}
	return p
}

var (
	head     = who("p-head", "hall", people.Signatory)
	decider  = who("p-decider", "asp", people.Decider)
	approver = who("p-approver", "", people.Approver)
	second   = who("p-second", "", people.Approver)
	guard    = who("p-guard", "", people.Security)
	lawyer   = who("p-lawyer", "", people.Lawyer)
	clerk    = who("p-clerk", "hall", people.Clerk)
)

// stop is a suspension with everything but its side.
func stop(side agreement.Side) agreement.Suspension {
	return agreement.Suspension{Side: side, Cause: agreement.CauseTechnical, Facts: "sistemul nu răspunde la control"}
}

func wantFault(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	got := fault.Code("")
	if err != nil {
		got = fault.From(err).Code
	}
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestSuspension_EachSideSetsItsOwn: the side follows from the person; no other can be stated.
func TestSuspension_EachSideSetsItsOwn(t *testing.T) {
	for _, c := range []struct {
		p    people.Principal
		side agreement.Side
		want fault.Code
	}{
		{head, agreement.BySideConsumer, ""}, {decider, agreement.BySideProvider, ""}, {approver, agreement.BySideOperator, ""},
		{guard, agreement.BySideSecurity, ""}, {lawyer, agreement.BySideLaw, ""},
		{head, agreement.BySideProvider, fault.SuspensionForeign}, {decider, agreement.BySideConsumer, fault.SuspensionForeign},
		{decider, agreement.BySideOperator, fault.SuspensionForeign}, {guard, agreement.BySideOperator, fault.SuspensionForeign},
		{lawyer, agreement.BySideSecurity, fault.SuspensionForeign}, {approver, agreement.BySideLaw, fault.SuspensionForeign},
		{clerk, agreement.BySideConsumer, fault.RightMissing}, {people.Principal{Program: "machine"}, agreement.BySideOperator, fault.RightMissing},
	} {
		name := string(c.p.Person) + " as " + string(c.side)
		got, err := agreement.Agreement{ID: "a-1"}.Suspend(c.p, parties, stop(c.side), noon)
		wantFault(t, name, err, c.want)
		if c.want != "" {
			if len(got.Suspensions) != 0 {
				t.Errorf("%s: it is suspended all the same", name)
			}
			continue
		}
		silent := must.Get(agreement.Agreement{ID: "a-1"}.Suspend(c.p, parties, stop(""), noon))(t)
		if s := silent.Suspensions[0]; s.Side != c.side || s.By != c.p.Actor() || !s.Since.Equal(noon) {
			t.Errorf("%s: without a side it is %+v", name, s)
		}
		lifted, err := got.Lift(c.p, parties, c.side, noon)
		if staff := c.p.Context.Staff; staff {
			wantFault(t, name+" lifts its own", err, fault.RightConflict)
		} else if err != nil || len(lifted.Suspensions) != 0 {
			t.Errorf("%s cannot lift: %v", name, err)
		}
	}
}

// TestSuspension_LiftedByItsSideOnly, and a flag of the authority by another person than set it.
func TestSuspension_LiftedByItsSideOnly(t *testing.T) {
	a := agreement.Agreement{ID: "a-1"}
	for _, p := range []people.Principal{head, decider, approver, guard} {
		a = must.Get(a.Suspend(p, parties, stop(""), noon))(t)
	}
	if len(a.Suspensions) != 4 {
		t.Fatalf("%d flags", len(a.Suspensions))
	}
	for _, c := range []struct {
		p    people.Principal
		side agreement.Side
		want fault.Code
	}{
		{head, agreement.BySideProvider, fault.SuspensionForeign}, {decider, agreement.BySideConsumer, fault.SuspensionForeign},
		{head, agreement.BySideOperator, fault.SuspensionForeign}, {guard, agreement.BySideOperator, fault.SuspensionForeign},
		{approver, agreement.BySideSecurity, fault.SuspensionForeign}, {approver, agreement.BySideOperator, fault.RightConflict},
		{lawyer, agreement.BySideLaw, fault.SuspensionNone}, {clerk, agreement.BySideConsumer, fault.RightMissing},
		{second, agreement.BySideOperator, ""}, {head, agreement.BySideConsumer, ""},
	} {
		left, err := a.Lift(c.p, parties, c.side, noon)
		wantFault(t, string(c.p.Person)+" lifts "+string(c.side), err, c.want)
		if c.want == "" && (len(left.Suspensions) != 3 || left.Suspensions[0].Side == c.side || len(a.Suspensions) != 4) {
			t.Errorf("%s: %d flags are left", c.side, len(left.Suspensions))
		}
	}
}

// TestSuspension_BadInput gets a sentence about the field.
func TestSuspension_BadInput(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*agreement.Suspension)
		field  string
	}{
		"no cause":         {func(s *agreement.Suspension) { s.Cause = "" }, "/cause"},
		"an unknown cause": {func(s *agreement.Suspension) { s.Cause = "mood" }, "/cause"},
		"an unknown side":  {func(s *agreement.Suspension) { s.Side = "parliament" }, "/side"},
		"short facts":      {func(s *agreement.Suspension) { s.Facts = "nu" }, "/facts"},
		"long facts":       {func(s *agreement.Suspension) { s.Facts = strings.Repeat("x", 1001) }, "/facts"},
		"an end before":    {func(s *agreement.Suspension) { s.Until = noon }, "/until"},
	} {
		s := stop(agreement.BySideConsumer)
		c.change(&s)
		_, err := agreement.Agreement{ID: "a-1"}.Suspend(head, parties, s, noon)
		if f := fault.From(err); err == nil || len(f.Fields) == 0 || f.Fields[0].Path != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := must.Get(agreement.Agreement{ID: "a-1"}.Suspend(head, parties, stop(""), noon))(t)
	_, err := a.Suspend(head, parties, stop(""), noon)
	wantFault(t, "twice", err, fault.SuspensionExists)
	_, err = agreement.Agreement{ID: "a-1", Status: agreement.Terminated}.Suspend(head, parties, stop(""), noon)
	wantFault(t, "of a terminated one", err, fault.AgreementTerminated)
}

// TestSuspension_RefusesTheCallUntilItEnds: the refusal names the side, the day and the cause, in three languages; a
// flag with an end counts until then, and any flag that holds is enough.
func TestSuspension_RefusesTheCallUntilItEnds(t *testing.T) {
	a := sample("a-1", "hall.desk", "GetPerson")
	request := agreement.Request{Consumer: agreement.Consumer{System: "hall.desk", Owner: "1999900000047", SystemActive: true,
		ParticipantActive: true, MayConsume: true}, Service: agreement.Service{Name: "GetPerson",
		Version: mconnect.Version{Major: 1}, ProviderActive: true}}
	until := stop(agreement.BySideProvider)
	until.By, until.Since, until.Until = "person:x@asp", noon.Add(-time.Hour), noon.Add(time.Hour)
	a.Suspensions = []agreement.Suspension{until}
	c := must.Get(agreement.Compile(a))(t)
	ask := func(at time.Time) agreement.Verdict {
		return agreement.Decide([]agreement.Candidate{{Compiled: c}}, request, at)
	}
	v := ask(noon)
	if v.Allowed || v.Fault.Code != fault.AgreementHalted || c.InForce(noon) {
		t.Fatalf("%+v", v.Fault)
	}
	for lang, want := range map[mconnect.Lang]string{mconnect.Romanian: "furnizorul de date", mconnect.English: "the data provider", mconnect.Russian: "поставщик данных"} {
		if got := v.Fault.Sentence(lang); !strings.Contains(got, want) {
			t.Errorf("%s: %s", lang, got)
		}
	}
	if v := ask(noon.Add(time.Hour)); !v.Allowed || !c.InForce(noon.Add(time.Hour)) {
		t.Errorf("after its end: %+v", v.Fault)
	}
	open := stop(agreement.BySideLaw)
	open.By, open.Since = "person:y@platform", noon
	a.Suspensions = append(a.Suspensions, open)
	c = must.Get(agreement.Compile(a))(t)
	if v := ask(noon.Add(time.Hour)); v.Allowed || c.SuspendedBy(noon.Add(time.Hour)).Side != agreement.BySideLaw {
		t.Error("the flag of the law does not count")
	}
}

// TestTermination_NeedsTwoPersons: the first states why, another one confirms, and nothing is suspended after that.
func TestTermination_NeedsTwoPersons(t *testing.T) {
	const why = "instituția a fost reorganizată"
	_, err := agreement.Agreement{ID: "a-1"}.Terminate(approver, parties, "nu", noon)
	wantFault(t, "without a reason", err, fault.ResourceInvalid)
	_, err = agreement.Agreement{ID: "a-1"}.Terminate(decider, parties, why, noon)
	wantFault(t, "without the right", err, fault.RightMissing)
	late := approver
	late.StepUp = noon.Add(-time.Hour)
	_, err = agreement.Agreement{ID: "a-1"}.Terminate(late, parties, why, noon)
	wantFault(t, "without a confirmation", err, fault.RightStepUp)
	a := must.Get(agreement.Agreement{ID: "a-1"}.Terminate(approver, parties, why, noon))(t)
	if a.Status == agreement.Terminated || a.Ending == nil || a.Ending.By != approver.Actor() {
		t.Fatalf("after the first: %q %+v", a.Status, a.Ending)
	}
	_, err = a.Terminate(approver, parties, why, noon)
	wantFault(t, "the same person again", err, fault.RightConflict)
	for _, p := range []people.Principal{second, head} {
		ended := must.Get(a.Terminate(p, parties, "", noon))(t)
		if ended.Status != agreement.Terminated {
			t.Errorf("%s confirms: %q", p.Person, ended.Status)
		}
		_, err = ended.Terminate(second, parties, why, noon)
		wantFault(t, "once more", err, fault.AgreementTerminated)
	}
}

// TestSuspension_StatedBadlyIsNoAgreement: what the store or a manifest holds is judged as well.
func TestSuspension_StatedBadlyIsNoAgreement(t *testing.T) {
	good := stop(agreement.BySideLaw)
	good.By, good.Since = "person:y@platform", noon
	for name, all := range map[string][]agreement.Suspension{"twice": {good, good}, "nobody": {stop(agreement.BySideLaw)},
		"too many": {good, good, good, good, good, good}} {
		a := sample("a-1", "hall.desk", "GetPerson")
		a.Suspensions = all
		if _, err := agreement.Compile(a); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	a := sample("a-1", "hall.desk", "GetPerson")
	a.Ending = &agreement.Ending{}
	if _, err := agreement.Compile(a); err == nil {
		t.Error("an ending without a reason is accepted")
	}
}
