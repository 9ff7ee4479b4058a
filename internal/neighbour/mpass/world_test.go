package mpass_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
	"mconnect/internal/xmlsec"
)

// The addresses of the tests.
const (
	portal = "https://portal.test"
	issuer = "https://mpass.test"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// The keys are made once a run: ours, that of another service, and the two of MPass.
var keys = sync.OnceValue(func() (all [4]emulator.Key) {
	for i := range all {
		key, err := emulator.NewKey("test", noon)
		if err != nil {
			panic(err)
		}
		all[i] = key
	}
	return all
})

// world is a service provider with an emulated MPass, at one clock.
type world struct {
	*mpass.Provider
	emu     *emulator.Emulator
	cfg     mpass.Config
	now     time.Time
	cookies map[string]string // that the browser has for MPass
}

func newWorld(t testing.TB, change ...func(c *mpass.Config)) *world {
	t.Helper()
	w := &world{now: noon, cookies: map[string]string{}}
	clock := func() time.Time { return w.now }
	k := keys()
	var err error
	w.emu, err = emulator.New(emulator.Config{URL: issuer, Keys: [2]emulator.Key{k[2], k[3]}, Clock: clock,
		Services: []emulator.Service{
			{EntityID: portal, ACS: portal + "/mpass-login", SLO: portal + "/mpass-slo", Logout: portal + "/mpass-logout",
				Certificate: k[0].Certificate},
			{EntityID: "https://other.test", ACS: "https://other.test/acs", SLO: "https://other.test/slo",
				Logout: "https://other.test/out", Certificate: k[1].Certificate},
		}})
	if err != nil {
		t.Fatal(err)
	}
	w.cfg = mpass.Config{EntityID: portal, ACS: portal + "/mpass-login", SLO: portal + "/mpass-slo",
		Logout: portal + "/mpass-logout", Issuer: issuer, LoginURL: w.emu.LoginURL(), LogoutURL: w.emu.LogoutURL(),
		Pinned: w.emu.Certificates(), Key: k[0].Key, Certificate: k[0].Certificate, Requests: mpass.NewMemory(100),
		Replay: xmlsec.NewMemory(1000), Clock: clock}
	for _, c := range change {
		c(&w.cfg)
	}
	if w.Provider, err = mpass.New(w.cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

// other is another service provider at the same MPass, for single sign-on.
func (w *world) other(t testing.TB) *mpass.Provider {
	t.Helper()
	c := w.cfg
	c.EntityID, c.ACS, c.SLO, c.Logout = "https://other.test", "https://other.test/acs", "https://other.test/slo",
		"https://other.test/out"
	c.Key, c.Certificate, c.Requests = keys()[1].Key, keys()[1].Certificate, mpass.NewMemory(100)
	p, err := mpass.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// send makes a request to MPass as the browser does and returns the page.
func (w *world) send(t testing.TB, method, address string, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range w.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	w.emu.Handler().ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if w.cookies[c.Name] = c.Value; !c.Secure || c.SameSite != http.SameSiteNoneMode {
			t.Errorf("the cookie %s does not come with requests of other sites", c.Name)
		}
	}
	body, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Code, string(body)
}

func (w *world) post(t testing.TB, p mpass.Post) (int, string) {
	t.Helper()
	form := url.Values{p.Field: {p.Message}}
	if p.RelayState != "" {
		form.Set("RelayState", p.RelayState)
	}
	return w.send(t, "POST", p.URL, form)
}

var (
	action = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// form reads the form of a page.
func form(t testing.TB, page string) (to string, fields url.Values) {
	t.Helper()
	m := action.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no form in %s", page)
	}
	fields = url.Values{}
	for _, f := range hidden.FindAllStringSubmatch(page, -1) {
		fields.Set(f[1], html.UnescapeString(f[2]))
	}
	return html.UnescapeString(m[1]), fields
}

// choose answers the page of persons and returns the page that MPass sends back.
func (w *world) choose(t testing.TB, page, person string) string {
	t.Helper()
	_, fields := form(t, page)
	fields.Set("person", person)
	status, page := w.send(t, "POST", issuer+"/login/choose", fields)
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, page)
	}
	return page
}

// visit is one login as the browser makes it, up to what it brings back.
func (w *world) visit(t testing.TB, p *mpass.Provider, person string, s mpass.Start) mpass.Answer {
	t.Helper()
	post, binding, err := p.Begin(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	status, page := w.post(t, post)
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, page)
	}
	if strings.Contains(page, "/login/choose") {
		page = w.choose(t, page, person)
	}
	_, fields := form(t, page)
	return mpass.Answer{Message: fields.Get("SAMLResponse"), RelayState: fields.Get("RelayState"),
		Cookie: jar(binding)}
}

func jar(b mpass.Binding) func(string) string {
	return func(name string) string {
		if name == b.Name {
			return b.Value
		}
		return ""
	}
}

func (w *world) login(t testing.TB, person string, s mpass.Start) (*mpass.Login, error) {
	t.Helper()
	return w.Finish(t.Context(), w.visit(t, w.Provider, person, s))
}

func codeOf(err error) fault.Code {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// reasonOf is the fault of xmlsec behind a fault of login.
func reasonOf(err error) fault.Code {
	var e *fault.Error
	if errors.As(err, &e) && errors.As(e.Cause, &e) {
		return e.Code
	}
	return ""
}

var romanian = mpass.Start{To: "/home", Language: mconnect.Romanian}
