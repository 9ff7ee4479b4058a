package emulator

import (
	"errors"
	"strings"
)

// logoutAttacks are what a service provider must refuse of logout messages, by name.
var logoutAttacks = map[string]func(e *Emulator, text string) (string, error){
	"":         (*Emulator).sign,
	"unsigned": func(_ *Emulator, text string) (string, error) { return text, nil },
	"foreign key": func(e *Emulator, text string) (string, error) {
		k, err := NewKey("foreign", e.now())
		if err != nil {
			return "", err
		}
		return signIn(text, k, manner{})
	},
	"sha-1 signature": func(e *Emulator, text string) (string, error) {
		return signIn(text, e.signing(), manner{method: rsaSHA1})
	},
	"other destination": replacing(`Destination="`, `Destination="https://other.invalid/`),
	"other issuer":      replacing(`<saml:Issuer>`, `<saml:Issuer>x`),
	"expired":           replacing(`Version="2.0"`, `Version="2.0" NotOnOrAfter="2020-01-01T00:00:00Z"`),
	"no session":        replacing(`samlp:SessionIndex>`, `samlp:Other>`),
	"no name":           replacing(`saml:NameID>`, `saml:Other>`),
	"other request":     replacing(`InResponseTo="`, `InResponseTo="_x`),
}

// replacing changes a message before it is signed honestly.
func replacing(old, new string) func(e *Emulator, text string) (string, error) {
	return func(e *Emulator, text string) (string, error) { return e.sign(strings.ReplaceAll(text, old, new)) }
}

// buildLogout is a LogoutRequest: honest where name is "".
func (e *Emulator) buildLogout(a asked, nameID, name string) (string, error) {
	if name == "replay" {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.last, nil
	}
	text, err := e.logout(name, escape(`<samlp:LogoutRequest xmlns:samlp="`+nsProtocol+`" xmlns:saml="`+nsAssertion+
		`" ID="@id@" Version="2.0" IssueInstant="@now@" Destination="@to@"><saml:Issuer>@us@</saml:Issuer>`+
		`<saml:NameID>@name@</saml:NameID><samlp:SessionIndex>@index@</samlp:SessionIndex></samlp:LogoutRequest>`,
		"@id@", a.id, "@now@", instant(e.now()), "@to@", a.service.SLO, "@us@", e.cfg.URL, "@name@", nameID,
		"@index@", a.index))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = text
	return text, err
}

// buildLogoutResponse is a LogoutResponse: honest where name is "".
func (e *Emulator) buildLogoutResponse(to *incoming, codes []string, name string) (string, error) {
	return e.logout(name, escape(`<samlp:LogoutResponse xmlns:samlp="`+nsProtocol+`" xmlns:saml="`+nsAssertion+
		`" ID="@id@" Version="2.0" IssueInstant="@now@" Destination="@to@" InResponseTo="@irt@">`+
		`<saml:Issuer>@us@</saml:Issuer>`+statusOf(codes...)+`</samlp:LogoutResponse>`,
		"@id@", random(), "@now@", instant(e.now()), "@to@", to.service.Logout, "@irt@", to.id, "@us@", e.cfg.URL))
}

func (e *Emulator) logout(name, text string) (string, error) {
	make, known := logoutAttacks[name]
	if !known {
		return "", errors.New("no attack has the name " + name)
	}
	return make(e, text)
}
