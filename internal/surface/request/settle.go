package request

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// Bounds of what is discarded of a request whose answer was given before its body had been read. A caller without a certificate gets
// the smaller ones.
const (
	discardBytes, discardTime   = 64 << 20, 10 * time.Second
	strangerBytes, strangerTime = 4 << 20, 2 * time.Second

	silence = 500 * time.Millisecond // of a client that stopped sending, and waits for the end of the answer
)

// Settled lets an early answer reach a client that still sends over HTTP/2. When a handler returns, net/http ends the stream and resets
// it; clients (curl 7.88) that have not read the answer by then drop it. The answer is therefore sent at once, and what
// the client still sends is discarded, within bounds, until the client has ended its side or reset the stream. Over HTTP/1 the
// server itself does so.
func Settled(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor < 2 || r.Method == http.MethodConnect || r.ContentLength == 0 || r.Body == nil {
			h.ServeHTTP(w, r)
			return
		}
		body := &seen{ReadCloser: r.Body}
		r.Body = body
		h.ServeHTTP(w, r)
		if body.ended {
			return
		}
		control := http.NewResponseController(w)
		if control.Flush() != nil {
			return
		}
		most, while := int64(discardBytes), discardTime
		if len(ChainOf(r)) == 0 {
			most, while = strangerBytes, strangerTime
		}
		discard(control, body.ReadCloser, most, time.Now().Add(while))
	})
}

// discard reads at most so many bytes, until the given time and as long as something comes.
func discard(control *http.ResponseController, from io.Reader, most int64, until time.Time) {
	into := make([]byte, 16<<10)
	for now := time.Now(); most > 0 && now.Before(until); now = time.Now() {
		limit := now.Add(silence)
		if limit.After(until) {
			limit = until
		}
		_ = control.SetReadDeadline(limit) // where there is no such deadline, none was asked for
		n, err := from.Read(into[:min(most, int64(len(into)))])
		if most -= int64(n); err != nil {
			return
		}
	}
}

// seen is a body that knows whether its end, or an error, was read.
type seen struct {
	io.ReadCloser
	ended bool
}

// Read implements io.Reader.
func (s *seen) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.ended = s.ended || errors.Is(err, io.EOF)
	return n, err
}

// Close implements io.Closer. The stream stays open: what is left of it is discarded.
func (s *seen) Close() error { return nil }
