// Package mpass is the service provider of login by MPass: SAML 2.0 with the HTTP-POST binding in both directions.
//
// It owns the messages, what is checked of them, the state of logins that were begun, and the metadata. It does not
// know sessions or HTTP: the portal carries its forms and hands on what came in. It makes no network calls; everything
// passes through the browser.
//
// Flow of a login: Begin keeps a Request and gives the form with the AuthnRequest → the browser comes back to Finish:
// the signature is verified by xmlsec, only the verified octets are read, the Request is taken and must fit → Login.
// Flow of a logout: BeginLogout … FinishLogout when begun here; Logout … Answer when MPass asks.
package mpass

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"time"

	"mconnect"
	"mconnect/internal/xmlsec"
)

// Config is what a Provider needs. Everything but Clock is needed.
type Config struct {
	EntityID  string // ours, as registered with MPass
	ACS       string // our address for answers to a login
	SLO       string // our address for logouts that MPass asks for
	Logout    string // our address for answers to a logout that was begun here
	Issuer    string // the entity id of MPass
	LoginURL  string // of MPass
	LogoutURL string // of MPass

	Pinned      []*x509.Certificate // by which MPass signs: one, or two while it changes its key
	Key         crypto.Signer       // ours
	Certificate *x509.Certificate   // of Key

	Requests Requests
	Replay   xmlsec.Replay // remembers the messages that were accepted
	Clock    func() time.Time
}

// Provider is the service provider. It is safe for concurrent use.
type Provider struct {
	cfg    Config
	pinned *xmlsec.Directory
}

// New checks cfg and makes a Provider of it.
func New(cfg Config) (*Provider, error) {
	for name, value := range map[string]string{"entity id": cfg.EntityID, "ACS": cfg.ACS, "SLO": cfg.SLO,
		"logout": cfg.Logout, "issuer": cfg.Issuer, "login URL": cfg.LoginURL, "logout URL": cfg.LogoutURL} {
		if value == "" {
			return nil, errors.New("mpass: the " + name + " is needed")
		}
	}
	switch {
	case len(cfg.Pinned) < 1 || len(cfg.Pinned) > 2:
		return nil, errors.New("mpass: want one or two pinned certificates")
	case cfg.Requests == nil || cfg.Replay == nil:
		return nil, errors.New("mpass: the memory of requests and of messages is needed")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	all := make([]xmlsec.Registered, 0, len(cfg.Pinned))
	for _, c := range cfg.Pinned {
		all = append(all, xmlsec.Registered{Certificate: c})
	}
	p := &Provider{cfg: cfg, pinned: xmlsec.NewDirectory(all...)}
	_, err := p.Metadata() // finds a key that does not fit
	return p, err
}

// Post is a form that the browser sends to another site.
type Post struct {
	URL        string
	Field      string // "SAMLRequest" or "SAMLResponse"
	Message    string // base64
	RelayState string // "" for none
}

// Binding is the cookie that binds a login to the browser in which it was begun. It must reach the ACS with a request
// of another site: SameSite=None, Secure, HttpOnly, the path of the ACS, at most Lifetime.
type Binding struct{ Name, Value string }

// Lifetime is how long a login or logout that was begun can be finished.
const Lifetime = 10 * time.Minute

// Start says what a login is for.
type Start struct {
	To       string // the path to go to afterwards
	Language mconnect.Lang
	StepUp   string // whose identity must be confirmed again, in the caller's terms; "" for a login
	Passive  bool   // MPass must not ask the person
}

// Request is a login or logout that was begun here and not yet finished, or a login that is held.
type Request struct {
	Key     [32]byte // digest of the RelayState
	ID      string   // of the message that was sent
	Binding [32]byte // digest of the cookie's value; of a logout zero
	Logout  bool
	Begun   time.Time
	Start   Start
	Login   *Login // of one that is held: see Hold
}

// Requests keeps what was begun for Lifetime.
type Requests interface {
	Keep(ctx context.Context, r Request) error
	// Take removes a request and returns it: of any number of calls with one key, one succeeds.
	// Fault: login.unsolicited.
	Take(ctx context.Context, key [32]byte) (Request, error)
}

// bindingPrefix begins the name of the cookie; the rest names the login, so that two tabs do not disturb each other.
const bindingPrefix = "__Secure-mpass-"

// bindingName is the cookie of the login with that RelayState.
func bindingName(relay string) string { return bindingPrefix + relay[:8] }

// Begin begins a login.
func (p *Provider) Begin(ctx context.Context, s Start) (Post, Binding, error) {
	relay, secret := token(), token()
	r := Request{Key: sha256.Sum256([]byte(relay)), ID: "_" + token(), Binding: sha256.Sum256([]byte(secret)),
		Begun: p.cfg.Clock(), Start: s}
	message, err := p.signed(p.authnRequest(r))
	if err != nil {
		return Post{}, Binding{}, err
	}
	if err := p.cfg.Requests.Keep(ctx, r); err != nil {
		return Post{}, Binding{}, err
	}
	return Post{URL: withLanguage(p.cfg.LoginURL, s.Language), Field: "SAMLRequest", Message: message, RelayState: relay},
		Binding{bindingName(relay), secret}, nil
}

// signed is a message, signed and in base64 as the binding carries it.
func (p *Provider) signed(message string) (string, error) {
	signed, err := xmlsec.SignEnveloped([]byte(message), p.cfg.Key, p.cfg.Certificate)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(signed), nil
}
