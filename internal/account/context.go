package account

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
)

// Contexts lists for whom a person may act: alone, the platform, the participants; then those where the roles have
// ended, and those that the person may become the first manager of.
func (a *Accounts) Contexts(ctx context.Context, p *people.Principal) ([]Choice, error) {
	if err := p.May(people.ProfileEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return nil, err
	}
	all, err := a.granted(ctx, string(p.Person))
	if err != nil {
		return nil, err
	}
	stored, err := a.cfg.Store.SessionsOf(ctx, string(p.Person))
	if err != nil {
		return nil, err
	}
	choices := a.choices(all)
	for _, s := range stored {
		if sessionID(s.Digest) != p.Session {
			continue
		}
		first, err := a.firsts(ctx, s)
		if err != nil {
			return nil, err
		}
		choices = append(choices, first...)
	}
	return choices, nil
}

// choices lists the contexts of memberships.
func (a *Accounts) choices(all []people.Membership) []Choice {
	now := a.now()
	var choices []Choice
	held := people.Contexts(all, now)
	for _, c := range held {
		one := Choice{Context: c, Name: a.nameAt(c), Roles: people.RolesIn(all, c, now)}
		endless := false
		for _, m := range all {
			if m.In(now) && contextOf(m) == c {
				endless = endless || m.Until.IsZero()
				if m.Until.After(one.Until) {
					one.Until = m.Until
				}
			}
		}
		if endless {
			one.Until = time.Time{}
		}
		choices = append(choices, one)
	}
	var ended []Choice
	for _, m := range all {
		c := contextOf(m)
		i := slices.IndexFunc(ended, func(one Choice) bool { return one.Context == c })
		switch {
		case slices.Contains(held, c) || m.Until.IsZero() || m.Until.After(now):
		case i < 0:
			ended = append(ended, Choice{Context: c, Name: a.nameAt(c), Ended: m.Until})
		case m.Until.After(ended[i].Ended):
			ended[i].Ended = m.Until
		}
	}
	slices.SortFunc(ended, func(x, y Choice) int { return cmp.Compare(x.Context.Participant, y.Context.Participant) })
	return append(choices, ended...)
}

func contextOf(m people.Membership) people.Context {
	return people.Context{Participant: m.Participant, Staff: m.Participant == people.Platform}
}

func (a *Accounts) nameAt(c people.Context) mconnect.Text {
	p, _ := a.cfg.Participants.Participant(c.Participant)
	return p.Name
}

// firsts lists the participants that the person of a session administers by the provider's statement, and that have no
// manager.
func (a *Accounts) firsts(ctx context.Context, s appendlog.Session) ([]Choice, error) {
	entities := strings.Fields(s.Entities)
	if len(entities) == 0 {
		return nil, nil
	}
	var choices []Choice
	for _, p := range a.cfg.Participants.Participants() {
		if !slices.Contains(entities, string(p.IDNO)) || p.Status == registry.Suspended {
			continue
		}
		there, err := a.cfg.Store.MembershipsAt(ctx, string(p.ID))
		if err != nil {
			return nil, err
		}
		if len(a.managers(there)) == 0 {
			choices = append(choices, Choice{Context: people.Context{Participant: p.ID}, Name: p.Name,
				Roles: []people.Role{people.Manager, people.Citizen}, First: true})
		}
	}
	return choices, nil
}

// managers lists, of memberships at one place, those of managers in force; of the platform those of its administrators.
func (a *Accounts) managers(there []appendlog.Membership) []appendlog.Membership {
	now := a.now()
	return slices.DeleteFunc(slices.Clone(there), func(m appendlog.Membership) bool {
		leads := people.Role(m.Role) == people.Manager || m.Participant == "" && people.Role(m.Role) == people.Admin
		return !leads || m.State != appendlog.MembershipGranted || !membershipOf(m).In(now)
	})
}

// Enter changes for whom a session acts and replaces its token. Faults: login.required, context.unavailable.
func (a *Accounts) Enter(ctx context.Context, token string, c people.Context, from Client) (string, error) {
	was, err := a.required(ctx, token)
	if err != nil {
		return "", err
	}
	if !slices.Contains(people.Contexts(was.all, a.now()), c) {
		return "", fault.New(fault.ContextUnavailable)
	}
	s, changed := a.replaced(was.Session, from)
	s.Participant, s.Staff = string(c.Participant), c.Staff
	d := deed{actor: people.Principal{Person: people.PersonID(s.Person), Context: c}.Actor(), resource: "Session",
		id: sessionID(s.Digest), action: "enter", participant: c.Participant}
	return changed, a.swap(ctx, d, was.Digest, s, nil)
}

// BecomeFirst makes the person of a session the first manager of a participant that it administers by the provider's
// statement and that has no manager, and lets the session act for it. Faults: login.required, context.unavailable.
func (a *Accounts) BecomeFirst(ctx context.Context, token string, id mconnect.ParticipantID, from Client) (string,
	error) {
	was, err := a.required(ctx, token)
	if err != nil {
		return "", err
	}
	first, err := a.firsts(ctx, was.Session)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(first, func(c Choice) bool { return c.Context.Participant == id }) {
		return "", fault.New(fault.ContextUnavailable)
	}
	s, changed := a.replaced(was.Session, from)
	s.Participant, s.Staff = string(id), false
	m := appendlog.Membership{ID: newID(), Person: s.Person, Participant: string(id), Role: string(people.Manager),
		State: appendlog.MembershipGranted, From: a.now(), GrantedBy: actorOf(s.Person)}
	d := deed{actor: m.GrantedBy, resource: "Membership", id: m.ID, action: "first", participant: id,
		document: documentOf(m)}
	return changed, a.swap(ctx, d, was.Digest, s, func(tx appendlog.Tx) error {
		there, err := a.cfg.Store.MembershipsIn(tx, string(id))
		if err == nil && len(a.managers(there)) > 0 {
			err = fault.New(fault.ContextUnavailable)
		}
		if err != nil {
			return err
		}
		return a.cfg.Store.PutMembership(tx, m)
	})
}
