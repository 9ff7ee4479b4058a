package httpclient

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httputil"
	"sync/atomic"
	"time"
)

const (
	bufferSize = 8 << 10  // also the longest header line
	maxHead    = 64 << 10 // bytes of one head
	maxLines   = 200      // header lines of one head
	maxInterim = 5        // 1xx heads before the answer
	lingering  = 100 * time.Millisecond
)

// conn is one connection; at most one call uses it at a time.
type conn struct {
	target    *Target
	sock      *socket
	nc        net.Conn // sock, or TLS over it
	br        *bufio.Reader
	under     *tls.Config // that it was made with; nil: plain TCP
	born      time.Time
	idleSince time.Time
	reused    bool
	ready     bool        // the TLS handshake is done
	asked     bool        // the peer asked for a client certificate,
	late      bool        // after the handshake, for the request that is under way,
	none      bool        // and there was none to show
	stop      func() bool // ends the watch of the caller's context
	abort     func()
	aborted   atomic.Bool
	answer    Answer
	scratch   [1]byte
}

// exchange sends the request and reads the answer's head.
func (c *conn) exchange(request []byte, deadline time.Time) *Error {
	sendErr := c.send(request)
	timeout, bounded := time.Now().Add(c.target.cfg.HeaderTimeout), false
	if sendErr != nil {
		if e := (&Error{Err: sendErr}); e.Timeout() {
			return &Error{Stage: Sending, Reused: c.reused, Err: sendErr}
		}
		timeout = time.Now().Add(lingering) // a peer that refuses early may have said why
	}
	if deadline.IsZero() || timeout.Before(deadline) {
		bounded = true
		c.readUntil(timeout)
	}
	err := c.readAnswer()
	switch {
	case err == nil && bounded:
		c.readUntil(deadline)
	case err != nil && sendErr != nil:
		return &Error{Stage: Sending, Reused: c.reused, Err: sendErr}
	}
	if sendErr != nil {
		c.answer.last = true
	}
	return err
}

// readUntil sets the deadline of reading, without undoing an abort that came meanwhile.
func (c *conn) readUntil(deadline time.Time) {
	if _ = c.nc.SetReadDeadline(deadline); c.aborted.Load() {
		_ = c.nc.SetDeadline(longAgo)
	}
}

func (c *conn) send(request []byte) error {
	_, err := c.nc.Write(request)
	return err
}

func (c *conn) readAnswer() *Error {
	if _, err := c.br.Peek(1); err != nil {
		return &Error{Stage: Waiting, Reused: c.reused, Err: unexpectedEOF(err)}
	}
	for range maxInterim + 1 {
		c.answer = Answer{conn: c, reused: c.reused}
		if err := c.answer.readHead(c.br); err != nil {
			return &Error{Stage: Waiting, Reused: c.reused, Answered: true, Err: unexpectedEOF(err)}
		}
		if c.answer.Status >= 200 {
			c.answer.frame()
			return nil
		}
		if c.answer.Status == 101 {
			break
		}
	}
	return &Error{Stage: Waiting, Reused: c.reused, Answered: true, Err: &ProtocolError{"interim answers"}}
}

// unexpectedEOF turns the end of the stream, where more was promised, into an error that says so.
func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// unwatch ends the watch of the caller's context and reports whether it had not fired.
func (c *conn) unwatch() bool {
	stop := c.stop
	c.stop = nil
	return stop == nil || stop()
}

func (c *conn) discard() {
	c.unwatch()
	c.nc.Close()
}

// Answer is the provider's answer. Its head is read; its body is read with Read or ReadAll. It belongs to
// its connection: after Close nothing of it may be used.
type Answer struct {
	Status     int
	MediaType  string // Content-Type as sent, "" when absent
	Encoding   string // Content-Encoding as sent
	RetryAfter string
	Length     int64 // of the body; -1 when not known beforehand
	Delimited  bool  // the body's end is marked: by its length, by chunks or by TLS

	conn    *conn
	chunked bool
	old     bool      // HTTP/1.0
	last    bool      // the connection ends with this answer
	body    io.Reader // nil for bodies of known length
	left    int64     // bytes still to come, of a body of known length
	reused  bool      // the connection came from the pool
	owner   io.Closer // of a body that net/http reads; nil: conn
	done    bool      // the whole body has been read
	failed  bool
}

// frame decides where the body ends (RFC 9112, 6.3).
func (a *Answer) frame() {
	switch {
	case a.Status == 204 || a.Status == 304:
		a.Length = 0
	case a.chunked:
		a.body = httputil.NewChunkedReader(a.conn.br)
	case a.Length < 0:
		a.body, a.last = a.conn.br, true
		a.Delimited = a.conn.nc != net.Conn(a.conn.sock)
		return
	}
	a.Delimited = true
	a.left = max(a.Length, 0)
	a.done = a.body == nil && a.left == 0
}

// Read implements io.Reader. Its errors are *Error, or io.EOF after the whole body.
func (a *Answer) Read(p []byte) (int, error) {
	if a.done {
		return 0, io.EOF
	}
	if a.body == nil && int64(len(p)) > a.left {
		p = p[:a.left]
	}
	var n int
	var err error
	if a.body != nil {
		if n, err = a.body.Read(p); errors.Is(err, io.EOF) {
			if err = a.end(); err == nil {
				a.done = true
				return n, io.EOF
			}
		}
	} else {
		n, err = a.conn.br.Read(p)
		a.left -= int64(n)
		if a.left == 0 {
			a.done, err = true, nil
		}
	}
	if err != nil {
		return n, a.fail(err)
	}
	return n, nil
}

// end reads what follows the last chunk: trailers, of which the form is checked and nothing else, and the empty line.
func (a *Answer) end() error {
	if !a.chunked {
		return nil
	}
	for range maxLines {
		line, err := a.conn.br.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return unexpectedEOF(err)
		}
		line, whole := bytes.CutSuffix(line, []byte("\r\n"))
		if whole && len(line) == 0 {
			return nil
		}
		if _, _, err := field(line); err != nil || !whole {
			return &ProtocolError{"trailers"}
		}
	}
	return &ProtocolError{"trailers"}
}

func (a *Answer) fail(err error) error {
	a.failed = true
	if isChunkError(err) {
		err = &ProtocolError{"chunks"}
	}
	return &Error{Stage: Receiving, Reused: a.reused, Answered: true, Err: unexpectedEOF(err)}
}

// isChunkError reports an error that came from the framing of chunks and not from the connection.
func isChunkError(err error) bool {
	var network net.Error
	return !errors.As(err, &network) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) &&
		!errors.As(err, new(*ProtocolError)) && !errors.As(err, new(*net.OpError))
}

// ReadAll returns the whole body in memory of its own. A body over limit bytes gives ErrTooLarge, at once
// when its length was announced.
func (a *Answer) ReadAll(limit int64) ([]byte, error) { return a.ReadInto(nil, limit) }

// ReadInto is ReadAll into buf, as far as the body fits into its capacity.
func (a *Answer) ReadInto(buf []byte, limit int64) ([]byte, error) {
	if a.Length > limit {
		a.failed = true
		return nil, ErrTooLarge
	}
	const trusted = 128 << 10 // memory set aside on the strength of an announcement alone
	size := int64(2 << 10)
	if a.Length >= 0 {
		size = min(a.Length, trusted)
	}
	if buf = buf[:0]; int64(cap(buf)) < size {
		buf = make([]byte, 0, size)
	}
	for {
		if len(buf) == cap(buf) {
			if a.done {
				return buf, nil
			}
			buf = grow(buf, a.Length)
		}
		n, err := a.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			a.failed = true
			return nil, ErrTooLarge
		}
		if a.done {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// grow doubles buf, up to the announced length.
func grow(buf []byte, length int64) []byte {
	size := int64(2 * cap(buf))
	if length >= 0 {
		size = min(size, length)
	}
	bigger := make([]byte, len(buf), max(size, 512))
	copy(bigger, buf)
	return bigger
}

// Close ends the call. The connection goes back to the pool when the body was read to its end and the
// peer keeps it open; otherwise it is closed.
func (a *Answer) Close() error {
	if owner := a.owner; owner != nil {
		a.owner = nil
		return owner.Close()
	}
	c := a.conn
	if c == nil {
		return nil
	}
	a.conn = nil
	if c.unwatch() && a.done && !a.failed && !a.last {
		c.target.put(c)
		return nil
	}
	return c.nc.Close()
}
