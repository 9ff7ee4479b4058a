package app

import (
	"crypto"
	"crypto/tls"
	"errors"
	"sync"

	"mconnect/internal/pki"
	"mconnect/internal/provider/soap"
	"mconnect/internal/xmlsec"
)

// envelopeSigner signs envelopes to SOAP providers with the signing certificate of the time.
type envelopeSigner struct {
	identity *pki.Identity
	headers  bool // header blocks too
	mu       sync.Mutex
	of       *tls.Certificate
	signer   *xmlsec.Signer
}

// signerOf is nil where there is no signing certificate: then nothing is signed.
func signerOf(identity *pki.Identity, headers bool) soap.Signer {
	if identity == nil {
		return nil
	}
	return &envelopeSigner{identity: identity, headers: headers}
}

// Sign implements soap.Signer.
func (e *envelopeSigner) Sign(envelope []byte) ([]byte, error) {
	signer, err := e.current()
	if err != nil {
		return nil, err
	}
	return signer.Sign(envelope)
}

// current makes a new signer when the certificate has been replaced.
func (e *envelopeSigner) current() (*xmlsec.Signer, error) {
	now := e.identity.Certificate()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == now {
		return e.signer, nil
	}
	key, ok := now.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("the signing key cannot sign")
	}
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: key, Certificate: now.Leaf, Headers: e.headers})
	if err != nil {
		return nil, err
	}
	e.of, e.signer = now, signer
	return signer, nil
}
