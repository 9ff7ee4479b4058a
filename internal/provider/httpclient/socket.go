package httpclient

import (
	"errors"
	"io"
	"net"
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

// noBytesError says that no byte is waiting. It is temporary, so that crypto/tls keeps the connection usable.
type noBytesError struct{}

func (noBytesError) Error() string   { return "nothing to read" }
func (noBytesError) Timeout() bool   { return true }
func (noBytesError) Temporary() bool { return true }

// Read waits for bytes, except while probing.
func (s *socket) Read(p []byte) (int, error) {
	if !s.probing {
		return s.Conn.Read(p)
	}
	if s.raw == nil {
		return 0, noBytesError{}
	}
	s.buf = p
	err := s.raw.Read(s.try)
	s.buf = nil
	switch {
	case err != nil:
		return 0, err
	case errors.Is(s.err, syscall.EAGAIN):
		return 0, noBytesError{}
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
	var none noBytesError
	return n == 0 && errors.As(err, &none)
}
