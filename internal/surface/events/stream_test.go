package events_test

//lint:file-ignore SA1019 net/http's Transport cannot send the pseudo-header :protocol, x/net's can.

import (
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"mconnect/internal/surface/events/xconnect"
	"mconnect/test/must"
)

// masked is a frame of a client with an empty mask.
func masked(op byte, text string) string {
	head := []byte{0x80 | op, 0x80 | byte(len(text))}
	if len(text) > 125 {
		head = binary.BigEndian.AppendUint16([]byte{0x80 | op, 0x80 | 126}, uint16(len(text)))
	}
	return string(head) + "\x00\x00\x00\x00" + text
}

// frame reads one short frame of the server.
func frame(t testing.TB, in io.Reader) (op byte, text string) {
	t.Helper()
	var head [2]byte
	must.Get(io.ReadFull(in, head[:]))(t)
	size := int(head[1])
	if size == 126 {
		var more [2]byte
		must.Get(io.ReadFull(in, more[:]))(t)
		size = int(binary.BigEndian.Uint16(more[:]))
	}
	body := make([]byte, size)
	must.Get(io.ReadFull(in, body))(t)
	return head[0] & 0xf, string(body)
}

// connect opens a socket over HTTP/2 (RFC 8441); what is written to the pipe goes to the server.
func (c *caller) connect(t testing.TB, query string, headers ...string) (*http.Response, *io.PipeWriter) {
	t.Helper()
	return c.connectTo(t, c.w.url+"/ce/consume/ws"+query, headers...)
}

func (c *caller) connectTo(t testing.TB, target string, headers ...string) (*http.Response, *io.PipeWriter) {
	t.Helper()
	out, in := io.Pipe()
	req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodConnect, target, out))(t)
	req.Header.Set(":protocol", "websocket")
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Sec-WebSocket-Protocol", "cloudevents.json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	tr := &http2.Transport{TLSClientConfig: c.w.TLS(c.system)} // that of net/http sends no :protocol
	res := must.Get(tr.RoundTrip(req))(t)
	t.Cleanup(func() {
		_ = in.Close()
		_ = res.Body.Close()
		tr.CloseIdleConnections()
	})
	return res, in
}

// TestSocketHTTP2_Consumes: the same conversation as over HTTP/1.1, on a stream.
func TestSocketHTTP2_Consumes(t *testing.T) {
	if !strings.Contains(xconnect.Enabled, "http2xconnect=1") {
		t.Fatalf("GODEBUG is %q", xconnect.Enabled)
	}
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	res, in := c.connect(t, "?group=two")
	if res.StatusCode != 200 || res.ProtoMajor != 2 || res.Header.Get("Sec-Websocket-Protocol") != "cloudevents.json" {
		t.Fatalf("handshake: %s %v", res.Status, res.Header)
	}
	producer := w.as(t, "asp.rst", true)
	for _, id := range []string{"1", "2"} {
		producer.produce(t, eventOf(id, invalidated, `{"Number":"B"}`, `"partitionkey":"k"`))
	}
	for _, id := range []string{"1", "2"} {
		if op, text := frame(t, res.Body); op != 1 || read(t, text).ID != id || read(t, text).Offset != id {
			t.Errorf("event %s: %d %s", id, op, text)
		}
	}
	must.Get(io.WriteString(in, masked(9, "hi")))(t)
	if op, text := frame(t, res.Body); op != 10 || text != "hi" {
		t.Errorf("pong: %d %q", op, text)
	}
	must.Get(io.WriteString(in, masked(1, "confirm:1")+masked(8, "\x03\xe8")))(t)
	if op, text := frame(t, res.Body); op != 8 || text != "\x03\xe8" {
		t.Errorf("close: %d %q", op, text)
	}
	_ = in.Close()
	w.quiet(t, 0)
	res, in = c.connect(t, "?group=two")
	if _, text := frame(t, res.Body); read(t, text).ID != "2" || read(t, text).Offset != "1" {
		t.Errorf("again: %s", text)
	}
	must.Get(io.WriteString(in, masked(1, "anything else")))(t)
	if op, text := frame(t, res.Body); op != 8 || !strings.HasPrefix(text, "\x03\xf0confirm:") {
		t.Errorf("close: %d %q", op, text)
	}
	res, _ = c.connect(t, "?group=three")
	w.apply(t, "{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], status: suspended }")
	if op, text := frame(t, res.Body); op != 8 || text != "\x03\xf0system.suspended" {
		t.Errorf("suspended: %d %q", op, text)
	}
	w.surface.Drain()
}

func TestSocketHTTP2_BadHandshakes(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	for header, says := range map[string]string{
		":protocol: other": "extended CONNECT", "Sec-WebSocket-Version: 8": "13", "Sec-WebSocket-Protocol: x": "cloudevents.json", "Origin: https://elsewhere.example": "Origin",
	} {
		res, in := c.connect(t, "", header, "Accept-Language: en")
		_ = in.Close()
		text := must.Get(io.ReadAll(res.Body))(t)
		if res.StatusCode != 400 || !strings.Contains(string(text), says) {
			t.Errorf("%s: %s %s", header, res.Status, text)
		}
	}
	if g := c.ask(t, "GET", "/ce/consume/ws", ""); g.status != 400 {
		t.Errorf("no CONNECT: %s", g)
	}
	for path, allow := range map[string]string{c.instance(t, "") + "/raw": "GET", w.url + "/ce/produce/raw": "POST"} {
		res, in := c.connectTo(t, path)
		_ = in.Close()
		if res.StatusCode != 405 || res.Header.Get("Allow") != allow {
			t.Errorf("CONNECT %s: %s", path, res.Status)
		}
	}
	res, in := w.as(t, "asp.rst", true).connect(t, "")
	_ = in.Close()
	if res.StatusCode != 401 {
		t.Errorf("no consumer: %s", res.Status)
	}
}
