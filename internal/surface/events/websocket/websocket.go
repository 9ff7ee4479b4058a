// Package websocket is the server's side of RFC 6455, over HTTP/1.1 by upgrade and over HTTP/2 by extended CONNECT
// (RFC 8441): handshake, messages, pings, closing.
//
// It exists because events leave in batches: many small messages are framed into one buffer and written at once, which
// a library that writes and flushes each message cannot do. It offers no extensions: compression of personal data
// together with what a peer chooses would reveal both.
package websocket

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Opcode is the kind of a frame (RFC 6455, section 5.2).
type Opcode byte

// The opcodes.
const (
	continuation Opcode = 0
	Text         Opcode = 1
	Binary       Opcode = 2
	closing      Opcode = 8
	ping         Opcode = 9
	pong         Opcode = 10
)

// Status is a close code (RFC 6455, section 7.4.1).
type Status uint16

// The codes that this server sends.
const (
	Normal        Status = 1000
	GoingAway     Status = 1001
	ProtocolError Status = 1002
	Unsupported   Status = 1003
	noStatus      Status = 1005 // never sent
	InvalidText   Status = 1007
	Policy        Status = 1008
	TooBig        Status = 1009
	Internal      Status = 1011
	TryLater      Status = 1013
)

// Error ends a connection. Status is what the peer sent or what it is to be sent.
type Error struct {
	Status Status
	Reason string
	Peer   bool // the peer closed
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("websocket: closed with %d %s", e.Status, e.Reason)
}

// Stream is what a connection stands on: one that was hijacked, or a stream of HTTP/2.
type Stream interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Limits of a connection.
type Limits struct {
	Message int           // bytes of one message of the peer
	Silence time.Duration // in which something must arrive from the peer, a pong at least
	Write   time.Duration // in which what is written must leave
}

// Conn is an open connection. One goroutine reads; any may write.
type Conn struct {
	stream Stream
	in     *bufio.Reader
	limits Limits

	writing sync.Mutex
	closed  bool         // a close frame was sent
	leaving atomic.Int64 // Unix nanoseconds at which reading ends, once this side is closing
}

func newConn(stream Stream, in *bufio.Reader, limits Limits) *Conn {
	return &Conn{stream: stream, in: in, limits: limits}
}

// header of a frame that was read.
type header struct {
	op     Opcode
	final  bool
	length uint64
	mask   [4]byte
}

func broken(reason string) error { return &Error{Status: ProtocolError, Reason: reason} }

// readHeader reads the head of a frame (RFC 6455, section 5.2). Frames of a client are masked (section 5.1).
func (c *Conn) readHeader() (h header, err error) {
	var b [8]byte
	if _, err := io.ReadFull(c.in, b[:2]); err != nil {
		return h, err
	}
	h.op, h.final, h.length = Opcode(b[0]&0xf), b[0]&0x80 != 0, uint64(b[1]&0x7f)
	switch {
	case b[0]&0x70 != 0:
		return h, broken("reserved bits")
	case b[1]&0x80 == 0:
		return h, broken("frame without mask")
	case h.op > Binary && h.op < closing, h.op > pong:
		return h, broken("unknown opcode")
	case h.op >= closing && (!h.final || h.length > 125):
		return h, broken("long or fragmented control frame")
	}
	switch h.length {
	case 126:
		if _, err := io.ReadFull(c.in, b[:2]); err != nil {
			return h, err
		}
		if h.length = uint64(binary.BigEndian.Uint16(b[:2])); h.length < 126 {
			return h, broken("length not in its shortest form")
		}
	case 127:
		if _, err := io.ReadFull(c.in, b[:8]); err != nil {
			return h, err
		}
		if h.length = binary.BigEndian.Uint64(b[:8]); h.length < 1<<16 || h.length > 1<<63-1 {
			return h, broken("length not in its shortest form")
		}
	}
	_, err = io.ReadFull(c.in, h.mask[:])
	return h, err
}

// payload appends the payload of a frame to b, unmasked. It takes memory as bytes arrive, not as a length promises.
func (c *Conn) payload(b []byte, h header) ([]byte, error) {
	const step = 16 << 10
	start := len(b)
	for left := h.length; left > 0; {
		n := int(min(left, step))
		at := len(b)
		b = append(b, make([]byte, n)...)
		if _, err := io.ReadFull(c.in, b[at:]); err != nil {
			return b, err
		}
		left -= uint64(n)
	}
	unmask(b[start:], h.mask)
	return b, nil
}

func unmask(b []byte, mask [4]byte) {
	word := uint64(binary.LittleEndian.Uint32(mask[:]))
	word |= word << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^word)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// Read returns the next whole message, which holds until the next Read when into is given again. It answers pings. It
// fails with *Error when the peer closed or broke the protocol, with the stream's error when the peer is gone or was
// silent for too long.
func (c *Conn) Read(into []byte) (Opcode, []byte, error) {
	message, kind := into[:0], continuation
	for {
		if err := c.patience(); err != nil {
			return 0, nil, err
		}
		h, err := c.readHeader()
		if err != nil {
			return 0, nil, err
		}
		if h.op >= closing {
			if err := c.control(h); err != nil {
				return 0, nil, err
			}
			continue
		}
		switch {
		case (h.op == continuation) != (kind != continuation):
			return 0, nil, broken("frames of a message out of order")
		case h.length > uint64(c.limits.Message-len(message)):
			return 0, nil, &Error{Status: TooBig, Reason: "message too big"}
		case h.op != continuation:
			kind = h.op
		}
		if message, err = c.payload(message, h); err != nil {
			return 0, nil, err
		}
		if h.final {
			if kind == Text && !utf8.Valid(message) {
				return 0, nil, &Error{Status: InvalidText, Reason: "text is not UTF-8"}
			}
			return kind, message, nil
		}
	}
}

// patience sets until when the next frame must arrive.
func (c *Conn) patience() error {
	if c.leaving.Load() == 0 {
		if err := c.stream.SetReadDeadline(time.Now().Add(c.limits.Silence)); err != nil {
			return err
		}
	}
	if end := c.leaving.Load(); end != 0 { // looked at again: Shut may have come between
		return c.stream.SetReadDeadline(time.Unix(0, end))
	}
	return nil
}

// control takes a control frame (RFC 6455, section 5.5).
func (c *Conn) control(h header) error {
	body, err := c.payload(make([]byte, 0, 125), h)
	switch {
	case err != nil:
		return err
	case h.op == ping:
		return c.write(appendHeader(nil, pong, len(body)), body)
	case h.op == pong:
		return nil
	case len(body) == 0:
		return &Error{Status: noStatus, Peer: true}
	case len(body) == 1:
		return broken("close frame of one byte")
	}
	status, reason := Status(binary.BigEndian.Uint16(body)), body[2:]
	switch {
	case status < 1000, status >= 1004 && status <= 1006, status >= 1015 && status < 3000, status >= 5000:
		return broken("close code out of range")
	case !utf8.Valid(reason):
		return &Error{Status: InvalidText, Reason: "text is not UTF-8"}
	}
	return &Error{Status: status, Reason: string(reason), Peer: true}
}

func appendHeader(b []byte, op Opcode, length int) []byte {
	b = append(b, 0x80|byte(op))
	switch {
	case length < 126:
		return append(b, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(length))
}

// AppendText appends the frame of one text message, head and tail one behind the other, for Write.
func AppendText(b, head, tail []byte) []byte {
	b = appendHeader(b, Text, len(head)+len(tail))
	return append(append(b, head...), tail...)
}

// errClosed is met by who writes after the close frame.
var errClosed = errors.New("websocket: closed by this side")

// Write sends whole frames made by AppendText.
func (c *Conn) Write(frames []byte) error { return c.write(frames, nil) }

// Ping asks the peer for a sign of life, which Read takes note of.
func (c *Conn) Ping() error { return c.write(appendHeader(nil, ping, 0), nil) }

func (c *Conn) write(head, tail []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closed {
		return errClosed
	}
	return c.send(append(head, tail...))
}

func (c *Conn) send(frames []byte) error {
	if err := c.stream.SetWriteDeadline(time.Now().Add(c.limits.Write)); err != nil {
		return err
	}
	_, err := c.stream.Write(frames)
	return err
}

// closeWrite is how long a close frame may take to leave, lingering how long the peer's is waited for.
const (
	closeWrite = time.Second
	lingering  = 2 * time.Second
)

// Shut sends a close frame, once, without waiting for the peer's; who reads has a little time left to see it. A write
// that is stuck is cut short.
func (c *Conn) Shut(status Status, reason string) {
	end := time.Now().Add(lingering)
	if c.leaving.CompareAndSwap(0, end.UnixNano()) {
		_ = c.stream.SetReadDeadline(end)
	}
	_ = c.stream.SetWriteDeadline(time.Now().Add(closeWrite))
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	if status == noStatus {
		status = Normal
	}
	reason = reason[:min(len(reason), 123)] // a control frame has 125 bytes
	frame := appendHeader(nil, closing, 2+len(reason))
	frame = append(binary.BigEndian.AppendUint16(frame, uint16(status)), reason...)
	if c.stream.SetWriteDeadline(time.Now().Add(closeWrite)) == nil {
		_, _ = c.stream.Write(frame) // a peer that is gone needs no farewell
	}
}

// Linger reads on, after Shut and when Read has failed, so that what the peer still sends does not destroy what it has
// not read yet.
func (c *Conn) Linger() { _, _ = io.Copy(io.Discard, io.LimitReader(c.in, lingerBytes)) }

// lingerBytes is how much is read of a peer that does not stop to send.
const lingerBytes = 4 << 20

// Close ends the connection at once.
func (c *Conn) Close() error { return c.stream.Close() }
