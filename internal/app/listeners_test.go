package app_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/internal/manifest"
	"mconnect/test/waits"
)

// TestListeners_AnswerCallsOnOneConnection: exchange and sandbox answer a call after another, and then a request whose
// lines end with a bare LF, which net/http takes.
func TestListeners_AnswerCallsOnOneConnection(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Sandbox.Listen = "127.0.0.1:0"
	r := w.start()
	must[manifest.Plan](t)(r.Country.Apply(t.Context(), "tester", w.manifests(), false))
	pair := must[tls.Certificate](t)(tls.LoadX509KeyPair(w.path("hall.pem"), w.path("hall-key.pem")))
	for _, address := range []string{r.Addrs().Exchange, r.Addrs().Sandbox} {
		conn := must[*tls.Conn](t)(tls.Dial("tcp", address, &tls.Config{RootCAs: w.pool(), Certificates: []tls.Certificate{pair}, ServerName: "127.0.0.1"}))
		if err := conn.SetDeadline(time.Now().Add(waits.Limit)); err != nil {
			t.Fatal(err)
		}
		req := must[*http.Request](t)(http.NewRequest(http.MethodPost, "https://"+address+"/api/v1/GetPerson", strings.NewReader(`{"IDNP":"2999000006393"}`)))
		req.Header = lawful()
		in := bufio.NewReader(conn)
		for range 2 {
			req.Body = must[io.ReadCloser](t)(req.GetBody())
			if err := req.Write(conn); err != nil {
				t.Fatal(err)
			}
			res := must[*http.Response](t)(http.ReadResponse(in, req))
			text := must[[]byte](t)(io.ReadAll(res.Body))
			if res.StatusCode != http.StatusOK || !strings.Contains(string(text), `"IDNP":"2999000006393"`) {
				t.Errorf("%s: %s %s", address, res.Status, text)
			}
		}
		must[int](t)(io.WriteString(conn, "GET / HTTP/1.1\nHost: x\n\n"))
		if res := must[*http.Response](t)(http.ReadResponse(in, nil)); res.StatusCode/100 != 4 || res.StatusCode == http.StatusBadRequest {
			t.Errorf("%s: a bare LF: %s", address, res.Status)
		}
		_ = conn.Close()
	}
	r.end()
}
