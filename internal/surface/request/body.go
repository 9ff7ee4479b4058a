package request

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"

	"mconnect/fault"
	"mconnect/internal/surface/admission"
)

// Body reads a whole body of at most limit bytes into memory of the budget, which the caller releases. One that is
// declared larger is refused unread. Faults: message.tooLarge, message.tooSlow, message.malformed, and
// platform.overloaded for one that is beyond the budget.
func Body(r *http.Request, limit int64, memory *admission.MemoryBudget) (*[]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	most := limit + 1 // one more shows that it is too large
	if r.ContentLength >= 0 {
		most = min(most, r.ContentLength+1)
	}
	b := memory.Acquire()
	for {
		if len(*b) == cap(*b) {
			if err := memory.Grow(b, most); err != nil {
				memory.Release(b)
				return nil, err
			}
		}
		n, err := r.Body.Read((*b)[len(*b):cap(*b)])
		*b = (*b)[:len(*b)+n]
		switch {
		case int64(len(*b)) > limit:
			memory.Release(b)
			return nil, tooLarge(limit)
		case err == io.EOF:
			return b, nil
		case err != nil:
			memory.Release(b)
			return nil, unexpectedEnd(err)
		}
	}
}

func tooLarge(limit int64) *fault.Error {
	return fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
}

// unexpectedEnd is the fault of a body that ended before it was whole, or too late.
func unexpectedEnd(err error) *fault.Error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return fault.Wrap(err, fault.MessageTooSlow)
	}
	return fault.Wrap(err, fault.MessageMalformed, "what", "body")
}
