package account

import (
	"context"
	"strings"
	"unicode"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
)

const (
	maxName     = 200 // of a person's name, in bytes
	maxEmail    = 254
	maxEntities = 50 // that one person administers
)

// LoginFederated begins a session of a person whose identity a provider has verified, and returns its token. A person
// who is not known yet becomes known. Faults: query.invalid for what is no IDNP, login.blocked.
func (a *Accounts) LoginFederated(ctx context.Context, f Federated, from Client) (token string, err error) {
	person, all, err := a.federated(ctx, f)
	if err != nil {
		return "", err
	}
	s, token := a.start(person.ID, all, from)
	if err := a.bind(&s, f); err != nil {
		return "", err
	}
	d := deed{actor: actorOf(person.ID), resource: "Session", id: sessionID(s.Digest), action: "login",
		document: `{"way":"federated"}`}
	return token, a.commit(ctx, d, func(tx appendlog.Tx) error {
		if err := a.cfg.Store.PutPerson(tx, person); err != nil {
			return err
		}
		return a.cfg.Store.PutSession(tx, s)
	})
}

// ConfirmFederated repeats the proof of identity by a provider that asked the person again, and replaces the token.
// Faults: login.required, login.refused when the provider verified another person.
func (a *Accounts) ConfirmFederated(ctx context.Context, token string, f Federated, from Client) (string, error) {
	was, err := a.required(ctx, token)
	if err != nil {
		return "", err
	}
	person, _, err := a.federated(ctx, f)
	if err != nil {
		return "", err
	}
	if person.ID != was.Person {
		return "", fault.New(fault.LoginRefused)
	}
	s, changed := a.replaced(was.Session, from)
	s.StepUp = s.Seen
	if err := a.bind(&s, f); err != nil {
		return "", err
	}
	d := deed{actor: actorOf(s.Person), resource: "Session", id: sessionID(s.Digest), action: "confirm",
		document: `{"way":"federated"}`}
	return changed, a.swap(ctx, d, was.Digest, s, nil)
}

// federated finds or makes the person that a provider states.
func (a *Accounts) federated(ctx context.Context, f Federated) (appendlog.Person, []people.Membership, error) {
	if _, err := mconnect.ParseIDNP(string(f.IDNP)); err != nil {
		return appendlog.Person{}, nil, fault.New(fault.QueryInvalid, "what", "IDNP")
	}
	person, err := a.personOf(ctx, f.IDNP)
	switch {
	case err != nil:
		return appendlog.Person{}, nil, err
	case person.Blocked:
		return appendlog.Person{}, nil, fault.New(fault.LoginBlocked)
	}
	if name := line(f.Name, maxName); name != "" {
		person.Name = name
	}
	if mail := line(f.Email, maxEmail); mail != "" {
		person.Email, person.EmailVerified = mail, true
	}
	if _, err := mconnect.ParseLang(string(f.Language)); err == nil && person.Language == "" {
		person.Language = string(f.Language)
	}
	all, err := a.granted(ctx, person.ID)
	return person, all, err
}

// personOf finds the person with an IDNP, or makes one that is not stored yet.
func (a *Accounts) personOf(ctx context.Context, idnp mconnect.IDNP) (appendlog.Person, error) {
	pseudonym := a.cfg.Journal.Pseudonym(string(idnp))
	person, err := a.cfg.Store.PersonByPseudonym(ctx, pseudonym)
	if !is(err, fault.PersonUnknown) {
		return person, err
	}
	person = appendlog.Person{ID: newID(), Pseudonym: pseudonym, CreatedAt: a.now()}
	person.Sealed, err = a.cfg.Vault.Seal(person.ID, "idnp", []byte(idnp))
	return person, err
}

// bind ties a session to that of the provider: its name as a pseudonym and sealed, since it may be an IDNP, and its
// end.
func (a *Accounts) bind(s *appendlog.Session, f Federated) (err error) {
	s.Name, s.Index = a.nameOf(f.NameID), f.SessionIndex
	if s.NameSealed, err = a.cfg.Vault.Seal(s.Person, "session", []byte(f.NameID)); err != nil {
		return err
	}
	if !f.Until.IsZero() && f.Until.Before(s.Until) {
		s.Until = f.Until.UTC()
	}
	var entities []string
	for _, e := range f.Entities[:min(len(f.Entities), maxEntities)] {
		if _, err := mconnect.ParseIDNO(string(e.IDNO)); err == nil {
			entities = append(entities, string(e.IDNO))
		}
	}
	s.Entities = strings.Join(entities, " ")
	return nil
}

// ProviderSession is the session of the identity provider to which that of a token belongs; "" when it belongs to none.
func (a *Accounts) ProviderSession(ctx context.Context, token string) (nameID, sessionIndex string, err error) {
	s, err := a.alive(ctx, token)
	if err != nil || s == nil || s.NameSealed == nil {
		return "", "", err
	}
	name, err := a.cfg.Vault.Open(s.Person, "session", s.NameSealed)
	return string(name), s.Index, err
}

func (a *Accounts) nameOf(nameID string) []byte { return a.cfg.Journal.Pseudonym("session " + nameID) }

// EndFederated ends the sessions of a person at the request of the identity provider: those with its name and index, or
// all of its name when the index is "". It returns how many there were.
func (a *Accounts) EndFederated(ctx context.Context, nameID, sessionIndex string) (int, error) {
	named, err := a.cfg.Store.SessionsNamed(ctx, a.nameOf(nameID))
	if err != nil {
		return 0, err
	}
	var digests [][]byte
	var last appendlog.Session
	for _, s := range named {
		if sessionIndex == "" || s.Index == sessionIndex {
			digests, last = append(digests, s.Digest), s
		}
	}
	if len(digests) == 0 {
		return 0, nil
	}
	ended := 0
	d := deed{actor: actorOf(last.Person), resource: "Session", id: sessionID(last.Digest), action: "logout",
		document: `{"way":"federated"}`}
	err = a.commit(ctx, d, func(tx appendlog.Tx) (err error) {
		ended, err = a.cfg.Store.EndSessions(tx, digests...)
		return err
	})
	return ended, err
}

// line is a text on one line, without control characters, of at most max bytes.
func line(s string, max int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	return strings.ToValidUTF8(s[:min(len(s), max)], "")
}
