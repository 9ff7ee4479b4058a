package portal

import (
	"context"
	"net/http"
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/civil"
	"mconnect/internal/domain/people"
)

// Team grants and ends roles; *account.Accounts is one. Faults: right.missing, right.stepUp, membership.unknown,
// membership.last, membership.held, membership.own, resource.invalid.
type Team interface {
	Team(ctx context.Context, p *people.Principal, participant mconnect.ParticipantID) ([]account.Member, error)
	Grant(ctx context.Context, p *people.Principal, g account.Grant) (people.Membership, error)
	Decide(ctx context.Context, p *people.Principal, id people.MembershipID, approve bool) error
	End(ctx context.Context, p *people.Principal, id people.MembershipID) error
	BecomeFirst(ctx context.Context, token string, id mconnect.ParticipantID, from account.Client) (string, error)
}

// SetUp makes local accounts by a setup code; *account.Accounts is one. Faults: code.refused, login.throttled,
// login.taken, resource.invalid.
type SetUp interface {
	BeginSetup(ctx context.Context, code string, from account.Client) (account.Setup, error)
	FinishSetup(ctx context.Context, code string, c account.Chosen, from account.Client) (token string,
		recovery []string, err error)
}

func (s *Surface) teamRoutes() {
	s.page("GET /team", s.team)
	s.page("GET /staff", s.team)
	s.page("POST /team", s.personal(s.grant))
	s.page("POST /staff", s.personal(s.grant))
	s.page("POST /team/end", s.personal(s.endRole))
	s.page("POST /team/decide", s.personal(s.decideRole))
}

// roster is what the page of a team shows. What was entered into the form stays in it.
type roster struct {
	staff         bool
	members       []account.Member
	roles         []people.Role
	may           bool // grant and end
	name, idnp    string
	role          people.Role
	until         string
	wrong         []wrong
	participantOf mconnect.ParticipantID
}

// path is the page's own.
func (t roster) path() string {
	if t.staff {
		return "/staff"
	}
	return "/team"
}

func (s *Surface) team(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	return s.showTeam(w, r, v, http.StatusOK, roster{})
}

// showTeam shows the team of the person's context: an institution's, or the staff's at /staff.
func (s *Surface) showTeam(w http.ResponseWriter, r *http.Request, v *view, status int, t roster) error {
	t.staff = r.URL.Path == "/staff"
	t.roles = people.ParticipantRoles()
	action := people.TeamGrant
	if t.staff {
		t.roles, action = people.StaffRoles(), people.StaffGrant
	} else if t.participantOf = v.who.Context.Participant; t.participantOf == "" {
		return v.who.May(people.TeamView, people.Object{Owner: "-"}, v.now) // it says who can
	}
	var err error
	if t.members, err = s.cfg.Team.Team(r.Context(), v.who, t.participantOf); err != nil {
		return err
	}
	t.may = v.who.Could(action)
	return s.render(w, r, v, status, teamPage(v, t))
}

// grant gives a role by the form below the list.
func (s *Surface) grant(w http.ResponseWriter, r *http.Request, v *view) error {
	t := roster{name: r.PostForm.Get("name"), idnp: r.PostForm.Get("idnp"), role: people.Role(r.PostForm.Get("role")),
		until: r.PostForm.Get("until")}
	g := account.Grant{IDNP: mconnect.IDNP(t.idnp), Name: t.name, Role: t.role,
		Participant: v.who.Context.Participant}
	if r.URL.Path == "/staff" {
		g.Participant = people.Platform
	} else if g.Participant == "" {
		return v.who.May(people.TeamGrant, people.Object{Owner: "-"}, v.now)
	}
	if t.until != "" {
		day, err := time.ParseInLocation(time.DateOnly, t.until, civil.Zone())
		if err != nil {
			day = v.now // refused as over
		} else {
			day = day.AddDate(0, 0, 1)
		}
		g.Until = day
	}
	_, err := s.cfg.Team.Grant(r.Context(), v.who, g)
	if f := fault.From(err); err != nil && slices.Contains([]fault.Code{fault.ResourceInvalid, fault.MembershipHeld},
		f.Code) {
		t.wrong = v.wrongs(f, "role")
		return s.showTeam(w, r, v, http.StatusUnprocessableEntity, t)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}

func (s *Surface) endRole(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.cfg.Team.End(r.Context(), v.who, people.MembershipID(r.PostForm.Get("membership"))); err != nil {
		return err
	}
	s.backToTeam(w, r, v)
	return nil
}

func (s *Surface) decideRole(w http.ResponseWriter, r *http.Request, v *view) error {
	approve := r.PostForm.Get("verdict") == "approve"
	id := people.MembershipID(r.PostForm.Get("membership"))
	if err := s.cfg.Team.Decide(r.Context(), v.who, id, approve); err != nil {
		return err
	}
	s.backToTeam(w, r, v)
	return nil
}

func (s *Surface) backToTeam(w http.ResponseWriter, r *http.Request, v *view) {
	to := "/team"
	if v.who.Context.Staff {
		to = "/staff"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// settingUp is a local account that is being set up.
type settingUp struct {
	code  string
	setup *account.Setup // nil: the code is asked for
	account.Chosen
	wrong []wrong
}

func (s *Surface) setupRoutes() {
	s.page("GET /local", func(w http.ResponseWriter, r *http.Request, v *view) error {
		return s.render(w, r, v, http.StatusOK, localPage(v, settingUp{}))
	})
	s.page("POST /local", s.beginSetup)
	s.page("POST /local/account", s.finishSetup)
}

func (s *Surface) beginSetup(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	u := settingUp{code: r.PostForm.Get("setup")}
	setup, err := s.cfg.Setup.BeginSetup(r.Context(), u.code, clientOf(r))
	if f := fault.From(err); err != nil && (f.Code == fault.CodeRefused || f.Code == fault.LoginThrottled) {
		u.wrong = v.wrongs(f, "setup")
		return s.render(w, r, v, http.StatusUnprocessableEntity, localPage(v, u))
	}
	if err != nil {
		return err
	}
	u.setup, u.Name, u.Login, u.Secret = &setup, setup.Name, setup.Login, setup.Authenticator.Secret
	return s.render(w, r, v, http.StatusOK, localPage(v, u))
}

func (s *Surface) finishSetup(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	form := r.PostForm
	u := settingUp{code: form.Get("setup"), Chosen: account.Chosen{Name: form.Get("name"), Login: form.Get("login"),
		Password: form.Get("password"), Secret: form.Get("secret"), Code: form.Get("code")}}
	token, recovery, err := s.cfg.Setup.FinishSetup(r.Context(), u.code, u.Chosen, clientOf(r))
	f := fault.From(err)
	switch {
	case err == nil:
		startSession(w, token)
		return s.render(w, r, v, http.StatusOK, recoveryPage(v, recovery, "/home"))
	case f.Code == fault.ResourceInvalid, f.Code == fault.LoginTaken:
		u.wrong = v.wrongs(f, "login")
		u.setup = &account.Setup{New: form.Get("fresh") == "1"}
		if again, err := account.Authenticate(u.Login, u.Secret); err == nil {
			u.setup.Authenticator = again
		}
	case f.Code == fault.CodeRefused, f.Code == fault.LoginThrottled:
		u.wrong = v.wrongs(f, "setup")
	default:
		return err
	}
	return s.render(w, r, v, http.StatusUnprocessableEntity, localPage(v, u))
}
