package journal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"strconv"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// Evidence returns what proves record index to anybody who has the public key, offline: a C2SP tlog-proof
// with the record as its extra data and the checkpoint that committed with it. It is always the same for
// the same record; check it with verify.Evidence. An index that does not exist is fault record.unknown.
func (j *Journal) Evidence(ctx context.Context, index int64) ([]byte, error) {
	b, err := j.batchWith(ctx, index)
	if err != nil {
		return nil, err
	}
	size := b.First + int64(len(b.Entries))
	if head, err := j.log.Durable(ctx, size); err != nil {
		return nil, fault.From(err)
	} else if head.Size < size {
		return nil, fault.New(fault.RecordUnavailable)
	}
	nodes, err := proof.Inclusion(uint64(index), uint64(size))
	if err != nil {
		return nil, fault.From(err)
	}
	hashes := make([][]byte, len(nodes.IDs))
	near := window{log: j.log, ahead: 1, batches: []appendlog.Batch{b}} // most neighbours stand in the same batch
	for i, id := range nodes.IDs {
		if hashes[i], err = near.subtree(ctx, id); err != nil {
			return nil, err
		}
	}
	if hashes, err = nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren); err != nil {
		return nil, fault.From(err)
	}
	out := []byte("c2sp.org/tlog-proof@v1\nextra ")
	out = base64.StdEncoding.AppendEncode(out, b.Entries[index-b.First].Data)
	out = append(out, "\nindex "...)
	out = strconv.AppendInt(out, index, 10)
	out = append(out, '\n')
	for _, h := range hashes {
		out = append(base64.StdEncoding.AppendEncode(out, h), '\n')
	}
	out = append(out, '\n')
	return append(out, b.Note...), nil
}

// Entry reads record index and its aside (for Open).
func (j *Journal) Entry(ctx context.Context, index int64) (Entry, []byte, error) {
	b, err := j.batchWith(ctx, index)
	if err != nil {
		return Entry{}, nil, err
	}
	stored := b.Entries[index-b.First]
	e, err := Decode(stored.Data)
	if err != nil {
		return Entry{}, nil, fault.From(err)
	}
	return e, stored.Aside, nil
}

// Checkpoint returns the newest signed checkpoint that no fail-over of the database can take back; the journal's first
// record makes the first one, before that it is fault record.unknown.
func (j *Journal) Checkpoint(ctx context.Context) ([]byte, error) {
	head, err := j.log.Durable(ctx, 0)
	if err != nil {
		return nil, fault.From(err)
	}
	if head.Size == 0 {
		return nil, fault.New(fault.RecordUnknown)
	}
	return head.Note, nil
}

// TileBytes returns the hashes of a C2SP tlog-tiles tile: level 0 to 7, index from 0, width 1 to 256. A
// tile that the journal does not fill (yet) is fault record.unknown. A full tile above level 0 costs up
// to 256 reads of the store; what was read once never changes.
func (j *Journal) TileBytes(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	first, err := j.span(ctx, level, index, width)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, width*hashSize)
	w := window{log: j.log, ahead: 1}
	if level == 0 {
		w.ahead = width
	}
	for i := range int64(width) {
		hash, err := w.subtree(ctx, compact.NewNodeID(uint(8*level), uint64(first+i)))
		if err != nil {
			return nil, err
		}
		out = append(out, hash...)
	}
	return out, nil
}

// EntriesBytes returns a C2SP tlog-tiles entry bundle: width records from index*256 on, each behind its
// length in 16 bits, big endian. One that the journal does not fill (yet) is fault record.unknown.
func (j *Journal) EntriesBytes(ctx context.Context, index int64, width int) ([]byte, error) {
	first, err := j.span(ctx, 0, index, width)
	if err != nil {
		return nil, err
	}
	var out []byte
	w := window{log: j.log, ahead: width}
	for i := range int64(width) {
		b, err := w.batch(ctx, first+i)
		if err != nil {
			return nil, err
		}
		data := b.Entries[first+i-b.First].Data
		out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
		out = append(out, data...)
	}
	return out, nil
}

// span checks that a tile exists and returns the index of its first hash on its level.
func (j *Journal) span(ctx context.Context, level int, index int64, width int) (int64, error) {
	if level < 0 || level > 7 || index < 0 || width < 1 || width > verify.TileWidth ||
		index > (1<<62)>>(8*level)/verify.TileWidth {
		return 0, fault.New(fault.RecordUnknown)
	}
	first := index * verify.TileWidth
	head, err := j.log.Durable(ctx, (first+int64(width))<<(8*level))
	if err != nil {
		return 0, fault.From(err)
	}
	if first+int64(width) > head.Size>>(8*level) {
		return 0, fault.New(fault.RecordUnknown)
	}
	return first, nil
}

// batchWith reads the batch in which entry index stands.
func (j *Journal) batchWith(ctx context.Context, index int64) (appendlog.Batch, error) {
	w := window{log: j.log, ahead: 1}
	return w.batch(ctx, index)
}

// window is the part of the log that was read last: ahead entries from the requested one on.
type window struct {
	log     Log
	ahead   int
	batches []appendlog.Batch
}

// batch returns the batch in which entry index stands, reading on when it is outside the window.
func (w *window) batch(ctx context.Context, index int64) (appendlog.Batch, error) {
	if b, ok := w.find(index); ok || index < 0 {
		return b, known(ok)
	}
	batches, err := w.log.Read(ctx, index, w.ahead)
	if err != nil {
		return appendlog.Batch{}, fault.From(err)
	}
	w.batches = batches
	b, ok := w.find(index)
	return b, known(ok)
}

func (w *window) find(index int64) (appendlog.Batch, bool) {
	for _, b := range w.batches {
		if index >= b.First && index < b.First+int64(len(b.Entries)) {
			return b, true
		}
	}
	return appendlog.Batch{}, false
}

func known(ok bool) error {
	if ok {
		return nil
	}
	return fault.New(fault.RecordUnknown)
}

// subtree reads the hash of a perfect subtree from the batch of the entry that completes it (see
// Sealer.Seal).
func (w *window) subtree(ctx context.Context, id compact.NodeID) ([]byte, error) {
	_, end := id.Coverage()
	b, err := w.batch(ctx, int64(end)-1)
	if err != nil {
		return nil, err
	}
	hash, err := nodeIn(b.First, b.Hashes, id)
	if err != nil {
		return nil, fault.From(err)
	}
	return bytes.Clone(hash), nil
}

// stored is how many hashes are stored with the first size entries: one for each perfect subtree.
func stored(size uint64) uint64 { return 2*size - uint64(bits.OnesCount64(size)) }
