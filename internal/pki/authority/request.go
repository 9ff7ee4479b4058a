package authority

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// maxRequest bounds a certificate signing request, in bytes.
const maxRequest = 64 << 10

// ParseSigningRequest reads one PKCS #10 certificate signing request (RFC 2986), PEM or DER, and checks what an
// authority must: its signature, which proves that the applicant has the key, and that the key is strong enough for TLS
// here: P-256, P-384, P-521, Ed25519, or RSA of 2048 to 8192 bits.
func ParseSigningRequest(text []byte) (*x509.CertificateRequest, error) {
	if len(text) > maxRequest {
		return nil, fmt.Errorf("the request is larger than %d bytes", maxRequest)
	}
	der := text
	if block, _ := pem.Decode(text); block != nil {
		if block.Type != "CERTIFICATE REQUEST" && block.Type != "NEW CERTIFICATE REQUEST" {
			return nil, fmt.Errorf("the file holds a PEM block %q; a certificate request is needed (openssl req -new)",
				block.Type)
		}
		der = block.Bytes
	}
	req, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("no certificate request can be read: %w", err)
	}
	if err := req.CheckSignature(); err != nil {
		return nil, errors.New("the request is not signed by the key that it names: the applicant does not prove that the key is its own")
	}
	return req, strong(req.PublicKey)
}

// strong refuses keys that TLS clients or this platform would not use.
func strong(key any) error {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
		return fmt.Errorf("the key is on the curve %s; use P-256, P-384 or P-521", key.Curve.Params().Name)
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 8192 {
			return fmt.Errorf("the RSA key has %d bits; use 2048 to 8192", bits)
		}
		return nil
	}
	return errors.New("the kind of key is not supported: use ECDSA, Ed25519 or RSA")
}
