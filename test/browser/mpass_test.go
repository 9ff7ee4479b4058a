//go:build whole

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// name is who has logged in, as the page of the portal names the person; "" for nobody.
func (s *site) name(t *testing.T) string {
	t.Helper()
	s.visit(t, "/errors")
	return strings.TrimSpace(read(t, s, isolated[string](`document.querySelector("a.avatar .hidden")?.textContent ?? ""`)))
}

// logIn goes from the portal through MPass, with or without scripts, and back to the page that was asked for.
func (s *site) logIn(t *testing.T, person string, plain bool) {
	t.Helper()
	s.do(t, scripts(plain), chromedp.Navigate(s.address+"/login/mpass?to=%2Fcatalog%3Fq%3Dacte"))
	if plain {
		s.press(t, "form[data-post] button")
	}
	s.arrives(t, s.mpass)
	s.press(t, `button[value="`+person+`"]`)
	if plain {
		s.press(t, "noscript button")
	}
	s.arrives(t, s.address+"/catalog?q=acte")
}

// TestMPass_LogsInAcrossSites: the portal and MPass have different host names, so each message between them is a
// cross-site POST in a browser that keeps to SameSite; with scripts and without.
func TestMPass_LogsInAcrossSites(t *testing.T) {
	s := open(t)
	if name := s.name(t); name != "" {
		t.Fatal("logged in from the start: ", name)
	}
	s.logIn(t, "diacritics", false)
	if name := s.name(t); !strings.HasSuffix(name, "Ștefan-Țuțu Mândâcanu Șoltoianu") {
		t.Errorf("the page names %q", name)
	}
	s.do(t, chromedp.Navigate(s.mpass+"/"))
	s.press(t, "form button")
	s.holds(t, "the end of the session at MPass", `document.body.innerText.includes("Nicio sesiune")`)
	if name := s.name(t); name != "" {
		t.Errorf("the frame of MPass has not ended the session of %q", name)
	}
	s.logIn(t, "head", true)
	if name := s.name(t); !strings.HasSuffix(name, "Ion Exemplu") {
		t.Errorf("without scripts, the page names %q", name)
	}
	for _, c := range s.complaints.Take() {
		if !strings.HasSuffix(c, "/favicon.ico") { // which the emulator does not have
			t.Error(c)
		}
	}
}
