package portal_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mconnect"
	"mconnect/internal/account"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
	"mconnect/internal/store"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

const (
	demoPassword = "trei cuvinte alese"
	demoSecret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

type vault struct{ keys journal.Keys }

func (v vault) Seal(owner, name string, plain []byte) ([]byte, error) {
	return v.keys.SealBody(mconnect.CallID(owner), name, plain)
}

func (v vault) Open(owner, name string, sealed []byte) ([]byte, error) {
	return v.keys.OpenBody(mconnect.CallID(owner), name, sealed)
}

type halls struct{}

var hallNamed = registry.Participant{ID: "primaria-exemplu", IDNO: "1999900000014", Name: mconnect.Text{RO: "Primăria Exemplu"}}

func (halls) Participants() []registry.Participant { return []registry.Participant{hallNamed} }

func (halls) Participant(id mconnect.ParticipantID) (registry.Participant, bool) {
	return hallNamed, id == hallNamed.ID
}

// tab talks to the portal as a browser does: it keeps cookies and says where a form stood.
type tab struct {
	t        *testing.T
	h        http.Handler
	accounts *account.Accounts
	at       time.Time
	cookies  map[string]*http.Cookie
}

// visit opens the portal over real accounts.
func visit(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t, at: time.Date(2026, 11, 27, 12, 32, 0, 0, time.UTC), cookies: map[string]*http.Cookie{}}
	clock := func() time.Time { return b.at }
	keys := must.Get(journal.NewKeys())(t)
	db := must.Get(store.Open(t.Context(), store.Config{URL: "sqlite:" + t.TempDir() + "/store.db"}))(t)
	t.Cleanup(func() { _ = db.Close() })
	log := must.Get(db.OpenLog(t.Context(), "journal", journal.NewSealer(keys, "test.invalid/journal")))(t)
	j := must.Get(journal.New(journal.Config{Log: log, Keys: keys, Origin: "test.invalid/journal"}))(t)
	b.accounts = must.Get(account.New(account.Config{Store: db, Log: log, Journal: j, Vault: vault{keys},
		Participants: halls{}, Clock: clock}))(t)
	cfg := portal.Config{Guide: &catalogue{}, Agreements: book(t, 1), Revision: func() int64 { return 1 }, Clock: clock,
		Accounts: b.accounts, Profile: b.accounts, Team: b.accounts, Setup: b.accounts,
		Participant: func(id mconnect.ParticipantID) mconnect.Text {
			p, _ := halls{}.Participant(id)
			return p.Name
		}}
	b.h = must.Get(portal.New(cfg))(t).Handler()
	return b
}

func (b *tab) plant(login string, at mconnect.ParticipantID, roles ...people.Role) people.PersonID {
	b.t.Helper()
	by := &people.Principal{Program: "test", Roles: people.StaffRoles()}
	return must.Get(b.accounts.Plant(b.t.Context(), by, account.Seed{Name: "Elena Exemplu", Login: login,
		Password: demoPassword, Secret: demoSecret, Participant: at, Roles: roles}))(b.t)
}

func (b *tab) code() string { return must.Get(totp.GenerateCode(demoSecret, b.at))(b.t) }

func (b *tab) send(method, path string, form url.Values, header ...string) (*http.Response, string) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(context.WithoutCancel(b.t.Context()), method, "https://portal.test"+path,
		strings.NewReader(form.Encode()))
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", "https://portal.test/team")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return w.Result(), string(must.Get(io.ReadAll(w.Result().Body))(b.t))
}

func (b *tab) get(path string) (*http.Response, string) { return b.send("GET", path, nil) }

func (b *tab) post(path string, fields ...string) (*http.Response, string) {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send("POST", path, form)
}

func (b *tab) login(login string, more ...string) (*http.Response, string) {
	b.t.Helper()
	return b.post("/login", append([]string{"login", login, "password", demoPassword, "code", b.code()}, more...)...)
}

func (b *tab) token() string {
	if c := b.cookies["__Host-session"]; c != nil {
		return c.Value
	}
	return ""
}

// TestLogin_LeadsBackToThePage that asked for it, with a cookie that only this host gets over TLS.
func TestLogin_LeadsBackToThePage(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Manager)
	r, _ := b.get("/team?x=1")
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/login?to=%2Fteam%3Fx%3D1" {
		t.Fatalf("%d to %q", r.StatusCode, to)
	}
	r, _ = b.login("elena", "to", "/team?x=1")
	c := b.cookies["__Host-session"]
	if r.Header.Get("Location") != "/team?x=1" || c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
		c.Path != "/" || c.Domain != "" {
		t.Fatalf("to %q with %+v", r.Header.Get("Location"), c)
	}
	if r, body := b.get("/team?x=1"); r.StatusCode != 200 || !strings.Contains(body, "Elena Exemplu") {
		t.Errorf("%d", r.StatusCode)
	}
	if r, _ := b.post("/logout"); r.Header.Get("Location") != "/" || b.token() != "" {
		t.Error("not logged out")
	}
	b.cookies["__Host-session"] = c
	if r, _ := b.get("/home"); r.StatusCode != http.StatusSeeOther || b.token() != "" {
		t.Error("the token counts after logging out")
	}
}

// TestLogin_LeadsNowhereElse: what looks like an address of another site leads to the first page.
func TestLogin_LeadsNowhereElse(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Editor)
	for _, to := range []string{"https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "/%5Cevil.test",
		"\\\\evil.test", "/\n/evil.test", "http:evil.test", "//evil.test:443/a", "/\t/evil.test", "evil.test", "/login"} {
		b.at = b.at.Add(30 * time.Second)
		b.cookies = map[string]*http.Cookie{}
		r, _ := b.login("elena", "to", to)
		if got := r.Header.Get("Location"); got != "/home" && got != "/%5Cevil.test" {
			t.Errorf("%q leads to %q", to, got)
		}
		if r, body := b.send("GET", "/login?"+url.Values{"to": {to}}.Encode(), nil); strings.Contains(body, "evil.test\"") &&
			r.StatusCode == 200 {
			t.Errorf("%q stands on the page of the login", to)
		}
	}
}

// TestLogin_GivesANewToken: one that somebody put into the browser before is worth nothing after.
func TestLogin_GivesANewToken(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Editor)
	planted := strings.Repeat("A", 43)
	b.cookies["__Host-session"] = &http.Cookie{Name: "__Host-session", Value: planted}
	b.login("elena")
	first := b.token()
	if first == planted || first == "" {
		t.Fatalf("token %q", first)
	}
	b.at = b.at.Add(time.Minute)
	b.login("elena")
	if b.token() == first {
		t.Error("a second login keeps the token")
	}
	b.cookies["__Host-session"] = &http.Cookie{Name: "__Host-session", Value: first}
	if r, _ := b.get("/home"); r.StatusCode != http.StatusSeeOther {
		t.Error("the session before the second login holds")
	}
}

// TestLogin_RefusesInThePage, with what was entered but the password.
func TestLogin_RefusesInThePage(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Editor)
	for _, login := range []string{"elena", "nimeni"} {
		r, body := b.post("/login", "login", login, "password", "gresita foarte", "code", "123456", "to", "/team")
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "<title>Error: ") ||
			!strings.Contains(body, `class="summary"`) || !strings.Contains(body, `value="`+login+`"`) ||
			strings.Contains(body, "gresita") || !strings.Contains(body, `name="to" value="/team"`) {
			t.Errorf("%s: %d\n%s", login, r.StatusCode, body)
		}
	}
	for range 5 {
		b.post("/login", "login", "elena", "password", "gresita foarte")
	}
	if _, body := b.login("elena"); !strings.Contains(body, "Too many attempts") {
		t.Error("guessing is not slowed down")
	}
}

// TestForm_SurvivesTheEndOfTheSession: what was entered waits on the page of the login.
func TestForm_SurvivesTheEndOfTheSession(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Manager)
	r, body := b.post("/team", "name", "Radu <i>", "idnp", "2999000006393", "role", "dpo")
	held := regexp.MustCompile(`name="held" value="([^"]+)"`).FindStringSubmatch(body)
	if r.StatusCode != http.StatusUnauthorized || held == nil || !strings.Contains(body, "is kept on this page") {
		t.Fatalf("%d\n%s", r.StatusCode, body)
	}
	r, body = b.login("elena", "held", held[1], "to", "/team")
	if r.StatusCode != 200 || !strings.Contains(body, `action="/team"`) || !strings.Contains(body, `value="Radu &lt;i&gt;"`) {
		t.Fatalf("%d\n%s", r.StatusCode, body)
	}
	if r, _ := b.post("/team", "name", "Radu <i>", "idnp", "2999000006393", "role", "dpo"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", r.StatusCode)
	}
	b.at = b.at.Add(time.Minute)
	b.cookies = map[string]*http.Cookie{}
	for _, forged := range []string{"x", "eyJQYXRoIjoiaHR0cHM6Ly9ldmlsLnRlc3QvIiwiRm9ybSI6e319"} {
		if _, body := b.login("elena", "held", forged); strings.Contains(body, "evil.test") {
			t.Error("a form for another site is sent on")
		}
		b.at = b.at.Add(time.Minute)
	}
}

// TestStepUp_ReturnsToTheAction, with a new token and the form as it was.
func TestStepUp_ReturnsToTheAction(t *testing.T) {
	b := visit(t)
	b.plant("prim", people.Platform, people.Admin)
	b.login("prim")
	b.at = b.at.Add(people.StepUpFor + time.Minute)
	r, body := b.post("/staff", "name", "Radu", "idnp", "2999000006393", "role", "lawyer")
	held := regexp.MustCompile(`name="held" value="([^"]+)"`).FindStringSubmatch(body)
	if r.StatusCode != http.StatusForbidden || held == nil {
		t.Fatalf("%d\n%s", r.StatusCode, body)
	}
	before := b.token()
	if r, body := b.post("/confirm", "held", held[1], "code", "000000"); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(body, held[1]) {
		t.Errorf("a wrong code: %d", r.StatusCode)
	}
	r, body = b.post("/confirm", "held", held[1], "code", b.code())
	if r.StatusCode != 200 || b.token() == before || !strings.Contains(body, `action="/staff"`) {
		t.Fatalf("%d\n%s", r.StatusCode, body)
	}
	if r, _ := b.post("/staff", "name", "Radu", "idnp", "2999000006393", "role", "lawyer"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", r.StatusCode)
	}
	if _, body := b.get("/staff"); !strings.Contains(body, "Radu") || strings.Contains(body, "2999000006393") {
		t.Error("the page shows no new member, or the IDNP")
	}
}

// TestContext_IsChosenAmongTheOwn, and changes token and menu.
func TestContext_IsChosenAmongTheOwn(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Manager)
	b.login("elena")
	if _, body := b.get("/home"); !strings.Contains(body, `href="/team"`) || strings.Contains(body, `href="/staff"`) {
		t.Error("the menu is not that of a manager")
	}
	before := b.token()
	if r, _ := b.post("/context", "context", "@self"); r.StatusCode != http.StatusSeeOther || b.token() == before {
		t.Errorf("%d", r.StatusCode)
	}
	if _, body := b.get("/home"); strings.Contains(body, `href="/team"`) || !strings.Contains(body, "In your own name") {
		t.Error("the menu is that of the institution")
	}
	for _, other := range []string{"@platform", "asp-exemplu", ""} {
		if r, _ := b.post("/context", "context", other); other != "" && r.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %d", other, r.StatusCode)
		}
	}
	if r, _ := b.post("/context/first", "context", "primaria-exemplu"); r.StatusCode != http.StatusForbidden {
		t.Errorf("first manager without a statement: %d", r.StatusCode)
	}
}

// TestIDs_OfOthersDoNotExist: sessions and memberships of other persons and institutions.
func TestIDs_OfOthersDoNotExist(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Editor)
	other := b.plant("ion", people.Platform, people.Admin)
	by := &people.Principal{Program: "test", Roles: people.StaffRoles()}
	b.login("ion")
	_, memberships, sessions, err := b.accounts.Person(t.Context(), by, other)
	must.OK(t, err)
	b.cookies = map[string]*http.Cookie{}
	b.login("elena")
	for path, id := range map[string]string{"/profile/sessions/end": sessions[0].ID, "/team/end": string(memberships[0].ID),
		"/team/decide": string(memberships[0].ID)} {
		r, _ := b.post(path, "session", id, "membership", id, "verdict", "approve")
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	if r, _ := b.get("/staff"); r.StatusCode != http.StatusForbidden {
		t.Errorf("/staff: %d", r.StatusCode)
	}
	if r, _ := b.post("/team", "name", "X", "idnp", "2999000006393", "role", "manager"); r.StatusCode != http.StatusForbidden {
		t.Errorf("an editor grants: %d", r.StatusCode)
	}
	if _, body := b.get("/team"); strings.Contains(body, `action="/team"`) || !strings.Contains(body, `class="why"`) {
		t.Error("the page does not say who can grant")
	}
}

// TestAccountForms_AreOfThisSiteOnly: every form of persons, posted by another site.
func TestAccountForms_AreOfThisSiteOnly(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Manager)
	b.login("elena")
	for _, path := range []string{"/login", "/logout", "/context", "/context/first", "/confirm", "/profile/language",
		"/profile/sessions/end", "/profile/totp", "/profile/totp/code", "/profile/recovery", "/team", "/staff", "/team/end",
		"/team/decide", "/local", "/local/account"} {
		r, _ := b.send("POST", path, url.Values{"a": {"b"}}, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test")
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	if r, _ := b.get("/home"); r.StatusCode != 200 {
		t.Errorf("the session has ended: %d", r.StatusCode)
	}
}

// TestSetUp_OfTheFirstOperator: code, account with authenticator, recovery codes, first page.
func TestSetUp_OfTheFirstOperator(t *testing.T) {
	b := visit(t)
	by := &people.Principal{Program: "test", Roles: people.StaffRoles()}
	code, _, err := b.accounts.Invite(t.Context(), by, "")
	must.OK(t, err)
	if r, body := b.post("/local", "setup", "gresit"); r.StatusCode != 422 || !strings.Contains(body, "setup code is not valid") {
		t.Errorf("%d", r.StatusCode)
	}
	_, body := b.post("/local", "setup", code)
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(body)
	if secret == nil || !strings.Contains(body, "<svg class=\"qr\"") {
		t.Fatalf("no secret\n%s", body)
	}
	fields := []string{"setup", code, "secret", secret[1], "fresh", "1", "name", "Prim Operator", "login", "prim",
		"code", must.Get(totp.GenerateCode(secret[1], b.at))(t)}
	if r, body := b.post("/local/account", append(fields, "password", "scurta")...); r.StatusCode != 422 ||
		!strings.Contains(body, `value="prim"`) || !strings.Contains(body, secret[1]) || !strings.Contains(body, `href="#password"`) {
		t.Errorf("%d\n%s", r.StatusCode, body)
	}
	r, body := b.post("/local/account", append(fields, "password", demoPassword)...)
	if r.StatusCode != 200 || strings.Count(body, "<li><code>") != 10 || b.token() == "" {
		t.Fatalf("%d\n%s", r.StatusCode, body)
	}
	if _, body := b.get("/home"); !strings.Contains(body, "Good day, Prim Operator") || !strings.Contains(body, `href="/staff"`) {
		t.Error("the first operator is not on the staff")
	}
}

// TestProfile_SetsUpAnAuthenticator after a confirmation.
func TestProfile_SetsUpAnAuthenticator(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Editor)
	b.login("elena")
	if _, body := b.get("/profile"); !strings.Contains(body, "this one") || !strings.Contains(body, "The authenticator is set up") {
		t.Error("the profile does not show session and authenticator")
	}
	_, body := b.post("/profile/totp")
	secret := regexp.MustCompile(`<code>([A-Z2-7]{32})</code>`).FindStringSubmatch(body)
	if secret == nil {
		t.Fatal(body)
	}
	if r, _ := b.post("/profile/totp/code", "code", "000000"); r.StatusCode != 422 {
		t.Errorf("a wrong code: %d", r.StatusCode)
	}
	_, body = b.post("/profile/totp/code", "code", must.Get(totp.GenerateCode(secret[1], b.at))(t))
	if strings.Count(body, "<li><code>") != 10 {
		t.Errorf("no recovery codes\n%s", body)
	}
	if r, _ := b.post("/profile/language", "lang", "ru"); r.StatusCode != 303 || b.cookies["lang"].Value != "ru" {
		t.Errorf("the language is not kept: %d", r.StatusCode)
	}
}

// TestAccountPages_AreWholeInEachLanguage: one heading, nothing inline, no text left out, no identification number.
func TestAccountPages_AreWholeInEachLanguage(t *testing.T) {
	b := visit(t)
	b.plant("elena", hallNamed.ID, people.Manager)
	inline := regexp.MustCompile(`<style|<script>|\sstyle="|\son[a-z]+="|javascript:`)
	pages := func(paths ...string) {
		for _, path := range paths {
			for _, lang := range []string{"ro", "en", "ru"} {
				r, body := b.send("GET", path, nil, "Accept-Language", lang)
				switch {
				case r.StatusCode != 200, strings.Count(body, "<h1") != 1, strings.Count(body, "<main") != 1,
					inline.MatchString(body), !strings.Contains(body, `<html lang="`+lang+`"`), strings.Contains(body, "{1}"):
					t.Errorf("%s in %s: %d %q", path, lang, r.StatusCode, inline.FindString(body))
				case strings.Contains(body, "2999000006393"):
					t.Errorf("%s shows an IDNP", path)
				}
			}
		}
	}
	pages("/login", "/local")
	b.login("elena")
	pages("/home", "/context", "/profile", "/team", "/confirm")
}
