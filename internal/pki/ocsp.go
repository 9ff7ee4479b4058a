package pki

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
	"golang.org/x/sync/singleflight"

	"mconnect/fault"
)

// OCSPPolicy reports what the answer of an issuer's OCSP responder (RFC 6960) counts for.
type OCSPPolicy string

// The policies.
const (
	OCSPOff     OCSPPolicy = "off"     // responders are not asked; revocation lists decide alone
	OCSPPrefer  OCSPPolicy = "prefer"  // "revoked" refuses; without an answer the lists decide
	OCSPRequire OCSPPolicy = "require" // a certificate that names a responder needs its "good"
)

// Bounds of asking responders.
const (
	maxOCSPAnswer    = 64 << 10         // bytes
	ocspSkew         = 5 * time.Minute  // between the responder's clock and ours
	ocspUnboundedFor = time.Hour        // how long an answer without nextUpdate counts (RFC 6960, section 4.2.2.1)
	ocspRetry        = 10 * time.Second // after a failure the responder is not changed so long
)

// OCSPConfig reports how responders are asked.
type OCSPConfig struct {
	Policy  OCSPPolicy        // "": OCSPOff
	Timeout time.Duration     // of one question; default 3 s
	Client  http.RoundTripper // default: a transport without proxy; redirects are not followed
	Now     func() time.Time  // default time.Now
}

// OCSP knows the states of certificates whose issuers run a responder. An answer counts until its nextUpdate and is
// renewed in the background after half of that time, so that calls do not wait. It is safe for concurrent use.
type OCSP struct {
	cfg    OCSPConfig
	client *http.Client
	asking singleflight.Group

	mu    sync.Mutex
	known map[[32]byte]ocspState
}

// ocspState is what a responder said of one certificate, or that it did not answer.
type ocspState struct {
	status  int // ocsp.Good, Revoked, Unknown
	since   time.Time
	until   time.Time // of the answer
	renew   time.Time
	failure error // the last question had no usable answer
	retry   time.Time
	raw     []byte // the response, to be stapled
}

// NewOCSP makes the memory of responders' answers.
func NewOCSP(cfg OCSPConfig) *OCSP {
	cfg.Policy = cmp.Or(cfg.Policy, OCSPOff)
	cfg.Timeout = cmp.Or(cfg.Timeout, 3*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Client == nil {
		cfg.Client = &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
			ResponseHeaderTimeout: cfg.Timeout}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &OCSP{cfg: cfg, client: &http.Client{Transport: cfg.Client, CheckRedirect: stay},
		known: map[[32]byte]ocspState{}}
}

// Judge reports by the policy whether a genuine certificate may be used at a moment: faults certificate.revoked, and
// certificate.status where an answer is required and there is none. It asks the responder, for at most the configured
// time, only when no answer is known that counts.
func (o *OCSP) Judge(ctx context.Context, leaf, issuer *x509.Certificate, at time.Time) error {
	if o.cfg.Policy == OCSPOff || len(leaf.OCSPServer) == 0 {
		return nil
	}
	state := o.state(ctx, leaf, issuer)
	switch {
	case state.until.After(at) && state.status == ocsp.Good:
		return nil
	case state.status == ocsp.Revoked && !state.until.IsZero(): // what was revoked stays so, also past nextUpdate
		return fault.New(fault.CertificateRevoked, "since", day(state.since))
	case o.cfg.Policy == OCSPPrefer:
		return nil
	}
	return fault.Wrap(cmp.Or(state.failure, errors.New("the responder does not know the certificate")),
		fault.CertificateStatus, "responder", hostOf(leaf.OCSPServer[0]))
}

// Staple is the response by which a TLS server shows the state of its own certificate (RFC 6066, section 8): nil
// where there is none that says "good" and counts now.
func (o *OCSP) Staple(ctx context.Context, leaf, issuer *x509.Certificate) []byte {
	if len(leaf.OCSPServer) == 0 {
		return nil
	}
	state := o.state(ctx, leaf, issuer)
	if state.status != ocsp.Good || !state.until.After(o.cfg.Now()) {
		return nil
	}
	return state.raw
}

// Stapled judges the response that a server showed with its own certificate; none is no finding.
func (o *OCSP) Stapled(response []byte, leaf, issuer *x509.Certificate) error {
	if o.cfg.Policy == OCSPOff || len(response) == 0 {
		return nil
	}
	state, err := o.read(response, leaf, issuer)
	if err == nil && state.status == ocsp.Revoked {
		return fault.New(fault.CertificateRevoked, "since", day(state.since))
	}
	return nil
}

// state is what is known of a certificate; it asks when nothing is, and renews in the background.
func (o *OCSP) state(ctx context.Context, leaf, issuer *x509.Certificate) ocspState {
	key := sha256.Sum256(leaf.Raw)
	now := o.cfg.Now()
	o.mu.Lock()
	state, ok := o.known[key]
	o.mu.Unlock()
	counts := state.until.After(now)
	due := !ok || now.After(state.renew) && now.After(state.retry)
	if !due {
		return state
	}
	asked := o.asking.DoChan(string(key[:]), func() (any, error) {
		return o.ask(context.WithoutCancel(ctx), leaf, issuer, state), nil
	})
	if counts { // goes on in the background
		return state
	}
	select {
	case r := <-asked:
		return r.Val.(ocspState)
	case <-ctx.Done():
		unanswered := state // a copy: the question goes on, and reads state
		unanswered.failure = ctx.Err()
		return unanswered
	}
}

// ask questions the certificate's responders in turn and remembers the outcome. A failure keeps the former answer.
func (o *OCSP) ask(ctx context.Context, leaf, issuer *x509.Certificate, former ocspState) ocspState {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	state, err := ocspState{}, errors.New("no responder is named")
	for _, responder := range leaf.OCSPServer {
		if state, err = o.question(ctx, responder, leaf, issuer); err == nil {
			break
		}
	}
	if err != nil {
		state = former
		state.failure, state.retry = err, o.cfg.Now().Add(ocspRetry)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.known) >= maxKnown {
		clear(o.known)
	}
	o.known[sha256.Sum256(leaf.Raw)] = state
	return state
}

func (o *OCSP) question(ctx context.Context, responder string, leaf, issuer *x509.Certificate) (ocspState, error) {
	// the one hash that all responders know (RFC 6960, B.1)
	text, err := ocsp.CreateRequest(leaf, issuer, &ocsp.RequestOptions{Hash: crypto.SHA1})
	if err != nil {
		return ocspState{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, responder, bytes.NewReader(text))
	if err != nil {
		return ocspState{}, err
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	res, err := o.client.Do(req)
	if err != nil {
		return ocspState{}, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return ocspState{}, fmt.Errorf("the responder answers %s", res.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxOCSPAnswer+1))
	if err == nil && len(answer) > maxOCSPAnswer {
		err = errors.New("the responder's answer is too large")
	}
	if err != nil {
		return ocspState{}, err
	}
	return o.read(answer, leaf, issuer)
}

// read judges a response by RFC 6960, section 3.2: signed by the issuer, or by a responder to which the issuer
// delegated just this, for this certificate, and of this time.
func (o *OCSP) read(answer []byte, leaf, issuer *x509.Certificate) (ocspState, error) {
	r, err := ocsp.ParseResponseForCert(answer, leaf, issuer)
	if err != nil {
		return ocspState{}, err
	}
	now := o.cfg.Now()
	if d := r.Certificate; d != nil && !d.Equal(issuer) {
		if !slices.Contains(d.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || now.Before(d.NotBefore) ||
			now.After(d.NotAfter) {
			return ocspState{}, errors.New("the response is signed by a certificate that is not authorised for OCSP now")
		}
	}
	if r.ThisUpdate.After(now.Add(ocspSkew)) {
		return ocspState{}, errors.New("the response is of the future")
	}
	until := r.NextUpdate
	if until.IsZero() {
		until = r.ThisUpdate.Add(ocspUnboundedFor)
	}
	if !until.After(now) {
		return ocspState{}, fmt.Errorf("the response ended at %s", until.UTC().Format(time.RFC3339))
	}
	return ocspState{status: r.Status, since: r.RevokedAt, until: until, renew: now.Add(until.Sub(now) / 2),
		raw: answer}, nil
}

// hostOf is the part of an address that a sentence may name.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}
