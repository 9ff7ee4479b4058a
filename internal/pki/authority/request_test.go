package authority_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
	"testing"

	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

func request(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "hall.desk"}}, key)
	must.OK(t, err)
	return der
}

func TestParseSigningRequest_TakesStrongKeysOnly(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	large, _ := rsa.GenerateKey(rand.Reader, 2048)
	for name, c := range map[string]struct {
		key  crypto.Signer
		want string
	}{"P-256": {p256, ""}, "Ed25519": {ed, ""}, "RSA": {large, ""}, "P-224": {p224, "P-224"}} {
		der := request(t, c.key)
		for form, text := range map[string][]byte{"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})} {
			req, err := authority.ParseSigningRequest(text)
			if c.want == "" && (err != nil || req.Subject.CommonName != "hall.desk") {
				t.Errorf("%s %s: %v", name, form, err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s %s: %v", name, form, err)
			}
		}
	}
}

func TestParseSigningRequest_WantsProofOfPossession(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der := request(t, key)
	der[len(der)-1] ^= 1 // in the signature
	for name, text := range map[string][]byte{"forged": der, "noise": []byte("nothing"), "too large": make([]byte, 1<<20), "empty": nil} {
		if _, err := authority.ParseSigningRequest(text); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParseSigningRequest(f *testing.F) {
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(f)
	der := must.Get(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key))(f)
	f.Add(der)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	f.Fuzz(func(t *testing.T, text []byte) {
		if req, err := authority.ParseSigningRequest(text); err == nil && req.CheckSignature() != nil {
			t.Error("a request without proof was taken")
		}
	})
}
