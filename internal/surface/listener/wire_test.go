package listener_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// TestWire_PipelinedRequestsAreAnsweredInOrder: also those with bodies that nobody reads.
func TestWire_PipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/unread") {
			_, _ = io.WriteString(w, r.URL.Path)
			return
		}
		echo(w, r)
	})
	l := d.dial(t)
	var said strings.Builder
	for n := range 30 {
		fmt.Fprintf(&said, "POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n%02d", n, n)
		fmt.Fprintf(&said, "POST /unread%d HTTP/1.1\r\nHost: x\r\nContent-Length: 39\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n%04d", n, n)
		fmt.Fprintf(&said, "POST /c%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n", n)
		fmt.Fprintf(&said, "POST /unreadc%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", n)
	}
	l.say(t, said.String())
	for n := range 30 {
		for _, want := range []string{
			fmt.Sprintf("POST /%d %02d", n, n), fmt.Sprintf("/unread%d", n), fmt.Sprintf("POST /c%d ab", n), fmt.Sprintf("/unreadc%d", n),
		} {
			if g := l.hear(t, "POST"); g.text != want || g.Close {
				t.Fatalf("%q, close %t; want %q", g.text, g.Close, want)
			}
		}
	}
}

// TestWire_BrokenBodyEndsTheConnection, whether or not a handler reads it.
func TestWire_BrokenBodyEndsTheConnection(t *testing.T) {
	var failed atomic.Int32
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/read":
			if _, err := io.ReadAll(r.Body); err != nil {
				failed.Add(1)
			}
			if _, err := r.Body.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
				t.Error("a broken body ends well")
			}
		case "/closed":
			must.OK(t, r.Body.Close())
			if _, err := r.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
				t.Errorf("read after close: %v", err)
			}
		case "/smuggled":
			t.Error("a part of a body was taken for a request")
		}
	})
	for _, target := range []string{"/read", "/unread", "/closed"} {
		l := d.dial(t)
		l.say(t, "POST "+target+" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
		if g := l.hear(t, "POST"); g.StatusCode != 200 || !g.Close {
			t.Errorf("%s: %s, close %t", target, g.Status, g.Close)
		}
		l.ended(t, target)
	}
	if failed.Load() != 1 {
		t.Errorf("%d bodies failed", failed.Load())
	}
}

// drained is how much of an unread body net/http discards.
const drained = 256 << 10

// TestWire_UnreadBodyIsDiscardedWithinBounds: a large rest ends the connection, and yet its sender learns why.
func TestWire_UnreadBodyIsDiscardedWithinBounds(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})
	for size, closes := range map[int]bool{1: false, 5000: false, drained - 1: false, drained + 1: true, 4 * drained: true} {
		for _, chunked := range []bool{false, true} {
			l := d.dial(t)
			text := fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size))
			if chunked {
				text = fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, strings.Repeat("x", size))
			}
			l.say(t, text) // whole, before anything is read
			if g := l.hear(t, "POST"); g.StatusCode != 403 || g.Close != closes {
				t.Errorf("%d bytes, chunked %t: %s, close %t", size, chunked, g.Status, g.Close)
			}
			if closes {
				l.ended(t, "a large rest")
				continue
			}
			l.say(t, get)
			if g := l.hear(t, "GET"); g.StatusCode != 403 {
				t.Errorf("%d bytes, chunked %t: then %s", size, chunked, g.Status)
			}
		}
	}
}

// TestWire_ExpectContinue: a client that waits with its body.
func TestWire_ExpectContinue(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/unread" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		echo(w, r)
	})
	l := d.dial(t)
	for _, framed := range []string{"Content-Length: 3\r\n\r\n|abc", "Transfer-Encoding: chunked\r\n\r\n|3\r\nabc\r\n0\r\n\r\n"} {
		head, body, _ := strings.Cut(framed, "|")
		l.say(t, "POST /read HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n"+head)
		said := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
		if _, err := io.ReadFull(l.in, said); err != nil || string(said) != "HTTP/1.1 100 Continue\r\n\r\n" {
			t.Fatalf("%q %v", said, err)
		}
		l.say(t, body)
		if g := l.hear(t, "POST"); g.text != "POST /read abc" || g.Close {
			t.Errorf("%q, close %t", g.text, g.Close)
		}
	}
	// nothing to wait with
	l.say(t, "POST /read HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
	if g := l.hear(t, "POST"); g.text != "POST /read " || g.Close {
		t.Errorf("%q, close %t", g.text, g.Close)
	}
	l.say(t, "POST /unread HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	if g := l.hear(t, "POST"); g.StatusCode != 403 || !g.Close { // whether the body comes cannot be known
		t.Errorf("%s, close %t", g.Status, g.Close)
	}
	l.ended(t, "a body that was not asked for")
}

// TestWire_SlowClientsAreCutOff: in the handshake, the head, the body, between requests and reading.
func TestWire_SlowClientsAreCutOff(t *testing.T) {
	const soon = 150 * time.Millisecond
	failed := make(chan error, 1)
	handler := func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		switch r.URL.Path {
		case "/hurry":
			must.OK(t, control.SetReadDeadline(time.Now().Add(soon)))
		case "/stalls":
			must.OK(t, control.SetWriteDeadline(time.Now().Add(soon)))
		}
		if r.Method == http.MethodPost {
			_, err := io.ReadAll(r.Body)
			failed <- err
			return
		}
		for err := error(nil); r.URL.Path != "/"; {
			if _, err = w.Write(make([]byte, 1<<16)); err != nil {
				failed <- err
				return
			}
		}
	}
	for name, c := range map[string]struct {
		bound func(*http.Server)
		said  string
		fails bool // the handler notices
		drips bool
	}{
		"says nothing after the handshake": {bound: func(s *http.Server) { s.ReadHeaderTimeout = soon }},
		"never ends its head":              {bound: func(s *http.Server) { s.ReadHeaderTimeout = soon }, said: "GET / HTTP/1.1\r\nHost: x\r\n"},
		"never ends a second head":         {bound: func(s *http.Server) { s.ReadHeaderTimeout = soon }, said: get + "GET / HT"},
		"head, bounded by the whole":       {bound: func(s *http.Server) { s.ReadHeaderTimeout, s.ReadTimeout = 0, soon }, said: "GET / HTTP/1.1\r\nHost: x\r\n"},
		"never ends its body":              {bound: func(s *http.Server) { s.ReadTimeout = soon }, said: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", fails: true},
		"never ends its chunks":            {bound: func(s *http.Server) { s.ReadTimeout = soon }, said: "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na", fails: true},
		"is hurried by the handler":        {bound: func(*http.Server) {}, said: "POST /hurry HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", fails: true},
		"drips its head":                   {bound: func(s *http.Server) { s.ReadHeaderTimeout = soon }, said: "GET / HTTP/1.1\r\nX-Long: ", drips: true},
		"drips its body":                   {bound: func(s *http.Server) { s.ReadTimeout = soon }, said: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n", drips: true, fails: true},
		"idles":                            {bound: func(s *http.Server) { s.IdleTimeout = soon }, said: get},
		"reads nothing":                    {bound: func(s *http.Server) { s.WriteTimeout = soon }, said: "GET /much HTTP/1.1\r\nHost: x\r\n\r\n", fails: true},
		"reads nothing, hurried":           {bound: func(*http.Server) {}, said: "GET /stalls HTTP/1.1\r\nHost: x\r\n\r\n", fails: true},
	} {
		d := open(t, handler, c.bound)
		l := d.dial(t)
		l.say(t, c.said)
		if c.drips {
			go func() {
				for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
					if _, err := l.Write([]byte("x")); err != nil {
						return
					}
				}
			}()
		}
		if c.fails {
			if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := io.Copy(io.Discard, l.in); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection goes on", name)
		}
	}
	d := open(t, handler, func(s *http.Server) { s.ReadHeaderTimeout = soon })
	silent := must.Get(net.Dial("tcp", d.address))(t)
	defer silent.Close()
	must.OK(t, silent.SetDeadline(time.Now().Add(waits.Limit)))
	if n, err := silent.Read(make([]byte, 1)); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("without a handshake: %d %v", n, err)
	}
}

// TestWire_DeadlinesOfAHandlerEndWithItsRequest: the next request has the server's own time again.
func TestWire_DeadlinesOfAHandlerEndWithItsRequest(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.URL.Path == "/hurry" {
			must.OK(t, control.SetReadDeadline(time.Now()))
			must.OK(t, control.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
		}
		echo(w, r)
	}, func(s *http.Server) { s.WriteTimeout = 0 })
	l := d.dial(t)
	l.say(t, "GET /hurry HTTP/1.1\r\nHost: x\r\n\r\n")
	if g := l.hear(t, "GET"); g.StatusCode != 200 || g.Close {
		t.Fatalf("%s, close %t", g.Status, g.Close)
	}
	waited := time.NewTimer(100 * time.Millisecond)
	<-waited.C
	for range 2 {
		l.say(t, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
		l.say(t, "abc")
		if g := l.hear(t, "POST"); g.text != "POST / abc" || g.Close {
			t.Errorf("%q, close %t", g.text, g.Close)
		}
	}
}

// TestWire_NothingOfARequestIsInTheNext.
func TestWire_NothingOfARequestIsInTheNext(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-"+r.URL.Path[1:], "1")
		r.URL.Path, r.Host = "/changed", "changed"
		r.Header.Set("X-Added", "1")
		fmt.Fprint(w, len(r.Header), r.ContentLength, r.TransferEncoding, r.Header)
	})
	l := d.dial(t)
	for _, c := range []struct{ said, text, header string }{
		{"POST /A HTTP/1.1\r\nHost: x\r\nCallReason: secret\r\nX-B: 1\r\nX-B: 2\r\nContent-Length: 1\r\n\r\na", "4 1 [] map[Callreason:[secret] Content-Length:[1] X-Added:[1] X-B:[1 2]]", "X-A"},
		{"POST /A HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "1 -1 [chunked] map[X-Added:[1]]", "X-A"},
		{"GET /B HTTP/1.1\r\nHost: x\r\nX-B: 3\r\n\r\n", "2 0 [] map[X-Added:[1] X-B:[3]]", "X-B"},
	} {
		l.say(t, c.said)
		g := l.hear(t, "POST")
		if g.text != c.text || g.Header.Get(c.header) != "1" || g.Header.Get("X-A") != "" && g.Header.Get("X-B") != "" {
			t.Errorf("%q, %v; want %q", g.text, g.Header, c.text)
		}
	}
}

// TestWire_HandlersKnowTheConnection: addresses, TLS state, server.
func TestWire_HandlersKnowTheConnection(t *testing.T) {
	over := make(chan struct{})
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
		if r.TLS == nil || r.TLS.Version != tls.VersionTLS13 || len(r.TLS.PeerCertificates) != 1 || local == nil || server == nil || r.Context().Err() != nil {
			t.Errorf("%+v, %v, %v", r.TLS, local, server)
		}
		go func() {
			<-r.Context().Done()
			close(over)
		}()
		_, _ = io.WriteString(w, r.RemoteAddr+" "+local.String())
	}, func(s *http.Server) { s.TLSConfig.ClientAuth = tls.RequestClientCert })
	d.client.Certificates = []tls.Certificate{must.Get(identity())(t)}
	l := d.dial(t)
	l.say(t, get)
	if g := l.hear(t, "GET"); g.text != l.LocalAddr().String()+" "+d.address {
		t.Errorf("%q", g.text)
	}
	must.OK(t, l.Close())
	<-over // the context ends with the connection
}

// TestWire_ChunkExtensions: what stands behind the semicolon is passed over (RFC 9112, section 7.1.1).
func TestWire_ChunkExtensions(t *testing.T) {
	d := open(t, echo)
	for size, good := range map[string]bool{
		"3": true, "3;a": true, "3;a=b": true, `3;a="b;c"`: true, "3; a=b; c": true, "3 ;a": false, "3;": true, "3; ": true, "3;;": true, "3;=b": true, `3;"a"`: true,
	} {
		l := d.dial(t)
		l.say(t, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"+size+"\r\nabc\r\n0\r\n\r\n")
		if g := l.hear(t, "POST"); (g.StatusCode == http.StatusOK) != good {
			t.Errorf("%q: %s %q", size, g.Status, g.text)
		}
	}
}
