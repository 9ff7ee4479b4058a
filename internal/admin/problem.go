package admin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
)

// statusOf maps kinds of fault to HTTP, here and nowhere else on this surface.
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

// statusFor adds the two codes whose meaning in HTTP is finer than their kind.
func statusFor(e *fault.Error) int {
	if e.Code == fault.MethodNotAllowed {
		return http.StatusMethodNotAllowed
	}
	if status, ok := statusOf[e.Kind()]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// Problem is an RFC 9457 problem document. Its type is "urn:mconnect:fault:" and the code.
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title" doc:"the HTTP status in words"`
	Status int            `json:"status"`
	Detail string         `json:"detail" doc:"one sentence in the language asked for"`
	Code   fault.Code     `json:"code" doc:"never changes"`
	Leg    fault.Leg      `json:"leg" doc:"caller, platform or provider"`
	Party  fault.Party    `json:"party" doc:"who must act"`
	Remedy string         `json:"remedy" doc:"what that party must do"`
	Fields []ProblemField `json:"fields,omitempty"`

	retryAfter int64
}

// ProblemField points at one place of the document that is against the rules.
type ProblemField struct {
	Path   string     `json:"path" doc:"JSON pointer"`
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

// Error, GetStatus, ContentType and GetHeaders are what huma asks of an error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457, whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem writes e down for a reader of lang.
func problem(e *fault.Error, lang mconnect.Lang) *Problem {
	status := statusFor(e)
	p := &Problem{
		Type: "urn:mconnect:fault:" + string(e.Code), Title: http.StatusText(status), Status: status,
		Detail: e.Sentence(lang), Code: e.Code, Leg: e.Leg, Party: e.Code.Entry().Party, Remedy: e.Remedy(lang),
		retryAfter: int64(e.RetryAfter.Seconds()),
	}
	for _, f := range e.Fields {
		sentence := (&fault.Error{Code: f.Code, Params: f.Params}).Sentence(lang)
		p.Fields = append(p.Fields, ProblemField{Path: f.Path, Code: f.Code, Detail: sentence})
	}
	return p
}

// language picks the first of ro, en, ru that Accept-Language names; Romanian otherwise.
func language(accept string) mconnect.Lang {
	for _, part := range strings.Split(accept, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(tag, "-")
		if l, err := mconnect.ParseLang(strings.ToLower(tag)); err == nil {
			return l
		}
	}
	return mconnect.Romanian
}

// refuse writes err as a problem, outside the typed API.
func (s *Surface) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := s.noted(r.Context(), err)
	p := problem(e, language(r.Header.Get("Accept-Language")))
	h := w.Header()
	h.Set("Content-Type", p.ContentType(""))
	h.Set("Content-Language", string(language(r.Header.Get("Accept-Language"))))
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(p.retryAfter, 10))
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the connection is all that can fail here
}
