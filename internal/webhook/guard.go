package webhook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"mconnect/internal/domain/event"
)

// Reaches reports whether an address lies in the networks that a consumer registered.
type Reaches func(netip.Addr) bool

// ForbiddenError says that a name led to an address outside the consumer's networks.
type ForbiddenError struct{ Address netip.Addr }

// Error implements error.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("webhook: %s is outside the consumer's registered networks", e.Address)
}

// guard refuses connections by the address that is really dialled, when its name has been resolved already: a name that
// answers differently the second time gains nothing.
func guard(reaches Reaches) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := at.Addr().Unmap().WithZone(""); !event.Addressable(ip) || !reaches(ip) {
			return &ForbiddenError{ip}
		}
		return nil
	}
}

// attempt bounds one request.
const attempt = 10 * time.Second

// newClient makes a client for one consumer: no proxy, no redirects, no address but those that reaches allows.
func newClient(reaches Reaches, t func() *tls.Config, resolver *net.Resolver) *http.Client {
	if t == nil {
		t = func() *tls.Config { return nil }
	}
	return &http.Client{
		Timeout:       attempt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &transport{dialer: &net.Dialer{Timeout: 5 * time.Second, ControlContext: guard(reaches),
			Resolver: resolver}, tls: t},
	}
}

// transport sends requests over connections made under the present TLS configuration only.
type transport struct {
	dialer *net.Dialer
	tls    func() *tls.Config

	mu      sync.Mutex
	current *http.Transport
	under   *tls.Config
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.now().RoundTrip(r) }

// CloseIdleConnections is what http.Client looks for.
func (t *transport) CloseIdleConnections() { t.now().CloseIdleConnections() }

func (t *transport) now() *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if under := t.tls(); t.current == nil || under != t.under {
		if t.current != nil {
			t.current.CloseIdleConnections() // requests under way end on theirs, which then idle for a minute at most
		}
		t.under = under
		t.current = &http.Transport{
			DialContext: t.dialer.DialContext, TLSClientConfig: under.Clone(), ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 32 << 10,
			ResponseHeaderTimeout: attempt,
		}
	}
	return t.current
}
