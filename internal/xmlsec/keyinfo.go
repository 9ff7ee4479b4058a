package xmlsec

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // thumbprints are defined over SHA-1 (WS-Security 1.1 §7.3); they only find, never prove
	"crypto/x509"
	"math/big"
	"strings"

	"mconnect/fault"
)

const mostCertificate = 16 << 10 // octets of one certificate

// Claim is how a message names the certificate of its signer. It proves nothing: it is what to look up. At least
// one field is set; a zero field was not stated.
type Claim struct {
	DER          []byte   // the certificate itself, as the message carries it
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
	return (c.DER == nil || bytes.Equal(c.DER, cert.Raw)) &&
		(c.Serial == nil || c.Serial.Cmp(cert.SerialNumber) == 0) &&
		(c.SubjectKeyID == nil || bytes.Equal(c.SubjectKeyID, cert.SubjectKeyId))
}

func noKey(what string) error { return fault.New(fault.SignatureKeyInfo, "what", shown(what)) }

// readKeyInfo reads ds:KeyInfo: one SecurityTokenReference or one X509Data. KeyValue, KeyName and RetrievalMethod
// name no registered certificate and are refused. Security is the block around the signature.
func readKeyInfo(n, security Node) (*Claim, error) {
	kids, err := parts(n)
	if err != nil {
		return nil, err
	}
	if len(kids) != 1 {
		return nil, noKey(n.Name())
	}
	c := &Claim{}
	switch kid := kids[0]; {
	case kid.Is(namespaceDS, "X509Data"):
		err = c.readX509Data(kid)
	case kid.Is(namespaceWSSE, "SecurityTokenReference"):
		err = c.readTokenReference(kid, security)
	default:
		err = noKey(kid.Name())
	}
	if err != nil {
		return nil, err
	}
	if c.DER == nil && c.Serial == nil && c.SubjectKeyID == nil && c.Thumbprint == nil {
		return nil, noKey(kids[0].Name())
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
	if kind, stated := n.Attr("", "ValueType"); stated && kind != tokenX509v3 {
		return noKey(kind)
	}
	uri, _ := n.Attr("", "URI")
	id, local := strings.CutPrefix(uri, "#")
	token := n.doc.byID(id)
	if !local || token.IsZero() || !token.Is(namespaceWSSE, "BinarySecurityToken") || token.Parent() != security {
		return noKey(uri)
	}
	if kind, stated := token.Attr("", "ValueType"); stated && kind != tokenX509v3 {
		return noKey(kind)
	}
	return c.setCertificate(token)
}

// setCertificate takes the base64 certificate in n, of which a message may state one only.
func (c *Claim) setCertificate(n Node) error {
	if encoding, stated := n.Attr("", "EncodingType"); stated && encoding != encodingBase64 {
		return noKey(encoding)
	}
	raw, err := binary(n, mostCertificate)
	if err != nil || c.DER != nil {
		return noKey(n.Name())
	}
	c.DER = raw
	return nil
}

func (c *Claim) readKeyIdentifier(n Node) (err error) {
	kind, _ := n.Attr("", "ValueType")
	if encoding, stated := n.Attr("", "EncodingType"); stated && encoding != encodingBase64 {
		return noKey(encoding)
	}
	switch kind {
	case tokenX509v3:
		return c.setCertificate(n)
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

// readX509Data reads X509Certificate, X509IssuerSerial (one client sends it empty beside the certificate, another
// sends its two children without it), X509SKI and X509SubjectName, which is not used.
func (c *Claim) readX509Data(n Node) error {
	kids, err := parts(n)
	if err != nil {
		return err
	}
	var name, serial string
	for _, kid := range kids {
		switch {
		case kid.Is(namespaceDS, "X509Certificate"):
			err = c.setCertificate(kid)
		case kid.Is(namespaceDS, "X509IssuerSerial"):
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
	if name == "" && serial == "" {
		return nil
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
