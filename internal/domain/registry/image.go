package registry

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"mconnect"
	"mconnect/fault"
)

// Trust reports whether a chain, leaf first, leads to a trust anchor, was not revoked by its issuer, and serves the use
// made of it: to authenticate a client in TLS, or to sign a message. The verdict depends on the chain alone, not on
// what was shown before. Errors that are a *fault.Error reach the caller as they are; any other reads as
// certificate.untrusted. It is safe for concurrent use.
type Trust interface {
	Verify(chain []*x509.Certificate, at time.Time) error
	VerifySigner(chain []*x509.Certificate, at time.Time) error
}

// TrustFunc makes a function a Trust.
type TrustFunc func(chain []*x509.Certificate, at time.Time) error

// Verify implements Trust.
func (f TrustFunc) Verify(chain []*x509.Certificate, at time.Time) error { return f(chain, at) }

// VerifySigner implements Trust.
func (f TrustFunc) VerifySigner(chain []*x509.Certificate, at time.Time) error { return f(chain, at) }

// trustedFor is how long a chain once verified is not verified again, unless Reconsider is called. It bounds how late
// the end of an issuing authority is noticed; what the registry itself knows acts at once.
const trustedFor = 10 * time.Second

// Identity is a system recognised by its certificate, with its owner, as both stand now. Whether they
// may act is read from their Status: a suspended system is recognised, and refused later by name. It is shared among
// calls: read it only.
type Identity struct {
	System      System
	Participant Participant
	Fingerprint mconnect.Fingerprint
}

// Registry is the image in memory of participants, systems and certificates. It is safe for concurrent
// use; a change is seen by the next call.
type Registry struct {
	trust Trust

	mu           sync.RWMutex
	participants map[mconnect.ParticipantID]*Participant
	systems      map[mconnect.SystemID]*System
	certificates map[[sha256.Size]byte]*registered
	generation   uint64 // counts the changes

	reconsidered atomic.Uint64 // counts the calls of Reconsider
}

// registered is a certificate with what was found out about it.
type registered struct {
	Certificate
	leaf    *x509.Certificate
	issuers []*x509.Certificate      // registered with it
	trusted [2]atomic.Pointer[proof] // what was verified last, for each use
	last    atomic.Pointer[made]
}

// use is what a certificate was used for.
type use int

const (
	inTLS use = iota
	toSign
)

// proof is a chain that was verified: it counts for the same chain only, until a time in Unix nanoseconds.
type proof struct {
	until int64
	rest  []*x509.Certificate // behind the leaf
}

// made is the Identity that a certificate led to last, good for as long as system and owner are the same.
type made struct {
	system *System
	owner  *Participant
	Identity
}

// identity returns what the certificate leads to. What is delivered is shared.
func (c *registered) identity(system *System, owner *Participant) *Identity {
	if m := c.last.Load(); m != nil && m.system == system && m.owner == owner {
		return &m.Identity
	}
	m := &made{system, owner, Identity{System: *system, Participant: *owner, Fingerprint: mconnect.Fingerprint(c.ID)}}
	c.last.Store(m)
	return &m.Identity
}

// New returns an empty registry. Without a trust nobody is recognised.
func New(trust Trust) *Registry {
	if trust == nil {
		trust = TrustFunc(func([]*x509.Certificate, time.Time) error { return errors.New("no trust anchors") })
	}
	return &Registry{
		trust:        trust,
		participants: map[mconnect.ParticipantID]*Participant{},
		systems:      map[mconnect.SystemID]*System{},
		certificates: map[[sha256.Size]byte]*registered{},
	}
}

// Reconsider forgets which chains were verified. Call it when what Trust rests on has changed: an authority's
// revocation then acts with the next call.
func (r *Registry) Reconsider() {
	r.reconsidered.Add(1)
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, c := range r.certificates {
		c.trusted[inTLS].Store(nil)
		c.trusted[toSign].Store(nil)
	}
}

// PutParticipant adds p or replaces the participant of the same id.
func (r *Registry) PutParticipant(p Participant) error {
	if found := fault.Findings(p.Validate()); len(found) > 0 {
		return found.Err(fault.ResourceInvalid, "kind", "Participant", "id", string(p.ID))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.participants[p.ID] = &p
	r.generation++
	return nil
}

// PutSystem adds s or replaces the system of the same id. Its participant may come later; until then the
// system is not recognised.
func (r *Registry) PutSystem(s System) error {
	if found := fault.Findings(s.Validate()); len(found) > 0 {
		return found.Err(fault.ResourceInvalid, "kind", "System", "id", string(s.ID))
	}
	s.share()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.systems[s.ID] = &s
	r.generation++
	return nil
}

// share makes words that many systems have in common one in memory, and takes no more room than is used.
func (s *System) share() {
	s.Status = unique.Make(s.Status).Value()
	s.Roles = slices.Clip(slices.Clone(s.Roles))
	for i := range s.Roles {
		s.Roles[i] = unique.Make(s.Roles[i]).Value()
	}
}

// PutCertificate adds c or replaces the certificate of the same fingerprint.
func (r *Registry) PutCertificate(c Certificate) error {
	chain, err := ParseChain(c.PEM)
	found := fault.Findings(c.Validate())
	if err != nil || len(found) > 0 {
		return found.Err(fault.ResourceInvalid, "kind", "Certificate", "id", c.ID)
	}
	leaf := chain[0]
	c.ID = string(FingerprintOf(leaf))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.certificates[sha256.Sum256(leaf.Raw)] = &registered{Certificate: c, leaf: leaf, issuers: chain[1:]}
	r.generation++
	return nil
}

// RemoveParticipant takes a participant out; an unknown id changes nothing.
func (r *Registry) RemoveParticipant(id mconnect.ParticipantID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.participants, id)
	r.generation++
}

// RemoveSystem takes a system out; an unknown id changes nothing.
func (r *Registry) RemoveSystem(id mconnect.SystemID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.systems, id)
	r.generation++
}

// RemoveCertificate takes a certificate out; an unknown fingerprint changes nothing.
func (r *Registry) RemoveCertificate(id mconnect.Fingerprint) {
	raw, err := hex.DecodeString(string(id))
	if err != nil || len(raw) != sha256.Size {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.certificates, [sha256.Size]byte(raw))
	r.generation++
}

// Participant returns the participant of this id.
func (r *Registry) Participant(id mconnect.ParticipantID) (Participant, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	p, ok := r.participants[id]
	if !ok {
		return Participant{}, false
	}
	return *p, true
}

// System returns the standing of this system; it holds no fingerprint.
func (r *Registry) System(id mconnect.SystemID) (Identity, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, p := r.standing(id)
	if s == nil || p == nil {
		return Identity{}, false
	}
	return Identity{System: *s, Participant: *p}, true
}

func (r *Registry) standing(id mconnect.SystemID) (*System, *Participant) {
	return r.systems[id], r.participants[id.Participant()]
}

// ParsePEM reads the system's own certificate, the first one in text.
func ParsePEM(text string) (*x509.Certificate, error) {
	chain, err := ParseChain(text)
	if err != nil {
		return nil, err
	}
	return chain[0], nil
}

// ErrNoCertificate is that a text does not consist of PEM certificates.
var ErrNoCertificate = errors.New("no PEM certificate")

// ParseChain reads the system's own certificate and those of the authorities that follow it. Errors: ErrNoCertificate,
// or why a certificate cannot be read.
func ParseChain(text string) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for rest := []byte(text); len(chain) == 0 || strings.TrimSpace(string(rest)) != ""; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, ErrNoCertificate
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, one)
	}
	return chain, nil
}

// FingerprintOf returns the SHA-256 of the certificate's DER form.
func FingerprintOf(c *x509.Certificate) mconnect.Fingerprint {
	sum := sha256.Sum256(c.Raw)
	return mconnect.Fingerprint(hex.EncodeToString(sum[:]))
}
