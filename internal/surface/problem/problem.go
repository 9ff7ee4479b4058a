// Package problem turns faults into RFC 9457 problem documents, once for every surface that speaks HTTP: one table from
// kinds to statuses, one document, one way to choose the language.
//
// It decides nothing and writes to no connection; surfaces add their own headers.
package problem

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
)

// MediaType is that of every document.
const MediaType = "application/problem+json"

// statusOf maps kinds of fault to HTTP, here and nowhere else.
var statusOf = map[fault.Kind]int{
	fault.Internal:      http.StatusInternalServerError,
	fault.Malformed:     http.StatusBadRequest,
	fault.Unidentified:  http.StatusUnauthorized,
	fault.Refused:       http.StatusForbidden,
	fault.NotFound:      http.StatusNotFound,
	fault.Conflict:      http.StatusConflict,
	fault.TooLarge:      http.StatusRequestEntityTooLarge,
	fault.Unsupported:   http.StatusUnsupportedMediaType,
	fault.Invalid:       http.StatusUnprocessableEntity,
	fault.Throttled:     http.StatusTooManyRequests,
	fault.ProviderWrong: http.StatusBadGateway,
	fault.ProviderLate:  http.StatusGatewayTimeout,
	fault.Unavailable:   http.StatusServiceUnavailable,
}

// finer holds the codes that HTTP names more exactly than their kind.
var finer = map[fault.Code]int{
	fault.MethodNotAllowed: http.StatusMethodNotAllowed,
	fault.MessageTooSlow:   http.StatusRequestTimeout,
}

// Status returns the HTTP status of e.
func Status(e *fault.Error) int {
	if status, ok := finer[e.Code]; ok {
		return status
	}
	if status, ok := statusOf[e.Kind()]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// Document is an RFC 9457 problem document. Its type is "urn:mconnect:fault:" and the code.
type Document struct {
	Type     string          `json:"type"`
	Title    string          `json:"title" doc:"the HTTP status in words, in the language of detail"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail" doc:"one sentence in the language asked for"`
	Code     fault.Code      `json:"code" doc:"never changes"`
	Leg      fault.Leg       `json:"leg" doc:"caller, platform or provider"`
	Party    fault.Party     `json:"party" doc:"who must act"`
	Remedy   string          `json:"remedy" doc:"what that party must do"`
	CallID   mconnect.CallID `json:"callId,omitempty" doc:"reference to the record"`
	TraceID  string          `json:"traceId,omitempty" doc:"W3C trace id"`
	Help     string          `json:"help,omitempty" doc:"page of the portal that explains it to those who may see it"`
	Provider string          `json:"providerSays,omitempty" doc:"the provider's own sentence, unverified"`
	Params   Params          `json:"params,omitempty" doc:"the values named in detail"`
	Checks   []Check         `json:"checks,omitempty" doc:"the whole verdict, in order"`
	Fields   []Field         `json:"fields,omitempty"`
	More     int             `json:"more,omitempty" doc:"how many more there are than fields has"`
}

// Params are the values of a fault's sentence by their names, for programs that word it themselves.
type Params map[string]string

// Check is one line of the verdict in a reader's language.
type Check struct {
	Name   string       `json:"name"`
	Title  string       `json:"title"`
	Result fault.Result `json:"result"`
	Code   fault.Code   `json:"code,omitempty"`
	Params Params       `json:"params,omitempty"`
	Detail string       `json:"detail,omitempty"`
}

// Field points at one place of the document that is against the rules.
type Field struct {
	Path   string     `json:"path" doc:"JSON pointer"`
	Code   fault.Code `json:"code"`
	Params Params     `json:"params,omitempty"`
	Detail string     `json:"detail"`
}

// New writes e down for a reader of lang.
func New(e *fault.Error, trace string, lang mconnect.Lang) *Document {
	status := Status(e)
	d := &Document{
		Type: "urn:mconnect:fault:" + string(e.Code), Title: title(status, lang), Status: status,
		Detail: e.Sentence(lang), Code: e.Code, Leg: e.Leg, Party: e.Code.Entry().Party, Remedy: e.Remedy(lang),
		CallID: e.Call, TraceID: trace, Provider: e.Provider, Params: e.Params, More: e.More,
	}
	for _, c := range e.Checks {
		check := Check{Name: c.Name, Title: fault.CheckTitle(c.Name, lang), Result: c.Result, Code: c.Code,
			Params: c.Params}
		if c.Code != "" {
			check.Detail = sentence(c.Code, c.Params, lang)
		}
		d.Checks = append(d.Checks, check)
	}
	for _, f := range e.Fields {
		d.Fields = append(d.Fields, Field{Path: f.Path, Code: f.Code, Params: f.Params,
			Detail: sentence(f.Code, f.Params, lang)})
	}
	return d
}

// Explain adds the page that explains d: of the call where there is one, else of the code. portal is the address of the
// portal, "" where there is none.
func (d *Document) Explain(portal string) *Document {
	switch {
	case portal == "":
	case d.CallID != "" && d.Code.Entry().Kind != fault.Unidentified:
		d.Help = portal + "/r/" + string(d.CallID)
	default:
		d.Help = portal + "/errors/" + string(d.Code)
	}
	return d
}

func sentence(code fault.Code, params map[string]string, lang mconnect.Lang) string {
	return (&fault.Error{Code: code, Params: params}).Sentence(lang)
}

// Write answers with d; wait > 0 becomes Retry-After in whole seconds, rounded up. An error is the connection's.
func Write(w http.ResponseWriter, d *Document, wait time.Duration, lang mconnect.Lang) error {
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Content-Language", string(lang))
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(d); err != nil {
		return err
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(d.Status)
	_, err := w.Write(body.Bytes())
	return err
}

// Language picks the first of ro, en, ru that an Accept-Language header names, in the order of its weights;
// Romanian otherwise (RFC 9110, section 12.5.4).
func Language(accept string) mconnect.Lang {
	best, weight := mconnect.Romanian, 0.0
	for n := 0; accept != "" && n < 32; n++ {
		var part string
		part, accept, _ = strings.Cut(accept, ",")
		tag, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		l, err := mconnect.ParseLang(primary)
		if err != nil {
			continue
		}
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(rest), "q="); ok {
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				continue
			}
		}
		if q > weight {
			best, weight = l, q
		}
	}
	return best
}
