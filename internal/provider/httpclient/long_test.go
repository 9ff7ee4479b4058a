package httpclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// long is more than any buffer on the way holds.
const long = 1 << 20

// longPeer serves content by TLS; excess is sent behind an answer though its length does not announce it, and each time
// told of.
func longPeer(tb testing.TB, content, excess []byte) (*Target, <-chan struct{}) {
	sent := make(chan struct{}, 1)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			tb.Error(err)
			return
		}
		defer c.Close()
		head := "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(content)) + "\r\n\r\n"
		for {
			if _, err := c.Write(append([]byte(head), content...)); err != nil {
				return
			}
			_, err := c.Write(excess)
			select {
			case sent <- struct{}{}:
			default: // nobody asks
			}
			if err != nil || !readRequest(rw.Reader) {
				return
			}
		}
	}))
	s.StartTLS()
	tb.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	conf := &tls.Config{RootCAs: roots, ServerName: "example.com"} // another one would end the connections
	target := New(Config{Address: s.Listener.Addr().String(), TLS: func() *tls.Config { return conf }, Transport: overTransport})
	tb.Cleanup(target.Close)
	return target, sent
}

// A long answer comes whole, and its connection is used again.
func TestTarget_LongAnswersComeWhole(t *testing.T) {
	content := make([]byte, 3*long+17)
	rand.Read(content)
	target, _ := longPeer(t, content, nil)
	for turn := range 3 {
		a := must.Get(target.Do(waits.Context(t), []byte(get), false))(t)
		if a.reused != (turn > 0) {
			t.Fatalf("turn %d: reused %t", turn, a.reused)
		}
		got, err := io.ReadAll(a)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		a.Close()
	}
}

// What a peer sends behind a long answer is never taken for the next one.
func TestTarget_ExcessBehindALongAnswer(t *testing.T) {
	content := bytes.Repeat([]byte("a"), long)
	target, sent := longPeer(t, content, []byte("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"))
	for range 3 {
		a := must.Get(target.Do(waits.Context(t), []byte(get), false))(t)
		if a.reused && a.Length != long {
			t.Fatal("the excess was read as an answer")
		}
		got, err := a.ReadAll(2 * long)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		<-sent // and what was written on this machine has arrived
		a.Close()
	}
}

// An answer given up half way ends its connection.
func TestTarget_LongAnswerGivenUp(t *testing.T) {
	target, _ := longPeer(t, make([]byte, 4*long), nil)
	a := must.Get(target.Do(waits.Context(t), []byte(get), false))(t)
	must.Get(io.ReadFull(a, make([]byte, 100<<10)))(t)
	a.Close()
	if len(target.idle) != 0 {
		t.Error("the connection went back to the pool")
	}
}

// BenchmarkStream reads an answer of 10 MiB by TLS in pieces of 64 KiB, the server included.
func BenchmarkStream(b *testing.B) {
	content := make([]byte, 10<<20)
	target, _ := longPeer(b, content, nil)
	piece := make([]byte, 64<<10)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		a := must.Get(target.Do(ctx, []byte(get), false))(b)
		if n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{a}, piece); err != nil || n != int64(len(content)) {
			b.Fatal(n, err)
		}
		a.Close()
		cancel()
	}
}
