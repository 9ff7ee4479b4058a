package portal_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/people"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
	"mconnect/internal/surface/portal"
	"mconnect/internal/xmlsec"
)

// Two sites, as a browser tells sites apart.
const (
	here  = "https://portal.mconnect.test"
	there = "https://mpass.gov.test"
)

// accounts keeps sessions as account.Accounts does, without a store: it also stands in for it at Accounts.
type accounts struct {
	portal.Accounts
	sessions map[string]account.Federated
	stepUps  int
	blocked  bool
	deaf     bool // fails to end sessions
	number   int
}

func (a *accounts) token(f account.Federated) string {
	a.number++
	token := fmt.Sprintf("token-%d", a.number)
	a.sessions[token] = f
	return token
}

func (a *accounts) Who(_ context.Context, token string, _ account.Client) (*people.Principal, error) {
	f, ok := a.sessions[token]
	if !ok {
		return nil, nil
	}
	return &people.Principal{Person: personOf(f), Name: f.Name, Roles: []people.Role{people.Citizen}}, nil
}

func personOf(f account.Federated) people.PersonID {
	return people.PersonID(fmt.Sprintf("%x", sha256.Sum256([]byte(f.IDNP))))
}

func (a *accounts) Logout(_ context.Context, token string) error {
	delete(a.sessions, token)
	return nil
}

func (a *accounts) LoginFederated(_ context.Context, f account.Federated, _ account.Client) (string, error) {
	if a.blocked {
		return "", fault.New(fault.LoginBlocked)
	}
	return a.token(f), nil
}

func (a *accounts) ConfirmFederated(_ context.Context, token string, f account.Federated, _ account.Client) (string, error) {
	if a.sessions[token].IDNP != f.IDNP {
		return "", fault.New(fault.LoginRefused)
	}
	delete(a.sessions, token)
	a.stepUps++
	return a.token(f), nil
}

func (a *accounts) EndFederated(_ context.Context, nameID, index string) (n int, err error) {
	if a.deaf {
		return 0, fault.New(fault.InternalError)
	}
	for token, f := range a.sessions {
		if f.NameID == nameID && f.SessionIndex == index {
			delete(a.sessions, token)
			n++
		}
	}
	return n, nil
}

func (a *accounts) ProviderSession(_ context.Context, token string) (nameID, index string, err error) {
	f := a.sessions[token]
	return f.NameID, f.SessionIndex, nil
}

// browser goes from site to site and keeps to SameSite: a POST that comes from another site brings only cookies with
// None, a frame of another site likewise.
type browser struct {
	t        *testing.T
	sites    map[string]http.Handler // by host
	cookies  map[string]map[string]*http.Cookie
	at       string // the address of the page
	page     string
	response *http.Response
	framed   bool // the page is in a frame of MPass
}

func (b *browser) do(method, address string, form url.Values) {
	b.t.Helper()
	from, _ := url.Parse(b.at)
	u, err := from.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	for hops := 0; ; hops++ {
		if hops > 5 {
			b.t.Fatal("redirected without end")
		}
		r := httptest.NewRequestWithContext(b.t.Context(), method, u.String(), strings.NewReader(form.Encode()))
		cross := from.Host != "" && from.Host != u.Host || b.framed
		if method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", map[bool]string{true: "cross-site", false: "same-origin"}[cross])
		}
		for _, c := range b.cookies[u.Host] {
			strict := c.SameSite != http.SameSiteNoneMode && cross && (method == "POST" || b.framed)
			if !strict && strings.HasPrefix(u.Path, c.Path) {
				r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			}
		}
		w := httptest.NewRecorder()
		b.sites[u.Host].ServeHTTP(w, r)
		b.response = w.Result()
		for _, c := range b.response.Cookies() {
			if b.cookies[u.Host] == nil {
				b.cookies[u.Host] = map[string]*http.Cookie{}
			}
			if b.cookies[u.Host][c.Name] = c; c.MaxAge < 0 {
				delete(b.cookies[u.Host], c.Name)
			}
		}
		body, err := io.ReadAll(b.response.Body)
		if err != nil {
			b.t.Fatal(err)
		}
		b.page, b.at = string(body), u.String()
		to := b.response.Header.Get("Location")
		if b.response.StatusCode != http.StatusSeeOther || to == "" {
			return
		}
		method, form = "GET", nil
		if u, err = u.Parse(to); err != nil {
			b.t.Fatal(err)
		}
	}
}

var (
	posted  = regexp.MustCompile(`<form method="post" action="([^"]+)"( data-post)?>`)
	hiddens = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"/?>`)
)

// submit sends the form of the page that leads on.
func (b *browser) submit(extra ...string) {
	b.t.Helper()
	var to string
	for _, m := range posted.FindAllStringSubmatch(b.page, -1) {
		if !strings.Contains(m[1], "/profile/") {
			to = html.UnescapeString(m[1])
		}
	}
	if to == "" {
		b.t.Fatalf("no form at %s: %d %s", b.at, b.response.StatusCode, b.page)
	}
	fields := url.Values{}
	for _, m := range hiddens.FindAllStringSubmatch(b.page, -1) {
		fields.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i+1 < len(extra); i += 2 {
		fields.Set(extra[i], extra[i+1])
	}
	b.do("POST", to, fields)
}

// login goes through MPass as a person, from the page of the login to the page asked for.
func (b *browser) login(person, path string) {
	b.t.Helper()
	b.at = here + "/"
	b.do("GET", path, nil)
	b.submit()
	if strings.Contains(b.page, "/login/choose") {
		b.submit("person", person)
	}
	b.submit()
}

func (b *browser) session() string {
	if c := b.cookies["portal.mconnect.test"]["__Host-session"]; c != nil {
		return c.Value
	}
	return ""
}

// federation is a portal with an emulated MPass.
func federation(t *testing.T) (*accounts, *emulator.Emulator, *browser) {
	t.Helper()
	key, err := emulator.NewKey("portal", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	emu, err := emulator.New(emulator.Config{URL: there, Services: []emulator.Service{{EntityID: here,
		ACS: here + "/mpass-login", SLO: here + "/mpass-slo", Logout: here + "/mpass-logout", Certificate: key.Certificate}}})
	if err != nil {
		t.Fatal(err)
	}
	provider, err := portal.NewServiceProvider(mpass.Config{EntityID: here, Issuer: there, LoginURL: emu.LoginURL(),
		LogoutURL: emu.LogoutURL(), Pinned: emu.Certificates(), Key: key.Key, Certificate: key.Certificate,
		Requests: mpass.NewMemory(10), Replay: xmlsec.NewMemory(10_000)}, here)
	if err != nil {
		t.Fatal(err)
	}
	a := &accounts{sessions: map[string]account.Federated{}}
	cfg := config(t, &catalogue{})
	cfg.Accounts, cfg.MPass = a, &portal.MPass{Provider: provider, Accounts: a, URL: here, Origin: there}
	s, err := portal.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a, emu, &browser{t: t, cookies: map[string]map[string]*http.Cookie{}, at: here + "/",
		sites: map[string]http.Handler{"portal.mconnect.test": s.Handler(), "mpass.gov.test": emu.Handler()}}
}

// TestMPass_LeadsBackToThePageAskedFor: login, then the page with a session of this portal.
func TestMPass_LeadsBackToThePageAskedFor(t *testing.T) {
	a, emu, b := federation(t)
	b.login("two-entities", "/login/mpass?to=%2Fcatalog%3Fq%3Dacte&lang=ru")
	if b.at != here+"/catalog?q=acte" || b.response.StatusCode != http.StatusOK || b.session() == "" {
		t.Fatalf("%s: %d", b.at, b.response.StatusCode)
	}
	c := b.cookies["portal.mconnect.test"]["__Host-session"]
	if c.SameSite != http.SameSiteLaxMode || !c.Secure || !c.HttpOnly || c.Path != "/" {
		t.Errorf("%+v", c)
	}
	f := a.sessions[b.session()]
	if f.Name != "Tudor Exemplu" || f.IDNP != "2999000100121" || len(f.Entities) != 2 || f.Entities[1].IDNO != "1999900000070" ||
		f.NameID == "" || f.SessionIndex == "" || f.Email != "tudor@exemplu.invalid" {
		t.Errorf("%+v", f)
	}
	if got := emu.Received(); len(got) != 1 || got[0].Language != "ru" {
		t.Errorf("%+v", got)
	}
	for name := range b.cookies["portal.mconnect.test"] {
		if strings.Contains(name, "mpass") {
			t.Error("the cookie of the login is kept: ", name)
		}
	}
	if strings.Contains(b.at, "2999") {
		t.Error("the address names the person")
	}
}

// TestMPass_ThePageThatLeadsOnIsSafe: its cookie reaches only the ACS, its policy allows MPass and no other site, it
// works without scripts, and an address of another site is not kept.
func TestMPass_ThePageThatLeadsOnIsSafe(t *testing.T) {
	_, _, b := federation(t)
	b.do("GET", "/login/mpass?to=https%3A%2F%2Fevil.test%2F", nil)
	var found *http.Cookie
	for _, c := range b.response.Cookies() {
		if strings.HasPrefix(c.Name, "__Secure-mpass-") {
			found = c
		}
	}
	if found == nil || found.SameSite != http.SameSiteNoneMode || !found.Secure || !found.HttpOnly ||
		found.Path != "/mpass-login" || found.MaxAge != 600 {
		t.Fatalf("%+v", found)
	}
	p := b.response.Header.Get("Content-Security-Policy")
	if !strings.Contains(p, "form-action 'self' "+there+";") || !strings.Contains(p, "frame-ancestors 'none'") {
		t.Error(p)
	}
	if !strings.Contains(b.page, `<button class="button" type="submit">`) || strings.Contains(b.page, `"https://evil.test`) {
		t.Error(b.page)
	}
	b.submit()
	b.submit("person", "clerk")
	b.submit()
	if b.at != here+"/home" {
		t.Error(b.at)
	}
	b.sites["127.0.0.1:1"] = b.sites["portal.mconnect.test"] // another name of this portal
	b.at = "https://127.0.0.1:1/"
	b.do("GET", "/login/mpass?to=%2Fcatalog", nil)
	if b.at != here+"/login/mpass?to=%2Fcatalog" {
		t.Error(b.at)
	}
}

// TestMPass_ConfirmsTheSamePerson: step-up replaces the token of the same person, and refuses another one.
func TestMPass_ConfirmsTheSamePerson(t *testing.T) {
	a, emu, b := federation(t)
	b.login("head", "/login/mpass")
	before := b.session()
	b.login("head", "/login/mpass/confirm?to=%2Ferrors")
	if b.at != here+"/errors" || a.stepUps != 1 || b.session() == before || len(a.sessions) != 1 {
		t.Fatalf("%s, %d step-ups, %d sessions: %s", b.at, a.stepUps, len(a.sessions), b.page)
	}
	if got := emu.Received(); !got[len(got)-1].ForceAuthn {
		t.Error("MPass was not asked to ask the person again")
	}
	before = b.session()
	b.login("clerk", "/login/mpass/confirm")
	if b.response.StatusCode != http.StatusForbidden || a.stepUps != 1 || b.session() != before ||
		!strings.Contains(b.page, "login.person") {
		t.Errorf("%d, %d step-ups: %s", b.response.StatusCode, a.stepUps, b.at)
	}
	ticket := b.at
	if b.do("GET", ticket, nil); !strings.Contains(b.page, "login.unsolicited") {
		t.Error("a ticket serves twice")
	}
	delete(b.cookies["portal.mconnect.test"], "__Host-session")
	b.at = here + "/"
	if b.do("GET", "/login/mpass/confirm", nil); b.at == here+"/login/mpass/confirm" && b.response.StatusCode == http.StatusOK {
		t.Error("step-up without a session")
	}
}

// TestMPass_EndsSessionsInAFrame: MPass ends the session without any cookie, on this path only framing is allowed.
func TestMPass_EndsSessionsInAFrame(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		a, emu, b := federation(t)
		b.login("head", "/login/mpass")
		a.deaf = deaf
		b.at = there + "/"
		b.do("POST", "/logout", nil)
		frame := regexp.MustCompile(`<iframe src="([^"]*)"`).FindStringSubmatch(b.page)
		if frame == nil {
			t.Fatal(b.page)
		}
		b.do("GET", html.UnescapeString(frame[1]), nil)
		b.framed = true
		b.submit()
		p := b.response.Header.Get("Content-Security-Policy")
		if b.response.StatusCode != http.StatusOK || !strings.Contains(p, "frame-ancestors "+there) {
			t.Errorf("%d %s", b.response.StatusCode, p)
		}
		if ended := len(a.sessions) == 0; ended == deaf {
			t.Errorf("%d sessions live on", len(a.sessions))
		}
		b.submit()
		got := emu.Received()
		last := got[len(got)-1]
		if last.Kind != "LogoutResponse" || strings.Contains(last.XML, "PartialLogout") != deaf {
			t.Errorf("%+v", last)
		}
		b.framed, b.at = false, here+"/"
		if b.do("GET", "/", nil); !deaf && b.session() != "" {
			t.Error("the browser keeps the token of a session that has ended")
		}
	}
}

// TestMPass_LogoutHereEndsTheSessionThere: then the next login shows the page of persons again.
func TestMPass_LogoutHereEndsTheSessionThere(t *testing.T) {
	a, _, b := federation(t)
	b.login("head", "/login/mpass")
	b.do("POST", "/logout", nil)
	if len(a.sessions) != 0 || b.session() != "" {
		t.Error("the session lives on")
	}
	b.submit()
	end := regexp.MustCompile(`<a href="(/logout/end[^"]*)"`).FindStringSubmatch(b.page)
	if end == nil {
		t.Fatal(b.page)
	}
	b.do("GET", html.UnescapeString(end[1]), nil)
	b.submit()
	if b.at != here+"/mpass-logout" || b.response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", b.at, b.response.StatusCode, b.page)
	}
	b.do("GET", "/login/mpass", nil)
	if b.submit(); !strings.Contains(b.page, "/login/choose") {
		t.Error("the session of MPass lives on")
	}
	b.at = here + "/"
	if b.do("POST", "/logout/mpass", nil); b.at != here+"/" {
		t.Errorf("without a session: %s", b.at)
	}
}

// TestMPass_RefusalsArePages: a forged message and a blocked person get a page with the code, and no session.
func TestMPass_RefusalsArePages(t *testing.T) {
	a, emu, b := federation(t)
	emu.Next("altered")
	b.login("clerk", "/login/mpass")
	if b.response.StatusCode != http.StatusForbidden || !strings.Contains(b.page, "login.signature") || b.session() != "" {
		t.Errorf("%d %s", b.response.StatusCode, b.page)
	}
	a.blocked = true
	b.login("head", "/login/mpass")
	if b.response.StatusCode != http.StatusForbidden || !strings.Contains(b.page, "login.blocked") || b.session() != "" {
		t.Errorf("%d %s", b.response.StatusCode, b.page)
	}
	b.at = there + "/"
	for path, field := range map[string]string{"/mpass-login": "SAMLResponse", "/mpass-slo": "SAMLRequest",
		"/mpass-logout": "SAMLResponse"} {
		b.at = there + "/"
		b.do("POST", here+path, url.Values{field: {"a", "b"}})
		if b.response.StatusCode != http.StatusBadRequest || !strings.Contains(b.page, "login.markup") {
			t.Errorf("%s: %d", path, b.response.StatusCode)
		}
	}
}

// TestMPass_OnlyItsPathsAreExempt: a form of another site is refused everywhere else.
func TestMPass_OnlyItsPathsAreExempt(t *testing.T) {
	_, _, b := federation(t)
	for path, want := range map[string]int{"/mpass-login": 400, "/mpass-slo": 400, "/mpass-logout": 400,
		"/logout/mpass": 403, "/profile/theme": 403, "/mpass-login/x": 403, "/login/mpass": 403} {
		b.at = there + "/"
		if b.do("POST", here+path, nil); b.response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, b.response.StatusCode, want)
		}
	}
	b.at = here + "/"
	b.do("GET", "/mpass-metadata", nil)
	if b.response.Header.Get("Content-Type") != "application/samlmetadata+xml" || !strings.Contains(b.page, here+"/mpass-slo") {
		t.Error(b.page)
	}
}
