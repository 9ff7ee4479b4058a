package listener

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Connections is a listener that holds a bounded number of connections, and of one address so many of them. One too
// many is reset at once, before anything is read from it: no memory is spent on it, and other connections are not
// affected. An IPv6 network of 64 bits counts as one address, because its owner can take any address in it. Safe for
// concurrent use.
type Connections struct {
	net.Listener
	most, mostPerAddress int

	mu   sync.Mutex
	open int
	of   map[netip.Prefix]int // who has any open

	refused atomic.Int64
}

// NewConnections bounds l to most connections, and to perAddress from one address.
func NewConnections(l net.Listener, most, perAddress int) *Connections {
	return &Connections{Listener: l, most: most, mostPerAddress: perAddress, of: map[netip.Prefix]int{}}
}

// Accept implements net.Listener: the next connection within the bounds.
func (c *Connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := origin(conn.RemoteAddr())
		if c.enter(from) {
			return &boundedConn{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from) })}, nil
		}
		c.refused.Add(1)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset: the peer learns it now, and the kernel keeps nothing of it
		}
		_ = conn.Close() // an error of a connection that is given up does not matter
	}
}

// Open is how many connections are open.
func (c *Connections) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// Refused is how many connections were reset because of the bounds since the listener was made.
func (c *Connections) Refused() int64 { return c.refused.Load() }

func (c *Connections) enter(from netip.Prefix) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most || c.of[from] >= c.mostPerAddress {
		return false
	}
	c.open++
	c.of[from]++
	return true
}

func (c *Connections) leave(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.of[from]--; c.of[from] <= 0 {
		delete(c.of, from)
	}
}

// origin is whose connection it is: an IPv4 address, or an IPv6 network of 64 bits. What has neither counts as one.
func origin(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	return netip.PrefixFrom(ip, bits).Masked()
}

// boundedConn no longer counts once it is closed.
type boundedConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (h *boundedConn) Close() error {
	defer h.leave()
	return h.Conn.Close()
}

// CloseWrite ends what is sent, while what the peer still sends can be read.
func (h *boundedConn) CloseWrite() error {
	if half, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// NetConn is the connection itself, for code that needs its socket.
func (h *boundedConn) NetConn() net.Conn { return h.Conn }
