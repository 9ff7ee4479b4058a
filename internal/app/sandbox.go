package app

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/internal/sandbox"
	"mconnect/internal/surface/listener"
	"mconnect/internal/surface/rest"
	"mconnect/internal/surface/soap"
)

// SandboxLog is the log in the store that holds the sandbox's records, apart from the journal.
const SandboxLog = "sandbox"

// sandboxListener is the sandbox's listener with an exchange, a journal and agreements of its own. No provider adapter
// is reachable from it. A nil one is no sandbox.
type sandboxListener struct {
	exchange *exchange.Exchange
	carrier  sandbox.Carrier // the exchange, with the agreements that a call lacks
	rest     *rest.Surface
	soap     *soap.Surface
	listener net.Listener
	server   *http.Server
}

// openSandbox wires the sandbox and takes its address, where the configuration has one.
func (a *App) openSandbox(ctx context.Context) error {
	if a.Config.Sandbox.Listen == "" {
		return nil
	}
	origin := a.Config.Journal.Origin + "-sandbox"
	log, err := a.Store.OpenLog(ctx, SandboxLog, journal.NewSealer(a.Keys, origin))
	if err != nil {
		return err
	}
	book, err := journal.New(journal.Config{Log: log, Keys: a.Keys, Origin: origin, Clock: time.Now,
		Node: a.Config.Node, Logger: a.logger})
	if err != nil {
		return err
	}
	grants := sandbox.NewGrants(sandbox.Real{
		Registry: a.Rooms.Registry, Catalog: a.Rooms.Catalog, Agreements: a.Rooms.Agreements,
		Revision: a.Country.Revision,
	}, time.Now)
	if err := grants.Follow(); err != nil {
		return err
	}
	s := &sandboxListener{}
	records := &recentCalls{journal: book, calls: map[mconnect.CallID]callRecords{}}
	limits := a.Config.Limits
	s.exchange, err = exchange.New(exchange.Config{
		Registry: a.Rooms.Registry, Catalog: grants.Catalog, Agreements: grants.Agreements, Ledger: records,
		Deliverer: sandbox.Provider{People: grants.People},
		Meter:     &sandbox.Meter{}, Bodies: noBodies{}, Revision: a.Country.Revision, Clock: time.Now,
		Logger: a.logger,
		Defaults: exchange.Defaults{Timeout: a.Config.Providers.Timeout, Answer: int64(limits.Answer),
			Piece: limits.Piece,
			Calls: int64(limits.PerService), Answers: int64(limits.Answers)},
		Systems: exchange.RefusalLimit{PerSecond: float64(limits.Refusals)},
	})
	if err != nil {
		return err
	}
	s.carrier = grants.Over(s.exchange)
	s.rest, err = rest.New(rest.Config{
		Exchange: s.carrier, Identifier: grants.Identifier(), Prover: records, Catalog: grants.Catalog,
		Agreements: grants.Agreements,
		Clock:      time.Now, Logger: a.logger, Replay: a.replay,
		Authority:  func(host string) bool { return a.isCertified(host, portOf(s.address())) },
		MaxRequest: int64(limits.Request), MaxInFlight: int64(limits.InFlight), Piece: limits.Piece,
		Evidence: limits.Evidence, Memory: a.memory,
	})
	if err != nil {
		return errors.Join(err, s.exchange.Close(ctx))
	}
	envelopes := a.soapConfig()
	envelopes.Portal = nil // its calls are in no journal that the portal reads
	envelopes.Exchange, envelopes.Catalog, envelopes.Agreements, envelopes.Revision = s.carrier,
		grants.Catalog, grants.Agreements, grants.Changes
	envelopes.Address = func() string {
		return "https://" +
			net.JoinHostPort(a.Config.Exchange.Names[0], portOf(s.address()))
	}
	if s.soap, err = soap.New(envelopes); err != nil {
		return errors.Join(err, s.exchange.Close(ctx))
	}
	key, err := a.Keys.Public(origin)
	if err != nil {
		return errors.Join(err, s.exchange.Close(ctx))
	}
	s.server = a.serverOf("sandbox", s.announced(grants, key.String()))
	lc := net.ListenConfig{}
	l, err := lc.Listen(ctx, "tcp", a.Config.Sandbox.Listen)
	if err != nil {
		return errors.Join(err, s.exchange.Close(ctx))
	}
	s.listener = listener.NewConnections(l, limits.Connections, limits.PerAddress)
	a.sandbox = s
	return nil
}

// announced says on every answer that it comes from the sandbox, and at /sandbox what there is to know about it.
func (s *sandboxListener) announced(grants *sandbox.Grants, key string) http.Handler {
	surface := byPath(s.rest.Handler(), s.soap.Handler())
	about, err := json.Marshal(struct {
		Sandbox bool              `json:"sandbox"`
		Key     string            `json:"journal_key"`
		Ranges  map[string]string `json:"ranges"`
		Nobody  map[string]string `json:"not_found"`
	}{true, key, sandbox.Ranges(), sandbox.Unknown()})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Mconnect-Sandbox"] = []string{"1"}
		if r.URL.Path == "/sandbox" && r.Method == http.MethodGet && err == nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(append(about, '\n'))
			return
		}
		if err := grants.Follow(); err == nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
			strings.HasPrefix(r.URL.Path, "/soap/") {
			grants.OfferTo(strings.TrimPrefix(r.URL.Path, "/soap/")) // a WSDL is asked for: it shows everything
		}
		surface.ServeHTTP(w, r)
	})
}

func (s *sandboxListener) address() string {
	if s == nil {
		return ""
	}
	return s.listener.Addr().String()
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address) // of a listener, so it has one
	return port
}

func (s *sandboxListener) serve(failed chan<- error) {
	if err := s.server.ServeTLS(s.listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		failed <- err
	}
}

func (s *sandboxListener) drain(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.rest.Drain()
	s.soap.Drain()
	if err := s.server.Shutdown(ctx); err != nil {
		return s.server.Close()
	}
	return nil
}

func (s *sandboxListener) close() error {
	if s == nil {
		return nil
	}
	_ = s.listener.Close() // closed by the server already, after a Run
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return s.exchange.Close(ctx)
}

// noBodies keeps no bodies: those of the sandbox are invented, and a service that keeps real ones must answer here too.
type noBodies struct{}

func (noBodies) Keep(context.Context, mconnect.CallID, string, []byte, time.Time) error { return nil }

// maxRemembered is how many of the newest calls the sandbox proves; its journal has no search index.
const maxRemembered = 10_000

// recentCalls records into the sandbox's journal and remembers where the newest calls stand.
type recentCalls struct {
	journal *journal.Journal

	mu    sync.Mutex
	calls map[mconnect.CallID]callRecords
	order []mconnect.CallID // oldest first
}

// callRecords is where the records of one call stand.
type callRecords struct {
	system          mconnect.SystemID
	intent, outcome int64 // -1: there is none
}

// Record implements exchange.Ledger.
func (m *recentCalls) Record(ctx context.Context, r journal.Record) (journal.Receipt, error) {
	receipt, err := m.journal.Record(ctx, r)
	if err != nil || r.Call == "" || r.System == "" {
		return receipt, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	call, known := m.calls[r.Call]
	if !known {
		call = callRecords{r.System, -1, -1}
		if m.order = append(m.order, r.Call); len(m.order) > maxRemembered {
			delete(m.calls, m.order[0])
			m.order = m.order[1:]
		}
	}
	switch r.Kind {
	case journal.Intent:
		call.intent = receipt.Index
	case journal.Outcome:
		call.outcome = receipt.Index
	case journal.Refusal:
		call.intent, call.outcome = receipt.Index, receipt.Index
	}
	m.calls[r.Call] = call
	return receipt, nil
}

// Prove implements rest.Prover.
func (m *recentCalls) Prove(ctx context.Context, system mconnect.SystemID, call mconnect.CallID, part string) ([]byte,
	error) {
	m.mu.Lock()
	known, ok := m.calls[call]
	m.mu.Unlock()
	at := known.outcome
	if part == "intent" {
		at = known.intent
	}
	if !ok || known.system != system || at < 0 {
		return nil, fault.New(fault.RecordUnknown)
	}
	return m.journal.Evidence(ctx, at)
}
