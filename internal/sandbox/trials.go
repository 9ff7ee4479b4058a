package sandbox

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
)

// Trials make the sandboxes in which agreements are tested before they are in force.
type Trials struct {
	real    Real
	timeout time.Duration
	now     func() time.Time
}

// NewTrials makes the sandboxes of contract tests of a country. Calls in them end after timeout.
func NewTrials(real Real, timeout time.Duration, now func() time.Time) *Trials {
	return &Trials{real, timeout, now}
}

// Tried is the sandbox of one agreement: calls are judged by the law, the catalogue and this agreement as if it were in
// force, and answered with synthetic data. What is in force for the same system meanwhile does not count. Nothing is
// recorded, and no quota is used.
type Tried struct {
	*Trials
	exchange *exchange.Exchange
}

// Of opens the sandbox of an agreement. Close it.
func (t *Trials) Of(a agreement.Agreement) (*Tried, error) {
	a.Status = agreement.Granted
	compiled, err := agreement.Compile(a)
	if err != nil {
		return nil, err
	}
	real := t.real
	real.Agreements = agreement.NewBook()
	real.Agreements.Put(compiled)
	grants := NewGrants(real, t.now)
	if err := grants.Follow(); err != nil {
		return nil, err
	}
	x, err := exchange.New(exchange.Config{
		Registry: real.Registry, Catalog: grants.Catalog, Agreements: grants.Agreements, Ledger: unrecorded{},
		Deliverer: Provider{People: grants.People}, Meter: &Meter{}, Bodies: unrecorded{}, Revision: real.Revision,
		Clock: t.now, Logger: slog.New(slog.DiscardHandler),
		Defaults: exchange.Defaults{Timeout: t.timeout, Answer: 16 << 20, Piece: t.timeout, Calls: 4,
			Answers: 64 << 20},
	})
	if err != nil {
		return nil, err
	}
	return &Tried{t, x}, nil
}

// Trial is one call of a contract test.
type Trial struct {
	System  mconnect.SystemID
	Service mconnect.ServiceName
	Version mconnect.Version
	Context mconnect.LegalContext
	Fields  []string
	Input   []byte
}

// Call carries one call as the system would make it. The faults are those that the system would get;
// certificate.unknown where it has no certificate.
func (t *Tried) Call(ctx context.Context, c Trial) ([]byte, error) {
	leaf := t.certificate(c.System)
	if leaf == nil {
		return nil, fault.New(fault.CertificateUnknown)
	}
	answer, err := t.exchange.Do(ctx, &exchange.Call{Protocol: "rest", Chain: []*x509.Certificate{leaf},
		Address: t.address(c.System), Lang: mconnect.English, Service: c.Service, Version: c.Version,
		Fields: c.Fields, Context: c.Context, Input: c.Input})
	if err != nil {
		return nil, err
	}
	body := append([]byte(nil), answer.Body...)
	answer.Release()
	return body, nil
}

// Certified reports whether the system has a certificate by which it is identified now.
func (t *Trials) Certified(system mconnect.SystemID) bool { return t.certificate(system) != nil }

// certificate is one of the system that is valid now; nil when there is none.
func (t *Trials) certificate(system mconnect.SystemID) *x509.Certificate {
	for _, leaf := range t.real.Registry.LeavesOf(system) {
		if _, err := t.real.Registry.Identify([]*x509.Certificate{leaf}, t.now()); err == nil {
			return leaf
		}
	}
	return nil
}

// address is one from which the system may call.
func (t *Trials) address(system mconnect.SystemID) netip.Addr {
	if who, ok := t.real.Registry.System(system); ok && len(who.System.Networks) > 0 {
		return who.System.Networks[0].Addr()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// Close ends the sandbox.
func (t *Tried) Close(ctx context.Context) error { return t.exchange.Close(ctx) }

// unrecorded keeps no records and no bodies: a trial is no exchange.
type unrecorded struct{}

func (unrecorded) Record(context.Context, journal.Record) (journal.Receipt, error) {
	return journal.Receipt{}, nil
}

func (unrecorded) Keep(context.Context, mconnect.CallID, string, []byte, time.Time) error { return nil }
