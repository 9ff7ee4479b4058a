package front

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
)

// What a connection is doing, as Shutdown must know it.
const (
	fresh   = int32(iota) // has not sent a byte of its first request
	waiting               // for the next request
	busy                  // with one
	ended                 // by Shutdown
)

const (
	maxDrain  = 256 << 10              // bytes of a body that nobody read, read to keep the connection
	lingering = 500 * time.Millisecond // for a client that still sends to see why it is refused
)

// conn is one connection and the request that it carries now.
type conn struct {
	server *Server
	tcp    net.Conn
	cork   cork
	tls    *tls.Conn
	peer   net.Conn // what TLS carries
	state  tls.ConnectionState
	born   time.Time
	phase  atomic.Int32
	remote string

	in    inbox
	until time.Time // the deadline that the socket has for writing
	began time.Time // of the present request
	last  bool      // the connection ends with this answer
	early bool      // and something that the client sends was not read

	base    *http.Request // empty but for its context
	request http.Request
	url     url.URL
	parsed  url.URL // of the target of the last request
	target  string
	values  []string
	body    body
	answer  answer
}

func newConn(s *Server, tcp net.Conn) *conn {
	return &conn{server: s, tcp: tcp, born: time.Now(), remote: tcp.RemoteAddr().String()}
}

// greet shakes hands within the shortest of the deadlines, as net/http does.
func (c *conn) greet() bool {
	std := c.server.std
	var limit time.Duration
	for _, d := range []time.Duration{std.ReadHeaderTimeout, std.ReadTimeout, std.WriteTimeout} {
		if d > 0 && (limit == 0 || d < limit) {
			limit = d
		}
	}
	c.cork.Conn = c.tcp
	c.tls = tls.Server(&c.cork, c.server.tls)
	if limit > 0 {
		_ = c.tcp.SetDeadline(c.born.Add(limit)) // a dead connection shows in the handshake
	}
	if err := c.tls.HandshakeContext(c.server.ctx); err != nil {
		var plain tls.RecordHeaderError
		if errors.As(err, &plain) && plain.Conn != nil && strings.Contains("GET POST HEAD PUT DELETE OPTIONS", strings.TrimSpace(string(plain.RecordHeader[:4]))) {
			_, _ = io.WriteString(plain.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
		}
		c.server.logf("http: TLS handshake error from %s: %v", c.remote, err) // the words of net/http: one reader for both
		return false
	}
	_ = c.tcp.SetDeadline(time.Time{})
	c.state = c.tls.ConnectionState()
	return true
}

// serve carries one request after the other until the connection ends.
func (c *conn) serve() {
	std := c.server.std
	ctx, cancel := context.WithCancel(context.WithValue(c.server.ctx, http.LocalAddrContextKey, c.tcp.LocalAddr()))
	defer cancel()
	c.base = (&http.Request{TLS: &c.state, RemoteAddr: c.remote, ProtoMajor: 1, ProtoMinor: 1, Proto: "HTTP/1.1"}).WithContext(ctx)
	c.base.Header, c.answer.header = make(http.Header, 16), make(http.Header, 8)
	c.in.conn, c.peer = c.tls, c.tls
	c.in.limit = after(time.Now(), std.ReadHeaderTimeout)
	for posted := false; ; {
		if c.in.await() != nil || !c.take() {
			return
		}
		c.began = time.Now()
		if err := c.in.begin(c.began, std, posted); err != nil {
			c.refuse(err)
			return
		}
		if !c.carry() || c.last || c.server.closing.Load() {
			if c.early {
				c.linger()
			}
			return
		}
		posted = c.request.Method == http.MethodPost
		c.rest()
		c.in.idle(time.Now(), std.IdleTimeout)
		c.phase.Store(waiting)
	}
}

// take begins a request, unless Shutdown has ended the connection.
func (c *conn) take() bool {
	return c.phase.CompareAndSwap(waiting, busy) || c.phase.CompareAndSwap(fresh, busy)
}

// after is the end of a time that begins at t; the zero time for one without end.
func after(t time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return t.Add(d)
}

// carry answers the request whose head stands in the inbox, and reports whether the connection is still good.
func (c *conn) carry() bool {
	if err := c.read(c.in.head()); err != nil {
		c.refuse(err)
		return false
	}
	c.answer.begin(c)
	c.server.std.Handler.ServeHTTP(&c.answer, &c.request)
	err := c.answer.finish()
	c.answer.giveBack()
	return err == nil
}

// end keeps a defect, or an answer that its handler aborts, to its connection. What has left must not look complete:
// the connection ends without the alert that says so in TLS.
func (c *conn) end() {
	p := recover()
	if p == nil {
		return
	}
	_ = c.tcp.Close()
	if p != http.ErrAbortHandler {
		c.server.logf("front: panic serving %s: %v\n%s", c.remote, p, debug.Stack())
	}
}

// rest gives memory back that an unusual request took, before the connection idles.
func (c *conn) rest() {
	if len(c.in.buf) == inboxSize {
		return
	}
	if c.in.rest(); len(c.in.buf) > inboxSize {
		return // more has arrived
	}
	c.request, c.values, c.base.Header = http.Request{}, nil, make(http.Header, 16)
}

// write sends first and rest, within the time that the answer has. An answer of one piece finds the deadline of an earlier one good
// enough as long as half of the time is left by it: setting one costs more than looking.
func (c *conn) write(first, rest []byte, now time.Time) error {
	limit := c.server.std.WriteTimeout
	until := after(c.began, limit)
	enough := c.until.Equal(until) || !c.answer.streams && !c.until.After(until) && c.until.Sub(now) >= limit/2
	if !enough && !c.answer.hurried {
		c.until = until
		if err := c.peer.SetWriteDeadline(until); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		_, err := c.peer.Write(first)
		return err
	}
	c.cork.close()
	_, err := c.peer.Write(first)
	if err == nil {
		_, err = c.peer.Write(rest)
	}
	return errors.Join(err, c.cork.open())
}

// refusal is what a client gets whose request is none.
type refusal struct {
	status int
	why    string
}

// Error implements error.
func (r *refusal) Error() string { return "front: " + r.why }

// refuse says what is wrong with a request; a connection that broke is told nothing.
func (c *conn) refuse(err error) {
	var r *refusal
	if !errors.As(err, &r) {
		return
	}
	c.server.logf("front: %s: %v", c.remote, err)
	said := statusText(r.status) + ": " + r.why
	c.answer.hurried = false
	_ = c.write([]byte("HTTP/1.1 "+statusText(r.status)+"\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"+said), nil, time.Now())
	c.linger()
}

// linger closes the sending side and reads on for a while: closing at once what still receives would make the peer's
// system throw away the answer unread (RFC 9112, section 9.6).
func (c *conn) linger() {
	_ = c.tls.CloseWrite()
	if half, ok := c.tcp.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = c.tcp.SetReadDeadline(time.Now().Add(lingering))
	_, _ = io.Copy(io.Discard, c.tcp)
}
