package verify

import (
	"crypto/sha256"
	"errors"
)

// Hash is a SHA-256 hash in the Merkle tree.
type Hash [sha256.Size]byte

// LeafHash hashes one record: SHA-256(0x00 || record), RFC 6962 section 2.1.
func LeafHash(record []byte) Hash {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(record)
	return Hash(h.Sum(nil))
}

// nodeHash hashes two neighbours into their parent: SHA-256(0x01 || left || right).
func nodeHash(left, right Hash) Hash {
	var b [1 + 2*len(left)]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+len(left):], right[:])
	return sha256.Sum256(b[:])
}

// tree is a Merkle tree that only grows; it keeps the roots of its perfect subtrees, left to right. A
// tree of 13 = 8+4+1 records has three.
type tree struct {
	size  int64
	peaks []Hash
}

// append adds a record's hash. It returns that hash, then the hash of every subtree that it completed,
// smallest first: 1 + (trailing one bits of the old size) hashes.
func (t *tree) append(leaf Hash) []Hash {
	made := []Hash{leaf}
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.peaks) - 1
		leaf = nodeHash(t.peaks[last], leaf)
		t.peaks = t.peaks[:last]
		made = append(made, leaf)
	}
	t.peaks = append(t.peaks, leaf)
	t.size++
	return made
}

// root folds the peaks, right to left. The root of no records is the SHA-256 of nothing.
func (t *tree) root() Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	root := t.peaks[len(t.peaks)-1]
	for i := len(t.peaks) - 2; i >= 0; i-- {
		root = nodeHash(t.peaks[i], root)
	}
	return root
}

// rootFromProof computes the root of a tree of size records in which leaf stands at index, given the
// neighbours on its way up (the audit path of RFC 6962, checked as in RFC 9162 section 2.1.3.2).
func rootFromProof(leaf Hash, index, size int64, path []Hash) (Hash, error) {
	if index < 0 || index >= size {
		return Hash{}, errors.New("the index lies outside the tree")
	}
	root, last := leaf, size-1 // index and last climb together; at last's level the tree may be ragged
	for _, neighbour := range path {
		if last == 0 {
			return Hash{}, errors.New("the proof is too long")
		}
		if index&1 == 1 || index == last {
			root = nodeHash(neighbour, root)
			for index&1 == 0 && index != 0 { // no right neighbour on these levels
				index, last = index>>1, last>>1
			}
		} else {
			root = nodeHash(root, neighbour)
		}
		index, last = index>>1, last>>1
	}
	if last != 0 {
		return Hash{}, errors.New("the proof is too short")
	}
	return root, nil
}
