package entitlement

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"mconnect"
	"mconnect/internal/domain/event/asyncapi"
)

// AsyncAPI writes the AsyncAPI 3.0 document, as JSON, of what a system may produce and consume at this moment. Server
// is the address of the events listener, host:port or a URL. The version of the document is the day on which it was
// true. Fault: system.unknown.
func (r *Rights) AsyncAPI(system mconnect.SystemID, server string, at time.Time) ([]byte, error) {
	cfg := asyncapi.Config{System: system, Host: server, Version: at.UTC().Format("2006.1.2"), Lang: mconnect.Romanian}
	if u, err := url.Parse(server); err == nil && u.Host != "" {
		cfg.Host = u.Host
	}
	produces, err := r.Produces(system)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(produces)) {
		if t, ok := r.cfg.Events.Type(name); ok {
			cfg.Produces = append(cfg.Produces, asyncapi.Produced{Type: t, Sources: produces[name]})
		}
	}
	consumes, err := r.Consumes(system, at)
	if err != nil {
		return nil, err
	}
	for _, right := range consumes {
		if v := right.Verdict; v.Allowed {
			cfg.Consumes = append(cfg.Consumes, asyncapi.Consumed{Type: right.Type, Fields: v.Grant,
				Purpose: v.Purpose.Code})
		}
	}
	return asyncapi.Document(cfg)
}
