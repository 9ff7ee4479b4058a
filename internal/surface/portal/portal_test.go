package portal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/schema"
	"mconnect/internal/surface/portal"
)

// catalogue is a Guide with one service.
type catalogue struct{ asked []search.Query }

var person = discovery.Sheet{
	Line: discovery.Line{Service: "GetPerson", Version: mconnect.Version{Major: 1}, Status: catalog.Published,
		Title: mconnect.Text{RO: "Persoana <b>", EN: "Person <b>", RU: "Лицо <b>"}, Owner: "asp", Personal: true},
	OwnerName: mconnect.Text{RO: "ASP EXEMPLU"},
	Request:   schema.Type{Name: "GetPerson", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
	Response: &schema.Type{Name: "Person", Fields: []schema.Field{
		{Name: "LastName", Type: schema.String, Personal: true},
		{Name: "Address", Type: schema.Object, Fields: []schema.Field{{Name: "Street", Type: schema.String}}},
		{Name: "Children", Type: schema.Array, Items: &schema.Field{Type: schema.Object,
			Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP}}}}}},
	Examples: []catalog.Example{{Request: map[string]any{"IDNP": "2999000006393"},
		Answer: map[string]any{"LastName": "Sintetic-001"}}},
	Forms: []string{discovery.OpenAPI},
}

func (c *catalogue) Search(q search.Query) discovery.Page {
	c.asked = append(c.asked, q)
	if q.Text == "nimic" {
		return discovery.Page{}
	}
	return discovery.Page{Total: 41, Items: []discovery.Line{person.Line}, Facets: search.Facets{
		Owners:     []search.Count{{Value: "asp", Count: 1}},
		Categories: []search.Count{{Value: "persoane", Count: 1}, {Value: "alta", Count: 1}},
		Personal:   []search.Count{{Value: "true", Count: 1}}}}
}

func (c *catalogue) Show(id string) (discovery.Sheet, error) {
	if name, _, _ := strings.Cut(id, "/"); name != "GetPerson" {
		return discovery.Sheet{}, fault.New(fault.ServiceUnknown, "service", name)
	}
	return person, nil
}

func (c *catalogue) History(string) ([]discovery.Past, error) {
	return []discovery.Past{{Version: mconnect.Version{Major: 1}, Status: catalog.Published}}, nil
}

func (c *catalogue) Category(code string) mconnect.Text {
	return map[string]mconnect.Text{"persoane": {RO: "Persoane fizice"}}[code]
}

func (c *catalogue) Form(id, form string, _ discovery.Reader) ([]byte, string, error) {
	if id != "GetPerson/1.0.0" || form != discovery.OpenAPI {
		return nil, "", fault.New(fault.PathUnknown)
	}
	return []byte(`{"openapi":"3.1.0"}`), "application/json", nil
}

// config is that of a portal in which nobody can log in.
func config(t *testing.T, guide portal.Guide) portal.Config {
	t.Helper()
	return portal.Config{Guide: guide, Demo: true, Operator: "AGE (exemplu)", Agreements: book(t, 45),
		Revision: func() int64 { return 1 }}
}

func pages(t *testing.T) (*catalogue, http.Handler) {
	t.Helper()
	guide := &catalogue{}
	s, err := portal.New(config(t, guide))
	if err != nil {
		t.Fatal(err)
	}
	return guide, s.Handler()
}

func get(t *testing.T, h http.Handler, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

var public = []string{"/", "/agreements", "/agreements?q=nimic", "/agreements/a-000", "/catalog", "/catalog?q=nimic", "/catalog/GetPerson", "/errors", "/errors/purpose.reason",
	"/nowhere"}

// TestPages_AreWholeInEachLanguage: each page has its language, one main heading and nothing that the policy forbids.
func TestPages_AreWholeInEachLanguage(t *testing.T) {
	_, h := pages(t)
	inline := regexp.MustCompile(`<style|<script>|<script [^>]*>[^<]|\sstyle="|\son[a-z]+="|javascript:`)
	for _, path := range public {
		for _, lang := range []string{"ro", "en", "ru"} {
			r, body := get(t, h, path, "Accept-Language", lang)
			switch {
			case !strings.Contains(body, `<html lang="`+lang+`"`), r.Header.Get("Content-Language") != lang:
				t.Errorf("%s in %s: another language", path, lang)
			case strings.Count(body, "<h1") != 1, strings.Count(body, "<main") != 1:
				t.Errorf("%s in %s: not one heading", path, lang)
			case inline.MatchString(body):
				t.Errorf("%s: inline %q", path, inline.FindString(body))
			case strings.Contains(body, "<b>") && path == "/catalog/GetPerson" && !strings.Contains(body, "&lt;b&gt;"):
				t.Errorf("%s: a title is written as markup", path)
			}
			for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
				if r.Header.Get(name) == "" {
					t.Errorf("%s: no %s", path, name)
				}
			}
			if c := r.Header.Get("Cache-Control"); c != "no-store" {
				t.Errorf("%s: may be kept: %q", path, c)
			}
		}
	}
}

func TestLanguage_IsKept(t *testing.T) {
	_, h := pages(t)
	r, body := get(t, h, "/?lang=ru", "Accept-Language", "en")
	if cookies := r.Cookies(); len(cookies) != 1 || cookies[0].Value != "ru" || !strings.Contains(body, `<html lang="ru"`) {
		t.Errorf("?lang is not kept: %v", cookies)
	}
	if _, body := get(t, h, "/", "Accept-Language", "en", "Cookie", "lang=ru"); !strings.Contains(body, `<html lang="ru"`) {
		t.Error("the cookie does not win over the browser")
	}
	if r, _ := get(t, h, "/?lang=xx"); len(r.Cookies()) != 0 {
		t.Error("an unknown language is kept")
	}
}

func TestService_ShowsFieldsAndSamples(t *testing.T) {
	_, h := pages(t)
	_, body := get(t, h, "/catalog/GetPerson", "Accept-Language", "ro")
	for _, want := range []string{"<code>LastName</code>", "<code>Address.Street</code>", "<code>Children.IDNP</code>",
		"array of object", "SOAP 1.1", "curl", "C#", "Java", "Python", "PHP", "2999000006393", "Sintetic-001",
		"/catalog/GetPerson/1.0.0/openapi.json"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if r, body := get(t, h, "/catalog/GetPerson/1.0.0/openapi.json"); r.StatusCode != 200 || body != `{"openapi":"3.1.0"}` {
		t.Errorf("form: %d %s", r.StatusCode, body)
	}
	for _, path := range []string{"/catalog/GetNothing", "/catalog/GetPerson/1.0.0/other"} {
		if r, _ := get(t, h, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

func TestCatalogue_ReadsTheAddress(t *testing.T) {
	guide, h := pages(t)
	_, body := get(t, h, "/catalog?q=domiciliu&owner=asp&personal=true&status=deprecated&from=20", "Accept-Language", "ro")
	q := guide.asked[len(guide.asked)-1]
	if q.Text != "domiciliu" || q.Owner != "asp" || q.Personal == nil || !*q.Personal || q.Offset != 20 ||
		q.Status != "deprecated" {
		t.Errorf("the search was %+v", q)
	}
	for _, want := range []string{"from=0", "from=40", "owner=asp", "41 de servicii", "Persoane fizice", ">alta<"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, path := range []string{"/catalog?from=-1", "/catalog?from=x", "/catalog?q=" + strings.Repeat("a", 201)} {
		if r, _ := get(t, h, path); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	if _, body := get(t, h, "/catalog?q=%3Cscript%3Ealert(1)%3C/script%3E"); strings.Contains(body, "<script>alert") {
		t.Error("the words of a search are written as markup")
	}
}

// TestForms_AreOfThisSiteOnly: a form that another site posts is refused, and a Referer of another site leads home.
func TestForms_AreOfThisSiteOnly(t *testing.T) {
	_, h := pages(t)
	post := func(header ...string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "https://portal.test/profile/theme",
			strings.NewReader(url.Values{"theme": {"dark"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	if r := post("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"); r.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %d", r.StatusCode)
	}
	for referer, want := range map[string]string{"https://portal.test/catalog?q=a": "/catalog?q=a",
		"https://evil.test/x": "/", "https://portal.test//evil.test/": "/", "": "/"} {
		r := post("Sec-Fetch-Site", "same-origin", "Referer", referer)
		if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != want {
			t.Errorf("from %q: %d to %q, not %q", referer, r.StatusCode, r.Header.Get("Location"), want)
		}
		if !slices.ContainsFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Value == "dark" && c.Secure && c.HttpOnly }) {
			t.Errorf("the choice is not kept: %v", r.Cookies())
		}
	}
}

func TestAssets_AreKeptByTheirDigest(t *testing.T) {
	_, h := pages(t)
	_, body := get(t, h, "/")
	links := regexp.MustCompile(`"(/assets/[^"#]+)`).FindAllStringSubmatch(body, -1)
	if len(links) < 5 {
		t.Fatalf("the page names %d assets", len(links))
	}
	for _, l := range links {
		r, content := get(t, h, l[1])
		if r.StatusCode != 200 || content == "" || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %d bytes, %s", l[1], r.StatusCode, len(content), r.Header.Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/assets/000000000000/base.css", "/assets/", "/assets/x/../portal.go"} {
		if r, _ := get(t, h, path); r.StatusCode == 200 {
			t.Errorf("%s is served", path)
		}
	}
}

// TestAssets_OfAFirstVisitAreSmall: the front page with all it needs fits into 150 000 octets, as it is sent.
func TestAssets_OfAFirstVisitAreSmall(t *testing.T) {
	_, h := pages(t)
	for lang, font := range map[string]string{"ro": "latin-ext", "en": "", "ru": "cyrillic"} {
		_, body := get(t, h, "/", "Accept-Language", lang)
		sent, seen := len(body), map[string]bool{}
		for _, l := range regexp.MustCompile(`"(/assets/[^"#]+)`).FindAllStringSubmatch(body, -1) {
			if !seen[l[1]] {
				_, content := get(t, h, l[1], "Accept-Encoding", "gzip, br")
				sent, seen[l[1]] = sent+len(content), true
			}
		}
		if font != "" {
			for address := range seen {
				if before, found := strings.CutSuffix(address, "onest-latin-wght-normal.woff2"); found {
					_, content := get(t, h, before+"onest-"+font+"-wght-normal.woff2")
					sent += len(content)
				}
			}
		}
		if sent > 150_000 || sent < 50_000 {
			t.Errorf("a first visit in %s takes %d octets", lang, sent)
		}
		t.Logf("a first visit in %s: %d octets in %d files", lang, sent, len(seen)+1)
	}
}

func TestErrors_ExplainEveryCode(t *testing.T) {
	_, h := pages(t)
	for _, c := range fault.Codes() {
		r, body := get(t, h, "/errors/"+string(c), "Accept-Language", "en")
		if r.StatusCode != 200 || !strings.Contains(body, "<code>"+string(c)+"</code>") {
			t.Errorf("%s: %d", c, r.StatusCode)
		}
	}
}
