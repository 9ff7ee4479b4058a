package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
)

// People keeps persons, roles and sessions; *account.Accounts is one. Each decides by the one table of rights.
type People interface {
	People(ctx context.Context, p *people.Principal, after people.PersonID, limit int) ([]people.Person, error)
	Person(ctx context.Context, p *people.Principal, id people.PersonID) (people.Person, []people.Membership,
		[]account.Shown, error)
	Block(ctx context.Context, p *people.Principal, id people.PersonID, block bool) error
	Invite(ctx context.Context, p *people.Principal, person people.PersonID) (code string, until time.Time, err error)
	Memberships
}

// Memberships grants and ends roles.
type Memberships interface {
	Team(ctx context.Context, p *people.Principal, participant mconnect.ParticipantID) ([]account.Member, error)
	Grant(ctx context.Context, p *people.Principal, g account.Grant) (people.Membership, error)
	Decide(ctx context.Context, p *people.Principal, id people.MembershipID, approve bool) error
	End(ctx context.Context, p *people.Principal, id people.MembershipID) error
}

// peopleRoles are the roles of people that an administrator's role has: the one table of rights decides for both.
var peopleRoles = map[Role][]people.Role{
	Operator: {people.Checker, people.Approver, people.Registrar, people.Lawyer, people.Security, people.Admin},
	Auditor:  {people.Auditor},
}

// principal is the administrator as the table of rights knows it: a program, or a command at the machine.
func (who Administrator) principal() *people.Principal {
	p := &people.Principal{Program: who.Name, Name: who.Name}
	for _, role := range who.Roles {
		p.Roles = append(p.Roles, peopleRoles[role]...)
	}
	return p
}

// Membership is a role of a person, as the API shows it.
type Membership struct {
	ID          people.MembershipID    `json:"id"`
	Person      people.PersonID        `json:"person"`
	Name        string                 `json:"name,omitempty"`
	Participant mconnect.ParticipantID `json:"participant,omitempty" doc:"absent: the platform's staff"`
	Role        people.Role            `json:"role"`
	State       string                 `json:"state,omitempty" enum:"granted,proposed," doc:"proposed: another person approves it"`
	From        time.Time              `json:"from"`
	Until       *time.Time             `json:"until,omitempty" doc:"absent: without end"`
	GrantedBy   string                 `json:"granted_by,omitempty"`
	ProposedBy  string                 `json:"proposed_by,omitempty"`
}

// Session is one of a person, as the API shows it.
type Session struct {
	ID          string                 `json:"id" doc:"of no use to log in"`
	Participant mconnect.ParticipantID `json:"participant,omitempty"`
	Staff       bool                   `json:"staff,omitempty"`
	Created     time.Time              `json:"created"`
	Seen        time.Time              `json:"seen"`
	Until       time.Time              `json:"until"`
}

func membershipOf(m people.Membership) Membership {
	shown := Membership{ID: m.ID, Person: m.Person, Participant: m.Participant, Role: m.Role, From: m.From,
		GrantedBy: m.GrantedBy}
	if !m.Until.IsZero() {
		shown.Until = &m.Until
	}
	return shown
}

type peopleIn struct {
	After string `query:"after" doc:"identifier of the last person of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type peopleOut struct {
	Body struct {
		Items []people.Person `json:"items"`
	}
}

type personIn struct {
	ID string `path:"id" doc:"of the person"`
}

type personOut struct {
	Body struct {
		Person      people.Person `json:"person"`
		Memberships []Membership  `json:"memberships" doc:"ended ones included"`
		Sessions    []Session     `json:"sessions"`
	}
}

type setupIn struct {
	Body struct {
		Person people.PersonID `json:"person,omitempty" doc:"whose account is set up again; absent: a new person, on the staff as admin"`
	}
}

type setupOut struct {
	Body struct {
		Code  string    `json:"code" doc:"shown once; entered at /local of the portal"`
		Until time.Time `json:"until"`
	}
}

type blockPersonIn struct {
	ID   string `path:"id" doc:"of the person"`
	Body struct {
		Blocked bool `json:"blocked" doc:"true: the person may not log in, and all sessions end"`
	}
}

type teamIn struct {
	Participant string `query:"participant" doc:"whose team; absent: the platform's staff"`
}

type teamOut struct {
	Body struct {
		Items []Membership `json:"items" doc:"in force, or proposed"`
	}
}

type grantIn struct {
	Body struct {
		Person      people.PersonID        `json:"person,omitempty" doc:"or idnp and name"`
		IDNP        mconnect.IDNP          `json:"idnp,omitempty" doc:"kept encrypted"`
		Name        string                 `json:"name,omitempty" maxLength:"200" doc:"of a person who is not known yet"`
		Participant mconnect.ParticipantID `json:"participant,omitempty" doc:"absent: the platform's staff"`
		Role        people.Role            `json:"role"`
		Until       time.Time              `json:"until,omitzero"`
	}
}

type membershipOut struct{ Body Membership }

type membershipIn struct {
	ID string `path:"id" doc:"of the membership"`
}

func peopleOperation(method, path, id, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{"people"}}
}

// seesPeople are the administrators that the table of rights lets see persons and teams.
const seesPeople = Operator + ", " + Auditor

// people registers persons and their roles. The role of an operation is only who may ask; the table of rights decides.
func (s *Surface) people() {
	if s.cfg.People == nil {
		return
	}
	handle(s, seesPeople, peopleOperation(http.MethodGet, "/v1/people", "list-people", "List persons"), s.listPeople)
	handle(s, seesPeople, peopleOperation(http.MethodGet, "/v1/people/{id}", "show-person",
		"Show a person with its roles and sessions"), s.showPerson)
	handle(s, Operator, peopleOperation(http.MethodPost, "/v1/people/setup", "setup-person",
		"Make a code with which a local account is set up, once"),
		func(ctx context.Context, in *setupIn) (*setupOut, error) {
			out := &setupOut{}
			var err error
			out.Body.Code, out.Body.Until, err = s.cfg.People.Invite(ctx, actor(ctx).principal(), in.Body.Person)
			return out, err
		})
	handle(s, Operator, peopleOperation(http.MethodPost, "/v1/people/{id}/block", "block-person",
		"Stop a person from logging in, or allow it again"), func(ctx context.Context, in *blockPersonIn) (*struct{}, error) {
		return &struct{}{}, s.cfg.People.Block(ctx, actor(ctx).principal(), people.PersonID(in.ID), in.Body.Blocked)
	})
	handle(s, seesPeople, peopleOperation(http.MethodGet, "/v1/memberships", "list-memberships",
		"List the team of a participant, or the platform's staff"), s.listTeam)
	handle(s, Operator, peopleOperation(http.MethodPost, "/v1/memberships", "grant-membership",
		"Grant a role; that of approver is proposed, and another person approves it"),
		func(ctx context.Context, in *grantIn) (*membershipOut, error) {
			m, err := s.cfg.People.Grant(ctx, actor(ctx).principal(), account.Grant(in.Body))
			return &membershipOut{membershipOf(m)}, err
		})
	decide := func(approve bool) func(context.Context, *membershipIn) (*struct{}, error) {
		return func(ctx context.Context, in *membershipIn) (*struct{}, error) {
			return &struct{}{}, s.cfg.People.Decide(ctx, actor(ctx).principal(), people.MembershipID(in.ID), approve)
		}
	}
	handle(s, Operator, peopleOperation(http.MethodPost, "/v1/memberships/{id}/approve", "approve-membership",
		"Approve a role that another person proposed"), decide(true))
	handle(s, Operator, peopleOperation(http.MethodPost, "/v1/memberships/{id}/decline", "decline-membership",
		"Decline a proposed role"), decide(false))
	handle(s, Operator, peopleOperation(http.MethodPost, "/v1/memberships/{id}/end", "end-membership", "End a role now"),
		func(ctx context.Context, in *membershipIn) (*struct{}, error) {
			return &struct{}{}, s.cfg.People.End(ctx, actor(ctx).principal(), people.MembershipID(in.ID))
		})
}

func (s *Surface) listPeople(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	out := &peopleOut{}
	found, err := s.cfg.People.People(ctx, actor(ctx).principal(), people.PersonID(in.After), in.Limit)
	out.Body.Items = append([]people.Person{}, found...)
	return out, err
}

func (s *Surface) showPerson(ctx context.Context, in *personIn) (*personOut, error) {
	out := &personOut{}
	person, memberships, sessions, err := s.cfg.People.Person(ctx, actor(ctx).principal(), people.PersonID(in.ID))
	out.Body.Person, out.Body.Memberships, out.Body.Sessions = person, []Membership{}, []Session{}
	for _, m := range memberships {
		out.Body.Memberships = append(out.Body.Memberships, membershipOf(m))
	}
	for _, one := range sessions {
		out.Body.Sessions = append(out.Body.Sessions, Session{ID: one.ID, Participant: one.Context.Participant,
			Staff: one.Context.Staff, Created: one.Created, Seen: one.Seen, Until: one.Until})
	}
	return out, err
}

func (s *Surface) listTeam(ctx context.Context, in *teamIn) (*teamOut, error) {
	out := &teamOut{}
	out.Body.Items = []Membership{}
	team, err := s.cfg.People.Team(ctx, actor(ctx).principal(), mconnect.ParticipantID(in.Participant))
	for _, m := range team {
		shown := membershipOf(m.Membership)
		shown.Name, shown.State, shown.ProposedBy = m.Name, m.State, m.ProposedBy
		out.Body.Items = append(out.Body.Items, shown)
	}
	return out, err
}
