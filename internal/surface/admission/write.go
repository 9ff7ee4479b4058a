package admission

import (
	"io"
	"net/http"
	"time"
)

// DefaultPiece is the time for each piece of a streamed answer, unless a surface says otherwise.
const DefaultPiece = 30 * time.Second

// WithWriteDeadline makes a writer of which the caller must take each piece within limit: a caller that reads slowly
// and steadily gets an answer of any size, one that stops reading is cut off.
func WithWriteDeadline(w http.ResponseWriter, limit time.Duration) io.Writer {
	return &deadlineWriter{w: w, control: http.NewResponseController(w), limit: limit}
}

type deadlineWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

// Write implements io.Writer.
func (d *deadlineWriter) Write(b []byte) (int, error) {
	_ = d.control.SetWriteDeadline(time.Now().Add(d.limit)) // fails only on a broken connection, which writing shows
	return d.w.Write(b)
}
