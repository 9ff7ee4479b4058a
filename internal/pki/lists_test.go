package pki_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mconnect/fault"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// TestTrust_IntermediatesSignListsAndCompleteChains: an authority that is no anchor, named by the configuration.
func TestTrust_IntermediatesSignListsAndCompleteChains(t *testing.T) {
	root := certify(t, nil, 1, nil)
	middle := certify(t, root, 2, nil)
	stranger := certify(t, nil, 8, nil)
	leaf, gone := certify(t, middle, 3, leafOf(x509.ExtKeyUsageClientAuth)), certify(t, middle, 4, leafOf(x509.ExtKeyUsageClientAuth))
	anchors, middles := written(t, pki.EncodeCertificates(root.cert)), written(t, pki.EncodeCertificates(middle.cert))
	list := written(t, middle.list(t, 1, gone))
	trusted, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Intermediates: []string{middles}, Lists: []string{list}})
	must.OK(t, err)
	wantCode(t, trusted.Verify([]*x509.Certificate{leaf.cert}, noon.Add(time.Hour)), "")
	wantCode(t, trusted.Verify([]*x509.Certificate{gone.cert}, noon.Add(time.Hour)), fault.CertificateRevoked)
	wantCode(t, trusted.Verify([]*x509.Certificate{stranger.cert}, noon.Add(time.Hour)), fault.CertificateUntrusted)

	if _, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{list}}); err == nil || !strings.Contains(err.Error(), "intermediate") {
		t.Errorf("a list of an authority that is not named: %v", err)
	}
	foreign := written(t, pki.EncodeCertificates(stranger.cert))
	if _, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Intermediates: []string{foreign}}); err == nil {
		t.Error("an intermediate authority that leads to no anchor was taken")
	}
	noAuthority := written(t, pki.EncodeCertificates(leaf.cert))
	if _, err := pki.NewTrust(pki.TrustConfig{Anchors: []string{anchors}, Intermediates: []string{middles, noAuthority}}); err == nil {
		t.Error("a leaf was taken for an intermediate authority")
	}
}

// TestTrust_AKeptListCarriesAStart: what is broken, gone or older since the last start does not stop the next one, and
// does not make revoked certificates good again.
func TestTrust_AKeptListCarriesAStart(t *testing.T) {
	root := certify(t, nil, 1, nil)
	gone := certify(t, root, 3, leafOf(x509.ExtKeyUsageClientAuth))
	anchors, list := written(t, pki.EncodeCertificates(root.cert)), written(t, root.list(t, 5, gone))
	cfg := pki.TrustConfig{Anchors: []string{anchors}, Lists: []string{list}, Kept: filepath.Join(t.TempDir(), "lists")}
	first := must.Get(pki.NewTrust(cfg))(t)
	if err := first.Keep(); err != nil || first.Trouble() != nil {
		t.Fatal(err, first.Trouble())
	}
	for name, damage := range map[string]func() error{
		"broken": func() error { return os.WriteFile(list, []byte("<html>captive portal</html>"), 0o600) },
		"empty":  func() error { return os.WriteFile(list, nil, 0o600) },
		"older":  func() error { return os.WriteFile(list, pemList(root.list(t, 4)), 0o600) },
		"gone":   func() error { return os.Remove(list) },
	} {
		must.OK(t, damage())
		started, err := pki.NewTrust(cfg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantCode(t, started.Verify([]*x509.Certificate{gone.cert}, noon.Add(time.Hour)), fault.CertificateRevoked)
		if started.Trouble() == nil || !strings.Contains(started.Trouble().Error(), list) {
			t.Errorf("%s: %v does not name the file", name, started.Trouble())
		}
		if err := started.Keep(); err != nil { // keeps what counts
			t.Error(err)
		}
	}
	must.OK(t, os.WriteFile(list, pemList(root.list(t, 6)), 0o600))
	mended, err := pki.NewTrust(cfg)
	if err != nil || mended.Trouble() != nil {
		t.Fatal(err, mended.Trouble())
	}
	wantCode(t, mended.Verify([]*x509.Certificate{gone.cert}, noon.Add(time.Hour)), "")
}

// TestTrust_AsksTheResponder: OCSP is part of the verdict on a caller, with the issuer found by the path.
func TestTrust_AsksTheResponder(t *testing.T) {
	root, r := certify(t, nil, 1, nil), newResponder(t)
	leaf := certify(t, root, 3, func(x *x509.Certificate) {
		leafOf(x509.ExtKeyUsageClientAuth)(x)
		x.OCSPServer = []string{r.url}
	})
	cfg := pki.TrustConfig{Anchors: []string{written(t, pki.EncodeCertificates(root.cert))}}
	for answer, want := range map[int]fault.Code{ocsp.Good: "", ocsp.Revoked: fault.CertificateRevoked} {
		r.says(signed(t, root, nil, func(x *ocsp.Response) { x.Status, x.RevokedAt = answer, noon }))
		cfg.OCSP = pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPRequire, Now: func() time.Time { return noon }})
		trusted := must.Get(pki.NewTrust(cfg))(t)
		wantCode(t, trusted.Verify([]*x509.Certificate{leaf.cert}, noon), want)
		wantCode(t, trusted.VerifySigner([]*x509.Certificate{leaf.cert}, noon), want)
	}
}

// TestIdentity_ShowsTheStaple in the handshake, until the identity changes.
func TestIdentity_ShowsTheStaple(t *testing.T) {
	dir := t.TempDir()
	a := must.Get(authority.Create(filepath.Join(dir, "pki"), authority.Config{}))(t)
	save := func() {
		issued, err := a.Issue(authority.Request{Use: authority.ForPlatform, Name: "mconnect", Hosts: []string{"localhost"}})
		if err == nil {
			err = issued.Save(filepath.Join(dir, "p.pem"), filepath.Join(dir, "p-key.pem"))
		}
		must.OK(t, err)
	}
	save()
	identity := must.Get(pki.NewIdentity(filepath.Join(dir, "p.pem"), filepath.Join(dir, "p-key.pem")))(t)
	shown := func() []byte {
		here, there := net.Pipe()
		server := tls.Server(there, pki.ServerTLS(identity))
		go func() { _ = server.Handshake() }()
		client := tls.Client(here, &tls.Config{InsecureSkipVerify: true})
		must.OK(t, client.Handshake())
		return client.OCSPResponse()
	}
	if shown() != nil {
		t.Error("a staple that nobody gave")
	}
	first := identity.Certificate()
	identity.Staple(first, []byte("response"))
	if !bytes.Equal(shown(), []byte("response")) {
		t.Error("the staple is not shown")
	}
	now := identity.Certificate()
	if identity.Staple(now, []byte("response")); identity.Certificate() != now {
		t.Error("the same staple replaced the identity")
	}
	if identity.Staple(first, []byte("late")); !bytes.Equal(shown(), []byte("response")) {
		t.Error("a response about a former identity is shown")
	}
}
