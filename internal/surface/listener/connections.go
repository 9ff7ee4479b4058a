package listener

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Connections is a listener that holds a bounded number of connections, and of one address so many of them. One too many is
// reset at once, before anything is read from it: no memory is spent on it, and those who are connected notice
// nothing. An IPv6 network of 64 bits counts as one address, for its owner can take any in it. Safe for concurrent use.
type Connections struct {
	net.Listener
	most, mostOf int

	mu   sync.Mutex
	open int
	of   map[netip.Prefix]int // who has any open

	refused atomic.Int64
}

// NewConnections bounds l to most connections, and to perAddress from one address.
func NewConnections(l net.Listener, most, perAddress int) *Connections {
	return &Connections{Listener: l, most: most, mostOf: perAddress, of: map[netip.Prefix]int{}}
}

// Accept implements net.Listener: the next connection for which there is room.
func (c *Connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := origin(conn.RemoteAddr())
		if c.enter(from) {
			return &held{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from) })}, nil
		}
		c.refused.Add(1)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset: the peer learns it now, and the kernel keeps nothing of it
		}
		_ = conn.Close() // what it was told no longer matters
	}
}

// Open is how many connections are open.
func (c *Connections) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// Refused is how many connections were reset for want of room since the listener was made.
func (c *Connections) Refused() int64 { return c.refused.Load() }

func (c *Connections) enter(from netip.Prefix) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most || c.of[from] >= c.mostOf {
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

// held gives its place back when it is closed.
type held struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (h *held) Close() error {
	defer h.leave()
	return h.Conn.Close()
}

// CloseWrite ends what is sent, while what the peer still sends can be read.
func (h *held) CloseWrite() error {
	if half, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// NetConn is the connection itself, for who must reach its socket.
func (h *held) NetConn() net.Conn { return h.Conn }
