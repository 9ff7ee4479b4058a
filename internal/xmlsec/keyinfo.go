package xmlsec

import (
	"bytes"
	//nolint:gosec // thumbprints are defined over SHA-1 (WS-Security 1.1 §7.3); they only find, never prove
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"

	"mconnect/fault"
)

const (
	mostCertificate = 16 << 10 // octets of one certificate
	mostPath        = 64 << 10 // octets of several in one token
	mostCarried     = 16       // certificates in one KeyInfo
)

// Claim is how a message names the certificate of its signer. It proves nothing: it is what to look up. At least
// one field is set; a zero field was not stated.
type Claim struct {
	// certificates that the message carries: that of the signer and, perhaps, those of its authorities
	Carried      [][]byte
	Issuer       string   // distinguished name as text, in whatever order and spelling the client uses
	Serial       *big.Int // with Issuer
	SubjectKeyID []byte
	Thumbprint   []byte // SHA-1 of the certificate, 20 octets
}

// fits reports whether cert is what the claim names.
func (c *Claim) fits(cert *x509.Certificate) bool {
	if c.Thumbprint != nil {
		if thumb := sha1.Sum(cert.Raw); !bytes.Equal(c.Thumbprint, thumb[:]) {
			return false
		}
	}
	carried := func(der []byte) bool { return bytes.Equal(der, cert.Raw) }
	return (c.Carried == nil || slices.ContainsFunc(c.Carried, carried)) &&
		(c.Serial == nil || c.Serial.Cmp(cert.SerialNumber) == 0) &&
		(c.SubjectKeyID == nil || bytes.Equal(c.SubjectKeyID, cert.SubjectKeyId))
}

func noKey(what string) error { return fault.New(fault.SignatureKeyInfo, "what", shown(what)) }

// readKeyInfo reads ds:KeyInfo: one SecurityTokenReference, or X509Data. KeyValue and KeyName next to them say nothing
// that is believed and are passed over; alone they name no registered certificate and are refused, as RetrievalMethod
// is. Security is the block around the signature.
func readKeyInfo(n, security Node) (*Claim, error) {
	kids, err := parts(n)
	if err != nil {
		return nil, err
	}
	c := &Claim{}
	named := n.Name()
	data, reference := false, false
	for _, kid := range kids {
		named = kid.Name()
		switch {
		case kid.Is(namespaceDS, "X509Data") && !reference:
			data = true
			err = c.readX509Data(kid)
		case kid.Is(namespaceWSSE, "SecurityTokenReference") && !reference && !data:
			reference = true
			err = c.readTokenReference(kid, security)
		case kid.Is(namespaceDS, "KeyValue"), kid.Is(namespaceDS, "KeyName"):
		default:
			err = noKey(kid.Name())
		}
		if err != nil {
			return nil, err
		}
	}
	if c.Carried == nil && c.Serial == nil && c.SubjectKeyID == nil && c.Thumbprint == nil {
		return nil, noKey(named)
	}
	return c, nil
}

func (c *Claim) readTokenReference(n, security Node) error {
	kids, err := parts(n)
	if err != nil {
		return err
	}
	if len(kids) != 1 {
		return noKey(n.Name())
	}
	switch kid := kids[0]; {
	case kid.Is(namespaceDS, "X509Data"):
		return c.readX509Data(kid)
	case kid.Is(namespaceWSSE, "KeyIdentifier"):
		return c.readKeyIdentifier(kid)
	case kid.Is(namespaceWSSE, "Reference"):
		return c.readToken(kid, security)
	default:
		return noKey(kid.Name())
	}
}

// readToken follows wsse:Reference to the BinarySecurityToken in the same Security block.
func (c *Claim) readToken(n, security Node) error {
	if kind, stated := n.Attr("", "ValueType"); stated && kind != tokenX509v3 && kind != tokenPKIPath {
		return noKey(kind)
	}
	uri, _ := n.Attr("", "URI")
	id, local := strings.CutPrefix(uri, "#")
	token := n.doc.byID(id)
	if !local || token.IsZero() || !token.Is(namespaceWSSE, "BinarySecurityToken") || token.Parent() != security {
		return noKey(uri)
	}
	switch kind, stated := token.Attr("", "ValueType"); {
	case kind == tokenPKIPath:
		return c.addPath(token)
	case stated && kind != tokenX509v3:
		return noKey(kind)
	}
	return c.addCertificate(token)
}

// addCertificate takes the base64 certificate in n.
func (c *Claim) addCertificate(n Node) error {
	raw, err := token(n, mostCertificate)
	if err != nil || len(c.Carried) == mostCarried {
		return noKey(n.Name())
	}
	c.Carried = append(c.Carried, raw)
	return nil
}

// addPath takes the certificates of a PKIPath (X.509 token profile §3.1), that of the signer last.
func (c *Claim) addPath(n Node) error {
	raw, err := token(n, mostPath)
	if err != nil {
		return noKey(n.Name())
	}
	var path []asn1.RawValue
	if rest, err := asn1.Unmarshal(raw, &path); err != nil || len(rest) > 0 || len(path) == 0 ||
		len(c.Carried)+len(path) > mostCarried {
		return noKey(tokenPKIPath)
	}
	for _, one := range path {
		if one.Tag != asn1.TagSequence {
			return noKey(tokenPKIPath)
		}
		c.Carried = append(c.Carried, one.FullBytes)
	}
	return nil
}

// token reads the base64 octets of a token.
func token(n Node, most int) ([]byte, error) {
	if encoding, stated := n.Attr("", "EncodingType"); stated && encoding != encodingBase64 {
		return nil, noKey(encoding)
	}
	return binary(n, most)
}

func (c *Claim) readKeyIdentifier(n Node) (err error) {
	kind, _ := n.Attr("", "ValueType")
	if encoding, stated := n.Attr("", "EncodingType"); stated && encoding != encodingBase64 {
		return noKey(encoding)
	}
	switch kind {
	case tokenX509v3:
		return c.addCertificate(n)
	case tokenSKI:
		c.SubjectKeyID, err = binary(n, 64)
	case tokenThumbprint:
		if c.Thumbprint, err = binary(n, sha1.Size); err == nil && len(c.Thumbprint) != sha1.Size {
			return noKey(n.Name())
		}
	default:
		return noKey(kind)
	}
	return err
}

// readX509Data reads X509Certificate, X509IssuerSerial (one client sends it empty next to the certificate, another
// sends its two children without it), X509SKI and X509SubjectName, which is not used.
func (c *Claim) readX509Data(n Node) error {
	kids, err := parts(n)
	if err != nil {
		return err
	}
	var name, serial string
	issuers := 0
	for _, kid := range kids {
		switch {
		case kid.Is(namespaceDS, "X509Certificate"):
			err = c.addCertificate(kid)
		case kid.Is(namespaceDS, "X509IssuerSerial"):
			if issuers++; issuers > 1 { // one for each certificate of a chain
				name, serial = "", ""
			}
			err = readIssuerSerial(kid, &name, &serial)
		case kid.Is(namespaceDS, "X509IssuerName"), kid.Is(namespaceDS, "X509SerialNumber"):
			err = readIssuerPart(kid, &name, &serial)
		case kid.Is(namespaceDS, "X509SKI") && c.SubjectKeyID == nil:
			c.SubjectKeyID, err = binary(kid, 64)
		case kid.Is(namespaceDS, "X509SubjectName"):
		default:
			err = noKey(kid.Name())
		}
		if err != nil {
			return err
		}
	}
	if issuers > 1 {
		if len(c.Carried) == 0 {
			return noKey("X509IssuerSerial")
		}
		return nil // the certificates themselves say more
	}
	if name == "" && serial == "" {
		return nil
	}
	if c.Serial != nil {
		return noKey("X509IssuerSerial")
	}
	c.Issuer = name
	if c.Serial = parseSerial(serial); c.Serial == nil || name == "" {
		return noKey("X509IssuerSerial")
	}
	return nil
}

func readIssuerSerial(n Node, name, serial *string) error {
	kids, err := parts(n)
	if err != nil {
		return err
	}
	for _, kid := range kids {
		if err := readIssuerPart(kid, name, serial); err != nil {
			return err
		}
	}
	return nil
}

func readIssuerPart(n Node, name, serial *string) error {
	into := serial
	switch {
	case n.Is(namespaceDS, "X509IssuerName"):
		into = name
	case !n.Is(namespaceDS, "X509SerialNumber"):
		return noKey(n.Name())
	}
	text, err := leaf(n)
	if err != nil {
		return err
	}
	if *into != "" || len(text) > 2048 {
		return noKey(n.Name())
	}
	*into = trimBlank(text)
	return nil
}

// parseSerial reads a serial number in decimal or, after 0x, in hexadecimal; nil when it is neither.
func parseSerial(s string) *big.Int {
	base := 10
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s, base = s[2:], 16
	}
	if s == "" || len(s) > 64 || strings.ContainsAny(s, "+-_") {
		return nil
	}
	v, ok := new(big.Int).SetString(s, base)
	if !ok {
		return nil
	}
	return v
}
