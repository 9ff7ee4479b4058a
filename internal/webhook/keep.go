package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"mconnect/internal/appendlog"
)

// How often states are kept: those that changed, and all of them so that others see that the node lives.
const (
	keepEvery = 2 * time.Second
	keepAll   = time.Minute
	keepWait  = 5 * time.Second
)

// recall reads how webhooks fared on this node before it was started. Nothing but the view of operators rests on it.
func (w *Webhook) recall(ctx context.Context) {
	if w.cfg.Keeper == nil {
		return
	}
	all, err := w.read(ctx)
	if err != nil {
		w.cfg.Logger.Warn("cannot read how webhooks fared before", "cause", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range all {
		if s.Node == w.cfg.Node {
			w.kept[s.Subscription] = s
		}
	}
}

// keep saves states until ctx ends, and once more then.
func (w *Webhook) keep(ctx context.Context) {
	if w.cfg.Keeper == nil {
		return
	}
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for all := time.Now(); ; {
		select {
		case <-tick.C:
			whole := time.Since(all) >= keepAll
			if whole {
				all = time.Now()
			}
			w.save(ctx, whole)
		case <-ctx.Done():
			w.save(context.WithoutCancel(ctx), true)
			return
		}
	}
}

// save keeps the states that changed, or all. What cannot be kept is kept with the next change.
func (w *Webhook) save(ctx context.Context, all bool) {
	w.mu.Lock()
	var states []State
	for _, r := range w.pushers {
		if changed := r.history.takeChanged(); changed || all {
			states = append(states, r.seen())
		}
	}
	if all && len(w.pushers) == 0 { // it stops
		for _, s := range w.kept {
			states = append(states, s)
		}
	}
	w.mu.Unlock()
	if len(states) == 0 {
		return
	}
	rows := make([]appendlog.WebhookState, 0, len(states))
	for _, s := range states {
		doc, err := json.Marshal(s)
		if err != nil {
			w.cfg.Logger.Error("cannot write how a webhook fares", "subscription", s.Subscription, "cause", err)
			continue
		}
		rows = append(rows, appendlog.WebhookState{Subscription: s.Subscription, Node: s.Node, At: s.Seen, Doc: doc})
	}
	ctx, cancel := context.WithTimeout(ctx, keepWait)
	defer cancel()
	if err := w.cfg.Keeper.SaveWebhooks(ctx, rows); err != nil {
		w.cfg.Logger.Debug("cannot keep how webhooks fare", "cause", err)
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, r := range w.pushers {
			r.history.touch()
		}
	}
}

func (w *Webhook) read(ctx context.Context) ([]State, error) {
	rows, err := w.cfg.Keeper.Webhooks(ctx)
	all := make([]State, 0, len(rows))
	for _, row := range rows {
		var s State
		if json.Unmarshal(row.Doc, &s) == nil && s.Subscription == row.Subscription && s.Node == row.Node {
			all = append(all, s)
		}
	}
	return all, err
}

// Everywhere lists how subscriptions fare: on this node now, on others as they kept it last. Ordered by subscription
// and node.
func (w *Webhook) Everywhere(ctx context.Context) ([]State, error) {
	all := w.States()
	if w.cfg.Keeper == nil {
		return all, nil
	}
	here := map[string]bool{}
	for _, s := range all {
		here[s.Subscription] = true
	}
	kept, err := w.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range kept {
		if s.Node != w.cfg.Node || !here[s.Subscription] {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b State) int {
		return cmp.Or(cmp.Compare(a.Subscription, b.Subscription), cmp.Compare(a.Node, b.Node))
	})
	return all, nil
}
