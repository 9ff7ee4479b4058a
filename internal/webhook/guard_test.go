package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// nameServer answers every question for an address with the next of a list, the last one for ever, and counts. With an
// empty list it knows no name.
func nameServer(t testing.TB, addresses ...string) (*net.Resolver, *atomic.Int32) {
	t.Helper()
	conn := must.Get(net.ListenPacket("udp", "127.0.0.1:0"))(t)
	var asked atomic.Int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Header.Response = true
			m.Additionals = nil
			if len(addresses) == 0 {
				m.RCode = dnsmessage.RCodeNameError
			} else if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				at := min(int(asked.Add(1)), len(addresses)) - 1
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(addresses[at]).As4()},
				}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, &asked
}

// post sends one request by the client of a consumer.
func post(t testing.TB, c *http.Client, url string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	req := must.Get(http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}")))(t)
	res, err := c.Do(req)
	if err == nil {
		_ = res.Body.Close()
	}
	return err
}

func portOf(s *target) string { return s.URL[strings.LastIndexByte(s.URL, ':'):] }

// TestGuard_AddressOutsideTheNetworks, whatever form the address takes.
func TestGuard_AddressOutsideTheNetworks(t *testing.T) {
	s := newTarget(t)
	inside := netip.MustParsePrefix("10.1.0.0/16")
	c := newClient(inside.Contains, nil, nil)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"} {
		err := post(t, c, "http://"+host+portOf(s)+"/events")
		if forbidden, ok := errors.AsType[*ForbiddenError](err); !ok || inside.Contains(forbidden.Address) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(s.got) != 0 {
		t.Errorf("%d requests arrived", len(s.got))
	}
}

// TestGuard_NameThatResolvesDifferently: DNS rebinding. What is judged is what is dialled.
func TestGuard_NameThatResolvesDifferently(t *testing.T) {
	s := newTarget(t)
	resolver, asked := nameServer(t, "127.0.0.2", "127.0.0.1")
	registered := netip.MustParsePrefix("127.0.0.2/32")
	c := newClient(registered.Contains, nil, resolver)
	c.Transport.(*transport).now().DisableKeepAlives = true
	// 127.0.0.2: allowed, though nothing listens there
	first := post(t, c, "http://events.hall.example"+portOf(s)+"/events")
	if _, forbidden := errors.AsType[*ForbiddenError](first); forbidden {
		t.Errorf("the registered address: %v", first)
	}
	for range 3 {
		err := post(t, c, "http://events.hall.example"+portOf(s)+"/events")
		if forbidden, ok := errors.AsType[*ForbiddenError](err); !ok || forbidden.Address.String() != "127.0.0.1" {
			t.Errorf("rebound: %v", err)
		}
	}
	if len(s.got) != 0 || asked.Load() < 4 {
		t.Errorf("%d requests arrived, %d questions", len(s.got), asked.Load())
	}
}

// TestGuard_ChangedTrustDecidesTheNextRequest, also over a connection that stands.
func TestGuard_ChangedTrustDecidesTheNextRequest(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	known := x509.NewCertPool()
	known.AddCert(s.Certificate())
	none, trusted := &tls.Config{RootCAs: x509.NewCertPool()}, &tls.Config{RootCAs: known}
	present := none
	c := newClient(loopback, func() *tls.Config { return present }, nil)
	defer c.CloseIdleConnections()
	for _, step := range []struct {
		under *tls.Config
		fails bool
	}{{none, true}, {trusted, false}, {trusted, false}, {none, true}, {trusted, false}} {
		present = step.under
		err := post(t, c, s.URL)
		if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted != step.fails || (err != nil && !untrusted) {
			t.Errorf("trusted %t: %v", !step.fails, err)
		}
	}
}

// TestGuard_RedirectIsNotFollowed, and no proxy is asked.
func TestGuard_RedirectIsNotFollowed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	other, s := newTarget(t), newTarget(t)
	s.answer = func(posted, int) (int, http.Header) { return status(307, "Location", other.URL) }
	c := newClient(loopback, nil, nil)
	if err := post(t, c, s.URL+"/events"); err != nil {
		t.Error(err)
	}
	if len(other.got) != 0 || len(s.got) != 1 {
		t.Errorf("%d followed, %d arrived", len(other.got), len(s.got))
	}
	c.CloseIdleConnections()
}

// TestGuard_ForbiddenTargetIsReported and nothing else happens to its events.
func TestGuard_ForbiddenTargetIsReported(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	w.targets.declare(w.to(s, func(t *Target) { t.Reaches = netip.MustParsePrefix("10.0.0.0/8").Contains }))
	for end := time.Now().Add(waits.Limit); time.Now().Before(end); <-time.After(2 * time.Millisecond) {
		if all := w.hooks.States(); len(all) == 1 && all[0].Reason == "webhook: 127.0.0.1 is outside the consumer's registered networks" && all[0].Condition == Asking {
			return
		}
	}
	t.Errorf("%+v", w.hooks.States())
}
