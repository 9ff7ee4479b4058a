package eventlogtest

import (
	"crypto/sha256"
	"encoding/binary"

	"mconnect/internal/appendlog"
	"mconnect/internal/eventlog"
)

// Clear is an entry of an event in the form of version 1, which held the partition key itself.
func Clear(log eventlog.Log, d eventlog.Draft) appendlog.Entry {
	const version, keyed, extended = 1, 1 << 2, 1 << 6
	ev := d.Event
	b := make([]byte, eventlog.FixedHead)
	b[0], b[1] = version, keyed
	if len(ev.Extensions) > 0 {
		b[1] |= extended
	}
	sum := sha256.Sum256([]byte(ev.PartitionKey))
	binary.BigEndian.PutUint64(b[2:], log.Fingerprint(ev.Source, ev.ID))
	binary.BigEndian.PutUint64(b[10:], uint64(d.Accepted.UnixMicro()))
	copy(b[18:22], sum[:])
	binary.BigEndian.PutUint64(b[30:], uint64(ev.Time.Unix()))
	for _, text := range []string{
		string(ev.Type), string(d.System), ev.Source, ev.ID, ev.Subject, ev.PartitionKey, ev.ContentType, ev.DataSchema,
		"", "",
	} {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
	}
	at := len(b)
	b = ev.AppendJSON(b)
	binary.BigEndian.PutUint32(b[22:], uint32(len(b)-1-len(ev.Data)-at))
	binary.BigEndian.PutUint32(b[26:], uint32(len(ev.Data)))
	return appendlog.Entry{Data: b}
}
