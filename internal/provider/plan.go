package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"mconnect"

	"mconnect/fault"
	"mconnect/internal/breaker"
	"mconnect/internal/domain/catalog"
)

// Protocol delivers to endpoints of one kind: REST, SOAP, SQL or files. It is safe for concurrent use.
type Protocol interface {
	// Kind is the kind of its endpoints, as catalog.Endpoint.Kinds names it.
	Kind() string
	// Compile makes the endpoint of a plan's service ready for use.
	Compile(*Plan) (Endpoint, error)
	// Check lists in c what would fail later. Nothing is connected to.
	Check(c *Checker)
	// Close closes what is idle. No endpoint may be used afterwards.
	Close() error
}

// Request is what an adapter needs to know of a call. The exchange has the same under the name Delivery.
type Request struct {
	Service  *catalog.Ready
	Call     mconnect.CallID
	Trace    string
	Context  mconnect.LegalContext // this and the next two: for providers that want to know them
	Consumer mconnect.SystemID     // the calling system
	Purpose  mconnect.PurposeCode  // by which the agreement allows it
	Input    []byte                // canonical JSON of the request type
}

// ContextValue is what a provider may learn of the call itself, by one of catalog.ContextNames. It is ""
// when the call states none.
func (r *Request) ContextValue(name string) string {
	switch name {
	case "CallingUser":
		return r.Context.User
	case "CallingEntity":
		return r.Context.Entity
	case "CallingSystem":
		return string(r.Consumer)
	case "CallBasis":
		return r.Context.Basis
	case "CallReason":
		return r.Context.Reason
	case "CallPurpose":
		return string(r.Purpose)
	case "CallId":
		return string(r.Call)
	}
	return ""
}

// Reply is the provider's answer after mapping to the catalogue's type, before validation and cutting. For opaque
// services Stream is set instead of Body and must be closed. The exchange has the same type.
type Reply struct {
	Body      []byte
	MediaType string
	Stream    io.ReadCloser
	Length    int64  // of Stream; -1 when not known
	Free      func() // nil, or releases Body's memory; called at most once
}

// Endpoint is an endpoint made ready for use. Its errors are faults.
type Endpoint interface {
	// Address names the endpoint in the log. A replaced version keeps its breaker while the address is the same.
	Address() string
	// Deliver sends one request, within the plan's limits.
	Deliver(ctx context.Context, d Request) (Reply, error)
	// Probe reports whether the endpoint can be reached. It requests no data.
	Probe(ctx context.Context) error
}

// Plan is a service version made ready for delivery.
type Plan struct {
	Ready   *catalog.Ready // what it was made from
	Timeout time.Duration
	Answer  int64 // bytes of an answer
	Clock   func() time.Time

	limited  bool // the service states its own timeout
	address  string
	breaker  *breaker.Breaker
	endpoint Endpoint
}

// compile makes a plan.
func (p *Provider) compile(s *catalog.Ready) (*Plan, error) {
	pl := &Plan{Ready: s, Timeout: time.Duration(s.Limits.Timeout), Answer: s.Limits.Answer, Clock: p.cfg.Clock}
	pl.limited = pl.Timeout > 0
	if !pl.limited {
		pl.Timeout = p.cfg.Timeout
	}
	switch {
	case pl.Answer > 0:
	case s.Opaque != nil: // streams: its size does not matter to memory
		pl.Answer = DefaultOpaque
	default:
		pl.Answer = cmp.Or(p.cfg.Answer, DefaultAnswer)
	}
	kinds := s.Endpoint.Kinds()
	if len(kinds) != 1 {
		return nil, errors.New("provider: the endpoint is not of exactly one kind")
	}
	protocol := p.protocols[kinds[0]]
	if protocol == nil {
		return nil, errors.New("provider: no protocol of kind " + kinds[0])
	}
	var err error
	if pl.endpoint, err = protocol.Compile(pl); err != nil {
		return nil, err
	}
	pl.address = fmt.Sprintf("%s/%s %s", s.Name, s.Version, pl.endpoint.Address())
	pl.breaker = breaker.New(breaker.Config{Clock: p.cfg.Clock, Share: true, Report: func(open bool) {
		if open {
			p.cfg.Logger.Warn("provider breaker opened", "endpoint", pl.address)
		} else {
			p.cfg.Logger.Info("provider breaker closed", "endpoint", pl.address)
		}
	}})
	return pl, nil
}

// admit lets a call through or returns provider.breaker. Every admitted call must be observed.
func (pl *Plan) admit() (breaker.Token, error) {
	token, wait, admitted := pl.breaker.Admit()
	if admitted {
		return token, nil
	}
	e := fault.New(fault.ProviderBroken)
	e.RetryAfter = max(wait, time.Second)
	return 0, e
}

// Observe reports to the breaker how a stream ended whose head was observed as a call already.
func (pl *Plan) Observe(ctx context.Context, err error) { pl.observe(ctx, 0, err) }

// observe reports to the breaker how a call ended. Only what speaks for an endpoint that cannot serve counts:
// no connection, no answer in time, a broken answer, a status of 5xx.
func (pl *Plan) observe(ctx context.Context, token breaker.Token, err error) {
	if err == nil {
		pl.breaker.Settle(token, false)
		return
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		pl.breaker.Release(token)
		return
	}
	e := fault.From(err)
	switch e.Code {
	case fault.ProviderDown, fault.ProviderTimeout, fault.ProviderInterrupted, fault.ProviderUntrusted,
		fault.ProviderWantsCert, fault.ProviderCertLate:
		pl.breaker.Settle(token, true)
	case fault.ProviderStatus:
		pl.breaker.Settle(token, e.Params["status"] >= "500")
	case fault.InputInvalid, fault.InternalError:
		pl.breaker.Release(token) // nothing was sent
	default:
		pl.breaker.Settle(token, false)
	}
}

// TooLarge is an answer over the plan's limit.
func (pl *Plan) TooLarge() error {
	return fault.New(fault.ProviderTooLarge, "limit", strconv.FormatInt(pl.Answer, 10))
}
