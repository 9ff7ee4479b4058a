package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mconnect/internal/event"
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
	after   time.Duration // the target asked to wait, Retry-After
	reason  string        // for the operator and the dead event; never what the target wrote
}

// statusRefused are the answers that the same event would always get.
var statusRefused = map[int]bool{
	http.StatusBadRequest: true, http.StatusRequestEntityTooLarge: true, http.StatusUnsupportedMediaType: true, http.StatusUnprocessableEntity: true,
}

// resultOf reads an answer (Web Hooks, section 2.2; RFC 6585, section 4).
func resultOf(res *http.Response, now time.Time) result {
	reason := "answered " + strconv.Itoa(res.StatusCode)
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return result{outcome: delivered}
	case res.StatusCode == http.StatusGone:
		return result{outcome: gone, reason: reason}
	case statusRefused[res.StatusCode]:
		return result{outcome: refused, reason: reason}
	}
	return result{outcome: repeat, after: retryAfter(res.Header.Get("Retry-After"), now), reason: reason}
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

// post makes one attempt.
func (p *pusher) post(ctx context.Context, body []byte) result {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return result{outcome: repeat, reason: "no request can be made of the address"}
	}
	req.Header.Set("Content-Type", event.MediaType+"; charset=utf-8")
	req.Header.Set("User-Agent", "MConnect")
	if err := p.authorise(req); err != nil {
		return result{outcome: repeat, reason: "the secret cannot be read"}
	}
	now := p.cfg.Clock()
	if err := p.sign(req, body, now); err != nil {
		return result{outcome: repeat, reason: "the platform cannot sign"}
	}
	res, err := p.client.Do(req)
	if err != nil {
		return result{outcome: repeat, reason: unreached(err)}
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxDrained))
	return resultOf(res, now)
}

func (p *pusher) sign(req *http.Request, body []byte, now time.Time) error {
	signer, err := p.cfg.Signer()
	if err != nil {
		return err
	}
	if p.target.Webhook.Signing == event.JWS {
		return signer.SignBody(req, body, now)
	}
	return signer.SignRequest(req, body, now)
}

func unreached(err error) string {
	if forbidden, ok := errors.AsType[*ForbiddenError](err); ok {
		return forbidden.Error()
	}
	return "cannot be reached"
}

func (p *pusher) authorise(req *http.Request) error {
	if p.target.Webhook.Secret == "" {
		return nil
	}
	token, err := p.cfg.Secrets(req.URL.Hostname(), p.target.Webhook.Secret)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// handshake asks the target whether it wants to be pushed to (Web Hooks, section 4). It returns the rate that the target
// allows, in requests a minute; 0: any.
func (p *pusher) handshake(ctx context.Context) (perMinute int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodOptions, p.url, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("WebHook-Request-Origin", p.cfg.Origin)
	if rate := p.target.Webhook.PerMinute; rate > 0 {
		req.Header.Set("WebHook-Request-Rate", strconv.Itoa(rate))
	}
	if err := p.authorise(req); err != nil {
		return 0, err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return 0, errors.New(unreached(err))
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxDrained))
	origin := res.Header.Get("WebHook-Allowed-Origin")
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		return 0, fmt.Errorf("handshake answered %d", res.StatusCode)
	case origin != "*" && !strings.EqualFold(origin, p.cfg.Origin):
		return 0, errors.New("handshake without permission: WebHook-Allowed-Origin names another origin, or none")
	}
	allowed := res.Header.Get("WebHook-Allowed-Rate")
	if allowed == "" || allowed == "*" {
		return p.target.Webhook.PerMinute, nil
	}
	perMinute, err = strconv.Atoi(allowed)
	if err != nil || perMinute < 1 {
		return 0, errors.New("handshake without a rate: WebHook-Allowed-Rate is no positive number")
	}
	if asked := p.target.Webhook.PerMinute; asked > 0 {
		perMinute = min(perMinute, asked)
	}
	return perMinute, nil
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

// pause is how long to wait after the n-th failed attempt, from 1: a random part of what doubles each time ("full jitter"), at
// least a tenth of the first, so that consumers that failed together do not come back together.
func (s schedule) pause(n int) time.Duration {
	whole := s.max
	if n < 32 && s.first<<(n-1) < s.max && s.first<<(n-1) > 0 {
		whole = s.first << (n - 1)
	}
	return max(s.first/10, rand.N(whole+1)) //nolint:gosec // no secret rests on it
}
