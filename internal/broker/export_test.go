package broker

import (
	"context"
	"time"

	"mconnect"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
	"mconnect/internal/eventlog/eventlogtest"
)

// AppendClear puts an event into the log in the form of version 1, which held the partition key itself.
func (e *Engine) AppendClear(ctx context.Context, system mconnect.SystemID, ev event.Event, accepted time.Time) error {
	return e.log.Append(ctx, eventlogtest.Clear(e.log, eventlog.Draft{Event: &ev, System: system, Accepted: accepted}))
}
