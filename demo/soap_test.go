package demo

import (
	"crypto/rsa"
	"slices"
	"testing"
)

// TestWhoSpeaksSOAPSignsWithRSA: the systems with an address of the former gateway, and the platform itself.
func TestWhoSpeaksSOAPSignsWithRSA(t *testing.T) {
	d, err := declaredIn(sample(t, somewhere()))
	if err != nil {
		t.Fatal(err)
	}
	var soap []string
	for _, s := range d.systems {
		if s.Gateway != "" {
			soap = append(soap, string(s.ID))
		}
	}
	if !slices.Contains(soap, "notar-exemplu.acte") {
		t.Fatalf("who speaks SOAP: %v", soap)
	}
	f, err := openFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t)
	if err := f.rsa(a, d.systems); err != nil {
		t.Fatal(err)
	}
	of, err := f.identities(a, d.systemIDs())
	if err != nil {
		t.Fatal(err)
	}
	for id, pair := range of {
		if _, is := pair.PrivateKey.(*rsa.PrivateKey); is != slices.Contains(soap, string(id)) {
			t.Errorf("%s: key %T", id, pair.PrivateKey)
		}
	}
}
