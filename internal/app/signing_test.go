package app

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// TestEnvelopeSigner_EnvelopesFollowTheSigningCertificate: a new certificate signs from the next message on, and
// without one nothing does.
func TestEnvelopeSigner_EnvelopesFollowTheSigningCertificate(t *testing.T) {
	if signerOf(nil, false) != nil {
		t.Error("a signer without a certificate")
	}
	dir := t.TempDir()
	ca := must.Get(authority.Create(filepath.Join(dir, "pki"), authority.Config{}))(t)
	cert, key := filepath.Join(dir, "s.pem"), filepath.Join(dir, "s-key.pem")
	issue := func() {
		issued := must.Get(ca.Issue(authority.Request{Use: authority.ForSigning, Name: "mconnect", RSA: true}))(t)
		must.OK(t, issued.Save(cert, key))
	}
	issue()
	identity := must.Get(pki.NewIdentity(cert, key))(t)
	signers := []interface{ Sign([]byte) ([]byte, error) }{signerOf(identity, true), signerOf(identity, false)}
	message := []byte(`<e:Envelope xmlns:e="` + xmlsec.NamespaceSOAP11 + `"><e:Header><a xmlns="urn:a">x</a></e:Header><e:Body><b/></e:Body></e:Envelope>`)
	used := map[string]bool{}
	for n, parts := range []int{3, 2} {
		signed := must.Get(signers[n].Sign(message))(t)
		doc := must.Get(xmlsec.Parse(signed, xmlsec.Limits{}))(t)
		leaf := identity.Certificate().Leaf
		verified, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Now: time.Now, Lookup: xmlsec.NewDirectory(xmlsec.Registered{Certificate: leaf}).Find})
		must.OK(t, err)
		if len(verified.SignedParts) != parts || !bytes.Contains(verified.Body, []byte("<b")) {
			t.Errorf("%d parts signed, want %d", len(verified.SignedParts), parts)
		}
		used[leaf.SerialNumber.String()] = true
		issue()
		if changed, err := identity.Reload(); err != nil || !changed {
			t.Fatalf("reload: %t %v", changed, err)
		}
	}
	if len(used) != 2 {
		t.Errorf("%d certificates signed, want two", len(used))
	}
}
