// Package admin is the surface for those who run and audit the platform: the management API (OpenAPI 3.1),
// journal search and evidence, the journal's tiles, health and metrics, on a listener of its own.
//
// It owns who may do what here (roles of administrators) and the form of answers. What may be changed and
// whether it is valid is decided behind the small interfaces in ports.go; there is no SQL here.
//
// Flow: identify the administrator (bearer token or client certificate) → check the role → do it. Every
// change is recorded with the administrator's name; every reading of the journal is itself
// recorded, durably, before its result is shown: no record, no reading.
package admin

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/fault"
	"mconnect/internal/surface/request"
)

// Config is what the surface depends on. Everything is needed unless stated otherwise.
type Config struct {
	Administrators []Administrator
	Resources      Resources
	Editor         Editor
	Records        Records
	Erasures       Erasures // nil: nothing is erased here
	Access         *Access  // nil: there are no access requests here
	People         People   // nil: persons are not kept here
	Reports        Reports  // nil: no reports are made here
	Tiles          Tiles
	Events         Events   // nil: no event log is here
	Webhooks       Webhooks // nil: nothing is pushed from here
	Ledger         Ledger
	Files          Files // nil: no files are taken here
	Guide          Guide // nil: the catalogue is not served
	Acts           Acts  // nil: what rests on legal acts is not served
	Metrics        *Metrics
	Ready          func(ctx context.Context) error // nil error: calls can be served
	Version        string                          // of the program
	Node           string                          // id of this process, in readings
	Clock          func() time.Time                // nil: time.Now
	// Trust judges the client certificate of an administrator as those of callers are: its authority, its revocation.
	// Its faults are shown. nil: to be the configured one is enough.
	Trust func(chain []*x509.Certificate, at time.Time) error
	// Metadata is the catalogue as JSON-LD in the form "dcat" or "cpsv"; nil: not served.
	Metadata func(form string) ([]byte, error)
	Logger   *slog.Logger // nil: discard
}

// Surface serves the management API. It is safe for concurrent use.
type Surface struct {
	cfg    Config
	access atomic.Pointer[credentials]
	mux    *http.ServeMux
	api    huma.API

	draining context.Context // ends the answers that go on until they are stopped
	drain    context.CancelFunc
}

// New checks cfg and builds the surface.
func New(cfg Config) (*Surface, error) {
	switch {
	case cfg.Resources == nil, cfg.Editor == nil:
		return nil, errors.New("admin: resources and editor are needed")
	case cfg.Records == nil, cfg.Tiles == nil, cfg.Ledger == nil:
		return nil, errors.New("admin: records, tiles and ledger are needed")
	case cfg.Metrics == nil, cfg.Ready == nil:
		return nil, errors.New("admin: metrics and readiness are needed")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Surface{cfg: cfg, mux: http.NewServeMux()}
	s.draining, s.drain = context.WithCancel(context.Background())
	if err := s.SetAdministrators(cfg.Administrators); err != nil {
		return nil, err
	}
	s.api = newAPI(s.mux, cfg.Version)
	s.resources()
	s.transitions()
	s.manifests()
	s.requests()
	s.catalogue()
	s.acts()
	s.journal()
	s.events()
	s.tiles()
	if cfg.Files != nil {
		s.files()
	}
	s.metadata()
	s.health()
	s.profiles()
	s.people()
	s.docs()
	return s, nil
}

// SetAdministrators replaces those who may use the surface, from the next request on. On an error the former stay.
func (s *Surface) SetAdministrators(all []Administrator) error {
	access, err := newCredentials(all)
	if err != nil {
		return err
	}
	access.trust = s.cfg.Trust
	s.access.Store(access)
	return nil
}

// Drain ends the answers that would go on until the client ends them.
func (s *Surface) Drain() { s.drain() }

// publicPaths need no administrator: they reveal nothing about participants or calls.
var publicPaths = map[string]bool{
	"/healthz": true, "/readyz": true, "/openapi.json": true, "/docs": true, "/docs/page.js": true,
	"/docs/page.css": true,
}

// Handler serves the whole surface. The listener in front of it terminates TLS; client certificates are
// asked for, not demanded.
func (s *Surface) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		if !publicPaths[r.URL.Path] {
			if err := request.SameOrigin(r); err != nil { // before identity: a browser attaches a certificate by itself
				s.refuse(w, r, err)
				return
			}
			who, err := s.access.Load().identify(r, s.cfg.Clock())
			if err != nil {
				s.cfg.Logger.WarnContext(r.Context(), "an administrator was not recognised", "code",
					string(fault.From(err).Code), "address", r.RemoteAddr)
				if r.Header.Get("Authorization") == "" {
					h.Set("WWW-Authenticate", `Bearer realm="mconnect"`)
				}
				s.refuse(w, r, err)
				return
			}
			r = r.WithContext(withActor(r.Context(), who))
		}
		if handler, pattern := s.mux.Handler(r); pattern == "" {
			s.notFound(w, r, handler)
			return
		}
		s.mux.ServeHTTP(w, r)
	})
}

// notFound answers a path that nobody serves, or a known one with another method, as a problem.
func (s *Surface) notFound(w http.ResponseWriter, r *http.Request, standard http.Handler) {
	probe := &statusProbe{header: http.Header{}}
	standard.ServeHTTP(probe, r)
	if allow := probe.header.Get("Allow"); probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		s.refuse(w, r, fault.New(fault.MethodNotAllowed, "want", allow))
		return
	}
	s.refuse(w, r, fault.New(fault.PathUnknown))
}

// recover turns a panic into an internal fault: one request fails, the process lives.
func (s *Surface) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	switch p {
	case nil:
		return
	case http.ErrAbortHandler: // an answer that was begun: the client must see that it is not whole
		panic(p)
	}
	s.cfg.Logger.ErrorContext(r.Context(), "panic in the management API", "path", r.URL.Path, "panic", p)
	s.refuse(w, r, fault.New(fault.InternalError))
}

// statusProbe learns what the standard library would have answered, without sending it.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header         { return p.header }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *statusProbe) WriteHeader(status int)      { p.status = status }
