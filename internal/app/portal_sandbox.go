package app

import (
	"bytes"
	"context"
	"errors"
	"net/netip"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/portal"
)

// portalSandbox implements portal.Sandbox.
type portalSandbox struct{ a *App }

// Systems implements portal.Sandbox.
func (p portalSandbox) Systems(of mconnect.ParticipantID) (own []mconnect.SystemID) {
	for _, s := range p.a.Rooms.Registry.Systems() {
		if s.ID.Participant() == of && s.Has(registry.Consumer) {
			own = append(own, s.ID)
		}
	}
	return own
}

// Judge implements portal.Sandbox: as if the call came from an allowed network.
func (p portalSandbox) Judge(t portal.Trial) (agreement.Verdict, error) {
	return p.a.exchange.Judge(t.System, p.call(t))
}

func (p portalSandbox) call(t portal.Trial) exchange.Call {
	c := exchange.Call{Protocol: "portal", Address: netip.IPv6Loopback(), Lang: t.Lang, Service: t.Service,
		Context: t.Context, Input: t.Input}
	if s, ok := p.a.Rooms.Registry.System(t.System); ok && len(s.System.Networks) > 0 {
		c.Address = s.System.Networks[0].Addr()
	}
	return c
}

// Send implements portal.Sandbox. The sandbox identifies the system by a certificate that is registered for it.
func (p portalSandbox) Send(ctx context.Context, t portal.Trial) ([]byte, agreement.Verdict, error) {
	if p.a.sandbox == nil {
		return nil, agreement.Verdict{}, fault.New(fault.PathUnknown)
	}
	err := fault.New(fault.ResourceUnknown, "kind", "Certificate", "id", string(t.System))
	for _, one := range p.a.Rooms.Registry.Certificates() {
		chain, bad := registry.ParseChain(one.PEM)
		if one.System != t.System || !one.RevokedAt.IsZero() || bad != nil {
			continue
		}
		c := p.call(t)
		c.Chain = chain
		body, got := p.send(ctx, &c)
		if f := fault.From(got); got == nil || f.Kind() != fault.Unidentified {
			return body, c.Verdict, got
		}
		errors.As(got, &err)
	}
	return nil, agreement.Verdict{}, err
}

func (p portalSandbox) send(ctx context.Context, c *exchange.Call) ([]byte, error) {
	answer, err := p.a.sandbox.carrier.Do(ctx, c)
	if err != nil {
		return nil, err
	}
	defer answer.Release()
	if answer.Stream != nil {
		var b bytes.Buffer
		_, err := answer.Stream.WriteTo(&b)
		return b.Bytes(), err
	}
	return bytes.Clone(answer.Body), nil
}
