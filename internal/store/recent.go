package store

import (
	"slices"
	"sync"

	"mconnect/internal/appendlog"
)

// Bounds of what a log remembers of its newest batches. There is room for few bytes as long as those who follow are
// served from them, and for twice as many whenever one just was not.
const (
	maxRecent      = 512
	minRecentBytes = 1 << 20
	maxRecentBytes = 8 << 20
	near           = 8192     // entries: who is further behind reads elsewhere for long, and is not waited for
	calm           = 16 << 20 // bytes committed after which half the room is given up, unless it was needed
)

// recent is the tail of a log as this process committed it, so that followers need not read back what has just
// been written. It is always contiguous, holds no asides (they may be erased), and is empty while nobody follows.
type recent struct {
	mu      sync.Mutex
	batches []appendlog.Batch
	bytes   int
	room    int   // for bytes; 0 is minRecentBytes
	unused  int   // bytes committed since all of the room was needed
	end     int64 // index behind the newest batch
}

// add remembers a committed batch. One that does not continue the tail (another process committed in between)
// replaces it.
func (r *recent) add(m *move) {
	data, err := unframe(slices.Clone(m.entries), m.count)
	if err != nil {
		return // cannot be: it was framed by us
	}
	b := appendlog.Batch{First: m.old, Entries: make([]appendlog.Entry, len(data)), Hashes: slices.Clone(m.hashes),
		Note: slices.Clone(m.next.Note)}
	for i := range data {
		b.Entries[i].Data = data[i]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.batches); n > 0 && r.batches[n-1].First+int64(len(r.batches[n-1].Entries)) != b.First {
		r.batches, r.bytes = nil, 0
	}
	r.end = b.First + int64(len(b.Entries))
	if r.unused += sizeOf(b); r.unused > calm {
		r.room, r.unused = r.room/2, 0
	}
	r.batches = append(r.batches, b)
	r.bytes += sizeOf(b)
	drop := 0
	for len(r.batches)-drop > maxRecent || (r.bytes > r.bound() && len(r.batches)-drop > 1) {
		r.bytes -= sizeOf(r.batches[drop])
		drop++
	}
	if drop > 0 {
		r.batches = slices.Delete(r.batches, 0, drop)
	}
}

// bound is how many bytes there is room for now.
func (r *recent) bound() int { return max(r.room, minRecentBytes) }

func sizeOf(b appendlog.Batch) int {
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
func (r *recent) from(index int64) []appendlog.Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, _ := slices.BinarySearchFunc(r.batches, index, func(b appendlog.Batch, index int64) int {
		if b.First+int64(len(b.Entries)) <= index {
			return -1
		}
		return 1
	})
	missed := at == len(r.batches) || r.batches[at].First > index
	switch behind := r.end - index; {
	case missed && behind > 0 && behind <= near:
		r.room, r.unused = min(2*r.bound(), maxRecentBytes), 0
	case !missed && 2*at < len(r.batches) && 2*r.bytes > r.bound():
		r.unused = 0
	}
	if missed {
		return nil
	}
	return slices.Clone(r.batches[at:])
}
