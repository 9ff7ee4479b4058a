// Package httpaccess is how REST and SOAP endpoints are reached: the address, trust in the provider's
// certificate, the platform's own certificate or a secret, and the headers that every request holds.
//
// A value from a request can fill one path segment, one query value or a place in a body; it can never choose
// another host, path or header. A secret belongs to one host.
package httpaccess

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider/httpclient"
)

// Config is what an Access needs. Anchors is required for https; the rest has useful zero values.
type Config struct {
	// trust in providers' certificates, unless an endpoint names its own CA; read per call, another pool ends the
	// connections made under the former
	Anchors func() *x509.CertPool
	// nil, or judges a provider's verified certificate further, e.g. by revocation lists
	Verify func(tls.ConnectionState) error
	// the platform's own, for Credentials.Kind "mtls"; read per connection
	Certificate func() *tls.Certificate
	// a secret belongs to one host: who may change an endpoint must not thereby get it; for "basic" and "bearer"; read
	// again every few seconds
	Secrets func(host, name string) ([]byte, error)
	// requests go through net/http's Transport; see httpclient.Config
	Transport bool
}

// Access holds the connections to all endpoints over HTTP. It is safe for concurrent use.
type Access struct {
	cfg     Config
	mu      sync.Mutex // held while targets change
	targets map[targetKey]*httpclient.Target
}

// New makes an Access. It opens no connection.
func New(cfg Config) *Access { return &Access{cfg: cfg, targets: map[targetKey]*httpclient.Target{}} }

// Close closes idle connections. It may be called more than once.
func (a *Access) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.targets {
		t.Close()
	}
	return nil
}

// Peer is one endpoint with the way to enter it.
type Peer struct {
	target  *httpclient.Target
	secret  *secret
	options []byte // of a target that is shown a certificate: what a probe sends
}

// Open prepares the entry to the endpoint at u. path is where a probe may send OPTIONS.
func (a *Access) Open(u *url.URL, e Entry, path string) (*Peer, error) {
	s, err := a.credentials(u.Hostname(), e.Credentials)
	if err != nil {
		return nil, err
	}
	t, err := a.target(u, e)
	return &Peer{target: t, secret: s, options: optionsOf(u, path, e.Credentials)}, err
}

// AppendSecret writes the Authorization line, if the endpoint wants one.
func (p *Peer) AppendSecret(dst []byte) ([]byte, error) {
	if p.secret == nil {
		return dst, nil
	}
	return p.secret.append(dst)
}

// Do sends request, and once more over a fresh connection when a pooled one was dead and the call is safe to repeat.
func (p *Peer) Do(ctx context.Context, request []byte, again bool) (*httpclient.Answer, error) {
	answer, err := p.target.Do(ctx, request, false)
	if failed, ok := errors.AsType[*httpclient.Error](err); ok && again && failed.Stale() && ctx.Err() == nil {
		return p.target.Do(ctx, request, true)
	}
	return answer, err
}

// Probe opens a connection and, for an endpoint that is shown a certificate, tries whether the provider asks
// for it too late. What it answers to that is no failure: the address need not know the method.
func (p *Peer) Probe(ctx context.Context) error {
	if err := p.target.Probe(ctx); err != nil {
		return err
	}
	if p.options == nil {
		return nil
	}
	answer, err := p.target.Do(ctx, p.options, false)
	if failed, ok := errors.AsType[*httpclient.Error](err); ok && failed.Certificate != "" {
		return err
	}
	if err == nil {
		return answer.Close()
	}
	return nil
}

// optionsOf is the request by which a probe finds out whether the address asks for a certificate per path, which it
// does only once a request has come; nil where the platform shows none. OPTIONS asks for no data (RFC 9110, 9.3.7).
func optionsOf(u *url.URL, path string, c catalog.Credentials) []byte {
	if c.Kind != "mtls" {
		return nil
	}
	path = cmp.Or(path, "/")
	return []byte("OPTIONS " + path + " HTTP/1.1\r\nHost: " + u.Host +
		"\r\nUser-Agent: MConnect\r\nContent-Length: 0\r\n\r\n")
}

// Entry is how an endpoint over HTTP is entered, as its manifest declares.
type Entry struct {
	catalog.Credentials
	ServerName, CA string
}

// Check lists what of an entry would fail later; at is the place of the endpoint.
func (a *Access) Check(at string, u *url.URL, e Entry, want func(path, want string)) {
	secure, cred := u.Scheme == "https", e.Credentials
	if e.CA != "" && (!secure || !x509.NewCertPool().AppendCertsFromPEM([]byte(e.CA))) {
		want(at+"/ca", "PEM certificates, with https")
	}
	if e.ServerName != "" && (!secure || !isHost(e.ServerName)) {
		want(at+"/server_name", "a host name, with https")
	}
	s, err := a.credentials(u.Hostname(), cred)
	if err != nil {
		want(at+"/credentials", strings.TrimPrefix(err.Error(), "provider: "))
	}
	if cred.Kind == "mtls" && !secure {
		want(at+"/credentials/kind", "mtls only with https")
	}
	if s == nil {
		return
	}
	if !secure && !isLoopback(u.Hostname()) {
		want(at+"/credentials/kind", "a secret is sent over https only")
	}
	if cred.Kind == "basic" && (cred.User == "" || strings.Contains(cred.User, ":") || !IsHeaderValue(cred.User)) {
		want(at+"/credentials/user", "a user name of ASCII without ':'")
	}
	if _, err := s.line(); err != nil {
		want(at+"/credentials/secret", "a file of one line, "+u.Hostname()+"/"+cred.Secret+", in the folder of providers.secrets")
	}
}

// targetKey distinguishes connections that may not be shared between endpoints.
type targetKey struct {
	address, serverName string
	ca                  [32]byte // of the endpoint's own anchors; zero: the platform's
	secure, mutual      bool
}

// target returns the pool of connections for the endpoint.
func (a *Access) target(u *url.URL, e Entry) (*httpclient.Target, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := targetKey{address: u.Host, secure: u.Scheme == "https", mutual: e.Kind == "mtls"}
	if u.Port() == "" {
		key.address = net.JoinHostPort(u.Hostname(), map[bool]string{true: "443", false: "80"}[key.secure])
	}
	anchors := a.anchors
	if key.secure {
		if key.serverName = e.ServerName; key.serverName == "" {
			key.serverName = u.Hostname()
		}
		if e.CA != "" {
			key.ca = sha256.Sum256([]byte(e.CA))
			pinned := x509.NewCertPool()
			if !pinned.AppendCertsFromPEM([]byte(e.CA)) {
				return nil, errors.New("provider: no certificate in ca")
			}
			anchors = func() *x509.CertPool { return pinned }
		}
	}
	if t := a.targets[key]; t != nil {
		return t, nil
	}
	cfg := httpclient.Config{Address: key.address, Transport: a.cfg.Transport}
	if key.secure {
		certificate := a.cfg.Certificate
		if !key.mutual {
			certificate = nil
		}
		cfg.TLS = (&identity{anchors: anchors, verify: a.cfg.Verify, serverName: key.serverName,
			certificate: certificate}).config
	}
	t := httpclient.New(cfg)
	a.targets[key] = t
	return t, nil
}

// noAnchors trusts no certificate: never the operating system's authorities.
var noAnchors = x509.NewCertPool()

func (a *Access) anchors() *x509.CertPool {
	if a.cfg.Anchors != nil {
		if pool := a.cfg.Anchors(); pool != nil {
			return pool
		}
	}
	return noAnchors
}

// identity makes TLS configurations for one target. Sessions and connections are used again as long as the anchors and
// the platform's own certificate stay the same.
type identity struct {
	anchors     func() *x509.CertPool
	verify      func(tls.ConnectionState) error
	serverName  string
	certificate func() *tls.Certificate
	mu          sync.Mutex // held while made is replaced
	made        atomic.Pointer[secured]
}

// secured is a TLS configuration with what it was made of.
type secured struct {
	config  *tls.Config
	anchors *x509.CertPool
	own     *tls.Certificate
}

func (i *identity) config() *tls.Config {
	anchors := i.anchors()
	var own *tls.Certificate
	if i.certificate != nil {
		own = i.certificate()
	}
	current := func() *tls.Config {
		if m := i.made.Load(); m != nil && m.own == own && m.anchors == anchors {
			return m.config
		}
		return nil
	}
	if c := current(); c != nil {
		return c
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := current(); c != nil {
		return c
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: anchors, ServerName: i.serverName, VerifyConnection: i.verify,
		ClientSessionCache: tls.NewLRUClientSessionCache(8),
		// Apache and IIS ask for a certificate per path, after the request
		Renegotiation: tls.RenegotiateOnceAsClient,
	}
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	i.made.Store(&secured{c, anchors, own})
	return c
}
