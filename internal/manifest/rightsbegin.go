package manifest

import (
	"context"

	"mconnect/internal/appendlog"
)

// setBeginOfRights finds since when the agreements for events among the states of a page are recorded that do not
// report when they begin. Their consumers get nothing that was accepted before.
func (k *Keeper) setBeginOfRights(ctx context.Context, page []appendlog.Resource, read []reading) error {
	for i := range page {
		c := read[i].agreement
		if c == nil || c.Event == "" || !c.Validity.From.IsZero() {
			continue
		}
		states, err := k.Store.History(ctx, Agreement, page[i].ID)
		if err != nil {
			return err
		}
		c.Since = page[i].ChangedAt
		for n := len(states) - 1; n >= 0; n-- { // as long as it was there, for this consumer and type
			before := k.read(states[n]).agreement
			if states[n].Revision > page[i].Revision {
				continue
			}
			if before == nil || before.Event != c.Event || before.Consumer != c.Consumer {
				break
			}
			c.Since = states[n].ChangedAt
		}
	}
	return nil
}
