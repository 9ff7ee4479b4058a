package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
	"mconnect/internal/ident"
)

// The limits of a session.
const (
	IdleStrict = 15 * time.Minute // of the platform's staff, and of clerks
	IdleOther  = 30 * time.Minute
	Absolute   = 10 * time.Hour
	// touchEvery is how exactly the last use of a session is noted.
	touchEvery = time.Minute
	// maxAgent bounds what is kept of a browser's name, in bytes.
	maxAgent = 200
)

// tokenLength is that of a session's token, in characters.
const tokenLength = 43

func digestOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// sessionID is how pages, the API and the journal name a session: it is of no use to log in.
func sessionID(digest []byte) string { return hex.EncodeToString(digest[:8]) }

// idle is how long a session may stay unused.
func idle(c people.Context, roles []people.Role) time.Duration {
	if c.Staff || slices.Contains(roles, people.Clerk) {
		return IdleStrict
	}
	return IdleOther
}

// alive is a session that holds, with its person and the roles of its context.
type alive struct {
	appendlog.Session
	person  appendlog.Person
	all     []people.Membership
	context people.Context
	roles   []people.Role
}

// alive returns the session of a token; nil when there is none that holds.
func (a *Accounts) alive(ctx context.Context, token string) (*alive, error) {
	if len(token) != tokenLength {
		return nil, nil
	}
	s, err := a.cfg.Store.Session(ctx, digestOf(token))
	if is(err, fault.SessionUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a.hold(ctx, s)
}

// hold judges a stored session; nil when it does not hold any more.
func (a *Accounts) hold(ctx context.Context, s appendlog.Session) (*alive, error) {
	now := a.now()
	if !now.Before(s.Until) {
		return nil, nil
	}
	person, err := a.cfg.Store.Person(ctx, s.Person)
	if is(err, fault.PersonUnknown) || err == nil && person.Blocked {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := a.granted(ctx, s.Person)
	if err != nil {
		return nil, err
	}
	c := people.Context{Participant: mconnect.ParticipantID(s.Participant), Staff: s.Staff}
	if !slices.Contains(people.Contexts(all, now), c) {
		c = people.Context{} // the roles there have ended: the person acts for nobody else
	}
	roles := people.RolesIn(all, c, now)
	if now.Sub(s.Seen) >= idle(c, roles) {
		return nil, nil
	}
	return &alive{Session: s, person: person, all: all, context: c, roles: roles}, nil
}

// granted lists the memberships of a person that were granted, ended ones included.
func (a *Accounts) granted(ctx context.Context, person string) ([]people.Membership, error) {
	stored, err := a.cfg.Store.MembershipsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	var all []people.Membership
	for _, m := range stored {
		if m.State == appendlog.MembershipGranted {
			all = append(all, membershipOf(m))
		}
	}
	return all, nil
}

func membershipOf(m appendlog.Membership) people.Membership {
	return people.Membership{ID: people.MembershipID(m.ID), Person: people.PersonID(m.Person),
		Participant: mconnect.ParticipantID(m.Participant), Role: people.Role(m.Role), From: m.From, Until: m.Until,
		GrantedBy: m.GrantedBy}
}

// Who returns who acts in the session of a token; nil when the token has no session, or none that still holds.
func (a *Accounts) Who(ctx context.Context, token string, _ Client) (*people.Principal, error) {
	s, err := a.alive(ctx, token)
	if s == nil || err != nil {
		return nil, err
	}
	if now := a.now(); now.Sub(s.Seen) >= touchEvery {
		if err := a.cfg.Store.TouchSession(ctx, s.Digest, now); err != nil {
			return nil, err
		}
	}
	p := &people.Principal{Person: people.PersonID(s.person.ID), Name: s.person.Name, Context: s.context,
		Roles: s.roles, Session: sessionID(s.Digest), StepUp: s.StepUp}
	if p.OneFactor, err = a.oneFactor(ctx, s); err != nil {
		return nil, err
	}
	return p, nil
}

// oneFactor reports whether a session for the platform began with a password and the account has nothing else.
func (a *Accounts) oneFactor(ctx context.Context, s *alive) (bool, error) {
	if !s.context.Staff || len(s.NameSealed) > 0 {
		return false, nil
	}
	c, err := a.cfg.Store.Credential(ctx, s.person.ID)
	if err != nil && fault.From(err).Code == fault.PersonUnknown { // whose local account is gone has no factor at all
		return true, nil
	}
	return len(c.TOTP) == 0, err
}

// start makes a new session of a person, and its token. It acts for the only institution of the person, or for the
// person alone where there is none, or several to choose from.
func (a *Accounts) start(person string, all []people.Membership, from Client) (appendlog.Session, string) {
	now, token := a.now(), ident.Token()
	s := appendlog.Session{Digest: digestOf(token), Person: person, Created: now, Seen: now, Until: now.Add(Absolute)}
	s.Address, s.Agent = strings.ToValidUTF8(from.Address, ""), agentOf(from)
	if contexts := people.Contexts(all, now); len(contexts) == 2 {
		s.Participant, s.Staff = string(contexts[1].Participant), contexts[1].Staff
	}
	return s, token
}

func agentOf(c Client) string {
	return strings.ToValidUTF8(c.Agent[:min(len(c.Agent), maxAgent)], "")
}

// replaced makes the session that takes the place of another: same person, same absolute end, new token.
func (a *Accounts) replaced(s appendlog.Session, from Client) (appendlog.Session, string) {
	token := ident.Token()
	s.Digest, s.Seen = digestOf(token), a.now()
	s.Address, s.Agent = strings.ToValidUTF8(from.Address, ""), agentOf(from)
	return s, token
}

// swap stores a session in the place of another. Fault login.required where that has ended meanwhile.
func (a *Accounts) swap(ctx context.Context, d deed, old []byte, s appendlog.Session,
	also func(tx appendlog.Tx) error) error {
	return a.commit(ctx, d, func(tx appendlog.Tx) error {
		if n, err := a.cfg.Store.EndSessions(tx, old); err != nil {
			return err
		} else if n == 0 {
			return fault.New(fault.LoginRequired)
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return a.cfg.Store.PutSession(tx, s)
	})
}

// required is alive, with fault login.required when there is none.
func (a *Accounts) required(ctx context.Context, token string) (*alive, error) {
	s, err := a.alive(ctx, token)
	if err == nil && s == nil {
		err = fault.New(fault.LoginRequired)
	}
	return s, err
}

// Logout ends the session of a token.
func (a *Accounts) Logout(ctx context.Context, token string) error {
	s, err := a.alive(ctx, token)
	if s == nil || err != nil {
		return err
	}
	d := deed{actor: actorOf(s.Person), resource: "Session", id: sessionID(s.Digest), action: "logout"}
	return a.commit(ctx, d, func(tx appendlog.Tx) error {
		_, err := a.cfg.Store.EndSessions(tx, s.Digest)
		return err
	})
}

// Shown is a session as its person sees it.
type Shown struct {
	ID             string
	Context        people.Context
	Federated      bool
	Created, Seen  time.Time
	Until          time.Time
	Address, Agent string
	Own            bool // it is the one that asks
}

// Sessions lists the sessions of the principal that hold, newest first.
func (a *Accounts) Sessions(ctx context.Context, p *people.Principal) ([]Shown, error) {
	if err := p.May(people.ProfileEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return nil, err
	}
	return a.sessionsOf(ctx, string(p.Person), p.Session)
}

func (a *Accounts) sessionsOf(ctx context.Context, person, own string) ([]Shown, error) {
	stored, err := a.cfg.Store.SessionsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	var all []Shown
	for _, one := range slices.Backward(stored) {
		s, err := a.hold(ctx, one)
		if err != nil {
			return nil, err
		}
		if s != nil {
			id := sessionID(s.Digest)
			all = append(all, Shown{ID: id, Context: s.context, Federated: s.Name != nil, Created: s.Created,
				Seen: s.Seen, Until: s.Until, Address: s.Address, Agent: s.Agent, Own: id == own})
		}
	}
	return all, nil
}

// EndSession ends one of the principal's sessions. Fault session.unknown, also for one of somebody else.
func (a *Accounts) EndSession(ctx context.Context, p *people.Principal, id string) error {
	if err := p.May(people.ProfileEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return err
	}
	return a.endSession(ctx, p.Actor(), string(p.Person), id)
}

func (a *Accounts) endSession(ctx context.Context, actor, person, id string) error {
	stored, err := a.cfg.Store.SessionsOf(ctx, person)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(stored, func(s appendlog.Session) bool { return sessionID(s.Digest) == id })
	if i < 0 {
		return fault.New(fault.SessionUnknown)
	}
	d := deed{actor: actor, resource: "Session", id: id, action: "end"}
	return a.commit(ctx, d, func(tx appendlog.Tx) error {
		_, err := a.cfg.Store.EndSessions(tx, stored[i].Digest)
		return err
	})
}
