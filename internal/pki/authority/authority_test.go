package authority_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newAuthority(t *testing.T) (*authority.Authority, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pki")
	a := must.Get(authority.Create(dir, authority.Config{Now: func() time.Time { return noon }}))(t)
	return a, dir
}

func TestAuthority_IsConstrained(t *testing.T) {
	a, dir := newAuthority(t)
	c := a.Certificate()
	if !c.IsCA || !c.MaxPathLenZero || c.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
		t.Errorf("authority may do more than sign leaves: %v %v %b", c.IsCA, c.MaxPathLenZero, c.KeyUsage)
	}
	info, err := os.Stat(filepath.Join(dir, "ca-key.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key mode %v, %v; want 0600", info.Mode(), err)
	}
	if _, err := authority.Create(dir, authority.Config{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second authority: %v; want fs.ErrExist", err)
	}
	again, err := authority.Load(dir)
	if err != nil || !again.Certificate().Equal(c) {
		t.Errorf("loaded another authority: %v", err)
	}
}

func TestLoad_RefusesAForeignKey(t *testing.T) {
	_, dir := newAuthority(t)
	_, other := newAuthority(t)
	key := must.Get(os.ReadFile(filepath.Join(other, "ca-key.pem")))(t)
	must.OK(t, os.WriteFile(filepath.Join(dir, "ca-key.pem"), key, 0o600))
	if _, err := authority.Load(dir); err == nil {
		t.Fatal("loaded a certificate with another's key")
	}
}

func TestIssue_EachUse(t *testing.T) {
	a, dir := newAuthority(t)
	system := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp", Organization: "asp"}))(t).Certificate
	if len(system.ExtKeyUsage) != 1 || system.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || system.IsCA {
		t.Errorf("system: usages %v, CA %v", system.ExtKeyUsage, system.IsCA)
	}
	if got := system.NotAfter; !got.Equal(noon.AddDate(1, 0, 0)) {
		t.Errorf("system ends %s; want one year", got)
	}
	platform := must.Get(a.Issue(authority.Request{Use: authority.ForPlatform, Name: "mconnect", Hosts: []string{"localhost", "127.0.0.1"}}))(t).Certificate
	if platform.VerifyHostname("127.0.0.1") != nil || platform.VerifyHostname("localhost") != nil {
		t.Error("platform is not valid for its hosts")
	}
	if len(platform.ExtKeyUsage) != 2 {
		t.Errorf("platform: usages %v; want client and server", platform.ExtKeyUsage)
	}
	long := must.Get(a.Issue(authority.Request{Use: authority.ForAdministrator, Name: "admin", NotAfter: noon.AddDate(50, 0, 0)}))(t).Certificate
	if long.NotAfter.After(a.Certificate().NotAfter) {
		t.Error("a leaf outlives its authority")
	}
	kept, err := filepath.Glob(filepath.Join(dir, "issued", "*.pem"))
	if err != nil || len(kept) != 3 {
		t.Errorf("%d copies kept, %v; want 3", len(kept), err)
	}
}

func TestIssue_Refuses(t *testing.T) {
	a, _ := newAuthority(t)
	for name, req := range map[string]authority.Request{
		"no name":       {Use: authority.ForSystem},
		"unknown use":   {Use: "anything", Name: "x"},
		"hostless":      {Use: authority.ForPlatform, Name: "x"},
		"ends at start": {Use: authority.ForSystem, Name: "x", NotBefore: noon, NotAfter: noon},
	} {
		if _, err := a.Issue(req); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
}

func TestIssue_BearerKeepsItsOwnKey(t *testing.T) {
	a, _ := newAuthority(t)
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	issued := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp", PublicKey: key.Public()}))(t)
	if issued.Key != nil || !key.PublicKey.Equal(issued.Certificate.PublicKey) {
		t.Error("the certificate is not for the bearer's key")
	}
}

// TestIssue_RSAOnDemand: for those who sign SOAP messages, and for the platform's own signatures.
func TestIssue_RSAOnDemand(t *testing.T) {
	a, _ := newAuthority(t)
	for _, use := range []authority.Use{authority.ForSystem, authority.ForSigning} {
		issued := must.Get(a.Issue(authority.Request{Use: use, Name: "asp.rsp", RSA: true}))(t)
		key, ok := issued.Key.(*rsa.PrivateKey)
		if !ok || key.N.BitLen() != 2048 || !key.PublicKey.Equal(issued.Certificate.PublicKey) {
			t.Fatalf("%s: key %T", use, issued.Key)
		}
		cert, keyAt := filepath.Join(t.TempDir(), "a.pem"), filepath.Join(t.TempDir(), "a-key.pem")
		must.OK(t, issued.Save(cert, keyAt))
		i, err := pki.NewIdentity(cert, keyAt)
		if err != nil || !i.Certificate().Leaf.Equal(issued.Certificate) {
			t.Errorf("%s: %v", use, err)
		}
	}
}

func TestList_SoonestFirstWithRevocations(t *testing.T) {
	a, _ := newAuthority(t)
	late := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "late.one"}))(t)
	soon := must.Get(a.Issue(authority.Request{Use: authority.ForAdministrator, Name: "soon", NotAfter: noon.Add(time.Hour)}))(t)
	for _, at := range []time.Time{noon.Add(time.Minute), noon.Add(time.Hour)} { // the first time is kept
		must.OK(t, a.Revoke(late.Certificate, at))
	}
	must.OK(t, a.Revoke(soon.Certificate, noon.Add(2*time.Minute)))
	listed, err := a.List()
	if err != nil || len(listed) != 2 {
		t.Fatalf("listed %d, %v", len(listed), err)
	}
	if !listed[0].Certificate.Equal(soon.Certificate) || listed[0].Use != authority.ForAdministrator {
		t.Errorf("first is %s (%s); want the one that ends soonest", listed[0].Certificate.Subject, listed[0].Use)
	}
	if !listed[1].RevokedAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("revoked at %s; want the first time", listed[1].RevokedAt)
	}
	foreign, _ := newAuthority(t)
	if err := a.Revoke(must.Get(foreign.Issue(authority.Request{Use: authority.ForSystem, Name: "x.yz"}))(t).Certificate, noon); err == nil {
		t.Error("revoked another authority's certificate")
	}
}

func TestSave_KeyIsPrivate(t *testing.T) {
	a, _ := newAuthority(t)
	dir := filepath.Join(t.TempDir(), "systems")
	cert, key := filepath.Join(dir, "asp.rsp.pem"), filepath.Join(dir, "asp.rsp-key.pem")
	must.OK(t, must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}))(t).Save(cert, key))
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info, err)
	}
	chain, err := pki.ReadCertificates(cert)
	if err != nil || len(chain) != 2 || !chain[1].Equal(a.Certificate()) {
		t.Errorf("chain of %d, %v; want leaf and authority", len(chain), err)
	}
	if got := pki.Fingerprint(chain[0]); len(got) != 64 {
		t.Errorf("fingerprint %q", got)
	}
}
