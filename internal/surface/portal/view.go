package portal

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
	"mconnect/internal/surface/problem"
)

// The cookies of preferences. They say nothing about a person.
const (
	langCookie  = "lang"
	themeCookie = "theme"
	// preferenceAge is how long a browser keeps a preference, in seconds: a year.
	preferenceAge = 365 * 24 * 60 * 60
)

// view is what every page needs to know about its reader.
type view struct {
	lang  mconnect.Lang
	theme string // "auto", "light" or "dark"
	path  string
	query url.Values
	now   time.Time
	cfg   *Config
	who   *people.Principal // who has logged in; nil: nobody
	links []link            // of the side menu
}

// htmxConfig keeps the page as it is when the server fails: the banner of portal.js says so.
const htmxConfig = `{"noSwap": [204, 304, "5xx"], "defaultTimeout": 20000, "history": true}`

// view reads the preferences of a request: the language is that of ?lang, of the cookie, or what the browser prefers.
func (s *Surface) view(r *http.Request) *view {
	v := &view{lang: problem.Language(r.Header.Get("Accept-Language")), theme: "auto", path: r.URL.Path,
		query: r.URL.Query(), now: s.cfg.Clock(), cfg: &s.cfg, links: s.links}
	if c, err := r.Cookie(langCookie); err == nil {
		v.prefer(c.Value)
	}
	v.prefer(v.query.Get("lang"))
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		v.theme = c.Value
	}
	return v
}

func (v *view) prefer(lang string) {
	if l, err := mconnect.ParseLang(lang); err == nil {
		v.lang = l
	}
}

// say is a text in the reader's language.
func (v *view) say(t mconnect.Text) string { return t.In(v.lang) }

// number is a number as the reader's language writes it.
func (v *view) number(n int64) string { return text.Number(v.lang, n) }

// date is a day as the reader's language writes it.
func (v *view) date(t time.Time) string { return text.Date(v.lang, t) }

// in is the address of this page in another language.
func (v *view) in(lang mconnect.Lang) templ.SafeURL {
	q := url.Values{}
	for name, values := range v.query {
		if name != "lang" {
			q[name] = values
		}
	}
	q.Set("lang", string(lang))
	return templ.SafeURL(v.path + "?" + q.Encode())
}

// current reports whether the page is, or lies below, a path of the navigation.
func (v *view) current(path string) bool {
	return v.path == path || path != "/" && strings.HasPrefix(v.path, path+"/")
}

// render writes a page as a whole or not at all.
func (s *Surface) render(w http.ResponseWriter, r *http.Request, v *view, status int, page templ.Component) error {
	var buffer bytes.Buffer
	if err := page.Render(r.Context(), &buffer); err != nil {
		return err
	}
	if v.query.Get("lang") == string(v.lang) {
		preference(w, langCookie, string(v.lang))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(v.lang))
	h.Set("Vary", "Accept-Language, Cookie, HX-Request")
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes()) // the browser went away
	return nil
}

func preference(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: preferenceAge, Secure: true,
		HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// theme keeps whether the reader wants light or dark pages, and returns to the page where that was chosen.
func (s *Surface) theme(w http.ResponseWriter, r *http.Request, _ *view) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	if choice := r.PostForm.Get("theme"); choice == "light" || choice == "dark" || choice == "auto" {
		preference(w, themeCookie, choice)
	}
	http.Redirect(w, r, back(r), http.StatusSeeOther)
	return nil
}

// back is the path of the page that a form was on, of this portal only: a Referer of another site leads home.
func back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || !strings.HasPrefix(from.Path, "/") || strings.HasPrefix(from.Path, "//") {
		return "/"
	}
	return from.RequestURI()
}
