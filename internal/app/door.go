package app

import (
	"context"
	"net"
	"net/http"

	"mconnect/internal/front"
)

// server answers on one listener: *http.Server and *front.Server.
type server interface {
	ServeTLS(l net.Listener, certFile, keyFile string) error
	Shutdown(ctx context.Context) error
	Close() error
}

// door is the server of a listener for calls, with the handler and the bounds of std.
func (a *App) door(std *http.Server) server {
	if a.Config.Exchange.StandardHTTP {
		return std
	}
	return front.New(std)
}
