package client

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
)

const maxProblem = 1 << 20 // bytes of a problem document

// Problem is a refusal as the platform worded it (RFC 9457), in the language asked for. It is the Cause of the
// *fault.Error that Call returns.
type Problem struct {
	Status  int               // of HTTP
	Detail  string            // one sentence: what is the matter
	Remedy  string            // one sentence: what Party must do
	Party   fault.Party       // who must act
	TraceID string            // W3C trace id
	Help    string            // page of the portal that explains it; "" where there is none
	Checks  map[string]string // name of a failed or flagged check → its sentence
	Fields  map[string]string // JSON pointer → what is wrong there
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// document is a problem document on the wire.
type document struct {
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Code     fault.Code        `json:"code"`
	Leg      fault.Leg         `json:"leg"`
	Party    fault.Party       `json:"party"`
	Remedy   string            `json:"remedy"`
	Params   map[string]string `json:"params"`
	CallID   string            `json:"callId"`
	TraceID  string            `json:"traceId"`
	Help     string            `json:"help"`
	Provider string            `json:"providerSays"`
	Checks   []struct {
		fault.Check
		Detail string `json:"detail"`
	} `json:"checks"`
	Fields []struct {
		fault.FieldError
		Detail string `json:"detail"`
	} `json:"fields"`
}

// readFault turns an answer that is not 200 into the fault that the platform raised.
func readFault(answer *http.Response, call mconnect.CallID) error {
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxProblem))
	var d document
	if err == nil && media == "application/problem+json" {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil || d.Code == "" {
		return fmt.Errorf("client: status %d without a problem document", answer.StatusCode)
	}
	p := &Problem{Status: answer.StatusCode, Detail: d.Detail, Remedy: d.Remedy, Party: d.Party, TraceID: d.TraceID,
		Help: d.Help, Checks: map[string]string{}, Fields: map[string]string{}}
	e := fault.Wrap(p, d.Code)
	e.Params, e.Provider, e.Call = d.Params, d.Provider, call
	if d.Leg != "" {
		e.Leg = d.Leg
	}
	if id, err := mconnect.ParseCallID(d.CallID); err == nil {
		e.Call = id
	}
	for _, c := range d.Checks {
		e.Checks = append(e.Checks, c.Check)
		if c.Detail != "" {
			p.Checks[c.Name] = c.Detail
		}
	}
	for _, f := range d.Fields {
		e.Fields = append(e.Fields, f.FieldError)
		p.Fields[f.Path] = f.Detail
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, 86400)) * time.Second
	}
	return e
}
