package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mconnect"
)

// maxAnswer bounds what a consumer reads of an answer, in bytes.
const maxAnswer = 8 << 20

// Caller is a consumer's system: it calls the platform over mutual TLS and uses the public interfaces only.
type Caller struct {
	System mconnect.SystemID
	base   string
	client *http.Client
}

// Request is one call of a consumer.
type Request struct {
	Service mconnect.ServiceName
	Input   any // marshalled to JSON, unless it is a string, which is sent unchanged
	Context mconnect.LegalContext
	Fields  []string // narrower than what is granted; empty: all of it
}

// Response is the platform's answer: data or a refusal.
type Response struct {
	Status  int
	Call    mconnect.CallID
	Record  int64 // index of the outcome's or refusal's record; -1 when absent
	Body    []byte
	Problem Problem // filled in unless Status is 200
	Took    time.Duration
}

// Problem is the problem document (RFC 9457) of a refusal.
type Problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Leg    string `json:"leg"`
	Party  string `json:"party"`
	Remedy string `json:"remedy"`
	CallID string `json:"callId"`
	Checks []struct {
		Name   string `json:"name"`
		Result string `json:"result"`
		Code   string `json:"code"`
	} `json:"checks"`
	Fields []struct {
		Path string `json:"path"`
		Code string `json:"code"`
	} `json:"fields"`
}

// NewCaller makes a consumer's system that shows certificate to the platform at base ("https://host:port")
// and accepts it only under anchors.
func NewCaller(system mconnect.SystemID, base string, certificate tls.Certificate, anchors *x509.CertPool) *Caller {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: anchors,
			MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}
	return &Caller{system, base, &http.Client{Transport: transport, Timeout: 30 * time.Second}}
}

// Close ends the caller's idle connections.
func (c *Caller) Close() { c.client.CloseIdleConnections() }

// Do calls once. An error means that no answer arrived; a refusal is not an error.
func (c *Caller) Do(ctx context.Context, a Request) (Response, error) {
	body, ok := a.Input.(string)
	if !ok {
		raw, err := json.Marshal(a.Input)
		if err != nil {
			return Response{}, err
		}
		body = string(raw)
	}
	address := c.base + "/api/v1/" + string(a.Service)
	if len(a.Fields) > 0 {
		address += "?fields=" + url.QueryEscape(strings.Join(a.Fields, ","))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{
		"CallingUser": a.Context.User, "CallingEntity": a.Context.Entity, "CallBasis": a.Context.Basis,
		"CallReason": a.Context.Reason,
	} {
		if value != "" {
			req.Header[name] = []string{headerText(value)}
		}
	}
	began := time.Now()
	res, err := c.client.Do(req)
	if err != nil {
		return Response{}, fmt.Errorf("%s asks %s: %w", c.System, a.Service, err)
	}
	defer res.Body.Close()
	s := Response{Status: res.StatusCode, Call: mconnect.CallID(res.Header.Get("MConnect-Call-Id")), Record: -1}
	if s.Body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer)); err != nil {
		return Response{}, fmt.Errorf("%s reads the answer of %s: %w", c.System, a.Service, err)
	}
	s.Took = time.Since(began)
	if n, err := strconv.ParseInt(res.Header.Get("MConnect-Record"), 10, 64); err == nil {
		s.Record = n
	}
	if res.StatusCode != http.StatusOK {
		if err := json.Unmarshal(s.Body, &s.Problem); err != nil {
			return s, fmt.Errorf("%s: status %d without a problem document", a.Service, res.StatusCode)
		}
	}
	return s, nil
}

// headerText writes a value of the legal context for a header: unchanged when it is plain ASCII, else
// percent-encoded UTF-8.
func headerText(value string) string {
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' || c > '~' || c == '%' {
			return url.PathEscape(value)
		}
	}
	return value
}

// Evidence fetches the evidence of the caller's own call: a bundle for package verify.
func (c *Caller) Evidence(ctx context.Context, call mconnect.CallID) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/v1/evidence/"+string(call), nil)
	if err != nil {
		return nil, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("evidence: status %d: %s", res.StatusCode, bytes.TrimSpace(body))
	}
	return body, err
}
