package xmlsec_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

func keys() []attack {
	signedBy := func(keyInfo string, shown, signer func() party) func(*testing.T, string) string {
		return func(t *testing.T, _ string) string {
			return complete(t, insert(plainMessage(keyInfo, "sha256", "body", "ts"), shown()), signer())
		}
	}
	x509data := func(inner string) string { return `<ds:X509Data>` + inner + `</ds:X509Data>` }
	cert := `<ds:X509Certificate>@CERT@</ds:X509Certificate>`
	return []attack{
		{"signed by another key under alpha's certificate", fault.SignatureWrong, signedBy(refToX, alpha, beta)},
		{"signed by an unregistered certificate", fault.SignatureCertificate, signedBy(refToX, beta, beta)},
		{"KeyValue", fault.SignatureKeyInfo, signedBy(`<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`, alpha, alpha)},
		{"KeyName", fault.SignatureKeyInfo, signedBy(`<ds:KeyName>alpha</ds:KeyName>`, alpha, alpha)},
		{"RetrievalMethod", fault.SignatureKeyInfo, signedBy(`<ds:RetrievalMethod URI="http://attacker.example/key"/>`, alpha, alpha)},
		{"two ways at once", fault.SignatureKeyInfo, signedBy(refToX+x509data(cert), alpha, alpha)},
		{"certificate of one, serial of another", fault.SignatureCertificate, func(t *testing.T, _ string) string {
			keyInfo := x509data(cert + `<ds:X509IssuerName>@ISSUER@</ds:X509IssuerName><ds:X509SerialNumber>77</ds:X509SerialNumber>`)
			return complete(t, insert(plainMessage(keyInfo, "sha256", "body"), alpha()), alpha())
		}},
		{"serial negative", fault.SignatureKeyInfo, signedBy(x509data(`<ds:X509IssuerName>@ISSUER@</ds:X509IssuerName><ds:X509SerialNumber>-@SERIAL@</ds:X509SerialNumber>`), alpha, alpha)},
		{"issuer of another", fault.SignatureCertificate, signedBy(x509data(`<ds:X509IssuerName>CN=beta</ds:X509IssuerName><ds:X509SerialNumber>@SERIAL@</ds:X509SerialNumber>`), alpha, alpha)},
		{"IssuerSerial empty and no certificate", fault.SignatureKeyInfo, signedBy(x509data(`<ds:X509IssuerSerial/>`), alpha, alpha)},
		{"KeyInfo empty", fault.SignatureKeyInfo, signedBy(``, alpha, alpha)},
		{"no KeyInfo", fault.SignatureKeyInfo, replacing(insert(`<ds:KeyInfo>`+refToX+`</ds:KeyInfo>`, alpha()), ``)},
		{"token outside Security", fault.SignatureKeyInfo, func(t *testing.T, s string) string {
			b := between(t, s, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>")
			return swap(t, swap(t, s, b, ""), `</soap:Header>`, b+`</soap:Header>`)
		}},
		{"token elsewhere on the network", fault.SignatureKeyInfo, replacing(`<wsse:Reference URI="#X509-1"`, `<wsse:Reference URI="http://attacker.example/"`)},
		{"token of another kind", fault.SignatureKeyInfo, replacing(insert(`ValueType="@TOKEN@X509v3" wsu:Id`, alpha()), `ValueType="@TOKEN@X509PKIPathv1" wsu:Id`)},
		{"token split by a comment", fault.SignatureKeyInfo, replacing(`</wsse:BinarySecurityToken>`, `<!-- --></wsse:BinarySecurityToken>`)},
		{"key too short", fault.SignatureKey, signedBy(refToX, weakRSA, weakRSA)},
		{"curve not allowed", fault.SignatureKey, ecSigned(p384, nil)},
		{"RSA algorithm over an EC key", fault.SignatureKey, signedBy(refToX, gamma, alpha)},
		{"ECDSA value as DER", fault.SignatureWrong, ecSigned(gamma, func(v []byte) []byte { return append([]byte{0x30, 0x44, 2, 32}, v...) })},
		{"ECDSA value of zeros", fault.SignatureWrong, ecSigned(gamma, func(v []byte) []byte { return make([]byte, 64) })},
		{"Timestamp expired", fault.SignatureExpired, resigned(`11:59:59Z`, `09:59:59Z`)},
		{"Timestamp of the future", fault.SignatureFuture, resigned(`11:59:59Z`, `12:03:59Z`)},
		{"Timestamp that never ends", fault.SignatureExpired, resigned(`2026-03-02T11:59:59Z</wsu:Created><wsu:Expires>2026`, `2026-03-02T10:00:00Z</wsu:Created><wsu:Expires>2099`)},
		{"Timestamp that ends before it begins", fault.SignatureTimestamp, resigned(`12:04:59Z`, `11:04:59Z`)},
		{"Timestamp without zone", fault.SignatureTimestamp, resigned(`11:59:59Z`, `11:59:59`)},
		{"two Timestamps", fault.SignatureTimestamp, replacing(`</wsse:Security>`, stampOf("", "2026-03-02T11:59:59Z", "2026-03-02T12:04:59Z")+`</wsse:Security>`)},
		{"stale Timestamp, unsigned, in a late Header", fault.SignatureExpired, replacing(`</soap:Envelope>`, `<soap:Header><wsse:Security>`+
			stampOf("", "2026-03-01T11:59:59Z", "2026-03-01T12:04:59Z")+`</wsse:Security></soap:Header></soap:Envelope>`)},
	}
}

// ecSigned makes a message signed with ECDSA, whose value spoil may change.
func ecSigned(by func() party, spoil func([]byte) []byte) func(*testing.T, string) string {
	return func(t *testing.T, _ string) string {
		text := insert(plainMessage(refToX, "sha256", "body", "ts"), by())
		text = complete(t, swap(t, text, xmlsec.AlgorithmRSASHA256, xmlsec.AlgorithmECDSASHA256), by())
		if spoil == nil {
			return text
		}
		v := between(t, text, "<ds:SignatureValue>", "</ds:SignatureValue>")
		raw := must.Get(base64.StdEncoding.DecodeString(v[19 : len(v)-20]))(t)
		return swap(t, text, v, "<ds:SignatureValue>"+base64.StdEncoding.EncodeToString(spoil(raw))+"</ds:SignatureValue>")
	}
}

func markupTricks() []attack {
	before := func(s string) func(*testing.T, string) string {
		return func(_ *testing.T, g string) string { return s + g }
	}
	return []attack{
		{"DTD", fault.XMLDoctype, before(`<!DOCTYPE a>`)},
		{"billion laughs", fault.XMLDoctype, before(`<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>`)},
		{"external entity", fault.XMLDoctype, before(`<!DOCTYPE a SYSTEM "file:///etc/passwd">`)},
		{"attribute default for ids", fault.XMLDoctype, before(`<!DOCTYPE a [<!ATTLIST w Id ID "body">]>`)},
		{"undeclared entity", fault.XMLEntity, replacing(`<m:IDNP>`, `<m:IDNP>&xxe;`)},
		{"processing instruction", fault.XMLInstruction, replacing(`<m:IDNP>`, `<m:IDNP><?php x?>`)},
		{"depth", fault.XMLTooDeep, replacing(`<m:IDNP>`, strings.Repeat("<x>", 5000)+`<m:IDNP>`)},
		{"attributes", fault.XMLTooLarge, replacing(`<m:IDNP>`, `<m:IDNP `+many(func(i string) string { return `a` + i + `="" ` })+`>`)},
		{"namespaces", fault.XMLTooLarge, replacing(`<m:IDNP>`, `<m:IDNP `+many(func(i string) string { return `xmlns:a` + i + `="urn:a" ` })+`>`)},
		{"name", fault.XMLTooLarge, replacing(`<m:IDNP>`, `<`+strings.Repeat("x", 10_000)+`/><m:IDNP>`)},
		{"namespace name", fault.XMLTooLarge, replacing(`<m:IDNP>`, `<m:IDNP xmlns:q="urn:`+strings.Repeat("x", 10_000)+`">`)},
		{"UTF-16", fault.XMLEncoding, before("\xFE\xFF\x00<")},
		{"declared encoding", fault.XMLEncoding, before(`<?xml version="1.0" encoding="UTF-7"?>`)},
		{"broken UTF-8", fault.XMLEncoding, replacing(`<m:IDNP>`, "<m:IDNP>\xC0\x80")},
		{"NUL", fault.XMLMalformed, replacing(`<m:IDNP>`, "<m:IDNP>&#0;")},
		{"two roots", fault.XMLMalformed, replacing(`</soap:Envelope>`, `</soap:Envelope><soap:Envelope/>`)},
		{"attribute twice under two prefixes", fault.XMLMalformed, replacing(`<soap:Body `, `<soap:Body xmlns:u2="@WSU@" u2:Id="x" `)},
		{"prefix unbound", fault.XMLNamespace, replacing(`<m:IDNP>`, `<q:IDNP/><m:IDNP>`)},
		{"xml prefix rebound", fault.XMLNamespace, replacing(`<m:IDNP>`, `<m:IDNP xmlns:xml="urn:x">`)},
		{"xmlns prefix bound", fault.XMLNamespace, replacing(`<m:IDNP>`, `<m:IDNP xmlns:xmlns="urn:x">`)},
		{"relative namespace", fault.XMLNamespace, replacing(`<m:IDNP>`, `<m:IDNP xmlns:q="relative">`)},
	}
}

func many(f func(string) string) string {
	var b strings.Builder
	for i := range 400 {
		b.WriteString(f(big.NewInt(int64(i)).String()))
	}
	return b.String()
}

// TestVerify_EveryAttackIsRefused: each with the one code that names it.
func TestVerify_EveryAttackIsRefused(t *testing.T) {
	good := complete(t, insert(plainMessage(refToX, "sha256", "body", "ts"), alpha()), alpha())
	if _, err := verify(good, trusting(xmlsec.Policy{}, alpha())); err != nil {
		t.Fatal("the message itself: ", err)
	}
	count := 0
	for _, group := range [][]attack{wrapping(), duplicates(), algorithms(), references(), keys(), markupTricks()} {
		for _, a := range group {
			count++
			t.Run(a.name, func(t *testing.T) {
				text := a.text(t, good)
				if v, err := verify(text, trusting(xmlsec.Policy{}, alpha(), gamma(), p384(), weakRSA())); codeOf(err) != a.want {
					t.Errorf("%v, want %s (%+v)\n%.4000s", err, a.want, v, text)
				}
			})
		}
	}
	if count < 100 {
		t.Errorf("%d attacks only", count)
	}
}

// TestReplay: the same signature is refused in every form, until it would lapse anyway.
func TestReplay(t *testing.T) {
	cfg := trusting(xmlsec.Policy{}, alpha(), gamma())
	good := complete(t, insert(plainMessage(refToX, "sha256", "body", "ts"), alpha()), alpha())
	must.Get(verify(good, cfg))(t)
	for name, again := range map[string]string{
		"unchanged":       good,
		"header added":    swap(t, good, `<soap:Header>`, `<soap:Header><x xmlns="urn:x"/>`),
		"value in pieces": swap(t, good, `</ds:SignatureValue>`, "\n \t</ds:SignatureValue>"),
	} {
		if _, err := verify(again, cfg); codeOf(err) != fault.SignatureReplayed {
			t.Errorf("%s: %v", name, err)
		}
	}
	ec := ecSigned(gamma, nil)(t, "")
	must.Get(verify(ec, cfg))(t)
	v := between(t, ec, "<ds:SignatureValue>", "</ds:SignatureValue>")
	raw, _ := base64.StdEncoding.DecodeString(v[19 : len(v)-20])
	other := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(raw[32:]))
	twin := append(raw[:32:32], other.FillBytes(make([]byte, 32))...)
	twinned := swap(t, ec, v, "<ds:SignatureValue>"+base64.StdEncoding.EncodeToString(twin)+"</ds:SignatureValue>")
	if _, err := verify(twinned, trusting(xmlsec.Policy{}, gamma())); err != nil {
		t.Fatal("the twin is a valid signature: ", err)
	}
	if _, err := verify(twinned, cfg); codeOf(err) != fault.SignatureReplayed {
		t.Errorf("the twin of an ECDSA value: %v", err)
	}
}

func TestReplay_MemoryIsBoundedAndForgets(t *testing.T) {
	m := xmlsec.NewMemory(64)
	key := func(i byte) (k [32]byte) { k[0] = i; return k }
	must.OK(t, m.Remember(key(1), noon, noon.Add(time.Minute)))
	if err := m.Remember(key(1), noon.Add(time.Minute), noon.Add(time.Hour)); codeOf(err) != fault.SignatureReplayed {
		t.Errorf("within the window: %v", err)
	}
	if err := m.Remember(key(2), noon, noon.Add(time.Minute)); codeOf(err) != fault.SignatureReplayFull {
		t.Errorf("full: %v", err)
	}
	if err := m.Remember(key(2), noon.Add(2*time.Minute), noon.Add(time.Hour)); err != nil || m.Len() != 1 {
		t.Errorf("room again: %v, %d held", err, m.Len())
	}
}
