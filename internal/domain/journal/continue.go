package journal

import (
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// Continues implements appendlog.Prover by the consistency proof of RFC 6962 (section 2.1.2) between the two signed
// roots.
func (s *Sealer) Continues(from, to appendlog.Head, hashes func(index int64) (int64, []byte, error)) error {
	if s.err != nil {
		return s.err
	}
	before, err := s.public.Open(from.Note)
	if err != nil {
		return fmt.Errorf("journal: the checkpoint of %d records: %w", from.Size, err)
	}
	if to.Size == 0 {
		return consistent(before, verify.Checkpoint{}, hashes)
	}
	after, err := s.public.Open(to.Note)
	if err != nil {
		return fmt.Errorf("journal: the head's checkpoint: %w", err)
	}
	return consistent(before, after, hashes)
}

// consistent proves that the tree under before is the beginning of the tree under after; else store.ErrForked.
func consistent(before, after verify.Checkpoint, hashes func(index int64) (int64, []byte, error)) error {
	switch {
	case after.Size < before.Size:
		return fmt.Errorf("%w: a checkpoint is over %d records, the journal holds %d", appendlog.ErrForked, before.Size,
			after.Size)
	case before.Size == 0:
		return nil
	}
	nodes, err := proof.Consistency(uint64(before.Size), uint64(after.Size))
	if err != nil {
		return err
	}
	path := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		_, end := id.Coverage()
		first, stored, err := hashes(int64(end) - 1)
		if err != nil {
			return fmt.Errorf("journal: the hashes of record %d: %w", end-1, err)
		}
		if path[i], err = nodeIn(first, stored, id); err != nil {
			return fmt.Errorf("%w: %w", appendlog.ErrForked, err)
		}
	}
	if path, err = nodes.Rehash(path, rfc6962.DefaultHasher.HashChildren); err != nil {
		return err
	}
	err = proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(before.Size), uint64(after.Size), path, before.Root[:],
		after.Root[:])
	if err != nil {
		return fmt.Errorf("%w: the first %d of its %d records are not those of a checkpoint signed before",
			appendlog.ErrForked, before.Size, after.Size)
	}
	return nil
}

// nodeIn picks the hash of a perfect subtree from what is stored with the batch of the entry that completes it.
func nodeIn(first int64, hashes []byte, id compact.NodeID) ([]byte, error) {
	_, end := id.Coverage()
	at := (stored(end-1) - stored(uint64(first)) + uint64(id.Level)) * hashSize
	if at+hashSize > uint64(len(hashes)) {
		return nil, fmt.Errorf("journal: the hashes stored with the batch at %d are cut off", first)
	}
	return hashes[at : at+hashSize], nil
}
