// Package front is the door of a listener for systems: it speaks TLS, serves HTTP/1.1 by a loop of its own and hands
// connections on which the client chose HTTP/2 to net/http.
//
// It owns the framing of HTTP/1.1, the deadlines of a connection and its orderly end. It is stricter than net/http: what
// it takes for a request net/http takes for the same one, and what two readers could end at different places is refused.
// It knows neither surfaces nor calls; handlers are those of net/http, and the bounds are those of its http.Server.
//
// Flow: ServeTLS accepts → handshake → HTTP/2 is handed over, or conn.serve: wait, read a head (head.go), let the handler
// read the body (body.go) and answer (answer.go), and again. One goroutine a connection does all of it: nothing reads
// ahead while a handler works, so the request's context does not end when the client goes away, only with the connection.
// Request, header and URL belong to the connection and serve its next request: handlers keep none of them.
package front

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds that the http.Server does not state.
const (
	freshFor   = 5 * time.Second // so long may a new connection take to its first request once the server is told to stop
	lookAgain  = 10 * time.Millisecond
	longestNap = time.Second
)

var longAgo = time.Unix(1, 0)

// Server serves one listener. Its methods may be called at any time, Serve once.
type Server struct {
	std    *http.Server // handler and bounds, and the server of HTTP/2
	tls    *tls.Config
	over   *handover
	ctx    context.Context // of all connections
	cancel context.CancelFunc

	closing  atomic.Bool
	mu       sync.Mutex
	listener net.Listener
	conns    map[*conn]struct{}
}

// New makes a Server that has the handler, the TLS configuration and the bounds of std, which serves HTTP/2 and must not be
// used otherwise. A deadline of std that is zero does not exist here either.
func New(std *http.Server) *Server {
	s := &Server{std: std, tls: std.TLSConfig.Clone(), over: newHandover(), conns: map[*conn]struct{}{}}
	s.tls.DynamicRecordSizingDisabled = true // an answer is one record from the first on, and not three
	s.ctx, s.cancel = context.WithCancel(context.WithValue(context.Background(), http.ServerContextKey, std))
	return s
}

// ServeTLS answers on l until Shutdown or Close, and then returns http.ErrServerClosed. The names of files are not looked at,
// as those of http.Server are not when its configuration holds a certificate.
func (s *Server) ServeTLS(l net.Listener, _, _ string) error {
	defer l.Close()
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	s.over.address = l.Addr()
	go func() { _ = s.std.Serve(s.over) }() // ends when Shutdown or Close end it
	var nap time.Duration
	for {
		if s.closing.Load() {
			return http.ErrServerClosed
		}
		tcp, err := l.Accept()
		switch {
		case err == nil:
			nap = 0
			go s.open(tcp)
			continue
		case s.closing.Load():
			return http.ErrServerClosed
		case !passing(err):
			return err
		}
		nap = min(max(2*nap, 5*time.Millisecond), longestNap) // out of descriptors: some will be given back
		s.logf("front: accept: %v; again in %v", err, nap)
		select {
		case <-time.After(nap):
		case <-s.ctx.Done():
		}
	}
}

// passing reports an error of Accept that will pass.
func passing(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}

// open shakes hands and serves, or hands over, one connection.
func (s *Server) open(tcp net.Conn) {
	c := newConn(s, tcp)
	if !s.add(c) {
		_ = tcp.Close()
		return
	}
	defer s.remove(c)
	defer c.end()
	if !c.greet() {
		_ = tcp.Close()
		return
	}
	if c.state.NegotiatedProtocol == "h2" {
		s.remove(c)
		s.over.give(c.tls)
		return
	}
	c.serve()
	_ = c.tls.Close()
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// stop refuses new connections.
func (s *Server) stop() {
	s.mu.Lock()
	s.closing.Store(true)
	if s.listener != nil {
		_ = s.listener.Close() // ends Accept; nothing else can be wrong with it
	}
	s.mu.Unlock()
}

// Shutdown refuses new connections, closes those that wait for a request, makes the answer under way on every other its
// last, and waits until all have ended or ctx has; its error is ctx's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	second := make(chan error, 1)
	go func() { second <- s.std.Shutdown(ctx) }()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for !s.quiet() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), <-second)
		}
	}
	s.cancel()
	return <-second
}

// quiet closes the connections that wait and reports whether none is left.
func (s *Server) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if time.Since(c.born) > freshFor {
			c.phase.CompareAndSwap(fresh, ended)
		}
		if c.phase.CompareAndSwap(waiting, ended) || c.phase.Load() == ended {
			_ = c.tcp.SetReadDeadline(longAgo) // again and again: it may just be setting its own
		}
	}
	return len(s.conns) == 0
}

// Close cuts every connection off.
func (s *Server) Close() error {
	s.stop()
	s.cancel()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.tcp.Close()
	}
	s.mu.Unlock()
	return s.std.Close()
}

func (s *Server) logf(format string, args ...any) {
	if s.std.ErrorLog != nil {
		s.std.ErrorLog.Printf(format, args...)
	}
}

// handover is the listener at which net/http accepts the connections on which the client chose HTTP/2.
type handover struct {
	conns   chan net.Conn
	done    chan struct{}
	once    sync.Once
	address net.Addr
}

func newHandover() *handover {
	return &handover{conns: make(chan net.Conn), done: make(chan struct{})}
}

// give hands c over, or closes it when nobody takes it any more.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

// Addr implements net.Listener.
func (h *handover) Addr() net.Addr { return h.address }
