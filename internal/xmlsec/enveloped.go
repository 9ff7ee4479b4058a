package xmlsec

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"

	"mconnect/fault"
)

// Enveloped is what may be believed of an element that holds its own signature, as SAML signs.
type Enveloped struct {
	Octets      []byte // the canonical form that was digested: the element without its signature
	Certificate *x509.Certificate
}

// VerifyEnveloped checks the signature that stands directly in n: the only one there, with one Reference, to the ID of
// n. SHA-1 is refused. Comments and instructions are refused in the whole document, since they are not digested.
// Lookup has the meaning that it has in VerifyConfig. Faults: signature.*, or that of lookup.
func VerifyEnveloped(n Node, lookup func(Claim) (Registered, error)) (*Enveloped, error) {
	if !n.isElement() {
		return nil, fault.New(fault.SignatureMissing)
	}
	if err := n.doc.onlyDigested(); err != nil {
		return nil, err
	}
	if err := n.doc.uniqueIDs(); err != nil {
		return nil, err
	}
	found, err := signatureIn(n)
	if err != nil {
		return nil, err
	}
	s, err := readSignature(found, n.doc.byUpperID)
	if err != nil {
		return nil, err
	}
	if len(s.references) != 1 || s.references[0].target != n || !s.references[0].enveloped {
		return nil, fault.New(fault.SignatureReference, "uri", shown(n.Name()))
	}
	claim, err := readKeyInfo(s.keyInfo, Node{})
	if err != nil {
		return nil, err
	}
	signer, err := lookup(*claim)
	if err != nil {
		return nil, err
	}
	if signer.Certificate == nil || !claim.fits(signer.Certificate) {
		return nil, fault.New(fault.SignatureCertificate)
	}
	v := &verification{Envelope: &Envelope{}, doc: n.doc, signature: s}
	v.result.Certificate = signer.Certificate
	for _, check := range []func() error{v.weak, v.checkValue, v.checkDigests} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return &Enveloped{Octets: v.result.SignedParts[0].Octets, Certificate: signer.Certificate}, nil
}

// onlyDigested refuses what canonicalisation leaves out.
func (d *Document) onlyDigested() error {
	for i := range d.nodes {
		if k := d.nodes[i].kind; k == commentNode || k == instructionNode {
			return malformed("comment()")
		}
	}
	return nil
}

func signatureIn(n Node) (found Node, err error) {
	for c := range n.Elements() {
		switch {
		case !c.Is(namespaceDS, "Signature"):
		case !found.IsZero():
			return Node{}, fault.New(fault.SignatureSeveral)
		default:
			found = c
		}
	}
	if found.IsZero() {
		return Node{}, fault.New(fault.SignatureMissing)
	}
	return found, nil
}

// SignEnveloped signs the root element of document, which must have an ID, with SHA-256 over inclusive Canonical XML
// 1.0 as no canonicalisation is named, and returns it in canonical form. The signature follows the element Issuer
// where that comes first, as SAML orders, and is the first child otherwise. Faults: those of Parse, or an error about
// the key.
func SignEnveloped(document []byte, key crypto.Signer, certificate *x509.Certificate) ([]byte, error) {
	method, err := methodOf(key, certificate)
	if err != nil {
		return nil, err
	}
	doc, err := Parse(document, Limits{})
	if err != nil {
		return nil, err
	}
	root := doc.Root()
	id, ok := root.Attr("", "ID")
	if !ok || id == "" {
		return nil, errors.New("xmlsec: the root element has no ID")
	}
	octets, err := Canonicalize(nil, root, Inclusive10)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(octets)
	info := `<ds:SignedInfo xmlns:ds="` + namespaceDS + `"><ds:CanonicalizationMethod Algorithm="` + namespaceExcC14 +
		`"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="` + method + `"></ds:SignatureMethod>` +
		`<ds:Reference URI="#` + id + `"><ds:Transforms><ds:Transform Algorithm="` + transformEnv +
		`"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="` + digestSHA256 + `"></ds:DigestMethod>` +
		`<ds:DigestValue>` + base64.StdEncoding.EncodeToString(sum[:]) + `</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	value, err := (&Signer{key: key, method: method}).value([]byte(info))
	if err != nil {
		return nil, err
	}
	signature := `<ds:Signature xmlns:ds="` + namespaceDS + `">` + info + `<ds:SignatureValue>` +
		base64.StdEncoding.EncodeToString(value) + `</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` +
		base64.StdEncoding.EncodeToString(certificate.Raw) +
		`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
	at := place(octets, root)
	return append(octets[:at:at], append([]byte(signature), octets[at:]...)...), nil
}

// place is where in the canonical form of root its signature goes.
func place(octets []byte, root Node) int {
	for first := range root.Elements() {
		if first.Local() == "Issuer" {
			end := []byte("</" + first.Name() + ">")
			return bytes.Index(octets, end) + len(end)
		}
		break
	}
	quoted := false // a value of an attribute may hold '>'
	return 1 + bytes.IndexFunc(octets, func(r rune) bool {
		quoted = quoted != (r == '"')
		return r == '>' && !quoted
	})
}

// methodOf is the algorithm that a key signs by. The key must be that of the certificate.
func methodOf(key crypto.Signer, certificate *x509.Certificate) (string, error) {
	if key == nil || certificate == nil {
		return "", errors.New("xmlsec: a signer needs a key and its certificate")
	}
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < leastRSA || !public.Equal(certificate.PublicKey) {
			return "", errors.New("xmlsec: the RSA key is under 2048 bits or not that of the certificate")
		}
		return AlgorithmRSASHA256, nil
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() || !public.Equal(certificate.PublicKey) {
			return "", errors.New("xmlsec: the ECDSA key is not on P-256 or not that of the certificate")
		}
		return AlgorithmECDSASHA256, nil
	}
	return "", errors.New("xmlsec: the key is neither RSA nor ECDSA")
}
