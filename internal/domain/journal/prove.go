package journal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// Prove authenticates a text by a key that only this installation has. What is stored outside the journal and was made
// with one of its records has such a proof. A person who can only write the database cannot make it.
func (j *Journal) Prove(text []byte) []byte {
	h := hmac.New(sha256.New, j.proving)
	h.Write(text)
	return h.Sum(nil)
}

// provingKey is derived from the key that wraps sealed identifiers.
func provingKey(k Keys) ([]byte, error) {
	return hkdf.Key(sha256.New, k.Wrap[:], nil, "mconnect resource proof v1", sha256.Size)
}
