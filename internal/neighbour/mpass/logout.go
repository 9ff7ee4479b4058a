package mpass

import (
	"context"
	"crypto/sha256"

	"mconnect"
	"mconnect/fault"
)

// Ending is a logout that MPass asks for.
type Ending struct {
	ID             string // of the request, which the answer repeats
	NameID         string
	SessionIndexes []string // none: all sessions of the NameID
	RelayState     string
}

// mostIndexes is how many sessions one request may name.
const mostIndexes = 100

// Logout reads a logout that MPass asks for. It comes in a frame, without cookies: NameID and SessionIndex alone say
// which sessions end. Faults: login.*.
func (p *Provider) Logout(encoded, relay string) (*Ending, error) {
	m, err := p.open(encoded, "LogoutRequest", p.cfg.SLO)
	if err != nil {
		return nil, err
	}
	until, err := p.within(m.root)
	if err != nil {
		return nil, err
	}
	if until.IsZero() || until.After(p.cfg.Clock().Add(stale)) {
		until = p.cfg.Clock().Add(stale)
	}
	e := &Ending{ID: m.id, RelayState: relay}
	if len(relay) > mostRelay {
		return nil, unreadable("RelayState")
	}
	name, err := one(m.root, statement, "NameID")
	if err != nil {
		return nil, fault.New(fault.LoginIncomplete, "what", "NameID")
	}
	if e.NameID = text(name); e.NameID == "" || len(e.NameID) > mostValue {
		return nil, fault.New(fault.LoginIncomplete, "what", "NameID")
	}
	for n := range m.root.Elements() {
		if !n.Is(protocol, "SessionIndex") {
			continue
		}
		index := text(n)
		if index == "" || len(index) > mostValue || len(e.SessionIndexes) == mostIndexes {
			return nil, fault.New(fault.LoginIncomplete, "what", "SessionIndex")
		}
		e.SessionIndexes = append(e.SessionIndexes, index)
	}
	if len(e.SessionIndexes) == 0 {
		return nil, fault.New(fault.LoginIncomplete, "what", "SessionIndex")
	}
	if err := p.firstUse(m, until); err != nil {
		return nil, err
	}
	return e, nil
}

// Answer answers e: all sessions have ended, or not all.
func (p *Provider) Answer(e *Ending, all bool) (Post, error) {
	message, err := p.signed(p.logoutResponse(e.ID, all))
	return Post{URL: p.cfg.LogoutURL, Field: "SAMLResponse", Message: message, RelayState: e.RelayState}, err
}

// BeginLogout asks MPass to end a session and those of all other services that hang on it. Sessions here must have been
// ended already.
func (p *Provider) BeginLogout(ctx context.Context, nameID, sessionIndex string, lang mconnect.Lang) (Post, error) {
	relay := token()
	r := Request{Key: sha256.Sum256([]byte(relay)), ID: "_" + token(), Logout: true, Begun: p.cfg.Clock()}
	message, err := p.signed(p.logoutRequest(r, nameID, sessionIndex))
	if err != nil {
		return Post{}, err
	}
	if err := p.cfg.Requests.Keep(ctx, r); err != nil {
		return Post{}, err
	}
	return Post{URL: withLanguage(p.cfg.LogoutURL, lang), Field: "SAMLRequest", Message: message, RelayState: relay}, nil
}

// FinishLogout reads the answer to BeginLogout: all reports whether every service has ended its session. Faults:
// login.*.
func (p *Provider) FinishLogout(ctx context.Context, encoded, relay string) (all bool, err error) {
	m, err := p.open(encoded, "LogoutResponse", p.cfg.Logout)
	if err != nil {
		return false, err
	}
	if _, err := p.take(ctx, relay, m, true); err != nil {
		return false, err
	}
	failed := status(m.root)
	if failed != nil && fault.From(failed).Code == fault.LoginMarkup {
		return false, failed
	}
	partial := m.root.Child(protocol, "Status").Child(protocol, "StatusCode").Child(protocol, "StatusCode")
	value, _ := partial.Attr("", "Value")
	return failed == nil && value != statusPartial, nil
}
