package xmlsec_test

import (
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// shape is one client's way of signing, as protocols of the field show it.
type shape struct {
	name  string
	sha1  bool
	flags xmlsec.Flags
	parts int    // signed parts
	text  string // template with empty digests and value
}

// signedInfo writes SignedInfo with one Reference for each id; extra is put before the canonicalisation transform.
func signedInfo(prefix, hash, extra string, ids ...string) string {
	method, digestMethod := "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"
	if hash == "sha1" {
		method, digestMethod = nsDS+"rsa-sha1", nsDS+"sha1"
	}
	s := `<~SignedInfo><~CanonicalizationMethod Algorithm="@EXC@"/><~SignatureMethod Algorithm="` + method + `"/>`
	for _, id := range ids {
		s += `<~Reference URI="#` + id + `"><~Transforms>` + extra + `<~Transform Algorithm="@EXC@"/></~Transforms><~DigestMethod Algorithm="` +
			digestMethod + `"/><~DigestValue></~DigestValue></~Reference>`
	}
	return strings.ReplaceAll(s+`</~SignedInfo><~SignatureValue></~SignatureValue>`, "~", prefix)
}

const (
	bodyContent = `<m:GetPerson xmlns:m="https://mconnect.gov.md"><m:IDNP>2000000000008</m:IDNP></m:GetPerson>`
	callContext = `<mc:CallingUser xmlns:mc="https://mconnect.gov.md" wsu:Id="h1">2000000000008</mc:CallingUser>` +
		`<mc:CallBasis xmlns:mc="https://mconnect.gov.md" wsu:Id="h2">art. 8</mc:CallBasis>`
	bst     = `<wsse:BinarySecurityToken EncodingType="@BASE64@" ValueType="@TOKEN@X509v3" wsu:Id="X509-1">@CERT@</wsse:BinarySecurityToken>`
	refToX  = `<wsse:SecurityTokenReference><wsse:Reference URI="#X509-1" ValueType="@TOKEN@X509v3"/></wsse:SecurityTokenReference>`
	envOpen = `<soap:Envelope xmlns:soap="@SOAP@" xmlns:wsse="@WSSE@" xmlns:wsu="@WSU@" xmlns:ds="@DS@">`
)

func stampOf(id, created, expires string) string {
	return `<wsu:Timestamp xmlns:wsu="@WSU@"` + id + `><wsu:Created>` + created + `</wsu:Created><wsu:Expires>` + expires + `</wsu:Expires></wsu:Timestamp>`
}

// shapes lists the six of the field.
func shapes() []shape {
	return []shape{
		{"zeep", true, xmlsec.UsedSHA1 | xmlsec.UnsignedTimestamp | xmlsec.LateHeader, 1,
			`<?xml version='1.0' encoding='utf-8'?>` + "\n" + `<soap-env:Envelope xmlns:soap-env="@SOAP@"><soap-env:Header><wsse:Security xmlns:wsse="@WSSE@">` +
				`<Signature xmlns="@DS@">` + "\n" + signedInfo("", "sha1", "", "id-5e3f") + "\n" + `<KeyInfo><wsse:SecurityTokenReference><X509Data>` + "\n" +
				`<X509IssuerSerial>` + "\n" + `<X509IssuerName/><X509SerialNumber/></X509IssuerSerial><X509Certificate>@CERT@</X509Certificate></X509Data></wsse:SecurityTokenReference></KeyInfo></Signature></wsse:Security>` +
				`</soap-env:Header><soap-env:Body xmlns:wsu="@WSU@" wsu:Id="id-5e3f">` + bodyContent + `</soap-env:Body>` +
				`<soap-env:Header><wsse:Security xmlns:wsse="@WSSE@">` + stampOf("", "2026-03-02T11:59:58Z", "2026-03-02T12:04:58Z") + `</wsse:Security></soap-env:Header></soap-env:Envelope>`},
		{"dotnet", false, xmlsec.PlainID, 2,
			`<s:Envelope xmlns:s="@SOAP@"><s:Header><o:Security s:mustUnderstand="1" xmlns:o="@WSSE@">` +
				stampOf(` Id="TS-7f"`, "2026-03-02T11:59:58.1234567Z", "2026-03-02T12:14:58.1234567Z") + `<Signature xmlns="@DS@">` + signedInfo("", "sha256", "", "MS-7f", "TS-7f") +
				`<KeyInfo><X509Data><X509Certificate>@CERT@</X509Certificate></X509Data></KeyInfo></Signature></o:Security></s:Header><s:Body Id="MS-7f">` + bodyContent + `</s:Body></s:Envelope>`},
		{"php-wsse", false, 0, 4,
			envOpen + `<soap:Header>` + callContext + `<wsse:Security soap:mustUnderstand="1">` + bst + `<ds:Signature>` + signedInfo("ds:", "sha256", "", "ts", "h1", "h2", "body") +
				`<ds:KeyInfo>` + refToX + `</ds:KeyInfo></ds:Signature>` + stampOf(` wsu:Id="ts"`, "2026-03-02T11:59:59Z", "2026-03-02T12:01:59Z") +
				`</wsse:Security></soap:Header><soap:Body wsu:Id="body">` + bodyContent + `</soap:Body></soap:Envelope>`},
		{"wse-php", true, xmlsec.UsedSHA1, 2,
			envOpen + `<soap:Header><wsse:Security>` + bst + stampOf(` wsu:Id="ts"`, "2026-03-02T11:59:59.000Z", "2026-03-02T12:59:59.000Z") + `<ds:Signature>` +
				signedInfo("ds:", "sha1", "", "ts", "body") + `<ds:KeyInfo>` + refToX + `</ds:KeyInfo></ds:Signature></wsse:Security></soap:Header><soap:Body wsu:Id="body">` +
				bodyContent + `</soap:Body></soap:Envelope>`},
		{"node-soap", true, xmlsec.UsedSHA1 | xmlsec.PlainID, 2,
			`<soap:Envelope xmlns:soap="@SOAP@" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header><wsse:Security xmlns:wsse="@WSSE@" xmlns:wsu="@WSU@" soap:mustUnderstand="1">` +
				strings.Replace(bst, "X509-1", "x509-9c", 1) + stampOf(` Id="_1"`, "2026-03-02T11:59:59Z", "2026-03-02T12:09:59Z") + `<Signature xmlns="@DS@">` +
				signedInfo("", "sha1", `<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>`, "_0", "_1") + `<KeyInfo>` +
				strings.Replace(refToX, "X509-1", "x509-9c", 1) + `</KeyInfo></Signature></wsse:Security></soap:Header><soap:Body Id="_0">` + bodyContent + `</soap:Body></soap:Envelope>`},
		{"soapphp", true, xmlsec.UsedSHA1, 2,
			envOpen + `<soap:Header><wsse:Security>` + stampOf(` wsu:Id="ts"`, "2026-03-02T11:59:59+00:00", "2026-03-02T12:29:59+00:00") + `<ds:Signature>` +
				signedInfo("ds:", "sha1", "", "ts", "body") + `<ds:KeyInfo><wsse:SecurityTokenReference><ds:X509Data><ds:X509IssuerName>@ISSUER@</ds:X509IssuerName>` +
				`<ds:X509SerialNumber>@HEX@</ds:X509SerialNumber></ds:X509Data></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security></soap:Header>` +
				`<soap:Body wsu:Id="body">` + bodyContent + `</soap:Body></soap:Envelope>`},
	}
}

func TestVerify_TheSixShapesOfTheField(t *testing.T) {
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			text := complete(t, insert(s.text, alpha()), alpha())
			cfg := trusting(xmlsec.Policy{SHA1: s.sha1}, beta(), alpha(), gamma())
			v := must.Get(verify(text, cfg))(t)
			if v.Flags != s.flags || len(v.SignedParts) != s.parts || v.Certificate != alpha().cert {
				t.Errorf("flags %b, want %b; %d parts, want %d", v.Flags, s.flags, len(v.SignedParts), s.parts)
			}
			if !strings.Contains(string(v.Body), bodyContent) || !strings.HasSuffix(string(v.Body), ":Body>") {
				t.Errorf("Body: %s", v.Body)
			}
			if _, err := verify(text, cfg); codeOf(err) != fault.SignatureReplayed {
				t.Errorf("the second time: %v", err)
			}
			changed := strings.Replace(text, "2000000000008</m:IDNP>", "2000000000009</m:IDNP>", 1)
			if _, err := verify(changed, trusting(xmlsec.Policy{SHA1: s.sha1}, alpha())); codeOf(err) != fault.SignatureDigest {
				t.Errorf("changed: %v", err)
			}
			if _, err := verify(text, trusting(xmlsec.Policy{}, alpha())); s.sha1 && codeOf(err) != fault.SignatureWeak {
				t.Errorf("SHA-1 without leave: %v", err)
			}
			if _, err := verify(text, trusting(xmlsec.Policy{SHA1: true}, beta())); codeOf(err) != fault.SignatureCertificate {
				t.Errorf("not registered: %v", err)
			}
		})
	}
}

// every way in which KeyInfo may name the certificate.
func TestVerify_KeyInfoForms(t *testing.T) {
	ways := map[string]string{
		"thumbprint":   `<wsse:SecurityTokenReference><wsse:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1" EncodingType="@BASE64@">@THUMB@</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
		"ski":          `<wsse:SecurityTokenReference><wsse:KeyIdentifier ValueType="@TOKEN@X509SubjectKeyIdentifier">@SKI@</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
		"embedded":     `<wsse:SecurityTokenReference><wsse:KeyIdentifier ValueType="@TOKEN@X509v3">@CERT@</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
		"decimal":      `<wsse:SecurityTokenReference><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>@ISSUER@</ds:X509IssuerName><ds:X509SerialNumber>@SERIAL@</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></wsse:SecurityTokenReference>`,
		"hex":          `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>C=MD, O="Test Office, Chișinău", CN=ALPHA</ds:X509IssuerName><ds:X509SerialNumber> @HEX@ </ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`,
		"one-line":     `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>/C=MD/O=Test Office, Chișinău/CN=alpha</ds:X509IssuerName><ds:X509SerialNumber>@SERIAL@</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`,
		"x509ski":      `<ds:X509Data><ds:X509SKI>@SKI@</ds:X509SKI><ds:X509SubjectName>whoever</ds:X509SubjectName></ds:X509Data>`,
		"cert+serial":  `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>@ISSUER@</ds:X509IssuerName><ds:X509SerialNumber>@SERIAL@</ds:X509SerialNumber></ds:X509IssuerSerial><ds:X509Certificate>@CERT@</ds:X509Certificate></ds:X509Data>`,
		"wrapped cert": "<ds:X509Data><ds:X509Certificate>\n@CERT@\n</ds:X509Certificate></ds:X509Data>",
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			text := complete(t, insert(plainMessage(way, "sha256", "body", "ts"), alpha()), alpha())
			v := must.Get(verify(text, trusting(xmlsec.Policy{SignedTimestamp: true}, beta(), alpha())))(t)
			if v.Created.IsZero() || v.Flags != 0 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// plainMessage is an everyday message with keyInfo, of which the parts ids are signed.
func plainMessage(keyInfo, hash string, ids ...string) string {
	return envOpen + `<soap:Header>` + callContext + `<wsse:Security>` + bst + stampOf(` wsu:Id="ts"`, "2026-03-02T11:59:59Z", "2026-03-02T12:04:59Z") +
		`<ds:Signature>` + signedInfo("ds:", hash, "", ids...) + `<ds:KeyInfo>` + keyInfo + `</ds:KeyInfo></ds:Signature></wsse:Security></soap:Header>` +
		`<soap:Body wsu:Id="body">` + bodyContent + `</soap:Body></soap:Envelope>`
}
