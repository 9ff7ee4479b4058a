package mpass

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// Answer is what the browser brought back.
type Answer struct {
	Message    string // SAMLResponse
	RelayState string
	Cookie     func(name string) string // the value of a cookie; "" without it
}

// Entity is a legal entity that the person administers.
type Entity struct {
	IDNO mconnect.IDNO
	Name string
}

// Login is what MPass states about a person.
type Login struct {
	IDNP         mconnect.IDNP
	FirstName    string
	LastName     string
	Email        string // "" where the person has none at MNotify
	Language     mconnect.Lang
	Resident     bool
	Entities     []Entity
	NameID       string // for single logout, with SessionIndex
	SessionIndex string
	At           time.Time // when MPass asked the person
	Until        time.Time // when MPass's session ends; zero: it does not say
	Start        Start     // what the login was begun for
	Cookie       string    // name of the binding cookie, which has been used
}

// Finish ends a login that Begin began. Faults: login.*, or that of the Requests or the Replay.
func (p *Provider) Finish(ctx context.Context, a Answer) (*Login, error) {
	m, err := p.open(a.Message, "Response", p.cfg.ACS)
	if err != nil {
		return nil, err
	}
	failed := status(m.root)
	var l *Login
	var until time.Time
	if failed == nil {
		if l, until, err = p.readAssertion(m); err != nil {
			return nil, err
		}
		if err := p.firstUse(m, until); err != nil {
			return nil, err
		}
	}
	r, err := p.take(ctx, a.RelayState, m, false)
	if err != nil {
		return nil, err
	}
	cookie := a.Cookie(bindingName(a.RelayState))
	if sum := sha256.Sum256([]byte(cookie)); subtle.ConstantTimeCompare(sum[:], r.Binding[:]) != 1 {
		return nil, fault.New(fault.LoginBrowser)
	}
	if failed != nil {
		return nil, failed
	}
	if r.Start.StepUp != "" && l.At.Before(r.Begun.Add(-skew)) {
		return nil, fault.New(fault.LoginNotConfirmed)
	}
	l.Start, l.Cookie = r.Start, bindingName(a.RelayState)
	return l, nil
}

// Hold keeps a login for a moment under a ticket: the answer of MPass comes as a request of another site, without the
// cookie of the session that it confirms, and the next request of this site has both.
func (p *Provider) Hold(ctx context.Context, l *Login) (ticket string, err error) {
	ticket = token()
	return ticket, p.cfg.Requests.Keep(ctx, Request{Key: held(ticket), Begun: p.cfg.Clock(), Login: l})
}

// Held gives back what Hold has kept, once and for a minute. Fault: login.unsolicited.
func (p *Provider) Held(ctx context.Context, ticket string) (*Login, error) {
	r, err := p.cfg.Requests.Take(ctx, held(ticket))
	if err != nil {
		return nil, err
	}
	if r.Login == nil || p.cfg.Clock().Sub(r.Begun) > time.Minute {
		return nil, fault.New(fault.LoginUnsolicited)
	}
	return r.Login, nil
}

// held is the key of a ticket, which no RelayState has.
func held(ticket string) [32]byte { return sha256.Sum256([]byte("held " + ticket)) }

// take finds the request that a message answers.
func (p *Provider) take(ctx context.Context, relay string, m *message, logout bool) (Request, error) {
	if len(relay) != len(token()) {
		return Request{}, fault.New(fault.LoginUnsolicited)
	}
	r, err := p.cfg.Requests.Take(ctx, sha256.Sum256([]byte(relay)))
	if err != nil {
		return Request{}, err
	}
	to, _ := m.root.Attr("", "InResponseTo")
	if r.Login != nil || to != r.ID || r.Logout != logout || p.cfg.Clock().Sub(r.Begun) > Lifetime {
		return Request{}, fault.New(fault.LoginUnsolicited)
	}
	return r, nil
}

// firstUse refuses a message that was accepted before.
func (p *Provider) firstUse(m *message, until time.Time) error {
	now := p.cfg.Clock()
	err := p.cfg.Replay.Remember(sha256.Sum256([]byte("saml\x00"+p.cfg.Issuer+"\x00"+m.id)), now, until.Add(skew))
	if err != nil && fault.From(err).Code == fault.SignatureReplayed {
		return fault.Wrap(err, fault.LoginReplayed)
	}
	return err
}

// status is nil for success, and the fault that names the status otherwise.
func status(root xmlsec.Node) error {
	n, err := one(root, protocol, "Status")
	if err != nil {
		return err
	}
	code, err := one(n, protocol, "StatusCode")
	if err != nil {
		return err
	}
	value, _ := code.Attr("", "Value")
	if value == statusSuccess {
		return nil
	}
	if finer, ok := code.Child(protocol, "StatusCode").Attr("", "Value"); ok {
		value = finer
	}
	if value == statusPassive {
		return fault.New(fault.LoginPassive)
	}
	name := strings.TrimPrefix(value, statusPrefix)
	return fault.New(fault.LoginStatus, "status", name[:min(len(name), 60)])
}

// readAssertion reads the assertion by the profile of MPass, and until when it may be used.
func (p *Provider) readAssertion(m *message) (*Login, time.Time, error) {
	var until time.Time
	a, err := one(m.root, statement, "Assertion")
	if err != nil {
		return nil, until, fault.New(fault.LoginAssertion, "what", "Assertion")
	}
	if id, _ := a.Attr("", "ID"); id == "" {
		return nil, until, unreadable("ID")
	}
	if err := p.issued(a); err != nil {
		return nil, until, err
	}
	l := &Login{}
	if until, err = p.readSubject(a, m, l); err != nil {
		return nil, until, err
	}
	conditions, err := p.readConditions(a)
	if err != nil {
		return nil, until, err
	}
	if !conditions.IsZero() && conditions.Before(until) {
		until = conditions
	}
	if err := p.readStatement(a, l); err != nil {
		return nil, until, err
	}
	return l, until, l.readAttributes(a)
}

// readSubject reads who it is about, and checks that it is for us, for this request and for now.
func (p *Provider) readSubject(a xmlsec.Node, m *message, l *Login) (until time.Time, err error) {
	subject, err := one(a, statement, "Subject")
	if err != nil {
		return until, err
	}
	name, err := one(subject, statement, "NameID")
	if err != nil {
		return until, fault.New(fault.LoginIncomplete, "what", "NameID")
	}
	if l.NameID = text(name); l.NameID == "" || len(l.NameID) > mostValue {
		return until, fault.New(fault.LoginIncomplete, "what", "NameID")
	}
	confirmation, err := one(subject, statement, "SubjectConfirmation")
	if err != nil {
		return until, err
	}
	if method, _ := confirmation.Attr("", "Method"); method != bearer {
		return until, unreadable("Method")
	}
	data, err := one(confirmation, statement, "SubjectConfirmationData")
	if err != nil {
		return until, err
	}
	if at, _ := data.Attr("", "Recipient"); at != p.cfg.ACS {
		return until, fault.New(fault.LoginRecipient)
	}
	outer, _ := m.root.Attr("", "InResponseTo")
	if inner, stated := data.Attr("", "InResponseTo"); outer == "" || stated && inner != outer {
		return until, fault.New(fault.LoginUnsolicited)
	}
	if until, err = p.within(data); err == nil && until.IsZero() {
		err = fault.New(fault.LoginIncomplete, "what", "NotOnOrAfter")
	}
	return until, err
}

// readConditions checks for whom and when the assertion is meant.
func (p *Provider) readConditions(a xmlsec.Node) (until time.Time, err error) {
	c, err := one(a, statement, "Conditions")
	if err != nil {
		return until, err
	}
	if until, err = p.within(c); err != nil {
		return until, err
	}
	restriction, err := one(c, statement, "AudienceRestriction")
	if err != nil {
		return until, fault.New(fault.LoginAudience)
	}
	for audience := range restriction.Elements() {
		if audience.Is(statement, "Audience") && text(audience) == p.cfg.EntityID {
			return until, nil
		}
	}
	return until, fault.New(fault.LoginAudience)
}

// readStatement reads the session of MPass.
func (p *Provider) readStatement(a xmlsec.Node, l *Login) error {
	n, err := one(a, statement, "AuthnStatement")
	if err != nil {
		return err
	}
	l.SessionIndex, _ = n.Attr("", "SessionIndex")
	if l.SessionIndex == "" || len(l.SessionIndex) > mostValue {
		return fault.New(fault.LoginIncomplete, "what", "SessionIndex")
	}
	if l.At, err = instant(n, "AuthnInstant"); err != nil {
		return err
	}
	if l.Until, err = instant(n, "SessionNotOnOrAfter"); err != nil {
		return err
	}
	switch now := p.cfg.Clock(); {
	case l.At.IsZero() || l.At.After(now.Add(skew)):
		return fault.New(fault.LoginEarly)
	case !l.Until.IsZero() && !l.Until.After(now.Add(-skew)):
		return fault.New(fault.LoginExpired)
	}
	return nil
}
