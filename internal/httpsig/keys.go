package httpsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Algorithms (RFC 9421, section 6.2.2).
const (
	RSA     = "rsa-v1_5-sha256"
	RSAPSS  = "rsa-pss-sha512"
	ECDSA   = "ecdsa-p256-sha256"
	ED25519 = "ed25519"
)

// Algorithms are all of them, for sentences.
const Algorithms = RSA + ", " + RSAPSS + ", " + ECDSA + ", " + ED25519

const minRSABits = 2048

// Errors of Verify.
var (
	ErrAlgorithm = errors.New("httpsig: an algorithm that is not known, or not that of the key")
	ErrKey       = errors.New("httpsig: the key is of another kind, or too short")
	ErrWrong     = errors.New("httpsig: the signature does not verify")
)

// Verify checks the signature over base. Without a stated algorithm it is the one of the key; of an RSA key, RSA.
func (s *Signature) Verify(key crypto.PublicKey, base []byte) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return ErrKey
		}
		return s.verifyRSA(k, base)
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return ErrKey
		}
		if s.Algorithm != "" && s.Algorithm != ECDSA {
			return ErrAlgorithm
		}
		sum := sha256.Sum256(base)
		if len(s.Value) == 64 && ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(s.Value[:32]),
			new(big.Int).SetBytes(s.Value[32:])) {
			return nil
		}
	case ed25519.PublicKey:
		if s.Algorithm != "" && s.Algorithm != ED25519 {
			return ErrAlgorithm
		}
		if ed25519.Verify(k, base, s.Value) {
			return nil
		}
	default:
		return ErrKey
	}
	return ErrWrong
}

func (s *Signature) verifyRSA(k *rsa.PublicKey, base []byte) error {
	var err error
	switch s.Algorithm {
	case "", RSA:
		sum := sha256.Sum256(base)
		err = rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], s.Value)
	case RSAPSS:
		// section 3.3.1 wants a salt of 64 octets; signers that leave it to their library write the longest
		sum := sha512.Sum512(base)
		err = rsa.VerifyPSS(k, crypto.SHA512, sum[:], s.Value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
	default:
		return ErrAlgorithm
	}
	if err != nil {
		return ErrWrong
	}
	return nil
}

// Digest is the Content-Digest of a body (RFC 9530).
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// HasDigest reports whether a Content-Digest states the body's digest by SHA-256 or SHA-512, and no other one by these.
func HasDigest(lines []string, body []byte) bool {
	found := false
	err := dictionary(lines, func(r *reader, key string) error {
		value, err := r.octets()
		if err != nil {
			return err
		}
		var sum []byte
		switch key {
		case "sha-256":
			s := sha256.Sum256(body)
			sum = s[:]
		case "sha-512":
			s := sha512.Sum512(body)
			sum = s[:]
		default:
			return nil
		}
		if subtle.ConstantTimeCompare(sum, value) != 1 {
			return errField
		}
		found = true
		return nil
	})
	return err == nil && found
}

// Signer signs requests.
type Signer struct {
	Key       crypto.Signer // RSA of at least 2048 bits, P-256 or Ed25519
	KeyID     string
	Algorithm string // RSA or RSAPSS for an RSA key; "" for the usual one of the key
}

// Sign adds Content-Digest, Signature-Input and Signature to a request: it covers @method, @target-uri, content-type,
// content-digest and those of the named headers that the request has.
func (s *Signer) Sign(r *http.Request, body []byte, headers []string, now time.Time) error {
	algorithm, err := s.algorithm()
	if err != nil {
		return err
	}
	r.Header.Set("Content-Digest", Digest(body))
	sig := &Signature{Components: []string{"@method", "@target-uri", "content-type", "content-digest"}}
	for _, name := range headers {
		if r.Header[http.CanonicalHeaderKey(name)] != nil {
			sig.Components = append(sig.Components, strings.ToLower(name))
		}
	}
	sig.params = `("` + strings.Join(sig.Components, `" "`) + `");created=` + strconv.FormatInt(now.Unix(), 10) +
		";nonce=" + quote(rand.Text()) + ";keyid=" + quote(s.KeyID) + ";alg=" + quote(algorithm)
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	base, err := sig.Base(r, TargetURI(host, r.URL.RequestURI()))
	if err != nil {
		return err
	}
	value, err := s.value(base, algorithm)
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", "mconnect="+sig.params)
	r.Header.Set("Signature", "mconnect=:"+base64.StdEncoding.EncodeToString(value)+":")
	return nil
}

func (s *Signer) algorithm() (string, error) {
	usual := ""
	switch key := s.Key.Public().(type) {
	case *rsa.PublicKey:
		if s.Algorithm == RSAPSS {
			return RSAPSS, nil
		}
		usual = RSA
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			usual = ECDSA
		}
	case ed25519.PublicKey:
		usual = ED25519
	}
	if usual == "" || s.Algorithm != "" && s.Algorithm != usual {
		return "", ErrKey
	}
	return usual, nil
}

func (s *Signer) value(base []byte, algorithm string) ([]byte, error) {
	switch algorithm {
	case ED25519:
		return s.Key.Sign(rand.Reader, base, crypto.Hash(0))
	case RSAPSS:
		sum := sha512.Sum512(base)
		return s.Key.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: 64, Hash: crypto.SHA512})
	}
	sum := sha256.Sum256(base)
	value, err := s.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil || algorithm == RSA {
		return value, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(value, &pair); err != nil {
		return nil, err
	}
	return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...), nil
}
