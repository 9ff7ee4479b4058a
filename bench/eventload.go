package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Sizes of one event in JSON form.
const (
	eventSize = 1 << 10
	shortSize = 256
	idDigits  = 10
)

// anEvent is an event of exactly size bytes, or as few as it can have, with the serial number 0 and the type 0.
func anEvent(size int, key string) string {
	text := func(remark string) string {
		return `{"specversion":"1.0","id":"` + strings.Repeat("0", idDigits) + `","source":"` + eventSource +
			`","type":"` + eventType(0) +
			`","datacontenttype":"application/json","partitionkey":"` + key +
			`","data":{"Number":"B0000001","Status":"valid"` + remark + `}}`
	}
	const long = `,"Issued":"2026-01-02","Holder":{"City":"Exemplu-Noi","Flat":17},"Remark":""`
	if rest := size - len(text(long)); rest > 0 {
		return text(strings.TrimSuffix(long, `"`) + strings.Repeat("x", rest) + `"`)
	}
	return text("")
}

// eventTemplate is one request of a producer, rendered once. Between two calls only the digits of ids and types change.
type eventTemplate struct {
	text  []byte
	ids   []int // where the digits of each id begin
	types []int // where the digits of each type begin
}

// newEventTemplate renders a batch of n events, or a single event when n is 0. keys distinguishes the producers'
// partition keys.
func newEventTemplate(n, size int, keys string) *eventTemplate {
	path, media, body := "event", "application/cloudevents+json", anEvent(size, keys)
	if n > 0 {
		events := make([]string, n)
		for i := range events {
			events[i] = anEvent(size, fmt.Sprintf("%s.%02d", keys, i%50))
		}
		path, media, body = "events", "application/cloudevents-batch+json", "["+strings.Join(events, ",")+"]"
	}
	s := &eventTemplate{text: fmt.Appendf(nil, "POST /ce/produce/%s HTTP/1.1\r\nHost: platform\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", path, media, len(body), body)}
	s.ids = places(s.text, []byte(`"id":"`))
	s.types = places(s.text, []byte(`"type":"BENCH.Register.T`))
	return s
}

// places finds where in text the end of each mark is.
func places(text, mark []byte) (all []int) {
	for at := 0; ; {
		next := bytes.Index(text[at:], mark)
		if next < 0 {
			return all
		}
		at += next + len(mark)
		all = append(all, at)
	}
}

// number gives the events the serial numbers from first on, and types in turn.
func (s *eventTemplate) number(first int64, types int) []byte {
	for i, at := range s.ids {
		digits(s.text[at:at+idDigits], first+int64(i))
		digits(s.text[s.types[i]:s.types[i]+4], (first+int64(i))%int64(types))
	}
	return s.text
}

func digits(b []byte, n int64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// wsConsumer is one consumer on a WebSocket. It reads frames with the least possible parsing and confirms all it has
// read whenever nothing more is waiting, or after 512 events.
type wsConsumer struct {
	conn     net.Conn
	in       *bufio.Reader
	begin    int64              // serial numbers before it are of another run
	got      func(serial int64) // called for each event
	seen     []byte             // by serial number from begin on: how often it came
	events   atomic.Int64       // that came
	repeated atomic.Int64       // of them, that had come before
	failed   chan error         // why it ended
}

// listen opens a socket for a group.
func listen(address string, config *tls.Config, group string, begin int64) (*wsConsumer, error) {
	c, err := target{name: "consumer", address: address, tls: config}.dial()
	if err != nil {
		return nil, err
	}
	l := &wsConsumer{conn: c.conn, in: c.in, begin: begin, failed: make(chan error, 1)}
	_, err = fmt.Fprintf(l.conn, "GET /ce/consume/ws?group=%s HTTP/1.1\r\nHost: platform\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: cloudevents.json\r\n\r\n", group)
	for first := true; err == nil; first = false {
		var line []byte
		if line, err = l.in.ReadSlice('\n'); err != nil {
			break
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 101")) {
			err = fmt.Errorf("socket: %s", bytes.TrimSpace(line))
		}
		if len(line) <= 2 {
			return l, nil
		}
	}
	l.conn.Close()
	return nil, err
}

// run reads until the connection ends.
func (l *wsConsumer) run() { l.failed <- l.read() }

func (l *wsConsumer) read() error {
	unconfirmed := 0
	for {
		op, size, err := l.header()
		if err != nil {
			return err
		}
		switch op {
		case 1:
			if err := l.event(size); err != nil {
				return err
			}
			unconfirmed++
		case 8, 9:
			body, err := l.in.Peek(size)
			if err != nil {
				return err
			}
			if op == 8 {
				return fmt.Errorf("closed by the platform: %q", body)
			}
			if err := l.send(0x8a, body); err != nil {
				return err
			}
			if _, err := l.in.Discard(size); err != nil {
				return err
			}
		default:
			return fmt.Errorf("frame with opcode %d", op)
		}
		if unconfirmed >= 512 || unconfirmed > 0 && l.in.Buffered() == 0 {
			if err := l.send(0x81, strconv.AppendInt([]byte("confirm:"), l.events.Load(), 10)); err != nil {
				return err
			}
			unconfirmed = 0
		}
	}
}

// header reads the head of a frame (RFC 6455, section 5.2).
func (l *wsConsumer) header() (op byte, size int, err error) {
	b, err := l.in.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	op, size = b[0]&0xf, int(b[1])
	skip := 2
	switch size {
	case 126:
		if b, err = l.in.Peek(4); err != nil {
			return 0, 0, err
		}
		size, skip = int(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if b, err = l.in.Peek(10); err != nil {
			return 0, 0, err
		}
		size, skip = int(binary.BigEndian.Uint64(b[2:])), 10
	}
	_, err = l.in.Discard(skip)
	return op, size, err
}

// event takes note of one event by its serial number.
func (l *wsConsumer) event(size int) error {
	head, err := l.in.Peek(min(size, 120))
	if err != nil {
		return err
	}
	at := bytes.Index(head, []byte(`"id":"`))
	if at < 0 || at+6+idDigits > len(head) {
		return errors.New("an event without id")
	}
	serial := int64(0)
	for _, c := range head[at+6 : at+6+idDigits] {
		serial = serial*10 + int64(c-'0')
	}
	l.events.Add(1)
	switch n := serial - l.begin; {
	case n < 0:
		l.repeated.Add(1)
	default:
		for int64(len(l.seen)) <= n {
			l.seen = append(l.seen, make([]byte, 1<<16)...)
		}
		if l.seen[n] > 0 {
			l.repeated.Add(1)
		}
		l.seen[n] = min(l.seen[n]+1, 100)
		if l.got != nil {
			l.got(serial)
		}
	}
	_, err = l.in.Discard(size)
	return err
}

// distinct is how many events of this run came, each counted once.
func (l *wsConsumer) distinct() int64 { return l.events.Load() - l.repeated.Load() }

// send writes one frame, masked by zeros.
func (l *wsConsumer) send(head byte, body []byte) error {
	_, err := l.conn.Write(append([]byte{head, 0x80 | byte(len(body)), 0, 0, 0, 0}, body...))
	return err
}

// producers sends requests on its connections as fast as they are answered, until long has passed or stop is set.
type producers struct {
	target      target
	connections int
	batch       int // 0: single events
	size        int
	types       int
	serial      *atomic.Int64 // the next serial number
	most        int64         // how many events, about; 0: no bound
}

func (p producers) run(long time.Duration) (result, error) {
	var made atomic.Int64
	var turn atomic.Int64
	n := max(p.batch, 1)
	var mu sync.Mutex
	r, err := gather(p.target, p.connections, func(start time.Time, c *connection, w *worker) {
		mu.Lock()
		s := newEventTemplate(p.batch, p.size, fmt.Sprintf("key%02d", turn.Add(1)))
		mu.Unlock()
		for {
			begun := time.Now()
			if begun.Sub(start) >= long || p.most > 0 && made.Add(int64(n)) > p.most {
				return
			}
			_, err := c.conn.Write(s.number(p.serial.Add(int64(n))-int64(n), p.types))
			if err == nil {
				_, err = c.answer()
			}
			w.record(0, time.Since(begun), err)
			if err != nil {
				return
			}
		}
	})
	if err == nil && r.failed > 0 {
		err = fmt.Errorf("%d calls failed: %w", r.failed, r.first)
	}
	return r, err
}
