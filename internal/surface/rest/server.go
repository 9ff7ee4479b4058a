package rest

import (
	"crypto/tls"
	"log"
	"log/slog"
	"net/http"
	"time"

	"mconnect/internal/surface/request"
)

// ServerConfig bounds what a client may take of the server. Zero values take the defaults in brackets.
type ServerConfig struct {
	ReadHeader time.Duration       // whole header of a request [10 s]
	Read       time.Duration       // header and body; slower is message.tooSlow [30 s]
	Write      time.Duration       // from the end of the header to the end of the answer [0: streams may be long]
	Idle       time.Duration       // between requests [120 s]
	MaxHeader  int                 // bytes [64 KiB]
	Handshakes *request.Handshakes // gets the server's errors; nil: they are logged for debugging
}

// Server makes an http.Server for handler with those bounds; the caller listens and shuts down. Requests whose Host is no host do not reach
// the handler; refusals reach clients that still send.
func (c ServerConfig) Server(handler http.Handler, t *tls.Config, logger *slog.Logger) *http.Server {
	or := func(d, other time.Duration) time.Duration {
		if d > 0 {
			return d
		}
		return other
	}
	maxHeader := c.MaxHeader
	if maxHeader <= 0 {
		maxHeader = 64 << 10
	}
	errors := slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
	if c.Handshakes != nil {
		errors = log.New(c.Handshakes, "", 0)
	}
	return &http.Server{
		Handler:           request.Settled(request.Addressed(handler)),
		TLSConfig:         t,
		ReadHeaderTimeout: or(c.ReadHeader, 10*time.Second),
		ReadTimeout:       or(c.Read, 30*time.Second),
		WriteTimeout:      c.Write,
		IdleTimeout:       or(c.Idle, 120*time.Second),
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          errors,
	}
}
