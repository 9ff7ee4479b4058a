package app_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// failing are clients whose handshake fails, by the reason that the platform shall name.
func (w *testPlatform) failing(t *testing.T) map[string]func(address string) {
	dial := func(address string) net.Conn {
		conn := must.Get(net.Dial("tcp", address))(t)
		must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
		return conn
	}
	by := func(config *tls.Config) func(string) {
		return func(address string) {
			conn := dial(address)
			defer func() { _ = conn.Close() }()
			client := tls.Client(conn, config)
			if err := client.Handshake(); err == nil {
				// in TLS 1.3 the server judges the client's certificate after the client is done
				_, _ = client.Read(make([]byte, 1))
			}
		}
	}
	unreadable := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair := must.Get(tls.LoadX509KeyPair(w.path("hall.pem"), w.path("hall-key.pem")))(t)
		pair.Certificate = [][]byte{[]byte("no certificate")}
		return &pair, nil
	}
	return map[string]func(string){
		"closed": func(address string) { _ = dial(address).Close() },
		"plaintext": func(address string) {
			conn := dial(address)
			defer func() { _ = conn.Close() }()
			must.Get(io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))(t)
			_, _ = io.Copy(io.Discard, conn)
		},
		"version":     by(&tls.Config{RootCAs: w.pool(), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}),
		"protocol":    by(&tls.Config{RootCAs: w.pool(), ServerName: "127.0.0.1", NextProtos: []string{"h3"}}),
		"cipher":      by(&tls.Config{RootCAs: w.pool(), ServerName: "127.0.0.1", MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}),
		"certificate": by(&tls.Config{RootCAs: w.pool(), ServerName: "127.0.0.1", GetClientCertificate: unreadable}),
		"alert":       by(&tls.Config{ServerName: "127.0.0.1"}), // it does not know the platform's authority
	}
}

// TestHandshakes_LeaveATrace: at every listener a handshake that fails is counted by its reason and logged, and
// the journal does not grow by it. On 331cb78 nothing but a line for debugging was left.
func TestHandshakes_LeaveATrace(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Sandbox.Listen = "127.0.0.1:0"
	r := w.start()
	w.manifests() // issues the certificates of systems
	before := must.Get(r.size())(t)
	for listener, address := range map[string]string{
		"exchange": r.Addrs().Exchange, "events": r.Addrs().Events, "admin": r.Addrs().Admin, "sandbox": r.Addrs().Sandbox,
	} {
		for reason, fail := range w.failing(t) {
			series := `mconnect_tls_handshakes_failed_total{listener="` + listener + `",reason="` + reason + `"} `
			if metrics := r.metrics(); !strings.Contains(metrics, series+"0") {
				t.Errorf("no series at 0: %s", series)
			}
			fail(address)
			waits.Until(t, series+"1", func() bool { return strings.Contains(r.metrics(), series+"1") })
			line := "listener=" + listener + " reason=" + reason + " address=127.0.0.1:"
			waits.Until(t, "logged: "+line, func() bool { return strings.Contains(w.log.String(), line) })
		}
	}
	if after := must.Get(r.size())(t); after != before {
		t.Errorf("the journal grew from %d to %d records", before, after)
	}
	r.end()
}

func (r *running) size() (int64, error) {
	head, err := r.Log().Head(r.w.t.Context())
	return head.Size, err
}
