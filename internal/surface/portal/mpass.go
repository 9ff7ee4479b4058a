package portal

import (
	"context"
	"net/http"
	"net/url"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/surface/portal/text"
)

// MPass is login by the identity provider of the government.
type MPass struct {
	Provider *mpass.Provider
	Accounts Federation
	URL      string // of this portal: https://host[:port], under which MPass knows it
	Origin   string // of MPass: https://host[:port]
}

// Federation keeps the sessions of persons whose identity MPass has verified; *account.Accounts is one.
type Federation interface {
	// LoginFederated begins a session and returns its token. Fault: login.blocked.
	LoginFederated(ctx context.Context, f account.Federated, from account.Client) (token string, err error)
	// ConfirmFederated notes that the person was asked again and replaces the token. Faults: login.required,
	// login.refused when it was another person.
	ConfirmFederated(ctx context.Context, token string, f account.Federated,
		from account.Client) (changed string, err error)
	// EndFederated ends the sessions that belong to one of MPass and returns how many there were.
	EndFederated(ctx context.Context, nameID, sessionIndex string) (int, error)
	// ProviderSession is the session of MPass to which that of a token belongs; "" when it belongs to none.
	ProviderSession(ctx context.Context, token string) (nameID, sessionIndex string, err error)
}

// The paths that MPass knows.
const (
	mpassACS    = "/mpass-login"
	mpassSLO    = "/mpass-slo"
	mpassLogout = "/mpass-logout"
)

// NewServiceProvider completes what a service provider must know by the paths of the portal at an address.
func NewServiceProvider(cfg mpass.Config, portal string) (*mpass.Provider, error) {
	cfg.ACS, cfg.SLO, cfg.Logout = portal+mpassACS, portal+mpassSLO, portal+mpassLogout
	return mpass.New(cfg)
}

// mpassRoutes registers the pages of login by MPass. Its messages are requests of another site by their nature: their
// paths, and no others, are exempt from the check of the origin; the signature of MPass takes its place.
func (s *Surface) mpassRoutes() {
	if s.cfg.MPass == nil {
		return
	}
	for _, path := range []string{mpassACS, mpassSLO, mpassLogout} {
		s.origin.AddInsecureBypassPattern("POST " + path)
	}
	s.page("GET /login/mpass", s.mpassBegin)
	s.page("GET /login/mpass/confirm", s.mpassConfirm)
	s.page("GET /login/mpass/confirmed", s.mpassConfirmed)
	s.page("POST /logout/mpass", s.mpassLeave)
	s.page("POST "+mpassACS, s.mpassFinish)
	s.page("POST "+mpassSLO, s.mpassEnd)
	s.page("POST "+mpassLogout, s.mpassLeft)
	s.page("GET "+mpassLogout, s.mpassEnded)
	s.page("GET /mpass-metadata", s.mpassMetadata)
}

// mpassBegin leads to MPass, and back to ?to.
func (s *Surface) mpassBegin(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.toMPass(w, r, v, mpass.Start{})
}

// mpassConfirm leads to MPass, which asks the person again.
func (s *Surface) mpassConfirm(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	return s.toMPass(w, r, v, mpass.Start{StepUp: string(v.who.Person)})
}

func (s *Surface) toMPass(w http.ResponseWriter, r *http.Request, v *view, start mpass.Start) error {
	if u, err := url.Parse(s.cfg.MPass.URL); err == nil && u.Host != r.Host { // the cookies would not come back
		http.Redirect(w, r, s.cfg.MPass.URL+r.URL.RequestURI(), http.StatusSeeOther)
		return nil
	}
	start.To, start.Language = local(v.query.Get("to")), v.lang
	post, binding, err := s.cfg.MPass.Provider.Begin(r.Context(), start)
	if err != nil {
		return err
	}
	bind(w, binding.Name, binding.Value, int(mpass.Lifetime.Seconds()))
	s.formActions(w)
	return s.render(w, r, v, http.StatusOK, handoverPage(v, post, text.ToMPassLead))
}

// bind sets the cookie that binds a login to this browser. It comes with the answer of MPass, which is a request of
// another site.
func bind(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: mpassACS, MaxAge: age, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteNoneMode})
}

// formActions lets this page send a form to MPass.
func (s *Surface) formActions(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", policyFor("'self' "+s.cfg.MPass.Origin, "'none'"))
}

// message reads the form that MPass sends: one message of one kind.
func message(w http.ResponseWriter, r *http.Request, field string) (encoded, relay string, err error) {
	if err := readForm(w, r); err != nil {
		return "", "", err
	}
	if len(r.PostForm[field]) != 1 || len(r.PostForm["RelayState"]) > 1 {
		return "", "", fault.New(fault.LoginMarkup, "what", field)
	}
	return r.PostForm.Get(field), r.PostForm.Get("RelayState"), nil
}

// mpassFinish takes the answer to a login. It answers 303, so that the next request is one of this site and brings the
// cookie of the session.
func (s *Surface) mpassFinish(w http.ResponseWriter, r *http.Request, _ *view) error {
	encoded, relay, err := message(w, r, "SAMLResponse")
	if err != nil {
		return err
	}
	cookie := func(name string) string {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
		return ""
	}
	l, err := s.cfg.MPass.Provider.Finish(r.Context(),
		mpass.Answer{Message: encoded, RelayState: relay, Cookie: cookie})
	if err != nil {
		return err
	}
	bind(w, l.Cookie, "", -1)
	if l.Start.StepUp != "" {
		ticket, err := s.cfg.MPass.Provider.Hold(r.Context(), l)
		if err != nil {
			return err
		}
		http.Redirect(w, r, "/login/mpass/confirmed?"+url.Values{"ticket": {ticket}}.Encode(), http.StatusSeeOther)
		return nil
	}
	token, err := s.cfg.MPass.Accounts.LoginFederated(r.Context(), federated(l), clientOf(r))
	if err != nil {
		return err
	}
	startSession(w, token)
	http.Redirect(w, r, s.afterLogin(l.Start.To), http.StatusSeeOther)
	return nil
}

// afterLogin is the page to go to: the one that was asked for, or the first page of persons who have logged in.
func (s *Surface) afterLogin(to string) string {
	switch {
	case local(to) != "":
		return to
	case s.serves("/home"):
		return "/home"
	}
	return "/"
}

// federated is what MPass states in the terms of accounts.
func federated(l *mpass.Login) account.Federated {
	f := account.Federated{IDNP: l.IDNP, Name: l.Name(), Email: l.Email, Language: l.Language, NameID: l.NameID,
		SessionIndex: l.SessionIndex, Until: l.Until}
	for _, e := range l.Entities {
		f.Entities = append(f.Entities, account.Entity{IDNO: e.IDNO, Name: e.Name})
	}
	return f
}

// mpassConfirmed ends a step-up: now the cookie of the session is here.
func (s *Surface) mpassConfirmed(w http.ResponseWriter, r *http.Request, v *view) error {
	l, err := s.cfg.MPass.Provider.Held(r.Context(), v.query.Get("ticket"))
	if err != nil {
		return err
	}
	if v.who == nil || string(v.who.Person) != l.Start.StepUp {
		return fault.New(fault.LoginPerson)
	}
	token, err := s.cfg.MPass.Accounts.ConfirmFederated(r.Context(), tokenOf(r), federated(l), clientOf(r))
	if err != nil {
		if fault.From(err).Code == fault.LoginRefused {
			return fault.Wrap(err, fault.LoginPerson)
		}
		return err
	}
	startSession(w, token)
	http.Redirect(w, r, s.afterLogin(l.Start.To), http.StatusSeeOther)
	return nil
}

// mpassEnd takes a logout that MPass asks for, in a frame and without cookies, and answers it.
func (s *Surface) mpassEnd(w http.ResponseWriter, r *http.Request, v *view) error {
	w.Header().Set("Content-Security-Policy", policyFor("'self' "+s.cfg.MPass.Origin, s.cfg.MPass.Origin))
	encoded, relay, err := message(w, r, "SAMLRequest")
	if err != nil {
		return err
	}
	e, err := s.cfg.MPass.Provider.Logout(encoded, relay)
	if err != nil {
		return err
	}
	all := true
	for _, index := range e.SessionIndexes {
		if _, err := s.cfg.MPass.Accounts.EndFederated(r.Context(), e.NameID, index); err != nil {
			all = false
			s.cfg.Logger.ErrorContext(r.Context(), "a session could not be ended for MPass", "cause", err.Error())
		}
	}
	post, err := s.cfg.MPass.Provider.Answer(e, all)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, framedPage(v, post))
}

// mpassLeave ends the session here and then, where it belongs to one of MPass, that one with all that hang on it.
func (s *Surface) mpassLeave(w http.ResponseWriter, r *http.Request, v *view) error {
	token := tokenOf(r)
	if token == "" || s.cfg.Accounts == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	nameID, index, err := s.cfg.MPass.Accounts.ProviderSession(r.Context(), token)
	if err != nil {
		return err
	}
	if err := s.cfg.Accounts.Logout(r.Context(), token); err != nil {
		return err
	}
	dropSession(w)
	if nameID == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	post, err := s.cfg.MPass.Provider.BeginLogout(r.Context(), nameID, index, v.lang)
	if err != nil {
		return err
	}
	v.who = nil
	s.formActions(w)
	return s.render(w, r, v, http.StatusOK, handoverPage(v, post, text.LeaveMPassLead))
}

// mpassLeft takes MPass's answer to a logout that was begun here.
func (s *Surface) mpassLeft(w http.ResponseWriter, r *http.Request, _ *view) error {
	encoded, relay, err := message(w, r, "SAMLResponse")
	if err != nil {
		return err
	}
	all, err := s.cfg.MPass.Provider.FinishLogout(r.Context(), encoded, relay)
	if err != nil {
		return err
	}
	to := mpassLogout
	if !all {
		to += "?partial"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// mpassEnded says that the person has logged out.
func (s *Surface) mpassEnded(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.render(w, r, v, http.StatusOK, leftPage(v, v.query.Has("partial")))
}

// mpassMetadata describes this portal to MPass.
func (s *Surface) mpassMetadata(w http.ResponseWriter, _ *http.Request, _ *view) error {
	document, err := s.cfg.MPass.Provider.Metadata()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	_, _ = w.Write(document) // the client went away
	return nil
}
