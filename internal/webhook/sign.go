package webhook

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strconv"
	"time"
)

// Signer signs requests with an ECDSA key on P-256. Key names the key to the receiver, who has it from the platform's
// certificate: the certificate's SHA-256.
type Signer struct {
	signer crypto.Signer
	key    string
}

// NewSigner makes a Signer of the platform's key.
func NewSigner(signer crypto.Signer, key string) (*Signer, error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve.Params().BitSize != 256 || key == "" {
		return nil, errors.New("webhook: signatures need a named ECDSA key on P-256")
	}
	return &Signer{signer, key}, nil
}

// sign returns the signature of text as r and s, 32 bytes each (RFC 9421, section 3.3.4; RFC 7518, section 3.4).
func (s *Signer) sign(text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	der, err := s.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	pair.R.FillBytes(signature[:32])
	pair.S.FillBytes(signature[32:])
	return signature, nil
}

// covered are the components of a signature, in order (RFC 9421, section 2).
var covered = [...]string{"@method", "@target-uri", "content-type", "content-digest"}

// SignRequest signs method, address, content type and digest of a request (RFC 9421 with ecdsa-p256-sha256, RFC 9530
// for the digest).
func (s *Signer) SignRequest(r *http.Request, body []byte, now time.Time) error {
	sum := sha256.Sum256(body)
	r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	params, base := "(", ""
	for i, name := range covered {
		value := r.Header.Get(name)
		switch name {
		case "@method":
			value = r.Method
		case "@target-uri":
			value = r.URL.String()
		}
		if i > 0 {
			params += " "
		}
		params += `"` + name + `"`
		base += `"` + name + `": ` + value + "\n"
	}
	params += ");created=" + strconv.FormatInt(now.Unix(), 10) + `;keyid="` + s.key + `";alg="ecdsa-p256-sha256"`
	signature, err := s.sign([]byte(base + `"@signature-params": ` + params))
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", "mconnect="+params)
	r.Header.Set("Signature", "mconnect=:"+base64.StdEncoding.EncodeToString(signature)+":")
	return nil
}

// SignBody adds a detached JWS over the body alone (RFC 7515, appendix F; RFC 7797: the payload is not encoded).
func (s *Signer) SignBody(r *http.Request, body []byte, now time.Time) error {
	head, err := json.Marshal(struct {
		Algorithm string   `json:"alg"`
		Key       string   `json:"kid"`
		Encoded   bool     `json:"b64"`
		Critical  []string `json:"crit"`
		Issued    int64    `json:"iat"`
	}{"ES256", s.key, false, []string{"b64"}, now.Unix()})
	if err != nil {
		return err
	}
	protected := base64.RawURLEncoding.EncodeToString(head)
	signature, err := s.sign(append([]byte(protected+"."), body...))
	if err != nil {
		return err
	}
	r.Header.Set("JWS-Signature", protected+".."+base64.RawURLEncoding.EncodeToString(signature))
	return nil
}
