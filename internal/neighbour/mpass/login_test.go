package mpass_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
)

// TestLogin_StatesWhoThePersonIs: each synthetic person comes back with the attributes that MPass states.
func TestLogin_StatesWhoThePersonIs(t *testing.T) {
	entities := map[string][]mpass.Entity{
		"head":    {{IDNO: "1999900000069", Name: "Primăria Exemplu"}},
		"decider": {{IDNO: "1999900000014", Name: "Agenția Servicii Publice EXEMPLU"}},
		// two spaces before the number, and digits in the name
		"diacritics":   {{IDNO: "1999900010015", Name: "Întreprinderea Individuală „Mândâcanu”"}},
		"digits":       {{IDNO: "1999900010026", Name: "Grădinița nr. 12 2004"}},
		"two-entities": {{IDNO: "1999900000069", Name: "Primăria Exemplu"}, {IDNO: "1999900000070", Name: "Primăria comunei Model (exemplu)"}},
	}
	for _, p := range emulator.Persons() {
		w := newWorld(t)
		got, err := w.login(t, p.ID, romanian)
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		if got.SessionIndex == "" || !strings.HasPrefix(got.Cookie, "__Secure-mpass-") {
			t.Errorf("%s: %+v", p.ID, got)
		}
		want := &mpass.Login{IDNP: mconnect.IDNP(p.IDNP), FirstName: p.FirstName, LastName: p.LastName, Email: p.Email,
			Language: mconnect.Lang(p.Language), Resident: !p.NonResident, Entities: entities[p.ID], NameID: p.IDNP, At: noon,
			Start: romanian, SessionIndex: got.SessionIndex, Cookie: got.Cookie}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", p.ID, d)
		}
		if got.Name() != p.FirstName+" "+p.LastName {
			t.Error(got.Name())
		}
	}
}

// TestBegin_SendsWhatMPassExpects: the emulator, which holds requests to the guide, has received this.
func TestBegin_SendsWhatMPassExpects(t *testing.T) {
	w := newWorld(t)
	for _, s := range []mpass.Start{romanian, {Language: mconnect.Russian, StepUp: "p"}, {Language: mconnect.English, Passive: true}} {
		w.visit(t, w.Provider, "clerk", s)
		all := w.emu.Received()
		got := all[len(all)-1]
		if got.Kind != "AuthnRequest" || got.Service != portal || got.Language != string(s.Language) ||
			got.ForceAuthn != (s.StepUp != "") || got.IsPassive != s.Passive || len(got.RelayState) > 80 ||
			!strings.HasPrefix(got.ID, "_") {
			t.Errorf("%+v", got)
		}
		for _, want := range []string{`AssertionConsumerServiceURL="https://portal.test/mpass-login"`,
			`</saml:Issuer><ds:Signature `, `<samlp:NameIDPolicy AllowCreate="true">`, `IssueInstant="2026-11-27T12:00:00.000Z"`,
			`Destination="https://mpass.test/login/saml"`} {
			if !strings.Contains(got.XML, want) {
				t.Errorf("no %s in %s", want, got.XML)
			}
		}
		if strings.Contains(got.XML, "/home") || strings.Contains(got.RelayState, "home") {
			t.Error("the path of the page leaves the portal")
		}
	}
}

// TestLogin_IsSharedByServices: a second service logs in without a page, and step-up shows one all the same.
func TestLogin_IsSharedByServices(t *testing.T) {
	w := newWorld(t)
	first, err := w.login(t, "clerk", romanian)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(20 * time.Minute)
	other := w.other(t)
	second, err := other.Finish(t.Context(), w.visit(t, other, "nobody: there is no page", romanian))
	if err != nil || second.IDNP != first.IDNP || second.SessionIndex == first.SessionIndex || !second.At.Equal(noon) {
		t.Fatalf("%v %+v", err, second)
	}
	passive, err := w.login(t, "", mpass.Start{Passive: true})
	if err != nil || passive.SessionIndex != first.SessionIndex {
		t.Fatalf("%v %+v", err, passive)
	}
	confirmed, err := w.login(t, "clerk", mpass.Start{StepUp: "clerk", To: "/requests/1"})
	if err != nil || !confirmed.At.Equal(w.now) || confirmed.Start.StepUp != "clerk" {
		t.Fatalf("%v %+v", err, confirmed)
	}
}

// TestStepUp_IsRefusedWithoutANewConfirmation: an identity provider that ignores ForceAuthn does not confirm anything.
func TestStepUp_IsRefusedWithoutANewConfirmation(t *testing.T) {
	w := newWorld(t)
	if _, err := w.login(t, "clerk", romanian); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(5 * time.Minute)
	post, binding, err := w.Begin(t.Context(), mpass.Start{StepUp: "clerk"})
	if err != nil {
		t.Fatal(err)
	}
	_, page := w.post(t, post)
	w.now = w.now.Add(-5 * time.Minute) // it answers as if the person had been asked then
	page = w.choose(t, page, "clerk")
	w.now = w.now.Add(5 * time.Minute)
	_, fields := form(t, page)
	_, err = w.Finish(t.Context(), mpass.Answer{Message: fields.Get("SAMLResponse"), RelayState: fields.Get("RelayState"),
		Cookie: jar(binding)})
	if codeOf(err) != fault.LoginNotConfirmed {
		t.Error(err)
	}
}

// TestLogin_FailsAsMPassSays: cancelled, or passive without a session.
func TestLogin_FailsAsMPassSays(t *testing.T) {
	w := newWorld(t)
	if _, err := w.login(t, "cancel", romanian); codeOf(err) != fault.LoginStatus ||
		fault.From(err).Params["status"] != "AuthnFailed" {
		t.Error(err)
	}
	if _, err := w.login(t, "", mpass.Start{Passive: true}); codeOf(err) != fault.LoginPassive {
		t.Error(err)
	}
	if got, err := w.login(t, "clerk", romanian); err != nil || got.IDNP != "2999000100017" {
		t.Error("after a failure: ", err)
	}
}

// TestLogin_TwoTabsDoNotDisturbEachOther: each login has a cookie of its own.
func TestLogin_TwoTabsDoNotDisturbEachOther(t *testing.T) {
	w := newWorld(t)
	one, oneCookie, err := w.Begin(t.Context(), mpass.Start{To: "/one"})
	if err != nil {
		t.Fatal(err)
	}
	two, twoCookie, err := w.Begin(t.Context(), mpass.Start{To: "/two"})
	if err != nil {
		t.Fatal(err)
	}
	both := func(name string) string { return jar(oneCookie)(name) + jar(twoCookie)(name) }
	for _, c := range []struct {
		post mpass.Post
		to   string
	}{{two, "/two"}, {one, "/one"}} {
		_, page := w.post(t, c.post)
		if strings.Contains(page, "/login/choose") {
			page = w.choose(t, page, "clerk")
		}
		_, fields := form(t, page)
		l, err := w.Finish(t.Context(), mpass.Answer{Message: fields.Get("SAMLResponse"),
			RelayState: fields.Get("RelayState"), Cookie: both})
		if err != nil || l.Start.To != c.to {
			t.Errorf("%v %+v", err, l)
		}
	}
}

// TestPinned_TwoCertificatesWhileTheKeyChanges: both keys count, one that is not pinned does not, and neither does one
// whose certificate has expired.
func TestPinned_TwoCertificatesWhileTheKeyChanges(t *testing.T) {
	w := newWorld(t)
	w.emu.UseKey(1)
	if _, err := w.login(t, "clerk", romanian); err != nil {
		t.Error(err)
	}
	one := newWorld(t, func(c *mpass.Config) { c.Pinned = c.Pinned[:1] })
	if _, err := one.login(t, "clerk", romanian); err != nil {
		t.Error(err)
	}
	one.emu.UseKey(1)
	if _, err := one.login(t, "clerk", romanian); codeOf(err) != fault.LoginKey {
		t.Error(err)
	}
	late := newWorld(t)
	late.now = noon.AddDate(1, 0, 1)
	if _, err := late.login(t, "clerk", romanian); codeOf(err) != fault.LoginKey {
		t.Error(err)
	}
}

// TestEmulator_RefusesAServiceThatErrs: what the guide forbids does not pass, so that our own messages are held to it.
func TestEmulator_RefusesAServiceThatErrs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *mpass.Config)
		says   string
	}{
		"not registered": {func(c *mpass.Config) { c.EntityID = "https://unknown.test" }, "not registered"},
		"other key": {func(c *mpass.Config) { c.Key, c.Certificate = keys()[1].Key, keys()[1].Certificate },
			"signature.certificate"},
		"other address":     {func(c *mpass.Config) { c.ACS = "https://portal.test/other" }, "AssertionConsumerServiceURL"},
		"other destination": {func(c *mpass.Config) { c.LoginURL = issuer + "/login/saml?x" }, "destination"},
		"clock": {func(c *mpass.Config) { c.Clock = func() time.Time { return noon.Add(time.Hour) } },
			"IssueInstant"},
	} {
		w := newWorld(t, c.change)
		post, _, err := w.Begin(t.Context(), romanian)
		if err != nil {
			t.Fatal(name, err)
		}
		if status, page := w.post(t, post); status != http.StatusBadRequest || !strings.Contains(page, c.says) {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
}

// TestNew_NamesWhatIsMissing lists the mistakes of a configuration.
func TestNew_NamesWhatIsMissing(t *testing.T) {
	good := newWorld(t).cfg
	for name, change := range map[string]func(c *mpass.Config){
		"entity id": func(c *mpass.Config) { c.EntityID = "" }, "ACS": func(c *mpass.Config) { c.ACS = "" },
		"SLO": func(c *mpass.Config) { c.SLO = "" }, "logout": func(c *mpass.Config) { c.Logout = "" },
		"issuer": func(c *mpass.Config) { c.Issuer = "" }, "login URL": func(c *mpass.Config) { c.LoginURL = "" },
		"logout URL": func(c *mpass.Config) { c.LogoutURL = "" }, "pinned": func(c *mpass.Config) { c.Pinned = nil },
		"memory": func(c *mpass.Config) { c.Requests = nil }, "key": func(c *mpass.Config) { c.Key = nil },
		"one or two": func(c *mpass.Config) { c.Pinned = slices.Repeat(c.Pinned, 2) },
	} {
		cfg := good
		change(&cfg)
		if _, err := mpass.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
