package account_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestSession_EndsWhenIdleAndAbsolutely: 15 minutes for the staff and clerks, 30 for others, and ten hours for all.
func TestSession_EndsWhenIdleAndAbsolutely(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		w := newWorld(t)
		w.plant("staff", secret, people.Platform, people.Checker)
		w.plant("clerk", secret, hall, people.Clerk)
		w.plant("editor", secret, hall, people.Editor)
		for login, idle := range map[string]time.Duration{"staff": account.IdleStrict, "clerk": account.IdleStrict,
			"editor": account.IdleOther} {
			w.at = w.at.Add(time.Minute)
			begun := w.at
			token := w.login(login)
			for w.at.Add(idle - time.Minute).Before(begun.Add(account.Absolute)) {
				w.at = w.at.Add(idle - time.Minute)
				if w.who(token) == nil {
					t.Fatalf("%s: ended after %s although it is used", login, w.at.Sub(begun))
				}
			}
			w.at = begun.Add(account.Absolute)
			if w.who(token) != nil {
				t.Errorf("%s: holds after %s", login, account.Absolute)
			}
			token = w.login(login)
			w.at = w.at.Add(idle - time.Second)
			if w.who(token) == nil {
				t.Errorf("%s: ended before %s", login, idle)
			}
			w.at = w.at.Add(idle)
			if w.who(token) != nil {
				t.Errorf("%s: holds after %s without use", login, idle)
			}
		}
	})
}

// TestSession_TokenIsReplaced on each change of what a session may do, and the old one does not count any more.
func TestSession_TokenIsReplaced(t *testing.T) {
	w := newWorld(t)
	w.plant("elena", secret, hall, people.Editor)
	token := w.login("elena")
	alone := must.Get(w.Enter(t.Context(), token, people.Context{}, here))(t)
	if alone == token || w.who(token) != nil || w.who(alone) == nil {
		t.Error("the token is the same after a change of the context")
	}
	must.OK(t, w.Logout(t.Context(), token)) // ends nothing
	w.at = w.at.Add(time.Minute)
	confirmed := must.Get(w.Confirm(t.Context(), alone, account.Local{Code: w.code()}, here))(t)
	if confirmed == alone || w.who(alone) != nil || !w.who(confirmed).StepUp.Equal(w.at) {
		t.Error("the token is the same after a confirmation")
	}
	_, err := w.Confirm(t.Context(), alone, account.Local{Code: w.code()}, here)
	w.fails(err, fault.LoginRequired, "an old token")
	must.OK(t, w.Logout(t.Context(), confirmed))
	if w.who(confirmed) != nil {
		t.Error("holds after logging out")
	}
}

// TestSession_TakesNoTokenThatItDidNotMake: a token that somebody else put into the browser begins no session.
func TestSession_TakesNoTokenThatItDidNotMake(t *testing.T) {
	w := newWorld(t)
	w.plant("elena", secret, hall, people.Editor)
	foreign := strings.Repeat("A", 43)
	token := w.login("elena")
	if token == foreign || w.who(foreign) != nil || w.who("") != nil || w.who(token+"A") != nil {
		t.Error("a foreign token has a session")
	}
}

func TestSessions_AreListedAndEndedByTheirPersonOnly(t *testing.T) {
	w := newWorld(t)
	w.plant("elena", secret, hall, people.Editor)
	w.plant("ion", secret, hall, people.Editor)
	first := w.login("elena")
	w.at = w.at.Add(time.Minute)
	second, other := w.login("elena"), w.login("ion")
	elena, ion := w.who(second), w.who(other)
	shown := must.Get(w.Sessions(t.Context(), elena))(t)
	if len(shown) != 2 || !shown[0].Own || shown[1].Own || shown[0].Address != here.Address {
		t.Fatalf("sessions %+v", shown)
	}
	w.fails(w.EndSession(t.Context(), ion, shown[1].ID), fault.SessionUnknown, "the session of another person")
	w.fails(w.EndSession(t.Context(), elena, ""), fault.SessionUnknown, "no session")
	if w.who(first) == nil {
		t.Error("another person ended a session")
	}
	must.OK(t, w.EndSession(t.Context(), elena, shown[1].ID))
	if w.who(first) != nil || w.who(second) == nil {
		t.Error("not the session that was named is ended")
	}
}

// TestSession_FollowsTheRoles: what a session may do is decided by the roles of now.
func TestSession_FollowsTheRoles(t *testing.T) {
	w := newWorld(t)
	person := w.plant("elena", secret, hall, people.Editor)
	token := w.login("elena")
	if p := w.who(token); !p.Has(people.Editor) || p.Context.Participant != hall {
		t.Fatalf("%+v", p)
	}
	_, all, _, err := w.Person(t.Context(), admin, person)
	must.OK(t, err)
	must.OK(t, w.End(t.Context(), admin, all[0].ID))
	if p := w.who(token); p == nil || p.Has(people.Editor) || p.Context != (people.Context{}) {
		t.Errorf("the role has ended: %+v", p)
	}
	must.OK(t, w.Block(t.Context(), admin, person, true))
	if w.who(token) != nil {
		t.Error("the session of a blocked person holds")
	}
	_, err = w.Login(t.Context(), account.Local{Login: "elena", Password: password, Code: w.code()}, here)
	if !slices.Contains([]fault.Code{fault.LoginBlocked, fault.LoginRefused}, fault.From(err).Code) {
		t.Errorf("a blocked person logs in: %v", err)
	}
}

// TestWho_OfStaffWithAPasswordAlone may do for itself what everybody may, and nothing for the platform until there is a
// second factor.
func TestWho_OfStaffWithAPasswordAlone(t *testing.T) {
	w := newWorld(t)
	w.plant("weak", "", people.Platform, people.Admin)
	w.plant("strong", w.secret, people.Platform, people.Admin)
	w.plant("hall", "", "hall", people.Manager)
	for login, one := range map[string]bool{"weak": true, "strong": false, "hall": false} {
		p := w.who(w.login(login))
		if p.OneFactor != one {
			t.Errorf("%s: one factor %t", login, p.OneFactor)
		}
		err := p.May(people.PersonEdit, people.Object{}, w.at)
		if got := err != nil && fault.From(err).Code == fault.RightSecondFactor; got != one {
			t.Errorf("%s: %v", login, err)
		}
	}
}
