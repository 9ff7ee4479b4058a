package request

import (
	"net/http"
	"sync"
	"time"

	"mconnect/fault"
)

// Strangers bound what callers take who prove who they are by the message itself and are not known before it was read:
// together they hold three quarters of the places at most and so many bytes, and each has a while to send. Of what is free one
// connection gets a quarter at most, so that one with many streams leaves something to the others. Neither places nor memory are
// taken from those who are known. Safe for concurrent use.
type Strangers struct {
	mostCallers, mostBytes int64
	read                   time.Duration

	mu  sync.Mutex
	all share
	of  map[string]*share // by connection, of those that hold something
}

// share is what strangers hold.
type share struct{ callers, bytes int64 }

// StrangerRead is how long a stranger may take to send its message, unless a surface says otherwise.
const StrangerRead = 10 * time.Second

// strangersBytes is what strangers together may always be sending.
const strangersBytes = 64 << 20

// NewStrangers makes the bound for a surface of so many places, whose largest request has so many bytes: eight of those, at
// least 64 MiB.
func NewStrangers(places, largest int64, read time.Duration) *Strangers {
	most := max(strangersBytes, 8*largest)
	return &Strangers{mostCallers: places - places/4, mostBytes: most, read: read, of: map[string]*share{}}
}

// Reserve counts a stranger who sends a request of at most limit bytes. Call release once, when its sender is known or the call
// has ended. Fault: platform.overloaded; nothing is counted then.
func (s *Strangers) Reserve(r *http.Request, limit int64) (release func(), err error) {
	n, from := r.ContentLength, r.RemoteAddr
	if n < 0 || n > limit {
		n = limit
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	has := s.of[from]
	if has == nil {
		has = &share{}
	}
	callers, bytes := s.mostCallers-s.all.callers, s.mostBytes-s.all.bytes
	if callers <= 0 || n > bytes || has.callers > 0 && (4*has.callers > callers || 4*(has.bytes+n) > bytes) {
		return func() {}, fault.New(fault.Overloaded)
	}
	s.of[from] = has
	s.count(has, 1, n)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.count(has, -1, -n); has.callers == 0 {
			delete(s.of, from)
		}
	}, nil
}

// count adds to what a connection holds, and all. The caller holds mu.
func (s *Strangers) count(has *share, callers, bytes int64) {
	for _, of := range [...]*share{&s.all, has} {
		of.callers += callers
		of.bytes += bytes
	}
}

// Hurry gives the sender of this request its while; else the server's own deadline holds.
func (s *Strangers) Hurry(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.read)) // where there is no such deadline, none was asked for
}

// Held is how many strangers are not known yet, and how many bytes are set aside for them.
func (s *Strangers) Held() (callers, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.callers, s.all.bytes
}

// CloseAfter makes the answer the last one of an HTTP/1 connection. Of HTTP/2 it ends nothing: the server would announce the end of the
// connection before the answer and cut it off while the client still sends, and clients (curl 7.88) then drop the answer. A
// stream ends with its handler in any case, and an idle connection by its own bound.
func CloseAfter(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// Patient ends the hurry: nothing more is to be read of this request.
func Patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}
