package demo

import (
	"crypto/rsa"
	"slices"
	"testing"

	"mconnect/test/must"
)

// TestFolder_SOAPSystemsSignWithRSA: the systems with an address of the former gateway, and the platform itself.
func TestFolder_SOAPSystemsSignWithRSA(t *testing.T) {
	d := must.Get(declaredIn(sample(t, somewhere())))(t)
	var soap []string
	for _, s := range d.systems {
		if s.Gateway != "" {
			soap = append(soap, string(s.ID))
		}
	}
	if !slices.Contains(soap, "notar-exemplu.acte") {
		t.Fatalf("SOAP systems: %v", soap)
	}
	f := must.Get(openFolder(t.TempDir()))(t)
	of := must.Get(f.identities(newAuthority(t), d.systems))(t)
	for id, pair := range of {
		if _, is := pair.PrivateKey.(*rsa.PrivateKey); is != slices.Contains(soap, string(id)) {
			t.Errorf("%s: key %T", id, pair.PrivateKey)
		}
	}
}
