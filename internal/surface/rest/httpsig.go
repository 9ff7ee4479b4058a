package rest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/httpsig"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
)

// label is that of the signature which counts, where a request has several (those of proxies, for instance).
const label = "mconnect"

// demanded are the components that every signature covers; of the headers of the legal context, those that the request
// has.
var demanded = []string{"@method", "@target-uri", "content-digest"}

// signedHTTP takes a request that has an HTTP message signature (RFC 9421): c.Chain becomes the certificate whose key
// proved it, and who calls is returned. byTLS is as for signed.
func (s *Surface) signedHTTP(r *http.Request, c *exchange.Call, body []byte,
	byTLS *registry.Identity) (*registry.Identity, error) {
	now := s.Clock()
	sig, err := chosen(r.Header)
	if err != nil {
		return byTLS, err
	}
	if err := covered(sig, r.Header); err != nil {
		return byTLS, err
	}
	if err := current(sig, now); err != nil {
		return byTLS, err
	}
	if !s.Authority(r.Host) {
		return byTLS, fault.New(fault.SignatureComponent, "name", "@target-uri")
	}
	leaf := s.Identifier.Leaf(thumbprint(sig.KeyID))
	if leaf == nil {
		return byTLS, fault.New(fault.SignatureCertificate)
	}
	if err := authentic(sig, r, body, leaf); err != nil {
		return byTLS, err
	}
	who, err := s.Identifier.IdentifySigner([]*x509.Certificate{leaf}, now)
	switch {
	case err != nil:
		return byTLS, err
	case byTLS != nil && byTLS.System.ID != who.System.ID:
		return byTLS, fault.New(fault.CertificateConflict)
	case !who.System.Signature.Admits(registry.FormHTTP):
		return who, who.System.Signature.RefusedForm(registry.FormHTTP)
	}
	if err := s.countOnce(c, xmlsec.ReplayKey(leaf, sig.Value), now, lapses(sig)); err != nil {
		return byTLS, err
	}
	c.Chain, c.Signed = []*x509.Certificate{leaf}, true
	return who, nil
}

// chosen is the signature that counts: the only one, or that of the label.
func chosen(h http.Header) (*httpsig.Signature, error) {
	all, err := httpsig.Read(h)
	if errors.Is(err, httpsig.ErrComponent) {
		return nil, uncovered(err)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.SignatureMalformed, "what", "Signature-Input, Signature")
	}
	if len(all) == 1 {
		return all[0], nil
	}
	for _, sig := range all {
		if sig.Label == label {
			return sig, nil
		}
	}
	return nil, fault.New(fault.SignatureSeveral)
}

// uncovered names the component that an error of httpsig is about.
func uncovered(err error) error {
	name := err.Error()[strings.LastIndexByte(err.Error(), '\n')+1:]
	return fault.Wrap(err, fault.SignatureComponent, "name", bounded(name))
}

// covered demands what makes a signature one of this call: whom it asks for what, and who stated which basis.
func covered(sig *httpsig.Signature, h http.Header) error {
	names := append([]string{}, demanded...)
	for _, name := range request.ContextNames() {
		if h[http.CanonicalHeaderKey(name)] != nil {
			names = append(names, strings.ToLower(name))
		}
	}
	for _, name := range names {
		if !sig.Covers(name) {
			return fault.New(fault.SignatureComponent, "name", name)
		}
	}
	return nil
}

// current checks when the request was signed: created must be stated, expires may shorten its life.
func current(sig *httpsig.Signature, now time.Time) error {
	switch until := lapses(sig); {
	case sig.Created.IsZero():
		return fault.New(fault.SignatureTimestampAbsent)
	case !sig.Expires.IsZero() && sig.Expires.Before(sig.Created):
		return fault.New(fault.SignatureTimestamp, "what", "expires < created")
	case sig.Created.After(now.Add(maxSignedAhead)):
		return fault.New(fault.SignatureFuture, "created", sig.Created.UTC().Format(time.RFC3339))
	case now.After(until):
		return fault.New(fault.SignatureExpired, "expires", until.UTC().Format(time.RFC3339))
	}
	return nil
}

// lapses is when a signature ceases to count.
func lapses(sig *httpsig.Signature) time.Time {
	until := sig.Created.Add(maxSignedAge)
	if !sig.Expires.IsZero() && sig.Expires.Before(until) {
		return sig.Expires
	}
	return until
}

// thumbprint reads a key's name: the SHA-256 of its certificate, in hexadecimal or base64url.
func thumbprint(name string) (sum [sha256.Size]byte) {
	raw, err := hex.DecodeString(name)
	if err != nil {
		raw, err = base64.RawURLEncoding.DecodeString(name)
	}
	if err != nil || len(raw) != len(sum) {
		return sum // of no certificate
	}
	return [sha256.Size]byte(raw)
}

// authentic checks digest and signature with the key of a registered certificate.
func authentic(sig *httpsig.Signature, r *http.Request, body []byte, leaf *x509.Certificate) error {
	base, err := sig.Base(r, httpsig.TargetURI(r.Host, request.TargetOf(r)))
	if err != nil {
		return uncovered(err)
	}
	switch err := sig.Verify(leaf.PublicKey, base); {
	case errors.Is(err, httpsig.ErrAlgorithm):
		return fault.New(fault.SignatureAlgorithm, "algorithm", bounded(sig.Algorithm))
	case errors.Is(err, httpsig.ErrKey):
		return fault.New(fault.SignatureKey)
	case err != nil:
		return fault.New(fault.SignatureWrong)
	}
	if !httpsig.HasDigest(r.Header["Content-Digest"], body) {
		return fault.New(fault.SignatureDigest, "part", "content-digest")
	}
	return nil
}
