package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"sync"

	"mconnect/verify"
)

// Stated is one state of a resource, by what identifies it.
type Stated struct {
	Kind, ID string
	Revision int64
	Deleted  bool
	Digest   [sha256.Size]byte // of the document
}

// leaf is the hash of all that identifies a state.
func (s Stated) leaf() [sha256.Size]byte {
	text := make([]byte, 0, 128)
	for _, part := range []string{s.Kind, s.ID} {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	text = binary.BigEndian.AppendUint64(text, uint64(s.Revision))
	gone := byte(0)
	if s.Deleted {
		gone = 1
	}
	return sha256.Sum256(append(append(text, gone), s.Digest[:]...))
}

// key is under which a resource stands in a Newest: 16 bytes of a hash take less memory than its names.
type key [16]byte

func keyOf(kind, id string) key {
	sum := sha256.Sum256(append(append([]byte(kind), 0), id...))
	return key(sum[:16])
}

// buckets is into how many parts the set is divided, so that a change hashes one part and not all.
const buckets = 1 << 10

type standing struct {
	revision int64
	leaf     [sha256.Size]byte
}

type bucket struct {
	states map[key]standing
	digest []byte // nil: to be computed
}

// Newest is the set of the newest states of all resources, deleted ones included. Its digest stands in every
// checkpoint, so that a signature says which states act. It is safe for concurrent use.
type Newest struct {
	mu       sync.Mutex
	parts    [buckets]bucket
	revision int64
	count    int
}

// NewNewest makes the set of a platform without resources.
func NewNewest() *Newest { return &Newest{} }

// Put adds states, each in the place of an older one of its resource.
func (n *Newest) Put(states ...Stated) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range states {
		k := keyOf(s.Kind, s.ID)
		if s.Revision >= n.part(k).states[k].revision {
			n.put(k, standing{s.Revision, s.leaf()})
		}
		n.revision = max(n.revision, s.Revision)
	}
}

func (n *Newest) put(k key, s standing) {
	b := n.part(k)
	if b.states == nil {
		b.states = map[key]standing{}
	}
	if _, known := b.states[k]; !known {
		n.count++
	}
	b.states[k], b.digest = s, nil
}

func (n *Newest) part(k key) *bucket { return &n.parts[binary.BigEndian.Uint16(k[:])%buckets] }

// Revision is the highest of all states.
func (n *Newest) Revision() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.revision
}

// Len is the number of resources.
func (n *Newest) Len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.count
}

// Is reports whether the state is the one that its resource has in the set.
func (n *Newest) Is(s Stated) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := keyOf(s.Kind, s.ID)
	was, known := n.part(k).states[k]
	return known && was == standing{s.Revision, s.leaf()}
}

// At is the revision that the resource has in the set; 0 when it is not in it.
func (n *Newest) At(kind, id string) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := keyOf(kind, id)
	return n.part(k).states[k].revision
}

// Line is what a checkpoint says of the set once states were added to it: the newest revision and the digest. The set
// itself stays.
func (n *Newest) Line(states ...Stated) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	revision, count := n.revision, n.count
	type undo struct {
		key key
		was standing
		had bool
	}
	var undone []undo
	for _, s := range states {
		k := keyOf(s.Kind, s.ID)
		was, had := n.part(k).states[k]
		undone = append(undone, undo{k, was, had})
		n.put(k, standing{s.Revision, s.leaf()})
		n.revision = max(n.revision, s.Revision)
	}
	line := stateLine(n.revision, n.digest())
	for _, u := range slices.Backward(undone) {
		if b := n.part(u.key); u.had {
			b.states[u.key], b.digest = u.was, nil
		} else {
			delete(b.states, u.key)
			b.digest = nil
		}
	}
	n.revision, n.count = revision, count
	return line
}

func stateLine(revision int64, digest verify.Hash) string {
	return strconv.FormatInt(revision, 10) + " " + base64.StdEncoding.EncodeToString(digest[:])
}

// digest hashes the parts that hold states, each under its number, and each over the sorted leaves of its states.
func (n *Newest) digest() verify.Hash {
	whole := sha256.New()
	var number [2]byte
	for i := range n.parts {
		b := &n.parts[i]
		if len(b.states) == 0 {
			continue
		}
		if b.digest == nil {
			part := sha256.New()
			for _, s := range slices.SortedFunc(maps.Values(b.states), func(x, y standing) int {
				return bytes.Compare(x.leaf[:], y.leaf[:])
			}) {
				part.Write(s.leaf[:])
			}
			b.digest = part.Sum(nil)
		}
		binary.BigEndian.PutUint16(number[:], uint16(i))
		whole.Write(number[:])
		whole.Write(b.digest)
	}
	return verify.Hash(whole.Sum(nil))
}
