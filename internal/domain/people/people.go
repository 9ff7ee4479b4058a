// Package people decides which person may do what: persons, their roles in an institution or on the platform's staff,
// and the one table of rights that pages, the management API and the command line share.
//
// It owns the roles, the actions and the rule that an action which the table does not grant is refused, and the
// separation of duties between persons. It does not know sessions, passwords or storage.
//
// Flow: a session yields a Principal → the object yields its Object (which parties it has, who acted on it) →
// Principal.May allows the action or raises the fault that says who can act.
package people

import (
	"slices"
	"time"

	"mconnect"
)

// PersonID names one person on the platform: a lower-case UUID of version 7. It says nothing about the person, so it
// may stand in the journal and in addresses; the IDNP may not.
type PersonID string

// Person is somebody who may log in. The IDNP is not part of it: the store keeps it sealed and finds it by pseudonym.
type Person struct {
	ID            PersonID      `json:"id"`
	Name          string        `json:"name"`
	Email         string        `json:"email,omitempty"`
	EmailVerified bool          `json:"email_verified,omitempty"`
	Language      mconnect.Lang `json:"language"`
	CreatedAt     time.Time     `json:"created_at"`
	Blocked       bool          `json:"blocked,omitempty"` // may not log in
}

// Platform is where the platform's staff have their roles, in the place of a participant.
const Platform mconnect.ParticipantID = ""

// MembershipID names one membership: a lower-case UUID of version 7.
type MembershipID string

// Membership grants one person one role at one participant, or at Platform, for a time.
type Membership struct {
	ID          MembershipID           `json:"id"`
	Person      PersonID               `json:"person"`
	Participant mconnect.ParticipantID `json:"participant,omitempty"` // Platform: the platform's staff
	Role        Role                   `json:"role"`
	From        time.Time              `json:"from"`
	Until       time.Time              `json:"until,omitzero"` // zero: without end
	GrantedBy   string                 `json:"granted_by"`     // as the journal names the actor
}

// In reports whether the membership holds at a time: From is included, Until is not.
func (m Membership) In(at time.Time) bool {
	return !at.Before(m.From) && (m.Until.IsZero() || at.Before(m.Until))
}

// Context is for whom a person acts in a session. The zero value acts for nobody but the person.
type Context struct {
	Participant mconnect.ParticipantID `json:"participant,omitempty"`
	Staff       bool                   `json:"staff,omitempty"` // of the platform; Participant is Platform then
}

// Contexts lists for whom a person may act at a time: the person alone first, then the platform, then the participants
// in the order of their identifiers.
func Contexts(all []Membership, at time.Time) []Context {
	found := []Context{{}}
	for _, m := range all {
		c := Context{Participant: m.Participant, Staff: m.Participant == Platform}
		if m.In(at) && !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b Context) int {
		switch {
		case a == b:
			return 0
		case a == (Context{}), b != (Context{}) && (a.Staff && !b.Staff || !b.Staff && a.Participant < b.Participant):
			return -1
		}
		return 1
	})
	return found
}

// RolesIn lists the roles that a person has in a context at a time, in the order of AllRoles. Everybody is a Citizen.
func RolesIn(all []Membership, c Context, at time.Time) []Role {
	var roles []Role
	for _, r := range AllRoles() {
		held := func(m Membership) bool {
			return m.Role == r && m.In(at) && c == Context{Participant: m.Participant, Staff: m.Participant == Platform}
		}
		if r == Citizen || slices.ContainsFunc(all, held) {
			roles = append(roles, r)
		}
	}
	return roles
}

// Principal is who acts: a person in a context with the roles that hold there now, or a program with a token.
type Principal struct {
	Person  PersonID // "" for a program
	Name    string   // as pages show it
	Context Context
	Roles   []Role
	Session string    // the digest of its session, shortened; "" for a program
	StepUp  time.Time // when the person last confirmed the identity; zero: at login only
	Program string    // name of the token's or certificate's owner, for programs
	// the session began with a password alone, and the account has no second factor: the platform's staff acts only
	// after one was set up
	OneFactor bool
}

// Actor is how the journal names the principal: "person:<id>", followed by "@<participant>" or "@platform" where the
// person acts for one; programs keep the name from the configuration. It holds no personal data.
func (p Principal) Actor() string {
	switch {
	case p.Program != "":
		return p.Program
	case p.Context.Staff:
		return "person:" + string(p.Person) + "@platform"
	case p.Context.Participant != "":
		return "person:" + string(p.Person) + "@" + string(p.Context.Participant)
	}
	return "person:" + string(p.Person)
}

// Has reports whether the principal has a role in its context.
func (p Principal) Has(r Role) bool { return slices.Contains(p.Roles, r) }
