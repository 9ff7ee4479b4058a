package pki_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/pki"
	"mconnect/test/must"
)

// TestTrust_VerdictDoesNotDependOnWhatWasShownBefore: a leaf below an intermediate is judged by the chain it comes
// with, in whatever order chains are shown, and on every node alike.
func TestTrust_VerdictDoesNotDependOnWhatWasShownBefore(t *testing.T) {
	root := certify(t, nil, 1, nil)
	middle := certify(t, root, 2, nil)
	leaf := certify(t, middle, 3, leafOf(x509.ExtKeyUsageClientAuth))
	trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{written(t, pki.EncodeCertificates(root.cert))}})
	must.OK(t, err)
	alone, whole := []*x509.Certificate{leaf.cert}, []*x509.Certificate{leaf.cert, middle.cert}
	for range 3 {
		wantCode(t, trusted.Verify(alone, noon), fault.CertificateUntrusted)
		wantCode(t, trusted.VerifySigner(alone, noon), fault.CertificateUntrusted)
		wantCode(t, trusted.Verify(whole, noon), "")
		wantCode(t, trusted.VerifySigner(whole, noon), "")
	}
}

// TestTrust_EachCauseHasItsOwnSentence: what a certificate is judged for, and why it fails.
func TestTrust_EachCauseHasItsOwnSentence(t *testing.T) {
	root := certify(t, nil, 1, nil)
	late := certify(t, root, 2, func(c *x509.Certificate) { c.NotAfter = noon.AddDate(0, 0, -10) })
	usages := func(usage x509.KeyUsage, extended []x509.ExtKeyUsage, unknown ...asn1.ObjectIdentifier) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage, c.ExtKeyUsage, c.UnknownExtKeyUsage = false, usage, extended, unknown
		}
	}
	signs, repudiates := x509.KeyUsageDigitalSignature, x509.KeyUsageContentCommitment
	trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{written(t, pki.EncodeCertificates(root.cert))}})
	must.OK(t, err)
	for name, c := range map[string]struct {
		chain          []*x509.Certificate
		inTLS, signing fault.Code
		says           string
	}{
		"client":           {chain: []*x509.Certificate{certify(t, root, 10, leafOf(x509.ExtKeyUsageClientAuth)).cert}},
		"no usages":        {chain: []*x509.Certificate{certify(t, root, 11, usages(0, nil)).cert}},
		"non-repudiation":  {chain: []*x509.Certificate{certify(t, root, 12, usages(repudiates, nil)).cert}},
		"mail":             {[]*x509.Certificate{certify(t, root, 13, usages(signs|repudiates, []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection})).cert}, fault.CertificateUsage, "", "extendedKeyUsage emailProtection"},
		"document signing": {[]*x509.Certificate{certify(t, root, 14, usages(repudiates, nil, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 10, 3, 12})).cert}, fault.CertificateUsage, "", "documentSigning"},
		"server":           {[]*x509.Certificate{certify(t, root, 15, leafOf(x509.ExtKeyUsageServerAuth)).cert}, fault.CertificateUsage, "", "serverAuth"},
		"encryption":       {[]*x509.Certificate{certify(t, root, 16, usages(x509.KeyUsageKeyEncipherment, nil)).cert}, "", fault.CertificateUsage, "keyEncipherment"},
		"expired authority": {[]*x509.Certificate{certify(t, late, 17, func(c *x509.Certificate) {
			leafOf(x509.ExtKeyUsageClientAuth)(c)
			c.NotBefore = noon.AddDate(0, 0, -1)
		}).cert, late.cert}, fault.CertificateIssuer, fault.CertificateIssuer, noon.AddDate(0, 0, -10).Format("02.01.2006")},
		"expired ca, leaf older": {[]*x509.Certificate{certify(t, late, 18, leafOf(x509.ExtKeyUsageClientAuth)).cert, late.cert},
			fault.CertificateIssuer, fault.CertificateIssuer, noon.AddDate(0, 0, -10).Format("02.01.2006")},
	} {
		for range 2 {
			for want, err := range map[*fault.Code]error{&c.inTLS: trusted.Verify(c.chain, noon), &c.signing: trusted.VerifySigner(c.chain, noon)} {
				t.Run(name, func(t *testing.T) { wantCode(t, err, *want) })
				if err != nil && !strings.Contains(fault.From(err).Sentence(mconnect.Romanian), c.says) {
					t.Errorf("%s: %s", name, fault.From(err).Sentence(mconnect.Romanian))
				}
			}
		}
	}
}

// TestTrust_NegativeSerialNumbers are against RFC 5280 and exist: neither a stray authority in a chain nor a leaf ends
// the handshake, and a revocation of the number without its sign is another's.
func TestTrust_NegativeSerialNumbers(t *testing.T) {
	root := certify(t, nil, 1, nil)
	positive := certify(t, root, 77, leafOf(x509.ExtKeyUsageClientAuth))
	negative, err := x509.ParseCertificate(resigned(t, root, certify(t, root, 0x4D00, leafOf(x509.ExtKeyUsageClientAuth)).cert))
	must.OK(t, err)
	if negative.SerialNumber.Cmp(big.NewInt(0)) >= 0 {
		t.Fatalf("serial number %s", negative.SerialNumber)
	}
	trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{written(t, pki.EncodeCertificates(root.cert))}})
	must.OK(t, err)
	wantCode(t, trusted.Verify([]*x509.Certificate{negative}, noon), "")
	wantCode(t, trusted.Verify([]*x509.Certificate{positive.cert, negative}, noon), "")
}

// resigned sets the sign bit of a certificate's serial number, which must have two octets, and signs it again.
func resigned(t *testing.T, by *issuer, c *x509.Certificate) []byte {
	t.Helper()
	tbs := bytes.Clone(c.RawTBSCertificate)
	at := bytes.Index(tbs, []byte{2, 2, 0x4D, 0})
	if at < 0 {
		t.Fatal("no serial number of two octets")
	}
	tbs[at+2] |= 0x80
	sum := sha256.Sum256(tbs)
	value := must.Get(by.key.Sign(rand.Reader, sum[:], crypto.SHA256))(t)
	der, err := asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, asn1.BitString{Bytes: value, BitLength: 8 * len(value)}})
	must.OK(t, err)
	return der
}
