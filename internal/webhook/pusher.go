package webhook

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/breaker"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
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

// State of one subscription on one node, for operators. It is kept as JSON.
type State struct {
	Subscription string            `json:"subscription"`
	System       mconnect.SystemID `json:"system"`
	Group        string            `json:"group"`
	Node         string            `json:"node"`
	URL          string            `json:"url"`
	Condition    Condition         `json:"condition"`
	Since        time.Time         `json:"since"`
	Until        time.Time         `json:"until,omitzero"`    // while failing: when the breaker lets a probe pass
	Reason       string            `json:"reason,omitempty"`  // of the last failure
	Trouble      *Trouble          `json:"trouble,omitempty"` // the same for people
	Held         int               `json:"held"`              // events taken from the log and not confirmed
	Delivered    int64             `json:"delivered"`         // since the subscription was first pushed to
	Dead         int64             `json:"dead"`
	LastSuccess  time.Time         `json:"lastSuccess,omitzero"`
	Next         time.Time         `json:"next,omitzero"` // of the handshake, while it is repeated
	Retried      int               `json:"retried"`       // events that were attempted in vain and are tried again
	Waiting      []Waiting         `json:"waiting,omitempty"`
	Recent       []Attempt         `json:"recent,omitempty"` // oldest first
	Seen         time.Time         `json:"seen"`             // when it was so
}

// Last is the newest attempt, nil when there was none.
func (s *State) Last() *Attempt {
	if len(s.Recent) == 0 {
		return nil
	}
	return &s.Recent[len(s.Recent)-1]
}

// most events and bytes that a pusher holds: others pass a stuck partition by that many.
const (
	window      = 1024
	windowBytes = 1 << 20
	inFlight    = 4 // requests at once, when the subscription does not say
)

// pusher pushes the events of one subscription.
type pusher struct {
	caller
	schedule schedule
	breaker  *breaker.Breaker
	lanes    *lanes
	slots    *slots
	limit    *rate.Limiter // of this node, by its share of perMinute; 0: no bound
	minute   int
	reader   broker.Reader
	work     sync.WaitGroup
	history  history

	mu    sync.Mutex
	state State
}

// newPusher makes a pusher. was is how an earlier one of the subscription fared, the zero value when there was none.
func newPusher(cfg *Config, t Target, was State) *pusher {
	p := &pusher{
		caller: newCaller(cfg, t), schedule: scheduleOf(t.Webhook.Schedule),
		breaker: breaker.New(breaker.Config{Clock: cfg.Clock}),
		lanes:   newLanes(), slots: newSlots(cmp.Or(t.Webhook.MaxInFlight, inFlight)),
		limit: rate.NewLimiter(rate.Inf, 1),
	}
	p.history.recall(was)
	p.state = State{
		Subscription: t.ID, System: t.Caller.System, Group: t.Group, Node: cfg.Node, URL: p.url, Condition: Asking,
		Since:     cfg.Clock(),
		Delivered: was.Delivered, Dead: was.Dead,
	}
	return p
}

// now notes the condition, and why when something is wrong.
func (p *pusher) now(c Condition, why *fault.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Condition != c {
		p.state.Condition, p.state.Since = c, p.cfg.Clock()
	}
	if why == nil {
		return
	}
	p.state.Trouble, p.state.Reason = troubleOf(why), string(why.Code)
	if why.Cause != nil {
		p.state.Reason = why.Cause.Error()
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

// seen is how the subscription fares now.
func (p *pusher) seen() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	s.Held, s.Seen = p.lanes.held(), p.cfg.Clock().UTC()
	until := p.breaker.Opens()
	if s.Condition == Pushing && !until.IsZero() {
		s.Condition, s.Until = Failing, until
	}
	p.history.tell(&s, until)
	return s
}

// errGone ends a pusher whose target is retired.
var errGone = errors.New("webhook: the target is gone")

// run pushes until ctx ends, the right to consume ends or the target is gone.
func (p *pusher) run(ctx context.Context) {
	defer p.client.CloseIdleConnections()
	if err := p.begin(ctx); err != nil {
		p.ended(err)
		return
	}
	if p.permitted(ctx) != nil {
		return
	}
	reader, err := p.open(ctx)
	if err != nil {
		p.ended(err)
		return
	}
	p.reader = reader
	defer reader.Close()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	p.now(Pushing, nil)
	err = p.feed(ctx, end)
	end(err)
	p.work.Wait()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errGone):
		p.now(Gone, trouble("answered 410", fault.WebhookGone))
	case err != nil && !errors.Is(err, context.Canceled):
		p.ended(err)
	}
}

// ended notes that nothing can be read for the group.
func (p *pusher) ended(err error) {
	f := *fault.From(err)
	f.Cause = errors.New(string(f.Code))
	p.now(Ended, &f)
}

func (p *pusher) open(ctx context.Context) (broker.Reader, error) {
	return p.cfg.Broker.Open(ctx, p.target.Caller, broker.Options{Group: p.target.Group, Events: true, Test: true})
}

// begin makes the group's positions durable before the handshake: what is produced while it does not answer is
// delivered once it does.
func (p *pusher) begin(ctx context.Context) error {
	reader, err := p.open(ctx)
	if err == nil {
		reader.Close()
	}
	return err
}

// permitted repeats the handshake until the target agrees.
func (p *pusher) permitted(ctx context.Context) error {
	for n := 1; ; n++ {
		begun := p.cfg.Clock()
		perMinute, r := p.ask(ctx, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.history.note(Attempt{At: begun, For: ForPermission, Number: n, Status: r.status, Took: r.took,
			Trouble: troubleOf(r.trouble)})
		if r.trouble == nil {
			p.minute = perMinute
			p.history.asksAgain(time.Time{})
			return nil
		}
		pause := p.schedule.pause(n)
		p.history.asksAgain(p.cfg.Clock().Add(pause))
		p.now(Asking, r.trouble)
		if err := sleep(ctx, pause); err != nil {
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
func (p *pusher) serve(ctx context.Context, lane string, d *broker.Delivery) error {
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
func (p *pusher) settle(ctx context.Context, d *broker.Delivery) error {
	begun := p.cfg.Clock()
	defer p.history.settled(d.Offset)
	for n := 1; ; n++ {
		r, err := p.try(ctx, d, n)
		switch {
		case err != nil:
			return err
		case r.outcome == delivered:
			p.count(false)
			return nil
		case r.outcome == gone:
			return errGone
		}
		p.cfg.Logger.Debug("an event was not delivered", "subscription", p.target.ID, "attempt", n, "reason",
			r.reason())
		p.now(Pushing, r.trouble)
		pause, now := max(p.schedule.pause(n), r.after), p.cfg.Clock()
		if r.outcome == refused || now.Add(pause).Sub(begun) > p.schedule.giveUp {
			return p.bury(ctx, d.Event, r.reason())
		}
		p.history.failed(d, attemptOf(d, n, now, r), now.Add(pause))
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// attemptOf describes the n-th attempt to deliver, which ended now.
func attemptOf(d *broker.Delivery, n int, now time.Time, r result) Attempt {
	return Attempt{
		At: now.Add(-r.took).UTC(), For: ForEvent, Source: d.Event.Source, Event: d.Event.ID, Number: n,
		Status: r.status, Took: r.took, Trouble: troubleOf(r.trouble),
	}
}

// try makes the n-th attempt when the breaker, the rate and the requests under way let it.
func (p *pusher) try(ctx context.Context, d *broker.Delivery, n int) (result, error) {
	if err := p.slots.take(ctx, p.share); err != nil {
		return result{}, err
	}
	defer p.slots.leave()
	token, err := pass(ctx, p.breaker)
	if err != nil {
		return result{}, err
	}
	if err := p.paced(ctx); err != nil {
		p.breaker.Settle(token, true)
		return result{}, err
	}
	r := p.post(ctx, d.JSON, nil)
	if ctx.Err() != nil {
		p.breaker.Settle(token, true)
		return r, ctx.Err()
	}
	p.history.note(attemptOf(d, n, p.cfg.Clock(), r))
	p.breaker.Settle(token, r.outcome == repeat)
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
