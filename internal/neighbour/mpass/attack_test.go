package mpass_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
)

// refusals states for each attack of the emulator the fault that it must meet and, where the signature is at fault,
// what xmlsec says.
var refusals = map[string]struct{ want, reason fault.Code }{
	"unsigned":                              {fault.LoginSignature, fault.SignatureMissing},
	"altered":                               {fault.LoginSignature, fault.SignatureDigest},
	"sha-1 signature":                       {fault.LoginWeak, fault.SignatureWeak},
	"sha-1 digest":                          {fault.LoginWeak, fault.SignatureWeak},
	"hmac":                                  {fault.LoginSignature, fault.SignatureAlgorithm},
	"no key named":                          {fault.LoginSignature, fault.SignatureKeyInfo},
	"foreign key":                           {fault.LoginKey, fault.SignatureCertificate},
	"foreign key under MPass's certificate": {fault.LoginSignature, fault.SignatureWrong},
	"xslt":                                  {fault.LoginSignature, fault.SignatureTransform},
	"not enveloped":                         {fault.LoginSignature, fault.SignatureReference},
	"reference to the document":             {fault.LoginSignature, fault.SignatureReference},
	"reference to elsewhere":                {fault.LoginSignature, fault.SignatureReference},
	"reference to the assertion":            {fault.LoginSignature, fault.SignatureReference},
	"only the assertion signed":             {fault.LoginSignature, fault.SignatureMissing},
	"assertion of a foreign key":            {fault.LoginKey, fault.SignatureCertificate},
	"wrapped response":                      {fault.LoginAssertion, ""},
	"wrapped in the signature":              {fault.LoginAssertion, ""},
	"wrapped assertion before":              {fault.LoginAssertion, ""},
	"wrapped assertion after":               {fault.LoginAssertion, ""},
	"wrapped assertion inside":              {fault.LoginAssertion, ""},
	"second assertion":                      {fault.LoginAssertion, ""},
	"duplicate id":                          {fault.LoginSignature, fault.SignatureDuplicateID},
	"encrypted assertion":                   {fault.LoginAssertion, ""},
	"two signatures":                        {fault.LoginSignature, fault.SignatureSeveral},
	"comment in the name":                   {fault.LoginSignature, fault.SignatureMalformed},
	"processing instruction":                {fault.LoginMarkup, fault.XMLInstruction},
	"dtd":                                   {fault.LoginMarkup, fault.XMLDoctype},
	"utf-16":                                {fault.LoginMarkup, fault.XMLEncoding},
	"other issuer":                          {fault.LoginIssuer, ""},
	"other destination":                     {fault.LoginDestination, ""},
	"other recipient":                       {fault.LoginRecipient, ""},
	"other audience":                        {fault.LoginAudience, ""},
	"no audience":                           {fault.LoginAudience, ""},
	"expired":                               {fault.LoginExpired, ""},
	"issued long ago":                       {fault.LoginExpired, ""},
	"issued in future":                      {fault.LoginEarly, ""},
	"not yet":                               {fault.LoginEarly, ""},
	"without end":                           {fault.LoginIncomplete, ""},
	"unsolicited":                           {fault.LoginUnsolicited, ""},
	"other request":                         {fault.LoginUnsolicited, ""},
	"replay":                                {fault.LoginReplayed, fault.SignatureReplayed},
	"no name":                               {fault.LoginIncomplete, ""},
	"technical user":                        {fault.LoginIncomplete, ""},
	"no session":                            {fault.LoginIncomplete, ""},
	"holder of key":                         {fault.LoginMarkup, ""},
	"failed":                                {fault.LoginStatus, ""},
}

// TestAttacks_AreRefused: every attack that the emulator knows meets its fault with a sentence in three languages, and
// an honest login succeeds afterwards.
func TestAttacks_AreRefused(t *testing.T) {
	if len(refusals) != len(emulator.Attacks()) || len(refusals) < 20 {
		t.Errorf("%d attacks, %d of them expected", len(emulator.Attacks()), len(refusals))
	}
	w := newWorld(t)
	if _, err := w.login(t, "clerk", romanian); err != nil {
		t.Fatal(err)
	}
	for _, attack := range emulator.Attacks() {
		expected, known := refusals[attack]
		if !known {
			t.Errorf("%s: what is to be expected?", attack)
		}
		w.emu.Next(attack)
		l, err := w.login(t, "clerk", romanian)
		if l != nil || codeOf(err) != expected.want || reasonOf(err) != expected.reason {
			t.Errorf("%s: %s, %s: %v", attack, codeOf(err), reasonOf(err), err)
			continue
		}
		f := fault.From(err)
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
			if s := f.Sentence(lang); s == "" || strings.Contains(s, "—") || f.Remedy(lang) == "" {
				t.Errorf("%s in %s: %q", attack, lang, s)
			}
		}
	}
	if _, err := w.login(t, "clerk", romanian); err != nil {
		t.Error("afterwards: ", err)
	}
}

// TestLoginCSRF_IsRefused: an answer that an attacker obtained for himself logs nobody else in, whichever cookies the
// victim's browser has.
func TestLoginCSRF_IsRefused(t *testing.T) {
	w := newWorld(t)
	_, own, err := w.Begin(t.Context(), romanian) // the victim, who has begun a login as well
	if err != nil {
		t.Fatal(err)
	}
	for name, cookie := range map[string]func(string) string{
		"no cookie":        func(string) string { return "" },
		"the victim's own": jar(own),
		"any cookie":       func(string) string { return own.Value },
	} {
		attacker := w.visit(t, w.Provider, "clerk", romanian)
		attacker.Cookie = cookie
		if _, err := w.Finish(t.Context(), attacker); codeOf(err) != fault.LoginBrowser {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnswer_IsUsedOnce: neither the message nor the state of a login serves twice.
func TestAnswer_IsUsedOnce(t *testing.T) {
	w := newWorld(t)
	first := w.visit(t, w.Provider, "clerk", romanian)
	if _, err := w.Finish(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(t.Context(), first); codeOf(err) != fault.LoginReplayed {
		t.Error(err)
	}
	forgetful := newWorld(t, func(c *mpass.Config) { c.Replay = forgets{} })
	first = forgetful.visit(t, forgetful.Provider, "clerk", romanian)
	if _, err := forgetful.Finish(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := forgetful.Finish(t.Context(), first); codeOf(err) != fault.LoginUnsolicited {
		t.Error(err)
	}
}

// forgets is a Replay that forgets at once.
type forgets struct{}

func (forgets) Remember([32]byte, time.Time, time.Time) error { return nil }

// TestAnswer_OfAnotherLoginIsRefused: an honest message under the relay state of another login of the same browser.
func TestAnswer_OfAnotherLoginIsRefused(t *testing.T) {
	w := newWorld(t)
	one := w.visit(t, w.Provider, "clerk", romanian)
	two := w.visit(t, w.Provider, "clerk", romanian)
	one.RelayState, one.Cookie = two.RelayState, two.Cookie
	if _, err := w.Finish(t.Context(), one); codeOf(err) != fault.LoginUnsolicited {
		t.Error(err)
	}
	for _, relay := range []string{"", "x", strings.Repeat("x", 43), strings.Repeat("x", 1<<20)} {
		a := w.visit(t, w.Provider, "clerk", romanian)
		a.RelayState = relay
		if _, err := w.Finish(t.Context(), a); codeOf(err) != fault.LoginUnsolicited {
			t.Errorf("%.50s: %v", relay, err)
		}
	}
}

// TestLogin_LapsesAfterTenMinutes: the state of a login ends, and so does the message.
func TestLogin_LapsesAfterTenMinutes(t *testing.T) {
	w := newWorld(t)
	post, binding, err := w.Begin(t.Context(), romanian)
	if err != nil {
		t.Fatal(err)
	}
	_, page := w.post(t, post)
	w.now = w.now.Add(mpass.Lifetime + time.Second)
	_, fields := form(t, w.choose(t, page, "clerk"))
	answer := mpass.Answer{Message: fields.Get("SAMLResponse"), RelayState: fields.Get("RelayState"), Cookie: jar(binding)}
	if _, err := w.Finish(t.Context(), answer); codeOf(err) != fault.LoginUnsolicited {
		t.Error(err)
	}
	late := w.visit(t, w.Provider, "clerk", romanian)
	w.now = w.now.Add(6*time.Minute + time.Second) // five that MPass grants, and one for the clocks
	if _, err := w.Finish(t.Context(), late); codeOf(err) != fault.LoginExpired {
		t.Error(err)
	}
}

// TestAnswer_ThatCannotBeReadIsRefused bounds what is read at all.
func TestAnswer_ThatCannotBeReadIsRefused(t *testing.T) {
	w := newWorld(t)
	b64 := base64.StdEncoding.EncodeToString
	for name, message := range map[string]string{
		"nothing": "", "no base64": "<Response/>", "no XML": b64([]byte("abc")), "huge": strings.Repeat("A", 1<<20),
		"cut":          w.visit(t, w.Provider, "clerk", romanian).Message[:400],
		"other root":   b64([]byte(`<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`)),
		"no namespace": b64([]byte(`<Response/>`)),
		"deep":         b64([]byte(strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100))),
		"many":         b64([]byte("<a>" + strings.Repeat("<a/>", 6000) + "</a>")),
	} {
		_, err := w.Finish(t.Context(), mpass.Answer{Message: message, Cookie: func(string) string { return "" }})
		if codeOf(err) != fault.LoginMarkup {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMemory_ForgetsTheOldest: many logins begun by one cannot keep others out, and what has lapsed takes no room.
func TestMemory_ForgetsTheOldest(t *testing.T) {
	m := mpass.NewMemory(3)
	for i := range byte(5) {
		if err := m.Keep(t.Context(), mpass.Request{Key: [32]byte{i}, Begun: noon}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range byte(5) {
		if _, err := m.Take(t.Context(), [32]byte{i}); (err == nil) != (i >= 2) {
			t.Errorf("%d: %v", i, err)
		}
		if _, err := m.Take(t.Context(), [32]byte{i}); codeOf(err) != fault.LoginUnsolicited {
			t.Errorf("%d twice: %v", i, err)
		}
	}
	for i := range byte(3) {
		_ = m.Keep(t.Context(), mpass.Request{Key: [32]byte{9, i}, Begun: noon.Add(time.Duration(i) * mpass.Lifetime)})
	}
	_ = m.Keep(t.Context(), mpass.Request{Key: [32]byte{10}, Begun: noon.Add(4 * mpass.Lifetime)})
	if _, err := m.Take(t.Context(), [32]byte{9, 2}); codeOf(err) != fault.LoginUnsolicited {
		t.Error("what has lapsed is kept")
	}
}
