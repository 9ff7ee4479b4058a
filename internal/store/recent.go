package store

import (
	"slices"
	"sync"
)

// Bounds of what a log remembers of its newest batches.
const (
	maxRecent      = 512
	maxRecentBytes = 2 << 20 // the collector lets the heap grow to a multiple of it
)

// recent is the tail of a log as this process committed it, so that followers need not read back what has just
// been written. It is always contiguous, holds no asides (they may be erased), and is empty while nobody follows.
type recent struct {
	mu      sync.Mutex
	batches []Batch
	bytes   int
}

// add remembers a committed batch. One that does not continue the tail (another process committed in between)
// begins it anew.
func (r *recent) add(m *move) {
	data, err := unframe(slices.Clone(m.entries), m.count)
	if err != nil {
		return // cannot be: it was framed by us
	}
	b := Batch{First: m.old, Entries: make([]Entry, len(data)), Hashes: slices.Clone(m.hashes), Note: slices.Clone(m.next.Note)}
	for i := range data {
		b.Entries[i].Data = data[i]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.batches); n > 0 && r.batches[n-1].First+int64(len(r.batches[n-1].Entries)) != b.First {
		r.batches, r.bytes = nil, 0
	}
	r.batches = append(r.batches, b)
	r.bytes += sizeOf(b)
	drop := 0
	for len(r.batches)-drop > maxRecent || (r.bytes > maxRecentBytes && len(r.batches)-drop > 1) {
		r.bytes -= sizeOf(r.batches[drop])
		drop++
	}
	if drop > 0 {
		r.batches = slices.Delete(r.batches, 0, drop)
	}
}

func sizeOf(b Batch) int {
	n := len(b.Hashes) + len(b.Note)
	for i := range b.Entries {
		n += len(b.Entries[i].Data)
	}
	return n
}

// forget empties the tail.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches, r.bytes = nil, 0
}

// from returns the remembered batches from the one that holds entry index on; none when that is not remembered.
func (r *recent) from(index int64) []Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, _ := slices.BinarySearchFunc(r.batches, index, func(b Batch, index int64) int {
		if b.First+int64(len(b.Entries)) <= index {
			return -1
		}
		return 1
	})
	if at == len(r.batches) || r.batches[at].First > index {
		return nil
	}
	return slices.Clone(r.batches[at:])
}
