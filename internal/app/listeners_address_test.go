package app_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// malformed sends a request line and a Host to a listener and says whether they were refused as such. The surface for
// events answers callers without a certificate by status 400 too, in words of its own.
func (w *testPlatform) malformed(t *testing.T, address, line, host string) bool {
	t.Helper()
	conn := must.Get(tls.Dial("tcp", address, &tls.Config{RootCAs: w.pool(), ServerName: "127.0.0.1"}))(t)
	defer func() { _ = conn.Close() }()
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	must.Get(io.WriteString(conn, line+"\r\nHost: "+host+"\r\n\r\n"))(t)
	res := must.Get(http.ReadResponse(bufio.NewReader(conn), nil))(t)
	defer func() { _ = res.Body.Close() }()
	text := must.Get(io.ReadAll(res.Body))(t)
	if res.StatusCode >= 500 {
		t.Errorf("%s, Host %q: %s %s", line, host, res.Status, text)
	}
	return res.StatusCode == http.StatusBadRequest && strings.HasPrefix(string(text), "400 Bad Request")
}

// TestListeners_RefuseWhatIsNoAddress: at every listener, over HTTP/1.1 and HTTP/2, a Host that is no host and a target
// with raw octets are refused as malformed; what is well-formed reaches the surface. Fails on 331cb78.
func TestListeners_RefuseWhatIsNoAddress(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Sandbox.Listen = "127.0.0.1:0"
	r := w.start()
	for name, address := range map[string]string{
		"exchange": r.Addrs().Exchange, "events": r.Addrs().Events, "admin": r.Addrs().Admin, "sandbox": r.Addrs().Sandbox,
	} {
		for _, host := range []string{"[abcd::1", "extra[::1]:98", "1.2.3.4:9000:80", "a.:1.2", ".", "a..b", "[::1]x", "a:99999", ""} {
			if !w.malformed(t, address, "GET /nowhere HTTP/1.1", host) {
				t.Errorf("%s, Host %q: not refused", name, host)
			}
		}
		for _, target := range []string{"/δ", "/nowhere?q=ș", "/\xff"} {
			if !w.malformed(t, address, "GET "+target+" HTTP/1.1", address) {
				t.Errorf("%s, target %q: not refused", name, target)
			}
		}
		for _, host := range []string{address, "Exchange.Example", "[::1]:8443", "a_b.example.:1"} {
			if w.malformed(t, address, "GET /nowhere?q=%C8%99 HTTP/1.1", host) {
				t.Errorf("%s, Host %q: refused", name, host)
			}
		}
		if w.malformed(t, address, "GET /nowhere HTTP/1.0", address) {
			t.Errorf("%s, HTTP/1.0: refused", name)
		}
		w.byHTTP2(t, address)
	}
	r.end()
}

// byHTTP2 asks with an :authority that is none, and with one that is.
func (w *testPlatform) byHTTP2(t *testing.T, address string) {
	t.Helper()
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.pool()}, ForceAttemptHTTP2: true}}
	defer web.CloseIdleConnections()
	for host, bad := range map[string]bool{"a..b": true, ".": true, "a.example": false, address: false} {
		req := must.Get(http.NewRequest(http.MethodGet, "https://"+address+"/nowhere", nil))(t)
		req.Host = host
		res := must.Get(web.Do(req))(t)
		text := must.Get(io.ReadAll(res.Body))(t)
		_ = res.Body.Close()
		if refused := strings.HasPrefix(string(text), "400 Bad Request: the Host"); refused != bad || res.ProtoMajor != 2 {
			t.Errorf("%s by %s, :authority %q: %d %s", address, res.Proto, host, res.StatusCode, text)
		}
	}
}
