package app_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// TestListeners_OneConnectionTooManyIsReset on the exchange and the events listener, each counted by itself, and those
// who are connected go on.
func TestListeners_OneConnectionTooManyIsReset(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Limits.Connections, w.cfg.Limits.PerAddress = 3, 2
	r := w.start()
	for _, address := range []string{r.Addrs().Exchange, r.Addrs().Events} {
		var inside []*tls.Conn
		for range 2 {
			conn := must.Get(tls.Dial("tcp", address, &tls.Config{RootCAs: w.pool()}))(t)
			inside = append(inside, conn)
		}
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: w.pool()})
		if err == nil {
			_ = conn.Close()
		}
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("one too many: %v", err)
		}
		if _, err := io.WriteString(inside[0], "GET /api/v1/me HTTP/1.1\r\nHost: "+address+"\r\n\r\n"); err != nil {
			t.Error(err)
		}
		_ = inside[0].SetReadDeadline(time.Now().Add(waits.Limit))
		if n, err := inside[0].Read(make([]byte, 9)); n == 0 {
			t.Errorf("who was connected is not answered: %v", err)
		}
		for _, conn := range inside {
			_ = conn.Close()
		}
	}
	metrics := r.metrics()
	for _, line := range []string{`refused_total{listener="exchange"} 1`, `refused_total{listener="events"} 1`, `refused_total{listener="admin"} 0`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics do not hold %s", line)
		}
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.pool()}, DialContext: (&net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)},
	}).DialContext}}
	defer web.CloseIdleConnections()
	// another address finds room
	res := must.Get(web.Get("https://" + r.Addrs().Exchange + "/api/v1/me"))(t)
	_ = res.Body.Close()
	r.end()
}
