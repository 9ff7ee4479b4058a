package exchange

import (
	"context"
	"fmt"
	"slices"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/agreement"
	"mconnect/internal/catalog"
	"mconnect/internal/journal"
	"mconnect/internal/registry"
)

// Refuse records that the surface itself could not accept a call: unreadable, too large, not spoken. It
// returns the fault to answer with. An unidentified caller is told that first, and nothing of the service, unless
// the very path is unknown or the platform is too busy to look.
func (x *Exchange) Refuse(ctx context.Context, c *Call, err error) *fault.Error {
	r := x.begin(ctx, c)
	f := fault.From(err)
	switch f.Code {
	case fault.Overloaded, fault.Draining:
		f = tell(f, c.ID)
		r.log(f)
		r.observe(f)
		_ = r.guarded(func() error { return x.refuseStranger(r, f) })
		return f
	}
	identityErr := r.guarded(r.identify)
	if identityErr != nil && f.Code != fault.PathUnknown {
		f = fault.From(identityErr)
	}
	return r.fail(f, "")
}

// Identify says who calls, for what a surface offers beside calls. Faults as registry.Identify, and
// system.suspended or participant.suspended; they are recorded as refusals.
func (x *Exchange) Identify(ctx context.Context, c *Call) (*registry.Standing, error) {
	r := x.begin(ctx, c)
	err := r.identify()
	switch {
	case err != nil:
	case !r.standing.System.Active():
		err = fault.New(fault.SystemSuspended, "system", string(r.standing.System.ID))
	case !r.standing.Participant.Active():
		err = fault.New(fault.ParticipantSuspended, "participant", string(r.standing.Participant.ID))
	}
	if err != nil {
		return nil, r.fail(err, "")
	}
	return r.standing, nil
}

// Entitlement is what a caller may call: a service version and the agreements that concern it.
type Entitlement struct {
	Service    *catalog.Ready
	Agreements []*agreement.Compiled
}

// Entitled lists the services of which the system has an agreement, each in the newest version that serves it, by
// name. Whether an agreement is in force is read from it.
func (x *Exchange) Entitled(system mconnect.SystemID) []Entitlement {
	var list []Entitlement
	var last mconnect.ServiceName
	for _, ready := range x.cfg.Catalog.All() {
		if ready.Name == last {
			continue
		}
		last = ready.Name
		agreements := x.cfg.Agreements.For(system, ready.Name)
		if len(agreements) == 0 {
			continue
		}
		for _, a := range agreements {
			serving, err := x.cfg.Catalog.Resolve(a.Service, a.Version)
			if err != nil {
				continue
			}
			at := slices.IndexFunc(list, func(e Entitlement) bool { return e.Service == serving })
			if at < 0 {
				at = len(list)
				list = append(list, Entitlement{Service: serving})
			}
			list[at].Agreements = append(list[at].Agreements, a)
		}
	}
	return list
}

// Evidence hands a system the proof of one of its own calls, and records that it was read before it does.
func (x *Exchange) Evidence(ctx context.Context, s *registry.Standing, call mconnect.CallID) ([]byte, error) {
	if x.cfg.Proofs == nil {
		return nil, fault.New(fault.RecordUnknown)
	}
	bundle, err := x.cfg.Proofs.Evidence(ctx, s.System.ID, call)
	if err != nil {
		return nil, fault.From(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.cfg.Defaults.Record)
	defer cancel()
	_, err = x.cfg.Ledger.Record(ctx, journal.Record{
		Kind: journal.Reading, Actor: string(s.System.ID), System: s.System.ID, Consumer: s.Participant.ID,
		Reading: &journal.ReadingNote{Query: fmt.Sprintf("evidence of call %s", call), Count: 1},
	})
	if err != nil {
		return nil, unrecorded(err)
	}
	return bundle, nil
}
