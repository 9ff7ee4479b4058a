package demo

import (
	"crypto/rsa"
	"slices"
	"testing"

	"mconnect/test/must"
)

// TestWhoSpeaksSOAPSignsWithRSA: the systems with an address of the former gateway, and the platform itself.
func TestWhoSpeaksSOAPSignsWithRSA(t *testing.T) {
	d := must.Get(declaredIn(sample(t, somewhere())))(t)
	var soap []string
	for _, s := range d.systems {
		if s.Gateway != "" {
			soap = append(soap, string(s.ID))
		}
	}
	if !slices.Contains(soap, "notar-exemplu.acte") {
		t.Fatalf("who speaks SOAP: %v", soap)
	}
	f := must.Get(openFolder(t.TempDir()))(t)
	a := newAuthority(t)
	must.OK(t, f.rsa(a, d.systems))
	of := must.Get(f.identities(a, d.systemIDs()))(t)
	for id, pair := range of {
		if _, is := pair.PrivateKey.(*rsa.PrivateKey); is != slices.Contains(soap, string(id)) {
			t.Errorf("%s: key %T", id, pair.PrivateKey)
		}
	}
}
