package app

import (
	"context"
	"errors"

	"mconnect/internal/journal"
	"mconnect/verify"
)

// adopt gives states that were stored before there were proofs the proof that their change record makes. It reads the whole
// journal, once after the upgrade; what has no record stays without a proof, and does not act.
func (i *Installation) adopt(ctx context.Context) error {
	page, err := i.Store.Unproven(ctx, 0, 1)
	if err != nil || len(page) == 0 {
		return err
	}
	state := journal.NewState()
	_, err = verify.Journal(ctx, i.Source(), i.Key, verify.Options{Each: state.See})
	if found := (*verify.Problem)(nil); errors.As(err, &found) {
		i.logger.Error("the journal is not whole: states without a proof do not act", "cause", found.Error())
		return nil
	}
	if err != nil {
		return err
	}
	adopted := 0
	for since := int64(0); ; {
		page, err := i.Store.Unproven(ctx, since, 1000)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		proofs := map[int64][]byte{}
		for _, r := range page {
			if since = r.Revision; state.Recorded(r) {
				proofs[r.Revision] = i.Country.Proof(r)
			}
		}
		if err := i.Store.SetProofs(ctx, proofs); err != nil {
			return err
		}
		adopted += len(proofs)
	}
	i.logger.Info("states of resources were compared with their change records", "proven", adopted)
	return nil
}
