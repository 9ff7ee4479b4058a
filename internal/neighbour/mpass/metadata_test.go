package mpass_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
	"mconnect/internal/xmlsec"
)

func verified(t *testing.T, text []byte, k emulator.Key) xmlsec.Node {
	t.Helper()
	doc, err := xmlsec.Parse(text, xmlsec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := xmlsec.VerifyEnveloped(doc.Root(), xmlsec.NewDirectory(xmlsec.Registered{Certificate: k.Certificate}).Find); err != nil {
		t.Fatal(err)
	}
	return doc.Root()
}

// TestMetadata_IsSignedAndNamesEveryAddress on both sides.
func TestMetadata_IsSignedAndNamesEveryAddress(t *testing.T) {
	w := newWorld(t)
	ours, err := w.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := verified(t, ours, keys()[0]).Attr("", "entityID"); id != portal {
		t.Error(id)
	}
	for _, want := range []string{`Location="https://portal.test/mpass-login"`, `Location="https://portal.test/mpass-slo"`,
		`ResponseLocation="https://portal.test/mpass-logout"`, `AuthnRequestsSigned="true"`} {
		if !strings.Contains(string(ours), want) {
			t.Errorf("no %s in %s", want, ours)
		}
	}
	for _, path := range []string{"/meta", "/meta/saml"} {
		status, theirs := w.send(t, "GET", issuer+path, nil)
		root := verified(t, []byte(theirs), keys()[2])
		if id, _ := root.Attr("", "entityID"); status != http.StatusOK || id != issuer ||
			strings.Count(theirs, "<ds:X509Certificate>") != 3 {
			t.Errorf("%d %s", status, theirs)
		}
	}
}

// control makes a request below /_emu/.
func (w *world) control(t *testing.T, method, path string, body any) (int, string) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.emu.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, issuer+path,
		strings.NewReader(string(text))))
	return rec.Code, rec.Body.String()
}

// TestControl_StartsAttacksAndMovesTheClock: programs drive the emulator as the tests here do.
func TestControl_StartsAttacksAndMovesTheClock(t *testing.T) {
	w := newWorld(t)
	ok := func(method, path string, body any) string {
		t.Helper()
		status, text := w.control(t, method, path, body)
		if status >= 300 {
			t.Errorf("%s: %d %s", path, status, text)
		}
		return text
	}
	ok("POST", "/_emu/next", map[string]any{"attack": "unsigned"})
	if _, err := w.login(t, "clerk", romanian); codeOf(err) != "login.signature" {
		t.Error(err)
	}
	ok("POST", "/_emu/clock", map[string]any{"seconds": -15 * 60})
	post, _, err := w.Begin(t.Context(), romanian)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := w.post(t, post); status != http.StatusBadRequest {
		t.Error("the clock did not move: ", status)
	}
	ok("POST", "/_emu/clock", map[string]any{"seconds": 15 * 60})
	ok("POST", "/_emu/key", map[string]any{"key": 1})
	ok("POST", "/_emu/services", map[string]any{"entityId": "https://third.test", "acs": "https://third.test/acs",
		"certificate": base64.StdEncoding.EncodeToString(keys()[1].Certificate.Raw)})
	third := newWorld(t, func(c *mpass.Config) {
		c.EntityID, c.ACS, c.Key, c.Certificate = "https://third.test", "https://third.test/acs", keys()[1].Key, keys()[1].Certificate
	})
	third.emu = w.emu
	if _, err := third.login(t, "clerk", romanian); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{"/_emu/persons": `"2999000100017"`, "/_emu/attacks": `"unsigned"`,
		"/_emu/received": `"AuthnRequest"`} {
		if text := ok("GET", path, nil); !strings.Contains(text, want) {
			t.Errorf("%s: %s", path, text)
		}
	}
	for _, path := range []string{"/_emu/next", "/_emu/services"} {
		if status, _ := w.control(t, "POST", path, "text"); status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, status)
		}
	}
}
