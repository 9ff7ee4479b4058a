package exchange

import (
	"context"
	"errors"
	"slices"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/ident"
)

// Do takes one call through the ten steps in the order in which they run (docs/CALL-CYCLE.md); step 1, read, was the
// surface's. It returns either an answer whose outcome is recorded, an answer whose stream records its outcome before
// it releases the last bytes, or a *fault.Error; c.ID, c.Trace, c.Verdict and c.Receipt are set in each case. The
// caller's going away does not end a delivery once begun, nor its record: both have deadlines of their own.
func (x *Exchange) Do(ctx context.Context, c *Call) (answer *Answer, err error) {
	r := x.begin(ctx, c)
	defer func() { answer, err = r.end(answer, err, recover()) }()

	if err := r.identify(); err != nil { // 2. identify the caller; an unidentified one learns nothing else
		return nil, err
	}
	if c.Unread != nil { // of step 1: the surface could not read the message, and the caller may learn why
		return nil, c.Unread
	}
	if err := r.resolve(); err != nil { // 3. resolve the service version; its type says how to read the input
		return nil, err
	}
	if err := r.understand(); err != nil { // 4. understand the typed input, and whose data it requests
		return nil, err
	}
	if err := r.decide(); err != nil {
		// 5. decide whether the call is lawful; then whether the service has capacity for it
		return nil, err
	}
	if err := r.recordIntent(); err != nil { // 6. record the intent: commit point 1, nothing leaves the platform before
		return nil, err
	}
	if err := r.deliver(); err != nil { // 7. deliver to the provider
		return nil, err
	}
	if r.reply.Stream != nil {
		return r.streamed(), nil // 8 to 10 happen while it is written
	}
	if err := r.shape(); err != nil { // 8. shape the answer: check and cut
		return nil, err
	}
	if err := r.recordOutcome(); err != nil { // 9. record the outcome: commit point 2, nothing is answered before
		return nil, err
	}
	return r.answer(), nil // 10. answer
}

// stage is how far a call has come, as the journal must know it.
type stage int

const (
	asked     stage = iota
	intended        // an intent stands, or may stand
	concluded       // an outcome stands, or may stand
)

// run is one call under way: what each step found for the next.
type run struct {
	x     *Exchange
	ctx   context.Context // never cancelled by the caller
	call  *Call
	at    time.Time // by the clock, for the law
	start time.Time // monotonic, for measuring
	stage stage

	identity  *registry.Identity
	ready     *catalog.Ready
	input     []byte // canonical
	subject   string
	agreement *agreement.Compiled
	reply     Reply
	cut       *buffer // the answer that may leave
	permit    permit
	dropped   int
	sent      Sum
	provided  time.Duration
	recorded  time.Duration
	release   context.CancelFunc // of the delivery's context, while an answer streams
}

func (x *Exchange) begin(ctx context.Context, c *Call) *run {
	c.ID, c.Known, c.Verdict, c.Receipt = ident.CallID(), false, agreement.Verdict{}, journal.Receipt{}
	if c.Trace == "" {
		c.Trace = ident.Trace()
	}
	return &run{x: x, ctx: context.WithoutCancel(ctx), call: c, at: x.cfg.Clock(), start: time.Now()}
}

func (r *run) identify() (err error) {
	if r.call.Unproven != nil {
		return r.call.Unproven
	}
	if r.call.Signed {
		r.identity, err = r.x.cfg.Registry.IdentifySigner(r.call.Chain, r.at)
		return err
	}
	r.identity, err = r.x.cfg.Registry.Identify(r.call.Chain, r.at)
	r.call.Known = err == nil
	return err
}

func (r *run) resolve() (err error) {
	c := r.call
	if !c.Version.IsZero() {
		r.ready, err = r.x.cfg.Catalog.Resolve(c.Service, c.Version)
		return err
	}
	r.ready, err = Offered(c.Service, r.x.cfg.Catalog.Versions(c.Service),
		r.x.cfg.Agreements.For(r.identity.System.ID, c.Service),
		agreement.Asked{Context: c.Context, Fields: c.Fields}, r.at)
	return err
}

func (r *run) understand() (err error) {
	if r.input, err = r.ready.RequestSchema.Read(r.call.Input); err != nil {
		return err
	}
	if r.ready.Subject != "" {
		r.subject = r.ready.RequestSchema.Value(r.input, r.ready.Subject)
	}
	for _, path := range r.call.Fields {
		if r.ready.ResponseSchema == nil || !r.ready.ResponseSchema.Has(path) {
			f := fault.New(fault.InputInvalid)
			f.Leg = fault.Caller
			f.Fields = []fault.FieldError{{Path: "?fields", Code: fault.InputUnknownField}}
			return f
		}
	}
	return nil
}

// decide judges the call, then admits it to the service's bulkhead.
func (r *run) decide() (err error) {
	if err = r.judge(); err != nil {
		return err
	}
	r.permit, err = r.x.bulkheads.enter(r.ready.Name)
	return err
}

// judge applies the agreements, then takes one call from the agreement's quota. Two calls may be allowed the last
// one at the same time: the one that comes too late is judged again.
func (r *run) judge() error {
	candidates := r.x.cfg.Agreements.For(r.identity.System.ID, r.ready.Name)
	req := r.request()
	for again := range 3 {
		known := make([]agreement.Candidate, len(candidates))
		for i, a := range candidates {
			known[i] = agreement.Candidate{Compiled: a, Usage: r.x.cfg.Meter.Usage(a, r.at)}
			known[i].Usage.RateExceeded = known[i].Usage.RateExceeded || (again > 1 && a == r.agreement)
		}
		r.call.Verdict = agreement.Decide(known, req, r.at)
		if !r.call.Verdict.Allowed {
			return r.call.Verdict.Fault
		}
		for _, a := range candidates {
			if a.ID == r.call.Verdict.Agreement {
				r.agreement = a
			}
		}
		if r.agreement == nil || r.call.Verdict.Purpose == nil {
			return errors.New("exchange: a verdict allows without agreement or purpose")
		}
		if r.x.cfg.Meter.Take(r.agreement, r.at) {
			return nil
		}
	}
	return fault.New(fault.RateExceeded)
}

func (r *run) request() agreement.Request {
	provider, known := r.x.cfg.Registry.System(r.ready.Provider)
	s := r.identity
	return agreement.Request{
		Consumer: agreement.Consumer{
			System: s.System.ID, Owner: s.Participant.IDNO, Represents: s.System.Represents,
			Networks:     s.System.Networks,
			SystemActive: s.System.Active(), ParticipantActive: s.Participant.Active(),
			MayConsume: s.System.Has(registry.Consumer),
		},
		Service: agreement.Service{
			Name: r.ready.Name, Version: r.ready.Version, Personal: r.ready.Personal,
			ProviderActive: known && provider.Active() && provider.System.Has(registry.Provider),
		},
		Context: r.call.Context, Subject: r.subject, Fields: r.call.Fields, From: r.call.Address,
	}
}

// until is the context of a delivery. That of one whose answer streams may have to end before its time: see stalled.
func (r *run) until(end time.Time) (context.Context, context.CancelFunc) {
	if r.ready.Opaque != nil {
		return context.WithDeadline(r.ctx, end)
	}
	d := &due{Context: r.ctx, until: end}
	return d, d.cancel
}

func (r *run) deliver() error {
	limit := r.timeout()
	began := time.Now()
	ctx, cancel := r.until(began.Add(limit))
	reply, err := r.x.cfg.Deliverer.Deliver(ctx, Delivery{
		Service: r.ready, Call: r.call.ID, Trace: r.call.Trace, Input: r.input,
		Context: r.call.Context, Consumer: r.identity.System.ID, Purpose: r.call.Verdict.Purpose.Code,
	})
	r.provided = time.Since(began)
	r.reply = reply
	if reply.Stream == nil {
		r.permit.settle(len(reply.Body))
	}
	if err == nil {
		err = r.fits()
	}
	if err != nil || reply.Stream == nil {
		cancel()
	} else {
		r.release = cancel
	}
	if err != nil {
		r.closeReply()
	}
	var said *fault.Error
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &said) {
		return fault.Wrap(err, fault.ProviderTimeout, "limit", limit.String())
	}
	return err
}

func (r *run) timeout() time.Duration {
	switch {
	case r.ready.Limits.Timeout > 0:
		return time.Duration(r.ready.Limits.Timeout)
	case r.ready.Opaque != nil:
		return r.x.cfg.Defaults.Stream
	}
	return r.x.cfg.Defaults.Timeout
}

// fits checks that the reply is of the kind that the catalogue announces.
func (r *run) fits() error {
	if o := r.ready.Opaque; o != nil {
		for _, accepted := range o.MediaTypes {
			if r.reply.Stream != nil && accepted == r.reply.MediaType {
				return nil
			}
		}
		return onProvider(fault.New(fault.ProviderMalformed))
	}
	limit := or(r.ready.Limits.Answer, r.x.cfg.Defaults.Answer)
	switch {
	case r.reply.Stream != nil:
		return errors.New("exchange: a streamed reply for a typed answer")
	case int64(len(r.reply.Body)) > limit:
		return onProvider(fault.New(fault.ProviderTooLarge, "limit", itoa(limit)))
	}
	return nil
}

func onProvider(f *fault.Error) *fault.Error {
	f.Leg = fault.Provider
	return f
}

// shape checks the whole answer against the catalogue and lets through what is granted.
func (r *run) shape() (err error) {
	schema := r.ready.ResponseSchema
	r.cut = acquireBuffer()
	// what leaves is seldom longer; to grow by doubling costs twice the memory
	r.cut.b = slices.Grow(r.cut.b, len(r.reply.Body))
	r.cut.b, r.dropped, err = schema.Cut(r.cut.b, r.reply.Body, schema.Mask(r.call.Verdict.Grant))
	if err == nil && r.call.Encode != nil {
		err = r.encode()
	}
	if err == nil {
		r.sent.all(r.cut.b)
	}
	if r.reply.Body = nil; r.reply.Free != nil {
		r.reply.Free() // what was cut is a copy
	}
	return err
}

// encode puts the caller's form in the place of the cut answer.
func (r *run) encode() (err error) {
	form := acquireBuffer()
	if form.b, err = r.call.Encode(form.b, r.ready, r.cut.b); err != nil {
		form.release()
		return err
	}
	r.cut.release()
	r.cut = form
	return nil
}

func (r *run) answer() *Answer {
	r.permit.settle(cap(r.cut.b))
	a := &Answer{MediaType: "application/json", Body: r.cut.b, Length: int64(len(r.cut.b)), Service: r.ready,
		cut: r.cut, permit: r.permit}
	r.cut, r.permit = nil, permit{}
	return a
}

func (r *run) closeReply() {
	if r.reply.Stream != nil {
		_ = r.reply.Stream.Close()
	}
	if r.release != nil {
		r.release()
	}
}
