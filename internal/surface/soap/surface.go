package soap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
)

// Exchange runs a call; *exchange.Exchange is one. Do records what it refuses, and an unread Call as well.
type Exchange interface {
	Do(ctx context.Context, c *exchange.Call) (*exchange.Answer, error)
}

// Defaults of Config.
const (
	DefaultMaxRequest     = 1 << 20
	DefaultMaxAttachments = 8 << 20
	DefaultMaxInFlight    = 1024
	DefaultMaxReplay      = 1 << 20
)

const allowed = "GET, HEAD, POST"

// preAuthWait is how long the message of a caller who is not identified waits for its turn to be opened.
const preAuthWait = 5 * time.Second

// Keys sign answers. Certificate and key may change at any time; each has its Leaf parsed.
type Keys struct {
	RSA  func() *tls.Certificate // nil: P256 signs for all
	P256 func() *tls.Certificate
}

// Config of a Surface. Exchange, Registry, Catalog, Agreements, Keys.P256, Address, Clock and Logger are mandatory.
type Config struct {
	Exchange   Exchange
	Registry   *registry.Registry
	Catalog    *catalog.Catalog
	Agreements *agreement.Book
	Keys       Keys
	Address    func() string // "https://host[:port]", as WSDLs state it
	Revision   func() int64  // of the country, for remembering WSDLs; nil: they are written each time
	Portal     func() string // address of the portal, which explains refusals; nil, or "": there is none
	Replay     xmlsec.Replay // nil: one in memory for DefaultMaxReplay signatures
	Clock      func() time.Time
	Logger     *slog.Logger

	MaxRequest     int64 // bytes of an envelope; DefaultMaxRequest when 0
	MaxAttachments int64 // bytes of a request with attachments; DefaultMaxAttachments when 0
	MaxInFlight    int64 // calls at once, of one system three quarters of them; DefaultMaxInFlight when 0

	Memory *admission.MemoryBudget // of bodies; nil: one of admission.DefaultMemory
	// to send a message without attachments, for callers not yet known; admission.PreAuthRead when 0
	PreAuthRead time.Duration
}

// Surface answers systems over SOAP. It is safe for concurrent use.
type Surface struct {
	Config
	calls    *admission.ConcurrencyLimit
	preAuth  *admission.PreAuthLimit  // callers not yet known who are sending
	opening  *admission.FairSemaphore // documents of callers not yet known
	draining atomic.Bool
	image    atomic.Pointer[registryImage]
	imaging  sync.Mutex
	forms    sync.Map // of string, a service version's id, to *forms
	wsdls    sync.Map // of string, a system's id and address, to *written
	rsa      signer
	p256     signer
}

// New checks cfg and makes a Surface.
func New(cfg Config) (*Surface, error) {
	if cfg.Exchange == nil || cfg.Registry == nil || cfg.Catalog == nil || cfg.Agreements == nil ||
		cfg.Keys.P256 == nil ||
		cfg.Address == nil || cfg.Clock == nil || cfg.Logger == nil {
		return nil, errors.New("soap: a part is missing from the configuration")
	}
	if cfg.Portal == nil {
		cfg.Portal = func() string { return "" }
	}
	for _, d := range []struct {
		at    *int64
		usual int64
	}{{&cfg.MaxRequest, DefaultMaxRequest}, {&cfg.MaxAttachments, DefaultMaxAttachments},
		{&cfg.MaxInFlight, DefaultMaxInFlight}} {
		if *d.at <= 0 {
			*d.at = d.usual
		}
	}
	if cfg.Replay == nil {
		cfg.Replay = xmlsec.NewMemory(DefaultMaxReplay)
	}
	if cfg.Memory == nil {
		cfg.Memory = admission.NewMemoryBudget(admission.DefaultMemory)
	}
	if cfg.PreAuthRead <= 0 {
		cfg.PreAuthRead = admission.PreAuthRead
	}
	s := &Surface{Config: cfg, calls: admission.NewConcurrencyLimit(cfg.MaxInFlight),
		opening: admission.NewFairSemaphore(2 * runtime.GOMAXPROCS(0))}
	s.preAuth = admission.NewPreAuthLimit(cfg.MaxInFlight, max(cfg.MaxRequest, cfg.MaxAttachments), cfg.PreAuthRead)
	s.p256.source = cfg.Keys.P256
	s.rsa.source = cfg.Keys.RSA
	if cfg.Keys.RSA == nil {
		s.rsa.source = cfg.Keys.P256
	}
	return s, nil
}

// InFlight is the number of requests being answered.
func (s *Surface) InFlight() int64 { return s.calls.InFlight() }

// Drain makes every answer from now on the last of its connection, so that clients move to another node.
func (s *Surface) Drain() { s.draining.Store(true) }

// Serves reports whether a path is one of this surface.
func Serves(path string) bool {
	return path == "/soap" || strings.HasPrefix(path, "/soap/") || strings.HasPrefix(path, "/services/t/")
}

// Handler answers the paths that Serves names; others with path.unknown. Paths are compared as they stand: nothing is
// cleaned, decoded or redirected.
func (s *Surface) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Surface) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r, at: s.Clock(), entered: true}
	defer c.leave()
	defer c.recover()
	if !s.calls.Enter() {
		c.overloaded()
		return
	}
	if s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	path, query, _ := strings.Cut(request.TargetOf(r), "?")
	to, err := s.addressed(path)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if err == nil {
			err = c.describe(path, query, to)
		}
		if err != nil {
			c.refusePlain(err)
		}
	case http.MethodPost:
		if foreign := request.Ambient(r); foreign != nil {
			c.refusePlain(foreign)
			return
		}
		c.serveCall(to, err)
	default:
		c.refusePlain(fault.New(fault.MethodNotAllowed, "want", allowed))
	}
}

// addressed says whose address path is: "" for /soap, which is everybody's. What stands there identifies nobody; the
// caller's proof must lead to the same system. Fault: path.unknown.
func (s *Surface) addressed(path string) (mconnect.SystemID, error) {
	if path == "/soap" {
		return "", nil
	}
	if name, ok := strings.CutPrefix(path, "/soap/"); ok {
		if _, known := s.Registry.System(mconnect.SystemID(name)); known {
			return mconnect.SystemID(name), nil
		}
	}
	if name, ok := strings.CutPrefix(path, "/services/t/"); ok {
		if id, known := s.currentImage().gateways[name]; known {
			return id, nil
		}
		// Without an address on the historic gateway a system is found by the two halves of its id.
		if tenant, proxy, two := strings.Cut(name, "/"); two {
			if _, known := s.Registry.System(mconnect.SystemID(tenant + "." + proxy)); known {
				return mconnect.SystemID(tenant + "." + proxy), nil
			}
		}
	}
	return "", fault.New(fault.PathUnknown)
}

// recover keeps a defect of this surface to one request, and says it where it is seen.
func (c *call) recover() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	c.refuse(fmt.Errorf("soap: panic: %v\n%s", p, debug.Stack()))
}

// leave ends what the call counted for, and what its caller had reserved while it was not identified.
func (c *call) leave() {
	if c.entered {
		c.entered = false
		c.s.calls.Leave()
	}
	c.releaseReserved()
}

// overloaded refuses before anything is recorded. Its reader, who may be slow, does not count as in flight meanwhile.
func (c *call) overloaded() {
	c.leave()
	c.refuse(admission.Overloaded())
}
