package intake

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"mconnect/fault"
)

// buffers holds request bodies while their calls are under way.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// maxPooled is the largest buffer kept for the next request.
const maxPooled = 256 << 10

// GiveBack lends the body's memory to the next request; nil is nothing.
func GiveBack(b *[]byte) {
	if b != nil && cap(*b) <= maxPooled {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// ReadBody reads a whole body of at most limit bytes. One that is declared larger is refused unread.
func ReadBody(r *http.Request, limit int64) (*[]byte, error) {
	if r.ContentLength > limit {
		return nil, fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
	}
	b := buffers.Get().(*[]byte)
	buf := (*b)[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		*b = buf
		switch {
		case int64(len(buf)) > limit:
			GiveBack(b)
			return nil, fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
		case err == io.EOF:
			return b, nil
		case err != nil:
			GiveBack(b)
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
