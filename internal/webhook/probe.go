package webhook

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/event"
)

// TestType and TestSource mark an event that only tests a webhook. No producer can have either: a type has an owner.
const (
	TestType   = "MConnect.Platform.Webhook.Tested"
	TestSource = "urn:mconnect:webhook-test"
)

// How much of an answer an operator is shown.
const (
	shownBody   = 512
	shownHeader = 200
)

// shownHeaders are the headers of an answer that say something about a webhook.
var shownHeaders = []string{
	"Allow", "Content-Type", "Location", "Retry-After", "Server", "WWW-Authenticate", "WebHook-Allowed-Origin",
	"WebHook-Allowed-Rate",
}

// Probe is a test of a webhook: the handshake, then one signed event that is visibly a test.
type Probe struct {
	Subscription string
	Event        string // id of the test event
	Steps        []Step
}

// Passed reports that the target would be pushed to, and accepted the event.
func (p *Probe) Passed() bool {
	return len(p.Steps) == 2 && p.Steps[0].Trouble == nil && p.Steps[1].Trouble == nil
}

// Step is one request of a Probe, with what an operator needs to see of the answer. Header and Body are bounded,
// escaped, and without the bearer token.
type Step struct {
	Attempt
	Method  string
	URL     string
	Address string // that was connected to, or was to be
	TLS     string // version
	Peer    string // who the target's certificate names
	Issuer  string
	Until   time.Time // end of that certificate
	Header  map[string]string
	Body    string
	More    bool // the body goes on
}

// Test makes a handshake and posts one test event to a target, over connections of its own, also while the breaker is
// open. It confirms nothing and moves nothing. One test of a subscription runs at a time: fault webhook.busy.
func (w *Webhook) Test(ctx context.Context, t Target) (Probe, error) {
	if !w.begins(t.ID) {
		f := fault.New(fault.WebhookBusy)
		f.RetryAfter = time.Second
		return Probe{}, f
	}
	defer w.ends(t.ID)
	c := newCaller(&w.cfg, t)
	defer c.client.CloseIdleConnections()
	p := Probe{Subscription: t.ID, Event: "test-" + rand.Text()}
	p.Steps = append(p.Steps, c.probe(ctx, http.MethodOptions, ForPermission,
		func(ctx context.Context, keep *kept) result {
			_, r := c.ask(ctx, keep)
			return r
		}))
	if p.Steps[0].Status == 0 { // the event would not arrive either
		return p, nil
	}
	body := testEvent(p.Event, w.cfg.Clock())
	p.Steps = append(p.Steps, c.probe(ctx, http.MethodPost, ForTest, func(ctx context.Context, keep *kept) result {
		return c.post(ctx, body, keep)
	}))
	p.Steps[1].Source, p.Steps[1].Event = TestSource, p.Event
	return p, nil
}

func (w *Webhook) begins(id string) bool {
	w.testing.Lock()
	defer w.testing.Unlock()
	if w.tests[id] {
		return false
	}
	w.tests[id] = true
	return true
}

func (w *Webhook) ends(id string) {
	w.testing.Lock()
	defer w.testing.Unlock()
	delete(w.tests, id)
}

// testEvent is an event that nobody can take for another one.
func testEvent(id string, now time.Time) []byte {
	e := event.Event{
		ID: id, Source: TestSource, Type: TestType, Time: now.UTC(), ContentType: "application/json",
		Data: []byte(`{"test":true,"note":"A test of the connection. Nothing happened; keep and process nothing."}`),
	}
	return e.AppendJSON(nil)
}

// probe makes one request and describes it.
func (c *caller) probe(ctx context.Context, method, purpose string, do func(context.Context, *kept) result) Step {
	s := Step{Method: method, URL: c.url, Attempt: Attempt{At: c.cfg.Clock().UTC(), For: purpose, Number: 1}}
	var seen connection
	keep := &kept{}
	r := do(httptrace.WithClientTrace(ctx, seen.trace()), keep)
	s.Status, s.Took, s.Trouble = r.status, r.took, troubleOf(r.trouble)
	seen.describe(&s)
	if r.trouble != nil && s.Peer == "" {
		if peer := refusedPeer(r.trouble); peer != nil {
			s.names(peer)
		}
	}
	s.Header = map[string]string{}
	for _, name := range shownHeaders {
		if value := keep.header.Get(name); value != "" {
			s.Header[name], _ = c.shown([]byte(value), shownHeader)
		}
	}
	s.Body, s.More = c.shown(keep.body, shownBody)
	return s
}

// shown makes what a target wrote fit to be shown: without the token that it was sent, without control characters, and
// no more than most bytes of it; cut says that there are more.
func (c *caller) shown(text []byte, most int) (clean string, cut bool) {
	clean = string(text)
	if name := c.target.Webhook.Secret; name != "" {
		if _, host, err := c.target.Webhook.Target(); err == nil {
			if token, err := c.cfg.Secrets(host, name); err == nil && token != "" {
				clean = strings.ReplaceAll(clean, token, "[token]")
			}
		}
	}
	if cut = len(clean) > most; cut {
		clean = clean[:most]
	}
	quoted := strconv.Quote(clean)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`), cut
}

// connection is what a trace sees of one.
type connection struct {
	mu      sync.Mutex
	address string
	state   *tls.ConnectionState
}

func (c *connection) trace() *httptrace.ClientTrace {
	reached := func(address string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.address = address
	}
	return &httptrace.ClientTrace{
		ConnectStart: func(_, address string) { reached(address) },
		GotConn: func(info httptrace.GotConnInfo) {
			reached(info.Conn.RemoteAddr().String())
			c.secured(info.Conn)
		},
	}
}

// secured notes the TLS of a connection that stands.
func (c *connection) secured(conn any) {
	if by, ok := conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := by.ConnectionState()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.state = &state
	}
}

func (c *connection) describe(s *Step) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Address = c.address
	if c.state == nil {
		return
	}
	s.TLS = tls.VersionName(c.state.Version)
	if len(c.state.PeerCertificates) > 0 {
		s.names(c.state.PeerCertificates[0])
	}
}

// names says whose certificate a target presents.
func (s *Step) names(c *x509.Certificate) {
	s.Peer, s.Issuer, s.Until = c.Subject.String(), c.Issuer.String(), c.NotAfter.UTC()
}

// refusedPeer is the certificate that a handshake failed by, nil when it did not.
func refusedPeer(f *fault.Error) *x509.Certificate {
	judged, ok := errors.AsType[*tls.CertificateVerificationError](f)
	if !ok || len(judged.UnverifiedCertificates) == 0 {
		return nil
	}
	return judged.UnverifiedCertificates[0]
}
