package portal

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// Task is something that waits for a person.
type Task struct {
	Title mconnect.Text
	Path  string    // the page where it is done
	Due   time.Time // zero: no term
	Why   mconnect.Text
}

// Tasks lists what waits for a person, most urgent first.
type Tasks interface {
	For(ctx context.Context, p *people.Principal) ([]Task, error)
}

// accountRoutes registers logging in and out, the choice of the context and the pages of a person.
func (s *Surface) accountRoutes() {
	if s.cfg.Accounts == nil {
		return
	}
	s.page("GET /login", s.login)
	s.page("POST /login", s.logIn)
	s.page("POST /logout", s.logOut)
	s.page("GET /context", s.context)
	s.page("POST /context", s.personal(s.enter))
	s.page("POST /context/first", s.personal(s.first))
	s.page("GET /home", s.dashboard)
	s.page("GET /confirm", s.confirm)
	s.page("POST /confirm", s.personal(s.confirmed))
	if s.cfg.Profile != nil {
		s.profileRoutes()
	}
	if s.cfg.Team != nil {
		s.teamRoutes()
	}
	if s.cfg.Setup != nil {
		s.setupRoutes()
	}
}

// wrong is one thing to correct in a form: the field's id, and what is wrong with it.
type wrong struct {
	field string
	says  string
}

// wrongs reads what is wrong with a form from a fault: its fields, or the fault as a whole at one field.
func (v *view) wrongs(f *fault.Error, field string) []wrong {
	if len(f.Fields) == 0 {
		return []wrong{{field, f.Sentence(v.lang)}}
	}
	var all []wrong
	for _, one := range f.Fields {
		all = append(all, wrong{strings.TrimPrefix(one.Path, "/"), one.Code.Sentence(v.lang, one.Params)})
	}
	return all
}

// of is what is wrong with one field; "" for nothing.
func of(all []wrong, field string) string {
	for _, w := range all {
		if w.field == field {
			return w.says
		}
	}
	return ""
}

// maxHeld bounds a form that is held over a login, in bytes.
const maxHeld = 64 << 10

// hold packs the fields of a form that could not be accepted yet, with the path that it was for. "" when it is too
// long.
func hold(path string, form url.Values) string {
	text, err := json.Marshal(held{path, form})
	if err != nil || len(text) > maxHeld {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// held is a form that waits for the person to log in, or to confirm the identity.
type held struct {
	Path string
	Form url.Values
}

// release is the reverse of hold. What is no form for a path of this portal is nothing.
func release(packed string) (h held, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil || packed == "" || len(text) > maxHeld || json.Unmarshal(text, &h) != nil {
		return held{}, false
	}
	h.Path = local(h.Path)
	return h, h.Path != ""
}

// gate is the page of the login or of a confirmation: where it leads back, and the form that waits.
type gate struct {
	to, held string
	login    string
	mpass    bool
	wrong    []wrong
}

// gateOf reads where a login or confirmation leads to.
func (s *Surface) gateOf(to, packed, mpass string) gate {
	g := gate{to: local(to), held: packed, mpass: s.serves(mpass)}
	if _, ok := release(packed); !ok {
		g.held = ""
	}
	return g
}

func (g gate) query() string {
	if g.to == "" {
		return ""
	}
	return "?" + url.Values{"to": {g.to}}.Encode()
}

// login is the page of the login. Who has logged in already is led on.
func (s *Surface) login(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.who != nil {
		http.Redirect(w, r, s.landing(v.query.Get("to")), http.StatusSeeOther)
		return nil
	}
	return s.render(w, r, v, http.StatusOK, loginPage(v, s.gateOf(v.query.Get("to"), "", "/login/mpass")))
}

// landing is where a login leads: the page that was asked for, or the first one.
func (s *Surface) landing(to string) string {
	if to = local(to); to != "" && to != "/login" && !strings.HasPrefix(to, "/login?") {
		return to
	}
	return "/home"
}

// logIn begins a session of a local account.
func (s *Surface) logIn(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	g := s.gateOf(r.PostForm.Get("to"), r.PostForm.Get("held"), "/login/mpass")
	l := account.Local{Login: r.PostForm.Get("login"), Password: r.PostForm.Get("password"), Code: r.PostForm.Get("code")}
	token, err := s.cfg.Accounts.Login(r.Context(), l, clientOf(r))
	if err != nil {
		f := fault.From(err)
		if f.Code != fault.LoginRefused && f.Code != fault.LoginThrottled && f.Code != fault.LoginBlocked {
			return err
		}
		g.login, g.wrong = l.Login, v.wrongs(f, "login")
		return s.render(w, r, v, http.StatusUnprocessableEntity, loginPage(v, g))
	}
	if old := tokenOf(r); old != "" { // the browser's session before this one
		if err := s.cfg.Accounts.Logout(r.Context(), old); err != nil {
			return err
		}
	}
	startSession(w, token)
	return s.resume(w, r, v, token, g)
}

// resume leads on after a login or confirmation: to the form that waits, or to the page that was asked for.
func (s *Surface) resume(w http.ResponseWriter, r *http.Request, v *view, token string, g gate) error {
	if h, ok := release(g.held); ok {
		return s.render(w, r, v, http.StatusOK, resumePage(v, h))
	}
	to := s.landing(g.to)
	who, err := s.cfg.Accounts.Who(r.Context(), token, clientOf(r))
	if err != nil {
		return err
	}
	if who != nil && who.Context == (people.Context{}) {
		choices, err := s.cfg.Accounts.Contexts(r.Context(), who)
		if err != nil {
			return err
		}
		if len(choices) > 1 {
			to = "/context?" + url.Values{"to": {to}}.Encode()
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// logOut ends the session.
func (s *Surface) logOut(w http.ResponseWriter, r *http.Request, v *view) error {
	if s.cfg.MPass != nil {
		return s.mpassLeave(w, r, v)
	}
	if err := s.cfg.Accounts.Logout(r.Context(), tokenOf(r)); err != nil {
		return err
	}
	dropSession(w)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// place is a context on the page of contexts.
type place struct {
	account.Choice
	value   string // of the form
	title   mconnect.Text
	current bool
}

// contextValue is how a form names a context.
func contextValue(c people.Context) string {
	switch {
	case c.Staff:
		return "@platform"
	case c.Participant == "":
		return "@self"
	}
	return string(c.Participant)
}

func contextOf(value string) people.Context {
	switch value {
	case "@platform":
		return people.Context{Staff: true}
	case "@self":
		return people.Context{}
	}
	return people.Context{Participant: mconnect.ParticipantID(value)}
}

func (s *Surface) places(r *http.Request, v *view) ([]place, error) {
	choices, err := s.cfg.Accounts.Contexts(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	all := make([]place, 0, len(choices))
	for _, c := range choices {
		p := place{Choice: c, value: contextValue(c.Context), title: c.Name,
			current: c.Context == v.who.Context && !c.First}
		switch {
		case c.Context.Staff:
			p.title = text.ThePlatform
		case c.Name == (mconnect.Text{}):
			p.title = text.Plain(string(c.Context.Participant))
		}
		all = append(all, p)
	}
	return all, nil
}

// context is the choice for whom to act.
func (s *Surface) context(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	all, err := s.places(r, v)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, contextPage(v, all, local(v.query.Get("to"))))
}

// enter changes for whom the session acts.
func (s *Surface) enter(w http.ResponseWriter, r *http.Request, v *view) error {
	chosen := r.PostForm.Get("context")
	all, err := s.places(r, v)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.First && p.value == chosen {
			return s.render(w, r, v, http.StatusOK, firstPage(v, p))
		}
	}
	token, err := s.cfg.Accounts.Enter(r.Context(), tokenOf(r), contextOf(chosen), clientOf(r))
	if err != nil {
		return err
	}
	startSession(w, token)
	http.Redirect(w, r, s.landing(r.PostForm.Get("to")), http.StatusSeeOther)
	return nil
}

// first makes the person the first manager of an institution.
func (s *Surface) first(w http.ResponseWriter, r *http.Request, v *view) error {
	if s.cfg.Team == nil {
		return fault.New(fault.PathUnknown)
	}
	token, err := s.cfg.Team.BecomeFirst(r.Context(), tokenOf(r), mconnect.ParticipantID(r.PostForm.Get("context")),
		clientOf(r))
	if err != nil {
		return err
	}
	startSession(w, token)
	http.Redirect(w, r, "/home", http.StatusSeeOther)
	return nil
}

// dashboard is the first page of a person who has logged in: what waits, and first steps where nothing does.
func (s *Surface) dashboard(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	d := board{}
	if s.cfg.Tasks != nil {
		var err error
		if d.tasks, err = s.cfg.Tasks.For(r.Context(), v.who); err != nil {
			return err
		}
	}
	choices, err := s.cfg.Accounts.Contexts(r.Context(), v.who)
	if err != nil {
		return err
	}
	if v.who.Context == (people.Context{}) && len(choices) > 1 {
		d.steps = append(d.steps, step{text.ToAct, text.ToActNote, "/context"})
	}
	if v.who.Could(people.TeamView) && v.who.Context.Participant != "" && s.serves("/team") {
		d.steps = append(d.steps, step{text.ToTeam, text.ToTeamNote, "/team"})
	}
	d.steps = append(d.steps, step{text.ToCatalogue, text.ToCatalogueNote, "/catalog"})
	if s.cfg.Profile != nil {
		second, err := s.cfg.Profile.Second(r.Context(), v.who)
		if err != nil {
			return err
		}
		if !second.TOTP {
			d.steps = append(d.steps, step{text.ToProfile, text.ToProfileNote, "/profile"})
		}
	}
	return s.render(w, r, v, http.StatusOK, dashboardPage(v, d))
}

// askConfirmation is the page that asks for the identity again, with the form that waits for it.
func (s *Surface) askConfirmation(w http.ResponseWriter, r *http.Request, v *view) error {
	g := s.gateOf(r.URL.RequestURI(), "", "/login/mpass/confirm")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		g = s.gateOf(back(r), hold(r.URL.RequestURI(), r.PostForm), "/login/mpass/confirm")
	}
	return s.render(w, r, v, http.StatusForbidden, confirmPage(v, g))
}

// confirm is the same page by its own address.
func (s *Surface) confirm(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, confirmPage(v, s.gateOf(v.query.Get("to"), "", "/login/mpass/confirm")))
}

// confirmed judges the confirmation.
func (s *Surface) confirmed(w http.ResponseWriter, r *http.Request, v *view) error {
	g := s.gateOf(r.PostForm.Get("to"), r.PostForm.Get("held"), "/login/mpass/confirm")
	token, err := s.cfg.Accounts.Confirm(r.Context(), tokenOf(r), account.Local{Code: r.PostForm.Get("code"),
		Password: r.PostForm.Get("password")}, clientOf(r))
	if err != nil {
		f := fault.From(err)
		if f.Code != fault.LoginRefused && f.Code != fault.LoginThrottled {
			return err
		}
		g.wrong = v.wrongs(f, "code")
		return s.render(w, r, v, http.StatusUnprocessableEntity, confirmPage(v, g))
	}
	startSession(w, token)
	return s.resume(w, r, v, token, g)
}
