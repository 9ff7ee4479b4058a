// Package app wires the platform: from a configuration it makes the parts, connects them and runs the servers. It
// starts everything or undoes everything. Only this package imports all the others.
//
// It owns the order of starting and stopping, the adapters between packages that do not import each other, the
// process's own log and the checkpoint kept outside the database. It decides nothing about calls.
//
// Flow: Open (keys, store, journal, images) → New (exchange, surfaces, listeners) → Run until its context
// ends → drain: refuse new connections, finish the calls in flight, close.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/exchange"
	"mconnect/internal/pki"
	"mconnect/internal/store"
	"mconnect/internal/surface/admin"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/events"
	"mconnect/internal/surface/listener"
	"mconnect/internal/surface/rest"
	"mconnect/internal/surface/soap"
	"mconnect/internal/webhook"
	"mconnect/internal/xmlsec"
)

// Version is that of the program; a release build sets it with -ldflags "-X mconnect/internal/app.Version=…".
var Version = "0.1.0-dev"

// Addrs are the addresses that the listeners took, host:port.
type Addrs struct {
	Exchange string
	Events   string
	Admin    string
	Sandbox  string // "" where there is none
	Portal   string // likewise
}

// App is the platform, ready to run once.
type App struct {
	*Installation
	lease      *store.Lease // of the node's name
	exchange   *exchange.Exchange
	rest       *rest.Surface
	soap       *soap.Surface
	engine     *broker.Engine
	events     *events.Surface
	webhooks   *webhook.Webhook
	meter      *journal.Meter
	metrics    *admin.Metrics
	management *admin.Surface
	metadata   *metadata
	sandbox    *sandboxListener        // nil where there is none
	portal     *portalListener         // likewise
	testSigner TestSigner              // nil outside of a demonstration
	memory     *admission.MemoryBudget // of the bodies on all surfaces
	// one memory of signatures for all surfaces: a signature used in the sandbox cannot be used again outside of it
	replay     xmlsec.Replay
	listeners  [3]*listener.Connections
	handshakes map[string]*listener.Handshakes // that failed, by listener
	servers    [3]*http.Server
	draining   atomic.Bool
	serving    atomic.Bool
	closeOnce  sync.Once
	closed     error
}

// New opens the installation, wires everything and takes the listeners' addresses; nothing is answered
// before Run. When it fails it has undone everything.
func New(ctx context.Context, cfg config.Config, logger *slog.Logger) (*App, error) {
	return NewDemonstration(ctx, cfg, logger, nil)
}

// TestSigner signs content for a person and returns a compact JWS.
type TestSigner func(ctx context.Context, p people.Principal, content []byte) (jws string, err error)

// NewDemonstration is New for an installation in which a page lets sign sign for the person who has logged in. No
// configuration leads here, so that no platform at work ever signs for persons.
func NewDemonstration(ctx context.Context, cfg config.Config, logger *slog.Logger, sign TestSigner) (a *App,
	err error) {
	i, err := Open(ctx, cfg, logger)
	if err != nil {
		return nil, err
	}
	a = &App{Installation: i, testSigner: sign, replay: xmlsec.NewMemory(soap.DefaultMaxReplay),
		memory: admission.NewMemoryBudget(int64(cfg.Limits.Bodies))}
	defer func() {
		if err != nil {
			_ = a.Close()
			a = nil
		}
	}()
	if a.lease, err = a.Store.LeaseName(ctx, cfg.Node); err != nil {
		return a, err
	}
	if err := a.wire(ctx); err != nil {
		return a, err
	}
	if err := a.listen(ctx); err != nil {
		return a, err
	}
	if err := a.openSandbox(ctx); err != nil {
		return a, err
	}
	if err := a.openPortal(ctx); err != nil {
		return a, err
	}
	return a, a.Store.Announce("https://" + reachable(a.Addrs().Admin))
}

// reachable is how this machine reaches a listener: one that takes every address is reached by the loopback's.
func reachable(listener string) string {
	host, port, err := net.SplitHostPort(listener)
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil {
			host = "::1"
		}
		return net.JoinHostPort(host, port)
	}
	return listener
}

func (a *App) wire(ctx context.Context) (err error) {
	if a.meter, err = a.Journal.Meter(ctx, a.Store); err != nil {
		return err
	}
	a.handshakes = map[string]*listener.Handshakes{}
	for _, name := range a.listenerNames() {
		a.handshakes[name] = listener.NewHandshakes(name, a.logger, time.Now)
	}
	a.metrics = admin.NewMetrics(a.metricFuncs()...)
	a.metadata = &metadata{of: a.Installation, base: a.address, known: map[string]cachedDocument{}}
	batch := a.metrics.Batch
	a.sealer.seen.Store(&batch)
	limits := a.Config.Limits
	a.exchange, err = exchange.New(exchange.Config{
		Registry: a.Rooms.Registry, Catalog: a.Rooms.Catalog, Agreements: a.Rooms.Agreements,
		Ledger: ledger{a.Journal, a.metrics}, Deliverer: a.Deliverer(), Meter: exchange.JournalMeter{Meter: a.meter},
		Bodies:   bodies{a.Keys, a.Store},
		Revision: a.Country.Revision, Clock: time.Now, Observe: observe(a.metrics), Logger: a.logger,
		Defaults: exchange.Defaults{Timeout: a.Config.Providers.Timeout, Answer: int64(limits.Answer),
			Piece: limits.Piece,
			Calls: int64(limits.PerService), Answers: int64(limits.Answers)},
		Systems: exchange.RefusalLimit{PerSecond: float64(limits.Refusals)},
	})
	if err != nil {
		return err
	}
	a.rest, err = rest.New(rest.Config{
		Exchange: a.exchange, Identifier: a.Rooms.Registry, Prover: a.Installation, Catalog: a.Rooms.Catalog,
		Agreements: a.Rooms.Agreements,
		Guide:      a.Guide, Clock: time.Now, Logger: a.logger, MaxRequest: int64(limits.Request),
		MaxInFlight: int64(limits.InFlight), Piece: limits.Piece, Evidence: limits.Evidence, Memory: a.memory,
		Replay: a.replay, Authority: a.isExchangeHost,
		Portal:   a.portalAddress,
		Metadata: func() ([]byte, error) { return a.metadata.document("dcat") },
	})
	if err != nil {
		return err
	}
	if a.soap, err = soap.New(a.soapConfig()); err != nil {
		return err
	}
	if err := a.wireEvents(ctx); err != nil {
		return err
	}
	return a.serversOf()
}

func (a *App) serversOf() error {
	who, err := administrators(a.Config)
	if err != nil {
		return err
	}
	a.management, err = admin.New(admin.Config{
		Administrators: who, Resources: a.Resources(), Editor: a.Editor(), Records: a.Records(), Erasures: a.Erasures(),
		Access:  a.accessRequests(),
		People:  a.Accounts,
		Reports: a.Reports(), Files: a.Files(), Tiles: tiles{a.Journal}, Events: eventAdmin{a.engine},
		Webhooks: webhookAdmin{a},
		Ledger:   a.Journal, Metrics: a.metrics, Ready: a.Ready, Version: Version, Node: a.Config.Node,
		Logger: a.logger,
		Trust:  a.Trust.Verify, Guide: a.Guide, Acts: a.Rooms, Metadata: a.metadata.document,
	})
	if err != nil {
		return err
	}
	a.servers = [3]*http.Server{
		a.serverOf("exchange", a.surfaces()), a.serverOf("events", a.events.Handler()),
		a.serverOf("admin", a.management.Handler()),
	}
	return nil
}

// serverOf makes the server of a listener, bounded as the configuration says.
func (a *App) serverOf(name string, handler http.Handler) *http.Server {
	l := a.Config.Limits
	bounds := listener.Config{ReadHeader: l.ReadHeader, Read: l.Read, Write: l.Write, Idle: l.Idle,
		MaxHeader:  int(l.Headers),
		Handshakes: a.handshakes[name]}
	return bounds.Server(handler, pki.ServerTLS(a.Identity), a.logger)
}

// listenerNames are those of the listeners of this installation, as metrics and log name them.
func (a *App) listenerNames() []string {
	names := []string{"exchange", "events", "admin"}
	if a.Config.Sandbox.Listen != "" {
		names = append(names, "sandbox")
	}
	if a.Config.Portal.Listen != "" {
		names = append(names, "portal")
	}
	return names
}

// listen takes the addresses. Connections are accepted by the kernel from now on and answered by Run.
func (a *App) listen(ctx context.Context) error {
	lc := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second,
		Interval: 10 * time.Second, Count: 3}}
	for n, address := range []string{a.Config.Exchange.Listen, a.Config.Events.Listen, a.Config.Admin.Listen} {
		l, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return err
		}
		a.listeners[n] = listener.NewConnections(l, a.Config.Limits.Connections, a.Config.Limits.PerAddress)
	}
	return nil
}

// Addrs returns the addresses taken by New.
func (a *App) Addrs() Addrs {
	return Addrs{
		Exchange: a.listeners[0].Addr().String(), Events: a.listeners[1].Addr().String(),
		Admin:   a.listeners[2].Addr().String(),
		Sandbox: a.sandbox.address(),
		Portal:  a.portal.address(),
	}
}

// Ready reports whether calls can be served: faults platform.draining, store.unavailable, record.unavailable. It
// answers at once, from what became of the last commits: a database that does not answer cannot hold it up.
func (a *App) Ready(context.Context) error {
	if a.draining.Load() || !a.serving.Load() {
		return fault.New(fault.Draining)
	}
	if err := a.lease.Err(); err != nil {
		return err
	}
	return a.log.Ready()
}

// Close undoes New. Run does it too.
func (a *App) Close() error {
	a.closeOnce.Do(func() {
		for _, l := range a.listeners {
			if l != nil {
				_ = l.Close() // closed by the server already, after a Run
			}
		}
		a.closed = errors.Join(a.sandbox.close(), a.portal.close(), a.closeEvents())
		if a.exchange != nil {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			a.closed = errors.Join(a.closed, a.exchange.Close(ctx))
		}
		a.closed = errors.Join(a.closed, a.Installation.Close())
	})
	return a.closed
}

// Tune sets the Go runtime as configured, for a process that only serves. The environment wins.
func Tune(r config.Runtime) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(r.GC)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(r.Memory))
	}
}

// started is the record that says that this process begins to serve.
func (a *App) started(ctx context.Context) error {
	_, err := a.Journal.Record(ctx, journal.Record{
		Kind: journal.Started, Actor: "mconnect", Note: fmt.Sprintf("version %s, exchange %s, store %s", Version,
			a.Addrs().Exchange, a.Store.Dialect()),
	})
	return err
}
