package cli

import (
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

// webClient reaches the administrators' listener.
func webClient(ca string) (*http.Client, error) {
	pool, err := roots(ca)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Timeout:   2 * time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}, nil
}

// token is the administrator's: from the file if one is named, else from the environment.
func (s *shell) token(file string) (string, error) {
	if file == "" {
		return s.env("MCONNECT_TOKEN"), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", usageError{err}
	}
	return strings.TrimSpace(string(text)), nil
}
