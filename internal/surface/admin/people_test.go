package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
	"mconnect/test/must"
)

// fakePeople decides by the table of rights, as accounts do, and keeps nothing.
type fakePeople struct {
	grant account.Grant
	by    []string
}

var born = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func (f *fakePeople) may(p *people.Principal, a people.Action) error {
	f.by = append(f.by, p.Actor())
	return p.May(a, people.Object{}, born)
}

func (f *fakePeople) People(_ context.Context, p *people.Principal, _ people.PersonID, limit int) ([]people.Person, error) {
	return []people.Person{{ID: "p1", Name: "Elena", CreatedAt: born}}[:min(limit, 1)], f.may(p, people.StaffView)
}

func (f *fakePeople) Person(_ context.Context, p *people.Principal, id people.PersonID) (people.Person,
	[]people.Membership, []account.Shown, error) {
	return people.Person{ID: id}, []people.Membership{{ID: "m1", Role: people.Editor, Until: born}},
		[]account.Shown{{ID: "s1", Address: "192.0.2.1"}}, f.may(p, people.StaffView)
}

func (f *fakePeople) Block(_ context.Context, p *people.Principal, _ people.PersonID, _ bool) error {
	return f.may(p, people.PersonEdit)
}

func (f *fakePeople) Invite(_ context.Context, p *people.Principal, _ people.PersonID) (string, time.Time, error) {
	return "abcde-fghij", born, f.may(p, people.StaffGrant)
}

func (f *fakePeople) Team(_ context.Context, p *people.Principal, _ mconnect.ParticipantID) ([]account.Member, error) {
	return []account.Member{{Name: "Elena", State: "proposed"}}, f.may(p, people.TeamView)
}

func (f *fakePeople) Grant(_ context.Context, p *people.Principal, g account.Grant) (people.Membership, error) {
	f.grant = g
	return people.Membership{ID: "m2", Role: g.Role}, f.may(p, people.TeamGrant)
}

func (f *fakePeople) Decide(_ context.Context, p *people.Principal, _ people.MembershipID, _ bool) error {
	return f.may(p, people.StaffGrant)
}

func (f *fakePeople) End(_ context.Context, p *people.Principal, _ people.MembershipID) error {
	return f.may(p, people.TeamGrant)
}

// TestPeople_AskTheTableOfRights: an administrator has the roles of people that correspond to its own.
func TestPeople_AskTheTableOfRights(t *testing.T) {
	o, fake := newTestAPI(t), &fakePeople{}
	cfg := o.config()
	cfg.People = fake
	o.server = httptest.NewServer(must.Get(New(cfg))(t).Handler())
	t.Cleanup(o.server.Close)
	for _, call := range [][3]string{
		{"GET", "/v1/people", ""}, {"GET", "/v1/people/p1", ""}, {"GET", "/v1/memberships?participant=asp", ""},
		{"POST", "/v1/people/setup", "{}"}, {"POST", "/v1/people/p1/block", `{"blocked":true}`},
		{"POST", "/v1/memberships", `{"person":"p1","participant":"asp","role":"dpo"}`},
		{"POST", "/v1/memberships/m1/approve", ""}, {"POST", "/v1/memberships/m1/decline", ""},
		{"POST", "/v1/memberships/m1/end", ""},
	} {
		if r := o.ask("operator-token", call[0], call[1], call[2]); r.status > 204 {
			t.Errorf("%s %s: %d %s", call[0], call[1], r.status, r.body)
		}
		r := o.ask("auditor-token", call[0], call[1], call[2])
		if reads := call[0] == "GET"; (r.status == http.StatusOK) != reads {
			t.Errorf("%s %s by the auditor: %d", call[0], call[1], r.status)
		}
		o.want(o.ask("reader-token", call[0], call[1], call[2]), http.StatusForbidden, fault.RoleMissing)
	}
	if fake.grant.Person != "p1" || fake.grant.Role != people.DPO || fake.grant.Participant != "asp" || fake.by[0] != "ops.duty" {
		t.Errorf("%+v by %v", fake.grant, fake.by)
	}
	var shown struct{ Memberships []Membership }
	must.OK(t, json.Unmarshal([]byte(o.ask("operator-token", "GET", "/v1/people/p1", "").body), &shown))
	if len(shown.Memberships) != 1 || shown.Memberships[0].Until == nil {
		t.Errorf("%+v", shown)
	}
}

// TestPrincipal_NoRoleOfReadersAndDPOs: their administrators change and see no persons.
func TestPrincipal_NoRoleOfReadersAndDPOs(t *testing.T) {
	for _, role := range []Role{Reader, DPO} {
		p := (Administrator{Name: "x", Roles: []Role{role}}).principal()
		for _, a := range people.Actions() {
			if p.May(a, people.Object{}, born) == nil {
				t.Errorf("%s may %s", role, a)
			}
		}
	}
}
