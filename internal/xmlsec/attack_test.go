package xmlsec_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// attack is one way of making a message that was signed by alpha, or by nobody, say something else.
type attack struct {
	name string
	want fault.Code
	text func(t *testing.T, good string) string
}

const evil = `<m:GetPerson xmlns:m="https://mconnect.gov.md"><m:IDNP>2999999999999</m:IDNP></m:GetPerson>`

// swap replaces once and demands that there was something to replace.
func swap(t *testing.T, s, old, with string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("nothing to replace: %s in %s", old, s)
	}
	return strings.Replace(s, old, with, 1)
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	i := strings.Index(s, from)
	j := strings.Index(s[max(i, 0):], to)
	if i < 0 || j < 0 {
		t.Fatalf("no %s…%s", from, to)
	}
	return s[i : i+j+len(to)]
}

// body cuts the signed Body out of the message.
func body(t *testing.T, s string) string { return between(t, s, "<soap:Body", "</soap:Body>") }

func evilBody(id string) string { return `<soap:Body` + id + `>` + evil + `</soap:Body>` }

func replacing(old, with string) func(*testing.T, string) string {
	return func(t *testing.T, s string) string { return swap(t, s, old, insert(with, alpha())) }
}

// resigned makes a message that alpha itself signs, changed before signing.
func resigned(old, with string) func(*testing.T, string) string {
	return func(t *testing.T, _ string) string {
		text := insert(plainMessage(refToX, "sha256", "body", "ts"), alpha())
		return complete(t, swap(t, text, old, insert(with, alpha())), alpha())
	}
}

func wrapping() []attack {
	return []attack{
		{"original Body wrapped in the Header", fault.SignatureEnvelope, func(t *testing.T, s string) string {
			b := body(t, s)
			return swap(t, swap(t, s, b, evilBody(` wsu:Id="other"`)), `</soap:Header>`, `<w>`+b+`</w></soap:Header>`)
		}},
		{"original Body wrapped in Security", fault.SignatureEnvelope, func(t *testing.T, s string) string {
			b := body(t, s)
			return swap(t, swap(t, s, b, evilBody("")), `</wsse:Security>`, b+`</wsse:Security>`)
		}},
		{"original Body wrapped in the Signature", fault.SignatureEnvelope, func(t *testing.T, s string) string {
			b := body(t, s)
			return swap(t, swap(t, s, b, evilBody("")), `</ds:Signature>`, `<ds:Object>`+b+`</ds:Object></ds:Signature>`)
		}},
		{"original Body wrapped in the new Body", fault.SignatureEnvelope, func(t *testing.T, s string) string {
			b := body(t, s)
			return swap(t, s, b, `<soap:Body>`+evil+`<w>`+b+`</w></soap:Body>`)
		}},
		{"Body renamed and moved to the Header", fault.SignatureBodyUnsigned, func(t *testing.T, s string) string {
			b := body(t, s)
			moved := strings.NewReplacer("<soap:Body", "<w", "</soap:Body", "</w").Replace(b)
			return swap(t, swap(t, s, b, evilBody(` wsu:Id="ts2"`)), `</soap:Header>`, moved+`</soap:Header>`)
		}},
		{"second Body first", fault.SignatureEnvelope, func(t *testing.T, s string) string {
			return swap(t, s, `<soap:Body`, evilBody("")+`<soap:Body`)
		}},
		{"second Body last", fault.SignatureEnvelope, replacing(`</soap:Envelope>`, evilBody("")+`</soap:Envelope>`)},
		{"second Body of SOAP 1.2", fault.SignatureEnvelope, replacing(`</soap:Envelope>`, `<x:Body xmlns:x="@SOAP12@">`+evil+`</x:Body></soap:Envelope>`)},
		{"second Body in a late Header", fault.SignatureEnvelope, replacing(`</soap:Envelope>`, `<soap:Header>`+evilBody("")+`</soap:Header></soap:Envelope>`)},
		{"Envelope in Body", fault.SignatureEnvelope, replacing(`<m:IDNP>`, `<soap:Envelope><soap:Header/></soap:Envelope><m:IDNP>`)},
		{"third Header", fault.SignatureEnvelope, replacing(`</soap:Envelope>`, `<soap:Header/><soap:Header/></soap:Envelope>`)},
		{"Body element of another namespace", fault.SignatureEnvelope, replacing(`</soap:Header>`, `</soap:Header><Body xmlns="urn:x">`+evil+`</Body>`)},
		{"signed Timestamp, evil Body, signed Body gone", fault.SignatureReference, func(t *testing.T, s string) string {
			return swap(t, s, body(t, s), evilBody(` wsu:Id="other"`))
		}},
		{"Body not signed, Timestamp is", fault.SignatureBodyUnsigned, func(t *testing.T, _ string) string {
			return complete(t, insert(plainMessage(refToX, "sha256", "ts", "h1"), alpha()), alpha())
		}},
		{"child of Body signed instead of Body", fault.SignatureReference, func(t *testing.T, _ string) string {
			text := strings.ReplaceAll(plainMessage(refToX, "sha256", "op", "ts"), `<m:IDNP>`, `<m:IDNP Id="op">`)
			return complete(t, insert(text, alpha()), alpha())
		}},
		{"Signature moved out of Security", fault.SignatureMissing, func(t *testing.T, s string) string {
			sig := between(t, s, "<ds:Signature>", "</ds:Signature>")
			return swap(t, swap(t, s, sig, ""), `</soap:Header>`, `<w>`+sig+`</w></soap:Header>`)
		}},
		{"two Signatures", fault.SignatureSeveral, func(t *testing.T, s string) string {
			sig := between(t, s, "<ds:Signature>", "</ds:Signature>")
			return swap(t, s, sig, sig+sig)
		}},
		{"second Signature in a late Header", fault.SignatureSeveral, func(t *testing.T, s string) string {
			sig := between(t, s, "<ds:Signature>", "</ds:Signature>")
			return swap(t, s, `</soap:Envelope>`, `<soap:Header><wsse:Security>`+sig+`</wsse:Security></soap:Header></soap:Envelope>`)
		}},
		{"no Signature at all", fault.SignatureMissing, func(t *testing.T, s string) string {
			return swap(t, s, between(t, s, "<ds:Signature>", "</ds:Signature>"), "")
		}},
		{"prefix of Body means another namespace", fault.SignatureEnvelope, replacing(`<soap:Body `, `<soap:Body xmlns:soap="urn:other" `)},
		{"default namespace put under the payload", fault.SignatureDigest, replacing(`<m:IDNP>`, `<m:IDNP xmlns:m="urn:other">`)},
	}
}

func duplicates() (all []attack) {
	for name, with := range map[string]string{"Id": `Id="body"`, "ID": `ID="body"`, "id": `id="body"`, "wsu:Id": `wsu:Id="body"`,
		"xml:id": `xml:id="body"`, "another namespace": `q:Id="body" xmlns:q="urn:q"`, "iD": `iD="body"`} {
		all = append(all, attack{"id twice: " + name, fault.SignatureDuplicateID, replacing(`<m:IDNP>`, `<m:IDNP `+with+`>`)})
	}
	return append(all,
		attack{"id twice before the original", fault.SignatureDuplicateID, replacing(`<wsse:Security>`, `<w Id="body">`+evil+`</w><wsse:Security>`)},
		attack{"id twice on one element", fault.SignatureDuplicateID, replacing(`<soap:Body `, `<soap:Body Id="body" `)},
		attack{"token's id twice", fault.SignatureDuplicateID, replacing(`<m:IDNP>`, `<m:IDNP Id="X509-1">`)},
		attack{"Body found by ID only", fault.SignatureReference, replacing(`<soap:Body wsu:Id`, `<soap:Body ID`)},
		attack{"Body found by xml:id only", fault.SignatureReference, replacing(`<soap:Body wsu:Id`, `<soap:Body xml:id`)})
}

func algorithms() []attack {
	hmac := "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
	rsa256 := `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>`
	method := func(uri string) string { return `<ds:SignatureMethod Algorithm="` + uri + `"/>` }
	exc := `<ds:Transform Algorithm="@EXC@"/>`
	transform := func(with string) func(*testing.T, string) string { return resigned(insert(exc, alpha()), with) }
	return []attack{
		{"HMAC with the public key", fault.SignatureAlgorithm, resigned(rsa256, method(hmac))},
		{"HMAC truncated", fault.SignatureAlgorithm, replacing(rsa256, `<ds:SignatureMethod Algorithm="`+hmac+`"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>`)},
		{"output length on RSA", fault.SignatureMalformed, replacing(rsa256, `<ds:SignatureMethod Algorithm="`+xmlsec.AlgorithmRSASHA256+`"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>`)},
		{"RSA-MD5", fault.SignatureAlgorithm, resigned(rsa256, method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5"))},
		{"DSA", fault.SignatureAlgorithm, resigned(rsa256, method(nsDS+"dsa-sha1"))},
		{"ECDSA over an RSA key", fault.SignatureKey, resigned(rsa256, method(xmlsec.AlgorithmECDSASHA256))},
		{"downgrade to SHA-1 afterwards", fault.SignatureWeak, replacing(rsa256, method(xmlsec.AlgorithmRSASHA1))},
		{"SHA-1 digest under SHA-256", fault.SignatureWeak, resigned(`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>`, `<ds:DigestMethod Algorithm="`+nsDS+`sha1"/>`)},
		{"digest MD5", fault.SignatureAlgorithm, resigned(`http://www.w3.org/2001/04/xmlenc#sha256`, `http://www.w3.org/2001/04/xmldsig-more#md5`)},
		{"canonicalisation unknown", fault.SignatureAlgorithm, resigned(insert(`<ds:CanonicalizationMethod Algorithm="@EXC@"/>`, alpha()), `<ds:CanonicalizationMethod Algorithm="urn:none"/>`)},
		{"XPath", fault.SignatureTransform, transform(`<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(self::text())</ds:XPath></ds:Transform>`)},
		{"XPath filter 2", fault.SignatureTransform, transform(`<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>`)},
		{"XSLT", fault.SignatureTransform, transform(`<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>`)},
		{"base64 transform", fault.SignatureTransform, transform(`<ds:Transform Algorithm="` + nsDS + `base64"/>`)},
		{"STR-Transform", fault.SignatureTransform, transform(`<ds:Transform Algorithm="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"/>`)},
		{"two canonicalisations", fault.SignatureTransform, transform(exc + exc)},
		{"enveloped after canonicalisation", fault.SignatureTransform, transform(exc + `<ds:Transform Algorithm="` + nsDS + `enveloped-signature"/>`)},
		{"a thousand transforms", fault.SignatureTransform, transform(strings.Repeat(exc, 1000))},
		{"parameter in a transform", fault.SignatureMalformed, transform(`<ds:Transform Algorithm="@EXC@"><ds:XPath>1</ds:XPath></ds:Transform>`)},
		{"prefixes for inclusive mode", fault.SignatureMalformed, transform(`<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"><x:InclusiveNamespaces xmlns:x="@EXC@" PrefixList="a"/></ds:Transform>`)},
	}
}

func references() []attack {
	to := func(uri string) func(*testing.T, string) string { return replacing(`URI="#body"`, `URI="`+uri+`"`) }
	return []attack{
		{"empty URI", fault.SignatureReference, to("")},
		{"empty fragment", fault.SignatureReference, to("#")},
		{"no URI", fault.SignatureReference, replacing(`<ds:Reference URI="#body"`, `<ds:Reference`)},
		{"URI of the network", fault.SignatureReference, to("http://attacker.example/x.xml")},
		{"URI of a file", fault.SignatureReference, to("file:///etc/passwd")},
		{"attachment", fault.SignatureReference, to("cid:attachment")},
		{"XPointer root", fault.SignatureReference, to("#xpointer(/)")},
		{"XPointer id", fault.SignatureReference, to("#xpointer(id('body'))")},
		{"percent-encoded", fault.SignatureReference, to("#%62ody")},
		{"the same part twice", fault.SignatureReference, func(t *testing.T, _ string) string {
			return complete(t, insert(plainMessage(refToX, "sha256", "body", "body"), alpha()), alpha())
		}},
		{"no Reference", fault.SignatureMalformed, func(t *testing.T, _ string) string {
			return complete(t, insert(plainMessage(refToX, "sha256"), alpha()), alpha())
		}},
		{"too many References", fault.XMLTooLarge, func(t *testing.T, s string) string {
			r := between(t, s, "<ds:Reference", "</ds:Reference>")
			return swap(t, s, r, strings.Repeat(r, 100))
		}},
		{"Manifest in an Object", fault.SignatureMalformed, replacing(`</ds:Signature>`, `<ds:Object><ds:Manifest/></ds:Object></ds:Signature>`)},
		{"reference to SignedInfo", fault.SignatureReference, func(t *testing.T, s string) string {
			return swap(t, swap(t, s, `URI="#ts"`, `URI="#si"`), `<ds:SignedInfo>`, `<ds:SignedInfo Id="si">`)
		}},
		{"unknown attribute", fault.SignatureMalformed, replacing(`<ds:Reference URI`, `<ds:Reference Order="1" URI`)},
		{"digest truncated", fault.SignatureMalformed, func(t *testing.T, s string) string {
			d := between(t, s, "<ds:DigestValue>", "</ds:DigestValue>")
			raw, _ := base64.StdEncoding.DecodeString(d[16 : len(d)-17])
			return swap(t, s, d, "<ds:DigestValue>"+base64.StdEncoding.EncodeToString(raw[:16])+"</ds:DigestValue>")
		}},
		{"digest empty", fault.SignatureMalformed, func(t *testing.T, s string) string {
			return swap(t, s, between(t, s, "<ds:DigestValue>", "</ds:DigestValue>"), "<ds:DigestValue></ds:DigestValue>")
		}},
		{"digest exchanged", fault.SignatureWrong, func(t *testing.T, s string) string {
			d := between(t, s, "<ds:DigestValue>", "</ds:DigestValue>")
			return swap(t, s, d, strings.Replace(d, d[20:24], "AAAA", 1))
		}},
		{"digest split by a comment", fault.SignatureMalformed, replacing(`<ds:DigestValue>`, `<ds:DigestValue><!-- -->`)},
		{"value split by a comment", fault.SignatureMalformed, replacing(`<ds:SignatureValue>`, `<ds:SignatureValue>AAAA<!-- -->`)},
		{"comment in SignedInfo", fault.SignatureMalformed, replacing(`<ds:SignedInfo>`, `<ds:SignedInfo><!-- -->`)},
		{"value of zeros", fault.SignatureWrong, func(t *testing.T, s string) string {
			v := between(t, s, "<ds:SignatureValue>", "</ds:SignatureValue>")
			return swap(t, s, v, "<ds:SignatureValue>"+base64.StdEncoding.EncodeToString(make([]byte, 256))+"</ds:SignatureValue>")
		}},
		{"value too long", fault.SignatureMalformed, func(t *testing.T, s string) string {
			return swap(t, s, "<ds:SignatureValue>", "<ds:SignatureValue>"+strings.Repeat("AAAA", 4000))
		}},
	}
}
