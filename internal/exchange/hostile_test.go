package exchange_test

import (
	"bufio"
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/journal"
)

// dial opens a connection over which a test writes what no proper client would.
func (v *wired) dial(t *testing.T, certificates ...tls.Certificate) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", strings.TrimPrefix(v.url, "https://"), &tls.Config{
		RootCAs: v.client.Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com", Certificates: certificates,
	})
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// A place among the calls in flight and memory for a body are for callers who are known: else anybody could
// hold them all by announcing bodies that never come.
func TestTheBodyOfAStrangerIsNotWaitedFor(t *testing.T) {
	v := newWired(t, false, person)
	c := v.dial(t)
	_, err := c.Write([]byte("POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"))
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || !res.Close {
		t.Errorf("status %d, connection closed: %v", res.StatusCode, res.Close)
	}
	if all := v.wantKinds(t, journal.Refusal); all[0].Code != fault.CertificateMissing {
		t.Errorf("recorded %s", all[0].Code)
	}
}
