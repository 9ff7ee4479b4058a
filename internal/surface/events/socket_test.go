package events_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mconnect/internal/pki"
	"mconnect/internal/surface/events"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// ended waits until the server closes the connection and returns its code and reason.
func ended(t testing.TB, conn *websocket.Conn) (websocket.StatusCode, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	for {
		_, _, err := conn.Read(ctx)
		if err == nil {
			continue
		}
		if closed, ok := errors.AsType[websocket.CloseError](err); ok {
			return closed.Code, closed.Reason
		}
		t.Fatalf("ended with %v", err)
	}
}

// TestSocket_Consumes: offsets count up from 1 in each connection, confirmations are cumulative, what is not confirmed
// comes again.
func TestSocket_Consumes(t *testing.T) {
	w := newTestPlatform(t, brief)
	c, producer := w.as(t, "hall.app", false), w.as(t, "asp.rst", false)
	conn, res, err := c.dial(t, "?events=true&test=true&dead=false&group=g1")
	must.OK(t, err)
	if conn.Subprotocol() != "cloudevents.json" || res.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Errorf("handshake: %v", res.Header)
	}
	for n := range 5 {
		producer.produce(t, eventOf(fmt.Sprint(n+1), invalidated, `{"Number":"B"}`, `"partitionkey":"k"`, `"traceparent":"00-x"`, `"urgent":true`))
	}
	for n := range 5 {
		text := hear(t, conn)
		d := read(t, text)
		if d.ID != fmt.Sprint(n+1) || d.Offset != fmt.Sprint(n+1) || d.DataContentType != "application/json" || d.Data["Number"] != "B" {
			t.Errorf("event %d: %s", n+1, text)
		}
	}
	say(t, conn, "confirm:3")
	must.OK(t, conn.Close(websocket.StatusNormalClosure, ""))
	conn, _, err = c.dial(t, "?group=g1")
	must.OK(t, err)
	for n, id := range []string{"4", "5"} {
		if d := read(t, hear(t, conn)); d.ID != id || d.Offset != fmt.Sprint(n+1) {
			t.Errorf("again: %+v", d)
		}
	}
	say(t, conn, "confirm:1")
	say(t, conn, "confirm:2")
	producer.produce(t, eventOf("6", invalidated, `{"Number":"B"}`))
	if d := read(t, hear(t, conn)); d.ID != "6" || d.Offset != "3" {
		t.Errorf("next: %+v", d)
	}
}

func TestSocket_ExtensionsAreDelivered(t *testing.T) {
	w := newTestPlatform(t, brief)
	conn, _, err := w.as(t, "hall.app", false).dial(t, "")
	must.OK(t, err)
	w.as(t, "asp.rst", false).produce(t, eventOf("1", invalidated, `{"Number":"B"}`, `"traceparent":"00-x"`, `"urgent":true`, `"rank":3`))
	if text := hear(t, conn); !strings.Contains(text, `"traceparent":"00-x","urgent":true,"rank":3`) {
		t.Errorf("delivered %s", text)
	}
}

func TestSocket_DeadEventsBySocket(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", false)
	conn, _, err := c.dial(t, "?group=g1")
	must.OK(t, err)
	morgue, _, err := c.dial(t, "?events=false&test=false&dead=true&group=morgue")
	must.OK(t, err)
	w.as(t, "asp.rst", false).produce(t, eventOf("1", invalidated, `{"Number":"B"}`))
	say(t, conn, "dead:"+strings.Replace(hear(t, conn), `{"Number":"B"}`, `{"Number":"B","Why":"unreadable"}`, 1))
	if d := read(t, hear(t, morgue)); d.ID != "1" || d.Data["Why"] != "unreadable" || d.Offset != "1" {
		t.Errorf("dead: %+v", d)
	}
	w.as(t, "asp.rst", false).produce(t, eventOf("2", invalidated, `{"Number":"B"}`))
	if d := read(t, hear(t, conn)); d.ID != "2" {
		t.Errorf("the conversation goes on: %+v", d)
	}
	if n := w.surface.Counts().Dead; n != 1 {
		t.Errorf("%d dead", n)
	}
}

// TestSocket_AnythingElseClosesTheSocket, with a code that says why.
func TestSocket_AnythingElseClosesTheSocket(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", false)
	w.as(t, "asp.rst", false).produce(t, eventOf("0", invalidated, `{"Number":"B"}`))
	for message, want := range map[string]struct {
		code   websocket.StatusCode
		reason string
	}{
		"":              {1008, "confirm:<offset> or dead:<event> is expected"},
		"hello":         {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm:":      {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm:0":     {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm:-1":    {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm:+1":    {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm: 1":    {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm:1x":    {1008, "confirm:<offset> or dead:<event> is expected"},
		"CONFIRM:1":     {1008, "confirm:<offset> or dead:<event> is expected"},
		" confirm:1":    {1008, "confirm:<offset> or dead:<event> is expected"},
		"xxconfirm:1":   {1008, "confirm:<offset> or dead:<event> is expected"},
		"confirm:7":     {1008, "event.offset"},
		"dead:":         {1008, "message.malformed"},
		"dead:{}":       {1008, "event.malformed"},
		"dead:{\"a\":1": {1008, "message.malformed"},
		"dead:" + eventOf("never", invalidated, `{}`): {1008, "event.notDelivered"},
		"dead:" + strings.Repeat("x", 1<<20+64):       {1009, "message too big"},
		"confirm:\xff":                                {1007, "text is not UTF-8"},
	} {
		conn, _, err := c.dial(t, "?group=g2")
		must.OK(t, err)
		say(t, conn, message)
		if code, reason := ended(t, conn); code != want.code || reason != want.reason {
			t.Errorf("%.40q: closed with %d %q, want %d %q", message, code, reason, want.code, want.reason)
		}
	}
	conn, _, err := c.dial(t, "")
	must.OK(t, err)
	must.OK(t, conn.Write(t.Context(), websocket.MessageBinary, []byte("confirm:1")))
	if code, _ := ended(t, conn); code != 1003 {
		t.Errorf("binary: %d", code)
	}
	conn, _, err = c.dial(t, "")
	must.OK(t, err)
	must.OK(t, conn.Close(4001, "enough"))
	w.quiet(t, 0)
}

// TestSocket_BadHandshakes are answered over HTTP.
func TestSocket_BadHandshakes(t *testing.T) {
	w := newTestPlatform(t, brief)
	good := []string{"Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: x, cloudevents.json"}
	without := func(n int, instead string) []string {
		all := append([]string{}, good...)
		all[n] = instead
		return all
	}
	c := w.as(t, "hall.app", false)
	for name, r := range map[string]struct {
		query   string
		headers []string
		status  int
		says    string
	}{
		"no upgrade":           {"", without(0, "X: y"), 400, "upgrade"},
		"another protocol":     {"", without(1, "Upgrade: h2c"), 400, "upgrade"},
		"another version":      {"", without(2, "Sec-WebSocket-Version: 8"), 400, "Sec-WebSocket-Version 13"},
		"no key":               {"", without(3, "Sec-WebSocket-Key: x"), 400, "Sec-WebSocket-Key"},
		"no subprotocol":       {"", without(4, "X: y"), 400, "cloudevents.json"},
		"another subprotocol":  {"", without(4, "Sec-WebSocket-Protocol: CloudEvents.JSON"), 400, "cloudevents.json"},
		"a page of elsewhere":  {"", append([]string{"Origin: https://elsewhere.example"}, good...), 400, "Origin"},
		"a flag that is none":  {"?dead=perhaps", good, 400, "dead"},
		"a flag twice":         {"?dead=true&dead=true", good, 400, "dead"},
		"a query that is none": {"?a=%zz", good, 400, "query"},
		"a group that is none": {"?group=a%2Fb", good, 400, ""},
		"nothing wanted":       {"?events=false&test=false", good, 400, ""},
	} {
		g := c.ask(t, "GET", "/ce/consume/ws"+r.query, "", r.headers...)
		if g.status != r.status || !strings.Contains(g.body, r.says) {
			t.Errorf("%s: %s", name, g)
		}
		plain(t, g)
	}
	for _, system := range []string{"asp.rst", "asp.near"} {
		if g := w.as(t, system, false).ask(t, "GET", "/ce/consume/ws", "", good...); g.status != 401 {
			t.Errorf("%s: %s", system, g)
		}
	}
}

// TestSocket_SuspensionClosesSockets, and the end of an agreement ends the events.
func TestSocket_SuspensionClosesSockets(t *testing.T) {
	w := newTestPlatform(t, brief)
	conn, _, err := w.as(t, "hall.app", false).dial(t, "")
	must.OK(t, err)
	other, _, err := w.as(t, "bank.core", false).dial(t, "")
	must.OK(t, err)
	w.apply(t, "{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], status: suspended }")
	if code, reason := ended(t, conn); code != 1008 || reason != "system.suspended" {
		t.Errorf("closed with %d %q", code, reason)
	}
	w.as(t, "asp.rst", false).produce(t, eventOf("1", invalidated, `{"Number":"B"}`))
	if d := read(t, hear(t, other)); d.ID != "1" {
		t.Errorf("the other: %+v", d)
	}
	if _, res, err := w.as(t, "hall.app", false).dial(t, ""); err == nil || res.StatusCode != 401 {
		t.Errorf("opened again: %v", err)
	}
}

// revoke declares a system's certificate revoked.
func (w *testPlatform) revoke(t testing.TB, system string) {
	t.Helper()
	text := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(w.Certificates[system].Leaf))), "\n", "\n  ")
	w.apply(t, "kind: Certificate\nsystem: "+system+"\nrevoked_at: 2026-01-01T00:00:00Z\nreason: lost\npem: |\n  "+text+"\n")
}

// TestSocket_RevokedIsClosed, whatever it did before.
func TestSocket_RevokedIsClosed(t *testing.T) {
	for want, change := range map[string]func(*testPlatform){
		"certificate.revoked": func(w *testPlatform) { w.revoke(t, "hall.app") },
		"network.forbidden": func(w *testPlatform) {
			w.apply(t, "{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], networks: [192.0.2.0/24] }")
		},
		"system.notConsumer": func(w *testPlatform) {
			w.apply(t, "{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [provider] }")
		},
	} {
		w := newTestPlatform(t, events.Limits{}) // no ping within the test
		conn, _, err := w.as(t, "hall.app", false).dial(t, "")
		must.OK(t, err)
		other, _, err := w.as(t, "bank.core", false).dial(t, "")
		must.OK(t, err)
		change(w)
		if code, reason := ended(t, conn); code != 1008 || reason != want {
			t.Errorf("closed with %d %q, want %s", code, reason, want)
		}
		w.as(t, "asp.rst", false).produce(t, eventOf("1", invalidated, `{"Number":"B"}`))
		if d := read(t, hear(t, other)); d.ID != "1" {
			t.Errorf("the other: %+v", d)
		}
	}
}

func TestSocket_DrainingClosesSockets(t *testing.T) {
	w := newTestPlatform(t, brief)
	conn, _, err := w.as(t, "hall.app", false).dial(t, "")
	must.OK(t, err)
	w.surface.Drain()
	if code, reason := ended(t, conn); code != 1001 || reason != "platform.draining" {
		t.Errorf("closed with %d %q", code, reason)
	}
}

// TestSocket_SilentPeerIsPingedAndClosed: one that answers pings stays.
func TestSocket_SilentPeerIsPingedAndClosed(t *testing.T) {
	limits := brief
	limits.Silence = time.Second // a busy machine may be late with a pong
	w := newTestPlatform(t, limits)
	alive, _, err := w.as(t, "hall.app", false).dial(t, "?group=alive")
	must.OK(t, err)
	heard := make(chan string, 1)
	go func() {
		defer close(heard)      // also when it hears nothing
		heard <- hear(t, alive) // answers pings
	}()
	dead := w.raw(t, "hall.app")
	begun := time.Now()
	text, _ := io.ReadAll(dead) // reads pings and says nothing
	if took := time.Since(begun); took < limits.Silence || !strings.Contains(string(text), "\x89\x00") {
		t.Errorf("a half-open socket was held %s and got %q", took, text)
	}
	w.as(t, "asp.rst", false).produce(t, eventOf("1", invalidated, `{"Number":"B"}`))
	if text := <-heard; !strings.Contains(text, `"id":"1"`) {
		t.Errorf("the live one heard %s", text)
	}
}

// raw opens a socket manually and returns the connection behind the handshake.
func (w *testPlatform) raw(t testing.TB, system string) *tls.Conn {
	t.Helper()
	cfg := w.TLS(system)
	conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), cfg))(t)
	t.Cleanup(func() { _ = conn.Close() })
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	must.Get(io.WriteString(conn, "GET /ce/consume/ws?group=raw HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: cloudevents.json\r\n\r\n"))(t)
	var head []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(head), "\r\n\r\n"); head = append(head, b[0]) {
		if _, err := conn.Read(b); err != nil {
			t.Fatalf("handshake: %q %v", head, err)
		}
	}
	res := must.Get(http.ReadResponse(bufio.NewReader(strings.NewReader(string(head))), nil))(t)
	if res.StatusCode != 101 || res.Header.Get("Sec-Websocket-Accept") != "ICX+Yqv66kxgM0FcWaLWlFLwTAI=" {
		t.Fatalf("handshake: %q", head)
	}
	return conn
}

// TestSocket_RubbishOnTheSocketClosesIt: whatever is no frame of RFC 6455.
func TestSocket_RubbishOnTheSocketClosesIt(t *testing.T) {
	w := newTestPlatform(t, brief)
	for name, bytes := range map[string]string{
		"prefix rubbish": "GET / HTTP/1.1\r\n\r\n", "no mask": "\x81\x02hi", "reserved bits": "\xf1\x82\x00\x00\x00\x00hi", "an unknown opcode": "\x83\x80\x00\x00\x00\x00",
		"a continuation of nothing": "\x80\x81\x00\x00\x00\x00x", "a ping in pieces": "\x09\x80\x00\x00\x00\x00", "zeros": strings.Repeat("\x00", 64),
	} {
		conn := w.raw(t, "hall.app")
		must.Get(io.WriteString(conn, bytes))(t)
		text := make([]byte, 4)
		_, _ = io.ReadFull(conn, text)
		_ = conn.Close()
		if text[0] != 0x88 || int(text[2])<<8|int(text[3]) != 1002 {
			t.Errorf("%s: answered with %q", name, text)
		}
	}
	w.quiet(t, 0)
}

// quiet waits until no more than some sockets are open.
func (w *testPlatform) quiet(t testing.TB, most int64) {
	t.Helper()
	for end := time.Now().Add(waits.Limit); w.surface.Counts().Sockets > most; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%+v\n%s", w.surface.Counts(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestSocket_SlowReaderIsBoundedAndClosed while others get their events.
func TestSocket_SlowReaderIsBoundedAndClosed(t *testing.T) {
	limits := brief
	limits.Write = time.Second
	w := newTestPlatform(t, limits)
	w.raw(t, "hall.app") // never reads
	fast, _, err := w.as(t, "hall.app", false).dial(t, "?group=fast")
	must.OK(t, err)
	producer := w.as(t, "asp.rst", true)
	const events, size = 40, 512 << 10
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var done sync.WaitGroup
	done.Go(func() {
		for range events {
			hear(t, fast)
		}
	})
	for n := range events {
		producer.produce(t, eventOf(fmt.Sprint(n), invalidated, `{"Number":"`+strings.Repeat("x", size)+`"}`))
	}
	done.Wait()
	w.quiet(t, 1)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 24<<20 {
		t.Errorf("%d MiB of %d MiB events are in memory", grown>>20, events*size>>20)
	}
}

// TestSocket_ThousandIdleSockets measures what they cost and that each still hears.
func TestSocket_ThousandIdleSockets(t *testing.T) {
	w := newTestPlatform(t, events.Limits{})
	const sockets = 1000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	client := w.as(t, "hall.app", false)
	conns := make([]*websocket.Conn, sockets)
	for n := range conns {
		ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
		conn, _, err := websocket.Dial(ctx, strings.Replace(w.url, "https", "wss", 1)+"/ce/consume/ws?group=g"+fmt.Sprint(n%100), &websocket.DialOptions{
			HTTPClient: client.http, Subprotocols: []string{events.Protocol},
		})
		cancel()
		if err != nil {
			t.Fatalf("socket %d: %v", n, err)
		}
		conns[n] = conn
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	perSocket := (int64(after.HeapAlloc+after.StackInuse) - int64(before.HeapAlloc+before.StackInuse)) / sockets
	t.Logf("%d sockets: %d KiB each in this process, the client's half included", w.surface.Counts().Sockets, perSocket>>10)
	if perSocket > 250<<10 {
		t.Errorf("%d KiB a socket", perSocket>>10)
	}
	for _, conn := range conns {
		_ = conn.CloseNow()
	}
	w.quiet(t, 0)
}
