package admission

import (
	"net/http"
	"sync"
	"time"

	"mconnect/fault"
)

// PreAuthLimit bounds what callers cost who prove by the message itself who they are, and are not identified before it
// was read. Together they hold three quarters of the calls in flight at most, and so many bytes; each has a time in
// which to send. Of what is free one connection gets a quarter at most, so that one with many streams leaves something
// to the others. Nothing is taken from callers who are identified. Safe for concurrent use.
type PreAuthLimit struct {
	mostCallers, mostBytes int64
	read                   time.Duration

	mu  sync.Mutex
	all reserved
	of  map[string]*reserved // by connection, of those that have reserved something
}

// reserved is what callers not yet identified hold.
type reserved struct{ callers, bytes int64 }

// PreAuthRead is how long a caller not yet identified may take to send its message, unless a surface says otherwise.
const PreAuthRead = 10 * time.Second

// refusalWrite is how long a caller who is not identified may take to read its refusal.
const refusalWrite = 5 * time.Second

// leastPreAuthBytes is what callers not yet identified may always be sending together.
const leastPreAuthBytes = 64 << 20

// NewPreAuthLimit makes the limit for a surface of so many calls in flight, whose largest request has so many bytes:
// eight of those, at least 64 MiB.
func NewPreAuthLimit(inFlight, largest int64, read time.Duration) *PreAuthLimit {
	most := max(leastPreAuthBytes, 8*largest)
	return &PreAuthLimit{mostCallers: inFlight - inFlight/4, mostBytes: most, read: read, of: map[string]*reserved{}}
}

// Reserve counts a caller who sends a request of at most limit bytes. Call release once, when the caller is identified
// or the call has ended. Fault: platform.overloaded; nothing is counted then.
func (l *PreAuthLimit) Reserve(r *http.Request, limit int64) (release func(), err error) {
	n, from := r.ContentLength, r.RemoteAddr
	if n < 0 || n > limit {
		n = limit
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	has := l.of[from]
	if has == nil {
		has = &reserved{}
	}
	callers, bytes := l.mostCallers-l.all.callers, l.mostBytes-l.all.bytes
	if callers <= 0 || n > bytes || has.callers > 0 && (4*has.callers > callers || 4*(has.bytes+n) > bytes) {
		return func() {}, fault.New(fault.Overloaded)
	}
	l.of[from] = has
	l.count(has, 1, n)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.count(has, -1, -n); has.callers == 0 {
			delete(l.of, from)
		}
	}, nil
}

// count adds to what a connection has reserved, and to the sum. The caller holds mu.
func (l *PreAuthLimit) count(has *reserved, callers, bytes int64) {
	for _, of := range [...]*reserved{&l.all, has} {
		of.callers += callers
		of.bytes += bytes
	}
}

// Held is how many callers are not identified yet, and how many bytes are reserved for them.
func (l *PreAuthLimit) Held() (callers, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.callers, l.all.bytes
}

// BoundRead sets the deadline by which the rest of this request must have come, before that of the server.
func (l *PreAuthLimit) BoundRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(l.read)) // fails only on a broken connection
}

// UnboundRead ends the deadline of BoundRead: nothing more is to be read of this request.
func UnboundRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// BoundRefusal keeps a caller who is not identified from holding a connection: by an unread body, by idling, or by
// reading its refusal slowly.
func BoundRefusal(w http.ResponseWriter, r *http.Request) {
	CloseAfter(w, r)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(refusalWrite)) // else the server's own holds
}

// CloseAfter makes the answer the last one of an HTTP/1 connection. Over HTTP/2 it does nothing: the server would
// announce the end of the connection before the answer and cut it off while the client still sends, and clients (curl
// 7.88) then drop the answer. A stream ends with its handler in any case, and an idle connection by its own bound.
func CloseAfter(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}
