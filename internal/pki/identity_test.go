package pki_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// forge signs a certificate with the key of a mere leaf.
func forge(t *testing.T, by *authority.Issued) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "mai.forged"},
		NotBefore: by.Certificate.NotBefore, NotAfter: by.Certificate.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, by.Certificate, by.Key.Public(), by.Key))(t)
	c := must.Get(x509.ParseCertificate(der))(t)
	return c
}

func platform(t *testing.T, a *authority.Authority, dir, name string) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, "platform.pem"), filepath.Join(dir, "platform-key.pem")
	issued := must.Get(a.Issue(authority.Request{Use: authority.ForPlatform, Name: name, Hosts: []string{"localhost"}}))(t)
	must.OK(t, issued.Save(cert, key))
	return cert, key
}

func TestIdentity_Reloads(t *testing.T) {
	a, dir := newAuthority(t)
	cert, key := platform(t, a, dir, "first")
	identity := must.Get(pki.NewIdentity(cert, key))(t)
	if changed, err := identity.Reload(); changed || err != nil {
		t.Fatalf("reload without a change: %v, %v", changed, err)
	}
	platform(t, a, dir, "second, with a longer name")
	if changed, err := identity.Reload(); !changed || err != nil {
		t.Fatalf("reload after a change: %v, %v", changed, err)
	}
	if got := identity.Certificate().Leaf.Subject.CommonName; got != "second, with a longer name" {
		t.Errorf("presents %q", got)
	}
	must.OK(t, os.WriteFile(key, []byte("broken"), 0o600))
	if _, err := identity.Reload(); err == nil {
		t.Error("a broken key was accepted")
	}
	if identity.Certificate() == nil {
		t.Error("the former identity is gone")
	}
	if _, err := pki.NewIdentity(cert, filepath.Join(dir, "absent.pem")); err == nil {
		t.Error("an identity without a key")
	}
}

// session does one handshake over a pipe and returns what the server saw.
func session(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	go func() {
		c := tls.Client(there, client)
		_ = c.Handshake()
		_, _ = io.Copy(io.Discard, c) // reads the session ticket
	}()
	s := tls.Server(here, server)
	err := s.Handshake()
	if err == nil {
		_, err = s.Write([]byte("x"))
	}
	_ = here.SetDeadline(time.Now())
	return s.ConnectionState(), err
}

func TestServerTLS_Policy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	a := must.Get(authority.Create(dir, authority.Config{}))(t)
	cert, key := platform(t, a, dir, "mconnect")
	identity := must.Get(pki.NewIdentity(cert, key))(t)
	strangers := filepath.Join(t.TempDir(), "pki")
	foreign := must.Get(authority.Create(strangers, authority.Config{}))(t)
	stranger := must.Get(foreign.Issue(authority.Request{Use: authority.ForSystem, Name: "x.yz"}))(t)
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate())
	base := func() *tls.Config { return &tls.Config{RootCAs: pool, ServerName: "localhost"} }
	policy := pki.ServerTLS(identity)

	state, err := session(t, policy, base())
	if err != nil || len(state.PeerCertificates) != 0 {
		t.Errorf("no client certificate: %v; the platform itself must refuse", err)
	}
	withStranger := base()
	withStranger.Certificates = []tls.Certificate{{Certificate: [][]byte{stranger.Certificate.Raw}, PrivateKey: stranger.Key}}
	state, err = session(t, policy, withStranger)
	if err != nil || len(state.PeerCertificates) != 1 {
		t.Errorf("a stranger's certificate: %v, %d; the platform itself must judge it", err, len(state.PeerCertificates))
	}
	old := base()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err = session(t, policy, old); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
	weak := base()
	weak.MaxVersion, weak.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
	if _, err = session(t, policy, weak); err == nil {
		t.Error("a CBC suite was accepted")
	}
	h2 := base()
	h2.NextProtos = []string{"h2"}
	if state, err = session(t, policy, h2); err != nil || state.NegotiatedProtocol != "h2" {
		t.Errorf("HTTP/2: %q, %v", state.NegotiatedProtocol, err)
	}
}
