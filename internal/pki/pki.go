// Package pki keeps keys and certificates: the small issuing authority of the demo and of small
// installations, the trust in outside authorities with their revocation lists, and the platform's own
// TLS identity, reloaded without a restart.
//
// It says whether a certificate is genuine at a moment, and if not, in which of four ways. It does not
// know to whom a certificate belongs (registry) nor what its bearer may do (agreement).
//
// Flow: Authority issues → files → Trust verifies what peers present; Identity presents the platform's.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"mconnect"
)

// Fingerprint is the SHA-256 of the certificate's DER form.
func Fingerprint(c *x509.Certificate) mconnect.Fingerprint {
	sum := sha256.Sum256(c.Raw)
	return mconnect.Fingerprint(hex.EncodeToString(sum[:]))
}

// ParseCertificates reads every CERTIFICATE block of a PEM text, in order; other blocks are passed over.
// A text without any is an error.
func ParseCertificates(text []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(found)+1, err)
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		return nil, errors.New("no PEM certificate found")
	}
	return found, nil
}

// ReadCertificates is ParseCertificates of a file.
func ReadCertificates(path string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, err := ParseCertificates(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return found, nil
}

// EncodeCertificates writes certificates as PEM, leaf first as given.
func EncodeCertificates(chain ...*x509.Certificate) []byte {
	var text []byte
	for _, c := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// rsaBits is what WS-Security clients of all ages read; NIST SP 800-57 holds it sound until 2030.
const rsaBits = 2048

func keyFor(req Request) (crypto.Signer, error) {
	if req.RSA {
		return rsa.GenerateKey(rand.Reader, rsaBits)
	}
	return newKey()
}

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM block", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: holds a %T; want an ECDSA key", path, parsed)
	}
	return key, nil
}
