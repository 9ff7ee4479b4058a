package registry

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"slices"

	"mconnect"
)

// Participants returns all participants by id.
func (r *Registry) Participants() []Participant {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Participant, 0, len(r.participants))
	for _, p := range r.participants {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Participant) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Systems returns all systems by id.
func (r *Registry) Systems() []System {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]System, 0, len(r.systems))
	for _, s := range r.systems {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b System) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Certificates returns all registered certificates, revoked ones included, by fingerprint.
func (r *Registry) Certificates() []Certificate {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Certificate, 0, len(r.certificates))
	for _, c := range r.certificates {
		list = append(list, c.Certificate)
	}
	slices.SortFunc(list, func(a, b Certificate) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Leaves returns the registered certificates themselves, revoked ones included, in no particular order.
func (r *Registry) Leaves() []*x509.Certificate {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]*x509.Certificate, 0, len(r.certificates))
	for _, c := range r.certificates {
		list = append(list, c.leaf)
	}
	return list
}

// Leaf returns the registered certificate whose DER form has this SHA-256, nil when there is none. Whether it may act
// is for Identify to say.
func (r *Registry) Leaf(sum [sha256.Size]byte) *x509.Certificate {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if c := r.certificates[sum]; c != nil {
		return c.leaf
	}
	return nil
}

// LeavesOf returns the registered certificates of one system, revoked ones included, the one that lives longest first.
func (r *Registry) LeavesOf(id mconnect.SystemID) []*x509.Certificate {
	r.mu.RLock()
	var list []*x509.Certificate
	for _, c := range r.certificates {
		if c.System == id {
			list = append(list, c.leaf)
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(list, func(a, b *x509.Certificate) int { return b.NotAfter.Compare(a.NotAfter) })
	return list
}

// Generation counts the changes so far: what was derived from the registry holds as long as it stays the same.
func (r *Registry) Generation() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.generation
}
