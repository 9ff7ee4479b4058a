package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mconnect"
	"mconnect/internal/durable"
	"mconnect/verify"
)

// Keys are the journal's secrets. Losing Checkpoint means that the journal goes on under a new origin;
// losing Pseudonym, that a person's records can no longer be found; losing Wrap, that sealed identifiers
// and kept bodies can no longer be read.
type Keys struct {
	Checkpoint *ecdsa.PrivateKey // P-256; signs checkpoints
	Pseudonym  [32]byte          // HMAC key
	Wrap       [32]byte          // AES-256 key that wraps the keys of sealed identifiers
}

// The files of a key folder, each readable by its owner only.
const (
	checkpointFile = "journal-checkpoint.pem" // PKCS #8
	pseudonymFile  = "journal-pseudonym.key"  // 64 hexadecimal digits
	wrapFile       = "journal-wrap.key"       // 64 hexadecimal digits
)

// NewKeys makes fresh keys.
func NewKeys() (Keys, error) {
	var k Keys
	var err error
	if k.Checkpoint, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return Keys{}, err
	}
	fill(k.Pseudonym[:])
	fill(k.Wrap[:])
	return k, nil
}

// CreateKeys makes fresh keys and writes them into dir, which must exist. It never replaces a file: when
// one is there, the error wraps fs.ErrExist.
func CreateKeys(dir string) (Keys, error) {
	k, err := NewKeys()
	if err != nil {
		return Keys{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.Checkpoint)
	if err != nil {
		return Keys{}, err
	}
	files := []struct {
		name string
		data []byte
	}{
		{pseudonymFile, []byte(hex.EncodeToString(k.Pseudonym[:]) + "\n")},
		{wrapFile, []byte(hex.EncodeToString(k.Wrap[:]) + "\n")},
		{checkpointFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})},
	}
	for _, f := range files {
		if err := durable.CreateFile(filepath.Join(dir, f.name), f.data, 0o600); err != nil {
			return Keys{}, fmt.Errorf("journal keys: %w", err)
		}
	}
	return k, nil
}

// MissingKeys names the files of a key folder that are not there.
func MissingKeys(dir string) (missing []string) {
	for _, name := range []string{checkpointFile, pseudonymFile, wrapFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) {
			missing = append(missing, filepath.Join(dir, name))
		}
	}
	return missing
}

// LoadKeys reads the keys that CreateKeys wrote. A missing file is an error that wraps fs.ErrNotExist.
func LoadKeys(dir string) (Keys, error) {
	var k Keys
	data, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return Keys{}, fmt.Errorf("journal keys: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return Keys{}, errors.New("journal keys: " + checkpointFile + " is no PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || private.Curve != elliptic.P256() {
		return Keys{}, errors.New("journal keys: " + checkpointFile + " is no PKCS #8 P-256 key")
	}
	k.Checkpoint = private
	if err := loadSecret(dir, pseudonymFile, &k.Pseudonym); err != nil {
		return Keys{}, err
	}
	return k, loadSecret(dir, wrapFile, &k.Wrap)
}

func loadSecret(dir, name string, secret *[32]byte) error {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return fmt.Errorf("journal keys: %w", err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(raw) != len(secret) {
		return errors.New("journal keys: " + name + " does not hold 64 hexadecimal digits")
	}
	copy(secret[:], raw)
	return nil
}

// Public returns the key with which anybody checks the journal named origin; its String is what to publish.
func (k Keys) Public(origin string) (verify.Key, error) {
	if k.Checkpoint == nil {
		return verify.Key{}, errors.New("journal: no checkpoint key")
	}
	return verify.NewKey(origin, &k.Checkpoint.PublicKey)
}

// SealBody encrypts a kept message body (AES-256-GCM under a key derived from Wrap), bound to its call and
// part ("request", "answer"): sealed under one name it does not open under another. 28 bytes longer.
func (k Keys) SealBody(call mconnect.CallID, part string, body []byte) ([]byte, error) {
	aead, err := k.bodies()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(body)+aead.Overhead())
	fill(nonce)
	return aead.Seal(nonce, nonce, body, bodyName(call, part)), nil
}

// OpenBody decrypts what SealBody sealed for the same call and part.
func (k Keys) OpenBody(call mconnect.CallID, part string, sealed []byte) ([]byte, error) {
	aead, err := k.bodies()
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("journal: not a kept body")
	}
	n := aead.NonceSize()
	body, err := aead.Open(nil, sealed[:n], sealed[n:], bodyName(call, part))
	if err != nil {
		return nil, errors.New("journal: the kept body was altered, or belongs to another call or installation")
	}
	return body, nil
}

func (k Keys) bodies() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, k.Wrap[:], nil, "mconnect journal kept body v1", 32)
	if err != nil {
		return nil, err
	}
	return newAEAD(key)
}

func bodyName(call mconnect.CallID, part string) []byte { return []byte(string(call) + "/" + part) }

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// fill reads randomness; crypto/rand.Read never fails (it ends the process rather).
func fill(b []byte) { _, _ = rand.Read(b) }
