package broker_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mconnect/test/must"
)

// wire is a network between a node and PostgreSQL that a test can spoil.
type wire struct {
	net.Listener
	server string // its Unix socket

	mu      sync.Mutex
	refuses bool
	delay   time.Duration
	passes  chan struct{} // closed while bytes pass
	open    map[net.Conn]bool
	work    sync.WaitGroup
}

// newWire leads to the database of a URL that names a Unix socket, and returns the URL by which it is reached.
func newWire(t *testing.T, to string) (*wire, string) {
	t.Helper()
	u := must.Get(url.Parse(to))(t)
	q := u.Query()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	w := &wire{
		Listener: l,
		server:   filepath.Join(q.Get("host"), ".s.PGSQL."+q.Get("port")),
		passes:   make(chan struct{}),
		open:     map[net.Conn]bool{},
	}
	close(w.passes)
	w.work.Go(w.accept)
	t.Cleanup(func() {
		_ = w.Close()
		w.heal()
		w.drop()
		w.work.Wait()
	})
	u.Host = l.Addr().String()
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return w, u.String()
}

func (w *wire) accept() {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		refuses := w.refuses
		w.mu.Unlock()
		if refuses {
			_ = client.Close()
			continue
		}
		server, err := net.Dial("unix", w.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.open[client], w.open[server] = true, true
		w.mu.Unlock()
		w.work.Go(func() { w.carry(client, server) })
		w.work.Go(func() { w.carry(server, client) })
	}
}

// carry passes bytes on, and closes both ends when one is.
func (w *wire) carry(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		w.mu.Lock()
		delete(w.open, from)
		w.mu.Unlock()
	}()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		w.mu.Lock()
		passes, delay := w.passes, w.delay
		w.mu.Unlock()
		<-passes
		if delay > 0 {
			<-time.After(delay)
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil && !errors.Is(err, io.EOF) || n == 0 {
			return
		}
	}
}

// stall lets nothing pass until heal; connections stay open.
func (w *wire) stall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.passes:
		w.passes = make(chan struct{})
	default:
	}
}

// refuse closes whatever is open and takes no connection until heal.
func (w *wire) refuse() {
	w.mu.Lock()
	w.refuses = true
	w.mu.Unlock()
	w.drop()
}

// drop closes whatever is open.
func (w *wire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.open {
		_ = conn.Close()
	}
}

// slow makes every message so much later.
func (w *wire) slow(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay = by
}

func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuses, w.delay = false, 0
	select {
	case <-w.passes:
	default:
		close(w.passes)
	}
}
