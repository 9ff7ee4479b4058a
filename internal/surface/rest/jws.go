package rest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/media"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
)

// mediaJOSE is a request in JWS compact serialisation (RFC 7515, section 9.2.1).
const mediaJOSE = "application/jose"

// Bounds of a signed request whose caller shows no TLS certificate: its age, and how far ahead its clock may be.
const (
	maxSignedAge   = 5 * time.Minute
	maxSignedAhead = time.Minute
	minRSABits     = 2048
)

// Replay remembers signatures: of any number of concurrent calls with one key, one succeeds. Faults:
// signature.replayed, signature.replayMemory.
type Replay interface {
	Remember(key [32]byte, now, until time.Time) error
}

var algorithmsOf = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}

// signature is a JWS whose payload nobody has vouched for yet.
type signature struct {
	parsed  *jose.JSONWebSignature
	claim   [sha256.Size]byte // of the certificate, from x5t#S256
	named   bool              // claim is stated
	issued  time.Time         // from iat; zero when absent
	value   []byte
	claims  claims
	covered []byte // the octets that were signed: header, point, payload
}

// parseSignature reads a compact JWS. Nothing in its header is trusted but as a hint which registered key to try: keys
// that a message contains (jwk, x5c) or names by address (jku, x5u) are never used.
func parseSignature(body []byte) (*signature, error) {
	parsed, err := jose.ParseSignedCompact(string(body), algorithmsOf)
	var foreign *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &foreign):
		return nil, fault.Wrap(err, fault.SignatureAlgorithm, "algorithm", "JWS: want RS256, ES256")
	case err != nil || len(parsed.Signatures) != 1:
		return nil, fault.Wrap(err, fault.SignatureMalformed, "what", "JWS compact serialisation")
	}
	s := &signature{parsed: parsed, value: parsed.Signatures[0].Signature,
		covered: body[:max(bytes.LastIndexByte(body, '.'), 0)]}
	extra := parsed.Signatures[0].Protected.ExtraHeaders
	if value, stated := extra["x5t#S256"]; stated {
		text, _ := value.(string)
		sum, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(sum) != sha256.Size {
			return nil, fault.New(fault.SignatureKeyInfo, "what", "x5t#S256")
		}
		s.claim, s.named = [sha256.Size]byte(sum), true
	}
	if value, stated := extra["iat"]; stated {
		var ok bool
		if s.issued, ok = momentOf(value); !ok {
			return nil, fault.New(fault.SignatureTimestamp, "what", "iat")
		}
	}
	if s.claims, err = readClaims(extra); err != nil {
		return nil, err
	}
	return s, s.critical(extra)
}

// momentOf reads a NumericDate (RFC 7519, section 2): seconds, perhaps with a fraction.
func momentOf(value any) (time.Time, bool) {
	var seconds float64
	switch n := value.(type) {
	case float64:
		seconds = n
	case json.Number:
		var err error
		if seconds, err = n.Float64(); err != nil {
			return time.Time{}, false
		}
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), seconds > 0 && seconds < 1<<40
}

// understood are the extensions of the header that are read here, and so may be critical (RFC 7515, section 4.1.11).
var understood = []string{"iat", claimService, claimContext}

// critical refuses a header that demands what is not understood, by name.
func (s *signature) critical(extra map[jose.HeaderKey]any) error {
	value, stated := extra["crit"]
	if !stated {
		return nil
	}
	names, ok := value.([]any)
	if !ok || len(names) == 0 {
		return fault.New(fault.SignatureMalformed, "what", "crit")
	}
	var foreign []string
	for _, one := range names {
		name, ok := one.(string)
		switch _, there := extra[jose.HeaderKey(name)]; {
		case !ok:
			return fault.New(fault.SignatureMalformed, "what", "crit")
		case !slices.Contains(understood, name):
			foreign = append(foreign, bounded(name))
		case !there:
			return fault.New(fault.SignatureMalformed, "what", "crit: "+name)
		}
	}
	if len(foreign) > 0 {
		return fault.New(fault.SignatureCritical, "names", strings.Join(foreign[:min(len(foreign), 8)], ", "))
	}
	return nil
}

// verify checks the signature with the key of a registered certificate and returns the payload.
func (s *signature) verify(leaf *x509.Certificate) ([]byte, error) {
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSABits {
			return nil, fault.New(fault.SignatureKey)
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, fault.New(fault.SignatureKey)
		}
	default:
		return nil, fault.New(fault.SignatureKey)
	}
	payload, err := s.checked(leaf.PublicKey)
	if err != nil {
		return nil, fault.New(fault.SignatureWrong)
	}
	return payload, nil
}

// checked verifies and returns the payload. What may be critical was judged already; the library would refuse every
// name that is not its own, so a header with one is verified here over the same octets.
func (s *signature) checked(key any) ([]byte, error) {
	if _, critical := s.parsed.Signatures[0].Protected.ExtraHeaders["crit"]; !critical {
		return s.parsed.Verify(key)
	}
	sum := sha256.Sum256(s.covered)
	switch key := key.(type) {
	case *rsa.PublicKey:
		if s.parsed.Signatures[0].Protected.Algorithm == string(jose.RS256) &&
			rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s.value) == nil {
			return s.parsed.UnsafePayloadWithoutVerification(), nil
		}
	case *ecdsa.PublicKey:
		if s.parsed.Signatures[0].Protected.Algorithm == string(jose.ES256) && len(s.value) == 64 &&
			ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(s.value[:32]), new(big.Int).SetBytes(s.value[32:])) {
			return s.parsed.UnsafePayloadWithoutVerification(), nil
		}
	}
	return nil, jose.ErrCryptoFailure
}

// fresh checks when the message was signed, as far as it says so.
func (s *signature) fresh(now time.Time) error {
	switch {
	case s.issued.IsZero():
		return nil
	case s.issued.After(now.Add(maxSignedAhead)):
		return fault.New(fault.SignatureFuture, "created", s.issued.UTC().Format(time.RFC3339))
	case now.After(s.issued.Add(maxSignedAge)):
		return fault.New(fault.SignatureExpired, "expires", s.issued.Add(maxSignedAge).UTC().Format(time.RFC3339))
	}
	return nil
}

// signed takes a request that is a JWS: c.Input becomes its payload, c.Chain the certificate whose key proved it, and
// who calls is returned. byTLS is who TLS has proven to call, nil when no certificate was shown; both must be one
// system. Without TLS the message must name its certificate and its time, and counts once.
func (s *Surface) signed(c *exchange.Call, legal *request.Statement, byTLS *registry.Identity,
	now time.Time) (*registry.Identity, error) {
	sig, err := parseSignature(c.Received)
	if err != nil {
		return byTLS, err
	}
	if err := sig.fresh(now); err != nil {
		return byTLS, err
	}
	switch {
	case byTLS == nil && !sig.named:
		return nil, fault.New(fault.SignatureKeyInfo, "what", "x5t#S256")
	case byTLS == nil && sig.issued.IsZero():
		return nil, fault.New(fault.SignatureTimestampAbsent)
	}
	var candidates []*x509.Certificate
	if sig.named {
		if leaf := s.Identifier.Leaf(sig.claim); leaf != nil {
			candidates = append(candidates, leaf)
		}
	} else {
		candidates = s.Identifier.LeavesOf(byTLS.System.ID)
	}
	signer, payload, err := s.proven(sig, candidates, now)
	switch {
	case err != nil:
		return byTLS, err
	case byTLS != nil && byTLS.System.ID != signer.System.ID:
		return byTLS, fault.New(fault.CertificateConflict)
	case byTLS == nil:
		if err := s.countOnce(c, xmlsec.ReplayKey(signer.leaf, sig.value), now,
			sig.issued.Add(maxSignedAge)); err != nil {
			return nil, err
		}
		c.Chain, c.Signed = []*x509.Certificate{signer.leaf}, true
	}
	if policy := signer.System.Signature; !policy.Admits(registry.FormJWS) {
		err = policy.RefusedForm(registry.FormJWS)
	} else {
		err = sig.claims.bind(c, legal, policy.SignedContext)
	}
	c.Input = media.WithoutMark(payload)
	return signer.Identity, err
}

// countOnce remembers a signature in this process, and has the call remember it with its record for all others.
func (s *Surface) countOnce(c *exchange.Call, key [32]byte, now, until time.Time) error {
	if err := s.Replay.Remember(key, now, until); err != nil {
		return err
	}
	c.Once = &journal.Once{Key: key, Until: until}
	return nil
}

// signer is a standing proven by the key of one certificate.
type signer struct {
	*registry.Identity
	leaf *x509.Certificate
}

// proven finds the certificate whose key made the signature and that may act now.
func (s *Surface) proven(sig *signature, candidates []*x509.Certificate, now time.Time) (signer, []byte, error) {
	err := error(fault.New(fault.SignatureCertificate))
	for _, leaf := range candidates {
		payload, wrong := sig.verify(leaf)
		if wrong != nil {
			err = wrong
			continue
		}
		who, unknown := s.Identifier.IdentifySigner([]*x509.Certificate{leaf}, now)
		if unknown != nil {
			return signer{}, nil, unknown
		}
		return signer{who, leaf}, payload, nil
	}
	return signer{}, nil, err
}

// readSigned reads a signed request and whom it proves.
func (s *Surface) readSigned(w http.ResponseWriter, r *http.Request, c *exchange.Call, head *heading,
	byTLS *registry.Identity) (*[]byte, *registry.Identity, error) {
	if byTLS == nil {
		release, err := s.preAuth.Reserve(r, s.MaxRequest)
		defer release()
		if err != nil {
			return nil, nil, err
		}
		s.preAuth.BoundRead(w)
	}
	body, err := request.Body(r, s.MaxRequest, s.Memory)
	if err != nil {
		return nil, byTLS, err // the deadline stays: the server still looks for the rest of the body
	}
	if byTLS == nil {
		admission.UnboundRead(w)
	}
	if head.form == registry.FormHTTP {
		if c.Input = media.WithoutMark(*body); len(c.Input) != len(*body) {
			c.Received = *body
		}
		who, err := s.signedHTTP(r, c, *body, byTLS)
		return body, who, err
	}
	c.Received = *body
	who, err := s.signed(c, &head.legal, byTLS, s.Clock())
	return body, who, err
}
