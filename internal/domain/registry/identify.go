package registry

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"mconnect/fault"
)

// Identify leads from the certificate that a caller presented in TLS, leaf first, possession already proven, to
// the system that it is registered for. Faults: certificate.missing, .unknown, .revoked, .notYetValid,
// .expired, .untrusted, .usage, .issuerExpired, .issuerRevoked. Suspension is not a fault here: see Identity.
func (r *Registry) Identify(chain []*x509.Certificate, at time.Time) (*Identity, error) {
	return r.identify(chain, inTLS, at)
}

// IdentifySigner is Identify for a certificate whose key signed a message.
func (r *Registry) IdentifySigner(chain []*x509.Certificate, at time.Time) (*Identity, error) {
	return r.identify(chain, toSign, at)
}

func (r *Registry) identify(chain []*x509.Certificate, purpose use, at time.Time) (*Identity, error) {
	if len(chain) == 0 || chain[0] == nil {
		return nil, fault.New(fault.CertificateMissing)
	}
	leaf := chain[0]
	sum := sha256.Sum256(leaf.Raw)
	r.mu.RLock()
	known := r.certificates[sum]
	var system *System
	var owner *Participant
	if known != nil {
		system, owner = r.standing(known.System)
	}
	r.mu.RUnlock()

	if known != nil && known.revoked(at) {
		return nil, fault.New(fault.CertificateRevoked)
	}
	if err := current(leaf, at); err != nil {
		return nil, err
	}
	if err := r.trusts(known, chain, purpose, at); err != nil {
		return nil, err
	}
	if system == nil || owner == nil {
		return nil, fault.New(fault.CertificateUnknown)
	}
	return known.identity(system, owner), nil
}

// revoked reports whether the registry itself knows the certificate as revoked at this time.
func (c *registered) revoked(at time.Time) bool {
	return !c.RevokedAt.IsZero() && !at.Before(c.RevokedAt)
}

func current(leaf *x509.Certificate, at time.Time) error {
	switch {
	case at.Before(leaf.NotBefore):
		return fault.New(fault.CertificateNotYet, "from", leaf.NotBefore.UTC().Format(time.DateOnly))
	case at.After(leaf.NotAfter):
		return fault.New(fault.CertificateExpired, "to", leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	return nil
}

// trusts verifies the chain, at most once in trustedFor for a registered certificate shown in the same chain. The
// authorities that were registered with it count as shown. Only success is remembered, one chain for each use, and only
// with the registered certificate, so unidentified callers cannot make the memory grow.
func (r *Registry) trusts(known *registered, chain []*x509.Certificate, purpose use, at time.Time) error {
	if known != nil {
		if p := known.trusted[purpose].Load(); p != nil {
			left := p.until - at.UnixNano()
			if left > 0 && left <= int64(trustedFor) && slices.EqualFunc(p.rest, chain[1:], (*x509.Certificate).Equal) {
				return nil
			}
		}
	}
	shown := chain
	if known != nil && len(known.issuers) > 0 {
		shown = append(slices.Clone(chain), known.issuers...)
	}
	verify := r.trust.Verify
	if purpose == toSign {
		verify = r.trust.VerifySigner
	}
	before := r.reconsidered.Load()
	if err := verify(shown, at); err != nil {
		return untrusted(err)
	}
	if known != nil && len(chain) <= mostRemembered && r.reconsidered.Load() == before {
		// else it may have been verified by what is no more
		known.trusted[purpose].Store(&proof{at.Add(trustedFor).UnixNano(), slices.Clone(chain[1:])})
	}
	return nil
}

// mostRemembered bounds the certificates of a chain that is remembered.
const mostRemembered = 6

func untrusted(err error) error {
	var said *fault.Error
	if errors.As(err, &said) {
		return said
	}
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return fault.Wrap(err, fault.CertificateExpired)
	}
	return fault.Wrap(err, fault.CertificateUntrusted)
}

// Active reports whether the system and its owner may both act.
func (s *Identity) Active() bool { return s.System.Active() && s.Participant.Active() }

// Active reports whether the participant may act.
func (p *Participant) Active() bool { return p.Status == "" || p.Status == Active }

// Active reports whether the system may act, its owner aside.
func (s *System) Active() bool { return s.Status == "" || s.Status == Active }

// Has reports whether the system has the role.
func (s *System) Has(role Role) bool {
	return slices.Contains(s.Roles, role)
}
