//go:build whole

package browser

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// A page may lead to the next one by itself while a test looks at it, and what the test had found of it is gone then.
// So what follows asks the page by one evaluation each, and asks again when the page has gone meanwhile.

// holds waits until an expression is true of the page.
func (s *site) holds(t *testing.T, what, expression string) {
	t.Helper()
	var at string
	defer func() {
		if t.Failed() {
			t.Logf("the browser is at %s", at)
		}
	}()
	waits.Until(t, what, func() bool {
		ctx, cancel := context.WithTimeout(s, waits.Limit)
		defer cancel()
		var is bool
		is, _ = chromedp.Run(ctx, isolated[bool](`!!document.body && (`+expression+`)`)) // nothing is true of a page that goes
		at, _ = chromedp.Run(ctx, isolated[string]("location.href"))
		return is
	})
}

// arrives waits until the browser is at an address that begins so, and has read the page.
func (s *site) arrives(t *testing.T, address string) {
	t.Helper()
	s.holds(t, address, `document.readyState == "complete" && location.href.startsWith(`+quoted(address)+`)`)
}

// visit opens a page of the portal and waits for its content.
func (s *site) visit(t *testing.T, path string) {
	t.Helper()
	s.do(t, chromedp.Navigate(s.address+path))
	s.holds(t, path, `document.readyState == "complete" && !!document.querySelector("main")`)
}

// press clicks what a selector finds, as soon as the page shows it.
func (s *site) press(t *testing.T, selector string) {
	t.Helper()
	s.holds(t, "pressing "+selector, `(e => e && !e.disabled ? (e.click(), true) : false)(document.querySelector(`+
		quoted(selector)+`))`)
}

// submit clicks what a selector finds and waits for the next page.
func (s *site) submit(t *testing.T, selector string) {
	t.Helper()
	s.holds(t, selector, `!!(document.documentElement.dataset.left = "1")`)
	s.press(t, selector)
	s.holds(t, "the page after "+selector,
		`!document.documentElement.dataset.left && document.readyState == "complete" && !!document.querySelector("main")`)
}

// fill answers questions of the form of the page, by the names of their controls: a text, the value of an option, or
// those of boxes. It returns the names that the page does not have.
func (s *site) fill(t *testing.T, answers map[string]any) (missing []string) {
	t.Helper()
	octets := must.Get(json.Marshal(answers))(t)
	return read(t, s, isolated[[]string](`Object.entries(`+string(octets)+`).filter(([name, value]) => {
		const all = Array.from(document.getElementsByName(name)), values = [].concat(value)
		for (const e of all) {
			if (e.type == "radio" || e.type == "checkbox") e.checked = values.includes(e.value)
			else e.value = value
			e.dispatchEvent(new Event("input", {bubbles: true}))
		}
		return all.length == 0
	}).map(([name]) => name)`))
}

// text is what a person reads on the page.
func (s *site) text(t *testing.T) string {
	t.Helper()
	return strings.Join(strings.Fields(read(t, s, isolated[string](`document.querySelector("main").innerText`))), " ")
}

// quoted is a text as an expression.
func quoted(text string) string {
	octets, _ := json.Marshal(text) // a string has always one
	return string(octets)
}
