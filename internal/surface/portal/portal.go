// Package portal is the surface for people: pages in Romanian, English and Russian over the same packages that the
// management API and the command line use.
//
// It owns routes, forms, the language and the look of pages, and the headers that protect a browser. It decides
// nothing about rights or requests: those are the packages behind the interfaces of Config. Every page works without
// JavaScript; htmx only replaces parts of a page instead of the whole.
//
// Flow of a page: the request's language, theme and session become a view → the handler reads what the page needs
// through small interfaces → a templ component writes it. A handler returns an error; fail answers it in one place.
package portal

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// Guide reads the catalogue; *guide.Guide is one. Faults: service.unknown, service.version, path.unknown.
type Guide interface {
	Search(q search.Query) discovery.Page
	Show(id string) (discovery.Sheet, error)
	History(name string) ([]discovery.Past, error)
	Form(id, form string, who discovery.Reader) (document []byte, media string, err error)
	Category(code string) mconnect.Text // the zero text where there is none
}

// Config is what the surface depends on. Everything is needed unless stated otherwise.
type Config struct {
	Guide      Guide
	Agreements Agreements
	Revision   func() int64  // of the declared state: it grows with each change
	Accounts   Accounts      // nil: nobody can log in
	Documents  Documents     // those that /verify knows; nil: there is no such page
	Profile    Profile       // nil: no page of the own account
	Team       Team          // nil: no pages of roles
	Setup      SetUp         // nil: no page for setup codes
	Tasks      Tasks         // nil: nothing ever waits
	MPass      *MPass        // nil: nobody can log in by MPass
	Requests   *RequestParts // nil: there are no access requests
	Flags      Flags         // nil: nobody suspends an agreement by a page
	Acts       Acts          // nil: there is no register of legal acts
	Calls      Calls         // nil: refusals are not explained
	Sandbox    Sandbox       // nil: there is no console of the sandbox
	// TestSigner signs for a person with a test certificate; nil: signatures are made elsewhere.
	TestSigner func(ctx context.Context, p people.Principal, content []byte) (jws string, err error)
	// Participant is the name of a participant; nil, or the zero text: its identifier is shown.
	Participant func(mconnect.ParticipantID) mconnect.Text

	Demo     bool             // pages say that persons and numbers are invented
	URL      string           // where browsers reach the portal; "": documents do not state it
	Operator string           // name of the operator, for the foot of pages; may be ""
	Contact  string           // its e-mail address; may be ""
	Clock    func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: discard
}

// nameOf is the name of a participant, or its identifier where there is none.
func (c *Config) nameOf(id mconnect.ParticipantID) mconnect.Text {
	if c.Participant != nil {
		if name := c.Participant(id); name != (mconnect.Text{}) {
			return name
		}
	}
	return text.Plain(string(id))
}

// Surface serves the pages. It is safe for concurrent use.
type Surface struct {
	cfg       Config
	mux       *http.ServeMux
	patterns  []string // of the pages, as they were registered
	origin    *http.CrossOriginProtection
	links     []link // of the side menu, those that are served
	contracts contracts
	guesses   guesses
}

// New checks cfg and builds the surface.
func New(cfg Config) (*Surface, error) {
	if cfg.Guide == nil || cfg.Agreements == nil || cfg.Revision == nil {
		return nil, errors.New("portal: catalogue, agreements and revision are needed")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Surface{cfg: cfg, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	s.mux.HandleFunc("GET "+assetsPath, assets)
	s.page("GET /{$}", s.home)
	s.page("GET /catalog", s.catalogue)
	s.page("GET /catalog/{service}", s.service)
	s.page("GET /catalog/{service}/{version}/{form}", s.form)
	s.page("GET /agreements", s.agreements)
	s.page("GET /agreements/{id}", s.agreement)
	s.flagRoutes()
	s.verifyRoutes()
	s.actRoutes()
	s.refusalRoutes()
	s.sandboxRoutes()
	s.page("GET /errors", s.codes)
	s.page("GET /errors/{code}", s.code)
	s.page("POST /profile/theme", s.theme)
	s.accountRoutes()
	s.mpassRoutes()
	s.requestRoutes()
	s.page("/", func(http.ResponseWriter, *http.Request, *view) error { return fault.New(fault.PathUnknown) })
	s.served()
	return s, nil
}

// Patterns are the routes of the pages that are served, in the form of http.ServeMux.
func (s *Surface) Patterns() []string { return slices.Clone(s.patterns) }

// handler writes one page, or returns why it cannot.
type handler func(w http.ResponseWriter, r *http.Request, v *view) error

// page registers the handler of a pattern.
func (s *Surface) page(pattern string, do handler) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := s.view(r)
		err := s.identify(w, r, v)
		if err == nil {
			err = do(w, r, v)
		}
		if err != nil {
			s.fail(w, r, v, err)
		}
	})
}

// policy is the Content-Security-Policy of nearly every page: nothing inline, nothing from elsewhere.
var policy = policyFor("'self'", "'none'")

// policyFor is the policy of a page that sends forms to those origins and may be framed by those.
func policyFor(actions, ancestors string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; form-action " + actions + "; base-uri 'none'; frame-ancestors " + ancestors
}

// Handler serves all pages. The listener in front of it terminates TLS.
func (s *Surface) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("Cache-Control", "no-store")
		if err := s.origin.Check(r); err != nil {
			s.fail(w, r, s.view(r), fault.Wrap(err, fault.OriginForeign))
			return
		}
		s.mux.ServeHTTP(w, r)
	})
}

// recover turns a panic into an internal fault: one request fails, the process lives.
func (s *Surface) recover(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler: // an answer that was begun: the browser must see that it is not whole
		panic(p)
	default:
		s.cfg.Logger.ErrorContext(r.Context(), "panic in the portal", "path", r.URL.Path, "panic", p)
		s.fail(w, r, s.view(r), fault.New(fault.InternalError))
	}
}
