package pki_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// issuer is an authority of somebody else's, as a state's is.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certify makes a certificate for a new key; by nil it signs itself.
func certify(t *testing.T, by *issuer, serial int64, change func(*x509.Certificate)) *issuer {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "Exemplu", SerialNumber: big.NewInt(serial).String()},
		NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(5, 0, 0), BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer))(t)
	cert := must.Get(x509.ParseCertificate(der))(t)
	return &issuer{cert, key}
}

func leafOf(use x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage = false, x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{use}
	}
}

// list signs a revocation list, in DER.
func (i *issuer) list(t *testing.T, number int64, revoked ...*issuer) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: noon, NextUpdate: noon.AddDate(0, 1, 0)}
	for _, r := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: r.cert.SerialNumber, RevocationTime: noon})
	}
	der := must.Get(x509.CreateRevocationList(rand.Reader, template, i.cert, i.key))(t)
	return der
}

func pemList(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}) }

// written puts a text into a file of its own.
func written(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must.OK(t, os.WriteFile(path, text, 0o600))
	return path
}

// TestTrust_ExternalAnchors: a root in one file, an intermediate that the bearer sends along or that is an anchor
// itself.
func TestTrust_ExternalAnchors(t *testing.T) {
	root := certify(t, nil, 1, nil)
	middle := certify(t, root, 2, nil)
	leaf := certify(t, middle, 3, leafOf(x509.ExtKeyUsageClientAuth))
	server := certify(t, middle, 4, leafOf(x509.ExtKeyUsageServerAuth))
	short := certify(t, root, 5, func(c *x509.Certificate) { c.NotAfter = noon.AddDate(0, 0, 7) })
	outlived := certify(t, short, 6, leafOf(x509.ExtKeyUsageClientAuth))
	other := certify(t, nil, 1, nil)
	roots := written(t, pki.EncodeCertificates(root.cert, other.cert))
	for name, c := range map[string]struct {
		anchors []string
		chain   []*x509.Certificate
		at      time.Time
		want    fault.Code
	}{
		"whole chain":               {[]string{roots}, []*x509.Certificate{leaf.cert, middle.cert}, noon, ""},
		"root sent along too":       {[]string{roots}, []*x509.Certificate{leaf.cert, middle.cert, root.cert}, noon, ""},
		"in another order":          {[]string{roots}, []*x509.Certificate{leaf.cert, root.cert, middle.cert}, noon, ""},
		"intermediate missing":      {[]string{roots}, []*x509.Certificate{leaf.cert}, noon, fault.CertificateUntrusted},
		"another intermediate":      {[]string{roots}, []*x509.Certificate{leaf.cert, short.cert}, noon, fault.CertificateUntrusted},
		"intermediate is an anchor": {[]string{written(t, pki.EncodeCertificates(middle.cert))}, []*x509.Certificate{leaf.cert}, noon, ""},
		"two files of anchors":      {[]string{written(t, pki.EncodeCertificates(other.cert)), roots}, []*x509.Certificate{leaf.cert, middle.cert}, noon, ""},
		"another's root":            {[]string{written(t, pki.EncodeCertificates(other.cert))}, []*x509.Certificate{leaf.cert, middle.cert, root.cert}, noon, fault.CertificateUntrusted},
		"for servers only":          {[]string{roots}, []*x509.Certificate{server.cert, middle.cert}, noon, fault.CertificateUsage},
		"authority still valid":     {[]string{roots}, []*x509.Certificate{outlived.cert, short.cert}, noon, ""},
		"authority out of date":     {[]string{roots}, []*x509.Certificate{outlived.cert, short.cert}, noon.AddDate(0, 0, 8), fault.CertificateIssuer},
		"nothing sent":              {[]string{roots}, nil, noon, fault.CertificateMissing},
	} {
		trusted := must.Get(pki.NewTrust(pki.TrustConfig{Anchors: c.anchors}))(t)
		for range 2 { // proven, then remembered
			t.Run(name, func(t *testing.T) { wantCode(t, trusted.Verify(c.chain, c.at), c.want) })
		}
	}
	trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{roots}})
	if err != nil || len(trusted.Anchors()) != 2 {
		t.Fatalf("%d anchors, %v", len(trusted.Anchors()), err)
	}
	if _, err := server.cert.Verify(x509.VerifyOptions{Roots: trusted.Pool(), Intermediates: poolOf(middle.cert), CurrentTime: noon}); err != nil {
		t.Errorf("a provider's server is not known by the pool: %v", err)
	}
}

// TestTrust_ServersAreCheckedForRevocation: a certificate on the way to the anchor that is revoked, on every way there
// is.
func TestTrust_ServersAreCheckedForRevocation(t *testing.T) {
	root := certify(t, nil, 1, nil)
	middle := certify(t, root, 2, nil)
	gone, good := certify(t, root, 4, leafOf(x509.ExtKeyUsageServerAuth)), certify(t, root, 5, leafOf(x509.ExtKeyUsageServerAuth))
	anchors := written(t, pki.EncodeCertificates(root.cert))
	list := filepath.Join(t.TempDir(), "list.crl")
	trusted := must.Get(pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{list}}))(t)
	state := func(paths ...[]*x509.Certificate) tls.ConnectionState {
		return tls.ConnectionState{VerifiedChains: paths}
	}
	direct, through := []*x509.Certificate{gone.cert, root.cert}, []*x509.Certificate{good.cert, middle.cert, root.cert}
	if err := trusted.Server(state(direct)); err != nil {
		t.Errorf("before it was revoked: %v", err)
	}
	pool := trusted.Pool()
	must.OK(t, os.WriteFile(list, pemList(root.list(t, 2, gone, middle)), 0o600))
	if changed, err := trusted.Reload(); err != nil || !changed || trusted.Pool() == pool {
		t.Fatalf("a new list: changed %t, another pool %t, %v", changed, trusted.Pool() != pool, err)
	}
	for name, c := range map[string]struct {
		state  tls.ConnectionState
		passes bool
	}{
		"revoked":                  {state(direct), false},
		"its authority is":         {state(through), false},
		"another way to an anchor": {state(through, []*x509.Certificate{good.cert, root.cert}), true},
		"never verified":           {state(), false},
	} {
		if err := trusted.Server(c.state); (err == nil) != c.passes {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func poolOf(c *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return pool
}

// TestTrust_FormsOfRevocationLists: PEM, several in one file, DER, of several authorities; and an authority that was
// revoked itself takes everything along that it issued.
func TestTrust_FormsOfRevocationLists(t *testing.T) {
	root := certify(t, nil, 1, nil)
	middle := certify(t, root, 2, nil)
	gone, stays := certify(t, root, 3, leafOf(x509.ExtKeyUsageClientAuth)), certify(t, root, 4, leafOf(x509.ExtKeyUsageClientAuth))
	below := certify(t, middle, 3, leafOf(x509.ExtKeyUsageClientAuth)) // the same number, of another authority
	anchors := written(t, pki.EncodeCertificates(root.cert, middle.cert))
	onlyRoot := written(t, pki.EncodeCertificates(root.cert))
	ofRoot, ofMiddle := root.list(t, 1, gone), middle.list(t, 1)
	key := pem.EncodeToMemory(&pem.Block{Type: "NOTE", Bytes: []byte("passed over")})
	for name, text := range map[string][]byte{
		"DER": ofRoot, "PEM": pemList(ofRoot), "two": append(pemList(ofMiddle), pemList(ofRoot)...), "among others": append(key, pemList(ofRoot)...),
	} {
		trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{written(t, text)}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Run(name, func(t *testing.T) {
			wantCode(t, trusted.Verify([]*x509.Certificate{gone.cert}, noon.Add(time.Hour)), fault.CertificateRevoked)
			wantCode(t, trusted.Verify([]*x509.Certificate{stays.cert}, noon.Add(time.Hour)), "")
			wantCode(t, trusted.Verify([]*x509.Certificate{below.cert}, noon.Add(time.Hour)), "")
		})
		if n := len(trusted.Lists()); n != bytes.Count(text, []byte("BEGIN X509 CRL")) && name != "DER" {
			t.Errorf("%s: %d lists", name, n)
		}
	}
	trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{onlyRoot}, Lists: []string{written(t, root.list(t, 2, middle))}})
	must.OK(t, err)
	wantCode(t, trusted.Verify([]*x509.Certificate{below.cert, middle.cert}, noon.Add(time.Hour)), fault.CertificateWithdrawn)
}

// TestTrust_RefusedLists are refused, and with them the configuration: better no start than a revocation unseen.
func TestTrust_RefusedLists(t *testing.T) {
	root, stranger := certify(t, nil, 1, nil), certify(t, nil, 1, nil) // of the same name
	anchors := written(t, pki.EncodeCertificates(root.cert))
	sound := root.list(t, 1)
	changed := bytes.Clone(sound)
	changed[len(changed)-5] ^= 1
	for name, text := range map[string][]byte{
		"empty": {}, "no list": []byte("revoked: none\n"), "a stranger's": stranger.list(t, 1), "changed": changed, "cut": sound[:len(sound)/2],
		"a certificate": pki.EncodeCertificates(root.cert), "one sound, one broken": append(pemList(sound), pemList([]byte("x"))...),
		"one sound, one a stranger's": append(pemList(sound), pemList(stranger.list(t, 1))...),
	} {
		if trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{written(t, text)}}); err == nil || trusted != nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{t.TempDir()}}); err == nil {
		t.Error("a folder was taken for a list")
	}
}

// TestTrust_LostListKeepsItsRevocations: what was revoked stays so when the file is gone, until a list is there again
// or its issuer is no anchor any more.
func TestTrust_LostListKeepsItsRevocations(t *testing.T) {
	root, other := certify(t, nil, 1, nil), certify(t, nil, 9, nil)
	gone := certify(t, root, 3, leafOf(x509.ExtKeyUsageClientAuth))
	anchors, list := written(t, pki.EncodeCertificates(root.cert)), written(t, root.list(t, 1, gone))
	trusted := must.Get(pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{list}}))(t)
	chain := []*x509.Certificate{gone.cert}
	must.OK(t, os.Remove(list))
	if _, err := trusted.Reload(); err == nil || !strings.Contains(err.Error(), "revocation list") {
		t.Errorf("a lost list: %v", err)
	}
	wantCode(t, trusted.Verify(chain, noon.Add(time.Hour)), fault.CertificateRevoked)
	must.OK(t, os.WriteFile(list, pemList(root.list(t, 2)), 0o600))
	if changed, err := trusted.Reload(); !changed || err != nil {
		t.Fatalf("a new list: %v, %v", changed, err)
	}
	wantCode(t, trusted.Verify(chain, noon.Add(time.Hour)), "")
	must.OK(t, os.Remove(list))
	must.OK(t, os.WriteFile(anchors, pki.EncodeCertificates(other.cert), 0o600))
	if changed, err := trusted.Reload(); !changed || err != nil {
		t.Fatalf("an anchor replaced, its list removed: %v, %v", changed, err)
	}
	wantCode(t, trusted.Verify(chain, noon.Add(time.Hour)), fault.CertificateUntrusted)
}

// TestTrust_RefusesDamagedFiles and says which one.
func TestTrust_RefusesDamagedFiles(t *testing.T) {
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	must.OK(t, err)
	der := must.Get(x509.MarshalPKCS8PrivateKey(large))(t)
	for name, c := range map[string]struct {
		file string
		text []byte
		want string
	}{
		"no certificate":      {"ca.pem", nil, "ca.pem"},
		"a text":              {"ca.pem", []byte("nothing"), "no PEM certificate"},
		"a broken one":        {"ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "certificate 1"},
		"no key":              {"ca-key.pem", nil, "ca-key.pem"},
		"a key that is none":  {"ca-key.pem", []byte("nothing"), "no PEM block"},
		"a broken key":        {"ca-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "ca-key.pem"},
		"a key of other kind": {"ca-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "ECDSA"},
	} {
		_, dir := newAuthority(t)
		path := filepath.Join(dir, c.file)
		if c.text == nil {
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, c.text, 0o600)
		}
		must.OK(t, err)
		if _, err := authority.Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}
