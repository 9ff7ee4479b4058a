package xmlsec_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

func carried(p party) string {
	return `<ds:X509Certificate>` + base64.StdEncoding.EncodeToString(p.cert.Raw) + `</ds:X509Certificate>`
}

// TestKeyInfo_MoreThanTheSigner: clients send the chain, in any order, and the bare key or its name next to the
// certificate (XML Signature §4.5). The registered certificate is the claim; what else is carried is passed over.
func TestKeyInfo_MoreThanTheSigner(t *testing.T) {
	bare := `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`
	issuer := `<ds:X509IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial>`
	for name, way := range map[string]string{
		"leaf, authority":              `<ds:X509Data>` + carried(alpha()) + carried(beta()) + `</ds:X509Data>`,
		"authority, leaf":              `<ds:X509Data>` + carried(beta()) + carried(alpha()) + `</ds:X509Data>`,
		"two X509Data":                 `<ds:X509Data>` + carried(beta()) + `</ds:X509Data><ds:X509Data>` + carried(alpha()) + `</ds:X509Data>`,
		"an issuer for each":           `<ds:X509Data>` + issuer + carried(alpha()) + issuer + carried(beta()) + `</ds:X509Data>`,
		"KeyName before":               `<ds:KeyName>x</ds:KeyName><ds:X509Data>` + carried(alpha()) + `</ds:X509Data>`,
		"KeyValue of another behind":   `<ds:X509Data>` + carried(alpha()) + `</ds:X509Data>` + bare,
		"KeyValue and token reference": bare + refToX,
	} {
		text := complete(t, insert(plainMessage(way, "sha256", "body", "ts"), alpha()), alpha())
		v, err := verify(text, trusting(xmlsec.Policy{SignedTimestamp: true}, alpha()))
		if err != nil || v.Certificate != alpha().cert {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(way, base64.StdEncoding.EncodeToString(beta().cert.Raw)) {
			if _, err := verify(text, trusting(xmlsec.Policy{}, alpha(), beta())); codeOf(err) != fault.SignatureCertificate {
				t.Errorf("%s, both registered: %v", name, err)
			}
		}
	}
	for name, way := range map[string]string{
		"only bare keys": bare + `<ds:KeyName>x</ds:KeyName>`,
		"issuers alone":  `<ds:X509Data>` + issuer + issuer + `</ds:X509Data>`,
		"too many":       `<ds:X509Data>` + strings.Repeat(carried(alpha()), 17) + `</ds:X509Data>`,
	} {
		text := complete(t, insert(plainMessage(way, "sha256", "body", "ts"), alpha()), alpha())
		if _, err := verify(text, trusting(xmlsec.Policy{}, alpha())); codeOf(err) != fault.SignatureKeyInfo {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyInfo_PKIPath: a token that holds the whole path (X.509 token profile §3.1).
func TestKeyInfo_PKIPath(t *testing.T) {
	path := must.Get(asn1.Marshal([]asn1.RawValue{{FullBytes: beta().cert.Raw}, {FullBytes: alpha().cert.Raw}}))(t)
	text := insert(plainMessage(strings.ReplaceAll(refToX, "X509v3", "X509PKIPathv1"), "sha256", "body", "ts"), alpha())
	text = strings.Replace(text, base64.StdEncoding.EncodeToString(alpha().cert.Raw), base64.StdEncoding.EncodeToString(path), 1)
	text = complete(t, strings.Replace(text, "X509v3", "X509PKIPathv1", 1), alpha())
	if v, err := verify(text, trusting(xmlsec.Policy{}, alpha())); err != nil || v.Certificate != alpha().cert {
		t.Error(err)
	}
	if _, err := verify(text, trusting(xmlsec.Policy{}, beta())); codeOf(err) != fault.SignatureWrong {
		t.Errorf("the authority is registered and not the signer: %v", err)
	}
}

// TestChain_IssuerNamesOfForeignPrograms: as .NET, PHP, OpenSSL and Java write the name of one authority.
func TestChain_IssuerNamesOfForeignPrograms(t *testing.T) {
	cert := issuedBy(t, `Autoritate Proba`, `http://pki.example/a=b; #1 `, `VATMD-1999900000081`, `Ştefan, Ion + "Co" SRL`, `MD`)
	for _, name := range []string{
		`CN=Autoritate Proba,OU=http://pki.example/a\=b\; \#1\ ,2.5.4.97=#0c135641544d442d31393939393030303030303831,O=Ştefan\, Ion \+ \"Co\" SRL,C=MD`,
		`CN=Autoritate Proba, OU="http://pki.example/a=b; #1 ", OID.2.5.4.97=VATMD-1999900000081, O="Ştefan, Ion + ""Co"" SRL", C=MD`,
		`C=MD, O=Ştefan, Ion + "Co" SRL, organizationIdentifier=VATMD-1999900000081, OU=http://pki.example/a=b; #1 , CN=Autoritate Proba`,
		`CN=Autoritate Proba,OU=http://pki.example/a=b; #1 ,UNDEF=VATMD-1999900000081,O=Ştefan, Ion + "Co" SRL,C=MD`,
		`/C=MD/O=\xC5\x9Etefan, Ion + "Co" SRL/organizationIdentifier=VATMD-1999900000081/OU=http://pki.example/a=b; #1 /CN=Autoritate Proba`,
		`cn=autoritate proba,ou=http://pki.example/a=b\; #1,2.5.4.97=#0c135641544d442d31393939393030303030303831,o=ştefan\, ion \+ \"co\" srl,c=md`,
	} {
		claim := xmlsec.Claim{Issuer: name, Serial: cert.SerialNumber}
		if found, err := xmlsec.NewDirectory(xmlsec.Registered{Certificate: cert}).Find(claim); err != nil || found.Certificate != cert {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{
		`CN=Autoritate Proba`, `CN=Alta Autoritate, OU="http://pki.example/a=b; #1 ", OID.2.5.4.97=VATMD-1999900000081, O="Ştefan, Ion + ""Co"" SRL", C=MD`,
		`C=MD, O=Ştefan, Ion + "Co" SRL, organizationIdentifier=VATMD-1999900000081, OU=http://pki.example/a=b; #1 , CN=Autoritate Proba, L=` + strings.Repeat("x", 130),
	} {
		if _, err := xmlsec.NewDirectory(xmlsec.Registered{Certificate: cert}).Find(xmlsec.Claim{Issuer: name, Serial: cert.SerialNumber}); err == nil {
			t.Errorf("found by %s", name)
		}
	}
}

// issuedBy is a certificate whose issuer has the values CN, OU, 2.5.4.97, O, C.
func issuedBy(t *testing.T, values ...string) *x509.Certificate {
	t.Helper()
	cert := &x509.Certificate{Raw: []byte("x"), SerialNumber: big.NewInt(7)}
	for i, oid := range []asn1.ObjectIdentifier{{2, 5, 4, 3}, {2, 5, 4, 11}, {2, 5, 4, 97}, {2, 5, 4, 10}, {2, 5, 4, 6}} {
		cert.Issuer.Names = append(cert.Issuer.Names, pkix.AttributeTypeAndValue{Type: oid, Value: values[i]})
	}
	return cert
}
