package mpass_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/neighbour/mpass"
)

var frames = regexp.MustCompile(`<iframe src="([^"]*)"`)

// ended is the page on which MPass waits for the services: the addresses of its frames, and where it goes on.
func ended(t testing.TB, page string) (all []string, end string) {
	t.Helper()
	for _, m := range frames.FindAllStringSubmatch(page, -1) {
		all = append(all, issuer+strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	m := regexp.MustCompile(`<a href="(/logout/end[^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no end in %s", page)
	}
	return all, issuer + m[1]
}

// state is what the waiting page learns.
func (w *world) state(t testing.TB, end string) string {
	t.Helper()
	_, s := w.send(t, "GET", strings.Replace(end, "/end", "/state", 1), nil)
	return s
}

// asked opens a frame and returns the LogoutRequest that it brings to the service.
func (w *world) asked(t testing.TB, frame string) (to string, fields url.Values) {
	t.Helper()
	status, page := w.send(t, "GET", frame, nil)
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, page)
	}
	return form(t, page)
}

// TestLogout_BegunByAnotherService: MPass asks in a frame, without cookies; the portal finds the session by NameID and
// SessionIndex, answers signed, and the other service learns that everything has ended.
func TestLogout_BegunByAnotherService(t *testing.T) {
	w := newWorld(t)
	other := w.other(t)
	here, err := w.login(t, "head", romanian)
	if err != nil {
		t.Fatal(err)
	}
	there, err := other.Finish(t.Context(), w.visit(t, other, "", romanian))
	if err != nil {
		t.Fatal(err)
	}
	post, err := other.BeginLogout(t.Context(), there.NameID, there.SessionIndex, mconnect.English)
	if err != nil {
		t.Fatal(err)
	}
	_, page := w.post(t, post)
	all, end := ended(t, page)
	if len(all) != 1 || w.state(t, end) != "waiting" {
		t.Fatalf("%v %s", all, w.state(t, end))
	}
	to, fields := w.asked(t, all[0])
	if to != portal+"/mpass-slo" {
		t.Error(to)
	}
	e, err := w.Logout(fields.Get("SAMLRequest"), fields.Get("RelayState"))
	if err != nil {
		t.Fatal(err)
	}
	if e.NameID != here.NameID || len(e.SessionIndexes) != 1 || e.SessionIndexes[0] != here.SessionIndex {
		t.Errorf("%+v", e)
	}
	answer, err := w.Answer(e, true)
	if err != nil || answer.RelayState != fields.Get("RelayState") || answer.URL != w.emu.LogoutURL() {
		t.Fatalf("%v %+v", err, answer)
	}
	if status, page := w.post(t, answer); status != http.StatusOK {
		t.Fatal(page)
	}
	if w.state(t, end) != "ended" {
		t.Error("MPass still waits")
	}
	_, page = w.send(t, "GET", end, nil)
	to, fields = form(t, page)
	complete, err := other.FinishLogout(t.Context(), fields.Get("SAMLResponse"), fields.Get("RelayState"))
	if err != nil || !complete || to != "https://other.test/out" {
		t.Errorf("%v %v %s", complete, err, to)
	}
}

// TestLogout_BegunHereOrOnMPassItself ends sessions elsewhere; a service that does not answer in time makes it partial.
func TestLogout_BegunHereIsPartialWhereAServiceIsSilent(t *testing.T) {
	w := newWorld(t)
	other := w.other(t)
	here, err := w.login(t, "head", romanian)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Finish(t.Context(), w.visit(t, other, "", romanian)); err != nil {
		t.Fatal(err)
	}
	post, err := w.BeginLogout(t.Context(), here.NameID, here.SessionIndex, mconnect.Russian)
	if err != nil {
		t.Fatal(err)
	}
	_, page := w.post(t, post)
	_, end := ended(t, page)
	w.emu.Advance(11 * time.Second)
	if w.state(t, end) != "ended" {
		t.Error("MPass waits without end")
	}
	w.emu.Advance(-11 * time.Second)
	_, page = w.send(t, "GET", end, nil)
	_, fields := form(t, page)
	complete, err := w.FinishLogout(t.Context(), fields.Get("SAMLResponse"), fields.Get("RelayState"))
	if err != nil || complete {
		t.Errorf("%v %v", complete, err)
	}
	if _, err := w.FinishLogout(t.Context(), fields.Get("SAMLResponse"), fields.Get("RelayState")); codeOf(err) != fault.LoginUnsolicited {
		t.Error("twice: ", err)
	}
	if _, page := w.post(t, begun(t, w)); !strings.Contains(page, "/login/choose") {
		t.Error("the session of MPass lives on")
	}
}

func begun(t *testing.T, w *world) mpass.Post {
	t.Helper()
	post, _, err := w.Begin(t.Context(), romanian)
	if err != nil {
		t.Fatal(err)
	}
	return post
}

// TestLogout_PartialIsSaidToMPass: where not all sessions could be ended, MPass passes that on.
func TestLogout_PartialIsSaidToMPass(t *testing.T) {
	w := newWorld(t)
	if _, err := w.login(t, "head", romanian); err != nil {
		t.Fatal(err)
	}
	_, page := w.send(t, "POST", issuer+"/logout", nil)
	all, _ := ended(t, page)
	_, fields := w.asked(t, all[0])
	e, err := w.Logout(fields.Get("SAMLRequest"), fields.Get("RelayState"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.Answer(e, false)
	if err != nil {
		t.Fatal(err)
	}
	if status, page := w.post(t, answer); status != http.StatusOK {
		t.Fatal(page)
	}
	received := w.emu.Received()
	last := received[len(received)-1]
	if !strings.Contains(last.XML, "status:PartialLogout") || !strings.Contains(last.XML, `InResponseTo="`+e.ID) {
		t.Error(last.XML)
	}
}

// TestLogoutAttacks_EndNothing: forged requests to end a session are refused.
func TestLogoutAttacks_EndNothing(t *testing.T) {
	for attack, want := range map[string]fault.Code{
		"unsigned": fault.LoginSignature, "foreign key": fault.LoginKey, "sha-1 signature": fault.LoginWeak,
		"other destination": fault.LoginDestination, "other issuer": fault.LoginIssuer, "expired": fault.LoginExpired,
		"no session": fault.LoginIncomplete, "no name": fault.LoginIncomplete,
	} {
		w := newWorld(t)
		if _, err := w.login(t, "head", romanian); err != nil {
			t.Fatal(err)
		}
		_, page := w.send(t, "POST", issuer+"/logout", nil)
		all, _ := ended(t, page)
		w.emu.Next(attack)
		_, fields := w.asked(t, all[0])
		if e, err := w.Logout(fields.Get("SAMLRequest"), "r"); e != nil || codeOf(err) != want {
			t.Errorf("%s: %v, want %s", attack, err, want)
		}
	}
}

// TestLogout_IsUsedOnce: a request that was overheard ends no later session, and a Response is no LogoutRequest.
func TestLogout_IsUsedOnce(t *testing.T) {
	w := newWorld(t)
	login := w.visit(t, w.Provider, "head", romanian)
	if _, err := w.Finish(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	_, page := w.send(t, "POST", issuer+"/logout", nil)
	all, _ := ended(t, page)
	_, fields := w.asked(t, all[0])
	if _, err := w.Logout(fields.Get("SAMLRequest"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Logout(fields.Get("SAMLRequest"), ""); codeOf(err) != fault.LoginReplayed {
		t.Error(err)
	}
	if _, err := w.Logout(login.Message, ""); codeOf(err) != fault.LoginMarkup {
		t.Error(err)
	}
	if _, err := w.Logout(fields.Get("SAMLRequest"), strings.Repeat("r", 2000)); codeOf(err) != fault.LoginMarkup {
		t.Error(err)
	}
}

// TestFinishLogout_RefusesForgedAnswers: nothing but MPass's own answer to this very request counts.
func TestFinishLogout_RefusesForgedAnswers(t *testing.T) {
	for attack, want := range map[string]fault.Code{
		"unsigned": fault.LoginSignature, "foreign key": fault.LoginKey, "other request": fault.LoginUnsolicited,
		"other destination": fault.LoginDestination,
	} {
		w := newWorld(t)
		l, err := w.login(t, "head", romanian)
		if err != nil {
			t.Fatal(err)
		}
		post, err := w.BeginLogout(t.Context(), l.NameID, l.SessionIndex, "")
		if err != nil {
			t.Fatal(err)
		}
		_, page := w.post(t, post)
		_, end := ended(t, page)
		w.emu.Next(attack)
		_, page = w.send(t, "GET", end, nil)
		_, fields := form(t, page)
		if _, err := w.FinishLogout(t.Context(), fields.Get("SAMLResponse"), fields.Get("RelayState")); codeOf(err) != want {
			t.Errorf("%s: %v, want %s", attack, err, want)
		}
	}
}
