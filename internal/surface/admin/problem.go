package admin

import (
	"net/http"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/surface/problem"
)

// Problem is the document of every refusal, in the form that huma asks of an error.
type Problem struct{ problem.Document }

// Error is for logs.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457, independent of what was negotiated.
func (p *Problem) ContentType(string) string { return problem.MediaType }

func newProblem(e *fault.Error, lang mconnect.Lang) *Problem {
	return &Problem{*problem.New(e, "", lang)}
}

// refuse writes err as a problem, outside the typed API.
func (s *Surface) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := s.toFault(r.Context(), err)
	lang := problem.Language(r.Header.Get("Accept-Language"))
	_ = problem.Write(w, problem.New(e, "", lang), e.RetryAfter, lang) // the connection is all that can fail here
}
