package manifest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

// registration is the manifest of a certificate with these usages.
func registration(t *testing.T, usage x509.KeyUsage, extended []x509.ExtKeyUsage, unknown ...asn1.ObjectIdentifier) string {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "hall.desk"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: usage, ExtKeyUsage: extended, UnknownExtKeyUsage: unknown}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))(t)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return "kind: Certificate\nsystem: hall.desk\npem: |\n  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}

// TestKeeper_PlanWarnsOfCertificatesForOtherUses: a certificate is registered whatever it is for, and the plan says for
// which of TLS and signatures it was not issued, in words that name its usages. On 331cb78 the first call found out.
func TestKeeper_PlanWarnsOfCertificatesForOtherUses(t *testing.T) {
	signs, secret := x509.KeyUsageDigitalSignature, x509.KeyUsageKeyEncipherment
	o := newOffice(t)
	o.apply(t, whole())
	for name, c := range map[string]struct {
		text  string
		wants []string // what each warning says
	}{
		"for clients":         {registration(t, signs, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}), nil},
		"for clients and all": {registration(t, 0, []x509.ExtKeyUsage{x509.ExtKeyUsageAny}), nil},
		"without usages":      {registration(t, 0, nil), nil},
		"a seal":              {registration(t, signs, []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}), []string{"emailProtection"}},
		"document signing": {registration(t, x509.KeyUsageContentCommitment, nil, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}),
			[]string{"documentSigning"}},
		"of a server":     {registration(t, signs, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}), []string{"serverAuth"}},
		"for encryption":  {registration(t, secret, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}), []string{"keyEncipherment"}},
		"for neither use": {registration(t, secret, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}), []string{"serverAuth", "keyEncipherment"}},
	} {
		plan := o.apply(t, c.text)
		if len(plan) != 1 || len(plan[0].Unfit) != len(c.wants) {
			t.Errorf("%s: %+v", name, plan)
			continue
		}
		for i, want := range c.wants {
			one := plan[0].Unfit[i]
			says := []string{one.Sentence(mconnect.Romanian), one.Sentence(mconnect.English), one.Sentence(mconnect.Russian)}
			if one.Code != fault.CertificateUsage || one.Path != "/pem" || slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(s, want) }) {
				t.Errorf("%s: %q, want %s", name, says, want)
			}
		}
		if again := o.apply(t, c.text); len(again) != 1 || again[0].Action != Unchanged || again[0].Unfit != nil {
			t.Errorf("%s, again: %+v", name, again)
		}
	}
}
