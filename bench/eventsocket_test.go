package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mconnect/internal/surface/events/websocket"
	"mconnect/test/must"
)

// socketServer answers the handshake as configured, and then writes.
func socketServer(t *testing.T, answer string) (address string, config *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		if r.URL.Query().Get("group") != "run1" || r.Header.Get("Sec-WebSocket-Protocol") != "cloudevents.json" {
			t.Errorf("asked for %s with %v", r.URL, r.Header)
		}
		if _, err := conn.Write([]byte(answer)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true} //nolint:gosec // a server of this test
}

func TestListener_RefusedSocketIsAnError(t *testing.T) {
	address, config := socketServer(t, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
	if _, err := listen(address, config, "run1", 0); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("%v", err)
	}
	address, config = socketServer(t, "HTTP/1.1 101 Swi")
	if _, err := listen(address, config, "run1", 0); err == nil {
		t.Error("half of a handshake opened a socket")
	}
}

// TestFrames_OfEveryLength: the heads of short, middle and long frames, and events that follow the handshake
// immediately.
func TestFrames_OfEveryLength(t *testing.T) {
	var frames []byte
	sizes := []int{80, 125, 126, 1024, 65_535, 65_536, 100_000}
	for i, size := range sizes {
		head := fmt.Sprintf(`{"offset":"%d","id":"%010d","x":"`, i+1, i)
		frames = websocket.AppendText(frames, []byte(head), []byte(strings.Repeat("x", size-len(head)-2)+`"}`))
	}
	address, config := socketServer(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"+string(frames))
	l := must.Get(listen(address, config, "run1", 0))(t)
	defer l.conn.Close()
	l.run()
	if err := <-l.failed; err == nil {
		t.Error("the end of the connection is no error")
	}
	if got := l.distinct(); got != int64(len(sizes)) {
		t.Errorf("%d events of %d", got, len(sizes))
	}
}

func TestListener_EventWithoutIDEndsIt(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	l := &wsConsumer{conn: here, in: bufio.NewReader(here), failed: make(chan error, 1)}
	go l.run()
	must.Get(there.Write(websocket.AppendText(nil, []byte(`{"offset":"1",`), []byte(`"source":"urn:x"}`))))(t)
	if err := <-l.failed; err == nil || !strings.Contains(err.Error(), "without id") {
		t.Errorf("%v", err)
	}
}
