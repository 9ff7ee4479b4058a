package people

import (
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Action is one thing that a person can do, "<object>.<verb>".
type Action string

// The actions.
const (
	RequestView     Action = "request.view"
	RequestEdit     Action = "request.edit"     // create, change, attach, copy, submit for signature
	RequestProtect  Action = "request.protect"  // the data protection officer approves block D or sends it back
	RequestSign     Action = "request.sign"     // sign or decline
	RequestWithdraw Action = "request.withdraw" //
	RequestMessage  Action = "request.message"
	RequestNote     Action = "request.note"    // internal notes of one reviewing side
	RequestCheck    Action = "request.check"   // go through the operator's check list
	RequestReturn   Action = "request.return"  // ask for changes
	RequestDecide   Action = "request.decide"  // the provider's decision
	RequestApprove  Action = "request.approve" // the Connection Decision
	RequestRefuse   Action = "request.refuse"  // after the provider's decision
	RequestTest     Action = "request.test"    // contract tests, certificate, start
	RequestAssign   Action = "request.assign"  // to a colleague
	RequestExtend   Action = "request.extend"  // the legal period, with reasons

	AgreementView      Action = "agreement.view"
	AgreementNarrow    Action = "agreement.narrow"
	AgreementSuspend   Action = "agreement.suspend"
	AgreementLift      Action = "agreement.lift" // the suspension of one's own side
	AgreementTerminate Action = "agreement.terminate"
	UsageView          Action = "usage.view"
	RefusalView        Action = "refusal.view"

	DelegationOffer  Action = "delegation.offer"
	DelegationAccept Action = "delegation.accept"
	DelegationRevoke Action = "delegation.revoke"

	SystemView      Action = "system.view"
	SystemEdit      Action = "system.edit" // certificates, networks
	SandboxUse      Action = "sandbox.use"
	TemplateEdit    Action = "template.edit"
	TeamView        Action = "team.view"
	TeamGrant       Action = "team.grant"
	StaffView       Action = "staff.view"
	StaffGrant      Action = "staff.grant"
	ParticipantEdit Action = "participant.edit"
	ServiceEdit     Action = "service.edit"
	FormEdit        Action = "form.edit"
	ActPropose      Action = "act.propose"
	ActEdit         Action = "act.edit"
	JournalRead     Action = "journal.read"
	SubjectReveal   Action = "subject.reveal"
	PlatformView    Action = "platform.view" // state, metrics, resources
	PersonEdit      Action = "person.edit"   // local accounts: make, block, reset
	ProfileEdit     Action = "profile.edit"  // language, notices, sessions
	CredentialEdit  Action = "credential.edit"
)

// Relation is what an object is to the principal's context.
type Relation string

// The relations. An object can be in several to one context: a provider that consumes its own service.
const (
	Own         Relation = "own"         // the consumer's side of a request or agreement; the owner of anything else
	Counterpart Relation = "counterpart" // the provider's side of a request or agreement
	Any         Relation = "any"         // the platform's staff: whoever the parties are
)

// Relations lists the relations.
func Relations() []Relation { return []Relation{Own, Counterpart, Any} }

// right grants an action to roles in one relation.
type right struct {
	action   Action
	relation Relation
	roles    []Role
}

// rights is the table. An action that it does not grant to a role in a relation is refused.
var rights = []right{
	{RequestView, Own, []Role{Editor, Signatory, DPO, Integrator, Manager}},
	{RequestView, Counterpart, []Role{Decider, DPO, Manager}},
	{RequestView, Any, []Role{Checker, Approver, Lawyer, Auditor, Authority}},
	{RequestEdit, Own, []Role{Editor}},
	{RequestProtect, Own, []Role{DPO}},
	{RequestSign, Own, []Role{Signatory}},
	{RequestWithdraw, Own, []Role{Editor, Signatory}},
	{RequestMessage, Own, []Role{Editor, Signatory, DPO, Integrator}},
	{RequestMessage, Counterpart, []Role{Decider, DPO}},
	{RequestMessage, Any, []Role{Checker, Approver, Lawyer}},
	{RequestNote, Counterpart, []Role{Decider, DPO}},
	{RequestNote, Any, []Role{Checker, Approver, Lawyer}},
	{RequestCheck, Any, []Role{Checker}},
	{RequestReturn, Counterpart, []Role{Decider}},
	{RequestReturn, Any, []Role{Checker}},
	{RequestDecide, Counterpart, []Role{Decider}},
	{RequestApprove, Any, []Role{Approver}},
	{RequestRefuse, Any, []Role{Approver}},
	{RequestTest, Own, []Role{Integrator}},
	{RequestAssign, Counterpart, []Role{Decider, Manager}},
	{RequestAssign, Any, []Role{Checker, Approver}},
	{RequestExtend, Any, []Role{Checker, Approver}},

	{AgreementView, Own, []Role{Editor, Signatory, DPO, Integrator, Decider, Clerk, Manager}},
	{AgreementView, Counterpart, []Role{Signatory, DPO, Integrator, Decider, Manager}},
	{AgreementView, Any, []Role{Checker, Approver, Registrar, Lawyer, Security, Auditor, Authority}},
	{AgreementNarrow, Own, []Role{Signatory, Manager}},
	{AgreementNarrow, Counterpart, []Role{Decider}},
	{AgreementSuspend, Own, []Role{Signatory, Manager}},
	{AgreementSuspend, Counterpart, []Role{Decider, Manager}},
	{AgreementSuspend, Any, []Role{Approver, Security, Lawyer}},
	{AgreementLift, Own, []Role{Signatory, Manager}},
	{AgreementLift, Counterpart, []Role{Decider, Manager}},
	{AgreementLift, Any, []Role{Approver, Security, Lawyer}},
	{AgreementTerminate, Own, []Role{Signatory}},
	{AgreementTerminate, Counterpart, []Role{Signatory}},
	{AgreementTerminate, Any, []Role{Approver}},
	{UsageView, Own, []Role{Integrator, DPO, Manager}},
	{UsageView, Counterpart, []Role{Decider, DPO, Manager}},
	{UsageView, Any, []Role{Checker, Approver, Auditor, Authority}},
	{RefusalView, Own, []Role{Editor, Integrator, DPO, Manager}},
	{RefusalView, Counterpart, []Role{Integrator, Decider, DPO}},
	{RefusalView, Any, []Role{Checker, Approver, Security, Auditor}},

	{DelegationOffer, Own, []Role{Signatory, Manager}},
	{DelegationAccept, Counterpart, []Role{Signatory, Manager}},
	{DelegationRevoke, Own, []Role{Signatory, Manager}},
	{DelegationRevoke, Counterpart, []Role{Signatory, Manager}},
	{DelegationRevoke, Any, []Role{Security}},

	{SystemView, Own, []Role{Editor, Signatory, DPO, Integrator, Decider, Manager}},
	{SystemView, Any, []Role{Checker, Approver, Registrar, Security, Auditor}},
	{SystemEdit, Own, []Role{Integrator}},
	{SystemEdit, Any, []Role{Registrar}},
	{SandboxUse, Own, []Role{Editor, Integrator}},
	{TemplateEdit, Own, []Role{Manager}},
	{TemplateEdit, Any, []Role{Registrar}},
	{TeamView, Own, []Role{Editor, Signatory, DPO, Integrator, Decider, Clerk, Manager}},
	{TeamView, Any, []Role{Registrar, Auditor, Admin}},
	{TeamGrant, Own, []Role{Manager}},
	{TeamGrant, Any, []Role{Admin}},
	{StaffView, Any, []Role{Auditor, Admin}},
	{StaffGrant, Any, []Role{Admin}},
	{ParticipantEdit, Any, []Role{Registrar}},
	{ServiceEdit, Any, []Role{Registrar}},
	{FormEdit, Any, []Role{Registrar}},
	{ActPropose, Own, []Role{Editor, DPO}},
	{ActEdit, Any, []Role{Lawyer}},
	{JournalRead, Any, []Role{Auditor}},
	{SubjectReveal, Any, []Role{Auditor}},
	{PlatformView, Any, StaffRoles()},
	{PersonEdit, Any, []Role{Admin}},
	{ProfileEdit, Own, []Role{Citizen}},
	{CredentialEdit, Own, []Role{Citizen}},
}

// Actions lists every action of the table, in its order.
func Actions() []Action {
	var all []Action
	for _, r := range rights {
		if !slices.Contains(all, r.action) {
			all = append(all, r.action)
		}
	}
	return all
}

// Who lists the roles that may do an action in a relation; none where the table does not grant it.
func Who(a Action, rel Relation) []Role {
	for _, r := range rights {
		if r.action == a && r.relation == rel {
			return slices.Clone(r.roles)
		}
	}
	return nil
}

// separated lists, for an action, those that the same person may not have done on the same object before: whoever wrote
// or checked a request does not decide it.
var separated = map[Action][]Action{
	RequestDecide:  {RequestEdit, RequestSign, RequestProtect},
	RequestCheck:   {RequestEdit, RequestSign, RequestProtect, RequestDecide},
	RequestApprove: {RequestEdit, RequestSign, RequestProtect, RequestDecide, RequestCheck},
	RequestRefuse:  {RequestEdit, RequestSign, RequestProtect, RequestDecide, RequestCheck},
	AgreementLift:  {AgreementSuspend},
	// two persons end an agreement
	AgreementTerminate: {AgreementTerminate},
}

// confirmed are the actions before which a person confirms the identity again, at most StepUpFor ago.
var confirmed = []Action{RequestApprove, RequestRefuse, AgreementTerminate, StaffGrant, SubjectReveal, FormEdit,
	PersonEdit, CredentialEdit}

// StepUpFor is how long a confirmation of the identity holds.
const StepUpFor = 5 * time.Minute

// NeedsStepUp reports whether a person confirms the identity again before an action.
func NeedsStepUp(a Action) bool { return slices.Contains(confirmed, a) }

// Deed is what a person did to an object.
type Deed struct {
	Action Action   `json:"action"`
	Person PersonID `json:"person"`
}

// Object is what an action concerns: its parties, its person and what was done to it before.
type Object struct {
	Owner    mconnect.ParticipantID // of a request or agreement the consumer; "" where no participant owns it
	Provider mconnect.ParticipantID // of a request or agreement, or who a delegation is offered to; "" where none is
	Person   PersonID               // whose it is: a profile
	Deeds    []Deed
}

// Relations lists what the object is to the principal's context. Staff are related to every object.
func (o Object) Relations(p Principal) []Relation {
	var all []Relation
	if o.Person != "" && o.Person == p.Person {
		all = append(all, Own)
	}
	if c := p.Context; c.Staff || p.Program != "" {
		return append(all, Any)
	} else if c.Participant != "" {
		if o.Owner == c.Participant {
			all = append(all, Own)
		}
		if o.Provider == c.Participant {
			all = append(all, Counterpart)
		}
	}
	return all
}

// May raises the fault that explains why the principal may not do an action to an object at a time, or returns nil.
//
//   - right.missing: no role of the principal has the action in any relation to the object; the fault names who has
//   - right.conflict: the same person did something before that excludes it
//   - right.stepUp: the identity has to be confirmed again
func (p Principal) May(a Action, o Object, at time.Time) error {
	relations := o.Relations(p)
	granted := func(rel Relation) bool { return slices.ContainsFunc(Who(a, rel), p.Has) }
	if !slices.ContainsFunc(relations, granted) {
		return missing(a, relations)
	}
	everybody := func(rel Relation) bool { return slices.Contains(Who(a, rel), Citizen) }
	if p.OneFactor && p.Context.Staff && !slices.ContainsFunc(relations, everybody) {
		return fault.New(fault.RightSecondFactor, "action", string(a))
	}
	for _, d := range o.Deeds {
		if d.Person == p.Person && p.Person != "" && slices.Contains(separated[a], d.Action) {
			return fault.New(fault.RightConflict, "action", string(a), "done", string(d.Action))
		}
	}
	if NeedsStepUp(a) && p.Program == "" && at.Sub(p.StepUp) > StepUpFor {
		return fault.New(fault.RightStepUp, "action", string(a))
	}
	return nil
}

// Could reports whether there may be an object to which the principal may do an action: one of its own context. Menus
// ask it; the action itself asks May.
func (p Principal) Could(a Action) bool {
	own := Object{Owner: p.Context.Participant, Provider: p.Context.Participant, Person: p.Person}
	return slices.ContainsFunc(own.Relations(p), func(rel Relation) bool {
		return slices.ContainsFunc(Who(a, rel), p.Has)
	})
}

// missing names the roles that have the action: in the relations at hand first, else in any.
func missing(a Action, relations []Relation) error {
	var who []Role
	for _, rel := range relations {
		who = append(who, Who(a, rel)...)
	}
	if len(who) == 0 {
		for _, rel := range Relations() {
			who = append(who, Who(a, rel)...)
		}
	}
	slices.Sort(who)
	who = slices.Compact(who)
	names := make(map[mconnect.Lang][]string, 3)
	for _, r := range who {
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
			names[lang] = append(names[lang], r.Title().In(lang))
		}
	}
	list := func(lang mconnect.Lang) string { return strings.Join(names[lang], ", ") }
	return fault.New(fault.RightMissing, "action", string(a), "roles", list(mconnect.English),
		"roles.ro", list(mconnect.Romanian), "roles.en", list(mconnect.English), "roles.ru", list(mconnect.Russian))
}
