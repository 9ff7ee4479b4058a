package events

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/surface/events/websocket"
	"mconnect/internal/surface/events/xconnect"
)

// Protocol is the subprotocol of CloudEvents in JSON (CloudEvents WebSocket binding 1.0).
const Protocol = "cloudevents.json"

// What leaves in one write, at most: events and about bytes.
const (
	burstEvents = 256
	burstBytes  = 128 << 10
)

// writeBuffers holds what is written while it is.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// socketSession is one open socket.
type socketSession struct {
	s      *Surface
	q      *identifiedRequest
	conn   *websocket.Conn
	reader broker.Reader
	ctx    context.Context
	end    context.CancelCauseFunc
	alive  *time.Timer
}

func (s *Surface) serveSocket(w http.ResponseWriter, q *identifiedRequest) error {
	if xconnect.Enabled == "" && q.Method == http.MethodConnect {
		return fault.New(fault.MethodNotAllowed, "want", http.MethodGet)
	}
	offer, err := websocket.Check(w, q.Request, Protocol)
	if err != nil {
		return malformed(err.Error())
	}
	reader, err := s.openReader(q)
	if err != nil {
		return err
	}
	s.open.Add(1)
	defer s.open.Done()
	defer reader.Close()
	conn, err := offer.Accept(websocket.Limits{Message: int(s.Limits.Request) + 64, Silence: s.Limits.Silence,
		Write: s.Limits.Write})
	if err != nil {
		s.Logger.Debug("a socket could not be opened", "reference", q.ref, "cause", err)
		panic(http.ErrAbortHandler) // nothing can be answered on it
	}
	s.sockets.Add(1)
	defer s.sockets.Add(-1)
	ctx, end := context.WithCancelCause(q.Context())
	(&socketSession{s: s, q: q, conn: conn, reader: reader, ctx: ctx, end: end}).run()
	return nil
}

// openReader starts a reader as the query says; a node that stops opens none.
func (s *Surface) openReader(q *identifiedRequest) (broker.Reader, error) {
	o, err := options(q.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if s.draining() {
		f := fault.New(fault.Draining)
		f.RetryAfter = time.Second
		return nil, f
	}
	return s.Broker.Open(context.WithoutCancel(q.Context()), q.caller, o)
}

// run writes events and reads confirmations until either side ends it, and sends the peer the reason.
func (c *socketSession) run() {
	stop := context.AfterFunc(c.s.stopping, func() { c.end(fault.New(fault.Draining)) })
	defer stop()
	c.alive = time.AfterFunc(time.Hour, c.ping)
	c.alive.Reset(c.s.Limits.Silence * 2 / 5)
	defer c.alive.Stop()
	var both sync.WaitGroup
	var heard error
	both.Go(func() {
		heard = c.listen()
		c.end(heard)
	})
	both.Go(func() { c.end(c.deliver()) })
	if err := c.s.watchIdentity(c.q, c.ctx.Done()); err != nil {
		c.end(err)
	}
	<-c.ctx.Done()
	c.conn.Shut(closeReason(context.Cause(c.ctx)))
	both.Wait()
	if e, ok := errors.AsType[*websocket.Error](heard); !ok || !e.Peer {
		c.conn.Linger()
	}
	_ = c.conn.Close()
}

// ping asks for a sign of life, and whether the caller is still who it was: a certificate may have expired meanwhile.
func (c *socketSession) ping() {
	_, err := c.s.currentIdentity(c.q)
	if err == nil {
		err = c.conn.Ping()
	}
	if err != nil {
		c.end(err)
		return
	}
	c.alive.Reset(c.s.Limits.Silence * 2 / 5)
}

// deliver sends what the reader has, many events with one write. While a peer does not read, nothing more is asked for.
func (c *socketSession) deliver() error {
	var head [40]byte
	for {
		batch, err := c.reader.Next(c.ctx, burstEvents, burstBytes)
		if err != nil {
			return err
		}
		if c.ctx.Err() != nil {
			return nil
		}
		b := writeBuffers.Get().(*[]byte)
		frames := (*b)[:0]
		for i := range batch {
			offset := event.AppendOffset(head[:0], batch[i].Offset)
			frames = websocket.AppendText(frames, offset, batch[i].JSON[1:])
		}
		err = c.conn.Write(frames)
		if *b = frames; cap(frames) <= 4*burstBytes {
			writeBuffers.Put(b)
		}
		if err != nil {
			return err
		}
		c.s.delivered.Add(int64(len(batch)))
	}
}

// listen takes confirmations and dead events; anything else ends the conversation.
func (c *socketSession) listen() error {
	var message []byte
	for {
		kind, text, err := c.conn.Read(message)
		if err != nil {
			return err
		}
		if message = text; cap(text) > burstBytes {
			message = nil
		}
		if c.ctx.Err() != nil {
			continue // ended already; what remains is the peer's farewell
		}
		if kind != websocket.Text {
			return &websocket.Error{Status: websocket.Unsupported, Reason: "text messages are expected"}
		}
		if err := c.hear(text); err != nil {
			return err
		}
	}
}

var (
	confirmPrefix = []byte("confirm:")
	deadPrefix    = []byte("dead:")
	errUnknown    = &websocket.Error{Status: websocket.Policy, Reason: "confirm:<offset> or dead:<event> is expected"}
)

func (c *socketSession) hear(text []byte) error {
	if number, ok := bytes.CutPrefix(text, confirmPrefix); ok {
		offset, err := strconv.ParseInt(string(number), 10, 64)
		if err != nil || offset < 1 || number[0] == '+' {
			return errUnknown
		}
		return c.reader.Confirm(offset)
	}
	dead, ok := bytes.CutPrefix(text, deadPrefix)
	if !ok {
		return errUnknown
	}
	e, err := event.Read(bytes.Clone(dead), event.Delivered) // the event outlives the message's memory
	if err != nil {
		return err
	}
	if err := c.reader.Bury(c.ctx, e); err != nil {
		return err
	}
	c.s.dead.Add(1)
	return nil
}

// closeReason is the status and the reason with which a session is closed. Codes of faults are no secret; causes are.
func closeReason(why error) (websocket.Status, string) {
	if e, ok := errors.AsType[*websocket.Error](why); ok {
		if e.Peer {
			return e.Status, ""
		}
		return e.Status, e.Reason
	}
	f, ok := errors.AsType[*fault.Error](why)
	switch {
	case !ok: // the peer is gone, or too slow
		return websocket.GoingAway, "no answer in time"
	case f.Code == fault.Draining:
		return websocket.GoingAway, string(f.Code)
	case f.Kind() == fault.Unavailable:
		return websocket.TryLater, string(f.Code)
	case f.Kind() == fault.Internal:
		return websocket.Internal, string(f.Code)
	}
	return websocket.Policy, string(f.Code)
}
