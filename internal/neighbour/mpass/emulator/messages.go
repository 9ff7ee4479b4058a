package emulator

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"mconnect/internal/xmlsec"
)

const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	postBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	success     = "urn:oasis:names:tc:SAML:2.0:status:Success"
	responder   = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	noPassive   = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
	denied      = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
	partial     = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
)

// Received is a message of a service, as it came in.
type Received struct {
	Kind       string `json:"kind"` // the name of its root element
	Service    string `json:"service"`
	ID         string `json:"id"`
	Language   string `json:"lang,omitempty"`
	RelayState string `json:"relayState,omitempty"`
	ForceAuthn bool   `json:"forceAuthn,omitempty"`
	IsPassive  bool   `json:"isPassive,omitempty"`
	XML        string `json:"xml"`
}

// incoming is a message of a service that has been checked.
type incoming struct {
	root    xmlsec.Node
	id      string
	service Service
	relay   string
}

// read decodes and checks a message as MPass does: known issuer, signature of its registered certificate in the form
// that the guide prescribes, destination and time.
func (e *Emulator) read(r *http.Request, field, destination string) (*incoming, error) {
	raw, err := base64.StdEncoding.DecodeString(r.PostForm.Get(field))
	if err != nil {
		return nil, fmt.Errorf("%s is not base64: %w", field, err)
	}
	doc, err := xmlsec.Parse(raw, xmlsec.Limits{Bytes: 1 << 20})
	if err != nil {
		return nil, err
	}
	m := &incoming{root: doc.Root(), relay: r.PostForm.Get("RelayState")}
	m.id, _ = m.root.Attr("", "ID")
	issuer := m.root.Child(nsAssertion, "Issuer")
	var known bool
	if m.service, known = e.service(issuer.Text()); !known {
		return nil, fmt.Errorf("the service %q is not registered", issuer.Text())
	}
	e.keep(m, r, string(raw))
	if err := shape(m.root); err != nil {
		return nil, err
	}
	directory := xmlsec.NewDirectory(xmlsec.Registered{Certificate: m.service.Certificate})
	if _, err := xmlsec.VerifyEnveloped(m.root, directory.Find); err != nil {
		return nil, err
	}
	if to, _ := m.root.Attr("", "Destination"); to != destination {
		return nil, fmt.Errorf("destination is %q", to)
	}
	at, _ := m.root.Attr("", "IssueInstant")
	issued, err := time.Parse(time.RFC3339, at)
	if err != nil || !strings.HasSuffix(at, "Z") || e.now().Sub(issued).Abs() > 10*time.Minute {
		return nil, fmt.Errorf("IssueInstant is %q", at)
	}
	if len(m.relay) > 80 {
		return nil, errors.New("RelayState is longer than 80 octets")
	}
	return m, nil
}

func (e *Emulator) keep(m *incoming, r *http.Request, text string) {
	flag := func(name string) bool { v, _ := m.root.Attr("", name); return v == "true" }
	e.mu.Lock()
	defer e.mu.Unlock()
	e.received = append(e.received, Received{Kind: m.root.Local(), Service: m.service.EntityID, ID: m.id,
		Language: r.URL.Query().Get("lang"), RelayState: m.relay, ForceAuthn: flag("ForceAuthn"),
		IsPassive: flag("IsPassive"), XML: text})
}

// shape holds a message to the form of the guide: Signature directly after Issuer, exclusive canonicalisation of
// SignedInfo, one reference with only the enveloped-signature transform.
func shape(root xmlsec.Node) error {
	var names []string
	for c := range root.Elements() {
		names = append(names, c.Local())
	}
	if len(names) < 2 || names[0] != "Issuer" || names[1] != "Signature" {
		return errors.New("the signature does not follow Issuer")
	}
	info := root.Child(nsSignature, "Signature").Child(nsSignature, "SignedInfo")
	how, _ := info.Child(nsSignature, "CanonicalizationMethod").Attr("", "Algorithm")
	if how != "http://www.w3.org/2001/10/xml-exc-c14n#" {
		return errors.New("SignedInfo is not in exclusive canonical form")
	}
	transforms := 0
	for range info.Child(nsSignature, "Reference").Child(nsSignature, "Transforms").Elements() {
		transforms++
	}
	if transforms != 1 {
		return errors.New("want only the enveloped-signature transform")
	}
	if v, _ := root.Attr("", "Version"); v != "2.0" {
		return errors.New("the version is not 2.0")
	}
	return nil
}

// escape replaces the names in a template by escaped values; they alternate.
func escape(template string, values ...string) string {
	for i := 1; i < len(values); i += 2 {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(values[i])) // a Builder does not fail
		values[i] = b.String()
	}
	return strings.NewReplacer(values...).Replace(template)
}

// instant writes a time with the seven digits of .NET.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

func statusOf(codes ...string) string {
	open, end := "<samlp:Status>", "</samlp:Status>"
	for _, c := range codes {
		open, end = open+`<samlp:StatusCode Value="`+c+`">`, `</samlp:StatusCode>`+end
	}
	return open + end
}

// answer is a Response under construction: its parts, which an attack changes before or after it is signed.
type answer struct {
	service              Service
	request              string // id of the AuthnRequest
	id, assertion        string
	destination, issuer  string
	recipient, audience  string
	issued, until, asked time.Time
	index                string
	person               Person
	status               []string
}

func (e *Emulator) newAnswer(s Service, request string) *answer {
	now := e.now()
	return &answer{service: s, request: request, id: random(), assertion: random(), destination: s.ACS,
		issuer:    e.cfg.URL,
		recipient: s.ACS, audience: s.EntityID, issued: now, until: now.Add(5 * time.Minute), asked: now,
		status: []string{success}}
}

// text is the Response, unsigned.
func (a *answer) text() string {
	inner := ""
	if a.status[0] == success {
		inner = a.assertionText()
	}
	irt := ""
	if a.request != "" {
		irt = ` InResponseTo="` + a.request + `"`
	}
	return escape(`<samlp:Response xmlns:samlp="`+nsProtocol+`" ID="@id@" Version="2.0" IssueInstant="@now@" `+
		`Destination="@to@"`+irt+`><saml:Issuer xmlns:saml="`+nsAssertion+`">@us@</saml:Issuer>`+statusOf(a.status...),
		"@id@", a.id, "@now@", instant(a.issued), "@to@", a.destination, "@us@", a.issuer) + inner + `</samlp:Response>`
}

// assertionText is the assertion; MPass states no NotBefore.
func (a *answer) assertionText() string {
	irt := ""
	if a.request != "" {
		irt = ` InResponseTo="` + a.request + `"`
	}
	return escape(`<saml:Assertion xmlns:saml="`+nsAssertion+`" ID="@id@" Version="2.0" IssueInstant="@now@">`+
		`<saml:Issuer>@us@</saml:Issuer><saml:Subject><saml:NameID>@name@</saml:NameID><saml:SubjectConfirmation `+
		`Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="@until@" `+
		`Recipient="@recipient@"`+irt+`/></saml:SubjectConfirmation></saml:Subject><saml:Conditions `+
		`NotOnOrAfter="@until@"><saml:AudienceRestriction><saml:Audience>@audience@</saml:Audience>`+
		`</saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="@asked@" `+
		`SessionIndex="@index@"><saml:AuthnContext><saml:AuthnContextClassRef>`+
		`urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract</saml:AuthnContextClassRef>`+
		`</saml:AuthnContext></saml:AuthnStatement>`,
		"@id@", a.assertion, "@now@", instant(a.issued), "@us@", a.issuer, "@name@", a.person.IDNP, "@until@",
		instant(a.until), "@recipient@", a.recipient, "@audience@", a.audience, "@asked@", instant(a.asked),
		"@index@", a.index) + a.attributes() + `</saml:Assertion>`
}

func (a *answer) attributes() string {
	p := a.person
	resident := "true"
	if p.NonResident {
		resident = "false"
	}
	var b strings.Builder
	b.WriteString(`<saml:AttributeStatement>`)
	add := func(name string, values ...string) {
		b.WriteString(escape(`<saml:Attribute Name="@n@">`, "@n@", name))
		for _, v := range values {
			b.WriteString(escape(`<saml:AttributeValue>@v@</saml:AttributeValue>`, "@v@", v))
		}
		b.WriteString(`</saml:Attribute>`)
	}
	add("NameIdentifier", p.IDNP)
	add("IsResident", resident)
	add("FirstName", p.FirstName)
	add("LastName", p.LastName)
	add("BirthDate", "1980-01-01")
	add("Gender", "0")
	if p.Email != "" {
		add("EmailAddress", p.Email)
		add("MobilePhone", "+37360000000")
	}
	add("Language", p.Language)
	if len(p.Entities) > 0 {
		add("AdministeredLegalEntity", p.Entities...)
	}
	b.WriteString(`</saml:AttributeStatement>`)
	return b.String()
}

// sign signs a message with the key in use.
func (e *Emulator) sign(text string) (string, error) {
	k := e.signing()
	signed, err := xmlsec.SignEnveloped([]byte(text), k.Key, k.Certificate)
	return string(signed), err
}

func (e *Emulator) metadata(w http.ResponseWriter, _ *http.Request) {
	keys := ""
	for _, k := range e.cfg.Keys {
		keys += `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="` + nsSignature + `"><ds:X509Data><ds:X509Certificate>` +
			base64.StdEncoding.EncodeToString(k.Certificate.Raw) +
			`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
	}
	signed, err := e.sign(escape(`<md:EntityDescriptor xmlns:md="`+nsMetadata+`" ID="@id@" entityID="@us@">`+
		`<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="`+nsProtocol+`">`+keys+
		`<md:SingleLogoutService Binding="`+postBinding+`" Location="@us@/logout/saml"/>`+
		`<md:SingleSignOnService Binding="`+postBinding+`" Location="@us@/login/saml"/>`+
		`</md:IDPSSODescriptor></md:EntityDescriptor>`, "@id@", random(), "@us@", e.cfg.URL))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	_, _ = w.Write([]byte(signed)) // the client went away
}
