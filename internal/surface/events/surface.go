package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/registry"
	"mconnect/internal/ident"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/request"
)

// Defaults of Config.
const (
	DefaultMaxRequest  = 1 << 20
	DefaultMaxInFlight = 1024
	DefaultPoll        = 30 * time.Second
	DefaultExpiry      = 5 * time.Minute
	DefaultSilence     = 75 * time.Second
	DefaultWrite       = 30 * time.Second
)

// Large is the size in bytes over which an event is counted as large: it is accepted, and monitoring shows it.
const Large = 64 << 10

// Config of a Surface. All but the limits is mandatory.
type Config struct {
	Broker     broker.Broker
	Identifier Identifier
	Accounts   Accounts
	Portal     func() string          // address of the portal, which explains codes; nil, or "": there is none
	Changed    func() <-chan struct{} // closed at the next change of anything that Identifier knows
	Clock      func() time.Time
	Logger     *slog.Logger
	// AsyncAPI makes the AsyncAPI 3 document, as JSON, of what a system may produce and consume; server is the address
	// by which the caller reached the platform, host:port. Nil: there is no such path.
	AsyncAPI func(system mconnect.SystemID, server string, at time.Time) ([]byte, error)
	// Memory bounds the bodies that are being read and handled, shared with other surfaces; nil: one of its own.
	Memory *admission.MemoryBudget
	Bridge string // names this process in the addresses of long polling; letters, digits, '.', '_', '-'

	Limits Limits
}

// Limits bound what a caller may cost. Zero values take the defaults.
type Limits struct {
	Request int64 // bytes of a request
	// requests being answered at once, three quarters of them by one system; open sockets and waiting polls aside
	InFlight int64
	Poll     time.Duration // in which a poll without events is answered with 204
	Expiry   time.Duration // of an instance that is not polled
	Silence  time.Duration // in which something must arrive on a socket; it is pinged at two fifths of it
	Write    time.Duration // in which a socket's peer must take what is written
}

func (l Limits) withDefaults() Limits {
	or := func(v *time.Duration, other time.Duration) {
		if *v <= 0 {
			*v = other
		}
	}
	or(&l.Poll, DefaultPoll)
	or(&l.Expiry, DefaultExpiry)
	or(&l.Silence, DefaultSilence)
	or(&l.Write, DefaultWrite)
	if l.Request <= 0 {
		l.Request = DefaultMaxRequest
	}
	if l.InFlight <= 0 {
		l.InFlight = DefaultMaxInFlight
	}
	return l
}

// Counts is what a Surface did since it was made, and what is open now.
type Counts struct {
	Produced, Large, Delivered, Dead int64
	InFlight, Sockets, Instances     int64
}

// Surface answers systems over HTTP. It is safe for concurrent use.
type Surface struct {
	Config
	routes    map[string]route
	instances instances
	stopping  context.Context
	stop      context.CancelFunc
	open      sync.WaitGroup // sockets

	calls    *admission.ConcurrencyLimit
	receipts receipts

	produced, large, delivered, dead, sockets atomic.Int64
}

// New checks cfg and makes a Surface.
func New(cfg Config) (*Surface, error) {
	if cfg.Broker == nil || cfg.Identifier == nil || cfg.Accounts == nil || cfg.Changed == nil || cfg.Clock == nil ||
		cfg.Logger == nil {
		return nil, errors.New("events: a part is missing from the configuration")
	}
	if cfg.Portal == nil {
		cfg.Portal = func() string { return "" }
	}
	if cfg.Bridge == "" || strings.Trim(cfg.Bridge, bridgeLetters) != "" || cfg.Bridge == "ce" {
		return nil, errors.New("events: the bridge has no name that may stand in a path")
	}
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Memory == nil {
		cfg.Memory = admission.NewMemoryBudget(admission.DefaultMemory)
	}
	s := &Surface{Config: cfg, calls: admission.NewConcurrencyLimit(cfg.Limits.InFlight)}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.routes = s.table()
	return s, nil
}

const bridgeLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// Counts returns the counters.
func (s *Surface) Counts() Counts {
	return Counts{
		Produced: s.produced.Load(), Large: s.large.Load(), Delivered: s.delivered.Load(), Dead: s.dead.Load(),
		InFlight: s.calls.InFlight(), Sockets: s.sockets.Load(), Instances: s.instances.count(),
	}
}

// Drain ends the sessions of consumers: sockets are closed with 1001, polls are answered with what there is, no reader
// is opened any more. Producers are served, on their connections' last requests.
func (s *Surface) Drain() {
	s.stop()
	s.instances.closeAll()
}

// Close drains and waits for the sockets, which net/http does not know of any more.
func (s *Surface) Close(ctx context.Context) error {
	s.Drain()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.open.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Surface) draining() bool { return s.stopping.Err() != nil }

// Handler answers every path; unknown ones with path.unknown.
func (s *Surface) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// socketPath is where consumers open a WebSocket.
const socketPath = "/ce/consume/ws"

// route is one row of the contract.
type route struct {
	method string
	serve  func(http.ResponseWriter, *identifiedRequest) error
	waits  bool // long-lived: not counted among the requests in flight
}

// identifiedRequest is one request of an identified system.
type identifiedRequest struct {
	*http.Request
	who    *registry.Identity
	caller broker.Caller
	body   *[]byte // in the memory budget
	ref    string  // reference in errors and in our log
}

func (s *Surface) table() map[string]route {
	all := map[string]route{
		"/ce/produce/raw":         {http.MethodPost, s.produceRaw, false},
		"/ce/produce/event":       {http.MethodPost, s.produceEvent, false},
		"/ce/produce/events":      {http.MethodPost, s.produceEvents, false},
		socketPath:                {http.MethodGet, s.serveSocket, true},
		"/ce/consumers":           {http.MethodPost, s.createInstance, false},
		"/ce/tools/my-settings":   {http.MethodGet, s.mySettings, false},
		"/ce/tools/consumer/test": {http.MethodPost, s.tryConsumer, false},
		receiptPath:               {http.MethodGet, s.receiptOf, false},
		"/swagger":                {http.MethodGet, s.page, false},
		"/swagger/":               {http.MethodGet, s.page, false},
		"/swagger/openapi.json":   {http.MethodGet, s.openapi, false},
		"/swagger/page.js":        {http.MethodGet, s.asset, false},
		"/swagger/page.css":       {http.MethodGet, s.asset, false},
	}
	if s.AsyncAPI != nil {
		all["/asyncapi"] = route{http.MethodGet, s.asyncapi, false}
	}
	return all
}

// find looks a path up as it stands; nothing is cleaned, decoded or redirected.
func (s *Surface) find(path string) (route, error) {
	if found, ok := s.routes[path]; ok {
		return found, nil
	}
	if found, ok := s.instanceRoute(path); ok {
		return found, nil
	}
	return route{}, fault.New(fault.PathUnknown)
}

func (s *Surface) serve(w http.ResponseWriter, r *http.Request) {
	q := &identifiedRequest{Request: r, ref: string(ident.CallID())}
	defer s.recover(w, q)
	if s.draining() && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	if err := s.answer(w, q); err != nil {
		s.refuse(w, q, err)
	}
}

func (s *Surface) answer(w http.ResponseWriter, q *identifiedRequest) error {
	if q.URL.Path != socketPath { // the handshake of the socket judges its origin itself
		if err := request.Ambient(q.Request); err != nil {
			return err
		}
	}
	if err := s.identify(q); err != nil { // every path wants a certificate, also one that does not exist
		return err
	}
	found, err := s.find(q.URL.EscapedPath())
	if err != nil {
		return err
	}
	extended := q.Method == http.MethodConnect && q.URL.Path == socketPath // RFC 8441
	if q.Method != found.method && !extended {
		return fault.New(fault.MethodNotAllowed, "want", found.method)
	}
	if !found.waits {
		leave, err := s.enter(q)
		defer leave()
		if err != nil {
			return err
		}
	}
	defer func() { s.Memory.Release(q.body) }()
	return found.serve(w, q)
}

// enter counts the request among those in flight. Call leave in either case.
func (s *Surface) enter(q *identifiedRequest) (leave func(), err error) {
	free := s.calls.Enter()
	end, own := s.calls.Admit(q.who.System.ID)
	if !free || !own {
		err = admission.Overloaded()
	}
	return func() {
		end()
		s.calls.Leave()
	}, err
}

// recover keeps a defect of this surface to one request. An answer that is aborted on purpose stays so.
func (s *Surface) recover(w http.ResponseWriter, q *identifiedRequest) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.refuse(w, q, fmt.Errorf("events: panic: %v\n%s", p, debug.Stack()))
}
