package mpass

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/xml"
	"net/url"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/xmlsec"
)

// Namespaces and names of SAML 2.0.
const (
	protocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	statement = "urn:oasis:names:tc:SAML:2.0:assertion"
	metadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	postBound = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

	statusSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success"
	statusPartial = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
	statusPassive = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
	statusPrefix  = "urn:oasis:names:tc:SAML:2.0:status:"

	bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
)

// token is 256 random bits, in 43 characters of the alphabet that XML names, cookies and addresses allow.
func token() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// moment writes a time as MPass does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// fill replaces the names in a template by their values, escaped; names and values alternate.
func fill(template string, values ...string) string {
	for i := 1; i < len(values); i += 2 {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(values[i])) // a Builder does not fail
		values[i] = b.String()
	}
	return strings.NewReplacer(values...).Replace(template)
}

func withLanguage(address string, lang mconnect.Lang) string {
	u, err := url.Parse(address)
	if err != nil || lang == "" {
		return address
	}
	q := u.Query()
	q.Set("lang", string(lang))
	u.RawQuery = q.Encode()
	return u.String()
}

func (p *Provider) authnRequest(r Request) string {
	options := ""
	if r.Start.StepUp != "" {
		options += ` ForceAuthn="true"`
	}
	if r.Start.Passive {
		options += ` IsPassive="true"`
	}
	return fill(`<samlp:AuthnRequest xmlns:samlp="`+protocol+`" xmlns:saml="`+statement+`" ID="@id@" Version="2.0" `+
		`IssueInstant="@now@" Destination="@to@" AssertionConsumerServiceURL="@acs@" ProtocolBinding="`+postBound+`"`+
		options+`><saml:Issuer>@us@</saml:Issuer><samlp:NameIDPolicy AllowCreate="true"/></samlp:AuthnRequest>`,
		"@id@", r.ID, "@now@", moment(r.Begun), "@to@", p.cfg.LoginURL, "@acs@", p.cfg.ACS, "@us@", p.cfg.EntityID)
}

func (p *Provider) logoutRequest(r Request, nameID, sessionIndex string) string {
	return fill(`<samlp:LogoutRequest xmlns:samlp="`+protocol+`" xmlns:saml="`+statement+`" ID="@id@" Version="2.0" `+
		`IssueInstant="@now@" Destination="@to@"><saml:Issuer>@us@</saml:Issuer><saml:NameID>@name@</saml:NameID>`+
		`<samlp:SessionIndex>@index@</samlp:SessionIndex></samlp:LogoutRequest>`,
		"@id@", r.ID, "@now@", moment(r.Begun), "@to@", p.cfg.LogoutURL, "@us@", p.cfg.EntityID, "@name@", nameID,
		"@index@", sessionIndex)
}

// logoutResponse answers a LogoutRequest. That not all sessions ended is said below Success (SAML Core §3.7.3.2).
func (p *Provider) logoutResponse(to string, all bool) string {
	partial := ""
	if !all {
		partial = `<samlp:StatusCode Value="` + statusPartial + `"/>`
	}
	return fill(`<samlp:LogoutResponse xmlns:samlp="`+protocol+`" xmlns:saml="`+statement+`" ID="@id@" Version="2.0" `+
		`IssueInstant="@now@" Destination="@to@" InResponseTo="@irt@"><saml:Issuer>@us@</saml:Issuer><samlp:Status>`+
		`<samlp:StatusCode Value="`+statusSuccess+`">`+partial+`</samlp:StatusCode></samlp:Status></samlp:LogoutResponse>`,
		"@id@", "_"+token(), "@now@", moment(p.cfg.Clock()), "@to@", p.cfg.LogoutURL, "@irt@", to,
		"@us@", p.cfg.EntityID)
}

// Metadata describes this service provider, signed.
func (p *Provider) Metadata() ([]byte, error) {
	text := fill(`<md:EntityDescriptor xmlns:md="`+metadata+`" ID="@id@" entityID="@us@"><md:SPSSODescriptor `+
		`AuthnRequestsSigned="true" WantAssertionsSigned="false" protocolSupportEnumeration="`+protocol+`">`+
		`<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>`+
		`<ds:X509Certificate>@certificate@</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`+
		`<md:SingleLogoutService Binding="`+postBound+`" Location="@slo@" ResponseLocation="@logout@"/>`+
		`<md:AssertionConsumerService Binding="`+postBound+`" Location="@acs@" index="0" isDefault="true"/>`+
		`</md:SPSSODescriptor></md:EntityDescriptor>`,
		"@id@", "_"+token(), "@us@", p.cfg.EntityID, "@slo@", p.cfg.SLO, "@logout@", p.cfg.Logout, "@acs@", p.cfg.ACS,
		"@certificate@", base64.StdEncoding.EncodeToString(p.cfg.certificate()))
	return xmlsec.SignEnveloped([]byte(text), p.cfg.Key, p.cfg.Certificate)
}

func (c *Config) certificate() []byte {
	if c.Certificate == nil {
		return nil
	}
	return c.Certificate.Raw
}
