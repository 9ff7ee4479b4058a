package request

import (
	"io"
	"net/http"
	"time"
)

// DefaultPiece is the time for each piece of a streamed answer, unless a surface says otherwise.
const DefaultPiece = 30 * time.Second

// InPieces is a writer of which the caller must take each piece written in a while: one that reads slowly and steadily gets
// an answer of any size, one that stops reading is cut off.
func InPieces(w http.ResponseWriter, while time.Duration) io.Writer {
	return &pieces{w: w, control: http.NewResponseController(w), while: while}
}

type pieces struct {
	w       http.ResponseWriter
	control *http.ResponseController
	while   time.Duration
}

// Write implements io.Writer.
func (p *pieces) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(p.while)) // where there is no such deadline, none was asked for
	return p.w.Write(b)
}
