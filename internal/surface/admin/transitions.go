package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
)

// transitions registers the steps of life that need no whole document: they read the resource, change its
// state and store it on the revision that was read; a change in between is tried again on the newer one.
func (s *Surface) transitions() {
	for verb, status := range map[string]registry.Status{"suspend": registry.Suspended, "resume": registry.Active} {
		move[stepByID](s, participants, verb, func(p *registry.Participant) error { p.Status = status; return nil })
		move[stepByID](s, systems, verb, func(p *registry.System) error { p.Status = status; return nil })
	}
	for verb, status := range map[string]agreement.Status{
		"suspend": agreement.Suspended, "resume": agreement.InForce, "terminate": agreement.Terminated,
	} {
		move[stepByID](s, agreements, verb, func(a *agreement.Agreement) error {
			if a.Status == agreement.Terminated && status != agreement.Terminated {
				return notNow("/status", string(agreement.Terminated))
			}
			if status == agreement.InForce && a.Status != agreement.Suspended && len(a.Suspensions) > 0 {
				return agreement.Foreign(a.Suspensions[0].Side)
			}
			a.Status = status
			return nil
		})
	}
	move[stepByID](s, certificates, "revoke", func(c *registry.Certificate) error {
		if c.RevokedAt.IsZero() {
			c.RevokedAt = s.cfg.Clock().UTC().Truncate(time.Second)
		}
		return nil
	})
	s.serviceLife()
	s.eventLife()
}

// deprecation reports where consumers are to go, and by when.
type deprecation struct {
	ByVersion
	Because
	Successor string `query:"successor" maxLength:"80" doc:"Name/1.0.0, or none when the register ends with this version"`
	Sunset    string `query:"sunset" maxLength:"40" doc:"until when it serves: a day in Chișinău (2026-01-31), to its end, or a moment by RFC 3339; default: six months and a day from now" example:"2027-06-30"`
}

// serviceLife moves a service version on: draft → published → deprecated → retired, never back. What else
// forbids a step (its day, its successor) is judged where it is stored.
func (s *Surface) serviceLife() {
	for verb, status := range map[string]catalog.Status{"publish": catalog.Published, "retire": catalog.Retired} {
		move[stepByVersion](s, services, verb, func(v *catalog.Service) error { return lead(v, status) })
	}
	moveBy(s, services, "deprecate", func(in deprecation, v *catalog.Service) error {
		now := s.cfg.Clock().UTC().Truncate(time.Second)
		if v.Deprecation.IsZero() {
			v.Deprecation = now
		}
		if in.Successor != "" {
			v.Successor = in.Successor
		}
		if in.Sunset != "" {
			end, err := civil.ParseEnd(in.Sunset)
			if err != nil {
				return fault.New(fault.QueryInvalid, "what", "query.sunset")
			}
			v.Sunset = end.UTC()
		} else if v.Sunset.IsZero() {
			v.Sunset = now.AddDate(0, 6, 1) // announced at least six months ahead
		}
		return lead(v, catalog.Deprecated)
	})
}

func lead(v *catalog.Service, to catalog.Status) error {
	if !v.Status.Leads(to) {
		var found fault.Findings
		found.Add("/status", fault.ServiceStep, "from", string(v.Status), "to", string(to))
		return found.Err(fault.ResourceInvalid)
	}
	v.Status = to
	return nil
}

// notNow refuses a step that the present state does not allow.
func notNow(path, state string) error {
	var found fault.Findings
	found.Add(path, fault.InputEnum, "values", state)
	return found.Err(fault.ResourceInvalid)
}

// stepByID and stepByVersion address a resource that takes a step, and say why.
type stepByID struct {
	ByID
	Because
}

type stepByVersion struct {
	ByVersion
	Because
}

type stepResult interface {
	address
	act(ctx context.Context, resume ...string) Act
}

// resumed names the resource whose suspension or pause the step ends.
func resumed(verb string, c collection, id string) []string {
	if verb != "resume" {
		return nil
	}
	return []string{c.kind + "/" + id}
}

// attempts bounds how often a transition is tried against concurrent changes of the same resource.
const attempts = 5

func move[A stepResult, T any](s *Surface, c collection, verb string, change func(*T) error) {
	moveBy(s, c, verb, func(_ A, document *T) error { return change(document) })
}

// moveBy is move for a step that takes more than an address.
func moveBy[A stepResult, T any](s *Surface, c collection, verb string, change func(A, *T) error) {
	op := c.operation(http.MethodPost, verb, c.item+"/"+verb, "Step: "+verb)
	op.DefaultStatus = http.StatusOK
	handle(s, Operator, op, func(ctx context.Context, in *A) (*resourceOut, error) {
		for try := 1; ; try++ {
			id := (*in).id()
			stored, err := step(ctx, s, c, id, (*in).act(ctx, resumed(verb, c, id)...),
				func(document *T) error { return change(*in, document) })
			if err == nil || fault.From(err).Code != fault.ResourceConflict || try == attempts {
				return shown(stored), err
			}
		}
	})
}

func step[T any](ctx context.Context, s *Surface, c collection, id string, by Act, change func(*T) error) (Resource,
	error) {
	found, err := s.cfg.Resources.Resource(ctx, c.kind, id)
	if err != nil {
		return Resource{}, err
	}
	var document T
	if err := json.Unmarshal(found.Document, &document); err != nil {
		return Resource{}, err
	}
	if err := change(&document); err != nil {
		return Resource{}, err
	}
	changed, err := json.Marshal(document)
	if err != nil {
		return Resource{}, err
	}
	return s.cfg.Editor.Put(ctx, by, c.kind, changed, found.Revision)
}
