package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"mconnect/fault"
	"mconnect/internal/agreement"
	"mconnect/internal/catalog"
	"mconnect/internal/registry"
)

// transitions registers the steps of life that need no whole document: they read the resource, change its
// state and store it on the revision that was read; a change in between is tried again on the newer one.
func (s *Surface) transitions() {
	for verb, status := range map[string]registry.Status{"suspend": registry.Suspended, "resume": registry.Active} {
		move[ByID](s, participants, verb, func(p *registry.Participant) error { p.Status = status; return nil })
		move[ByID](s, systems, verb, func(p *registry.System) error { p.Status = status; return nil })
	}
	for verb, status := range map[string]agreement.Status{
		"suspend": agreement.Suspended, "resume": agreement.InForce, "terminate": agreement.Terminated,
	} {
		move[ByID](s, agreements, verb, func(a *agreement.Agreement) error {
			if a.Status == agreement.Terminated && status != agreement.Terminated {
				return notNow("/status", string(agreement.Terminated))
			}
			a.Status = status
			return nil
		})
	}
	move[ByID](s, certificates, "revoke", func(c *registry.Certificate) error {
		if c.RevokedAt.IsZero() {
			c.RevokedAt = s.cfg.Clock().UTC().Truncate(time.Second)
		}
		return nil
	})
	s.serviceLife()
	s.eventLife()
}

// serviceLife moves a service version on: draft → published → deprecated → retired, never back.
func (s *Surface) serviceLife() {
	order := []catalog.Status{catalog.Draft, catalog.Published, catalog.Deprecated, catalog.Retired}
	place := map[catalog.Status]int{}
	for i, st := range order {
		place[st] = i
	}
	for verb, status := range map[string]catalog.Status{
		"publish": catalog.Published, "deprecate": catalog.Deprecated, "retire": catalog.Retired,
	} {
		move[ByVersion](s, services, verb, func(v *catalog.Service) error {
			if place[status] < place[v.Status] {
				return notNow("/status", string(v.Status))
			}
			now := s.cfg.Clock().UTC().Truncate(time.Second)
			if status == catalog.Deprecated && v.Deprecation.IsZero() {
				v.Deprecation = now
			}
			if status == catalog.Deprecated && v.Sunset.IsZero() {
				v.Sunset = now.AddDate(0, 6, 1) // announced at least six months ahead
			}
			v.Status = status
			return nil
		})
	}
}

// notNow refuses a step that the present state does not allow.
func notNow(path, state string) error {
	e := fault.New(fault.ResourceInvalid)
	e.Fields = []fault.FieldError{{Path: path, Code: fault.InputEnum, Params: map[string]string{"values": state}}}
	return e
}

// attempts bounds how often a transition is tried against concurrent changes of the same resource.
const attempts = 5

func move[A address, T any](s *Surface, c collection, verb string, change func(*T) error) {
	op := c.operation(http.MethodPost, verb, c.item+"/"+verb, "Step: "+verb)
	op.DefaultStatus = http.StatusOK
	handle(s, Operator, op, func(ctx context.Context, in *A) (*one, error) {
		for try := 1; ; try++ {
			stored, err := step(ctx, s, c, (*in).id(), change)
			var e *fault.Error
			if errors.As(err, &e) && e.Code == fault.ResourceConflict && try < attempts {
				continue
			}
			if err != nil {
				return nil, err
			}
			return shown(stored), nil
		}
	})
}

func step[T any](ctx context.Context, s *Surface, c collection, id string, change func(*T) error) (Resource, error) {
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
	return s.cfg.Editor.Put(ctx, actor(ctx).Name, c.kind, changed, found.Revision)
}
