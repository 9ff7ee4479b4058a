//go:build whole

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/civil"
	"mconnect/test/must"
)

// desk are pages that a person of the demonstration sees, by login. The demonstration has a request in each state, from
// D-…-0001, which is in force, to D-…-0012, which is a draft.
type desk struct {
	login string
	pages []string
}

func desks() []desk {
	year := time.Now().In(civil.Zone()).Year() // in which the demonstration has numbered them
	in := func(n int, page string) string { return fmt.Sprintf("/requests/D-%d-%04d%s", year, n, page) }
	return []desk{
		{"redactor", []string{"/home", "/requests", "/requests?show=mine", "/requests/new", "/requests/new?service=GetVehicle",
			in(12, ""), in(12, "/edit?block=A"), in(12, "/edit?block=B"), in(12, "/edit?block=C&check=1"), in(12, "/print"), in(7, ""),
			in(8, ""), in(1, ""), "/profile"}},
		{"protectia-datelor", []string{in(11, "/protect")}},
		{"semnatar", []string{in(10, "/sign")}},
		{"verificator", []string{"/home", in(6, "/review")}},
		{"decident", []string{in(5, "/review")}},
		{"aprobator", []string{in(4, "/review")}},
		{"integrator", []string{in(3, ""), "/sandbox"}},
		{"manager", []string{"/team"}},
		{"administrator", []string{"/staff"}},
	}
}

// unexplained lists the disabled controls that do not say why.
const unexplained = `Array.from(document.querySelectorAll('[aria-disabled="true"], :disabled'))
	.filter(e => !(e.getAttribute("aria-describedby") ?? "").split(" ").some(id =>
		document.getElementById(id)?.textContent.trim()))
	.map(e => e.outerHTML.slice(0, 200))`

// personal lists the addresses and the title of a page that identify a person: by number, name or e-mail address.
const personal = `[document.title, location.href].concat(Array.from(document.querySelectorAll("[href], [action]"))
	.filter(e => !(e.getAttribute("href") ?? "").startsWith("mailto:")).map(e => e.href ?? e.action))
	.filter(text => /(^|[^0-9])[02][0-9]{12}([^0-9]|$)|Sintetic|@/.test(decodeURIComponent(text)))`

// TestDesks_AreAccessible: what people see who have logged in, in each language, light and dark, narrow and wide. axe
// finds nothing (which judges the pages in Romanian), the HTML is valid, nothing is wider than the screen, each
// disabled control says why, no address or title identifies a person, and the browser complains of nothing.
func TestDesks_AreAccessible(t *testing.T) {
	c := openCrew(t)
	files := t.TempDir()
	for _, d := range desks() {
		for _, lang := range []string{"ro", "en", "ru"} {
			s := c.as(t, d.login, lang, false)
			for i, path := range d.pages {
				what := d.login + " " + path + " " + lang
				s.do(t, appearance{lang, "light", 1280}.steps())
				s.visit(t, path)
				must.OK(t, os.WriteFile(filepath.Join(files, fmt.Sprintf("%s-%02d-%s.html", d.login, i, lang)),
					[]byte(read(t, s, isolated[string](`fetch(location.href).then(r => r.text())`))), 0o600))
				if lang == "ro" {
					s.judge(t, what, lang)
				}
				s.do(t, appearance{lang, "light", 320}.steps())
				if read(t, s, isolated[bool]("document.documentElement.scrollWidth > innerWidth")) {
					t.Errorf("%s: is wider than the screen", what)
				}
				for _, e := range read(t, s, isolated[[]string](unexplained)) {
					t.Errorf("%s: no reason for %s", what, e)
				}
				for _, e := range read(t, s, isolated[[]string](personal)) {
					t.Errorf("%s: identifies a person: %s", what, e)
				}
				for _, e := range s.complaints.Take() {
					t.Errorf("%s: %s", what, e)
				}
			}
		}
	}
	if out, err := validated(t, files); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	log := string(must.Get(os.ReadFile(filepath.Join(c.dir, "data", "mconnect.log")))(t))
	if strings.Contains(log, "Sintetic") || strings.Contains(log, "@primaria") {
		t.Errorf("the log identifies persons: %s", log)
	}
}
