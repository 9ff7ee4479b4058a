package account

import (
	"context"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
)

func personOf(p appendlog.Person) people.Person {
	return people.Person{ID: people.PersonID(p.ID), Name: p.Name, Email: p.Email, EmailVerified: p.EmailVerified,
		Language: mconnect.Lang(p.Language), CreatedAt: p.CreatedAt, Blocked: p.Blocked}
}

// People lists at most limit persons after one, in the order of their identifiers. Faults: right.missing.
func (a *Accounts) People(ctx context.Context, p *people.Principal, after people.PersonID, limit int) ([]people.Person,
	error) {
	if err := p.May(people.StaffView, people.Object{}, a.now()); err != nil {
		return nil, err
	}
	stored, err := a.cfg.Store.Persons(ctx, string(after), limit)
	all := make([]people.Person, len(stored))
	for i, one := range stored {
		all[i] = personOf(one)
	}
	return all, err
}

// Person returns one person, its memberships and its sessions: the principal itself, or any for the staff. Faults:
// person.unknown.
func (a *Accounts) Person(ctx context.Context, p *people.Principal, id people.PersonID) (people.Person,
	[]people.Membership, []Shown, error) {
	if p.Person != id && p.May(people.StaffView, people.Object{}, a.now()) != nil {
		return people.Person{}, nil, nil, fault.New(fault.PersonUnknown)
	}
	stored, err := a.cfg.Store.Person(ctx, string(id))
	if err != nil {
		return people.Person{}, nil, nil, err
	}
	all, err := a.granted(ctx, string(id))
	if err != nil {
		return people.Person{}, nil, nil, err
	}
	sessions, err := a.sessionsOf(ctx, string(id), p.Session)
	return personOf(stored), all, sessions, err
}

// Block stops a person from logging in and ends all sessions, or allows it again. Faults: right.missing, right.stepUp,
// right.conflict for oneself, person.unknown.
func (a *Accounts) Block(ctx context.Context, p *people.Principal, id people.PersonID, block bool) error {
	if err := p.May(people.PersonEdit, people.Object{}, a.now()); err != nil {
		return err
	}
	if id == p.Person {
		return fault.New(fault.RightConflict, "action", string(people.PersonEdit), "done", "login")
	}
	person, err := a.cfg.Store.Person(ctx, string(id))
	if err != nil {
		return err
	}
	sessions, err := a.cfg.Store.SessionsOf(ctx, person.ID)
	if err != nil {
		return err
	}
	action := "unblock"
	if person.Blocked = block; block {
		action = "block"
	}
	d := deed{actor: p.Actor(), resource: "Person", id: person.ID, action: action}
	return a.commit(ctx, d, func(tx appendlog.Tx) error {
		for _, s := range sessions {
			if _, err := a.cfg.Store.EndSessions(tx, s.Digest); err != nil {
				return err
			}
		}
		return a.cfg.Store.PutPerson(tx, person)
	})
}

// SetLanguage keeps the language of the principal.
func (a *Accounts) SetLanguage(ctx context.Context, p *people.Principal, lang mconnect.Lang) error {
	if err := p.May(people.ProfileEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return err
	}
	person, err := a.cfg.Store.Person(ctx, string(p.Person))
	if err != nil {
		return err
	}
	person.Language = string(lang)
	d := deed{actor: p.Actor(), resource: "Person", id: person.ID, action: "language"}
	return a.commit(ctx, d, func(tx appendlog.Tx) error { return a.cfg.Store.PutPerson(tx, person) })
}
