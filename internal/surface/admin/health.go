package admin

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mconnect/fault"
)

// readyWithin bounds how long the readiness probe may take.
const readyWithin = 2 * time.Second

// health registers the probes and the metrics. /healthz says that the process answers; /readyz that calls
// can be served now: store writable, state loaded, not draining.
func (s *Surface) health() {
	for _, op := range []struct {
		path, id, summary string
		role              Role
	}{
		{"/healthz", "health", "Whether the process answers", ""},
		{"/readyz", "readiness", "Whether calls can be served now", ""},
		{"/metrics", "metrics", "Metrics in the form of Prometheus", Reader},
	} {
		s.describeRaw(huma.Operation{
			Method: http.MethodGet, Path: op.path, OperationID: op.id, Summary: op.summary, Tags: []string{"health"},
			Responses: answersIn(mediaText),
		}, op.role)
	}
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, "ok\n") })
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if err := s.cfg.Ready(ctx); err != nil {
			if e := fault.From(err); e.Kind() != fault.Internal {
				s.refuse(w, r, e)
				return
			}
			s.refuse(w, r, fault.Wrap(err, fault.StoreUnavailable))
			return
		}
		say(w, "ready\n")
	})
	exposition := promhttp.HandlerFor(s.cfg.Metrics.registry, promhttp.HandlerOpts{})
	s.raw("GET /metrics", Reader, func(w http.ResponseWriter, r *http.Request) error {
		exposition.ServeHTTP(w, r)
		return nil
	})
}

// maxProfile is the longest time over which a profile is taken, in seconds.
const maxProfile = 300

// profiles serves Go's profiles of the running process to operators: they hold names of functions and
// numbers, no data of calls.
func (s *Surface) profiles() {
	for path, handler := range map[string]http.Handler{
		"profile": http.HandlerFunc(pprof.Profile), "heap": pprof.Handler("heap"),
		"goroutine": pprof.Handler("goroutine"),
		"allocs":    pprof.Handler("allocs"), "mutex": pprof.Handler("mutex"), "block": pprof.Handler("block"),
	} {
		s.describeRaw(huma.Operation{
			Method: http.MethodGet, Path: "/debug/pprof/" + path, OperationID: "profile-" + path,
			Summary: "Profile of the process: " + path, Tags: []string{"health"},
			Parameters: []*huma.Param{parameter("debug", "query", "integer", "1: as text"),
				parameter("seconds", "query", "integer", "over which it is taken")},
			Responses: answersIn(mediaBytes, mediaText),
		}, Operator)
		s.raw("GET /debug/pprof/"+path, Operator, func(w http.ResponseWriter, r *http.Request) error {
			for name, most := range map[string]int{"debug": 2, "seconds": maxProfile} {
				text := r.URL.Query().Get(name)
				if n, err := strconv.Atoi(text); text != "" && (err != nil || n < 0 || n > most) {
					return fault.New(fault.QueryInvalid, "what", name)
				}
			}
			handler.ServeHTTP(w, r)
			return nil
		})
	}
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text))
}
