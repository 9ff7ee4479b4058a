package world

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// Provider is a data provider that answers every question with one person, over mTLS.
type Provider struct {
	Port   int
	Asked  atomic.Int64 // questions that reached it
	server *http.Server
}

// NewProvider starts a provider; the authority must have issued "backend". Close ends it.
func NewProvider(a *Authority) (*Provider, error) {
	pair, err := tls.LoadX509KeyPair(a.Crt("backend"), a.Key("backend"))
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	anchor, err := os.ReadFile(a.CA())
	if err != nil || !trusted.AppendCertsFromPEM(anchor) {
		return nil, fmt.Errorf("anchor: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Provider{Port: listener.Addr().(*net.TCPAddr).Port}
	p.server = &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // connections that a killed platform leaves behind
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: trusted,
			ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.Asked.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, Person("Exemplu"))
		}),
	}
	go func() {
		if err := p.server.ServeTLS(listener, "", ""); err != nil && !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	return p, nil
}

// Close ends the provider.
func (p *Provider) Close() error { return p.server.Close() }
