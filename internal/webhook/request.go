package webhook

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/event"
)

// outcome is what an attempt came to.
type outcome int

const (
	delivered outcome = iota
	repeat            // it may succeed later
	refused           // it never will: the event is dead
	gone              // the target is retired: pushing ends (Web Hooks, section 2.2)
)

// result of one attempt.
type result struct {
	outcome outcome
	after   time.Duration // how long the target wants no request, Retry-After
	status  int           // 0: there was no answer
	took    time.Duration
	trouble *fault.Error // nil: delivered. Never what the target wrote
}

// reason is the trouble for the log and the dead event.
func (r result) reason() string { return r.trouble.Cause.Error() }

// statusRefused are the answers that the same event would always get.
var statusRefused = map[int]bool{
	http.StatusBadRequest: true, http.StatusRequestEntityTooLarge: true, http.StatusUnsupportedMediaType: true,
	http.StatusUnprocessableEntity: true,
}

// resultOf reads an answer (Web Hooks, section 2.2; RFC 6585, section 4).
func resultOf(status int, header http.Header, now time.Time) result {
	r, text := result{status: status}, strconv.Itoa(status)
	switch reason := "answered " + text; {
	case status >= 200 && status < 300:
	case status == http.StatusGone:
		r.outcome, r.trouble = gone, trouble(reason, fault.WebhookGone)
	case status >= 300 && status < 400:
		r.outcome, r.trouble = repeat, trouble(reason, fault.WebhookRedirect, "status", text)
	case statusRefused[status]:
		r.outcome, r.trouble = refused, trouble(reason, fault.WebhookStatus, "status", text)
	default:
		r.outcome, r.after = repeat, retryAfter(header.Get("Retry-After"), now)
		r.trouble = trouble(reason, fault.WebhookStatus, "status", text)
	}
	return r
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return min(time.Duration(seconds), 24*3600) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), 24*time.Hour)
	}
	return 0
}

// maxDrained is how much of an answer is read, to keep its connection.
const maxDrained = 64 << 10

// caller makes requests to one target.
type caller struct {
	cfg    *Config
	target Target
	url    string // of the target as it is sent and signed
	client *http.Client
}

func newCaller(cfg *Config, t Target) caller {
	at := t.Webhook.URL
	if u, _, err := t.Webhook.Target(); err == nil {
		at = u.String()
	}
	return caller{cfg: cfg, target: t, url: at, client: newClient(t.Reaches, cfg.TLS, cfg.Resolver)}
}

// post makes one attempt to deliver. What is not nil of head is written into keep.
func (c *caller) post(ctx context.Context, body []byte, keep *kept) result {
	begun := c.cfg.Clock()
	r := c.postNow(ctx, body, begun, keep)
	r.took = max(c.cfg.Clock().Sub(begun), 0)
	return r
}

func (c *caller) postNow(ctx context.Context, body []byte, now time.Time, keep *kept) result {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		f := trouble("no request can be made of the address", fault.WebhookAddress, "what", "it is no URL")
		return result{outcome: repeat, trouble: f}
	}
	req.Header.Set("Content-Type", event.MediaType+"; charset=utf-8")
	req.Header.Set("User-Agent", "MConnect")
	if f := c.authorise(req); f != nil {
		return result{outcome: repeat, trouble: f}
	}
	if err := c.sign(req, body, now); err != nil {
		return result{outcome: repeat, trouble: trouble("the platform cannot sign", fault.WebhookSigning)}
	}
	res, err := c.client.Do(req)
	if err != nil {
		return result{outcome: repeat, trouble: unreached(err, req.URL.Hostname())}
	}
	keep.read(res)
	return resultOf(res.StatusCode, res.Header, now)
}

func (c *caller) sign(req *http.Request, body []byte, now time.Time) error {
	signer, err := c.cfg.Signer()
	if err != nil {
		return err
	}
	if c.target.Webhook.Signing == event.JWS {
		return signer.SignBody(req, body, now)
	}
	return signer.SignRequest(req, body, now)
}

func (c *caller) authorise(req *http.Request) *fault.Error {
	name := c.target.Webhook.Secret
	if name == "" {
		return nil
	}
	host := req.URL.Hostname()
	token, err := c.cfg.Secrets(host, name)
	if err != nil {
		return trouble("the secret cannot be read", fault.WebhookSecret, "name", name, "host", host)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// ask asks the target whether it wants to be pushed to (Web Hooks, section 4). It returns the rate that the target
// allows, in requests a minute; 0: any.
func (c *caller) ask(ctx context.Context, keep *kept) (perMinute int, r result) {
	begun := c.cfg.Clock()
	perMinute, r = c.askNow(ctx, keep)
	r.took = max(c.cfg.Clock().Sub(begun), 0)
	return perMinute, r
}

func (c *caller) askNow(ctx context.Context, keep *kept) (int, result) {
	req, err := http.NewRequestWithContext(ctx, http.MethodOptions, c.url, nil)
	if err != nil {
		return 0, result{outcome: repeat, trouble: trouble(err.Error(), fault.WebhookAddress, "what", "it is no URL")}
	}
	req.Header.Set("WebHook-Request-Origin", c.cfg.Origin)
	if rate := c.target.Webhook.PerMinute; rate > 0 {
		req.Header.Set("WebHook-Request-Rate", strconv.Itoa(rate))
	}
	if f := c.authorise(req); f != nil {
		return 0, result{outcome: repeat, trouble: f}
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, result{outcome: repeat, trouble: unreached(err, req.URL.Hostname())}
	}
	keep.read(res)
	return c.permission(res)
}

// permission reads the answer to a handshake.
func (c *caller) permission(res *http.Response) (perMinute int, r result) {
	r.status = res.StatusCode
	status := strconv.Itoa(res.StatusCode)
	origin := res.Header.Get("WebHook-Allowed-Origin")
	denied := func(reason string) result {
		f := trouble(reason, fault.WebhookPermission, "status", status, "origin", c.cfg.Origin)
		return result{outcome: repeat, status: res.StatusCode, trouble: f}
	}
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		return 0, denied("handshake answered " + status)
	case origin != "*" && !strings.EqualFold(origin, c.cfg.Origin):
		return 0, denied("handshake without permission: WebHook-Allowed-Origin names another origin, or none")
	}
	asked, allowed := c.target.Webhook.PerMinute, res.Header.Get("WebHook-Allowed-Rate")
	if allowed == "" || allowed == "*" {
		return asked, r
	}
	perMinute, err := strconv.Atoi(allowed)
	if err != nil || perMinute < 1 {
		r.outcome = repeat
		r.trouble = trouble("handshake without a rate: WebHook-Allowed-Rate is no positive number", fault.WebhookPace)
		return 0, r
	}
	if asked > 0 {
		perMinute = min(perMinute, asked)
	}
	return perMinute, r
}

// kept is what is kept of an answer for an operator; nil where nobody looks.
type kept struct {
	header http.Header
	body   []byte // its beginning
}

// maxKept is how much of an answer is kept: more than is shown, so that a token is found whole and taken out.
const maxKept = 8 << 10

// read drains an answer, and closes it.
func (k *kept) read(res *http.Response) {
	defer func() { _ = res.Body.Close() }()
	if k == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxDrained))
		return
	}
	k.header = res.Header
	k.body, _ = io.ReadAll(io.LimitReader(res.Body, maxKept)) // what came is shown
}

// Defaults of a schedule.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
	givenUp    = 120 * time.Hour
)

// schedule is a Schedule with its defaults filled in.
type schedule struct{ first, max, giveUp time.Duration }

func scheduleOf(s event.Schedule) schedule {
	or := func(d event.Duration, other time.Duration) time.Duration {
		if d > 0 {
			return time.Duration(d)
		}
		return other
	}
	return schedule{or(s.First, firstPause), or(s.Max, lastPause), or(s.GiveUp, givenUp)}
}

// pause is how long to wait after the n-th failed attempt, from 1: a random part of what doubles each time ("full
// jitter"), at least a tenth of the first, so that consumers that failed together do not come back together.
func (s schedule) pause(n int) time.Duration {
	whole := s.max
	if n < 32 && s.first<<(n-1) < s.max && s.first<<(n-1) > 0 {
		whole = s.first << (n - 1)
	}
	return max(s.first/10, rand.N(whole+1)) //nolint:gosec // no secret rests on it
}
