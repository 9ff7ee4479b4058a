package mpass

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// Bounds of what is read. Relay state of others is limited more loosely than SAML's 80 octets.
const (
	mostMessage = 128 << 10 // octets of a message
	mostRelay   = 1024
	mostValue   = 1024 // octets of a value that is kept

	skew  = time.Minute      // tolerated difference of clocks
	stale = 10 * time.Minute // how old a message may be
)

func unreadable(what string) error { return fault.New(fault.LoginMarkup, "what", what) }

// message is one that has been verified: every node comes from the octets that were digested.
type message struct {
	root xmlsec.Node
	id   string
}

// open decodes and verifies a message of MPass whose root element has that name, and checks what all messages share.
func (p *Provider) open(encoded, name, destination string) (*message, error) {
	if len(encoded) > mostMessage*4/3+mostMessage/16 {
		return nil, unreadable("length")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) > mostMessage {
		return nil, unreadable("base64")
	}
	limits := xmlsec.Limits{Bytes: mostMessage, Depth: 30, Nodes: 5000}
	doc, err := xmlsec.Parse(raw, limits)
	if err != nil {
		return nil, fault.Wrap(err, fault.LoginMarkup, "what", "XML")
	}
	root := doc.Root()
	if !root.Is(protocol, name) {
		return nil, unreadable(name)
	}
	if err := outline(root); err != nil {
		return nil, err
	}
	signed, err := p.verify(root)
	if err != nil {
		return nil, err
	}
	if inner := root.Child(statement, "Assertion"); !inner.Child(signatures, "Signature").IsZero() {
		if _, err := p.verify(inner); err != nil {
			return nil, err
		}
	}
	verified, err := xmlsec.Parse(signed.Octets, limits)
	if err != nil { // cannot be: it is a part of what was read
		return nil, fault.Wrap(err, fault.LoginMarkup, "what", "XML")
	}
	m := &message{root: verified.Root()}
	return m, p.common(m, destination)
}

// signatures is the namespace of XML Signature.
const signatures = "http://www.w3.org/2000/09/xmldsig#"

// outline holds the whole document to the few places where its decisive elements may stand: one root, one assertion in
// it, a signature in the root and, perhaps, one in the assertion.
func outline(root xmlsec.Node) error {
	assertions := 0
	var walk func(n xmlsec.Node) error
	walk = func(n xmlsec.Node) error {
		for c := range n.Elements() {
			switch {
			case c.Is(signatures, "Signature"):
				if n != root && (!n.Is(statement, "Assertion") || n.Parent() != root) {
					return fault.New(fault.LoginSignature)
				}
			case c.Is(statement, "EncryptedAssertion"):
				return fault.New(fault.LoginAssertion, "what", "EncryptedAssertion")
			case c.Is(statement, "Assertion"):
				if assertions++; assertions > 1 || n != root {
					return fault.New(fault.LoginAssertion, "what", "Assertion")
				}
			case c.Space() == protocol && c.Local() == root.Local():
				return fault.New(fault.LoginAssertion, "what", root.Local())
			}
			if err := walk(c); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(root)
}

// verify checks the signature that stands in n, and translates what is wrong with it.
func (p *Provider) verify(n xmlsec.Node) (*xmlsec.Enveloped, error) {
	now := p.cfg.Clock()
	signed, err := xmlsec.VerifyEnveloped(n, func(c xmlsec.Claim) (xmlsec.Registered, error) {
		found, err := p.pinned.Find(c)
		if err == nil && (now.Before(found.Certificate.NotBefore) || now.After(found.Certificate.NotAfter)) {
			err = fault.Wrap(errors.New("the pinned certificate is not valid now"), fault.SignatureCertificate)
		}
		return found, err
	})
	if err == nil {
		return signed, nil
	}
	switch fault.From(err).Code {
	case fault.SignatureWeak:
		return nil, fault.Wrap(err, fault.LoginWeak)
	case fault.SignatureCertificate:
		return nil, fault.Wrap(err, fault.LoginKey)
	}
	return nil, fault.Wrap(err, fault.LoginSignature)
}

// common checks version, id, issuer, destination and time.
func (p *Provider) common(m *message, destination string) error {
	if version, _ := m.root.Attr("", "Version"); version != "2.0" {
		return unreadable("Version")
	}
	if m.id, _ = m.root.Attr("", "ID"); m.id == "" || len(m.id) > mostValue {
		return unreadable("ID")
	}
	if err := p.issued(m.root); err != nil {
		return err
	}
	if at, _ := m.root.Attr("", "Destination"); at != destination {
		return fault.New(fault.LoginDestination)
	}
	return nil
}

// issued checks Issuer and IssueInstant of a message or an assertion.
func (p *Provider) issued(n xmlsec.Node) error {
	issuer, err := one(n, statement, "Issuer")
	if err != nil {
		return err
	}
	if text(issuer) != p.cfg.Issuer {
		return fault.New(fault.LoginIssuer)
	}
	at, err := instant(n, "IssueInstant")
	if err != nil {
		return err
	}
	switch now := p.cfg.Clock(); {
	case at.IsZero():
		return unreadable("IssueInstant")
	case at.After(now.Add(stale)):
		return fault.New(fault.LoginEarly)
	case at.Before(now.Add(-stale)):
		return fault.New(fault.LoginExpired)
	}
	return nil
}

// one is the only child of that name.
func one(n xmlsec.Node, space, local string) (found xmlsec.Node, err error) {
	for c := range n.Elements() {
		switch {
		case !c.Is(space, local):
		case !found.IsZero():
			return found, unreadable(local)
		default:
			found = c
		}
	}
	if found.IsZero() {
		return found, unreadable(local)
	}
	return found, nil
}

// text is what an element says, without white space around it; "" where it holds elements.
func text(n xmlsec.Node) string {
	for range n.Elements() {
		return ""
	}
	return strings.TrimSpace(n.Text())
}

// instant reads a time, which must have a zone; the zero time where it is absent.
func instant(n xmlsec.Node, name string) (time.Time, error) {
	value, stated := n.Attr("", name)
	if !stated {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return t, unreadable(name)
	}
	return t, nil
}

// within holds NotBefore and NotOnOrAfter of n against the clock and returns the latter, if stated.
func (p *Provider) within(n xmlsec.Node) (until time.Time, err error) {
	from, err := instant(n, "NotBefore")
	if err != nil {
		return until, err
	}
	if until, err = instant(n, "NotOnOrAfter"); err != nil {
		return until, err
	}
	switch now := p.cfg.Clock(); {
	case !from.IsZero() && from.After(now.Add(skew)):
		return until, fault.New(fault.LoginEarly)
	case !until.IsZero() && !until.After(now.Add(-skew)):
		return until, fault.New(fault.LoginExpired)
	}
	return until, nil
}
