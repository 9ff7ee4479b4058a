package pki_test

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

func trust(t *testing.T, dir string) *pki.Trust {
	t.Helper()
	trusted := must.Get(pki.NewTrust(pki.TrustConfig{
		Anchors: []string{filepath.Join(dir, "ca.pem")},
		Lists:   []string{filepath.Join(dir, "ca.crl")},
	}))(t)
	return trusted
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	var f *fault.Error
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && (!errors.As(err, &f) || f.Code != want):
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestTrust_VerifyDistinguishesFourFaults(t *testing.T) {
	a, dir := newAuthority(t)
	foreign, _ := newAuthority(t)
	year := authority.Request{Use: authority.ForSystem, Name: "asp.rsp", NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0)}
	good, revoked := must.Get(a.Issue(year))(t), must.Get(a.Issue(year))(t)
	stranger := must.Get(foreign.Issue(year))(t)
	must.OK(t, a.Revoke(revoked.Certificate, noon.Add(time.Hour)))
	trusted := trust(t, dir)
	for name, c := range map[string]struct {
		leaf *x509.Certificate
		at   time.Time
		want fault.Code
	}{
		"genuine":              {good.Certificate, noon.Add(time.Minute), ""},
		"at the first instant": {good.Certificate, noon, ""},
		"too early":            {good.Certificate, noon.Add(-time.Second), fault.CertificateNotYet},
		"too late":             {good.Certificate, noon.AddDate(1, 0, 1), fault.CertificateExpired},
		"revoked":              {revoked.Certificate, noon.Add(2 * time.Hour), fault.CertificateRevoked},
		"before revocation":    {revoked.Certificate, noon.Add(time.Minute), ""},
		"revoked and expired":  {revoked.Certificate, noon.AddDate(2, 0, 0), fault.CertificateExpired},
		"stranger":             {stranger.Certificate, noon.Add(time.Minute), fault.CertificateUntrusted},
		"stranger, expired":    {stranger.Certificate, noon.AddDate(2, 0, 0), fault.CertificateUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second answer comes from what is remembered
				wantCode(t, trusted.Verify([]*x509.Certificate{c.leaf}, c.at), c.want)
			}
		})
	}
	wantCode(t, trusted.Verify(nil, noon), fault.CertificateMissing)
}

func TestTrust_ForeignCertificateWithATrustedIssuerName(t *testing.T) {
	a, dir := newAuthority(t)
	foreign, _ := newAuthority(t) // same subject name, another key
	leaf := must.Get(foreign.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}))(t).Certificate
	chain := []*x509.Certificate{leaf, a.Certificate(), foreign.Certificate()}
	wantCode(t, trust(t, dir).Verify(chain, noon), fault.CertificateUntrusted)
}

func TestTrust_LeafCannotIssue(t *testing.T) {
	a, dir := newAuthority(t)
	system := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}))(t)
	wantCode(t, trust(t, dir).Verify([]*x509.Certificate{system.Certificate}, noon), "")
	forged := forge(t, system)
	wantCode(t, trust(t, dir).Verify([]*x509.Certificate{forged, system.Certificate}, noon), fault.CertificateUntrusted)
}

func TestTrust_RevocationActsWithoutRestart(t *testing.T) {
	a, dir := newAuthority(t)
	leaf := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}))(t).Certificate
	trusted := trust(t, dir)
	wantCode(t, trusted.Verify([]*x509.Certificate{leaf}, noon), "")
	if changed, err := trusted.Reload(); changed || err != nil {
		t.Fatalf("reload without a change: %v, %v", changed, err)
	}
	must.OK(t, a.Revoke(leaf, noon.Add(-time.Second)))
	if changed, err := trusted.Reload(); !changed || err != nil {
		t.Fatalf("reload after a change: %v, %v", changed, err)
	}
	wantCode(t, trusted.Verify([]*x509.Certificate{leaf}, noon), fault.CertificateRevoked)
	if len(trusted.Lists()) != 1 || len(trusted.Anchors()) != 1 {
		t.Errorf("%d lists, %d anchors", len(trusted.Lists()), len(trusted.Anchors()))
	}
}

func TestTrust_BrokenFileKeepsTheFormerTrust(t *testing.T) {
	a, dir := newAuthority(t)
	leaf := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}))(t).Certificate
	trusted := trust(t, dir)
	must.OK(t, os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("half a file"), 0o644))
	if _, err := trusted.Reload(); err == nil {
		t.Error("a broken anchors file was accepted")
	}
	wantCode(t, trusted.Verify([]*x509.Certificate{leaf}, noon), "")
}

func TestNewTrust_Refuses(t *testing.T) {
	if _, err := pki.NewTrust(pki.TrustConfig{}); err == nil {
		t.Error("no anchor at all was accepted")
	}
	_, dir := newAuthority(t)
	foreign, elsewhere := newAuthority(t)
	if err := foreign.Revoke(must.Get(foreign.Issue(authority.Request{Use: authority.ForSystem, Name: "x.yz"}))(t).Certificate, noon); err != nil {
		t.Fatal(err)
	}
	_, err := pki.NewTrust(pki.TrustConfig{
		Anchors: []string{filepath.Join(dir, "ca.pem")},
		Lists:   []string{filepath.Join(elsewhere, "ca.crl")},
	})
	if err == nil {
		t.Error("a list of another authority was accepted")
	}
}

func BenchmarkVerifyKnownLeaf(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "pki")
	a := must.Get(authority.Create(dir, authority.Config{}))(b)
	issued := must.Get(a.Issue(authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}))(b)
	trusted := must.Get(pki.NewTrust(pki.TrustConfig{Anchors: []string{filepath.Join(dir, "ca.pem")}}))(b)
	chain, now := []*x509.Certificate{issued.Certificate}, time.Now()
	for b.Loop() {
		must.OK(b, trusted.Verify(chain, now))
	}
}
