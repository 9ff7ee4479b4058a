package admin

import (
	"context"
	"net/http"
	"time"

	"mconnect/internal/domain/legalact"
)

// Acts knows which purposes of agreements cite an act; manifest.Images is one.
type Acts interface {
	ActUses(id legalact.ID, at time.Time) []legalact.CitedBy
}

type actUsesOut struct {
	Body struct {
		Items []legalact.CitedBy `json:"items" doc:"by agreement; those of terminated agreements too"`
	}
}

// acts registers which agreements rest on a legal act.
func (s *Surface) acts() {
	if s.cfg.Acts == nil {
		return
	}
	handle(s, Reader, acts.operation(http.MethodGet, "impact-of", "/{id}/impact", "Show which agreements rest on the act"),
		func(ctx context.Context, in *ByID) (*actUsesOut, error) {
			if _, err := s.cfg.Resources.Resource(ctx, KindLegalAct, in.ID); err != nil {
				return nil, err
			}
			out := &actUsesOut{}
			out.Body.Items = s.cfg.Acts.ActUses(legalact.ID(in.ID), s.cfg.Clock())
			return out, nil
		})
}
