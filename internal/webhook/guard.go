package webhook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Reaches says whether an address lies in the networks that a consumer registered.
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
		if ip := at.Addr().Unmap().WithZone(""); !reaches(ip) {
			return &ForbiddenError{ip}
		}
		return nil
	}
}

// attempt bounds one request.
const attempt = 10 * time.Second

// newClient makes a client for one consumer: no proxy, no redirects, no address but those that reaches allows.
func newClient(reaches Reaches, t *tls.Config, resolver *net.Resolver) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: guard(reaches), Resolver: resolver}
	return &http.Client{
		Timeout:       attempt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: t, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 32 << 10, ResponseHeaderTimeout: attempt,
		},
	}
}
