package events

import (
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/problem"
)

// statusOf maps kinds of fault to the statuses of the contract: there is no 403, and what is not authorised is 401.
// What the contract does not name, and a repetition may overcome, is answered with 429 and 503.
var statusOf = map[fault.Kind]int{
	fault.Internal:      http.StatusInternalServerError,
	fault.Malformed:     http.StatusBadRequest,
	fault.Unidentified:  http.StatusUnauthorized,
	fault.Refused:       http.StatusUnauthorized,
	fault.NotFound:      http.StatusNotFound,
	fault.Conflict:      http.StatusBadRequest,
	fault.TooLarge:      http.StatusRequestEntityTooLarge,
	fault.Unsupported:   http.StatusBadRequest,
	fault.Invalid:       http.StatusUnprocessableEntity,
	fault.Throttled:     http.StatusTooManyRequests,
	fault.ProviderWrong: http.StatusInternalServerError,
	fault.ProviderLate:  http.StatusInternalServerError,
	fault.Unavailable:   http.StatusServiceUnavailable,
}

// statusByCode holds the codes for which the contract, or HTTP, is more exact than their kind.
var statusByCode = map[fault.Code]int{
	fault.CertificateMissing:   http.StatusBadRequest,
	fault.CertificateUntrusted: http.StatusBadRequest,
	fault.MethodNotAllowed:     http.StatusMethodNotAllowed,
}

// Status returns the HTTP status of a fault on this surface.
func Status(f *fault.Error) int {
	if status, ok := statusByCode[f.Code]; ok {
		return status
	}
	if status, ok := statusOf[f.Kind()]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// refuse is where every fault of this surface is answered and, when it is ours, logged: one sentence and the reference
// as text, or a problem document for who asks for one.
func (s *Surface) refuse(w http.ResponseWriter, q *identifiedRequest, err error) {
	f := fault.From(err)
	if f.Cause != nil {
		s.Logger.Warn("event call failed", "code", string(f.Code), "leg", string(f.Leg), "reference", q.ref, "cause",
			f.Cause.Error())
	}
	h := w.Header()
	if f.Code == fault.MethodNotAllowed {
		h.Set("Allow", f.Params["want"])
	}
	if q.who == nil {
		admission.BoundRefusal(w, q.Request)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("MConnect-Call-Id", q.ref)
	lang := problem.Language(q.Header.Get("Accept-Language"))
	if accepts(q.Header, problem.MediaType) {
		d := problem.New(f, "", lang)
		d.CallID = "" // of no record: the page of the code explains it
		d.Explain(s.Portal()).CallID = mconnect.CallID(q.ref)
		d.Status, d.Title = Status(f), http.StatusText(Status(f))
		_ = problem.Write(w, d, f.RetryAfter, lang) // the connection is all that can fail
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Language", string(lang))
	h.Set("X-Content-Type-Options", "nosniff")
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	w.WriteHeader(Status(f))
	_, _ = io.WriteString(w, Sentence(f, lang)+reference[lang]+q.ref+"\n")
}

// accepts reports whether an Accept header names a media type, with a weight over 0.
func accepts(h http.Header, media string) bool {
	for _, list := range h["Accept"] {
		for item := range strings.SplitSeq(list, ",") {
			name, params, _ := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(name), media) {
				continue
			}
			weight, stated := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			if q, err := strconv.ParseFloat(weight, 64); !stated || err != nil || q > 0 {
				return true
			}
		}
	}
	return false
}

var (
	reference = map[mconnect.Lang]string{
		mconnect.Romanian: " Referință: ", mconnect.English: " Reference: ", mconnect.Russian: " Ссылка: ",
	}
	inBatch = map[mconnect.Lang][2]string{
		mconnect.Romanian: {"Evenimentul [", "] din lot: "}, mconnect.English: {"Event [", "] of the batch: "},
		mconnect.Russian: {"Событие [", "] пакета: "},
	}
)

// maxPlaces is how many places of an invalid event one sentence names.
const maxPlaces = 3

// Sentence words a fault for a person, the place in a batch and the first places of an invalid event included.
func Sentence(f *fault.Error, lang mconnect.Lang) string {
	var b strings.Builder
	if index, ok := f.Params["index"]; ok {
		around := inBatch[lang]
		b.WriteString(around[0] + index + around[1])
	}
	b.WriteString(f.Sentence(lang))
	for _, place := range f.Fields[:min(len(f.Fields), maxPlaces)] {
		b.WriteString(" " + place.Path + ": " + place.Sentence(lang))
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}
