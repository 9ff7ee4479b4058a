package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// TimeForm is how the journal writes an instant: UTC, microseconds, always 27 characters.
const TimeForm = "2006-01-02T15:04:05.000000Z"

// keyType marks an ECDSA key in the C2SP signed-note registry of signature types.
const keyType = 0x02

// Bounds of a signed note: a longer one is not read. C2SP signed-note asks verifiers to accept at least
// 16 signatures.
const (
	maxNote       = 64 << 10
	maxSignatures = 64
)

// decode64 reads base64 (RFC 4648 section 4) and refuses every spelling but the one that encoding gives.
func decode64(s string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		err = errors.New("line break in base64")
	}
	return raw, err
}

// Key is the public key of a journal: an ECDSA P-256 key under the journal's name (its origin).
type Key struct {
	name   string
	id     uint32
	public *ecdsa.PublicKey
	spki   []byte
}

// NewKey names a public key. The name is the journal's origin, e.g. "mconnect.example/journal"; it holds
// no spaces and no '+'. The curve must be P-256.
func NewKey(name string, public *ecdsa.PublicKey) (Key, error) {
	if !validName(name) {
		return Key{}, errors.New("a key's name is not empty and holds no space and no '+'")
	}
	if public == nil || public.Curve != elliptic.P256() {
		return Key{}, errors.New("the key is not on the curve P-256")
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return Key{}, err
	}
	// C2SP signed-note, signature type 0x02: the key id is the truncated SHA-256 of the SPKI form.
	sum := sha256.Sum256(spki)
	return Key{name: name, id: binary.BigEndian.Uint32(sum[:4]), public: public, spki: spki}, nil
}

// ParseKey reads a key in the form that String writes.
func ParseKey(s string) (Key, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(s), "+")
	_, data, ok := strings.Cut(rest, "+")
	raw, err := decode64(data)
	if !ok || err != nil || len(raw) < 2 || raw[0] != keyType {
		return Key{}, errors.New("malformed key: want <name>+<8 hex digits>+<base64 of 0x02 and SPKI>")
	}
	parsed, err := x509.ParsePKIXPublicKey(raw[1:])
	if err != nil {
		return Key{}, fmt.Errorf("malformed key: %w", err)
	}
	public, _ := parsed.(*ecdsa.PublicKey)
	key, err := NewKey(name, public)
	if err != nil {
		return Key{}, err
	}
	if key.String() != strings.TrimSpace(s) {
		return Key{}, fmt.Errorf("malformed key: its id should be %08x", key.id)
	}
	return key, nil
}

// String writes the key as one line, "<name>+<id>+<base64>", the verifier key form of signed notes.
func (k Key) String() string {
	data := base64.StdEncoding.EncodeToString(append([]byte{keyType}, k.spki...))
	return fmt.Sprintf("%s+%08x+%s", k.name, k.id, data)
}

// Name returns the journal's name, which is also the origin line of its checkpoints.
func (k Key) Name() string { return k.name }

// ID returns the key id that stands in signature lines.
func (k Key) ID() uint32 { return k.id }

// Public returns the key itself.
func (k Key) Public() *ecdsa.PublicKey { return k.public }

// IsZero reports that no key is there.
func (k Key) IsZero() bool { return k.public == nil }

// Checkpoint is what a journal signed: at Time it held exactly Size records, with this Merkle root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
	Time   time.Time // of the commit; zero when the checkpoint does not say

	// Revision and State say what the platform's resources were then: the newest revision, and the digest of the newest
	// states of all (docs/JOURNAL.md). A zero State: the checkpoint does not say.
	Revision int64
	State    Hash
}

// Open verifies a signed note with the key and reads the checkpoint in it. Signatures of other keys are
// ignored, as C2SP signed-note demands; at least one must be by this key and all by this key must verify.
func (k Key) Open(note []byte) (Checkpoint, error) {
	text, signatures, err := splitNote(note)
	if err != nil {
		return Checkpoint{}, err
	}
	digest := sha256.Sum256(text)
	verified := false
	for _, line := range signatures {
		name, encoded, ok := strings.Cut(line, " ")
		raw, err := decode64(encoded)
		if !ok || err != nil || len(raw) < 5 || !validName(name) {
			return Checkpoint{}, errors.New("malformed signature line")
		}
		if name != k.name || binary.BigEndian.Uint32(raw) != k.id {
			continue
		}
		if !ecdsa.VerifyASN1(k.public, digest[:], raw[4:]) {
			return Checkpoint{}, errors.New("the signature is not by this key over this text")
		}
		verified = true
	}
	if !verified {
		return Checkpoint{}, fmt.Errorf("no signature by the key %s+%08x", k.name, k.id)
	}
	cp, err := parseCheckpoint(string(text))
	if err == nil && cp.Origin != k.name {
		return Checkpoint{}, errors.New("signed by this journal's key, but in the name of another")
	}
	return cp, err
}

// splitNote separates the signed text (with its last newline) from the signature lines.
func splitNote(note []byte) (text []byte, signatures []string, err error) {
	malformed := errors.New("not a signed note")
	if len(note) > maxNote || !utf8.Valid(note) {
		return nil, nil, malformed
	}
	for _, c := range note {
		if c < ' ' && c != '\n' {
			return nil, nil, malformed
		}
	}
	at := bytes.LastIndex(note, []byte("\n\n"))
	if at < 0 || len(note) == at+2 || note[len(note)-1] != '\n' {
		return nil, nil, malformed
	}
	lines := strings.Split(string(note[at+2:len(note)-1]), "\n")
	if len(lines) > maxSignatures {
		return nil, nil, errors.New("too many signatures")
	}
	for _, line := range lines {
		signature, ok := strings.CutPrefix(line, "— ")
		if !ok {
			return nil, nil, malformed
		}
		signatures = append(signatures, signature)
	}
	return note[:at+1], signatures, nil
}

// parseCheckpoint reads the body per C2SP tlog-checkpoint: origin, size, root; then extension lines, of
// which this journal writes two, "time <TimeForm>" and "state <revision> <digest in base64>".
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, errors.New("a checkpoint has at least three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, errors.New("malformed size in checkpoint")
	}
	root, err := decode64(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return Checkpoint{}, errors.New("malformed root in checkpoint")
	}
	cp := Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}
	for _, line := range lines[3:] {
		if line == "" {
			return Checkpoint{}, errors.New("empty line in checkpoint")
		}
		if stamp, ok := strings.CutPrefix(line, "time "); ok {
			if cp.Time, err = parseTime(stamp); err != nil {
				return Checkpoint{}, err
			}
		}
		if state, ok := strings.CutPrefix(line, "state "); ok {
			if cp.Revision, cp.State, err = parseState(state); err != nil {
				return Checkpoint{}, err
			}
		}
	}
	return cp, nil
}

// parseState reads a revision and a digest.
func parseState(s string) (int64, Hash, error) {
	number, digest, _ := strings.Cut(s, " ")
	revision, err := strconv.ParseInt(number, 10, 64)
	raw, wrong := decode64(digest)
	if err != nil || revision < 0 || strconv.FormatInt(revision, 10) != number || wrong != nil ||
		len(raw) != len(Hash{}) {
		return 0, Hash{}, errors.New("malformed state in checkpoint")
	}
	return revision, Hash(raw), nil
}

// parseTime reads exactly TimeForm.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(TimeForm, s)
	if err != nil || t.Format(TimeForm) != s {
		return time.Time{}, errors.New("malformed time: want " + TimeForm)
	}
	return t, nil
}

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || r == '+'
	})
}
