package provider

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/exchange"
	"mconnect/internal/media"
	"mconnect/internal/provider/httpclient"
)

// targetKey tells apart connections that may not be shared between endpoints.
type targetKey struct {
	address, serverName string
	ca                  [32]byte // of the endpoint's own anchors; zero: the platform's
	secure, mutual      bool
}

// rest is a REST endpoint made ready for use.
type rest struct {
	plan     *plan
	target   *httpclient.Target
	start    string // "GET /base"
	path     template
	query    []parameter
	head     string // from " HTTP/1.1" to the constant headers
	secret   *secret
	context  bool
	options  []byte // of a target that is shown a certificate: what a probe sends
	body     bool
	request  *mapping
	response *mapping
	notFound []int
	accept   []string // media types
	encoding media.Encoding
	opaque   bool
}

func (p *Provider) compileREST(pl *plan, e *catalog.REST) error {
	u, err := parseBase(e.URL)
	if err != nil {
		return err
	}
	r := &rest{plan: pl, context: e.Context, body: e.Method == "POST" || e.Method == "PUT", notFound: e.NotFound, accept: []string{"application/json"}}
	if !r.body && e.Method != "GET" {
		return errors.New("provider: method is none of GET, POST, PUT")
	}
	if r.encoding, err = parseEncoding(e.Encoding); err != nil {
		return err
	}
	if r.path, err = parseTemplate(e.Path); err != nil {
		return err
	}
	if r.query, err = parseQuery(e.Query); err != nil {
		return err
	}
	if r.request, err = compileMapping(e.Request); err != nil {
		return err
	}
	if r.response, err = compileMapping(e.Response); err != nil {
		return err
	}
	if len(r.notFound) == 0 {
		r.notFound = []int{404}
	}
	if o := pl.ready.Opaque; o != nil {
		r.opaque, r.accept = true, o.MediaTypes
		if slices.ContainsFunc(o.MediaTypes, func(s string) bool { return !isMediaType(s) }) {
			return errors.New("provider: a media type cannot be read")
		}
	}
	if r.secret, err = p.credentials(u.Hostname(), e.Credentials); err != nil {
		return err
	}
	base := strings.TrimSuffix(u.EscapedPath(), "/")
	if base == "" && e.Path == "" {
		base = "/"
	}
	r.start = e.Method + " " + base
	kind := ""
	if r.body {
		kind = jsonType
	}
	if r.head, err = constantHead(u.Host, r.accept, kind, e.Headers); err != nil {
		return err
	}
	r.options = optionsOf(u, base+r.path.parts[0], e.Credentials)
	if r.target, err = p.target(u, e.Credentials, e.ServerName, e.CA); err != nil {
		return err
	}
	pl.breaker = &breaker{name: fmt.Sprintf("%s/%s %s", pl.ready.Name, pl.ready.Version, u.Redacted()+e.Path), clock: p.cfg.Clock, logger: p.cfg.Logger}
	pl.deliver, pl.probe = r.deliver, r.check
	return nil
}

func constantHead(host string, accept []string, kind string, headers map[string]string) (string, error) {
	var b strings.Builder
	b.WriteString(" HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: MConnect\r\nAccept: " + strings.Join(accept, ", ") +
		"\r\nAccept-Encoding: identity\r\n")
	if kind != "" {
		b.WriteString("Content-Type: " + kind + "\r\n")
	}
	names := make([]string, 0, len(headers))
	for name, value := range headers {
		if !isHeader(name) || !isHeaderValue(value) {
			return "", fmt.Errorf("provider: header %q may not be set or has a forbidden value", name)
		}
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		b.WriteString(name + ": " + headers[name] + "\r\n")
	}
	return b.String(), nil
}

// parseEncoding finds the declared encoding of answers that state none.
func parseEncoding(name string) (media.Encoding, error) {
	e, ok := media.Lookup(name)
	if !ok {
		return e, errors.New("provider: an encoding of " + media.Encodings)
	}
	return e, nil
}

// target returns the pool of connections for the endpoint; p.mu is held.
func (p *Provider) target(u *url.URL, c catalog.Credentials, serverName, ca string) (*httpclient.Target, error) {
	key := targetKey{address: u.Host, secure: u.Scheme == "https", mutual: c.Kind == "mtls"}
	if u.Port() == "" {
		key.address = net.JoinHostPort(u.Hostname(), map[bool]string{true: "443", false: "80"}[key.secure])
	}
	anchors := p.anchors
	if key.secure {
		if key.serverName = serverName; key.serverName == "" {
			key.serverName = u.Hostname()
		}
		if ca != "" {
			key.ca = sha256.Sum256([]byte(ca))
			pinned := x509.NewCertPool()
			if !pinned.AppendCertsFromPEM([]byte(ca)) {
				return nil, errors.New("provider: no certificate in ca")
			}
			anchors = func() *x509.CertPool { return pinned }
		}
	}
	if t := p.targets[key]; t != nil {
		return t, nil
	}
	cfg := httpclient.Config{Address: key.address}
	if key.secure {
		certificate := p.cfg.Certificate
		if !key.mutual {
			certificate = nil
		}
		cfg.TLS = (&identity{anchors: anchors, verify: p.cfg.Verify, serverName: key.serverName, certificate: certificate}).config
	}
	t := httpclient.New(cfg)
	p.targets[key] = t
	return t, nil
}

// noAnchors trusts nobody: never the operating system's authorities.
var noAnchors = x509.NewCertPool()

func (p *Provider) anchors() *x509.CertPool {
	if p.cfg.Anchors != nil {
		if pool := p.cfg.Anchors(); pool != nil {
			return pool
		}
	}
	return noAnchors
}

// identity makes TLS configurations for one target. Sessions and connections are used again as long as the anchors and the
// platform's own certificate stay the same.
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
		Renegotiation:      tls.RenegotiateOnceAsClient, // Apache and IIS ask for a certificate per path, after the request
	}
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	i.made.Store(&secured{c, anchors, own})
	return c
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func (r *rest) deliver(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
	buf := buffers.Get().(*[]byte)
	request, err := r.compose(ctx, (*buf)[:0], d)
	if err != nil {
		buffers.Put(buf)
		return exchange.Reply{}, err
	}
	answer, err := carry(ctx, r.target, request, r.plan.ready.ReadOnly)
	if cap(request) <= 256<<10 {
		clear(request) // it may hold personal data and a secret
		*buf = request
		buffers.Put(buf)
	}
	if err != nil {
		return exchange.Reply{}, r.plan.transportFault(ctx, err)
	}
	reply, err := r.receive(ctx, answer)
	if reply.Stream == nil {
		_ = answer.Close()
	}
	return reply, err
}

// carry sends request, and once more over a fresh connection when a pooled one was dead and the call is safe to repeat.
func carry(ctx context.Context, t *httpclient.Target, request []byte, again bool) (*httpclient.Answer, error) {
	answer, err := t.Do(ctx, request, false)
	if failed, ok := errors.AsType[*httpclient.Error](err); ok && again && failed.Stale() && ctx.Err() == nil {
		return t.Do(ctx, request, true)
	}
	return answer, err
}

// compose writes the whole HTTP message for one call.
func (r *rest) compose(ctx context.Context, dst []byte, d exchange.Delivery) ([]byte, error) {
	dst = append(dst, r.start...)
	dst, err := r.path.expand(dst, d.Input)
	if err != nil {
		return nil, err
	}
	if dst, err = appendQuery(dst, r.query, d.Input); err != nil {
		return nil, err
	}
	dst = append(dst, r.head...)
	if r.secret != nil {
		if dst, err = r.secret.append(dst); err != nil {
			return nil, err
		}
	}
	dst = appendReference(dst, d)
	if r.context {
		dst = appendContext(dst, d)
	}
	if !r.body {
		return append(dst, "\r\n"...), nil
	}
	body := d.Input
	if r.request != nil {
		if body, err = r.request.mapRequest(ctx, d.Input); err != nil {
			return nil, err
		}
	}
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...), nil
}

// appendReference writes the headers by which a provider can refer to the call.
func appendReference(dst []byte, d exchange.Delivery) []byte {
	if len(d.Trace) == 32 {
		dst = append(dst, "traceparent: 00-"...)
		dst = append(dst, d.Trace...)
		dst = append(dst, '-')
		dst = appendSpan(dst)
		dst = append(dst, "-01\r\n"...)
	}
	dst = append(dst, "MConnect-Call-Id: "...)
	dst = append(dst, d.Call...)
	return append(dst, "\r\n"...)
}

// mapRequest runs the mapping of a request.
func (m *mapping) mapRequest(ctx context.Context, input []byte) ([]byte, error) {
	value, err := decode(input)
	if err != nil {
		return nil, mappingFault(err)
	}
	body, err := m.run(ctx, value, max(int64(len(input))*16, 1<<20))
	if err != nil {
		return nil, mappingFault(err)
	}
	return body, nil
}

// appendSpan writes a fresh parent-id of 16 hexadecimal digits, not all zero (W3C Trace Context, 3.2.2.4).
func appendSpan(dst []byte) []byte {
	const hexDigits = "0123456789abcdef"
	for id, i := rand.Uint64()|1, 0; i < 16; i++ {
		dst = append(dst, hexDigits[id&15])
		id >>= 4
	}
	return dst
}

func (r *rest) check(ctx context.Context) error { return r.plan.reach(ctx, r.target, r.options) }

// optionsOf is the request by which a probe finds out whether the address asks for a certificate per path, which it does
// only once a request has come; nil where the platform shows none. OPTIONS asks for no data (RFC 9110, 9.3.7).
func optionsOf(u *url.URL, path string, c catalog.Credentials) []byte {
	if c.Kind != "mtls" {
		return nil
	}
	if path == "" {
		path = "/"
	}
	return []byte("OPTIONS " + path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nUser-Agent: MConnect\r\nContent-Length: 0\r\n\r\n")
}

// reach opens a connection and, with options, tries whether the provider asks for the certificate too late. Whatever it
// answers to that is no failure: the address need not know the method.
func (pl *plan) reach(ctx context.Context, t *httpclient.Target, options []byte) error {
	if err := t.Probe(ctx); err != nil {
		return pl.transportFault(ctx, err)
	}
	if options == nil {
		return nil
	}
	answer, err := t.Do(ctx, options, false)
	if failed, ok := errors.AsType[*httpclient.Error](err); ok && failed.Certificate != "" {
		return pl.transportFault(ctx, err)
	}
	if err == nil {
		return answer.Close()
	}
	return nil
}

const secretLife = 10 * time.Second

// secret makes an Authorization line and reads its secret again now and then, so that it can be changed
// without a restart.
type secret struct {
	read    func(host, name string) ([]byte, error)
	host    string
	kind    string
	user    string
	name    string
	current atomic.Pointer[line]
}

type line struct {
	text  string
	until time.Time
}

// credentials prepares what the manifest asks for; nil when no header is needed.
func (p *Provider) credentials(host string, c catalog.Credentials) (*secret, error) {
	switch c.Kind {
	case "", "none":
		return nil, nil
	case "mtls":
		if p.cfg.Certificate == nil {
			return nil, errors.New("provider: no platform certificate is configured")
		}
		return nil, nil
	case "basic", "bearer":
		if p.cfg.Secrets == nil {
			return nil, errors.New("provider: no secrets are configured")
		}
		return &secret{read: p.cfg.Secrets, host: host, kind: c.Kind, user: c.User, name: c.Secret}, nil
	}
	return nil, fmt.Errorf("provider: credentials of kind %q", c.Kind)
}

func (s *secret) append(dst []byte) ([]byte, error) {
	now := time.Now()
	if l := s.current.Load(); l != nil && now.Before(l.until) {
		return append(dst, l.text...), nil
	}
	text, err := s.line()
	if err != nil {
		return nil, platformDown(err)
	}
	s.current.Store(&line{text, now.Add(secretLife)})
	return append(dst, text...), nil
}

// line reads the secret and writes the header; its errors never hold the secret.
func (s *secret) line() (string, error) {
	raw, err := s.read(s.host, s.name)
	if err != nil {
		return "", fmt.Errorf("provider: secret %q: %w", s.name, err)
	}
	value := strings.TrimRight(string(raw), "\r\n")
	if value == "" || !isHeaderValue(value) {
		return "", fmt.Errorf("provider: secret %q is empty or not one line", s.name)
	}
	if s.kind == "basic" {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s.user+":"+value)) + "\r\n", nil
	}
	return "Authorization: Bearer " + value + "\r\n", nil
}
