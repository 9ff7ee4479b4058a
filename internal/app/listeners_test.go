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

// TestListeners_AnswerCallsOnOneConnection: exchange and sandbox answer a call after another, and then a request whose
// lines end with a bare LF, which net/http takes.
func TestListeners_AnswerCallsOnOneConnection(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Sandbox.Listen = "127.0.0.1:0"
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	pair := must.Get(tls.LoadX509KeyPair(w.path("hall.pem"), w.path("hall-key.pem")))(t)
	for _, address := range []string{r.Addrs().Exchange, r.Addrs().Sandbox} {
		conn := must.Get(tls.Dial("tcp", address, &tls.Config{RootCAs: w.pool(), Certificates: []tls.Certificate{pair}, ServerName: "127.0.0.1"}))(t)
		must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
		req := must.Get(http.NewRequest(http.MethodPost, "https://"+address+"/api/v1/GetPerson", strings.NewReader(`{"IDNP":"2999000006393"}`)))(t)
		req.Header = lawful()
		in := bufio.NewReader(conn)
		for range 2 {
			req.Body = must.Get(req.GetBody())(t)
			must.OK(t, req.Write(conn))
			res := must.Get(http.ReadResponse(in, req))(t)
			text := must.Get(io.ReadAll(res.Body))(t)
			if res.StatusCode != http.StatusOK || !strings.Contains(string(text), `"IDNP":"2999000006393"`) {
				t.Errorf("%s: %s %s", address, res.Status, text)
			}
		}
		must.Get(io.WriteString(conn, "GET / HTTP/1.1\nHost: x\n\n"))(t)
		if res := must.Get(http.ReadResponse(in, nil))(t); res.StatusCode/100 != 4 || res.StatusCode == http.StatusBadRequest {
			t.Errorf("%s: a bare LF: %s", address, res.Status)
		}
		_ = conn.Close()
	}
	r.end()
}
