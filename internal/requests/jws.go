package requests

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
)

// Persons finds the person behind the number in a certificate; fault request.signer for none.
type Persons interface {
	PersonOf(ctx context.Context, idnp mconnect.IDNP) (people.PersonID, error)
}

// Uploaded verifies signatures that were made elsewhere and are handed in as a compact JWS with x5c. It is the built-in
// signing port.
type Uploaded struct {
	Persons Persons
	// Trust judges the certificates: their authority, their revocation.
	Trust func(chain []*x509.Certificate, at time.Time) error
}

// maxSignature is the longest JWS that is read, in bytes.
const maxSignature = 4 << 20

// Verify implements Verifier. The payload is the content, or its SHA-256 in hexadecimal digits.
func (u Uploaded) Verify(ctx context.Context, content []byte, jws string, at time.Time) (access.Signature, error) {
	none := access.Signature{}
	jws = strings.TrimSpace(jws)
	if len(jws) > maxSignature {
		return none, fault.New(fault.RequestSignature)
	}
	chain, err := chainOf(jws)
	if err != nil {
		return none, fault.Wrap(err, fault.RequestSignature)
	}
	leaf := chain[0]
	accepted := []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.RS256, jose.PS256}
	signed, err := jose.ParseSignedCompact(jws, accepted)
	if err != nil {
		return none, fault.Wrap(err, fault.RequestSignature)
	}
	payload, err := signed.Verify(leaf.PublicKey)
	if err != nil {
		return none, fault.Wrap(err, fault.RequestSignature)
	}
	if err := u.Trust(chain, at); err != nil {
		return none, fault.Wrap(err, fault.RequestSignature)
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	if text := strings.TrimSpace(string(payload)); text != digest {
		if other := sha256.Sum256(payload); other != sum {
			return none, fault.New(fault.RequestDigest)
		}
	}
	person, err := u.personOf(ctx, leaf)
	return access.Signature{By: person, Digest: digest, JWS: jws}, err
}

// personOf is the person whom a certificate names by the identification number, or by the identifier on the platform
// for persons who have a local account only.
func (u Uploaded) personOf(ctx context.Context, leaf *x509.Certificate) (people.PersonID, error) {
	if own := leaf.Subject.SerialNumber; local.MatchString(own) {
		return people.PersonID(own), nil
	}
	number := idnpOf(leaf)
	if number == "" {
		return "", fault.New(fault.RequestSigner)
	}
	return u.Persons.PersonOf(ctx, number)
}

// local is the form of a person's identifier.
var local = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// chainOf reads the certificates that a JWS states, leaf first.
func chainOf(jws string) ([]*x509.Certificate, error) {
	head, _, _ := strings.Cut(jws, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return nil, err
	}
	var protected struct {
		Chain [][]byte `json:"x5c"`
	}
	if err := json.Unmarshal(raw, &protected); err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for _, der := range protected.Chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 || len(chain) > 5 {
		return nil, fault.New(fault.RequestSignature)
	}
	return chain, nil
}

// numbered finds the IDNP in the serial number of a certificate's subject: "2999…", "PNOMD-2999…", "IDCMD-2999…".
var numbered = regexp.MustCompile(`^(?:[A-Z]{5}-)?([0-9]{13})$`)

func idnpOf(leaf *x509.Certificate) mconnect.IDNP {
	found := numbered.FindStringSubmatch(leaf.Subject.SerialNumber)
	if found == nil {
		return ""
	}
	number, err := mconnect.ParseIDNP(found[1])
	if err != nil {
		return ""
	}
	return number
}

// PlatformKey signs documents with the key of a certificate of the platform.
type PlatformKey struct {
	Key   crypto.Signer
	Chain []*x509.Certificate
}

// Sign implements Signer.
func (k PlatformKey) Sign(content []byte) (string, error) { return SignJWS(k.Key, k.Chain, content) }

// SignJWS makes a compact JWS with the certificates in x5c, by ES256, ES384 or RS256 as the key demands.
func SignJWS(key crypto.Signer, chain []*x509.Certificate, content []byte) (string, error) {
	algorithm := jose.RS256
	switch len(chain) {
	case 0:
		return "", fault.New(fault.RequestSignature)
	default:
		if chain[0].PublicKeyAlgorithm == x509.ECDSA {
			algorithm = jose.ES256
		}
	}
	var encoded []string
	for _, c := range chain {
		encoded = append(encoded, base64.StdEncoding.EncodeToString(c.Raw))
	}
	options := (&jose.SignerOptions{}).WithHeader("x5c", encoded).WithType("JOSE")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(content)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
