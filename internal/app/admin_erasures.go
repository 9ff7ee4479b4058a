package app

import (
	"context"
	"encoding/hex"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/admin"
)

// Erasures performs erasures that two persons want.
func (i *Installation) Erasures() admin.Erasures {
	return erasures{journal.NewErasures(i.Journal, i.Store)}
}

// erasures implements admin.Erasures.
type erasures struct{ all *journal.Erasures }

func (e erasures) Count(ctx context.Context, subject string) (int, error) {
	return e.all.Count(ctx, subject)
}

func (e erasures) Propose(ctx context.Context, actor, subject, reason string) (admin.Erasure, error) {
	return erasure(e.all.Propose(ctx, actor, subject, reason))
}

func (e erasures) Approve(ctx context.Context, actor string, id int64, subject, note string) (admin.Erasure, error) {
	return erasure(e.all.Approve(ctx, actor, id, subject, note))
}

func (e erasures) Reject(ctx context.Context, actor string, id int64, note string) (admin.Erasure, error) {
	return erasure(e.all.Reject(ctx, actor, id, note))
}

func (e erasures) List(ctx context.Context, before int64, limit int) ([]admin.Erasure, error) {
	found, err := e.all.List(ctx, before, limit)
	all := make([]admin.Erasure, len(found))
	for i, one := range found {
		all[i], _ = erasure(one, nil)
	}
	return all, err
}

func erasure(e appendlog.Erasure, err error) (admin.Erasure, error) {
	if err != nil {
		return admin.Erasure{}, err
	}
	shown := admin.Erasure{
		ID: e.ID, State: e.State, Pseudonym: hex.EncodeToString(e.Pseudonym), Records: e.Records, Reason: e.Reason,
		ProposedBy: e.Actor, ProposedAt: e.At, Until: e.Until, DecidedBy: e.DecidedBy, Note: e.Note,
	}
	if !e.DecidedAt.IsZero() {
		shown.DecidedAt = &e.DecidedAt
	}
	return shown, nil
}
