// Package provider is the platform's arm towards the registers: it carries a decided call to the
// provider's own interface, REST, SOAP, SQL or a file, and brings the answer back in the catalogue's terms.
//
// It owns the mapping of data models (jq), the platform's credentials towards providers, deadlines, size
// limits, circuit breakers, and the translation of everything that can go wrong over there into faults on
// the provider's leg. A value from a request can fill one path segment, one query value or a place in a
// body; it can never choose another host, path or header.
//
// It refuses to own lawfulness, records and the shape of answers: exchange decides and records before a
// call comes here, and validates and cuts what leaves. It never repeats a call that is not ReadOnly.
//
// Flow: Deliver finds the compiled plan of the service version (built on first use, rebuilt when the
// catalogue replaces the version) → breaker → REST or SOAP (package wire), SQL or
// file (package sheet) → Reply.
package provider

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/exchange"
	"mconnect/internal/provider/httpclient"
)

// Defaults of Config.
const (
	DefaultTimeout = 10 * time.Second
	DefaultAnswer  = 16 << 20 // bytes
	DefaultOpaque  = 1 << 30  // bytes of a streamed answer
	DefaultRows    = 1000
)

// Config is what a Provider needs. Anchors is required for https; the rest has useful zero values.
type Config struct {
	Anchors     func() *x509.CertPool                   // trust in providers' certificates, unless an endpoint names its own CA; asked per call, another pool ends the connections made under the former
	Verify      func(tls.ConnectionState) error         // nil, or judges a provider's verified certificate further, e.g. by revocation lists
	Certificate func() *tls.Certificate                 // the platform's own, for Credentials.Kind "mtls"; asked per connection
	Secrets     func(host, name string) ([]byte, error) // a secret belongs to one host: who may change an endpoint must not thereby get it; for "basic" and "bearer"; asked again every few seconds
	Databases   map[string]string                       // name → "sqlite:PATH" or "postgres://…"
	Signer      Signer                                  // signs what SOAP providers are sent; nil: nothing is signed
	Headers     Signer                                  // the same, header blocks included, for services that ask for it
	Files       string                                  // folder of files that are registers; "": there are none
	Taken       func(context.Context, Taken) error      // makes durable that a file takes effect; an error keeps it from doing so; nil: nobody is told
	Clock       func() time.Time                        // nil: time.Now
	Logger      *slog.Logger                            // nil: slog.Default()
	Timeout     time.Duration                           // of a delivery when neither service nor context sets one; 0: DefaultTimeout
	Answer      int64                                   // bytes of an answer that is not streamed when the service sets none; 0: DefaultAnswer
}

// Provider delivers calls. It is safe for concurrent use.
type Provider struct {
	cfg     Config
	plans   atomic.Pointer[map[planKey]*plan] // replaced whole, so that a call only loads a pointer
	mu      sync.Mutex                        // held while plans, targets or bases change
	targets map[targetKey]*httpclient.Target
	bases   map[string]*database
	shelves map[planKey]*shelf
	tried   map[planKey]attempt
	closed  bool
}

// New makes a Provider. It opens no connection.
func New(cfg Config) (*Provider, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Timeout < 0 || cfg.Answer < 0 {
		return nil, errors.New("provider: negative limit")
	}
	for name, url := range cfg.Databases {
		if _, err := parseDatabase(url); err != nil {
			return nil, errors.Join(errors.New("provider: database "+name), err)
		}
	}
	p := &Provider{cfg: cfg, targets: map[targetKey]*httpclient.Target{}, bases: map[string]*database{}, shelves: map[planKey]*shelf{}, tried: map[planKey]attempt{}}
	p.plans.Store(&map[planKey]*plan{})
	return p, nil
}

// Deliver implements exchange.Deliverer. The delivery ends at the context's deadline or after the
// service's own timeout, whichever is sooner; for a streamed reply that covers the stream as well.
func (p *Provider) Deliver(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
	pl, err := p.plan(d.Service)
	if err != nil {
		return exchange.Reply{}, err
	}
	if err := pl.breaker.admit(); err != nil {
		return exchange.Reply{}, err
	}
	ctx, cancel := p.bound(ctx, pl)
	began := time.Now()
	reply, err := pl.deliver(ctx, d)
	if e, ok := err.(*fault.Error); ok && e.Code == fault.ProviderTimeout {
		e.Params = map[string]string{"limit": lasted(began)}
	}
	pl.observe(ctx, err)
	if reply.Stream != nil {
		reply.Stream = &cancelling{reply.Stream, cancel}
		return reply, err
	}
	cancel()
	return reply, err
}

// lasted writes the time since began for people: the limit may have been the service's or the caller's.
func lasted(began time.Time) string { return time.Since(began).Round(10 * time.Millisecond).String() }

// bound gives ctx the plan's timeout when it has no sooner deadline.
func (p *Provider) bound(ctx context.Context, pl *plan) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && (!pl.limited || time.Until(deadline) <= pl.timeout) {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, pl.timeout)
}

// Close closes idle connections and databases. No Deliver may be called afterwards.
func (p *Provider) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, t := range p.targets {
		t.Close()
	}
	var errs []error
	for _, b := range p.bases {
		errs = append(errs, b.db.Close())
	}
	for _, s := range p.shelves {
		errs = append(errs, s.drop())
	}
	return errors.Join(errs...)
}

type planKey struct {
	name    mconnect.ServiceName
	version mconnect.Version
}

// plan is an endpoint made ready for use.
type plan struct {
	ready   *catalog.Ready // what it was made from
	breaker *breaker
	timeout time.Duration
	limited bool // the service states its own timeout
	answer  int64
	deliver func(context.Context, exchange.Delivery) (exchange.Reply, error)
	probe   func(context.Context) error
}

// plan returns the plan of the service version, making it anew when the catalogue has replaced it.
func (p *Provider) plan(s *catalog.Ready) (*plan, error) {
	key := planKey{s.Name, s.Version}
	if pl := (*p.plans.Load())[key]; pl != nil && pl.ready == s {
		return pl, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	current := *p.plans.Load()
	old := current[key]
	if old != nil && old.ready == s {
		return old, nil
	}
	if p.closed {
		return nil, fault.Wrap(errors.New("provider: closed"), fault.Draining)
	}
	pl, err := p.compile(s)
	if err != nil {
		return nil, fault.Wrap(err, fault.InternalError) // apply's Check lets none of these pass
	}
	if old != nil && old.breaker.name == pl.breaker.name {
		pl.breaker = old.breaker
	}
	next := make(map[planKey]*plan, len(current)+1)
	for k, v := range current {
		next[k] = v
	}
	next[key] = pl
	p.plans.Store(&next)
	return pl, nil
}

// compile makes a plan; p.mu is held.
func (p *Provider) compile(s *catalog.Ready) (*plan, error) {
	pl := &plan{ready: s, timeout: time.Duration(s.Limits.Timeout), answer: s.Limits.Answer}
	pl.limited = pl.timeout > 0
	if !pl.limited {
		pl.timeout = p.cfg.Timeout
	}
	switch {
	case pl.answer > 0:
	case s.Opaque != nil: // streams: its size does not matter to memory
		pl.answer = DefaultOpaque
	default:
		pl.answer = cmp.Or(p.cfg.Answer, DefaultAnswer)
	}
	kinds := s.Endpoint.Kinds()
	if len(kinds) != 1 {
		return nil, errors.New("provider: the endpoint is not of exactly one kind")
	}
	switch e := s.Endpoint; kinds[0] {
	case "soap":
		return pl, p.compileSOAP(pl, e.SOAP)
	case "sql":
		return pl, p.compileSQL(pl, e.SQL)
	case "file":
		return pl, p.compileFile(pl, e.File)
	}
	return pl, p.compileREST(pl, s.Endpoint.REST)
}

// Probe reports whether the endpoint of svc can be reached: a TLS connection or a database connection is
// opened, but no data is asked for. It goes past the breaker and does not touch it. For doctor.
func (p *Provider) Probe(ctx context.Context, svc catalog.Service) error {
	p.mu.Lock()
	pl, err := p.compile(&catalog.Ready{Service: svc})
	p.mu.Unlock()
	if err != nil {
		return fault.Wrap(err, fault.InternalError)
	}
	ctx, cancel := p.bound(ctx, pl)
	defer cancel()
	return pl.probe(ctx)
}
