package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"

	"mconnect/fault"
)

// mostAuthorities bounds a path in which the cause of a refusal is looked for.
const mostAuthorities = 6

// explain reports why no path holds: none leads to an anchor, or one does and an authority on it is out of date.
func (s *trustState) explain(chain []*x509.Certificate, cause error) error {
	at := chain[0]
	var late *x509.Certificate
	for range mostAuthorities {
		if slices.ContainsFunc(s.anchors, at.Equal) {
			break
		}
		issuer := issuerOf(at, append(slices.Clone(chain[1:]), s.anchors...))
		if issuer == nil {
			return fault.Wrap(cause, fault.CertificateUntrusted, "issuer", nameOf(at.Issuer))
		}
		if late == nil && (issuer.NotAfter.Before(chain[0].NotAfter) || issuer.NotBefore.After(chain[0].NotBefore)) {
			late = issuer
		}
		at = issuer
	}
	if late == nil {
		return fault.Wrap(cause, fault.CertificateUntrusted, "issuer", nameOf(chain[0].Issuer))
	}
	return outOfDate(late)
}

// issuerOf finds who issued a certificate.
func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, candidate := range among {
		if !candidate.Equal(c) && bytes.Equal(candidate.RawSubject, c.RawIssuer) &&
			c.CheckSignatureFrom(candidate) == nil {
			return candidate
		}
	}
	return nil
}

func outOfDate(issuer *x509.Certificate) error {
	return fault.New(fault.CertificateIssuer, "issuer", nameOf(issuer.Subject), "from", day(issuer.NotBefore), "to",
		day(issuer.NotAfter))
}

// nameOf is a distinguished name for a sentence, bounded.
func nameOf(n pkix.Name) string {
	const most = 200
	s := strings.ToValidUTF8(n.String(), "?")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// serves reports whether a certificate, whose path holds, is one for the use.
func serves(leaf *x509.Certificate, use Purpose, path x509.VerifyOptions) error {
	if use == ForSignatures {
		if leaf.KeyUsage == 0 || leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0 {
			return nil
		}
		return fault.New(fault.CertificateUsage, "want", "digital signatures", "want.ro", "semnături digitale",
			"want.ru", "цифровых подписей",
			"has", "keyUsage "+keyUsages(leaf.KeyUsage))
	}
	path.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := leaf.Verify(path); err != nil {
		return fault.Wrap(err, fault.CertificateUsage, "want", "client authentication (clientAuth)", "want.ro",
			"autentificarea clienților (clientAuth)",
			"want.ru", "аутентификации клиентов (clientAuth)", "has", "extendedKeyUsage "+extendedUsages(leaf))
	}
	return nil
}

// For reports which use a certificate's own extensions exclude; the fault is nil when they allow it.
func For(leaf *x509.Certificate, use Purpose) error {
	alone := x509.NewCertPool()
	alone.AddCert(leaf)
	return serves(leaf, use, x509.VerifyOptions{Roots: alone, CurrentTime: leaf.NotBefore})
}

var usageNames = [...]string{
	"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
	"cRLSign", "encipherOnly", "decipherOnly",
}

func keyUsages(u x509.KeyUsage) string {
	var names []string
	for bit, name := range usageNames {
		if u&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

var extendedNames = map[x509.ExtKeyUsage]string{
	x509.ExtKeyUsageAny: "anyExtendedKeyUsage", x509.ExtKeyUsageServerAuth: "serverAuth",
	x509.ExtKeyUsageClientAuth:  "clientAuth",
	x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
	x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
}

// otherNames are of purposes that crypto/x509 does not name: of Microsoft, and of RFC 9336.
var otherNames = map[string]string{"1.3.6.1.4.1.311.10.3.12": "documentSigning",
	"1.3.6.1.5.5.7.3.36": "documentSigning"}

func extendedUsages(c *x509.Certificate) string {
	var names []string
	for _, usage := range c.ExtKeyUsage {
		name, ok := extendedNames[usage]
		if !ok {
			name = "?"
		}
		names = append(names, name)
	}
	for _, oid := range c.UnknownExtKeyUsage {
		names = append(names, otherName(oid))
	}
	if len(names) == 0 {
		return "—"
	}
	return strings.Join(names[:min(len(names), 10)], ", ")
}

func otherName(oid asn1.ObjectIdentifier) string {
	if name, ok := otherNames[oid.String()]; ok {
		return name
	}
	return oid.String()
}
