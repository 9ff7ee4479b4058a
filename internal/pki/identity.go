package pki

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
)

// Identity is a certificate with its key that is presented in TLS, e.g. the platform's. It is replaced
// by writing new files and calling Reload; connections that stand are not disturbed.
type Identity struct {
	certificate, key string
	current          atomic.Pointer[tls.Certificate]
	mu               sync.Mutex
	files            string
}

// NewIdentity reads the PEM files: the certificate with its intermediates, leaf first, and the key.
func NewIdentity(certificate, key string) (*Identity, error) {
	i := &Identity{certificate: certificate, key: key}
	if _, err := i.Reload(); err != nil {
		return nil, err
	}
	return i, nil
}

// Reload reads the files again if they have changed and reports whether it did. On an error, e.g. a new
// certificate whose key is not there yet, the former identity stays in use.
func (i *Identity) Reload() (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	files := stamp(i.certificate, i.key)
	if i.current.Load() != nil && files == i.files {
		return false, nil
	}
	pair, err := tls.LoadX509KeyPair(i.certificate, i.key)
	if err != nil {
		return false, fmt.Errorf("identity: %w", err)
	}
	i.current.Store(&pair)
	i.files = files
	return true, nil
}

// Certificate returns the identity in use, with its Leaf parsed.
func (i *Identity) Certificate() *tls.Certificate { return i.current.Load() }

// Staple shows an OCSP response with the identity in every handshake from now on (RFC 6066, section 8), until Reload
// changes the identity. Nil shows none. of is the certificate that the response is about: for another one nothing
// changes.
func (i *Identity) Staple(of *tls.Certificate, response []byte) {
	if bytes.Equal(of.OCSPStaple, response) { // who remembers the identity need not notice
		return
	}
	next := *of
	next.OCSPStaple = response
	i.current.CompareAndSwap(of, &next)
}

// ServerTLS is the policy of the platform's listeners: TLS 1.2 and later, forward secrecy and AEAD only,
// sessions resumed by ticket, HTTP/2, 1.1 and 1.0. A client certificate is asked for and its possession proven
// by the handshake, but it is not judged here: the platform does, so that a refusal explains itself and is
// recorded.
func ServerTLS(i *Identity) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   suites(),
		ClientAuth:     tls.RequestClientCert,
		NextProtos:     []string{"h2", "http/1.1", "http/1.0"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return i.Certificate(), nil },
	}
}

// suites are those of TLS 1.2 (RFC 9325, section 4.2); TLS 1.3 has its own, all sound.
func suites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,
	}
}
