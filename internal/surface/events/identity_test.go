package events_test

import (
	"strings"
	"testing"
	"time"

	"mconnect/internal/pki/authority"
	"mconnect/test/must"
	"mconnect/test/site"
)

// everyPath are the contract's paths; instances represent themselves.
var everyPath = [][2]string{
	{"POST", "/ce/produce/raw"}, {"POST", "/ce/produce/event"}, {"POST", "/ce/produce/events"}, {"GET", "/ce/consume/ws"},
	{"POST", "/ce/consumers"}, {"GET", "/bridge-1/ce/consumers/g/instances/x/raw"}, {"GET", "/ce/tools/my-settings"},
	{"POST", "/ce/tools/consumer/test"}, {"GET", "/ce/tools/producer/receipt"}, {"GET", "/swagger"}, {"GET", "/swagger/openapi.json"}, {"GET", "/nothing"},
}

// TestIdentity_EveryEndpointWantsACertificate: none, or one that leads to no anchor, is 400; a genuine one that is not
// good is 401.
func TestIdentity_EveryEndpointWantsACertificate(t *testing.T) {
	w := newTestPlatform(t, brief)
	w.Spoil(t, "hall.app", time.Now().Add(-time.Minute))
	w.Certificates["unregistered"] = site.Issue(t, w.Authority, authority.Request{Use: authority.ForSystem, Name: "hall.app"})
	must.Get(w.Trust.Reload())(t)
	for _, p := range protocols {
		for system, status := range map[string]int{"": 400, "untrusted": 400, "unregistered": 401, "expired": 401, "early": 401, "revoked": 401} {
			c := w.as(t, system, p.h2)
			for _, call := range everyPath {
				g := c.ask(t, call[0], call[1], "")
				if g.status != status {
					t.Errorf("%s, %q to %s: %s; want %d", p.name, system, call[1], g, status)
				}
				plain(t, g)
			}
		}
	}
}

func TestIdentity_PathsAndMethodsThatAreNoneOfTheContract(t *testing.T) {
	w := newTestPlatform(t, brief)
	for _, p := range protocols {
		c := w.as(t, "hall.app", p.h2)
		for _, path := range []string{
			"/", "/ce", "/ce/", "/ce/produce", "/ce/produce/raw/", "/ce//produce/raw", "/CE/produce/raw", "/ce/produce/%72aw", "/ce/consumers/",
			"/bridge-1/ce/consumers/g/instances/x/other", "/bridge-1/ce/consumers/g/instances/x/", "/swagger/other", "/swagger/../ce/produce/raw",
		} {
			g := c.ask(t, "POST", path, "")
			if g.status != 404 {
				t.Errorf("%s %s: %s", p.name, path, g)
			}
			plain(t, g)
		}
		for path, allow := range map[string]string{"/ce/produce/raw": "POST", "/ce/consume/ws": "GET", "/ce/consumers": "POST", "/ce/tools/my-settings": "GET"} {
			g := c.ask(t, "PUT", path, "")
			if g.status != 405 || g.header.Get("Allow") != allow {
				t.Errorf("%s PUT %s: %s", p.name, path, g)
			}
		}
	}
}

// TestIdentity_SuspensionActsOnTheNextRequest, and a system without a role gets the reason.
func TestIdentity_SuspensionActsOnTheNextRequest(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "asp.rst", true)
	event := eventOf("1", invalidated, `{"Number":"B"}`)
	c.produce(t, event)
	w.apply(t, "{ kind: System, id: asp.rst, name: { ro: Registrul }, roles: [producer], status: suspended }")
	if g := c.ask(t, "POST", "/ce/produce/event", event, oneType); g.status != 401 || !strings.Contains(g.body, "suspended") {
		t.Errorf("suspended: %s", g)
	}
	for _, path := range []string{"/ce/consumers", "/ce/consumers?group=x"} {
		if g := w.as(t, "asp.idle", true).ask(t, "POST", path, ""); g.status != 401 {
			t.Errorf("no consumer: %s", g)
		}
	}
}

// TestOrigin_PagesOfOtherSitesProduceNothing: a browser presents a certificate by itself, so what a page of another
// site sends is refused before it is understood.
func TestOrigin_PagesOfOtherSitesProduceNothing(t *testing.T) {
	w := newTestPlatform(t, brief)
	for _, p := range protocols {
		c := w.as(t, "hall.app", p.h2)
		for _, call := range everyPath {
			if strings.HasPrefix(call[1], "/ce/consume/ws") {
				continue // see TestHandshakesThatAreNone
			}
			g := c.ask(t, call[0], call[1], "", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
			if g.status < 400 || !strings.Contains(g.body, "page of another site") {
				t.Errorf("%s, %s: %s", p.name, call[1], g)
			}
		}
		if g := c.ask(t, "GET", "/ce/tools/my-settings", "", "Sec-Fetch-Site: same-origin"); g.status != 200 {
			t.Errorf("%s, the own page: %s", p.name, g)
		}
	}
}
