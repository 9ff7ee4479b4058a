package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/intake"
	"mconnect/internal/registry"
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

// Replay remembers signatures: of any number of concurrent calls with one key, one succeeds. Faults: signature.replayed,
// signature.replayMemory.
type Replay interface {
	Remember(key [32]byte, now, until time.Time) error
}

var algorithmsOf = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}

// signature is a JWS whose payload nobody has vouched for yet.
type signature struct {
	parsed *jose.JSONWebSignature
	claim  [sha256.Size]byte // of the certificate, from x5t#S256
	named  bool              // claim is stated
	issued time.Time         // from iat; zero when absent
	value  []byte
}

// parseSignature reads a compact JWS. Nothing in its header is believed but as a hint which registered key to try: keys that
// a message carries itself (jwk, x5c) or names by address (jku, x5u) are never used.
func parseSignature(body []byte) (*signature, error) {
	parsed, err := jose.ParseSignedCompact(string(body), algorithmsOf)
	var foreign *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &foreign):
		return nil, fault.Wrap(err, fault.SignatureAlgorithm, "algorithm", "JWS: want RS256, ES256")
	case err != nil || len(parsed.Signatures) != 1:
		return nil, fault.Wrap(err, fault.SignatureMalformed, "what", "JWS compact serialisation")
	}
	s := &signature{parsed: parsed, value: parsed.Signatures[0].Signature}
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
		seconds, ok := secondsOf(value)
		if !ok {
			return nil, fault.New(fault.SignatureTimestamp, "what", "iat")
		}
		s.issued = time.Unix(seconds, 0)
	}
	return s, nil
}

func secondsOf(value any) (int64, bool) {
	switch n := value.(type) {
	case float64:
		return int64(n), n == math.Trunc(n) && n > 0 && n < 1<<40
	case json.Number:
		seconds, err := n.Int64()
		return seconds, err == nil && seconds > 0
	}
	return 0, false
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
	payload, err := s.parsed.Verify(leaf.PublicKey)
	if err != nil {
		return nil, fault.New(fault.SignatureWrong)
	}
	return payload, nil
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

// signed takes a request that is a JWS: c.Input becomes its payload, c.Chain the certificate whose key proved it, and who
// calls is returned. byTLS is who TLS has proven to call, nil when no certificate was shown; both must be one system.
// Without TLS the message must name its certificate and its time, and counts once.
func (s *Surface) signed(c *exchange.Call, byTLS *registry.Standing, now time.Time) (*registry.Standing, error) {
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
		if err := s.Replay.Remember(xmlsec.ReplayKey(signer.leaf, sig.value), now, sig.issued.Add(maxSignedAge)); err != nil {
			return nil, err
		}
		c.Chain = []*x509.Certificate{signer.leaf}
	}
	c.Input = payload
	return signer.Standing, nil
}

// signer is a standing proven by the key of one certificate.
type signer struct {
	*registry.Standing
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
		who, unknown := s.Identifier.Identify([]*x509.Certificate{leaf}, now)
		if unknown != nil {
			return signer{}, nil, unknown
		}
		return signer{who, leaf}, payload, nil
	}
	return signer{}, nil, err
}

// readSigned reads a JWS and whom it proves.
func (s *Surface) readSigned(w http.ResponseWriter, r *http.Request, c *exchange.Call, byTLS *registry.Standing) (*[]byte, *registry.Standing, error) {
	if byTLS == nil {
		release, err := s.strangers.Reserve(r, s.MaxRequest)
		defer release()
		if err != nil {
			return nil, nil, err
		}
		s.strangers.Hurry(w)
	}
	body, err := s.Room.ReadBody(r, s.MaxRequest)
	if err != nil {
		return nil, byTLS, err // the deadline stays: the server still looks for the rest of the body
	}
	if byTLS == nil {
		intake.Patient(w)
	}
	c.Received = *body
	who, err := s.signed(c, byTLS, s.Clock())
	return body, who, err
}
