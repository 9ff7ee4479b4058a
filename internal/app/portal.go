package app

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"

	"mconnect"
	"mconnect/internal/config"
	"mconnect/internal/surface/listener"
	"mconnect/internal/surface/portal"
)

// portalListener is the listener with the pages for people. A nil one is no portal.
type portalListener struct {
	listener net.Listener
	server   *http.Server
}

// openPortal wires the portal and takes its address, where the configuration has one.
func (a *App) openPortal(ctx context.Context) error {
	c := a.Config.Portal
	if c.Listen == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	c.URL = a.portalURL(l.Addr().String())
	pages, err := a.pages(c)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	limits := a.Config.Limits
	a.portal = &portalListener{listener: listener.NewConnections(l, limits.Connections, limits.PerAddress),
		server: a.serverOf("portal", pages.Handler())}
	return nil
}

// pages makes the portal as its configuration says.
func (a *App) pages(c config.Portal) (*portal.Surface, error) {
	mpass, err := mpassOf(c, a.Accounts, begunLogins{a.Store, vault{a.Keys}}, a.replay)
	if err != nil {
		return nil, err
	}
	return portal.New(portal.Config{Guide: a.Guide, Agreements: a.Rooms.Agreements, MPass: mpass,
		Participant: a.participantName, Revision: a.Country.Revision, Acts: a.Rooms.Acts, Calls: portalCalls{a},
		Requests: a.requestPages(), Documents: a.Requests, TestSigner: a.testSigner,
		Sandbox: portalSandbox{a}, Flags: a.Requests,
		Accounts: a.Accounts, Profile: a.Accounts, Team: a.Accounts, Setup: a.Accounts,
		Demo: c.Demonstration, URL: c.URL, Operator: c.Operator, Contact: c.Contact, Logger: a.logger})
}

// participantName is the name of a participant; the zero text where there is none.
func (i *Installation) participantName(id mconnect.ParticipantID) mconnect.Text {
	p, _ := i.Rooms.Registry.Participant(id)
	return p.Name
}

// portalAddress is where browsers reach the portal; "" where there is none.
func (a *App) portalAddress() string {
	if a.portal == nil {
		return a.Config.Portal.URL
	}
	return a.portalURL(a.portal.address())
}

// portalURL is where browsers reach a portal that listens at an address: as configured, or else under the name of the
// exchange. A loopback address is reached by itself.
func (a *App) portalURL(listener string) string {
	if a.Config.Portal.URL != "" {
		return a.Config.Portal.URL
	}
	host, port, _ := net.SplitHostPort(listener) // of a listener, so it has both
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		host = "localhost"
		if names := a.Config.Exchange.Names; len(names) > 0 {
			host = cmp.Or(names[0], host)
		}
	}
	return "https://" + net.JoinHostPort(host, port)
}

func (p *portalListener) address() string {
	if p == nil {
		return ""
	}
	return p.listener.Addr().String()
}

func (p *portalListener) serve(failed chan<- error) {
	if err := p.server.ServeTLS(p.listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		failed <- err
	}
}

func (p *portalListener) drain(ctx context.Context) error {
	if p == nil {
		return nil
	}
	if err := p.server.Shutdown(ctx); err != nil {
		return p.server.Close()
	}
	return nil
}

func (p *portalListener) close() error {
	if p != nil {
		_ = p.listener.Close() // closed by the server already, after a Run
	}
	return nil
}
