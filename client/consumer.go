package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"mconnect/fault"
	"mconnect/internal/domain/event"
)

// Subscription reports what Consume wants. Zero values want ordinary and test events of the group "~default".
type Subscription struct {
	Group    string
	NoEvents bool
	NoTest   bool
	Dead     bool
	// where a group that never read before begins, within retention; zero, or any other group: where it stands
	From  time.Time
	Peek  bool          // confirm nothing: the next reader of the group gets it all again
	Pause time.Duration // before a broken connection is made again, on average; 0: 5 s
	Alive time.Duration // how often a sign of life is sent while a handler is at work; 0: 20 s
	// Lost, when set, is called with the reason why a connection could not be made, or broke; an error that it returns
	// ends Consume.
	Lost func(error) error
}

// Delivery is one event as it was delivered.
type Delivery struct {
	Event
	Offset  int64  // counts up from 1 in each connection
	Message []byte // the message as it came, with what Event has no field for
}

// ErrDead, returned by a handler, alone or wrapped, gives the event up: it goes to the consumer's store of dead events,
// as the handler changed it, and counts as confirmed.
var ErrDead = errors.New("client: the event is dead")

// ErrEnough, returned by a handler, alone or wrapped, confirms the event and ends Consume without an error.
var ErrEnough = errors.New("client: enough events")

// Consume receives events by WebSocket and gives them to handle, one after another, each confirmed when handle returns.
// It connects again for as long as ctx lives. What handle fails on otherwise is delivered again, after a reconnection;
// so is what was handled when a connection broke before its confirmation arrived: see Once.
//
// It returns ctx's error, or the fault with which the platform refused it permanently.
func (c *Client) Consume(ctx context.Context, s Subscription, handle func(context.Context, *Delivery) error) error {
	if s.Pause <= 0 {
		s.Pause = 5 * time.Second
	}
	upgrade := c.upgrading()
	defer upgrade.CloseIdleConnections()
	for {
		err := c.converse(ctx, upgrade, s, handle)
		switch f, ok := errors.AsType[*fault.Error](err); {
		case errors.Is(err, ErrEnough):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case ok && f.Code == fault.EventFrom && !s.From.IsZero() && s.From.Before(time.Now()):
			s.From = time.Time{} // the group has begun, here or elsewhere
			continue
		case ok && final(f):
			return f
		case s.Lost != nil:
			if err := s.Lost(err); err != nil {
				return err
			}
		}
		select {
		case <-time.After(s.Pause/2 + rand.N(s.Pause)): //nolint:gosec // no secret rests on it
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// final reports whether a refusal will not pass by itself.
func final(f *fault.Error) bool {
	switch f.Kind() {
	case fault.Unidentified, fault.Refused, fault.Malformed, fault.NotFound:
		return true
	}
	return false
}

const maxDelivery = 4 << 20 // bytes of one message

// upgrading is a client that speaks HTTP/1.1 only, which WebSocket upgrades, and bounds no conversation.
func (c *Client) upgrading() *http.Client {
	t := c.http.Transport.(*http.Transport).Clone()
	t.ForceAttemptHTTP2, t.TLSNextProto = false, map[string]func(string, *tls.Conn) http.RoundTripper{}
	t.TLSClientConfig.NextProtos = []string{"http/1.1"}
	return &http.Client{Transport: t, CheckRedirect: c.http.CheckRedirect}
}

func (c *Client) converse(ctx context.Context, upgrade *http.Client, s Subscription,
	handle func(context.Context, *Delivery) error) error {
	query := url.Values{"events": {strconv.FormatBool(!s.NoEvents)}, "test": {strconv.FormatBool(!s.NoTest)},
		"dead": {strconv.FormatBool(s.Dead)}}
	if s.Group != "" {
		query.Set("group", s.Group)
	}
	if !s.From.IsZero() {
		query.Set("from", s.From.UTC().Format(time.RFC3339Nano))
	}
	conn, answer, err := websocket.Dial(ctx, strings.Replace(c.base, "https", "wss",
		1)+"/ce/consume/ws?"+query.Encode(), &websocket.DialOptions{
		HTTPClient: upgrade, Subprotocols: []string{"cloudevents.json"},
		HTTPHeader: http.Header{"Accept": {"application/problem+json"}, "Accept-Language": {string(c.language)},
			"User-Agent": {"MConnect-Client"}},
	})
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols && answer.Body != nil {
			return readFault(answer, readReceipt(answer.Header).Call)
		}
		return fmt.Errorf("client: %w", withoutURL(err))
	}
	defer func() { _ = conn.CloseNow() }() // it may be closed already
	conn.SetReadLimit(maxDelivery)
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		d, err := readDelivery(text)
		if err != nil {
			return err
		}
		working := s.stayAlive(ctx, conn)
		handled := handle(ctx, d)
		working()
		if err := s.settle(ctx, conn, d, handled); err != nil {
			return err
		}
		if errors.Is(handled, ErrEnough) {
			// after it, the confirmation has been read
			return errors.Join(handled, conn.Close(websocket.StatusNormalClosure, ""))
		}
	}
}

// settle says to the platform how an event was handled; it returns what handle failed on.
func (s *Subscription) settle(ctx context.Context, conn *websocket.Conn, d *Delivery, handled error) error {
	reply := "confirm:" + strconv.FormatInt(d.Offset, 10)
	switch {
	case errors.Is(handled, ErrDead):
		dead, err := d.Text()
		if err != nil {
			return err
		}
		reply = "dead:" + string(dead)
	case handled != nil && !errors.Is(handled, ErrEnough):
		return handled
	case s.Peek:
		return nil
	}
	return conn.Write(ctx, websocket.MessageText, []byte(reply))
}

// stayAlive pings until the function that it returns is called: the platform lets a socket go on which nothing arrives,
// and a handler may take longer than that.
func (s Subscription) stayAlive(ctx context.Context, conn *websocket.Conn) (stop func()) {
	every := s.Alive
	if every <= 0 {
		every = 20 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				sent, done := context.WithTimeout(ctx, every)
				_ = conn.Ping(sent) // its answer is not read before the handler has returned
				done()
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func readDelivery(text []byte) (*Delivery, error) {
	e, err := event.Read(text, event.Delivered)
	if err != nil {
		return nil, err
	}
	var at struct {
		Offset int64 `json:"offset,string"`
	}
	if err := json.Unmarshal(text, &at); err != nil {
		return nil, err
	}
	return &Delivery{fromTheWire(&e), at.Offset, text}, nil
}
