package admission

import (
	"sync"
	"sync/atomic"
)

// buffers holds memory of bodies between two calls.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, smallest); return &b }}

const (
	smallest  = 4 << 10
	maxPooled = 256 << 10 // the largest buffer kept for the next request
	uncounted = 64 << 10  // of a body: what most calls send never finds the budget used up
)

// DefaultMemory is the size of a MemoryBudget, unless a surface says otherwise.
const DefaultMemory = 128 << 20

// MemoryBudget bounds the memory that bodies take together, from their first byte until the call has ended: many
// callers who send much, slowly, cost no more than its size, and 64 KiB for each. Safe for concurrent use.
type MemoryBudget struct {
	most int64
	held atomic.Int64
}

// NewMemoryBudget makes a budget of so many bytes.
func NewMemoryBudget(most int64) *MemoryBudget { return &MemoryBudget{most: most} }

// Held is how many bytes bodies take now, 64 KiB of each not counted.
func (m *MemoryBudget) Held() int64 { return m.held.Load() }

func counted(b []byte) int64 { return int64(max(cap(b)-uncounted, 0)) }

// reserve counts more bytes, if they are within the budget.
func (m *MemoryBudget) reserve(more int64) bool {
	if more <= 0 {
		m.held.Add(more)
		return true
	}
	if m.held.Add(more) > m.most {
		m.held.Add(-more)
		return false
	}
	return true
}

// Acquire returns an empty buffer. Release it when the call has ended.
func (m *MemoryBudget) Acquire() *[]byte {
	b := buffers.Get().(*[]byte)
	if *b = (*b)[:0]; !m.reserve(counted(*b)) {
		buffers.Put(b)
		fresh := make([]byte, 0, smallest)
		b = &fresh
	}
	return b
}

// Grow makes a full buffer larger, to most bytes at most. Fault: platform.overloaded.
func (m *MemoryBudget) Grow(b *[]byte, most int64) error {
	size := max(min(int64(2*cap(*b)), most), int64(cap(*b))+1)
	if !m.reserve(max(size-uncounted, 0) - counted(*b)) {
		return Overloaded()
	}
	larger := make([]byte, len(*b), size)
	copy(larger, *b)
	*b = larger
	return nil
}

// Release returns the memory of a body for the next request; a nil b is no body.
func (m *MemoryBudget) Release(b *[]byte) {
	if b == nil {
		return
	}
	m.held.Add(-counted(*b))
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}
