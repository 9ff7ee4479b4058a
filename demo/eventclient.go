package demo

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"mconnect"
	"mconnect/client"
)

// The systems that take part in events, besides the town hall's system, which calls too.
const (
	civil     mconnect.SystemID = "asp.rsc"
	allowance mconnect.SystemID = "cnas.evenimente"
	bankDesk  mconnect.SystemID = "banca-exemplu.evenimente"
)

// bankGroup is the group under which the bank is pushed to, ownGroup the one in which the town hall receives its own
// births.
const (
	bankGroup = "acte"
	ownGroup  = "nasteri"
)

// eventClient is one system at the events listener.
type eventClient struct {
	system mconnect.SystemID
	base   string
	web    *http.Client // HTTP/1.1, so that it opens sockets too
	sdk    *client.Client
}

func newEventClient(system mconnect.SystemID, base string, certificate tls.Certificate,
	anchors *x509.CertPool) (*eventClient, error) {
	own, err := client.New(client.Config{URL: base, Certificate: certificate, Roots: anchors,
		Language: mconnect.English})
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: anchors, MinVersion: tls.VersionTLS12}
	return &eventClient{system, base, &http.Client{Transport: &http.Transport{TLSClientConfig: conf,
		IdleConnTimeout: time.Minute}}, own}, nil
}

func (p *eventClient) close() {
	p.sdk.Close()
	p.web.CloseIdleConnections()
}

// socket is an open WebSocket of one consumer.
type socket struct{ conn *websocket.Conn }

// open opens a socket in a group; what the group has not confirmed comes first.
func (p *eventClient) open(ctx context.Context, group string) (*socket, error) {
	conn, answer, err := websocket.Dial(ctx, p.base+"/ce/consume/ws?test=false&group="+group, &websocket.DialOptions{
		HTTPClient: p.web, Subprotocols: []string{"cloudevents.json"},
	})
	if err != nil {
		if answer != nil {
			err = fmt.Errorf("%w (status %d)", err, answer.StatusCode)
		}
		return nil, fmt.Errorf("%s listens: %w", p.system, err)
	}
	conn.SetReadLimit(4 << 20)
	return &socket{conn}, nil
}

// next waits for an event.
func (s *socket) next(ctx context.Context) (received, error) {
	var e received
	_, text, err := s.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err
}

// confirm confirms everything up to an event.
func (s *socket) confirm(ctx context.Context, e received) error {
	return s.conn.Write(ctx, websocket.MessageText, []byte("confirm:"+strconv.FormatInt(e.Offset, 10)))
}

// close ends the connection in order; earlier confirmations have been read by then.
func (s *socket) close() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }

// drop breaks the connection, as a power cut does.
func (s *socket) drop() { _ = s.conn.CloseNow() }

// instance is a consumer that polls. The platform chooses its address.
type instance struct {
	party *eventClient
	at    string
}

// join makes an instance in a group; "" is the default group.
func (p *eventClient) join(ctx context.Context, group string) (*instance, error) {
	res, err := p.send(ctx, http.MethodPost, p.base+"/ce/consumers?test=false&group="+cmp.Or(group, "~default"))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if at := res.Header.Get("Location"); res.StatusCode == http.StatusCreated && at != "" {
		return &instance{p, at}, nil
	}
	return nil, refusal(res)
}

// poll waits for events, confirming what was read before; none come when nothing happened for as long as a poll lasts.
func (i *instance) poll(ctx context.Context) ([]received, error) {
	res, err := i.party.send(ctx, http.MethodGet, i.at+"/events?confirm=true")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusNoContent:
		return nil, nil
	case http.StatusOK:
		var batch []received
		err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&batch)
		return batch, err
	}
	return nil, refusal(res)
}

// leave ends the instance.
func (i *instance) leave(ctx context.Context) error {
	res, err := i.party.send(ctx, http.MethodDelete, i.at)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (p *eventClient) send(ctx context.Context, method, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	return p.web.Do(req)
}

// refusal reads the problem of an unsuccessful answer.
func refusal(res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
	return errors.Join(fmt.Errorf("status %d: %s", res.StatusCode, text))
}
