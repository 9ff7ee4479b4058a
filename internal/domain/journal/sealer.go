package journal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// hashSize is the length of a SHA-256 hash.
const hashSize = sha256.Size

// merkle makes compact ranges of an RFC 6962 tree.
var merkle = compact.RangeFactory{Hash: hashChildren}

// hashChildren is the hash of an inner node (RFC 6962 section 2.1).
func hashChildren(left, right []byte) []byte {
	var b [1 + 2*hashSize]byte
	b[0] = rfc6962.RFC6962NodeHashPrefix
	copy(b[1:], left)
	copy(b[1+hashSize:], right)
	sum := sha256.Sum256(b[:])
	return sum[:]
}

// Sealer computes what commits with a batch of the journal: the Merkle hashes of its records and of every
// subtree that they complete, the tree's frontier, and one checkpoint signed over the whole, with the time
// of the commit. It implements appendlog.Sealer; any number of goroutines may use it.
//
// It never signs on top of a head that it cannot vouch for: a head that this Sealer did not make itself
// must carry a valid checkpoint over exactly its frontier. The log checks by Continues whether such a head continues
// what was acknowledged before.
type Sealer struct {
	private *ecdsa.PrivateKey
	public  verify.Key
	clock   func() time.Time
	err     error

	mu   sync.Mutex
	made appendlog.Head // what was signed last
}

// NewSealer makes the sealer of the journal named origin. Keys without a checkpoint key, or an origin that
// is no name (see verify.NewKey), make every Seal fail.
func NewSealer(keys Keys, origin string) *Sealer {
	public, err := keys.Public(origin)
	return &Sealer{private: keys.Checkpoint, public: public, clock: time.Now, err: err}
}

// Seal implements appendlog.Sealer. Hashes hold, for each entry, its leaf hash and then the hash of each
// subtree that it completes, smallest first: the node (level, index) stands with entry (index+1)<<level-1.
func (s *Sealer) Seal(head appendlog.Head, entries []appendlog.Entry) (appendlog.Head, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return appendlog.Head{}, nil, s.err
	}
	r, before, err := s.resume(head)
	if err != nil {
		return appendlog.Head{}, nil, err
	}
	hashes := make([]byte, 0, 2*hashSize*len(entries)+hashSize)
	keep := func(_ compact.NodeID, hash []byte) { hashes = append(hashes, hash...) }
	leaves := make([]byte, 0, hashSize*len(entries)) // the range keeps parts of it
	leaf := sha256.New()
	for i := range entries {
		leaf.Reset()
		leaf.Write([]byte{rfc6962.RFC6962LeafHashPrefix})
		leaf.Write(entries[i].Data)
		leaves = leaf.Sum(leaves)
		if err := r.Append(leaves[i*hashSize:(i+1)*hashSize:(i+1)*hashSize], keep); err != nil {
			return appendlog.Head{}, nil, err
		}
	}
	at := s.clock().UTC().Truncate(time.Microsecond)
	if at.Before(before) {
		at = before // the clock went back: the journal's time does not
	}
	note, err := s.sign(r, at, stateOf(head.Note, entries))
	if err != nil {
		return appendlog.Head{}, nil, err
	}
	s.made = appendlog.Head{Size: int64(r.End()), Frontier: frontier(r, at), Note: note}
	return s.made, hashes, nil
}

// resume reads the head's frontier and makes sure that it is what was signed.
func (s *Sealer) resume(head appendlog.Head) (*compact.Range, time.Time, error) {
	if head.Size == 0 {
		return merkle.NewEmptyRange(0), time.Time{}, nil
	}
	r, at, err := parseFrontier(head.Size, head.Frontier)
	if err != nil {
		return nil, time.Time{}, err
	}
	if head.Size != s.made.Size || !bytes.Equal(head.Note, s.made.Note) {
		cp, err := s.public.Open(head.Note)
		if err != nil {
			return nil, time.Time{}, fmt.Errorf("journal: the head's checkpoint: %w", err)
		}
		if cp.Size != head.Size {
			return nil, time.Time{}, errors.New("journal: the head's checkpoint is over another size")
		}
		at = cp.Time
	}
	root, err := r.GetRootHash(nil)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !bytes.Contains(head.Note, base64.StdEncoding.AppendEncode([]byte{'\n'}, root)) {
		return nil, time.Time{}, errors.New("journal: the head's frontier is not what was signed")
	}
	return r, at, nil
}

// stateMark begins the line of a checkpoint that says what the resources are.
const stateMark = "\nstate "

// stateOf is what the next checkpoint says of the resources: as the newest of entries that changes it, else as the
// checkpoint before; nil when that does not say. An older program leaves the line out: see Changes.
func stateOf(before []byte, entries []appendlog.Entry) []byte {
	for i := range slices.Backward(entries) {
		if entries[i].State != "" {
			return []byte(entries[i].State)
		}
	}
	_, rest, found := bytes.Cut(before, []byte(stateMark))
	if !found {
		return nil
	}
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	return line
}

// sign writes the checkpoint (C2SP tlog-checkpoint) as a signed note (C2SP signed-note, type 0x02).
func (s *Sealer) sign(r *compact.Range, at time.Time, state []byte) ([]byte, error) {
	root, err := r.GetRootHash(nil)
	if err != nil {
		return nil, err
	}
	note := make([]byte, 0, 512)
	note = append(note, s.public.Name()...)
	note = append(note, '\n')
	note = strconv.AppendUint(note, r.End(), 10)
	note = append(note, '\n')
	note = base64.StdEncoding.AppendEncode(note, root)
	note = append(note, "\ntime "...)
	note = at.AppendFormat(note, timeForm)
	if len(state) > 0 {
		note = append(note, stateMark...)
		note = append(note, state...)
	}
	note = append(note, '\n')
	digest := sha256.Sum256(note)
	signature, err := ecdsa.SignASN1(rand.Reader, s.private, digest[:])
	if err != nil {
		return nil, err
	}
	note = append(note, "\n— "...)
	note = append(note, s.public.Name()...)
	note = append(note, ' ')
	signature = append(binary.BigEndian.AppendUint32(nil, s.public.ID()), signature...)
	note = base64.StdEncoding.AppendEncode(note, signature)
	return append(note, '\n'), nil
}

// frontier writes the sealer's state: the time of the checkpoint in microseconds since 1970 (8 bytes, big
// endian), then the compact range's hashes.
func frontier(r *compact.Range, at time.Time) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+hashSize*len(r.Hashes())), uint64(at.UnixMicro()))
	for _, h := range r.Hashes() {
		b = append(b, h...)
	}
	return b
}

func parseFrontier(size int64, b []byte) (*compact.Range, time.Time, error) {
	if len(b) < 8 || (len(b)-8)%hashSize != 0 {
		return nil, time.Time{}, errors.New("journal: the head's frontier is malformed")
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC()
	b = bytes.Clone(b[8:])
	hashes := make([][]byte, 0, len(b)/hashSize+1)
	for len(b) > 0 {
		hashes, b = append(hashes, b[:hashSize:hashSize]), b[hashSize:]
	}
	r, err := merkle.NewRange(0, uint64(size), hashes)
	return r, at, err
}
