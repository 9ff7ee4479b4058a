package portal

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"mconnect/fault"
	"mconnect/internal/surface/problem"
)

// maxForm bounds the body of a form without attachments, in bytes.
const maxForm = 1 << 20

// readForm reads a form. Faults: message.tooLarge, message.malformed.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.MessageTooLarge, "limit", "1048576")
	case err != nil:
		return fault.Wrap(err, fault.MessageMalformed, "what", "form")
	}
	return nil
}

// fail answers an error with its page. What does not exist and what the reader may not see are one page.
func (s *Surface) fail(w http.ResponseWriter, r *http.Request, v *view, err error) {
	f := fault.From(err)
	if f.Code == fault.LoginRequired {
		s.askLogin(w, r, v)
		return
	}
	if f.Code == fault.RightStepUp && v.who != nil && s.cfg.Accounts != nil {
		if err = s.askConfirmation(w, r, v); err == nil {
			return
		}
		f = fault.From(err)
	}
	status := problem.Status(f)
	if f.Code == fault.InternalError || f.Cause != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "a page could not be served", "path", r.URL.Path, "code",
			string(f.Code), "cause", err.Error())
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	page := failurePage(v, status, f)
	if status == http.StatusNotFound {
		page = missingPage(v)
	}
	if err := s.render(w, r, v, status, page); err != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "the page of an error could not be written", "cause", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
	}
}
