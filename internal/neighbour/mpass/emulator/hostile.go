package emulator

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Victim is the identifier that attacks try to log in as.
const Victim = "2999000100028"

// attack builds a message that no service may accept.
type attack func(e *Emulator, a *answer) (string, error)

// build is the Response: honest where name is "", as the attack of that name makes it otherwise.
func (e *Emulator) build(a *answer, name string) (string, error) {
	if name == "" {
		text, err := e.sign(a.text())
		e.mu.Lock()
		e.last = text
		e.mu.Unlock()
		return text, err
	}
	if make, known := attacks[name]; known {
		return make(e, a)
	}
	return "", errors.New("no attack has the name " + name)
}

// Attacks lists the names of all attacks on a login, for /_emu/next.
func Attacks() []string { return slices.Sorted(maps.Keys(attacks)) }

// changed is an attack whose message is signed honestly, after something in it was changed.
func changed(change func(a *answer)) attack {
	return func(e *Emulator, a *answer) (string, error) {
		change(a)
		return e.sign(a.text())
	}
}

// after is an attack that changes the text of an honest message.
func after(change func(text string, a *answer) string) attack {
	return func(e *Emulator, a *answer) (string, error) {
		text, err := e.sign(a.text())
		return change(text, a), err
	}
}

// before is an attack that changes the text before it is signed honestly.
func before(old, new string) attack {
	return func(e *Emulator, a *answer) (string, error) {
		text := a.text()
		if !strings.Contains(text, old) {
			return "", fmt.Errorf("the message has no %s", old)
		}
		return e.sign(strings.Replace(text, old, new, 1))
	}
}

// mannered is an attack that signs in another manner.
func mannered(m func(e *Emulator) manner) attack {
	return func(e *Emulator, a *answer) (string, error) { return signIn(a.text(), e.signing(), m(e)) }
}

func fixed(m manner) attack { return mannered(func(*Emulator) manner { return m }) }

// forged is the answer about the victim.
func (a *answer) forged() *answer {
	f := *a
	f.person.IDNP = Victim
	f.id, f.assertion = random(), random()
	return &f
}

// attacks are what a service provider must refuse, by name.
var attacks = map[string]attack{
	"unsigned": func(_ *Emulator, a *answer) (string, error) { return a.text(), nil },
	"altered": after(func(text string, a *answer) string {
		return strings.ReplaceAll(text, a.person.IDNP, Victim)
	}),
	"sha-1 signature":                       fixed(manner{method: rsaSHA1}),
	"sha-1 digest":                          fixed(manner{digest: sha1Name}),
	"hmac":                                  fixed(manner{method: hmacSHA1}),
	"no key named":                          fixed(manner{claimed: "-"}),
	"foreign key":                           foreign(false),
	"foreign key under MPass's certificate": foreign(true),
	"xslt":                                  fixed(manner{transforms: []string{enveloped, xslt}}),
	"not enveloped":                         fixed(manner{transforms: []string{exclusive}}),
	"reference to the document":             fixed(manner{uri: "!"}),
	"reference to elsewhere":                fixed(manner{uri: "https://example.invalid/a.xml"}),
	"reference to the assertion":            referToAssertion,
	"only the assertion signed":             assertionSigned(false),
	"assertion of a foreign key":            assertionSigned(true),
	"wrapped response":                      wrappedResponse,
	"wrapped in the signature":              wrappedInSignature,
	"wrapped assertion before":              wrappedAssertion(func(forged, honest string) string { return forged + honest }),
	"wrapped assertion after":               wrappedAssertion(func(forged, honest string) string { return honest + forged }),
	"wrapped assertion inside":              wrappedAssertion(inside),
	"second assertion":                      secondAssertion,
	"duplicate id":                          duplicateID,
	"encrypted assertion":                   encrypted,
	"two signatures":                        twoSignatures,
	"comment in the name": after(func(text string, a *answer) string {
		return strings.Replace(text, a.person.IDNP, a.person.IDNP[:6]+"<!-- -->"+a.person.IDNP[6:], 1)
	}),
	"processing instruction": after(func(text string, _ *answer) string { return "<?x y?>" + text }),
	"dtd": after(func(text string, _ *answer) string {
		return `<!DOCTYPE r [<!ENTITY x "` + Victim + `">]>` + text
	}),
	"utf-16": after(func(text string, _ *answer) string {
		wide := []byte{0xFF, 0xFE}
		for _, c := range utf16.Encode([]rune(text)) {
			wide = append(wide, byte(c), byte(c>>8))
		}
		return string(wide)
	}),
	"other issuer":      changed(func(a *answer) { a.issuer = "https://other.invalid" }),
	"other destination": changed(func(a *answer) { a.destination = "https://other.invalid/mpass-login" }),
	"other recipient":   changed(func(a *answer) { a.recipient = "https://other.invalid/mpass-login" }),
	"other audience":    changed(func(a *answer) { a.audience = "https://other.invalid" }),
	"no audience":       before(`<saml:AudienceRestriction>`, `<saml:OneTimeUse/><saml:AudienceRestriction xmlns:saml="urn:x">`),
	"expired":           changed(func(a *answer) { a.until = a.issued.Add(-2 * time.Minute) }),
	"issued long ago":   changed(func(a *answer) { a.issued = a.issued.Add(-11 * time.Minute) }),
	"issued in future":  changed(func(a *answer) { a.issued = a.issued.Add(11 * time.Minute) }),
	"not yet":           notYet,
	"without end":       before(`<saml:SubjectConfirmationData NotOnOrAfter=`, `<saml:SubjectConfirmationData Until=`),
	"unsolicited":       changed(func(a *answer) { a.request = "" }),
	"other request":     changed(func(a *answer) { a.request = random() }),
	"replay": func(e *Emulator, _ *answer) (string, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.last, nil
	},
	"no name":        before(`<saml:NameID>`, `<saml:NameID xmlns:saml="urn:x">`),
	"technical user": changed(func(a *answer) { a.person.IDNP = "service.account" }),
	"no session":     changed(func(a *answer) { a.index = "" }),
	"holder of key":  before("cm:bearer", "cm:holder-of-key"),
	"failed":         failedWithAssertion,
}

func foreign(claim bool) attack {
	return func(e *Emulator, a *answer) (string, error) {
		k, err := NewKey("foreign", e.now())
		if err != nil {
			return "", err
		}
		m := manner{}
		if claim {
			m.claimed = base64.StdEncoding.EncodeToString(e.signing().Certificate.Raw)
		}
		return signIn(a.text(), k, m)
	}
}

// referToAssertion puts into the Response a signature that covers the assertion only, so that the rest can be changed.
func referToAssertion(e *Emulator, a *answer) (string, error) {
	s, err := signature(a.assertionText(), e.signing(), manner{transforms: []string{enveloped, exclusive}})
	return insert(a.text(), s), err
}

// assertionSigned signs the assertion: alone, or with a foreign key inside a Response that is signed honestly.
func assertionSigned(foreign bool) attack {
	return func(e *Emulator, a *answer) (string, error) {
		k := e.signing()
		if foreign {
			var err error
			if k, err = NewKey("foreign", e.now()); err != nil {
				return "", err
			}
		}
		honest := a.assertionText()
		signed, err := signIn(honest, k, manner{transforms: []string{enveloped, exclusive}})
		if err != nil {
			return "", err
		}
		text := strings.Replace(a.text(), honest, signed, 1)
		if foreign {
			return e.sign(text)
		}
		return text, nil
	}
}

// wrappedResponse hides the honest Response, with its signature, in a forged one that carries the same signature.
func wrappedResponse(e *Emulator, a *answer) (string, error) {
	s, err := signature(a.text(), e.signing(), manner{})
	if err != nil {
		return "", err
	}
	f := insert(a.forged().text(), s)
	return strings.Replace(f, "<samlp:Status>", "<samlp:Extensions>"+a.text()+"</samlp:Extensions><samlp:Status>", 1), nil
}

// wrappedInSignature hides the honest Response in the signature of a forged one.
func wrappedInSignature(e *Emulator, a *answer) (string, error) {
	s, err := signature(a.text(), e.signing(), manner{})
	if err != nil {
		return "", err
	}
	s = strings.Replace(s, "</ds:Signature>", "<ds:Object>"+a.text()+"</ds:Object></ds:Signature>", 1)
	return insert(a.forged().text(), s), nil
}

// wrappedAssertion puts a forged assertion into the honest, signed Response.
func wrappedAssertion(place func(forged, honest string) string) attack {
	return func(e *Emulator, a *answer) (string, error) {
		text, err := e.sign(a.text())
		if err != nil {
			return "", err
		}
		at := strings.Index(text, "<saml:Assertion")
		end := strings.Index(text, "</samlp:Response>")
		return text[:at] + place(a.forged().assertionText(), text[at:end]) + text[end:], nil
	}
}

func inside(forged, honest string) string {
	return strings.Replace(forged, "<saml:Subject>", "<saml:Advice>"+honest+"</saml:Advice><saml:Subject>", 1)
}

// secondAssertion signs two assertions honestly: which one counts must not be a question.
func secondAssertion(e *Emulator, a *answer) (string, error) {
	return e.sign(strings.Replace(a.text(), "</samlp:Response>", a.forged().assertionText()+"</samlp:Response>", 1))
}

func duplicateID(e *Emulator, a *answer) (string, error) {
	a.assertion = a.id
	return e.sign(a.text())
}

func encrypted(e *Emulator, a *answer) (string, error) {
	honest := a.assertionText()
	return e.sign(strings.Replace(a.text(), honest, `<saml:EncryptedAssertion xmlns:saml="`+nsAssertion+`"/>`, 1))
}

func twoSignatures(e *Emulator, a *answer) (string, error) {
	s, err := signature(a.text(), e.signing(), manner{})
	return insert(a.text(), s+s), err
}

func notYet(e *Emulator, a *answer) (string, error) {
	return before(`<saml:Conditions `, `<saml:Conditions NotBefore="`+instant(a.issued.Add(3*time.Minute))+`" `)(e, a)
}

// failedWithAssertion says that the login failed, and yet states who the person is.
func failedWithAssertion(e *Emulator, a *answer) (string, error) {
	return before(`<samlp:StatusCode Value="`+success+`">`, `<samlp:StatusCode Value="`+responder+`">`)(e, a)
}
