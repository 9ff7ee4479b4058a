// Package httpclient sends one HTTP/1.1 request at a time to one provider over pooled, kept-alive
// connections, plain or TLS.
//
// It owns dialling, the pool, the framing of requests and answers, deadlines and the proof that a pooled
// connection is still silent before it is used again: an answer can never be taken for another call's.
// It is strict where HTTP clients are lenient (one framing per answer, no folded headers, bounded heads),
// and it has no redirects, no proxies, no cookies, no decompression and no retries.
//
// It does not own what a status or a body means: that is package provider's. It keeps no goroutines: a call runs
// on its caller's. Config.Transport is the switch to net/http's Transport, whose two goroutines per connection and
// header maps cost more than the rest of the delivery together (docs/decisions/004).
package httpclient

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// Config describes one target: where it is and how its connections are kept.
type Config struct {
	Address string // host:port
	// nil: plain TCP. Called for every call; not modified. Another one than before ends the connections made under it
	TLS         func() *tls.Config
	MaxIdle     int           // idle connections kept; 0: 256
	IdleTimeout time.Duration // idle connections older are closed; 0: 60 s
	// connections older are not used again; 0: 10 min
	MaxAge  time.Duration
	Connect time.Duration // TCP and TLS together; 0: 5 s
	// from the request's end to the answer's head; 0: 30 s
	HeaderTimeout time.Duration
	Dial          func(context.Context, string, string) (net.Conn, error) // nil: net.Dialer
	// requests go through net/http's Transport, which may repeat one that no byte of was sent; MaxAge does not hold
	Transport bool
}

// Target is one provider address with its pool of connections. It is safe for concurrent use.
type Target struct {
	cfg    Config
	mu     sync.Mutex
	idle   []*conn // oldest first; taken from the end
	reaper *time.Timer
	closed bool
	over   *transport // nil: this package's own connections
}

// New makes a Target. It does not connect.
func New(cfg Config) *Target {
	setDefault(&cfg.IdleTimeout, 60*time.Second)
	setDefault(&cfg.MaxAge, 10*time.Minute)
	setDefault(&cfg.Connect, 5*time.Second)
	setDefault(&cfg.HeaderTimeout, 30*time.Second)
	if cfg.MaxIdle == 0 {
		cfg.MaxIdle = 256
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	t := &Target{cfg: cfg}
	if cfg.Transport {
		t.over = &transport{target: t}
	}
	return t
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// Stage reports how far a request had come when it failed.
type Stage string

// The stages of a request.
const (
	Connecting Stage = "connect"
	Sending    Stage = "send"
	Waiting    Stage = "head"
	Receiving  Stage = "body"
)

// Asking reports what a peer that failed had asked for: in both cases it did not process the request.
type Asking string

// What of client certificates went wrong.
const (
	Unwilling Asking = "unwilling" // it asked for one, this target has none, and the peer went no further
	// it asked after the request (TLS 1.2 renegotiation), and that handshake did not succeed
	Late Asking = "late"
)

// Error is every failure of Do and of reading an answer.
type Error struct {
	Stage       Stage
	Reused      bool   // the connection came from the pool
	Answered    bool   // at least one byte of the answer had arrived
	Certificate Asking // "": the failure has nothing to do with client certificates
	Err         error
}

// Error implements error.
func (e *Error) Error() string { return "wire: " + string(e.Stage) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports that a deadline passed.
func (e *Error) Timeout() bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(e.Err, os.ErrDeadlineExceeded) || errors.Is(e.Err, context.DeadlineExceeded) ||
		errors.As(e.Err, &timeout) && timeout.Timeout()
}

// Stale reports that a pooled connection turned out to be dead before any answer: the peer most likely
// closed it while it was idle. Only what is safe to repeat may be repeated.
func (e *Error) Stale() bool { return e.Reused && !e.Answered && !e.Timeout() }

// ProtocolError says that the answer broke HTTP/1.1 or one of this package's limits.
type ProtocolError struct{ What string }

// Error implements error.
func (e *ProtocolError) Error() string { return "not acceptable HTTP: " + e.What }

// ErrTooLarge says that an answer is longer than the limit given.
var ErrTooLarge = errors.New("wire: answer over the limit")

// ErrClosed says that the Target has been closed.
var ErrClosed = errors.New("wire: target closed")

// Do sends request, which is a whole HTTP/1.1 message, and returns the answer with its head read. The
// answer must be closed. The context's deadline bounds everything until then, reading the body included.
// With fresh no pooled connection is used. Errors are *Error.
func (t *Target) Do(ctx context.Context, request []byte, fresh bool) (*Answer, error) {
	if t.over != nil {
		return t.over.do(ctx, request, fresh)
	}
	deadline, _ := ctx.Deadline()
	c := t.take(deadline, fresh)
	if c == nil {
		var err error
		if c, err = t.dial(ctx); err != nil {
			return nil, connecting(c, err)
		}
		if err := c.nc.SetDeadline(deadline); err != nil {
			c.nc.Close()
			return nil, &Error{Stage: Connecting, Err: err}
		}
	}
	if _, bounded := ctx.(timely); !bounded && ctx.Done() != nil {
		c.stop = context.AfterFunc(ctx, c.abort)
	}
	if err := c.exchange(request, deadline); err != nil {
		err.Certificate = c.asking(err.Err)
		c.discard()
		if cause := ctx.Err(); cause != nil && errors.Is(cause, context.Canceled) {
			err.Err = cause
		}
		return nil, err
	}
	return &c.answer, nil
}

// timely is a context that ends at its deadline and not before this package has let it go: the deadline of the
// connection says the same, so nothing watches it.
type timely interface{ EndsAtDeadline() }

// Probe opens a connection, TLS handshake included, and puts it into the pool.
func (t *Target) Probe(ctx context.Context) error {
	c, err := t.dial(ctx)
	if err != nil {
		return connecting(c, err)
	}
	if t.over != nil {
		return c.nc.Close()
	}
	t.put(c)
	return nil
}

// Close closes all idle connections; those in use are closed when their answer is.
func (t *Target) Close() {
	t.mu.Lock()
	idle := t.idle
	t.idle, t.closed = nil, true
	if t.reaper != nil {
		t.reaper.Stop()
	}
	t.mu.Unlock()
	if t.over != nil {
		t.over.close()
	}
	for _, c := range idle {
		c.nc.Close()
	}
}

// take returns a pooled connection that has been silent since its last answer, its deadline set, or nil.
func (t *Target) take(deadline time.Time, fresh bool) *conn {
	for !fresh {
		t.mu.Lock()
		last := len(t.idle) - 1
		if last < 0 {
			t.mu.Unlock()
			return nil
		}
		c := t.idle[last]
		t.idle[last] = nil
		t.idle = t.idle[:last]
		t.mu.Unlock()
		now := time.Now()
		if c.under == t.tls() && now.Sub(c.born) < t.cfg.MaxAge && now.Sub(c.idleSince) < t.cfg.IdleTimeout &&
			c.nc.SetDeadline(deadline) == nil && c.silent() {
			c.reused = true
			return c
		}
		c.nc.Close()
	}
	return nil
}

func (t *Target) put(c *conn) {
	c.idleSince = time.Now()
	t.mu.Lock()
	if t.closed || len(t.idle) >= t.cfg.MaxIdle {
		t.mu.Unlock()
		c.nc.Close()
		return
	}
	t.idle = append(t.idle, c)
	if t.reaper == nil {
		t.reaper = time.AfterFunc(t.cfg.IdleTimeout, t.reap)
	}
	t.mu.Unlock()
}

// reap closes connections idle for too long and runs again while any are left.
func (t *Target) reap() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, kept := time.Now(), t.idle[:0]
	for _, c := range t.idle {
		if now.Sub(c.idleSince) >= t.cfg.IdleTimeout {
			c.nc.Close()
		} else {
			kept = append(kept, c)
		}
	}
	clear(t.idle[len(kept):])
	t.idle, t.reaper = kept, nil
	if len(kept) > 0 && !t.closed {
		t.reaper = time.AfterFunc(t.cfg.IdleTimeout, t.reap)
	}
}

// tls is the configuration of a connection made now; nil: plain TCP.
func (t *Target) tls() *tls.Config {
	if t.cfg.TLS == nil {
		return nil
	}
	return t.cfg.TLS()
}

// dial opens a connection. One whose handshake failed comes with the error; it is closed.
func (t *Target) dial(ctx context.Context) (*conn, error) {
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Connect)
	defer cancel()
	tcp, err := t.cfg.Dial(ctx, "tcp", t.cfg.Address)
	if err != nil {
		return nil, err
	}
	sock, err := newSocket(tcp)
	if err != nil {
		tcp.Close()
		return nil, err
	}
	c := &conn{target: t, sock: sock, nc: sock, under: t.tls(), born: time.Now()}
	if c.under != nil {
		if err := c.secure(ctx); err != nil {
			tcp.Close()
			return c, err
		}
	}
	c.br = bufio.NewReaderSize(c.nc, bufferSize)
	c.abort = func() {
		c.aborted.Store(true)
		_ = c.nc.SetDeadline(longAgo)
	}
	return c, nil
}

var longAgo = time.Unix(1, 0)
