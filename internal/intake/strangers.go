package intake

import (
	"net/http"
	"sync/atomic"
	"time"

	"mconnect/fault"
)

// Strangers bound what callers take who prove who they are by the message itself and are not known before it was read:
// together they hold three quarters of the places at most and so many bytes, and each has a while to send. Neither places nor memory are
// taken from those who are known. Safe for concurrent use.
type Strangers struct {
	mostCallers, mostBytes int64
	read                   time.Duration
	callers, bytes         atomic.Int64
}

// StrangerRead is how long a stranger may take to send its message, unless a surface says otherwise.
const StrangerRead = 10 * time.Second

// strangersBytes is what strangers together may always be sending.
const strangersBytes = 64 << 20

// NewStrangers makes the bound for a surface of so many places, whose largest request has so many bytes: eight of those, at
// least 64 MiB.
func NewStrangers(places, largest int64, read time.Duration) *Strangers {
	return &Strangers{mostCallers: places - places/4, mostBytes: max(strangersBytes, 8*largest), read: read}
}

// Reserve counts a stranger who sends a request of at most limit bytes. Call release when it was read. Fault: platform.overloaded.
func (s *Strangers) Reserve(r *http.Request, limit int64) (release func(), err error) {
	n := r.ContentLength
	if n < 0 || n > limit {
		n = limit
	}
	release = func() {
		s.bytes.Add(-n)
		s.callers.Add(-1)
	}
	bytes, callers := s.bytes.Add(n), s.callers.Add(1)
	if bytes > s.mostBytes || callers > s.mostCallers {
		return release, fault.New(fault.Overloaded)
	}
	return release, nil
}

// Hurry gives the sender of this request its while; else the server's own deadline holds.
func (s *Strangers) Hurry(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.read)) // where there is no such deadline, none was asked for
}

// Held is how many strangers are sending, and how many bytes are set aside for them.
func (s *Strangers) Held() (callers, bytes int64) { return s.callers.Load(), s.bytes.Load() }

// LastOf makes the answer the last one of an HTTP/1 connection. Of HTTP/2 it ends nothing: the server would announce the end of the
// connection before the answer and cut it off while the client still sends, and clients (curl 7.88) then drop the answer. A
// stream ends with its handler in any case, and an idle connection by its own bound.
func LastOf(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// Patient ends the hurry: nothing more is to be read of this request.
func Patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}
