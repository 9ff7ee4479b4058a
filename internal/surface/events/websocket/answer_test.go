package websocket

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"
)

var errBroken = errors.New("broken")

// deaf is a connection to which nothing can be written.
type deaf struct{ net.Conn }

func (deaf) Write([]byte) (int, error) { return 0, errBroken }

// hijacked is an answer over HTTP/1.1 whose connection is passed on.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// TestAccept_ReportsAnAnswerThatWasNotWritten: a handshake whose answer is lost opens no socket.
func TestAccept_ReportsAnAnswerThatWasNotWritten(t *testing.T) {
	here, there := net.Pipe()
	defer func() { _ = there.Close() }()
	r := &http.Request{ProtoMajor: 1, ProtoMinor: 1}
	offer := &Offer{w: hijacked{conn: deaf{here}}, r: r, key: "AAAAAAAAAAAAAAAAAAAAAA==", protocol: "cloudevents.json"}
	conn, err := offer.Accept(Limits{Write: time.Minute})
	if conn != nil || !errors.Is(err, errBroken) {
		t.Errorf("%v, %v", conn, err)
	}
}
