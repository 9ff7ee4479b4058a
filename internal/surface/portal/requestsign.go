package portal

import (
	"net/http"
	"strconv"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/access"
)

// signPage shows what is signed: its digest and its content.
func (s *Surface) signPage(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if one.State != access.AwaitingSignature || one.Latest() == nil {
		http.Redirect(w, r, string(addressOfRequest(one.Number, "")), http.StatusSeeOther)
		return nil
	}
	p, err := s.reviewed(v, one)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, requestSignPage(v, p))
}

// sign hands in a signature that was made elsewhere or, in a demonstration, lets one be made; or it declines for the
// signatory.
func (s *Surface) sign(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	sent, verb := r.PostForm, access.Verb(r.PostForm.Get("verb"))
	switch {
	case verb == access.Decline:
		_, err = s.cfg.Requests.Step(r.Context(), *v.who, one.Number, access.Step{Verb: access.Decline,
			Revision: revisionOf(r), Reason: plainText(sent.Get("reason"))})
	case verb == access.Sign:
		err = s.handIn(r, v, one, strings.Join(strings.Fields(sent.Get("jws")), ""))
	default:
		return fault.New(fault.PathUnknown)
	}
	if err == nil {
		http.Redirect(w, r, string(addressOfRequest(one.Number, "")), http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	status, here := answerable(f)
	if !here {
		return err
	}
	p, err := s.reviewed(v, one)
	if err != nil {
		return err
	}
	p.sent, p.problem, p.failed = sent, f, verb
	return s.render(w, r, v, status, requestSignPage(v, p))
}

// handIn submits a request with a signature: the given one, or a test signature where the page offers that.
func (s *Surface) handIn(r *http.Request, v *view, one access.Request, jws string) error {
	if r.PostForm.Get("how") == "test" && s.cfg.TestSigner != nil {
		content, err := s.cfg.Requests.Frozen(r.Context(), *v.who, one.Number, 0)
		if err != nil {
			return err
		}
		if jws, err = s.cfg.TestSigner(r.Context(), *v.who, content); err != nil {
			return err
		}
	}
	_, err := s.cfg.Requests.Sign(r.Context(), *v.who, one.Number, revisionOf(r), jws)
	return err
}

// frozen sends the content of a version, as it is signed.
func (s *Surface) frozen(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("version"))
	if err != nil || n < 1 || n > len(one.Versions) {
		return fault.New(fault.PathUnknown)
	}
	content, err := s.cfg.Requests.Frozen(r.Context(), *v.who, one.Number, n)
	if err != nil {
		return err
	}
	return download(w, one.Number+"-"+strconv.Itoa(n)+".json", "application/json", content)
}
