package requests

import (
	"context"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/manifest"
)

// Agreed returns an agreement and its parties, if the principal may view it. Fault resource.unknown for any other, as
// for none.
func (x *Requests) Agreed(p people.Principal, id mconnect.AgreementID) (agreement.Agreement, people.Object, error) {
	unknown := fault.New(fault.ResourceUnknown, "kind", manifest.Agreement, "id", string(id))
	a, ok := x.cfg.Rooms.Agreements.Get(id)
	if !ok {
		return agreement.Agreement{}, people.Object{}, unknown
	}
	o := people.Object{Owner: a.Consumer.Participant(), Provider: x.providerOf(a)}
	if p.May(people.AgreementView, o, x.cfg.Clock()) != nil {
		return agreement.Agreement{}, people.Object{}, unknown
	}
	return a.Stated(), o, nil
}

// providerOf is the participant whose data an agreement grants; "" where neither the service nor the type is known.
func (x *Requests) providerOf(a *agreement.Compiled) mconnect.ParticipantID {
	if a.Event != "" {
		if t, ok := x.cfg.Rooms.Events.Type(a.Event); ok {
			return t.Owner
		}
		return ""
	}
	for _, s := range x.cfg.Rooms.Catalog.Versions(a.Service) {
		return s.Provider.Participant()
	}
	return ""
}

// Suspend sets the flag of a side on an agreement: its next call is refused.
func (x *Requests) Suspend(ctx context.Context, p people.Principal, id mconnect.AgreementID,
	s agreement.Suspension) (agreement.Agreement, error) {
	now := x.cfg.Clock().UTC()
	return x.flag(ctx, p, id, s.Facts, func(a agreement.Agreement, o people.Object) (agreement.Agreement, error) {
		return a.Suspend(p, o, s, now)
	})
}

// Lift takes the flag of a side away.
func (x *Requests) Lift(ctx context.Context, p people.Principal, id mconnect.AgreementID, side agreement.Side,
	reason string) (agreement.Agreement, error) {
	now := x.cfg.Clock().UTC()
	return x.flag(ctx, p, id, reason, func(a agreement.Agreement, o people.Object) (agreement.Agreement, error) {
		return a.Lift(p, o, side, now)
	})
}

// Terminate is the consent of one person to end an agreement: with the second one it ends.
func (x *Requests) Terminate(ctx context.Context, p people.Principal, id mconnect.AgreementID, reason string) (
	agreement.Agreement, error) {
	now := x.cfg.Clock().UTC()
	return x.flag(ctx, p, id, reason, func(a agreement.Agreement, o people.Object) (agreement.Agreement, error) {
		return a.Terminate(p, o, reason, now)
	})
}

// flag makes a change of the flags durable, with its journal record.
func (x *Requests) flag(ctx context.Context, p people.Principal, id mconnect.AgreementID, reason string,
	change func(agreement.Agreement, people.Object) (agreement.Agreement, error)) (agreement.Agreement, error) {
	a, o, err := x.Agreed(p, id)
	if err != nil {
		return a, err
	}
	set, err := manifests([]agreement.Agreement{a})
	if err != nil {
		return a, err
	}
	if runes := []rune(reason); len(runes) > manifest.MaxReason {
		reason = string(runes[:manifest.MaxReason])
	}
	order := manifest.Order{Actor: p.Actor(), Reason: reason, Flags: string(id),
		Flag: func(now agreement.Agreement) (next agreement.Agreement, err error) {
			a, err = change(now, o)
			return a, err
		}}
	for try := 1; ; try++ { // another node may change the declared state meanwhile
		_, err = x.cfg.Country.Execute(ctx, order, set)
		if err == nil || fault.From(err).Code != fault.ResourceConflict || try == 5 {
			return a, err
		}
	}
}
