package request

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mconnect/fault"
)

// buffers holds request bodies while their calls are under way.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// maxPooled is the largest buffer kept for the next request.
const maxPooled = 256 << 10

// small is how much of a body is not counted: what most calls send never finds the Room full.
const small = 64 << 10

// DefaultRoom is the size of a Room, unless a surface says otherwise.
const DefaultRoom = 128 << 20

// Room bounds the memory that bodies take together, from their first byte until the call has ended: many callers who send
// much, slowly, cost no more than its size, beside 64 KiB for each. Safe for concurrent use.
type Room struct {
	most int64
	held atomic.Int64
}

// NewRoom makes a room of so many bytes.
func NewRoom(most int64) *Room { return &Room{most: most} }

// Held is how many bytes bodies take now, 64 KiB of each not counted.
func (m *Room) Held() int64 { return m.held.Load() }

func counted(b []byte) int64 { return int64(max(cap(b)-small, 0)) }

// take counts more bytes, if there is room for them.
func (m *Room) take(more int64) bool {
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

// borrow takes a buffer.
func (m *Room) borrow() *[]byte {
	b := buffers.Get().(*[]byte)
	if *b = (*b)[:0]; !m.take(counted(*b)) {
		buffers.Put(b)
		fresh := make([]byte, 0, 4096)
		b = &fresh
	}
	return b
}

// GiveBack lends the body's memory to the next request; nil is nothing.
func (m *Room) GiveBack(b *[]byte) {
	if b == nil {
		return
	}
	m.held.Add(-counted(*b))
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// grow makes a full buffer larger, not beyond what may come.
func (m *Room) grow(b *[]byte, r *http.Request, limit int64) error {
	most := limit + 1 // one more shows that it is too large
	if r.ContentLength >= 0 {
		most = min(most, r.ContentLength+1)
	}
	size := max(min(int64(2*cap(*b)), most), int64(cap(*b))+1)
	if !m.take(max(size-small, 0) - counted(*b)) {
		f := fault.New(fault.Overloaded)
		f.RetryAfter = time.Second
		return f
	}
	larger := make([]byte, len(*b), size)
	copy(larger, *b)
	*b = larger
	return nil
}

// ReadBody reads a whole body of at most limit bytes. One that is declared larger is refused unread; one for which there is
// no room, as far as it was read: platform.overloaded. Give it back.
func (m *Room) ReadBody(r *http.Request, limit int64) (*[]byte, error) {
	if r.ContentLength > limit {
		return nil, fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
	}
	b := m.borrow()
	for {
		if len(*b) == cap(*b) {
			if err := m.grow(b, r, limit); err != nil {
				m.GiveBack(b)
				return nil, err
			}
		}
		n, err := r.Body.Read((*b)[len(*b):cap(*b)])
		*b = (*b)[:len(*b)+n]
		switch {
		case int64(len(*b)) > limit:
			m.GiveBack(b)
			return nil, fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
		case err == io.EOF:
			return b, nil
		case err != nil:
			m.GiveBack(b)
			return nil, broken(err)
		}
	}
}

func broken(err error) *fault.Error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return fault.Wrap(err, fault.MessageTooSlow)
	}
	return fault.Wrap(err, fault.MessageMalformed, "what", "body")
}
