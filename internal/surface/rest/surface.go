package rest

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/problem"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
)

// Exchange runs a call; *exchange.Exchange is one. Do records what it refuses, and an unread Call as well.
type Exchange interface {
	Do(ctx context.Context, c *exchange.Call) (*exchange.Answer, error)
}

// Identifier leads from a certificate chain to a registered system, and to the registered certificates by which a
// signature may be checked; *registry.Registry is one. Faults of Identify: certificate.*.
type Identifier interface {
	Identify(chain []*x509.Certificate, at time.Time) (*registry.Identity, error)
	IdentifySigner(chain []*x509.Certificate, at time.Time) (*registry.Identity, error)
	Leaf(sum [sha256.Size]byte) *x509.Certificate // nil: not registered
	LeavesOf(id mconnect.SystemID) []*x509.Certificate
}

// Prover returns the evidence of one record of a call of the given system, as package verify reads it. Part is
// "intent" or "outcome"; a refusal is both. Faults: record.unknown also for the calls of others.
type Prover interface {
	Prove(ctx context.Context, system mconnect.SystemID, call mconnect.CallID, part string) ([]byte, error)
}

// Defaults of Config.
const (
	DefaultMaxRequest  = 1 << 20
	DefaultMaxInFlight = 4096
	DefaultEvidence    = 20
)

// maxReplay is how many signatures are remembered without another Replay.
const maxReplay = 1 << 18

// Config of a Surface. All but the limits and Metadata is mandatory.
type Config struct {
	Exchange   Exchange
	Identifier Identifier
	Prover     Prover
	Catalog    *catalog.Catalog
	Agreements *agreement.Book
	Guide      Guide // nil: a caller sees its own services only
	Clock      func() time.Time
	Logger     *slog.Logger
	Portal     func() string          // address of the portal, which explains refusals; nil, or "": there is none
	Metadata   func() ([]byte, error) // the catalogue as JSON-LD, for everybody; nil: not served

	Authority func(host string) bool // whether a Host is this platform's, for signatures that cover it; nil: any

	Replay Replay // of signed requests without TLS certificate; nil: one in memory

	MaxRequest  int64 // bytes of a request body; DefaultMaxRequest when 0
	MaxInFlight int64 // calls at once, of one system three quarters of them; DefaultMaxInFlight when 0

	Memory *admission.MemoryBudget // of bodies; nil: one of admission.DefaultMemory
	// pieces of evidence that one system may ask for each second, for each is a record too; DefaultEvidence when 0
	Evidence int
	// in which a caller must take each piece of a streamed answer; admission.DefaultPiece when 0
	Piece time.Duration
	// to send a signed request, for callers not yet known; admission.PreAuthRead when 0
	PreAuthRead time.Duration
}

// Surface answers systems over HTTP. It is safe for concurrent use.
type Surface struct {
	Config
	calls        *admission.ConcurrencyLimit
	preAuth      *admission.PreAuthLimit // callers who sign and are not yet known
	evidenceRate *admission.RateLimit    // of asking for evidence
	draining     atomic.Bool
}

// New checks cfg and makes a Surface.
func New(cfg Config) (*Surface, error) {
	if cfg.Exchange == nil || cfg.Identifier == nil || cfg.Prover == nil || cfg.Catalog == nil ||
		cfg.Agreements == nil ||
		cfg.Clock == nil || cfg.Logger == nil {
		return nil, errors.New("rest: a part is missing from the configuration")
	}
	if cfg.Portal == nil {
		cfg.Portal = func() string { return "" }
	}
	if cfg.MaxRequest <= 0 {
		cfg.MaxRequest = DefaultMaxRequest
	}
	if cfg.MaxInFlight <= 0 {
		cfg.MaxInFlight = DefaultMaxInFlight
	}
	if cfg.Replay == nil {
		cfg.Replay = xmlsec.NewMemory(maxReplay)
	}
	if cfg.Authority == nil {
		cfg.Authority = func(string) bool { return true }
	}
	if cfg.Evidence <= 0 {
		cfg.Evidence = DefaultEvidence
	}
	if cfg.Memory == nil {
		cfg.Memory = admission.NewMemoryBudget(admission.DefaultMemory)
	}
	if cfg.Piece <= 0 {
		cfg.Piece = admission.DefaultPiece
	}
	if cfg.PreAuthRead <= 0 {
		cfg.PreAuthRead = admission.PreAuthRead
	}
	preAuth := admission.NewPreAuthLimit(cfg.MaxInFlight, cfg.MaxRequest, cfg.PreAuthRead)
	return &Surface{Config: cfg, calls: admission.NewConcurrencyLimit(cfg.MaxInFlight), preAuth: preAuth,
		evidenceRate: admission.NewRateLimit(cfg.Evidence)}, nil
}

// InFlight is the number of requests being answered.
func (s *Surface) InFlight() int64 { return s.calls.InFlight() }

// Drain makes every answer from now on the last of its connection, so that clients move to another node.
func (s *Surface) Drain() { s.draining.Store(true) }

// Handler answers every path; unknown ones with path.unknown. Paths are compared as they stand: nothing is
// cleaned, decoded or redirected.
func (s *Surface) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Surface) serve(w http.ResponseWriter, r *http.Request) {
	if !s.calls.Enter() {
		s.calls.Leave() // its reader, who may be slow, does not count as in flight
		s.overloaded(w, r)
		return
	}
	defer s.calls.Leave()
	defer s.recover(w, r)
	if s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	if target := request.TargetOf(r); target == catalogPath && s.Metadata != nil {
		s.catalogue(w, r)
		return
	}
	if err := request.Ambient(r); err != nil {
		s.refuse(w, r, nil, err)
		return
	}
	rest, ok := strings.CutPrefix(request.TargetOf(r), "/api/v1/")
	path, query, _ := strings.Cut(rest, "?")
	var err error
	switch first, second, two := strings.Cut(path, "/"); {
	case !ok:
		err = fault.New(fault.PathUnknown)
	case first == "services" && !two && query == "":
		err = s.offers(w, r)
	case first == "classifiers":
		err = s.classifiers(w, r, second, two)
	case first == "services" && s.Guide != nil && two == (second != ""):
		err = s.guide(w, r, second, query)
	case first == "evidence" && two:
		err = s.evidence(w, r, second)
	default:
		s.call(w, r, path, query)
		return
	}
	if err != nil {
		s.refuse(w, r, nil, err)
	}
}

// recover keeps a defect of this surface to one request, and says it where it is seen: the server's own log of panics
// is not. An answer that is aborted on purpose stays so.
func (s *Surface) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.refuse(w, r, nil, fmt.Errorf("rest: panic: %v\n%s", p, debug.Stack()))
}

// overloaded refuses before anything is read or recorded.
func (s *Surface) overloaded(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, nil, admission.Overloaded())
}

// call takes POST /api/v1/{service}[/{version}] to the exchange.
func (s *Surface) call(w http.ResponseWriter, r *http.Request, path, query string) {
	byTLS, err := s.Identifier.Identify(request.ChainOf(r), s.Clock())
	if err == nil {
		leave, admitted := s.calls.Admit(byTLS.System.ID)
		defer leave()
		if !admitted {
			s.overloaded(w, r)
			return
		}
	}
	c, body, proven := s.read(w, r, path, query, byTLS, err)
	defer func() { s.Memory.Release(body) }() // also when something panics
	if byTLS == nil && proven != nil {
		leave, admitted := s.calls.Admit(proven.System.ID)
		defer leave()
		if !admitted {
			c.Unproven = fault.New(fault.Overloaded)
		}
	}
	if c.Unproven != nil && c.Unproven.Code == fault.Overloaded {
		if byTLS == nil { // its body is not awaited: an unidentified caller holds no connection by it
			admission.CloseAfter(w, r)
		}
		s.overloaded(w, r)
		return
	}
	if c.Unread != nil && c.Unread.Code == fault.Overloaded { // the rest of a body beyond the budget is not awaited
		admission.CloseAfter(w, r)
	}
	answer, err := s.Exchange.Do(r.Context(), c)
	s.Memory.Release(body)
	body = nil
	if err != nil {
		s.refuse(w, r, c, err)
		return
	}
	defer answer.Release()
	h := w.Header()
	request.Reference(h, c.ID, c.Trace, c.Receipt.Index, c.Receipt.Size, c.Known)
	h["Content-Type"] = []string{answer.MediaType}
	h["Cache-Control"] = noStore
	if answer.Service != nil && answer.Service.Status == catalog.Deprecated {
		deprecate(h, answer.Service)
	}
	if answer.Stream != nil {
		s.stream(w, r, c, answer)
		return
	}
	h["Content-Length"] = []string{strconv.Itoa(len(answer.Body))}
	_, _ = w.Write(answer.Body) // recorded already; a caller gone by now can ask for the evidence
}

var noStore = []string{"no-store"}

// stream copies an opaque answer. When it breaks before anything has left, the fault is answered; later the
// connection is aborted: a truncated answer must not look complete (RFC 9112, section 8).
func (s *Surface) stream(w http.ResponseWriter, r *http.Request, c *exchange.Call, a *exchange.Answer) {
	h := w.Header()
	if a.Length >= 0 {
		h["Content-Length"] = []string{strconv.FormatInt(a.Length, 10)}
	}
	n, err := a.Stream.WriteTo(admission.WithWriteDeadline(w, s.Piece))
	if err == nil {
		return
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && n == 0 && f.Leg != fault.Caller {
		delete(h, "Content-Length")
		s.refuse(w, r, c, f)
		return
	}
	panic(http.ErrAbortHandler)
}

// deprecate announces the end of a version (RFC 9745, RFC 8594) and its successor (RFC 8288).
func deprecate(h http.Header, svc *catalog.Ready) {
	h.Set("Deprecation", "@"+strconv.FormatInt(svc.Deprecation.Unix(), 10))
	if !svc.Sunset.IsZero() {
		h.Set("Sunset", svc.Sunset.UTC().Format(http.TimeFormat))
	}
	if next := svc.Next(); next != "" {
		h.Set("Link", "</api/v1/"+next+`>; rel="successor-version"`)
	}
}

// refuse is where every fault of this surface is answered and, when it is ours, logged.
func (s *Surface) refuse(w http.ResponseWriter, r *http.Request, c *exchange.Call, err error) {
	f := fault.From(err)
	h := w.Header()
	trace := ""
	if c != nil {
		request.Reference(h, c.ID, c.Trace, c.Receipt.Index, c.Receipt.Size, c.Known)
		trace = c.Trace
		if f.Call == "" && c.ID != "" {
			own := *f
			own.Call = c.ID
			f = &own
		}
	}
	if f.Cause != nil {
		s.Logger.Warn("call failed", "code", string(f.Code), "leg", string(f.Leg), "call", string(f.Call), "cause",
			f.Cause.Error())
	}
	request.NameCodings(h, r.Header, f)
	if f.Code == fault.MethodNotAllowed {
		h.Set("Allow", f.Params["want"])
	}
	if f.Kind() == fault.Unidentified {
		admission.BoundRefusal(w, r)
	}
	h["Cache-Control"] = noStore
	lang := problem.Language(r.Header.Get("Accept-Language"))
	d := problem.New(f, trace, lang).Explain(s.Portal())
	_ = problem.Write(w, d, f.RetryAfter, lang) // the connection is all that can fail
}
