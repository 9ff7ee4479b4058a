package front

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	inboxSize = 4 << 10 // of a connection at rest
	maxLines  = 200     // lines of one head
)

var (
	errHead   = &refusal{http.StatusRequestHeaderFieldsTooLarge, "the header is too large"}
	errLine   = &refusal{http.StatusBadRequest, "a line within the body is too long"}
	errEnding = &refusal{http.StatusBadRequest, "a line does not end with CR LF"}
)

// inbox is what has arrived on a connection and is not yet read.
type inbox struct {
	conn     net.Conn
	buf      []byte
	from, to int // what is not yet read
	end      int // of the head, its last empty line included

	limit time.Time // the deadline that is to hold for what is read now
	armed time.Time // the one that the socket has
}

// more waits until at least one byte more has arrived. The buffer has room for it.
func (in *inbox) more() error {
	if err := in.arm(); err != nil {
		return err
	}
	for {
		n, err := in.conn.Read(in.buf[in.to:])
		in.to += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// arm sets the deadline where the socket has another one.
func (in *inbox) arm() error {
	if in.armed.Equal(in.limit) {
		return nil
	}
	in.armed = in.limit
	return in.conn.SetReadDeadline(in.limit)
}

// await waits for the first byte of a request.
func (in *inbox) await() error {
	if in.from < in.to {
		return nil
	}
	if in.buf == nil {
		in.buf = make([]byte, inboxSize)
	}
	in.from, in.to = 0, 0
	return in.more()
}

// idle gives the client so long for the first byte of its next request. A deadline that is up to an eighth shorter and
// still stands is left: setting one for every request costs more than it is exact.
func (in *inbox) idle(now time.Time, d time.Duration) {
	in.limit = after(now, d)
	if left := in.armed.Sub(now); d > 0 && left <= d && left >= d-d/8 {
		in.limit = in.armed
	}
}

// rest gives memory back that an unusual request took.
func (in *inbox) rest() {
	if in.from == in.to && len(in.buf) > inboxSize {
		in.buf, in.from, in.to = make([]byte, inboxSize), 0, 0
	}
}

// begin reads to the end of a head. posted: the last request was a POST, after which old clients send an empty line
// (RFC 9112, section 2.2).
func (in *inbox) begin(began time.Time, std *http.Server, posted bool) error {
	in.limit = after(began, std.ReadHeaderTimeout)
	if in.limit.IsZero() {
		in.limit = after(began, std.ReadTimeout)
	}
	for start, look, lines := in.from, in.from, 0; ; {
		n := bytes.IndexByte(in.buf[look:in.to], '\n')
		if n < 0 {
			look = in.to
			if look-in.from >= std.MaxHeaderBytes {
				return errHead
			}
			if in.to == len(in.buf) {
				moved := in.room(std.MaxHeaderBytes)
				start, look = start-moved, look-moved
			}
			if err := in.more(); err != nil {
				return err
			}
			continue
		}
		at := look + n
		switch {
		case at == start || in.buf[at-1] != '\r':
			return errEnding
		case at-1 > start:
			if lines++; lines > maxLines {
				return errHead
			}
		case lines > 0:
			in.end = at + 1
			if in.end-in.from > std.MaxHeaderBytes {
				return errHead
			}
			in.limit = after(began, std.ReadTimeout)
			return nil
		case !posted:
			return &refusal{http.StatusBadRequest, "the request begins with an empty line"}
		default:
			posted, in.from = false, at+1
		}
		start, look = at+1, at+1
	}
}

// room makes room behind what has arrived of a head, and returns by how much that moved.
func (in *inbox) room(most int) (moved int) {
	moved = in.from
	into := in.buf
	if in.from == 0 {
		into = make([]byte, min(2*len(in.buf), max(most, len(in.buf))+2))
	}
	copy(into, in.buf[in.from:in.to])
	in.buf, in.from, in.to = into, 0, in.to-in.from
	return moved
}

// head takes the head out of the inbox; only its string remains.
func (in *inbox) head() string {
	s := string(in.buf[in.from:in.end])
	in.from = in.end
	return s
}

// read reads at most len(p) bytes of a body: what has arrived, or else from the connection. The end of the connection is
// one too early.
func (in *inbox) read(p []byte) (int, error) {
	if in.from < in.to {
		n := copy(p, in.buf[in.from:in.to])
		in.from += n
		return n, nil
	}
	if err := in.arm(); err != nil {
		return 0, err
	}
	n, err := in.conn.Read(p)
	if n > 0 {
		err = nil // it is met again
	}
	return n, early(err)
}

// line reads one line of at most most bytes, its end included, and gives it without its end, valid until the next read.
func (in *inbox) line(most int) ([]byte, error) {
	for look := 0; ; {
		held := in.buf[in.from:in.to]
		if n := bytes.IndexByte(held[look:], '\n'); n >= 0 {
			line := held[:look+n]
			in.from += look + n + 1
			if look+n >= most {
				return nil, errLine
			}
			if len(line) == 0 || line[len(line)-1] != '\r' {
				return nil, errEnding
			}
			return line[:len(line)-1], nil
		}
		if look = len(held); look >= most {
			return nil, errLine
		}
		if in.to == len(in.buf) || in.from == in.to {
			copy(in.buf, held)
			in.from, in.to = 0, len(held)
		}
		if err := in.more(); err != nil {
			return nil, early(err)
		}
	}
}

// early turns the end of the connection, where more was promised, into an error that says so.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
