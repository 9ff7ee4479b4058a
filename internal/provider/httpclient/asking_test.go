package httpclient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// certificate is a key with a certificate of its own.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour)}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestWire_CertificateThatIsNotShown: a peer that demands a certificate which the target does not have is distinguished
// from one that is down, in both versions of TLS.
func TestWire_CertificateThatIsNotShown(t *testing.T) {
	own := certificate(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, auth := range []tls.ClientAuthType{tls.RequireAnyClientCert, tls.RequestClientCert} {
			for _, shown := range []bool{true, false} {
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					io.WriteString(w, map[bool]string{true: "shown", false: "none"}[len(r.TLS.PeerCertificates) > 0])
				}))
				s.TLS = &tls.Config{ClientAuth: auth, MaxVersion: version}
				s.Config.ErrorLog = log.New(io.Discard, "", 0)
				s.StartTLS()
				conf := s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
				conf.ServerName = "example.com"
				if shown {
					conf.Certificates = []tls.Certificate{own}
				}
				target := newTarget(t, Config{Address: s.Listener.Addr().String(), TLS: func() *tls.Config { return conf }})
				_, body, err := fetch(waits.Context(t), target)
				var failed *Error
				if errors.As(err, &failed) {
					if auth != tls.RequireAnyClientCert || shown || failed.Certificate != Unwilling {
						t.Errorf("TLS %x, %v, shown %t: %v, %q", version, auth, shown, err, failed.Certificate)
					}
				} else if want := map[bool]string{true: "shown", false: "none"}[shown]; string(body) != want || auth == tls.RequireAnyClientCert && !shown {
					t.Errorf("TLS %x, %v, shown %t: %q, %v", version, auth, shown, body, err)
				}
				s.Close()
			}
		}
	}
}
