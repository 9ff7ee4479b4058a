package listener

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// HandshakeReasons are why TLS handshakes fail, as Handshakes distinguishes them.
var HandshakeReasons = []string{
	"closed",      // the client went away: probes of load balancers and port scanners too
	"timeout",     // it did not finish within limits.read_header
	"plaintext",   // it does not speak TLS
	"version",     // no version of TLS in common
	"cipher",      // no cipher suite, curve or signature algorithm in common
	"protocol",    // no application protocol (ALPN) in common
	"certificate", // its certificate cannot be read, or it does not hold the key
	"alert",       // it refused, most often the platform's certificate
	"other",
}

// handshakeMarks are parts of the errors of crypto/tls, in the order in which they are looked for.
var handshakeMarks = [...]struct{ part, reason string }{
	{"remote error", "alert"},
	// so arrives the alert of OpenSSL 3.0, curl's for instance, that does not trust the server in TLS 1.3
	{"bad record MAC", "alert"},
	{"i/o timeout", "timeout"}, {"deadline exceeded", "timeout"},
	{"first record does not look like", "plaintext"}, {"HTTP request to an HTTPS server", "plaintext"},
	{"unsupported SSLv2", "plaintext"},
	{"application protocol", "protocol"}, {"certificate", "certificate"}, {"x509", "certificate"},
	{"cipher", "cipher"}, {"curve", "cipher"}, {"key exchange", "cipher"}, {"signature algorithm", "cipher"},
	{"key share", "cipher"},
	{"version", "version"}, {"EOF", "closed"}, {"connection reset", "closed"}, {"broken pipe", "closed"},
	{"closed network connection", "closed"},
}

const (
	handshakeLine  = "http: TLS handshake error from " // as net/http begins it
	handshakeEvery = 10 * time.Second                  // a line for each reason, at most
	longestCause   = 200
)

// Handshakes is where a server writes its errors. Failed TLS handshakes are counted by reason and logged: each reason
// once in ten seconds at most, with how many were not. All other lines are logged for debugging. A failed handshake
// does not show who called, so the journal has no record of it. Safe for concurrent use.
type Handshakes struct {
	listener string
	logger   *slog.Logger
	clock    func() time.Time
	failed   map[string]*atomic.Int64 // by reason, never changed

	mu      sync.Mutex
	logged  map[string]time.Time
	skipped map[string]int64 // since the last line
}

// NewHandshakes makes the log of a listener of that name.
func NewHandshakes(listener string, logger *slog.Logger, clock func() time.Time) *Handshakes {
	h := &Handshakes{listener: listener, logger: logger, clock: clock, failed: map[string]*atomic.Int64{},
		logged: map[string]time.Time{}, skipped: map[string]int64{}}
	for _, reason := range HandshakeReasons {
		h.failed[reason] = new(atomic.Int64)
	}
	return h
}

// Failed is how many handshakes have failed for one of HandshakeReasons.
func (h *Handshakes) Failed(reason string) int64 { return h.failed[reason].Load() }

// Write takes one line of the server's log.
func (h *Handshakes) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	peer, ok := strings.CutPrefix(text, handshakeLine)
	if !ok {
		h.logger.Debug(text)
		return len(line), nil
	}
	address, cause, _ := strings.Cut(peer, ": ")
	reason := handshakeReason(cause)
	h.failed[reason].Add(1)
	if notLogged, ok := h.turn(reason); ok {
		if len(cause) > longestCause {
			cause = strings.ToValidUTF8(cause[:longestCause], "") + "…"
		}
		h.logger.Warn("TLS handshake failed", "listener", h.listener, "reason", reason, "address", address, "cause",
			cause, "not_logged", notLogged)
	}
	return len(line), nil
}

// turn reports whether the reason may be logged now, and how many were not since it was.
func (h *Handshakes) turn(reason string) (notLogged int64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock()
	if last, before := h.logged[reason]; before && now.Sub(last) < handshakeEvery {
		h.skipped[reason]++
		return 0, false
	}
	notLogged = h.skipped[reason]
	h.logged[reason], h.skipped[reason] = now, 0
	return notLogged, true
}

func handshakeReason(cause string) string {
	for _, mark := range handshakeMarks {
		if strings.Contains(cause, mark.part) {
			return mark.reason
		}
	}
	return "other"
}
