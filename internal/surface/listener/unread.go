package listener

import (
	"errors"
	"io"
	"net/http"
	"time"

	"mconnect/internal/surface/request"
)

// Bounds of what is discarded of a request whose answer was given before its body had been read. A caller without a
// certificate gets the smaller ones.
const (
	discardBytes, discardTime                   = 64 << 20, 10 * time.Second
	anonymousDiscardBytes, anonymousDiscardTime = 4 << 20, 2 * time.Second

	silence = 500 * time.Millisecond // of a client that stopped sending, and waits for the end of the answer
)

// drainedByNetHTTP is how much of an unread body net/http itself discards over HTTP/1, before the answer or after it.
const drainedByNetHTTP = 256 << 10

// DrainUnread lets an early answer reach a client that is still sending. When a handler returns, net/http resets the
// stream of HTTP/2, and closes a connection of HTTP/1 of which too much is unread: clients (curl 7.88) that have not
// read the answer by then drop it. The answer is therefore sent at once, and what the client still sends is discarded,
// within bounds, until the client has ended its side or closed.
func DrainUnread(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !mayStayUnread(r) {
			h.ServeHTTP(w, r)
			if r.ProtoMajor == 1 && r.ContentLength != 0 &&
				(r.Header["Expect"] != nil || w.Header().Get("Connection") == "close") {
				// What net/http discards after such an answer is not waited for as long as for a request.
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(silence))
			}
			return
		}
		body := &endMarker{ReadCloser: r.Body}
		r.Body = body
		h.ServeHTTP(w, r)
		r.Body = body.ReadCloser
		if body.ended {
			return
		}
		control := http.NewResponseController(w)
		if control.Flush() != nil {
			return
		}
		most, limit := int64(discardBytes), discardTime
		if len(request.ChainOf(r)) == 0 {
			most, limit = anonymousDiscardBytes, anonymousDiscardTime
		}
		discard(control, body.ReadCloser, most, time.Now().Add(limit))
	})
}

// mayStayUnread reports a request of whose body more may stay unread than net/http discards. A client of HTTP/1 that
// waits for "100 Continue" has sent none of it.
func mayStayUnread(r *http.Request) bool {
	switch {
	case r.Method == http.MethodConnect, r.ContentLength == 0, r.Body == nil:
		return false
	case r.ProtoMajor == 1:
		return r.Header["Expect"] == nil && (r.Close || r.ContentLength < 0 || r.ContentLength >= drainedByNetHTTP)
	}
	return true
}

// discard reads at most so many bytes, until the given time and as long as something comes.
func discard(control *http.ResponseController, from io.Reader, most int64, until time.Time) {
	into := make([]byte, 16<<10)
	for now := time.Now(); most > 0 && now.Before(until); now = time.Now() {
		limit := now.Add(silence)
		if limit.After(until) {
			limit = until
		}
		_ = control.SetReadDeadline(limit) // fails only on a broken connection, which reading shows
		n, err := from.Read(into[:min(most, int64(len(into)))])
		if most -= int64(n); err != nil {
			return
		}
	}
}

// endMarker is a body that notes whether its end was read.
type endMarker struct {
	io.ReadCloser
	ended, closed bool
}

// Read implements io.Reader.
func (e *endMarker) Read(p []byte) (int, error) {
	if e.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := e.ReadCloser.Read(p)
	e.ended = e.ended || errors.Is(err, io.EOF)
	return n, err
}

// Close implements io.Closer. The stream stays open: what is left of it is discarded.
func (e *endMarker) Close() error {
	e.closed = true
	return nil
}
