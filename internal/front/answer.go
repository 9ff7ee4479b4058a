package front

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

const (
	recordSize = 16 << 10       // bytes of one TLS record, and of one write
	heldSize   = recordSize / 2 // bytes of an answer held back in the hope that they are all
)

// answer is the http.ResponseWriter of the present request. It holds bytes back until they fill a TLS record, the handler
// flushes or is done: a small answer is one record, and its length is stated.
type answer struct {
	conn    *conn
	header  http.Header
	status  int
	length  int64 // as the handler declared it, -1: it did not
	written int64
	head    bool // to a HEAD
	said    bool // status and header are fixed
	begun   bool // the framing is decided
	chunked bool
	streams bool // a part has left before the whole was known
	hurried bool // the handler has set a deadline for writing
	typed   bool // Content-Type, or a coding that hides it, is stated
	dated   bool
	held    *[]byte
	out     *[]byte
	err     error
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, recordSize+512); return &b }}

func (a *answer) begin(c *conn) {
	h := a.header
	clear(h)
	*a = answer{conn: c, header: h, length: -1, head: c.request.Method == http.MethodHead}
}

// giveBack lends the memory of the answer to the next one.
func (a *answer) giveBack() {
	for _, b := range []**[]byte{&a.held, &a.out} {
		if *b != nil {
			**b = (**b)[:0]
			buffers.Put(*b)
			*b = nil
		}
	}
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// bodiless reports a status after which no body comes (RFC 9110, section 6.4.1).
func (a *answer) bodiless() bool {
	return a.status == http.StatusNoContent || a.status == http.StatusNotModified
}

// WriteHeader implements http.ResponseWriter. Interim answers (1xx) are not sent.
func (a *answer) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("front: status %d", status))
	case a.said:
		a.conn.server.logf("front: a second status %d after %d", status, a.status)
		return
	case status < 200:
		return
	}
	a.said, a.status = true, status
	a.out = buffers.Get().(*[]byte)
	out := append(*a.out, "HTTP/1.1 "...)
	out = append(append(out, statusText(status)...), "\r\n"...)
	for name, values := range a.header {
		switch name {
		case "Content-Length":
			if n, err := length(values[0]); err == nil && !a.bodiless() {
				a.length = n
			}
			continue
		case "Connection":
			a.conn.last = a.conn.last || hasToken(values[0], "close")
			continue
		case "Transfer-Encoding", "Trailer":
			continue
		case "Content-Type", "Content-Encoding":
			a.typed = true
		case "Date":
			a.dated = true
		}
		if !httpguts.ValidHeaderFieldName(name) || strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		for _, value := range values {
			out = append(append(out, name...), ": "...)
			out = append(inLine(out, value), "\r\n"...)
		}
	}
	*a.out = out
}

// inLine appends a value that cannot end its line.
func inLine(out []byte, value string) []byte {
	if httpguts.ValidHeaderFieldValue(value) {
		return append(out, value...)
	}
	for i := range len(value) {
		if one := value[i : i+1]; httpguts.ValidHeaderFieldValue(one) {
			out = append(out, one...)
		} else {
			out = append(out, ' ')
		}
	}
	return out
}

// start decides the framing and ends the head. whole: nothing but what is held back will follow.
func (a *answer) start(whole bool) {
	a.begun = true
	c, now := a.conn, time.Now()
	var held []byte
	if a.held != nil {
		held = *a.held
	}
	if whole && a.length < 0 && !a.bodiless() && (!a.head || a.written > 0) {
		a.length = a.written
	}
	old := c.request.ProtoMinor == 0
	a.chunked = a.length < 0 && !a.bodiless() && !a.head && !old
	if old && a.length < 0 && !a.bodiless() && !a.head {
		c.last = true // its end is that of the connection
	}
	c.settle()
	out := *a.out
	if !a.typed && len(held) > 0 && !a.bodiless() {
		out = append(append(append(out, "Content-Type: "...), http.DetectContentType(held)...), "\r\n"...)
	}
	if !a.dated {
		out = append(append(append(out, "Date: "...), date(now)...), "\r\n"...)
	}
	switch {
	case a.length >= 0:
		out = append(strconv.AppendInt(append(out, "Content-Length: "...), a.length, 10), "\r\n"...)
	case a.chunked:
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	switch {
	case c.last:
		out = append(out, "Connection: close\r\n"...)
	case old:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	*a.out = append(out, "\r\n"...)
	if len(held) > 0 && !a.head {
		a.send(held)
	}
}

// settle decides, before the head of the answer, whether another request can follow: the rest of a body that nobody read
// is read, within bounds, for there are clients that read no answer before they have sent all.
func (c *conn) settle() {
	if c.server.closing.Load() {
		c.last = true
	}
	if !c.body.done && (c.last || !c.body.drain()) {
		c.last, c.early = true, true
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if !a.said {
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case a.err != nil:
		return 0, a.err
	case len(p) == 0:
		return 0, nil
	case a.bodiless():
		return 0, http.ErrBodyNotAllowed
	case a.length >= 0 && a.written+int64(len(p)) > a.length:
		return 0, http.ErrContentLength
	}
	a.written += int64(len(p))
	if !a.begun {
		if a.length < 0 && a.hold(p) {
			return len(p), nil
		}
		a.start(false)
	}
	if !a.head {
		a.send(p)
	}
	if a.err != nil {
		return 0, a.err
	}
	return len(p), nil
}

// hold keeps p back as long as the answer may still be a small one.
func (a *answer) hold(p []byte) bool {
	if a.held == nil {
		a.held = buffers.Get().(*[]byte)
	}
	if len(*a.held)+len(p) > heldSize {
		return false
	}
	*a.held = append(*a.held, p...)
	return true
}

// send frames p and sends it as far as it fills records.
func (a *answer) send(p []byte) {
	if !a.chunked {
		a.put(p)
		return
	}
	*a.out = append(strconv.AppendInt(*a.out, int64(len(p)), 16), "\r\n"...)
	a.put(p)
	a.put(crlf)
}

var crlf = []byte("\r\n")

// put gathers p into records. What is longer than one fills the present one and goes out at once, uncopied.
func (a *answer) put(p []byte) {
	if room := recordSize - len(*a.out); len(p) > room && a.err == nil {
		a.streams = a.streams || !a.begun || a.written < a.length || a.chunked
		room = max(room, 0)
		*a.out = append(*a.out, p[:room]...)
		whole := room + (len(p)-room)/recordSize*recordSize
		a.err = a.conn.write(*a.out, p[room:whole], time.Now())
		*a.out, p = (*a.out)[:0], p[whole:]
	}
	*a.out = append(*a.out, p...)
}

// flush sends what has been gathered.
func (a *answer) flush() error {
	if a.err == nil && len(*a.out) > 0 {
		a.err = a.conn.write(*a.out, nil, time.Now())
		*a.out = (*a.out)[:0]
	}
	return a.err
}

// finish sends what is left. An answer shorter than its declared length ends the connection: it must not look complete.
func (a *answer) finish() error {
	if !a.said {
		a.WriteHeader(http.StatusOK)
	}
	if !a.begun {
		a.start(true)
	}
	if a.chunked {
		*a.out = append(*a.out, "0\r\n\r\n"...)
	}
	if a.length > a.written && !a.head {
		a.conn.last = true
	}
	return a.flush()
}

// FlushError sends what the handler has written so far (http.ResponseController).
func (a *answer) FlushError() error {
	if !a.said {
		a.WriteHeader(http.StatusOK)
	}
	if !a.begun {
		a.start(false)
	}
	a.streams = true
	return a.flush()
}

// Flush implements http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() }

// SetReadDeadline bounds the reading of the rest of the request (http.ResponseController).
func (a *answer) SetReadDeadline(t time.Time) error {
	a.conn.in.limit = t
	return a.conn.in.arm()
}

// SetWriteDeadline bounds the writing of the answer in the place of the server's own bound (http.ResponseController).
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.hurried, a.conn.until = true, t
	return a.conn.peer.SetWriteDeadline(t)
}

// proceed tells a client that waits with its body to send it (RFC 9110, section 10.1.1), unless the answer has begun.
func (c *conn) proceed() error {
	if c.answer.begun {
		return nil
	}
	return c.write([]byte("HTTP/1.1 100 Continue\r\n\r\n"), nil, time.Now())
}

// statusText is a status with its reason.
func statusText(status int) string {
	if status < len(statusTexts) && statusTexts[status] != "" {
		return statusTexts[status]
	}
	return strconv.Itoa(status) + " "
}

var statusTexts = func() (t [600]string) {
	for status := range t {
		if text := http.StatusText(status); text != "" {
			t[status] = strconv.Itoa(status) + " " + text
		}
	}
	return t
}()

// dated is the Date of one second.
type dated struct {
	second int64
	text   []byte
}

var lastDate atomic.Pointer[dated]

// date is now as a Date states it, made once a second.
func date(now time.Time) []byte {
	d := lastDate.Load()
	if d == nil || d.second != now.Unix() {
		d = &dated{now.Unix(), bytes.Clone(now.UTC().AppendFormat(nil, http.TimeFormat))}
		lastDate.Store(d)
	}
	return d.text
}
