// Package pki is what a running server needs of certificates: the trust in authorities with their revocation lists and
// OCSP responders, and the platform's own TLS identity, reloaded without a restart.
//
// It reports whether a certificate is genuine at a moment, and if not, for which of four reasons. It does not
// know to whom a certificate belongs (registry) nor what its bearer may do (agreement). Issuing is package authority.
//
// Flow: authority issues → files → Trust verifies what peers present; Identity presents the platform's.
package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mconnect"
)

// The files of an authority of this installation, in its folder.
const (
	AuthorityCertificate = "ca.pem"
	AuthorityKey         = "ca-key.pem" // 0600
)

// HasAuthority reports whether dir holds an authority: its certificate and its key.
func HasAuthority(dir string) bool {
	for _, name := range []string{AuthorityCertificate, AuthorityKey} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

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
