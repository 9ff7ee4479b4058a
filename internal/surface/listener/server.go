// Package listener makes the server of each listener: net/http over TLS, with the bounds of the configuration.
//
// Around net/http stands what it does not do itself: a listener that bounds connections (Connections), counts of failed
// TLS handshakes (Handshakes), a check of Host and target (Addressed), and refusals that reach a client which is still
// sending (DrainUnread). It knows neither surfaces nor calls.
package listener

import (
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Config bounds what a client may take of a server. Zero values take the defaults in brackets.
type Config struct {
	ReadHeader time.Duration // whole header of a request [10 s]
	Read       time.Duration // header and body; slower is message.tooSlow [30 s]
	Write      time.Duration // from the end of the header to the end of the answer [0: streams may be long]
	Idle       time.Duration // between requests [120 s]
	MaxHeader  int           // bytes [64 KiB]
	Handshakes *Handshakes   // gets the server's errors; nil: they are logged for debugging
}

// Server makes an http.Server for handler with those bounds. The caller listens and shuts down.
func (c Config) Server(handler http.Handler, t *tls.Config, logger *slog.Logger) *http.Server {
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
	t = t.Clone()
	t.DynamicRecordSizingDisabled = true // a small answer is one record, from the first one on
	return &http.Server{
		Handler:                      cutShort(DrainUnread(Addressed(handler))),
		TLSConfig:                    t,
		ReadHeaderTimeout:            or(c.ReadHeader, 10*time.Second),
		ReadTimeout:                  or(c.Read, 30*time.Second),
		WriteTimeout:                 c.Write,
		IdleTimeout:                  or(c.Idle, 120*time.Second),
		MaxHeaderBytes:               maxHeader,
		ErrorLog:                     errors,
		DisableGeneralOptionsHandler: true, // the surfaces answer "OPTIONS *" as they do any other
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connection{}, c)
		},
	}
}

// connection is the key of a request's context under which its connection is found.
type connection struct{}

// cutShort closes the connection below TLS when a handler of HTTP/1 panics. net/http would end it with the alert that
// says in TLS that the end was meant, and an answer without a length would look complete. A stream of HTTP/2 is reset.
func cutShort(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if c, ok := r.Context().Value(connection{}).(*tls.Conn); ok && r.ProtoMajor == 1 {
				_ = c.NetConn().Close()
			}
			panic(p)
		}()
		h.ServeHTTP(w, r)
	})
}
