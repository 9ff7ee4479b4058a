package listener_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"mconnect/internal/surface/listener"
)

// handshakesOf is a log that a test reads, and Handshakes that write to it at a time that the test moves.
func handshakesOf() (h *listener.Handshakes, text *bytes.Buffer, now *time.Time) {
	text, at := &bytes.Buffer{}, time.Unix(1_800_000_000, 0)
	logger := slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{Level: slog.LevelInfo}))
	return listener.NewHandshakes("events", logger, func() time.Time { return at }), text, &at
}

// TestHandshakes_Reasons: the errors of crypto/tls and of connections, distinguished as an operator would.
func TestHandshakes_Reasons(t *testing.T) {
	for cause, want := range map[string]string{
		"EOF": "closed",
		"read tcp 127.0.0.1:8443->127.0.0.1:40000: read: connection reset by peer": "closed",
		"read tcp 127.0.0.1:8443->127.0.0.1:40000: i/o timeout":                    "timeout",
		"tls: first record does not look like a TLS handshake":                     "plaintext",
		"client sent an HTTP request to an HTTPS server":                           "plaintext",
		"tls: client offered only unsupported versions: [301]":                     "version",
		"tls: no cipher suite supported by both client and server":                 "cipher",
		"tls: client requested unsupported application protocols ([\"h3\"])":       "protocol",
		"tls: failed to parse certificate from client: x509: malformed":            "certificate",
		"tls: invalid signature by the client certificate: ECDSA":                  "certificate",
		"remote error: tls: unknown certificate authority":                         "alert",
		"remote error: tls: bad certificate":                                       "alert",
		"local error: tls: bad record MAC":                                         "alert",
		"tls: something that nobody has heard of":                                  "other",
		"": "other",
	} {
		h, text, _ := handshakesOf()
		fmt.Fprintf(h, "http: TLS handshake error from 192.0.2.1:40000: %s\n", cause)
		for _, reason := range listener.HandshakeReasons {
			if n := h.Failed(reason); n != map[bool]int64{true: 1}[reason == want] {
				t.Errorf("%q: %s is %d, want %s", cause, reason, n, want)
			}
		}
		for _, part := range []string{"listener=events", "reason=" + want, "address=192.0.2.1:40000"} {
			if !strings.Contains(text.String(), part) {
				t.Errorf("%q: no %s in %s", cause, part, text)
			}
		}
	}
}

// TestHandshakes_LogIsBounded: unidentified callers fill neither log nor journal; each is counted, each reason has its
// own turn, and a line says how many had none.
func TestHandshakes_LogIsBounded(t *testing.T) {
	h, text, now := handshakesOf()
	lines := func() int { return strings.Count(text.String(), "\n") }
	for range 5000 {
		fmt.Fprint(h, "http: TLS handshake error from [2001:db8::1]:1: EOF")
	}
	if lines() != 1 || h.Failed("closed") != 5000 {
		t.Errorf("%d lines, %d counted", lines(), h.Failed("closed"))
	}
	fmt.Fprint(h, "http: TLS handshake error from [2001:db8::1]:1: remote error: tls: bad certificate")
	if lines() != 2 {
		t.Errorf("another reason waits for the first: %s", text)
	}
	*now = now.Add(10 * time.Second)
	fmt.Fprint(h, "http: TLS handshake error from [2001:db8::1]:1: EOF "+strings.Repeat("ș", 5000))
	if lines() != 3 || !strings.Contains(text.String(), "not_logged=4999") || text.Len() > 2000 {
		t.Errorf("%d lines of %d bytes: %s", lines(), text.Len(), text)
	}
	fmt.Fprint(h, "http: panic serving 192.0.2.1: x")
	if lines() != 3 {
		t.Errorf("a line about something else: %s", text)
	}
}
