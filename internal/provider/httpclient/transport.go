package httpclient

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// transport sends requests through net/http's Transport, which then owns the connections. TLS is made as for this
// package's own, so that a peer that wants a certificate is recognised. What differs: Transport may repeat a GET
// whose pooled connection was closed, MaxAge does not hold, and some answers that readHead refuses are accepted.
type transport struct {
	target *Target
	mu     sync.Mutex
	made   *http.Transport
	under  *tls.Config // that made was made with
}

// current is the Transport for the TLS configuration that holds now. Another configuration ends the connections
// made under the former.
func (o *transport) current() (*http.Transport, bool, error) {
	t := o.target
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if closed {
		return nil, false, ErrClosed
	}
	under := t.tls()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made != nil && o.under == under {
		return o.made, under != nil, nil
	}
	if o.made != nil {
		o.made.CloseIdleConnections()
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := t.dial(ctx)
		if err != nil {
			return nil, connecting(c, err)
		}
		return &dialled{c.nc, c}, nil
	}
	o.under, o.made = under, &http.Transport{
		DialContext: dial, DialTLSContext: dial, DisableCompression: true, MaxIdleConnsPerHost: t.cfg.MaxIdle,
		IdleConnTimeout: t.cfg.IdleTimeout, ResponseHeaderTimeout: t.cfg.HeaderTimeout, MaxResponseHeaderBytes: maxHead,
	}
	return o.made, under != nil, nil
}

// dialled is a connection of the Transport, with what its handshake showed.
type dialled struct {
	net.Conn
	c *conn
}

func (o *transport) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made != nil {
		o.made.CloseIdleConnections()
	}
}

// progress is how far one request has come, as Transport reports it from its own goroutines.
type progress struct {
	conn            atomic.Pointer[conn]
	reused          atomic.Bool
	wrote, answered atomic.Bool
}

func (o *transport) do(ctx context.Context, request []byte, fresh bool) (*Answer, error) {
	made, secure, err := o.current()
	if err != nil {
		return nil, &Error{Stage: Connecting, Err: err}
	}
	if fresh {
		made.CloseIdleConnections()
	}
	// Transport may read the body after it has returned: the caller's memory is copied.
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(bytes.Clone(request))))
	if err != nil {
		return nil, &Error{Stage: Sending, Err: err}
	}
	r.RequestURI, r.URL.Scheme, r.URL.Host = "", "http", o.target.cfg.Address
	if secure {
		r.URL.Scheme = "https"
	}
	var p progress
	r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) {
			if d, ok := i.Conn.(*dialled); ok {
				p.conn.Store(d.c)
			}
			p.reused.Store(i.Reused)
		},
		WroteRequest:         func(i httptrace.WroteRequestInfo) { p.wrote.Store(i.Err == nil) },
		GotFirstResponseByte: func() { p.answered.Store(true) },
	}))
	response, err := made.RoundTrip(r)
	if err != nil {
		return nil, p.failure(ctx, err)
	}
	a, err := answerOf(response, secure)
	if err != nil {
		response.Body.Close()
		return nil, &Error{Stage: Waiting, Reused: p.reused.Load(), Answered: true, Err: err}
	}
	a.reused = p.reused.Load()
	return a, nil
}

// failure reports how far a request had come that Transport could not complete.
func (p *progress) failure(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e // of a connection that could not be opened
	}
	e := &Error{Stage: Waiting, Reused: p.reused.Load(), Answered: p.answered.Load(), Err: unexpectedEOF(err)}
	switch {
	case p.conn.Load() == nil:
		e.Stage = Connecting
	case !p.wrote.Load():
		e.Stage = Sending
	}
	if cause := ctx.Err(); cause != nil {
		e.Err = cause
		return e
	}
	if c := p.conn.Load(); c != nil {
		e.Certificate = c.asking(err)
	}
	if e.Answered && isChunkError(err) {
		e.Err = &ProtocolError{"an answer that net/http refuses"}
	}
	return e
}

// answerOf reads a head as readHead does, as far as net/http has left anything to refuse.
func answerOf(r *http.Response, secure bool) (*Answer, error) {
	a := &Answer{
		Status: r.StatusCode, Length: r.ContentLength, RetryAfter: r.Header.Get("Retry-After"), body: r.Body,
		owner:     r.Body,
		Delimited: r.ContentLength >= 0 || len(r.TransferEncoding) > 0 || secure,
	}
	if a.Status < 200 || a.Status > 599 {
		return nil, &ProtocolError{"status"}
	}
	for name, field := range map[string]*string{"Content-Type": &a.MediaType, "Content-Encoding": &a.Encoding} {
		values := r.Header[name]
		if len(values) > 1 {
			return nil, &ProtocolError{"header stated twice"}
		}
		if len(values) == 1 {
			*field = values[0]
		}
	}
	return a, nil
}
