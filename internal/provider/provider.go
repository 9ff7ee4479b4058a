// Package provider delivers decided calls to the registers of data providers and returns their answers in
// the catalogue's terms.
//
// It owns what every protocol needs: the compiled plan of a service version with its deadline and size limit,
// the circuit breaker, the mapping of data models (jq), and the translation of everything that can go wrong
// into faults on the provider's leg. Each protocol is a sub-package behind the interface Protocol: rest, soap,
// sql and file; httpaccess is what the first two share. A new protocol is a new sub-package and one argument
// of New.
//
// It does not own lawfulness, records and the shape of answers: the exchange decides and records before a
// delivery, and validates and cuts what leaves. It never repeats a call that is not ReadOnly.
//
// Flow: Deliver finds the plan (built on first use, rebuilt when the catalogue replaces the version) →
// breaker → Endpoint of the protocol → Reply.
package provider

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
)

// Defaults of Config.
const (
	DefaultTimeout = 10 * time.Second
	DefaultAnswer  = 16 << 20 // bytes
	DefaultOpaque  = 1 << 30  // bytes of a streamed answer
	DefaultRows    = 1000
)

// Config is what a Provider needs. It has useful zero values.
type Config struct {
	Clock   func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: slog.Default()
	Timeout time.Duration    // of a delivery when neither service nor context sets one; 0: DefaultTimeout
	Answer  int64            // bytes of an answer that is not streamed when the service sets none; 0: DefaultAnswer
}

// Provider delivers calls. It is safe for concurrent use.
type Provider struct {
	cfg       Config
	protocols map[string]Protocol
	plans     atomic.Pointer[map[planKey]*Plan] // replaced whole, so that a call only loads a pointer
	mu        sync.Mutex                        // held while plans change
	closed    bool
}

// New makes a Provider that speaks the protocols. It opens no connection.
func New(cfg Config, protocols ...Protocol) (*Provider, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	if cfg.Timeout < 0 || cfg.Answer < 0 {
		return nil, errors.New("provider: negative limit")
	}
	p := &Provider{cfg: cfg, protocols: map[string]Protocol{}}
	for _, one := range protocols {
		p.protocols[one.Kind()] = one
	}
	p.plans.Store(&map[planKey]*Plan{})
	return p, nil
}

// Deliver delivers one request. The delivery ends at the context's deadline or after the
// service's own timeout, whichever is sooner; for a streamed reply that covers the stream as well.
func (p *Provider) Deliver(ctx context.Context, d Request) (Reply, error) {
	pl, err := p.plan(d.Service)
	if err != nil {
		return Reply{}, err
	}
	token, err := pl.admit()
	if err != nil {
		return Reply{}, err
	}
	ctx, cancel := p.bound(ctx, pl)
	began := time.Now()
	reply, err := pl.endpoint.Deliver(ctx, d)
	if e, ok := err.(*fault.Error); ok && e.Code == fault.ProviderTimeout {
		e.Params = map[string]string{"limit": lasted(began)}
	}
	pl.observe(ctx, token, err)
	if reply.Stream != nil {
		reply.Stream = &cancelling{reply.Stream, cancel}
		return reply, err
	}
	cancel()
	return reply, err
}

// cancelling ends the delivery's context with its stream.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c *cancelling) Close() error {
	err := c.ReadCloser.Close()
	c.cancel()
	return err
}

// lasted writes the time since began for people: the limit may have been the service's or the caller's.
func lasted(began time.Time) string { return time.Since(began).Round(10 * time.Millisecond).String() }

// bound gives ctx the plan's timeout when it has no sooner deadline.
func (p *Provider) bound(ctx context.Context, pl *Plan) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && (!pl.limited || time.Until(deadline) <= pl.Timeout) {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, pl.Timeout)
}

// Close closes the protocols. No Deliver may be called afterwards.
func (p *Provider) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for _, one := range p.protocols {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

type planKey struct {
	name    mconnect.ServiceName
	version mconnect.Version
}

// plan returns the plan of the service version, compiling it again when the catalogue has replaced it.
func (p *Provider) plan(s *catalog.Ready) (*Plan, error) {
	key := planKey{s.Name, s.Version}
	if pl := (*p.plans.Load())[key]; pl != nil && pl.Ready == s {
		return pl, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	current := *p.plans.Load()
	old := current[key]
	if old != nil && old.Ready == s {
		return old, nil
	}
	if p.closed {
		return nil, fault.Wrap(errors.New("provider: closed"), fault.Draining)
	}
	pl, err := p.compile(s)
	if err != nil {
		return nil, fault.Wrap(err, fault.InternalError) // apply's Check lets none of these pass
	}
	if old != nil && old.address == pl.address {
		pl.breaker = old.breaker
	}
	next := make(map[planKey]*Plan, len(current)+1)
	maps.Copy(next, current)
	next[key] = pl
	p.plans.Store(&next)
	return pl, nil
}

// Probe reports whether the endpoint of svc can be reached: a TLS connection or a database connection is
// opened, but no data is asked for. It goes past the breaker and does not touch it. For doctor.
func (p *Provider) Probe(ctx context.Context, svc catalog.Service) error {
	pl, err := p.compile(&catalog.Ready{Service: svc})
	if err != nil {
		return fault.Wrap(err, fault.InternalError)
	}
	ctx, cancel := p.bound(ctx, pl)
	defer cancel()
	return pl.endpoint.Probe(ctx)
}
