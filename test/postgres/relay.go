package postgres

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Relay stands between a cluster and its clients on a TCP address of its own, and can fall silent: it then forwards
// nothing, closes nothing and refuses nobody, like the address of a machine that has vanished.
type Relay struct {
	to       string
	listener net.Listener
	mu       sync.Mutex
	silent   bool
	open     map[net.Conn]bool
	done     sync.WaitGroup
}

// NewRelay begins to forward to the cluster; Close ends it.
func NewRelay(c *Cluster) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{to: c.Socket(), listener: l, open: map[net.Conn]bool{}}
	r.done.Go(r.accept)
	return r, nil
}

// Address is where the relay listens, host:port.
func (r *Relay) Address() string { return r.listener.Addr().String() }

// Source is the connection string under which a standby follows the cluster through the relay.
func (r *Relay) Source() string {
	host, port, _ := net.SplitHostPort(r.Address())
	return fmt.Sprintf("host=%s port=%s user=postgres dbname=postgres", host, port)
}

// Silence stops forwarding, on the connections that are there and on later ones, permanently.
func (r *Relay) Silence() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = true
}

func (r *Relay) isSilent() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent
}

// Close closes everything.
func (r *Relay) Close() error {
	err := r.listener.Close()
	r.mu.Lock()
	for c := range r.open {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.done.Wait()
	return err
}

func (r *Relay) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.done.Go(func() { r.serve(c) })
	}
}

func (r *Relay) keep(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[c] = true
}

func (r *Relay) serve(client net.Conn) {
	r.keep(client)
	server, err := net.Dial("unix", r.to)
	if err != nil {
		if !r.isSilent() {
			_ = client.Close()
		}
		return
	}
	r.keep(server)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		r.done.Go(func() { r.forward(way[0], way[1]) })
	}
}

// forward copies until one side ends. What arrives while the relay is silent is lost, and so is the news of an end.
func (r *Relay) forward(from, to net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if r.isSilent() {
			if err != nil {
				return
			}
			continue
		}
		if _, e := to.Write(buffer[:n]); e != nil {
			err = errors.Join(err, e)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				_ = from.Close()
			}
			_ = to.Close()
			return
		}
	}
}
