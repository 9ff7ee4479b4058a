package webhook

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/event"
	"mconnect/internal/relay"
)

// Condition is how a subscription fares.
type Condition string

// The conditions.
const (
	Asking  Condition = "handshake" // the target has not permitted pushing yet
	Pushing Condition = "pushing"   //
	Failing Condition = "failing"   // the breaker is open
	Gone    Condition = "gone"      // the target answered 410: nothing is pushed until the subscription changes
	Ended   Condition = "ended"     // the right to consume ended
)

// State of one subscription, for operators.
type State struct {
	Subscription string
	System       mconnect.SystemID
	Condition    Condition
	Since        time.Time
	Reason       string // of the last failure
	Held         int    // events taken from the log and not confirmed
	Delivered    int64
	Dead         int64
}

// most events and bytes that a pusher holds: others pass a stuck partition by that many.
const (
	window      = 1024
	windowBytes = 1 << 20
	inFlight    = 4 // requests at once, when the subscription does not say
)

// pusher pushes the events of one subscription.
type pusher struct {
	cfg      *Config
	target   Target
	url      string // of the target as it is sent and signed
	client   *http.Client
	schedule schedule
	breaker  breaker
	lanes    *lanes
	slots    chan struct{}
	limit    *rate.Limiter
	reader   relay.Reader
	work     sync.WaitGroup

	mu    sync.Mutex
	state State
}

func newPusher(cfg *Config, t Target) *pusher {
	slots := t.Webhook.MaxInFlight
	if slots == 0 {
		slots = inFlight
	}
	at := t.Webhook.URL
	if u, _, err := t.Webhook.Target(); err == nil {
		at = u.String()
	}
	return &pusher{
		cfg: cfg, target: t, url: at, client: newClient(t.Reaches, cfg.TLS, cfg.Resolver), schedule: scheduleOf(t.Webhook.Schedule),
		breaker: breaker{clock: cfg.Clock}, lanes: newLanes(), slots: make(chan struct{}, slots), limit: rate.NewLimiter(rate.Inf, 1),
		state: State{Subscription: t.ID, System: t.Caller.System, Condition: Asking, Since: cfg.Clock()},
	}
}

func (p *pusher) now(c Condition, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Condition != c {
		p.state.Condition, p.state.Since = c, p.cfg.Clock()
	}
	if reason != "" {
		p.state.Reason = reason
	}
}

func (p *pusher) count(dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if dead {
		p.state.Dead++
	} else {
		p.state.Delivered++
	}
}

func (p *pusher) seen() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	if s.Held = p.lanes.held(); s.Condition == Pushing && p.breaker.open() {
		s.Condition = Failing
	}
	return s
}

// errGone ends a pusher whose target is retired.
var errGone = errors.New("webhook: the target is gone")

// run pushes until ctx ends, the right to consume ends or the target is gone.
func (p *pusher) run(ctx context.Context) {
	defer p.client.CloseIdleConnections()
	if p.permitted(ctx) != nil {
		return
	}
	reader, err := p.cfg.Broker.Open(ctx, p.target.Caller, relay.Options{Group: p.target.Group, Events: true, Test: true})
	if err != nil {
		p.now(Ended, string(fault.From(err).Code))
		return
	}
	p.reader = reader
	defer reader.Close()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	p.now(Pushing, "")
	err = p.feed(ctx, end)
	end(err)
	p.work.Wait()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errGone):
		p.now(Gone, "answered 410")
	case err != nil && !errors.Is(err, context.Canceled):
		p.now(Ended, string(fault.From(err).Code))
	}
}

// permitted repeats the handshake until the target agrees.
func (p *pusher) permitted(ctx context.Context) error {
	for n := 1; ; n++ {
		perMinute, err := p.handshake(ctx)
		if err == nil {
			if perMinute > 0 {
				p.limit = rate.NewLimiter(rate.Every(time.Minute/time.Duration(perMinute)), 1)
			}
			return nil
		}
		p.now(Asking, err.Error())
		if err := sleep(ctx, p.schedule.pause(n)); err != nil {
			return err
		}
	}
}

// feed hands events over to lanes while there is room.
func (p *pusher) feed(ctx context.Context, end context.CancelCauseFunc) error {
	for {
		free, err := p.lanes.space(ctx, window)
		if err != nil {
			return err
		}
		batch, err := p.reader.Next(ctx, free, windowBytes)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for i := range batch {
			if lane, first := p.lanes.add(batch[i]); first {
				d := batch[i]
				p.work.Go(func() {
					if err := p.serve(ctx, lane, &d); err != nil {
						end(err)
					}
				})
			}
		}
	}
}

// serve works on a lane until it is empty. It fails when pushing must end; what is not finished is delivered again.
func (p *pusher) serve(ctx context.Context, lane string, d *relay.Delivery) error {
	for d != nil {
		if err := p.settle(ctx, d); err != nil {
			return err
		}
		var upTo int64
		d, upTo = p.lanes.finish(lane)
		if upTo > 0 {
			if err := p.reader.Confirm(upTo); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle delivers one event or buries it. It fails when neither can be done.
func (p *pusher) settle(ctx context.Context, d *relay.Delivery) error {
	begun := p.cfg.Clock()
	for n := 1; ; n++ {
		r, err := p.try(ctx, d.JSON)
		switch {
		case err != nil:
			return err
		case r.outcome == delivered:
			p.count(false)
			return nil
		case r.outcome == gone:
			return errGone
		}
		p.cfg.Logger.Debug("an event was not delivered", "subscription", p.target.ID, "attempt", n, "reason", r.reason)
		p.now(Pushing, r.reason)
		pause := max(p.schedule.pause(n), r.after)
		if r.outcome == refused || p.cfg.Clock().Add(pause).Sub(begun) > p.schedule.giveUp {
			return p.bury(ctx, d.Event, r.reason)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// try makes one attempt when the breaker, the rate and the requests under way let it.
func (p *pusher) try(ctx context.Context, body []byte) (result, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return result{}, ctx.Err()
	}
	if err := p.breaker.pass(ctx); err != nil {
		return result{}, err
	}
	if err := p.limit.Wait(ctx); err != nil {
		p.breaker.settle(true)
		return result{}, err
	}
	r := p.post(ctx, body)
	if ctx.Err() != nil {
		p.breaker.settle(true)
		return r, ctx.Err()
	}
	p.breaker.settle(r.outcome == repeat)
	return r, nil
}

// explainer is a Reader that keeps the reason with a dead event.
type explainer interface {
	BuryBecause(ctx context.Context, e event.Event, reason string) error
}

func (p *pusher) bury(ctx context.Context, e *event.Event, reason string) error {
	p.count(true)
	p.cfg.Logger.Warn("an event is dead for a webhook", "subscription", p.target.ID, "event", e.ID, "reason", reason)
	if r, ok := p.reader.(explainer); ok {
		return r.BuryBecause(ctx, *e, reason)
	}
	return p.reader.Bury(ctx, *e)
}
