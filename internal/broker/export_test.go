package broker

import (
	"context"
	"encoding/binary"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// AppendClear puts an event into the log in the form of version 1, which held the partition key itself.
func (e *Engine) AppendClear(ctx context.Context, system mconnect.SystemID, ev event.Event, accepted time.Time) error {
	b := make([]byte, fixedHead)
	b[0], b[1] = clearVersion, flagKeyed
	if len(ev.Extensions) > 0 {
		b[1] |= flagExtended
	}
	binary.BigEndian.PutUint64(b[2:], fingerprint(e.key, ev.Source, ev.ID))
	binary.BigEndian.PutUint64(b[10:], uint64(accepted.UnixMicro()))
	binary.BigEndian.PutUint32(b[18:], keyHash(ev.PartitionKey))
	binary.BigEndian.PutUint64(b[30:], uint64(ev.Time.Unix()))
	for _, text := range [texts]string{string(ev.Type), string(system), ev.Source, ev.ID, ev.Subject, ev.PartitionKey, ev.ContentType, ev.DataSchema} {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
	}
	at := len(b)
	b = ev.AppendJSON(b)
	binary.BigEndian.PutUint32(b[22:], uint32(len(b)-1-len(ev.Data)-at))
	binary.BigEndian.PutUint32(b[26:], uint32(len(ev.Data)))
	_, err := e.log.Append(ctx, appendlog.Entry{Data: b})
	return err
}
