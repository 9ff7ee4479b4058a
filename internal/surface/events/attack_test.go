package events_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"mconnect/internal/surface/events"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// TestAttack_HostileProducing: tricks that must not get anything accepted, in both protocols.
func TestAttack_HostileProducing(t *testing.T) {
	w := newTestPlatform(t, brief)
	good := eventOf("x", invalidated, `{"Number":"B"}`)
	under := func(other string) string { return strings.Replace(good, `"`+source+`"`, `"`+other+`"`, 1) }
	rows := []row{
		{"a source that begins as a granted one", "asp.rst", "/ce/produce/event", under("urn:asp:rstx"), []string{oneType}, 401, "urn:asp:rstx"},
		{"a source below a granted one", "asp.rst", "/ce/produce/event", under("urn:asp:rst:x"), []string{oneType}, 401, "urn:asp:rst:x"},
		{"a granted source in other letters", "asp.rst", "/ce/produce/event", under("URN:asp:rst"), []string{oneType}, 401, "URN:asp:rst"},
		{"a granted source that is escaped", "asp.rst", "/ce/produce/event", under("urn:asp:%72st"), []string{oneType}, 401, "urn:asp:"},
		{"a granted source with a blank", "asp.rst", "/ce/produce/event", under("urn:asp:rst "), []string{oneType}, 400, "source"},
		{"the pattern itself", "asp.rst", "/ce/produce/event", under("*"), []string{oneType}, 401, "*"},
		{"a line end in a header", "asp.rst", "/ce/produce/raw", `{}`, raw("r", invalidated, jsonType, "ce-subject: a%0d%0aSet-Cookie: x"), 400, "control character"},
		{"bytes that are no UTF-8", "asp.rst", "/ce/produce/raw", `{}`, raw("r%ff", invalidated, jsonType), 400, "UTF-8"},
		{"a long id", "asp.rst", "/ce/produce/raw", `{}`, raw(strings.Repeat("r", 257), invalidated, jsonType), 400, "256"},
		{"a deep document", "asp.rst", "/ce/produce/event", eventOf("x", noted, strings.Repeat("[", 500_000)+strings.Repeat("]", 500_000)), []string{oneType}, 400, ""},
		{"a batch of too many", "asp.rst", "/ce/produce/events", "[" + strings.Repeat(`{"specversion":"1.0","id":"1","source":"urn:asp:rst","type":"ASP.RST.Note.Added","data":1},`, 11_000) + "1]", []string{batchType}, 400, ""},
		{"brackets", "asp.rst", "/ce/produce/events", strings.Repeat("[", 1<<20), []string{batchType}, 400, ""},
		{"1 MB of blanks", "asp.rst", "/ce/produce/events", strings.Repeat(" ", 1<<20), []string{batchType}, 400, ""},
		{"data that become too large in base64", "asp.rst", "/ce/produce/raw", strings.Repeat("\xff", 900<<10), raw("r", noted, "Content-Type: application/octet-stream"), 413, ""},
		{"a time of another world", "asp.rst", "/ce/produce/event", eventOf("x", invalidated, `{"Number":"B"}`, `"time":"9999-12-31T23:59:59Z"`), []string{oneType}, 400, "future"},
		{"a group that climbs", "hall.app", "/ce/consumers?group=..%2F..%2Fx", "", nil, 400, ""},
		{"a group with a zero", "hall.app", "/ce/consumers?group=a%00", "", nil, 400, ""},
		{"a group in another script", "hall.app", "/ce/consumers?group=%D0%B0", "", nil, 400, ""},
		{"two groups", "hall.app", "/ce/consumers?group=a&group=b", "", nil, 400, ""},
		{"nothing wanted", "hall.app", "/ce/consumers?events=false&test=false", "", nil, 400, ""},
		{"from tomorrow", "hall.app", "/ce/consumers?from=2999-01-01T00:00:00Z", "", nil, 400, ""},
	}
	for _, p := range protocols {
		for _, r := range rows {
			t.Run(p.name+"/"+r.name, func(t *testing.T) {
				g := w.as(t, r.system, p.h2).ask(t, "POST", r.target, r.body, r.headers...)
				if g.status != r.status || !strings.Contains(g.body, r.says) || g.header.Get("Set-Cookie") != "" {
					t.Fatalf("%s; want %d with %q", g, r.status, r.says)
				}
				plain(t, g)
			})
		}
	}
	if c := w.surface.Counts(); c.Produced != 0 || c.Instances != 0 || c.InFlight != 0 {
		t.Errorf("%+v", c)
	}
}

// TestAttack_IDsAreComparedByteByByte: twice in one batch is a repeat, another Unicode form is another event.
func TestAttack_IDsAreComparedByteByByte(t *testing.T) {
	w := newTestPlatform(t, brief)
	conn, _, err := w.as(t, "hall.app", false).dial(t, "")
	must.OK(t, err)
	ids := []string{"same", "same", "\u0219", "s\u0326", "SAME", "same"}
	var all []string
	for _, id := range ids {
		all = append(all, eventOf(id, invalidated, `{"Number":"B"}`, `"partitionkey":"k"`))
	}
	producer := w.as(t, "asp.rst", true)
	for range 2 {
		if g := producer.ask(t, "POST", "/ce/produce/events", "["+strings.Join(all, ",")+"]", batchType); g.status != 202 {
			t.Fatal(g)
		}
	}
	producer.produce(t, eventOf("end", invalidated, `{"Number":"B"}`, `"partitionkey":"k"`))
	var heard []string
	for len(heard) == 0 || heard[len(heard)-1] != "end" {
		heard = append(heard, read(t, hear(t, conn)).ID)
	}
	if got := strings.Join(heard, " "); got != "same \u0219 s\u0326 SAME end" {
		t.Errorf("delivered %q", got)
	}
}

// TestAttack_WhatAProducerWritesStaysInItsHeader: whatever stands in an attribute, a poll in raw form has no header of
// the producer's making.
func TestAttack_WhatAProducerWritesStaysInItsHeader(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", false)
	at := c.instance(t, "")
	subject := `a, b; "c" % \ 100%0d%0aSet-Cookie: x ` + "\u2028Ж\U0001F600"
	text := must.Get(json.Marshal(subject))(t)
	w.as(t, "asp.rst", false).produce(t, eventOf("1", invalidated, `{"Number":"B"}`, `"subject":`+string(text), `"contentlength":"1"`, `"offsets":"9"`))
	g := c.ask(t, "GET", at+"/raw", "")
	if g.status != 200 || g.header.Get("Set-Cookie") != "" || g.header.Get("Ce-Offset") != "1" || g.header.Get("Ce-Contentlength") != "1" || g.body != `{"Number":"B"}` {
		t.Fatalf("%s", g)
	}
	// The dead event in raw form, with the very headers that were delivered, is the same event.
	headers := []string{"Content-Type: " + g.header.Get("Content-Type")}
	for name := range g.header {
		if strings.HasPrefix(name, "Ce-") {
			headers = append(headers, name+": "+g.header.Get(name))
		}
	}
	if dead := c.ask(t, "POST", at+"/dead", g.body, headers...); dead.status != 202 {
		t.Fatalf("dead: %s", dead)
	}
	back := c.ask(t, "GET", c.instance(t, "?events=false&dead=true&group=desk")+"/event", "")
	var e struct{ Subject, Contentlength string }
	if err := json.Unmarshal([]byte(back.body), &e); err != nil || e.Subject != subject || e.Contentlength != "1" {
		t.Errorf("came back as %s", back)
	}
}

// TestAttack_FloodsOfFramesCostNothingThatStays: pings that nobody answers for, pieces that never end, and a peer that
// vanishes.
func TestAttack_FloodsOfFramesCostNothingThatStays(t *testing.T) {
	limits := brief
	limits.Silence, limits.Write = 2*time.Second, time.Second
	w := newTestPlatform(t, limits)
	flood := strings.Repeat(masked(9, strings.Repeat("p", 125)), 200)
	pings := w.raw(t, "hall.app") // never reads the pongs
	go func() {
		for {
			if _, err := io.WriteString(pings, flood); err != nil {
				return
			}
		}
	}()
	pieces := w.raw(t, "hall.app")
	go func() {
		_, err := io.WriteString(pieces, "\x01\x80\x00\x00\x00\x00")
		for err == nil { // 8 KiB each, for ever
			_, err = io.WriteString(pieces, "\x00\xfe\x20\x00\x00\x00\x00\x00"+strings.Repeat("x", 8<<10))
		}
	}()
	half := w.raw(t, "hall.app")
	_, err := io.WriteString(half, "\x81\xff\x00\x00\x00\x00\x00\x10\x00\x00") // promises 1 MiB and stops
	must.OK(t, err)
	early := w.raw(t, "hall.app")
	must.OK(t, early.Close())
	w.quiet(t, 0)
}

// TestAttack_EndedStreamsAreReleased: over HTTP/2 a peer may close its half, or reset the stream.
func TestAttack_EndedStreamsAreReleased(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	_, in := c.connect(t, "?group=half")
	must.OK(t, in.Close()) // END_STREAM without a close frame
	w.quiet(t, 0)
	res, _ := c.connect(t, "?group=reset")
	must.OK(t, res.Body.Close()) // RST_STREAM
	w.quiet(t, 0)
	res, in = c.connect(t, "?group=rubbish")
	must.Get(io.WriteString(in, "GET / HTTP/1.1\r\n\r\n"))(t)
	if op, text := frame(t, res.Body); op != 8 || !strings.HasPrefix(text, "\x03\xea") {
		t.Errorf("rubbish: %d %q", op, text)
	}
	w.quiet(t, 0)
}

// TestAttack_GiantHeadersAreRefused before anything of the surface sees them, and an endless one is cut off.
func TestAttack_GiantHeadersAreRefused(t *testing.T) {
	w := newTestPlatform(t, brief)
	conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), w.TLS("asp.rst")))(t)
	t.Cleanup(func() { _ = conn.Close() })
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	_, err := io.WriteString(conn, "POST /ce/produce/raw HTTP/1.1\r\nHost: x\r\n")
	for n := 0; err == nil && n < 64; n++ {
		_, err = io.WriteString(conn, "ce-x"+fmt.Sprint(n)+": "+strings.Repeat("v", 8<<10)+"\r\n")
	}
	if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
		_ = res.Body.Close()
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("answered %s", res.Status)
		}
	} // else it was cut off while it still wrote
	if c := w.surface.Counts(); c.Produced != 0 {
		t.Errorf("%+v", c)
	}
}

// TestAttack_NothingLeaksByConnecting: sockets, instances and refusals, over and over.
func TestAttack_NothingLeaksByConnecting(t *testing.T) {
	w := newTestPlatform(t, events.Limits{})
	round := func(n int) {
		for i := range n {
			_ = w.raw(t, "hall.app").Close()
			c := w.as(t, "hall.app", i%2 == 0)
			c.ask(t, "DELETE", c.instance(t, ""), "")
			c.http.CloseIdleConnections()
		}
		w.quiet(t, 0)
	}
	round(20)
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	round(rounds)
	left := func() bool { // a reader is closed a moment after its connection
		c := w.surface.Counts()
		return runtime.NumGoroutine() > goroutines+10 || openFiles(t) > files+10 || c.Instances != 0 || c.InFlight != 0 || w.engine.Readers() != 0
	}
	for end := time.Now().Add(waits.Limit); left(); <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, were %d; %d files, were %d; %+v, %d readers",
				runtime.NumGoroutine(), goroutines, openFiles(t), files, w.surface.Counts(), w.engine.Readers())
		}
	}
}

// rounds of connecting: each opens three connections.
const rounds = 200

func openFiles(t testing.TB) int {
	t.Helper()
	return len(must.Get(os.ReadDir("/proc/self/fd"))(t))
}
