package listener_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mconnect/internal/surface/listener"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// within is a context for what must not take long.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestServer_ProtocolIsChosenInTLS: HTTP/1.1 or HTTP/2, by ALPN.
func TestServer_ProtocolIsChosenInTLS(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	for _, want := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{TLSClientConfig: d.client.Clone(), ForceAttemptHTTP2: want == "HTTP/2.0"}
		defer transport.CloseIdleConnections()
		for range 3 {
			r := must.Get((&http.Client{Transport: transport}).Get("https://" + d.address + "/"))(t)
			text := must.Get(io.ReadAll(r.Body))(t)
			must.OK(t, r.Body.Close())
			if string(text) != want || r.Proto != want {
				t.Errorf("%s, %s; want %s", text, r.Proto, want)
			}
		}
	}
	must.OK(t, d.Shutdown(within(t, waits.Limit))) // connections of both kinds are idle
}

// TestServer_BoundsAreNeverZero: the defaults bound everything.
func TestServer_BoundsAreNeverZero(t *testing.T) {
	s := listener.Config{}.Server(http.NotFoundHandler(), &tls.Config{}, slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 1<<20 {
		t.Errorf("a client may hold the server for ever: %+v", s)
	}
}

// TestServer_AnswersPlainHTTP by status 400.
func TestServer_AnswersPlainHTTP(t *testing.T) {
	d := open(t, echo)
	conn := must.Get(net.Dial("tcp", d.address))(t)
	defer conn.Close()
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	must.Get(io.WriteString(conn, get))(t)
	if text, _ := io.ReadAll(conn); !strings.HasPrefix(string(text), "HTTP/1.0 400 ") {
		t.Errorf("%q", text)
	}
}

// TestShutdown_AnswersWhatIsUnderWay: who waits is let go, who is being answered is answered, a connection that has
// sent nothing is closed.
func TestShutdown_AnswersWhatIsUnderWay(t *testing.T) {
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
	_, _ = io.WriteString(fresh, get)
	fresh.ended(t, "fresh") // not answered: nothing of it has been handled, and the client may repeat it elsewhere
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

// TestShutdown_EndsWithItsContext: and Close cuts off what is left.
func TestShutdown_EndsWithItsContext(t *testing.T) {
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
	must.OK(t, d.Close())
	l.ended(t, "cut off")
}

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

// TestServer_SurvivesWantOfDescriptors: accepting goes on after a while; any other error ends the server.
func TestServer_SurvivesWantOfDescriptors(t *testing.T) {
	d := open(t, echo)
	broken := errors.New("broken")
	f := &failing{Listener: must.Get(net.Listen("tcp", "127.0.0.1:0"))(t), last: broken}
	f.left.Store(3)
	own := &tls.Config{Certificates: []tls.Certificate{must.Get(identity())(t)}}
	s := &http.Server{Handler: d.Handler, TLSConfig: own, MaxHeaderBytes: 4 << 10, ErrorLog: d.ErrorLog}
	ended := make(chan error, 1)
	go func() { ended <- s.ServeTLS(listener.NewConnections(f, 10, 10), "", "") }()
	l := (&site{address: f.Addr().String(), client: d.client}).dial(t)
	l.say(t, get)
	if g := l.hear(t, "GET"); g.StatusCode != 200 {
		t.Error(g.Status)
	}
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
	must.OK(t, s.Close())
	if said := d.log.String(); strings.Count(said, "retrying in") != 2 {
		t.Errorf("the log says %q", said)
	}
}
