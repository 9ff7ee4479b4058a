package account

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
)

// Member is one membership of a team, with the person.
type Member struct {
	people.Membership
	Name       string // of the person
	State      string // appendlog.MembershipGranted, or Proposed: a second person has to approve it
	ProposedBy string
	Last       bool // that of the last manager: it cannot end
}

// Grant is a role that somebody is to get. Either Person or IDNP names the person; Name is for one who is not known
// yet.
type Grant struct {
	Person      people.PersonID
	IDNP        mconnect.IDNP
	Name        string
	Participant mconnect.ParticipantID // people.Platform: the staff
	Role        people.Role
	Until       time.Time // zero: without end
}

// documentOf is what the journal keeps of a membership.
func documentOf(m appendlog.Membership) string {
	kept := struct {
		Participant string    `json:"participant,omitempty"`
		Person      string    `json:"person"`
		Role        string    `json:"role"`
		State       string    `json:"state"`
		Until       time.Time `json:"until,omitzero"`
	}{m.Participant, m.Person, m.Role, m.State, m.Until}
	text, err := json.Marshal(kept)
	if err != nil { // cannot be: strings and a time
		return ""
	}
	return string(text)
}

func teamActions(participant mconnect.ParticipantID) (view, grant people.Action) {
	if participant == people.Platform {
		return people.StaffView, people.StaffGrant
	}
	return people.TeamView, people.TeamGrant
}

// Team lists the memberships of a participant that hold or wait for approval, or those of the staff.
func (a *Accounts) Team(ctx context.Context, p *people.Principal, participant mconnect.ParticipantID) ([]Member,
	error) {
	view, _ := teamActions(participant)
	if err := p.May(view, people.Object{Owner: participant}, a.now()); err != nil {
		return nil, err
	}
	there, err := a.cfg.Store.MembershipsAt(ctx, string(participant))
	if err != nil {
		return nil, err
	}
	managers := a.managers(there)
	var team []Member
	for _, m := range there {
		now := a.now()
		over := !m.Until.IsZero() && !now.Before(m.Until)
		if over || m.State == appendlog.MembershipDeclined {
			continue
		}
		person, err := a.cfg.Store.Person(ctx, m.Person)
		if err != nil {
			return nil, err
		}
		team = append(team, Member{Membership: membershipOf(m), Name: person.Name, State: m.State,
			ProposedBy: m.ProposedBy, Last: len(managers) == 1 && managers[0].ID == m.ID})
	}
	slices.SortStableFunc(team, func(x, y Member) int { return strings.Compare(x.Name, y.Name) })
	return team, nil
}

// Grant gives a person a role. The role of approver is proposed only: another person approves it. Faults:
// right.missing, right.stepUp, resource.invalid, person.unknown, membership.held.
func (a *Accounts) Grant(ctx context.Context, p *people.Principal, g Grant) (people.Membership, error) {
	_, grant := teamActions(g.Participant)
	if err := p.May(grant, people.Object{Owner: g.Participant}, a.now()); err != nil {
		return people.Membership{}, err
	}
	if err := a.judgeGrant(g); err != nil {
		return people.Membership{}, err
	}
	person, err := a.grantee(ctx, g)
	if err != nil {
		return people.Membership{}, err
	}
	m := appendlog.Membership{ID: newID(), Person: person.ID, Participant: string(g.Participant), Role: string(g.Role),
		State: appendlog.MembershipGranted, From: a.now(), Until: g.Until.UTC().Truncate(time.Microsecond),
		GrantedBy: p.Actor()}
	action := "grant"
	if g.Role == people.Approver {
		m.State, m.ProposedBy, m.GrantedBy, action = appendlog.MembershipProposed, p.Actor(), "", "propose"
	}
	d := deed{actor: p.Actor(), resource: "Membership", id: m.ID, action: action, participant: g.Participant,
		document: documentOf(m)}
	return membershipOf(m), a.commit(ctx, d, func(tx appendlog.Tx) error {
		there, err := a.cfg.Store.MembershipsIn(tx, m.Participant)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(there, func(o appendlog.Membership) bool {
			return o.Person == m.Person && o.Role == m.Role && o.State != appendlog.MembershipDeclined &&
				(o.Until.IsZero() || o.Until.After(m.From))
		}) {
			return fault.New(fault.MembershipHeld)
		}
		if err := a.cfg.Store.PutPerson(tx, person); err != nil {
			return err
		}
		return a.cfg.Store.PutMembership(tx, m)
	})
}

func (a *Accounts) judgeGrant(g Grant) error {
	var found fault.Findings
	if _, err := people.ParseRole(string(g.Role), g.Participant == people.Platform); err != nil {
		roles := people.ParticipantRoles()
		if g.Participant == people.Platform {
			roles = people.StaffRoles()
		}
		names := make([]string, len(roles))
		for i, r := range roles {
			names[i] = string(r)
		}
		found.Add("/role", fault.InputEnum, "values", strings.Join(names, ", "))
	}
	if p, ok := a.cfg.Participants.Participant(g.Participant); g.Participant != people.Platform &&
		(!ok || p.Status == registry.Suspended) {
		found.Add("/participant", fault.ResourceUnknown, "kind", "Participant", "id", string(g.Participant))
	}
	if !g.Until.IsZero() && !g.Until.After(a.now()) {
		found.Add("/until", fault.InputRange, "min", a.now().Format(time.DateOnly), "max", "9999-12-31")
	}
	if g.Person == "" {
		if _, err := mconnect.ParseIDNP(string(g.IDNP)); err != nil {
			found.Add("/idnp", fault.InputCheckDigit)
		}
		if line(g.Name, maxName) == "" {
			found.Add("/name", fault.InputMissing)
		}
	}
	return found.Err(fault.ResourceInvalid)
}

// grantee finds the person of a grant, or makes one who is not known yet.
func (a *Accounts) grantee(ctx context.Context, g Grant) (appendlog.Person, error) {
	if g.Person != "" {
		return a.cfg.Store.Person(ctx, string(g.Person))
	}
	person, err := a.personOf(ctx, g.IDNP)
	if err == nil && person.Name == "" {
		person.Name = line(g.Name, maxName)
	}
	return person, err
}

// membership finds one that the principal may change. One of another participant does not exist for it.
func (a *Accounts) membership(ctx context.Context, p *people.Principal, id people.MembershipID) (appendlog.Membership,
	error) {
	m, err := a.cfg.Store.Membership(ctx, string(id))
	if err != nil {
		return m, err
	}
	view, grant := teamActions(mconnect.ParticipantID(m.Participant))
	object := people.Object{Owner: mconnect.ParticipantID(m.Participant)}
	if p.May(view, object, a.now()) != nil && m.Person != string(p.Person) {
		return m, fault.New(fault.MembershipUnknown)
	}
	if m.Person == string(p.Person) && m.State == appendlog.MembershipGranted {
		return m, nil // everybody may leave
	}
	return m, p.May(grant, object, a.now())
}

// End ends a membership now: one that the principal may grant, or its own. Faults: membership.unknown, membership.last,
// right.missing, right.stepUp.
func (a *Accounts) End(ctx context.Context, p *people.Principal, id people.MembershipID) error {
	m, err := a.membership(ctx, p, id)
	if err != nil {
		return err
	}
	now := a.now()
	if m.State == appendlog.MembershipDeclined || !m.Until.IsZero() && !now.Before(m.Until) {
		return fault.New(fault.MembershipUnknown)
	}
	m.Until = now
	d := deed{actor: p.Actor(), resource: "Membership", id: m.ID, action: "end",
		participant: mconnect.ParticipantID(m.Participant), document: documentOf(m)}
	return a.commit(ctx, d, func(tx appendlog.Tx) error {
		there, err := a.cfg.Store.MembershipsIn(tx, m.Participant)
		if err != nil {
			return err
		}
		if managers := a.managers(there); len(managers) == 1 && managers[0].ID == m.ID {
			return fault.New(fault.MembershipLast)
		}
		return a.cfg.Store.PutMembership(tx, m)
	})
}

// Decide approves or declines a proposed membership. Faults: membership.unknown, membership.own, right.missing,
// right.stepUp.
func (a *Accounts) Decide(ctx context.Context, p *people.Principal, id people.MembershipID, approve bool) error {
	m, err := a.membership(ctx, p, id)
	switch {
	case err != nil:
		return err
	case m.State != appendlog.MembershipProposed:
		return fault.New(fault.MembershipUnknown)
	case samePerson(m.ProposedBy, p) || m.Person == string(p.Person) && p.Person != "":
		return fault.New(fault.MembershipOwn)
	}
	action := "approve"
	m.State, m.From, m.GrantedBy = appendlog.MembershipGranted, a.now(), p.Actor()
	if !approve {
		m.State, action = appendlog.MembershipDeclined, "decline"
	}
	d := deed{actor: p.Actor(), resource: "Membership", id: m.ID, action: action,
		participant: mconnect.ParticipantID(m.Participant), document: documentOf(m)}
	return a.commit(ctx, d, func(tx appendlog.Tx) error {
		there, err := a.cfg.Store.MembershipsIn(tx, m.Participant)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(there, func(o appendlog.Membership) bool {
			return o.ID == m.ID && o.State == appendlog.MembershipProposed
		}) {
			return fault.New(fault.MembershipUnknown)
		}
		return a.cfg.Store.PutMembership(tx, m)
	})
}

// samePerson reports whether an actor of the journal is the principal, in whatever context.
func samePerson(actor string, p *people.Principal) bool {
	own := p.Actor()
	if p.Program == "" {
		own, _, _ = strings.Cut(own, "@")
		actor, _, _ = strings.Cut(actor, "@")
	}
	return actor == own
}
