package eventlog

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"mconnect"
	"mconnect/internal/appendlog"
)

// hashSize is the size of what is stored with each entry: the fingerprint (8 bytes) and whether the event is a repeat.
const hashSize = 9

// The log's frontier is the key of its fingerprints and a digest over the hashes of all entries, by which a node
// knows whether the batch that it sealed is the one that was committed.
const (
	keySize      = 16
	frontierSize = keySize + 16
)

// sealer decides which entries are repeats, under the lock of the log's head, so that all nodes decide alike and
// the decision commits with the entries. It implements appendlog.Sealer.
type sealer struct {
	seen *dedupIndex

	mu   mutex[sealerLock]
	log  Storage
	next int64          // committed entries before it are remembered
	made appendlog.Head // what was sealed last, committed or not
}

// Seal implements appendlog.Sealer. Unlike the journal's it reads the log when it must: what another node appended
// meanwhile, and an entry whose fingerprint was seen before. Both are rare.
func (s *sealer) Seal(head appendlog.Head, entries []appendlog.Entry) (appendlog.Head, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := head.Frontier
	if len(before) != frontierSize {
		before = make([]byte, frontierSize)
		if _, err := rand.Read(before); err != nil {
			return appendlog.Head{}, nil, err
		}
	}
	if head.Size == s.made.Size && bytes.Equal(before, s.made.Frontier) {
		s.next = max(s.next, head.Size) // it was committed as sealed
	}
	if err := s.catchUp(head.Size); err != nil {
		return appendlog.Head{}, nil, err
	}
	hashes := make([]byte, 0, hashSize*len(entries))
	var found []int64
	for i := range entries {
		print := comparedPrint(entries[i].Data)
		hashes = binary.BigEndian.AppendUint64(hashes, print)
		repeat := byte(0)
		if print != 0 {
			if found = s.seen.find(print, found[:0]); len(found) > 0 {
				is, err := s.isRepeat(found, head.Size, entries, i)
				if err != nil {
					return appendlog.Head{}, nil, err
				}
				if is {
					repeat = 1
				}
			}
			if repeat == 0 {
				s.seen.add(print, head.Size+int64(i))
			}
		}
		hashes = append(hashes, repeat)
	}
	sum := sha256.Sum256(append(append([]byte(nil), before...), hashes...))
	s.made = appendlog.Head{
		Size:     head.Size + int64(len(entries)),
		Frontier: append(append(make([]byte, 0, frontierSize), before[:keySize]...), sum[:frontierSize-keySize]...),
	}
	return s.made, hashes, nil
}

// isRepeat compares entry i with those at the indices found: in the log, or before it in the batch.
func (s *sealer) isRepeat(found []int64, size int64, entries []appendlog.Entry, i int) (bool, error) {
	var t [texts]string
	if _, _, err := split(entries[i].Data, &t); err != nil {
		return false, err
	}
	want := Identity{mconnect.SystemID(t[textSystem]), t[textSource], t[textID], mconnect.EventType(t[textType])}
	for _, index := range found {
		if at := index - size; at >= 0 {
			if at < int64(i) && want.of(entries[at].Data) {
				return true, nil
			}
			continue
		}
		is, err := s.stands(index, want)
		if is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// stands reports whether an event is entry index of the log.
func (s *sealer) stands(index int64, want Identity) (bool, error) {
	b, err := s.entry(index)
	return err == nil && b != nil && want.of(b), err
}

// entry reads entry index of the log; nil when it is not there (any more).
func (s *sealer) entry(index int64) ([]byte, error) {
	batches, err := s.log.Read(context.Background(), index, 1)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		if at := index - b.First; at >= 0 && at < int64(len(b.Entries)) {
			return b.Entries[at].Data, nil
		}
	}
	return nil, nil
}

// catchUp remembers what other processes appended up to size. The caller holds mu.
func (s *sealer) catchUp(size int64) error {
	for s.next < size {
		batches, err := s.log.Read(context.Background(), s.next, 2048)
		if err != nil {
			return err
		}
		if len(batches) == 0 {
			return errors.New("eventlog: the event log is shorter than its head says")
		}
		for _, b := range batches {
			s.learn(b)
		}
	}
	return nil
}

// learn remembers a batch. The caller holds mu.
func (s *sealer) learn(b appendlog.Batch) {
	for i := range b.Entries {
		if index := b.First + int64(i); index >= s.next {
			if print, repeat := hashAt(b.Hashes, i); print != 0 && !repeat {
				s.seen.add(print, index)
			}
		}
	}
	s.next = max(s.next, b.First+int64(len(b.Entries)))
}

// heard remembers a batch that the follower has read, so that the next Seal need not.
func (s *sealer) heard(b appendlog.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.First <= s.next {
		s.learn(b)
	}
}

// hashAt reads what is stored with entry i of a batch.
func hashAt(hashes []byte, i int) (print uint64, repeat bool) {
	h := hashes[i*hashSize:]
	return binary.BigEndian.Uint64(h), h[8] != 0
}
