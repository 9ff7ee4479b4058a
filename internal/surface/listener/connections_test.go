package listener_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"mconnect/internal/surface/listener"
	"mconnect/test/must"
)

// accepting takes what comes until the listener is closed, and passes it on.
func accepting(t *testing.T, most, perAddress int) (*listener.Connections, <-chan net.Conn) {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	c := listener.NewConnections(l, most, perAddress)
	taken := make(chan net.Conn, 100)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := c.Accept()
			if err != nil {
				return
			}
			taken <- conn
		}
	})
	t.Cleanup(func() {
		_ = c.Close()
		work.Wait()
	})
	return c, taken
}

// from connects from an address of this machine and reports whether it was let in.
func from(t *testing.T, c *listener.Connections, taken <-chan net.Conn, address string) (in net.Conn, ok bool) {
	t.Helper()
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 0))}
	conn, err := d.Dial("tcp", c.Addr().String())
	if errors.Is(err, syscall.ECONNRESET) {
		return nil, false
	}
	must.OK(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	reset := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		reset <- err
	}()
	select {
	case in := <-taken:
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		<-reset
		return in, true
	case err := <-reset:
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("refused with %v", err)
		}
	}
	return nil, false
}

func TestConnections_AreBounded(t *testing.T) {
	c, taken := accepting(t, 3, 2)
	first, ok := from(t, c, taken, "127.0.0.1")
	if !ok {
		t.Fatal("the first connection was refused")
	}
	for n, want := range []struct {
		address string
		in      bool
	}{{"127.0.0.1", true}, {"127.0.0.1", false}, {"127.0.0.2", true}, {"127.0.0.3", false}} {
		if _, in := from(t, c, taken, want.address); in != want.in {
			t.Errorf("connection %d from %s: let in %t", n+2, want.address, in)
		}
	}
	if c.Open() != 3 || c.Refused() != 2 {
		t.Errorf("%d open, %d refused", c.Open(), c.Refused())
	}
	for range 2 { // closed twice, its place is free once
		_ = first.Close()
	}
	if _, in := from(t, c, taken, "127.0.0.3"); !in || c.Open() != 3 {
		t.Errorf("a place that was given back is not free: let in %t, %d open", in, c.Open())
	}
	if _, in := from(t, c, taken, "127.0.0.1"); in {
		t.Error("one close made room for two")
	}
}

// pretended is a listener whose connections come from where a test wants.
type pretended struct {
	net.Listener
	from []string
}

type remote struct {
	net.Conn
	at net.Addr
}

func (r remote) RemoteAddr() net.Addr { return r.at }

func (p *pretended) Accept() (net.Conn, error) {
	if len(p.from) == 0 {
		return nil, net.ErrClosed
	}
	a, _ := net.Pipe()
	at := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(p.from[0]))
	p.from = p.from[1:]
	return remote{a, at}, nil
}

func TestConnections_NetworkOfIPv6CountsAsOneAddress(t *testing.T) {
	c := listener.NewConnections(&pretended{from: []string{
		"[2001:db8:1:1::1]:1", "[2001:db8:1:1:ffff::9]:1", "[2001:db8:1:2::1]:1", "192.0.2.1:1", "[::ffff:192.0.2.1]:2",
	}}, 100, 1)
	var in []string
	for {
		conn, err := c.Accept()
		if err != nil {
			break
		}
		in = append(in, conn.RemoteAddr().String())
	}
	if len(in) != 3 || in[1] != "[2001:db8:1:2::1]:1" || in[2] != "192.0.2.1:1" || c.Refused() != 2 {
		t.Errorf("let in %v, %d refused", in, c.Refused())
	}
}

// TestConnections_ConnectionIsHalfClosed ends what is sent on a held connection: the peer sees the end, and is still
// heard.
func TestConnections_ConnectionIsHalfClosed(t *testing.T) {
	c, taken := accepting(t, 1, 1)
	peer := must.Get(net.Dial("tcp", c.Addr().String()))(t)
	defer peer.Close()
	conn := <-taken
	defer conn.Close()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		t.Fatal("a held connection cannot be closed by halves")
	}
	must.OK(t, half.CloseWrite())
	if _, err := peer.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the peer saw %v", err)
	}
	must.Get(io.WriteString(peer, "still"))(t)
	heard := make([]byte, 5)
	if _, err := io.ReadFull(conn, heard); err != nil || string(heard) != "still" {
		t.Errorf("heard %q, %v", heard, err)
	}
	if c.Open() != 1 {
		t.Errorf("%d open", c.Open())
	}
}
