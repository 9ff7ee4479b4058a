package exchange

import "sync"

// buffer is memory for one answer, borrowed and returned.
type buffer struct{ b []byte }

// maxPooled bounds what is kept for the next call; larger answers get memory of their own.
const maxPooled = 1 << 20

var buffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, 4<<10)} }}

func acquireBuffer() *buffer { return buffers.Get().(*buffer) }

// release clears what was written, for it is personal data of another call.
func (b *buffer) release() {
	if cap(b.b) > maxPooled {
		return
	}
	clear(b.b[:len(b.b)])
	b.b = b.b[:0]
	buffers.Put(b)
}

// Release gives the answer's memory back and, when a stream was never written, ends it as broken. The surface
// calls it once, after the answer is sent or given up; Body is not to be used afterwards.
func (a *Answer) Release() {
	if a.cut != nil {
		a.cut.release()
		a.cut, a.Body = nil, nil
	}
	if s, ok := a.Stream.(*stream); ok {
		s.abandon()
	}
	a.permit.leave()
}
