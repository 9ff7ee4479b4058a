// Package site prepares installations that run in the process of a test: configuration, an authority, keys,
// certificates of systems, and listeners over TLS. Package world does the same for installations that are processes.
package site

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/durable"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// Site is a folder in which an installation can be opened.
type Site struct {
	Settings     config.Config
	Authority    *authority.Authority
	Platform     *x509.Certificate          // of the listeners
	Certificates map[string]tls.Certificate // of systems, by a name that the test chooses
}

// New prepares a folder with an authority, the platform's certificate and the journal's keys; change alters what is
// usual.
func New(t testing.TB, change ...func(*config.Config)) *Site {
	t.Helper()
	any := "127.0.0.1:0"
	s := &Site{Certificates: map[string]tls.Certificate{}, Settings: config.Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Node: "test", Journal: config.Journal{Origin: "test.invalid/journal"},
		Exchange: config.Exchange{Listen: any}, Events: config.Events{Listen: any}, Admin: config.Admin{Listen: any},
	}.WithDefaults()}
	for _, f := range change {
		f(&s.Settings)
	}
	must.OK(t, s.Settings.Validate())
	s.Authority = must.Get(authority.Create(s.Settings.PKI.Dir, authority.Config{}))(t)
	issued := must.Get(s.Authority.Issue(authority.Request{
		Use: authority.ForPlatform, Name: "mconnect", Hosts: []string{"127.0.0.1", "localhost"},
	}))(t)
	must.OK(t, issued.Save(s.Settings.PKI.PlatformCertificate, s.Settings.PKI.PlatformKey))
	s.Platform = issued.Certificate
	must.OK(t, durable.MkdirAll(s.Settings.Journal.Keys, 0o700))
	must.Get(journal.CreateKeys(s.Settings.Journal.Keys))(t)
	return s
}

// Open opens the installation until the test ends.
func (s *Site) Open(t testing.TB) *app.Installation {
	t.Helper()
	i := must.Get(app.Open(t.Context(), s.Settings, slog.New(slog.DiscardHandler)))(t)
	t.Cleanup(func() { must.OK(t, i.Close()) })
	return i
}

// Issue lets an authority issue a certificate, with its chain.
func Issue(t testing.TB, a *authority.Authority, req authority.Request) tls.Certificate {
	t.Helper()
	i := must.Get(a.Issue(req))(t)
	chain := [][]byte{i.Certificate.Raw, i.Authority.Raw}
	return tls.Certificate{Certificate: chain, PrivateKey: i.Key, Leaf: i.Certificate}
}

// Spoil adds certificates of a system that are good for nothing: untrusted, expired, early and revoked.
func (s *Site) Spoil(t testing.TB, system string, revoked time.Time) {
	t.Helper()
	now, hour := time.Now(), time.Hour
	issue := func(a *authority.Authority, from, to time.Time) tls.Certificate {
		return Issue(t, a, authority.Request{Use: authority.ForSystem, Name: system, NotBefore: from, NotAfter: to})
	}
	foreign := must.Get(authority.Create(filepath.Join(t.TempDir(), "foreign"), authority.Config{}))(t)
	s.Certificates["untrusted"] = issue(foreign, now.Add(-hour), now.Add(hour))
	s.Certificates["expired"] = issue(s.Authority, now.Add(-2*hour), now.Add(-hour))
	s.Certificates["early"] = issue(s.Authority, now.Add(hour), now.Add(2*hour))
	s.Certificates["revoked"] = issue(s.Authority, now.Add(-hour), now.Add(hour))
	must.OK(t, s.Authority.Revoke(s.Certificates["revoked"].Leaf, revoked))
}

// Enrol issues a certificate to a system and returns the manifest that registers it.
func (s *Site) Enrol(t testing.TB, system string) string {
	t.Helper()
	s.Certificates[system] = Issue(t, s.Authority, authority.Request{Use: authority.ForSystem, Name: system})
	return CertificateManifest(system, s.Certificates[system].Leaf)
}

// CertificateManifest registers a certificate for a system.
func CertificateManifest(system string, leaf *x509.Certificate) string {
	text := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(leaf))), "\n", "\n  ")
	return "---\nkind: Certificate\nsystem: " + system + "\npem: |\n  " + text + "\n"
}

// TLS is the configuration of a party that holds a certificate, "" for none.
func (s *Site) TLS(name string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.Authority.Certificate())
	pair := s.Certificates[name]
	return &tls.Config{
		RootCAs:              pool,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil },
	}
}

// Client connects as a party that holds a certificate, "" for none, over HTTP/2 or HTTP/1.1. It follows no redirect.
func (s *Site) Client(t testing.TB, name string, h2 bool) *http.Client {
	t.Helper()
	tr := &http.Transport{ForceAttemptHTTP2: h2, TLSClientConfig: s.TLS(name)}
	if !h2 {
		tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	t.Cleanup(tr.CloseIdleConnections)
	keep := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: tr, Timeout: 30 * time.Second, CheckRedirect: keep}
}

// Serve serves over TLS until the test ends and returns the address.
func Serve(t testing.TB, server *http.Server) string {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.ServeTLS(l, "", "")
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	return "https://" + l.Addr().String()
}
