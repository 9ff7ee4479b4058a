package app

import (
	"context"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/admin"
	"mconnect/internal/webhook"
)

// webhookAdmin implements admin.Webhooks by what pushes events and by what is declared.
type webhookAdmin struct{ *App }

// States implements admin.Webhooks.
func (d webhookAdmin) States(ctx context.Context) ([]admin.WebhookState, error) {
	fares, err := d.webhooks.Everywhere(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string][]webhook.State{}
	for _, s := range fares {
		by[s.Subscription] = append(by[s.Subscription], s)
	}
	all := []admin.WebhookState{}
	for _, s := range d.Rooms.Events.Subscriptions() {
		if !s.Pushes() {
			continue
		}
		known := by[s.ID]
		if len(known) == 0 { // declared a moment ago, or never pushed to
			known = []webhook.State{{Subscription: s.ID, Node: d.Config.Node, Condition: "starting"}}
		}
		for _, f := range known {
			f.System, f.Group, f.URL = s.System, s.GroupName(), s.Delivery.Webhook.URL
			one := webhookState(f)
			if halted := d.stoppedBy(s); halted != "" {
				one.State, one.Since, one.Until, one.Next = halted, nil, nil, nil
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// stoppedBy reports what is declared that nothing is pushed to a subscription; "" when nothing is.
func (d webhookAdmin) stoppedBy(s *event.ReadySubscription) string {
	standing, ok := d.Rooms.Registry.System(s.System)
	switch {
	case !ok || !standing.Active():
		return "suspended"
	case s.Paused:
		return "paused"
	}
	return ""
}

// webhookState is a state as the management API shows it.
func webhookState(f webhook.State) admin.WebhookState {
	one := admin.WebhookState{
		Subscription: f.Subscription, System: string(f.System), Group: f.Group, Node: f.Node, URL: f.URL,
		State: string(f.Condition),
		Since: timeOf(f.Since), Until: timeOf(f.Until), LastSuccess: timeOf(f.LastSuccess), Next: timeOf(f.Next),
		Retried: f.Retried, Held: f.Held, Delivered: f.Delivered, Dead: f.Dead, Seen: timeOf(f.Seen),
	}
	if f.Trouble != nil {
		if one.Fault = f.Trouble.Fault(); f.Condition == webhook.Asking && one.Fault.Code == fault.WebhookPermission {
			one.State = "refused"
		}
	}
	if last := f.Last(); last != nil {
		one.LastAttempt, one.LastAnswer = timeOf(last.At), last.Status
		if last.Trouble == nil && f.Condition == webhook.Pushing && f.Retried == 0 {
			one.Fault = nil // what was wrong is over
		}
	}
	for i := len(f.Recent) - 1; i >= 0; i-- {
		one.Recent = append(one.Recent, attemptOf(f.Recent[i]))
	}
	for n, w := range f.Waiting {
		if n == 0 {
			one.Attempts, one.FirstAttempt, one.Next = w.Attempts, timeOf(w.First), timeOf(w.Next)
		}
		waiting := admin.WebhookWaiting{
			Source: w.Source, ID: w.Event, Type: w.Type, Attempts: w.Attempts, First: w.First, Next: w.Next,
		}
		for i := len(w.Last) - 1; i >= 0; i-- {
			waiting.Last = append(waiting.Last, attemptOf(w.Last[i]))
		}
		one.Waiting = append(one.Waiting, waiting)
	}
	return one
}

func attemptOf(a webhook.Attempt) admin.WebhookAttempt {
	one := admin.WebhookAttempt{
		At: a.At, For: a.For, Source: a.Source, ID: a.Event, Number: a.Number, Status: a.Status,
		Seconds: a.Took.Seconds(),
	}
	if a.Trouble != nil {
		one.Fault = a.Trouble.Fault()
	}
	return one
}

// Test implements admin.Webhooks. A paused subscription can be tested before it is resumed; to a suspended system
// nothing leaves.
func (d webhookAdmin) Test(ctx context.Context, actor, system, group, reason string) (admin.WebhookTest, error) {
	s, ok := d.Rooms.Events.Subscription(mconnect.SystemID(system), group)
	if !ok || !s.Pushes() {
		return admin.WebhookTest{}, fault.New(fault.WebhookUnknown, "system", system, "group", group)
	}
	if d.stoppedBy(s) == "suspended" {
		return admin.WebhookTest{}, fault.New(fault.SystemSuspended, "system", system)
	}
	receipt, err := d.Journal.Record(ctx, journal.Record{
		Kind: journal.Change, Actor: actor, Note: reason,
		Change: &journal.ChangeNote{Resource: "WebhookTest", ID: s.ID, Action: "create", Reason: reason},
	})
	if err != nil {
		return admin.WebhookTest{}, err
	}
	probe, err := d.webhooks.Test(ctx, webhookTargets{d.Installation}.of(s))
	if err != nil {
		return admin.WebhookTest{}, err
	}
	done := admin.WebhookTest{
		Subscription: s.ID, Node: d.Config.Node, Event: probe.Event, Record: receipt.Index, Passed: probe.Passed(),
		Steps: []admin.WebhookStep{},
	}
	for _, step := range probe.Steps {
		done.Steps = append(done.Steps, admin.WebhookStep{
			WebhookAttempt: attemptOf(step.Attempt), Method: step.Method, URL: step.URL, Address: step.Address,
			TLS: step.TLS, Peer: step.Peer,
			Issuer: step.Issuer, Until: timeOf(step.Until), Header: step.Header, Body: step.Body, More: step.More,
		})
	}
	return done, nil
}
