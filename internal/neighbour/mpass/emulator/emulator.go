// Package emulator is a stand-alone MPass for the demo and the tests: a SAML 2.0 identity provider with synthetic
// persons that behaves on the wire as MPass does, and on request as an attacker would.
//
// It owns the persons, its sessions, two signing keys and everything that it sends. It reads no code of the service
// provider that it tests; both share only the canonicalisation and the XML parser. It is never part of a server: only
// the demo and tests import it.
//
// Flow: POST /login/saml → the AuthnRequest is checked → page of persons, unless a session is there → signed Response
// by a form to the service. POST /logout/saml → frames ask every other service → answer to the one that asked.
// Below /_emu/ tests see what came in and choose what comes next.
package emulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// Service is a service provider that MPass knows.
type Service struct {
	EntityID    string            `json:"entityId"`
	ACS         string            `json:"acs"`
	SLO         string            `json:"slo"`    // where LogoutRequests go
	Logout      string            `json:"logout"` // where LogoutResponses go
	Certificate *x509.Certificate `json:"-"`
}

// Key is a signing key with its certificate.
type Key struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
}

// Config is what an Emulator needs. URL is needed.
type Config struct {
	URL      string // https://host:port, without a path; also the entity id
	Keys     [2]Key // the second is used after a change of keys; zero: made here
	Services []Service
	Clock    func() time.Time // nil: time.Now
	Timeout  time.Duration    // how long a single logout waits for the services; zero: 10 s
}

// Emulator is an MPass. It is safe for concurrent use.
type Emulator struct {
	cfg Config
	mux *http.ServeMux

	mu       sync.Mutex
	services map[string]Service
	sessions map[string]*session
	logins   map[string]*login  // that wait on the page of persons
	endings  map[string]*ending // single logouts under way
	received []Received
	next     string // attack that the next message is; "" for none
	last     string // the newest honest message
	key      int
	shift    time.Duration
}

// session is that of one browser.
type session struct {
	person   Person
	began    time.Time
	services map[string]string // entity id to SessionIndex
}

// New makes an Emulator of cfg.
func New(cfg Config) (*Emulator, error) {
	if cfg.URL == "" {
		return nil, errors.New("emulator: the URL is needed")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	for i := range cfg.Keys {
		if cfg.Keys[i].Key == nil {
			key, err := NewKey("mpass-emulator", cfg.Clock())
			if err != nil {
				return nil, err
			}
			cfg.Keys[i] = key
		}
	}
	e := &Emulator{cfg: cfg, mux: http.NewServeMux(), services: map[string]Service{}, sessions: map[string]*session{},
		logins: map[string]*login{}, endings: map[string]*ending{}}
	for _, s := range cfg.Services {
		e.services[s.EntityID] = s
	}
	e.mux.HandleFunc("GET /meta/saml", e.metadata)
	e.mux.HandleFunc("GET /meta", e.metadata)
	e.mux.HandleFunc("POST /login/saml", e.loginRequest)
	e.mux.HandleFunc("POST /login/choose", e.choose)
	e.mux.HandleFunc("POST /logout/saml", e.logoutMessage)
	e.mux.HandleFunc("POST /logout", e.logoutHere)
	e.mux.HandleFunc("GET /logout/frame", e.frame)
	e.mux.HandleFunc("GET /logout/state", e.logoutState)
	e.mux.HandleFunc("GET /logout/end", e.logoutEnd)
	e.mux.HandleFunc("GET /{$}", e.home)
	e.control()
	return e, nil
}

// NewKey makes an RSA key with a certificate of its own, valid for two years around now.
func NewKey(name string, now time.Time) (Key, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return Key{}, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return Key{}, err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Key{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return Key{key, certificate}, err
}

// Handler serves everything. The listener in front of it terminates TLS.
func (e *Emulator) Handler() http.Handler { return e.mux }

// EntityID is the name under which the emulator issues.
func (e *Emulator) EntityID() string { return e.cfg.URL }

// LoginURL and LogoutURL are where services send their messages.
func (e *Emulator) LoginURL() string { return e.cfg.URL + "/login/saml" }

// LogoutURL is where services send logout messages.
func (e *Emulator) LogoutURL() string { return e.cfg.URL + "/logout/saml" }

// Certificates are those of both keys, for a service to pin.
func (e *Emulator) Certificates() []*x509.Certificate {
	return []*x509.Certificate{e.cfg.Keys[0].Certificate, e.cfg.Keys[1].Certificate}
}

// Register makes a service known.
func (e *Emulator) Register(s Service) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.services[s.EntityID] = s
}

func (e *Emulator) service(id string) (Service, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, ok := e.services[id]
	return s, ok
}

func (e *Emulator) now() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cfg.Clock().Add(e.shift)
}

func (e *Emulator) signing() Key {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cfg.Keys[e.key]
}

// random is an identifier that XML admits as an ID.
func random() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return "_" + base64.RawURLEncoding.EncodeToString(b[:])
}

// sessionCookie comes with the messages of services, which are requests of other sites.
const sessionCookie = "mpass-emulator"

func (e *Emulator) sessionOf(r *http.Request) (string, *session) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return c.Value, e.sessions[c.Value]
}
