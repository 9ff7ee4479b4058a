package portal

import (
	"context"
	"net/http"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
)

// Profile is what a person changes about the own account; *account.Accounts is one.
type Profile interface {
	Sessions(ctx context.Context, p *people.Principal) ([]account.Shown, error)
	EndSession(ctx context.Context, p *people.Principal, id string) error
	Second(ctx context.Context, p *people.Principal) (account.Second, error)
	SetLanguage(ctx context.Context, p *people.Principal, lang mconnect.Lang) error
	Authenticators
}

// Authenticators sets up a person's second factor. Each needs the identity to be confirmed: fault right.stepUp.
type Authenticators interface {
	BeginTOTP(ctx context.Context, p *people.Principal) (account.Authenticator, error)
	FinishTOTP(ctx context.Context, p *people.Principal, code string) (recovery []string, err error)
	RenewRecovery(ctx context.Context, p *people.Principal) ([]string, error)
}

func (s *Surface) profileRoutes() {
	s.page("GET /profile", s.profile)
	s.page("POST /profile/language", s.personal(s.setLanguage))
	s.page("POST /profile/sessions/end", s.personal(s.endSession))
	s.page("POST /profile/totp", s.personal(s.beginTOTP))
	s.page("POST /profile/totp/code", s.personal(s.finishTOTP))
	s.page("POST /profile/recovery", s.personal(s.renewRecovery))
}

// personal is a form of a person who has logged in.
func (s *Surface) personal(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *view) error {
		if err := readForm(w, r); err != nil { // before login.required, so that what was entered can be kept
			return err
		}
		if err := s.need(v); err != nil {
			return err
		}
		return do(w, r, v)
	}
}

// profile shows the person's own account.
func (s *Surface) profile(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	sessions, err := s.cfg.Profile.Sessions(r.Context(), v.who)
	if err != nil {
		return err
	}
	second, err := s.cfg.Profile.Second(r.Context(), v.who)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, profilePage(v, sessions, second))
}

func (s *Surface) setLanguage(w http.ResponseWriter, r *http.Request, v *view) error {
	lang, err := mconnect.ParseLang(r.PostForm.Get("lang"))
	if err != nil {
		return fault.New(fault.QueryInvalid, "what", "lang")
	}
	if err := s.cfg.Profile.SetLanguage(r.Context(), v.who, lang); err != nil {
		return err
	}
	preference(w, langCookie, string(lang))
	http.Redirect(w, r, "/profile", http.StatusSeeOther)
	return nil
}

func (s *Surface) endSession(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.cfg.Profile.EndSession(r.Context(), v.who, r.PostForm.Get("session")); err != nil {
		return err
	}
	http.Redirect(w, r, "/profile", http.StatusSeeOther)
	return nil
}

// beginTOTP shows the secret of a new authenticator. It is not in an address, and the page is not kept.
func (s *Surface) beginTOTP(w http.ResponseWriter, r *http.Request, v *view) error {
	a, err := s.cfg.Profile.BeginTOTP(r.Context(), v.who)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, totpPage(v, &a, nil))
}

func (s *Surface) finishTOTP(w http.ResponseWriter, r *http.Request, v *view) error {
	codes, err := s.cfg.Profile.FinishTOTP(r.Context(), v.who, r.PostForm.Get("code"))
	if f := fault.From(err); err != nil && (f.Code == fault.LoginRefused || f.Code == fault.LoginThrottled) {
		return s.render(w, r, v, http.StatusUnprocessableEntity, totpPage(v, nil, v.wrongs(f, "code")))
	}
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, recoveryPage(v, codes, "/profile"))
}

func (s *Surface) renewRecovery(w http.ResponseWriter, r *http.Request, v *view) error {
	codes, err := s.cfg.Profile.RenewRecovery(r.Context(), v.who)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, recoveryPage(v, codes, "/profile"))
}
