package soap_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

const (
	nsDS   = "http://www.w3.org/2000/09/xmldsig#"
	nsWSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	nsWSU  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	excC14 = "http://www.w3.org/2001/10/xml-exc-c14n#"
	token  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
	base   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

// calling is a Body's content.
func calling(name, field, value string) string {
	return `<m:` + name + ` xmlns:m="https://mconnect.gov.md"><m:` + field + `>` + value + `</m:` + field + `></m:` + name + `>`
}

var askPerson = calling("GetPerson", "IDNP", subject)

// shape is one client's way of signing, as the field shows it; %B% represents the Body's content, %H% for header
// blocks.
type shape struct {
	name string
	sha1 bool
	text string
}

// signedInfo has one empty Reference for each id; "~" is the prefix.
func signedInfo(hash, extra string, ids ...string) string {
	method, digest := xmlsec.AlgorithmRSASHA256, "http://www.w3.org/2001/04/xmlenc#sha256"
	switch hash {
	case "sha1":
		method, digest = xmlsec.AlgorithmRSASHA1, nsDS+"sha1"
	case "ecdsa":
		method = xmlsec.AlgorithmECDSASHA256
	}
	s := `<~SignedInfo><~CanonicalizationMethod Algorithm="` + excC14 + `"/><~SignatureMethod Algorithm="` + method + `"/>`
	for _, id := range ids {
		s += `<~Reference URI="#` + id + `"><~Transforms>` + extra + `<~Transform Algorithm="` + excC14 + `"/></~Transforms><~DigestMethod Algorithm="` +
			digest + `"/><~DigestValue></~DigestValue></~Reference>`
	}
	return s + `</~SignedInfo><~SignatureValue></~SignatureValue>`
}

func stamp(id string, ago, life time.Duration, form string) string {
	created := time.Now().UTC().Add(-ago)
	return `<wsu:Timestamp xmlns:wsu="` + nsWSU + `"` + id + `><wsu:Created>` + created.Format(form) + `</wsu:Created><wsu:Expires>` + created.Add(life).Format(form) +
		`</wsu:Expires></wsu:Timestamp>`
}

const (
	plainTime = "2006-01-02T15:04:05Z"
	bst       = `<wsse:BinarySecurityToken EncodingType="` + base + `" ValueType="` + token + `" wsu:Id="X509-1">@CERT@</wsse:BinarySecurityToken>`
	refToX    = `<wsse:SecurityTokenReference><wsse:Reference URI="#X509-1" ValueType="` + token + `"/></wsse:SecurityTokenReference>`
	envelope  = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsse="` + nsWSSE + `" xmlns:wsu="` + nsWSU + `" xmlns:ds="` + nsDS + `">`
)

// safe is the platform's own recommendation, with any of the three algorithms.
func safe(hash string) string {
	return envelope + `<soap:Header>%H%<wsse:Security soap:mustUnderstand="1">` + bst + stamp(` wsu:Id="ts"`, time.Second, 5*time.Minute, plainTime) + `<ds:Signature>` +
		strings.ReplaceAll(signedInfo(hash, "", "ts", "body"), "~", "ds:") + `<ds:KeyInfo>` + refToX +
		`</ds:KeyInfo></ds:Signature></wsse:Security></soap:Header><soap:Body wsu:Id="body">%B%</soap:Body></soap:Envelope>`
}

// shapes lists the six of the field.
func shapes() []shape {
	bare := func(s string) string { return strings.ReplaceAll(s, "~", "") }
	ds := func(s string) string { return strings.ReplaceAll(s, "~", "ds:") }
	return []shape{
		{"zeep", true, `<?xml version='1.0' encoding='utf-8'?>` + "\n" + `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Header>%H%<wsse:Security xmlns:wsse="` + nsWSSE + `"><Signature xmlns="` + nsDS + `">` + "\n" +
			bare(signedInfo("sha1", "", "id-5e3f")) + "\n" + `<KeyInfo><wsse:SecurityTokenReference><X509Data>` + "\n" +
			`<X509IssuerSerial>` + "\n" + `<X509IssuerName/><X509SerialNumber/></X509IssuerSerial><X509Certificate>@CERT@</X509Certificate></X509Data></wsse:SecurityTokenReference></KeyInfo></Signature></wsse:Security>` +
			`</soap-env:Header><soap-env:Body xmlns:wsu="` + nsWSU + `" wsu:Id="id-5e3f">%B%</soap-env:Body>` +
			`<soap-env:Header><wsse:Security xmlns:wsse="` + nsWSSE + `">` + stamp("", time.Second, 5*time.Minute, plainTime) + `</wsse:Security></soap-env:Header></soap-env:Envelope>`},
		{"dotnet", false, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>%H%<o:Security s:mustUnderstand="1" xmlns:o="` + nsWSSE + `">` +
			stamp(` Id="TS-7f"`, time.Second, 15*time.Minute, "2006-01-02T15:04:05.0000000Z") + `<Signature xmlns="` + nsDS + `">` + bare(signedInfo("sha256", "", "MS-7f", "TS-7f")) +
			`<KeyInfo><X509Data><X509Certificate>@CERT@</X509Certificate></X509Data></KeyInfo></Signature></o:Security></s:Header><s:Body Id="MS-7f">%B%</s:Body></s:Envelope>`},
		{"php-wsse", false, envelope + `<soap:Header><mc:CallingUser xmlns:mc="https://mconnect.gov.md" wsu:Id="h1">` + official + `</mc:CallingUser><mc:CallingEntity xmlns:mc="https://mconnect.gov.md" wsu:Id="h2">` + owner +
			`</mc:CallingEntity><mc:CallBasis xmlns:mc="https://mconnect.gov.md" wsu:Id="h3">Legea exemplu</mc:CallBasis><mc:CallReason xmlns:mc="https://mconnect.gov.md" wsu:Id="h4">DOS-0001</mc:CallReason>` +
			`<wsse:Security soap:mustUnderstand="1">` + bst + `<ds:Signature>` + ds(signedInfo("sha256", "", "ts", "h1", "h2", "h3", "h4", "body")) +
			`<ds:KeyInfo>` + refToX + `</ds:KeyInfo></ds:Signature>` + stamp(` wsu:Id="ts"`, time.Second, 2*time.Minute, plainTime) + `</wsse:Security></soap:Header><soap:Body wsu:Id="body">%B%</soap:Body></soap:Envelope>`},
		{"wse-php", true, strings.Replace(safe("sha1"), `%H%`, `%H%`, 1)},
		{"node-soap", true, `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header>%H%<wsse:Security xmlns:wsse="` + nsWSSE + `" xmlns:wsu="` + nsWSU + `" soap:mustUnderstand="1">` +
			bst + stamp(` Id="_1"`, time.Second, 10*time.Minute, plainTime) + `<Signature xmlns="` + nsDS + `">` +
			bare(signedInfo("sha1", `<Transform Algorithm="`+nsDS+`enveloped-signature"/>`, "_0", "_1")) + `<KeyInfo>` + refToX +
			`</KeyInfo></Signature></wsse:Security></soap:Header><soap:Body Id="_0">%B%</soap:Body></soap:Envelope>`},
		{"soapphp", true, envelope + `<soap:Header>%H%<wsse:Security>` + stamp(` wsu:Id="ts"`, time.Second, 30*time.Minute, "2006-01-02T15:04:05+00:00") + `<ds:Signature>` + ds(signedInfo("sha1", "", "ts", "body")) +
			`<ds:KeyInfo><wsse:SecurityTokenReference><ds:X509Data><ds:X509IssuerName>@ISSUER@</ds:X509IssuerName><ds:X509SerialNumber>@HEX@</ds:X509SerialNumber></ds:X509Data></wsse:SecurityTokenReference>` +
			`</ds:KeyInfo></ds:Signature></wsse:Security></soap:Header><soap:Body wsu:Id="body">%B%</soap:Body></soap:Envelope>`},
	}
}

// fill puts content, header blocks and the facts of p into a shape.
func fill(text, content, headers string, p party) string {
	return strings.NewReplacer("%B%", content, "%H%", headers, "@CERT@", base64.StdEncoding.EncodeToString(p.cert.Raw),
		"@ISSUER@", p.cert.Issuer.String(), "@HEX@", "0x"+strings.ToUpper(p.cert.SerialNumber.Text(16))).Replace(text)
}

var sent atomic.Int64

// sealed fills a shape and signs it. White space behind the content makes each message another, also within one second.
func sealed(t testing.TB, text, content, headers string, p party) string {
	t.Helper()
	mark := strings.NewReplacer("0", " ", "1", "\n").Replace(strconv.FormatInt(sent.Add(1), 2))
	return complete(t, fill(text, content+mark, headers, p), p)
}

func parse(t testing.TB, text string) *xmlsec.Document {
	t.Helper()
	d, err := xmlsec.Parse([]byte(text), xmlsec.Limits{Bytes: 64 << 20})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// find is the first element of that local name, or with that id.
func find(n xmlsec.Node, local, id string) xmlsec.Node {
	if local != "" && n.Local() == local {
		return n
	}
	for a := range n.Attributes() {
		if id != "" && strings.EqualFold(a.Local, "id") && a.Value == id {
			return n
		}
	}
	for e := range n.Elements() {
		if found := find(e, local, id); !found.IsZero() {
			return found
		}
	}
	return xmlsec.Node{}
}

// complete computes what a signer would: every empty DigestValue and the SignatureValue.
func complete(t testing.TB, text string, p party) string {
	t.Helper()
	d := parse(t, text)
	hash := crypto.SHA256
	for ref := range find(d.Root(), "SignedInfo", "").Elements() {
		if ref.Local() != "Reference" {
			continue
		}
		uri, _ := ref.Attr("", "URI")
		octets := must.Get(xmlsec.Canonicalize(nil, find(d.Root(), "", strings.TrimPrefix(uri, "#")), xmlsec.Exclusive))(t)
		sum := sha256.Sum256(octets)
		digest := sum[:]
		if a, _ := ref.Child(nsDS, "DigestMethod").Attr("", "Algorithm"); strings.HasSuffix(a, "sha1") {
			short := sha1.Sum(octets)
			digest, hash = short[:], crypto.SHA1
		}
		open := "<" + strings.TrimSuffix(ref.Name(), "Reference") + "DigestValue>"
		text = strings.Replace(text, open+"<", open+base64.StdEncoding.EncodeToString(digest)+"<", 1)
	}
	octets := must.Get(xmlsec.Canonicalize(nil, find(parse(t, text).Root(), "SignedInfo", ""), xmlsec.Exclusive))(t)
	h := hash.New()
	h.Write(octets)
	value := must.Get(p.key.Sign(rand.Reader, h.Sum(nil), hash))(t)
	if _, ok := p.key.(*ecdsa.PrivateKey); ok {
		var pair struct{ R, S *big.Int }
		must.Get(asn1.Unmarshal(value, &pair))(t)
		value = append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
	}
	return strings.Replace(text, "SignatureValue><", "SignatureValue>"+base64.StdEncoding.EncodeToString(value)+"<", 1)
}

// bodyOf verifies a signed answer with the platform's certificate and returns the verified Body's content.
func bodyOf(t testing.TB, answer string, cert *x509.Certificate) string {
	t.Helper()
	d := parse(t, answer)
	v, err := xmlsec.Verify(d, xmlsec.VerifyConfig{
		Lookup: func(c xmlsec.Claim) (xmlsec.Registered, error) {
			if len(c.Carried) != 1 || string(c.Carried[0]) != string(cert.Raw) {
				return xmlsec.Registered{}, fmt.Errorf("signed by another certificate")
			}
			return xmlsec.Registered{Certificate: cert, Policy: xmlsec.Policy{SignedTimestamp: true, Skew: time.Nanosecond}}, nil
		}, Now: time.Now,
	})
	if err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	if v.Flags != 0 || len(v.SignedParts) != 2 {
		t.Errorf("flags %b, %d parts", v.Flags, len(v.SignedParts))
	}
	body := parse(t, string(v.Body)).Root()
	for child := range body.Elements() {
		return string(must.Get(xmlsec.Canonicalize(nil, child, xmlsec.Exclusive))(t))
	}
	return ""
}
