package httpclient

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// socket is a TCP connection that can be asked, without waiting, whether anything has arrived.
type socket struct {
	net.Conn
	raw     syscall.RawConn // nil when the connection is not a socket, as over an in-memory pipe
	probing bool
	buf     []byte
	n       int
	err     error
	try     func(fd uintptr) bool // made once: no allocation per probe

	ahead    *[aheadSize]byte // nil but while a long answer comes by TLS; holds what is still enciphered
	from, to int              // of ahead: read, and not yet taken
}

// A long answer by TLS is read ahead: crypto/tls itself asks the system for about two records at a time, and each time may
// have to be woken for them.
const (
	aheadSize = 256 << 10
	longFrom  = 1 << 20 // bytes
)

var aheads = sync.Pool{New: func() any { return new([aheadSize]byte) }}

// hurry begins to read ahead.
func (s *socket) hurry() {
	if s.ahead == nil {
		s.ahead = aheads.Get().(*[aheadSize]byte)
	}
}

// settle ends it, unless more has come than the answer: that is for the next Read.
func (s *socket) settle() {
	if s.ahead != nil && s.from == s.to {
		aheads.Put(s.ahead)
		s.ahead = nil
	}
}

func newSocket(c net.Conn) (*socket, error) {
	s := &socket{Conn: c}
	if sc, ok := c.(syscall.Conn); ok {
		raw, err := sc.SyscallConn()
		if err != nil {
			return nil, err
		}
		s.raw = raw
	}
	s.try = func(fd uintptr) bool {
		for {
			s.n, s.err = syscall.Read(int(fd), s.buf)
			if !errors.Is(s.err, syscall.EINTR) {
				return true
			}
		}
	}
	return s, nil
}

// nothing says that no byte is waiting. It is temporary, so that crypto/tls keeps the connection usable.
type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// Read waits for bytes, except while probing. What was read ahead comes first in any case.
func (s *socket) Read(p []byte) (int, error) {
	if s.from < s.to {
		n := copy(p, s.ahead[s.from:s.to])
		s.from += n
		return n, nil
	}
	if !s.probing && s.ahead != nil && len(p) < aheadSize {
		n, err := s.Conn.Read(s.ahead[:])
		s.from, s.to = copy(p, s.ahead[:n]), n
		return s.from, err
	}
	if !s.probing {
		return s.Conn.Read(p)
	}
	if s.raw == nil {
		return 0, nothing{}
	}
	s.buf = p
	err := s.raw.Read(s.try)
	s.buf = nil
	switch {
	case err != nil:
		return 0, err
	case errors.Is(s.err, syscall.EAGAIN):
		return 0, nothing{}
	case s.err != nil:
		return 0, s.err
	case s.n == 0:
		return 0, io.EOF
	}
	return s.n, nil
}

// silent reports that the peer has neither closed the connection nor sent anything since its last answer,
// looking through every layer of buffers. What TLS itself sends (tickets, key updates) is digested.
func (c *conn) silent() bool {
	if c.br.Buffered() > 0 {
		return false
	}
	c.sock.probing = true
	n, err := c.nc.Read(c.scratch[:1])
	c.sock.probing = false
	var none nothing
	return n == 0 && errors.As(err, &none)
}
