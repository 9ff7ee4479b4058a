package front

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mconnect/test/waits"
)

// within is a context for what must not take long.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestTheProtocolIsChosenInTLS(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	for _, want := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{TLSClientConfig: d.client.Clone(), ForceAttemptHTTP2: want == "HTTP/2.0"}
		defer transport.CloseIdleConnections()
		for range 3 {
			r := must[*http.Response](t)((&http.Client{Transport: transport}).Get("https://" + d.address + "/"))
			text := must[[]byte](t)(io.ReadAll(r.Body))
			check(t, r.Body.Close())
			if string(text) != want || r.Proto != want {
				t.Errorf("%s, %s; want %s", text, r.Proto, want)
			}
		}
	}
	check(t, d.Shutdown(within(t, waits.Limit))) // connections of both kinds are idle
}

func TestPlainHTTPIsToldSo(t *testing.T) {
	d := open(t, echo)
	conn := must[net.Conn](t)(net.Dial("tcp", d.address))
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	must[int](t)(io.WriteString(conn, get))
	if text, _ := io.ReadAll(conn); !strings.HasPrefix(string(text), "HTTP/1.0 400 ") {
		t.Errorf("%q", text)
	}
}

// TestShutdown: who waits is let go, who is being answered is answered, who has just come may ask once.
func TestShutdown(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- struct{}{}
			<-release
		}
		echo(w, r)
	})
	idle, busy, fresh := d.dial(t), d.dial(t), d.dial(t)
	idle.say(t, get)
	idle.hear(t, "GET")
	busy.say(t, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"+get)
	<-begun
	done := make(chan error, 1)
	go func() { done <- d.Shutdown(within(t, waits.Limit)) }()
	idle.ended(t, "idle")
	fresh.say(t, get)
	if g := fresh.hear(t, "GET"); g.StatusCode != 200 || !g.Close {
		t.Errorf("fresh: %s, close %t", g.Status, g.Close)
	}
	fresh.ended(t, "fresh")
	if _, err := net.DialTimeout("tcp", d.address, time.Second); err == nil {
		t.Error("a new connection is taken")
	}
	select {
	case err := <-done:
		t.Errorf("did not wait: %v", err)
	default:
	}
	close(release)
	if g := busy.hear(t, "POST"); g.text != "POST /slow abc" || !g.Close {
		t.Errorf("busy: %q, close %t", g.text, g.Close)
	}
	busy.ended(t, "busy") // what came behind is not answered
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestShutdownDoesNotWaitForEver: and Close cuts off what is left.
func TestShutdownDoesNotWaitForEver(t *testing.T) {
	begun := make(chan struct{})
	d := open(t, func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done() // of the server, for Close ends it
		panic(http.ErrAbortHandler)
	})
	l := d.dial(t)
	l.say(t, get)
	<-begun
	if err := d.Shutdown(within(t, 50*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	check(t, d.Close())
	l.ended(t, "cut off")
	if late := newConn(d.Server, nowhere{}); d.add(late) {
		t.Error("a connection is taken after the end")
	}
}

type nowhere struct{ net.Conn }

func (nowhere) RemoteAddr() net.Addr { return &net.TCPAddr{} }

// failing is a listener that has no descriptor left for a while, and then another trouble.
type failing struct {
	net.Listener
	left atomic.Int32
	last error
}

func (f *failing) Accept() (net.Conn, error) {
	switch left := f.left.Add(-1); {
	case left > 0:
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	case left == 0:
		return f.Listener.Accept()
	}
	return nil, f.last
}

func TestTroubleWithAcceptingPasses(t *testing.T) {
	d := open(t, echo)
	broken := errors.New("broken")
	f := &failing{Listener: must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0")), last: broken}
	f.left.Store(3)
	s := New(&http.Server{Handler: d.std.Handler, TLSConfig: d.tls, MaxHeaderBytes: 4 << 10, ErrorLog: d.std.ErrorLog})
	ended := make(chan error, 1)
	go func() { ended <- s.ServeTLS(f, "", "") }()
	l := (&door{address: f.Addr().String(), client: d.client}).dial(t)
	l.say(t, get)
	if g := l.hear(t, "GET"); g.StatusCode != 200 {
		t.Error(g.Status)
	}
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
	check(t, s.Close())
	if said := d.log.String(); strings.Count(said, "again in") != 2 {
		t.Errorf("the log says %q", said)
	}
}

// TestHandingOverEnds: a connection that comes too late is closed, not forgotten.
func TestHandingOverEnds(t *testing.T) {
	h := newHandover()
	check(t, h.Close())
	check(t, h.Close())
	here, there := net.Pipe()
	h.give(here)
	if _, err := there.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read: %v", err)
	}
	if _, err := h.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept: %v", err)
	}
}
