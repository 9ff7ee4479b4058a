package httpclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// longPeer serves content by TLS; excess is sent behind an answer though its length does not announce it, and each time told of.
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
	target := New(Config{Address: s.Listener.Addr().String(), TLS: func() *tls.Config { return conf }})
	tb.Cleanup(target.Close)
	return target, sent
}

// A long answer is read ahead: it comes whole, its connection is used again, and the memory goes back.
func TestLongAnswersAreReadAhead(t *testing.T) {
	content := make([]byte, 3*longFrom+17)
	rand.Read(content)
	target, _ := longPeer(t, content, nil)
	for turn := range 3 {
		a, err := target.Do(soon(t, patience), []byte(get), false)
		if err != nil {
			t.Fatal(err)
		}
		if c := a.conn; c.sock.ahead == nil || c.reused != (turn > 0) {
			t.Fatalf("turn %d: read ahead %t, reused %t", turn, c.sock.ahead != nil, c.reused)
		}
		got, err := io.ReadAll(a)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		sock := a.conn.sock
		a.Close()
		if sock.ahead != nil && sock.from == sock.to {
			t.Error("the memory was kept")
		}
	}
}

// What a peer sends behind a long answer is never taken for the next one, though it was read ahead with it.
func TestExcessBehindALongAnswer(t *testing.T) {
	content := bytes.Repeat([]byte("a"), longFrom)
	target, sent := longPeer(t, content, []byte("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"))
	for range 3 {
		a, err := target.Do(soon(t, patience), []byte(get), false)
		if err != nil {
			t.Fatal(err)
		}
		if a.conn.reused && a.Length != longFrom {
			t.Fatal("the excess was read as an answer")
		}
		got, err := a.ReadAll(2 * longFrom)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		<-sent // and what was written on this machine has arrived
		a.Close()
	}
}

// An answer given up half way ends its connection, also while some of it was read ahead.
func TestLongAnswerGivenUp(t *testing.T) {
	target, _ := longPeer(t, make([]byte, 4*longFrom), nil)
	a, err := target.Do(soon(t, patience), []byte(get), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(a, make([]byte, 100<<10)); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if len(target.idle) != 0 {
		t.Error("the connection went back to the pool")
	}
}

// What was read ahead is given out in order whatever is asked for, and a probe sees it.
func TestReadAheadKeepsOrder(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	s, err := newSocket(ours)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		theirs.Write([]byte("abcdefgh"))
		theirs.Close()
	}()
	s.hurry()
	got := make([]byte, 8)
	for _, part := range []int{1, 2, 5} {
		s.probing = part == 2
		n, err := s.Read(got[:part])
		if err != nil || string(got[:n]) != map[int]string{1: "a", 2: "bc", 5: "defgh"}[part] {
			t.Fatalf("%q %v", got[:n], err)
		}
		s.probing = false
		if s.settle(); (s.ahead == nil) != (part == 5) {
			t.Fatalf("after %d bytes: kept %t", part, s.ahead != nil)
		}
	}
	if _, err := s.Read(got); err != io.EOF {
		t.Fatalf("%v, want the end", err)
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
		a, err := target.Do(ctx, []byte(get), false)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{a}, piece); err != nil || n != int64(len(content)) {
			b.Fatal(n, err)
		}
		a.Close()
		cancel()
	}
}
