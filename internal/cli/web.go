package cli

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// roots reads the PEM file of trust anchors; "" means those of the machine.
func roots(path string) (*x509.CertPool, error) {
	if path == "" {
		return x509.SystemCertPool()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, usageError{fmt.Errorf("%s: holds no PEM certificate", path)}
	}
	return pool, nil
}

// client reaches a server's management API.
func (r remote) client() (*http.Client, error) {
	if r.certificate == nil {
		pool, err := roots(r.ca)
		if err != nil {
			return nil, err
		}
		own := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
		if r.cert != "" {
			pair, err := tls.LoadX509KeyPair(r.cert, cmp.Or(r.key, r.cert))
			if err != nil {
				return nil, usageError{err}
			}
			own.Certificates = []tls.Certificate{pair}
		}
		return clientWith(own), nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(r.certificate)
	name := r.certificate.Subject.CommonName
	if len(r.certificate.DNSNames) > 0 {
		name = r.certificate.DNSNames[0]
	}
	return clientWith(&tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS12}), nil
}

// webClient reaches the administrators' listener.
func webClient(ca string) (*http.Client, error) {
	pool, err := roots(ca)
	if err != nil {
		return nil, err
	}
	return clientWith(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}), nil
}

func clientWith(trust *tls.Config) *http.Client {
	return &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{TLSClientConfig: trust}}
}

// token is the administrator's: from the file if one is named, else from the environment.
func (s *session) token(file string) (string, error) {
	if file == "" {
		return cmp.Or(s.env("MCONNECT_ADMIN_TOKEN"), s.env("MCONNECT_TOKEN")), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", usageError{err}
	}
	return strings.TrimSpace(string(text)), nil
}
