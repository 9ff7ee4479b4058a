package webhook

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
)

// Target is a subscription whose events are to be pushed now.
type Target struct {
	ID      string // of the subscription
	Group   string
	Caller  broker.Caller // the consumer
	Webhook event.Webhook
	Reaches Reaches `json:"-"` // its registered networks
}

// Targets knows the subscriptions to be pushed; paused ones and those of suspended systems are left out.
type Targets interface {
	Targets() []Target
	// Changed is closed at the next change.
	Changed() <-chan struct{}
}

// Keeper keeps how webhooks fare: for other nodes, and for after a restart.
type Keeper interface {
	SaveWebhooks(ctx context.Context, states []appendlog.WebhookState) error
	Webhooks(ctx context.Context) ([]appendlog.WebhookState, error)
}

// Config of a Webhook. Resolver, TLS and Keeper may be nil.
type Config struct {
	Broker  broker.Broker
	Targets Targets
	Signer  func() (*Signer, error)                 // of the platform's present key
	Secrets func(host, name string) (string, error) // bearer token by its name, for that host only
	Origin  string                                  // of the platform in handshakes: a host name
	// roots for targets, the platform's client certificate; called per request, another result ends the connections
	// made under the former
	TLS      func() *tls.Config
	Resolver *net.Resolver
	Keeper   Keeper
	Node     string
	Clock    func() time.Time
	Logger   *slog.Logger
}

// Webhook pushes events for all subscriptions of a node.
type Webhook struct {
	cfg Config

	mu      sync.Mutex
	pushers map[string]*running
	kept    map[string]State // of this node, by subscription: how those fared that are not pushed to now

	testing sync.Mutex
	tests   map[string]bool // subscriptions that are being tested
}

// running is a pusher with what it was made of.
type running struct {
	*pusher
	print string // of its target: another one replaces it
	stop  context.CancelFunc
	ended chan struct{}
}

// New checks cfg and makes a Webhook.
func New(cfg Config) (*Webhook, error) {
	if cfg.Broker == nil || cfg.Targets == nil || cfg.Signer == nil || cfg.Secrets == nil || cfg.Origin == "" ||
		cfg.Clock == nil || cfg.Logger == nil {
		return nil, errors.New("webhook: a part is missing from the configuration")
	}
	return &Webhook{cfg: cfg, pushers: map[string]*running{}, kept: map[string]State{}, tests: map[string]bool{}}, nil
}

// Run pushes until ctx ends, following changes of the subscriptions.
func (w *Webhook) Run(ctx context.Context) {
	w.recall(ctx)
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var keep sync.WaitGroup
	keep.Go(func() { w.keep(keeping) })
	defer keep.Wait()
	defer stop()
	defer w.follow(ctx, nil)
	for ctx.Err() == nil {
		changed := w.cfg.Targets.Changed()
		w.follow(ctx, w.cfg.Targets.Targets())
		again := time.NewTimer(lookAgain)
		select {
		case <-changed:
		case <-again.C: // what ended for a reason that passed is begun again
		case <-ctx.Done():
		}
		again.Stop()
	}
}

// lookAgain is how often subscriptions are looked at without a change.
const lookAgain = 30 * time.Second

// follow stops the pushers whose target is no more or another one, waits for them, and starts the new ones.
func (w *Webhook) follow(ctx context.Context, targets []Target) {
	want := map[string]Target{}
	for _, t := range targets {
		want[t.ID] = t
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, r := range w.pushers {
		if t, ok := want[id]; !ok || printOf(t) != r.print || r.over() {
			r.stop()
			<-r.ended
			w.kept[id] = r.seen()
			delete(w.pushers, id)
		}
	}
	for id, t := range want {
		if w.pushers[id] != nil {
			continue
		}
		own, stop := context.WithCancel(ctx)
		r := &running{newPusher(&w.cfg, t, w.kept[id]), printOf(t), stop, make(chan struct{})}
		w.pushers[id] = r
		go func() {
			defer close(r.ended)
			r.run(own)
		}()
	}
}

// over reports a pusher that ended by itself and may be begun again.
func (r *running) over() bool {
	select {
	case <-r.ended:
		return r.seen().Condition != Gone
	default:
		return false
	}
}

// printOf is a fingerprint of a target.
func printOf(t Target) string {
	text, err := json.Marshal(t)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// States lists how each subscription fares, by id.
func (w *Webhook) States() []State {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]State, 0, len(w.pushers))
	for _, r := range w.pushers {
		all = append(all, r.seen())
	}
	slices.SortFunc(all, func(a, b State) int { return cmp.Compare(a.Subscription, b.Subscription) })
	return all
}
