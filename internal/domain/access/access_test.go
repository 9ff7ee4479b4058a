package access_test

import (
	"slices"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
)

var now = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)

// everybody is a principal with every role of a place: what is refused is refused by the state.
func everybody(id people.PersonID, side access.Side) people.Principal {
	p := people.Principal{Person: id, StepUp: now}
	switch side {
	case access.ConsumerSide:
		p.Context, p.Roles = people.Context{Participant: "hall"}, people.ParticipantRoles()
	case access.ProviderSide:
		p.Context, p.Roles = people.Context{Participant: "asp"}, people.ParticipantRoles()
	default:
		p.Context, p.Roles = people.Context{Staff: true}, people.StaffRoles()
	}
	return p
}

func request(s access.State) access.Request {
	return access.Request{Number: "D-2026-0001", Kind: access.New, State: s, Revision: 7, Consumer: "hall", Provider: "asp",
		Created: now, Changed: now, Since: now, Answers: map[string]any{},
		Versions: []access.Version{{Number: 1, Digest: "d", Signed: now}}}
}

var asked = []access.Asked{{Code: "aid", Fields: []string{"A", "B"}}}

// complete are steps with all that they state.
func complete() map[access.Verb]access.Step {
	grant := access.GrantAll(asked)
	frozen := &access.Version{Digest: "d2"}
	var checks []access.Check
	for _, id := range access.CheckList() {
		checks = append(checks, access.Check{ID: id, OK: true})
	}
	return map[access.Verb]access.Step{
		access.Save:     {Answers: map[string]any{"a": "x"}, Known: access.Known{Block: []string{"a", "b"}, Provider: "asp"}},
		access.Submit:   {Known: access.Known{Frozen: frozen, Personal: true}},
		access.Protect:  {Approved: true, Known: access.Known{Frozen: frozen}},
		access.Recall:   {Reason: "not yet"},
		access.Sign:     {Signature: &access.Signature{By: "consumer", Digest: "d"}},
		access.Decline:  {Reason: "not so"},
		access.Review:   {Checks: checks},
		access.Return:   {Reason: "please", Points: []access.Point{{Path: "/a", Text: "why?"}}},
		access.Decide:   {Verdict: &grant, Known: access.Known{Asked: asked}},
		access.Approve:  {Agreement: "a-2026-0001"},
		access.Refuse:   {Refusal: &access.Refusal{Code: access.NoBasis, Facts: "the act is silent", Law: "art. 6"}},
		access.Test:     {Report: &access.TestReport{Green: true, Certificate: true}},
		access.Withdraw: {Reason: "not needed"},
		access.Say:      {Reason: "hello"},
	}
}

// TestAct_EveryStepInEveryState: the dispatcher allows what the table of states says, and nothing else.
func TestAct_EveryStepInEveryState(t *testing.T) {
	side := map[access.Verb]access.Side{access.Review: access.OperatorSide, access.Return: access.OperatorSide,
		access.Approve: access.OperatorSide, access.Decide: access.ProviderSide}
	lawful := map[access.State]map[access.Verb]access.State{
		access.Draft:             {access.Save: access.Draft, access.Submit: access.AwaitingDPO, access.Withdraw: access.Withdrawn},
		access.AwaitingDPO:       {access.Protect: access.AwaitingSignature, access.Recall: access.ChangesRequested, access.Withdraw: access.Withdrawn},
		access.AwaitingSignature: {access.Sign: access.Submitted, access.Decline: access.ChangesRequested, access.Recall: access.ChangesRequested, access.Withdraw: access.Withdrawn},
		access.Submitted:         {access.Review: access.ProviderDecision, access.Return: access.ChangesRequested, access.Withdraw: access.Withdrawn},
		access.ChangesRequested:  {access.Save: access.ChangesRequested, access.Submit: access.AwaitingDPO, access.Withdraw: access.Withdrawn},
		access.ProviderDecision:  {access.Return: access.ChangesRequested, access.Decide: access.Approved, access.Withdraw: access.Withdrawn},
		access.Approved:          {access.Approve: access.Decided, access.Withdraw: access.Withdrawn},
		access.Decided:           {access.Test: access.Ready}, access.Testing: {access.Test: access.Ready},
		access.Ready: {access.Test: access.Ready},
	}
	walked := 0
	for _, state := range access.States() {
		for verb, step := range complete() {
			if verb == access.Say || verb == access.Refuse {
				continue
			}
			walked++
			r := request(state)
			if verb == access.Approve {
				grant := access.GrantAll(asked)
				r.Verdict = &grant
			}
			place := side[verb]
			if place == "" {
				place = access.ConsumerSide
			}
			step.Verb = verb
			next, err := r.Act(everybody(people.PersonID(place), place), step, now)
			want, ok := lawful[state][verb]
			switch {
			case ok && (err != nil || next.State != want):
				t.Errorf("%s in %s: %s, %v; want %s", verb, state, next.State, err, want)
			case !ok && (err == nil || fault.From(err).Code != fault.RequestState):
				t.Errorf("%s in %s: %v, want request.state", verb, state, err)
			case ok && (next.Revision != 8 || r.State != state || len(r.Timeline) != 0):
				t.Errorf("%s in %s: revision %d; the stored request must not change", verb, state, next.Revision)
			}
		}
	}
	if walked < 150 {
		t.Errorf("%d cells walked", walked)
	}
}

func TestAct_SeparatesThePersons(t *testing.T) {
	r := request(access.Submitted)
	steps := complete()
	check := steps[access.Review]
	check.Verb = access.Review
	next, err := r.Act(everybody("one", access.OperatorSide), check, now)
	if err != nil {
		t.Fatal(err)
	}
	grant := access.GrantAll(asked)
	next.State, next.Verdict = access.Approved, &grant
	if _, err := next.Act(everybody("one", access.OperatorSide), access.Step{Verb: access.Approve}, now); fault.From(err).Code != fault.RightConflict {
		t.Errorf("the checker approves: %v", err)
	}
	if _, err := next.Act(everybody("two", access.OperatorSide), access.Step{Verb: access.Approve}, now); err != nil {
		t.Errorf("another approver: %v", err)
	}
}

func TestAct_RefusesWhatIsStaleOrIncomplete(t *testing.T) {
	steps := complete()
	for name, c := range map[string]struct {
		state access.State
		verb  access.Verb
		side  access.Side
		spoil func(*access.Step)
		want  fault.Code
	}{
		"a stale page":         {access.Draft, access.Save, access.ConsumerSide, func(s *access.Step) { s.Revision = 6 }, fault.RequestStale},
		"a foreign field":      {access.Draft, access.Save, access.ConsumerSide, func(s *access.Step) { s.Answers = map[string]any{"z": 1} }, fault.RequestInvalid},
		"wrong answers":        {access.Draft, access.Submit, access.ConsumerSide, func(s *access.Step) { s.Known.Errors = []fault.FieldError{{Code: fault.FormMissing}} }, fault.RequestInvalid},
		"another content":      {access.AwaitingSignature, access.Sign, access.ConsumerSide, func(s *access.Step) { s.Signature.Digest = "x" }, fault.RequestDigest},
		"another person":       {access.AwaitingSignature, access.Sign, access.ConsumerSide, func(s *access.Step) { s.Signature.By = "x" }, fault.RequestSigner},
		"no reason to decline": {access.AwaitingSignature, access.Decline, access.ConsumerSide, func(s *access.Step) { s.Reason = " " }, fault.RequestInvalid},
		"an unticked line":     {access.Submitted, access.Review, access.OperatorSide, func(s *access.Step) { s.Checks = s.Checks[1:] }, fault.RequestInvalid},
		"no points":            {access.Submitted, access.Return, access.OperatorSide, func(s *access.Step) { s.Points = nil }, fault.RequestInvalid},
		"a field undecided":    {access.ProviderDecision, access.Decide, access.ProviderSide, func(s *access.Step) { s.Verdict = &access.Verdict{} }, fault.RequestInvalid},
		"no facts":             {access.Submitted, access.Refuse, access.OperatorSide, func(s *access.Step) { s.Refusal = &access.Refusal{Code: access.NoBasis} }, fault.RequestInvalid},
		"no verb":              {access.Draft, "dance", access.ConsumerSide, func(*access.Step) {}, fault.RequestState},
		"no red tests":         {access.Ready, access.Start, access.ConsumerSide, func(*access.Step) {}, fault.RequestTests},
		"the other side":       {access.ProviderDecision, access.Decide, access.ConsumerSide, func(*access.Step) {}, fault.RightMissing},
	} {
		step := steps[c.verb]
		step.Verb = c.verb
		if step.Signature != nil {
			own := *step.Signature
			step.Signature = &own
		}
		c.spoil(&step)
		if _, err := request(c.state).Act(everybody("consumer", c.side), step, now); err == nil || fault.From(err).Code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestVerdict_NamesEachFieldOnce(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*access.Verdict)
		wrong  bool
	}{
		"all": {func(*access.Verdict) {}, false},
		"one refused": {func(v *access.Verdict) {
			v.Purposes[0].Fields[0] = access.FieldVerdict{Path: "A", Code: access.ExcessFields}
		}, false},
		"refused without code": {func(v *access.Verdict) { v.Purposes[0].Fields[0] = access.FieldVerdict{Path: "A"} }, true},
		"other without words":  {func(v *access.Verdict) { v.Purposes[0].Fields[0] = access.FieldVerdict{Path: "A", Code: access.Other} }, true},
		"a field not asked for": {func(v *access.Verdict) {
			v.Purposes[0].Fields = append(v.Purposes[0].Fields, access.FieldVerdict{Path: "C", Granted: true})
		}, true},
		"a foreign purpose": {func(v *access.Verdict) { v.Purposes = append(v.Purposes, access.PurposeVerdict{Code: "x"}) }, true},
		"nothing":           {func(v *access.Verdict) { v.Purposes[0] = access.PurposeVerdict{Code: "aid", Refused: access.NoBasis} }, true},
	} {
		v := access.GrantAll(asked)
		c.change(&v)
		_, err := request(access.ProviderDecision).Act(everybody("p", access.ProviderSide),
			access.Step{Verb: access.Decide, Verdict: &v, Known: access.Known{Asked: asked}}, now)
		if (err != nil) != c.wrong {
			t.Errorf("%s: %v", name, err)
		}
	}
	v := access.GrantAll(asked)
	v.Purposes[0].Fields[0].Granted = false
	if !v.Partial() || !slices.Equal(v.Granted("aid"), []string{"B"}) || access.GrantAll(asked).Partial() {
		t.Errorf("%+v grants %v", v, v.Granted("aid"))
	}
}

func TestMessages_NotesStayOnTheirSide(t *testing.T) {
	r, err := request(access.Submitted).Act(everybody("op", access.OperatorSide), access.Step{Verb: access.Note, Reason: "ask the lawyer"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Readable(everybody("x", access.OperatorSide))) != 1 || len(r.Readable(everybody("x", access.ConsumerSide))) != 0 ||
		len(r.Readable(everybody("x", access.ProviderSide))) != 0 {
		t.Error("an internal note is read by another side")
	}
}

func TestTask_NamesWhoActs(t *testing.T) {
	r := request(access.ProviderDecision)
	task := r.Task(everybody("d", access.ProviderSide), now)
	if task == nil || task.Step != access.Decide || task.Side != access.ProviderSide || !task.Mine || !slices.Contains(task.Roles, people.Decider) {
		t.Fatalf("%+v", task)
	}
	if other := r.Task(everybody("e", access.ConsumerSide), now); other.Mine {
		t.Error("the consumer decides")
	}
	for _, s := range access.States() {
		if (request(s).Task(everybody("e", access.ConsumerSide), now) == nil) != s.Final() {
			t.Errorf("%s: a task only where something is due", s)
		}
		if name := s.Name(); name.RO == "" || name.EN == "" || name.RU == "" {
			t.Errorf("%s has no name in three languages", s)
		}
	}
}

func TestLapse_ByTimeOnly(t *testing.T) {
	r := request(access.ChangesRequested)
	if _, err := r.Act(people.Principal{}, access.Step{Verb: access.Lapse}, now.AddDate(0, 0, 59)); err == nil {
		t.Error("lapsed after 59 days")
	}
	if next, err := r.Act(people.Principal{}, access.Step{Verb: access.Lapse}, now.AddDate(0, 0, 62)); err != nil || next.State != access.Lapsed {
		t.Errorf("after 62 days: %s %v", next.State, err)
	}
}

func TestDiff_ListsWhatChanged(t *testing.T) {
	row := func(why string) any { return map[string]any{"code": "aid", "why": why} }
	a := map[string]any{"x": "1", "purposes": []any{row("old")}, "list": []any{"a"}}
	b := map[string]any{"x": "1", "purposes": []any{row("new"), row("two")}, "list": []any{"a", "b"}, "y": true}
	var paths []string
	for _, c := range access.Diff(a, b) {
		paths = append(paths, c.Path)
	}
	if want := []string{"/list", "/purposes/0/why", "/purposes/1", "/y"}; !slices.Equal(paths, want) {
		t.Errorf("%v, want %v", paths, want)
	}
}

func TestCompute_NeedForAnAssessment(t *testing.T) {
	for name, c := range map[string]struct {
		categories []access.Category
		answers    map[string]any
		needed     bool
		review     string
	}{
		"plain":              {nil, map[string]any{"persons_year": "lt50000"}, false, "2028-11-30"},
		"large and matched":  {nil, map[string]any{"persons_year": "ge50000", "matching": true}, true, "2028-11-30"},
		"special, 5 000":     {[]access.Category{{Code: "health", Special: true}}, map[string]any{"persons_year": "lt10000"}, true, "2027-11-30"},
		"special, few":       {[]access.Category{{Code: "health", Special: true}}, map[string]any{"persons_year": "lt1000"}, false, "2027-11-30"},
		"financial, 10 000":  {[]access.Category{{Code: "financial"}}, map[string]any{"persons_year": "lt50000", "children": true}, true, "2028-11-30"},
		"added by applicant": {nil, map[string]any{"dpia_criteria": []any{"monitoring", "innovation"}}, true, "2028-11-30"},
	} {
		got := access.Compute(access.Catalogue{Personal: true, Public: true, Categories: c.categories}, c.answers, now)
		if got["dpia_needed"] != c.needed || got["review"] != c.review {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := access.Compute(access.Catalogue{}, map[string]any{"matching": true, "children": true}, now); got["dpia_needed"] != false {
		t.Errorf("without personal data: %v", got)
	}
}
