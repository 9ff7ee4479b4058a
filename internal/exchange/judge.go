package exchange

import (
	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
)

// Judge returns what Do would decide now about a call of a system: by the same agreements and what was used of them.
// Nothing is delivered, counted or recorded. The chain of the call is not looked at. Faults: those of Do before the
// verdict; a refusal is in the verdict.
func (x *Exchange) Judge(system mconnect.SystemID, c Call) (agreement.Verdict, error) {
	who, ok := x.cfg.Registry.System(system)
	if !ok {
		return agreement.Verdict{}, fault.New(fault.ResourceUnknown, "kind", "System", "id", string(system))
	}
	r := run{x: x, call: &c, at: x.cfg.Clock(), identity: &who}
	if err := r.resolve(); err != nil {
		return agreement.Verdict{}, err
	}
	if err := r.understand(); err != nil {
		return agreement.Verdict{}, err
	}
	var known []agreement.Candidate
	for _, a := range x.cfg.Agreements.For(system, r.ready.Name) {
		known = append(known, agreement.Candidate{Compiled: a, Usage: x.cfg.Meter.Usage(a, r.at)})
	}
	return agreement.Decide(known, r.request(), r.at), nil
}
