package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// target is one side of a comparison: where to connect and what to send. The request is rendered once; the
// generator spends almost no processor time, so that both cores serve what is measured.
type target struct {
	name    string
	address string
	tls     *tls.Config
	request []byte // a whole HTTP/1.1 request, keep-alive
	least   int    // smallest body that counts as an answer, in bytes
	pids    []int  // processes of the server, whose processor time is counted
}

// result is what one run of load measured.
type result struct {
	calls   int
	failed  int
	bytes   int64
	elapsed time.Duration
	sorted  []time.Duration
	used    time.Duration // processor time of the server meanwhile
	first   error         // of the failures
}

func (r result) rate() float64 { return float64(r.calls) / r.elapsed.Seconds() }

func (r result) throughput() float64 { return float64(r.bytes) / r.elapsed.Seconds() / (1 << 20) }

func (r result) percentile(p float64) time.Duration {
	if len(r.sorted) == 0 {
		return 0
	}
	return r.sorted[int(float64(len(r.sorted)-1)*p/100)]
}

// each is the processor time that the server used for one call.
func (r result) each() time.Duration { return r.used / time.Duration(max(r.calls, 1)) }

// join puts the runs of one side together.
func join(runs []result) result {
	var all result
	for _, r := range runs {
		all.calls += r.calls
		all.failed += r.failed
		all.bytes += r.bytes
		all.elapsed += r.elapsed
		all.used += r.used
		all.sorted = append(all.sorted, r.sorted...)
		if all.first == nil {
			all.first = r.first
		}
	}
	slices.Sort(all.sorted)
	return all
}

// connection is one keep-alive client connection that reads answers with the least possible parsing.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
}

// used is the processor time of the server so far.
func (t target) used() (all time.Duration) {
	for _, pid := range t.pids {
		all += processor(pid)
	}
	return all
}

func (t target) dial() (*connection, error) {
	raw, err := net.DialTimeout("tcp", t.address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, t.tls)
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	if err := conn.Handshake(); err != nil {
		raw.Close()
		return nil, fmt.Errorf("%s: handshake: %w", t.name, err)
	}
	return &connection{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, conn.SetDeadline(time.Time{})
}

// call sends the request and reads the whole answer; it returns the length of its body. Anything but
// status 200 or 202 is an error.
func (c *connection) call(t target) (int, error) {
	if _, err := c.conn.Write(t.request); err != nil {
		return 0, err
	}
	n, err := c.answer()
	if err == nil && n < t.least {
		err = fmt.Errorf("%s: answer of %d bytes, want at least %d", t.name, n, t.least)
	}
	return n, err
}

func (c *connection) answer() (int, error) {
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	good := bytes.HasPrefix(status, []byte("HTTP/1.1 200")) || bytes.HasPrefix(status, []byte("HTTP/1.1 202"))
	said := string(bytes.TrimSpace(status[:min(len(status), 60)]))
	length, chunked := -1, false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch len(name) {
		case len("Content-Length"):
			if bytes.EqualFold(name, []byte("Content-Length")) {
				if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
					return 0, err
				}
			}
		case len("Transfer-Encoding"):
			chunked = chunked || bytes.EqualFold(name, []byte("Transfer-Encoding"))
		}
	}
	if !good {
		if c.in.Buffered() == 0 {
			_, _ = c.in.Peek(1) // the body may be in a record of its own
		}
		text, _ := c.in.Peek(min(c.in.Buffered(), 2000))
		return 0, fmt.Errorf("answer %s: %s", said, text)
	}
	if chunked {
		return c.chunks()
	}
	if length < 0 {
		return 0, errors.New("answer without length")
	}
	return c.in.Discard(length)
}

func (c *connection) chunks() (int, error) {
	total := 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return total, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return total, err
		}
		if _, err := c.in.Discard(int(n) + 2); err != nil {
			return total, err
		}
		if n == 0 {
			return total, nil
		}
		total += int(n)
	}
}

// worker is what one connection gathers.
type worker struct {
	calls, failed int
	bytes         int64
	took          []time.Duration
	first         error
}

func (w *worker) record(n int, took time.Duration, err error) {
	if err != nil {
		w.failed++
		if w.first == nil {
			w.first = err
		}
		return
	}
	w.calls++
	w.bytes += int64(n)
	w.took = append(w.took, took)
}

// gather opens the connections, lets each of them work and sums up. The clock starts when all are open.
func gather(t target, connections int, work func(start time.Time, c *connection, w *worker)) (result, error) {
	conns := make([]*connection, connections)
	for i := range conns {
		c, err := t.dial()
		if err != nil {
			return result{}, fmt.Errorf("%s: %w", t.name, err)
		}
		defer c.conn.Close()
		conns[i] = c
	}
	workers := make([]worker, connections)
	var wg sync.WaitGroup
	used := t.used()
	start := time.Now()
	for i, c := range conns {
		wg.Go(func() { work(start, c, &workers[i]) })
	}
	wg.Wait()
	r := result{elapsed: time.Since(start), used: t.used() - used}
	for _, w := range workers {
		r.calls += w.calls
		r.failed += w.failed
		r.bytes += w.bytes
		r.sorted = append(r.sorted, w.took...)
		if r.first == nil {
			r.first = w.first
		}
	}
	slices.Sort(r.sorted)
	return r, nil
}

// full drives t with all connections as fast as it answers, for the given time.
func full(t target, connections int, long time.Duration) (result, error) {
	return gather(t, connections, func(start time.Time, c *connection, w *worker) {
		for {
			before := time.Now()
			if before.Sub(start) >= long {
				return
			}
			n, err := c.call(t)
			w.record(n, time.Since(before), err)
			if err != nil {
				return
			}
		}
	})
}

// paced drives t with rate calls a second over free connections, for the given time. A call
// that finds all connections busy waits; its time counts from when it was due.
func paced(t target, connections, rate int, long time.Duration) (result, error) {
	due := make(chan time.Time, rate*int(long/time.Second+1))
	var stop atomic.Bool
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	go func() {
		defer close(due)
		ticker := time.NewTicker(time.Second / time.Duration(rate))
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				due <- time.Now()
			}
		}
	}()
	r, err := gather(t, connections, func(_ time.Time, c *connection, w *worker) {
		for at := range due {
			if stop.Load() {
				return
			}
			n, err := c.call(t)
			w.record(n, time.Since(at), err)
			if err != nil {
				stop.Store(true)
				return
			}
		}
	})
	return r, err
}
