package portal

import (
	"net/http"
	"net/url"

	"mconnect"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// link is one entry of the side menu: a page, and the action that it is for.
type link struct {
	path, icon string
	name       mconnect.Text
	action     people.Action
	group      int // entries of one group stand together
}

// links is the whole menu in its order. An entry appears when its page is served and a role of the person's context
// grants its action.
var links = []link{
	{"/home", "house", text.MenuHome, people.ProfileEdit, 0},
	{"/operator", "layout-dashboard", text.MenuOperator, people.PlatformView, 0},
	{"/requests", "file-text", text.MenuRequests, people.RequestView, 0},
	{"/agreements", "handshake", text.MenuAgreements, people.AgreementView, 0},
	{"/access", "search", text.MenuAccess, people.Action("access.use"), 0},
	{"/provider/use", "chart-no-axes-column", text.MenuUse, people.UsageView, 0},
	{"/operator/participants", "building-2", text.MenuParticipants, people.ParticipantEdit, 0},
	{"/systems", "server", text.MenuSystems, people.SystemView, 1},
	{"/calls", "activity", text.MenuCalls, people.RefusalView, 1},
	{"/sandbox", "flask-conical", text.MenuSandbox, people.SandboxUse, 1},
	{"/audit", "book-open-check", text.MenuJournal, people.JournalRead, 1},
	{"/acts", "landmark", text.MenuActs, people.ActEdit, 1},
	{"/operator/forms", "list-checks", text.MenuForms, people.FormEdit, 1},
	{"/team", "users", text.MenuTeam, people.TeamView, 2},
	{"/staff", "users", text.MenuStaff, people.StaffView, 2},
}

// maxLinks is how many entries a menu has at most.
const maxLinks = 9

// serves reports whether a page is registered for a path.
func (s *Surface) serves(path string) bool {
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return pattern != "" && pattern != "/"
}

// served keeps of the menu what this portal serves. It runs once, after all routes are registered.
func (s *Surface) served() {
	for _, l := range links {
		if s.serves(l.path) {
			s.links = append(s.links, l)
		}
	}
}

// menu is the side menu of the person's context.
func (v *view) menu() [][]link {
	var groups [3][]link
	count := 0
	for _, l := range v.links {
		if v.who != nil && count < maxLinks && v.who.Could(l.action) {
			groups[l.group] = append(groups[l.group], l)
			count++
		}
	}
	var all [][]link
	for _, g := range groups {
		if len(g) > 0 {
			all = append(all, g)
		}
	}
	return all
}

// place names the context in which the person acts.
func (v *view) place() mconnect.Text { return v.placeOf(v.who.Context) }

func (v *view) placeOf(c people.Context) mconnect.Text {
	switch {
	case c.Staff:
		return text.ThePlatform
	case c.Participant != "":
		return v.participant(c.Participant)
	}
	return text.InOwnName
}

// participant is the name of a participant, or its identifier where there is none.
func (v *view) participant(id mconnect.ParticipantID) mconnect.Text { return v.cfg.nameOf(id) }

// roles lists the roles of the context in words; those that everybody has only where there is no other.
func (v *view) roles() string { return v.roleNames(v.who.Roles) }

func (v *view) roleNames(roles []people.Role) string {
	said := ""
	for _, r := range roles {
		if r == people.Citizen && len(roles) > 1 {
			continue
		}
		if said != "" {
			said += ", "
		}
		said += v.say(r.Title())
	}
	return said
}

// initials are the first letters of a name.
func initials(name string) string {
	said, first := "", true
	count := 0
	for _, r := range name {
		if first && r != ' ' && count < 2 {
			said += string(r)
			count++
		}
		first = r == ' ' || r == '-'
	}
	return said
}
