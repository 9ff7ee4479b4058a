// Package client is the platform as a consumer's system sees it: call a service under a stated legal
// context, get typed data or the same fault that the platform raised, fetch the evidence of one's own calls.
//
// It owns the wire of the REST surface: mutual TLS, the four context headers, problem documents; and that of events:
// Produce, Consume, a transactional outbox and a guard against repeats on database/sql. It refuses to own retries and
// caching: whether a call may be repeated, and whether an answer may be kept, is for the law behind the call to say. It
// follows no redirects.
//
// Errors are *fault.Error when the platform answered; errors.AsType finds it, and the *Problem inside it
// has the sentences in Config.Language. Any other error means that no complete answer arrived: the call may
// or may not have been delivered, and its record shows which.
package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/httpsig"
)

// Config says who calls whom. URL, Certificate and Roots are required.
type Config struct {
	URL         string          // "https://host:port" of the exchange listener
	Certificate tls.Certificate // of the calling system, registered with the platform
	Roots       *x509.CertPool  // under which the platform's own certificate is accepted
	Language    mconnect.Lang   // of sentences in faults; "": Romanian
	Timeout     time.Duration   // of one call, unless its context ends sooner; 0: 60 s
	// calls are signed too (RFC 9421), with the certificate's key: method, address, body and legal context
	Sign      bool
	MaxAnswer int64 // bytes of an answer kept in memory; 0: 64 MiB. Streams are not bounded
}

// Client calls services for one system. It keeps connections and is safe for concurrent use.
type Client struct {
	base      string
	http      *http.Client
	language  mconnect.Lang
	maxAnswer int64
	signer    *httpsig.Signer // nil: calls are not signed
}

// New makes a Client. It does not connect.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("client: URL is not https://host[:port]")
	case len(cfg.Certificate.Certificate) == 0 || cfg.Certificate.PrivateKey == nil:
		return nil, errors.New("client: no certificate with its key")
	case cfg.Roots == nil:
		return nil, errors.New("client: no roots to accept the platform under")
	}
	cfg.Language = cmp.Or(cfg.Language, mconnect.Romanian)
	if _, err := mconnect.ParseLang(string(cfg.Language)); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, time.Minute)
	cfg.MaxAnswer = cmp.Or(cfg.MaxAnswer, 64<<20)
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots,
			Certificates: []tls.Certificate{cfg.Certificate}, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
	}
	keep := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{base: strings.TrimSuffix(cfg.URL, "/"), http: &http.Client{Transport: transport, CheckRedirect: keep,
		Timeout: cfg.Timeout},
		language: cfg.Language, maxAnswer: cfg.MaxAnswer}
	if cfg.Sign {
		key, ok := cfg.Certificate.PrivateKey.(crypto.Signer)
		if !ok {
			return nil, errors.New("client: the certificate's key cannot sign")
		}
		sum := sha256.Sum256(cfg.Certificate.Certificate[0])
		c.signer = &httpsig.Signer{Key: key, KeyID: hex.EncodeToString(sum[:])}
	}
	return c, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Receipt names what the platform keeps of a call. It is filled in for refused calls too, as far as known.
type Receipt struct {
	Call      mconnect.CallID // reference, for Evidence and for correspondence
	Record    int64           // index in the journal of the last record of the call; -1 when not stated
	TreeSize  int64           // of the journal when that record was signed; -1 when not stated
	MediaType string          // of the answer
}

// Option narrows or marks one call.
type Option func(*http.Request)

// Fields asks for no more than the named fields of the answer: "LastName", "Address.Street". What is not
// granted for the purpose is refused, not left out.
func Fields(paths ...string) Option {
	return func(r *http.Request) {
		r.URL.RawQuery = url.Values{"fields": {strings.Join(paths, ",")}}.Encode()
	}
}

// Traceparent passes the caller's trace on (W3C Trace Context).
func Traceparent(value string) Option {
	return func(r *http.Request) { r.Header.Set("Traceparent", value) }
}

// Call asks service for what in says (marshalled to JSON; a []byte or json.RawMessage goes as it is) under
// legal, and reads the answer into out: an io.Writer or *[]byte takes the bytes, anything else is
// unmarshalled, nil is not changed. The zero version means the newest published one.
//
// When out is an io.Writer and the call fails midway, what was written is not a complete answer.
func (c *Client) Call(ctx context.Context, service mconnect.ServiceName, version mconnect.Version,
	legal mconnect.LegalContext, in, out any, options ...Option) (Receipt, error) {
	body, err := marshal(in)
	if err != nil {
		return noReceipt(), fmt.Errorf("client: input of %s: %w", service, err)
	}
	path := "/api/v1/" + url.PathEscape(string(service))
	if !version.IsZero() {
		path += "/" + version.String()
	}
	r, err := c.request(ctx, http.MethodPost, path, bytes.NewReader(body))
	if err != nil {
		return noReceipt(), err
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range [...]struct{ name, value string }{
		{"CallingUser", legal.User}, {"CallingEntity", legal.Entity}, {"CallBasis", legal.Basis},
		{"CallReason", legal.Reason},
	} {
		if h.value != "" {
			r.Header.Set(h.name, headerText(h.value))
		}
	}
	for _, option := range options {
		option(r)
	}
	if c.signer != nil {
		if err := c.signer.Sign(r, body, []string{"CallingUser", "CallingEntity", "CallBasis", "CallReason"},
			time.Now()); err != nil {
			return noReceipt(), fmt.Errorf("client: %w", err)
		}
	}
	return c.do(r, out)
}

// Evidence returns the proof that the platform holds for one of the caller's own calls: a C2SP tlog-proof
// that package verify checks offline against the platform's public key.
func (c *Client) Evidence(ctx context.Context, call mconnect.CallID) ([]byte, error) {
	r, err := c.request(ctx, http.MethodGet, "/api/v1/evidence/"+url.PathEscape(string(call)), nil)
	if err != nil {
		return nil, err
	}
	var proof []byte
	_, err = c.do(r, &proof)
	return proof, err
}

// Service is one service version that the calling system has an agreement for, with what to state and what is
// granted. Texts are in Config.Language.
type Service struct {
	Name        mconnect.ServiceName `json:"service"`
	Version     mconnect.Version     `json:"version"` // what a call without a version gets
	Status      string               `json:"status"`  // "published", "deprecated"
	Title       string               `json:"title"`
	Description string               `json:"description"`
	Provider    mconnect.SystemID    `json:"provider"`
	Personal    bool                 `json:"personal"` // needs a legal context
	Request     json.RawMessage      `json:"request"`  // the request type, as the catalogue declares it
	Agreement   mconnect.AgreementID `json:"agreement"`
	AgreedUntil time.Time            `json:"agreed_until"` // zero: without end
	State       string               `json:"state"`        // of the agreement: "active", "suspended", "terminated"
	Purposes    []Purpose            `json:"purposes"`
}

// Purpose is one lawful reason to call a Service.
type Purpose struct {
	Code       mconnect.PurposeCode `json:"code"`
	Title      string               `json:"title"`
	LegalBasis string               `json:"legal_basis"`
	Accepts    []string             `json:"accepts"`        // values of LegalContext.Basis, besides Code
	ReasonForm string               `json:"reason_form"`    // what LegalContext.Reason must look like
	Example    string               `json:"reason_example"` // one such Reason
	Fields     []string             `json:"fields"`         // what is granted
}

// Services lists what the calling system has an agreement for.
func (c *Client) Services(ctx context.Context) ([]Service, error) {
	r, err := c.request(ctx, http.MethodGet, "/api/v1/services", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Services []Service `json:"services"`
	}
	_, err = c.do(r, &list)
	return list.Services, err
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	r.Header.Set("Accept-Language", string(c.language))
	r.Header.Set("User-Agent", "MConnect-Client")
	return r, nil
}

func (c *Client) do(r *http.Request, out any) (Receipt, error) {
	answer, err := c.http.Do(r)
	if err != nil {
		return noReceipt(), fmt.Errorf("client: %w", withoutURL(err))
	}
	defer answer.Body.Close()
	receipt := readReceipt(answer.Header)
	if answer.StatusCode != http.StatusOK {
		return receipt, readFault(answer, receipt.Call)
	}
	if err := c.take(answer.Body, out); err != nil {
		return receipt, fmt.Errorf("client: answer: %w", err)
	}
	return receipt, nil
}

// take reads a whole answer into out.
func (c *Client) take(body io.Reader, out any) error {
	if w, ok := out.(io.Writer); ok {
		_, err := io.Copy(w, body)
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(body, c.maxAnswer+1))
	switch {
	case err != nil:
		return err
	case int64(len(raw)) > c.maxAnswer:
		return fmt.Errorf("over %d bytes", c.maxAnswer)
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = raw
		return nil
	}
	return json.Unmarshal(raw, out)
}

func marshal(in any) ([]byte, error) {
	switch in := in.(type) {
	case []byte:
		return in, nil
	case json.RawMessage:
		return in, nil
	}
	return json.Marshal(in)
}

func noReceipt() Receipt { return Receipt{Record: -1, TreeSize: -1} }

func readReceipt(h http.Header) Receipt {
	r := noReceipt()
	if call, err := mconnect.ParseCallID(h.Get("MConnect-Call-Id")); err == nil {
		r.Call = call
	}
	for name, into := range map[string]*int64{"MConnect-Record": &r.Record, "MConnect-Tree-Size": &r.TreeSize} {
		if n, err := strconv.ParseInt(h.Get(name), 10, 64); err == nil && n >= 0 {
			*into = n
		}
	}
	if media, _, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil {
		r.MediaType = media
	}
	return r
}

// withoutURL drops the address that net/http repeats in its errors; the cause stays.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// headerText writes a value of the legal context for a header: plain ASCII as it is, anything else as
// percent-encoded UTF-8.
func headerText(value string) string {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '%' {
			return url.PathEscape(value)
		}
	}
	if strings.TrimSpace(value) != value {
		return url.PathEscape(value)
	}
	return value
}
