package emulator

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // an attack
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"mconnect/internal/xmlsec"
)

// Algorithms, good and bad.
const (
	rsaSHA256  = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	rsaSHA1    = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	hmacSHA1   = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
	sha256Name = "http://www.w3.org/2001/04/xmlenc#sha256"
	sha1Name   = "http://www.w3.org/2000/09/xmldsig#sha1"
	enveloped  = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	exclusive  = "http://www.w3.org/2001/10/xml-exc-c14n#"
	xslt       = "http://www.w3.org/TR/1999/REC-xslt-19991116"
)

// manner is how a signature is made. The zero value is that of MPass.
type manner struct {
	method, digest string
	transforms     []string
	uri            string // of the reference; "#" and the id of the element where empty
	claimed        string // base64 of the certificate in KeyInfo; that of the key where empty, none for "-"
}

// signature is a ds:Signature over the element in text, made in that manner.
func signature(text string, k Key, m manner) (string, error) {
	doc, err := xmlsec.Parse([]byte(text), xmlsec.Limits{})
	if err != nil {
		return "", err
	}
	mode := xmlsec.Inclusive10
	if m.transforms == nil {
		m.transforms = []string{enveloped}
	}
	transforms := ""
	for _, t := range m.transforms {
		transforms += `<ds:Transform Algorithm="` + t + `"></ds:Transform>`
		if t == exclusive {
			mode = xmlsec.Exclusive
		}
	}
	octets, err := xmlsec.Canonicalize(nil, doc.Root(), mode)
	if err != nil {
		return "", err
	}
	if id, _ := doc.Root().Attr("", "ID"); m.uri == "" {
		m.uri = "#" + id
	}
	if m.method == "" {
		m.method = rsaSHA256
	}
	if m.digest == "" {
		m.digest = sha256Name
	}
	info := `<ds:SignedInfo xmlns:ds="` + nsSignature + `"><ds:CanonicalizationMethod Algorithm="` + exclusive +
		`"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="` + m.method + `"></ds:SignatureMethod>` +
		`<ds:Reference URI="` + strings.TrimSuffix(m.uri, "!") + `"><ds:Transforms>` + transforms + `</ds:Transforms>` +
		`<ds:DigestMethod Algorithm="` + m.digest + `"></ds:DigestMethod><ds:DigestValue>` +
		base64.StdEncoding.EncodeToString(hashed(m.digest == sha1Name, octets)) +
		`</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	hash := crypto.SHA256
	if m.method != rsaSHA256 {
		hash = crypto.SHA1
	}
	value, err := k.Key.Sign(rand.Reader, hashed(hash == crypto.SHA1, []byte(info)), hash)
	if err != nil {
		return "", err
	}
	return `<ds:Signature xmlns:ds="` + nsSignature + `">` + info + `<ds:SignatureValue>` +
		base64.StdEncoding.EncodeToString(value) + `</ds:SignatureValue>` + m.keyInfo(k) + `</ds:Signature>`, nil
}

func (m manner) keyInfo(k Key) string {
	switch m.claimed {
	case "-":
		return ""
	case "":
		m.claimed = base64.StdEncoding.EncodeToString(k.Certificate.Raw)
	}
	return `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + m.claimed +
		`</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`
}

func hashed(old bool, octets []byte) []byte {
	if old {
		sum := sha1.Sum(octets) //nolint:gosec // an attack
		return sum[:]
	}
	sum := sha256.Sum256(octets)
	return sum[:]
}

// signIn signs the element in text in that manner and puts the signature after its Issuer.
func signIn(text string, k Key, m manner) (string, error) {
	s, err := signature(text, k, m)
	if err != nil {
		return "", err
	}
	return insert(text, s), nil
}

// insert puts a signature after the first Issuer of text.
func insert(text, signature string) string {
	const after = "</saml:Issuer>"
	return strings.Replace(text, after, after+signature, 1)
}
